"""A file of rows, opened and streamed: CSV of any dialect, XLSX, XLS. Nothing is dropped or guessed in silence.

    table = read_table("leads.csv")
    table.columns, table.encoding, table.dialect, table.header_row
    for row in table.rows(): ...
    table.warnings      # complete once the rows have gone by
"""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from winnow.intake import encodings
from winnow.intake.delimited import Delimited, Dialect, cells_of
from winnow.intake.dialects import find_dialect, numbered_rows
from winnow.intake.feeding import is_too_long
from winnow.intake.foreign import refuse_foreign
from winnow.intake.headers import Header, find_header
from winnow.intake.kinds import kind_of
from winnow.intake.oldworkbooks import OldWorkbook
from winnow.intake.rows import Row, Tally, settle
from winnow.intake.unreadable import MOST_COLUMNS, Unreadable
from winnow.intake.workbooks import Workbook

__all__ = ["Dialect", "Row", "Table", "Unreadable", "read_table"]

_HEAD_ROWS = 400
UNWORKED = (
    "formulas without a result, read as empty: the program that wrote the workbook left them out; open it in a "
    "spreadsheet program, save it, and take that file"
)
_TOTAL = re.compile(
    r"\W*(grand |sub)?(total|totals|sum|summe|gesamt|gesamtsumme|zwischensumme|insgesamt|totaux|suma)\b.*",
    re.IGNORECASE,
)


class Table:
    """`columns` are unique names; `header_row` is the header's line, None where the file has none.

    `warnings` are {code, text, rows}: those about the file as a whole at once, those about rows after `rows()`.
    """

    def __init__(self, path: Path, encoding: str, dialect: Dialect | None, header: Header, first_row: int, sheet=None):
        self.path, self.encoding, self.dialect, self.sheet = path, encoding, dialect, sheet
        self.header_row = header.line
        self.columns = header.names
        self.named = header
        self._first_row = first_row
        self._about_file: list[dict] = []
        self._about_rows: list[dict] = []
        self._check_columns()

    def _check_columns(self):
        if len(self.columns) > MOST_COLUMNS:
            reason = f"has {len(self.columns):,} columns where {MOST_COLUMNS} are the most"
            raise Unreadable(self.path.name, reason, "leave out columns", line=self.header_row or 1)

    @property
    def warnings(self) -> list[dict]:
        return self._about_file + self._about_rows

    def warn(self, code: str, text: str, rows: int = 0):
        self._about_file.append({"code": code, "text": text, "rows": rows})

    def rows(self) -> Iterator[Row]:
        """Each row below the header; may be called again. Memory stays flat however long the file is."""
        tally, last = Tally(), None
        self._about_rows = []
        for last in self._stream(tally):
            yield last
        self._about_rows = _warnings_of(tally, len(self.columns))
        if last is not None and not last.problem and (kind := _last_words(last.values)):
            text = f"line {last.line_number}, the last, looks like a {kind}; it is kept as a row like the others"
            self._about_rows.append({"code": f"possible_{kind}", "text": text, "rows": 1})

    def preview(self, most: int = 10) -> list[Row]:
        """The first rows; the warnings stay as they are."""
        return list(islice(self._stream(Tally()), most))

    def _stream(self, tally: Tally) -> Iterator[Row]:
        raise NotImplementedError


class TextTable(Table):
    """Out of a text file."""

    def __init__(self, path, encoding, dialect: Dialect, one_column: bool, header: Header, first_row: int, inner=None):
        super().__init__(path, encoding.name, inner or dialect, header, first_row)
        self.source, self.inner = Delimited(path, encoding, dialect, one_column), inner
        if encoding.guessed:
            self.warn("encoding_guessed", f"read as {encoding.name}: {encoding.guessed}; name another if it is wrong")

    def _stream(self, tally):
        if self.inner is None:
            return self.source.rows(len(self.columns), self.named.cells, self._first_row, tally)
        return self._unwrapped(tally)

    def _unwrapped(self, tally):
        width = len(self.columns)
        for row in self.source.rows(1, None, self._first_row, tally):
            values = cells_of(row.values, self.inner)
            if row.problem:
                yield row
            elif len(values) == 1 < width and values[0].strip():
                tally.note("unreadable", row.line_number)
                yield Row(row.line_number, values, row.raw, "can't be cut into cells as the others are")
            elif found := settle(row.line_number, values, row.raw, width, self.named.cells, tally):
                yield found


class SheetTable(Table):
    """Out of one sheet of a workbook; lines are the sheet's rows."""

    def __init__(self, path, book, sheet: str, header: Header, first_row: int):
        super().__init__(path, "", None, header, first_row, sheet)
        self.book = book

    def _stream(self, tally):
        width, unworked = len(self.columns), 0
        for line, values, problem in self.book.rows(self.sheet):
            more, unworked = self.book.unworked - unworked, self.book.unworked
            if line < self._first_row:
                continue
            if more:
                tally.note("unworked", line, more)
            raw = list(values)
            nul = any("\0" in value for value in values)
            if nul or problem:
                tally.note("unreadable", line)
                shown = [value.replace("\0", "␀") for value in raw]
                yield Row(line, values, shown, problem or "contains a NUL byte")
                continue
            if width > 2 and sum(map(bool, values)) == 1 and values[0].strip() and kind_of(values[0]) == "text":
                tally.note("headings", line)
            values = values + [""] * (width - len(values))
            if (row := settle(line, values, raw, width, self.named.cells, tally)) is not None:
                yield row
        for what, count in self.book.aside().items():
            tally.counts[what] = count


