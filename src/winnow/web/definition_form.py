"""The whole lead definition as a form: what is read from a document, and how a changed one is made."""

import copy

from django import forms
from django.forms.utils import ErrorDict

from winnow.policy.definition import DAY, DefinitionError, parse
from winnow.policy.facts import ITEMS
from winnow.web import inquiry_rules_form
from winnow.web.definition_parts import (
    ALL_ROWS,
    ANSWERED,
    ASKED,
    BACK,
    CONFIRM,
    CRITERIA,
    GRADES,
    PARTS,
    SLOW,
    TOLD,
)  # fmt: skip
from winnow.web.definition_rows import (
    SEPARATOR,
    ListField,
    PointsField,
    Row,
    built,
    first,
    found,
    numbers,
    plain_value,
    turned,
)  # fmt: skip
from winnow.web.session import zone_choices

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PATHS: dict[str, tuple[str, ...]] = {
    "name": ("name",), "key_accounts": ("key_accounts",), "people": ("account", "people"),
    "back_by": ("recycling", "back_by"), "within_days": ("bantfo", "conversation", "within_days"),
    **{f"enough_{key}": ("bantfo", "enough", key) for key in ("count", "of", "level")},
    **{key: ("lead", key) for key in ("grade", "person_confirms", "confirm_when", "never")},
    **{key: ("cadence", key) for key in ("touches", "days_between")},
    **{key: ("score", key) for key in (
        "asked", "half_life_days", "slow_half_life_days", "slow", "slow_content", "daily_cap", "repeat_days",
        "engaged_days", "engaged_person", "engaged_people_most", "key_account", "passive_percent",
    )},
    **{key: ("promise", key) for key in (
        "response_minutes", "contact_me_minutes", "inquiry_minutes", "opens", "closes", "weekdays", "time_zone",
        "holidays",
    )},
    **{f"{item}_{name}": ("bantfo", item, key) for item in ITEMS for name, key in (
        ("asked", "asked"), ("expires", "expires_days"), ("sources", "sources"), ("said_by", "said_by"),
    )},
}  # fmt: skip
"""Where each single field stands in the document."""
LEFT_OUT_WHEN_EMPTY = ("confirm_when", "never", "slow_content", "key_accounts", "said_by", "asked", "holidays")
NUMBERS = (
    ("half_life_days", "Fades by half in days", 1, 3650), ("slow_half_life_days", "Slow ones in days", 1, 3650),
    ("repeat_days", "Same content counts again after days", 0, 3650), ("engaged_days", "Engaged within days", 1, 3650),
    ("engaged_people_most", "Other engaged people, at most", 0, 10),
    ("passive_percent", "Passive interest counts, %", 0, 100),
    ("within_days", "A conversation within days (0: none asked for)", 0, 3650), ("enough_count", "How many", 0, 6),
    ("people", "Engaged people asked for (0: none)", 0, 10), ("touches", "Touches at least", 1, 30),
    ("days_between", "Days between them", 1, 60),
    ("response_minutes", "Sales answers a handoff within minutes", 1, 100_000),
    ("contact_me_minutes", "Marketing answers “contact me” within", 1, 100_000),
    ("inquiry_minutes", "and everybody else within", 1, 100_000),
)  # fmt: skip


def _several(label, choices, **more):
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **more
    )


