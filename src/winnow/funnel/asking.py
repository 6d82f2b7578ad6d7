"""How a report asks the database: named SQL in files, and nothing built from what a user typed."""

from functools import cache
from pathlib import Path

from django.db import connection

FOLDER = Path(__file__).parent / "sql"


@cache
def sql(name: str) -> str:
    """The text of one SQL file."""
    return (FOLDER / f"{name}.sql").read_text()


def rows(name: str, given: dict, **parts: str) -> list[dict]:
    """The rows of one question as dicts. `parts` are pieces of our own SQL put into the file's braces."""
    text = sql(name)
    for part, piece in parts.items():
        text = text.replace("{" + part + "}", piece)
    with connection.cursor() as cursor:
        cursor.execute(text, given)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