def read_table(
    path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    header_row: int | None = None,
    sheet: str | None = None,
) -> Table:
    """Open a file of rows and find out how it is written. What is given overrules what would be found.

    `header_row` is the line of the header (a sheet's row), 0 for a file without one. Raises `Unreadable`.
    """
    path = Path(path)
    magic = _first_bytes(path)
    if magic.startswith(b"PK\x03\x04") or magic.startswith(b"PK\x05\x06"):
        return _read_sheet(path, Workbook(path), header_row, sheet)
    if magic.startswith(b"\xd0\xcf\x11\xe0"):
        return _read_sheet(path, OldWorkbook(path), header_row, sheet)
    refuse_foreign(path, magic)
    return _read_text(path, encoding, delimiter, quote, header_row)


def _first_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Unreadable(path, "is a folder", "name a file in it")
        if path.exists() and not path.is_file():
            raise Unreadable(path, "is no ordinary file", "copy its contents into one")
        with path.open("rb") as file:
            magic = file.read(4096)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise Unreadable(path, "there is no such file", "look at the spelling and the folder") from None
    except PermissionError:
        raise Unreadable(path, "may not be read", "change its permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "can't be opened"
        raise Unreadable(path, reason.lower(), "look at the name") from None
    if size <= len(magic) and not magic.strip(b"\xef\xbb\xbf\xff\xfe\r\n\t \0"):
        raise Unreadable(path.name, "the file is empty", "export it again")
    return magic


def _read_text(path, encoding_name, delimiter, quote, header_row) -> Table:
    encoding = encodings.named(path, encoding_name) if encoding_name else encodings.detect(path)
    text = _head_of(path, encoding)
    dialect, one_column = find_dialect(text, path.suffix, delimiter, quote)
    rows = list(islice(numbered_rows(text, dialect, one_column), _HEAD_ROWS))
    inner = _inside(text, rows, delimiter)
    if inner is not None:
        rows = [(line, cells_of(row, inner)) for line, row in rows]
    header = find_header(rows, header_row)
    if not any(re.search(r"[^\s,;|\"']", cell) for _, row in rows for cell in row):
        raise Unreadable(path.name, "there is not a letter or a number in it", "export it again")
    if header_row and header.line is None:
        raise Unreadable(path.name, f"there is no filled line {header_row} to be the header", "name another line")
    first_row = _behind_header(rows, header, dialect.first_line)
    table = TextTable(path, encoding, dialect, one_column, header, first_row, inner)
    if not text.isascii() and len(garbled := _GARBLED.findall(text)) > 1:
        text = f"letters were garbled before this file was written ({garbled[0]!r} and the like: UTF-8 read as Western)"
        table.warn("garbled_letters", f"{text}; they are kept so; export it again from where they are right")
    _warn_about_header(table, header)
    return table


_GARBLED = re.compile(r"(?:Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[™œž“”¢¦\x9d]|Â[°·«»§®©])")


def _inside(text: str, rows, delimiter: str | None) -> Dialect | None:
    """How the cells inside are told apart, where a program took each line of a CSV for one cell and quoted it whole."""
    cells = [row[0] for _, row in rows if len(row) == 1]
    quoted = text.count('\n"') + text.startswith('"')
    if len(cells) < 2 or len(cells) < len(rows) or quoted < 0.8 * len(cells):
        return None
    dialect, one_column = find_dialect("\n".join(cells), "", delimiter)
    return None if one_column or dialect.edges or len(dialect.delimiter) > 1 else dialect


def _head_of(path: Path, encoding: encodings.Encoding) -> str:
    """Whole lines from the beginning, as far as dialect and header need them."""
    text, whole = "", True
    for block, _ in encodings.text_blocks(path, encoding):
        text += block
        # A CR at the very end may be half a line end.
        if re.search(r"[\r\n](?s:.)", text):
            whole = False
            break
        if is_too_long(text):
            raise Unreadable(path.name, "the first line is longer than 1 MB", "break it into rows", line=1)
    text = encodings.mend(text).replace("\ufeff", "").replace("\0", "")
    if whole:
        return text
    cut = max(text.rfind("\n"), text.rfind("\r"))
    return text[: cut + 1] if cut > 0 else text


def _behind_header(rows, header: Header, first_line: int) -> int:
    """The line of the first row below the header."""
    if header.line is None:
        return first_line
    return next((line for line, _ in rows if line > header.line), header.line + 1)


def _read_sheet(path: Path, book, header_row, sheet) -> Table:
    names = book.sheet_names()
    if sheet is not None and sheet not in names:
        number = int(sheet) - 1 if sheet.isdigit() else -1
        if not 0 <= number < len(names):
            raise Unreadable(path.name, f"has no sheet {sheet!r}", f"name one of {', '.join(names[:20])}")
        sheet = names[number]
    candidates = [sheet] if sheet is not None else book.visible()
    cover, wrong = None, ""
    for name in candidates:
        head = list(islice(book.rows(name), _HEAD_ROWS))
        rows = [(line, values) for line, values, problem in head if not problem]
        wrong = wrong or next((f"row {line} of sheet {name!r} {problem}" for line, _, problem in head if problem), "")
        if not any(any(map(str.strip, values)) for _, values in rows):
            continue
        if not _is_cover(rows):
            break
        cover = cover or (name, rows)
    else:
        if cover is None:
            reason, way_out = (wrong, "save it as CSV") if wrong else ("the workbook has no filled cells", "")
            raise Unreadable(path.name, reason, way_out or "name another sheet or export it again")
        name, rows = cover
    header = find_header(rows, header_row)
    if header_row and header.line is None:
        raise Unreadable(path.name, f"row {header_row} of sheet {name!r} is empty", "name another row")
    table = SheetTable(path, book, name, header, (header.line or 0) + 1)
    if len(candidates) > 1:
        others = ", ".join(repr(other) for other in candidates if other != name)
        table.warn("more_sheets", f"sheet {name!r} was read, {others[:200]} not; name another sheet to read it")
    _warn_about_header(table, header)
    return table


def _is_cover(rows) -> bool:
    """A few lines of text in one column: the title of what other sheets hold."""
    filled = [[value for value in values if value.strip()] for _, values in rows]
    return len(rows) < 20 and all(len(values) < 2 for values in filled) and not any(
        kind_of(value) in ("email", "phone", "url") for values in filled for value in values
    )


def _warn_about_header(table: Table, header: Header):
    if header.line is None:
        table.warn("no_header", "the first row looks like data, so the columns have no names; give the header's line")
    if header.above:
        lines = ", ".join(map(str, header.above[:5])) + (" …" if len(header.above) > 5 else "")
        text = f"above the header in line {header.line} there are notes (line {lines}) that are not read as rows"
        table.warn("notes_above_header", text, len(header.above))
    if header.row_names:
        text = (
            "the rows have one cell more than the header; the first is taken for the row's own name. If it is a comma "
            "inside a number, save the file with another delimiter or with quotes"
        )
        table.warn("unnamed_first_column", text)
    if header.second_table:
        text = f"line {header.second_table} looks like the header of another table; its rows are read like the others"
        table.warn("second_table", text)
    if header.second_line:
        table.warn("header_in_two_rows", f"the names stand in lines {header.second_line} and {header.line}")


def _last_words(values: list[str]) -> str:
    """`total` or `note` where the last row is likely one, else nothing."""
    filled = [value.strip() for value in values if value.strip()]
    if len(filled[0]) < 60 and _TOTAL.fullmatch(filled[0]):
        return "total"
    if len(filled) == 1 and len(values) > 2:
        number = kind_of(filled[0]) in ("integer", "decimal")
        return "note" if values[0].strip() else "total" if number else ""
    return ""


def _warnings_of(tally: Tally, width: int) -> list[dict]:
    ragged = (
        ("padded", f"fewer than {width} cells; the missing ones at the end are taken as empty"),
        ("too_long", f"more than {width} cells; kept aside with the reason"),
        ("lonely", f"1 cell where there are {width} columns; kept aside with the reason"),
    )
    parts = [(tally.counts[what], _where(tally, what, text)) for what, text in ragged if what in tally.counts]
    found = []
    if parts:
        count = sum(count for count, _ in parts)
        found.append({"code": "ragged_rows", "text": "; ".join(text for _, text in parts), "rows": count})
    for code, what, text in (
        ("unreadable_rows", "unreadable", "can't be read; kept aside with the reason"),
        ("encoding_guessed", "mended", "bytes of another encoding, read as Western (cp1252)"),
        ("repeated_header", "repeated_headers", "the header again; kept aside with the reason"),
        ("formulas_without_result", "unworked", UNWORKED),
        ("possible_headings", "headings", "one text alone in its row, a heading? Kept as a row like the others"),
    ):
        if what in tally.counts:
            found.append({"code": code, "text": _where(tally, what, text), "rows": tally.counts[what]})
    for code, text in (
        ("hidden_rows", "{:,} hidden in the sheet (by a filter, most likely) read like the others"),
        ("merged_cells", "{:,} cells stretch over several rows: the first one has the value, the others none"),
    ):
        if count := tally.counts.get(code):
            found.append({"code": code, "text": text.format(count), "rows": count})
    if tally.blank:
        text = f"{tally.blank:,} row{'s' if tally.blank > 1 else ''} without anything passed over"
        found.append({"code": "blank_rows", "text": text, "rows": tally.blank})
    return found


def _where(tally: Tally, what: str, text: str) -> str:
    lines, count = getattr(tally, what), tally.counts[what]
    return f"line{'s' if count > 1 else ''} {', '.join(map(str, lines))}{' …' if count > len(lines) else ''}: {text}"
