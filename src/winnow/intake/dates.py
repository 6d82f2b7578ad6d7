"""Dates as people write them. Whether 03/04 is in March or April is decided once for a column, and said."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

LONGEST = 48
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier janv enero ene",
            "feb february februar février fevrier févr fevr fev febrero",
            "mar march märz maerz mrz mär mars marzo",
            "apr april avril avr abril abr",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet juil julio",
            "aug august août aout agosto ago",
            "sep sept september septembre septiembre setiembre",
            "oct okt october oktober octobre octubre",
            "nov november novembre noviembre",
            "dec dez dic december dezember décembre decembre déc diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME = (
    r"(?:(?:[T ]|, ?| at | um )(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)"
    r"(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: Uhr)? ?(?P<zone>Z|[A-Z]{3,4}|[+-]\d\d:?\d\d|[+-]\d\d)?)?"
)
# Abbreviations that mean one offset in nearly all files; `IST` and `CST` mean two.
_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "CET": 60, "MEZ": 60, "BST": 60, "WEST": 60, "CEST": 120, "MESZ": 120,
    "EET": 120, "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480,
    "PDT": -420,
}  # fmt: skip
_NUMERIC = re.compile(r"(?P<a>\d{1,4})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{4}|\d{1,2})" + _TIME)
_COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"
    r"(?:T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>Z)?)?"
)
_WEEKDAY = r"(?P<week>[^\W\d_]{2,10}\.?,? )?"
_DAY_NAME = re.compile(
    _WEEKDAY + r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?[ /-]?(?:de )?"
    r"(?P<m>[^\W\d_]{3,10})\.?,?[ /-]?(?:de )?(?P<y>\d{4}|\d\d)" + _TIME
)
_NAME_DAY = re.compile(
    _WEEKDAY + r"(?P<m>[^\W\d_]{3,10})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})" + _TIME
)

_JAVA = re.compile(
    r"[A-Z][a-z]{2} (?P<m>[A-Z][a-z]{2}) (?P<d>\d\d) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) "
    r"(?P<zone>[A-Z]{3,4}|[+-]\d{4})? ?(?P<y>\d{4})"
)
_DAY_IN_FRONT = re.compile(r"[^\W\d_]{2,10}\.?,? (?=\d{1,4}[./-])")

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day first", "month first", "year first"


def looks_like_date(text: str) -> bool:
    """Whether the text can be a date under some reading of it."""
    return read_date(text, DAY_FIRST) is not None or read_date(text, MONTH_FIRST) is not None


def read_date(text: str, order: str = DAY_FIRST) -> date | datetime | None:
    """The date, or with a time of day the moment (aware only where the text names its offset); else None.

    `order` decides between day and month where both are numbers; a year in front decides by itself.
    """
    text = _bare(text)
    if not 6 <= len(text) <= LONGEST:
        return None
    try:
        if found := _NUMERIC.fullmatch(text):
            a, b, c = found["a"], found["b"], found["c"]
            if len(a) == 4:
                if len(c) == 4:
                    return None
                year, month, day = int(a), int(b), int(c)
            elif len(a) == 3:
                return None
            else:
                year = int(c) if len(c) == 4 else _century(int(c)) if len(c) == 2 else None
                if year is None:
                    return None
                day, month = (int(a), int(b)) if order != MONTH_FIRST else (int(b), int(a))
        elif found := _COMPACT.fullmatch(text):
            year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
            if not 1900 <= year <= 2100:
                return None
        elif found := _DAY_NAME.fullmatch(text) or _NAME_DAY.fullmatch(text) or _JAVA.fullmatch(text):
            month = _MONTHS.get(found["m"].lower(), 0)
            year = int(found["y"]) if len(found["y"]) == 4 else _century(int(found["y"]))
            day = int(found["d"])
        else:
            return None
        return _moment(found.groupdict(), year, month, day)
    except (ValueError, OverflowError):
        return None


def _bare(text: str) -> str:
    """Without the name of the day in front of a date in figures, and with plain blanks: browsers write narrow ones."""
    text = text.strip()
    if not text.isascii():
        text = text.replace("\u202f", " ").replace("\u00a0", " ")
    return _DAY_IN_FRONT.sub("", text, count=1) if text[:1].isalpha() else text


def _century(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < 70 else 1900)


def _moment(parts: dict, year: int, month: int, day: int) -> date | datetime:
    if parts.get("hour") is None:
        return date(year, month, day)
    hour = int(parts["hour"])
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("no such hour of half a day")
        hour = hour % 12 + (12 if half in "pP" else 0)
    fraction = (parts.get("fraction") or "0")[:6].ljust(6, "0")
    minute, second = int(parts["minute"]), int(parts["second"] or 0)
    moment = datetime(year, month, day, hour, minute, second, int(fraction))  # noqa: DTZ001
    return moment.replace(tzinfo=_offset(parts["zone"])) if parts.get("zone") else moment


def _offset(text: str):
    if text[0].isalpha():
        if text not in _ZONES:
            raise ValueError("nobody knows which offset that is")
        return UTC if not _ZONES[text] else timezone(timedelta(minutes=_ZONES[text]))
    digits = text[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if text[0] == "-" else delta)


def format_of(text: str, order: str) -> str:
    """The `strptime` format that reads such a text; empty where none does exactly."""
    text = text.strip()
    if _bare(text) != text:
        return ""
    if found := _NUMERIC.fullmatch(text):
        sep = found["sep"]
        if len(found["a"]) == 4:
            day = f"%Y{sep}%m{sep}%d"
        else:
            year = "%Y" if len(found["c"]) == 4 else "%y"
            day = f"%m{sep}%d{sep}{year}" if order == MONTH_FIRST else f"%d{sep}%m{sep}{year}"
        start = found.end("c")
    elif found := _COMPACT.fullmatch(text):
        day, start = "%Y%m%d", found.end("d")
    elif found := _DAY_NAME.fullmatch(text) or _NAME_DAY.fullmatch(text):
        month, year = ("%b" if len(found["m"]) == 3 else "%B"), ("%Y" if len(found["y"]) == 4 else "%y")
        names = [("d", "%d"), ("m", month), ("y", year)]
        if found["week"]:
            names.append(("week", "%a, " if len(found["week"].strip(" ,.")) == 3 else "%A, "))
        day, start = text, max(found.end("d"), found.end("y"))
        day = day[:start]
        for name, directive in sorted(names, key=lambda pair: -found.start(pair[0])):
            day = day[: found.start(name)] + directive + day[found.end(name) :]
    else:
        return ""
    if (found["zone"] or "Z").isalpha() and found["zone"] not in (None, "Z"):
        return ""  # `strptime` knows offsets, and no names
    return day + _time_format(found.groupdict(), text[start:])


def _time_format(parts: dict, text: str) -> str:
    if not parts.get("hour"):
        return ""
    for name, directive in (
        ("zone", "%z"), ("half", "%p"), ("fraction", "%f"), ("second", "%S"), ("minute", "%M"),
        ("hour", "%I" if parts.get("half") else "%H"),
    ):  # fmt: skip
        if value := parts.get(name):
            value = text[text.lower().rindex(value.lower()) :][:2] if name == "half" else value
            head, _, tail = text.rpartition(value)
            text = f"{head}{directive}{tail}"
    return text


@dataclass
class DateColumn:
    """What a column's values say together: in which order it is to be read, why, and what stays in doubt."""

    order: str = YEAR_FIRST
    formats: list[str] = field(default_factory=list)
    why: str = ""
    day_first: int = 0
    month_first: int = 0
    ambiguous: int = 0
    dates: int = 0

    @property
    def mixed(self):
        """Both orders occur beyond doubt, so each doubtful value is a guess."""
        return self.day_first > 0 and self.month_first > 0


