"""By what the figures can be told: where an attribute stands in the rows, and what its values are called."""

from collections.abc import Iterable

from winnow.leads.campaign import Campaign
from winnow.leads.opportunity import Product
from winnow.leads.user import User

COLUMNS = {
    "source": "source",
    "channel": "channel",
    "campaign": "campaign_id::text",
    "interest": "interest",
    "month": "to_char(month, 'YYYY-MM')",
    "grade": "grade",
    "owner": "owner",
    "cycle": "cycle::text",
    "product": "product_id::text",
    "industry": "industry",
    "country": "country",
}
"""Attribute -> its value in a row, as text; NULL is no value at all, which is not the word "unknown"."""

IN_ORDER = ("month", "grade", "cycle")
"""Attributes whose values have an order of their own."""


def labels(by: str, values: Iterable[str | None]) -> dict:
    """What each value is called: campaigns, products and people of the firm by name."""
    known = [value for value in values if value is not None]
    if by == "campaign":
        names = dict(Campaign.objects.filter(pk__in=[int(value) for value in known]).values_list("pk", "name"))
        return {value: names.get(int(value), f"campaign {value}") for value in known}
    if by == "product":
        names = dict(Product.objects.filter(pk__in=[int(value) for value in known]).values_list("pk", "code"))
        return {value: names.get(int(value), f"product {value}") for value in known}
    if by == "owner":
        users = [int(value[1:]) for value in known if value[0] == "#"]
        names = dict(User.objects.filter(pk__in=users).values_list("pk", "name"))
        return {value: names.get(int(value[1:]), "somebody") if value[0] == "#" else value[1:] for value in known}
    return {value: value for value in known}


def value_of(by: str, label: str | None) -> list[str] | None:
    """The values in the rows that are called so: several for people who have the same name; None for the missing."""
    if label is None:
        return None
    if by == "campaign":
        return [str(pk) for pk in Campaign.objects.filter(name=label).values_list("pk", flat=True)]
    if by == "product":
        return [str(pk) for pk in Product.objects.filter(code=label).values_list("pk", flat=True)]
    if by == "owner":
        return [f"={label}", *(f"#{pk}" for pk in User.objects.filter(name=label).values_list("pk", flat=True))]
    return [label]


def order(by: str):
    """The key that puts rows into their order: what an accepted lead costs, then how many; never by inquiries."""
    if by in IN_ORDER:
        return lambda row: (row[by] is None, int(row[by]) if by == "cycle" and row[by] else 0, str(row[by] or ""))
    return lambda row: (
        row["cost_per_accepted_cents"] is None, row["cost_per_accepted_cents"] or 0, -row["accepted"], -row["won"],
        -row["leads"], row[by] is None, str(row[by] or ""),
    )  # fmt: skip
