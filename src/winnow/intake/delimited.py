"""Rows out of delimited text, with flat memory whatever the file holds.

The standard library's reader does the work, on lines that are bounded before it sees them: it would build a row of
two million cells, or of a quote that never closes, without a word. What it stumbles over is looked at again, slowly.
"""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from winnow.intake.encodings import STRAY, Encoding, mend, text_blocks
from winnow.intake.feeding import Feed, Tangle, TooLong, has_end, is_too_long, lines_of, too_long
from winnow.intake.quotes import cells_with_loose_quotes
from winnow.intake.rows import Row, Tally, settle
from winnow.intake.unreadable import LONGEST_ROW, MOST_COLUMNS, Unreadable

# The reader's own limit is for the whole process and lower than a row may be; rows are bounded here in any case.
csv.field_size_limit(max(csv.field_size_limit(), 4 * LONGEST_ROW))

LONGEST_SKIP = 32 * LONGEST_ROW
"""How far the end of a line that is too long is looked for, before the whole file is given up."""
ROWS_LOOKED_AT = 200
"""So many lines of an open quote are looked at for whether they are rows themselves."""
MOST_OPEN_QUOTES = 10
"""After so many quotes that never close, each line of the rest is taken for a row of its own."""
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


def cells_of(row: list[str], inner: Dialect) -> list[str]:
    """The cells of a line that was quoted as if it were one cell."""
    if len(row) != 1:
        return row
    reader = csv.reader(
        row[0].split("\n"), delimiter=inner.delimiter, quotechar=inner.quotechar or None,
        quoting=csv.QUOTE_MINIMAL if inner.quotechar else csv.QUOTE_NONE, escapechar=inner.escapechar or None,
        skipinitialspace=inner.skip_space,
    )  # fmt: skip
    try:
        rows = list(reader)
    except csv.Error:
        return row
    return rows[0] if len(rows) == 1 else row  # several: a line break that is no cell's


