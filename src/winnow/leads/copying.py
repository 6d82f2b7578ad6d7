"""Many rows into a table by COPY, written column by column: a third of what a driver takes that looks at each value.

Within `behind` the rows go to the server from a thread, one table after the other, while the caller puts the next ones
together. Whatever else is asked of the database waits until they are there.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import repeat
from queue import SimpleQueue

from django.db import connection

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


def copy_in(table: str, columns: dict[str, list[str] | str], *, at_once: bool = False) -> None:
    """Copy rows into a table. Each column is a list, as this module's functions make it, or one constant for all.

    `at_once` for who wants to know now whether the database takes them.
    """
    count = {len(one) for one in columns.values() if isinstance(one, list)}
    if len(count) != 1:
        raise ValueError(f"columns of {table} are not of one length: {sorted(count)}")
    cells = [one if isinstance(one, list) else repeat(one, *count) for one in columns.values()]
    copy_lines(table, columns, map("\t".join, zip(*cells, strict=True)), at_once=at_once)


def copy_lines(table: str, columns: Iterable[str], rows: Iterable[str], *, at_once: bool = False) -> None:
    """Copy rows that are written already, without their ends."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    writer = getattr(_mine, "writer", None)
    if writer is not None and not at_once:
        writer.write(statement, rows)
        return
    if writer is not None:
        writer.wait()
    with connection.cursor() as cursor:
        _copy(cursor, statement, rows)


def _copy(cursor, statement: str, rows: Iterable[str]) -> None:
    held = []
    with cursor.copy(statement) as copy:
        for row in rows:
            held.append(row)
            if len(held) == BLOCK:
                copy.write("\n".join(held) + "\n")
                held.clear()
        if held:
            copy.write("\n".join(held) + "\n")


# -- behind -----------------------------------------------------------------------------------------------------------
@contextmanager
def behind() -> Iterator[None]:
    """Let COPY go on behind the caller's back until the block ends; then all rows are there.

    What the database refuses is raised by the next statement or at the end of the block. The caller holds a
    transaction, and ends the part of it that failed.
    """
    writer = _mine.writer = _Writer(connection.connection)
    try:
        with connection.execute_wrapper(writer.first):
            yield
            writer.wait()
    finally:
        _mine.writer = None
        writer.end()


_mine = threading.local()


class _Writer:
    """A thread that copies in the order in which it is told to, and stops at the first failure."""

    def __init__(self, line):
        self.line, self.told, self.failed = line, SimpleQueue(), None
        self.waiting = False
        self.thread = threading.Thread(target=self._run, name="copying", daemon=True)
        self.thread.start()

    def write(self, statement: str, rows: Iterable[str]) -> None:
        """Copy these, later. What the rows are made of must not change any more."""
        self.waiting = True
        self.told.put((statement, rows))

    def first(self, execute, sql, params, many, context):
        """A statement of the caller's: behind all that was told before."""
        self.wait()
        return execute(sql, params, many, context)

    def wait(self) -> None:
        """Until all is copied. Raises what went wrong, once."""
        if self.waiting:
            done = threading.Event()
            self.told.put(done)
            done.wait()
            self.waiting = False
        if self.failed is not None:
            failed, self.failed = self.failed, None
            with connection.wrap_database_errors:
                raise failed

    def end(self) -> None:
        """No more is coming."""
        self.told.put(None)
        self.thread.join()

    def _run(self) -> None:
        lost = False
        while (job := self.told.get()) is not None:
            if isinstance(job, threading.Event):
                job.set()
            elif not lost:
                try:
                    with self.line.cursor() as cursor:
                        _copy(cursor, *job)
                except BaseException as error:
                    lost, self.failed = True, error
