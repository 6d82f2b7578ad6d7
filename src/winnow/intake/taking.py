"""A part of a file taken in, chunk by chunk: each is one transaction with the raw rows, what became of them, and what
they made. A row counts once, whatever is killed.
"""

import contextlib
import gc
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from winnow.intake.ahead import ahead
from winnow.intake.into import Batch, Done, Line, loader, rejected
from winnow.intake.source import Source
from winnow.leads import copying
from winnow.leads.clock import now
from winnow.leads.copying import copy_in
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import

CHUNK_ROWS = 10_000
CHUNK_CHARACTERS = 8_000_000
CHUNKS_BETWEEN = 20
"""So many chunks go by between two looks for objects that hold each other."""
SOON = 0.0005
"""Seconds until who reads ahead makes room for who writes: the database shall not wait."""
TRIES = 4
REFUSED = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError)
SUMS = ("created", "updated", "merged", "unchanged", "quarantined", "rejected")

log = logging.getLogger("winnow.import")
_quoted = json.encoder.encode_basestring_ascii


@dataclass
class Part:
    """How far one of an import's parts is: the line up to which its rows are committed, and what is to be told."""

    number: int
    line: int = 0
    notes: Counter = field(default_factory=Counter)
    largest: dict = field(default_factory=dict)

    @classmethod
    def of(cls, imported: Import, number: int) -> "Part":
        """As it was committed last."""
        kept = imported.parts[number]
        return cls(number, kept["line"], Counter(kept["notes"]), dict(kept["largest"]))

    @property
    def kept(self) -> dict:
        """As it stands in the import."""
        return {"line": self.line, "notes": self.notes, "largest": self.largest}


def take_part(source: Source, imported: Import, part: Part, *, by=None, progress: Callable | None = None) -> None:
    """Take in what is left of a part. `part` and the import's `rows` follow what is committed."""
    into, options = loader(imported.kind), imported.options
    for lines, repeats in _undisturbed(ahead(_chunks(_prepared(source, into, part, len(imported.parts))))):
        batch = Batch(
            at=now(), system=source.system, imported=imported, by=by, historic=options["history"],
            campaign=options["campaign"], interest=options["interest"], largest=part.largest,
            known_by=options.get("known_by", ""),
        )
        if repeats:
            batch.note("duplicate_rows", rows=repeats)
        _commit(lines, batch, into.load, part)
        if progress:
            progress(imported.rows, source.line_count)


def _undisturbed(chunks: Iterator) -> Iterator:
    """A chunk makes a million objects and no cycles: looking for some at all times costs a third of the time."""
    was, patience = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SOON)
    try:
        for number, chunk in enumerate(chunks, start=1):
            yield chunk
            if number % CHUNKS_BETWEEN == 0:
                gc.collect()
    finally:
        if was:
            gc.enable()
        sys.setswitchinterval(patience)


def _prepared(source: Source, into, part: Part, parts: int) -> Iterator[tuple[Line, bool]]:
    """The lines with what can be made of them without the database."""
    prepare, at = getattr(into, "prepare", None), now()
    for line, repeated in source.lines(part.line, part.number, parts):
        if prepare and not line.problem:
            prepare(line, source.system, at)
        line.written = _as_json(line.raw)
        yield line, repeated


def _chunks(lines: Iterator[tuple[Line, bool]]) -> Iterator[tuple[list[Line], int]]:
    """Bounded by rows and by characters: a row may have a megabyte."""
    chunk, size, repeats = [], 0, 0
    for line, repeated in lines:
        chunk.append(line)
        size += sum(map(len, line.raw)) if isinstance(line.raw, list) else len(line.raw)
        repeats += repeated
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            yield chunk, repeats
            chunk, size, repeats = [], 0, 0
    if chunk:
        yield chunk, repeats


