"""What a lead costs: campaigns' costs laid on the rows of a report, and how sure a cost per lead is."""

from collections import defaultdict
from math import sqrt

NINETY = 1.6449  # standard deviations of a 90 % interval


def allocated(shares: list[dict], costs: dict[int, int]) -> tuple[dict, int]:
    """Lay each campaign's cost on the values that its inquiries have, evenly by inquiry: value -> cents.

    The second figure is what could be laid on nothing, because the campaign brought no inquiry. Together they are the
    costs, to the cent.
    """
    of_campaign: dict[int, list] = defaultdict(list)
    for share in shares:
        if share["campaign_id"] in costs:
            of_campaign[share["campaign_id"]].append((share["value"], int(share["inquiries"])))
    laid: dict = defaultdict(int)
    for campaign, parts in of_campaign.items():
        rest, inquiries = costs[campaign], sum(count for _, count in parts)
        for value, count in sorted(parts, key=lambda part: (part[1], str(part[0]))):
            part = rest * count // inquiries if inquiries else 0
            laid[value] += part
            rest, inquiries = rest - part, inquiries - count
    return dict(laid), sum(cents for campaign, cents in costs.items() if campaign not in of_campaign)


def per(cents: int | None, count: int) -> int | None:
    """Cents for each of so many; None without costs or without any."""
    return None if cents is None or not count else round(cents / count)


def per_interval(cents: int | None, count: int, z: float = NINETY) -> tuple[int, int] | None:
    """The 90 % interval of a cost per lead, in cents: the cost is given, the count is Poisson (Byar's approximation,
    which needs no table and is within a percent of the exact limits from three on). None without costs or leads.
    """
    if cents is None or not count:
        return None
    low = count * (1 - 1 / (9 * count) - z / (3 * sqrt(count))) ** 3
    more = count + 1
    high = more * (1 - 1 / (9 * more) + z / (3 * sqrt(more))) ** 3
    return round(cents / high), round(cents / low)


def main_currency(amounts: dict[str, int], costs: dict[str, int]) -> str:
    """The currency that a report speaks in: of the largest won amount, else of the largest cost, else EUR."""
    for found in (amounts, costs):
        known = {currency: cents for currency, cents in found.items() if currency and cents}
        if known:
            return max(sorted(known), key=lambda currency: known[currency])
    return "EUR"
