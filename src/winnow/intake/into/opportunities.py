"""Rows of opportunities: tied to the inquiry they came from, or to an account, or to nobody that counts."""

from winnow.intake.incoming import Unusable
from winnow.intake.into import Batch, Done, Line, rejected
from winnow.intake.into.deals import Deal, read
from winnow.leads.account import Account
from winnow.leads.addresses import company_domain, domain_of
from winnow.leads.identity import Claim, resolve_accounts
from winnow.leads.inquiry import Inquiry
from winnow.leads.opportunity import Opportunity, Product
from winnow.leads.past import keep_changed, keep_new
from winnow.leads.user import User

SAID = (
    "owner_given", "developer_given", "product_id", "stage", "outcome", "amount_cents", "currency", "engaged_on",
    "closes_on", "closed_at", "lost_reason",
)
"""What a row says itself; by these it is told whether the same key came again unchanged."""
TIES = ("inquiry_id", "account_id", "person_id", "cycle_id")


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Take the rows in. The same key again updates; within a chunk, too."""
    done: dict[int, Done] = {}
    deals: list[Deal] = []
    for number, line in enumerate(lines):
        try:
            deals.append(read(line, number, batch))
        except Unusable as unusable:
            done[number] = rejected(str(unusable))
    while deals:  # more than once only where a key stands in the chunk more than once
        first: dict[str, Deal] = {}
        rest = [deal for deal in deals if first.setdefault(deal.key, deal) is not deal]
        done |= _load_once(list(first.values()), batch)
        deals = rest
    return [done[number] for number in range(len(lines))]


def _load_once(deals: list[Deal], batch: Batch) -> dict[int, Done]:
    stored = {
        row.pop("external_id"): row
        for row in Opportunity.objects.filter(system=batch.system, external_id__in=[deal.key for deal in deals])
        .values("external_id", "id", "owner_id", "judged", "account__kind", *SAID, *TIES)
    }
    _find(deals, batch, stored)
    fresh = [deal for deal in deals if deal.key not in stored]
    keep_new([deal.past for deal in fresh], at=batch.at, imported=batch.imported, by=batch.by)
    outcomes = {deal.key: ("created", None) for deal in fresh}
    changed = []
    for deal in deals:
        if old := stored.get(deal.key):
            deal.past.id = old["id"]
            before = _differences(deal, old)
            outcomes[deal.key] = ("updated", before) if before else ("unchanged", None)
            if before:
                changed.append((deal, before, old))
    _update(changed, batch)
    for deal in deals:
        _tell(deal, batch)
    return {
        deal.number: Done(
            outcome, "", "opportunity", deal.past.id, before, deal.account_kind == "company"
        )
        for deal in deals for outcome, before in [outcomes[deal.key]]
    }


# -- who and what ---------------------------------------------------------------------------------------------------
def _find(deals: list[Deal], batch: Batch, stored: dict) -> None:
    """Fill in inquiry, account, person, cycle, owner and product."""
    wanted = {deal.inquiry for deal in deals if deal.inquiry}
    inquiries = {
        row[0]: row[1:]
        for row in Inquiry.objects.filter(system=batch.system, external_id__in=wanted, voided_at=None).values_list(
            "external_id", "id", "person_id", "account_id", "account__kind", "captured_at", "cycle_id"
        )
    }
    owners = User.named({deal.past.owner_given for deal in deals if deal.past.owner_given})
    products = _products(deals, batch)
    for deal in deals:
        past = deal.past
        past.owner_id, past.product_id = owners.get(past.owner_given), products.get(deal.product)
        if found := inquiries.get(deal.inquiry):
            past.inquiry_id, past.person_id, past.account_id, kind, past.captured_at, past.cycle_id = found
            deal.account_kind = kind
            deal.closes_after(past.captured_at)
        elif deal.inquiry:
            batch.note("unknown_value", "inquiry: names one that is not here")
    _accounts([deal for deal in deals if not deal.past.account_id], batch, stored)


def _products(deals: list[Deal], batch: Batch) -> dict[str, int]:
    """Products by name. Only where a list of products was given, one that isn't on it is told."""
    found = Product.named({deal.product for deal in deals if deal.product})
    if found and Product.objects.filter(known=True).exists():
        unlisted = set(Product.objects.filter(pk__in=found.values(), known=False).values_list("pk", flat=True))
        for deal in deals:
            if found.get(deal.product) in unlisted:
                batch.note("unknown_value", f"product: {deal.product} is on no list of products")
    return found


