"""Which row names the columns, and what it calls them. What stands above it is said, not read."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from winnow.intake.fields import KNOWN_FIELDS, likeness, plain
from winnow.intake.kinds import kind_of

_TYPED = frozenset(("integer", "decimal", "date", "email", "url", "phone", "boolean"))
FARTHEST = 40
"""So many filled rows are looked at."""


@dataclass(frozen=True)
class Header:
    """`line` is None where the file has none. `above` are the lines of notes over it."""

    line: int | None
    names: list[str]
    above: tuple[int, ...] = ()
    second_line: int | None = None
    """The line above, where its cells fill the header's gaps (names over two rows)."""
    cells: list[str] | None = None
    """The row itself, by which a repeated header is known."""
    row_names: bool = False
    """Whether the rows have one cell more, which is taken for the row's name."""
    second_table: int | None = None
    """The line below that looks like the header of another table."""


def find_header(rows: list[tuple[int, list[str]]], line: int | None = None) -> Header:
    """`rows` are the first rows with their line numbers. `line` overrules: that line, or none if it is 0."""
    filled = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
    numbers = [number for number, _ in filled]
    notes = _notes(filled) if line is None else 0
    if notes:
        found = find_header(rows[next(i for i, row in enumerate(rows) if row[0] == filled[notes][0]) :])
        if found.line is not None:
            return replace(found, above=(*(number for number, _ in filled[:notes]), *found.above))
    if _common_width([row for _, row in filled]) > 1:
        # Files put one behind the other bring their headers along; a header isn't data for being there twice.
        first = {tuple(row): number for number, row in reversed(filled)}
        filled = [(number, row) for number, row in filled if first[tuple(row)] == number]
    if line is not None:
        chosen = next((i for i, (number, _) in enumerate(filled) if number == line), None) if line else None
    else:
        chosen = _choose([row for _, row in filled[:FARTHEST]])
        chosen = _first_of_two(filled, chosen)
    if chosen is None:
        return Header(None, _names([], _width(filled)))
    number, row = filled[chosen]
    cells, second = list(row), None
    if chosen and line is None:
        above_number, above = filled[chosen - 1]
        if above_number == number - 1 and _completes(cells, above, [row for _, row in filled[chosen + 1 :]]):
            cells += [""] * (len(above) - len(cells))
            cells = [own if own.strip() else over for own, over in zip(cells, above + [""] * len(cells), strict=False)]
            second = above_number
    # The part of a note that hangs over a header isn't one of its columns.
    behind = filled[chosen + 1 :]
    another = _another_table(cells, behind)
    below = [row for n, row in behind if another is None or n < another]
    wider = sum(_last(row) > len(cells) for row in below)
    width = max(_last(cells), _common_width(below) if 2 * wider > len(below) else 0)
    named_rows = width == len(row) + 1 and bool(below) and _is_row_names(cells, below)
    if named_rows:
        cells = ["", *cells]
    elif _last(cells) == 1 < width and (named := _named_otherwise(cells[0], width)):
        cells = named
    if len(cells) > width + 20:
        # Formatted cells that nobody filled, up to the last column of the sheet.
        cells = cells[: max(width, *map(_last, below), 1)] if below else cells[:width]
    above_lines = tuple(n for n in numbers if n < number and n != second)
    return Header(number, _names(cells, width), above_lines, second, row, named_rows, another)


def _notes(filled) -> int:
    """How many lines of text stand above a table, where they are three or more and would be taken for its rows."""
    first = next((i for i, (_, row) in enumerate(filled) if len(row) > 1 and _last(row) > 1), 0)
    below = [_last(row) for _, row in filled[first:]]
    whole = first > 2 and len(below) > 1 and sum(width > 1 for width in below) >= 0.6 * len(below)
    # A list of addresses with something odd at its end has no header.
    listed = sum(kind_of(row[0]) in _TYPED for _, row in filled[:first] if row) > 0.3 * first
    return first if whole and not listed else 0


