"""Everything that a decision about one person needs, judged at this very moment. Reading only.

The verdict, what is missing and what would settle it, the BANTFO sheet, the score line by line, the buying group.
"""

from dataclasses import dataclass, field
from datetime import datetime

from winnow.leads.advising import Words, advised, in_words
from winnow.leads.bench import now_milli
from winnow.leads.campaign import Content
from winnow.leads.chain import FactHead
from winnow.leads.changes import known_by
from winnow.leads.clock import now
from winnow.leads.cycle import CLOSED, Answer, Cycle
from winnow.leads.definition import Definition
from winnow.leads.fact import FactRow, minute, moment
from winnow.leads.person import Person, same_person
from winnow.leads.record import Recording, history_of
from winnow.leads.sheet import Sheet, sheet_of
from winnow.leads.standing import PersonStanding
from winnow.leads.steps import Plan, plan_for
from winnow.policy import facts as policy
from winnow.policy.definition import DAY
from winnow.policy.explain import CLAUSE_NUMBERS, asked_words, explain, roles_words
from winnow.policy.facts import ITEMS
from winnow.policy.fold import Fold
from winnow.policy.judge import Verdict, coverage
from winnow.policy.replay import refold

MANY_FACTS = 5000  # beyond these the score's lines are left to the page that shows every fact
CURVE_DAYS = 60
COUNTED = 1000
WHATS = {
    "inquiry": "Inquiry", "content_taken": "Content", "page_seen": "Pages", "mail_clicked": "Link in a mail",
    "mail_replied": "Answered a mail", "spoke": "Talked", "met": "Met", "title": "Title",
    "key_account": "Key account list", "engaged_people": "Other engaged people", "mail_bounced": "Mail came back",
    "opted_out": "Wants no mail",
}  # fmt: skip


@dataclass(frozen=True)
class Unmet:
    """One clause without what the definition asks, in words, with the number that it has in the document."""

    clause: str
    number: str
    known: str
    asked: str
    level: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the score: what gave how many milli-points, when, and what is left of them today."""

    what: str
    at: datetime | None
    given: int
    today: int
    note: str = ""
    fact: int | None = None
    half_life: int = 0


@dataclass(frozen=True)
class Member:
    """One of the buying group."""

    person: Person
    authority: str
    part: str
    milli: int
    grade: str
    last_at: datetime | None


@dataclass
class Dossier:
    """The person at one moment. Without a definition in force there is no verdict, and nothing can be judged."""

    person: Person
    at: datetime
    definition: Definition | None
    cycle: Cycle | None
    verdict: Verdict | None = None
    unmet: list[Unmet] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    sheet: list[Sheet] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    curve: list[tuple[float, int]] = field(default_factory=list)
    steps: list[Words] = field(default_factory=list)
    plan: Plan | None = None
    group: list[Member] = field(default_factory=list)
    facts: int = 0
    whole: bool = True
    advice: str = "nurture"
    history: list[policy.Fact] | None = None

    @property
    def answers(self) -> list[str]:
        """The six levels in the order of BANTFO."""
        return list(self.verdict.levels) if self.verdict else ["unknown"] * 6

    @property
    def signs(self) -> bool:
        """Whether anybody of the group is known to decide."""
        return self.answers[ITEMS.index("authority")] == "yes"

    @property
    def points(self) -> dict[int, int]:
        """Milli-points given by each fact."""
        found: dict[int, int] = {}
        for line in self.lines:
            if line.fact is not None:
                found[line.fact] = found.get(line.fact, 0) + line.given
        return found

    @property
    def asked_score(self) -> int | None:
        """Milli-points that clause 4.1 asks for."""
        return self.definition.policy.asked_score if self.definition else None


def dossier(
    person: Person, *, at: datetime | None = None, every_line: bool = False, as_known: bool = False
) -> Dossier:
    """Judge the person afresh and gather what explains the verdict.

    `every_line` replays the account's facts for the lines of the score, however many they are. `as_known`: of a past
    moment, by what was known then alone and under the definition that was in force.
    """
    at = at or now()
    definition = Definition.in_force(at if as_known else None)
    cycle = Cycle.last_of(person)
    found = Dossier(person=person, at=at, definition=definition, cycle=cycle)
    head = FactHead.objects.filter(account_id=person.account_id).first()
    found.facts = FactRow.objects.filter(person_id__in=same_person(person))[: COUNTED + 1].count() if head else 0
    found.group = _group(person, definition, at)
    if definition is None:
        return found
    if as_known:
        trace: list | None = []
        found.history = history_of(person.account_id)
        fold = refold(definition.policy, known_by(found.history, minute(at)), trace)
        if person.pk not in fold.homes:
            return found  # nothing was known of them
    else:
        fold, trace = _fold(found, at, head.facts if head and not every_line else 0)
    if fold is None:
        return found
    found.whole = trace is not None
    home = fold.homes.get(person.pk, person.account_id) if as_known else person.account_id
    told = explain(fold, home, person.pk, minute(at))
    found.verdict = told["verdict"]
    found.unmet = [_unmet(fold, found.verdict, clause, definition) for clause in found.verdict.unmet]
    found.met = _met(definition, found.verdict)
    found.sheet = sheet_of(fold, person, found.verdict, told["evidence"], definition)
    titles = _titles(line["code"] for line in told["lines"] if line["what"] == "content_taken")
    half = {line.fact: line.half_life for line in trace or []}
    found.lines = [_line(line, titles, half) for line in told["lines"] if line["given"] or line["note"]]
    found.lines.sort(key=lambda line: (line.at is None, -(minute(line.at) if line.at else 0)))
    found.curve = _curve(told["lines"], fold, at) if found.whole else []
    found.advice = advised(person, found.verdict, definition.policy)
    found.plan = plan_for(fold, home, person.pk, minute(at))
    found.steps = in_words(found.plan, fold, found.verdict, found.advice)
    return found


def _fold(found: Dossier, at: datetime, facts: int) -> tuple[Fold | None, list | None]:
    """The account's fold: from its facts with every line, or, where they are many, from what is remembered of them."""
    if facts <= MANY_FACTS:
        trace: list = []
        found.history = history_of(found.person.account_id)
        return refold(found.definition.policy, found.history, trace), trace
    history = Recording(found.person.account, at, None)  # never closed: nothing is written
    history.verdict_on(found.person.pk)
    return history.fold, None


