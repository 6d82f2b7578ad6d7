"""Which cycle a new inquiry belongs to, for a whole batch: the open one, else the next; and what a file says of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from winnow.leads import arrays, copying
from winnow.leads.copying import copy_in
from winnow.leads.cycle import CLOSED, OPEN, Cycle, StageChange
from winnow.leads.identity import numbers

NOT_VALID = "not valid"
"""The reason with which a cycle ends that only inquiries had opened which turned out not to be valid."""


@dataclass(slots=True)
class Opening:
    """A cycle to be opened for somebody."""

    id: int
    person_id: int
    number: int
    stage: str
    opened: datetime
    cross_sell: bool
    known: datetime


def open_cycles(made: list, at, imported) -> None:
    """Give every valid inquiry its cycle, with the stage that a file claims for it. Its people are written by now."""
    opening, current = cycles_for(made, at, imported)
    write_cycles(opening, imported)
    take_over_stages(made, current, at, imported)


def cycles_for(made: list, at, imported) -> tuple[list[Opening], dict[int, int]]:
    """Give every valid inquiry its `cycle_id`: the open cycle, else the next. Who was disqualified for good gets none.

    Returns the cycles that `write_cycles` must still open in this transaction, and each person's open cycle. `first` is
    set on the one inquiry that brought its person.
    """
    firsts: set[int] = set()
    for new in made:
        if new.claim.created and new.claim.person_id not in firsts:
            firsts.add(new.claim.person_id)
            new.first = True
    # Whom this transaction made nobody else knows yet, and no cycle is theirs.
    them = arrays.numbers(sorted({new.claim.person_id for new in made} - firsts))
    with connection.cursor() as cursor:
        # Two inquiries of one person at the same moment: the second waits here and finds the first's cycle.
        cursor.execute("SELECT id FROM leads_person WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [them])
        cursor.execute(
            """SELECT DISTINCT ON (person_id) person_id, id, max(number) OVER (PARTITION BY person_id), stage, reason
               FROM leads_cycle WHERE person_id = ANY(%s) AND line = ''
               ORDER BY person_id, closed_at DESC NULLS FIRST, stage = 'merged', number DESC""",
            [them],
        )
        last = {row[0]: row[1:] for row in cursor.fetchall()}
        shut = _shut_for_good(cursor, [who for who, row in last.items() if row[2] == "disqualified"])
        current = {who: row[0] for who, row in last.items() if row[2] in OPEN}
        opening: dict[int, Opening] = {}
        for new in made:
            who = new.claim.person_id
            if new.invalid or who in shut or who in current or who in opening:
                continue
            number, stage, cross = 1, "new", False
            if who in last:
                _, number, before, reason = last[who]
                number, cross, stage = number + 1, before == "won", "new" if reason == NOT_VALID else "nurturing"
            opening[who] = Opening(0, who, number, stage, new.captured if imported else at, cross, new.known)
        # Of whom nothing valid was known until now: from now on they may be here twice.
        if known_only := [who for who in opening if who not in last and who not in firsts]:
            cursor.execute(
                "INSERT INTO leads_doubttouch (noun, row_id) SELECT 'person', unnest(%s::bigint[])",
                [arrays.numbers(known_only)],
            )
    for cycle, number in zip(opening.values(), numbers("leads_cycle", len(opening)), strict=True):
        cycle.id = current[cycle.person_id] = number
    for new in made:
        if not new.invalid:
            new.cycle_id = current.get(new.claim.person_id)
    return list(opening.values()), current


def write_cycles(opening: list[Opening], imported) -> None:
    """Open these cycles. Their people are written by now."""
    ids, stages = [str(one.id) for one in opening], [one.stage for one in opening]
    opened = copying.moments(one.opened for one in opening)
    copy_in("leads_cycle", {
        "id": ids, "person_id": [str(one.person_id) for one in opening], "line": "",
        "number": [str(one.number) for one in opening], "stage": stages, "opened_at": opened, "stage_at": opened,
        "reason": "", "next_step": "", "cross_sell": copying.flags(one.cross_sell for one in opening),
    })
    copy_in("leads_stagechange", {
        "cycle_id": ids, "before": "", "after": stages, "at": opened,
        "known_at": copying.moments(one.known for one in opening), "reason": "",
        "imported_id": copying.constant(imported.pk if imported else None),
    })


def _shut_for_good(cursor, people: list[int]) -> set[int]:
    if not people:
        return set()
    cursor.execute(
        """SELECT DISTINCT ON (person_id) person_id, value, flag FROM leads_fact
           WHERE person_id = ANY(%s) AND kind = 'disposition' ORDER BY person_id, id DESC""",
        [people],
    )
    return {row[0] for row in cursor.fetchall() if row[1] == "disqualified" and row[2]}


IMPORTED_WAY = {
    "nurturing": ("nurturing",),
    "ready": ("nurturing",),  # only a signed definition makes a lead
    "handed_off": ("nurturing",),
    "accepted": ("nurturing",),
    "opportunity": ("opportunity",),
    "won": ("opportunity", "won"),
    "lost": ("opportunity", "lost"),
    "disqualified": ("disqualified",),
    "recycled": ("nurturing",),
}
"""Which stages a cycle goes through when another system says where it stands today."""


def take_over_stages(made: list, current: dict[int, int], at, imported) -> None:
    """Take over the stage that the file claims, for cycles that this batch opened or that are still new."""
    claimed = {}
    for new in made:
        stage = new.one.disposition or new.one.stage
        if stage in IMPORTED_WAY and new.claim.person_id in current:
            claimed[current[new.claim.person_id]] = (stage, new)
    if not claimed:
        return
    changes, updates = [], []
    young = Cycle.objects.filter(pk__in=claimed, stage__in=("new", "nurturing"))
    for number, stage in young.values_list("id", "stage"):
        wanted, _new = claimed[number]
        for after in IMPORTED_WAY[wanted]:
            if after != stage:
                changes.append(StageChange(
                    cycle_id=number, before=stage, after=after, at=at, known_at=at, imported=imported, reason="import"
                ))
                stage = after
        updates.append((number, stage, at if stage in CLOSED else None))
    StageChange.objects.bulk_create(changes, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_cycle c SET stage = n.stage, stage_at = %s, closed_at = n.closed_at
               FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS n(id, stage, closed_at) WHERE c.id = n.id""",
            [at, *([list(column) for column in zip(*updates, strict=True)] or [[], [], []])],
        )