def _accounts(deals: list[Deal], batch: Batch, stored: dict) -> None:
    """By the sender's key, by domain, by name. Who names none gets the import's placeholder, which counts as none."""
    claims = []
    for deal in deals:
        name = deal.account
        domain = deal.domain or (domain_of(name) if "." in name and " " not in name else "")
        claims.append(Claim(
            company=name, domain=domain if company_domain(domain) else "",
            account_key=(batch.system, name) if name else None,
        ))
    resolve_accounts([claim for claim in claims if claim.company or claim.domain], batch.at)
    nobody = None
    for deal, claim in zip(deals, claims, strict=True):
        if claim.account_id:
            deal.past.account_id, deal.account_kind = claim.account_id, "company"
        elif old := stored.get(deal.key):
            deal.past.account_id, deal.account_kind = old["account_id"], old["account__kind"]
        else:
            nobody = nobody or _placeholder(batch)
            deal.past.account_id, deal.account_kind = nobody.pk, "placeholder"
        deal.past.counts = deal.account_kind != "placeholder"


def _placeholder(batch: Batch) -> Account:
    return Account.objects.get_or_create(
        system="winnow", external_id=f"import {batch.imported.pk}: no account",
        defaults={"kind": "placeholder", "name": "no account named", "created_at": batch.at},
    )[0]


# -- the same key again -----------------------------------------------------------------------------------------------
def _differences(deal: Deal, old: dict) -> dict:
    """What is stored otherwise, as it is stored; empty when nothing is."""
    past = deal.past
    names = [name for name in SAID if getattr(past, name) != old[name]]
    if past.inquiry_id != old["inquiry_id"] and past.inquiry_id:
        names += TIES
    elif old["inquiry_id"] is None and past.account_id != old["account_id"]:
        names.append("account_id")
    if past.owner_id and past.owner_id != old["owner_id"]:
        names.append("owner_id")
    past.tied_anew = "account_id" in names
    return {name: old[name] for name in names}


def _update(changed: list[tuple[Deal, dict, dict]], batch: Batch) -> None:
    """Write what differs. What has a bearing on the history is recorded, and moves the cycle on."""
    telling = []
    for deal, before, old in changed:
        deal.past.was = None if deal.past.tied_anew else old["outcome"]
        if deal.past.tied_anew or {"outcome", "stage", "amount_cents"} & set(before):
            telling.append(deal.past)
    keep_changed(telling, at=batch.at, imported=batch.imported, by=batch.by)
    for deal, before, _ in changed:
        Opportunity.objects.filter(pk=deal.past.id).update(**{name: getattr(deal.past, name) for name in before})
        for name, value in before.items():
            before[name] = value.isoformat() if hasattr(value, "isoformat") else value


def _tell(deal: Deal, batch: Batch) -> None:
    """What is to be told of a row that was taken in."""
    past = deal.past
    if past.claims:
        batch.note("claimed_history")
    if past.closed_at and past.captured_at and past.closed_at.date() < past.captured_at.date():
        batch.note("won_before_contact")
    if past.closed_at and past.engaged_at and past.closed_at < past.engaged_at:
        batch.note("impossible_dates")
    if past.amount_cents and past.outcome != "lost":
        largest = batch.largest
        largest["rows"] = largest.get("rows", 0) + 1
        largest["sum"] = largest.get("sum", 0) + past.amount_cents
        if past.amount_cents > largest.get("most", 0):
            largest["most"], largest["line"], largest["currency"] = past.amount_cents, deal.line, past.currency
