"""From pairs to who is who: the surest pairs first, and two groups become one only if they fit as a whole.

A is near B and B is near C, but A is not near C: joining by pairs alone chains strangers together.
"""

from collections.abc import Callable, Iterable

LOOKED_AT = 60  # pairs across two groups that are looked at, at most
LARGEST_GROUP = 3000
FLOOR, CEILING = -12.0, 12.0


def grouped(
    links: Iterable[tuple[float, int, int]],
    bits: Callable[[int, int], float],
    least: float,
    agree: Callable[[int, int], bool] | None = None,
) -> tuple[dict[int, list[int]], list[tuple[float, int, int]], list[tuple[float, list[int], list[int]]]]:
    """Groups by their first member; links that were refused; joins as (bits of the link, one group, the other).

    `links` are (bits, place, place); those with less than `least` bits don't join. `bits(a, b)` compares any two.
    With `agree` no two across the groups may disagree.
    """
    home: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    refused, joins = [], []
    for weight, a, b in sorted(links, key=lambda link: (-link[0], link[1], link[2])):
        if weight < least:
            break
        one, two = home.get(a, a), home.get(b, b)
        if one == two:
            continue
        mine, yours = groups.get(one, [one]), groups.get(two, [two])
        if len(mine) + len(yours) > LARGEST_GROUP or not _fit(mine, yours, bits, agree):
            refused.append((weight, a, b))
            continue
        joins.append((weight, list(mine), list(yours)))
        first, second = min(one, two), max(one, two)
        members = sorted(mine + yours)
        groups.pop(second, None)
        groups[first] = members
        for member in members:
            home[member] = first
    return groups, refused, joins


def _fit(mine: list[int], yours: list[int], bits: Callable[[int, int], float], agree) -> bool:
    """Whether the two groups speak for each other on average, a single pair counting only so far."""
    step = max(1, -(-len(mine) * len(yours) // LOOKED_AT))
    across = [(a, b) for a in mine for b in yours][::step]
    if agree and not all(agree(a, b) for a, b in across):
        return False
    if len(across) == 1:
        return True
    return sum(max(min(bits(a, b), CEILING), FLOOR) for a, b in across) > 0
