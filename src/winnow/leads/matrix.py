"""Who has engaged enough right now, and how the whole stock stands on the two axes. Reading only; see `leads.axes`."""

from datetime import datetime

from django.db import connection

from winnow.leads.account import Account
from winnow.leads.definition import Definition
from winnow.leads.record import Recording

OVERDUE = 1000
BAND = """CASE WHEN s.enough_until > %(at)s THEN 1 WHEN s.halfway_until > %(at)s THEN 2
               WHEN s.quarter_until > %(at)s THEN 3 ELSE 4 END"""


def enough_now(at: datetime) -> tuple[list[int], bool]:
    """The people whose score reaches what is asked, at this minute; and whether that is exact. It isn't while more than
    OVERDUE accounts wait for the due loop, or standings wait to be folded again (`any_wait`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id FROM leads_personstanding WHERE enough_until > %s", [at])
        certain = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """SELECT account_id FROM leads_accountstanding WHERE rejudge_at <= %s AND NOT dirty
               ORDER BY rejudge_at LIMIT %s""",
            [at, OVERDUE + 1],
        )
        overdue = [row[0] for row in cursor.fetchall()]
    afresh = {}
    for number in overdue[:OVERDUE]:
        afresh |= _judged_afresh(number, at)
    found = [who for who in certain if who not in afresh] + [who for who, enough in afresh.items() if enough]
    return found, len(overdue) <= OVERDUE and not any_wait()


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


def _judged_afresh(number: int, at: datetime) -> dict[int, bool]:
    """Of the people who are judged along with one account, whether they have enough now, by the policy."""
    history = Recording(Account(pk=number), at, None)  # never closed: nothing is written
    if history.definition is None:
        return {}
    asked = history.definition.policy.asked_score
    return {one.person: one.milli >= asked for one in history.verdict.people}


def matrix(at: datetime) -> dict[tuple[str, int], int]:
    """How many people stand in each field of grade and band, by what is stored. One pass over an index of the axes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT s.grade, {BAND}, count(*) FROM leads_personstanding s GROUP BY 1, 2", {"at": at})
        return {(grade, band): count for grade, band, count in cursor.fetchall()}
