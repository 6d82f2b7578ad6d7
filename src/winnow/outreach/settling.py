"""What a person decides about mails: let late ones go, say what became of those in doubt; and the relay's own log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.message import Message, one_line
from winnow.outreach import outbox
from winnow.outreach.hours import House

OUTCOMES = ("arrived", "lost", "again")


def confirm(message: Message, *, by, at: datetime | None = None, subject: str | None = None, body: str | None = None):
    """Let a held mail go, as it is or changed. It passes the gate like any other. Refusal when it is held no more."""
    at = at or now()
    changes = {"state": "queued", "reason": "", "send_at": at, "retry_at": None}
    if message.kind == "marketing":
        changes["send_at"] = House().next_open(at, message.person)
    if subject is not None:
        changes["subject"] = one_line(subject.strip(), "subject")[:300]
    if body is not None:
        changes["body"] = body.replace("\0", "").replace("\r\n", "\n")
    with transaction.atomic():
        _decide(message, "held", changes)
        audited(by, "let mail go", message, "changed" if subject is not None or body is not None else "")
    message.refresh_from_db()


def call_back(message: Message, *, by) -> None:
    """A mail that waits is not to go at all."""
    with transaction.atomic():
        _decide(message, ("held", "queued"), {"state": "cancelled", "reason": f"called back by {by}"[:300]})
        audited(by, "call mail back", message)
    message.refresh_from_db()


def settle(message: Message, outcome: str, *, by, at: datetime | None = None) -> None:
    """Say what became of a mail in doubt: it arrived, it is lost and stays so, or it is lost and goes again."""
    at = at or now()
    if outcome not in OUTCOMES:
        raise Refusal(f"A mail in doubt has arrived, is lost, or goes again; {outcome!r} is none of these.")
    with transaction.atomic():
        if outcome == "arrived":
            when = message.handed_at or message.claimed_at or at
            if not outbox.sent(message, when, reason=f"{by} says that it arrived"):
                _decide(message, "unknown", {})
        elif outcome == "lost":
            _decide(message, "unknown", {"state": "failed", "reason": f"{by} says that it never arrived"[:300]})
        else:
            _decide(message, "unknown", {**_afresh(at), "reason": f"{by} sends it again"[:300]})
        audited(by, "settle mail", message, outcome)
    message.refresh_from_db()


def _decide(message: Message, states, changes: dict) -> None:
    states = (states,) if isinstance(states, str) else states
    if not Message.objects.filter(pk=message.pk, state__in=states).update(**changes or {"state": "unknown"}):
        message.refresh_from_db()
        raise Refusal(f"The {message} is {message.state} by now; look again before deciding.", code="changed")


def _afresh(at: datetime) -> dict:
    return {"state": "queued", "send_at": at, "retry_at": None, "handed_at": None, "claimed_by": "", "claimed_at": None}


@dataclass(frozen=True)
class Reconciled:
    """How many mails in doubt the relay's log has settled: `sent` it took, `again` it never had, `left` in doubt."""

    sent: int
    again: int
    left: int


def reconcile(seen: Iterable[str], *, complete_until: datetime | None = None, by=None) -> Reconciled:
    """Settle mails in doubt by the Message-IDs that the relay's log shows as taken.

    When the log is complete up to a moment, what was handed over before and isn't in it never arrived, and goes again.
    Leave a few minutes between the last send and that moment: the relay may still have been writing.
    """
    at = now()
    known = {_bare(one) for one in seen}
    done = again = left = 0
    for message in Message.objects.filter(state="unknown").select_related("person__account", "tip").order_by("pk"):
        if _bare(message.message_id) in known:
            done += outbox.sent(message, message.handed_at or at, reason="found in the relay's log")
        elif complete_until is not None and message.handed_at is not None and message.handed_at < complete_until:
            changes = {**_afresh(at), "reason": "the relay's log shows that it never arrived"}
            again += Message.objects.filter(pk=message.pk, state="unknown").update(**changes)
        else:
            left += 1
    if done or again:
        audited(by, "reconcile", "outbox", f"{done} sent, {again} again, {left} left")
    return Reconciled(done, again, left)


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>").lower()
