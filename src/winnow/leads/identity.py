"""Who is this? The one resolve-or-create path for every channel, one person or a hundred thousand at a time.

What decides is the database: a normalised address or an external id has one row in Identity, and a company domain one
account. Two who arrive at the same moment meet at the unique index. The constraint on Identity is checked before the
person is written (foreign keys are deferred), so that the loser of a race leaves no empty person behind.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from winnow.leads import arrays, copying
from winnow.leads.addresses import Address, company_domain, domain_of, normalise_email
from winnow.leads.arrays import texts
from winnow.leads.copying import copy_in
from winnow.leads.identitykeys import write_keys

UNLIKE_MOST = 3
"""An address that this many unlike people gave identifies nobody from then on."""


_NO_ADDRESS = Address("malformed", reason="empty")


@dataclass(slots=True)
class Claim:
    """Who somebody says to be. `key` is an external id that identifies the person, (system, value)."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    domain: str = ""
    title: str = ""
    phone: str = ""
    country: str = ""
    industry: str = ""
    employees: int | None = None
    seniority: str = ""
    department: str = ""
    key: tuple[str, str] | None = None
    account_key: tuple[str, str] | None = None
    # found on the way
    address: Address | None = None
    person_id: int = 0
    account_id: int = 0
    created: bool = False
    account_kind: str = "solo"
    account_created: bool = False
    key_known: bool = False


def name_key(name: str) -> str:
    """The form by which two spellings of a company's name are the same without any doubt: case and spaces only."""
    return " ".join(name.casefold().split())[:300]


def unlike(first: str, second: str) -> bool:
    """Whether two full names cannot be one person's: both given, and no word or initial of one in the other."""
    one, two = set(_words(first)), set(_words(second))
    if not one or not two or one & two:
        return False
    initials = {word[0] for word in one} & {word[0] for word in two}
    short = any(len(word) == 1 for word in one | two)
    return not (short and initials)


def _line(phone: str) -> str:
    """What tells one telephone line from another: the last seven digits; empty when there are too few."""
    digits = "".join(c for c in phone if c.isdigit())
    return digits[-7:] if len(digits) > 5 and "x" not in phone.lower() else ""


def _words(name: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in name.casefold()).split()


def resolve_many(claims: list[Claim], at: datetime) -> None:
    """Find or make the person and the account of each claim, and fill in `person_id`, `account_id`, `created`.

    The caller holds a transaction. Known people keep their account; new ones get the company's by domain, else by
    name, else an account of one.
    """
    write_people(who_is_who(claims, at), at)


def who_is_who(claims: list[Claim], at: datetime) -> list[Claim]:
    """The same, but for the rows of new people: returns theirs, for `write_people` before the transaction ends."""
    for claim in claims:
        if claim.address is None:
            claim.address = normalise_email(claim.email) if claim.email else _NO_ADDRESS
    _without_shared(claims)
    _known_people(claims)
    _learn_keys([claim for claim in claims if claim.person_id and claim.key and claim.address.identifies], at)
    unknown = [claim for claim in claims if not claim.person_id]
    if not unknown:
        return []
    _accounts(unknown, at)
    return _new_people(unknown, at)


def _without_shared(claims: list[Claim]) -> None:
    """Addresses known to be shared by unlike people identify nobody."""
    times = Counter([value for claim in claims if (value := claim.address.normalised)])
    if not times:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM leads_sharedaddress LIMIT 1000")
        shared = {row[0] for row in cursor.fetchall()}
        if len(shared) == 1000:  # too many to have them all here: ask for these
            cursor.execute("SELECT value FROM leads_sharedaddress WHERE value = ANY(%s)", [texts(times)])
            shared = {row[0] for row in cursor.fetchall()}
    faces: dict[str, list[str]] = {}
    lines: dict[str, set[str]] = {}  # where no names are given, telephones tell people apart
    frequent = {value for value, count in times.items() if count > UNLIKE_MOST}
    for claim in claims if frequent else ():
        if claim.address.normalised not in frequent:  # too few, whoever they are
            continue
        if name := f"{claim.first_name} {claim.last_name}".strip():
            known = faces.setdefault(claim.address.normalised, [])
            if len(known) <= UNLIKE_MOST and all(unlike(name, other) for other in known):
                known.append(name)
        elif line := _line(claim.phone):
            lines.setdefault(claim.address.normalised, set()).add(line)
    crowds = {value for seen in (faces, lines) for value, known in seen.items() if len(known) > UNLIKE_MOST}
    shared |= {value for value in crowds if _share(value)}
    for claim in claims if shared else ():
        if claim.address.normalised in shared:
            claim.address = Address("masked", domain=claim.address.domain, reason="is shared by unlike people")


