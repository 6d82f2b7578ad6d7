"""Arrivals by the hundred: many items of one call, kept in one statement; and what each would be refused for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from winnow.intake import activity_arrivals, arrivals
from winnow.intake.incoming import Unusable
from winnow.leads.arrays import texts
from winnow.leads.clock import now
from winnow.leads.identity import numbers
from winnow.leads.inquiry import Arrival, as_kept


@dataclass(slots=True)
class Item:
    """One thing of a call with the sender's key for it, and what became of it.

    `status`: accepted; replayed (the same came before under the same key); refused, with `reason` and `field`. What is
    refused because it can't be read is kept too, as `arrival`; what is refused as a conflict is not.
    """

    body: object
    key: str | None = None
    status: str = "accepted"
    reason: str = ""
    field: str = ""
    conflict: bool = False
    arrival: int | None = None

    def refuse(self, reason: str, field: str) -> "Item":
        """It can't be taken; it is kept all the same."""
        self.status, self.reason, self.field = "refused", reason, field
        return self


def problem_of(body, makes: str = "inquiry", at: datetime | None = None) -> Unusable | None:
    """Why it can't be taken as an inquiry or an activity; None when it can."""
    try:
        if makes == "activity":
            activity_arrivals.understood(body, at or now())
        else:
            arrivals.understand(body, number=0, at=at or now())
    except Unusable as unusable:
        return unusable
    return None


def take_many(door: str, sender: str, items: list[Item], *, makes: str = "inquiry") -> None:
    """Keep all of them durably, in one statement, and say of each what became of it.

    What can't be read is kept as rejected, without its key, so that it can be repaired here or sent again corrected.
    """
    at, first, fresh = now(), {}, []
    texts_of = [_text(item.body) for item in items]
    for item, text in zip(items, texts_of, strict=True):
        if item.status == "accepted" and (unusable := problem_of(item.body, makes, at)):
            item.refuse(str(unusable), unusable.field)
        if item.status == "accepted" and item.key is not None:
            before, its_text = first.setdefault(item.key, (item, text))
            if before is not item:  # the same key twice in one call
                item.status, item.conflict = ("replayed", False) if its_text == text else ("refused", True)
                continue
        fresh.append((item, text))
    # In the order of their keys: two calls with the same keys don't wait for each other crosswise.
    fresh.sort(key=lambda pair: pair[0].key or "")
    by_key = {own: rest for own, *rest in _keep(door, sender, fresh, makes) if own is not None}
    for item, text in fresh:
        if item.key is not None and item.status == "accepted":
            item.arrival, digest, new = by_key[item.key]
            if not new and digest != _digest(text):
                item.status, item.conflict = "refused", True
            elif not new:
                item.status = "replayed"
    for item in items:
        if item.conflict:
            item.arrival, item.field = None, "idempotency_key"
            item.reason = "That idempotency_key came before with another body; use a new one for something new"
        elif item.status == "replayed" and item.arrival is None:
            item.arrival = first[item.key][0].arrival


def _keep(door: str, sender: str, fresh: list[tuple[Item, str]], makes: str) -> list[tuple]:
    """Key, number, digest and whether it is new, of each."""
    if not fresh:
        return []
    with connection.cursor() as cursor:
        ids = list(numbers("leads_arrival", len(fresh)))
        keys = []
        for (item, _), number in zip(fresh, ids, strict=True):
            item.arrival = number
            keys.append(item.key if item.status == "accepted" else None)
        values = {
            "door": door, "sender": sender, "makes": makes, "ids": ids, "keys": keys,
            "bodies": texts(text for _, text in fresh), "digests": [_digest(text) for _, text in fresh],
            "states": texts("pending" if item.status == "accepted" else "rejected" for item, _ in fresh),
            "reasons": texts(arrivals.clean(item.reason)[:400] for item, _ in fresh),
        }
        cursor.execute(_TAKE_MANY, values)
        return [(own, number, bytes(digest), new) for own, number, digest, new in cursor.fetchall()]


# On conflict the row is touched, not passed over: only so is one seen that was committed meanwhile.
_TAKE_MANY = """
    INSERT INTO leads_arrival (id, door, sender, makes, idempotency_key, body, body_digest, headers, state, reason)
    SELECT n.id, %(door)s, %(sender)s, %(makes)s, n.key, n.body::jsonb, n.digest, '{}'::jsonb, n.state, n.reason
    FROM unnest(%(ids)s::bigint[], %(keys)s::text[], %(bodies)s::text[], %(digests)s::bytea[], %(states)s::text[],
      %(reasons)s::text[]) AS n(id, key, body, digest, state, reason)
    ON CONFLICT (sender, idempotency_key) DO UPDATE SET sender = excluded.sender
    RETURNING idempotency_key, id, body_digest, xmax = 0"""


def _text(body) -> str:
    return as_kept(arrivals.clean(body))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def arrive(door: str, sender: str, body, headers: dict, **more) -> Arrival:
    """Keep one arrival within the caller's transaction; `more` are columns of it."""
    body = arrivals.clean(body)
    return Arrival.objects.create(
        door=door, sender=sender, body=body, body_digest=_digest(_text(body)), headers=headers, due_at=now(), **more
    )
