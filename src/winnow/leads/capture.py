"""From what came in to inquiries, people, accounts, cycles and facts: the one path of every channel.

A web form brings one, an import ten thousand at a time. What is written here is one transaction of the caller's: either
all of the batch or none. Nothing is decided but what the definition's valid-inquiry rules say.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection, models

from winnow.leads.account import Account
from winnow.leads.addresses import is_disposable, is_free_mail, normalise_phone
from winnow.leads.calendar import due_after
from winnow.leads.campaign import Campaign
from winnow.leads.countries import country_code
from winnow.leads.cycle import CLOSED, OPEN
from winnow.leads.definition import Definition
from winnow.leads.identity import Claim, numbers, resolve_many
from winnow.leads.opportunity import Product
from winnow.leads.person import Person
from winnow.leads.record import record_in_bulk
from winnow.leads.user import User
from winnow.policy import facts
from winnow.policy.definition import InquiryRules, Promise
from winnow.policy.facts import CHANNELS, ITEMS, LEVELS, SENIORITIES
from winnow.policy.validity import invalid_because


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


UPDATABLE = ("source", "channel", "interest", "form", "message", "stage_given", "owner_given")


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
    keys = sorted({(one.system, one.external_id) for one in batch})
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT i.system, i.external_id, {', '.join('i.' + name for name in _STORED)}, p.code, c.name,
                       a.kind
                FROM leads_inquiry i
                JOIN leads_account a ON a.id = i.account_id
                LEFT JOIN leads_product p ON p.id = i.product_id
                LEFT JOIN leads_campaign c ON c.id = i.campaign_id
                WHERE (i.system, i.external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""",
            [[key[0] for key in keys], [key[1] for key in keys]],
        )
        return {
            (row[0], row[1]): dict(zip((*_STORED, "product", "campaign", "account_kind"), row[2:], strict=True))
            for row in cursor.fetchall()
        }


def _update(one: Incoming, old: dict, at: datetime) -> Taken:
    """The same key again: what differs is updated, what doesn't is left alone. Facts already recorded stay."""
    new = {
        "source": one.source, "channel": one.channel, "interest": one.interest, "form": one.form[:120],
        "message": one.message, "stage_given": _given(one)[:60], "owner_given": one.owner[:120],
    }
    changed = {name: value for name, value in new.items() if value != old[name]}
    if one.product and one.product != (old["product"] or ""):
        changed["product_id"] = _products([one])[one.product]
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
def _take_new(batch: list[Incoming], at, imported, historic: bool, by) -> list[Taken]:
    definition = Definition.in_force()
    rules = definition.policy.inquiry if definition else InquiryRules()
    promise = definition.policy.promise if definition else Promise()
    claims = []
    for one in batch:
        one.country = (country_code(one.country) or "") if one.country else ""
        claims.append(Claim(
            email=one.email, first_name=one.first_name, last_name=one.last_name, company=one.company,
            domain=one.domain, title=one.title, phone=one.phone, country=one.country,
        ))
    resolve_many(claims, at)
    campaigns, products, owners = _campaigns(batch, at), _products(batch), _owners(batch)
    current = _attributes({c.person_id for c in claims}, {c.account_id for c in claims})
    ids = numbers("leads_inquiry", len(batch))
    made = []
    for one, claim, number in zip(batch, claims, ids, strict=True):
        captured = min(one.captured_at or at, at)
        reason = _invalid(rules, one, claim)
        due = None
        if not historic and not reason and one.interest == "active":
            due = due_after(promise, at, promise.contact_me_minutes if one.contact_me else promise.inquiry_minutes)
        made.append(_New(one, claim, number, captured, captured if historic else at, reason, due,
                         campaigns.get(one.campaign), products.get(one.product)))
    _copy_inquiries(made, at, imported, historic, definition)
    _cycles(made, at, imported)
    _own(made, owners)
    _facts(made, current, at, by, historic)
    return [
        Taken(
            "created" if new.claim.created and _first(new, made) else "merged", new.id, new.claim.person_id,
            new.claim.account_id, new.claim.account_kind == "company",
        )
        for new in made
    ]


