"""What arrives over a form, the API or mail: committed raw in one statement, understood right after.

`take` is called by the web and needs no model; `process_pending` is called by the worker's loop.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connection, transaction

from winnow.intake import activity_arrivals, confirming, machines
from winnow.intake.booth import DOOR as BOOTH
from winnow.intake.booth import WaitsForBadge, visit_of
from winnow.intake.incoming import Unusable, incoming
from winnow.leads.apikey import IS_LIVE, ApiKey
from winnow.leads.audit import audited
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.formvisit import FormVisit
from winnow.leads.inquiry import Arrival, as_kept, digest_of
from winnow.leads.pageview import know

LONGEST_KEY = 255
LONGEST_HEADER = 500
KEPT_HEADERS = ("user-agent", "referer", "content-type")
MOST_TRIES = 6
FIRST_WAIT = timedelta(seconds=2)
SYSTEM = "arrival"
"""The system of inquiries whose sender gave no key of its own: their key is the number of the arrival."""

log = logging.getLogger("winnow.arrivals")


@dataclass(frozen=True, slots=True)
class Taken:
    """`status` is 202 (kept, or kept before under the same idempotency key), 409 (that came with another body before),
    or 401: the API key doesn't live any more, and nothing was kept.
    """

    status: int
    id: int
    replayed: bool = False


def take(
    door: str, sender: str, body: dict, headers: dict | None = None, idempotency_key: str | None = None, *,
    state: str = "pending", reason: str = "", evidence: dict | None = None, wait: int = 0, key: ApiKey | None = None,
    cursor=None,
) -> Taken:
    """Keep what arrived, durably, before anybody is told so. One SQL statement; under autocommit one commit.

    The same key of the same sender is the same arrival, also when both come at once. `state` may be rejected or
    quarantined with a `reason`; `evidence` is what a form's post looks like (see machines.py), and `wait` the seconds
    until it is understood. With an API `key` the same statement sees to it that it still lives.
    """
    text = as_kept(clean(body))
    digest = hashlib.sha256(text.encode()).digest()
    kept = {name: str(value)[:LONGEST_HEADER].replace("\0", "␀") for name, value in (headers or {}).items()}
    values = [door, sender, idempotency_key, text, digest, json.dumps(clean(kept)), state, clean(reason)[:400],
              json.dumps(clean(evidence)) if evidence else None, wait]
    statement = _TAKE.format(allowed=IS_LIVE if key else "true")
    if key:
        values += [key.pk, now()]
    if cursor is None:
        with connection.cursor() as own:
            own.execute(statement, values)
            row = own.fetchone()
    else:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        key.forget()
        return Taken(401, 0)
    number, stored, fresh = row
    if not fresh and bytes(stored) != digest:
        return Taken(409, number, True)
    return Taken(202, number, not fresh)


# On conflict the row is touched, not passed over: only so does the statement see a row that was committed meanwhile.
_TAKE = """
    INSERT INTO leads_arrival (door, sender, idempotency_key, body, body_digest, headers, state, reason,
      evidence, due_at)
    SELECT %s, %s, %s, %s::jsonb, %s, %s::jsonb, %s, %s, %s::jsonb, now() + %s * interval '1 second' WHERE {allowed}
    ON CONFLICT (sender, idempotency_key) DO UPDATE SET sender = excluded.sender
    RETURNING id, body_digest, xmax = 0"""


def clean(value):
    """The same value as JSON in the database can hold it: a NUL is shown as ␀, half a character as a question mark."""
    match value:
        case str():
            if "\0" not in value and value.isascii():
                return value
            return value.replace("\0", "␀").encode("utf-8", "replace").decode()
        case dict():
            return {clean(str(key)): clean(one) for key, one in value.items()}
        case list() | tuple():
            return [clean(one) for one in value]
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
    return value


# -- what it says -----------------------------------------------------------------------------------------------------
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "referrer", "landing")


def understand(body: dict, *, number: int | str, at: datetime, robot: bool = False) -> Incoming:
    """The inquiry that a body tells of. Unusable names the field. Never keeps anything."""
    if not isinstance(body, dict):
        raise Unusable("body", "is no object with fields")
    fields = {name: value for name, value in body.items() if name not in ("answers", *UTM)}
    for name, value in fields.items():
        if isinstance(value, dict | list):
            raise Unusable(str(name)[:60], "is neither text nor number")
    system = _text(body, "system", 60)
    own = _text(body, "external_id", 190)
    answers = body.get("answers") or {}
    trail = {name: _text(body, name, 300) for name in UTM if body.get(name)}
    if isinstance(answers, dict):
        answers = {**answers, **{name: text for name, text in trail.items() if text}}
    fields["answers"] = answers
    fields.setdefault("source", trail.get("utm_source"))
    fields.setdefault("campaign", trail.get("utm_campaign"))
    if trail.get("utm_medium") and not fields.get("channel"):
        fields["channel"] = trail["utm_medium"]
    one, _ = incoming(
        fields, external_id=own or str(number), system=system if own else SYSTEM, at=at
    )
    if not any((one.email, one.phone, one.first_name, one.last_name, own)):
        raise Unusable("email", "is missing: an inquiry needs an address, a telephone number, a name or external_id")
    one.consent_wording = _text(body, "consent_wording", 2000)
    one.robot = robot
    one.captured_at = one.captured_at or at
    one.stage = one.disposition = ""  # what another system says of it today is for imports alone
    return one


def _text(body: dict, name: str, most: int) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise Unusable(name, "is no text")
    text = str(value).strip()
    if "\0" in text:
        raise Unusable(name, "contains a NUL byte", text)
    if len(text) > most:
        raise Unusable(name, f"is {len(text)} characters long where {most} are the most", text[:40])
    return text


# -- the worker's part ------------------------------------------------------------------------------------------------
def process_pending(limit: int = 100) -> int:
    """Make inquiries of what has arrived. Returns how many arrivals were done; 0 when nothing is due.

    What can't be read is rejected with its reason; one that fails among others is found and tried again by itself,
    later and later, so that it holds nothing up.
    """
    at = now()
    with transaction.atomic():
        return _process(_CLAIM + _DUE, [at, limit], at)


def process_one(number: int) -> Arrival:
    """Make an inquiry of that arrival now, where somebody waits for it; one that the worker has is waited for."""
    with transaction.atomic():
        _process(_CLAIM + "WHERE id = %s AND state = 'pending' FOR UPDATE", [number], now())
    return Arrival.objects.select_related("inquiry__person").get(pk=number)


def _process(claim: str, values: list, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(claim, values)
        claimed = [_Claimed(*row) for row in cursor.fetchall()]
    _look_again(claimed, at)
    readable = []
    for one in claimed:
        if one.state == "quarantined":
            continue
        try:
            body = json.loads(one.body)
            one.visitor = str(body.get("visitor", "")) if isinstance(body, dict) else ""
            one.incoming = _read(one.door, body, json.loads(one.headers), one.id, one.received_at, at)
            readable.append(one)
        except WaitsForBadge as waits:
            one.state, one.reason = "quarantined", str(waits)
        except Unusable as unusable:
            one.state, one.reason = "rejected", str(unusable)
    _take_in(readable, at)
    _settle(claimed, at)
    return len(claimed)


def _look_again(claimed: list["_Claimed"], at: datetime) -> None:
    """Hold back what turned out to be one of a swarm while it waited."""
    waited = [one for one in claimed if one.evidence and '"marks"' in one.evidence]
    if not waited:
        return
    for one, look in zip(waited, machines.look_again([json.loads(one.evidence) for one in waited], at), strict=True):
        one.evidence = json.dumps(look.evidence)
        if look.state == "quarantined":
            one.state, one.reason = look.state, look.reason


def _read(door: str, body, headers: dict, number: int, received_at: datetime, at: datetime) -> Incoming:
    """The inquiry that came in at a door, and how its answers were heard."""
    if door != BOOTH:
        found = understand(body, number=number, at=at)
        found.captured_at = min(found.captured_at, received_at)
        found.evidence_source = HEARD.get(found.channel) or door[:40]
        return found
    visit = visit_of(body, headers, received_at)
    found = understand(visit.body, number=number, at=at)
    found.captured_at, found.person_key, found.met = visit.captured_at, visit.key, visit.talked
    found.evidence_source = "event"
    return found


HEARD = {"phone": "call", "chat": "chat"}
"""Channels whose answers were heard in a talk, whatever door brought them."""


@dataclass(slots=True)
class _Claimed:
    id: int
    door: str
    body: str
    received_at: datetime
    tries: int
    headers: str
    evidence: str | None = None
    visitor: str = ""
    incoming: Incoming | None = None
    state: str = "done"
    reason: str = ""
    inquiry_id: int | None = None


_CLAIM = """
    SELECT id, door, body::text, received_at, tries, headers::text, evidence::text FROM leads_arrival """
_DUE = """WHERE state = 'pending' AND makes = 'inquiry' AND due_at <= %s ORDER BY due_at, id LIMIT %s
    FOR UPDATE SKIP LOCKED"""


def _take_in(arrivals: list[_Claimed], at: datetime) -> None:
    """All at once; where that fails, by halves, until the one that fails is alone."""
    if not arrivals:
        return
    try:
        with transaction.atomic():
            taken = take_inquiries([one.incoming for one in arrivals], at=at)
            confirming.ask(_asked_back(arrivals, taken), at)
    except (DataError, IntegrityError, ValueError, TypeError, KeyError, OverflowError) as error:
        if len(arrivals) > 1:
            middle = len(arrivals) // 2
            _take_in(arrivals[:middle], at)
            _take_in(arrivals[middle:], at)
            return
        one = arrivals[0]
        log.warning("arrival %d failed, try %d", one.id, one.tries + 1, exc_info=error)
        one.state = "rejected" if one.tries + 1 >= MOST_TRIES else "pending"
        one.reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:400]
        return
    for one, result in zip(arrivals, taken, strict=True):
        one.inquiry_id, one.reason = result.inquiry_id, result.reason
        one.state = "rejected" if result.outcome == "rejected" else "done"
    know([(one.visitor, result.person_id) for one, result in zip(arrivals, taken, strict=True)
          if one.visitor and result.person_id], at)


def _asked_back(arrivals: list[_Claimed], taken: list) -> list[confirming.Asked]:
    """The consents of forms that their owner has to confirm, of those that were taken in as valid."""
    found = []
    for one, result in zip(arrivals, taken, strict=True):
        if one.door != "form" or '"consent_asked"' not in one.body or not result.inquiry_id:
            continue
        if wording := confirming.asked_in(json.loads(one.body)):
            mine = one.incoming
            found.append(confirming.Asked(result.inquiry_id, result.person_id, mine.form, mine.email, wording))
    return found


def _settle(arrivals: list[_Claimed], at: datetime) -> None:
    if not arrivals:
        return
    waits = [at + FIRST_WAIT * 4**one.tries if one.state == "pending" else at for one in arrivals]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE leads_arrival a SET state = n.state, reason = n.reason, inquiry_id = n.inquiry_id,
                 due_at = n.due_at, tries = a.tries + 1, evidence = n.evidence::jsonb
               FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[])
                 AS n(id, state, reason, inquiry_id, due_at, evidence)
               WHERE a.id = n.id""",
            [
                [one.id for one in arrivals], [one.state for one in arrivals], [one.reason[:400] for one in arrivals],
                [one.inquiry_id for one in arrivals], waits,
                [one.evidence for one in arrivals],
            ],
        )


