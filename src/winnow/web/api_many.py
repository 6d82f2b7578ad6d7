"""The part of the JSON API that takes much at once, and activities; and lists what came in."""

import json
import logging
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query

from winnow.intake import arrivals, many
from winnow.intake.many import Item
from winnow.leads.clock import now
from winnow.leads.inquiry import Arrival
from winnow.leads.rights import may, sees_all
from winnow.web.api_words import (
    ACCEPTED,
    ACTIVITY,
    ARRIVALS,
    LONGEST_BODY,
    LONGEST_BULK,
    MANY,
    MOST_ITEMS,
    body_of_activity,
    body_of_many,
    described,
    refused,
)
from winnow.web.bodies import read_body

BIGGEST_ID = 2**63 - 1
MOST_LISTED = 500
SETTLED = timedelta(seconds=5)
"""Arrivals are listed this long after they came, so that none that was kept meanwhile is passed over by a cursor."""
TYPES = ("application/json", "application/x-ndjson", "application/jsonl")

log = logging.getLogger("winnow.api")


class CantBeRead(ValueError):
    """A body that is no JSON; `str()` says why."""


# -- one or many ------------------------------------------------------------------------------------------------------
def post_inquiries(request: HttpRequest):
    """Up to 1,000 inquiries in one call, kept durably in one transaction before it is answered; each has an answer."""
    return _post_many(request, "inquiry")


def post_activities(request: HttpRequest):
    """Up to 1,000 activities in one call, kept durably in one transaction before it is answered; each has an answer."""
    return _post_many(request, "activity")


def post_activity(request: HttpRequest):
    """Kept durably before it is answered with 202 and the arrival's id; recorded as a fact right after."""
    if refusal := _not_allowed(request, ("application/json",), LONGEST_BODY):
        return refusal
    key = request.headers.get("Idempotency-Key")
    if key is not None and not usable_key(key):
        return refused(422, "Idempotency-Key has to be 1 to 255 plain characters without spaces.",
                       field="Idempotency-Key")
    raw = read_body(request, LONGEST_BODY)
    if len(raw) > LONGEST_BODY:
        return refused(413, f"The body is longer than {LONGEST_BODY:,} bytes; send less.")
    try:
        item = Item(loaded(raw), key)
    except CantBeRead as error:
        return refused(422, f"The body is no JSON: {error}.", field="body")
    if failure := _keep(request, [item], "activity"):
        return failure
    if item.conflict:
        return refused(409, "That Idempotency-Key came before with another body; use a new key for a new activity.")
    if item.status == "refused":
        return refused(422, f"{item.reason}.", field=item.field, arrival=item.arrival)
    place = f"/api/v1/activities/{item.arrival}"
    answer = JsonResponse({"id": item.arrival, "state": "pending", "href": place}, status=202)
    answer["Location"] = place
    if item.status == "replayed":
        answer["Idempotent-Replayed"] = "true"
    return answer


def _post_many(request: HttpRequest, makes: str) -> HttpResponse:
    if refusal := _not_allowed(request, TYPES, LONGEST_BULK):
        return refusal
    raw = read_body(request, LONGEST_BULK)
    if len(raw) > LONGEST_BULK:
        return refused(413, f"The body is longer than {LONGEST_BULK:,} bytes; send less.")
    try:
        items = items_of(raw, request.content_type, request.headers.get("Idempotency-Key"))
    except CantBeRead as error:
        return refused(422, f"The body can't be read: {error}.", field="body")
    if not 0 < len(items) <= MOST_ITEMS:
        return refused(422, f"The body has {len(items):,} items; send 1 to {MOST_ITEMS:,}.", field="items")
    if failure := _keep(request, items, makes):
        return failure
    noun = "inquiries" if makes == "inquiry" else "activities"
    told = [_told(number, item, noun) for number, item in enumerate(items)]
    sums = {status: sum(item.status == status for item in items) for status in ("accepted", "replayed", "refused")}
    return JsonResponse({**sums, "items": arrivals.clean(told)})


def _told(number: int, item: Item, noun: str) -> dict:
    told = {"index": number, "status": item.status}
    if item.status == "refused":
        told |= {"reason": item.reason, "field": item.field}
        return told | ({"arrival": item.arrival} if item.arrival else {})
    return told | {"id": item.arrival, "href": f"/api/v1/{noun}/{item.arrival}"}


