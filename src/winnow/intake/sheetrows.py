"""The cells of a sheet's rows, as stable text.

Nearly all programs write a sheet in one plain way, which a pattern reads five times faster than an XML parser calls
back. A row with anything else in it goes to the parser, and so does a sheet whose beginning is unusual.
"""

import datetime
import re
from collections.abc import Iterator
from html import unescape
from xml.parsers import expat

from winnow.intake.unreadable import LONGEST_ROW, MOST_COLUMNS

TOO_LONG = "is longer than 1 MB"
LOST_TEXT = "refers to a text that the workbook doesn't have"
LONGEST_XML = 16 * 1_048_576
"""Bytes of one row as XML."""
_CELL = re.compile(
    r'<c(?: r="([A-Z]{1,3})\d+")?(?: s="(\d+)")?(?: t="(\w+)")?'
    r"(?:/>|>(<f[^>]*/>|<f[^>]*>[^<]*</f>)?(?:<v>([^<]*)</v>|<v/>|<is><t(?: [^>]*)?>([^<]*)</t></is>)?</c>)"
)
_HIDDEN = re.compile(rb'<row [^>]*?\bhidden="(?:1|true)"')
_MERGED = re.compile(rb'<mergeCell ref="\$?[A-Z]{1,3}\$?(\d+):\$?[A-Z]{1,3}\$?(\d+)"')
_ROW_NUMBER = re.compile(r'<row [^>]*?\br="(\d{1,8})"')


class Values:
    """Makes texts of cells: by the workbook's shared texts, its number formats and its first day.

    `unworked` counts the formulas that came without a result: programs that only write workbooks leave it out.
    """

    def __init__(self, shared: list[str], formats: list[str], epoch_1904: bool):
        self.shared, self.formats, self.epoch_1904 = shared, formats, epoch_1904
        self.unworked = self.hidden = self.merged = 0

    def __call__(self, kind: str, style: str, text: str) -> str | None:
        """The text of a cell; None if it points to a shared text that isn't there."""
        if kind == "s":
            return self.shared[int(text)] if text.isdigit() and int(text) < len(self.shared) else None
        if kind in ("str", "inlineStr"):
            return plain_text(text)
        if kind == "b":
            return "true" if text.strip() == "1" else "false"
        if kind in ("n", ""):
            form = self.formats[int(style)] if style and style.isdigit() and int(style) < len(self.formats) else ""
            if form and form[0] == "0":
                shown = number_text(text)
                return shown.zfill(len(form)) if shown.isdigit() else shown
            return date_text(text, form, self.epoch_1904) if form else number_text(text)
        # Errors (`#DIV/0!`) and ISO dates stand there as their text.
        return text


def quick_rows(blocks: Iterator[bytes], convert: Values, refuse) -> Iterator | None:
    """(row number, cells, problem) of each row with cells; None if the sheet's beginning is unusual.

    `refuse(reason)` is called for a row without an end.
    """
    head = b""
    for block in blocks:
        head += block
        if b"<sheetData" in head or len(head) > LONGEST_ROW:
            break
    start = head.find(b"<sheetData")
    prolog = head[:start].lower()
    declared = re.search(rb"encoding=[\"']([\w-]+)", prolog)
    if start < 0 or b"<!" in prolog or (declared and declared[1] not in (b"utf-8", b"us-ascii")):
        return None
    return _quickly(head[start:], blocks, convert, refuse)


