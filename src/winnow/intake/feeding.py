"""Lines handed to a reader within bounds: no row, and no line, may grow beyond a megabyte."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from winnow.intake.unreadable import LONGEST_ROW, Unreadable

LONGEST_TANGLE = 1000
"""So many rows without a readable one behind a quote that never closes, and the file is given up."""


@dataclass
class TooLong:
    """A physical line beyond the bound: its beginning, and how many characters it had."""

    beginning: str
    length: int


def too_long(line: TooLong) -> str:
    return f"is longer than 1 MB ({line.length:,} characters in one line)"


class Feed:
    """Hands lines to the reader, holds those of the row at hand, and stops before a row outgrows the bound.

    `stopped` says why there are no more lines: `batch` (that one is through, and no row with it), `done`, `over` (the
    row is too large), `too_long` (one line is).
    """

    def __init__(self, batches):
        self.batches = batches
        self.current = iter(())
        self.held: list[str] = []
        self.too_long: TooLong | None = None
        self.stopped = ""
        self.size = 0

    def batch(self) -> list[str] | None:
        """The next lines all at once; None if there are none, or the next one is too long."""
        if self.too_long is None:
            batch = next(self.batches, None)
            if batch.__class__ is not TooLong:
                self.stopped = "" if batch is not None else "done"
                return batch
            self.too_long = batch
        self.stopped = "too_long"
        return None

    def __iter__(self) -> Iterator[str]:
        held = self.held
        while True:
            for line in self.current:
                held.append(line)
                if len(held) > 1 and self._outgrown():
                    self.stopped = "over"
                    return
                yield line
            if not held:
                self.stopped = "batch" if self.too_long is None else "too_long"
                return
            batch = self.batch()
            if batch is None:
                return
            self.current = iter(batch)

    def beyond(self) -> Iterator[str]:
        """The lines behind the row that is too large, without a bound: the caller has one."""
        while True:
            yield from self.current
            batch = self.batch()
            if batch is None:
                return
            self.current = iter(batch)

    def one_by_one(self) -> Iterator[str | TooLong]:
        """All lines that are left, for who needs no reader."""
        yield from self.current
        if self.too_long is not None:
            yield self.too_long
        for batch in self.batches:
            if batch.__class__ is TooLong:
                yield batch
            else:
                yield from batch

    def _outgrown(self) -> bool:
        self.size = (bytes_of(self.held[0]) if len(self.held) == 2 else self.size) + bytes_of(self.held[-1])
        return self.size > LONGEST_ROW

    def begin_anew(self, lines: list[str]):
        """`lines` are to be read again, by a new reader; nothing is held."""
        self.held.clear()
        self.stopped = ""
        if lines:
            self.current = iter([*lines, *self.current])


class Tangle:
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
            reason = "a quote opened here does not close within 1 MB, and no readable row follows"
            raise Unreadable(self.thing, reason, "close the quote, or say which quote the file uses", line=self.line)


def bytes_of(text: str) -> int:
    """How long the text is as it stands in the file, about."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def is_too_long(text: str) -> bool:
    # Characters first: they are counted for nothing, and four bytes are the most that one takes.
    return len(text) > LONGEST_ROW // 4 and bytes_of(text) > LONGEST_ROW


def lines_of(text: str, newline: str) -> list[str]:
    """The lines with their ends; what stands behind the last end is the last item."""
    if newline == "\r":
        *whole, rest = text.split("\r")
        return [line + "\r" for line in whole] + ([rest] if rest else [])
    return list(io.StringIO(text, newline="" if newline == "mixed" else "\n"))


def has_end(line: str, newline: str) -> bool:
    # A CR at the very end may be the first half of a line end.
    return line.endswith("\r") if newline == "\r" else line.endswith("\n")
