"""The whole lead definition, part by part, as people edit it: each with its fields, its rows and what it is about."""

from dataclasses import dataclass

from winnow.policy.definition import BACK_BY, CAPPED, CLAUSE_LEVELS, CONFIRM_WHEN, ENDINGS, SOURCES
from winnow.policy.facts import CHANNELS, ITEMS, SENIORITIES
from winnow.policy.scenario import PEOPLE, UNMET
from winnow.policy.words import ACTION_WORDS, CAP_WORDS, CHANNEL_WORDS
from winnow.web import inquiry_rules_form
from winnow.web.definition_rows import Column, Rows

ASKED = [("", "not asked for"), ("partly", "at least partly"), ("yes", "yes")]
ANSWERED = [item for item in ITEMS if item != "fit"]
SOURCE_WORDS = {
    "rep": "a rep",
    "meeting": "a meeting",
    "call": "a call",
    "mail": "a mail",
    "chat": "a chat",
    "form": "a form",
    "event": "an event",
    "import": "a list",
    "machine": "a machine",
}
CONFIRM_LABELS = {
    "key_account": "for key accounts",
    "came_back": "when it was recycled before",
    "passive": "where the person never came to us",
}
BACK_LABELS = {
    "evidence": "newer evidence for what failed",
    "interest": "new active interest after the wake-up date",
    "date": "the wake-up date alone",
    "person": "a person takes it up again",
}


def _named(codes, words=None) -> list[tuple[str, str]]:
    return [(code, (words or {}).get(code, code.replace("_", " "))) for code in codes]


def _criteria(form) -> list[tuple[str, str]]:
    """The names of the criteria as they stand in the form now."""
    return [(name, name.replace("_", " ")) for name in form.criteria_names()]


def _points(name: str, title: str, label: str, add: str, choices=(), suggest: str = "", help: str = "") -> Rows:
    """Points by code: a choice where the codes are known, words where they are the firm's own."""
    code = (
        Column("code", label, "choice", [("", "choose"), *choices])
        if choices
        else Column("code", label, suggest=suggest)
    )
    return Rows(
        f"score_{name}",
        title,
        ("score", name),
        "points",
        (code, Column("points", "Points", "points")),
        add,
        help,
        compact=True,
    )


_ATTRIBUTE = (
    Column("name", "Name", required=True, help="Short; the grade rules name it."),
    Column("attribute", "Asks about", suggest="attributes", help="industry, employees, country, seniority …"),
    Column("any_of", "Any of", "words", help="One a line."),
    Column("none_of", "None of", "words"),
    Column("at_least", "At least", "number"),
    Column("at_most", "At most", "number"),
    Column("says", "In words", help="What people call it."),
)


CRITERIA = Rows("criteria", "Criteria", ("fit", "criteria"), "table", _ATTRIBUTE, "Add a criterion")
GRADES = Rows(
    "grades",
    "Grade rules, best first",
    ("fit", "grades"),
    "list",
    (
        Column("grade", "Grade", "choice", _named("ABC")),
        Column("every", "All of", "several", _criteria),
        Column("some", "and of these", "several", _criteria),
        Column("at_least", "at least so many", "number", most=50),
    ),
    "Add a rule",
    "The first rule that is met gives the grade. Who meets none has grade D. What isn’t known is not met. "
    "Several rules may give the same grade: one for each segment.",
)
WEIGHTS = (
    _points("inquiry", "Inquiries, by their way", "Way", "Add a way", _named((*CHANNELS, "default"), CHANNEL_WORDS)),
    _points(
        "content",
        "Content",
        "Piece",
        "Add a piece of content",
        suggest="content-codes",
        help="The piece called “default” stands for all that aren’t named.",
    ),
    _points(
        "page",
        "Pages of our site",
        "Page",
        "Add a page",
        suggest="page-codes",
        help="Negative points count against: careers −10. “default” stands for any other page.",
    ),
    _points("action", "What they do", "Act", "Add an act", _named(ACTION_WORDS, ACTION_WORDS)),
    _points("title", "Who they are, by rank", "Rank", "Add a rank", _named(SENIORITIES)),
    Rows(
        "profile",
        "What they are, by anything that is known",
        ("score", "profile"),
        "table",
        (*_ATTRIBUTE, Column("points", "Points", "points", required=True)),
        "Add points for an attribute",
        "As long as it is so; negative points count against.",
    ),
)
CAPS = _points(
    "cap",
    "Limits of their own a day",
    "Of",
    "Add a limit",
    [(name, CAP_WORDS[kind]) for name, kind in CAPPED.items()],
)
TRUST = Rows(
    "trust",
    "Who is believed first when answers differ",
    ("bantfo", "trust"),
    "words",
    (Column("word", "Told by", "choice", _named(SOURCES, SOURCE_WORDS)),),
    "Add a source",
    "From the most believed down; then the newest.",
    compact=True,
)
ROLES = Rows(
    "roles",
    "Roles of the buying group",
    ("account", "roles"),
    "table",
    (
        Column("name", "Role", required=True),
        Column("seniority", "By rank", "several", _named(SENIORITIES)),
        Column("department", "By department", "words"),
        Column("role", "By role", "words"),
        Column("authority", "Says to have authority", "choice", [("", "doesn’t matter"), *_named(CLAUSE_LEVELS)]),
        Column("at_least", "How many are asked for", "number", most=10, help="0 shows it and asks for none."),
        Column("says", "In words"),
    ),
    "Add a role",
    "Who is known to have all that a role names has it. People count who were engaged lately.",
)
REASONS = Rows(
    "reject",
    "Reasons to turn a lead down",
    ("reject",),
    "list",
    (
        Column("code", "Code", required=True),
        Column("says", "In words"),
        Column("clause", "What failed", "choice", [("", "nothing by name"), *_named(ITEMS)]),
        Column("then", "Then", "choice", _named(ENDINGS)),
        Column("wait_days", "wakes after days", "number", most=3650),
        Column("lasting", "for good", "flag"),
    ),
    "Add a reason",
)
SCENARIOS = Rows(
    "scenario",
    "Scenarios",
    ("scenario",),
    "list",
    (
        Column("name", "Name", required=True),
        Column("story", "What happens, a line each", "lines", required=True, help="0 ann inquiry web"),
        Column("who", "Who is judged", "choice", _named(PEOPLE)),
        Column("on", "on day", help="Empty: at the end."),
        Column("ready", "is ready", "flag"),
        Column("unmet", "or lacks", "several", _named(UNMET)),
        Column("grade", "with grade", "choice", [("", "any"), *_named("ABCD")]),
    ),
    "Add a scenario",
)
ALL_ROWS = (CRITERIA, GRADES, *WEIGHTS, CAPS, TRUST, ROLES, REASONS, SCENARIOS)