def _quickly(buffer: bytes, blocks, convert, refuse):
    number, columns = 0, {}
    while True:
        cut = buffer.rfind(b"</row>") + 6
        if cut > 5:
            if b'hidden="' in buffer:
                convert.hidden += len(_HIDDEN.findall(buffer[:cut]))
            for chunk in buffer[:cut].decode("utf-8").split("</row>")[:-1]:
                found = _ROW_NUMBER.search(chunk, chunk.rfind("<row"))
                number = int(found[1]) if found else number + max(1, chunk.count("<row"))
                cells, problem = _cells_of(chunk, convert, columns)
                if cells or problem:
                    yield number, cells, problem
            buffer = buffer[cut:]
        elif len(buffer) > LONGEST_XML:
            refuse(f"the row after row {number} has no end")
        block = next(blocks, None)
        if block is None:
            break
        buffer += block
    convert.merged += sum(first != last for first, last in _MERGED.findall(buffer))
    if b"</sheetData>" not in buffer and b"<sheetData/>" not in buffer:
        refuse(f"the sheet breaks off after row {number}")


def _cells_of(chunk: str, convert: Values, columns: dict[str, int]) -> tuple[list[str], str | None]:
    found = _CELL.findall(chunk)
    if len(found) != chunk.count("<c ") + chunk.count("<c>") + chunk.count("<c/>") or "<!" in chunk:
        return _carefully(chunk, convert)
    cells: list[str] = []
    problem = None
    for letters, style, kind, formula, value, inline in found:
        text = value or inline
        if letters:
            column = columns.get(letters)
            if column is None:
                column = columns.setdefault(letters, column_number(letters))
        else:
            column = len(cells)
        if text:
            if "&" in text:
                text = unescape(text)
            shown = convert(kind, style, text)
            if shown is None:
                shown, problem = "", LOST_TEXT
            if column == len(cells) < MOST_COLUMNS:
                cells.append(shown)
            else:
                problem = _place(cells, column, shown) or problem
        else:
            if formula and kind != "str":  # an empty text as the result is said to be a text
                convert.unworked += 1
            if column == len(cells) < MOST_COLUMNS:
                cells.append("")
    if len(chunk) > LONGEST_ROW and sum(len(cell.encode("utf-8", "replace")) for cell in cells) > LONGEST_ROW:
        return [], TOO_LONG
    return cells, problem


def _carefully(chunk: str, convert: Values) -> tuple[list[str], str | None]:
    reader = CarefulReader(convert)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(f"<x>{chunk[chunk.rfind('<row'):]}</row></x>".encode(), True)
    _, cells, problem = reader.rows[-1] if reader.rows else (0, [], None)
    return cells, problem


def _place(cells: list[str], column: int, value: str) -> str | None:
    """Put a value where it belongs; the problem if that is beyond the last column."""
    if column >= MOST_COLUMNS:
        return f"has a cell in column {column + 1}; {MOST_COLUMNS} are the most" if value.strip() else None
    if column >= len(cells):
        cells.extend([""] * (column + 1 - len(cells)))
    cells[column] = value
    return None


class CarefulReader:
    """Collects the cells of a sheet from an XML parser's events into rows."""

    def __init__(self, convert: Values):
        self.convert = convert
        self.rows: list[tuple[int, list[str], str | None]] = []
        self.number = 0
        self.cells: list[str] = []
        self.problem: str | None = None
        self.size = self.column = 0
        self.kind = self.style = ""
        self.pieces: list[str] = []
        self.listening = False
        self.tags: dict[str, str] = {}
        self.phonetic = self.formula = False

    def start(self, tag, attributes):
        """An element begins."""
        name = self.tags.get(tag)
        if name is None:
            name = self.tags.setdefault(tag, tag.rpartition(":")[2])
        if name == "c":
            reference = attributes.get("r")
            self.column = column_number(reference) if reference else len(self.cells)
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.pieces, self.formula = [], False
        elif name in ("v", "t"):
            self.listening = True
        elif name == "f":
            self.formula = True
        elif name == "rPh":
            self.phonetic = True
        elif name == "mergeCell":
            rows = re.findall(r"\d+", attributes.get("ref", ""))
            self.convert.merged += len(set(rows)) > 1
        elif name == "row":
            number = attributes.get("r", "")
            self.convert.hidden += attributes.get("hidden") in ("1", "true")
            self.number = int(number) if number.isdigit() and len(number) < 9 else self.number + 1
            self.cells, self.problem, self.size = [], None, 0

    def text(self, data):
        """Text of a cell; what is beyond the bound isn't kept."""
        if self.listening and not self.phonetic:
            self.size += len(data)
            if self.size > LONGEST_ROW:
                self.problem = TOO_LONG
            else:
                self.pieces.append(data)

    def end(self, tag):
        """An element ends: its cell or row is complete."""
        name = self.tags[tag]
        if name in ("v", "t"):
            self.listening = False
        elif name == "rPh":
            self.phonetic = False
        elif name == "c":
            if self.pieces:
                value = self.convert(self.kind, self.style, "".join(self.pieces))
                if value is None:
                    value, self.problem = "", LOST_TEXT
                self.problem = _place(self.cells, self.column, value) or self.problem
            else:
                self.convert.unworked += self.formula and self.kind != "str"
                if self.column == len(self.cells) < MOST_COLUMNS:
                    self.cells.append("")
        elif name == "row" and (self.cells or self.problem):
            self.rows.append((self.number, self.cells, self.problem))


