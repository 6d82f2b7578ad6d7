"""What would make somebody ready: the fewest acts after which the definition itself says so.

Nothing here judges. Acts are facts that could be recorded; a plan is found by adding them to a copy of the fold and
asking the policy, and each act is left out again on trial, so that none of those that stay can be spared.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from winnow.policy import facts as f
from winnow.policy.definition import DAY, Criterion, Definition
from winnow.policy.facts import ITEMS
from winnow.policy.fold import RANK, Fold
from winnow.policy.judge import Verdict, coverage, judge, meets
from winnow.policy.state import AccountState, PersonState

PIECES = 8
"""Pieces of content that a plan asks for at most; beyond them the score is out of reach for now."""
LOOKED = 90
"""Days ahead for which it is found out how long a plan would still do."""
UNKNOWNS = 6
SOMEBODY = -1
TOLD_BY = ("call", "meeting", "mail", "rep", "chat", "form", "event", "import", "machine")
Simulation = Callable[[list["Act"]], Verdict]


@dataclass(frozen=True)
class Act:
    """One thing that could happen: `kind` answer, talk, piece, describe, colleague, confirm, reopen or return. `about`
    is the item, the piece or the attribute; `level` the answer or the value; `at` the minute."""

    kind: str
    about: str = ""
    level: str = ""
    at: int = 0
    facts: tuple[f.Fact, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`acts` in the order in which to do them. `ready`: the policy says so after them; else `left` is unmet even then.
    `by`: the last day, as a minute, on which the same acts would still do; None: for as far as was looked."""

    acts: tuple[Act, ...] = ()
    ready: bool = False
    left: tuple[str, ...] = ()
    by: int | None = None
    verdict: Verdict | None = None

    def of(self, *kinds: str) -> list[Act]:
        """The acts of these kinds."""
        return [act for act in self.acts if act.kind in kinds]


def plan_for(fold: Fold, account: int, who: int, at: int) -> Plan:
    """The plan for one person, from the minute after `at`. Empty and ready for who is ready."""
    start = at + 1

    def after(acts: list[Act]) -> Verdict:
        return simulated(fold, account, who, acts, start)

    verdict = after([])
    if verdict.ready:
        return Plan(ready=True, verdict=verdict)
    acts: list[Act] = []
    for propose in (_reopen, _return, _describe, _answers, _talk, _group, _score, _confirm):
        for candidate in propose(fold, account, who, start, after, acts):
            tried = after([*acts, *candidate])
            if set(tried.unmet) < set(verdict.unmet):
                acts, verdict = [*acts, *candidate], tried
                break
        if verdict.ready:
            break
    acts = _spared(acts, verdict, after)
    verdict = after(acts)
    by = _last_day(acts, after, start) if verdict.ready and acts else None
    return Plan(tuple(acts), verdict.ready, verdict.unmet, by, verdict)


def simulated(fold: Fold, account: int, who: int, acts: list[Act], at: int) -> Verdict:
    """What the policy says of the person at the last of these acts, or at minute `at`."""
    trial = _copied(fold, account, who)
    last = at
    for act in sorted(acts, key=lambda one: one.at):
        last = max(last, act.at)
        for fact in act.facts:
            trial.take(replace(fact, happened=act.at, known=act.at, recorded=act.at))
    return judge(trial, account, who, last)


def _copied(fold: Fold, number: int, who: int) -> Fold:
    """A fold with copies of the account and of those people of it who count."""
    trial = Fold(fold.definition)
    people, account = {who}, fold.accounts.get(number)
    if account is not None:
        trial.accounts[number] = AccountState.from_json(json.loads(json.dumps(account.to_json())))
        people |= {entry[0] for entry in account.front}
    for one in people & set(fold.people):
        trial.people[one] = PersonState.from_json(json.loads(json.dumps(fold.people[one].to_json())))
        trial.homes[one] = number
    return trial