@dataclass(frozen=True)
class Part:
    """A part of the page. `about` are the keys of clauses that it makes, `paths` what of the document is its own."""

    name: str
    number: str
    title: str
    says: str
    about: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    blocks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rows: tuple[Rows, ...] = ()


def _answers() -> tuple[str, ...]:
    kinds = ("asked", "expires", "sources", "said_by")
    return (*(f"{item}_{kind}" for item in ANSWERED for kind in kinds), "fit_asked")


PARTS = (
    Part(
        "inquiry",
        "1",
        "What a valid inquiry is",
        "Who is kept out stays in the database and counts for nothing. It holds "
        "for inquiries from the day it is in force.",
        ("inquiry", "competitors"),
        (("inquiry",), ("score", "passive_percent")),
        (("", (*inquiry_rules_form.shown(), "passive_percent")),),
    ),
    Part(
        "fit",
        "2",
        "Whom we want",
        "Criteria ask about what is known of the firm or the person; rules make grades of them.",
        ("fit.",),
        (("fit",), ("lead", "never")),
        (("", ("never",)),),
        (CRITERIA, GRADES),
    ),
    Part(
        "score",
        "3",
        "What counts, and how much",
        "Everything that somebody does is worth points that fade; what they are "
        "is worth points for as long as they are it.",
        ("score.",),
        (("score",),),
        (
            ("How fast it fades", ("half_life_days", "slow_half_life_days", "slow", "slow_content")),
            ("Limits", ("daily_cap", "repeat_days")),
            ("The account", ("engaged_person", "engaged_people_most", "engaged_days", "key_account")),
        ),
        (*WEIGHTS, CAPS),
    ),
    Part(
        "lead",
        "4",
        "What makes a lead",
        "The gate: fit, engagement and answers, each by itself. A high score alone never makes a lead.",
        ("lead.score", "lead.grade", "lead.person", "lead.never"),
        (("score", "asked"), ("lead", "grade"), ("lead", "person_confirms"), ("lead", "confirm_when")),
        (("", ("asked", "grade", "person_confirms", "confirm_when")),),
    ),
    Part(
        "bantfo",
        "4.3",
        "What must be answered",
        "Which answers, at what level, how old they may be, who may have said so, and how many sources.",
        ("bantfo.",),
        (("bantfo",),),
        (
            ("", _answers()),
            ("Enough of them, and a talk", ("enough_count", "enough_of", "enough_level", "within_days")),
        ),
        (TRUST,),
    ),
    Part(
        "account",
        "4.7",
        "The buying group",
        "How many people of the account must be engaged, and in which roles.",
        ("account.",),
        (("account",),),
        (("", ("people",)),),
        (ROLES,),
    ),
    Part(
        "promise",
        "5",
        "What both sides owe",
        "The times that both sides promise each other, and the touches that a lead gets.",
        ("promise.", "cadence"),
        (("promise",), ("cadence",)),
        (
            ("", ("response_minutes", "contact_me_minutes", "inquiry_minutes", "touches", "days_between")),
            ("Working time", ("opens", "closes", "time_zone", "holidays", "weekdays")),
        ),
    ),
    Part(
        "companies",
        "A",
        "Companies",
        "Key accounts by name or domain. Competitors stand with the inquiries.",
        ("key_accounts",),
        (("key_accounts",),),
        (("", ("key_accounts",)),),
    ),
    Part(
        "reject",
        "B, C",
        "Turning down, and coming back",
        "Each reason says what failed, and what follows from it.",
        ("reject", "recycling"),
        (("reject",), ("recycling",)),
        (("", ("back_by",)),),
        (REASONS,),
    ),
    Part(
        "scenario",
        "E",
        "Scenarios that must hold",
        "Small stories with their outcome. Nobody can sign a text that says something else of them.",
        ("scenario.",),
        (("scenario",),),
        (),
        (SCENARIOS,),
    ),
)

CONFIRM = [(code, CONFIRM_LABELS[code]) for code in CONFIRM_WHEN]
BACK = [(code, BACK_LABELS[code]) for code in BACK_BY]
SLOW = _named((*ACTION_WORDS, *CHANNELS), {**CHANNEL_WORDS, **ACTION_WORDS})
TOLD = _named(SOURCES, SOURCE_WORDS)
