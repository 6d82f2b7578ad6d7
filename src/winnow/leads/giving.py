"""The desk that hands off: leads with nobody yet, what was given and waits, and who has room. Reading only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from winnow.leads.cycle import Cycle
from winnow.leads.day import Waiting, unanswered
from winnow.leads.lead import Handoff, Lead
from winnow.leads.standing import PersonStanding
from winnow.leads.user import User

SHOWN = 50
LATELY_DAYS = 30


@dataclass
class Load:
    """A rep's hands: open leads of the capacity, how many wait for an answer and how many of these are late."""

    rep: User
    open: int
    waiting: int
    late: int

    @property
    def room(self) -> int:
        """How many more this rep can work; negative when there are too many."""
        return self.rep.capacity - self.open


@dataclass
class Desk:
    """Everything on the page of whoever hands off."""

    ready: list[Lead]
    waiting: list[Waiting]
    rejected: list[Handoff]
    loads: list[Load]


def loads(at: datetime) -> list[Load]:
    """Every active rep with what is in their hands, the one with most room first."""
    waits = Q(response="")
    counts = Handoff.objects.filter(ended_at=None).values("rep").annotate(
        open=Count("pk"), waiting=Count("pk", filter=waits),
        late=Count("pk", filter=waits & Q(response_due_at__lte=at)),
    )  # fmt: skip
    has = {row["rep"]: (row["open"], row["waiting"], row["late"]) for row in counts}
    reps = User.objects.filter(role="rep", is_active=True).order_by("name")
    found = [Load(rep, *has.get(rep.pk, (0, 0, 0))) for rep in reps]
    return sorted(found, key=lambda one: (-one.room, one.rep.name))


def suggested(lead: Lead, found: list[Load]) -> tuple[int | None, str]:
    """Which rep to give it to, and why: whoever owns the account or the person, else whoever has most room."""
    reps = {one.rep.pk: one for one in found}
    if lead.account.owner_id in reps:
        return lead.account.owner_id, f"owns {lead.account}"
    if lead.person.owner_id in reps:
        return lead.person.owner_id, f"knows {lead.person}"
    same = Handoff.objects.filter(lead__account=lead.account, response="accepted").order_by("-pk").first()
    if same is not None and same.rep_id in reps:
        return same.rep_id, f"has worked {lead.account} before"
    with_room = [one for one in found if one.room > 0]
    if not with_room:
        return None, ""
    on_time = [one for one in with_room if not one.late]
    if on_time and on_time[0] is not with_room[0]:
        return on_time[0].rep.pk, "has room and nothing late"
    return with_room[0].rep.pk, "has most room"


def ready_leads(limit: int = SHOWN) -> list[Lead]:
    """Leads that are ready and with nobody, the oldest first."""
    cycles = Cycle.objects.filter(stage="ready", lead__closed_at=None, person=F("lead__person"))
    rows = cycles.select_related("lead__person", "lead__account__owner").order_by("stage_at", "pk")[:limit]
    leads = [cycle.lead for cycle in rows]
    levels = dict(
        PersonStanding.objects.filter(person__in=[one.person_id for one in leads]).values_list("person_id", "levels")
    )
    for lead in leads:
        lead.levels = list(levels.get(lead.person_id) or ["unknown"] * 6)
    return leads


def desk(at: datetime) -> Desk:
    """The desk now."""
    lately = Handoff.objects.filter(response="rejected", responded_at__gte=at - timedelta(days=LATELY_DAYS))
    return Desk(
        ready=ready_leads(),
        waiting=unanswered(Handoff.objects.all(), at),
        rejected=list(
            lately.select_related("lead__person", "lead__account", "lead__definition", "rep")
            .order_by("-responded_at")[:20]
        ),
        loads=loads(at),
    )  # fmt: skip
