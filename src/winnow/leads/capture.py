"""From what came in to inquiries, people, accounts, cycles and facts: the one path of every channel.

A web form brings one, an import ten thousand at a time. What is written here is one transaction of the caller's: either
all of the batch or none. Nothing is decided but what the definition's valid-inquiry rules say.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from django.db import connection

from winnow.leads import copying
from winnow.leads.addresses import Address, company_domain
from winnow.leads.arrays import texts
from winnow.leads.calendar import due_after
from winnow.leads.campaign import Campaign
from winnow.leads.copying import copy_in
from winnow.leads.countries import country_code
from winnow.leads.definition import Definition
from winnow.leads.described import (
    ACCOUNT_CODES,
    PERSON_CODES,
    PERSON_WORDS,
    accounts_now,
    people_now,
    read_from_titles,
    said_of_somebody,
    told_by_title,
    write_back,
)
from winnow.leads.identity import Claim, numbers, who_is_who, write_people
from winnow.leads.inquiry_rules import InquiryJudge
from winnow.leads.openings import cycles_for, take_over_stages, write_cycles
from winnow.leads.opportunity import Product
from winnow.leads.record import lock_chains, record_in_bulk
from winnow.leads.titles import SOURCE as BY_TITLE
from winnow.leads.titles import Judged
from winnow.leads.user import User
from winnow.policy import facts
from winnow.policy.definition import InquiryRules, Promise
from winnow.policy.facts import CHANNELS, ITEMS, LEVELS, SENIORITIES


@dataclass(slots=True)
class Incoming:
    """One inquiry as understood, not yet judged. `external_id` is the sender's key within `system`.

    `answers` are what was asked and said; those named after an item of BANTFO with a level are evidence.
    `stage` and `disposition` are what another system says of it today: known at import, never at capture.
    """

    external_id: str
    system: str = ""
    captured_at: datetime | None = None
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    seniority: str = ""
    department: str = ""
    company: str = ""
    domain: str = ""
    phone: str = ""
    country: str = ""
    industry: str = ""
    employees: int | None = None
    source: str | None = None
    channel: str = "unknown"
    interest: str = "active"
    campaign: str = ""
    form: str = ""
    message: str = ""
    consent: bool | None = None
    consent_wording: str = ""
    answers: dict = field(default_factory=dict)
    owner: str = ""
    product: str = ""
    stage: str = ""
    disposition: str = ""
    contact_me: bool = False
    robot: bool = False
    evidence_source: str = "form"
    address: Address | None = None
    """The address as it was understood, where the caller has looked at it already."""
    judged: Judged | None = None
    """What the title says, where the caller has asked already."""
    claim: Claim | None = None
    """Who it is from, where the caller has made it ahead with `claim_of`."""
    person_key: tuple[str, str] | None = None
    """A key that tells who it is, (system, value), such as a badge."""
    met: bool = False
    """They were spoken with face to face."""
    transcript: str = ""


@dataclass(slots=True)
class Taken:
    """What became of one: outcome created, merged, updated, unchanged or rejected (then `reason` says why)."""

    outcome: str
    inquiry_id: int | None = None
    person_id: int | None = None
    account_id: int | None = None
    account_matched: bool = False
    reason: str = ""
    before: dict | None = None


UPDATABLE = ("source", "channel", "interest", "form", "message", "stage_given", "owner_given", "transcript")


def take_inquiries(
    batch: list[Incoming], *, at: datetime, imported=None, historic: bool = False, by=None
) -> list[Taken]:
    """Take a batch in. One `Taken` for each, in order. The caller holds a transaction and has kept the raw rows.

    `historic` starts no clock and lets `captured_at` claim when it was known.
    """
    taken: list[Taken | None] = [None] * len(batch)
    fresh: dict[tuple[str, str], int] = {}
    known = _known_inquiries(batch)
    again: list[int] = []
    for number, one in enumerate(batch):
        key = (one.system, one.external_id)
        if reason := _unusable(one):
            taken[number] = Taken("rejected", reason=reason)
        elif key in known:
            taken[number] = _update(one, known[key], at)
        elif key in fresh:
            again.append(number)
        else:
            fresh[key] = number
    if fresh:
        order = list(fresh.values())
        for number, done in zip(order, _take_new([batch[n] for n in order], at, imported, historic, by), strict=True):
            taken[number] = done
    if again:  # the same key twice in one batch: the later row updates what the earlier made
        known = _known_inquiries([batch[number] for number in again])
        for number in again:
            key = (batch[number].system, batch[number].external_id)
            taken[number] = _update(batch[number], known[key], at) if key in known else replace(taken[fresh[key]])
            if key in known:
                known[key] = next(iter(_known_inquiries([batch[number]]).values()))
    return taken  # type: ignore[return-value]


def _unusable(one: Incoming) -> str:
    """Why the row can't be taken as an inquiry at all; empty when it can."""
    if one.channel not in CHANNELS:
        return f"channel {one.channel!r} is none of {', '.join(CHANNELS)}"
    if one.interest not in facts.INTERESTS:
        return f"interest {one.interest!r} is neither active nor passive"
    if one.seniority and one.seniority not in SENIORITIES:
        return f"seniority {one.seniority!r} is none of {', '.join(SENIORITIES)}"
    return ""