def _commit(lines: list[Line], batch: Batch, load, part: Part) -> None:
    """One chunk in one transaction: as a whole at first, by halves where the database refuses a part of it; again after
    a deadlock."""
    before, largest = Counter(batch.notes), dict(batch.largest)
    attempt, refused = 0, False
    while True:
        batch.notes, batch.largest, batch.at = Counter(before), dict(largest), now()
        try:
            with transaction.atomic(), contextlib.nullcontext() if refused else copying.behind():
                _without_waiting_for_the_disk()
                done = load_all(lines, batch, _by_halves(load) if refused else load)
                _keep_rows(lines, done, batch.imported)
                seen = part.notes + Counter({"|".join(filter(None, key)): rows for key, rows in batch.notes.items()})
                after = Part(part.number, lines[-1].number, seen, batch.largest)
                rows = _keep_sums(done, batch, part, after)
            break
        except REFUSED:
            if refused:
                raise
            refused = True
        except OperationalError as error:
            attempt += 1
            if attempt == TRIES or getattr(error.__cause__, "sqlstate", "") not in ("40P01", "40001"):
                raise
            time.sleep(0.05 * 2**attempt)
    part.line, part.notes, part.largest = after.line, after.notes, after.largest
    batch.imported.rows = rows


def _without_waiting_for_the_disk() -> None:
    """A chunk that a power cut takes along is read again: where to go on is written with it. The end waits for all."""
    if len(connection.atomic_blocks) == 1:  # not in a dry run, nor inside another's transaction
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")


def load_all(lines: list[Line], batch: Batch, load) -> list[Done]:
    """Load the readable lines; the others are rejected."""
    done: list[Done | None] = [rejected(line.problem) if line.problem else None for line in lines]
    good = [number for number, line in enumerate(lines) if not line.problem]
    if good:
        for number, result in zip(good, load([lines[n] for n in good], batch), strict=True):
            done[number] = result
    return done  # type: ignore[return-value]


def _by_halves(load):
    """What the database refuses is looked for by halves and rejected alone."""

    def halves(lines: list[Line], batch: Batch) -> list[Done]:
        notes, largest = Counter(batch.notes), dict(batch.largest)
        try:
            with transaction.atomic(), copying.behind():
                return load(lines, batch)
        except REFUSED as error:
            batch.notes, batch.largest = notes, largest
            if len(lines) == 1:
                log.warning("line %d was refused", lines[0].number, exc_info=error)
                return [rejected(f"the database refuses it: {str(error).splitlines()[0]}")]
            middle = len(lines) // 2
            return halves(lines[:middle], batch) + halves(lines[middle:], batch)

    return halves


def _keep_rows(lines: list[Line], done: list[Done], imported: Import) -> None:
    copy_in("leads_importrow", {
        "run_id": str(imported.pk), "line": [str(line.number) for line in lines],
        "raw": copying.texts(line.written or _as_json(line.raw) for line in lines),
        "outcome": [one.outcome for one in done],
        "reason": copying.texts(one.reason[:400] for one in done), "noun": [one.noun for one in done],
        "noun_id": copying.numbers(one.noun_id for one in done),
        "before": copying.texts_or_null(
            None if one.before is None else json.dumps(one.before, default=str) for one in done
        ),
    })


def _as_json(raw: list[str] | str) -> str:
    """JSON of a text or a list of texts, in a third of the time that the general way takes."""
    return _quoted(raw) if isinstance(raw, str) else f"[{','.join(map(_quoted, raw))}]"


def _keep_sums(done: list[Done], batch: Batch, part: Part, after: Part) -> int:
    """The sums and where to go on, compare-and-set: of two that carry the same part on, one does. Returns the rows of
    all parts that are committed."""
    imported, sums = batch.imported, Counter(one.outcome for one in done)
    matched = sum(one.account_matched for one in done)
    with connection.cursor() as cursor:
        # What is checked at the end is checked now: the other part waits for whoever has changed the import's row.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            f"""UPDATE leads_import SET {', '.join(f'{name} = {name} + %s' for name in SUMS)}, rows = rows + %s,
                  accounts_matched = accounts_matched + %s, touched_at = %s,
                  parts = jsonb_set(parts, ARRAY[%s], %s),
                  chunks = chunks || jsonb_build_array(jsonb_build_array(
                    to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                    (pg_current_xact_id()::text)::bigint))
                WHERE id = %s AND (parts -> %s ->> 'line')::integer = %s AND state = 'running'
                RETURNING rows""",
            [
                *(sums[name] for name in SUMS), len(done), matched, batch.at, str(part.number), json.dumps(after.kept),
                batch.at, imported.pk, part.number, part.line,
            ],
        )
        row = cursor.fetchone()
    if row is None:
        raise Refusal(
            f"Import {imported.pk} of {imported.file_name} is being carried on elsewhere; this run ends here, and "
            f"nothing was read twice.", code="carried_on_elsewhere",
        )
    return row[0]
