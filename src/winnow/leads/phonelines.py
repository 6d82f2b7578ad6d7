"""Who has a telephone number, where a list says that people are found by it. One that several have tells nobody."""

from django.db import connection

from winnow.leads.addresses import normalise_phone
from winnow.leads.arrays import texts
from winnow.leads.identity import Claim, unlike

_OWNERS = r"""
    SELECT p.id, p.account_id, a.kind, p.phone, p.country, p.first_name, p.last_name
    FROM leads_person p JOIN leads_account a ON a.id = p.account_id
    WHERE right(regexp_replace(p.phone, '\D', '', 'g'), 7) = ANY(%s) AND p.phone <> ''
      AND p.merged_into_id IS NULL AND p.voided_at IS NULL"""


def known_by_phone(claims: list[Claim]) -> None:
    """Fill in who is known by telephone alone, before `resolve_many`, which asks number and address first.

    Two of unlike names don't become one by it, and a number that several known people have says nothing.
    """
    numbers = {id(claim): _normalised(claim.phone, claim.country) for claim in claims if claim.phone}
    lines = {"".join(filter(str.isdigit, number))[-7:] for number in numbers.values() if number}
    if not lines:
        return
    owners: dict[str, list[tuple]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, [texts(lines)])
        for person, account, kind, phone, country, first, last in cursor.fetchall():
            if number := _normalised(phone, country):
                owners.setdefault(number, []).append((person, account, kind, f"{first} {last}"))
    for claim in claims:
        found = owners.get(numbers.get(id(claim), ""), ())
        if len(found) == 1 and not unlike(f"{claim.first_name} {claim.last_name}", found[0][3]):
            claim.person_id, claim.account_id, claim.account_kind = found[0][:3]


def _normalised(phone: str, country: str) -> str:
    found = normalise_phone(phone, country or None)
    return found.normalised.partition(";")[0] if found.identifies else ""