def study_dates(values, *, hint: str | None = None) -> DateColumn:
    """Decide the order of day and month for a column. `hint` is taken where the values don't say it."""
    found = DateColumn()
    doubtful: list[str] = []
    samples: dict[str, str] = {}
    shapes: Counter[str] = Counter()
    dotted = half_days = 0
    for value in values:
        text = _bare(value)
        if not looks_like_date(text):
            continue
        found.dates += 1
        shape = re.sub(r"\d", "0", text)
        shapes[shape] += 1
        samples.setdefault(shape, text)
        numeric = _NUMERIC.fullmatch(text)
        if not numeric or len(numeric["a"]) == 4:
            continue
        dotted += numeric["sep"] == "."
        half_days += numeric["half"] is not None
        a, b = int(numeric["a"]), int(numeric["b"])
        if a > 12 >= b:
            found.day_first += 1
        elif b > 12 >= a:
            found.month_first += 1
        elif a != b:
            found.ambiguous += 1
            doubtful.append(text)
    numerics = found.day_first + found.month_first + found.ambiguous
    if found.day_first or found.month_first:
        found.order = DAY_FIRST if found.day_first >= found.month_first else MONTH_FIRST
        clear = max(found.day_first, found.month_first)
        found.why = f"{clear} value{'s' if clear > 1 else ''} can't be read otherwise"
    elif found.ambiguous:
        found.order, found.why = _by_circumstance(doubtful, dotted, half_days, numerics, hint)
    for shape, _ in shapes.most_common(50):
        text = format_of(samples[shape], found.order)
        if text and text not in found.formats:
            found.formats.append(text)
    return found


