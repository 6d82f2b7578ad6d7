"""Hooks: tools that can't be changed post what they know in their own shape; a mapping makes inquiries or activities.

A call is kept as it came and answered; `process_calls` reads it right after. Its items go the way of everything that
arrives: one that can't be taken is a rejected arrival, repaired or replayed there. A call that can't be read at all
waits as rejected; when the mapping was changed it is read again.
"""

import base64
import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q

from winnow.intake import many, payloads
from winnow.intake.hook_mapping import body_of, checked
from winnow.intake.proofs import PREFIX
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.hook import Hook, HookCall
from winnow.leads.inquiry import Arrival
from winnow.leads.sealing import seal

LONGEST_PAYLOAD = 1_000_000
OLD_SECRET = timedelta(hours=24)
"""How long the secret before still counts after a change."""
AT_A_TIME = 20
MOST_TRIES = 6
FIRST_WAIT = timedelta(seconds=2)
DOOR = "hook"

log = logging.getLogger("winnow.hooks")


# -- setting up -------------------------------------------------------------------------------------------------------
def make(
    *, name: str, makes: str = "inquiries", mapping: str = "", each: str = "", proof: str = "signature",
    header: str = "", secret: str = "", by=None,
) -> tuple[Hook, str]:
    """A hook under an address of its own with 192 bits of chance, and its secret, shown once: yours, else one of ours.

    Refusal when the mapping can't be read.
    """
    checked(mapping, makes)
    secret = "" if proof == "address" else secret.strip() or new_secret()
    with transaction.atomic():
        hook = Hook.objects.create(
            code=secrets.token_urlsafe(24), name=name, makes=makes, mapping=mapping, each=each, proof=proof,
            header=header, secret=seal(secret), created_at=now(), by=by,
        )
        audited(by, "make hook", hook, f"{name}, by {proof}")
    return hook, secret


def new_secret() -> str:
    """A secret as Standard Webhooks writes it, with 192 bits of chance."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def rotate(hook: Hook, *, by, secret: str = "") -> str:
    """A new secret, the given one or one of ours; the one before counts for OLD_SECRET longer. Returns it."""
    secret = secret.strip() or new_secret()
    with transaction.atomic():
        mine = Hook.objects.select_for_update().get(pk=hook.pk)
        mine.secret_before, mine.before_until = mine.secret, now() + OLD_SECRET if mine.secret else None
        mine.secret = seal(secret)
        mine.save(update_fields=["secret", "secret_before", "before_until"])
        audited(by, "change hook secret", mine)
    hook.refresh_from_db()
    return secret


# -- what comes -------------------------------------------------------------------------------------------------------
def receive(hook: Hook, raw: bytes, *, content_type: str, key: str, proof: str, at: datetime) -> tuple[int, bool]:
    """Keep a call durably, before anybody is told so. Returns its number, and whether the same key came before.

    Where messages aren't signed their keys needn't be unique: another body under a key is another call.
    """
    if key and hook.proof != "signature":
        key = f"{key[:200]}#{hashlib.sha256(raw).hexdigest()[:32]}"
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVE, [hook.pk, key or None, content_type[:200].replace("\0", ""), raw, proof, at, at])
        return cursor.fetchone()


# On conflict the row is touched, so that one that was committed meanwhile is seen.
_RECEIVE = """
    INSERT INTO leads_hookcall (hook_id, idempotency_key, content_type, raw, proof, received_at, due_at, state, reason,
        taken, refused, passed_over, tries)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'pending', '', 0, 0, 0, 0)
    ON CONFLICT (hook_id, idempotency_key) DO UPDATE SET hook_id = excluded.hook_id
    RETURNING id, xmax <> 0"""


def process_calls(limit: int = AT_A_TIME) -> int:
    """Read the calls that came in. Returns how many were read; 0 when none is due. One that fails holds none up."""
    done = 0
    for _ in range(limit):
        with transaction.atomic():
            due = HookCall.objects.select_for_update(skip_locked=True, of=("self",)).select_related("hook")
            call = due.filter(state="pending", due_at__lte=now()).order_by("due_at", "id").first()
            if call is None:
                return done
            _process(call)
            done += 1
    return done


def _process(call: HookCall) -> None:
    try:
        with transaction.atomic():
            _take_items(call)
        call.state, call.reason = "done", ""
    except (payloads.NotRead, Refusal) as error:
        call.state, call.reason = "rejected", str(error)[:400]
    except (DataError, IntegrityError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        log.warning("call %d failed, try %d", call.pk, call.tries + 1, exc_info=error)
        call.state = "rejected" if call.tries + 1 >= MOST_TRIES else "pending"
        call.due_at = now() + FIRST_WAIT * 4**call.tries
        call.reason = f"{type(error).__name__}: {error}"[:400].replace("\0", "␀")
    call.tries += 1
    call.save(update_fields=["state", "reason", "tries", "due_at", "taken", "refused", "passed_over"])


def _take_items(call: HookCall) -> None:
    """An arrival for each item; those that were taken before stay as they are."""
    hook = call.hook
    mapping = checked(hook.mapping, hook.makes)
    if not mapping.columns:
        raise Refusal("Nothing is mapped yet; say which part of it is what, and read it again.")
    things = payloads.items(payloads.read(bytes(call.raw), call.content_type), hook.each)
    before = _newest(call)
    call.taken = call.refused = call.passed_over = 0
    for number, thing in enumerate(things):
        body, problem = body_of(hook, mapping, payloads.flat(thing))
        if not body:
            call.passed_over += 1
            continue
        problem = problem or str(problem_of(hook, body) or "")
        old = before.get(number)
        if old is None or old.state == "rejected":
            if old is None or body != old.body or problem != old.reason:
                _arrive(call, number, body, problem, old)
            state = "rejected" if problem else "pending"
        else:
            state = old.state
        call.refused += state == "rejected"
        call.taken += state != "rejected"
    if not call.taken and not call.refused:
        raise Refusal("No part of it is mapped to anything; change the mapping, and read it again.")


def problem_of(hook: Hook, body: dict):
    """Why an item can't be taken as what the hook makes; None when it can."""
    return many.problem_of(body, _becomes(hook))


