"""How a report asks the database: named SQL in files, and nothing built from what a user typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import connection, transaction

FOLDER = Path(__file__).parent / "sql"
STORED = "leads_funnelrow"


@cache
def sql(name: str) -> str:
    """The text of one SQL file."""
    return (FOLDER / f"{name}.sql").read_text()


def written(name: str, **parts: str) -> str:
    """The text of one SQL file with pieces of our own SQL put into its braces."""
    text = sql(name)
    for part, piece in parts.items():
        text = text.replace("{" + part + "}", piece)
    return text


def rows(name: str, given: dict, **parts: str) -> list[dict]:
    """The rows of one question as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(written(name, **parts), given)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def entries(*, only: bool, at: datetime | None = None, recorded: bool = False, by: str = "") -> tuple[str, dict]:
    """The SQL of the counted things and what it is given: as they are, or as they were known at `at`.

    `only` limits it to %(people)s and %(deals)s. `recorded` goes by when things were recorded instead. `by` names the
    attribute that is asked for: what is known of accounts is looked up for industry and country alone.
    """
    clock = "recorded_at" if recorded else "known_at"
    text = written(
        "entries",
        aliases="p.id = ANY(%(people)s)" if only else "true",
        inquiries="i.person_id = ANY(%(people)s)" if only else "true",
        cycles="c.person_id = ANY(%(people)s)" if only else "true",
        deals="o.id = ANY(%(deals)s)" if only else "true",
        fact_known=f"f.{clock}", withdrawal_known=f"f2.{clock}",
    )  # fmt: skip
    return text, {"at": at or "infinity", "present": at is None, "recorded": recorded, "by": by}


@contextmanager
def relation(at: datetime | None, *, recorded: bool = False, by: str = "") -> Iterator[str]:
    """The table to count in: the stored rows for now, or one made for this question as of `at`."""
    if at is None:
        yield STORED
        return
    text, given = entries(only=False, at=at, recorded=recorded, by=by)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.funnel_as_of")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(f"CREATE TEMP TABLE funnel_as_of ON COMMIT DROP AS {text}", given)
        yield "pg_temp.funnel_as_of"
