"""Bands of a column: spans of a number or groups of values, each with enough cases and its own share of wins.

A number's bands rise or fall throughout, unless one turn (a valley, a peak) is borne out well beyond chance. Values
of a category that win alike stand together, rare ones are pooled, and blank is a band of its own.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from winnow.studies.columns import Column, is_blank, key_of

FEWEST, SHARE = 50, 0.02
"""Cases that a band must have at least, and their share of all where that is more."""
MOST_BANDS = 8
PRIOR = 20
"""Cases of the overall share that each band is mixed with, so that a small one can't shout."""
SURELY = 0.01
ALIKE = 1.3
"""Neighbouring bands closer than this many standard errors become one."""
BLANKS = "blank"
POOLED = "all others"


@dataclass
class Banding:
    """How one column's cells fall into bands. `labels`, `cases`, `wins` and `weights` (log odds against all) run
    along the bands; `edges` are the upper ends of a number's, `band_of` the bands of a category's values by key.
    `blank` is the band of empty cells and `pooled` that of values never seen: -1 counts nothing either way. `seen` are
    the values that it was learned from.
    """

    column: str
    kind: str
    labels: list[str]
    cases: np.ndarray
    wins: np.ndarray
    weights: np.ndarray
    edges: np.ndarray | None = None
    band_of: dict[str, int] = field(default_factory=dict)
    blank: int = -1
    pooled: int = -1
    seen: frozenset[str] = frozenset()

    def place(self, column: Column) -> np.ndarray:
        """The band of each row."""
        if self.edges is not None:
            bands = np.searchsorted(self.edges, column.numbers, side="left")
            return np.where(np.isnan(column.numbers), self.blank, bands)
        table = np.array(
            [self.band_of.get(key_of(text), self.pooled) for text in column.texts] + [self.blank]
        )
        return table[column.codes]

    def place_text(self, text: str) -> int:
        """The band of one cell of a category."""
        return self.blank if is_blank(text) else self.band_of.get(key_of(text), self.pooled)

    def place_number(self, number: float | None) -> int:
        """The band of one cell of a number, None for one that says no number."""
        return self.blank if number is None else int(np.searchsorted(self.edges, number, side="left"))


def weights_of(cases, wins):
    """Log odds of each band against those of all, each mixed with `PRIOR` cases of the overall share."""
    share = wins.sum() / cases.sum()
    mixed = (wins + PRIOR * share) / (cases + PRIOR)
    return np.log(mixed / (1 - mixed)) - math.log(share / (1 - share))


def by_chance(cases, wins) -> float:
    """The probability that bands without any difference differ so much (G-test)."""
    cases, wins = cases[cases > 0], wins[cases > 0]
    if len(cases) < 2:
        return 1.0
    share = wins.sum() / cases.sum()
    found = 2 * (_fit(cases, wins) - wins.sum() * _log(share) - (cases.sum() - wins.sum()) * _log(1 - share))
    return above_chi_square(float(found), len(cases) - 1)