def _by_circumstance(doubtful, dotted, half_days, numerics, hint) -> tuple[str, str]:
    if dotted > numerics / 2:
        return DAY_FIRST, "dates with dots put the day first"
    if half_days:
        return MONTH_FIRST, "the time of day has AM and PM"
    disorder = {order: _disorder(doubtful, order) for order in (DAY_FIRST, MONTH_FIRST)}
    better, worse = sorted(disorder, key=disorder.get)
    if len(doubtful) >= 10 and disorder[better] * 3 <= disorder[worse]:
        return better, "the rows are then in order of time"
    if hint:
        return hint, "the other columns of the file do so"
    return DAY_FIRST, ""


def _disorder(texts, order) -> int:
    """How often a row goes against the file's direction in time, under this reading."""
    found = [day for day in (read_date(text, order) for text in texts) if day]
    days = [day.date() if isinstance(day, datetime) else day for day in found]
    ups = sum(after > before for before, after in pairwise(days))
    downs = sum(after < before for before, after in pairwise(days))
    return min(ups, downs)


@dataclass(frozen=True)
class DateReader:
    """Reads the values of one column: by a `strptime` format, or as `study_dates` decided."""

    order: str = DAY_FIRST
    format: str = ""
    zone: str = "UTC"

    def moment(self, text: str) -> datetime | None:
        """The moment in UTC; a date without a time is its first minute in the mapping's time zone."""
        found = _read(text.strip(), self.order, self.format)
        if found is None:
            return None
        if not isinstance(found, datetime):
            found = datetime(found.year, found.month, found.day)  # noqa: DTZ001
        if found.tzinfo is None:
            found = found.replace(tzinfo=_zone(self.zone))
        try:
            return found.astimezone(UTC)
        except OverflowError:
            return None

    def day_or_moment(self, text: str) -> date | datetime | None:
        """The moment in UTC where the text has a time of day, else the date."""
        found = _read(text.strip(), self.order, self.format)
        return self.moment(text) if isinstance(found, datetime) else found

    def day(self, text: str) -> date | None:
        """The calendar day as it is written; a moment with an offset counts in the mapping's time zone."""
        found = _read(text.strip(), self.order, self.format)
        if not isinstance(found, datetime):
            return found
        return (found.astimezone(_zone(self.zone)) if found.tzinfo else found).date()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=20_000)
def _read(text: str, order: str, format: str) -> date | datetime | None:
    if not format:
        return read_date(text, order)
    if len(text) > 200:
        return None
    if format in ("excel", "unix"):
        return _counted(text, format)
    try:
        found = datetime.strptime(text, format)  # noqa: DTZ007
    except (ValueError, OverflowError):
        return None
    return found if any(mark in format for mark in ("%H", "%I", "%c", "%X", "%T", "%s")) else found.date()


def _counted(text: str, unit: str) -> datetime | date | None:
    """Days since 1899-12-30 as spreadsheets count, or seconds (13 digits: milliseconds) since 1970."""
    if not re.fullmatch(r"\d{1,13}(\.\d{1,9})?", text):
        return None
    number = float(text)
    try:
        if unit == "unix":
            return datetime.fromtimestamp(number / 1000 if number >= 1e11 else number, UTC)
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(number * 86400))  # noqa: DTZ001
    except (ValueError, OverflowError, OSError):
        return None
    return moment if "." in text else moment.date()
