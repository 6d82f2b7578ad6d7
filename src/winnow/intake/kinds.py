"""What a single cell is by its looks. Lengths are capped before any pattern runs."""

import re

from winnow.intake.contacts import looks_like_addresses
from winnow.intake.dates import looks_like_date
from winnow.intake.numbers import read_number

_YES = ("true yes y t 1 ja j oui o sí si s wahr vrai verdadero x ✓ on", True)
_NO = ("false no n f 0 nein non falsch faux falso - off", False)
BOOLEANS = {word: value for words, value in (_YES, _NO) for word in words.split()}
_CLEAR_BOOLEANS = frozenset(word for word in BOOLEANS if len(word) > 1) - {"on", "off", "si"}
_NOTHING = "null NULL Null None N/A n/a #N/A #VALUE! #REF! #DIV/0! #NAME? #NULL! #NUM! nan NaN \\N - -- —"
MISSING = frozenset(_NOTHING.split()) | {
    "", "(blank)", "(none)", "undefined", "0000-00-00", "0000-00-00 00:00:00", "00.00.0000",
}  # fmt: skip
"""What stands for nothing in files from everywhere. A mapping's own `missing` takes its place."""
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")
_EMAIL = re.compile(r"[^@\s,;:<>()\"]{1,64}@[^@\s,;:<>()\"]{1,200}\.[^@\s,;:.<>()\"]{2,24}")
_URL = re.compile(r"(https?://|www\.)[^\s.]+\.\S+", re.IGNORECASE)
_PHONE = re.compile(r"[+(]?\d[\d ().\-/]{5,24}(?: ?(?:x|ext\.?) ?\d{1,6})?")
_MASKED = re.compile(r"\+?\d{0,12}[ -]?X{3,}\d{0,4}|[*]{3,}|X{3,}|[^\sX]{0,20}X{5,}[^\sX]{0,40}")


def is_masked(text: str) -> bool:
    """Crossed out by whoever made the file (`984XXXXXXX`)."""
    return len(text) <= 60 and _MASKED.fullmatch(text) is not None


def kind_of(text: str) -> str:
    """missing, masked, integer, decimal, date, boolean, email, phone, url or text."""
    text = text.strip()
    if text in MISSING:
        return "missing"
    if len(text) > 254:
        return "url" if len(text) < 2048 and _URL.fullmatch(text) else "text"
    if _is_code(text):
        return "text"
    first = text[0]
    if first.isdigit() or first in "+-.,($€£¥−":
        if _INTEGER.fullmatch(text):
            return "date" if len(text) == 8 and looks_like_date(text) else "integer"
        if looks_like_date(text):
            return "date"
        if (len(text) <= 40 and _is_phone(text)) or (":::" in text and all(map(_is_phone, text.split(" ::: ")))):
            return "phone"
        if (number := read_number(text)) is not None:
            whole = number == number.to_integral_value() and not re.search(r"[.,]\d{1,2}\D*$", text)
            return "integer" if whole else "decimal"
    elif looks_like_date(text):
        return "date"
    if "@" in text and (_EMAIL.fullmatch(text) or looks_like_addresses(text)):
        return "email"
    if text.lower() in _CLEAR_BOOLEANS:
        return "boolean"
    if is_masked(text):
        return "masked"
    if _URL.fullmatch(text):
        return "url"
    if len(text) <= 40 and re.search(r"\d", text) and read_number(text) is not None:
        return "decimal"
    return "text"


def _is_code(text: str) -> bool:
    """A number with a zero in front (a postcode, an article number): text, or the zero would be lost."""
    return bool(re.fullmatch(r"0\d+", text))


def _is_phone(text: str) -> bool:
    if not _PHONE.fullmatch(text):
        return False
    digits = sum(c.isdigit() for c in text)
    if not 7 <= digits <= 17:
        return False
    if text[0] == "+":
        return True
    # 1.234.567 and 1 234 567 are numbers; 030/123456 and 650-253-0000 are not.
    if re.search(r"[()/]|\d-\d|^0[\d ]+$", text):
        return True
    return len(re.findall(r"[ .]", text)) > 1 and read_number(text) is None
