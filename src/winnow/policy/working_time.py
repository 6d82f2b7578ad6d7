"""Working time: sums of whole open intervals, done in UTC, so that a clock change costs nothing and adds nothing.

A calendar is a list of open intervals (start, end) in minutes since 1970, sorted and apart; `leads.calendar` makes it
from time zone, weekdays, hours and holidays. Here is only the arithmetic.
"""

from bisect import bisect_right
from collections.abc import Sequence

Interval = tuple[int, int]


def worked(intervals: Sequence[Interval], start: int, end: int) -> int:
    """Minutes of `intervals` that lie between `start` and `end`; 0 when end is not after start."""
    if end <= start:
        return 0
    total = 0
    first = max(bisect_right(intervals, (start, start)) - 1, 0)
    for opened, closed in intervals[first:]:
        if opened >= end:
            break
        total += max(0, min(closed, end) - max(opened, start))
    return total


def due(intervals: Sequence[Interval], start: int, minutes: int) -> int:
    """The moment by which `minutes` of working time have passed since `start`.

    Raises ValueError when the intervals end before that.
    """
    left = minutes
    first = max(bisect_right(intervals, (start, start)) - 1, 0)
    for opened, closed in intervals[first:]:
        span = closed - max(opened, start)
        if span <= 0:
            continue
        if span >= left:
            return max(opened, start) + left
        left -= span
    raise ValueError("the calendar ends before the working time has passed")
