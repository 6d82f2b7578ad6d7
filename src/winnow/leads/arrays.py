"""Lists as PostgreSQL writes them: one literal, made in one go, where a driver would look at every element."""

from collections.abc import Iterable


def texts(values: Iterable[str | None]) -> str:
    """A `text[]` literal of these texts; None is NULL."""
    items = list(values)
    if None in items:
        return "{" + ",".join("NULL" if item is None else f'"{_escaped(item)}"' for item in items) + "}"
    if not items:
        return "{}"
    joined = '","'.join(items)
    if "\\" in joined or joined.count('"') != 2 * len(items) - 2:
        joined = '","'.join(map(_escaped, items))
    return f'{{"{joined}"}}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def numbers(values: Iterable[int | None]) -> str:
    """A `bigint[]` or `integer[]` literal of these numbers; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
