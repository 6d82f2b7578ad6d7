"""Activities that arrive by the API or a hook: what somebody did, kept raw first, and facts of that person right after.

The same as a file of activities, by the same rules; here one at a time, told live, so that none claims to be history.
"""

import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connection, transaction

from winnow.intake.incoming import Unusable, text_of
from winnow.intake.into import Batch, Line, activities
from winnow.leads.clock import now

SYSTEM = "arrival"
"""The system of activities whose sender names none: their key is the number of the arrival."""
MOST_TRIES = 6
FIRST_WAIT = timedelta(seconds=2)
FIELDS = ("person", "email", "kind", "content", "campaign", "happened_at", "minutes", "external_id", "system")

log = logging.getLogger("winnow.arrivals")


def understood(body, at: datetime) -> tuple:
    """What `into.activities.read` makes of it. Unusable names the field. Never keeps anything."""
    if not isinstance(body, dict):
        raise Unusable("body", "is no object with fields")
    for name, value in body.items():
        if isinstance(value, dict | list):
            raise Unusable(str(name)[:60], "is neither text nor number")
    system, who = text_of(body, "system"), text_of(body, "person") or text_of(body, "email")
    if len(system) > 60:
        raise Unusable("system", f"is {len(system)} characters long where 60 are the most", system)
    if who and "@" not in who and not system:
        raise Unusable("person", "is no address; with a key of yours say whose it is under `system`", who)
    text_of(body, "external_id")
    try:
        found = activities.read(body, Batch(at=at, system=system, historic=False))
    except Unusable as unusable:
        if unusable.field != "captured_at":
            raise
        raise Unusable("happened_at", unusable.reason, unusable.value) from None
    if found[1] == "opened":
        raise Unusable("kind", "An open proves nothing, since programs open mail; send clicks and replies")
    return found


def record_pending(limit: int = 200) -> int:
    """Record what has arrived. Returns how many arrivals were looked at; 0 when nothing is due.

    Somebody who isn't known by that key yet is waited for a while: an inquiry sent with it may still be on its way.
    """
    at = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [at, limit])
            claimed = [_Claimed(number, json.loads(body), *rest) for number, body, *rest in cursor.fetchall()]
        by_system = defaultdict(list)
        for one in claimed:
            if _readable(one, at):
                by_system[one.body.get("system") or SYSTEM].append(one)
        for system, ones in sorted(by_system.items()):
            _record(str(system), _known(str(system), ones), at)
        _settle(claimed, at)
    return len(claimed)


@dataclass(slots=True)
class _Claimed:
    id: int
    body: dict
    received_at: datetime
    tries: int
    state: str = "done"
    reason: str = ""
    activity_id: int | None = None

    @property
    def fields(self) -> dict:
        """Its fields; what has no date happened when it came."""
        if self.body.get("happened_at"):
            return self.body
        return self.body | {"happened_at": self.received_at, activities.UNDATED: True}

    def wait(self, reason: str) -> None:
        """Later again, until there is no more sense in it."""
        self.state, self.reason = "rejected" if self.tries + 1 >= MOST_TRIES else "pending", reason[:400]


_CLAIM = """
    SELECT id, body::text, received_at, tries FROM leads_arrival
    WHERE state = 'pending' AND makes = 'activity' AND due_at <= %s ORDER BY due_at, id LIMIT %s
    FOR UPDATE SKIP LOCKED"""


def _readable(one: _Claimed, at: datetime) -> bool:
    try:
        understood(one.body, at)
    except Unusable as unusable:
        one.state, one.reason = "rejected", str(unusable)
        return False
    return True


def _known(system: str, ones: list[_Claimed]) -> list[_Claimed]:
    """Those whose person is known, or comes with an address."""
    whose = {id(one): str(one.body.get("person") or one.body.get("email")).strip() for one in ones}
    keys = [(system, who[:190]) for who in whose.values() if "@" not in who]
    known = activities.people_by_key(keys)
    found = []
    for one in ones:
        who = whose[id(one)]
        if "@" in who or (system, who[:190]) in known:
            found.append(one)
        else:
            one.wait(str(Unusable("person", f"Nobody is known by that key of {system}; send their address, or the "
                                            "inquiry with it as external_id", who)))
    return found


def _record(system: str, ones: list[_Claimed], at: datetime) -> None:
    """All at once; where that fails, by halves, until the one that fails is alone."""
    if not ones:
        return
    lines = [
        Line(number, one.body, one.fields, key=str(one.body.get("external_id") or f"arrival:{one.id}"))
        for number, one in enumerate(ones)
    ]
    try:
        with transaction.atomic():
            done = activities.load(lines, Batch(at=at, system=system, historic=False))
    except (DataError, IntegrityError, ValueError, TypeError, KeyError, OverflowError) as error:
        if len(ones) > 1:
            middle = len(ones) // 2
            _record(system, ones[:middle], at)
            _record(system, ones[middle:], at)
            return
        log.warning("activity %d failed, try %d", ones[0].id, ones[0].tries + 1, exc_info=error)
        ones[0].wait(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
        return
    for one, result in zip(ones, done, strict=True):
        one.reason, one.activity_id = result.reason, result.noun_id
        one.state = "done" if result.outcome in ("created", "unchanged") else "rejected"


def _settle(claimed: list[_Claimed], at: datetime) -> None:
    if not claimed:
        return
    waits = [at + FIRST_WAIT * 4**one.tries if one.state == "pending" else at for one in claimed]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_arrival a SET state = n.state, reason = n.reason, activity_id = n.activity_id,
                 due_at = n.due_at, tries = a.tries + 1
               FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
                 AS n(id, state, reason, activity_id, due_at)
               WHERE a.id = n.id""",
            [
                [one.id for one in claimed], [one.state for one in claimed], [one.reason[:400] for one in claimed],
                [one.activity_id for one in claimed], waits,
            ],
        )