class WholeDefinition(forms.Form):
    """Everything that a definition says. Rows carry numbers in their names: `reject-2-code`."""

    def __init__(self, data=None, *, document):
        self.document, self.rules = document, parse(document)
        self.moved = turned(ALL_ROWS, data, document) if data is not None else None
        data = self.moved if self.moved is not None else data
        data = _renamed(data, document) if data is not None else None
        super().__init__(data, initial=self._first())
        if self.moved is not None:  # rows were moved about: what was typed stands, and nothing is judged yet
            self._errors, self.cleaned_data = ErrorDict(), {}
        self._single()
        self.row_sets: dict[str, list[Row]] = {}
        for rows in ALL_ROWS:
            self.row_sets[rows.name] = self._rows(rows)

    def _single(self):
        add = self.fields.__setitem__
        add("name", forms.CharField(label="Title of the document", max_length=120))
        self.fields.update(inquiry_rules_form.fields())
        for name, label, least, most in NUMBERS:
            add(name, forms.IntegerField(label=label, min_value=least, max_value=most))
        for name, label in (
            ("asked", "Score asked for"), ("daily_cap", "At most a day and kind"),
            ("engaged_person", "Each other engaged person"), ("key_account", "Key account"),
        ):  # fmt: skip
            add(name, PointsField(label=label))
        grades = [(grade, f"{grade} or better") for grade in "ABC"] + [("D", "any")]
        add("grade", forms.ChoiceField(label="Grade asked for", choices=grades))
        add("person_confirms", forms.BooleanField(label="A person confirms before it is a lead", required=False))
        add("confirm_when", _several("or a person confirms first", CONFIRM))
        add("never", _several("Never a lead, whatever else is known", self._criteria))
        add("slow", _several("Fade slowly", SLOW))
        add("slow_content", ListField(label="Content that fades slowly", help_text="Codes, one a line.", rows=2))
        add("key_accounts", ListField(label="Key accounts", help_text="Names or domains, one a line.", rows=6))
        add("back_by", _several("Somebody recycled becomes a lead again by", BACK))
        for item in ANSWERED:
            name = item.capitalize()
            add(f"{item}_asked", forms.ChoiceField(label=name, choices=ASKED, required=False))
            add(f"{item}_expires", forms.IntegerField(label=f"{name} is old after days", min_value=1, max_value=3650))
            add(f"{item}_sources", forms.IntegerField(label="from sources, at least", min_value=1, max_value=5))
            add(f"{item}_said_by", _several(f"{name} counts when told by", TOLD, help_text="None ticked: by anybody."))
        add("fit_asked", forms.ChoiceField(label="Fit, as an answer besides the grade", choices=ASKED, required=False))
        add("enough_of", _several("Of", [(item, item) for item in ITEMS]))
        add("enough_level", forms.ChoiceField(label="At the level", choices=ASKED[1:]))
        add("opens", forms.RegexField(r"\d{2}:\d{2}", label="Working time from", max_length=5))
        add("closes", forms.RegexField(r"\d{2}:\d{2}", label="to", max_length=5))
        add("weekdays", _several("On", [(day, day.capitalize()) for day in WEEKDAYS]))
        add("time_zone", forms.ChoiceField(label="In the time zone", choices=zone_choices))
        free = {"max_length": 10, "required": False, "help_text": "A country code such as DE."}
        add("holidays", forms.CharField(label="Without the public holidays of", **free))

    def _criteria(self):
        return [(name, name.replace("_", " ")) for name in self.criteria_names()]

    def criteria_names(self) -> list[str]:
        """The criteria that the form names now: those that were typed, else those of the document."""
        if not self.is_bound:
            return [one["name"] for one in first(CRITERIA, self.document)]
        named = (self.data.get(f"{CRITERIA.name}-{number}-name", "") for number in numbers(CRITERIA, self.data))
        return list(dict.fromkeys(name.strip() for name in named if name.strip()))

    def _rows(self, rows) -> list[Row]:
        values = first(rows, self.document) if not self.is_bound else None
        these = numbers(rows, self.data) if self.is_bound else [str(number) for number in range(len(values))]
        order = forms.CharField(required=False, widget=forms.HiddenInput)
        self.fields[f"{rows.name}{SEPARATOR}order"] = order
        self.initial[f"{rows.name}{SEPARATOR}order"] = ",".join(these)
        made = []
        for place, number in enumerate(these):
            row = Row(rows, number)
            for column in rows.columns:
                name = SEPARATOR.join((rows.name, number, column.name))
                self.fields[name] = column.made(self)
                if values is not None:
                    self.initial[name] = values[place].get(column.name, _blank(column))
                row.names.append(name)
            made.append(row)
        if self.moved is not None and (added := self.moved.get("added", "")).startswith(f"{rows.name}{SEPARATOR}"):
            self.fields[SEPARATOR.join((added, rows.columns[0].name))].widget.attrs["autofocus"] = True
        return made

    def _first(self) -> dict:
        """The values as the document has them, defaults where it says nothing."""
        rules, p = self.rules, self.rules.promise
        told = {
            "name": rules.name, "asked": _plain(rules.asked_score), "grade": rules.asked_grade,
            "person_confirms": rules.person_confirms, "confirm_when": sorted(rules.confirm_when),
            "never": [one.name for one in rules.never], "half_life_days": rules.half_life // DAY,
            "slow_half_life_days": rules.slow_half_life // DAY, "repeat_days": rules.repeat_after // DAY,
            "engaged_days": rules.engaged_for // DAY, "engaged_people_most": rules.engaged_most,
            "passive_percent": rules.passive_share, "daily_cap": _plain(rules.daily_cap),
            "engaged_person": _plain(rules.engaged_points), "key_account": _plain(rules.key_account_points),
            "slow": [code for code, _ in SLOW if code in rules.slow_kinds], "slow_content": sorted(rules.slow_content),
            "key_accounts": list(self.document.get("key_accounts", [])), "people": rules.people_asked,
            "back_by": [code for code, _ in BACK if code in rules.back_by], "enough_count": rules.enough_count,
            "enough_of": list(rules.enough_of), "enough_level": rules.enough_level,
            "within_days": rules.conversation_within // DAY, "response_minutes": p.response_minutes,
            "contact_me_minutes": p.contact_me_minutes, "inquiry_minutes": p.inquiry_minutes, "opens": _clock(p.opens),
            "closes": _clock(p.closes), "weekdays": [WEEKDAYS[day] for day in p.weekdays], "time_zone": p.time_zone,
            "holidays": p.holidays, "touches": rules.touches, "days_between": rules.touch_days,
            **inquiry_rules_form.first(self.document, rules),
        }  # fmt: skip
        for clause in rules.clauses:
            told[f"{clause.item}_asked"] = clause.asked or ""
            told[f"{clause.item}_expires"] = clause.expires // DAY
            told[f"{clause.item}_sources"] = clause.sources
            told[f"{clause.item}_said_by"] = [code for code, _ in TOLD if code in clause.said_by]
        return told

    # -- what the page shows -----------------------------------------------------------------------------------------
    def parts(self):
        """(part, blocks of (title, fields), rows of (rows, order field, list of (row, fields))) in order."""
        for part in PARTS:
            blocks = [(title, [self[name] for name in names]) for title, names in part.blocks]
            rows = [
                (kind, self[f"{kind.name}{SEPARATOR}order"],
                 [(row, [self[name] for name in row.names]) for row in self.row_sets[kind.name]])
                for kind in part.rows
            ]  # fmt: skip
            yield part, blocks, rows

    # -- what it makes -----------------------------------------------------------------------------------------------
    def clean(self):
        """Put the rows together, so that what is wrong with them stands at the form."""
        self.tables = {}
        if self._errors:
            return self.cleaned_data
        for rows in ALL_ROWS:
            said = [self._answers(rows, row, first(rows, self.document)) for row in self.row_sets[rows.name]]
            try:
                self.tables[rows.name] = built(rows, said)
            except ValueError as wrong:
                self.add_error(None, str(wrong))
        return self.cleaned_data

    def _answers(self, rows, row, there: list[dict]) -> dict:
        """What was said in a row; what says the same as before stands as it stood."""
        said = {column.name: self.cleaned_data.get(name) for column, name in zip(rows.columns, row.names, strict=True)}
        if int(row.number) < len(there):
            for column in rows.columns:
                before = there[int(row.number)].get(column.name)
                if column.kind == "several" and before and set(before) == set(said[column.name] or ()):
                    said[column.name] = before
                elif isinstance(before, str) and before.strip() == said[column.name]:
                    said[column.name] = before
        return said

    def changed_document(self) -> dict:
        """The document with what was changed in the form, and nothing else touched. Only for a form without errors."""
        made, said = copy.deepcopy(self.document), self.cleaned_data
        changed = set(self.changed_data)
        inquiry_rules_form.put(made, said, changed)
        for name, path in PATHS.items():
            if name not in changed:
                continue
            value = plain_value(said[name])
            _put(made, path, None if value in ("", []) and name.endswith(LEFT_OUT_WHEN_EMPTY) else value)
        for rows in ALL_ROWS:
            value = self.tables[rows.name]
            if value != _whole(rows, self.document):
                _put(made, rows.path, value if value or rows.name in KEPT_EMPTY else None)
        return made

    def place_of(self, error: DefinitionError) -> str:
        """The part of the page that an error of the policy belongs to, by the key that it begins with."""
        text = str(error)
        for part in PARTS:
            if any(text.startswith(".".join(path)) for path in part.paths):
                return part.name
        return ""


