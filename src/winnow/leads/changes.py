"""What changed about somebody since a day: the verdict then and now, and what made the difference, one thing at a time.

The verdict of then is replayed from what was known by then alone. From there each thing is added by itself, in the
order in which it became known, and the policy is asked again: another definition in force, the time that has passed,
then fact by fact. The points of all effects add up to the difference of the two scores.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from winnow.leads.definition import Definition
from winnow.leads.fact import FactRow, minute
from winnow.leads.person import Person
from winnow.leads.record import history_of
from winnow.leads.story import told
from winnow.policy import facts as policy
from winnow.policy.facts import ITEMS
from winnow.policy.fold import Fold
from winnow.policy.judge import Verdict, judge
from winnow.policy.replay import refold

SHOWN = 12


@dataclass(frozen=True)
class Effect:
    """What one thing made of the verdict: milli-points, answers that changed, clauses that were met or lapsed by it."""

    what: str
    milli: int = 0
    met: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    fact: int | None = None
    at: int | None = None

    @property
    def changes(self) -> bool:
        """Whether it made any difference."""
        return bool(self.milli or self.met or self.lapsed or self.answers)


@dataclass(frozen=True)
class Change:
    """The verdict at `since` (None: nobody was judged then) and now, and the effects in between, in their order."""

    since: datetime
    before: Verdict | None
    now: Verdict
    effects: tuple[Effect, ...] = ()
    definition_then: Definition | None = None


def known_by(history: Iterable[policy.Fact], at: int) -> list[policy.Fact]:
    """The facts that were known at a minute, in the order in which they became known, as if recorded then."""
    there = sorted((fact for fact in history if fact.known <= at), key=lambda fact: (fact.known, fact.id))
    return [fact if fact.recorded == fact.known else replace(fact, recorded=fact.known) for fact in there]


def change_since(
    person: Person, since: datetime, definition: Definition, now: Verdict, at: datetime,
    history: list[policy.Fact] | None = None,
) -> Change:  # fmt: skip
    """What made `now`, the verdict at `at`, of the one at `since`. Reads the account's facts unless they are given."""
    there = known_by(history_of(person.account_id) if history is None else history, minute(at))
    then = [fact for fact in there if fact.known <= minute(since)]
    under = Definition.in_force(since)
    before = _verdict(refold((under or definition).policy, then), person.pk, minute(since)) if then else None
    effects: list[Effect] = []
    fold = refold(definition.policy, then)
    current = before
    if under is not None and under != definition:
        current = _add(effects, f"Definition {definition.number} is in force instead of {under.number}", current,
                       _verdict(fold, person.pk, minute(since)))  # fmt: skip
    current = _add(effects, "What was known faded, or grew old", current, _verdict(fold, person.pk, minute(at)))
    for place in range(len(then), len(there)):
        fact = there[place]
        if fact.kind in policy.STRUCTURAL:
            fold = refold(definition.policy, there[: place + 1])
        else:
            fold.take(fact)
        current = _add(effects, fact.kind, current, _verdict(fold, person.pk, minute(at)), fact)
    _add(effects, "The order in which it was written down, later than it was known", current, now)
    return Change(since, before if under is not None else None, now, tuple(_told(effects, person)), under)


def _verdict(fold: Fold, who: int, at: int) -> Verdict | None:
    """The verdict on somebody where they are at home in this fold; None before anything was known of them."""
    home = fold.homes.get(who)
    return None if home is None else judge(fold, home, who, at)


def _add(effects: list[Effect], what: str, before: Verdict | None, after: Verdict | None, fact=None) -> Verdict | None:
    """Keep what this one thing changed. Returns the verdict to go on from."""
    if after is None:
        return before
    effect = Effect(
        what, after.milli - (before.milli if before else 0),
        tuple(one for one in (before.unmet if before else ()) if one not in after.unmet),
        tuple(one for one in after.unmet if before is not None and one not in before.unmet),
        tuple(
            f"{item} {level}" for item, level, old in
            zip(ITEMS, after.levels, before.levels if before else after.levels, strict=True) if level != old
        ),
        fact.id if fact is not None else None, fact.happened if fact is not None else None,
    )  # fmt: skip
    if effect.changes:
        effects.append(effect)
    return after


def _told(effects: list[Effect], person: Person) -> list[Effect]:
    """The facts among them in words, those that came together as one; where they are many, the small ones as one."""
    rows = list(FactRow.objects.filter(pk__in=[one.fact for one in effects if one.fact]).order_by("pk"))
    group: dict[int, int] = {}
    first: dict[tuple, int] = {}
    for row in rows:
        key = (row.person_id, row.recorded_at, row.source) if row.kind == "described" else (row.pk,)
        group[row.pk] = first.setdefault(key, row.pk)
    words = {one.fact: f"{one.strong}{one.plain}" for one in told(rows, person)}
    found: list[Effect] = []
    places: dict[int, int] = {}
    for one in effects:
        number = group.get(one.fact) if one.fact else None
        if number in places:
            found[places[number]] = _both(found[places[number]], one)
            continue
        if number is not None:
            places[number] = len(found)
        found.append(replace(one, what=words.get(number, one.what) if number is not None else one.what))
    if len(found) <= SHOWN:
        return found
    weight = sorted(found, key=lambda one: (-len(one.met) - len(one.lapsed), -abs(one.milli)))
    shown = weight[: SHOWN - 1]
    rest = [one for one in found if one not in shown]
    more = Effect(f"{len(rest)} smaller things", sum(one.milli for one in rest))
    return [*(one for one in found if one in shown), more]


def _both(one: Effect, two: Effect) -> Effect:
    parts = {name: tuple(dict.fromkeys((*getattr(one, name), *getattr(two, name)))) for name in
             ("met", "lapsed", "answers")}  # fmt: skip
    return replace(one, milli=one.milli + two.milli, **parts)
