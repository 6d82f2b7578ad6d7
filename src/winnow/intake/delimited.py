"""Rows out of delimited text, with flat memory whatever the file holds.

The standard library's reader does the work, on lines that are bounded before it sees them: it would build a row of
two million cells, or of a quote that never closes, without a word. What it stumbles over is looked at again, slowly.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from winnow.intake.encodings import STRAY, Encoding, mend, text_blocks
from winnow.intake.quotes import cells_with_loose_quotes
from winnow.intake.rows import Row, Tally, settle
from winnow.intake.unreadable import LONGEST_ROW, MOST_COLUMNS, Unreadable

# The reader's own limit is for the whole process and lower than a row may be; rows are bounded here in any case.
csv.field_size_limit(max(csv.field_size_limit(), 4 * LONGEST_ROW))

LONGEST_SKIP = 32 * LONGEST_ROW
"""How far the end of a line that is too long is looked for, before the whole file is given up."""
MOST_OPEN_QUOTES = 10
"""After so many quotes that never close, each line of the rest is taken for a row of its own."""
LONGEST_TANGLE = 1000
"""So many rows without a readable one behind such a quote, and the file is given up."""
NO_DELIMITER = "\x1f"
"""Stands between cells inside this module where the file's own delimiter has several characters, or there is none."""


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart. `edges` are the columns' first characters where spaces align them."""

    delimiter: str = ","
    quotechar: str = '"'
    escapechar: str = ""
    doublequote: bool = True
    newline: str = "\n"
    skip_space: bool = False
    first_line: int = 1
    edges: tuple[int, ...] = ()

    def described(self) -> dict:
        """As the command line shows it."""
        shown = asdict(self)
        shown["quotechar"] = self.quotechar or None
        shown["escapechar"] = self.escapechar or None
        shown["skipinitialspace"] = shown.pop("skip_space")
        shown["aligned_at"] = list(self.edges) or None
        for name in ("edges", "first_line"):
            del shown[name]
        return shown


@dataclass
class _TooLong:
    """A physical line beyond the bound: its beginning, and how many characters it had."""

    beginning: str
    length: int


class _Feed:
    """Hands lines to the reader, holds those of the row at hand, and stops before a row outgrows the bound.

    `stopped` says why there are no more lines: `done`, `over` (the row is too large), `too_long` (one line is).
    """

    def __init__(self, batches):
        self.batches = batches
        self.current = iter(())
        self.held: list[str] = []
        self.too_long: _TooLong | None = None
        self.stopped = ""
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        held = self.held
        while True:
            for line in self.current:
                held.append(line)
                if len(held) > 1 and self._outgrown():
                    self.stopped = "over"
                    return
                yield line
            if self.too_long is None:
                batch = next(self.batches, None)
                if batch is None:
                    self.stopped = "done"
                    return
                if batch.__class__ is not _TooLong:
                    self.current = iter(batch)
                    continue
                self.too_long = batch
            self.stopped = "too_long"
            return

    def _outgrown(self) -> bool:
        self.size = (bytes_of(self.held[0]) if len(self.held) == 2 else self.size) + bytes_of(self.held[-1])
        return self.size > LONGEST_ROW

    def begin_anew(self, lines: list[str]):
        """`lines` are to be read again, by a new reader; nothing is held."""
        self.held.clear()
        self.stopped = ""
        if lines:
            self.current = iter([*lines, *self.current])


class _Tangle:
    """Quotes that were opened and never closed, and whether anything readable came behind them."""

    def __init__(self, thing: str):
        self.thing, self.opened, self.line, self.since = thing, 0, None, 0

    def open(self, line: int, endless: bool):
        self.opened += 1
        if endless and self.line is None:
            self.line, self.since = line, 0

    def saw(self, whole: bool):
        """Given up when nothing but shreds comes behind a quote that took in a megabyte."""
        if whole:
            self.line = None
        self.since += 1
        if self.line is not None and self.since > LONGEST_TANGLE:
            reason = "a quote opened here does not close, and no readable row follows"
            raise Unreadable(self.thing, reason, "close the quote, or say which quote the file uses", line=self.line)


