"""Keep the rows and sums that the reports read true: count again whoever was touched, one batch at a time.

Every read catches up first, so a figure is exact; where too much has come in to do so while somebody waits, the report
says up to when it counts.
"""

import hashlib
from datetime import datetime

from django.db import connection, transaction

from winnow.funnel import asking
from winnow.leads.clock import now
from winnow.leads.summary import COUNTS, FunnelCell, FunnelRow

BATCH = 2_000  # touches done in one transaction
PEOPLE = 50_000  # numbers of people whose rows are summed in one go
FLOWS = 50_000  # rows of moves from which on they are put together
AT_ONCE = 20_000  # inquiries from which on nobody waits for all of them to be counted
LOCK = 7_461_002
COLUMNS = [field.column for field in FunnelRow._meta.concrete_fields if field.column != "id"]
_CELL_COLUMNS = [field.column for field in FunnelCell._meta.concrete_fields if field.column != "id"]
_CELL = {
    "counts": ", ".join(COUNTS),
    "sums": ", ".join(f"%(sign)s * sum({name})" for name in COUNTS),
    "noughts": ", ".join("0" for _ in COUNTS),
    "added": ", ".join(f"{name} = c.{name} + excluded.{name}" for name in COUNTS),
}


def refresh_due(limit: int = BATCH, *, wait: bool = False, patient: bool = True) -> int:
    """Count again whoever was touched, up to `limit` touches; how many were done, 0 when nothing is left to do.

    One at a time does it: 0 while another is at it, unless asked to `wait`. What another version of the counting has
    left is dropped and counted whole, unless that takes long and somebody isn't `patient`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        cursor.execute(f"SELECT {lock}(%s)", [LOCK])
        if cursor.fetchone()[0] is False:
            return 0
        cursor.execute("SET LOCAL jit = off")
        if _other_version(cursor):
            return _fill(cursor) if patient or _few(cursor) else 0
        cursor.execute(
            """DELETE FROM leads_funneltouch
               WHERE id = ANY(ARRAY(SELECT id FROM leads_funneltouch ORDER BY id LIMIT %s))
               RETURNING person_id, account_id, deal_id""",
            [limit],
        )
        touched = cursor.fetchall()
        if touched:
            _count_again(cursor, *_unit(cursor, touched))
            _sum_flows(cursor)
        return len(touched)


def version() -> str:
    """Which counting this is: another text of the SQL is another one."""
    told = asking.sql("entries") + asking.sql("cells")
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _other_version(cursor) -> bool:
    cursor.execute(
        "SELECT NOT EXISTS (SELECT 1 FROM leads_funnelcell WHERE dimension = 'version' AND value = %s)", [version()]
    )
    return cursor.fetchone()[0]


def _few(cursor) -> bool:
    cursor.execute("SELECT count(*) < %s FROM (SELECT 1 FROM leads_inquiry LIMIT %s) i", [AT_ONCE, AT_ONCE])
    return cursor.fetchone()[0]


def _unit(cursor, touched: list[tuple]) -> tuple[list[int], list[int]]:
    """The people and deals that have to be counted again together: a merge or a deal ties them to one another."""
    people, accounts, deals = ([n for n in {row[i] for row in touched} if n is not None] for i in range(3))
    before = None
    while before != (len(people), len(deals)):
        before = len(people), len(deals)
        cursor.execute(asking.sql("unit"), {"people": people, "accounts": accounts, "deals": deals})
        people, deals = cursor.fetchone()
    return people, deals


def _count_again(cursor, people: list[int], deals: list[int]) -> None:
    text, given = asking.entries(only=True)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.funnel_fresh, pg_temp.funnel_stale")
    cursor.execute(
        f"CREATE TEMP TABLE funnel_fresh ON COMMIT DROP AS {text}", {**given, "people": people, "deals": deals}
    )
    cursor.execute("CREATE TEMP TABLE funnel_stale (LIKE leads_funnelrow) ON COMMIT DROP")
    cursor.execute(
        """WITH gone AS (
               DELETE FROM leads_funnelrow WHERE who_id = ANY(%(people)s)
                  OR (kind = 'deal' AND deal_id = ANY(%(deals)s)) RETURNING *)
           INSERT INTO funnel_stale SELECT * FROM gone""",
        {"people": people, "deals": deals},
    )
    columns = ", ".join(COLUMNS)
    cursor.execute(f"INSERT INTO leads_funnelrow ({columns}) SELECT {columns} FROM funnel_fresh")
    for table, sign in (("funnel_stale", -1), ("funnel_fresh", 1)):
        _add(cursor, f"pg_temp.{table}", sign)


def _sum_flows(cursor) -> None:
    """Put the moves of one day and kind together, when the trigger has written so many rows that it pays."""
    cursor.execute("SELECT count(*) > %s FROM (SELECT 1 FROM leads_funnelflow LIMIT %s) f", [FLOWS, FLOWS + 1])
    if cursor.fetchone()[0]:
        cursor.execute(
            """WITH gone AS (DELETE FROM leads_funnelflow RETURNING day, before, after, moves)
               INSERT INTO leads_funnelflow (day, before, after, moves)
               SELECT day, before, after, sum(moves) FROM gone GROUP BY 1, 2, 3"""
        )


def _fill(cursor) -> int:
    """Everything at once into an empty summary."""
    cursor.execute("DELETE FROM leads_funneltouch")
    done = cursor.rowcount
    cursor.execute("DELETE FROM leads_funnelrow")
    cursor.execute("DELETE FROM leads_funnelcell")
    text, given = asking.entries(only=False)
    columns = ", ".join(COLUMNS)
    cursor.execute("SET LOCAL work_mem = '256MB'")
    cursor.execute(f"INSERT INTO leads_funnelrow ({columns}) SELECT {columns} FROM ({text}) e", given)
    _add_all(cursor)
    cursor.execute(  # one statement, one snapshot: what comes in meanwhile is in neither half
        """WITH gone AS (DELETE FROM leads_funnelflow)
           INSERT INTO leads_funnelflow (day, before, after, moves)
           SELECT (known_at AT TIME ZONE 'UTC')::date, before, after, count(*) FROM leads_stagechange
           GROUP BY 1, 2, 3"""
    )
    cursor.execute(
        f"""INSERT INTO leads_funnelcell (dimension, value, currency, people, stock, {_CELL["counts"]})
            VALUES ('version', %s, '', 0, 0, {_CELL["noughts"]})""",
        [version()],
    )
    return max(done, 1)


def _add_all(cursor, into: str = "leads_funnelcell") -> None:
    """The sums of all stored rows, some people at a time: sorted in memory, whatever the size."""
    cursor.execute("SELECT min(who_id), max(who_id) FROM leads_funnelrow")
    low, high = cursor.fetchone()
    parts = ["who_id IS NULL"]
    if low is not None:
        parts += [f"who_id >= {at} AND who_id < {at + PEOPLE}" for at in range(low, high + 1, PEOPLE)]
    for part in parts:
        _add(cursor, f"(SELECT * FROM leads_funnelrow WHERE {part})", 1, into)


def _add(cursor, rows: str, sign: int, into: str = "leads_funnelcell") -> None:
    cursor.execute(asking.written("cells", rows=rows, into=into, **_CELL), {"sign": sign})


def rebuild() -> int:
    """Drop the summary and count everything again, in one transaction; how many rows there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SET LOCAL jit = off")
        _fill(cursor)
    return FunnelRow.objects.count()