# -- rows that are known ----------------------------------------------------------------------------------------------
_STORED = ("id", "person_id", "account_id", "email", "captured_at", *UPDATABLE, "product_id", "campaign_id")


def _known_inquiries(batch: list[Incoming]) -> dict[tuple[str, str], dict]:
    keys: dict[str, list[str]] = {}
    for one in batch:
        keys.setdefault(one.system, []).append(one.external_id)
    found = {}
    with connection.cursor() as cursor:
        for system, values in keys.items():
            cursor.execute(
                f"""SELECT i.external_id, {', '.join('i.' + name for name in _STORED)}, p.code, c.name, a.kind
                    FROM leads_inquiry i
                    JOIN leads_account a ON a.id = i.account_id
                    LEFT JOIN leads_product p ON p.id = i.product_id
                    LEFT JOIN leads_campaign c ON c.id = i.campaign_id
                    WHERE i.system = %s AND i.external_id = ANY(%s)""",
                [system, texts(values)],
            )
            for row in cursor.fetchall():
                names = (*_STORED, "product", "campaign", "account_kind")
                found[system, row[0]] = dict(zip(names, row[1:], strict=True))
    return found


def _update(one: Incoming, old: dict, at: datetime) -> Taken:
    """The same key again: what differs is updated, what doesn't is left alone. Facts already recorded stay."""
    new = {
        "source": one.source, "channel": one.channel, "interest": one.interest, "form": one.form[:120],
        "message": one.message, "stage_given": _given(one)[:60], "owner_given": one.owner[:120],
        "transcript": one.transcript or old["transcript"],
    }
    changed = {name: value for name, value in new.items() if value != old[name]}
    if one.product and one.product != (old["product"] or ""):
        changed["product_id"] = Product.named({one.product})[one.product]
    done = Taken(
        "unchanged", old["id"], old["person_id"], old["account_id"], old["account_kind"] == "company"
    )
    if not changed:
        return done
    assignments = ", ".join(f"{name} = %s" for name in changed)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE leads_inquiry SET {assignments} WHERE id = %s", [*changed.values(), old["id"]])
    done.outcome = "updated"
    done.before = {name: old[name] for name in changed}
    return done


def _given(one: Incoming) -> str:
    return one.stage or one.disposition


# -- new ones -------------------------------------------------------------------------------------------------------
def claim_of(one: Incoming) -> Claim:
    """Who the inquiry says to be from. Needs no database: a caller with many may have it made ahead."""
    one.country = (country_code(one.country) or "") if one.country else ""
    says = told_by_title(one.title, one.judged) if one.title else {}
    if one.address is not None:
        company_domain(one.address.domain)  # which remembers it until the account is looked for
    return Claim(
        email=one.email, first_name=one.first_name, last_name=one.last_name, company=one.company,
        domain=one.domain, title=one.title, phone=one.phone, country=one.country, address=one.address,
        industry=one.industry, employees=one.employees, key=one.person_key,
        seniority=one.seniority or says.get("seniority", ""),
        department=one.department or says.get("department", ""),
    )


def _take_new(batch: list[Incoming], at, imported, historic: bool, by) -> list[Taken]:
    definition = Definition.in_force()
    promise = definition.policy.promise if definition else Promise()
    claims = [one.claim or claim_of(one) for one in batch]
    for one in batch:
        one.claim = None  # it is filled in now: who tries again begins with a fresh one
    campaigns = Campaign.named({one.campaign: (one.channel, one.interest) for one in batch if one.campaign}, at)
    products = Product.named({one.product for one in batch if one.product})
    owners = User.named({one.owner for one in batch if one.owner})
    new_people = who_is_who(claims, at)
    people, accounts = _known(claims, new_people)
    chains = lock_chains({claim.account_id for claim in claims})
    judge = InquiryJudge(definition.policy.inquiry if definition else InquiryRules(), claims)
    ids = numbers("leads_inquiry", len(batch))
    made = []
    for one, claim, number in zip(batch, claims, ids, strict=True):
        captured = min(one.captured_at or at, at)
        reason = judge.invalid_because(one, claim)
        due = None
        if not historic and not reason and one.interest == "active":
            due = due_after(promise, at, promise.contact_me_minutes if one.contact_me else promise.inquiry_minutes)
        made.append(Made(one, claim, number, captured, captured if historic else at, reason, due,
                         campaigns.get(one.campaign), products.get(one.product)))
    opening, cycles = cycles_for(made, at, imported)
    # Nothing more is asked of the database until the facts are made: they are put together while all this is written.
    write_people(new_people, at)
    write_cycles(opening, imported)
    take_over_stages(made, cycles, at, imported)
    _copy_inquiries(made, at, imported, historic, definition)
    _own(made, owners)
    _facts(made, people, accounts, chains, at, by, historic)
    return [
        Taken(
            "created" if new.first else "merged", new.id, new.claim.person_id,
            new.claim.account_id, new.claim.account_kind == "company", before=new.changed,
        )
        for new in made
    ]


