"""Everything that a decision about one person needs, judged at this very moment. Reading only.

The verdict, what is missing and what would settle it, the BANTFO sheet, the score line by line, the buying group.
"""

from dataclasses import dataclass, field
from datetime import datetime

from winnow.leads.bench import now_milli
from winnow.leads.campaign import Content
from winnow.leads.chain import FactHead
from winnow.leads.clock import now
from winnow.leads.cycle import CLOSED, Answer, Cycle
from winnow.leads.definition import Definition
from winnow.leads.fact import FactRow, minute, moment
from winnow.leads.inquiry import Inquiry
from winnow.leads.person import Person, same_person
from winnow.leads.record import Recording, refold_account
from winnow.leads.sheet import Sheet, sheet_of
from winnow.leads.standing import PersonStanding
from winnow.policy.definition import DAY
from winnow.policy.explain import CLAUSE_NUMBERS, asked_words, explain, roles_words
from winnow.policy.facts import ITEMS
from winnow.policy.fold import Fold
from winnow.policy.judge import Verdict, coverage

MANY_FACTS = 5000  # beyond these the score's lines are left to the page that shows every fact
CURVE_DAYS = 60
COUNTED = 1000
QUESTIONS = {
    "budget": "Who sets aside money for this, and is there a line for it this year?",
    "authority": "Who else is in on this, and who signs in the end?",
    "need": "What goes wrong today without it, and what does that cost you?",
    "timing": "By when must it work, and what happens on that day?",
    "other": "What would have to be true for you to go on with us?",
}
TALKATIVE = ("phone", "chat", "event", "referral")  # ways of inquiring by which somebody wanted to be talked with
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
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    group: list[Member] = field(default_factory=list)
    facts: int = 0
    whole: bool = True
    advice: str = "nurture"

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


def dossier(person: Person, *, at: datetime | None = None, every_line: bool = False) -> Dossier:
    """Judge the person afresh and gather what explains the verdict.

    `every_line` replays the account's facts for the lines of the score, however many they are.
    """
    at = at or now()
    definition = Definition.in_force()
    cycle = Cycle.last_of(person)
    found = Dossier(person=person, at=at, definition=definition, cycle=cycle)
    head = FactHead.objects.filter(account_id=person.account_id).first()
    found.facts = FactRow.objects.filter(person_id__in=same_person(person))[: COUNTED + 1].count() if head else 0
    found.group = _group(person, definition, at)
    if definition is None:
        return found
    fold, trace = _fold(definition, person, at, head.facts if head and not every_line else 0)
    if fold is None:
        return found
    found.whole = trace is not None
    told = explain(fold, person.account_id, person.pk, minute(at))
    found.verdict = told["verdict"]
    found.unmet = [_unmet(fold, found.verdict, clause, definition) for clause in found.verdict.unmet]
    found.met = _met(definition, found.verdict)
    found.sheet = sheet_of(fold, person, found.verdict, told["evidence"], definition)
    titles = _titles(line["code"] for line in told["lines"] if line["what"] == "content_taken")
    found.lines = [_line(line, titles) for line in told["lines"] if line["given"] or line["note"]]
    found.lines.sort(key=lambda line: (line.at is None, -(minute(line.at) if line.at else 0)))
    found.curve = _curve(told["lines"], fold, at) if found.whole else []
    found.advice = advised(found)
    found.steps = _steps(found, fold)
    return found


def _fold(definition: Definition, person: Person, at: datetime, facts: int) -> tuple[Fold | None, list | None]:
    """The account's fold: from its facts with every line, or, where they are many, from what is remembered of them."""
    if facts <= MANY_FACTS:
        trace: list = []
        return refold_account(definition, person.account_id, trace), trace
    history = Recording(person.account, at, None)  # never closed: nothing is written
    history.verdict_on(person.pk)
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
        asked = f"new evidence for {hold[1]}" if hold[1] else "new active interest"
        if hold[2]:
            asked += f", or new active interest from {moment(hold[2]):%-d %B %Y}" if hold[1] else (
                f" from {moment(hold[2]):%-d %B %Y}")  # fmt: skip
    else:
        known, asked = "Disqualified", "to be reopened first"
    return Unmet(clause, CLAUSE_NUMBERS[clause], known, asked, level)


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


