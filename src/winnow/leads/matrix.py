"""Who has engaged enough right now, and how the whole stock stands on the two axes. Reading only; see `leads.axes`."""

from datetime import datetime

from django.db import connection

from winnow.leads import axes
from winnow.leads.account import Account
from winnow.leads.definition import Definition
from winnow.leads.record import Recording
from winnow.policy.judge import Verdict

OVERDUE = 1000
BAND = """CASE WHEN s.enough_until > %(at)s THEN 1 WHEN s.halfway_until > %(at)s THEN 2
               WHEN s.quarter_until > %(at)s THEN 3 ELSE 4 END"""


def enough_now(at: datetime) -> tuple[list[int], bool]:
    """The people whose score reaches what is asked, at this minute, those first who keep it longest; and whether that
    is exact. It isn't while more than OVERDUE accounts wait for the due loop, or standings wait to be folded again
    (`any_wait`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id FROM leads_personstanding WHERE enough_until > %s ORDER BY enough_until DESC", [at]
        )
        certain = [row[0] for row in cursor.fetchall()]
    afresh, definition, exact = _afresh(at)
    if not afresh:
        return certain, exact and not any_wait()
    asked = definition.policy.asked_score
    found = [who for who in certain if who not in afresh]
    found += [who for who, verdict in afresh.items() if verdict.milli >= asked]
    return found, exact and not any_wait()


def _afresh(at: datetime) -> tuple[dict[int, Verdict], Definition | None, bool]:
    """Those for whom the minute has come at which their verdict changes and whom the due loop hasn't reached: judged
    now by the policy. And whether that is all of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT account_id FROM leads_accountstanding WHERE rejudge_at <= %s AND NOT dirty
               ORDER BY rejudge_at LIMIT %s""",
            [at, OVERDUE + 1],
        )
        overdue = [row[0] for row in cursor.fetchall()]
    found: dict[int, Verdict] = {}
    definition = None
    for number in overdue[:OVERDUE]:
        history = Recording(Account(pk=number), at, None)  # never closed: nothing is written
        definition = history.definition
        if definition is not None:
            found |= {one.person: one for one in history.verdict.people}
    return found, definition, len(overdue) <= OVERDUE


def any_wait() -> bool:
    """Whether standings wait to be folded again, marked so or of another definition or version of the policy."""
    definition = Definition.in_force()
    there = "FROM leads_accountstanding s JOIN leads_account a ON a.id = s.account_id AND a.merged_into_id IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT EXISTS (SELECT 1 {there} WHERE s.dirty)
                  OR EXISTS (SELECT 1 {there} WHERE s.definition_id < %(n)s)
                  OR EXISTS (SELECT 1 {there} WHERE s.definition_id > %(n)s)""",
            {"n": definition.pk if definition else 0},
        )
        return cursor.fetchone()[0]


def matrix(at: datetime) -> dict[tuple[str, int], int]:
    """How many people stand in each field of grade and band. One pass over an index of the two axes, and those judged
    afresh whose moment has just come."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT s.grade, {BAND}, count(*) FROM leads_personstanding s GROUP BY 1, 2", {"at": at})
        counted = {(grade, band): count for grade, band, count in cursor.fetchall()}
        afresh, definition, _ = _afresh(at)
        if not afresh:
            return counted
        cursor.execute(
            f"SELECT s.grade, {BAND} FROM leads_personstanding s WHERE s.person_id = ANY(%(them)s)",
            {"at": at, "them": list(afresh)},
        )
        for field in cursor.fetchall():
            counted[field] -= 1
    for verdict in afresh.values():
        field = (verdict.grade, axes.band_at(definition.policy, verdict.milli))
        counted[field] = counted.get(field, 0) + 1
    return {field: count for field, count in counted.items() if count}
