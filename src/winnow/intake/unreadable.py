"""What is refused before a row is read, and the bounds that every file has to keep (RELIABILITY R20)."""

from winnow.leads.errors import Refusal

LONGEST_ROW = 1_048_576
"""Bytes of one row, quoted line breaks included."""
MOST_COLUMNS = 500
LARGEST_WORKBOOK = 50 * 1_048_576
"""Bytes of a spreadsheet file as it lies on the disk."""
LARGEST_OLD_WORKBOOK = 20 * 1_048_576
"""The same for .xls, whose reader keeps all of the file in memory."""
HIGHEST_RATIO = 100
"""How many times its packed size a workbook, or a part of it, may unpack to."""
MOST_PARTS = 100
"""Files inside one workbook."""


class Unreadable(Refusal):
    """A file that can't be read: the `thing`, the `reason`, the `way_out`; `line` where there is one."""

    code = "unreadable"

    def __init__(self, thing, reason: str, way_out: str, *, line: int | None = None):
        self.thing, self.reason, self.way_out, self.line = str(thing), reason, way_out, line
        at = f", line {line}" if line else ""
        super().__init__(f"{self.thing}{at}: {reason}; {way_out}.")