def _share(value: str) -> bool:
    from winnow.leads.clock import now

    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO leads_sharedaddress (value, reason, created_at) VALUES (%s, 'unlike people', %s)
               ON CONFLICT (value) DO NOTHING""",
            [value, now()],
        )
    return True


def _known_people(claims: list[Claim]) -> None:
    """Fill in who is known by address or key. An address that now comes with an unlike name is not that person's."""
    emails = sorted({value for claim in claims if (value := claim.address.normalised)})
    systems: dict[str, set[str]] = {}
    for claim in claims:
        if claim.key:
            systems.setdefault(claim.key[0], set()).add(claim.key[1])
    asked = [("email", "", emails), *(("external", system, sorted(values)) for system, values in systems.items())]
    found: dict[tuple[str, str, str], tuple] = {}
    with connection.cursor() as cursor:
        for kind, system, values in asked:
            if values:
                cursor.execute(_KNOWN, [kind, system, texts(values)])
                found |= {row[:3]: row[3:] for row in cursor.fetchall()}
    strange: dict[str, int] = {}
    for claim in claims:
        row = found.get(("external", *claim.key)) if claim.key else None
        claim.key_known = row is not None
        if row is None and claim.address.identifies:
            row = found.get(("email", "", claim.address.normalised))
            if row is not None and unlike(f"{claim.first_name} {claim.last_name}", f"{row[3]} {row[4]}"):
                strange[claim.address.normalised] = strange.get(claim.address.normalised, 0) + 1
                claim.address = Address("masked", domain=claim.address.domain, reason="belongs to somebody else")
                row = None
            elif row is not None and not (claim.first_name or claim.last_name or row[3] or row[4]):
                here, there = _line(claim.phone), _line(row[5])
                if here and there and here != there:
                    strange[claim.address.normalised] = strange.get(claim.address.normalised, 0) + 1
        if row is not None:
            claim.person_id, claim.account_id, claim.account_kind = row[0], row[1], row[2]
    for value, times in strange.items():
        _count_strangers(value, times)


def _learn_keys(claims: list[Claim], at: datetime) -> None:
    """Somebody known by one key came with another: from now on both tell who it is, unless it is another's already."""
    rows = sorted({(*key, claim.person_id) for claim in claims for key in _keys(claim)})
    if rows:
        write_keys(rows, at)


_KNOWN = """SELECT i.kind, i.system, i.value, p.id, p.account_id, a.kind, p.first_name, p.last_name, p.phone
    FROM leads_identity i
    JOIN LATERAL (WITH RECURSIVE up(id, into_id) AS (
            SELECT q.id, q.merged_into_id FROM leads_person q WHERE q.id = i.person_id
            UNION ALL SELECT q.id, q.merged_into_id FROM leads_person q JOIN up ON q.id = up.into_id)
        SELECT id FROM up WHERE into_id IS NULL) now_is ON true
    JOIN leads_person p ON p.id = now_is.id
    JOIN leads_account a ON a.id = p.account_id
    WHERE i.kind = %s AND i.system = %s AND i.value = ANY(%s)"""


def _count_strangers(value: str, times: int) -> None:
    """Unlike people keep giving this address: from the third on it identifies nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_identity SET strangers = strangers + %s WHERE kind = 'email' AND system = '' AND value = %s
               RETURNING strangers""",
            [times, value],
        )
        row = cursor.fetchone()
    if row is not None and row[0] >= UNLIKE_MOST:
        _share(value)


# -- accounts -------------------------------------------------------------------------------------------------------
def resolve_accounts(claims: list[Claim], at: datetime) -> None:
    """Find or make the company of each claim, by key, else domain, else name, where no person comes with it.

    `account_id` stays 0 where nothing tells one; `account_created` is set on the claim that brought a new one.
    """
    for claim in claims:
        claim.address = claim.address or _NO_ADDRESS
    _accounts(claims, at)