# -- what is missing, and what is there ------------------------------------------------------------------------------
def _unmet(fold: Fold, verdict: Verdict, clause: str, definition: Definition) -> Unmet:
    rules, level = definition.policy, ""
    if clause == "score":
        known, asked = f"The score is {verdict.score}", f"{rules.asked_score // 1000}"
    elif clause == "fit":
        known, asked, level = f"The grade is {verdict.grade}", f"{rules.asked_grade} or better", verdict.levels[4]
    elif clause in ITEMS:
        level = verdict.levels[ITEMS.index(clause)]
        known = f"{clause.capitalize()} is {level}"
        asked = asked_words(rules, clause)
    elif clause == "enough":
        have = sum(level_ in _enough(rules) for level_ in _levels_of(verdict, rules.enough_of))
        known = f"{have} of {', '.join(rules.enough_of)} {'is' if have == 1 else 'are'} known"
        asked = f"{rules.enough_count} of them, {'yes' if rules.enough_level == 'yes' else 'at least partly'}"
    elif clause == "conversation":
        known, asked = "Nobody has talked with anyone there", f"one talk within {rules.conversation_within // DAY} days"
    elif clause == "interest":
        known, asked = "Nobody there came to us", "active interest of somebody there: bought names are no leads"
    elif clause == "people":
        known, asked = "Too few people there are engaged", f"{rules.people_asked} of them"
    elif clause == "roles":
        short = [one for one in coverage(fold, fold.accounts[verdict.account], verdict.at) if one.missing]
        named = ", ".join(f"{one.missing} {one.role.name.replace('_', ' ')}" for one in short)
        known, asked = f"The buying group lacks {named}", roles_words(rules)
    elif clause == "excluded":
        known = f"It is {' or '.join(one.says or one.name.replace('_', ' ') for one in rules.never)}"
        asked = "none of these"
    elif clause == "confirmation":
        known, asked = "Nobody has confirmed it", "a person’s word"
    elif clause == "recycled":
        hold = fold.accounts[verdict.account].hold
        known = f"Recycled on {moment(hold[0]):%-d %B %Y}"
        asked = _ways_back(rules, hold)
    else:
        known, asked = "Disqualified", "to be reopened first"
    return Unmet(clause, CLAUSE_NUMBERS[clause], known, asked, level)


def _ways_back(rules, hold) -> str:
    """What ends a recycling under the definition, the soonest first."""
    wake = f" from {moment(hold[2]):%-d %B %Y}" if hold[2] else ""
    ways = [f"new evidence for {hold[1]}"] if hold[1] and "evidence" in rules.back_by else []
    if "interest" in rules.back_by and (wake or not hold[1]):
        ways.append(f"new active interest{wake}")
    if "date" in rules.back_by and wake:
        ways.append(f"nothing more{wake}")
    if "person" in rules.back_by:
        ways.append("a person who takes it up again")
    return ", or ".join(ways) or "nothing that the definition names"


