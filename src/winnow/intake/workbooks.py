"""Rows out of .xlsx, streamed, as stable text: a sheet of a million rows takes no more memory than a small one.

A workbook is a zip of XML. Sizes and ratios are read before anything is unpacked and counted again while it is,
since the directory of a zip may lie (RELIABILITY R20). No part may declare entities.
"""

import datetime
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from winnow.intake.unreadable import (
    HIGHEST_RATIO,
    LARGEST_WORKBOOK,
    LONGEST_ROW,
    MOST_COLUMNS,
    MOST_PARTS,
    Unreadable,
)

SMALL_PART = 1_048_576
"""Parts up to this size may be packed more tightly: a page of styles is one repeated line."""
MOST_UNPACKED = 1024 * 1_048_576
"""Bytes of all parts together."""
MOST_TEXT = 100 * 1_048_576
"""Bytes of shared text that are kept in memory."""
SAVE_AS_CSV = "save it as CSV"
SAVE_AGAIN = "save it again in the spreadsheet program"


class Workbook:
    """An .xlsx file: its sheets by name, and the rows of one of them."""

    def __init__(self, path: Path):
        self.path = path
        check_size(path, LARGEST_WORKBOOK)
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Unreadable(path.name, "the workbook is damaged", SAVE_AGAIN) from error
        self.parts = {info.filename.lstrip("/"): info for info in self.zip.infolist()}
        self._check_parts()
        if "xl/workbook.xml" not in self.parts:
            kind = "binary workbook (.xlsb)" if "xl/workbook.bin" in self.parts else "zip archive and no workbook"
            if "mimetype" in self.parts and "content.xml" in self.parts:
                kind = "OpenDocument file"
            raise Unreadable(path.name, f"it is a {kind}", "save it as XLSX or CSV")
        self.sheets, self.epoch_1904 = self._read_sheets()
        if not self.sheets:
            raise Unreadable(path.name, "the workbook has no sheet with cells", "save it again as XLSX or CSV")

    def _check_parts(self):
        if len(self.parts) > MOST_PARTS:
            reason = f"the workbook holds {len(self.parts)} files where {MOST_PARTS} are the most"
            raise Unreadable(self.path.name, reason, SAVE_AS_CSV)
        if sum(info.file_size for info in self.parts.values()) > MOST_UNPACKED:
            raise Unreadable(self.path.name, f"it unpacks to more than {MOST_UNPACKED >> 20} MB", SAVE_AS_CSV)
        for info in self.parts.values():
            if info.flag_bits & 1:
                raise Unreadable(self.path.name, "the workbook is encrypted", "save it without a password")
            if info.file_size > max(SMALL_PART, HIGHEST_RATIO * info.compress_size):
                reason = f"{info.filename} unpacks to more than {HIGHEST_RATIO} times its size"
                raise Unreadable(self.path.name, reason, SAVE_AS_CSV)

    def _events(self, name: str, start, end, text) -> Iterator[None]:
        """Feed a part to the three handlers, block by block."""
        info = self.parts.get(name)
        if info is None:
            return
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        parser.EntityDeclHandler = self._refuse_entities
        unpacked, most = 0, max(SMALL_PART, HIGHEST_RATIO * info.compress_size)
        try:
            with self.zip.open(info) as part:
                while block := part.read(65_536):
                    unpacked += len(block)
                    if unpacked > most:
                        reason = f"{name} unpacks to more than {HIGHEST_RATIO} times its size"
                        raise Unreadable(self.path.name, reason, SAVE_AS_CSV)
                    parser.Parse(block, False)
                    yield
                parser.Parse(b"", True)
                yield
        except (expat.ExpatError, zipfile.BadZipFile, EOFError, NotImplementedError, OSError, UnicodeError) as error:
            raise Unreadable(self.path.name, f"{name} in the workbook is damaged", SAVE_AGAIN) from error
        except Exception as error:
            # zlib.error has no base of its own to catch.
            if type(error).__module__ != "zlib":
                raise
            raise Unreadable(self.path.name, f"{name} in the workbook is damaged", SAVE_AGAIN) from error

    def _refuse_entities(self, *_):
        raise Unreadable(self.path.name, "the workbook declares entities, as only an attack does", SAVE_AS_CSV)

    def _elements(self, name: str) -> list[tuple[str, dict]]:
        """All elements of a small part with their attributes, in order; prefixes taken off."""
        found: list[tuple[str, dict]] = []

        def start(tag, attributes):
            if len(found) > 200_000:
                raise Unreadable(self.path.name, f"{name} in the workbook is too large", SAVE_AS_CSV)
            found.append((tag.rpartition(":")[2], {key.rpartition(":")[2]: v for key, v in attributes.items()}))

        for _ in self._events(name, start, None, None):
            pass
        return found

    def _read_sheets(self) -> tuple[list[tuple[str, str, bool]], bool]:
        """(name, part, hidden) of each sheet, and whether days count from 1904."""
        targets = {
            attributes.get("Id"): attributes.get("Target", "")
            for tag, attributes in self._elements("xl/_rels/workbook.xml.rels")
            if tag == "Relationship"
        }
        sheets, epoch_1904 = [], False
        for tag, attributes in self._elements("xl/workbook.xml"):
            if tag == "workbookPr":
                epoch_1904 = attributes.get("date1904") in ("1", "true")
            elif tag == "sheet":
                target = targets.get(attributes.get("id"), "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                if part in self.parts and "chartsheet" not in part:
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append((attributes.get("name", part), part, hidden))
        return sheets, epoch_1904

    def sheet_names(self) -> list[str]:
        return [name for name, _, _ in self.sheets]

    def visible(self) -> list[str]:
        return [name for name, _, hidden in self.sheets if not hidden] or self.sheet_names()

    def _formats(self) -> list[str]:
        """For each cell style: date, time, moment, duration or nothing."""
        codes: dict[int, str] = {}
        styles: list[str] = []
        inside = False
        for tag, attributes in self._elements("xl/styles.xml"):
            if tag == "numFmt":
                codes[_integer(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = tag == "cellXfs"
            elif tag == "xf" and inside:
                number = _integer(attributes.get("numFmtId"))
                styles.append(_kind_of_format(codes.get(number, _BUILT_IN.get(number, ""))))
        return styles

    def _shared_text(self) -> list[str]:
        texts: list[str] = []
        pieces: list[str] = []
        state = {"text": False, "phonetic": False, "size": 0}

        def start(tag, _):
            tag = tag.rpartition(":")[2]
            if tag == "si":
                pieces.clear()
            elif tag == "rPh":
                state["phonetic"] = True
            state["text"] = tag == "t" and not state["phonetic"]

        def end(tag):
            tag = tag.rpartition(":")[2]
            state["text"] = False
            if tag == "rPh":
                state["phonetic"] = False
            elif tag == "si":
                text = "".join(pieces)
                # What a text takes in memory, not in the file.
                state["size"] += 2 * len(text) + 60 if not text.isascii() else len(text) + 57
                if state["size"] > MOST_TEXT:
                    reason = f"the workbook's texts take more than {MOST_TEXT >> 20} MB"
                    raise Unreadable(self.path.name, reason, SAVE_AS_CSV)
                texts.append(text)

        def text(data):
            if state["text"]:
                pieces.append(data)

        for _ in self._events("xl/sharedStrings.xml", start, end, text):
            pass
        return texts

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str], str | None]]:
        """(row number, cells, problem) of each row that has cells."""
        part = next(part for name, part, _ in self.sheets if name == sheet)
        reader = _SheetReader(self._shared_text(), self._formats(), self.epoch_1904)
        for _ in self._events(part, reader.start, reader.end, reader.text):
            if reader.rows:
                yield from reader.rows
                reader.rows = []