@dataclass(slots=True)
class _New:
    one: Incoming
    claim: Claim
    id: int
    captured: datetime
    known: datetime
    invalid: str
    due: datetime | None
    campaign_id: int | None
    product_id: int | None
    first: bool = False


def _first(new: _New, made: list[_New]) -> bool:
    """Only the inquiry that brought the person counts as created; others of the same person in the batch merged."""
    return new.first


def _invalid(rules: InquiryRules, one: Incoming, claim: Claim) -> str:
    address = claim.address
    named = bool(one.email or one.phone or one.first_name or one.last_name)
    phone = normalise_phone(one.phone, one.country or None).kind if one.phone else ""
    reachable = address.identifies or phone in ("valid", "local") or address.kind == "masked" or not named
    domain = address.domain
    return invalid_because(
        rules, address_kind=address.kind, reachable=reachable, disposable=bool(domain) and is_disposable(domain),
        free_mail=bool(domain) and is_free_mail(domain), robot=one.robot, domains=(domain, one.domain),
        company=one.company, country=one.country, seniority=one.seniority, title=one.title,
    )


def _campaigns(batch: list[Incoming], at) -> dict[str, int]:
    """Campaigns by name or code; one that nobody set up yet is kept by its name, unlaunched."""
    wanted = {one.campaign: one for one in batch if one.campaign}
    if not wanted:
        return {}
    known = {}
    for code, name, number in Campaign.objects.filter(
        models.Q(code__in=wanted) | models.Q(name__in=wanted)
    ).values_list("code", "name", "id"):
        known[name] = known[code] = number
    for name, one in wanted.items():
        if name not in known:
            known[name] = Campaign.objects.get_or_create(
                code=name[:120],
                defaults={"name": name[:200], "channel": one.channel, "interest": one.interest, "created_at": at},
            )[0].pk
    return known


def _products(batch: list[Incoming]) -> dict[str, int]:
    wanted = {one.product for one in batch if one.product}
    known = dict(Product.objects.filter(code__in=wanted).values_list("code", "id"))
    for code in sorted(wanted - set(known)):
        named = {"name": code[:200], "known": False}
        known[code] = Product.objects.get_or_create(code=code[:120], defaults=named)[0].pk
    return known


def _owners(batch: list[Incoming]) -> dict[str, int]:
    wanted = {one.owner for one in batch if one.owner}
    found = User.objects.filter(
        models.Q(external_name__in=wanted) | models.Q(name__in=wanted) | models.Q(email__in=[w.lower() for w in wanted])
    )
    return {key: user.pk for user in found for key in (user.external_name, user.name, user.email) if key}