def plain_text(text: str) -> str:
    """`_x000D_` is how a workbook writes what XML can't hold."""
    if "_x" not in text:
        return text
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def column_number(reference: str) -> int:
    """`C7` -> 2."""
    number = 0
    for char in reference[:8]:
        if not char.isalpha():
            break
        number = number * 26 + (ord(char.upper()) - 64)
    return number - 1


def integer_of(text) -> int:
    """A small whole number out of an attribute; 0 for anything else."""
    return int(text) if text and text.isdigit() and len(text) < 9 else 0


def number_text(text: str) -> str:
    """`30.0` -> `30`, `0.30000000000000004` -> `0.3`: as the spreadsheet shows it, which keeps 15 digits."""
    if text.isdigit() and len(text) <= 15:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or abs(number) > 1e300:
        return text
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    shown = f"{number:.15g}"
    if "e" not in shown:
        return shown
    return f"{number:.0f}" if abs(number) >= 1e15 else f"{number:.20f}".rstrip("0")


BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), "hh:mm"),
    22: "yyyy-mm-dd hh:mm",
    46: "[h]:mm:ss",
}


def kind_of_format(code: str) -> str:
    """What a number format makes of a number: date, time, moment, duration, so many digits (`00000`), or nothing."""
    if re.search(r"\[(h+|m+|s+)\]", code, re.IGNORECASE):
        return "duration"
    # Text in quotes, escaped letters, colours and locales say nothing.
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code).lower().split(";")[0]
    if re.fullmatch(r"0{2,20}", bare) and bare in code:
        return bare  # a postcode, an article number: the zeros in front are part of it
    if "general" in bare or re.search(r"[0#?@]", bare.replace("ss.000", "").replace("ss.00", "").replace("ss.0", "")):
        return ""
    has_day, has_time = bool(re.search(r"[yd]|mmm|^m+$|^m[/.-]", bare)), bool(re.search(r"[hs]|am/pm", bare))
    return "moment" if has_day and has_time else "date" if has_day else "time" if has_time else ""


def date_text(text: str, form: str, epoch_1904: bool) -> str:
    """The ISO text of a day count, to the second."""
    try:
        days = float(text)
    except ValueError:
        return text
    if not -1 < days < 2_958_466:
        return number_text(text)
    seconds = round(days * 86_400)
    if form == "duration":
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    whole, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if form == "time" and not whole:
        return clock
    # Before March 1900 the count is one off, for a leap day that never was.
    start = datetime.date(1904, 1, 1) if epoch_1904 else datetime.date(1899, 12, 31 if whole < 60 else 30)
    try:
        day = (start + datetime.timedelta(days=whole)).isoformat()
    except OverflowError:
        return number_text(text)
    return day if rest == 0 and form != "moment" else f"{day} {clock}"
