"""What the tablets at a booth send: each entry is kept once, however often it comes, or refused in words.

A refused entry stays with the tablet, where somebody mends it under the same key; what was refused is kept here too,
and the mended one stands as its repair, so that nobody repairs it a second time.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from winnow.intake.arrivals import clean, take, understand
from winnow.intake.booth import DOOR, WaitsForBadge, visit_of
from winnow.intake.incoming import Unusable, moment_of
from winnow.leads.clock import now
from winnow.leads.event import BoothDevice
from winnow.leads.formwords import CAME_BEFORE, WHO, not_taken, spoken
from winnow.leads.inquiry import Arrival

MOST_ENTRIES = 50
LONGEST_BODY = 512 * 1024
_KEY = re.compile(r"^[0-9A-Za-z-]{8,64}$")


@dataclass(frozen=True)
class Answer:
    """What a tablet is told of one entry: it is kept (here for good; the tablet may forget it), or refused with why."""

    key: str
    kept: bool
    field: str = ""
    reason: str = ""


def take_entries(device: BoothDevice, entries: list, *, sent_at, waiting, agent: str = "") -> list[Answer]:
    """Take what a tablet sends, committed before it is told so. `sent_at`: the tablet's own clock as it sent."""
    at = now()
    headers = {"device": device.name, "user-agent": agent, "sent-at": str(sent_at or "")}
    if (behind := _behind(sent_at, at)) is not None:
        headers["tablet-behind"] = str(behind)
    answers = [_take(device, entry, headers, at) for entry in entries[:MOST_ENTRIES]]
    left = waiting - sum(one.kept for one in answers) if type(waiting) is int and 0 <= waiting < 10**6 else None
    BoothDevice.objects.filter(pk=device.pk).update(seen_at=at, waiting=None if left is None else max(0, left))
    return answers


def _behind(sent_at, at: datetime) -> int | None:
    """By how many seconds the tablet's clock is behind ours; negative where it is ahead."""
    try:
        said = moment_of(sent_at)
    except Unusable:
        return None
    return round((at - said).total_seconds()) if said is not None else None


def _take(device: BoothDevice, entry, headers: dict, at: datetime) -> Answer:
    key = str(entry.get("key") or "") if isinstance(entry, dict) else ""
    if not _KEY.match(key):
        return Answer(key[:64], False, "key", "The entry has no key of its own.")
    event = device.event
    body = clean({**entry, "event": event.pk})
    problem = _problem(body, headers, at, event)
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    with transaction.atomic():
        refused = Arrival.objects.filter(sender=event.sender, idempotency_key__startswith=f"{key}#")
        before = refused.select_for_update().order_by("-pk").first()
        if before and Arrival.objects.filter(repaired_from=before).exclude(state="rejected").exists():
            return Answer(key, True, reason="It was mended here meanwhile.")
        taken = take(
            DOOR, event.sender, body, headers, f"{key}#{digest}" if problem else key,
            state="rejected" if problem else "pending", reason=str(problem or ""),
        )
        if before and before.pk != taken.id:
            Arrival.objects.filter(pk=taken.id, repaired_from=None).update(repaired_from=before)
    if problem:
        if problem.field == "last_name" and not problem.value:
            return Answer(key, False, problem.field, spoken(WHO, event.language))
        return Answer(key, False, problem.field, not_taken(problem.value, problem.reason, event.language))
    if taken.status == 409:
        return Answer(key, False, "key", spoken(CAME_BEFORE, event.language))
    return Answer(key, True)


def _problem(body: dict, headers: dict, at: datetime, event) -> Unusable | None:
    try:
        understand(visit_of(body, headers, at, events={event.pk: event}).body, number=0, at=at)
    except WaitsForBadge:
        return None
    except Unusable as unusable:
        return unusable
    return None
