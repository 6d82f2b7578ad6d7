"""Whether the world moved: the share of wins, or what comes in, against the time that a card was learned from."""

import math

import numpy as np

MOVED = 0.25
"""Population stability index from which a column has moved; below 0.1 it is taken for steady."""
SURELY = 0.005
AT_LEAST = 1.3
"""The share of wins has moved if it is this many times larger or smaller, beyond chance."""


def stability(before, after) -> float:
    """Population stability index of two lists of counts over the same bands."""
    before, after = np.asarray(before, float), np.asarray(after, float)
    first = (before + 0.5) / (before + 0.5).sum()
    second = (after + 0.5) / (after + 0.5).sum()
    return float(((second - first) * np.log(second / first)).sum())


def moved_inputs(name, before, after) -> dict | None:
    """What has moved, with its index, or None. Chance alone moves small samples, so that much is allowed for."""
    before, after = np.asarray(before, float), np.asarray(after, float)
    if before.sum() < 1 or after.sum() < 1:
        return None
    index = stability(before, after)
    bands = max(1, len(before) - 1)
    chance = (bands + 5 * math.sqrt(2 * bands) + 8) * (1 / before.sum() + 1 / after.sum())
    return {"column": name, "psi": round(index, 4)} if index >= max(MOVED, chance) else None


def compared_rates(wins_before, before, wins_after, after, surely=SURELY) -> dict:
    """The share of wins of two times, and whether it has moved."""
    first, second = float(wins_before / before), float(wins_after / after)
    both = float((wins_before + wins_after) / (before + after))
    error = math.sqrt(both * (1 - both) * (1 / before + 1 / after))
    chance = math.erfc(abs(second - first) / error / math.sqrt(2)) if error else 1.0
    return {
        "before": round(first, 4), "after": round(second, 4), "ratio": _ratio(first, second),
        "by_chance": float(f"{chance:.2g}"), "moved": bool(chance < surely and _far(first, second)),
    }  # fmt: skip


def _ratio(first, second):
    return round(second / first, 3) if first else None


def _far(first, second) -> bool:
    """`AT_LEAST` times as many wins or losses as before, or as few."""
    low, high = sorted((first, second))
    return high >= AT_LEAST * low or 1 - low >= AT_LEAST * (1 - high)


def turned(won) -> dict | None:
    """The place in time at which the share of wins changed most, if it changed beyond chance (CUSUM); else None.

    Where the changing place itself is looked for, Kolmogorov's distribution says what chance does.
    """
    count, share = len(won), won.mean()
    if count < 100 or share in (0, 1):
        return None
    walk = np.cumsum(won - share) / math.sqrt(count * share * (1 - share))
    inner = slice(max(20, count // 50), count - max(20, count // 50))
    at = int(np.argmax(np.abs(walk[inner]))) + inner.start
    height = abs(float(walk[at]))
    chance = min(1.0, 2 * math.exp(-2 * height * height))
    first, second = float(won[: at + 1].mean()), float(won[at + 1 :].mean())
    if chance >= SURELY or not _far(first, second):
        return None
    return {
        "before": round(first, 4), "after": round(second, 4), "ratio": _ratio(first, second),
        "by_chance": float(f"{chance:.2g}"), "row": at + 2, "moved": True,
    }  # fmt: skip
