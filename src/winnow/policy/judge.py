"""The verdict: what the definition says about one person of an account at one minute, and when that would change.

Scores are decayed sums, so a verdict changes with time alone; `rejudge_at` is the first minute at which it could. It is
never late and may be early (a silent tick).
"""

from dataclasses import dataclass
from typing import NamedTuple

from winnow.policy.definition import Clause, Criterion, Definition, Role
from winnow.policy.facts import ITEMS
from winnow.policy.fading import crossing_at, score_at
from winnow.policy.fold import RANK, Fold
from winnow.policy.state import AccountState, PersonState

GRADES = "ABCD"
FIT_LEVEL = {"A": "yes", "B": "yes", "C": "partly", "D": "no"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`milli` is the score in milli-points, `levels` the six answers in the order of ITEMS, `unmet` the clauses without
    what the definition asks. `fact` is the fact it was given after, None for a tick of the clock."""

    account: int
    person: int | None
    at: int
    milli: int
    grade: str
    levels: tuple[str, ...]
    unmet: tuple[str, ...]
    rejudge_at: int | None
    fact: int | None = None

    @property
    def score(self) -> int:
        """Whole points, rounded down."""
        return self.milli // 1000

    @property
    def ready(self) -> bool:
        """Whether nothing is unmet."""
        return self.person is not None and not self.unmet


@dataclass(frozen=True, slots=True)
class AccountVerdict:
    """The verdicts on the front people of one account; `primary` is the best of those who are ready."""

    account: int
    at: int
    people: tuple[Verdict, ...]
    primary: int | None
    rejudge_at: int | None

    @property
    def ready(self) -> bool:
        """Whether anybody of the account meets the whole definition."""
        return self.primary is not None


def judge_account(fold: Fold, number: int, at: int) -> AccountVerdict:
    """Judge the front people of the account at minute `at`."""
    account = fold.accounts.get(number) or AccountState()
    group = _group(fold, account, at)
    verdicts = tuple(judge(fold, number, entry[0], at, group=group) for entry in account.front)
    ready = [v for v in verdicts if v.ready]
    best = min(ready, key=lambda v: (-v.milli, v.person or 0)).person if ready else None
    changes = [v.rejudge_at for v in verdicts if v.rejudge_at is not None]
    return AccountVerdict(number, at, verdicts, best, min(changes) if changes else None)


class _Group(NamedTuple):
    """What the people of an account share at one minute, worked out once for all of them."""

    levels: dict[str, str]
    engaged: frozenset[int]
    interested: bool
    met: dict[str, bool | None]
    changes: list[int]
    short: tuple[str, ...]
    agreeing: dict[str, int]


def _group(fold: Fold, account: AccountState, at: int) -> _Group:
    definition = fold.definition
    since = at - definition.engaged_for
    asked = definition.people_asked or any(role.at_least for role in definition.roles)
    several = [clause for clause in definition.clauses if clause.sources > 1 and clause.asked]
    return _Group(
        {item: _shared_level(fold, account, item, at) for item in ITEMS if item != "fit"},
        frozenset(entry[0] for entry in account.front if entry[1] > since),
        any(who in fold.people and fold.people[who].interest for who, _ in account.front),
        {one.name: meets(one, account.attrs) for one in definition.criteria if not one.of_person},
        _shared_changes(fold, account, at),
        _short(fold, account, at) if asked else (),
        {clause.item: _agreeing(fold, account, clause, at) for clause in several},
    )


def judge(
    fold: Fold, number: int, who: int | None, at: int, fact: int | None = None, group: _Group | None = None
) -> Verdict:
    """Judge one person of the account at minute `at`; without a person, the account alone (never ready).

    `group` saves working out again what the people of the account share; it must be of the same minute.
    """
    account = fold.accounts.get(number) or AccountState()
    person = (fold.people.get(who) if who is not None else None) or PersonState()
    group = group or _group(fold, account, at)
    fixed = fixed_points(fold.definition, account, person, len(group.engaged) - (who in group.engaged))
    milli = score_at(fold.definition, person, fixed, at)
    found = _assess(fold.definition, account, person, who, milli, at, group)
    changes = group.changes
    crossing = crossing_at(fold.definition, person, fixed, milli, at)
    if crossing is not None:
        changes = [*changes, crossing]
    due = min(changes) if changes else None
    return Verdict(number, who, at, milli, found.grade, found.levels, found.unmet, due, fact)


class Readiness(NamedTuple):
    """Whether anybody of an account's front is ready: the best of them, else None; and when that could change."""

    person: int | None
    rejudge_at: int | None


def readiness(fold: Fold, number: int, at: int, before: int | None = None) -> Readiness:
    """What `judge_account` says of whether an account is ready, without the rest: for replays of millions of facts.

    Who was ready `before` is asked first, and nobody else when still ready. `rejudge_at` is of readiness alone: whoever
    lacks something that no score makes up for isn't watched, nor the others while one is ready.
    """
    account = fold.accounts.get(number) or AccountState()
    group = _group(fold, account, at)
    definition = fold.definition
    changes = group.changes
    best: tuple[int, int, int | None] | None = None
    ordered = [entry[0] for entry in account.front]
    if before is not None and before in ordered:
        ordered = [before, *(who for who in ordered if who != before)]
    for who in ordered:
        person = fold.people.get(who) or PersonState()
        fixed = fixed_points(definition, account, person, len(group.engaged) - (who in group.engaged))
        milli = score_at(definition, person, fixed, at)
        if milli < definition.asked_score and (best is not None or (person.fast >= 0 and person.slow >= 0)):
            continue  # it only fades, or somebody else is ready
        found = _assess(definition, account, person, who, milli, at, group)
        if not found.unmet:
            if best is None or (-milli, who) < (best[0], best[1]):
                best = (-milli, who, crossing_at(definition, person, fixed, milli, at))
            if who == before:
                break
        elif found.unmet == ("score",) and best is None:
            crossing = crossing_at(definition, person, fixed, milli, at)
            if crossing is not None:
                changes = [*changes, crossing]
    if best is not None:
        changes = group.changes if best[2] is None else [*group.changes, best[2]]
    return Readiness(None if best is None else best[1], min(changes) if changes else None)


class _Found(NamedTuple):
    """What is found of one person at one minute."""

    grade: str
    levels: tuple[str, ...]
    unmet: tuple[str, ...]


def _assess(
    definition: Definition, account: AccountState, person: PersonState, who: int | None, milli: int, at: int,
    group: _Group,
) -> _Found:  # fmt: skip
    grade, any_known = _grade(definition, person, group.met)
    levels = tuple(
        (FIT_LEVEL[grade] if any_known else "unknown") if item == "fit" else group.levels[item] for item in ITEMS
    )
    if person.authority and who not in group.engaged:
        own = _resolve(definition, person.authority, "authority", account.since.get("authority", -1), at)
        if RANK[own] > RANK[levels[1]]:
            levels = (levels[0], own, *levels[2:])
    return _Found(grade, levels, _unmet(definition, account, person, milli, grade, levels, at, group))


def _unmet(
    definition: Definition,
    account: AccountState,
    person: PersonState,
    milli: int,
    grade: str,
    levels: tuple[str, ...],
    at: int,
    group: _Group,
) -> tuple[str, ...]:
    unmet = []
    if milli < definition.asked_score:
        unmet.append("score")
    if GRADES.index(grade) > GRADES.index(definition.asked_grade):
        unmet.append("fit")
    for clause, level in zip(definition.clauses, levels, strict=True):
        if not clause.asked or clause.item in unmet:
            continue
        if RANK[level] < RANK[clause.asked] or group.agreeing.get(clause.item, clause.sources) < clause.sources:
            unmet.append(clause.item)
    enough = sum(
        RANK[level] >= RANK[definition.enough_level]
        for item, level in zip(ITEMS, levels, strict=True)
        if item in definition.enough_of
    )
    if enough < definition.enough_count:
        unmet.append("enough")
    within = definition.conversation_within
    if within and not (account.conversation and account.conversation + within > at):
        unmet.append("conversation")
    elif not (within or group.interested or person.interest):  # a talk is interest, and asked for by itself
        unmet.append("interest")
    asks = definition.person_confirms or (
        definition.confirm_when and bool(definition.confirm_when & _circumstances(account, person))
    )
    if asks and person.confirmed <= account.since.get("confirmation", 0):
        unmet.append("confirmation")
    unmet += group.short
    if definition.never and any(
        meets(one, person.attrs) if one.of_person else group.met[one.name] for one in definition.never
    ):
        unmet.append("excluded")
    if account.hold and not _woken(definition, account, at):
        unmet.append("recycled")
    if person.shut:
        unmet.append("disqualified")
    return tuple(unmet)


def _circumstances(account: AccountState, person: PersonState) -> set[str]:
    """What may make the definition ask for a person's word (definition.CONFIRM_WHEN)."""
    found = {"key_account"} if account.key else set()
    if account.since.get("confirmation"):
        found.add("came_back")
    if not person.interest:
        found.add("passive")
    return found


def _woken(definition: Definition, account: AccountState, at: int) -> bool:
    """Whether the date alone ends a recycling, and has come."""
    until = account.hold[2] if account.hold else None
    return "date" in definition.back_by and until is not None and at >= until


# -- the buying group -----------------------------------------------------------------------------------------------
class Covered(NamedTuple):
    """One role of the buying group: who of the account has it and was engaged lately, and how many more are asked."""

    role: Role
    people: tuple[int, ...]
    missing: int


def coverage(fold: Fold, account: AccountState, at: int) -> tuple[Covered, ...]:
    """Each role of the definition with the engaged people of the account who have it, most lately engaged first."""
    definition = fold.definition
    since = at - definition.engaged_for
    since_failed = account.since.get("authority", -1)
    found = []
    for role in definition.roles:
        people = []
        for who, engaged in account.front:
            person = fold.people.get(who)
            if engaged <= since or person is None or not role.taken_by(person.attrs):
                continue
            if role.authority:
                said = _resolve(definition, person.authority, "authority", since_failed, at)
                if RANK[said] < RANK[role.authority]:
                    continue
            people.append(who)
        found.append(Covered(role, tuple(people), max(role.at_least - len(people), 0)))
    return tuple(found)


def _short(fold: Fold, account: AccountState, at: int) -> tuple[str, ...]:
    """What the definition asks of the buying group and it has not: people, roles."""
    definition = fold.definition
    since = at - definition.engaged_for
    short = []
    if sum(1 for entry in account.front if entry[1] > since) < definition.people_asked:
        short.append("people")
    if any(one.missing for one in coverage(fold, account, at)):
        short.append("roles")
    return tuple(short)


def _agreeing(fold: Fold, account: AccountState, clause: Clause, at: int) -> int:
    """How many sources, or people, say at least what the clause asks, lately enough and among those that count."""
    since = account.since.get(clause.item, -1)
    kept = [account.evidence.get(clause.item, {})]
    if clause.item == "authority":
        lately = at - fold.definition.engaged_for
        front = [who for who, engaged in account.front if engaged > lately]
        kept += [fold.people[who].authority for who in front if who in fold.people]
    return sum(
        RANK[said] >= RANK[clause.asked or "partly"] and happened > since and happened + clause.expires > at
        for told in kept
        for source, (happened, said, _recorded, _who) in told.items()
        if not clause.said_by or source in clause.said_by
    )


# -- score --------------------------------------------------------------------------------------------------------
def fixed_points(definition: Definition, account: AccountState, person: PersonState, others: int) -> int:
    """Milli-points that don't fade by themselves: title, key account, other engaged people of the account."""
    points = definition.title_points.get(person.attrs.get("seniority", ""), 0)
    if account.key:
        points += definition.key_account_points
    for one in definition.profile:
        if meets(one.criterion, person.attrs if one.criterion.of_person else account.attrs):
            points += one.points
    return points + min(others, definition.engaged_most) * definition.engaged_points


def engaged_others(definition: Definition, account: AccountState, who: int | None, at: int) -> int:
    """How many other people of the account were engaged lately, at most as many as count."""
    since = at - definition.engaged_for
    others = sum(1 for entry in account.front if entry[0] != who and entry[1] > since)
    return min(others, definition.engaged_most)


# -- grade --------------------------------------------------------------------------------------------------------
def meets(criterion: Criterion, attrs: dict[str, str]) -> bool | None:
    """Whether the criterion is met; None when the attribute is not known. Unknown is never yes."""
    value = attrs.get(criterion.attribute)
    if value is None or value == "":
        return None
    if criterion.at_least is not None or criterion.at_most is not None:
        try:
            number = int(value)
        except ValueError:
            return None
        if criterion.at_least is not None and number < criterion.at_least:
            return False
        if criterion.at_most is not None and number > criterion.at_most:
            return False
    code = value.lower()
    if criterion.any_of and code not in criterion.any_of:
        return False
    return code not in criterion.none_of


def grade_of(definition: Definition, account: AccountState, person: PersonState) -> tuple[str, bool]:
    """The grade by the first rule that is met, else D; and whether anything that the rules ask is known at all."""
    return _grade(
        definition, person, {one.name: meets(one, account.attrs) for one in definition.criteria if not one.of_person}
    )


def _grade(definition: Definition, person: PersonState, shared: dict[str, bool | None]) -> tuple[str, bool]:
    met = dict(shared)
    for one in definition.criteria:
        if one.of_person:
            met[one.name] = meets(one, person.attrs)
    known = any(answer is not None for answer in met.values())
    for rule in definition.grades:
        if (
            all(met[name] for name in rule.every)
            and sum(bool(met[name]) for name in rule.some) >= rule.at_least
        ):
            return rule.grade, known
    return "D", known


# -- answers ------------------------------------------------------------------------------------------------------
def _shared_level(fold: Fold, account: AccountState, item: str, at: int) -> str:
    """The level of one item: expired evidence drops out, then the order of trust, then the newest wins.

    Authority is met by any engaged person of the account; everything else belongs to the account.
    """
    since = account.since.get(item, -1)
    kept = account.evidence.get(item)
    best = _resolve(fold.definition, kept, item, since, at) if kept else "unknown"
    if item == "authority":
        lately = at - fold.definition.engaged_for
        for number, engaged in account.front:
            one = fold.people.get(number)
            if engaged > lately and one is not None and one.authority:
                level = _resolve(fold.definition, one.authority, item, since, at)
                if RANK[level] > RANK[best]:
                    best = level
    return best


def _resolve(definition: Definition, kept: dict[str, list], item: str, since: int, at: int) -> str:
    clause = definition.clause(item)
    expires, said_by = clause.expires, clause.said_by
    trust = definition.trust
    best: tuple[int, int] | None = None
    level = "unknown"
    for source, (happened, said, _recorded, _who) in kept.items():
        if said == "unknown" or happened + expires <= at or happened <= since:
            continue
        if said_by and source not in said_by:
            continue
        rank = (trust.index(source) if source in trust else len(trust), -happened)
        if best is None or rank < best:
            best, level = rank, said
    return level


# -- when the verdict would change by itself -----------------------------------------------------------------------
def _shared_changes(fold: Fold, account: AccountState, at: int) -> list[int]:
    """When what the account shares changes next: somebody is no longer engaged, evidence or a conversation expires."""
    definition = fold.definition
    moments = []
    if len(account.front) > 1 or definition.people_asked or any(role.at_least for role in definition.roles):
        moments += [entry[1] + definition.engaged_for for entry in account.front]
    for item, kept in account.evidence.items():
        moments += [entry[0] + definition.clause(item).expires for entry in kept.values()]
    expires = definition.clause("authority").expires
    for entry in account.front:
        one = fold.people.get(entry[0])
        if one is not None and one.authority:
            moments += [said[0] + expires for said in one.authority.values()]
            moments.append(entry[1] + definition.engaged_for)
    if definition.conversation_within and account.conversation:
        moments.append(account.conversation + definition.conversation_within)
    if account.hold and account.hold[2] is not None and "date" in definition.back_by:
        moments.append(account.hold[2])
    later = [moment for moment in moments if moment > at]
    return [min(later)] if later else []