def _spared(acts: list[Act], verdict: Verdict, after: Simulation) -> list[Act]:
    """Without the acts that change nothing about what is unmet in the end."""
    kept = list(acts)
    for act in acts:
        fewer = [one for one in kept if one is not act]
        if set(after(fewer).unmet) <= set(verdict.unmet):
            kept = fewer
    return kept


def _last_day(acts: list[Act], after: Simulation, start: int) -> int | None:
    """The last day on which the acts, all put off alike, would still do: by halving, and tried on both sides."""

    def does(days: int) -> bool:
        return after([replace(act, at=act.at + days * DAY) for act in acts]).ready

    if does(LOOKED):
        return None
    low, high = 0, LOOKED
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if does(middle) else (low, middle)
    return start + low * DAY


# -- what could be done about each clause ----------------------------------------------------------------------------
Candidates = Iterator[list[Act]]


def _reopen(fold, account, who, at, after, acts) -> Candidates:
    if "disqualified" in after(acts).unmet:
        yield [Act("reopen", at=at, facts=(f.Disposed(account=account, person=who, disposition="reopened"),))]


def _return(fold: Fold, account, who, at, after, acts) -> Candidates:
    """Ways back out of a recycling: newer evidence, a person's word, new interest once the wake-up date has come, or
    that date alone."""
    state = fold.accounts.get(account)
    if state is None or not state.hold or "recycled" not in after(acts).unmet:
        return
    _, clause, until = state.hold
    if clause in ITEMS and clause != "fit":
        yield [_answer(fold.definition, account, who, clause, at)]
    if clause == "fit":
        yield from _descriptions(fold, account, who, at, again=True)
    yield [Act("confirm", at=at, facts=(f.Disposed(account=account, person=who, disposition="qualified"),))]
    woken = max(at, until or at)
    came = f.Inquired(account=account, person=who, channel="web", interest="active")
    yield [Act("return", at=woken, facts=(came,))]
    yield [Act("return", "date", at=woken)]


def _answers(fold: Fold, account, who, at, after, acts) -> Candidates:
    """Every item that is asked for and short; then as few more as "so many of these" needs."""
    definition, found = fold.definition, []
    for item in ITEMS:
        if item == "fit" or item not in after([*acts, *found]).unmet:
            continue
        for source in TOLD_BY:
            said = _answer(definition, account, who, item, at, source)
            if item not in after([*acts, *found, said]).unmet:
                found.append(said)
                break
    for item in sorted(definition.enough_of, key=lambda one: (_level(after(acts), one) == "no", ITEMS.index(one))):
        now = after([*acts, *found])
        if "enough" not in now.unmet:
            break
        if item != "fit" and RANK[_level(now, item)] < RANK[definition.enough_level]:
            found.append(_answer(definition, account, who, item, at, level=definition.enough_level))
    if found:
        yield found
        for one in found:  # where not all of them help, one alone may
            yield [one]


def _level(verdict: Verdict, item: str) -> str:
    return verdict.levels[ITEMS.index(item)]


def _answer(definition: Definition, account, who, item, at, source: str = "", level: str = "") -> Act:
    """One answer, told by as many sources as the clause asks for; first by `source`."""
    clause = definition.clause(item)
    level = level or clause.asked or "partly"
    order = [source, *TOLD_BY] if source else list(TOLD_BY)
    by = [one for one in dict.fromkeys(order) if not clause.said_by or one in clause.said_by] or order[:1]
    told = tuple(
        f.Answered(account=account, person=who, item=item, level=level, source=one) for one in by[: clause.sources]
    )
    return Act("answer", item, level, at, told)


def _talk(fold, account, who, at, after, acts) -> Candidates:
    if {"conversation", "interest"} & set(after(acts).unmet):
        yield [Act("talk", at=at, facts=(f.Called(account=account, person=who, result="spoke"),))]


