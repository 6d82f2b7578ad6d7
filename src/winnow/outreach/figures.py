"""What the nurture pages show: programmes and their tips in numbers, what waits for a person, what comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q

from winnow.leads.message import Enrolment, Message, Programme
from winnow.outreach import health
from winnow.outreach.letter import fill

DAYS = 30

_PROGRAMMES = """
SELECT g.id,
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id AND e.stopped_at IS NULL),
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id AND e.stopped_at IS NULL AND e.held_out),
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id AND e.stopped_at IS NULL AND e.exhausted),
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id AND e.stopped_at IS NULL
     AND e.due_at < %(week)s),
  (SELECT min(e.due_at) FROM leads_enrolment e WHERE e.programme_id = g.id AND e.stopped_at IS NULL),
  (SELECT count(*) FROM leads_message m JOIN leads_enrolment e ON e.id = m.enrolment_id
     WHERE e.programme_id = g.id AND m.state = 'sent' AND m.sent_at > %(since)s),
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id AND e.stop_reason = 'replied'
     AND e.stopped_at > %(since)s),
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id
     AND e.stop_reason IN ('opted_out', 'complained') AND e.stopped_at > %(since)s),
  (SELECT count(*) FROM leads_enrolment e WHERE e.programme_id = g.id
     AND e.stop_reason IN ('ready', 'handed_off', 'accepted', 'opportunity', 'won') AND e.stopped_at > %(since)s)
FROM leads_programme g ORDER BY g.active DESC, g.name"""


@dataclass(frozen=True)
class Standing:
    """One programme in numbers; those of what happened are of the last 30 days."""

    programme: Programme
    inside: int
    held_out: int
    exhausted: int
    due_soon: int
    next_at: datetime | None
    sent: int
    replied: int
    left: int
    became_leads: int
    health: health.Health


def standings(at: datetime) -> list[Standing]:
    """Every programme in numbers."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRAMMES, {"since": at - timedelta(days=DAYS), "week": at + timedelta(days=7)})
        rows = cursor.fetchall()
    programmes = Programme.objects.in_bulk([row[0] for row in rows])
    well = health.figures(at)
    return [Standing(programmes[row[0]], *row[1:], well.get(row[0], health.Health())) for row in rows]


_TIPS = """
SELECT t.id,
  count(m.id) FILTER (WHERE m.state IN ('sent', 'unknown') OR m.state = 'failed' AND m.handed_at IS NOT NULL),
  count(m.id) FILTER (WHERE m.state IN ('held', 'queued', 'sending')),
  count(DISTINCT m.id) FILTER (WHERE EXISTS (
    SELECT 1 FROM leads_click k WHERE k.message_id = m.id AND k.confirmed_at IS NOT NULL)),
  count(DISTINCT m.id) FILTER (WHERE EXISTS (
    SELECT 1 FROM leads_incomingmail i WHERE i.message_id = m.id AND i.kind = 'reply')),
  count(DISTINCT m.id) FILTER (WHERE EXISTS (SELECT 1 FROM leads_bounce b WHERE b.message_id = m.id))
FROM leads_tip t LEFT JOIN leads_message m ON m.tip_id = t.id
WHERE t.programme_id = %s GROUP BY t.id"""


@dataclass(frozen=True)
class TipStanding:
    """One tip in numbers: opens are not among them, and a click counts once a second sign has confirmed it."""

    tip: object
    sent: int = 0
    waiting: int = 0
    clicked: int = 0
    replied: int = 0
    came_back: int = 0

    @property
    def title(self) -> str:
        """Its subject as it reads for somebody of whom nothing is known."""
        return fill(self.tip.subject, None)


def tips(programme: Programme) -> list[TipStanding]:
    """The tips of a programme, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_TIPS, [programme.pk])
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return [TipStanding(tip, *rows[tip.pk]) for tip in programme.tips.select_related("content")]


def waiting(messages) -> dict[str, int]:
    """How many mails are in each state, of those that the queryset shows."""
    return dict(messages.values_list("state").annotate(number=Count("pk")))


def places(rows):
    """Places in a programme with what the list shows: the person, how many tips went, the last mail."""
    went = Count("messages", filter=Q(messages__state__in=("sent", "unknown")))
    return rows.select_related("person__account", "programme").annotate(went=went)


def next_mails(rows, limit: int = 8) -> list[Enrolment]:
    """Whose turn comes next."""
    open_ones = rows.filter(stopped_at=None, due_at__isnull=False, programme__paused_at=None, programme__active=True)
    return list(open_ones.select_related("person__account", "programme").order_by("due_at")[:limit])


def sent_per_day(messages, at: datetime, days: int = 30) -> list[int]:
    """How many went on each of the last days, oldest first."""
    since = (at - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    found = [0] * days
    times = messages.filter(state="sent", sent_at__gte=since, kind="marketing").values_list("sent_at", flat=True)
    for moment in times:
        found[min((moment - since).days, days - 1)] += 1
    return found


def earlier(message: Message) -> list[Message]:
    """The other mails to the same person, newest first."""
    if message.person_id is None:
        return []
    others = Message.objects.filter(person=message.person_id).exclude(pk=message.pk)
    return list(others.select_related("tip").order_by("-send_at")[:10])