class Delimited:
    """One text file and how it is written. `rows` may be called again and again, each time from the start."""

    def __init__(self, path: Path, encoding: Encoding, dialect: Dialect, one_column: bool = False):
        self.path, self.encoding, self.dialect, self.one_column = path, encoding, dialect, one_column
        own = dialect.delimiter
        self._delimiter = NO_DELIMITER if one_column or len(own) != 1 else own
        self._replaced = own if len(own) > 1 and not one_column else ""
        self._damaged = self._odd = False

    def rows(self, width: int, header: list[str] | None, first_line: int, tally: Tally) -> Iterator[Row]:
        """The rows that begin at `first_line` or behind it, brought to `width` cells each."""
        feed, tangle = Feed(self._batches()), Tangle(self.path.name)
        look = partial(self._looked_at, width=width, header=header, tally=tally)
        if self.dialect.edges:
            yield from self._aligned(feed, look, first_line)
            return
        held, number = feed.held, self.dialect.first_line
        first_name, new = header[0] if header else None, tuple.__new__
        while tangle.opened < MOST_OPEN_QUOTES:
            batch = feed.batch()
            if batch is not None:
                through, start = 0, number
                odd = self._odd or self._replaced or tangle.line is not None
                reader = self._reader(batch if not odd else ())
                try:
                    for values in reader:
                        line = start + through
                        if reader.line_num - through == 1:
                            raw = batch[through]
                        else:
                            lines = batch[through : reader.line_num]
                            if len(values) != width and self._swallowed(lines, width):
                                break
                            raw = "".join(lines)
                        through = reader.line_num
                        first = values[0] if len(values) == width else ""
                        if first[:1] > "-" and first != first_name and line >= first_line:
                            yield new(Row, (line, values, raw, None))
                        elif line >= first_line and (row := look(line, values, raw)) is not None:
                            yield row
                except csv.Error:
                    pass
                number = start + through
                if through == len(batch):
                    continue
                feed.current = iter(batch[through:])
            elif feed.stopped == "done":
                return
            # Something is wrong, or a row goes on into the next batch: row by row, until one ends with a batch.
            while feed.stopped != "batch":
                feed.stopped = ""
                try:
                    for values in self._reader(feed):
                        line, lines = number, len(held)
                        raw = held[0] if lines == 1 else "".join(held)
                        if lines > 1 and len(values) != width and self._swallowed(held, width):
                            break
                        number += lines
                        held.clear()
                        if line >= first_line and (row := look(line, values, raw)) is not None:
                            tangle.saw(row.problem is None and len(values) == width)
                            yield row
                    else:
                        if feed.stopped != "too_long":
                            break
                except csv.Error:
                    pass
                # Stopped at a line or a row that is too large, or at quotes that the reader can't follow.
                line = number
                if feed.stopped == "too_long":
                    values, raw, problem, again = *self._too_long(feed), []
                    number += 1
                else:
                    values, raw, problem, again = self._untangled(feed, width, line, tangle)
                number += max(0, len(held) - len(again))
                feed.begin_anew(again)
                if raw and line >= first_line and (row := look(line, values, raw, problem)) is not None:
                    tangle.saw(row.problem is None and len(values) == width)
                    yield row
                if tangle.opened >= MOST_OPEN_QUOTES:
                    break
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
        return [], raw, too_long(found)

    def _untangled(self, feed, width, line, tangle) -> tuple[list[str], str, str | None, list[str]]:
        """The cells of the row, its raw text, its problem, and the lines to read again."""
        held = feed.held
        endless = feed.stopped == "over"
        if endless and (length := self._closes_beyond(feed, width)):
            raw = "".join(held)[:1000]
            return [], raw, f"is longer than 1 MB ({length:,} characters over {len(held):,} lines)", []
        if len(held) == 1 and (pieces := self._pieces(held[0], width)):
            return [], "", None, pieces
        alone = self._alone(held[0])
        if not feed.stopped and not (len(held) > 1 and self._swallowed(held, width)):
            more = iter(feed)
            while True:
                values, closed = self._tolerantly("".join(held))
                if closed and (len(values) == width or len(held) == 1):
                    return values, "".join(held), None, []
                # Quotes inside quotes: the cell may go on for some lines more, unless those are rows themselves.
                if closed or len(held) > 50 or next(more, None) is None:
                    break
                if alone is not None and len(alone) == width and self._is_row(held[-1], width):
                    break
        feed.stopped = ""
        first, rest = held[0], held[1:]
        if alone is not None:
            return alone, first, None, rest
        tangle.open(line, endless)
        where = "within 1 MB" if endless else "in the file" if not rest else "before other rows begin"
        return [], first, f"a quote opened here does not close {where}", rest

    def _closes_beyond(self, feed, width) -> int:
        """The characters of a row with one cell that outgrew the bound; 0 if its quote doesn't close, or took rows in.

        The lines that were looked at are held, to be passed over or read again.
        """
        held, quote = feed.held, self.dialect.quotechar
        if width < 2 or self.dialect.escapechar or not quote or held[0].count(quote) % 2 == 0:
            return 0
        between = held[1:ROWS_LOOKED_AT]
        if sum(self._is_row(line, width) for line in between) > len(between) // 4:
            return 0
        is_open = sum(line.count(quote) for line in held[1:]) % 2 == 0
        size = sum(map(len, held))
        for line in feed.beyond():
            held.append(line)
            size += len(line)
            if line.count(quote) % 2:
                is_open = not is_open
                if not is_open and self._is_whole(held[0], line, width):
                    return size
            if size > LONGEST_SKIP:
                break
        return 0

    def _is_whole(self, first, last, width) -> bool:
        """Whether a row that begins in one line and ends in another has all its cells."""
        try:
            rows = list(self._reader([first, last]))
        except csv.Error:
            return False
        return len(rows) == 1 and len(rows[0]) == width

    def _is_row(self, line, width) -> bool:
        """Whether a line has as many delimiters as a row; a blank one says nothing."""
        return bool(line.strip()) and line.count(self._delimiter) >= width - 1

    def _pieces(self, line, width) -> list[str]:
        """A line that a lone CR cuts into whole rows; nothing if it doesn't."""
        body = line.rstrip("\r\n")
        if "\r" not in body:
            return []
        *firsts, last = body.split("\r")
        pieces = [piece + "\r" for piece in firsts] + [last + line[len(body) :]]
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
        for line, text in enumerate(feed.one_by_one(), start=number):
            if text.__class__ is TooLong:
                row = look(line, [], text.beginning, too_long(text))
            else:
                values = self._alone(text)
                problem = None if values is not None else "a quote opened here does not close in this line"
                row = look(line, values or [], text, problem)
            if row is not None and line >= first_line:
                yield row

    def _aligned(self, feed, look, first_line) -> Iterator[Row]:
        """Rows of a file whose columns are aligned by spaces."""
        edges = self.dialect.edges
        ends = [*edges[1:], None]
        for number, text in enumerate(feed.one_by_one(), start=self.dialect.first_line):
            if number < first_line:
                continue
            if text.__class__ is TooLong:
                row = look(number, [], text.beginning, too_long(text))
            else:
                line = text.rstrip("\r\n")
                crossed = any(line[edge - 1 : edge].strip() and line[edge : edge + 1].strip() for edge in edges[1:])
                values = [line[start:end].strip() for start, end in zip(edges, ends, strict=True)]
                row = look(number, values, text, "a text runs from one column into the next" if crossed else None)
            if row is not None:
                yield row

    def _batches(self) -> Iterator[list[str] | TooLong]:
        """The lines in batches, with their ends; a line beyond the bound comes as its beginning."""
        self._damaged = self._odd = False
        newline = self.dialect.newline
        carry, number, skipped = "", 1, 0
        for text, damaged in chain(text_blocks(self.path, self.encoding), [("", False)]):
            self._damaged = self._damaged or damaged
            self._odd = self._odd or damaged or "\0" in text
            marked = "\ufeff" in text or "\ufeff" in carry
            lines = lines_of(carry + text, newline)
            carry = "" if not text or not lines or has_end(lines[-1], newline) else lines.pop()
            if lines and (skipped or is_too_long(lines[0])):
                long = lines.pop(0)
                yield TooLong(long[:1000], skipped + len(long))
                number, skipped = number + 1, 0
            if lines:
                yield self._prepared(lines, number, marked)
                number += len(lines)
            if is_too_long(carry):
                skipped += len(carry) - 1000
                carry = carry[:1000]
                if skipped > LONGEST_SKIP:
                    reason = f"this line goes on for more than {LONGEST_SKIP >> 20} MB without an end"
                    raise Unreadable(self.path.name, reason, "break it into rows of at most 1 MB", line=number)

    def _prepared(self, lines: list[str], number: int, marked: bool) -> list[str]:
        if marked:
            # Files put one behind the other: each brought its mark along.
            lines = [line.removeprefix("\ufeff") for line in lines]
        if self._replaced:
            lines = [line.replace(self._replaced, NO_DELIMITER) for line in lines]
        return lines[1:] if number < self.dialect.first_line else lines
