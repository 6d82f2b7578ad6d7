"""A report on paper: table for terminals, CSV and XLSX for other programs. Cells are safe for spreadsheets."""

import csv
import io
import json

from winnow.funnel.reports import Report
from winnow.leads.csvcells import csv_safe


def columns(report: Report) -> list[str]:
    """The columns of a report, in order; empty when it has no rows."""
    return list(report.rows[0]) if report.rows else []


def plain(value) -> str:
    """A value as a person reads it: nothing for missing, no Python words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value)
    return str(value)


def as_csv(report: Report) -> str:
    """UTF-8 text with a header; formulas are quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = columns(report)
    writer.writerow(names)
    for row in report.rows:
        writer.writerow([csv_safe(plain(row[name])) for name in names])
    return out.getvalue()


def as_xlsx(report: Report) -> bytes:
    """A workbook of one sheet; texts stay texts, so that nothing is computed on opening."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet(report.report[:31]), book.add_format({"bold": True})
        for column, name in enumerate(columns(report)):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(report.rows, 1):
            for column, name in enumerate(row):
                value = row[name]
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, plain(value)[:32000])
    return out.getvalue()


def as_table(report: Report) -> str:
    """Aligned columns for a terminal, with the question above and the warnings below."""
    names = columns(report)
    cells = [[plain(row[name])[:40] for name in names] for row in report.rows]
    widths = [max([len(name), *(len(row[i]) for row in cells)]) for i, name in enumerate(names)]
    lines = [report.question, f"as of {report.as_of:%Y-%m-%d %H:%M} UTC", ""]
    lines.append("  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True)).rstrip())
    for row in cells:
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    lines += [f"! {one['code']}: {one['text']}" for one in report.warnings]
    return "\n".join(lines)
