"""Rows out of .xlsx, streamed, as stable text: a sheet of a million rows takes no more memory than a small one.

A workbook is a zip of XML. Sizes and ratios are read before anything is unpacked and counted again while it is,
since the directory of a zip may lie (RELIABILITY R20). No part may declare entities.
"""

import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.parsers import expat

from winnow.intake.sheetrows import (
    BUILT_IN,
    CarefulReader,
    Values,
    integer_of,
    kind_of_format,
    plain_text,
    quick_rows,
)
from winnow.intake.unreadable import HIGHEST_RATIO, LARGEST_WORKBOOK, MOST_PARTS, Unreadable

BLOCK = 262_144

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
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable(path.name, "the workbook is damaged", SAVE_AGAIN) from error
        # Names differ in nothing but case for no part of a workbook, and some programs write them with backslashes.
        self.parts = {part_name(info.filename): info for info in self.zip.infolist()}
        self._check_parts()
        main = self._linked("_rels/.rels", "/officedocument") or "xl/workbook.xml"
        self.main = main if main in self.parts and main.endswith(".xml") else "xl/workbook.xml"
        if self.main not in self.parts:
            raise Unreadable(path.name, f"it is {self._other_kind()}", "save it as XLSX or CSV")
        self.sheets, self.epoch_1904 = self._read_sheets()
        self.values: Values | None = None
        if not self.sheets:
            raise Unreadable(path.name, "the workbook has no sheet with cells", "save it again as XLSX or CSV")

    def _other_kind(self) -> str:
        names = self.parts
        for part, kind in (
            ("xl/workbook.bin", "a binary workbook (.xlsb)"),
            ("content.xml", "an OpenDocument file"),
            ("index/document.iwa", "a file of Numbers"),
            ("word/document.xml", "a text document (.docx)"),
            ("ppt/presentation.xml", "a presentation (.pptx)"),
        ):
            if part in names:
                return kind
        return "a zip archive and no workbook; unpack it first" if names else "an empty zip archive"

    def _linked(self, part: str, kind: str) -> str:
        """The part to which another one links as its workbook, texts or styles; empty where it doesn't."""
        folder = part.rpartition("_rels/")[0]
        for tag, attributes in self._elements(part):
            if tag == "Relationship" and attributes.get("Type", "").lower().endswith(kind):
                target = part_name(attributes.get("Target", ""))
                found = next((name for name in (folder + target, target) if name in self.parts), "")
                if found:
                    return found
        return ""

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

    def _blocks(self, name: str) -> Iterator[bytes]:
        """A part, block by block, and no more of it than its packed size allows."""
        info = self.parts.get(name)
        if info is None:
            return
        unpacked, most = 0, max(SMALL_PART, HIGHEST_RATIO * info.compress_size)
        try:
            with self.zip.open(info) as part:
                while block := part.read(BLOCK):
                    unpacked += len(block)
                    if unpacked > most:
                        reason = f"{name} unpacks to more than {HIGHEST_RATIO} times its size"
                        raise Unreadable(self.path.name, reason, SAVE_AS_CSV)
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Unreadable(self.path.name, f"{name} in the workbook is damaged", SAVE_AGAIN) from error

    def _events(self, name: str, start, end, text) -> Iterator[None]:
        """Feed a part to the three handlers, block by block."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        parser.EntityDeclHandler = self._refuse_entities
        block = None
        try:
            for block in self._blocks(name):
                parser.Parse(block, False)
                yield
            if block is not None:
                parser.Parse(b"", True)
                yield
        except expat.ExpatError as error:
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
        folder, _, name = self.main.rpartition("/")
        self.links = f"{folder}/_rels/{name}.rels".lstrip("/")
        targets = {
            attributes.get("Id"): attributes.get("Target", "")
            for tag, attributes in self._elements(self.links)
            if tag == "Relationship"
        }
        sheets, epoch_1904 = [], False
        for tag, attributes in self._elements(self.main):
            if tag == "workbookPr":
                epoch_1904 = attributes.get("date1904") in ("1", "true")
            elif tag == "sheet":
                target = targets.get(attributes.get("id"), "")
                part = part_name(target if target.startswith(("/", "\\")) else f"{folder}/{target}")
                if part in self.parts and "chartsheet" not in part:
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append((attributes.get("name", part), part, hidden))
        return sheets, epoch_1904

    @property
    def unworked(self) -> int:
        """Formulas without a result that the rows read so far have."""
        return self.values.unworked if self.values else 0

    def aside(self) -> dict[str, int]:
        """Rows hidden in the sheet that was read last, and cells merged over several rows."""
        found = self.values
        return {"hidden_rows": found.hidden, "merged_cells": found.merged} if found else {}

    def sheet_names(self) -> list[str]:
        return [name for name, _, _ in self.sheets]

    def visible(self) -> list[str]:
        return [name for name, _, hidden in self.sheets if not hidden] or self.sheet_names()

    def _formats(self) -> list[str]:
        """For each cell style: date, time, moment, duration or nothing."""
        codes: dict[int, str] = {}
        styles: list[str] = []
        inside = False
        for tag, attributes in self._elements(self._linked(self.links, "/styles") or "xl/styles.xml"):
            if tag == "numFmt":
                codes[integer_of(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
                inside = tag == "cellXfs"
            elif tag == "xf" and inside:
                number = integer_of(attributes.get("numFmtId"))
                styles.append(kind_of_format(codes.get(number, BUILT_IN.get(number, ""))))
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
                text = plain_text("".join(pieces))
                # What a text takes in memory, not in the file.
                state["size"] += 2 * len(text) + 60 if not text.isascii() else len(text) + 57
                if state["size"] > MOST_TEXT:
                    reason = f"the workbook's texts take more than {MOST_TEXT >> 20} MB"
                    raise Unreadable(self.path.name, reason, SAVE_AS_CSV)
                texts.append(text)

        def text(data):
            if state["text"]:
                pieces.append(data)

        name = self._linked(self.links, "/sharedstrings") or "xl/sharedstrings.xml"
        for _ in self._events(name, start, end, text):
            pass
        return texts

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str], str | None]]:
        """(row number, cells, problem) of each row that has cells."""
        part = next(part for name, part, _ in self.sheets if name == sheet)
        convert = Values(self._shared_text(), self._formats(), self.epoch_1904)
        self.values = convert
        refuse = partial(self._refuse_sheet, sheet)
        rows = quick_rows(self._blocks(part), convert, refuse)
        if rows is None:
            rows = self._careful_rows(part, convert)
        try:
            yield from rows
        except (expat.ExpatError, UnicodeDecodeError) as error:
            raise Unreadable(self.path.name, f"{part} in the workbook is damaged", SAVE_AGAIN) from error

    def _refuse_sheet(self, sheet: str, reason: str):
        raise Unreadable(f"{self.path.name}, sheet {sheet!r}", reason, SAVE_AGAIN)

    def _careful_rows(self, part: str, convert: Values):
        reader = CarefulReader(convert)
        for _ in self._events(part, reader.start, reader.end, reader.text):
            if reader.rows:
                yield from reader.rows
                reader.rows = []


def part_name(name: str) -> str:
    """A part's name as it is looked up."""
    return name.replace("\\", "/").lstrip("/").lower()


def check_size(path: Path, most: int):
    size = path.stat().st_size
    if size > most:
        reason = f"the workbook has {size / 1_048_576:.0f} MB where {most >> 20} are the most"
        raise Unreadable(path.name, reason, SAVE_AS_CSV)
