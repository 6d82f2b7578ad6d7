"""A rejected row of an import, corrected by a person and taken in as if it had stood so in the file."""

from django.db import connection, transaction

from winnow.intake.into import Batch, Done, Line, loader
from winnow.intake.mapping import Mapping, parse
from winnow.intake.quotes import cells_with_loose_quotes
from winnow.intake.repeats import digest_of
from winnow.intake.rows import Row
from winnow.intake.source import shared_by, shown
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, ImportRow


class _Columns:
    """The table that the row stood in, as far as a mapping has to know it."""

    def __init__(self, imported: Import, cells: list[str]):
        self.columns, self.path, self.cells = imported.columns, _Named(imported.file_name), cells

    def preview(self, most: int = 1) -> list[Row]:
        """The only row there is, by which dates and numbers are understood."""
        return [Row(1, self.cells, self.cells)]


class _Named:
    def __init__(self, name: str):
        self.name = name


def repair_row(row: ImportRow, values: dict[str, str], *, by) -> ImportRow:
    """Take a corrected copy in: column -> text; what isn't named stays. Refusal says what is still wrong.

    The row that came stays as it came; the copy takes its place in the sums, which go on adding up to the rows.
    """
    at = now()
    with transaction.atomic():
        row = ImportRow.objects.select_for_update().select_related("run").get(pk=row.pk)
        imported = Import.objects.select_for_update().get(pk=row.run_id)
        if row.outcome != "rejected" or row.repaired_at is not None:
            raise Refusal(f"Line {row.line} of {imported} is not rejected any more; look again.")
        if imported.voided_at is not None:
            raise Refusal(f"{imported} was taken back; there is nothing to repair.")
        line = _line(row, imported, values)
        batch = Batch(
            at=at, system=imported.system, imported=imported, by=by, historic=imported.options.get("history"),
            campaign=imported.options.get("campaign", ""), interest=imported.options.get("interest", ""),
            known_by=imported.options.get("known_by", ""),
        )
        done = loader(imported.kind).load([line], batch)[0]
        if done.outcome == "rejected":
            raise Refusal(f"Line {row.line} can't be taken in yet: {done.reason}.", code="still_unusable")
        copy = ImportRow.objects.create(
            run=imported, line=row.line, raw=line.raw, outcome=done.outcome, noun=done.noun, noun_id=done.noun_id,
            before=done.before,
        )
        ImportRow.objects.filter(pk=row.pk).update(repaired_at=at, repaired_as=copy)
        _count(imported, done, at)
        audited(by, "repair", imported, f"line {row.line}")
    return copy


def cells_of(row: ImportRow, columns: list[str]) -> list[str]:
    """The row's cells to begin a repair with, one for each column. A row of too many or too few is cut by the delimiter
    that comes nearest to the columns; what is left over stands in the row's own text."""
    cells = list(row.raw) if isinstance(row.raw, list) else []
    if isinstance(row.raw, str):
        line = row.raw.strip("\r\n")
        ways = [cells_with_loose_quotes(line, delimiter, '"', True, True)[0] for delimiter in (",", ";", "\t", "|")]
        cells = min((way for way in ways if len(way) > 1), key=lambda way: abs(len(way) - len(columns)), default=[])
    return [*cells, *[""] * len(columns)][: len(columns)]


def _line(row: ImportRow, imported: Import, values: dict[str, str]) -> Line:
    mapping: Mapping = parse(imported.mapping)
    cells = cells_of(row, imported.columns) if isinstance(row.raw, list) else [""] * len(imported.columns)
    for column, text in values.items():
        if column not in imported.columns:
            raise Refusal(f"{imported} has no column {column!r}; it has {', '.join(imported.columns)}.")
        cells[imported.columns.index(column)] = text
    mapping.check(_Columns(imported, cells), imported.kind)
    fields, problem = mapping.apply(Row(row.line, cells, cells))
    if problem:
        raise Refusal(f"Line {row.line} can't be taken in yet: {problem}.", code="still_unusable")
    digest = digest_of(shared_by(imported.system, imported.options.get("campaign", ""), imported.columns), cells)
    key = fields.get("external_id") or f"row:{digest.hex()}:{row.line}"
    return Line(row.line, shown(cells), fields, key)


def _count(imported: Import, done: Done, at) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE leads_import SET rejected = rejected - 1, {done.outcome} = {done.outcome} + 1,
                  accounts_matched = accounts_matched + %s,
                  chunks = chunks || jsonb_build_array(jsonb_build_array(
                    to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                    (pg_current_xact_id()::text)::bigint))
                WHERE id = %s""",
            [int(done.account_matched), at, imported.pk],
        )


MOST_AT_ONCE = 2000
"""So many rows are replayed by one push of a button; the next push takes the next."""


def blamed_columns(imported: Import, reason: str) -> list[str]:
    """The columns whose cells a row was rejected for, by the fields that the reason names."""
    named = {part.split(":")[0].split(" ")[0] for part in reason.split("; ")}
    mapping = parse(imported.mapping)
    return [column for column, fields in mapping.columns.items() if named & set(fields) and column in imported.columns]


def repair_rows(rows: list[tuple[ImportRow, dict[str, str]]], *, by) -> tuple[int, dict[int, str]]:
    """Take corrected copies in, each by itself: how many went in, and why the others (by their id) still can't."""
    refused: dict[int, str] = {}
    for row, values in rows:
        try:
            repair_row(row, values, by=by)
        except Refusal as refusal:
            refused[row.pk] = str(refusal)
    return len(rows) - len(refused), refused


def replace_everywhere(imported: Import, column: str, old: str, new: str, *, by) -> tuple[int, dict[int, str]]:
    """Read one text of a column as another in all rejected rows that have it, and take those in.

    Refusal when the import has no such column, or no rejected row has that text there.
    """
    if column not in imported.columns:
        raise Refusal(f"{imported} has no column {column!r}; it has {', '.join(imported.columns)}.")
    place = imported.columns.index(column)
    rejected = ImportRow.objects.filter(run=imported, outcome="rejected", repaired_at=None).order_by("line", "pk")
    found = [
        row for row in rejected.iterator(2000)
        if isinstance(row.raw, list) and place < len(row.raw) and row.raw[place].strip() == old.strip()
    ][:MOST_AT_ONCE]
    if not found:
        raise Refusal(f"No row that waits has {old!r} in {column}; look at the rows below for how it is written.")
    return repair_rows([(row, {column: new}) for row in found], by=by)
