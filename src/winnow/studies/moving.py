"""Does the definition still hold? Once a day the last eight weeks are set against the year before: how often leads are
made, accepted and won, who comes in, and how leads score.

Each pair is tested (G-test); Benjamini and Hochberg's procedure keeps the share of false alarms at a tenth, and what
is sure but small is not told: a share has to be 1.3 times as large or small, a mix to move by an index of 0.1. What is
found is a question to both sides, never a blame.
"""

from datetime import timedelta

import numpy as np

from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.study import Study
from winnow.studies import learned
from winnow.studies.asking import rows
from winnow.studies.banding import above_chi_square, by_chance
from winnow.studies.drifting import AT_LEAST, stability
from winnow.studies.holding import NAME, QUESTIONS

LATELY, BEFORE = timedelta(days=56), timedelta(days=365)
EVERY, KEPT, AGAIN = timedelta(days=1), timedelta(days=400), timedelta(days=30)
FEWEST = 30
FALSE_SHARE = 0.1
MOVED = 0.1


def watch_due() -> int:
    """Look, if nobody has looked today; for the worker. Learns again where the last time is a month ago."""
    definition, at = Definition.in_force(), now()
    last = Study.newest(NAME)
    if definition is None or (last and last.finished_at > at - EVERY):
        return 0
    Study.objects.filter(name=NAME, finished_at__lt=at - KEPT).delete()
    Study.objects.create(
        name=NAME, asked={"definition": definition.number}, asked_at=at, started_at=at, beat_at=at, finished_at=at,
        result=looked(definition, at),
    )  # fmt: skip
    known = Study.newest(learned.NAME)
    if known and known.finished_at < at - AGAIN and not Study.running(learned.NAME):
        Study.ask(learned.NAME, {**known.asked, "base": definition.pk}, by=None)
    return 1


def looked(definition: Definition, at) -> dict:
    """What has moved: `questions`, and `tested`, everything that was compared."""
    given = {"at": at, "since": at - LATELY, "before": at - LATELY - BEFORE, "definition": definition.pk}
    tested = [*_rates(rows("drift_rates", given)), *_mixes(rows("drift_mixes", given))]
    found = [one for one in _unlikely(tested) if one["far"]]
    return {"as_of": at.isoformat(), "definition": definition.number, "questions": found, "tested": tested}


def _rates(counted) -> list[dict]:
    """Shares of two periods."""
    by_name: dict[str, dict[int, tuple[int, int]]] = {}
    for name, period, hits, cases in counted:
        by_name.setdefault(name, {})[period] = (hits, cases)
    told = []
    for name, periods in by_name.items():
        (hits, cases), (late_hits, late) = periods.get(0, (0, 0)), periods.get(1, (0, 0))
        if min(cases, late) < FEWEST:
            continue
        first, second = hits / cases, late_hits / late
        low, high = sorted((first, second))
        chance = by_chance(np.array([cases, late], float), np.array([hits, late_hits], float))
        said = f"{second:.0%} of {late:,} in the last eight weeks, {first:.0%} of {cases:,} in the year before"
        far = high >= AT_LEAST * low or 1 - low >= AT_LEAST * (1 - high)
        told.append(_told(name, said, chance, far, before=round(first, 4), after=round(second, 4)))
    return told


def _mixes(counted) -> list[dict]:
    """Mixes of two periods, with what moved most."""
    by_name: dict[str, dict[str, list[int]]] = {}
    for name, value, period, cases in counted:
        by_name.setdefault(name, {}).setdefault(value or "unknown", [0, 0])[period] += cases
    told = []
    for name, values in by_name.items():
        table = np.array([*values.values()], float)
        if table.sum(axis=0).min() < FEWEST or len(table) < 2:
            continue
        index, shares = stability(table[:, 0], table[:, 1]), table / table.sum(axis=0)
        most = int(np.argmax(np.abs(shares[:, 1] - shares[:, 0])))
        value = [*values][most]
        value = f"{int(value) * 10} to {int(value) * 10 + 9} points" if name == "score" else value.replace("_", " ")
        said = f"{value}: {shares[most, 1]:.0%} in the last eight weeks, {shares[most, 0]:.0%} in the year before"
        told.append(_told(name, said, _chance(table), index >= MOVED, psi=round(index, 4)))
    return told


def _chance(table) -> float:
    """The probability that two such mixes are of one world (G-test)."""
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    parts = table * np.log(np.where(table > 0, table, 1) / expected)
    return above_chi_square(float(2 * np.where(table > 0, parts, 0).sum()), len(table) - 1)


def _told(name, said, chance, far, **figures) -> dict:
    about, question = QUESTIONS[name]
    return {
        "what": name, "about": about, "said": said, "question": question, "by_chance": float(f"{chance:.2g}"),
        "far": bool(far), **figures,
    }  # fmt: skip


def _unlikely(tested) -> list[dict]:
    """Those under Benjamini and Hochberg's line, the least likely first."""
    ranked = sorted(tested, key=lambda one: one["by_chance"])
    last = 0
    for rank, one in enumerate(ranked, 1):
        if one["by_chance"] <= FALSE_SHARE * rank / len(ranked):
            last = rank
    return ranked[:last]
