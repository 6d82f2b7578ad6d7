"""What is known of people and accounts: the columns as they stand, and the facts that fit is judged by.

A change of what fit needs is recorded, so that today's title and size don't leak into the past.
"""

from functools import lru_cache

from django.db import connection

from winnow.leads import arrays
from winnow.leads.titles import SOURCE, Judged, judge
from winnow.policy import facts

PERSON_CODES = ("seniority", "department")
PERSON_WORDS = ("first_name", "last_name", "title", "phone", "email")
ACCOUNT_CODES = ("industry", "employees", "country")
PERSON_COLUMNS = (*PERSON_CODES, *PERSON_WORDS, "country")
ACCOUNT_COLUMNS = (*ACCOUNT_CODES, "name", "key_account", "customer", "parent_id")


def people_now(people: list[int]) -> dict[int, dict]:
    """The columns of these people as they stand."""
    return _rows("leads_person", ("owner_id", *PERSON_COLUMNS), people)


def accounts_now(accounts: list[int]) -> dict[int, dict]:
    """The columns of these accounts as they stand."""
    return _rows("leads_account", ("kind", *ACCOUNT_COLUMNS), accounts)


def _rows(table: str, columns: tuple[str, ...], them: list[int]) -> dict[int, dict]:
    if not them:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {', '.join(columns)} FROM {table} WHERE id = ANY(%s)", [arrays.numbers(them)])
        return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in cursor.fetchall()}


def described(account: int, person: int | None, name: str, value, source: str) -> facts.Described:
    """The fact that an attribute became known."""
    return facts.Described(
        account=account, person=person, attribute=name, value=str(value)[:120], source=source[:40]
    )


# Many say the same: one fact for all of them, which `record_in_bulk` gives to each.
@lru_cache(maxsize=10_000)
def said_of_somebody(name: str, value, source: str) -> facts.Described:
    """The same of nobody yet, for rows that say themselves whom it is told of."""
    return described(0, None, name, value, source)


def told_by_title(title: str, judged: Judged | None = None) -> dict[str, str]:
    """What a job title says for sure: seniority, department, both or neither. `judged` where that is known already."""
    return (judged or judge(title)).told


def read_from_titles(people: list[int]) -> set[tuple[int, str]]:
    """Which codes of these people, (person, attribute), were last read from a title and given by nobody."""
    if not people:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_LAST_SOURCES, [arrays.numbers(people), list(PERSON_CODES)])
        return {(person, code) for person, code, source in cursor.fetchall() if source.startswith(SOURCE.split()[0])}


_LAST_SOURCES = """
    SELECT DISTINCT ON (f.person_id, f.code) f.person_id, f.code, f.source FROM leads_fact f
    WHERE f.person_id = ANY(%s) AND f.kind = 'described' AND f.code = ANY(%s)
      AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
    ORDER BY f.person_id, f.code, f.id DESC"""


def write_back(table: str, changes: dict[int, dict]) -> None:
    """Write columns of many rows at once: id -> {column: value}, one statement for each column."""
    columns = sorted({name for values in changes.values() for name in values})
    for name in columns:
        pairs = [(number, values[name]) for number, values in changes.items() if name in values]
        kind = _TYPES.get(name, "text")
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE {table} t SET {name} = n.value FROM unnest(%s::bigint[], %s::{kind}[]) AS n(id, value)
                    WHERE t.id = n.id""",
                [list(column) for column in zip(*pairs, strict=True)],
            )


_TYPES = {"employees": "integer", "key_account": "boolean", "customer": "boolean", "parent_id": "bigint"}
