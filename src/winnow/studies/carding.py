"""A scorecard: whole points for each band of a few columns, and the probability that a sum of points stands for.

The points come from a logistic regression, held near nothing by a ridge, on the bands' log odds. 0 is the worst that
can be had, 100 the best; the probability is read from the sum alone, so anybody can add it up by hand.
"""

from dataclasses import dataclass

import numpy as np

from winnow.studies.banding import Banding, banding_of
from winnow.studies.columns import Column

RIDGE = 2.0
MOST_COLUMNS = 15
LITTLE = 0.05
"""A column whose points spread the log odds by less than this over the rows is left out."""


@dataclass
class Card:
    """The columns' bandings and points (one array each), what blank or unknown cells count where no band is theirs,
    and the two numbers that make a probability of a sum: log odds = base + slope × points."""

    bandings: list[Banding]
    points: list[np.ndarray]
    neutral: list[int]
    base: float
    slope: float
    share: float

    def of_bands(self, banding: int, bands) -> np.ndarray:
        """The points of these bands of one column."""
        return np.append(self.points[banding], [self.neutral[banding]] * 2)[bands]

    def sums(self, columns: dict[str, Column], rows: int) -> np.ndarray:
        """The points of each row."""
        total = np.zeros(rows)
        for place, banding in enumerate(self.bandings):
            total += self.of_bands(place, banding.place(columns[banding.column]))
        return total

    def probability(self, points):
        """The probability of a win with these points."""
        return 1 / (1 + np.exp(-(self.base + self.slope * np.asarray(points, float))))


def bare_card(share: float) -> Card:
    """A card of no columns: what everybody has who is told from nobody."""
    return Card([], [], [], float(np.log(share / (1 - share))), 0.0, share)


def card_of(columns: list[Column], won: np.ndarray, senses: dict[str, int]) -> tuple[Card, dict[str, str]]:
    """Learn a card from these rows; also says why each column that it doesn't use is left out."""
    why: dict[str, str] = {}
    bandings, weighed = [], []
    for column in columns:
        banding, reason = banding_of(column, won, senses.get(column.name, 0))
        if banding is None:
            why[column.name] = reason
            continue
        bandings.append(banding)
        weighed.append(np.append(banding.weights, [0.0, 0.0])[banding.place(column)])
    share = float(won.mean())
    kept, slopes = _chosen(weighed, won)
    for place, banding in enumerate(bandings):
        if place not in kept:
            why[banding.column] = "adds nothing to the columns that are used"
    bandings = [bandings[place] for place in kept]
    if not bandings:
        return bare_card(share), why
    shares = [slope * banding.weights for slope, banding in zip(slopes, bandings, strict=True)]
    scale = 100 / sum(part.max() - min(part.min(), 0) for part in shares)
    low = [min(part.min(), 0.0) for part in shares]
    points = [np.round((part - least) * scale).astype(int) for part, least in zip(shares, low, strict=True)]
    neutral = [round(-least * scale) for least in low]
    card = Card(bandings, points, neutral, 0.0, 0.0, share)
    sums = card.sums({column.name: column for column in columns}, len(won))
    card.base, card.slope = _read_off(sums, won)
    return card, why


def _chosen(weighed, won):
    """The places of the columns that are kept, strongest first, and their slopes. One that would turn its own sense
    round only mends another's, and is left out."""
    left = list(range(len(weighed)))
    while left:
        found = logistic(np.column_stack([weighed[place] for place in left]), won)[1:]
        spread = found * np.array([weighed[place].std() for place in left])
        weakest = int(np.argmin(spread))
        if spread[weakest] >= LITTLE and len(left) <= MOST_COLUMNS:
            order = np.argsort(-spread, kind="stable")
            return [left[at] for at in order], found[order]
        del left[weakest]
    return [], np.zeros(0)


def _read_off(sums, won):
    """Base and slope of the log odds along the sums; counted by sum, since there are few."""
    values, at = np.unique(sums, return_inverse=True)
    cases, wins = np.bincount(at).astype(float), np.bincount(at, won)
    base, slope = logistic(values[:, None], wins / cases, cases, ridge=1e-6)
    return float(base), float(slope)


def logistic(features, won, cases=None, ridge=RIDGE) -> np.ndarray:
    """Base and slopes of a logistic regression by iteratively reweighted least squares, the slopes under a ridge."""
    with_base = np.column_stack([np.ones(len(features)), features])
    cases = np.ones(len(features)) if cases is None else cases
    held = np.full(with_base.shape[1], ridge)
    held[0] = 0
    slopes = np.zeros(with_base.shape[1])
    share = float((won * cases).sum() / cases.sum())
    slopes[0] = np.log(share / (1 - share))
    for _ in range(50):
        odds = np.clip(with_base @ slopes, -30, 30)
        expected = 1 / (1 + np.exp(-odds))
        bend = (with_base * (cases * expected * (1 - expected))[:, None]).T @ with_base + np.diag(held + 1e-9)
        step = np.linalg.solve(bend, with_base.T @ (cases * (won - expected)) - held * slopes)
        slopes = slopes + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-8:
            break
    return slopes
