"""Cells of a CSV that a spreadsheet may open: what Winnow writes never computes, and nothing is lost.

A spreadsheet takes a cell for a formula when it begins with one of `= + - @`, also in full width; TAB,
CR, LF, NUL or blanks in front hide the sign. Such a cell gets one apostrophe in front, the spreadsheets'
own sign for text. Plain numbers and telephone numbers are left alone: `+49 30 1234` and `-12.50` compute
nothing. `+49-30-1234` would be computed, and is quoted. A cell that begins with apostrophes is judged by
what follows them, so that `csv_restore(csv_safe(x)) == x` holds for every text.
"""

import re

DANGEROUS = frozenset("=+-@\t\r\n\0＝＋－＠﹢﹣﹦﹫")
_BLANKS = " \u00a0\u1680\u202f\u205f\u3000\u200b\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_HARMLESS = re.compile(
    r"[+-]\d[\d .,]{0,40}(?:[eE][+-]?\d{1,3})?(?: ?%)?|\+\d[\d .()]{0,40}|-{1,3}",
    re.ASCII,
)


def _would_compute(cell: str) -> bool:
    text = cell.lstrip("'")
    return text.lstrip(_BLANKS)[:1] in DANGEROUS and not _HARMLESS.fullmatch(text)


def csv_safe(cell: str) -> str:
    """The cell as it may stand in a file that a spreadsheet opens."""
    return f"'{cell}" if _would_compute(cell) else cell


def csv_restore(cell: str) -> str:
    """What `csv_safe` was given; any other cell unchanged."""
    return cell[1:] if cell[:1] == "'" and _would_compute(cell[1:]) else cell
