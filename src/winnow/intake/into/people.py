"""Rows of people: without an inquiry of theirs, so no cycle opens."""

from winnow.intake.into import Batch, Done, Line, rejected, tell_address
from winnow.intake.into.inquiries import prepare
from winnow.intake.into.strangers import own_keys
from winnow.leads.addresses import Address
from winnow.leads.capture import claim_of
from winnow.leads.described import (
    ACCOUNT_CODES,
    PERSON_CODES,
    PERSON_COLUMNS,
    accounts_now,
    people_now,
    read_from_titles,
    said_of_somebody,
    told_by_title,
    write_back,
)
from winnow.leads.identity import Claim, who_is_who, write_people
from winnow.leads.inquiry import Consent
from winnow.leads.phonelines import known_by_phone
from winnow.leads.record import lock_chains, record_in_bulk
from winnow.leads.titles import SOURCE as BY_TITLE
from winnow.leads.user import User
from winnow.policy import facts

NOBODYS = {"owner_id": None}


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Take the people in. Who is known by key or address is updated by what the row gives; blanks change nothing."""
    done: dict[int, Done] = {}
    rows = []
    for number, line in enumerate(lines):
        if line.made is None:
            prepare(line, batch.system, batch.at)
        if line.problem:
            done[number] = rejected(line.problem)
            continue
        one, strange = line.made
        for name, value in strange:
            batch.note("unknown_value", f"{name}: {value}")
        tell_address(one, batch)
        claim, one.claim = one.claim or claim_of(one), None  # it is filled in now; who tries again begins afresh
        identified = one.address is not None and one.address.identifies
        made_up = line.key.startswith("row:")
        claim.key = None if identified and (made_up or batch.known_by == "email") else (batch.system, line.key)
        if batch.known_by == "number" and not made_up and identified:
            claim.address = Address("masked", domain=one.address.domain, reason="is not what tells here who it is")
        rows.append((number, one, claim))
    if not batch.system:
        keyed = [(one, claim) for _, one, claim in rows if claim.key]
        for place, key in own_keys("people", [(claim.key[1], one) for one, claim in keyed]).items():
            keyed[place][1].key = (batch.system, key)
            batch.note("key_of_another")
    if batch.known_by == "phone":
        known_by_phone([claim for _, _, claim in rows])
    _take(rows, batch, done)
    return [done[number] for number in range(len(lines))]


def _take(rows: list[tuple], batch: Batch, done: dict[int, Done]) -> None:
    claims = [claim for _, _, claim in rows]
    owners = User.named({one.owner for _, one, _ in rows if one.owner})
    new = {claim.person_id: claim for claim in who_is_who(claims, batch.at)}
    known = {claim.key for claim in claims if claim.key_known}
    people, accounts = _known(claims, new)
    chains = lock_chains({claim.account_id for claim in claims})
    by_title = read_from_titles([
        claim.person_id for _, one, claim in rows
        if claim.person_id not in new
        and (one.seniority or one.department or (one.title and one.title != people[claim.person_id]["title"]))
    ])
    write_people(list(new.values()), batch.at)
    told, person_changes, account_changes, consents, seen = [], {}, {}, [], set()
    for number, one, claim in rows:
        who, account = claim.person_id, claim.account_id
        before = {}
        if who in people:
            told += _told_anew(one, claim, people[who], new.get(who), by_title, before, person_changes)
        else:  # whom this row alone speaks of is written as it says: only what is evidence is to be told
            for name in PERSON_CODES:
                if value := getattr(claim, name):
                    source = "import" if getattr(one, name) else BY_TITLE
                    told.append((said_of_somebody(name, value, source), account, who))
        if accounts[account]["kind"] == "company":
            for name in ACCOUNT_CODES:
                value, old = getattr(one, name) if name != "country" else "", accounts[account]
                if value not in (None, "") and value != old[name]:
                    before[f"account.{name}"], old[name] = old[name], value
                    if not claim.account_created:  # else it was written together with the account
                        account_changes.setdefault(account, {})[name] = value
                    told.append((said_of_somebody(name, value, "import"), account, None))
        if one.owner in owners and people.get(who, NOBODYS)["owner_id"] is None:
            before["owner_id"] = None
            person_changes.setdefault(who, {})["owner_id"] = owners[one.owner]
            if who in people:
                people[who]["owner_id"] = owners[one.owner]
        created = claim.created and who not in seen
        if one.consent is not None and (created or (claim.key and claim.key not in known)):
            told.append((facts.Consented(purpose="marketing", given=one.consent), account, who))
            consents.append(Consent(person_id=who, given=one.consent, wording=one.consent_wording, how="import",
                                    at=one.captured_at or batch.at))
        outcome = (
            "created" if created else "updated" if before
            else "merged" if claim.key and claim.key not in known else "unchanged"
        )
        if claim.key:
            known.add(claim.key)
        seen.add(who)
        done[number] = Done(
            outcome, "", "person", who, before if outcome == "updated" else None, claim.account_kind == "company"
        )
    rows = [(fact, batch.at, batch.at, None, None, account, who) for fact, account, who in told]
    record_in_bulk(rows, at=batch.at, by=batch.by, known=chains)
    write_back("leads_person", person_changes)
    write_back("leads_account", account_changes)
    Consent.objects.bulk_create(consents, batch_size=2000)


def _told_anew(one, claim: Claim, old: dict, new: Claim | None, by_title: set, before: dict, changes: dict) -> list:
    """What a row tells of somebody who is known, or whom other rows of the chunk speak of, too.

    `old` are their columns as they stood, which move along; `before` gets what was there, `changes` what is to be
    written. `new` is the claim that they are written from, where they are new.
    """
    who, account, told = claim.person_id, claim.account_id, []

    def becomes(name: str, value) -> None:
        before[name], old[name] = old[name], value
        if new is None or getattr(new, name) != value:  # else it is written with the person
            changes.setdefault(who, {})[name] = value

    for name in PERSON_COLUMNS:
        value = getattr(one, name)
        if value and (who, name) in by_title and value == old[name]:  # now somebody says what was only read
            told.append((said_of_somebody(name, value, "import"), account, who))
            by_title.discard((who, name))
        if value in (None, "") or value == old[name] or (name == "email" and old[name]):
            continue
        becomes(name, value)
        if name in PERSON_CODES:
            told.append((said_of_somebody(name, value, "import"), account, who))
            by_title.discard((who, name))
    says = told_by_title(old["title"]) if old["title"] else {}
    for name in PERSON_CODES:
        value = says.get(name, "")
        # Only what nobody gave: nothing is known yet, or it was read from the title that has changed.
        if value != old[name] and (not old[name] or ("title" in before and (who, name) in by_title)):
            becomes(name, value)
            told.append((said_of_somebody(name, value, BY_TITLE), account, who))
            by_title.add((who, name))
    return told


def _known(claims: list[Claim], new: dict[int, Claim]) -> tuple[dict[int, dict], dict[int, dict]]:
    """The columns of people and accounts as they stand. Of new ones nothing has been told yet: their codes are open.
    Whom but one row speaks of, and who is new, is not among them."""
    again = {claim.person_id for claim in claims if not claim.created}
    people = people_now(list(again - new.keys()))
    for who in again & new.keys():
        claim = new[who]
        people[who] = {name: getattr(claim, name) for name in PERSON_COLUMNS}
        people[who] |= {"owner_id": None, **dict.fromkeys(PERSON_CODES, "")}
    made = {claim.account_id: "company" for claim in claims if claim.account_created}
    made |= {claim.account_id: "solo" for claim in new.values() if claim.account_kind == "solo"}
    accounts = accounts_now(list({claim.account_id for claim in claims} - made.keys()))
    nothing = {"industry": "", "employees": None, "country": ""}
    return people, accounts | {number: {"kind": kind, **nothing} for number, kind in made.items()}
