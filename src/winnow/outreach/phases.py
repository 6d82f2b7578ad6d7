"""Where the buyer stands, by what they used; and which tip fits that."""

from datetime import datetime, timedelta

from django.db import connection

from winnow.leads.clock import now
from winnow.policy.facts import PHASES

RECENT_DAYS = 90

_TAKEN = """
WITH RECURSIVE mine(id) AS (
    SELECT %(person)s::bigint
    UNION SELECT p.id FROM leads_person p JOIN mine m ON p.merged_into_id = m.id
)
SELECT coalesce(c.phase, t.phase), f.happened_at, f.code
FROM leads_fact f
LEFT JOIN leads_content c ON f.kind = 'content_taken' AND c.code = f.code
LEFT JOIN leads_tip t ON f.kind = 'mail_clicked' AND t.code = f.code
WHERE f.person_id IN (SELECT id FROM mine)
  AND (f.kind = 'content_taken' AND f.flag IS NOT TRUE OR f.kind = 'mail_clicked' AND f.flag)
  AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
ORDER BY f.happened_at"""


def phase_of(person, at: datetime | None = None) -> str:
    """The buyer's phase: as somebody set it, else the furthest phase of what they used in the last 90 days, else that
    of the last thing they ever used; learning when they used nothing."""
    return person.phase or _inferred(_taken(person), at or now())


def _taken(person) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, {"person": person.pk})
        return cursor.fetchall()


def _inferred(taken: list[tuple], at: datetime) -> str:
    known = [(phase, happened) for phase, happened, _ in taken if phase in PHASES]
    recent = [phase for phase, happened in known if happened > at - timedelta(days=RECENT_DAYS)]
    if recent:
        return max(recent, key=PHASES.index)
    return known[-1][0] if known else PHASES[0]


def next_tip(person, tips: list, sent: set[int], at: datetime):
    """Of the tips not in `sent`, the one that fits best: content that the person hasn't used, nearest to the phase,
    then in the order of the programme. None when every one was sent."""
    left = [tip for tip in tips if tip.pk not in sent]
    if not left:
        return None
    taken = _taken(person)
    used = {code for _, _, code in taken}
    stands = PHASES.index(person.phase if person.phase in PHASES else _inferred(taken, at))

    def fit(tip):
        seen = tip.content is not None and tip.content.code in used
        distance = PHASES.index(tip.phase) - stands if tip.phase in PHASES else 0
        return (seen, abs(distance), distance > 0, tip.position, tip.pk)

    return min(left, key=fit)
