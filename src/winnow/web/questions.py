"""The questions of a form as a marketer writes them: one block for each, its choices one a line, in the order shown."""

from dataclasses import dataclass, field

from django.utils.text import slugify

from winnow.leads.countries import country_code
from winnow.leads.form import ASKABLE, EVIDENCE, REACHES, TYPES
from winnow.policy.facts import LEVELS
from winnow.web.hosted_form import kind_of

MOST = 20
MOST_CHOICES = 40
LONGEST_LABEL, LONGEST_HELP, LONGEST_CHOICE = 200, 300, 120
OWN = "own"
"""What a question is about when it is none of the things that Winnow knows."""

ABOUT = (
    ("Who they are", [(name, words) for name, words in ASKABLE.items() if name not in ("message", "product")]),
    ("What they want", [("message", ASKABLE["message"]), ("product", ASKABLE["product"])]),
    ("Evidence", [(f"answers.{item}", f"{item.capitalize()} (evidence)") for item in EVIDENCE]),
    ("Anything else", [(OWN, "A question of your own")]),
)
KNOWN = {name: words for _, group in ABOUT for name, words in group}
CHOSEN = ("choice", "list", "several")
"""Types with choices."""
WRITTEN = ("email", "phone", "first_name", "last_name", "full_name", "company", "domain")
"""What is always typed: a choice of addresses makes no sense."""


