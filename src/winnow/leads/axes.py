"""The two axes: fit as grade A to D, engagement as one of four bands; and who stands where at any minute.

A band is a share of the asked score: *enough* reaches it, *halfway* half of it, *some* a quarter, *little* less. Scores
fade by themselves, so that what is stored is not the band but until when each threshold is kept (`Until`): a static
key, written when somebody is judged and true for as long as nothing is recorded. Who has enough at minute t is
`enough_until > t`, one range of a B-tree, and nothing has to be rewritten at night.

Where everything fades with one half-life H and nothing is negative, `enough_until` is t0 + H log2(S / asked), in the
same order as Cormode's key log2 S + t0 / H (`PersonStanding.order_key`). Unlike that key it is exact too where points
fade at two speeds, and for points that stay. It is written by the policy's own score, minute by minute.

What time can't be asked in advance is kept right by `rejudge_at`: a score that *rises* by itself (minus points that
fade) to the asked one, and an engaged colleague who is no longer engaged. `matrix.enough_now` judges accounts afresh
whose moment has come and whom the due loop has not reached, so that it is exact at any moment, for everybody who is
judged along with the account (its `FRONT` of engaged people). The two lower bands rise by themselves only when
somebody is judged the next time.
"""

import dataclasses
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from winnow.leads.fact import moment
from winnow.policy.definition import Definition
from winnow.policy.fading import crossing_at, score_at
from winnow.policy.state import PersonState

BANDS = {1: "enough", 2: "halfway", 3: "some", 4: "little"}
WORDS = {
    1: "the asked score or more", 2: "half of it or more", 3: "a quarter of it or more", 4: "less than a quarter of it",
}  # fmt: skip
PARTS = (1, 2, 4)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Until when a threshold is kept that time alone never takes away."""


class Until(NamedTuple):
    """Until when the asked score, half of it and a quarter of it are kept. None: not kept now."""

    enough: datetime | None = None
    halfway: datetime | None = None
    some: datetime | None = None


def thresholds(definition: Definition) -> tuple[int, ...]:
    """The lower ends of the first three bands in milli-points; all the same where no positive score is asked."""
    asked = definition.asked_score
    return tuple(asked // part if asked > 0 else asked for part in PARTS)


def band_at(definition: Definition, milli: int) -> int:
    """The band of a score."""
    return next((number for number, least in enumerate(thresholds(definition), 1) if milli >= least), 4)


def band_now(kept: Iterable[datetime | None], at: datetime) -> int:
    """The band at a moment, by the three stored moments."""
    return next((number for number, end in enumerate(kept, 1) if end is not None and end > at), 4)


def until(definition: Definition, person: PersonState, milli: int, at: int) -> Until:
    """Until when each threshold is kept by somebody who has `milli` at minute `at`, if nothing more is recorded."""
    return Until(*(_end(definition, person, milli, at, least) for least in thresholds(definition)))


def _end(definition: Definition, person: PersonState, milli: int, at: int, least: int) -> datetime | None:
    if milli < least:
        return None
    fixed = milli - score_at(definition, person, 0, at)
    last = _first_below(definition, person, fixed, milli, at, least)
    return NEVER if last is None else moment(last)


def _first_below(d: Definition, person: PersonState, fixed: int, milli: int, at: int, least: int) -> int | None:
    """The first minute at which the score is below; None when fading alone never takes it there.

    By Newton's method on a falling convex curve, which comes from the left and never passes the root; the last step
    is by the policy's own score, minute by minute.
    """
    fast, slow, target = person.fast, person.slow, least - fixed - 1e-6
    if fast < 0 or slow < 0:  # falls, then rises, or the other way round: as the policy itself finds it
        there = crossing_at(dataclasses.replace(d, asked_score=least), person, fixed, milli, at)
        first = there if there is None else max(there, at + 1)
    elif target <= 0 or not (fast or slow):
        return None
    else:
        fade, slow_fade = math.log(2) / d.half_life, math.log(2) / d.slow_half_life
        age = float(max(at - person.at, 0))
        for _ in range(80):
            a, b = fast * math.exp(-fade * age), slow * math.exp(-slow_fade * age)
            step = (a + b - target) / (fade * a + slow_fade * b)
            age += max(step, 0.0)
            if step < 0.25:
                break
        first = max(at + 1, person.at + int(age) - 1)
    while first is not None and score_at(d, person, fixed, first) >= least:
        first += 1
    return first
