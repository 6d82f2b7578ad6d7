"""Imports: a file of rows into records, in chunks that are committed whole, and go on where a run was broken off.

Each chunk is one transaction: the raw rows with what became of them, and what they made. A row counts once, whatever
is killed; the six outcomes add up to the rows.
"""

import contextlib
import gc
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import psycopg
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from winnow.intake.ahead import ahead
from winnow.intake.into import Batch, Done, Line, known_way, loader, rejected
from winnow.intake.source import Source
from winnow.intake.telling import warnings_of
from winnow.leads import copying
from winnow.leads.clock import now
from winnow.leads.copying import copy_in
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, ImportRow

CHUNK_ROWS = 5000
CHUNK_CHARACTERS = 8_000_000
CHUNKS_BETWEEN = 20
"""So many chunks go by between two looks for objects that hold each other."""
SOON = 0.0005
"""Seconds until who reads ahead makes room for who writes: the database shall not wait."""
TRIES = 4
REFUSED = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, ValueError, OverflowError)
MOST_REJECTED_SHOWN = 10_000
SUMS = ("created", "updated", "merged", "unchanged", "quarantined", "rejected")

log = logging.getLogger("winnow.import")
_quoted = json.encoder.encode_basestring_ascii


class Stopped(Refusal):
    """The run was broken off; what is committed stays, and the same call goes on behind it."""

    code = "stopped"


def run(
    path, *, kind: str, mapping=None, campaign: str | None = None, interest: str | None = None,
    historic: bool | None = None, dry_run: bool = False, by=None, progress: Callable | None = None,
    name: str | None = None, imported: Import | None = None, known_by: str = "",
) -> dict:
    """Import a file and return what the command prints (COMMANDS, `import`).

    `mapping` is a path, a parsed Mapping, or None for the suggested one. `historic` None means: by each row's date.
    `known_by` is one of KNOWN_BY: by what a row's person is found again. `dry_run` gives the same figures and writes
    nothing. `progress(rows, lines)` is called after each chunk. Unreadable and Refusal say what is wrong with the file
    or the call; Stopped that Ctrl-C came between two chunks.
    """
    began = time.monotonic()
    into = loader(kind)
    source = Source(path, kind, mapping, campaign=campaign or "", name=name)
    options = {"campaign": campaign or "", "interest": interest or "", "history": historic}
    if known_by:
        options["known_by"] = known_way(kind, known_by)
    if dry_run:
        with transaction.atomic():
            result = _run(source, _begin(source, kind, options, by, dry=True), into, options, by, progress)
            transaction.set_rollback(True)
    else:
        imported = _begin(source, kind, options, by) if imported is None else _taken_up(imported, source, options)
        result = _run(source, imported, into, options, by, progress)
    result["import_id"] = None if dry_run else result["import_id"]
    result["seconds"] = round(time.monotonic() - began, 3)
    return result


def _begin(source: Source, kind: str, options: dict, by, dry: bool = False) -> Import:
    """The run that this file and mapping were broken off in, to go on with; else a new one."""
    same = Import.objects.filter(
        kind=kind, file_digest=source.digest, mapping=source.mapping_text, options=options,
        state__in=("running", "stopped", "failed"), voided_at=None,
    )
    if not dry:
        with transaction.atomic():
            # The lock waits for a commit that the killed run may have sent off: what it did has to count.
            if found := same.select_for_update().order_by("-id").first():
                Import.objects.filter(pk=found.pk).update(state="running", touched_at=now())
                found.state = "running"
                return found
    at = now()
    return Import.objects.create(
        kind=kind, file_name=source.name[:255], file_digest=source.digest, system=source.system,
        mapping=source.mapping_text, options=options, columns=source.columns, historic=bool(options["history"]),
        started_at=at, touched_at=at, by=by, state="running",
    )


def _taken_up(imported: Import, source: Source, options: dict) -> Import:
    """An import that waits with its file: from now on it knows what it reads."""
    imported.file_digest, imported.system, imported.columns = source.digest, source.system, source.columns
    imported.options, imported.historic = imported.options | options, bool(options["history"])
    imported.state = "running"
    if not imported.rows:
        imported.summary, imported.started_at = {}, now()
    imported.touched_at = now()
    imported.save(update_fields=[
        "file_digest", "system", "columns", "options", "historic", "state", "summary", "started_at", "touched_at",
    ])
    return imported


