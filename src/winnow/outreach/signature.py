"""What somebody says of themselves below a mail: telephone, title, company. Pure, and cautious.

Only a signature under the writer's own name counts, and in it only what can't well be anything else: a number that is
called a telephone or has a country, a line that is a job title beyond doubt right below the name, a company whose name
ends in a legal form or is that of the address. Everything else stays in the mail, where a person can read it.
"""

import re

from winnow.leads.addresses import company_domain, normalise_phone
from winnow.leads.companies import normalise_company
from winnow.leads.titles import judge

MOST_LINES = 14
LONGEST_LINE = 120
LEAST_DIGITS = 8
_BYE = re.compile(
    r"\W*(?:(?:with |mit |my )?(?:best|kind|kindest|warm|many|freundlichen?|besten?|viele[nr]?|herzliche[nr]?"
    r"|schöne[nr]?|liebe)\s+(?:regards|wishes|thanks|grüßen?|grüssen?|gruß|gruss|dank)|best|regards|thanks|sincerely"
    r"|thank you|yours (?:sincerely|faithfully|truly)|cheers|mfg|vg|lg|gruß|grüße|(?:bien )?cordialement|bien à vous"
    r"|(?:meilleures |sincères )?salutations|(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente"
    r"|un abrazo)\b.{0,40}",
    re.I,
)  # fmt: skip
_PHONE = re.compile(
    r"(?<!\w)(?P<what>tel(?:efon|éfono|ephone)?|fon|phone|t|tél(?:éphone)?|direct|durchwahl|office|büro|bureau|m|mob(?:il(?:e)?)?"
    r"|móvil|movil|handy|cell|portable|fax|f|telefax)?\W{0,4}(?P<number>(?:\+|00|\(?0)[\d ()/.\-]{6,24}\d)", re.I,
)  # fmt: skip
_FAX = ("fax", "f", "telefax")
_MOBILE = ("m", "mob", "mobil", "mobile", "móvil", "movil", "handy", "cell", "portable")
_OTHER = re.compile(r"@|www\.|https?:|\d")
_CUT = re.compile(r"^(?:>|-{3,}|_{5,}|(?:from|von|de)\s?: |on .{5,120} wrote:|am .{5,120} schrieb)", re.I)


def read(text: str, name: str, address: str) -> dict[str, str]:
    """phone, title and company as the signature under the writer's name gives them; only what is sure is there."""
    lines = _block(text, name, address)
    found: dict[str, str] = {}
    if not lines:
        return found
    if phone := _phone(lines):
        found["phone"] = phone
    for place, line in enumerate(lines[1:4]):
        if place < 2 and "title" not in found and (title := _title(line)):
            found["title"] = title
    if company := _company(lines[1:], address):
        found["company"] = company
    return found


def _block(text: str, name: str, address: str) -> list[str]:
    """The lines of the signature, its first the writer's name; empty where no name of theirs stands there."""
    lines = text.replace("\r\n", "\n").split("\n")
    end = next((n for n, line in enumerate(lines) if _CUT.match(line.strip()) and n), len(lines))
    lines = [" ".join(line.split()) for line in lines[:end]]
    starts = [n + 1 for n, line in enumerate(lines) if line in ("--", "—") or (len(line) < 60 and _BYE.fullmatch(line))]
    for start in reversed(starts):
        below = [line for line in lines[start : start + MOST_LINES + 4] if line and line != "--"][:MOST_LINES]
        if below and _is_name(below[0], name, address):
            return [below[0], *(line[:LONGEST_LINE] for line in below[1:])]
    return []


def _is_name(line: str, name: str, address: str) -> bool:
    """Whether a line is what the writer is called: most words of it are, or make up the address."""
    words = re.findall(r"[^\W\d_]{2,}", line.split(",")[0].casefold())
    if not 0 < len(words) <= 5:
        return False
    own = set(re.findall(r"[^\W\d_]{2,}", name.casefold()))
    own |= {word for word in re.split(r"[\W\d_]+", address.rpartition("@")[0].casefold()) if len(word) > 2}
    known = sum(word in own for word in words)
    return known > 0 and known * 2 >= len([word for word in words if word not in ("dr", "prof", "dipl", "ing", "mba")])


def _phone(lines: list[str]) -> str:
    """The first number that is called a telephone's, else a mobile's; without a name one that has its country."""
    found: dict[int, str] = {}
    for line in lines:
        for match in _PHONE.finditer(line):
            what, number = (match.group("what") or "").lower(), match.group("number").strip()
            before = line[: match.start()].rstrip()
            alone = not before or before[-1] in "|·•,;/"
            if what in _FAX or (not what and not (alone and number.startswith(("+", "00")))):
                continue
            if before[-1:].isalnum() or sum(character.isdigit() for character in number) < LEAST_DIGITS:
                continue
            number = f"+{number[2:]}" if number.startswith("00") else number
            if normalise_phone(number).kind not in (("valid",) if number.startswith("+") else ("valid", "local")):
                continue
            found.setdefault(1 if what in _MOBILE else 0, number)
    return found[min(found)] if found else ""


def _title(line: str) -> str:
    """The line itself when it is a job title beyond doubt."""
    if _OTHER.search(line) or len(line) > 80:
        return ""
    title = re.split(r"\s[|·•]\s", line)[0].strip(" ,")
    says = judge(title)
    return title if says.seniority_sure or says.department_sure else ""


def _company(lines: list[str], address: str) -> str:
    """A line that ends in a legal form, or is the name in the address."""
    domain = company_domain(address.rpartition("@")[2])
    label = domain.split(".")[0].replace("-", "") if domain else ""
    for line in lines:
        for piece in re.split(r"\s[|·•]\s", line):
            piece = piece.strip(" ,")
            if not 2 < len(piece) <= 80 or _OTHER.search(piece) or re.search(r",\s*[A-Z]{2}$", piece):
                continue
            plain = normalise_company(piece)
            words = len(re.findall(r"\w+", piece))
            if label and len(label) > 3 and plain.replace(" ", "") == label:
                return piece
            if 1 < words <= 7 and len(plain.split()) < len(normalise_company(f"{piece} x").split()) - 1:
                return piece
    return ""