KEPT_EMPTY = ("trust",)
"""Rows whose absence means something else than none."""


def _renamed(data, document: dict):
    """What was posted, where a criterion got another name: whatever names it goes along."""
    fresh = {}
    for number, old in enumerate(one["name"] for one in first(CRITERIA, document)):
        new = data.get(f"{CRITERIA.name}-{number}-name", "").strip()
        if new and new != old and str(number) in numbers(CRITERIA, data):
            fresh[old] = new
    if not fresh:
        return data
    made = data.copy()
    for key in [key for key in made if key == "never" or key.startswith(f"{GRADES.name}-")]:
        made.setlist(key, [fresh.get(value, value) for value in made.getlist(key)])
    return made


def _whole(rows, document):
    """What the rows of the document would give if nobody touched them."""
    there = first(rows, document)
    if rows.kind == "words":
        return [one["word"] for one in there] if found(document, rows.path, None) is not None else []
    said = []
    for one in there:
        said.append({column.name: one.get(column.name, _blank(column)) for column in rows.columns})
    return built(rows, said)


def _blank(column):
    """What an absent key means in a row, as a field shows it."""
    return BLANKS.get(column.name)


BLANKS = {"then": "recycled", "who": "ann"}


def _put(made: dict, path: tuple[str, ...], value) -> None:
    """Set a key; None takes it away. Tables come into being on the way."""
    table = made
    for key in path[:-1]:
        if value is None and key not in table:
            return
        table = table.setdefault(key, {})
    if value is None:
        table.pop(path[-1], None)
    else:
        table[path[-1]] = value


def _plain(milli: int):
    whole, rest = divmod(milli, 1000)
    return whole if not rest else milli / 1000


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
