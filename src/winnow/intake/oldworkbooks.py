"""Rows out of .xls, as stable text."""

from collections.abc import Iterator
from pathlib import Path

from winnow.intake.sheetrows import date_text, number_text
from winnow.intake.unreadable import LARGEST_OLD_WORKBOOK, LONGEST_ROW, MOST_COLUMNS, Unreadable
from winnow.intake.workbooks import check_size

OTHERWISE = "save it as XLSX or CSV"


class OldWorkbook:
    """An .xls file. Its reader keeps the cells in memory, so the file may be smaller."""

    def __init__(self, path: Path):
        import xlrd

        self.path = path
        check_size(path, LARGEST_OLD_WORKBOOK)
        try:
            data = path.read_bytes()
            if "EncryptedPackage".encode("utf-16-le") in data:
                raise Unreadable(path.name, "the workbook is encrypted", "save it without a password")
            self.book = xlrd.open_workbook(file_contents=data, on_demand=True, ragged_rows=True, logfile=_Silence())
        except Unreadable:
            raise
        except Exception as error:
            # The library answers a damaged file with whatever went wrong inside it.
            if "encrypt" in str(error).lower() or "password" in str(error).lower():
                raise Unreadable(path.name, "the workbook is encrypted", "save it without a password") from error
            raise Unreadable(path.name, "the workbook is damaged, or none", OTHERWISE) from error

    unworked = 0
    """Formulas without a result: this format always has one."""

    def aside(self) -> dict[str, int]:
        """What the last sheet holds besides its cells; the reader of this format doesn't tell."""
        return {}

    def sheet_names(self) -> list[str]:
        return self.book.sheet_names()

    def visible(self) -> list[str]:
        hidden = getattr(self.book, "_sheet_visibility", [])
        names = self.sheet_names()
        return [name for name, state in zip(names, hidden, strict=False) if state == 0] or names

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str], str | None]]:
        try:
            found = self.book.sheet_by_name(sheet)
        except Exception as error:
            raise Unreadable(self.path.name, f"sheet {sheet!r} is damaged", OTHERWISE) from error
        for number in range(found.nrows):
            cells = [self._text(cell) for cell in found.row(number)]
            problem = None
            if len(cells) > MOST_COLUMNS:
                cells, problem = cells[:MOST_COLUMNS], f"has {len(cells)} cells; {MOST_COLUMNS} are the most"
            if sum(map(len, cells)) > LONGEST_ROW:
                cells, problem = [], "is longer than 1 MB"
            if cells or problem:
                yield number + 1, cells, problem
        self.book.unload_sheet(sheet)

    def _text(self, cell) -> str:
        import xlrd

        if cell.ctype == xlrd.XL_CELL_TEXT:
            return cell.value
        if cell.ctype == xlrd.XL_CELL_NUMBER:
            return number_text(repr(cell.value))
        if cell.ctype == xlrd.XL_CELL_DATE:
            form = "time" if cell.value < 1 else "date"
            return date_text(repr(cell.value), form, self.book.datemode == 1)
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return "true" if cell.value else "false"
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return xlrd.error_text_from_code.get(cell.value, "#ERROR!")
        return ""


class _Silence:
    def write(self, _):
        """The library's remarks are nobody's."""

    def flush(self):
        """As above."""
