"""A mapping fitted to one table: row in, fields out. Doubts are counted while the rows go by."""

from collections import Counter
from functools import lru_cache, partial

from winnow.intake.contacts import company_domain, one_address, one_number
from winnow.intake.dates import DAY_FIRST, MONTH_FIRST, DateColumn, DateReader, study_dates
from winnow.intake.fields import AMOUNTS, ANSWERS, COUNTS, DAYS, MOMENTS, YES_OR_NO, plain
from winnow.intake.kinds import BOOLEANS, MISSING, is_masked
from winnow.intake.numbers import currency_in, read_cents, read_number, study_numbers
from winnow.intake.suggesting import channel_of
from winnow.leads.csvcells import csv_restore
from winnow.policy.facts import CHANNELS

SAMPLE = 2000
"""Rows by which it is decided how a column's dates and numbers are read."""
MOST_DATES = 20_000
"""So many are remembered as they were read: rows of one day stand together."""
_BLANK = " \t\r\n\x0b\x0c\u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u202f"


class Unreadable(ValueError):
    """A value that can't be read as what its field is; `str()` is the reason."""


class Applied:
    """`places` are (index, column, fields) for each mapped column of the table."""

    def __init__(self, mapping, table, places):
        self.mapping, self.table = mapping, table
        self.missing = MISSING if mapping.missing is None else frozenset(mapping.missing) | {""}
        self.columns: dict[str, DateColumn] = {}
        self.readers: dict[str, DateReader] = {}
        self.opposite: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.several: Counter[str] = Counter()
        self.pages = 0
        self.examples: dict[str, str] = {}
        self.defaults = [(name, self._default(name, value)) for name, value in mapping.defaults.items()]
        sample = table.preview(SAMPLE)
        values = {place: [row.values[place] for row in sample if not row.problem] for place, _, _ in places}
        self._study(places, values)
        self.plan = []
        for place, column, names in places:
            for name in names:
                how = (self._words(name), self._converter(name, column, values[place]), name.startswith(ANSWERS))
                self.plan.append((any(how), place, name, *how))
        # Whether a field may be told by several columns, of which the first that is filled counts.
        names = [name for _, _, name, *_ in self.plan]
        self.twice = len(set(names)) < len(names) or {"amount", "currency"} <= set(names)

    def _default(self, name, value):
        """A default goes by its field's kind as a cell does."""
        if isinstance(value, str):
            convert = self._converter(name, "", [])
            value = convert(value) if convert and name not in MOMENTS | DAYS else value
        return value

    def _study(self, places, values) -> None:
        """Decide for all columns with dates; what one of them says clearly is a hint for the others."""
        dated = [(place, name) for place, _, names in places for name in names if name in MOMENTS | DAYS]
        open_ones = [(place, name) for place, name in dated if name not in self.mapping.formats]
        first = {name: study_dates(self._present(values[place])) for place, name in open_ones}
        clear = [found.order for found in first.values() if found.day_first != found.month_first]
        hint = clear[0] if clear else None
        for place, name in open_ones:
            present = self._present(values[place])
            found = study_dates(present, hint=hint) if hint else first[name]
            self.columns[name] = found
            self.readers[name] = DateReader(
                order=found.order, format=_counted(present, found), zone=self.mapping.time_zone
            )
        for name, form in self.mapping.formats.items():
            self.readers[name] = DateReader(format=form, zone=self.mapping.time_zone)

    def _present(self, values) -> list[str]:
        return [text for value in values if (text := value.strip(_BLANK)) not in self.missing]

    def _words(self, name) -> dict | None:
        """The mapping's words for a field, also by their lower case."""
        words = self.mapping.values.get(name)
        return {**{key.casefold(): value for key, value in words.items()}, **words} if words else None

    def _converter(self, name, column, values):
        """What makes a field's value out of a text; None where it stays a text."""
        if name in MOMENTS or name in DAYS:
            return partial(self._date, name, {})
        if name in AMOUNTS:
            mark = self.mapping.decimal or study_numbers(self._present(values))
            return partial(_amount, mark=mark)
        if name in COUNTS:
            mark = self.mapping.decimal or study_numbers(self._present(values))
            return partial(self._count, name, mark=mark)
        if name in YES_OR_NO:
            return _yes_or_no
        if name == "domain":
            return self._domain
        if name == "email":
            return self._address
        if name == "phone":
            return self._number
        if name == "channel":
            return _channel
        if name in ("interest", "currency"):
            return str.lower if name == "interest" else str.upper
        return None

    def apply(self, row) -> tuple[dict, str]:
        """Fields and the reason to reject the row, or an empty text."""
        fields: dict = {}
        answers: dict = {}
        problems: list[str] = []
        cells, missing, twice = row.values, self.missing, self.twice
        for special, place, name, words, convert, is_answer in self.plan:
            text = cells[place].strip()
            if text in missing or (twice and name in fields):
                continue
            if not text.isascii() and (text := text.strip(_BLANK)) in missing:
                continue
            if text[0] == "'":
                text = csv_restore(text)
            if not special:
                fields[name] = text
                continue
            value = text
            if words is not None:
                value = words.get(text)
                if value is None:
                    value = words.get(text.casefold(), text)
                if value == "":
                    continue
            if convert is not None and (words is None or isinstance(value, str)):
                try:
                    value = convert(value)
                except Unreadable as error:
                    problems.append(f"{name}: {error}")
                    continue
                if value is None:
                    continue
                if name == "amount" and "currency" not in fields and (code := currency_in(text)):
                    fields["currency"] = code
            if is_answer:
                answers.setdefault(name[len(ANSWERS) :], value)
            else:
                fields[name] = value
        for name, value in self.defaults:
            if name.startswith(ANSWERS):
                answers.setdefault(name[len(ANSWERS) :], value)
            else:
                fields.setdefault(name, value)
        if answers:
            fields["answers"] = answers
        return fields, "; ".join(problems) if problems else ""

    def _date(self, name, seen, text):
        if text in seen:
            return seen[text]
        reader = self.readers.get(name) or DateReader(zone=self.mapping.time_zone)
        read = reader.moment if name in MOMENTS else reader.day_or_moment
        found = read(text)
        if found is None and not reader.format:
            # Beyond doubt the other way round.
            other = MONTH_FIRST if reader.order != MONTH_FIRST else DAY_FIRST
            turned = DateReader(order=other, zone=reader.zone)
            found = (turned.moment if name in MOMENTS else turned.day_or_moment)(text)
            if found is not None:
                self.opposite[name] += 1
        elif found is not None and len(seen) < MOST_DATES:
            seen[text] = found
        if found is None:
            how = f" as {reader.format}" if reader.format else ""
            raise Unreadable(f"{_shown(text)} is no date{how}")
        return found

    def _address(self, text):
        if text.count("@") == 1 and ":" not in text and "\n" not in text and text[-1] > "]":
            return text  # nearly all
        return self._first("email", text, *one_address(text))

    def _number(self, text):
        if text[0] == "+" and len(text) < 19:
            return text
        return self._first("phone", text, *one_number(text))

    def _first(self, name, text, found, more):
        if more:
            self.several[name] += 1
            self.examples.setdefault(name, text)
        return found

    def _domain(self, text):
        found = company_domain(text)
        if not found:
            self.pages += 1
        return found or None

    def _count(self, name, text, mark):
        """A number of people or minutes; of `51-200` the lower end, so that no rule is met by hope."""
        number = read_number(text.split("-")[0].split("–")[0].rstrip("+ ").lstrip("<>~ "), mark)
        if number is None or number != number.to_integral_value() or not 0 <= number <= 100_000_000:
            self.left_out[name] += 1
            self.examples.setdefault(name, text)
            return None
        return int(number)

    def date_formats(self) -> dict[str, dict]:
        """For each field with dates: formats, order, and why."""
        return {
            name: {"formats": found.formats, "order": found.order, "why": found.why}
            for name, found in self.columns.items()
        }

    def warnings(self) -> list[dict]:
        """Dates that leave a doubt, and values left out."""
        found = []
        for name, column in self.columns.items():
            opposite = self.opposite[name]
            if column.mixed or opposite:
                rows = max(opposite, min(column.day_first, column.month_first))
                text = (
                    f"{name}: some dates can only have the day first, some only the month; those that can be either "
                    f"({column.ambiguous} of the first {SAMPLE:,}) are read {column.order}; say formats.{name}"
                )
                found.append({"code": "mixed_dates", "text": text, "rows": rows})
            elif column.ambiguous and not column.day_first and not column.month_first:
                why = f", since {column.why}" if column.why else ""
                text = f"{name}: day and month could be either way round; read {column.order}{why}; say formats.{name}"
                found.append({"code": "ambiguous_dates", "text": text, "rows": column.ambiguous})
        for name, rows in self.several.items():
            shown = _shown(self.examples[name])
            text = f"{name}: {shown} and the like hold several; the first is taken, the raw row keeps them all"
            found.append({"code": "several_in_one_cell", "text": text, "rows": rows})
        if self.pages:
            text = "domain: pages on LinkedIn, Facebook and the like are nobody's domain; left out"
            found.append({"code": "unknown_value", "text": text, "rows": self.pages})
        for name, rows in self.left_out.items():
            text = f"{name}: {_shown(self.examples[name])} and the like is no number; left out"
            found.append({"code": "unknown_value", "text": text, "rows": rows})
        return found


def _counted(values: list[str], found: DateColumn) -> str:
    """Days since 1899 or seconds since 1970, if all of a column's values are such counts."""
    if found.dates or not values or not all(value.replace(".", "", 1).isdigit() for value in values):
        return ""
    whole = [value.split(".")[0] for value in values]
    if all(len(value) in (10, 13) for value in whole):
        return "unix"
    return "excel" if all(len(value) == 5 and 20_000 <= int(value) <= 60_000 for value in whole) else ""


def _amount(text: str, mark: str) -> int | None:
    if is_masked(text):
        return None
    found = read_cents(text, mark)
    if found is None:
        raise Unreadable(f"{_shown(text)} is no amount")
    return found


def _yes_or_no(text: str):
    # What is neither stays a text: whoever takes the field refuses it or knows the word.
    return BOOLEANS.get(text.casefold(), text)


@lru_cache(maxsize=10_000)
def _channel(text: str) -> str:
    """Our word for it; a text that says none stays, and is told."""
    word = plain(text).replace(" ", "_")
    return word if word in CHANNELS else channel_of(text) or text


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