def catch_up(most: int | None = None) -> datetime | None:
    """Count again until nothing is left, or until `most` touches were done.

    Returns None when the summary is exact, else the moment since which there are changes that don't count yet.
    """
    done = 0
    while most is None or done < most:
        batch = BATCH if most is None else min(BATCH, most - done)
        if not (step := refresh_due(batch, wait=most is None, patient=most is None)):
            break
        done += step
    return waiting_since()


def waiting_since() -> datetime | None:
    """Since when changes wait to be counted; None when there are none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM leads_funneltouch")
        since = cursor.fetchone()[0]
        return since or (now() if _other_version(cursor) else None)


def verify() -> tuple[int, list[str]]:
    """How many rows were compared, and what in the summary isn't what the history gives, in words."""
    for _ in range(5):
        catch_up()
        with transaction.atomic(), connection.cursor() as cursor:
            if not connection.savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute("SELECT EXISTS (SELECT 1 FROM leads_funneltouch)")
            if cursor.fetchone()[0]:  # something came in between: compare at a quieter moment
                continue
            cursor.execute("SET LOCAL jit = off")
            cursor.execute("SELECT count(*) FROM leads_funnelrow")
            return cursor.fetchone()[0], _wrong_rows(cursor) + _wrong_sums(cursor) + _wrong_flows(cursor)
    return 0, []


