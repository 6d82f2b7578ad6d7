"""A verdict explained to the last point, in words: the same text on the command line and on the screen.

Every clause with its evidence and how old that is, every line of the score, what is missing, what would make it ready
(proved by the policy), and what changed since a week before.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from winnow.leads import axes
from winnow.leads.changes import Change, Effect, change_since
from winnow.leads.clock import now
from winnow.leads.dossier import Dossier, Line, dossier
from winnow.leads.errors import Refusal
from winnow.leads.fact import moment
from winnow.leads.person import Person
from winnow.leads.sheet import Sheet
from winnow.policy.definition import DAY
from winnow.policy.explain import CLAUSE_NUMBERS
from winnow.policy.facts import ITEMS

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class ClauseTold:
    """One clause that the definition asks for: whether it is met, what is known, what is asked, by what evidence."""

    number: str
    clause: str
    met: bool
    known: str
    asked: str
    evidence: str = ""
    at: datetime | None = None


@dataclass
class Explained:
    """Everything about one verdict. `sections` are (heading, lines) in plain words."""

    dossier: Dossier
    clauses: list[ClauseTold] = field(default_factory=list)
    change: Change | None = None

    @property
    def verdict(self):
        """The verdict that is explained."""
        return self.dossier.verdict

    @property
    def band(self) -> int:
        """The band of engagement, 1 to 4."""
        return axes.band_at(self.dossier.definition.policy, self.verdict.milli)

    @property
    def sections(self) -> list[tuple[str, list[str]]]:
        """The whole text: headings and their lines."""
        found, verdict = self.dossier, self.verdict
        sections = [
            ("Clause by clause", [_clause(one) for one in self.clauses]),
            ("Score, line by line", [_line(one, found) for one in found.lines] or ["Nothing has counted."]),
        ]
        if not verdict.ready:
            unmet = [f"{one.known}; clause {one.number} asks for {one.asked}." for one in found.unmet]
            sections.append(("Why it is not ready", unmet))
            heading = "What would make it ready" if found.plan.ready else "What would bring it nearer"
            steps = [_step(one) for one in found.steps]
            sections.append((heading, steps or ["Nothing that somebody could do now; time or an inquiry changes it."]))
        if self.change is not None:
            since = f"{self.change.since:%-d %B %Y}"
            sections.append((f"What changed since {since}", _changed(self.change)))
        return sections

    @property
    def head(self) -> list[str]:
        """Who, under what, and the verdict in one line."""
        found, verdict = self.dossier, self.verdict
        missing = len(found.unmet)
        state = "Ready: the whole definition is met." if verdict.ready else (
            f"Not ready: {'one clause is' if missing == 1 else f'{missing} clauses are'} unmet.")  # fmt: skip
        return [
            f"{found.person}, {found.person.account}, under definition {found.definition.number}, "
            f"as of {found.at:%-d %B %Y %H:%M} UTC",
            f"{state} Grade {verdict.grade}; score {points(verdict.milli)}, asked {points(found.asked_score)}: "
            f"engagement {axes.BANDS[self.band]} ({axes.WORDS[self.band]}).",
        ]

    def data(self) -> dict:
        """The same as plain data."""
        found, verdict, change = self.dossier, self.verdict, self.change
        return {
            "person": found.person.pk, "name": str(found.person), "account": str(found.person.account),
            "definition": found.definition.number, "at": found.at, "score": verdict.score, "milli": verdict.milli,
            "grade": verdict.grade, "engagement": axes.BANDS[self.band], "ready": verdict.ready,
            "answers": [
                {"item": row.item, "level": row.level, "asked": row.asked, "said_at": row.said_at,
                 "source": row.source, "quote": row.quote, "who": row.who, "conflicts": list(row.conflicts)}
                for row in found.sheet
            ],
            "clauses": [vars(one) for one in self.clauses],
            "unmet": [
                {"clause": one.clause, "number": one.number, "known": one.known, "asked": one.asked}
                for one in found.unmet
            ],
            "lines": [
                {"what": one.what, "at": one.at, "given": one.given, "today": one.today, "note": one.note,
                 "fact": one.fact}
                for one in found.lines
            ],
            "steps": {
                "ready": found.plan.ready, "left": list(found.plan.left),
                "until": moment(found.plan.by) if found.plan.by else None,
                "acts": [
                    {"kind": act.kind, "about": act.about, "level": act.level, "at": moment(act.at)}
                    for act in found.plan.acts
                ],
                "text": [_step(one) for one in found.steps],
            },
            "changed": None if change is None else {
                "since": change.since,
                "before": None if change.before is None else {
                    "milli": change.before.milli, "grade": change.before.grade, "ready": change.before.ready,
                    "unmet": list(change.before.unmet),
                },
                "effects": [
                    {"what": one.what, "milli": one.milli, "met": list(one.met), "lapsed": list(one.lapsed),
                     "answers": list(one.answers), "fact": one.fact, "at": moment(one.at) if one.at else None}
                    for one in change.effects
                ],
            },
        }  # fmt: skip


def explained(person: Person, *, as_of: datetime | None = None, since: datetime | None = None) -> Explained:
    """The verdict on somebody now, or as of a past moment by what was known then. Refusal where there is none."""
    at = as_of or now()
    found = dossier(person, at=at, every_line=True, as_known=as_of is not None)
    when = "" if as_of is None else f" on {at:%-d %B %Y}"
    if found.definition is None:
        way = "sign one first" if as_of is None else "nobody could be judged then"
        raise Refusal(f"No definition {'is' if as_of is None else 'was'} in force{when}; {way}.", code="no_definition")
    if found.verdict is None:
        raise Refusal(f"Nothing was known of {person}{when}; ask for a later day.", code="unknown")
    told = Explained(found)
    told.clauses = _clauses(found)
    told.change = change_since(person, since or at - WEEK, found.definition, found.verdict, at, found.history)
    return told


# -- clause by clause ------------------------------------------------------------------------------------------------
def _clauses(found: Dossier) -> list[ClauseTold]:
    """Every clause that is asked for, in the order of the document, then what keeps it back besides."""
    rules, unmet = found.definition.policy, {one.clause: one for one in found.unmet}
    sheet = {row.item: row for row in found.sheet}
    asked = ["interest" if not rules.conversation_within else "", "score", "fit"]
    asked += [clause.item for clause in rules.clauses if clause.asked and clause.item != "fit"]
    asked += ["enough" if rules.enough_count else "", "conversation" if rules.conversation_within else "",
              "confirmation" if rules.person_confirms else "", "people" if rules.people_asked else "",
              "roles" if any(role.at_least for role in rules.roles) else ""]  # fmt: skip
    told = []
    for clause in dict.fromkeys([one for one in asked if one] + list(unmet)):
        row, short = sheet.get(clause), unmet.get(clause)
        if short is not None:
            known, wanted = short.known, short.asked
        else:
            known, wanted = _met(clause, found, row)
        evidence, at = _evidence(row, found) if row is not None else ("", None)
        told.append(ClauseTold(CLAUSE_NUMBERS[clause], clause, short is None, known, wanted, evidence, at))
    return told


def _met(clause: str, found: Dossier, row: Sheet | None) -> tuple[str, str]:
    rules, verdict = found.definition.policy, found.verdict
    if clause == "score":
        return f"The score is {points(verdict.milli)}", points(rules.asked_score)
    if clause == "fit":
        return f"The grade is {verdict.grade}", f"{rules.asked_grade} or better"
    if row is not None:
        return f"{clause.capitalize()} is {row.level}", row.asked or "nothing"
    words = {
        "enough": ("Enough of the answers are known", f"{rules.enough_count} of {', '.join(rules.enough_of)}"),
        "conversation": ("Somebody has talked with them", f"one talk within {rules.conversation_within // DAY} days"),
        "interest": ("They came to us", "active interest of somebody there"),
        "confirmation": ("A person has confirmed it", "a person’s word"),
        "people": ("Enough people there are engaged", f"{rules.people_asked}"),
        "roles": ("The roles of the buying group are covered", "each of them"),
    }
    return words.get(clause, (clause, ""))


def _evidence(row: Sheet, found: Dossier) -> tuple[str, datetime | None]:
    """What an answer rests on: who said what, how, when, and until when it counts."""
    if row.item == "fit":
        marks = {True: "yes", False: "no", None: "unknown"}
        return "; ".join(f"{says}: {marks[met]}" for says, met in row.computed), None
    if row.said_at is None:
        return "nobody has said so", None
    words = f"“{row.quote}” " if row.quote else ""
    who = ", ".join(part for part in (row.who, row.source) if part)
    end = row.said_at + timedelta(minutes=found.definition.policy.clause(row.item).expires)
    conflicts = f"; conflicts with {', '.join(row.conflicts)}" if row.conflicts else ""
    heard = f"{words}{who}{f' to {row.to}' if row.to else ''}, {age(row.said_at, found.at)}"
    return f"{heard}; counts until {end:%-d %B %Y}{conflicts}", row.said_at


# -- lines of text ---------------------------------------------------------------------------------------------------
def points(milli: int) -> str:
    """Milli-points as whole points, rounded down, as everywhere on the screen."""
    return str(milli // 1000)


def age(then: datetime, at: datetime) -> str:
    """How long ago: "today", "yesterday", "9 days ago"."""
    days = (at.date() - then.date()).days
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"


def _clause(one: ClauseTold) -> str:
    evidence = f" Evidence: {one.evidence}." if one.evidence else ""
    return f"{'met  ' if one.met else 'unmet'} {one.number}  {one.known}; asked: {one.asked}.{evidence}"


def _line(one: Line, found: Dossier) -> str:
    half = f", fades by half in {one.half_life // DAY} days" if one.half_life else ""
    when = f", {one.at:%-d %B %Y}, {age(one.at, found.at)}{half}" if one.at is not None else ", stays"
    note = f" ({one.note})" if one.note else ""
    return f"{one.given / 1000:+8.1f} given {one.today / 1000:+8.1f} today  {one.what}{note}{when}"


def _step(step: tuple[str, str, str]) -> str:
    what, quote, why = step
    said = "" if not quote else f" “{quote}”" if what.endswith(":") else f" Ask: “{quote}”"
    return f"{what}{said} {why}".strip()


def _changed(change: Change) -> list[str]:
    before, after = change.before, change.now
    if before is None:
        first = "Nobody was judged then." if change.definition_then else "No definition was in force then."
    else:
        state = "ready" if before.ready else f"not ready ({', '.join(before.unmet)})"
        first = f"Then: score {points(before.milli)}, grade {before.grade}, {state}."
    state = "ready" if after.ready else f"not ready ({', '.join(after.unmet)})"
    lines = [first, f"Now: score {points(after.milli)}, grade {after.grade}, {state}."]
    return lines + [_effect(one) for one in change.effects] if change.effects else [*lines, "Nothing has changed it."]


def _effect(one: Effect) -> str:
    when = f", {moment(one.at):%-d %B}" if one.at is not None else ""
    parts = [f"met now: {', '.join(one.met)}" if one.met else "", f"unmet now: {', '.join(one.lapsed)}" if one.lapsed
             else "", f"answers: {', '.join(one.answers)}" if one.answers else ""]  # fmt: skip
    more = "; ".join(part for part in parts if part)
    return f"{one.milli / 1000:+8.1f}  {one.what}{when}{f' ({more})' if more else ''}"


assert set(ITEMS) < set(CLAUSE_NUMBERS)