def _accounts(claims: list[Claim], at: datetime) -> None:
    """Give each claim a company account where domain, key or name tell one; the others stay without."""
    domains = {}
    for claim in claims:
        domain = company_domain(domain_of(claim.domain)) if claim.domain else None
        domain = domain or company_domain(claim.address.domain)
        domains[id(claim)] = domain
    by_key = find_accounts_by_key(sorted({claim.account_key for claim in claims if claim.account_key}))
    by_domain = _by_domain(sorted({d for d in domains.values() if d}))
    wanted: dict[str, Claim] = {}
    for claim in claims:
        domain = domains[id(claim)]
        if domain and claim.account_key not in by_key and domain not in by_domain:
            wanted.setdefault(domain, claim)
    by_domain |= _make(wanted, at, "domain")
    # The name is asked only of those whom no domain tells; by now the companies have theirs that came with a domain.
    names = {id(c): name_key(c.company) for c in claims if c.company and not domains[id(c)]}
    by_name = _by_name(sorted(set(names.values())))
    wanted = {}
    for claim in claims:
        name = names.get(id(claim))
        if name and claim.account_key not in by_key and name not in by_name:
            wanted.setdefault(name, claim)
    by_name |= _make(wanted, at, "name_key")
    for claim in claims:
        found = by_key.get(claim.account_key) if claim.account_key else None
        found = found or by_domain.get(domains[id(claim)]) or by_name.get(names.get(id(claim), ""))
        if found:
            claim.account_id, claim.account_kind = found, "company"


def find_accounts_by_key(keys: list[tuple[str, str]]) -> dict[tuple[str, str] | None, int]:
    """Accounts by external id (system, value), as they are now."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT system, external_id, {_TODAY} FROM leads_account a
               WHERE (system, external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""",
            [[system for system, _ in keys], [value for _, value in keys]],
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


_TODAY = """CASE WHEN a.merged_into_id IS NULL THEN a.id ELSE (
    WITH RECURSIVE up(id, into_id) AS (
        SELECT a.id, a.merged_into_id UNION ALL SELECT q.id, q.merged_into_id FROM leads_account q
        JOIN up ON q.id = up.into_id)
    SELECT id FROM up WHERE into_id IS NULL) END"""


def _by_domain(values: list[str]) -> dict[str | None, int]:
    if not values:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT DISTINCT ON (domain) domain, {_TODAY} FROM leads_account a WHERE domain = ANY(%s)
                ORDER BY domain, merged_into_id NULLS FIRST, id""",
            [texts(values)],
        )
        return dict(cursor.fetchall())


def _by_name(values: list[str]) -> dict[str, int]:
    """Companies of exactly that name. Where several share it, the one without a domain: the name alone tells no
    company with a domain from another."""
    if not values:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT name_key, CASE count(*) WHEN 1 THEN min(id) ELSE min(id) FILTER (WHERE domain IS NULL) END
               FROM leads_account WHERE merged_into_id IS NULL AND kind = 'company' AND name_key = ANY(%s)
               GROUP BY name_key HAVING count(*) = 1 OR count(*) FILTER (WHERE domain IS NULL) > 0""",
            [texts(values)],
        )
        return dict(cursor.fetchall())


def _make(wanted: dict[str, Claim], at: datetime, column: str) -> dict:
    """Insert companies by domain or by name; whoever lost a race finds the winner's."""
    if not wanted:
        return {}
    keys = sorted(wanted)
    domain = "d.key" if column == "domain" else "NULL"
    target = (
        "(domain) WHERE merged_into_id IS NULL" if column == "domain"
        else "(name_key) WHERE merged_into_id IS NULL AND kind = 'company' AND domain IS NULL AND name_key <> ''"
    )
    names = [wanted[key].company[:300] for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO leads_account (kind, name, name_key, domain, country, industry, employees, key_account,
                    customer, system, created_at)
                SELECT 'company', d.name, d.name_key, {domain}, d.country, d.industry, d.employees, false, false, '', %s
                FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::integer[])
                  AS d(key, name, name_key, country, industry, employees)
                ORDER BY d.key
                ON CONFLICT {target} DO NOTHING RETURNING {column}, id""",
            [
                at, texts(keys), texts(names), texts(map(name_key, names)),
                texts(wanted[key].country[:2] for key in keys), texts(wanted[key].industry[:120] for key in keys),
                arrays.numbers(wanted[key].employees for key in keys),
            ],
        )
        made = dict(cursor.fetchall())
    for key in made:
        wanted[key].account_created = True
    others = [key for key in keys if key not in made]
    return made | (_by_domain(others) if column == "domain" else _by_name(others))


def numbers(sequence_of: str, count: int) -> Sequence[int]:
    """That many new ids of a table, taken at once."""
    if not count:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH taken AS MATERIALIZED (SELECT nextval(%s::regclass) AS id FROM generate_series(1, %s)),
                 ends AS (SELECT min(id) AS first, max(id) AS last, count(*) AS count FROM taken)
               SELECT first, last, CASE WHEN last - first + 1 > count THEN (SELECT array_agg(id) FROM taken) END
               FROM ends""",
            [f"{sequence_of}_id_seq", count],
        )
        first, last, scattered = cursor.fetchone()
    # Where nobody else took any meanwhile they stand in a row, and need not be told one by one.
    return scattered or range(first, last + 1)


