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
    return round(max(0.0, (centre - spread) / below), 4), round(min(1.0, (centre + spread) / below), 4)


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