def _enough(rules) -> tuple[str, ...]:
    return ("yes",) if rules.enough_level == "yes" else ("yes", "partly")


def _levels_of(verdict: Verdict, items) -> list[str]:
    return [verdict.levels[ITEMS.index(item)] for item in items]


def _met(definition: Definition, verdict: Verdict) -> list[str]:
    """What the definition asks for and has got, by name."""
    rules = definition.policy
    asked = ["score", "fit", *(clause.item for clause in rules.clauses if clause.asked and clause.item != "fit")]
    if rules.conversation_within:
        asked.append("conversation")
    return [{"fit": "grade"}.get(name, name) for name in asked if name not in verdict.unmet]


# -- the score -------------------------------------------------------------------------------------------------------
def _titles(codes) -> dict[str, str]:
    codes = set(codes)
    return dict(Content.objects.filter(code__in=codes).values_list("code", "title")) if codes else {}


def _line(line: dict, titles: dict[str, str], half: dict[int, int]) -> Line:
    what = WHATS.get(line["what"], line["what"].replace("_", " ").capitalize())
    code = line["code"].replace("_", " ")
    if line["what"] == "content_taken":
        what = titles.get(line["code"], code)
    elif line["what"] == "engaged_people":
        what = "Second person" if line["code"] == "1" else f"{line['code']} other engaged people"
    elif line["what"] == "profile":
        what = code.capitalize()
    elif line["what"] in ("inquiry", "page_seen", "title") and code:
        what = f"{what}, {code}"
    happened = moment(line["happened"]) if line["happened"] is not None else None
    fades = half.get(line["fact"], 0) if happened is not None else 0
    return Line(what, happened, line["given"], line["today"], line["note"], line["fact"], fades)


def _curve(lines: list[dict], fold: Fold, at: datetime) -> list[tuple[float, int]]:
    """The score as the lines make it over the last weeks: a point before and after each jump, and days between."""
    end = minute(at)
    moving = [line for line in lines if line["happened"] is not None and line["given"]]
    if not moving:
        return []
    fixed = sum(line["today"] for line in lines if line["happened"] is None)
    half = {line.fact: line.half_life for line in fold.trace or []}
    start = max(min(line["happened"] for line in moving), end - CURVE_DAYS * DAY)

    def score(when: int, including: bool) -> int:
        total = float(fixed)
        for line in moving:
            age = when - line["happened"]
            if age > 0 or (age == 0 and including):
                total += line["given"] * 2.0 ** (-age / (half.get(line["fact"]) or fold.definition.half_life))
        return round(total)

    jumps = {line["happened"] for line in moving if line["happened"] >= start}
    days = set(range(start, end, max(DAY, (end - start) // 40)))
    points = []
    for when in sorted(jumps | days | {start, end}):
        if when in jumps and when != start:
            points.append((float(when), score(when, False)))
        points.append((float(when), score(when, True)))
    return points


# -- the buying group ------------------------------------------------------------------------------------------------
def _group(person: Person, definition: Definition | None, at: datetime) -> list[Member]:
    rows = (
        PersonStanding.objects.filter(account_id=person.account_id, person__merged_into=None)
        .select_related("person").order_by("-order_key", "person_id")[:8]
    )  # fmt: skip
    rows = list(rows)
    if all(row.person_id != person.pk for row in rows):
        rows = [*PersonStanding.objects.filter(person=person).select_related("person"), *rows[:7]]
    said = Answer.objects.filter(person__in=[row.person_id for row in rows], item="authority", withdrawn_at=None)
    authority = {one.person_id: one.level for one in said.order_by("said_at", "pk")}
    last = {}
    for row in rows:
        fact = FactRow.objects.filter(person_id=row.person_id).exclude(kind__in=("mail_sent", "described"))
        newest = fact.order_by("-pk").values_list("happened_at", flat=True).first()
        last[row.person_id] = newest
    parts = {"yes": "decides", "partly": "prepares, recommends", "no": "has no say", "unknown": "not known yet"}
    return [
        Member(
            row.person, level := authority.get(row.person_id, "unknown"), parts[level],
            max(now_milli(row, definition, at), 0), row.grade, last[row.person_id],
        )
        for row in rows
    ]  # fmt: skip


def is_open(cycle: Cycle | None) -> bool:
    """Whether the person is on a trip through the funnel right now."""
    return cycle is not None and cycle.stage not in CLOSED
