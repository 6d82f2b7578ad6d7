"""A rep's day: what waits for an answer, which touches are due, what has no next step, and how the rep has done.

Reading only; every query is bounded by what one person can have in hand.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Exists, F, OuterRef

from winnow.leads.calendar import worked_between
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.inquiry import Inquiry
from winnow.leads.lead import Handoff, Touch
from winnow.leads.meeting import Promise
from winnow.leads.opportunity import Opportunity
from winnow.leads.standing import PersonStanding
from winnow.policy.definition import Promise as Owed

SHOWN = 50
FIGURES_DAYS = 90
LATELY = 1000  # handoffs that a median is taken over, newest first
SOON = 0.5  # below this share of the time the clock says that it runs out


@dataclass(frozen=True)
class Clock:
    """Working minutes until an answer is due, negative when it is late; `left` is the share of the time left."""

    minutes: int
    left: float
    tone: str
    due_at: datetime


@dataclass
class Waiting:
    """One handoff that waits for its answer."""

    handoff: Handoff
    clock: Clock
    levels: list[str]
    contact_me: bool
    before: Cycle | None


@dataclass
class Figures:
    """What a rep has done in the last ninety days. Medians in working minutes; None where there was nothing."""

    answered: int = 0
    accepted: int = 0
    median_minutes: float | None = None
    team_minutes: float | None = None
    rejected_then_won: int = 0
    won: int = 0
    touches_per_win: float | None = None


@dataclass
class Day:
    """Everything on the page of a rep's day."""

    answers: list[Waiting]
    touches: list[Touch]
    adrift: list[Cycle]
    promises: list[Promise]
    in_hand: int
    figures: Figures = field(default_factory=Figures)


def owed(definition: Definition | None) -> Owed:
    """What sales owes in time under the definition in force; the plain promise when there is none."""
    return definition.policy.promise if definition else Owed()


def clock_of(handoff: Handoff, promise: Owed, at: datetime) -> Clock:
    """How much working time is left for the answer."""
    due = handoff.response_due_at
    minutes = worked_between(promise, at, due) if due > at else -worked_between(promise, due, at)
    left = max(0.0, min(1.0, minutes / promise.response_minutes))
    tone = "late" if due <= at else "soon" if left < SOON else "good"
    return Clock(minutes, left, tone, due)


def unanswered(rows, at: datetime, limit: int = SHOWN) -> list[Waiting]:
    """Handoffs without an answer, the most urgent first, each with its clock and what is known of the person."""
    promise = owed(Definition.in_force())
    rows = rows.filter(response="", ended_at=None).order_by("response_due_at", "pk")
    rows = rows.select_related("lead__person__account", "lead__account", "lead__definition", "rep", "given_by")
    rows = list(rows[:limit])
    people = [row.lead.person_id for row in rows]
    levels = dict(PersonStanding.objects.filter(person__in=people).values_list("person_id", "levels"))
    asked = set(Inquiry.objects.filter(person__in=people, contact_me=True).values_list("person_id", flat=True))
    closed = Cycle.objects.filter(person__in=people, stage__in=("recycled", "lost", "won", "disqualified"))
    before = {one.person_id: one for one in closed.order_by("number")}
    return [
        Waiting(
            row, clock_of(row, promise, at), list(levels.get(row.lead.person_id) or ["unknown"] * 6),
            row.lead.person_id in asked, before.get(row.lead.person_id),
        )
        for row in rows
    ]  # fmt: skip


def day_of(user, at: datetime, evening: datetime) -> Day:
    """The day of one rep; `evening` is when it ends where they are."""
    planned = Touch.objects.filter(rep=user, done_at=None, cancelled_at=None)
    due = planned.filter(due_at__lt=evening).select_related("person__account", "cycle__lead__definition")
    return Day(
        answers=unanswered(Handoff.objects.filter(rep=user), at),
        touches=list(due.order_by("due_at", "pk")[:SHOWN]),
        adrift=_adrift(user),
        promises=list(
            Promise.objects.filter(by=user, broken_at=None, due_at__gt=at - timedelta(days=21))
            .select_related("cycle__person__account", "review").order_by("due_at")[:10]
        ),
        in_hand=Handoff.objects.filter(rep=user, ended_at=None).count(),
        figures=figures(user, at),
    )  # fmt: skip


def _adrift(user) -> list[Cycle]:
    """Leads in hand for which nothing is dated, so that nothing will happen."""
    planned = Touch.objects.filter(cycle=OuterRef("pk"), done_at=None, cancelled_at=None)
    mine = Handoff.objects.filter(lead=OuterRef("lead"), rep=user, ended_at=None, response="accepted")
    rows = Cycle.objects.filter(stage__in=("accepted", "opportunity"), person=F("lead__person"))
    rows = rows.filter(Exists(mine)).filter(~Exists(planned)).select_related("person__account", "lead")
    rows = list(rows.order_by("stage_at")[:SHOWN])
    last = Touch.objects.filter(cycle__in=rows).exclude(done_at=None).order_by("done_at")
    newest = {touch.cycle_id: touch for touch in last}
    amounts = {
        one.lead_id: one for one in Opportunity.objects.filter(lead__in=[row.lead_id for row in rows], outcome="open")
    }
    for row in rows:
        row.last_touch, row.deal = newest.get(row.pk), amounts.get(row.lead_id)
    return rows


def figures(user, at: datetime) -> Figures:
    """Answers, wins and touches of the last ninety days."""
    since, promise = at - timedelta(days=FIGURES_DAYS), owed(Definition.in_force())
    answered = Handoff.objects.filter(responded_at__gte=since, response__in=("accepted", "rejected"))
    mine = list(answered.filter(rep=user).order_by("-responded_at")[:LATELY])
    team = answered.order_by("-responded_at").values_list("given_at", "responded_at")[:LATELY]
    found = Figures(answered=len(mine), accepted=sum(one.response == "accepted" for one in mine))
    found.median_minutes = _median(worked_between(promise, one.given_at, one.responded_at) for one in mine)
    found.team_minutes = _median(worked_between(promise, given, said) for given, said in team)
    later = Opportunity.objects.filter(
        account=OuterRef("lead__account"), outcome="won", voided_at=None, closed_at__gt=OuterRef("responded_at")
    )
    found.rejected_then_won = answered.filter(rep=user, response="rejected").filter(Exists(later)).count()
    wins = Opportunity.objects.filter(owner=user, outcome="won", closed_at__gte=since, voided_at=None)
    cycles = [one.cycle_id for one in wins[:LATELY]]
    found.won = len(cycles)
    touches = Touch.objects.filter(cycle__in=[one for one in cycles if one]).exclude(done_at=None).count()
    found.touches_per_win = touches / found.won if found.won else None
    return found


def _median(values) -> float | None:
    values = list(values)
    return median(values) if values else None