def _line(line: dict, titles: dict[str, str]) -> Line:
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
    return Line(what, happened, line["given"], line["today"], line["note"], line["fact"])


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


# -- what would settle it --------------------------------------------------------------------------------------------
def advised(found: Dossier) -> str:
    """What to do next: hand off, confirm, call or nurture. A download alone never suggests a sales call."""
    if found.verdict is None:
        return "nurture"
    if found.verdict.ready:
        return "hand off"
    unmet = set(found.verdict.unmet)
    if "disqualified" in unmet or "recycled" in unmet:
        return "nurture"
    if unmet == {"confirmation"}:
        return "confirm"
    wanted = Inquiry.objects.filter(person=found.person, valid=True).order_by("-captured_at").values_list(
        "contact_me", "channel"
    )[:20]  # fmt: skip
    talks = "conversation" not in unmet and found.definition.policy.conversation_within > 0
    if talks or any(contact or channel in TALKATIVE for contact, channel in wanted):
        return "call"
    answers_alone = unmet <= {*ITEMS, "enough", "conversation", "interest", "confirmation"} - {"fit"}
    return "call" if answers_alone else "nurture"


def _steps(found: Dossier, fold: Fold) -> list[tuple[str, str, str]]:
    """What would make it ready, best first: (what to do, with which words, why)."""
    unmet = set(found.verdict.unmet)
    steps = []
    ask = [item for item in ITEMS if item in unmet and item in QUESTIONS]
    if "enough" in unmet and not ask:
        low = [i for i in found.definition.policy.enough_of if found.answers[ITEMS.index(i)] in ("unknown", "no")]
        ask = [item for item in low if item in QUESTIONS][:1]
    if "disqualified" in unmet:
        steps.append(("Reopen it", "", "if the reason no longer holds."))
    if "recycled" in unmet:
        failed = fold.accounts[found.verdict.account].hold[1]
        if failed:
            steps.append(("Learn something newer", "", f"on {failed}: that alone lifts the recycling."))
        else:
            steps.append(("Wait", "", "until they come back by themselves; nothing else lifts the recycling."))
    offer = _offer(found) if "score" in unmet else None
    if offer and found.advice != "call":
        steps.append(offer)
    if ask:
        what = "One call." if found.advice == "call" else "Then one call."
        steps += [(what if number == 0 else "And ask:", QUESTIONS[item], "") for number, item in enumerate(ask[:2])]
    elif unmet & {"conversation", "interest"}:
        steps.append(("One talk.", "", "A call, a meeting or a reply: nobody has heard them yet."))
    if offer and found.advice == "call":
        steps.append(offer)
    if "fit" in unmet:
        fit = found.sheet[ITEMS.index("fit")]
        unknown = [says for says, met in fit.computed if met is None]
        failed = [says for says, met in fit.computed if met is False]
        if unknown:
            steps.append(("Find out", "", f"whether it is {', '.join(unknown[:3])}."))
        elif failed:
            steps.append(("Probably never", "", f"it is not {', '.join(failed[:3])}."))
    if unmet == {"confirmation"}:
        steps.append(("Your word.", "", "Everything else is met; the definition asks a person to confirm."))
    return steps[:4]


def _offer(found: Dossier) -> tuple[str, str, str]:
    """The piece of content not yet taken that would bring most, or how many points are missing."""
    rules = found.definition.policy
    missing = max(1, -(-(rules.asked_score - found.verdict.milli) // 1000))
    taken = set(
        FactRow.objects.filter(person=found.person, kind="content_taken").values_list("code", flat=True)[:200]
    )
    best = sorted(
        (code for code in rules.content_points if code not in taken and rules.content_points[code] > 0),
        key=lambda code: (-rules.content_points[code], code),
    )[:5]
    title = Content.objects.filter(code__in=best).order_by("code").values_list("code", "title") if best else ()
    titles = dict(title)
    for code in best:
        if code in titles:
            worth = rules.content_points[code] // 1000
            return ("Offer something useful:", titles[code], f"worth {worth} points; {missing} are missing.")
    return ("Offer something useful", "", f"to read or try; {missing} points are missing.")


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