def _run(source: Source, imported: Import, into, options: dict, by, progress) -> dict:
    notes = Counter(imported.summary.get("notes", {}))
    largest = dict(imported.summary.get("largest", {}))
    resumed_at = imported.last_line
    try:
        for lines, repeats in _undisturbed(ahead(_chunks(_prepared(source, into, resumed_at)))):
            batch = Batch(
                at=now(), system=source.system, imported=imported, by=by, historic=options["history"],
                campaign=options["campaign"], interest=options["interest"], largest=largest,
                known_by=options.get("known_by", ""), lines=source.line_count,
            )
            if repeats:
                batch.note("duplicate_rows", rows=repeats)
            largest = _commit(lines, batch, into.load, notes)
            if progress:
                progress(imported.rows, source.line_count)
    except KeyboardInterrupt:
        if connection.in_atomic_block:
            raise Stopped("The dry run stopped; nothing was written.") from None
        Import.objects.filter(pk=imported.pk).update(state="stopped", touched_at=now())
        raise Stopped(
            f"Import {imported.pk} of {imported.file_name} stopped: {imported.rows:,} rows are in, up to line "
            f"{imported.last_line:,}. The same command goes on from there; `winnow undo {imported.pk}` takes it back."
        ) from None
    except Exception:
        if not connection.in_atomic_block:  # and not where somebody else has carried it on
            mine = Import.objects.filter(pk=imported.pk, state="running", last_line=imported.last_line)
            with contextlib.suppress(OperationalError):  # where the database is gone it is found by its last line
                mine.update(state="failed", touched_at=now())
        raise
    warnings = warnings_of(notes, largest, source.warnings)
    summary = {"notes": notes, "largest": largest, "warnings": warnings}
    Import.objects.filter(pk=imported.pk, state="running").update(state="done", finished_at=now(), summary=summary)
    imported.refresh_from_db()
    return result_of(imported)


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


def _prepared(source: Source, into, after: int) -> Iterator[tuple[Line, bool]]:
    """The lines with what can be made of them without the database."""
    prepare, at = getattr(into, "prepare", None), now()
    for line, repeated in source.lines(after=after):
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


def _commit(lines: list[Line], batch: Batch, load, notes: Counter) -> dict:
    """One chunk in one transaction: as a whole at first, by halves where the database refuses a part of it; again after
    a deadlock. Returns the largest amount so far."""
    before, largest = Counter(batch.notes), dict(batch.largest)
    attempt, refused = 0, False
    while True:
        batch.notes, batch.largest, batch.at = Counter(before), dict(largest), now()
        try:
            with transaction.atomic(), contextlib.nullcontext() if refused else copying.behind():
                _without_waiting_for_the_disk()
                done = load_all(lines, batch, _by_halves(load) if refused else load)
                _keep_rows(lines, done, batch.imported)
                seen = notes + Counter({"|".join(filter(None, key)): rows for key, rows in batch.notes.items()})
                rows = _keep_sums(lines, done, batch, seen)
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
    notes.clear()
    notes.update(seen)
    batch.imported.rows, batch.imported.last_line = rows, lines[-1].number
    return batch.largest


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


def _keep_sums(lines: list[Line], done: list[Done], batch: Batch, notes: Counter) -> int:
    """The sums and where to go on, compare-and-set: of two that carry the same import on, one does."""
    imported, sums = batch.imported, Counter(one.outcome for one in done)
    matched = sum(one.account_matched for one in done)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE leads_import SET {', '.join(f'{name} = {name} + %s' for name in SUMS)}, rows = rows + %s,
                  accounts_matched = accounts_matched + %s, last_line = %s, touched_at = %s, summary = %s,
                  chunks = chunks || jsonb_build_array(jsonb_build_array(
                    to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                    (pg_current_xact_id()::text)::bigint))
                WHERE id = %s AND last_line = %s AND state = 'running'
                RETURNING rows""",
            [
                *(sums[name] for name in SUMS), len(lines), matched, lines[-1].number, batch.at,
                json.dumps({"notes": notes, "largest": batch.largest, "lines": batch.lines}), batch.at, imported.pk,
                imported.last_line,
            ],
        )
        row = cursor.fetchone()
    if row is None:
        raise Refusal(
            f"Import {imported.pk} of {imported.file_name} is being carried on elsewhere; this run ends here, and "
            f"nothing was read twice.", code="carried_on_elsewhere",
        )
    return row[0]


def result_of(imported: Import) -> dict:
    """What the command prints of an import: the sums, the warnings, the rejected rows."""
    refused = ImportRow.objects.filter(run=imported, outcome="rejected", repaired_at=None).order_by("line", "id")
    shown = list(refused.values_list("line", "reason", "raw")[: MOST_REJECTED_SHOWN + 1])
    result = {
        "rows": imported.rows,
        **{name: getattr(imported, name) for name in SUMS},
        "accounts_matched": imported.accounts_matched,
        "warnings": imported.summary.get("warnings", []),
        "import_id": imported.pk,
        "seconds": None,
        "rejected_rows": [
            {"line": line, "reason": reason, "raw": raw} for line, reason, raw in shown[:MOST_REJECTED_SHOWN]
        ],
    }
    if len(shown) > MOST_REJECTED_SHOWN:
        result["rejected_rows_shown"] = MOST_REJECTED_SHOWN
    return result
