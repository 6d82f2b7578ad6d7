"""Rows of a definition as fields: criteria, grade rules, points, roles, reasons, scenarios. They are added, taken away
and moved by what is posted, so that it works without a script; with one, only that part of the page is fetched anew."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from django import forms

from winnow.web.definition_lines import line_of, put_in

SEPARATOR = "-"
MOST_ROWS = 400
LONG = 3  # choices up to which a row shows them all at once


class PointsField(forms.DecimalField):
    """Points with at most three decimals, either way."""

    def __init__(self, **more):
        super().__init__(min_value=-10_000, max_value=10_000, decimal_places=3, **more)


class ListField(forms.CharField):
    """A list of words, one a line or between commas."""

    def __init__(self, *, rows: int = 3, **more):
        more = {"required": False, "max_length": 20_000, "widget": forms.Textarea(attrs={"rows": rows})} | more
        super().__init__(**more)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        words = (word.strip() for word in re.split(r"[\n,;]", super().to_python(value)))
        return list(dict.fromkeys(word for word in words if word))

    def has_changed(self, initial, data):
        return list(initial or []) != self.to_python(data)


class LinesField(ListField):
    """A text of lines, each as it stands."""

    def to_python(self, value):
        return [line.strip() for line in forms.CharField.to_python(self, value).splitlines() if line.strip()]


@dataclass(frozen=True)
class Column:
    """One field of a row. `kind` is text, words, lines, points, number, choice, several or flag; `choices` may be a
    function of the form, `most` the greatest number, `suggest` the id of a list of suggestions."""

    name: str
    label: str
    kind: str = "text"
    choices: object = ()
    required: bool = False
    least: int = 0
    most: int = 10**9
    help: str = ""
    suggest: str = ""

    def made(self, form) -> forms.Field:
        """The field."""
        more = {"label": self.label, "required": self.required, "help_text": self.help}
        listed = {"list": self.suggest} if self.suggest else {}
        choices = self.choices(form) if callable(self.choices) else list(self.choices)
        match self.kind:
            case "points":
                return PointsField(**more)
            case "number":
                return forms.IntegerField(min_value=self.least, max_value=self.most, **more)
            case "words":
                return ListField(label=self.label, help_text=self.help, rows=2)
            case "lines":
                lines = forms.Textarea(attrs={"rows": 5, "class": "mono", "spellcheck": "false"})
                return LinesField(label=self.label, help_text=self.help, widget=lines)
            case "choice":
                return forms.ChoiceField(choices=choices, **more)
            case "several":
                return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **more)
            case "flag":
                return forms.BooleanField(label=self.label, required=False, help_text=self.help)
        return forms.CharField(max_length=400, widget=forms.TextInput(attrs=listed), **more)


@dataclass(frozen=True)
class Rows:
    """A repeated piece of the document at `path`. `kind`: points (code -> points), table (name -> values), list (of
    values, in order) or words (a list of words, in order)."""

    name: str
    title: str
    path: tuple[str, ...]
    kind: str
    columns: tuple[Column, ...]
    add: str
    help: str = ""
    compact: bool = False

    @property
    def ordered(self) -> bool:
        """Whether the order means something."""
        return self.kind in ("list", "words")


@dataclass
class Row:
    """One row of a form: its number in the names of its fields, and the names."""

    rows: Rows
    number: str
    names: list[str] = field(default_factory=list)


def found(document: dict, path: tuple[str, ...], default):
    """What stands at a path of the document."""
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return default
        document = document[key]
    return document


def first(rows: Rows, document: dict) -> list[dict]:
    """The rows of the document, each a mapping of columns to values. The database keeps no order of keys: names stand
    by the alphabet, points by their size."""
    match rows.kind:
        case "points":
            there = found(document, rows.path, {})
            most_first = sorted(there.items(), key=lambda pair: (pair[0] == "default", -float(pair[1]), pair[0]))
            return [{"code": code, "points": value} for code, value in most_first]
        case "table":
            there = found(document, rows.path, {})
            return [{"name": name, **values} for name, values in sorted(there.items())]
        case "words":
            return [{"word": word} for word in found(document, rows.path, [])]
    return [dict(one) for one in found(document, rows.path, [])]


def built(rows: Rows, said: list[dict]):
    """What the document gets for these rows; an empty answer is no key. ValueError names a name that comes twice."""
    if rows.kind == "words":
        return list(dict.fromkeys(one["word"] for one in said if one["word"]))
    plain = [{name: plain_value(value) for name, value in one.items() if not _empty(value)} for one in said]
    if rows.kind == "list":
        return plain
    table: dict = {}
    for one in plain:
        key = str(one.pop("code" if rows.kind == "points" else "name", "")).strip()
        if not key:
            if one and rows.kind == "table":
                raise ValueError(f"{rows.title}: a row has no name; give it one.")
            if rows.kind == "points" and one.get("points"):
                raise ValueError(f"{rows.title}: {one['points']} points belong to nothing; say to what.")
            continue
        if key in table:
            raise ValueError(f"{rows.title}: {key} stands there twice; keep one.")
        table[key] = one.get("points", 0) if rows.kind == "points" else one
    return table


def _empty(value) -> bool:
    return value is None or value == "" or value == [] or value is False


def plain_value(value):
    """Numbers as the document has them: whole ones whole."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


