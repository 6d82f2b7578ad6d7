"""The stages of cycles that an import opened or moved, taken back through the ledger."""

from datetime import datetime

from django.db import connection

from winnow.leads.cycle import CLOSED
from winnow.leads.imports import Import
from winnow.leads.lead import Lead

REASON = "import taken back"


def move_back(imported: Import, at: datetime, by) -> int:
    """Close the cycles that it opened and that hold nothing else; put those that it only moved where they stood.

    Each step is written to the ledger, so that the balance of any day still closes.
    """
    changes = []
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [imported.pk, imported.pk])
        for cycle, stage, last_by_us, opened, before, others, later in cursor.fetchall():
            if opened and not others:
                after = "disqualified" if stage not in CLOSED or last_by_us else stage
            elif last_by_us and not opened:
                # Where another cycle of the person is open by now, this one can't be opened again.
                after = before if not later else "recycled"
            elif last_by_us:
                after = "new" if not later else "recycled"
            else:
                continue
            if after != stage:
                changes.append((cycle, stage, after))
        with cursor.copy(
            "COPY leads_stagechange (cycle_id, before, after, at, known_at, reason, by_id) FROM STDIN"
        ) as copy:
            for cycle, stage, after in changes:
                copy.write_row((cycle, stage, after, at, at, REASON, getattr(by, "pk", None)))
        cursor.execute(
            """UPDATE leads_cycle c SET stage = n.stage, stage_at = %s, reason = %s,
                 closed_at = CASE WHEN n.stage = ANY(%s) THEN %s::timestamptz END
               FROM unnest(%s::bigint[], %s::text[]) AS n(id, stage) WHERE c.id = n.id""",
            [at, REASON, list(CLOSED), at, [row[0] for row in changes], [row[2] for row in changes]],
        )
    ended = [cycle for cycle, _, after in changes if after in CLOSED]
    leads = Lead.objects.filter(closed_at=None, cycles__in=ended, person_id__in=_people(ended))
    Lead.objects.filter(pk__in=list(leads.values_list("pk", flat=True))).update(closed_at=at)
    return len(changes)


def _people(cycles: list[int]) -> list[int]:
    from winnow.leads.cycle import Cycle

    return list(Cycle.objects.filter(pk__in=cycles).values_list("person_id", flat=True))


_MOVED = """
    SELECT c.id, c.stage, last.imported_id IS NOT DISTINCT FROM %s,
           first.before = '', first.before,
           EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.cycle_id = c.id AND i.voided_at IS NULL
                   AND i.imported_id IS DISTINCT FROM first.imported_id),
           EXISTS (SELECT 1 FROM leads_cycle o WHERE o.person_id = c.person_id AND o.line = c.line
                   AND o.id <> c.id AND o.closed_at IS NULL)
    FROM (SELECT DISTINCT ON (cycle_id) cycle_id, before, imported_id FROM leads_stagechange
          WHERE imported_id = %s ORDER BY cycle_id, id) first
    JOIN leads_cycle c ON c.id = first.cycle_id
    JOIN LATERAL (SELECT imported_id FROM leads_stagechange s WHERE s.cycle_id = c.id ORDER BY s.id DESC LIMIT 1) last
      ON true
    ORDER BY c.id FOR NO KEY UPDATE OF c"""
