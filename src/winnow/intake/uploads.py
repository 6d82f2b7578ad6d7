"""Files that somebody gives to the browser: kept in the database, tried and imported by the worker."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction

from winnow.intake.importer import run
from winnow.intake.incoming import Unusable, incoming
from winnow.intake.mapping import Mapping, parse, suggest
from winnow.intake.savedmappings import fitting
from winnow.intake.tables import Table, read_table
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, SavedMapping, Upload

LARGEST = 50 * 1_048_576
STALE = timedelta(seconds=90)
"""A run that no chunk has touched for so long has lost its worker; another goes on with it."""


def keep(name: str, content: bytes, *, kind: str, by) -> Import:
    """Keep a file and open an import on it, with the mapping that was kept for its columns, else the suggested one.

    Unreadable or Refusal says what is wrong.
    """
    if len(content) > LARGEST:
        raise Refusal(
            f"{name} has {len(content) / 1_048_576:.0f} MB; {LARGEST // 1_048_576} MB are the most here. "
            f"`winnow import` on the server takes any size.", code="too_long",
        )
    with on_disk(name, content) as path:
        table = read_table(path)
        mapping, columns, options = _suggested(table, kind), table.columns, {}
        if known := fitting(path, table, kind):
            saved, mapping, table = known
            columns, options = table.columns, saved.options | {"saved": saved.name}
    at = now()
    with transaction.atomic():
        upload = Upload.objects.create(name=Path(name).name[:255], size=len(content), content=content, at=at, by=by)
        return Import.objects.create(
            kind=kind, file_name=upload.name, mapping=mapping.text if mapping else "", columns=columns,
            started_at=at, by=by, state="draft", upload=upload, options=options,
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
    """The uploaded file of an import, on disk and opened as it was said that it is written."""
    with on_disk(imported.upload.name, imported.upload.content) as path:
        yield path, read_table(path, **read_as(imported))


def read_as(imported: Import) -> dict:
    """What was said of how its file is written: encoding, delimiter, quote, header_row, sheet."""
    if "file" in imported.options:
        return imported.options["file"]
    return parse(imported.mapping).file if imported.mapping else {}


def read_again(imported: Import, file: dict, **said) -> None:
    """Read the file another way from now on: its columns are found and suggested anew. `said` may hold the time zone
    and the decimal mark. Refusal says what won't do."""
    file = {name: value for name, value in file.items() if value not in ("", None)}
    with on_disk(imported.upload.name, imported.upload.content) as path:
        table = read_table(path, **file)
        mapping = _suggested(table, imported.kind)
    if mapping:
        mapping = parse(replace(mapping, file=file, **said).text)
    _redraft(
        imported, mapping=mapping.text if mapping else "", columns=table.columns,
        options={name: said for name, said in imported.options.items() if name != "saved"} | {"file": file},
    )


def take_mapping(imported: Import, saved: SavedMapping) -> None:
    """Take another of the mappings that were kept. Refusal when it is made for other columns."""
    mapping = parse(saved.mapping)
    with on_disk(imported.upload.name, imported.upload.content) as path:
        table = mapping.open(path)
        mapping.check(table, saved.kind)
    options = saved.options | {"saved": saved.name, "file": mapping.file}
    _redraft(imported, kind=saved.kind, mapping=saved.mapping, columns=table.columns, options=options)


def _redraft(imported: Import, **changed) -> None:
    """Change what is to be done with a file that nothing was brought in of."""
    mine = Import.objects.filter(pk=imported.pk, state__in=("draft", "tried", "failed"), rows=0)
    if not mine.update(state="draft", summary={}, **changed):
        raise Refusal(f"{imported} has begun; its mapping can't change any more. Take it back, or upload again.")


def preview(table: Table, mapping: Mapping | None, kind: str, most: int = 8) -> tuple[list[dict], dict[str, str]]:
    """The first rows, with the cells that can't be read as their field, and why; and in which order dates are read."""
    try:
        if mapping is not None:
            mapping.check(table, kind)
    except Refusal:
        mapping = None
    fields = {column: names[0] for column, names in mapping.columns.items()} if mapping is not None else {}
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


def mapping_of(kind: str, fields: dict[str, str], said: dict) -> Mapping:
    """The mapping that a screen describes: column -> field; `said` may hold values, file, system, time_zone, decimal.

    A column with the source tells the channel, too, where no other does. Refusal says what can't be.
    """
    twice = {field for field in fields.values() if field and list(fields.values()).count(field) > 1}
    if twice:
        raise Refusal(f"Two columns are the same field ({', '.join(sorted(twice))}); choose one of them.")
    columns: dict[str, object] = {column: field for column, field in fields.items() if field}
    if kind == "inquiries" and "channel" not in columns.values():
        columns = {column: ["source", "channel"] if field == "source" else field for column, field in columns.items()}
    given = {name: value for name, value in said.items() if value not in ("", None, {})}
    return parse({"as": kind, "columns": columns, **given})


def map_columns(imported: Import, kind: str, mapping: Mapping, options: dict) -> None:
    """Keep which column is which field, and how the rows are to be taken. Refusal says what can't be."""
    with on_disk(imported.upload.name, imported.upload.content) as path:
        table = mapping.open(path)
        mapping.check(table, kind)
    _redraft(imported, kind=kind, mapping=mapping.text, columns=table.columns, options=options)


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
                known_by=options.get("known_by", ""),
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