@dataclass
class Row:
    """One question as it stands in the builder, right or wrong; `errors` are by the part that they are about."""

    about: str = OWN
    key: str = ""
    label: str = ""
    type: str = "text"
    help: str = ""
    choices: str = ""
    required: bool = False
    again: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The field of an inquiry that it fills in."""
        return self.about if self.about != OWN else f"answers.{self.key}"

    @property
    def evidence(self) -> bool:
        """Whether its choices say a level of an item of BANTFO."""
        return self.about.startswith("answers.")

    @property
    def open(self) -> bool:
        """Whether its choices and help are to be seen."""
        return bool(self.choices or self.help or self.type in CHOSEN or self.errors.keys() & {"choices", "help"})


# -- from and to the builder ------------------------------------------------------------------------------------------
def rows_of(questions: list[dict]) -> list[Row]:
    """The kept questions as the builder shows them."""
    rows = []
    for one in questions:
        known = one["name"] in KNOWN
        rows.append(Row(
            about=one["name"] if known else OWN, key="" if known else one["name"].removeprefix("answers."),
            label=one["label"], type=kind_of(one), help=one.get("help", ""), choices=_lines(one),
            required=bool(one.get("required")), again=bool(one.get("again")),
        ))  # fmt: skip
    return rows


def _lines(question: dict) -> str:
    lines = []
    for choice in question.get("choices", []):
        value = choice.get("level") or choice["value"]
        lines.append(choice["label"] if value == choice["label"] else f"{choice['label']} = {value}")
    return "\n".join(lines)


def rows_posted(data) -> list[Row]:
    """The questions as they were posted, with the act of adding, moving or dropping one done."""
    rows = []
    for number in range(MOST + 1):
        about = data.get(f"q{number}-about")
        if about is None:
            break
        said = {name: data.get(f"q{number}-{name}", "").strip() for name in ("key", "label", "type", "help", "choices")}
        ticked = {name: bool(data.get(f"q{number}-{name}")) for name in ("required", "again")}
        rows.append(Row(about=about if about in KNOWN else OWN, **said, **ticked))
    return rows


def changed(rows: list[Row], act: str) -> int | None:
    """Do `add`, `up 3`, `down 3` or `drop 3` to the rows. The number of the one to look at, None for another act."""
    what, _, number = act.partition(" ")
    if what == "add":
        if len(rows) < MOST:
            rows.append(Row())
        return len(rows) - 1
    at = int(number) if number.isdecimal() else -1
    if what not in ("up", "down", "drop") or not 0 <= at < len(rows):
        return None
    if what == "drop":
        rows.pop(at)
        return min(at, len(rows) - 1)
    to = max(0, at - 1) if what == "up" else min(len(rows) - 1, at + 1)
    rows[at], rows[to] = rows[to], rows[at]
    return to


# -- what is wrong, and what is kept ----------------------------------------------------------------------------------
def questions_of(rows: list[Row]) -> tuple[list[dict], str]:
    """The questions to keep, and what is wrong with them together. What is wrong with one stands in its `errors`."""
    found, names = [], set()
    for row in rows:
        row.errors = {}
        if not row.label or len(row.label) > LONGEST_LABEL:
            row.errors["label"] = f"Write what is asked, in 1 to {LONGEST_LABEL} letters."
        if len(row.help) > LONGEST_HELP:
            row.errors["help"] = f"That has {len(row.help)} letters; {LONGEST_HELP} are the most."
        if row.about == OWN and not row.key:
            row.key = _own_key(row.label, {one.key for one in rows})
        if row.name in names:
            row.errors["about"] = f"{KNOWN.get(row.about, row.label)} is asked twice."
        names.add(row.name)
        question = {"name": row.name, "label": row.label, "required": row.required}
        _add_type(row, question)
        if row.help:
            question["help"] = row.help
        if row.again:
            question["again"] = True
        found.append(question)
    if not 0 < len(rows) <= MOST:
        return found, f"A form has 1 to {MOST} questions; this has {len(rows)}."
    if not names & set(REACHES):
        return found, "It asks for nothing to reach or know somebody by; ask for the e-mail address at least."
    return found, ""


def _own_key(label: str, taken: set[str]) -> str:
    plain = slugify(label)[:40].replace("-", "_") or "question"
    if f"answers.{plain}" in KNOWN or plain == "fit":
        plain = f"own_{plain}"
    key, number = plain, 2
    while key in taken:
        key, number = f"{plain}_{number}", number + 1
    return key


def _add_type(row: Row, question: dict) -> None:
    kind = row.type if row.type in TYPES else "text"
    if row.about in WRITTEN:
        kind = "text"
    elif row.choices and kind in ("text", "long", "number", "tick"):
        kind = "choice"
    if kind in CHOSEN:
        if not row.choices:
            row.errors["choices"] = "Write what can be chosen, one a line."
        question["choices"] = _choices(row)
        if kind == "several" and not question["name"].startswith("answers."):
            row.errors["type"] = "This has one value; let one be chosen."
    elif row.about == "employees":
        kind = "number"
    row.type = kind
    question["type"] = kind


def _choices(row: Row) -> list[dict]:
    found, values = [], set()
    for line in filter(None, map(str.strip, row.choices.splitlines())):
        label, _, value = (part.strip() for part in line.rpartition("=")) if "=" in line else (line, "", "")
        choice = {"value": value or label, "label": label}
        if row.evidence:
            level = value.lower()
            if level not in LEVELS:
                row.errors["choices"] = (
                    f"“{line[:60]}” says no level; write “{label[:40]} = yes”, partly, no or unknown."
                )
            choice = {"value": slugify(label)[:60] or f"c{len(found)}", "label": label, "level": level}
        elif wrong := _wrong_value(row.about, choice["value"]):
            row.errors["choices"] = wrong
        if not label or len(line) > LONGEST_CHOICE:
            row.errors["choices"] = f"“{line[:40]}” is no choice; write 1 to {LONGEST_CHOICE} letters."
        if choice["value"] in values:
            row.errors["choices"] = f"“{label[:60]}” stands there twice."
        values.add(choice["value"])
        found.append(choice)
    if len(found) > MOST_CHOICES:
        row.errors["choices"] = f"There are {len(found)} choices; {MOST_CHOICES} are the most."
    return found


def _wrong_value(about: str, value: str) -> str:
    if about == "employees" and not value.isdecimal():
        return f"“{value[:40]}” is no number of people; write “11 to 50 people = 30”."
    if about == "country" and not country_code(value):
        return f"“{value[:40]}” is no country that is known; write “Deutschland = DE”."
    return ""
