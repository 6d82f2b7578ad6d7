"""Files that somebody gives to the browser: kept in the database, tried and imported by the worker."""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction

from winnow.intake.importer import run
from winnow.intake.incoming import Unusable, incoming
from winnow.intake.mapping import Mapping, parse, suggest
from winnow.intake.tables import Table, read_table
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, Upload

LARGEST = 50 * 1_048_576
STALE = timedelta(seconds=90)
"""A run that no chunk has touched for so long has lost its worker; another goes on with it."""


def keep(name: str, content: bytes, *, kind: str, by) -> Import:
    """Keep a file and open an import on it, with the suggested mapping. Unreadable or Refusal says what is wrong."""
    if len(content) > LARGEST:
        raise Refusal(
            f"{name} has {len(content) / 1_048_576:.0f} MB; {LARGEST // 1_048_576} MB are the most here. "
            f"`winnow import` on the server takes any size.", code="too_long",
        )
    with on_disk(name, content) as path:
        table = read_table(path)
        mapping = _suggested(table, kind)
        columns = table.columns
    at = now()
    with transaction.atomic():
        upload = Upload.objects.create(name=Path(name).name[:255], size=len(content), content=content, at=at, by=by)
        return Import.objects.create(
            kind=kind, file_name=upload.name, mapping=mapping.text if mapping else "", columns=columns,
            started_at=at, by=by, state="draft", upload=upload,
        )


def _suggested(table: Table, kind: str) -> Mapping | None:
    try:
        return suggest(table, kind)
    except Refusal:
        return None


@contextlib.contextmanager
def on_disk(name: str, content: bytes) -> Iterator[Path]:
    """The file as one that can be read, under its own name."""
    with tempfile.TemporaryDirectory(prefix="winnow-upload-") as folder:
        path = Path(folder) / (Path(name).name[-120:] or "upload")
        path.write_bytes(bytes(content))
        yield path


@contextlib.contextmanager
def opened(imported: Import) -> Iterator[tuple[Path, Table]]:
    """The uploaded file of an import, on disk and opened."""
    with on_disk(imported.upload.name, imported.upload.content) as path:
        yield path, read_table(path)


def preview(table: Table, kind: str, fields: dict[str, str], most: int = 8) -> tuple[list[dict], dict[str, str]]:
    """The first rows, with the cells that can't be read as their field, and why; and in which order dates are read."""
    used = {column: field for column, field in fields.items() if field}
    try:
        mapping = parse({"as": kind, "columns": used})
        mapping.check(table, kind)
    except Refusal:
        mapping = None
    shown = []
    for row in table.preview(most):
        problem = row.problem or ""
        if mapping is not None and not problem:
            found, problem = mapping.apply(row)
            if not problem and kind in ("inquiries", "people"):
                problem = _first_problem(found)
        blamed = {part.split(":")[0].split(" ")[0] for part in problem.split("; ")} if problem else set()
        cells = [
            {"text": text, "used": bool(field := fields.get(column)), "wrong": bool(field) and field in blamed}
            for column, text in zip(table.columns, row.values, strict=False)
        ]
        shown.append({"line": row.line_number, "cells": cells, "problem": problem})
    dates = mapping.date_formats if mapping is not None else {}
    return shown, {name: found["order"] for name, found in dates.items() if found["order"]}


def _first_problem(fields: dict) -> str:
    try:
        incoming(fields, external_id="preview", at=now())
    except Unusable as unusable:
        return str(unusable)
    return ""


def map_columns(imported: Import, kind: str, fields: dict[str, str], options: dict) -> None:
    """Keep which column is which field, and how the rows are to be taken. Refusal says what can't be."""
    twice = {field for field in fields.values() if field and list(fields.values()).count(field) > 1}
    if twice:
        raise Refusal(f"Two columns are the same field ({', '.join(sorted(twice))}); choose one of them.")
    mapping = parse({"as": kind, "columns": {column: field for column, field in fields.items() if field}})
    with opened(imported) as (_, table):
        mapping.check(table, kind)
    mine = Import.objects.filter(pk=imported.pk, state__in=("draft", "tried", "failed"), rows=0)
    if not mine.update(kind=kind, mapping=mapping.text, options=options, state="draft", summary={}):
        raise Refusal(f"{imported} has begun; its mapping can't change any more. Take it back, or upload again.")


def start(imported: Import, *, by, dry: bool) -> None:
    """Let the worker try the file, or import it."""
    if not imported.mapping:
        raise Refusal(f"{imported} has no mapping yet; say which column is what.")
    with transaction.atomic():
        mine = Import.objects.filter(pk=imported.pk, state__in=("draft", "tried", "stopped", "failed"))
        state = "to try" if dry else "waiting"
        if not mine.update(state=state, touched_at=now(), summary=imported.summary | {"error": ""}):
            raise Refusal(f"{imported} is {Import.objects.get(pk=imported.pk).state}; look again.")
        if not dry:
            audited(by, "import", imported, imported.kind)


def run_waiting(limit: int = 1) -> int:
    """Try or import what waits, and go on with what lost its worker. For the worker's loop."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_import SET touched_at = %s,
                 state = CASE WHEN state IN ('to try', 'trying') THEN 'trying' ELSE 'running' END
               WHERE id = (SELECT id FROM leads_import
                           WHERE upload_id IS NOT NULL AND (state IN ('to try', 'waiting')
                             OR (state IN ('trying', 'running') AND touched_at < %s))
                           ORDER BY touched_at LIMIT %s FOR UPDATE SKIP LOCKED)
               RETURNING id, state""",
            [now(), now() - STALE, limit],
        )
        row = cursor.fetchone()
    if row is None:
        return 0
    imported = Import.objects.select_related("upload", "by").get(pk=row[0])
    _work(imported, dry=row[1] == "trying")
    return 1


def _work(imported: Import, *, dry: bool) -> None:
    options = imported.options
    try:
        with on_disk(imported.upload.name, imported.upload.content) as path:
            result = run(
                path, kind=imported.kind, mapping=parse(imported.mapping), campaign=options.get("campaign"),
                interest=options.get("interest"), historic=options.get("history"), dry_run=dry, by=imported.by,
                imported=None if dry else imported,
            )
    except Refusal as refusal:
        if refusal.code != "carried_on_elsewhere":
            summary = Import.objects.get(pk=imported.pk).summary | {"error": str(refusal)}
            Import.objects.filter(pk=imported.pk).update(state="failed", summary=summary, touched_at=now())
        return
    except Exception:
        summary = Import.objects.get(pk=imported.pk).summary | {
            "error": "Something unforeseen stopped it; the log of the worker has the whole of it."
        }
        Import.objects.filter(pk=imported.pk).update(state="failed", summary=summary)
        raise
    if dry:
        result["rejected_rows"] = result["rejected_rows"][:100]
        Import.objects.filter(pk=imported.pk, state="trying").update(
            state="tried", summary={"tried": result}, touched_at=now()
        )