def _first_of_two(filled, chosen: int | None) -> int | None:
    """Not the header of a second table, where the first one's names stand above it."""
    for i in range(chosen or 0):
        if _names_fields(filled[i][1]) and not (i == chosen - 1 and _names_fields(filled[chosen][1])):
            return i
    return chosen


def _names_fields(row) -> bool:
    """Whether the cells, two or more, are names that columns of people, companies or deals have."""
    cells = [plain(cell) for cell in row if cell.strip()]
    known = sum(any(likeness(field, cell) >= 90 for field in KNOWN_FIELDS) for cell in cells)
    return len(cells) > 1 and known * 3 >= len(cells) * 2


def _another_table(cells, behind) -> int | None:
    """The line of another header below: it stands behind a gap, has cells of text alone, other ones than the first."""
    first = {cell.strip() for cell in cells if cell.strip()}
    for (before, _), (number, row), (_, below) in zip(behind, behind[1:], behind[2:], strict=False):
        names = [cell.strip() for cell in row if cell.strip()]
        if number - before < 2 or len(names) < 2 or not first.isdisjoint(names) or _last(row) != _last(below):
            continue
        kinds = [kind_of(name) for name in names]
        under = [kind_of(cell) for cell in below if cell.strip()]
        other_width = _last(row) != _last(cells)
        if set(kinds) == {"text"} and len(set(names)) == len(names) and (
            _names_fields(row) or (other_width and any(kind in _TYPED for kind in under))
        ):
            return number
    return None


def _named_otherwise(cell: str, width: int) -> list[str]:
    """The names, where the header alone is written with another delimiter."""
    for delimiter in ";,\t|":
        names = [name.strip(" \"") for name in cell.split(delimiter)]
        if len(names) == width and all(names):
            return names
    return []


def _choose(rows: list[list[str]]) -> int | None:
    if not rows:
        return None
    width = max(_common_width(rows), 1)
    kinds = [[kind_of(cell) if cell.strip() else "" for cell in row] for row in rows]
    # Without the first row, which more often than not is the header.
    below = kinds[1:] or kinds
    typed = {i: kind for i in range(width) if (kind := _type_of([row[i] for row in below if i < len(row)]))}
    if not typed:
        return _choose_among_texts(rows, width)
    first = next((i for i, row in enumerate(kinds) if _is_data(row, typed)), len(rows))
    if first == 0 and _are_years(rows, typed):
        return 0
    above = [i for i in range(first) if _share_of_data(kinds[i], typed) < 0.3]
    if not above:
        return None
    wide = [i for i in above if sum(map(bool, kinds[i])) > 1 or width <= 2]
    best = wide or above
    if named := [i for i in best if _names_fields(rows[i])]:
        return named[-1]
    best = _naming_most(kinds, best, typed)
    # A heading between the header and the rows fills one cell; so does a title above it.
    return best[-1] if sum(map(bool, kinds[best[-1]])) * 2 >= width or len(best) == 1 else _fullest_run(kinds, best)


def _naming_most(kinds, candidates, typed) -> list[int]:
    """Without a first row of data that leaves cells empty which the header over it names: an address, a number."""
    while len(candidates) > 1:
        over, last = candidates[-2:]
        named, filled = ({i for i, kind in enumerate(kinds[row]) if kind} for row in (over, last))
        if not (last == over + 1 and filled < named and typed.keys() & (named - filled)):
            break
        candidates = candidates[:-1]
    return candidates


def _fullest_run(kinds, candidates) -> int:
    """The last of the candidates, unless one above it names many more columns and doesn't just complete it."""
    last = candidates[-1]
    fullest = max(candidates, key=lambda i: (sum(map(bool, kinds[i])), i))
    overlap = any(a and b for a, b in zip(kinds[last], kinds[fullest], strict=False))
    return fullest if overlap or fullest < last - 1 else last


