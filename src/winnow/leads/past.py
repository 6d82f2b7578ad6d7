"""Opportunities that another system tells of: the rows, what they say of their cycles, and their facts, in bulk.

Their dates may claim when things were known. Nothing here makes a lead, starts a clock or hands anything off.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from winnow.leads.cycle import CLOSED
from winnow.leads.identity import numbers
from winnow.leads.record import mark_dirty, record_in_bulk
from winnow.policy import facts

EVIDENCE = (
    "inquiry", "content_taken", "page_seen", "mail_clicked", "mail_replied", "called", "met", "answered", "touch",
)
"""Kinds of fact that a definition could have judged somebody by before a deal was won."""


@dataclass(slots=True)
class Past:
    """One opportunity as another system has it. `claims`: its dates say when it was known; else it is known now.

    `counts` is false for the placeholder that stands for no account. `bare` means that `closed_at` is a day without a
    time, so that evidence of that day counts as earlier. `was` is the outcome stored before, None for a new one.
    """

    system: str
    external_id: str
    owner_given: str = ""
    developer_given: str = ""
    stage: str = "open"
    outcome: str = "open"
    amount_cents: int | None = None
    currency: str = "EUR"
    engaged_on: date | None = None
    closes_on: date | None = None
    closed_at: datetime | None = None
    lost_reason: str = ""
    engaged_at: datetime | None = None
    bare: bool = False
    claims: bool = False
    # found on the way
    id: int = 0
    inquiry_id: int | None = None
    account_id: int = 0
    person_id: int | None = None
    cycle_id: int | None = None
    owner_id: int | None = None
    product_id: int | None = None
    captured_at: datetime | None = None
    counts: bool = True
    judged: bool = True
    was: str | None = None
    tied_anew: bool = False

    def known(self, moment: datetime | None, at: datetime) -> datetime:
        """When a thing of that moment could be known: then if the row may claim it, else now."""
        return min(moment, at) if self.claims and moment is not None else at


COLUMNS = (
    "id", "imported_id", "inquiry_id", "account_id", "person_id", "cycle_id", "owner_id", "owner_given",
    "developer_given", "product_id", "stage", "outcome", "amount_cents", "currency", "engaged_on", "closes_on",
    "closed_at", "known_at", "lost_reason", "judged", "created_at", "system", "external_id",
)


def keep_new(pasts: list[Past], *, at: datetime, imported, by=None) -> None:
    """Write new ones, move their cycles on, record their facts. The caller holds a transaction."""
    _judge(pasts, at)
    with connection.cursor() as cursor:
        rows = zip(pasts, numbers("leads_opportunity", len(pasts)), strict=True)
        with cursor.copy(f"COPY leads_opportunity ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for past, past.id in rows:
                given = {
                    "imported_id": imported.pk, "created_at": at,
                    "known_at": past.known(past.engaged_at or past.closed_at, at),
                }
                copy.write_row([given[name] if name in given else getattr(past, name) for name in COLUMNS])
    _move_cycles(pasts, at, imported)
    _record(pasts, at, by)
    _customers(pasts)


def keep_changed(pasts: list[Past], *, at: datetime, imported, by=None) -> None:
    """Record what changed of stored ones: another outcome or stage, or what they are tied to now."""
    if not pasts:
        return
    _judge(pasts, at)
    stale = [past.id for past in pasts if past.tied_anew]
    reopened = [past.id for past in pasts if past.was in ("won", "lost") and past.was != past.outcome]
    gone = _facts_of(stale, ("opportunity_moved", "won", "lost")) + _facts_of(reopened, ("won", "lost"))
    withdraw(gone, at=at, by=by)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_opportunity o SET judged = n.judged, known_at = LEAST(o.known_at, n.known_at)
               FROM unnest(%s::bigint[], %s::boolean[], %s::timestamptz[]) AS n(id, judged, known_at)
               WHERE o.id = n.id""",
            [[past.id for past in pasts], [past.judged for past in pasts],
             [past.known(past.engaged_at or past.closed_at, at) for past in pasts]],
        )
    _move_cycles(pasts, at, imported)
    _record(pasts, at, by)
    _customers(pasts)


def _judge(pasts: list[Past], at: datetime) -> None:
    """A win is `judged` when something that a definition could see was known before it: else it proves nothing."""
    accounts = sorted({past.account_id for past in pasts if past.outcome == "won" and past.counts})
    first: dict[int, datetime] = {}
    if accounts:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT account_id, min(known_at) FROM leads_fact WHERE account_id = ANY(%s) AND kind = ANY(%s)"
                " GROUP BY account_id",
                [accounts, list(EVIDENCE)],
            )
            first = dict(cursor.fetchall())
    for past in pasts:
        if past.outcome == "won":
            known, closed = first.get(past.account_id), past.closed_at or at
            if past.bare:
                closed += timedelta(days=1)
            past.judged = past.counts and known is not None and known < closed