def bytes_of(text: str) -> int:
    """How long the text is as it stands in the file, about."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


class Delimited:
    """One text file and how it is written. `rows` may be called again and again, each time from the start."""

    def __init__(self, path: Path, encoding: Encoding, dialect: Dialect, one_column: bool = False):
        self.path, self.encoding, self.dialect, self.one_column = path, encoding, dialect, one_column
        own = dialect.delimiter
        self._delimiter = NO_DELIMITER if one_column or len(own) != 1 else own
        self._replaced = own if len(own) > 1 and not one_column else ""
        self._damaged = False

    def rows(self, width: int, header: list[str] | None, first_line: int, tally: Tally) -> Iterator[Row]:
        """The rows that begin at `first_line` or behind it, brought to `width` cells each."""
        feed, tangle = _Feed(self._batches()), _Tangle(self.path.name)
        look = partial(self._looked_at, width=width, header=header, tally=tally)
        if self.dialect.edges:
            yield from self._aligned(feed, look, first_line)
            return
        held, number = feed.held, self.dialect.first_line
        first_name = header[0] if header else None
        new, careful = tuple.__new__, bool(self._replaced)
        while tangle.opened < MOST_OPEN_QUOTES:
            try:
                for values in self._reader(feed):
                    line, lines = number, len(held)
                    raw = held[0] if lines == 1 else "".join(held)
                    if lines > 1 and len(values) != width and self._swallowed(held, width):
                        break
                    number += lines
                    held.clear()
                    if line < first_line:
                        continue
                    if (
                        len(values) == width
                        and values[0]
                        and values[0] != first_name
                        and "\0" not in raw
                        and not (careful or self._damaged)
                    ):
                        tangle.line = None
                        yield new(Row, (line, values, raw, None))
                    elif (row := look(line, values, raw)) is not None:
                        tangle.saw(row.problem is None and len(values) == width)
                        yield row
                else:
                    if feed.stopped == "done":
                        return
            except csv.Error:
                pass
            # Stopped at a line or a row that is too large, or at quotes that the reader can't follow.
            line, had = number, len(held)
            if feed.stopped == "too_long":
                values, raw, problem, again = *self._too_long(feed), []
                had += 1
            else:
                values, raw, problem, again = self._untangled(feed, width, line, tangle)
                had = len(held)
            number += had - len(again)
            feed.begin_anew(again)
            if raw and line >= first_line and (row := look(line, values, raw, problem)) is not None:
                tangle.saw(row.problem is None and len(values) == width)
                yield row
        yield from self._line_by_line(feed, look, number, first_line)

    def _reader(self, lines, strict=True):
        own = self.dialect
        return csv.reader(
            lines,
            delimiter=self._delimiter,
            quotechar=own.quotechar or None,
            quoting=csv.QUOTE_MINIMAL if own.quotechar else csv.QUOTE_NONE,
            escapechar=own.escapechar or None,
            doublequote=own.doublequote,
            skipinitialspace=own.skip_space,
            strict=strict,
        )

    def _looked_at(self, line, values, raw, problem=None, *, width, header, tally) -> Row | None:
        """A row that needs a second look: of another width, blank, damaged, or with a problem."""
        if self._replaced:
            values = [value.replace(NO_DELIMITER, self._replaced) for value in values]
            raw = raw.replace(NO_DELIMITER, self._replaced)
        if len(values) > MOST_COLUMNS:
            problem = problem or f"has {len(values):,} cells; {MOST_COLUMNS} are the most"
            values = values[:MOST_COLUMNS]
        if "\0" in raw:
            raw, problem = raw.replace("\0", "␀"), problem or "contains a NUL byte"
            values = [value.replace("\0", "␀") for value in values]
        if self._damaged and (stray := STRAY.search(raw)):
            if stray.end() == len(raw):
                problem = problem or "the file ends in the middle of a character"
            elif not problem:
                tally.note("mended", line)
            values, raw = [mend(value) for value in values], mend(raw)
        if problem:
            tally.note("unreadable", line)
            return Row(line, values, raw, problem)
        return settle(line, values, raw, width, header, tally)

    def _swallowed(self, held, width) -> bool:
        """Whether an open quote took whole rows in: the line behind it is a row by itself."""
        try:
            return width > 1 and len(next(self._reader(held[1:2]), ())) == width
        except csv.Error:
            return False

    def _too_long(self, feed) -> tuple[list[str], str, str]:
        found, feed.too_long = feed.too_long, None
        raw = "".join(feed.held)[:1000] + found.beginning
        return [], raw, f"is longer than 1 MB ({found.length:,} characters in one line)"

    def _untangled(self, feed, width, line, tangle) -> tuple[list[str], str, str | None, list[str]]:
        """The cells of the row, its raw text, its problem, and the lines to read again."""
        held = feed.held
        endless = feed.stopped == "over"
        if len(held) == 1 and (pieces := self._pieces(held[0], width)):
            return [], "", None, pieces
        if not feed.stopped and not (len(held) > 1 and self._swallowed(held, width)):
            more = iter(feed)
            while True:
                # Quotes inside quotes: the cell may go on for some lines more.
                values, closed = self._tolerantly("".join(held))
                if closed and (len(values) == width or len(held) == 1):
                    return values, "".join(held), None, []
                if closed or len(held) > 50 or next(more, None) is None:
                    break
        feed.stopped = ""
        first, rest = held[0], held[1:]
        values = self._alone(first)
        if values is not None:
            return values, first, None, rest
        tangle.open(line, endless)
        where = "within 1 MB" if endless else "in the file" if not rest else "before other rows begin"
        return [], first, f"a quote opened here does not close {where}", rest

    def _pieces(self, line, width) -> list[str]:
        """A line that a lone CR cuts into whole rows; nothing if it doesn't."""
        body = line.rstrip("\r\n")
        if "\r" not in body:
            return []
        pieces = [piece + "\r" for piece in body.split("\r")]
        return pieces if all(len(self._alone(piece) or ()) == width for piece in pieces) else []

    def _alone(self, line) -> list[str] | None:
        """The cells of one line by itself; None if a quote stays open in it."""
        values, closed = self._tolerantly(line)
        if closed:
            return values
        try:
            rows = list(self._reader([line, "x\n"], strict=False))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 2 else None

    def _tolerantly(self, text: str) -> tuple[list[str], bool]:
        """Cells where a quote closes only in front of a delimiter or the end: `"He said "hi" to us",5`."""
        for doubled_closes in (False, True):
            values, closed = cells_with_loose_quotes(
                text.rstrip("\r\n"), self._delimiter, self.dialect.quotechar, self.dialect.skip_space, doubled_closes
            )
            if closed:
                return values, True
        return values, False

    def _line_by_line(self, feed, look, number, first_line) -> Iterator[Row]:
        """The rest of a file whose quotes can't be trusted: every line a row of its own."""
        while True:
            for text in feed:
                feed.held.clear()
                values = self._alone(text)
                problem = None if values is not None else "a quote opened here does not close in this line"
                if number >= first_line and (row := look(number, values or [], text, problem)) is not None:
                    yield row
                number += 1
            if feed.stopped == "done":
                return
            row = look(number, *self._too_long(feed))
            number += 1
            feed.begin_anew([])
            yield row

    def _aligned(self, feed, look, first_line) -> Iterator[Row]:
        """Rows of a file whose columns are aligned by spaces."""
        number, edges = self.dialect.first_line, self.dialect.edges
        ends = [*edges[1:], None]
        while True:
            for text in feed:
                feed.held.clear()
                line = text.rstrip("\r\n")
                crossed = any(line[edge - 1 : edge].strip() and line[edge : edge + 1].strip() for edge in edges[1:])
                problem = "a text runs from one column into the next" if crossed else None
                values = [line[start:end].strip() for start, end in zip(edges, ends, strict=True)]
                if number >= first_line and (row := look(number, values, text, problem)) is not None:
                    yield row
                number += 1
            if feed.stopped == "done":
                return
            row = look(number, *self._too_long(feed))
            number += 1
            feed.begin_anew([])
            yield row

    def _batches(self) -> Iterator[list[str] | _TooLong]:
        """The lines in batches, with their ends; a line beyond the bound comes as its beginning."""
        self._damaged = False
        newline = self.dialect.newline
        carry, number, skipped = "", 1, 0
        for text, damaged in chain(text_blocks(self.path, self.encoding), [("", False)]):
            self._damaged = self._damaged or damaged
            lines = lines_of(carry + text, newline)
            carry = "" if not text or not lines or _ends(lines[-1], newline) else lines.pop()
            if lines and (skipped or is_too_long(lines[0])):
                long = lines.pop(0)
                yield _TooLong(long[:1000], skipped + len(long))
                number, skipped = number + 1, 0
            if lines:
                yield self._prepared(lines, number)
                number += len(lines)
            if is_too_long(carry):
                skipped += len(carry) - 1000
                carry = carry[:1000]
                if skipped > LONGEST_SKIP:
                    reason = f"this line goes on for more than {LONGEST_SKIP >> 20} MB without an end"
                    raise Unreadable(self.path.name, reason, "break it into rows of at most 1 MB", line=number)

    def _prepared(self, lines: list[str], number: int) -> list[str]:
        if "\ufeff" in "".join(lines):
            # Files put one behind the other: each brought its mark along.
            lines = [line.removeprefix("\ufeff") for line in lines]
        if self._replaced:
            lines = [line.replace(self._replaced, NO_DELIMITER) for line in lines]
        return lines[1:] if number < self.dialect.first_line else lines


def is_too_long(text: str) -> bool:
    # Characters first: they are counted for nothing, and four bytes are the most that one takes.
    return len(text) > LONGEST_ROW // 4 and bytes_of(text) > LONGEST_ROW


def lines_of(text: str, newline: str) -> list[str]:
    """The lines with their ends; what stands behind the last end is the last item."""
    if newline == "\r":
        *whole, rest = text.split("\r")
        return [line + "\r" for line in whole] + ([rest] if rest else [])
    return list(io.StringIO(text, newline="" if newline == "mixed" else "\n"))


def _ends(line: str, newline: str) -> bool:
    # A CR at the very end may be the first half of a line end.
    return line.endswith("\r") if newline == "\r" else line.endswith("\n")
