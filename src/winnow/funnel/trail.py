"""The micro view: every step of one account from the first inquiry on, with its points and who decided."""

from django.db.models import Q

from winnow.funnel import asking
from winnow.funnel.breakdown import warning
from winnow.funnel.intervals import share
from winnow.leads import rights
from winnow.leads.account import Account
from winnow.leads.campaign import Campaign
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Inquiry
from winnow.leads.person import Identity, Person
from winnow.leads.record import refold_account
from winnow.leads.user import User

DECISIONS = (
    "handoff", "response", "disposition", "recycled", "assigned", "merged", "unmerged", "withdrawn", "phase_set",
    "key_account_set", "won", "lost", "opportunity_moved",
)  # fmt: skip
MANY = 20_000  # facts from which on points are not worked out for a page or a list


def trail(asked) -> tuple[list[dict], dict, list[dict]]:
    """Every fact of one account known by then, in recorded order: who, what, what it was worth, who decided.

    The account is named by its number, domain, name or an external id of it, of its people or inquiries. Refusal when
    none or several are meant.
    """
    if not asked.account:
        raise Refusal("A trail is of one account; name it (--account) by number, domain, name or external id.")
    account = find(str(asked.account), asked.user)
    clock = "recorded_at" if asked.reading.recorded else "known_at"
    found = asking.rows(
        "trail", {**asked.given, "account": account.pk}, fact_known=f"f.{clock}", withdrawal_known=f"w.{clock}"
    )
    people = Person.objects.in_bulk({row["person_id"] for row in found if row["person_id"]})
    users = dict(User.objects.values_list("pk", "name"))
    campaigns = dict(Campaign.objects.filter(pk__in={row["campaign_id"] for row in found}).values_list("pk", "name"))
    points = _points(account, len(found))
    rows = []
    for row in found:
        line = points.get(row["id"])
        rows.append({
            "fact": row["id"], "happened_at": row["happened_at"].isoformat(), "known_at": row["known_at"].isoformat(),
            "recorded_at": row["recorded_at"].isoformat(), "kind": row["kind"],
            "person": people[row["person_id"]].name if row["person_id"] in people else None,
            "person_id": row["person_id"], "code": row["code"], "value": row["value"], "source": row["source"],
            "quantity": row["quantity"], "flag": row["flag"],
            "amount_cents": row["amount_cents"], "points": None if line is None else line.points / 1000,
            "points_for": None if line is None else f"{line.what} {line.note}".strip(),
            "decided_by": users.get(row["by_id"]) if row["kind"] in DECISIONS else None,
            "by": users.get(row["by_id"]),
            "to": users.get(row["other_id"]) if row["kind"] in ("handoff", "assigned") else None,
            "campaign": campaigns.get(row["campaign_id"]), "inquiry": row["inquiry_id"], "claimed": row["claimed"],
            "withdrawn": row["withdrawn_by"] is not None,
        })  # fmt: skip
    claimed = sum(row["claimed"] for row in rows)
    inquiries = [row for row in rows if row["kind"] == "inquiry" and not row["withdrawn"]]
    totals = {
        "account": account.pk, "name": str(account), "facts": len(rows), "people": len(people),
        "inquiries": len(inquiries),
        "active_share": share(sum(row["value"] == "active" for row in inquiries), len(inquiries)),
        "claimed_share": round(claimed / len(rows), 4) if rows else None,
    }
    text = f"{claimed} of {len(rows)} facts came by imports that claim when they were known"
    return rows, totals, [warning("claimed_history", text, claimed)] if claimed else []


def _points(account: Account, facts: int) -> dict:
    """Fact -> the line of the score that it gave under the definition in force."""
    definition = Definition.in_force()
    if definition is None or facts > MANY:
        return {}
    trace: list = []
    refold_account(definition, account.pk, trace)
    return {line.fact: line for line in trace}


def find(text: str, user=None) -> Account:
    """The account meant by a number, a domain, a name or an external id, among those that the user may see."""
    text = text.replace("\0", "").strip()
    there = Account.objects.all() if user is None else rights.accounts_visible_to(user)
    exact = Q(domain=text.lower()) | Q(external_id=text) | Q(name__iexact=text)
    found = _now(Account.objects.filter(exact), there)
    if not found and text.isdigit() and len(text) < 19:
        found = _now(Account.objects.filter(pk=int(text)), there)
    if not found:
        of_people = Identity.objects.filter(value=text).values("person__account_id")
        of_inquiries = Inquiry.objects.filter(external_id=text).values("account_id")
        found = _now(Account.objects.filter(Q(pk__in=of_people) | Q(pk__in=of_inquiries)), there)
    if not found:
        raise Refusal(
            f"No account is known as {text!r}; try its number, its domain, its exact name or an external id.",
            code="unknown_account",
        )
    if len(found) > 1:
        several = ", ".join(f"{account} ({account.pk})" for account in found[:5])
        raise Refusal(f"{text!r} may mean {several}; name one by its number.", code="ambiguous_account")
    return found[0]


def _now(meant, there) -> list[Account]:
    """What these accounts are today, each once, as far as they are there for the user."""
    today = {account.now_is().pk for account in meant.select_related("merged_into")[:20]}
    return list(there.filter(pk__in=today).order_by("pk"))
