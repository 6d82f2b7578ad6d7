"""How points fade: a person's score at a minute, and the minute at which it would cross the asked score by itself."""

import math

from winnow.policy.definition import Definition
from winnow.policy.state import PersonState

FADED = 64
"""Half-lives after which nothing is left of any score: 10,000 points have faded to less than rounding shows."""


def score_at(definition: Definition, person: PersonState, fixed: int, at: int) -> int:
    """Milli-points at minute `at`, rounded down."""
    age = max(at - person.at, 0)
    faded = person.fast * 2.0 ** (-age / definition.half_life) + person.slow * 2.0 ** (
        -age / definition.slow_half_life
    )
    return math.floor(faded + 1e-6) + fixed


def crossing_at(definition: Definition, person: PersonState, fixed: int, milli: int, at: int) -> int | None:
    """A minute not after the first at which the score passes the asked score, in either direction; None if never.

    The two fading sums make a curve with at most one turning point: on either side of it the score only falls or only
    rises, so that the minute is found by halving. One minute early, because sums of floats are not quite monotone.
    """
    start = max(at, person.at)
    age = start - person.at
    fast = person.fast * 2.0 ** (-age / definition.half_life)
    slow = person.slow * 2.0 ** (-age / definition.slow_half_life)
    if not fast and not slow:
        return None
    asked = definition.asked_score
    above = milli >= asked

    def passed(minute: int) -> bool:
        return (score_at(definition, person, fixed, minute) >= asked) != above

    end = start + FADED * max(definition.half_life, definition.slow_half_life)
    turn = _turning_point(definition, fast, slow, start, end)
    first = start
    for last in (turn - 1, turn, turn + 1, end):  # the grid is of minutes: the extreme may lie beside the turn
        if last > first and passed(last):
            low = first
            while last - low > 1:
                middle = (low + last) // 2
                if passed(middle):
                    last = middle
                else:
                    low = middle
            return max(at + 1, last - 1)
        first = max(first, last)
    return None


def _turning_point(definition: Definition, fast: float, slow: float, start: int, end: int) -> int:
    """The minute at which the fading sum turns from falling to rising or back; `start` when it never does."""
    difference = 1 / definition.half_life - 1 / definition.slow_half_life
    if fast * slow >= 0 or not difference:
        return start
    there = math.log2(abs(fast) * definition.slow_half_life) - math.log2(abs(slow) * definition.half_life)
    return min(max(start + round(there / difference), start), end)