# -- what was posted -------------------------------------------------------------------------------------------------
def numbers(rows: Rows, data) -> list[str]:
    """The numbers of the rows that were posted, in their order."""
    said = [one for one in data.get(f"{rows.name}{SEPARATOR}order", "").split(",") if one.isdecimal() and len(one) < 6]
    return list(dict.fromkeys(said))[:MOST_ROWS]


def turned(kinds: tuple[Rows, ...], data, document: dict):
    """What was posted with a row added, taken away or moved, as the button says; None where it says nothing of rows.
    A new row never gets the number of one that the document has, though that was taken away."""
    verb, _, rest = data.get("do", "").partition(" ")
    name, _, number = rest.partition(" ")
    rows = next((one for one in kinds if one.name == name), None)
    if verb == "moved":
        return data
    if rows is None or verb not in ("add", "remove", "up", "down", "line"):
        return None
    order = numbers(rows, data)
    if verb == "line":
        return _with_line(data, SEPARATOR.join((name, number)))
    if verb == "add":
        there = len(first(rows, document)) - 1
        order.append(str(max([there, *map(int, order)]) + 1))
    elif number in order:
        place = order.index(number)
        order.remove(number)
        if verb != "remove":
            order.insert(max(place - 1, 0) if verb == "up" else place + 1, number)
    made = data.copy()
    made[f"{rows.name}{SEPARATOR}order"] = ",".join(order)
    if verb == "add":
        made["added"] = f"{rows.name}{SEPARATOR}{order[-1]}"
    return made


def _with_line(data, row: str):
    """What was posted, with the line that was put together for a scenario in its story."""
    made = data.copy()
    said = [made.pop(f"{row}-line_{part}", [""])[-1] for part in ("day", "who", "what", "word")]
    if line := line_of(*said):
        made[f"{row}-story"] = put_in(made.get(f"{row}-story", ""), line)
    return made


def with_row(rows: Rows, data, document: dict, values: dict):
    """What was posted with one more row of these values; a form made of it judges nothing yet."""
    made = turned((rows,), _asking(data, f"add {rows.name}"), document)
    number = numbers(rows, made)[-1]
    for column in rows.columns:
        value = values.get(column.name)
        name = SEPARATOR.join((rows.name, number, column.name))
        if column.kind == "lines":
            made[name] = "\n".join(value or [])
        elif column.kind == "several":
            made.setlist(name, list(value or []))
        elif column.kind == "flag":
            if value:
                made[name] = "on"
        else:
            made[name] = "" if value is None else str(value)
    made["do"] = "moved"
    return made


def _asking(data, do: str):
    made = data.copy()
    made["do"] = do
    return made