def _copy_inquiries(made: list[_New], at, imported, historic: bool, definition) -> None:
    columns = (
        "id", "person_id", "account_id", "captured_at", "recorded_at", "source", "channel", "interest", "campaign_id",
        "product_id", "form", "email", "message", "answers", "stage_given", "owner_given", "contact_me", "valid",
        "invalid_reason", "definition_id", "system", "external_id", "imported_id", "historic", "inquiry_due_at",
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY leads_inquiry ({', '.join(columns)}) FROM STDIN") as copy:
        for new in made:
            one = new.one
            copy.write_row((
                new.id, new.claim.person_id, new.claim.account_id, new.captured, at,
                None if one.source is None else one.source[:120], one.channel, one.interest, new.campaign_id,
                new.product_id, one.form[:120], one.email[:254], one.message, json.dumps(one.answers),
                _given(one)[:60], one.owner[:120], one.contact_me, not new.invalid, new.invalid,
                definition.pk if definition else None, one.system, one.external_id[:200],
                imported.pk if imported else None, historic, new.due,
            ))


# -- cycles ---------------------------------------------------------------------------------------------------------
def _cycles(made: list[_New], at, imported) -> None:
    """Every valid inquiry belongs to a cycle: the open one, else the next. Who was disqualified for good gets none."""
    firsts: set[int] = set()
    for new in made:
        if new.claim.created and new.claim.person_id not in firsts:
            firsts.add(new.claim.person_id)
            new.first = True
    people = sorted({new.claim.person_id for new in made})
    with connection.cursor() as cursor:
        # Two inquiries of one person at the same moment: the second waits here and finds the first's cycle.
        cursor.execute("SELECT id FROM leads_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [people])
        cursor.execute(
            """SELECT DISTINCT ON (person_id) person_id, id, number, stage, reason FROM leads_cycle
               WHERE person_id = ANY(%s) AND line = '' ORDER BY person_id, number DESC""",
            [people],
        )
        last = {row[0]: row[1:] for row in cursor.fetchall()}
        shut = _shut_for_good(cursor, [who for who, row in last.items() if row[2] == "disqualified"])
        current = {who: row[0] for who, row in last.items() if row[2] in OPEN}
        opening: dict[int, list] = {}
        links = []
        for new in made:
            who = new.claim.person_id
            if new.invalid or who in shut:
                continue
            if who not in current and who not in opening:
                number = last[who][1] + 1 if who in last else 1
                cross = who in last and last[who][2] == "won"
                stage = "nurturing" if who in last else "new"
                opening[who] = [who, number, stage, new.captured if imported else at, cross, new.known]
        begun = numbers("leads_cycle", len(opening))
        for row, number in zip(opening.values(), begun, strict=True):
            current[row[0]] = number
        with cursor.copy(
            "COPY leads_cycle (id, person_id, line, number, stage, opened_at, stage_at, reason, next_step, cross_sell)"
            " FROM STDIN"
        ) as copy:
            for row, number in zip(opening.values(), begun, strict=True):
                copy.write_row((number, row[0], "", row[1], row[2], row[3], row[3], "", "", row[4]))
        with cursor.copy(
            "COPY leads_stagechange (cycle_id, before, after, at, known_at, reason, imported_id) FROM STDIN"
        ) as copy:
            for row, number in zip(opening.values(), begun, strict=True):
                copy.write_row((number, "", row[2], row[3], row[5], "", imported.pk if imported else None))
        for new in made:
            if not new.invalid and new.claim.person_id in current:
                links.append((new.id, current[new.claim.person_id]))
        cursor.execute(
            """UPDATE leads_inquiry i SET cycle_id = n.cycle_id
               FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, cycle_id) WHERE i.id = n.id""",
            [[row[0] for row in links], [row[1] for row in links]],
        )
        _stages(cursor, made, current, at, imported)


def _shut_for_good(cursor, people: list[int]) -> set[int]:
    if not people:
        return set()
    cursor.execute(
        """SELECT DISTINCT ON (person_id) person_id, value, flag FROM leads_fact
           WHERE person_id = ANY(%s) AND kind = 'disposition' ORDER BY person_id, id DESC""",
        [people],
    )
    return {row[0] for row in cursor.fetchall() if row[1] == "disqualified" and row[2]}


IMPORTED_WAY = {
    "nurturing": ("nurturing",),
    "ready": ("nurturing",),  # only a signed definition makes a lead
    "handed_off": ("nurturing",),
    "accepted": ("nurturing",),
    "opportunity": ("opportunity",),
    "won": ("opportunity", "won"),
    "lost": ("opportunity", "lost"),
    "disqualified": ("disqualified",),
    "recycled": ("nurturing",),
}
"""Which stages a cycle goes through when another system says where it stands today."""


def _stages(cursor, made: list[_New], current: dict[int, int], at, imported) -> None:
    """Take over the stage that the file claims, for cycles that this batch opened or that are still new."""
    from winnow.leads.cycle import Cycle, StageChange

    claimed = {}
    for new in made:
        stage = new.one.disposition or new.one.stage
        if stage in IMPORTED_WAY and new.claim.person_id in current:
            claimed[current[new.claim.person_id]] = (stage, new)
    if not claimed:
        return
    changes, updates = [], []
    young = Cycle.objects.filter(pk__in=claimed, stage__in=("new", "nurturing"))
    for number, stage in young.values_list("id", "stage"):
        wanted, _new = claimed[number]
        for after in IMPORTED_WAY[wanted]:
            if after != stage:
                changes.append(StageChange(
                    cycle_id=number, before=stage, after=after, at=at, known_at=at, imported=imported, reason="import"
                ))
                stage = after
        updates.append((number, stage, at if stage in CLOSED else None))
    StageChange.objects.bulk_create(changes, batch_size=5000)
    cursor.execute(
        """UPDATE leads_cycle c SET stage = n.stage, stage_at = %s, closed_at = n.closed_at
           FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS n(id, stage, closed_at) WHERE c.id = n.id""",
        [at, *([list(column) for column in zip(*updates, strict=True)] or [[], [], []])],
    )


def _own(made: list[_New], owners: dict[str, int]) -> None:
    pairs = {new.claim.person_id: owners[new.one.owner] for new in made if new.one.owner in owners}
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE leads_person p SET owner_id = n.owner_id
                   FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, owner_id)
                   WHERE p.id = n.id AND p.owner_id IS NULL""",
                [list(pairs), list(pairs.values())],
            )


# -- facts ----------------------------------------------------------------------------------------------------------
PERSON_CODES = ("seniority", "department")
PERSON_WORDS = ("first_name", "last_name", "title", "phone", "email")
ACCOUNT_CODES = ("industry", "employees", "country")


def _attributes(people: set[int], accounts: set[int]) -> dict[tuple[str, int], dict]:
    found: dict[tuple[str, int], dict] = {}
    for row in Person.objects.filter(pk__in=people).values("id", "first_name", "last_name", "title", "phone", "email",
                                                           *PERSON_CODES):
        found["person", row.pop("id")] = row
    for row in Account.objects.filter(pk__in=accounts).values("id", "name", *ACCOUNT_CODES):
        found["account", row.pop("id")] = row
    return found


def _facts(made: list[_New], current: dict, at, by, historic: bool) -> None:
    rows, people, accounts = [], {}, {}
    for new in made:
        one, claim = new.one, new.claim
        happened, known = new.captured, new.known if historic else at
        extra = (happened, known, new.id, new.campaign_id)
        rows.append((facts.Inquired(
            account=claim.account_id, person=claim.person_id, channel=one.channel, interest=one.interest,
            valid=not new.invalid,
        ), *extra))
        person = current.setdefault(("person", claim.person_id), {})
        account = current.setdefault(("account", claim.account_id), {})
        for name in PERSON_CODES:
            value = getattr(one, name)
            if value and person.get(name) != value:
                person[name] = value
                people.setdefault(claim.person_id, {})[name] = value
                rows.append((_described(claim, claim.person_id, name, value, one), *extra))
        for name in PERSON_WORDS:
            if (value := getattr(one, name)) and not person.get(name) and not claim.created:
                person[name] = value
                people.setdefault(claim.person_id, {})[name] = value
        for name in ACCOUNT_CODES:
            value = getattr(one, name)
            if value in (None, "") or account.get(name) == value:
                continue
            account[name] = value
            accounts.setdefault(claim.account_id, {})[name] = value
            rows.append((_described(claim, None, name, str(value), one), *extra))
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
    record_in_bulk(rows, at=at, by=by, claimed=historic)
    _write_back("leads_person", people, (*PERSON_CODES, *PERSON_WORDS))
    _write_back("leads_account", accounts, ACCOUNT_CODES)
    _evidence(made, at)


def _described(claim: Claim, person: int | None, name: str, value: str, one: Incoming) -> facts.Described:
    return facts.Described(
        account=claim.account_id, person=person, attribute=name, value=value[:120], source=one.evidence_source
    )


def _write_back(table: str, changes: dict[int, dict], columns: tuple[str, ...]) -> None:
    for name in columns:
        pairs = [(number, values[name]) for number, values in changes.items() if name in values]
        if pairs:
            kind = "integer" if name == "employees" else "text"
            with connection.cursor() as cursor:
                cursor.execute(
                    f"""UPDATE {table} t SET {name} = n.value FROM unnest(%s::bigint[], %s::{kind}[]) AS n(id, value)
                        WHERE t.id = n.id""",
                    [list(column) for column in zip(*pairs, strict=True)],
                )


def _evidence(made: list[_New], at) -> None:
    """Keep consent with its proof, and answers with their words."""
    from winnow.leads.cycle import Answer
    from winnow.leads.inquiry import Consent

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


