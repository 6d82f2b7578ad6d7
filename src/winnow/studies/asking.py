"""Named SQL in files, each with its question and grain; nothing is built from what a user typed."""

from functools import cache
from pathlib import Path

from django.db import connection

FOLDER = Path(__file__).parent / "sql"


@cache
def sql(name: str) -> str:
    """The text of one SQL file."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def rows(name: str, given: dict | None = None) -> list[tuple]:
    """All rows of one question."""
    with connection.cursor() as cursor:
        cursor.execute(sql(name), given)
        return cursor.fetchall()