# -- people ---------------------------------------------------------------------------------------------------------
def _new_people(claims: list[Claim], at: datetime) -> list[Claim]:
    """Name the people that are not known, under their keys. Within the batch the same address or key is one person."""
    firsts: dict[tuple, Claim] = {}
    seconds: list[tuple[Claim, Claim]] = []
    for claim in claims:
        keys = _keys(claim)
        first = next((firsts[key] for key in keys if key in firsts), None)
        if first is not None and not unlike(_name(claim), _name(first)):
            seconds.append((claim, first))
            for key in keys:
                firsts.setdefault(key, first)
            first.first_name, first.last_name = first.first_name or claim.first_name, first.last_name or claim.last_name
            first.title, first.phone = first.title or claim.title, first.phone or claim.phone
        else:
            if first is not None:  # the same address in one batch, and an unlike name: not the same person
                claim.address = Address("masked", domain=claim.address.domain, reason="belongs to somebody else")
                keys = _keys(claim)
            for key in keys:
                firsts[key] = claim
            firsts.setdefault(("claim", id(claim)), claim)
    makers = list({id(claim): claim for claim in firsts.values()}.values())
    people = numbers("leads_person", len(makers))
    for claim, number in zip(makers, people, strict=True):
        claim.person_id, claim.created = number, True
    _claim_keys(makers, at)
    new = [claim for claim in makers if claim.created]
    solo = [claim for claim in new if not claim.account_id]
    for claim, number in zip(solo, numbers("leads_account", len(solo)), strict=True):
        claim.account_id = number
    for claim, first in seconds:
        claim.person_id, claim.account_id, claim.account_kind = first.person_id, first.account_id, first.account_kind
    _learn_keys([claim for claim, _ in seconds if claim.key and claim.address.identifies], at)
    return new


def _name(claim: Claim) -> str:
    return f"{claim.first_name} {claim.last_name}".strip()


def _keys(claim: Claim) -> list[tuple]:
    keys: list[tuple] = []
    if claim.key:
        keys.append(("external", *claim.key))
    if claim.address.identifies:
        keys.append(("email", "", claim.address.normalised))
    return keys


def _claim_keys(makers: list[Claim], at: datetime) -> None:
    """Write the identities; where another transaction was first, take its person instead of ours."""
    rows = sorted((*key, claim.person_id) for claim in makers for key in _keys(claim))
    if not rows:
        return
    others = write_keys(rows, at)
    lost = [claim for claim in makers if others and any(key in others for key in _keys(claim))]
    for claim in lost:
        claim.person_id, claim.created = 0, False
    if lost:
        _known_people(lost)
        for claim in lost:
            if not claim.person_id:  # the winner has an unlike name
                claim.person_id, claim.created = numbers("leads_person", 1)[0], True


def write_people(claims: list[Claim], at: datetime) -> None:
    """Write new people, and the accounts of those who are there alone."""
    if not claims:
        return
    solo, moment = [claim for claim in claims if claim.account_kind != "company"], copying.constant(at)
    copy_in("leads_account", {
        "id": [str(claim.account_id) for claim in solo], "kind": "solo",
        "name": copying.texts([_name(claim)[:300] for claim in solo]), "name_key": "", "country": "", "industry": "",
        "key_account": "f", "customer": "f", "system": "", "created_at": moment,
    })
    copy_in("leads_person", {
        "id": [str(claim.person_id) for claim in claims], "account_id": [str(claim.account_id) for claim in claims],
        "kind": ["mailbox" if claim.address.kind == "mailbox" else "human" for claim in claims],
        "first_name": copying.texts([claim.first_name[:120] for claim in claims]),
        "last_name": copying.texts([claim.last_name[:120] for claim in claims]),
        "email": copying.texts([claim.email[:254] for claim in claims]),
        "phone": copying.texts([claim.phone[:60] for claim in claims]),
        "title": copying.texts([claim.title[:200] for claim in claims]),
        "seniority": copying.texts([claim.seniority[:20] for claim in claims]),
        "department": copying.texts([claim.department[:40] for claim in claims]),
        "country": copying.texts([claim.country[:2] for claim in claims]),
        "language": "", "time_zone": "", "phase": "", "created_at": moment,
    })
