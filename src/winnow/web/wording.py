"""Numbers, amounts and moments as people write them. Pure: no clock, no settings; None reads "unknown"."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

MINUS = "−"  # U+2212: as wide as the plus beside it, and never broken at the end of a line
APART = "\u00a0"  # no-break space, between a number and its unit
UNKNOWN = "unknown"

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
WITHOUT_CENTS = {"JPY", "KRW", "CLP", "ISK", "VND"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(number):
    """4812 -> "4,812"; fractions keep one digit; None is unknown."""
    if number is None:
        return UNKNOWN
    text = f"{abs(number):,}" if isinstance(number, int) else f"{abs(number):,.1f}".removesuffix(".0")
    return MINUS + text if number < 0 and text.strip("0.,") else text


def points(milli, manner=""):
    """Milli-points with their sign: 19500 -> "+19.5", -8700 -> "−8.7", 0 -> "0"; "whole" drops a ".0"."""
    if milli is None:
        return UNKNOWN
    tenths = _half_up(Decimal(int(milli)) / 100)
    if tenths == 0:
        return "0"
    if manner == "whole" and tenths % 10 == 0:
        return f"{'+' if tenths > 0 else MINUS}{abs(tenths) // 10:,}"
    return f"{'+' if tenths > 0 else MINUS}{abs(tenths) // 10:,}.{abs(tenths) % 10}"


def score(milli):
    """Milli-points as a whole score, rounded down: 59.9 must not read as the 60 that a clause asks for."""
    return UNKNOWN if milli is None else count(int(milli) // 1000)


def percent(fraction):
    """A share between 0 and 1: "58 %", "0.4 %". Only nothing reads as 0 % and only everything as 100 %."""
    if fraction is None:
        return UNKNOWN
    whole = float(fraction) * 100
    size = abs(whole)
    if 0 < size < 0.1:
        return f"under 0.1{APART}%"
    if 0 < size < 1 or 99 < size < 100:
        text = f"{min(size, 99.9) if size < 100 else size:.1f}".removesuffix(".0")
    else:
        text = f"{_half_up(Decimal(repr(size))):,}"
    return f"{MINUS if whole < 0 else ''}{text}{APART}%"


def money(cents, currency="EUR"):
    """Minor units as an amount: 132900 EUR -> "€1,329". Cents show below 100 units, where they matter."""
    if cents is None:
        return UNKNOWN
    per_unit = 1 if currency in WITHOUT_CENTS else 100
    sign, size = (MINUS if cents < 0 else ""), abs(int(cents))
    if size % per_unit and size < 100 * per_unit:
        text = f"{size // per_unit}.{size % per_unit:02d}"
    else:
        text = f"{_half_up(Decimal(size) / per_unit):,}"
    return f"{sign if text != '0' else ''}{_in(currency)}{text}"


def money_short(cents, currency="EUR"):
    """An amount for a headline: "€2.94 M", "€61 M", "€38 k", "€1,329"."""
    if cents is None:
        return UNKNOWN
    units = Decimal(abs(int(cents))) / (1 if currency in WITHOUT_CENTS else 100)
    for size, name in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if units >= size * (10 if name == "k" else 1):
            value = units / size
            text = f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return f"{MINUS if cents < 0 else ''}{_in(currency)}{text}{APART}{name}"
    return money(cents, currency)


def span(minutes):
    """Minutes as a length of time: "38 min", "1 h 5 min", "26 h", "9 d"."""
    if minutes is None:
        return UNKNOWN
    minutes = abs(int(minutes))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 10 * 60:
        return f"{minutes // 60} h {minutes % 60} min".removesuffix(" 0 min")
    return f"{minutes // 60} h"


def duration(minutes):
    """Working minutes that are left, negative when the time is over: "22 min left", "14 min late"."""
    if minutes is None:
        return UNKNOWN
    minutes = int(minutes)
    if minutes == 0:
        return "due now"
    return f"{span(minutes)} {'left' if minutes > 0 else 'late'}"


def age(moment, now):
    """How long ago, in one unit: "14 min", "2 h", "6 d", "5 months", "2 years"."""
    if moment is None:
        return UNKNOWN
    minutes = max(0, int((now - moment).total_seconds() // 60))
    days = minutes // 1440
    if minutes < 60:
        return f"{minutes} min"
    if days < 1:
        return f"{minutes // 60} h"
    if days < 60:
        return f"{days} d"
    return f"{days // 30} months" if days < 730 else f"{days // 365} years"


def ago(moment: datetime, now: datetime):
    """A moment as people say it on the day of `now`: "14 min", "2 h", "yesterday", "11 Mar", "11 Mar 2024".

    Both in the reader's time zone: "yesterday" is a matter of the wall calendar there. What lies ahead reads
    "in 14 min", "in 2 h", "tomorrow", "14 Mar".
    """
    if moment is None:
        return UNKNOWN
    # Through UTC: subtracting two wall times of one zone is an hour wrong over a clock change.
    seconds = now.timestamp() - moment.timestamp()
    minutes, days = int(abs(seconds) // 60), (now.date() - moment.date()).days
    if minutes < 1:
        return "now"
    before = "" if seconds > 0 else "in "
    if minutes < 60:
        return f"{before}{minutes} min"
    if days == 0 or minutes < 6 * 60:
        return f"{before}{minutes // 60} h"
    if abs(days) == 1:
        return "yesterday" if days == 1 else "tomorrow"
    return day(moment, now)


def day(moment, now=None):
    """ "11 Mar", with the year when it isn't this one's."""
    text = f"{moment.day} {MONTHS[moment.month - 1]}"
    near = now is not None and (
        moment.year == now.year
        or abs(moment.timestamp() - now.timestamp()) < timedelta(days=60).total_seconds()
    )
    return text if near else f"{text} {moment.year}"


def clipped(text, most):
    """At most so many characters, the last an ellipsis: text in a picture can't wrap."""
    text = " ".join(str(text).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _in(currency):
    return SYMBOLS.get(currency) or f"{currency}{APART}"


def _half_up(value):
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))