def _wrong_rows(cursor) -> list[str]:
    """Rows that are not what the one SQL of counting gives."""
    columns = ", ".join(COLUMNS)
    text, given = asking.entries(only=False)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.funnel_true")
    cursor.execute(f"CREATE TEMP TABLE funnel_true ON COMMIT DROP AS {text}", given)
    cursor.execute(
        f"""SELECT kind, COALESCE(deal_id, CASE kind WHEN 'cycle' THEN cycle_id ELSE inquiry_id END), what FROM (
              (SELECT 'counts otherwise than it should, or not at all' AS what, * FROM (
                SELECT {columns} FROM funnel_true EXCEPT ALL SELECT {columns} FROM leads_funnelrow) a)
              UNION ALL
              (SELECT 'is counted as it should not be', * FROM (
                SELECT {columns} FROM leads_funnelrow EXCEPT ALL SELECT {columns} FROM funnel_true) b)) c LIMIT 20"""
    )
    return [f"{kind} {number} {what}" for kind, number, what in cursor.fetchall()]


def _wrong_sums(cursor) -> list[str]:
    """Sums that are not those of the stored rows."""
    columns = ", ".join(_CELL_COLUMNS)
    counted = " OR ".join(f"{name} <> 0" for name in ("people", "stock", *COUNTS))
    cursor.execute("DROP TABLE IF EXISTS pg_temp.cell_true")
    cursor.execute("CREATE TEMP TABLE cell_true (LIKE leads_funnelcell INCLUDING ALL) ON COMMIT DROP")
    _add_all(cursor, into="pg_temp.cell_true")
    kept, true = (
        f"SELECT {columns} FROM {table} WHERE {counted}" for table in ("leads_funnelcell", "pg_temp.cell_true")
    )
    cursor.execute(
        f"""SELECT DISTINCT dimension, value, month FROM (
              ({kept} EXCEPT ALL {true}) UNION ALL ({true} EXCEPT ALL {kept})) d LIMIT 20"""
    )
    return [f"the sums of {what} {value} since {month} are wrong" for what, value, month in cursor.fetchall()]


def _wrong_flows(cursor) -> list[str]:
    """Days on which the summed moves are not those of the ledger."""
    cursor.execute(
        """SELECT day, before, after, sum(moves) FROM (
             SELECT day, before, after, moves FROM leads_funnelflow
             UNION ALL SELECT (known_at AT TIME ZONE 'UTC')::date, before, after, -1 FROM leads_stagechange) m
           GROUP BY 1, 2, 3 HAVING sum(moves) <> 0 LIMIT 20"""
    )
    return [f"moves from {before or 'nothing'} to {after} on {day} are off by {by}"
            for day, before, after, by in cursor.fetchall()]  # fmt: skip