# -- people's part ----------------------------------------------------------------------------------------------------
def repair(arrival: Arrival, body: dict, *, by) -> Arrival:
    """Send a corrected copy on its way. The one that came stays as it came. Refusal says what is still wrong."""
    try:
        if arrival.makes == "activity":
            activity_arrivals.understood(body, now())
        else:
            _read(arrival.door, body, arrival.headers, arrival.pk, arrival.received_at, now())
    except Unusable as unusable:
        raise Refusal(f"Arrival {arrival.pk} can't be taken in yet: {unusable}.", code="still_unusable") from None
    with transaction.atomic():
        mine = Arrival.objects.select_for_update().get(pk=arrival.pk)
        if mine.state != "rejected":
            raise Refusal(f"Arrival {mine.pk} is {mine.state}; only a rejected one is repaired.")
        if copy := Arrival.objects.filter(repaired_from=mine).first():
            raise Refusal(f"Arrival {mine.pk} was repaired before, as arrival {copy.pk}.")
        body = clean(body)
        copy = Arrival.objects.create(
            door=mine.door, sender=mine.sender, body=body, body_digest=digest_of(body),
            headers=mine.headers, received_at=mine.received_at, repaired_from=mine, due_at=now(), state="pending",
            makes=mine.makes, call_id=mine.call_id,
        )
        FormVisit.objects.filter(arrival=mine).update(arrival=copy)
        audited(by, "repair", mine, f"as arrival {copy.pk}")
    return copy


def release(arrival: Arrival, *, by) -> None:
    """A person says that a suspicious arrival is one all the same."""
    if not release_all([arrival.pk], by=by):
        raise Refusal(f"Arrival {arrival.pk} is not held back any more; look again.")


def release_all(numbers: list[int], *, by) -> int:
    """A person says so of many at once. Returns how many still were held back; why they were stays with them."""
    with transaction.atomic():
        held = Arrival.objects.filter(pk__in=numbers, state="quarantined", arrival=None).select_for_update(of=("self",))
        found, at = list(held.order_by("pk")), now()
        if len(found) == 1:
            audited(by, "release", found[0], found[0].reason)
        elif found:
            audited(by, "release", "arrival", f"{len(found)} of them: {', '.join(str(one.pk) for one in found)}")
        Arrival.objects.filter(pk__in=[one.pk for one in found]).update(
            state="pending", due_at=at, reason="", released_at=at
        )
    return len(found)
