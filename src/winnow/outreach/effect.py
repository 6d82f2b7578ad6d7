"""Does it work? Those who were drawn to get nothing beside all the others: who became a lead, and who was won.

Counted by what each was drawn for, whatever they then got (intention to treat). METHOD: difference of two shares with
Newcombe's interval of Wilson bounds; the smallest effect that so many people can show is said first.
"""

import math
from dataclasses import dataclass

from django.db import connection

from winnow.leads.message import Programme

Z = 1.959964
POWER = 0.841621

_OUTCOMES = """
SELECT e.held_out, count(DISTINCT e.person_id),
  count(DISTINCT e.person_id) FILTER (WHERE EXISTS (
    SELECT 1 FROM leads_stagechange s JOIN leads_cycle c ON c.id = s.cycle_id
    WHERE c.person_id = e.person_id AND s.after = 'ready' AND s.at > e.started_at)),
  count(DISTINCT e.person_id) FILTER (WHERE EXISTS (
    SELECT 1 FROM leads_stagechange s JOIN leads_cycle c ON c.id = s.cycle_id
    WHERE c.person_id = e.person_id AND s.after = 'won' AND s.at > e.started_at))
FROM leads_enrolment e WHERE e.programme_id = %s GROUP BY e.held_out"""


@dataclass(frozen=True)
class Difference:
    """`more` is the share with mails less the share without, between `low` and `high` in 95 of 100 cases."""

    what: str
    with_mails: tuple[int, int]
    without: tuple[int, int]
    more: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval lies on one side of nothing."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Effect:
    """What a programme does, as far as its numbers can tell."""

    differences: tuple[Difference, ...]
    detectable: float | None
    """The smallest difference of the shares that so few people would show in four of five cases; None without any."""


def effect_of(programme: Programme) -> Effect | None:
    """The effect on becoming a lead and on being won; None while nobody was drawn to get nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, [programme.pk])
        rows = {held_out: counts for held_out, *counts in cursor.fetchall()}
    if True not in rows or False not in rows:
        return None
    (n, leads, won), (m, other_leads, other_won) = rows[False], rows[True]
    differences = tuple(
        Difference(what, (k, n), (j, m), k / n - j / m, *newcombe(k, n, j, m))
        for what, k, j in (("became a lead", leads, other_leads), ("was won", won, other_won))
    )
    return Effect(differences, detectable(other_leads / m, n, m))


def wilson(k: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    share, square = k / n, Z * Z
    middle = share + square / (2 * n)
    reach = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return (middle - reach) / (1 + square / n), (middle + reach) / (1 + square / n)


def newcombe(k: int, n: int, j: int, m: int) -> tuple[float, float]:
    """Newcombe's 95 % interval of k/n − j/m (his method 10)."""
    first, second = k / n, j / m
    (low_1, high_1), (low_2, high_2) = wilson(k, n), wilson(j, m)
    below = math.sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    above = math.sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    return first - second - below, first - second + above


def detectable(base: float, n: int, m: int) -> float:
    """The smallest difference that groups of n and m show with 80 % power, from that base share."""
    spread = max(base * (1 - base), 1 / (n + m))
    return (Z + POWER) * math.sqrt(spread * (1 / n + 1 / m))