def _group(fold: Fold, account, who, at, after, acts) -> Candidates:
    """Colleagues who would have to be won: for roles that nobody has, and for the number of people."""
    missing = set(after(acts).unmet) & {"people", "roles"}
    if not missing:
        return
    definition, found = fold.definition, []
    if "roles" in missing:
        state = fold.accounts.get(account) or AccountState()
        for covered in coverage(fold, state, at):
            found += [_colleague(account, at, len(found), covered.role) for _ in range(covered.missing)]
    while found and "people" in after([*acts, *found]).unmet and len(found) < 2 * definition.people_asked:
        found.append(_colleague(account, at, len(found)))
    while not found and "people" in missing and len(found) < definition.people_asked:
        found.append(_colleague(account, at, len(found)))
        if "people" not in after([*acts, *found]).unmet:
            break
    yield found


def _colleague(account, at, number: int, role=None) -> Act:
    who = SOMEBODY - number
    told: list[f.Fact] = [f.Called(account=account, person=who, result="spoke")]
    if role is not None:
        for attribute in ("seniority", "department", "role"):
            if wanted := sorted(getattr(role, attribute)):
                told.append(f.Described(account=account, person=who, attribute=attribute, value=wanted[0]))
        if role.authority:
            told.append(f.Answered(account=account, person=who, item="authority", level=role.authority, source="call"))
    return Act("colleague", role.name if role is not None else "", at=at, facts=tuple(told))


def _describe(fold: Fold, account, who, at, after, acts) -> Candidates:
    if "fit" in after(acts).unmet:
        yield from _descriptions(fold, account, who, at)


def _descriptions(fold: Fold, account, who, at, again: bool = False) -> Candidates:
    """What isn't known of person and firm, as it would have to be: the fewest of them first. What is known stays."""
    state, person = fold.accounts.get(account) or AccountState(), fold.people.get(who) or PersonState()
    open_ones = []
    for one in fold.definition.criteria:
        attrs = person.attrs if one.of_person else state.attrs
        if meets(one, attrs) is None or (again and meets(one, attrs)):
            fact = f.Described(
                account=account, person=who if one.of_person else None, attribute=one.attribute,
                value=attrs.get(one.attribute) or _value(one),
            )
            open_ones.append(Act("describe", one.name, fact.value, at, (fact,)))
    for size in range(1, min(len(open_ones), UNKNOWNS) + 1):
        for some in combinations(open_ones[:UNKNOWNS], size):
            yield list(some)


def _value(one: Criterion) -> str:
    """Something that meets the criterion."""
    if one.any_of:
        return sorted(one.any_of - one.none_of)[0] if one.any_of - one.none_of else ""
    if one.at_least is not None or one.at_most is not None:
        return str(one.at_least if one.at_least is not None else one.at_most)
    return "something else"


def _score(fold: Fold, account, who, at, after, acts) -> Candidates:
    """Pieces of content, those that are worth most first, on the next day where the cap of the first is reached."""
    if "score" not in after(acts).unmet:
        return
    points, usual = fold.definition.content_points, fold.definition.content_default
    codes = sorted((code for code in points if points[code] > 0), key=lambda code: (-points[code], code))
    codes += [f"any {number}" for number in range(PIECES)] if usual > 0 else []
    found: list[Act] = []
    day = 0

    def gain(code: str, days: int) -> tuple[int, Act]:
        took = f.ContentTaken(account=account, person=who, content=code)
        piece = Act("piece", code, at=at + days * DAY, facts=(took,))
        with_it = simulated(fold, account, who, [*acts, *found, piece], at)
        return with_it.milli - simulated(fold, account, who, [*acts, *found], piece.at).milli, piece

    for code in codes:
        today, piece = gain(code, day)
        if today < points.get(code, usual):
            tomorrow, later = gain(code, day + 1)
            if tomorrow > today:
                piece, day = later, day + 1
            elif not today:
                continue  # it counted lately, and counts again only after its time
        found.append(piece)
        if "score" not in after([*acts, *found]).unmet:
            yield found
            return
        if len(found) == PIECES:
            return


def _confirm(fold, account, who, at, after, acts) -> Candidates:
    if "confirmation" in after(acts).unmet:
        last = max([at, *(act.at for act in acts)])
        yield [Act("confirm", at=last, facts=(f.Disposed(account=account, person=who, disposition="qualified"),))]