@dataclass(slots=True)
class Made:
    one: Incoming
    claim: Claim
    id: int
    captured: datetime
    known: datetime
    invalid: str
    due: datetime | None
    campaign_id: int | None
    product_id: int | None
    first: bool = False  # this inquiry brought the person; others of the same person in the batch merged
    cycle_id: int | None = None
    changed: dict | None = None
    """What it changed of its person and account besides: "person.title" -> [what it was, what it is now]."""

    def change(self, noun: str, name: str, columns: dict, value) -> None:
        """Note that a column gets a value by this inquiry; `columns` are as they stood."""
        was = columns.get(name, None if name == "employees" else "")
        self.changed = {**(self.changed or {}), f"{noun}.{name}": [was, value]}


def _known(claims: list[Claim], new: list[Claim]) -> tuple[dict[int, dict], dict[int, dict]]:
    """What is known of people and accounts before this batch tells more. Of `new` ones it is what their claim says,
    where another row of the batch speaks of them too."""
    again, own = {claim.person_id for claim in claims if not claim.created}, {claim.person_id for claim in new}
    people = people_now(list(again - own))
    for claim in new:
        if claim.person_id in again:
            people[claim.person_id] = {name: getattr(claim, name) for name in PERSON_WORDS}
    made = {claim.account_id for claim in claims if claim.account_created}
    return people, accounts_now(list({claim.account_id for claim in claims} - made))


def _copy_inquiries(made: list[Made], at, imported, historic: bool, definition) -> None:
    ones = [new.one for new in made]
    copy_in("leads_inquiry", {
        "id": [str(new.id) for new in made], "person_id": [str(new.claim.person_id) for new in made],
        "account_id": [str(new.claim.account_id) for new in made],
        "captured_at": copying.moments(new.captured for new in made), "recorded_at": copying.constant(at),
        "source": copying.texts_or_null(None if one.source is None else one.source[:120] for one in ones),
        "channel": copying.texts(one.channel for one in ones),
        "interest": copying.texts(one.interest for one in ones),
        "campaign_id": copying.numbers(new.campaign_id for new in made),
        "product_id": copying.numbers(new.product_id for new in made),
        "form": copying.texts(one.form[:120] for one in ones),
        "email": copying.texts(one.email[:254] for one in ones),
        "message": copying.texts(one.message for one in ones),
        "answers": copying.texts(json.dumps(one.answers) if one.answers else "{}" for one in ones),
        "stage_given": copying.texts(_given(one)[:60] for one in ones),
        "owner_given": copying.texts(one.owner[:120] for one in ones),
        "contact_me": copying.flags(one.contact_me for one in ones),
        "valid": copying.flags(not new.invalid for new in made),
        "invalid_reason": copying.texts(new.invalid for new in made),
        "definition_id": copying.constant(definition.pk if definition else None),
        "cycle_id": copying.numbers(new.cycle_id for new in made),
        "system": copying.texts(one.system for one in ones),
        "external_id": copying.texts(one.external_id[:200] for one in ones),
        "imported_id": copying.constant(imported.pk if imported else None), "historic": copying.constant(historic),
        "inquiry_due_at": copying.moments(new.due for new in made),
    })


