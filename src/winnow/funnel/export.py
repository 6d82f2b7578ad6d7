"""A report on paper: table for terminals, CSV and XLSX for other programs. Cells are safe for spreadsheets."""

import csv
import io
import json
from collections.abc import Iterator

from winnow.funnel.reports import Report
from winnow.leads.csvcells import csv_safe

SHEET_NAME = 31  # letters that a spreadsheet allows
CELL = 32_000


def columns(report: Report) -> list[str]:
    """The columns of a report in order, from all its rows; empty when it has none. A list becomes a column each."""
    names: dict[str, None] = {}
    for row in report.rows:
        names |= dict.fromkeys(name for name, _ in _cells(row))
    return list(names)


def _cells(row: dict) -> Iterator[tuple[str, object]]:
    """The cells of a row: a list is spread over numbered columns, an interval over low and high."""
    for name, value in row.items():
        if name.endswith("_interval") or name == "interval":
            low, high = value or (None, None)
            yield f"{name}_low", low
            yield f"{name}_high", high
        elif isinstance(value, list):
            for number, one in enumerate(value):
                yield f"{name}_{number}", one
        else:
            yield name, value


def plain(value) -> str:
    """A value as a person reads it: nothing for missing, no Python words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, dict)):
        return json.dumps(value)
    return str(value)


def as_csv(report: Report) -> str:
    """UTF-8 text with a header; what a spreadsheet would compute is quoted."""
    out = io.StringIO()
    writer, names = csv.writer(out), columns(report)
    writer.writerow(names)
    for row in report.rows:
        cells = dict(_cells(row))
        writer.writerow([csv_safe(plain(cells.get(name))) for name in names])
    return out.getvalue()


def as_xlsx(report: Report) -> bytes:
    """A workbook: the rows, and a second sheet with the question, the moment, the totals and the warnings. Texts stay
    texts, so that nothing is computed on opening."""
    import xlsxwriter

    out = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, safe) as book:
        bold, names = book.add_format({"bold": True}), columns(report)
        sheet = book.add_worksheet(report.report[:SHEET_NAME])
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(report.rows, 1):
            cells = dict(_cells(row))
            for column, name in enumerate(names):
                _write(sheet, number, column, cells.get(name))
        sheet.freeze_panes(1, 1)
        about = book.add_worksheet("About")
        told = [("question", report.question), ("as of", report.as_of.isoformat())]
        told += [(name, value) for name, value in report.totals.items() if not isinstance(value, (list, dict))]
        told += [(one["code"], one["text"]) for one in report.warnings]
        for number, (name, value) in enumerate(told):
            about.write_string(number, 0, name, bold)
            _write(about, number, 1, value)
    return out.getvalue()


def _write(sheet, row: int, column: int, value) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, plain(value)[:CELL])


def as_table(report: Report) -> str:
    """Aligned columns for a terminal, with the question above, the totals and the warnings below.

    An interval stands in the cell of its share. Columns with nothing in them, or with noughts alone, are left out.
    """
    first = next(iter(report.rows[0]), "") if report.rows else ""
    known = dict.fromkeys(name for row in report.rows for name in row if not name.endswith("interval"))
    names = [name for name in known if name == first or any(row.get(name) for row in report.rows)]
    cells = [[_cell(row, name, missing="(missing)" if name == first else "") for name in names] for row in report.rows]
    if any(name in report.totals for name in names):
        cells.append([_cell(report.totals, name, missing="all" if name == first else "") for name in names])
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(names)]
    numeric = [all(not isinstance(row.get(name), str) for row in report.rows) for name in names]
    lines = [report.question, f"as of {report.as_of:%Y-%m-%d %H:%M} UTC", ""]
    for row in [names, *cells]:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    if not report.rows:
        lines.append("no rows")
    if report.warnings:
        lines += ["", *(f"! {one['code']}: {one['text']}" for one in report.warnings)]
    return "\n".join(lines)


def _cell(row: dict, name: str, missing: str = "") -> str:
    """A cell for a terminal: money with two digits, shares as percent, long texts cut, no control characters."""
    value = row.get(name)
    if value is None:
        return missing
    if isinstance(value, bool):
        text = plain(value)
    elif isinstance(value, list):
        text = " ".join(map(plain, value))
    elif isinstance(value, (dict, tuple)):
        text = ""
    elif name.endswith("_cents"):
        text = f"{value / 100:,.2f}"
    elif name == "share" or name.endswith("_share"):
        text = f"{value * 100:.1f} %"
        if interval := row.get(name.removesuffix("share") + "interval"):
            text += f" ({interval[0] * 100:.0f}-{interval[1] * 100:.0f})"
    elif isinstance(value, float):
        text = f"{value:,.1f}"
    else:
        text = f"{value:,}" if isinstance(value, int) else str(value)
    return "".join(letter if letter.isprintable() else "�" for letter in text)[:60]
