"""In which order of time the rows stand: by a column, else as they lie in the file."""

import numpy as np

from winnow.leads.errors import Refusal
from winnow.studies.columns import Column, Gathered

SORTED = 0.97
MOSTLY = 0.98
WITH_TIME = 0.8
BEYOND = 25
"""Rows that should reach beyond the file's end, and none does, from which a length was cut short by it."""


def order_of(gathered: Gathered, name: str | None, won: np.ndarray) -> tuple[np.ndarray, str]:
    """The places of the rows, oldest first, and how that was found. Raises `Refusal`."""
    if name:
        return _by_column(gathered.named(name))
    down = _newest_first(gathered.columns)
    rows = np.arange(len(gathered.kept))
    places = rows[::-1] if down else rows
    if _sorted_by_outcome(won[won >= 0]):
        raise Refusal(
            "The rows stand sorted by their outcome, so their order tells no time. Name the column that does, "
            "a date or a running number, with --order.",
            code="no_order",
        )
    if down:
        return (
            places,
            f"as the rows stand, from the last to the first: {down.name} says that the newest are first",
        )
    return (
        places,
        "as the rows stand, the first taken for the oldest; name a column with --order if that is wrong",
    )


def _by_column(column: Column):
    if column.kind in ("number", "date"):
        blank = column.blank
        places = np.argsort(np.where(blank, -np.inf, column.numbers), kind="stable")
        also = f"; {int(blank.sum()):,} rows without one taken for the oldest" if blank.any() else ""
        return places, f"by {column.name}{also}"
    if column.kind == "category":
        ranks = np.full(len(column.texts) + 1, -1)
        for rank, place in enumerate(sorted(range(len(column.texts)), key=column.texts.__getitem__)):
            ranks[place] = rank
        return np.argsort(
            ranks[column.codes], kind="stable"
        ), f"by {column.name}, in the order of the alphabet"
    raise Refusal(
        f"{column.name!r} gives no order: it holds {column.kind}. Name a date or a running number.",
        code="no_order",
    )


def _newest_first(columns) -> Column | None:
    for column in columns:
        if column.kind in ("number", "date") and column.distinct > 20:
            values = column.numbers[~column.blank]
            steps = np.diff(values)
            steps = steps[steps != 0]
            # Many rows may come on one day, but what counts rows differs from each to the next.
            enough = 20 if column.kind == "date" else 0.5 * len(column.numbers)
            if len(steps) > enough and (steps < 0).mean() >= MOSTLY:
                return column
    return None


def runs_with_time(column: Column) -> bool:
    """Whether a column (its rows in order of time) goes along with time: a running number, a year, a rate of the times.

    What it says of the past holds for no later row, since that will have values that none had before.
    """
    if column.kind == "category":
        return _told_by_value(column.codes) >= WITH_TIME**2
    if column.kind not in ("number", "date"):
        return False
    values = column.numbers[~column.blank]
    if len(values) < 50 or values.min() == values.max():
        return False
    return abs(_rank_correlation(values)) >= WITH_TIME


def _told_by_value(codes) -> float:
    """How much of a row's place in time its value tells (eta squared, less what as many values would tell by chance):
    a month, a quarter, a season's offer."""
    places = np.flatnonzero(codes >= 0)
    values, at, counts = np.unique(codes[places], return_inverse=True, return_counts=True)
    free = len(places) - len(values)
    if len(values) < 2 or free < 50:
        return 0.0
    spread = places - places.mean()
    left = (spread**2).sum() - (np.bincount(at, spread) ** 2 / counts).sum()
    return float(1 - (left / free) / ((spread**2).sum() / (len(places) - 1)))


def counted_until_the_end(column: Column, since: Column) -> bool:
    """Whether a number counts days from a date to some later moment that the file's end cut short: no row reaches
    beyond it, where the rows of earlier days say that many should. Such a length is known only once it is over."""
    both = ~column.blank & ~since.blank
    if both.sum() < 100:
        return False
    lengths, began = column.numbers[both], np.floor(since.numbers[both])
    if lengths.min() < 0 or len(np.unique(lengths)) < 10:
        return False
    room = (began + lengths).max() - began
    early = np.sort(lengths[began <= np.quantile(began, 0.25)])
    expected = 1 - np.searchsorted(early, room, side="right") / len(early)
    return bool(expected.sum() >= BEYOND)


def _rank_correlation(values):
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2)[at]
    return float(np.corrcoef(ranks, np.arange(len(values)))[0, 1])


def _sorted_by_outcome(won) -> bool:
    if len(won) < 20 or won.min() == won.max():
        return False
    changes = int((np.diff(won) != 0).sum())
    rarer = min(won.sum(), len(won) - won.sum())
    return rarer >= 10 and changes <= max(3, (1 - SORTED) * rarer)
