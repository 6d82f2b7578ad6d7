"""Intervals around shares, for wherever few cases would make a share look surer than it is."""

from math import sqrt


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float] | None:
    """Wilson's score interval of a share at 95 % (Wilson 1927); None when there is nothing to share."""
    if of <= 0:
        return None
    share = hits / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    return max(0.0, (centre - spread) / below), min(1.0, (centre + spread) / below)