# -- cycles -----------------------------------------------------------------------------------------------------------
def _move_cycles(pasts: list[Past], at: datetime, imported) -> None:
    """New and nurtured people become opportunities, and those are won or lost, at the dates of the rows.

    Never earlier than the cycle began: a balance as of a past day has to close.
    """
    wanted = sorted({past.cycle_id for past in pasts if past.cycle_id})
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, c.stage, c.stage_at,
                      (SELECT max(s.known_at) FROM leads_stagechange s WHERE s.cycle_id = c.id)
               FROM leads_cycle c WHERE c.id = ANY(%s) ORDER BY c.id FOR NO KEY UPDATE OF c""",
            [wanted],
        )
        stand = {row[0]: row[1:] for row in cursor.fetchall()}
        changes, moved = [], {}
        for past in sorted(pasts, key=lambda past: (past.closed_at or at, past.id)):
            if past.cycle_id not in stand:
                continue
            stage, stage_at, known_at = stand[past.cycle_id]
            way = []
            if stage in ("new", "nurturing"):
                way.append(("opportunity", past.engaged_at or past.closed_at))
            if stage in ("new", "nurturing", "opportunity") and past.outcome in CLOSED and _imported_way(past, stage):
                way.append((past.outcome, past.closed_at))
            for after, when in way:
                stage_at = max(when or at, stage_at)
                known_at = max(past.known(when, at), known_at)
                changes.append((past.cycle_id, stage, after, stage_at, known_at, past.lost_reason[:60], imported.pk))
                stage = after
            if way:
                stand[past.cycle_id] = (stage, stage_at, known_at)
                closed = stage_at if stage in CLOSED else None
                moved[past.cycle_id] = (stage, stage_at, closed, past.lost_reason[:60])
        with cursor.copy(
            "COPY leads_stagechange (cycle_id, before, after, at, known_at, reason, imported_id) FROM STDIN"
        ) as copy:
            for row in changes:
                copy.write_row(row)
        if moved:
            cursor.execute(
                """UPDATE leads_cycle c SET stage = n.stage, stage_at = n.stage_at, closed_at = n.closed_at,
                     reason = n.reason
                   FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[])
                     AS n(id, stage, stage_at, closed_at, reason) WHERE c.id = n.id""",
                [list(moved), *(list(column) for column in zip(*moved.values(), strict=True))],
            )


def _imported_way(past: Past, stage: str) -> bool:
    """An opportunity of our own leads is closed by its rep, not by a file."""
    return stage != "opportunity" or past.was is not None


# -- facts ------------------------------------------------------------------------------------------------------------
def _record(pasts: list[Past], at: datetime, by) -> None:
    """That it was opened is known from its first date; where it stands today, only now; the end from its close date."""
    told: dict[bool, list] = {True: [], False: []}
    for past in pasts:
        rows = told[past.claims]
        common = {"account": past.account_id, "person": past.person_id}
        opened = past.engaged_at or (past.closed_at if past.outcome == "open" else None)
        if past.was is None and (past.engaged_at or past.outcome == "open"):
            moved = facts.OpportunityMoved(**common, stage="open", opportunity=past.id)
            when = min(opened or at, at)
            rows.append((moved, when, past.known(past.engaged_at, at), past.inquiry_id, None))
        if past.outcome == "open":
            moved = facts.OpportunityMoved(
                **common, stage=past.stage[:60], opportunity=past.id, amount_cents=past.amount_cents
            )
            rows.append((moved, at, at, past.inquiry_id, None))
        elif past.outcome != past.was:
            if past.outcome == "won":
                ended = facts.Won(**common, opportunity=past.id, amount_cents=past.amount_cents)
            else:
                ended = facts.Lost(**common, opportunity=past.id, reason=past.lost_reason)
            when = min(past.closed_at or at, at)
            rows.append((ended, when, past.known(past.closed_at, at), past.inquiry_id, None))
    for claims, rows in told.items():
        record_in_bulk(rows, at=at, by=by, claimed=claims)


def _facts_of(opportunities: list[int], kinds: tuple[str, ...]) -> list[tuple]:
    """Facts about these opportunities that still count: (id, account, person)."""
    if not opportunities:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT f.id, f.account_id, f.person_id FROM leads_opportunity o
               JOIN leads_account a ON a.id = o.account_id OR a.merged_into_id = o.account_id
               JOIN leads_fact f ON f.account_id = a.id AND f.kind = ANY(%s) AND f.other_id = o.id
               WHERE o.id = ANY(%s)
                 AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
               ORDER BY f.id""",
            [list(kinds), opportunities],
        )
        return cursor.fetchall()


def withdraw(rows: list[tuple], *, at: datetime, by=None) -> int:
    """Withdraw facts given as (id, account, person): from now on they count as if they had never been."""
    with connection.cursor() as cursor:  # who has moved since took the past along
        people = list({person for _, _, person in rows if person})
        cursor.execute("SELECT DISTINCT account_id FROM leads_person WHERE id = ANY(%s)", [people])
        mark_dirty([row[0] for row in cursor.fetchall()])
    return record_in_bulk(
        [
            (facts.Withdrawn(account=account, person=person, fact=number), at, at, None, None)
            for number, account, person in rows
        ],
        at=at, by=by,
    )


def _customers(pasts: list[Past]) -> None:
    won = sorted({past.account_id for past in pasts if past.outcome == "won" and past.counts})
    if won:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE leads_account SET customer = true WHERE id = ANY(%s) AND NOT customer", [won])
