"""When too many mails of a programme come back or are complained about, it pauses by itself (R8): who goes on sending
then loses the relay for everybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from winnow.leads.clock import now
from winnow.leads.message import Programme
from winnow.outreach import programmes

DAYS = 30
COMPLAINTS, COMPLAINTS_OF = 0.001, 1000
BOUNCES, BOUNCES_OF = 0.05, 100
HARD_COMPLAINTS, HARD_BOUNCES = 0.003, 0.10

_FIGURES = """
SELECT e.programme_id, count(DISTINCT m.id) FILTER (WHERE m.handed_at IS NOT NULL AND m.state IN ('sent', 'failed')),
       count(DISTINCT b.message_id), count(DISTINCT i.message_id)
FROM leads_message m
JOIN leads_enrolment e ON e.id = m.enrolment_id
LEFT JOIN leads_bounce b ON b.message_id = m.id
LEFT JOIN leads_incomingmail i ON i.message_id = m.id AND i.kind = 'complaint'
WHERE m.kind = 'marketing' AND m.handed_at > %s
  -- What came before somebody let it go on, they have looked at.
  AND m.handed_at > coalesce((SELECT max(a.at) FROM leads_auditentry a
      WHERE a.noun = 'programme' AND a.noun_id = e.programme_id AND a.verb = 'resume'), '-infinity')
GROUP BY e.programme_id"""


@dataclass(frozen=True)
class Health:
    """What came back in the last 30 days of what a programme sent."""

    sent: int = 0
    bounced: int = 0
    complaints: int = 0

    @property
    def trouble(self) -> str:
        """Why it should pause; empty when all is well."""
        if self.sent >= COMPLAINTS_OF and self.complaints / self.sent >= COMPLAINTS:
            return f"{self.complaints} of {self.sent} mails were complained about in {DAYS} days"
        if self.sent >= BOUNCES_OF and self.bounced / self.sent >= BOUNCES:
            return f"{self.bounced} of {self.sent} mails came back in {DAYS} days"
        return ""

    @property
    def grave(self) -> bool:
        """Whether the relay itself is at risk, and with it every programme."""
        complaints = self.sent >= COMPLAINTS_OF and self.complaints / self.sent >= HARD_COMPLAINTS
        return complaints or (self.sent >= BOUNCES_OF and self.bounced / self.sent >= HARD_BOUNCES)


def figures(at: datetime | None = None) -> dict[int, Health]:
    """What came back, by programme."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [(at or now()) - timedelta(days=DAYS)])
        return {row[0]: Health(*row[1:]) for row in cursor.fetchall()}


def watch_programmes(at: datetime | None = None) -> int:
    """Pause what has to pause; returns how many. Only what went out since somebody last let it go on counts."""
    at = at or now()
    found = figures(at)
    paused = 0
    for programme in Programme.objects.filter(active=True, paused_at=None):
        health = found.get(programme.pk, Health())
        if health.trouble:
            paused += programmes.pause(programme, f"{health.trouble}; look at the addresses, then let it go on", at=at)
            if health.grave:
                for other in Programme.objects.filter(active=True, paused_at=None):
                    why = f"too much of {programme} comes back; it endangers all mail"
                    paused += programmes.pause(other, why, at=at)
    return paused

