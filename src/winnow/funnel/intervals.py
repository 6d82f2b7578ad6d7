"""Intervals around shares, for wherever few cases would make a share look surer than it is."""

from math import sqrt


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float] | None:
    """Wilson's score interval of a share at 95 % (Wilson 1927); None when there is nothing to share."""
    if of <= 0:
        return None
    low, high = _wilson(hits, of, z)
    return round(low, 4), round(high, 4)


def _wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    share = hits / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    return max(0.0, (centre - spread) / below), min(1.0, (centre + spread) / below)


def newcombe(hits: int, of: int, other_hits: int, other_of: int) -> tuple[float, float]:
    """Newcombe's interval of hits/of less other_hits/other_of at 95 % (his method 10), out of Wilson's bounds."""
    first, second = hits / of, other_hits / other_of
    (low, high), (other_low, other_high) = _wilson(hits, of), _wilson(other_hits, other_of)
    below = sqrt((first - low) ** 2 + (other_high - second) ** 2)
    above = sqrt((high - first) ** 2 + (second - other_low) ** 2)
    return first - second - below, first - second + above


def share(part: int, whole: int) -> float | None:
    """A share to four digits; None of nothing."""
    return round(part / whole, 4) if whole else None


def kaplan_meier(spans: list[tuple[float, bool]], fraction: float) -> float | None:
    """By when so large a fraction had happened (Kaplan and Meier 1958): `spans` are (how long, whether it happened).

    What has not happened yet counts as open, not as never and not as now. None when it isn't reached.
    """
    left, open_share = len(spans), 1.0
    for span, happened in sorted(spans, key=lambda one: (one[0], not one[1])):
        if happened:
            open_share *= 1 - 1 / left
            if 1 - open_share >= fraction - 1e-9:
                return span
        left -= 1
    return None
