"""What was known of somebody at a moment, in the words that a lead definition has points for; and what a definition
said of them then.

A fact counts from when it was known, never from when it happened: what was told later teaches nothing. Who is who is
as it is today.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from winnow.leads.replaying import histories
from winnow.policy import facts
from winnow.policy.definition import DAY, Definition
from winnow.policy.fold import TALKED, Fold
from winnow.policy.judge import GRADES, judge

BATCH = 400
LATELY = 90 * DAY
MOST_CODES = 40
SHARED = ("industry", "country", "employees")
OWN = ("seniority", "department")
ACTIONS = {"mail_clicked": "clicked in a mail", "mail_replied": "answered a mail", "spoke": "spoke with us",
           "met": "met us"}  # fmt: skip
CONTENT, PAGE = "content ", "page "
YES, NO = "yes", "no"
ITEMS = ("need", "budget", "authority", "timing")


@dataclass(slots=True)
class Entry:
    """One thing to learn from: whom it is about, the minute that it is judged at, and what came of it."""

    number: int
    person: int
    account: int
    at: int
    won: bool


@dataclass(slots=True)
class Seen:
    """What was known of the entry at its minute, and its standing under each definition that was asked for."""

    entry: Entry
    cells: dict[str, str]
    levels: dict[str, str]
    claimed: bool
    stood: list["Stood"]


@dataclass(slots=True)
class Stood:
    """What a definition said: milli-points, and whether the grade is good enough for it."""

    milli: int
    fits: bool
    ready: bool

    @property
    def rank(self) -> int:
        """Who fits goes before who doesn't; then by score."""
        return self.milli + (1_000_000_000 if self.fits else 0)


@dataclass(slots=True)
class _Person:
    """What one person did so far."""

    attributes: dict[str, str] = field(default_factory=dict)
    did: Counter = field(default_factory=Counter)
    channel: str = ""
    interest: str = ""
    inquiries: int = 0
    engaged: int = -1


def seen(entries: list[Entry], definitions: list[Definition], tell: Callable[[int, int], None]) -> Iterator[Seen]:
    """What was known of each entry and said of it by each of the definitions, of which there is at least one; account
    by account, so that memory holds the facts of one at a time."""
    by_account: dict[int, list[Entry]] = {}
    for entry in entries:
        by_account.setdefault(entry.account, []).append(entry)
    numbers, done = sorted(by_account), 0
    for first in range(0, len(numbers), BATCH):
        some = numbers[first : first + BATCH]
        for number, history in histories(some):
            mine = sorted(by_account[number], key=lambda entry: (entry.at, entry.number))
            yield from _of_account(number, history, mine, definitions)
            done += len(mine)
        tell(done, len(entries))


def _of_account(number, history, entries, definitions) -> Iterator[Seen]:
    folds = [Fold(definition) for definition in definitions]
    who_is_who = folds[0]
    for fact in history:
        who_is_who.link(fact)
    for fold in folds:
        fold.aliases, fold.withdrawn = who_is_who.aliases, who_is_who.withdrawn
    ordered = sorted(history, key=lambda fact: (fact.known, fact.id))
    people: dict[int, _Person] = {}
    account = _Person()
    levels: dict[str, str] = {}
    claimed, place = False, 0
    for at, these in groupby(entries, key=lambda entry: entry.at):
        while place < len(ordered) and ordered[place].known <= at:
            fact = ordered[place]
            place += 1
            if fact.id in who_is_who.withdrawn:
                continue
            claimed = claimed or fact.known < fact.recorded
            _take(fact, people, account, levels, who_is_who)
            for fold in folds:
                fold.take(replace(fact, recorded=fact.known))
        for entry in these:
            who = who_is_who.person(entry.person)
            cells = _cells(people, account, who, at)
            stood = [_stood(fold, fold.account(number), who, at) for fold in folds]
            yield Seen(entry, cells, dict(levels), claimed, stood)


def _stood(fold, number, who, at) -> Stood:
    verdict = judge(fold, number, who, at)
    fits = GRADES.index(verdict.grade) <= GRADES.index(fold.definition.asked_grade)
    return Stood(verdict.milli, fits, verdict.ready)


def _take(fact, people, account, levels, who_is_who) -> None:
    """What one fact adds to what is known."""
    who = None if fact.person is None else who_is_who.person(fact.person)
    person = people.setdefault(who, _Person()) if who is not None else None
    match fact:
        case facts.Described():
            (person or account).attributes[fact.attribute] = fact.value
        case facts.KeyAccountSet():
            account.did["key account"] = int(fact.on)
        case facts.Answered():
            levels[fact.item] = fact.level
    if person is None:
        return
    match fact:
        case facts.Inquired() if fact.valid:
            person.channel, person.interest = fact.channel, fact.interest
            person.inquiries += 1
            person.engaged = fact.happened if fact.interest == "active" else person.engaged
        case facts.ContentTaken() if not fact.machine:
            _did(person, CONTENT + fact.content, fact)
        case facts.PageSeen() if not fact.machine:
            _did(person, PAGE + fact.page, fact)
        case facts.MailClicked() if fact.confirmed:
            _did(person, "mail_clicked", fact)
        case facts.MailReplied():
            _did(person, "mail_replied", fact)
        case facts.Called() if fact.result == "spoke":
            _did(person, "spoke", fact)
        case facts.Met():
            _did(person, "met", fact)
        case facts.Touched() if fact.result in TALKED:
            _did(person, "met" if fact.result == "met" else "spoke", fact)


def _did(person, what, fact) -> None:
    person.did[what] += 1
    person.engaged = max(person.engaged, fact.happened)


def _cells(people, account, who, at) -> dict[str, str]:
    """The known things as cells of a table. What was not done is left out, and stands as no."""
    me = people.get(who) or _Person()
    others = sum(one.engaged > at - LATELY for number, one in people.items() if number != who)
    found = {
        "channel": me.channel, "interest": me.interest, "inquiries": str(me.inquiries), "others engaged": str(others),
        "key account": YES if account.did["key account"] else NO,
    }  # fmt: skip
    found |= {name: me.attributes.get(name, "") for name in OWN}
    found |= {name: account.attributes.get(name, "") or me.attributes.get(name, "") for name in SHARED}
    return found | {ACTIONS.get(what, what): YES for what in me.did}


def table(rows: list[Seen]) -> tuple[list[str], list[list[str]]]:
    """The columns and rows to learn from, with the minute and the outcome as their last two."""
    counted = Counter(name for row in rows for name in row.cells)
    fixed = ["channel", "interest", *OWN, *SHARED, "inquiries", "others engaged", "key account", *ACTIONS.values()]
    codes = [name for name, _ in counted.most_common() if name not in fixed][:MOST_CODES]
    names = [*fixed, *sorted(codes)]
    nothing = dict.fromkeys((*ACTIONS.values(), *codes), NO)
    cells = [
        [*(row.cells.get(name, nothing.get(name, "")) for name in names), str(row.entry.at), str(int(row.entry.won))]
        for row in rows
    ]  # fmt: skip
    return [*names, "moment", "outcome"], cells