def _type_of(column: list[str]) -> str:
    """The kind that most filled cells of a column have, if it is more than text; empty otherwise."""
    filled = [_family(kind) for kind in column if kind and kind != "missing"]
    kind, count = max(Counter(filled).items(), key=lambda item: item[1], default=("", 0))
    return kind if kind in _TYPED and count >= 0.6 * len(filled) else ""


def _family(kind: str) -> str:
    return "decimal" if kind == "integer" else kind


def _like(kind: str, typed: str | None) -> bool:
    return bool(typed) and _family(kind) == typed


def _share_of_data(kinds: list[str], typed: dict[int, str]) -> float:
    """How many of a row's filled cells are of the kind that their columns hold."""
    return sum(_like(kind, typed.get(i)) for i, kind in enumerate(kinds)) / max(1, sum(map(bool, kinds)))


def _is_data(kinds: list[str], typed: dict[int, str]) -> bool:
    cells = [_like(kind, typed[i]) for i, kind in enumerate(kinds) if i in typed and kind]
    if any(kind in ("email", "url") and _like(kind, typed.get(i)) for i, kind in enumerate(kinds)):
        return True  # no column is named so
    return len(cells) >= min(2, len(typed)) and sum(cells) >= 0.6 * len(cells)


def _choose_among_texts(rows, width) -> int | None:
    """Nothing but texts: the first full row, unless its cells turn up below like any other's."""
    first = next((i for i, row in enumerate(rows) if _filled(row) >= max(1, 0.6 * width)), 0)
    below = rows[first + 1 :]
    if len(below) >= 3:
        seen = [{row[i].strip() for row in below if i < len(row)} for i in range(width)]
        cells = rows[first][:width]
        again = sum(cell.strip() in seen[i] for i, cell in enumerate(cells) if cell.strip())
        if again * 2 >= max(1, _filled(cells)) and again:
            return None
    return first


def _are_years(rows, typed) -> bool:
    """A first row of years over columns of figures."""
    cells = [cell.strip() for i, cell in enumerate(rows[0]) if i in typed and cell.strip()]
    if len(cells) < 2 or not all(re.fullmatch(r"(19|20)\d\d", cell) for cell in cells) or len(rows) < 2:
        return False
    steps = {int(b) - int(a) for a, b in pairwise(cells)}
    return len(steps) == 1 and steps.pop() in (1, -1)


def _completes(cells, above, below) -> bool:
    """Whether the row above names exactly columns that the header leaves empty, and the data fill."""
    gaps = {i for i, cell in enumerate(cells) if not cell.strip()} | set(range(len(cells), len(above)))
    named = {i for i, cell in enumerate(above) if cell.strip()}
    used = {i for row in below for i, cell in enumerate(row) if cell.strip()}
    return len(named) > 1 and named <= gaps and len(named & used) > 0.8 * len(named)


def _is_row_names(cells, below) -> bool:
    """R writes the names of rows without a name for their column: one cell more than the header, and all different."""
    firsts = [row[0] for row in below if len(row) == len(cells) + 1]
    return _last(cells) == len(cells) and len(firsts) > 1 and len(set(firsts)) == len(firsts)


def _filled(row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _last(row) -> int:
    """The width without empty cells at the end."""
    return max((i for i, cell in enumerate(row, 1) if cell.strip()), default=0)


def _common_width(rows) -> int:
    widths = Counter(_last(row) for row in rows)
    most = max(widths.values(), default=0)
    return max((width for width, count in widths.items() if count * 2 > most), default=0)


def _width(filled) -> int:
    return max(_common_width([row for _, row in filled]), 1)


def _names(cells: list[str], width: int) -> list[str]:
    """Unique names for all columns: `column 3` for an empty one, `name (2)` for a second of the same."""
    names: list[str] = []
    taken: set[str] = set()
    for i in range(max(width, len(cells))):
        name = " ".join(cells[i].replace("\ufeff", "").replace("\0", "").split()) if i < len(cells) else ""
        name = base = name[:200] or f"column {i + 1}"
        number = 1
        while name in taken:
            number += 1
            name = f"{base} ({number})"
        taken.add(name)
        names.append(name)
    return names
