"""How well points told wins from losses, on rows that the card hasn't seen; each figure with its interval.

Points are whole numbers, so rows are counted by points once, and everything else is worked out from those counts.
"""

import math
from dataclasses import dataclass

import numpy as np

TRIES = 1000
SEED = 20_060_101
CAPACITIES = (0.05, 0.1, 0.2, 0.3, 0.5)


@dataclass
class Judged:
    """Figures of one part of the rows, and (low, high) of each that has an interval of 95 %."""

    rows: int
    wins: int
    base_rate: float
    auc: float
    brier: float
    brier_of_base: float
    lift_at_10: float
    intervals: dict[str, tuple[float, float]]
    auc_error: float
    gain: float
    table: list[dict]
    calibration_error: float
    by_capacity: list[dict]


def judge(points, probabilities, won, expected: float, capacity: float | None = None) -> Judged:
    """Compare points and their probabilities with what came of it. `expected` is the share of wins that was known
    before, `capacity` the share of leads that sales can take, beside those that are usual."""
    _, at = np.unique(points, return_inverse=True)
    cases = np.bincount(at).astype(float)
    wins = np.bincount(at, won, minlength=len(cases))
    said = np.bincount(at, probabilities, minlength=len(cases)) / cases
    base = float(won.mean())
    plain = base * (1 - expected) ** 2 + (1 - base) * expected**2
    per_win = (1 - expected) ** 2 - (1 - said) ** 2
    per_loss = expected**2 - said**2
    gain = float((wins * per_win + (cases - wins) * per_loss).sum() / cases.sum())
    figures = _figures(cases - wins, wins, said)
    table = _calibration(cases, wins, said)
    return Judged(
        rows=len(won), wins=int(won.sum()), base_rate=base, brier_of_base=plain,
        auc=figures[0], brier=figures[1], lift_at_10=figures[2],
        intervals=_intervals(cases - wins, wins, said),
        auc_error=_auc_error(cases - wins, wins), gain=gain,
        table=table, calibration_error=sum(row["rows"] * abs(row["said"] - row["won"]) for row in table) / len(won),
        by_capacity=[_taken(cases, wins, part) for part in sorted({*CAPACITIES, *([capacity] if capacity else [])})],
    )  # fmt: skip


def _taken(cases, wins, part) -> dict:
    """What comes of it if sales takes the best part."""
    lift, share = _lift(cases, wins, part), wins.sum() / cases.sum()
    return {"taken": part, "lift": lift, "won": float(lift * share), "wins_caught": float(lift * part)}


def _figures(losses, wins, said):
    """AUC, Brier score and lift of the best tenth, out of counts by rising points."""
    all_wins, all_losses = wins.sum(), losses.sum()
    if not all_wins or not all_losses:
        return 0.5, float((losses * said**2 + wins * (1 - said) ** 2).sum() / (wins + losses).sum()), 1.0
    below = np.cumsum(losses) - losses
    auc = (wins * (below + losses / 2)).sum() / (all_wins * all_losses)
    brier = (losses * said**2 + wins * (1 - said) ** 2).sum() / (all_wins + all_losses)
    return float(auc), float(brier), _lift(losses + wins, wins, 0.1)


def _lift(cases, wins, part) -> float:
    """Share of wins in the best part against that of all; of rows with equal points that straddle its end, a share."""
    room = part * cases.sum()
    above = np.cumsum(cases[::-1])[::-1] - cases
    taken = np.clip(room - above, 0, cases)
    caught = (wins * taken / np.maximum(cases, 1e-12)).sum() / room
    return float(caught / (wins.sum() / cases.sum()))


def auc_of(points, won) -> float:
    """The chance that a win has more points than a loss; equal ones count half."""
    _, at = np.unique(points, return_inverse=True)
    wins = np.bincount(at, won)
    losses = np.bincount(at) - wins
    return _figures(losses, wins, np.zeros(len(wins)))[0]


def _auc_error(losses, wins) -> float:
    """Standard error of the AUC (DeLong), from counts by points."""
    all_wins, all_losses = wins.sum(), losses.sum()
    if all_wins < 2 or all_losses < 2:
        return 0.5
    of_win = (np.cumsum(losses) - losses / 2) / all_losses
    of_loss = 1 - (np.cumsum(wins) - wins / 2) / all_wins
    auc = (wins * of_win).sum() / all_wins
    spread_wins = (wins * (of_win - auc) ** 2).sum() / (all_wins - 1)
    spread_losses = (losses * (of_loss - auc) ** 2).sum() / (all_losses - 1)
    return float(math.sqrt(spread_wins / all_wins + spread_losses / all_losses))


def _intervals(losses, wins, said):
    """95 % of what the figures would be on other rows of the same kind (bootstrap of the counts)."""
    draw = np.random.default_rng(SEED)
    counts = np.concatenate([losses, wins])
    drawn = draw.multinomial(int(counts.sum()), counts / counts.sum(), size=TRIES)
    size = len(losses)
    tries = np.array([_figures(one[:size].astype(float), one[size:].astype(float), said) for one in drawn])
    names = ("auc", "brier", "lift_at_10")
    return {name: tuple(np.quantile(tries[:, at], (0.025, 0.975)).tolist()) for at, name in enumerate(names)}


def _calibration(cases, wins, said):
    """Tenths of the rows by rising probability: what was said beside what came, with Wilson's interval."""
    ends = np.minimum((np.cumsum(cases) - cases / 2) / cases.sum() * 10, 9.999).astype(int)
    rows = []
    for tenth in range(10):
        here = ends == tenth
        if not here.any():
            continue
        count, won = cases[here].sum(), wins[here].sum()
        low, high = wilson(won, count)
        rows.append({
            "rows": int(count), "wins": int(won), "said": float((said * cases)[here].sum() / count),
            "won": float(won / count), "low": low, "high": high,
        })  # fmt: skip
    return rows


def wilson(wins, cases, z=1.96):
    """Wilson's interval of a share."""
    if not cases:
        return 0.0, 1.0
    share = wins / cases
    middle = (share + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases)) / (1 + z * z / cases)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
