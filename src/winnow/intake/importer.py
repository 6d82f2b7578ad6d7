"""Imports: a file of rows into records, in chunks that are committed whole, and go on where a run was broken off.

Each chunk is one transaction: the raw rows with what became of them, and what they made. A row counts once, whatever
is killed; the six outcomes add up to the rows.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable

from django.db import OperationalError, connection, transaction

from winnow.intake.beside import Second
from winnow.intake.into import known_way, loader
from winnow.intake.parts import parts_for
from winnow.intake.source import Source
from winnow.intake.taking import SUMS, Part, take_part
from winnow.intake.telling import warnings_of
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, ImportRow

MOST_REJECTED_SHOWN = 10_000


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
    loader(kind)
    source = Source(path, kind, mapping, campaign=campaign or "", name=name)
    options = {"campaign": campaign or "", "interest": interest or "", "history": historic}
    if known_by:
        options["known_by"] = known_way(kind, known_by)
    if dry_run:
        with transaction.atomic():
            result = _run(source, _begin(source, kind, options, by, dry=True), by, progress)
            transaction.set_rollback(True)
    else:
        imported = _begin(source, kind, options, by) if imported is None else _taken_up(imported, source, options)
        result = _run(source, imported, by, progress)
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
                found.state, found.touched_at, found.parts = "running", now(), found.parts or _fresh(source, options)
                found.save(update_fields=["state", "touched_at", "parts"])
                return found
    at = now()
    return Import.objects.create(
        kind=kind, file_name=source.name[:255], file_digest=source.digest, system=source.system,
        mapping=source.mapping_text, options=options, columns=source.columns, historic=bool(options["history"]),
        started_at=at, touched_at=at, by=by, state="running",
        summary={"lines": source.line_count}, parts=_fresh(source, options),
    )


def _fresh(source: Source, options: dict) -> list[dict]:
    """Nothing is in yet of any part. A second process can't see what a transaction of the caller's holds."""
    parts = 1 if connection.in_atomic_block else parts_for(source.kind, options, source.line_count)
    return [Part(number).kept for number in range(parts)]


def _taken_up(imported: Import, source: Source, options: dict) -> Import:
    """An import that waits with its file: from now on it knows what it reads."""
    imported.file_digest, imported.system, imported.columns = source.digest, source.system, source.columns
    imported.options, imported.historic = imported.options | options, bool(options["history"])
    imported.state = "running"
    if not imported.rows:
        imported.summary, imported.started_at = {"lines": source.line_count}, now()
        imported.parts = _fresh(source, imported.options)
    imported.touched_at = now()
    imported.save(update_fields=[
        "file_digest", "system", "columns", "options", "historic", "state", "summary", "parts", "started_at",
        "touched_at",
    ])
    return imported


def _run(source: Source, imported: Import, by, progress) -> dict:
    part = Part.of(imported, 0)
    try:
        with Second(source, imported, by) as second:
            take_part(source, imported, part, by=by, progress=progress)
            second.wait(lambda: _told_on(imported, source, progress))
        if len(imported.parts) > 1 and not second.through:  # it ended early, or there was none
            imported.refresh_from_db(fields=["parts"])
            part = Part.of(imported, 1)
            again = Source(source.path, imported.kind, source.mapping, campaign=imported.options["campaign"])
            take_part(again, imported, part, by=by, progress=progress)
    except KeyboardInterrupt:
        if connection.in_atomic_block:
            raise Stopped("The dry run stopped; nothing was written.") from None
        Import.objects.filter(pk=imported.pk).update(state="stopped", touched_at=now())
        imported.refresh_from_db(fields=["rows"])
        raise Stopped(
            f"Import {imported.pk} of {imported.file_name} stopped: {imported.rows:,} rows are in. The same command "
            f"goes on from there; `winnow undo {imported.pk}` takes it back."
        ) from None
    except Exception:
        if not connection.in_atomic_block:  # and not where somebody else has carried it on
            at_line = {f"parts__{part.number}__line": part.line}
            mine = Import.objects.filter(pk=imported.pk, state="running", **at_line)
            with contextlib.suppress(OperationalError):  # where the database is gone it is found by its last line
                mine.update(state="failed", touched_at=now())
        raise
    imported.refresh_from_db(fields=["parts", "summary"])
    parts = [Part.of(imported, number) for number in range(len(imported.parts))]
    warnings = warnings_of(sum((one.notes for one in parts), Counter()), parts[0].largest, source.warnings)
    mine = Import.objects.filter(pk=imported.pk, state="running")
    mine.update(state="done", finished_at=now(), summary=imported.summary | {"warnings": warnings})
    imported.refresh_from_db()
    return result_of(imported)


def _told_on(imported: Import, source: Source, progress) -> None:
    if progress:
        imported.refresh_from_db(fields=["rows"])
        progress(imported.rows, source.line_count)


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
