"""The keys by which people are known, written under the constraint that each is one person's."""

from datetime import datetime

from django.db import connection, transaction
from psycopg.errors import UniqueViolation

from winnow.leads import arrays, copying
from winnow.leads.arrays import texts
from winnow.leads.copying import copy_in

MANY = 500
"""From so many keys on they are written by COPY."""


def write_keys(rows: list[tuple], at: datetime) -> set[tuple]:
    """Write (kind, system, value, person); returns the keys that were somebody's already."""
    if len(rows) >= MANY and _copied(rows, at):
        return set()
    columns = [list(column) for column in zip(*rows, strict=True)]
    given = [texts(columns[0]), texts(columns[1]), texts(columns[2]), arrays.numbers(columns[3])]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_KEYS, [at, *given])
        if cursor.fetchone()[0] == len(rows):
            return set()
        cursor.execute(_OTHERS_KEYS, given)
        return set(cursor.fetchall())


def _copied(rows: list[tuple], at: datetime) -> bool:
    """Whether all of many keys could be written at once: nearly always, since they were looked for before. Where the
    index says that one is somebody's by now, nothing is written, and they are tried one by one."""
    kinds, systems, values, people = zip(*rows, strict=True)
    try:
        with transaction.atomic():
            copy_in("leads_identity", {
                "kind": list(kinds), "system": copying.texts(systems), "value": copying.texts(values),
                "person_id": list(map(str, people)), "strangers": "0", "created_at": copying.constant(at),
            }, at_once=True)
    except UniqueViolation:
        return False
    return True


_WRITE_KEYS = """WITH made AS (
        INSERT INTO leads_identity (kind, system, value, person_id, strangers, created_at)
        SELECT kind, system, value, person_id, 0, %s
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS n(kind, system, value, person_id)
        ORDER BY kind, system, value
        ON CONFLICT (kind, system, value) DO NOTHING RETURNING 1)
    SELECT count(*) FROM made"""
_OTHERS_KEYS = """SELECT kind, system, value FROM leads_identity i
    JOIN unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS n(kind, system, value, person_id)
      USING (kind, system, value)
    WHERE i.person_id <> n.person_id"""
