"""What a mail holds, read: its text whatever character set it claims, its HTML as text, and what is attached.

Pure; never raises for what somebody else wrote. What can't be read is said, never dropped.
"""

import html
import re
from email.message import Message

LONGEST_TEXT = 60_000
MOST_ATTACHMENTS = 50
_LONGEST_MARKUP = 4 * LONGEST_TEXT
_MOST_BYTES = 8 * LONGEST_TEXT
# Names that programs give to character sets, and what they mean by them. What is called Latin-1 is mostly Windows'.
_CHARSETS = {
    "us-ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4-1968": "utf-8", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "iso_8859-1": "cp1252", "iso-8859-8-i": "iso-8859-8", "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "shift_jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "windows-874": "cp874", "tis-620": "cp874",
    "x-cp1251": "cp1251", "iso-8859-9": "cp1254", "unicode": "utf-8", "utf8": "utf-8", "utf-8mb4": "utf-8",
    "unknown-8bit": "utf-8", "x-unknown": "utf-8", "default": "utf-8", "none": "utf-8",
}  # fmt: skip


def decoded(payload: bytes, charset: str | None) -> str:
    """The text of these bytes: as they claim, else as UTF-8, else as Windows writes Western Europe."""
    payload = payload[:_MOST_BYTES]
    name = (charset or "utf-8").strip("\"' ").lower()
    claimed = _CHARSETS.get(name, name)
    for one in dict.fromkeys((claimed, "utf-8")):
        try:
            return payload.decode(one).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    if len(payload) == _MOST_BYTES or claimed not in ("utf-8", "cp1252"):  # cut in the middle, or mostly right
        try:
            text = payload.decode(claimed, "replace")
            if text.count("\ufffd") * 50 < len(text):
                return text
        except (LookupError, ValueError):
            pass
    return payload.decode("cp1252", "replace")


def storable(text: str) -> str:
    """The text without what no database keeps: a NUL goes, half a character becomes a question mark."""
    return text if text.isascii() and "\0" not in text else text.replace("\0", "").encode("utf-8", "replace").decode()


def text_of(parts: list[Message]) -> str:
    """The plain text of a mail, or its HTML as text; parts that it encloses as mails are left out."""
    plain, rich = [], []
    for part in own_parts(parts):
        if part.get_content_maintype() != "text" or part.get_content_disposition() == "attachment":
            continue
        if part.get_content_type() in ("text/rfc822-headers", "text/calendar"):
            continue
        words = decoded(_payload(part), _charset(part))
        (rich if part.get_content_type() == "text/html" else plain).append(words)
    text = "\n".join(plain)
    if not text.strip() and rich:
        text = from_html("\n".join(rich))
    return storable(text.replace("\r\n", "\n")[:LONGEST_TEXT])


def own_parts(parts: list[Message]) -> list[Message]:
    """The parts of a mail without those of the mails that it encloses."""
    skipped: set[int] = set()
    found = []
    for part in parts:
        if id(part) in skipped:
            continue
        if part.get_content_maintype() == "message":
            skipped |= {id(inner) for inner in part.walk()}
            continue
        found.append(part)
    return found


def _payload(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else str(part.get_payload()).encode("utf-8", "replace")


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError):
        return None


# -- HTML -------------------------------------------------------------------------------------------------------------
_UNSEEN = ("script", "style", "head", "title")
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/tr|/li|/h[1-6]|/table|/?blockquote|/pre|/dd|/dt)\b[^<>]{0,2000}>", re.I)
_CELL = re.compile(r"</t[dh]\b[^<>]{0,200}>", re.I)
_TAG = re.compile(r"<[!/a-z?][^<>]{0,4000}>", re.I)


def from_html(markup: str) -> str:
    """What a reader sees of it, line by line. What is hidden from readers (scripts, styles, comments) is left out."""
    markup = _between(markup[:_LONGEST_MARKUP], "<!--", "-->")
    for name in _UNSEEN:
        markup = _between(markup, f"<{name}", f"</{name}>")
    markup = re.sub(r"\s+", " ", markup)
    markup = _CELL.sub(" ", _BREAK.sub("\n", markup))
    text = html.unescape(_TAG.sub("", markup)).replace("\u00a0", " ").replace("\u200b", "")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _between(text: str, start: str, end: str) -> str:
    """The text without what stands from a start to the next end, both included; what is never ended stays."""
    lower, found, place = text.lower(), [], 0
    while (begin := lower.find(start, place)) >= 0:
        after = lower[begin + len(start) : begin + len(start) + 1]
        if start != "<!--" and after.isalnum():  # <header> is no <head>
            found.append(text[place : begin + len(start)])
            place = begin + len(start)
            continue
        stop = lower.find(end, begin)
        if stop < 0:
            break
        found.append(text[place:begin])
        place = stop + len(end)
    return "".join([*found, text[place:]])


# -- what is attached -------------------------------------------------------------------------------------------------
def attachments_of(mail: Message) -> list[list]:
    """What is attached, [name, type, bytes] each. It stays within the raw mail; it is never opened."""
    found = []
    for part in mail.walk():
        if part.is_multipart() and part.get_content_maintype() != "message":
            continue
        name = _name(part)
        enclosed = part.get_content_maintype() == "message" and part is not mail
        shown = part.get_content_maintype() in ("text", "multipart") and part.get_content_disposition() != "attachment"
        if part is mail or not (name or enclosed or not shown):
            continue
        if part.get_content_type() in ("message/delivery-status", "message/feedback-report"):
            continue
        size = len(part.as_bytes()) if enclosed and len(found) < 5 else 0 if enclosed else len(_payload(part))
        found.append([(name or "without a name")[:120], storable(part.get_content_type()[:80]), size])
        if len(found) >= MOST_ATTACHMENTS:
            break
    return found


def _name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        name = "?"
    return " ".join(storable(str(name)).split())


def sealed_as(mail: Message) -> str:
    """Why the words of a mail can't be read here; empty when they can."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "multipart/encrypted" or (
            kind in ("application/pkcs7-mime", "application/x-pkcs7-mime")
            and str(part.get_param("smime-type") or "enveloped-data").lower() != "signed-data"
        ):
            return "is encrypted; only its reader's own program can open it"
        if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or _name(part).lower() == "winmail.dat":
            return "came as winmail.dat, which only Outlook can open; ask for it as plain text or HTML"
    return ""


# -- what is new in an answer ------------------------------------------------------------------------------------------
_QUOTED = re.compile(
    r"^(?:>|-{2,} ?(?:original message|ursprüngliche nachricht|message d.origine|mensaje original)|on .{5,120}\bwrote:"
    r"|am .{5,120}\bschrieb\b.{0,120}:|le .{5,120}\ba écrit ?:|el .{5,120}\bescribió:"
    r"|_{10,}|(?:from|von): .{1,200})", re.I,
)  # fmt: skip


def new_words(text: str) -> str:
    """What somebody wrote, without what they quote below it and without the signature."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTED.match(line.strip()) or line.rstrip() == "--" or line == "-- ":
            break
        lines.append(line.rstrip())
    words = "\n".join(lines).strip()
    return (words or text.strip())[:10_000]
