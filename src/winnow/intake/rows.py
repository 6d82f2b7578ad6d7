"""A row as it stood in the file, and what becomes of one that has too few cells or too many."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Row(NamedTuple):
    """`values` are the cells, one for each column unless `problem` says what is wrong with the row.

    `line_number` counts lines of the file from 1 (of a spreadsheet: its rows). `raw` is the text of the row, or the
    list of a spreadsheet's cells; a NUL is shown there as ␀. A row with a problem is to be rejected, not dropped.
    """

    line_number: int
    values: list[str]
    raw: str | list[str]
    problem: str | None = None


@dataclass
class Tally:
    """What happened while the rows went by; the table makes its warnings of it."""

    padded: list[int] = field(default_factory=list)
    too_long: list[int] = field(default_factory=list)
    lonely: list[int] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    repeated_headers: list[int] = field(default_factory=list)
    unworked: list[int] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    blank: int = 0

    def note(self, what: str, line: int, times: int = 1):
        """Count a row, and keep the lines of the first few."""
        self.counts[what] = self.counts.get(what, 0) + times
        lines = getattr(self, what)
        if len(lines) < 5:
            lines.append(line)


def settle(line: int, values: list[str], raw, width: int, header: list[str] | None, tally: Tally) -> Row | None:
    """The row brought to the table's width, or with its problem; None for a blank one.

    Cells missing at the end are filled, since programs leave out empty ones there. Cells beyond the last column
    that hold something can't be placed. A text alone in its row is a note or a total, not a record.
    """
    count = len(values)
    filled = "".join(values).strip()
    if not filled or filled == "\x1a" or (len(filled) > 2 and not filled.strip("-=_+| \t")):
        tally.blank += 1  # also a rule of dashes, and the sign by which DOS ended a text
        return None
    if header is not None and count >= len(header) and values[: len(header)] == header:
        tally.note("repeated_headers", line)
        return Row(line, values, raw, "repeats the header")
    if count == width:
        return Row(line, values, raw)
    if count < width:
        if width > 2 and count == 1:
            tally.note("lonely", line)
            return Row(line, values, raw, f"has 1 cell where the header has {width}: a note or a total?")
        tally.note("padded", line)
        return Row(line, values + [""] * (width - count), raw)
    if any(map(str.strip, values[width:])):
        tally.note("too_long", line)
        return Row(line, values, raw, f"has {count} cells where the header has {width}")
    return Row(line, values[:width], raw)
