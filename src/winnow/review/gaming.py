"""Gaming tests: work that bunches where a quota ends, or has no evidence near it (METHOD, gaming tests; Larkin 2014).

Each is a question for the review, with its numbers. Where many people are tested, Benjamini and Hochberg's procedure
keeps the share of false questions at a tenth.
"""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, lgamma, log

from winnow.leads.definition import Definition

FALSE_SHARE = 0.1
LAST_DAYS = 2  # working days at the end of a period
FEWEST_MOVES = 20
FEWEST_AT_END = 6
FEWEST_BARE = 5
BARE_SHARE = 0.5


@dataclass(frozen=True)
class Moves:
    """How many things somebody moved on one day. `who` is None for a name that has no log-in."""

    who: int | None
    name: str
    what: str
    day: date
    n: int


@dataclass(frozen=True)
class Sign:
    """One pattern that chance alone would hardly give, of one person, with what was seen."""

    who: int | None
    name: str
    evidence: str


def binomial_tail(n: int, k: int, p: float) -> float:
    """The probability of k or more successes in n trials of probability p."""
    if k <= 0:
        return 1.0
    if p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    yes, no, all_ways = log(p), log(1 - p), lgamma(n + 1)
    each = (all_ways - lgamma(i + 1) - lgamma(n - i + 1) + i * yes + (n - i) * no for i in range(k, n + 1))
    return min(1.0, sum(exp(one) for one in each))


def working_days(first: date, last: date) -> list[date]:
    """Mondays to Fridays from one day to another, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def period(day: date, months: int) -> tuple[date, date]:
    """First and last day of the month (1) or quarter (3) that a day lies in."""
    start = (day.month - 1) // months * months + 1
    end = start + months - 1
    return date(day.year, start, 1), date(day.year, end, monthrange(day.year, end)[1])


def bursts(moves: list[Moves]) -> list[Sign]:
    """Who moved clearly more on than chance gives in the last two working days of months or quarters.

    Against the share that these days are of all working days of the periods in which the person worked; weekends count
    neither way.
    """
    by_person: dict[tuple, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for move in moves:
        if move.day.weekday() < 5:
            by_person[(move.who, move.name, move.what)][move.day] += move.n
    tested = []
    for (who, name, what), days in by_person.items():
        for months, word in ((1, "month"), (3, "quarter")):
            total, ends = 0, set()
            for first, last in {period(day, months) for day in days}:
                worked = working_days(first, last)
                total += len(worked)
                ends |= set(worked[-LAST_DAYS:])
            n, k = sum(days.values()), sum(count for day, count in days.items() if day in ends)
            if n >= FEWEST_MOVES and k >= FEWEST_AT_END:
                p = len(ends) / total
                text = (
                    f"{what} {k} of {n} in the last {LAST_DAYS} working days of a {word}; chance would give about "
                    f"{n * p:.0f} (p = {_small(binomial_tail(n, k, p))})"
                )
                tested.append((binomial_tail(n, k, p), Sign(who, name, text)))
            else:
                tested.append((1.0, None))
    return unlikely(tested)


def unlikely(tested: list[tuple[float, Sign | None]]) -> list[Sign]:
    """Those signs that stand under Benjamini and Hochberg's line, the least likely first."""
    ranked = sorted(tested, key=lambda pair: pair[0])
    last = 0
    for rank, (probability, _) in enumerate(ranked, 1):
        if probability <= FALSE_SHARE * rank / len(ranked):
            last = rank
    return [sign for _, sign in ranked[:last] if sign is not None]


def _small(probability: float) -> str:
    return f"{probability:.2g}" if probability >= 1e-9 else "less than a billionth"


def without_evidence(rows: list[tuple]) -> list[Sign]:
    """Who did most of something without any contact within three days. Rows: id, name, what, n, how many bare."""
    return [
        Sign(who, name, f"{what} {bare} of {n} times without a contact within three days before or after")
        for who, name, what, n, bare in rows
        if bare >= FEWEST_BARE and bare >= BARE_SHARE * n
    ]


def within_seconds(rows: list[tuple]) -> list[Sign]:
    """Who moved many on in one go. Rows: id, name, when it began, seconds, how many."""
    return [
        Sign(who, name, f"moved {n} leads on within {_seconds(seconds)} on {began:%-d %B %Y at %H:%M}")
        for who, name, began, seconds, n in rows
    ]


def _seconds(count: int) -> str:
    return f"{count} seconds" if count > 1 else "a second"


def loosened(at) -> list[Sign]:
    """Definitions that came into force in the last two working days of a month and ask less than the one before."""
    signs = []
    before = None
    signed = Definition.objects.filter(in_force_from__lte=at).order_by("in_force_from", "id")
    for made in signed.select_related("written_by"):
        if before is not None and (easier := _easier(before.policy, made.policy)):
            day = made.in_force_from.date()
            first, last = period(day, 1)
            if day in working_days(first, last)[-LAST_DAYS:]:
                who = made.written_by
                text = f"definition {made.number} came into force on {day:%-d %B %Y} and asks less: {', '.join(easier)}"
                signs.append(Sign(getattr(who, "pk", None), str(who or "Somebody"), text))
        before = made
    return signs


def _easier(old, new) -> list[str]:
    said = []
    if new.asked_score < old.asked_score:
        said.append(f"{new.asked_score / 1000:g} points instead of {old.asked_score / 1000:g}")
    if new.asked_grade > old.asked_grade:
        said.append(f"grade {new.asked_grade} instead of {old.asked_grade}")
    for was, is_ in zip(old.clauses, new.clauses, strict=True):
        if was.asked and (is_.asked is None or (was.asked == "yes" and is_.asked == "partly")):
            said.append(f"{was.item} {is_.asked or 'not at all'} instead of {was.asked}")
    if new.enough_count < old.enough_count:
        said.append(f"{new.enough_count} answers instead of {old.enough_count}")
    if old.conversation_within and not new.conversation_within:
        said.append("no conversation")
    if new.people_asked < old.people_asked:
        said.append(f"{new.people_asked or 'no'} engaged people instead of {old.people_asked}")
    fewer = {one.name for one in old.roles if one.at_least} - {one.name for one in new.roles if one.at_least}
    if fewer:
        said.append(f"no {', '.join(sorted(fewer)).replace('_', ' ')} of the buying group")
    if {one.name for one in old.never} - {one.name for one in new.never}:
        said.append("fewer who are never a lead")
    if old.person_confirms and not new.person_confirms:
        said.append("no person who confirms")
    return said