def above_chi_square(value: float, freedom: int) -> float:
    """The upper tail of chi-square, by Wilson and Hilferty's cube root."""
    if freedom < 1 or value <= 0:
        return 1.0
    root = ((value / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return 0.5 * math.erfc(root / math.sqrt(2))


def _log(share):
    return np.log(np.clip(share, 1e-12, 1))


def _fit(cases, wins) -> float:
    share = wins / np.maximum(cases, 1)
    return float((wins * _log(share) + (cases - wins) * _log(1 - share)).sum())


def banding_of(column: Column, won: np.ndarray, sense: int = 0) -> tuple[Banding | None, str]:
    """The bands of a column, or None and why it has none. `sense` 1: more is never worse, -1: never better."""
    fewest = max(FEWEST, math.ceil(SHARE * len(won)))
    if column.kind == "number":
        return _of_numbers(column, won, fewest, sense)
    return _of_values(column, won, fewest)


def _of_numbers(column, won, fewest, sense):
    values = column.numbers
    filled = ~np.isnan(values)
    if filled.sum() < 2 * fewest:
        return None, f"only {int(filled.sum()):,} rows say a number"
    edges = _fine_edges(values[filled], fewest)
    bands = np.searchsorted(edges, values[filled], side="left")
    cases, wins = _counted(bands, won[filled], len(edges) + 1)
    blank = _blank_counts(~filled, won, fewest)
    surely = min(by_chance(*_with(cases, wins, blank)), _trend(cases, wins))
    if surely > SURELY:
        return None, "its values win alike"
    joined = _monotone(cases, wins, sense)
    joined = _merged(cases, wins, joined, fewest)
    ends = [group[-1] for group in joined][:-1]
    cases, wins = _summed(cases, joined), _summed(wins, joined)
    labels = _span_labels(edges[ends])
    found = _banding(column, labels, cases, wins, blank)
    found.edges = edges[ends]
    return found if len(found.labels) > 1 else None, "its values win alike"


def _fine_edges(values, fewest):
    many = int(min(20, max(2, len(values) // fewest)))
    edges = np.unique(np.quantile(values, np.arange(1, many) / many, method="lower"))
    rounded = np.unique(np.array([_rounded(edge) for edge in edges]))
    return rounded[(rounded >= values.min()) & (rounded < values.max())]


def _rounded(number: float) -> float:
    """Four figures are enough for people to read."""
    return float(f"{number:.4g}") if number else 0.0


def _monotone(cases, wins, sense):
    """Groups of neighbouring bands so that the share runs one way; with one turn where that is surely better."""
    one_way = [_pooled_way(cases, wins, way) for way in ((sense,) if sense else (1, -1))]
    best = max(one_way, key=lambda groups: _fit(_summed(cases, groups), _summed(wins, groups)))
    if sense or len(cases) < 4:
        return best
    plain = _fit(_summed(cases, best), _summed(wins, best))
    turned, turned_fit = best, plain
    for turn in range(1, len(cases)):
        for way in (1, -1):
            left = _pooled_way(cases[:turn], wins[:turn], way)
            right = [
                [band + turn for band in group] for group in _pooled_way(cases[turn:], wins[turn:], -way)
            ]
            fit = _fit(_summed(cases, left + right), _summed(wins, left + right))
            if fit > turned_fit:
                turned, turned_fit = left + right, fit
    surely = above_chi_square(2 * (turned_fit - plain), max(2, len(turned) - len(best))) * 2 * len(cases)
    return turned if surely < SURELY else best


def _pooled_way(cases, wins, way):
    """Pool neighbours that run against the way (pool adjacent violators)."""
    stack: list[list] = []
    for band in range(len(cases)):
        stack.append([float(cases[band]), float(wins[band]), [band]])
        while len(stack) > 1 and way * (_share(stack[-1]) - _share(stack[-2])) <= 0:
            last = stack.pop()
            stack[-1] = [stack[-1][0] + last[0], stack[-1][1] + last[1], stack[-1][2] + last[2]]
    return [group for _, _, group in stack]


def _share(item):
    return item[1] / item[0] if item[0] else 0.0


def _merged(cases, wins, groups, fewest):
    """Join neighbours until each has enough cases and differs from the next."""
    groups = [list(group) for group in groups]
    while len(groups) > 1:
        counts, won = _summed(cases, groups), _summed(wins, groups)
        apart = _apart(counts, won)
        apart = np.where((counts[:-1] < fewest) | (counts[1:] < fewest), apart - 1000, apart)
        at = int(np.argmin(apart))
        if apart[at] >= ALIKE and len(groups) <= MOST_BANDS:
            break
        groups[at : at + 2] = [groups[at] + groups[at + 1]]
    return groups


def _apart(cases, wins):
    """Standard errors between each and its next."""
    share = (wins + 0.5) / (cases + 1)
    error = share * (1 - share) / (cases + 1)
    return np.abs(np.diff(share)) / np.sqrt(error[:-1] + error[1:])


def _trend(cases, wins) -> float:
    """The probability of such a trend along the bands without any (Cochran and Armitage, by ranks)."""
    total = cases.sum()
    ranks = np.cumsum(cases) - cases / 2
    share = wins.sum() / total
    spread = share * (1 - share) * (cases * (ranks - (cases * ranks).sum() / total) ** 2).sum()
    if spread <= 0:
        return 1.0
    z = ((wins - cases * share) * ranks).sum() / math.sqrt(spread)
    return math.erfc(abs(z) / math.sqrt(2)) * 2  # two tests are tried


def _of_values(column, won, fewest):
    size = len(column.texts)
    codes = column.codes
    filled = codes >= 0
    cases, wins = _counted(codes[filled], won[filled], size)
    often = [place for place in np.argsort(-cases, kind="stable").tolist() if cases[place] >= fewest]
    rare = [place for place in range(size) if 0 < cases[place] < fewest]
    pooled = (cases[rare].sum(), wins[rare].sum()) if rare else (0, 0)
    blank = _blank_counts(~filled, won, fewest)
    if not often or len(often) + (pooled[0] >= fewest) + (blank is not None) < 2:
        return (
            None,
            "no two of its values stand in enough rows" if size > 1 else "one value in nearly all rows",
        )
    count = np.append(cases[often], pooled[0])
    if by_chance(*_with(count, np.append(wins[often], pooled[1]), blank)) > SURELY:
        return None, "its values win alike"
    often.sort(key=lambda place: ((wins[place] + 0.5) / (cases[place] + 1), place))
    groups = _merged(cases[often], wins[often], [[at] for at in range(len(often))], fewest)
    groups = [[often[at] for at in group] for group in groups]
    labels = [
        ", ".join(column.texts[at] for at in sorted(group, key=lambda at: -cases[at])) for group in groups
    ]
    counts, won_of = _summed(cases, groups), _summed(wins, groups)
    own = pooled[0] >= fewest
    if own:
        labels, counts, won_of = [*labels, POOLED], np.append(counts, pooled[0]), np.append(won_of, pooled[1])
    found = _banding(column, labels, counts, won_of, blank)
    found.band_of = {key_of(column.texts[at]): band for band, group in enumerate(groups) for at in group}
    found.pooled = len(groups) if own else -1
    found.seen = frozenset(key_of(column.texts[at]) for at in np.flatnonzero(cases).tolist())
    return found if len(found.labels) > 1 else None, "its values win alike"


def _counted(bands, won, size):
    return np.bincount(bands, minlength=size).astype(float), np.bincount(bands, won, minlength=size)


def _summed(counts, groups):
    return np.array([counts[group].sum() for group in groups])


def _blank_counts(blank, won, fewest):
    return (float(blank.sum()), float(won[blank].sum())) if blank.sum() >= min(fewest, 30) else None


def _with(cases, wins, blank):
    return (np.append(cases, blank[0]), np.append(wins, blank[1])) if blank else (cases, wins)


def _banding(column, labels, cases, wins, blank):
    at = -1
    if blank:
        at, labels = len(labels), [*labels, BLANKS]
        cases, wins = _with(cases, wins, blank)
    return Banding(column.name, column.kind, labels, cases, wins, weights_of(cases, wins), blank=at)


def _span_labels(edges):
    if not len(edges):
        return ["any number"]
    spans = [f"over {shown(low)} to {shown(high)}" for low, high in pairwise(edges)]
    return [f"up to {shown(edges[0])}", *spans, f"over {shown(edges[-1])}"]


def shown(number: float) -> str:
    """A number as people write it, with no more figures than needed."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.4g}"
