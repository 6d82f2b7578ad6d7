"""Numbers as people write them, by Decimal, never by float: `1.234,56 €`, `$1,200`, `(12.50)`, `10k`."""

import re
from decimal import Decimal, InvalidOperation

LONGEST = 40
MOST_CENTS = 10**15
_SYMBOLS = {"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "zł": "PLN", "Fr.": "CHF", "US$": "USD"}
_AROUND = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+\-−–])?\s*"
    r"(?P<before>€|£|¥|\$|₹|₽|US\$|[A-Z]{3}|Fr\.|Rs\.?)?\s*(?P<sign2>[+\-−–])?\s*"
    r"(?P<body>\d[\d.,'’ \u00a0\u202f_]*?|[.,]\d+)\s*(?P<times>[kKM])?\s*"
    r"(?P<after>€|£|¥|\$|₹|₽|zł|kr|[A-Z]{3}|%|,-|\.-|,–)?\s*(?P<trailing>-)?\s*(?P<close>\))?"
)
_THOUSANDS = {"k": 1000, "K": 1000, "M": 1_000_000}


def read_number(text: str, mark: str = ".") -> Decimal | None:
    """The number, or None. `mark` is the decimal mark, asked where a text reads both ways (`1.234`)."""
    parts = _parts(text)
    if parts is None:
        return None
    body, times, negative = parts
    plain = _plain(body, mark)
    if plain is None:
        return None
    try:
        number = Decimal(plain) * times
    except InvalidOperation:
        return None
    return -number if negative else number


def read_cents(text: str, mark: str = ".") -> int | None:
    """An amount in hundredths of its currency, half a cent rounded to even; None if it is none or absurd."""
    number = read_number(text, mark)
    if number is None or "%" in text:
        return None
    if abs(number) * 100 > MOST_CENTS:  # first: rounding a number of thirty digits raises
        return None
    cents = (number * 100).quantize(Decimal(1))
    return int(cents) if abs(cents) <= MOST_CENTS else None


def currency_in(text: str) -> str:
    """The ISO code that the text names, by code or by a sign that only one currency has; else empty."""
    found = _AROUND.fullmatch(text.strip()[:LONGEST])
    if not found:
        return ""
    for part in (found["before"], found["after"]):
        if part and re.fullmatch(r"[A-Z]{3}", part):
            return part
        if part and _SYMBOLS.get(part):
            return _SYMBOLS[part]
    return ""


def _parts(text: str) -> tuple[str, int, bool] | None:
    text = text.strip()
    if not text or len(text) > LONGEST:
        return None
    found = _AROUND.fullmatch(text)
    if not found or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [found["sign"], found["sign2"], found["trailing"]]
    if sum(map(bool, signs)) > 1:
        return None
    negative = bool(found["open"]) or any(sign and sign != "+" for sign in signs)
    return found["body"], _THOUSANDS.get(found["times"], 1), negative


def _plain(body: str, mark: str) -> str | None:
    """The digits with one point for the decimals; None where the grouping is no grouping."""
    body = re.sub(r"(?<=\d)[ \u00a0\u202f'’_](?=\d{3}(\D|$))", "", body.strip())
    if not re.fullmatch(r"[\d.,]+", body):
        return None
    points, commas = body.count("."), body.count(",")
    if points and commas:
        decimal = "." if body.rindex(".") > body.rindex(",") else ","
        if body.count(decimal) > 1:
            return None
    elif points + commas == 0:
        return body
    elif points + commas > 1:
        decimal = ""
    else:
        decimal = mark if _either(body) else ("." if points else ",")
    whole, _, fraction = body.rpartition(decimal) if decimal and decimal in body else (body, "", "")
    groups = re.split(r"[.,]", whole)
    if len(groups) > 1 and not _grouped(groups):
        return None
    return f"{''.join(groups) or '0'}.{fraction}" if fraction else "".join(groups) or None


def _either(body: str) -> bool:
    """One separator with three digits behind it and one to three before: a thousand or a decimal."""
    return bool(re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", body))


def _grouped(groups: list[str]) -> bool:
    """`1,234,567`, or in the Indian way `12,34,567`."""
    return (
        1 <= len(groups[0]) <= 3
        and len(groups[-1]) == 3
        and (all(len(g) == 3 for g in groups[1:-1]) or all(len(g) == 2 for g in groups[1:-1]))
    )


def study_numbers(values) -> str:
    """The decimal mark of a column, by values that can't be read otherwise; the point if none says it."""
    evidence = {".": 0, ",": 0}
    doubtful = {".": 0, ",": 0}
    for value in values:
        parts = _parts(value)
        if parts is None:
            continue
        body = parts[0]
        points, commas = body.count("."), body.count(",")
        if points and commas:
            evidence["." if body.rindex(".") > body.rindex(",") else ","] += 1
        elif points > 1:
            evidence[","] += 1
        elif commas > 1:
            evidence["."] += 1
        elif points or commas:
            separator = "." if points else ","
            if _either(body):
                doubtful[separator] += 1
            else:
                evidence[separator] += 1
    if evidence["."] != evidence[","]:
        return max(evidence, key=evidence.get)
    # A comma with three digits behind it, and nothing else to go by, is a thousand in all but a few files.
    return "."
