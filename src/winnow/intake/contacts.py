"""One address, one telephone number, one company's domain out of a cell that holds several, or more than that."""

import re

from winnow.leads.addresses import domain_of

_ONE = r"[^@\s,;:|<>()\[\]\"']{1,64}@[^@\s,;:|<>()\[\]\"']{1,200}\.[^@\s,;:|<>()\[\]\"'.]{2,24}"
_ADDRESS = re.compile(_ONE)
_WRAPPED = re.compile(
    rf"(?:(?:smtp|e-?mail|mail|mailto):\s*)?(?:[^@<>]{{0,120}}<(?P<named>{_ONE})>|['\"<(]?(?P<bare>{_ONE})['\">).]*)"
    r"(?:\s*[(\[][^@()\[\]]{0,60}[)\]])?",
    re.IGNORECASE,
)
_BETWEEN_ADDRESSES = re.compile(r"\s*(?:[,;|\n\r\t]|:::|\s/\s|\s(?:or|oder|ou|und|and|et|y)\s)\s*|\s+(?=\S+@)")
_BETWEEN_NUMBERS = re.compile(r"\s*(?:[,;|\n\r\t]|:::|\s/\s|\s(?:or|oder|o\.|ou|und|and|et|y)\s)\s*")
_COUNTED = re.compile(r"(\d)[.,](\d{5,16})[eE]\+?(\d{1,2})")
_NUMBER = re.compile(r"\+?[\d(][\d ()/.\-–]{4,30}")
# Pages of people and firms on somebody else's site: their host is nobody's company.
_PAGES = re.compile(
    r"(?:^|\.)(linkedin|xing|facebook|instagram|twitter|x|youtube|tiktok|github|medium|pinterest|google|bing|t|wa"
    r"|linktr|about|crunchbase|wikipedia)\.(com|de|org|me|ee|net|fr|es)$"
)


def looks_like_addresses(text: str) -> bool:
    """Whether a text is an address, with a name around it or several of them."""
    if text.count("@") == 1:
        return _WRAPPED.fullmatch(text) is not None
    parts = [part for part in _BETWEEN_ADDRESSES.split(text) if "@" in part]
    return len(parts) > 1 and all(_WRAPPED.fullmatch(part) for part in parts)


def one_address(text: str) -> tuple[str, bool]:
    """The first address of a cell, and whether there are more; the text itself where that isn't clear."""
    text = " ".join(text.split()) if "\n" in text or "\r" in text else text
    if text.count("@") == 1:
        # The name around it, if there is one, is understood where addresses are.
        if text[-1] in ")]" or text[4:5] == ":" or text[5:6] == ":":
            found = _WRAPPED.fullmatch(text)
            return (found["named"] or found["bare"] if found else text), False
        return text, False
    parts = [part for part in _BETWEEN_ADDRESSES.split(text) if "@" in part]
    found = [_WRAPPED.fullmatch(part) for part in parts]
    if len(parts) < 2 or found[0] is None:
        return text, False
    first = found[0]["named"] or found[0]["bare"]
    others = {(one["named"] or one["bare"]).lower() for one in found if one} - {first.lower()}
    return first, bool(others)


def one_number(text: str) -> tuple[str, bool]:
    """The first telephone number of a cell, as it was before a spreadsheet made a number of it, and whether there are
    more. What has lost its last digits stays as it is, and identifies nobody."""
    if text[:2] in ("p:", "P:"):
        text = text[2:].strip()
    if counted := _COUNTED.fullmatch(text):
        whole = len(counted[2]) == int(counted[3])
        return (counted[1] + counted[2] if whole else text), False
    if re.fullmatch(r"\d{7,16}[.,]0{1,2}", text):
        return re.split("[.,]", text)[0], False
    parts = [part for part in _BETWEEN_NUMBERS.split(text) if part]
    if len(parts) > 1 and _NUMBER.fullmatch(parts[0]) and sum(c.isdigit() for c in parts[0]) > 5:
        return parts[0], any(sum(c.isdigit() for c in part) > 5 for part in parts[1:])
    return text, False


def company_domain(text: str) -> str:
    """The host; nothing for a page on a network of people (`linkedin.com/in/ann`), the text where there is none."""
    host = domain_of(text)
    if host and _PAGES.search(host) and re.search(r"[^/:]/\w", text):
        return ""
    return host or text