def _not_allowed(request: HttpRequest, types: tuple[str, ...], longest: int) -> HttpResponse | None:
    key = request.auth
    if not may(key, "record inquiries"):
        return refused(403, f"The key {key.name} has the role {key.role}, which records nothing.")
    if request.content_type not in types:
        return refused(415, f"The body is {request.content_type or 'of no type'}; send {' or '.join(types[:2])}.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > longest:
        return refused(413, f"The body is longer than {longest:,} bytes; send less.")
    return None


def _keep(request: HttpRequest, items: list[Item], makes: str) -> HttpResponse | None:
    """All are kept, or none and a refusal is the answer."""
    try:
        many.take_many("api", f"key {request.auth.pk}", items, makes=makes)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as error:
        log.warning("the database refuses a body", exc_info=error)
        return refused(422, "The body holds something that can't be kept; send plain texts and numbers.", field="body")
    return None


def items_of(raw: bytes, content_type: str, key: str | None = None) -> list[Item]:
    """The items of a body: a list, an object with `items`, or lines of JSON. CantBeRead when it is none of these.

    Each may have an `idempotency_key` of its own; else the call's key stands for it, with its place behind.
    """
    if key is not None and not usable_key(key, most=240):
        raise CantBeRead("Idempotency-Key has to be 1 to 240 plain characters without spaces")
    if content_type == "application/json":
        body = loaded(raw)
        found = body.get("items") if isinstance(body, dict) else body
        if not isinstance(found, list):
            raise CantBeRead('it is neither a list nor an object with "items"')
    else:
        found = [_line(line) for line in raw.splitlines() if line.strip()]
    return [_item(one, f"{key}#{number}" if key else None) for number, one in enumerate(found[: MOST_ITEMS + 1])]


def _item(body, key: str | None) -> Item:
    if not isinstance(body, dict) or "idempotency_key" not in body:
        return Item(body, key)
    own = body["idempotency_key"]
    if not isinstance(own, str) or not usable_key(own):
        wrong = "idempotency_key has to be 1 to 255 plain characters without spaces"
        return Item(body).refuse(wrong, "idempotency_key")
    return Item({name: value for name, value in body.items() if name != "idempotency_key"}, own)


def _line(line: bytes):
    """A line of JSON; one that is none is its own text, which is kept and refused."""
    try:
        return loaded(line)
    except CantBeRead:
        return line.decode("utf-8", "replace")


def loaded(raw: bytes):
    """The JSON of a body. CantBeRead says why it is none."""
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise CantBeRead(str(error)[:120]) from None


def _no_number(word: str):
    raise ValueError(f"{word} is no number")


def usable_key(text: str, most: int = arrivals.LONGEST_KEY) -> bool:
    """Whether it can be an idempotency key: plain characters without spaces."""
    return 0 < len(text) <= most and all("!" <= character <= "~" for character in text)


# -- what became of them ----------------------------------------------------------------------------------------------
def get_activity(request: HttpRequest, number: int = Path(ge=1, le=BIGGEST_ID)):
    """By the id that posting it gave: whether it is recorded yet, and whose it is."""
    rows = Arrival.objects.select_related("activity").filter(makes="activity")
    arrival = _mine(request, rows).filter(pk=number).first()
    if arrival is None:
        return refused(404, f"There is no activity {number}.")
    fact = arrival.activity
    return JsonResponse({
        "id": arrival.pk, "state": arrival.state, "reason": arrival.reason, "received_at": arrival.received_at,
        "person": fact and {
            "id": fact.person_id, "href": f"/api/v1/people/{fact.person_id}", "account": fact.account_id,
        },
        "happened_at": fact and fact.happened_at,
    })


def list_inquiries(
    request: HttpRequest, after: int = Query(0, ge=0, le=BIGGEST_ID), limit: int = Query(100, ge=1, le=MOST_LISTED),
    state: str | None = Query(None, pattern="^(pending|done|rejected|quarantined)$"),
):
    """What came in after a cursor, oldest first, as far as this key sees it: all, or what it sent itself.

    `next` is the cursor of the next page; it is there also when nothing newer is, to ask with later.
    """
    rows = _mine(request, Arrival.objects.filter(makes="inquiry")).filter(pk__gt=after, received_at__lt=now() - SETTLED)
    if state:
        rows = rows.filter(state=state)
    found = list(rows.select_related("inquiry").order_by("pk")[:limit])
    return JsonResponse({
        "items": [
            {
                "id": one.pk, "state": one.state, "reason": one.reason, "received_at": one.received_at,
                "href": f"/api/v1/inquiries/{one.pk}", "person": one.inquiry and one.inquiry.person_id,
            }
            for one in found
        ],
        "next": found[-1].pk if found else after, "more": len(found) == limit,
    })


def _mine(request: HttpRequest, rows):
    """All arrivals for who sees every record, else those that this key sent."""
    return rows if sees_all(request.auth) else rows.filter(sender=f"key {request.auth.pk}")


INQUIRIES = {
    "operation_id": "postInquiries", "summary": "Send many inquiries", "tags": ["inquiries"],
    "openapi_extra": {
        "requestBody": body_of_many("inquiry"), "responses": described({200: MANY}, 401, 403, 413, 415, 422, 429, 503),
    },
}
ACTIVITIES = {
    "operation_id": "postActivities", "summary": "Send many activities", "tags": ["activities"],
    "openapi_extra": {
        "requestBody": body_of_many("activity"), "responses": described({200: MANY}, 401, 403, 413, 415, 422, 429, 503),
    },
}
ONE_ACTIVITY = {
    "operation_id": "postActivity", "summary": "Send one activity", "tags": ["activities"],
    "openapi_extra": {
        "requestBody": body_of_activity(),
        "responses": described({202: ACCEPTED}, 401, 403, 409, 413, 415, 422, 429, 503),
    },
}
AN_ACTIVITY = {
    "operation_id": "getActivity", "summary": "What became of an activity", "tags": ["activities"],
    "openapi_extra": {"responses": described({200: ACTIVITY}, 401, 404, 422, 429)},
}
LISTED = {
    "operation_id": "listInquiries", "summary": "What came in since", "tags": ["inquiries"],
    "openapi_extra": {"responses": described({200: ARRIVALS}, 401, 422, 429)},
}
