"""What comes under the name of a table and is none: told by its first bytes, and refused with what it is."""

import re
from pathlib import Path

from winnow.intake import encodings
from winnow.intake.unreadable import Unreadable

_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "an RTF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"BZh9", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
)
_SAVE_AS = "save it as CSV or XLSX"
_EXPORT = "export the list as CSV"
_FOREIGN_TEXTS = tuple(
    (kind, way_out, re.compile(pattern))
    for kind, way_out, pattern in (
        ("a web page or XML", "open it in a spreadsheet program and save it as XLSX or CSV",
         rb"<(!--|!doctype|\?xml|/?(html|head|body|meta|title|style|script|table|thead|tr|td|div|span|p|br|font|center|h\d"
         rb"|pre|workbook|worksheet)\b)"),
        ("JSON", _SAVE_AS, rb"\[\s*[\[{]|\{\s*\""),
        ("a web archive", "open it in a spreadsheet program and save it as XLSX or CSV",
         rb"mime-version:[^\n]*\r?\n(.*\n)*?content-type: *multipart/related"),
        ("a business card (vCard)", _EXPORT, rb"begin:vcard\b"),
        ("a calendar", _EXPORT, rb"begin:vcalendar\b"),
        ("a mail", "bring it in by the mailbox, or save the list that it brings",
         rb"(?:(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type): .*\r?\n"
         rb"(?:[ \t].*\r?\n)*){3}"),
        ("a directory (LDIF)", _EXPORT, rb"(version: 1\s+|#[^\n]*\n)*dn::? \w+="),
        ("a script for a database (SQL)", _EXPORT,
         rb"(--[^\n]*\n|/\*.*?\*/;?|\s+)*(insert into|create table|drop table|set names|begin transaction)\b"),
    )
)  # fmt: skip


def refuse_foreign(path: Path, magic: bytes):
    """Unreadable with what the file is, by its first bytes; nothing where it may be a table."""
    for beginning, kind in _FOREIGN:
        if magic.lstrip(b"\r\n\t ").startswith(beginning):
            raise Unreadable(path.name, f"it is {kind}, not a table", "save it as CSV or XLSX")
    text = magic.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    for kind, way_out, pattern in _FOREIGN_TEXTS:
        if pattern.match(text):
            raise Unreadable(path.name, f"it is {kind}, whatever its name says", way_out)
    controls = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 29 for byte in magic if byte)
    if controls > 0.05 * len(magic) and b"\0" in magic and not encodings.detect(path).name.startswith("utf-"):
        raise Unreadable(path.name, "it is no text but bytes of some program", "save it as CSV or XLSX")
