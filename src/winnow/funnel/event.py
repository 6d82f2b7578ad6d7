"""What an event brought: visitors, entries by hour and staff, what became of them, and what a QSO cost."""

from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

from winnow.funnel import asking
from winnow.funnel.money import per
from winnow.leads.campaign import CostLine
from winnow.leads.cycle import Cycle
from winnow.leads.event import Event
from winnow.leads.inquiry import Arrival, Inquiry

SHOWN = 50


@dataclass
class EventFigures:
    """`hours` are (hour, entries, {staff: entries}); money is in cents of the campaign's currency, None where none is
    recorded. `waiting` wait for the badge list, `refused` for a person to mend them.
    """

    entries: int
    visitors: int
    prospects: int
    qsos: int
    accepted: int
    unanswered: int
    waiting: int
    refused: int
    coming: int
    cost_cents: int | None
    per_qso_cents: int | None
    hours: list[tuple] = field(default_factory=list)
    staff: list[tuple[str, int]] = field(default_factory=list)


def figures(event: Event, zone: str = "UTC") -> EventFigures:
    """The figures of one event as of now; hours are those of `zone`."""
    given = {"sender": event.sender, "zone": zone}
    (sums,) = asking.rows("event_sums", given)
    hours, staff = {}, {}
    for row in asking.rows("event_hours", given):
        hours.setdefault(row["hour"], {})[row["staff"]] = row["entries"]
        staff[row["staff"]] = staff.get(row["staff"], 0) + row["entries"]
    arrivals = Arrival.objects.filter(sender=event.sender).aggregate(
        waiting=Count("pk", filter=Q(state="quarantined")),
        refused=Count("pk", filter=Q(state="rejected", arrival=None)), coming=Count("pk", filter=Q(state="pending")),
    )
    cost = _cost(event)
    return EventFigures(
        **sums, **arrivals, cost_cents=cost, per_qso_cents=per(cost, sums["qsos"]),
        hours=[(hour, sum(by.values()), by) for hour, by in sorted(hours.items())],
        staff=sorted(staff.items(), key=lambda pair: (-pair[1], pair[0])),
    )


def _cost(event: Event) -> int | None:
    """What its campaign cost, where there is one; of other currencies than the campaign's nothing is counted."""
    if event.campaign is None:
        return None
    lines = CostLine.objects.filter(campaign=event.campaign, currency=event.campaign.currency, voided_at=None)
    return lines.aggregate(sum=Sum("amount_cents"))["sum"]


def unanswered(event: Event) -> list[Inquiry]:
    """Who came and was not answered yet, the longest wait first: of each person the newest valid entry."""
    out = Cycle.objects.filter(stage="disqualified").values("pk")
    rows = Inquiry.objects.filter(arrivals__sender=event.sender, valid=True, voided_at=None, answered_at=None)
    rows = rows.exclude(cycle__in=out).select_related("person__account", "person__standing", "person__merged_into")
    newest = {row.person_id: row for row in rows.order_by("-captured_at", "-pk").distinct()[: SHOWN * 4][::-1]}
    return sorted(newest.values(), key=lambda row: (row.captured_at, row.pk))[:SHOWN]
