"""Numbers that two files share by accident: 1, 2, 3 of one list are not 1, 2, 3 of another.

Asked only where no mapping says whose numbers they are (`system`). A row whose number is known as somebody else's is
kept apart from it: under that number and its own address or name, so that the same file again is still known.
"""

import hashlib

from django.db import connection

from winnow.leads.addresses import normalise_email
from winnow.leads.arrays import texts
from winnow.leads.identity import name_key, unlike

MADE = "row:"
_INQUIRIES = """SELECT i.external_id, i.email, p.first_name, p.last_name FROM leads_inquiry i
    JOIN leads_person p ON p.id = i.person_id WHERE i.system = '' AND i.external_id = ANY(%s)"""
_PEOPLE = """SELECT d.value, p.email, p.first_name, p.last_name FROM leads_identity d
    JOIN leads_person p ON p.id = d.person_id WHERE d.kind = 'external' AND d.system = '' AND d.value = ANY(%s)"""
_ACCOUNTS = "SELECT external_id, domain, name FROM leads_account WHERE system = '' AND external_id = ANY(%s)"


def own_keys(kind: str, rows: list[tuple[str, object]]) -> dict[int, str]:
    """Place -> the key to use instead, for rows (key, who) of `inquiries` or `people` that are somebody else's."""
    statement = _INQUIRIES if kind == "inquiries" else _PEOPLE
    return _apart(statement, rows, _another, _face, lambda one: (one.email, one.first_name, one.last_name))


def own_account_keys(rows: list[tuple[str, dict]]) -> dict[int, str]:
    """The same for accounts: (key, {name, domain})."""
    def told(firm):
        return firm["domain"], firm["name"]

    return _apart(_ACCOUNTS, rows, _other_firm, lambda firm: firm["domain"] or name_key(firm["name"]), told)


def _apart(statement: str, rows: list[tuple], differs, face, told) -> dict[int, str]:
    given = {key for key, _ in rows if not key.startswith(MADE)}
    if not given:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [texts(given)])
        known = {row[0]: row[1:] for row in cursor.fetchall()}
    apart = {}
    for place, (key, who) in enumerate(rows):
        if key not in known:  # the first of this file to come with it
            known[key] = told(who)
        elif not key.startswith(MADE) and differs(who, *known[key]):
            apart[place] = f"{key[:150]} of {hashlib.blake2b(face(who).encode(), digest_size=6).hexdigest()}"
    return apart


def _another(one, email: str, first_name: str, last_name: str) -> bool:
    """Beyond doubt somebody else: another address, and no name that could be the same person's."""
    name, known = f"{one.first_name} {one.last_name}".strip(), f"{first_name} {last_name}".strip()
    there = normalise_email(email)
    both = one.address is not None and one.address.identifies and there.identifies
    if both and one.address.normalised == there.normalised:
        return False
    return unlike(name, known) if name and known else both


def _face(one) -> str:
    known = one.address is not None and one.address.identifies
    return one.address.normalised if known else name_key(f"{one.first_name} {one.last_name}")


def _other_firm(firm: dict, domain: str | None, name: str) -> bool:
    if firm["domain"] and domain and firm["domain"] == domain:
        return False
    return unlike(firm["name"], name) if firm["name"] and name else bool(firm["domain"] and domain)
