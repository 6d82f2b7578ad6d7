"""Many rows into a table by COPY, written column by column: a third of what a driver takes that looks at each value."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import repeat

NULL = "\\N"
_UNPLAIN = ("\\", "\t", "\n", "\r")
BLOCK = 500
"""So many rows are handed over at once: the server writes them while the next ones are put together."""


def texts(values: Iterable[str]) -> list[str]:
    """A column of texts, as COPY reads them."""
    found = list(values)
    joined = "".join(found)
    return list(map(escaped, found)) if any(sign in joined for sign in _UNPLAIN) else found


def escaped(text: str) -> str:
    """One text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def texts_or_null(values: Iterable[str | None]) -> list[str]:
    """A column of texts, some of which may be missing."""
    return [NULL if value is None else escaped(value) for value in values]


def numbers(values: Iterable[int | None]) -> list[str]:
    """A column of numbers; None is NULL."""
    return [NULL if value is None else str(value) for value in values]


def flags(values: Iterable[bool]) -> list[str]:
    """A column of yes and no."""
    return ["t" if value else "f" for value in values]


def moments(values: Iterable[datetime | None]) -> list[str]:
    """A column of moments: few different ones mostly, so each is written once."""
    written: dict[datetime | None, str] = {None: NULL}
    return [written.get(value) or written.setdefault(value, moment(value)) for value in values]


def moment(value: datetime) -> str:
    """One moment, in UTC to the microsecond."""
    return value.astimezone(UTC).isoformat()


def constant(value) -> str:
    """What all rows of a column share, for `copy_in`."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return moment(value) if isinstance(value, datetime) else escaped(str(value))


def copy_in(cursor, table: str, columns: dict[str, list[str] | str]) -> None:
    """Copy rows into a table. Each column is a list, as this module's functions make it, or one constant for all."""
    count = {len(one) for one in columns.values() if isinstance(one, list)}
    if len(count) != 1:
        raise ValueError(f"columns of {table} are not of one length: {sorted(count)}")
    cells = [one if isinstance(one, list) else repeat(one, *count) for one in columns.values()]
    copy_lines(cursor, table, columns, map("\t".join, zip(*cells, strict=True)))


def copy_lines(cursor, table: str, columns: Iterable[str], rows: Iterable[str]) -> None:
    """Copy rows that are written already, without their ends."""
    held = []
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            held.append(row)
            if len(held) == BLOCK:
                copy.write("\n".join(held) + "\n")
                held.clear()
        if held:
            copy.write("\n".join(held) + "\n")