# -- owners and facts ------------------------------------------------------------------------------------------------
def _own(made: list[Made], owners: dict[str, int]) -> None:
    pairs = {new.claim.person_id: owners[new.one.owner] for new in made if new.one.owner in owners}
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE leads_person p SET owner_id = n.owner_id
                   FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, owner_id)
                   WHERE p.id = n.id AND p.owner_id IS NULL RETURNING p.id""",
                [list(pairs), list(pairs.values())],
            )
            owned = {row[0] for row in cursor.fetchall()}
        for new in made:
            if new.claim.person_id in owned:
                new.change("person", "owner_id", {"owner_id": None}, pairs[new.claim.person_id])


def _facts(made: list[Made], people: dict, accounts: dict, chains: dict, at, by, historic: bool) -> None:
    rows, new_people, new_accounts = [], {}, {}
    by_title = read_from_titles([
        new.claim.person_id for new in made
        if (new.one.seniority or new.one.department) and people.get(new.claim.person_id)
    ])
    for new in made:
        one, claim = new.one, new.claim
        happened, known = new.captured, new.known if historic else at
        extra = (happened, known, new.id, new.campaign_id)
        theirs, firms = (claim.account_id, claim.person_id), (claim.account_id, None)
        rows.append((_inquired(one.channel, one.interest, not new.invalid), *extra, *theirs))
        person = people.setdefault(claim.person_id, {})
        account = accounts.setdefault(claim.account_id, {})
        given = {name: (value, one.evidence_source) for name in PERSON_CODES if (value := getattr(one, name))}
        if one.met:
            rows.append((facts.Met(account=claim.account_id, person=claim.person_id), *extra))
        title = person.get("title") or one.title
        if title and len(given) < len(PERSON_CODES):  # what somebody gave stays
            for name, value in told_by_title(title, one.judged if title == one.title else None).items():
                if not person.get(name):
                    given.setdefault(name, (value, BY_TITLE))
        for name, (value, source) in given.items():
            code = claim.person_id, name
            if person.get(name) != value:
                if not (claim.created and getattr(claim, name) == value):  # else it was written with the person
                    new_people.setdefault(claim.person_id, {})[name] = value
                    new.change("person", name, person, value)
                person[name] = value
            elif source == BY_TITLE or code not in by_title:  # nothing new; else somebody says what was only read
                continue
            (by_title.add if source == BY_TITLE else by_title.discard)(code)
            rows.append((said_of_somebody(name, value, source), *extra, *theirs))
        for name in PERSON_WORDS if not claim.created else ():
            if (value := getattr(one, name)) and not person.get(name):
                new.change("person", name, person, value)
                person[name] = new_people.setdefault(claim.person_id, {})[name] = value
        for name in ACCOUNT_CODES:
            value = getattr(one, name)
            if value not in (None, "") and account.get(name) != value:
                if not claim.account_created:  # else it was written together with the account
                    new_accounts.setdefault(claim.account_id, {})[name] = value
                    new.change("account", name, account, value)
                account[name] = value
                rows.append((said_of_somebody(name, value, one.evidence_source), *extra, *firms))
        for item, level in one.answers.items():
            if item in ITEMS and item != "fit" and level in LEVELS:
                rows.append((facts.Answered(
                    account=claim.account_id, person=claim.person_id, item=item, level=level,
                    source=one.evidence_source,
                ), *extra))
        if one.consent is not None:
            rows.append((facts.Consented(
                account=claim.account_id, person=claim.person_id, purpose="marketing", given=one.consent
            ), *extra))
        if one.disposition == "disqualified" or one.stage == "disqualified":
            rows.append((facts.Disposed(
                account=claim.account_id, person=claim.person_id, disposition="disqualified", reason="import"
            ), at, at, new.id, new.campaign_id))
    record_in_bulk(rows, at=at, by=by, claimed=historic, known=chains)
    write_back("leads_person", new_people)
    write_back("leads_account", new_accounts)
    _evidence(made, at)


# Many say the same: one fact for all of them, which the row gives to its person.
@lru_cache(maxsize=1000)
def _inquired(channel: str, interest: str, valid: bool) -> facts.Inquired:
    return facts.Inquired(channel=channel, interest=interest, valid=valid)


def _evidence(made: list[Made], at) -> None:
    """Keep consent with its proof, and answers with their words."""
    from winnow.leads.cycle import Answer
    from winnow.leads.inquiry import Consent

    if long := [(new.id, new.one.transcript) for new in made if new.one.transcript]:
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE leads_inquiry SET transcript = %s WHERE id = %s", [(t, n) for n, t in long])
    Consent.objects.bulk_create([
        Consent(
            person_id=new.claim.person_id, purpose="marketing", given=new.one.consent, wording=new.one.consent_wording,
            how=new.one.form or new.one.evidence_source, inquiry_id=new.id, at=new.captured,
        )
        for new in made if new.one.consent is not None
    ], batch_size=2000)
    Answer.objects.bulk_create([
        Answer(
            person_id=new.claim.person_id, account_id=new.claim.account_id, item=item, level=level,
            source=new.one.evidence_source, quote=str(new.one.answers.get(f"{item}_words", "")), said_at=new.captured,
            inquiry_id=new.id,
        )
        for new in made for item, level in new.one.answers.items()
        if item in ITEMS and item != "fit" and level in LEVELS
    ], batch_size=2000)


