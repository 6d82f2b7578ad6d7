"""A record as it is compared: its values by role, each in its one form; what is masked or empty is not there."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from winnow.leads.addresses import company_domain, domain_of, normalise_email, normalise_phone
from winnow.studies.firms import Firm, firm
from winnow.studies.levels import day_of
from winnow.studies.people_names import OTHER, name_likeness, name_part, split_name
from winnow.studies.spelling import digits, folded, loose, word_set

UNLIKE_MOST = 3
"""An address, telephone or register number that more unlike names than this share belongs to nobody."""
_NOTHING = word_set("""
    na n a none null nil nan unknown unbekannt inconnu desconocido redacted hidden masked anonymous anonym
    deleted private tbd tba undefined select test empty blank not provided available keine angabe value ref
    div 0
""") | {"n a", "not provided", "not available", "keine angabe", "not set", "div 0"}
_MASKED = re.compile(r"[Xx]{3,}|[*•●█#]{2,}|_{3,}|\?{2,}|…")
SPOKEN = ("email", "phone", "key")  # what one person or firm has alone


@dataclass(slots=True)
class Record:
    """`said` are the values to compare; `shown` those to show beside a decision, as they came."""

    id: str
    said: dict[str, str]
    lines: tuple[str, ...] = ()
    firm: Firm | None = None
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> tuple:
        """What tells records apart, for an order that doesn't hang on the file's."""
        return (tuple(sorted(self.said.items())), self.lines, self.firm.words if self.firm else ())


def is_nothing(text: str) -> bool:
    """Whether a cell says nothing: empty, crossed out, `n/a`."""
    return not text.strip() or bool(_MASKED.search(text)) or folded(text) in _NOTHING


def record(number: str, cells: Iterable[tuple[str, str]]) -> Record:
    """A record from (role, text) of its columns."""
    said: dict[str, str] = {}
    shown: dict[str, str] = {}
    lines: list[str] = []
    found: Firm | None = None
    domain = ""
    for role, raw in cells:
        text = str(raw).strip()[:300]
        if is_nothing(text):
            continue
        shown[role] = f"{shown[role]}, {text}" if role in shown else text
        if role == "line":
            lines.append(loose(text))
        elif role == "firm":
            found = firm(text)
            found = found if found.words else None
        elif role == "person":
            first, last = split_name(text)
            said |= {"first": name_part(first), "last": name_part(last)}
        elif role == "email":
            value, at = _email(text)
            domain = domain or at
            said["email"] = value
        elif role == "domain":
            domain = company_domain(domain_of(text)) or domain
        else:
            said[role] = _plain(role, text)
    if domain:
        said["domain"] = domain
    return Record(number, {role: value for role, value in said.items() if value}, tuple(lines), found, shown)


def _plain(role: str, text: str) -> str:
    if role in ("first", "last"):
        return name_part(text)
    if role == "born":
        return day_of(text)
    if role == "phone":
        number = digits(text).lstrip("0")
        return number if len(number) >= 6 and normalise_phone(text, "").kind != "masked" else ""
    if role in ("postcode", "key", "number"):
        return folded(text).replace(" ", "")
    return loose(text)


def _email(text: str) -> tuple[str, str]:
    """The address and the domain of a firm in it. A shared mailbox and what is masked are nobody's address."""
    address = normalise_email(text)
    if address.kind == "valid":
        return address.normalised, company_domain(address.domain) or ""
    if address.kind == "mailbox":
        return "", company_domain(address.domain) or ""
    if address.kind == "malformed" and 6 <= len(text) <= 254:
        return re.sub(r"\s", "", text.casefold()), ""  # a slip made it one: it may still be near another
    return "", ""


def without_shared(records: list[Record]) -> dict[str, int]:
    """Take away the addresses and numbers that many unlike names share; how many of each role."""
    taken: Counter[str] = Counter()
    for role in SPOKEN:
        holders: dict[str, list[Record]] = {}
        for one in records:
            if role in one.said:
                holders.setdefault(one.said[role], []).append(one)
        for sharing in holders.values():
            if len(sharing) > UNLIKE_MOST and _unlike(sharing) > UNLIKE_MOST:
                taken[role] += 1
                for one in sharing:
                    del one.said[role]
    return dict(taken)


def _unlike(sharing: list[Record]) -> int:
    """How many names among these are no two of them one's; counted up to one more than may be."""
    faces: list[tuple[str, str]] = []
    for one in sorted(sharing, key=lambda each: each.content)[:500]:
        name = one.said.get("first", ""), one.said.get("last", "")
        if not any(name):
            name = ("", one.firm.joined) if one.firm else ("", "")
        if any(name) and all(_strangers(name, other) for other in faces):
            faces.append(name)
            if len(faces) > UNLIKE_MOST:
                break
    return len(faces)


def _strangers(one: tuple[str, str], two: tuple[str, str]) -> bool:
    """Whether two names have nothing near each other in common, whichever way round they are written."""
    said = [(a, b) for a in one if a for b in two if b]
    return bool(said) and all(name_likeness(a, b) <= OTHER for a, b in said)