class _SheetReader:
    """Collects the cells of a sheet from the parser's events into rows."""

    def __init__(self, shared: list[str], formats: list[str], epoch_1904: bool):
        self.shared, self.formats, self.epoch_1904 = shared, formats, epoch_1904
        self.rows: list[tuple[int, list[str], str | None]] = []
        self.number = 0
        self.cells: list[str] = []
        self.problem: str | None = None
        self.size = self.column = 0
        self.kind = self.style = ""
        self.pieces: list[str] = []
        self.listening = False
        self.tags: dict[str, str] = {}

    def start(self, tag, attributes):
        name = self.tags.get(tag)
        if name is None:
            name = self.tags.setdefault(tag, tag.rpartition(":")[2])
        if name == "c":
            reference = attributes.get("r")
            self.column = _column(reference) if reference else len(self.cells)
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.pieces = []
        elif name in ("v", "t"):
            self.listening = True
        elif name == "rPh":
            self.phonetic = True
        elif name == "row":
            number = attributes.get("r", "")
            self.number = int(number) if number.isdigit() and len(number) < 9 else self.number + 1
            self.cells, self.problem, self.size = [], None, 0

    phonetic = False

    def text(self, data):
        if self.listening and not self.phonetic:
            self.size += len(data)
            if self.size > LONGEST_ROW:
                self.problem = "is longer than 1 MB"
            else:
                self.pieces.append(data)

    def end(self, tag):
        name = self.tags[tag]
        if name in ("v", "t"):
            self.listening = False
        elif name == "rPh":
            self.phonetic = False
        elif name == "c":
            if self.pieces:
                value = self._value("".join(self.pieces))
                if self.column >= MOST_COLUMNS:
                    if value.strip():
                        self.problem = f"has a cell in column {self.column + 1}; {MOST_COLUMNS} are the most"
                    return
                missing = self.column - len(self.cells)
                if missing >= 0:
                    self.cells.extend([""] * missing)
                    self.cells.append(value)
                else:
                    self.cells[self.column] = value
            elif self.column == len(self.cells) < MOST_COLUMNS:
                self.cells.append("")
        elif name == "row" and (self.cells or self.problem):
            self.rows.append((self.number, self.cells, self.problem))

    def _value(self, text: str) -> str:
        kind = self.kind
        if kind == "s":
            try:
                return _unescaped(self.shared[int(text)])
            except (ValueError, IndexError):
                self.problem = "refers to a text that the workbook doesn't have"
                return ""
        if kind in ("str", "inlineStr"):
            return _unescaped(text)
        if kind == "b":
            return "true" if text.strip() == "1" else "false"
        if kind == "n":
            style = self.style
            form = self.formats[int(style)] if style.isdigit() and int(style) < len(self.formats) else ""
            return date_text(text, form, self.epoch_1904) if form else number_text(text)
        # Errors (`#DIV/0!`) and ISO dates stand there as their text.
        return text


def _unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes what XML can't hold."""
    if "_x" not in text:
        return text
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def _column(reference: str) -> int:
    number = 0
    for char in reference[:8]:
        if not char.isalpha():
            break
        number = number * 26 + (ord(char.upper()) - 64)
    return number - 1


def _integer(text) -> int:
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


_BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), "hh:mm"),
    22: "yyyy-mm-dd hh:mm",
    46: "[h]:mm:ss",
}


def _kind_of_format(code: str) -> str:
    """What a number format makes of a number: date, time, moment, duration, or nothing."""
    if re.search(r"\[(h+|m+|s+)\]", code, re.IGNORECASE):
        return "duration"
    # Text in quotes, escaped letters, colours and locales say nothing.
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", code).lower().split(";")[0]
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


def check_size(path: Path, most: int):
    size = path.stat().st_size
    if size > most:
        reason = f"the workbook has {size / 1_048_576:.0f} MB where {most >> 20} are the most"
        raise Unreadable(path.name, reason, SAVE_AS_CSV)