def _becomes(hook: Hook) -> str:
    return "activity" if hook.makes == "activities" else "inquiry"


def _newest(call: HookCall) -> dict[int, Arrival]:
    """The arrival of each item of a call: the newest of those that repaired one another."""
    found = {}
    for row in call.arrivals.order_by("pk").only("pk", "state", "reason", "body", "headers"):
        found[int(row.headers.get("item", 0))] = row
    return found


def _arrive(call: HookCall, number: int, body: dict, problem: str, old: Arrival | None) -> None:
    many.arrive(
        DOOR, f"hook {call.hook_id}", body, {"item": str(number)}, makes=_becomes(call.hook),
        state="rejected" if problem else "pending", reason=problem[:400], received_at=call.received_at, call=call,
        repaired_from=old,
    )


# -- reading again ----------------------------------------------------------------------------------------------------
def replay(hook: Hook, *, by, calls=None) -> int:
    """Read calls again with the mapping as it is now: those given, else all that have anything refused. What was taken
    stays as it is. Returns how many are read again."""
    with transaction.atomic():
        rows = hook.calls.filter(pk__in=[call.pk for call in calls]) if calls is not None else waiting(hook)
        count = rows.exclude(state="pending").update(state="pending", due_at=now(), tries=0, reason="")
        audited(by, "replay", hook, f"{count} calls")
    return count


def set_aside(call: HookCall, *, by) -> None:
    """It is nothing for us, such as a tool's greeting; it stays kept. Refusal when it isn't one that can't be read."""
    with transaction.atomic():
        if not HookCall.objects.filter(pk=call.pk, state="rejected").update(state="done", reason=f"set aside by {by}"):
            raise Refusal(f"Call {call.pk} can be read, or was set aside before; look again.")
        audited(by, "set call aside", call.hook, f"call {call.pk}")


def waiting(hook: Hook):
    """Calls of which something couldn't be taken."""
    refused = Arrival.objects.filter(call__hook=hook, state="rejected", arrival=None)
    return hook.calls.filter(Q(state="rejected") | Q(pk__in=refused.values("call_id")))
