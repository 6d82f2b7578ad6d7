"""Marks: keyed numbers by which posts of forms are compared. They tell that two things are equal, never what they are.

Kept in slots of ten minutes and for a day, in a table that a crash may empty: capture must not wait for them.
"""

from datetime import datetime, timedelta

from django.db import connection, models

SLOT = timedelta(minutes=10)
KEPT = timedelta(hours=24)


class Mark(models.Model):
    """How often one mark was seen in one slot of ten minutes (whole slots since 1970)."""

    mark = models.BigIntegerField()
    slot = models.IntegerField()
    n = models.IntegerField(default=1)

    class Meta:
        db_table = "leads_mark"
        constraints = [models.UniqueConstraint("mark", "slot", name="mark_once_a_slot")]
        indexes = [models.Index("slot", name="mark_slot")]


def count(marks: list[int], at: datetime, *, add: bool = True) -> dict[int, tuple[int, int, int]]:
    """How often each mark was seen before: within 10 to 20 minutes, about an hour, a day. One statement.

    `add` counts this time too, for those that ask later.
    """
    if not marks:
        return {}
    slot = slot_of(at)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_AND_ADD if add else _COUNT, {"marks": sorted(set(marks)), "slot": slot})
        found = {mark: counts for mark, *counts in cursor.fetchall()}
    return {mark: tuple(found.get(mark, (0, 0, 0))) for mark in marks}


def slot_of(at: datetime) -> int:
    """The number of the slot that a moment lies in."""
    return int(at.timestamp() // SLOT.total_seconds())


def forget(at: datetime) -> int:
    """Remove what is older than a day. Returns how many marks."""
    return Mark.objects.filter(slot__lt=slot_of(at - KEPT)).delete()[0]


_COUNT = """
    SELECT mark, coalesce(sum(n) FILTER (WHERE slot >= %(slot)s - 1), 0)::int,
      coalesce(sum(n) FILTER (WHERE slot >= %(slot)s - 6), 0)::int, sum(n)::int
    FROM leads_mark WHERE mark = ANY(%(marks)s::bigint[]) AND slot > %(slot)s - 144 GROUP BY mark"""

# In the order of the marks, so that two statements at once never wait for each other crosswise.
_COUNT_AND_ADD = f"""
    WITH added AS (
      INSERT INTO leads_mark (mark, slot, n) SELECT mark, %(slot)s, 1 FROM unnest(%(marks)s::bigint[]) mark
      ORDER BY mark
      ON CONFLICT (mark, slot) DO UPDATE SET n = leads_mark.n + 1)
    {_COUNT}"""
