"""Histories written as text, and scenarios: what a definition must say of them. Sales reads them, both sides sign them.

One fact a line: the day, who, and what. `history` makes the facts, in the order of the lines.

    0        ann   inquiry web                  on day 0, Ann responded over the web
    3@10:15  ann   took roi_case x2             on day 3 at a quarter past ten
    9<4      ann   no authority by form         recorded on day 9, happened on day 4
    9        acme  is employees 200             of the account, not of a person
    10       bob@globex  met                    Bob belongs to Globex

A word that the story doesn't know is an error that names the line.
"""

from dataclasses import dataclass
from typing import Any

from winnow.policy import facts as f
from winnow.policy.document import DefinitionError, Section

START = 29_459_520  # Monday, 5 January 2026, 00:00 UTC
DAY = 1440
PEOPLE = {"ann": 1, "bob": 2, "cem": 3, "dora": 4, "emil": 5, "fay": 6}
ACCOUNTS = {"acme": 101, "globex": 102, "initech": 103}
UNMET = (
    "score", *f.ITEMS, "enough", "conversation", "interest", "confirmation", "recycled", "disqualified", "people",
    "roles", "excluded",
)  # fmt: skip
"""The clauses that a verdict may find unmet."""
USERS = {"carol": 11, "sam": 12, "sue": 13}
HOME = "acme"
SOURCE = "rep"
ANSWERED = ("spoke", "met", "replied")
MOST_DAYS = 36_500
MOST_SCENARIOS, MOST_LINES, MOST_LETTERS = 40, 200, 200


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is to be said of `who` after the story (or `on` a later day): ready or not, clauses that must be unmet, the
    grade. `story` is lines of the language of `history`."""

    name: str
    story: tuple[str, ...]
    who: str = "ann"
    on: str = ""
    ready: bool = False
    unmet: tuple[str, ...] = ()
    grade: str = ""


def read_scenarios(rows: Any) -> tuple[Scenario, ...]:
    """The scenarios of a definition. DefinitionError names the one, the line and what would do."""
    if not isinstance(rows, list) or len(rows) > MOST_SCENARIOS:
        raise DefinitionError(f"scenario should be a list of at most {MOST_SCENARIOS} scenarios.")
    found: list[Scenario] = []
    for number, row in enumerate(rows, 1):
        one = Section(row, f"scenario[{number}]")
        made = Scenario(
            name=one.text("name", "", 120).strip(), story=one.words("story"),
            who=one.one_of("who", tuple(PEOPLE), "ann"),
            on=one.text("on", "", 20).strip(), ready=one.flag("ready", False), unmet=one.words("unmet", (), UNMET),
            grade=one.one_of("grade", ("", "A", "B", "C", "D"), ""),
        )  # fmt: skip
        one.closed()
        _sound(made, one.path, found)
        found.append(made)
    return tuple(found)


def _sound(made: Scenario, path: str, others: list[Scenario]) -> None:
    if not made.name or made.name in {one.name for one in others}:
        raise DefinitionError(f"{path}.name is {made.name!r}; each scenario needs a name of its own.")
    if made.ready and made.unmet:
        raise DefinitionError(f"{path} is ready and lacks {', '.join(made.unmet)}; it can be one of the two.")
    if not 0 < len(made.story) <= MOST_LINES or any(len(line) > MOST_LETTERS for line in made.story):
        raise DefinitionError(
            f"{path}.story should have 1 to {MOST_LINES} lines of at most {MOST_LETTERS} letters: "
            '"0 ann inquiry web" is one.'
        )
    last = -MOST_DAYS * DAY
    for number, line in enumerate(made.story, 1):
        try:
            facts = history(line)
        except UnknownWord as wrong:
            raise DefinitionError(f"{path}.story, line {number}: {wrong}") from None
        for fact in facts:
            if fact.recorded < last:
                raise DefinitionError(f"{path}.story, line {number} goes back in time: the days stand in order.")
            last = fact.recorded
    try:
        if made.on and minute(made.on, made.on) < last:
            raise DefinitionError(f"{path}.on is {made.on!r}, before the last line of the story.")
    except UnknownWord as wrong:
        raise DefinitionError(f"{path}.on: {wrong}") from None


class UnknownWord(ValueError):
    """The story has a word that is none of its verbs, names or options."""


def history(text: str) -> list[f.Fact]:
    """The facts that a story tells, numbered from 1 in the order of its lines."""
    told: list[f.Fact] = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words:
            told.append(_fact(words, line.strip(), len(told) + 1))
    return told


def minute(day: str, line: str = "") -> int:
    """The minute of `3`, `3.5` or `3@10:15`, counted from the first day of every story."""
    number, at, clock = day.partition("@")
    try:
        minutes = round(float(number) * DAY)
        if at:
            hours, _, rest = clock.partition(":")
            minutes += int(hours) * 60 + int(rest)
    except (ValueError, OverflowError):
        raise UnknownWord(f"{day!r} is no day in: {line}") from None
    if abs(minutes) > MOST_DAYS * DAY:
        raise UnknownWord(f"{day!r} is more than {MOST_DAYS} days away in: {line}")
    return START + minutes


def _fact(words: list[str], line: str, number: int) -> f.Fact:
    if len(words) < 3:
        raise UnknownWord(f"A line needs a day, who and what; this one has less: {line}")
    when, name, verb, rest = words[0], words[1], words[2], words[3:]
    recorded, late, happened = when.partition("<")
    at = minute(recorded, line)
    times = {"id": number, "recorded": at, "known": at, "happened": minute(happened, line) if late else at}
    who, _, where = name.partition("@")
    if who in ACCOUNTS and not where:
        times["account"] = ACCOUNTS[who]
    else:
        times["person"] = _one_of(PEOPLE, who, line)
        times["account"] = _one_of(ACCOUNTS, where or HOME, line)
    told = _Told(line, rest)
    fact = _verb(verb, told, times)
    if told.words:
        raise UnknownWord(f"{told.words[0]!r} means nothing after {verb!r} in: {line}")
    return fact


class _Told:
    """The words after the verb, taken one by one."""

    def __init__(self, line: str, words: list[str]):
        self.line, self.words = line, list(words)

    def next(self, default: str | None = None) -> str:
        if self.words:
            return self.words.pop(0)
        if default is None:
            raise UnknownWord(f"A word is missing at the end of: {self.line}")
        return default

    def has(self, word: str) -> bool:
        if word in self.words:
            self.words.remove(word)
            return True
        return False

    def after(self, word: str, default: str = "") -> str:
        """The word that follows `word`, as in `by form`."""
        if word not in self.words:
            return default
        place = self.words.index(word)
        if place + 1 == len(self.words):
            raise UnknownWord(f"A word is missing after {word!r} in: {self.line}")
        found = self.words.pop(place + 1)
        self.words.pop(place)
        return found

    def times(self) -> int:
        """The quantity in `x3`; 1 without."""
        for word in self.words:
            if word[0] == "x" and word[1:].isdecimal() and len(word) <= 5:
                self.words.remove(word)
                return int(word[1:])
        return 1

    def one_of(self, known, default: str | None = None) -> str:
        return _one_of({word: word for word in known}, self.next(default), self.line)


def _one_of(known: dict, word: str, line: str):
    if word not in known:
        raise UnknownWord(f"{word!r} is none of {', '.join(known)} in: {line}")
    return known[word]


def _verb(verb: str, told: _Told, times: dict) -> f.Fact:  # one case a verb: long, and read like a list
    match verb:
        case "inquiry":
            passive, invalid = told.has("passive"), told.has("invalid")
            channel = told.one_of(f.CHANNELS)
            return f.Inquired(
                channel=channel, interest="passive" if passive else "active", valid=not invalid, **times
            )
        case "took" | "saw":
            machine, quantity = told.has("machine"), told.times()
            if verb == "took":
                return f.ContentTaken(content=told.next(), quantity=quantity, machine=machine, **times)
            return f.PageSeen(page=told.next(), quantity=quantity, machine=machine, **times)
        case "sent":
            return f.MailSent(mail=told.next(), **times)
        case "bounced":
            return f.MailBounced(hard=told.has("hard"), mail=told.next("tip"), **times)
        case "clicked":
            return f.MailClicked(confirmed=told.has("confirmed"), mail=told.next("tip"), **times)
        case "replied":
            return f.MailReplied(mail=told.next("tip"), **times)
        case "called":
            return f.Called(result=told.one_of(("spoke", "no_answer", "message", "wrong_number")), **times)
        case "met":
            return f.Met(**times)
        case "touched":
            by = told.one_of(("call", "mail", "meeting", "visit"))
            return f.Touched(by=by, result=told.one_of((*ANSWERED, "no_answer")), **times)
        case "yes" | "partly" | "no" | "unknown":
            source = told.after("by", SOURCE)
            return f.Answered(item=told.one_of(f.ITEMS), level=verb, source=source, **times)
        case "is":
            return f.Described(attribute=told.next(), value=told.next(), source=SOURCE, **times)
        case "key":
            return f.KeyAccountSet(on=not told.has("off"), **times)
        case "moved":
            return f.MovedAccount(to=_one_of(ACCOUNTS, told.next(), told.line), **times)
        case "assigned":
            return f.Assigned(to=_one_of(USERS, told.next(), told.line), **times)
        case "handed_off":
            return f.LeadHandedOff(to=_one_of(USERS, told.next("sam"), told.line), **times)
        case "accepted" | "recalled":
            return f.Responded(response=verb, **times)
        case "rejected":
            return f.Responded(response=verb, reason=told.next(), **times)
        case "nurture" | "qualified" | "disqualified" | "reopened":
            lasting = told.has("lasting")
            return f.Disposed(disposition=verb, lasting=lasting, reason=told.next(""), **times)
        case "opportunity":
            return f.OpportunityMoved(stage="open", opportunity=1, **times)
        case "won":
            return f.Won(opportunity=1, amount_cents=100_000, **times)
        case "lost":
            return f.Lost(opportunity=1, reason=told.next("price"), **times)
        case "recycled":
            until = told.after("until")
            wake = minute(until, told.line) if until else None
            return f.Recycled(clause=told.next(""), until=wake, reason="not_now", **times)
        case "merged" | "unmerged":
            names = ACCOUNTS if times.get("person") is None else PEOPLE
            other = _one_of(names, told.next(), told.line)
            return (f.Merged if verb == "merged" else f.Unmerged)(other=other, **times)
        case "consented":
            return f.Consented(given=not told.has("off"), **times)
        case "opted_out":
            return f.OptedOut(how="link", **times)
        case "phase":
            return f.PhaseSet(phase=told.one_of(f.PHASES), **times)
        case "withdrew":
            number = told.next()
            if not number.isdecimal() or len(number) > 9:
                raise UnknownWord(f"{number!r} is no number of a line in: {told.line}")
            return f.Withdrawn(fact=int(number), **times)
        case _:
            raise UnknownWord(f"{verb!r} is no verb of a story, in: {told.line}")
