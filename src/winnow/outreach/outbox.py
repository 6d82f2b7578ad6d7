"""The outbox: every mail goes once or is known not to have gone; what nobody knows is `unknown` and waits for a person.

queued -> sending (claimed, committed) -> handed over (committed) -> sent. The relay hears of a mail only after the
second commit, so that a crash leaves at most the one mail in doubt that was just being handed over.
"""

import logging
import os
import secrets
import socket
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from winnow.leads.account import Account
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.mailbox import Bounce, MailLink
from winnow.leads.message import Message, address_hash
from winnow.leads.record import recording
from winnow.outreach import gate, programmes, relay, sender
from winnow.outreach.bounce_reasons import reason_of
from winnow.outreach.letter import compose
from winnow.policy import facts

log = logging.getLogger("winnow.outreach")

LEASE = timedelta(seconds=120)
"""A worker that has not moved a mail for so long, and of which nothing else is known, counts as dead."""

BACK_OFF_MINUTES = (1, 5, 15, 30)
_TOKEN = secrets.token_hex(4)


def worker_name() -> str:
    """Who claims: machine, process, and a token of this start: a process number used again isn't taken for us."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{_TOKEN}"


# -- the loop --------------------------------------------------------------------------------------------------------
def send_due(limit: int = 50) -> int:
    """Send what is due, at most `limit`; returns how many mails were moved on. Without a relay they wait."""
    moved = recover()
    if sender.waits_for("service"):
        return moved
    me = worker_name()
    claimed, decided = claim(limit, me)
    with relay.Relay() as line:
        for number, message in enumerate(claimed):
            try:
                line.open()
                _send(line, message, me)
            except relay.RelayTrouble as trouble:
                _wait(message, me, str(trouble))
                if line.closed:  # as good as nobody there: the rest is spared the attempt
                    _release(claimed[number + 1 :], me, str(trouble))
                    break
    return moved + decided + len(claimed)


def claim(limit: int, me: str, at: datetime | None = None) -> tuple[list[Message], int]:
    """Claim due mails as `sending`, passing each through the gate in the same transaction. Returns those claimed, and
    how many others were decided: held for being late, suppressed, called back, or put off."""
    at = at or now()
    wanted = Q(state="queued", send_at__lte=at) & (Q(retry_at=None) | Q(retry_at__lte=at))
    wanted &= Q(enrolment=None) | Q(enrolment__programme__paused_at=None, enrolment__programme__active=True)
    if sender.waits_for("marketing"):
        wanted &= ~Q(kind="marketing")
    with transaction.atomic():
        due = list(
            Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(wanted)
            .select_related("person__account", "enrolment__programme", "tip").order_by("send_at", "pk")[:limit]
        )  # fmt: skip
        if not due:
            return [], 0
        restored = programmes.restored_at()
        late = {message.pk: programmes.late_words(message.send_at, at, restored) for message in due}
        asked = [message for message in due if not late[message.pk]]
        people = sorted({m.person_id for m in asked if m.person_id})
        _one_at_a_time(people)
        answers = gate.may_send_many([gate.candidate_of(message) for message in asked], at)
        whys = {message.pk: why for message, why in zip(asked, answers, strict=True)}
        fine, leaving = [], []
        for message in due:
            if late[message.pk]:
                _move(message, state="held", reason=late[message.pk])
            elif (why := whys[message.pk]) is not None:
                leaving += _refused(message, why)
            else:
                fine.append(message)
        claimed = _claim_all(fine, me, at)
    _leave(leaving, at)
    return claimed, len(due) - len(claimed)


def _one_at_a_time(people: list[int]) -> None:
    """Two claims for one person wait for each other before they count its mails, always in the same order."""
    with connection.cursor() as cursor:
        for number in people:
            cursor.execute("SELECT pg_advisory_xact_lock(7461002, %s)", [number % 2147483647])


def _claim_all(messages: list[Message], me: str, at: datetime) -> list[Message]:
    """Claim them together; when the database's own gate disagrees about one, each by itself, and that one is held."""
    changes = {"state": "sending", "claimed_by": me, "claimed_at": at, "tries": F("tries") + 1}
    try:
        with transaction.atomic():
            Message.objects.filter(pk__in=[message.pk for message in messages]).update(**changes)
        claimed = messages
    except IntegrityError as error:
        if len(messages) > 1:
            return [message for one in messages for message in _claim_all([one], me, at)]
        log.error("mail %s was stopped by the database: %s", messages[0].pk, error)
        _move(messages[0], state="held", reason=str(error).splitlines()[0][:300])
        claimed = []
    for message in claimed:
        message.claimed_by, message.claimed_at = me, at
    return claimed


def _move(message: Message, **changes) -> None:
    Message.objects.filter(pk=message.pk).update(**changes)


def _refused(message: Message, why: gate.Why) -> list[tuple]:
    """Put it off, or end it; returns the place in a programme that ends with it, and why."""
    if not why.final:
        _move(message, state="queued", send_at=why.until, claimed_by="", claimed_at=None, reason=why.words[:300])
        return []
    state = "suppressed" if why.code in programmes.UNWANTED else "cancelled"
    _move(message, state=state, claimed_by="", claimed_at=None, reason=why.words[:300])
    return [(message.enrolment, why.code)] if message.enrolment_id and why.code not in ("stopped", "closed") else []


def _leave(leaving: list[tuple], at: datetime) -> None:
    """End the places. Not while mails are locked: everybody locks account, place, mail, in that order."""
    for place, code in leaving:
        programmes.stop(place, code, at)


# -- one mail --------------------------------------------------------------------------------------------------------
def _send(line: relay.Relay, message: Message, me: str) -> None:
    at = now()
    try:
        mail, links = compose(message, at)
    except Refusal as refusal:
        _mine(message, me).update(state="failed", reason=str(refusal)[:300])
        return
    if not _hand_over(message, links, me, at):
        return
    answer = line.deliver(sender.from_address()[1], message.address, mail.as_bytes())
    if answer.outcome == relay.TAKEN:
        sent(message, now(), me=me)
    elif answer.outcome == relay.UNSURE:
        _mine(message, me).update(state="unknown", reason=answer.said[:300])
    elif answer.outcome == relay.LATER:
        _wait(message, me, answer.said)
    else:
        _failed(message, me, answer)


def _mine(message: Message, me: str):
    return Message.objects.filter(pk=message.pk, state="sending", claimed_by=me)


_LAST_LOOK = """
UPDATE leads_message m SET handed_at = %(at)s
WHERE m.id = %(id)s AND m.state = 'sending' AND m.claimed_by = %(me)s AND (m.kind <> 'marketing' OR (
    NOT EXISTS (SELECT 1 FROM leads_suppression s WHERE s.address_hash = ANY(%(hashes)s) AND s.lifted_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM leads_cycle c WHERE c.person_id = m.person_id AND c.closed_at IS NULL
                    AND c.stage NOT IN ('new', 'nurturing'))
    AND NOT EXISTS (SELECT 1 FROM leads_consent c WHERE c.person_id = m.person_id AND NOT c.given
                    AND c.at >= m.claimed_at)
    AND NOT EXISTS (SELECT 1 FROM leads_enrolment e JOIN leads_programme g ON g.id = e.programme_id
                    WHERE e.id = m.enrolment_id AND (e.stopped_at IS NOT NULL OR g.paused_at IS NOT NULL))))"""


def _hand_over(message: Message, links: list[MailLink], me: str, at: datetime) -> bool:
    """Commit that the relay gets it now, after a last look: whoever opted out since the claim gets nothing.

    One statement asks what may have changed in those seconds; when something has, the whole gate says what it is.
    """
    asked = {"at": at, "id": message.pk, "me": me, "hashes": list(gate.hashes_of(message.address))}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LAST_LOOK, asked)
            if cursor.rowcount:
                MailLink.objects.bulk_create(links)
                return True
    except IntegrityError as error:  # the database's own gate
        log.warning("mail %s was stopped at the last moment: %s", message.pk, error)
    leaving = []
    with transaction.atomic():
        again = Message.objects.select_related("person__account", "enrolment__programme").get(pk=message.pk)
        why = gate.may_send(gate.candidate_of(again), at)
        if _mine(message, me).select_for_update(of=("self",)).exists():
            why = why or gate.Why("changed", "something changed while it was being sent", at + timedelta(minutes=1))
            leaving = _refused(again, why)
    _leave(leaving, at)
    return False


def sent(message: Message, at: datetime, *, me: str = "", reason: str = "") -> bool:
    """Commit that it went, with the fact. Compare-and-set: of two who say so one is heard."""
    open_ones = Message.objects.filter(pk=message.pk, state__in=("sending", "unknown"))
    if me:
        open_ones = open_ones.filter(claimed_by=me)
    changes = {"state": "sent", "sent_at": at, "reason": reason[:300]}
    try:
        with transaction.atomic():
            if message.person is None:
                return bool(open_ones.update(**changes))
            person = message.person.now_is()
            code = message.tip.code if message.tip else message.kind
            with recording(person.account) as history:
                if not open_ones.update(**changes):
                    return False
                history.append(facts.MailSent(person=person.pk, mail=code), happened=min(at, history.at))
            return True
    except Exception:  # it went; that must be kept even when the fact can't be
        log.exception("mail %s went, and its fact could not be recorded", message.pk)
        return bool(open_ones.update(**{**changes, "reason": "it went, but the fact could not be recorded"}))


def _wait(message: Message, me: str, said: str) -> None:
    """The relay has nothing of it: ask again later. After two hours it is late, and a person decides."""
    minutes = BACK_OFF_MINUTES[min(message.tries, len(BACK_OFF_MINUTES) - 1)]
    _mine(message, me).update(
        state="queued", claimed_by="", claimed_at=None, handed_at=None, reason=said[:300],
        retry_at=now() + timedelta(minutes=minutes),
    )  # fmt: skip


def _release(messages: list[Message], me: str, said: str) -> None:
    for message in messages:
        _wait(message, me, said)


def _failed(message: Message, me: str, answer: relay.Answer) -> None:
    """The relay refused it for good; a refused recipient is a bounce."""
    at = now()
    with transaction.atomic():
        lock_account(message)
        if not _mine(message, me).update(state="failed", reason=answer.said[:300]):
            return
        if answer.outcome == relay.NO_SUCH:
            reason = reason_of(answer.said, answer.status)
            hard = reason.hard or (reason.code == "refused" and answer.said.startswith(("550", "551", "553")))
            bounced(message, hard=hard, status=answer.status, reason=answer.said, at=at)


def lock_account(message: Message) -> None:
    """Lock the account before the mail: everybody locks account, place, mail, in that order."""
    if message.person is not None:
        Account.objects.select_for_update(no_key=True).get(pk=message.person.now_is().account_id)


def bounced(message: Message, *, hard: bool, status: str, reason: str, at: datetime) -> None:
    """Keep that a mail came back, as a fact too; an address that takes no mail leaves its programme."""
    Bounce.objects.create(
        address_hash=address_hash(message.address), message=message, at=at, hard=hard, status=status[:12],
        reason=reason[:300],
    )  # fmt: skip
    if message.person is None:
        return
    person = message.person.now_is()
    with recording(person.account, at=at) as history:
        code = message.tip.code if message.tip else message.kind
        history.append(facts.MailBounced(person=person.pk, mail=code, hard=hard))
    why = gate.may_send(gate.Candidate(message.address, "service"), at)
    if why is not None:
        programmes.stop_for(person, "bounced", at)


def forgive(address: str, *, by=None, at: datetime | None = None) -> int:
    """Somebody says that the address works again: what came back before counts no more. Returns how many bounces."""
    found = Bounce.objects.filter(address_hash__in=gate.hashes_of(address), forgiven_at=None)
    with transaction.atomic():
        done = found.update(forgiven_at=at or now())
        if done:
            audited(by, "forgive bounces", "address")
    return done


# -- after a crash ---------------------------------------------------------------------------------------------------
def recover(at: datetime | None = None) -> int:
    """Take back what dead workers had claimed: what was handed over is `unknown` from now on, the rest is queued again.

    Safe even when a worker only seemed dead: each of its steps asks whether the mail is still its own.
    """
    at = at or now()
    stuck = Message.objects.filter(state="sending").values_list("pk", "claimed_by", "claimed_at", "handed_at")
    recovered = 0
    for number, who, claimed_at, handed_at in stuck:
        if not _dead(who, handed_at or claimed_at, at):
            continue
        found = Message.objects.filter(pk=number, state="sending", claimed_by=who, handed_at=handed_at)
        if handed_at is None:
            recovered += found.update(state="queued", claimed_by="", claimed_at=None)
        else:
            reason = "the worker that was sending it died; nobody knows whether it went"
            recovered += found.update(state="unknown", reason=reason)
    if recovered:
        log.warning("%d mails of dead workers were taken back", recovered)
    return recovered


def _dead(who: str, since: datetime, at: datetime) -> bool:
    if who == worker_name():
        return False
    host, _, rest = who.partition(":")
    process = rest.partition(":")[0]
    if host == socket.gethostname()[:30] and process.isdigit():
        if int(process) == os.getpid():
            return True  # our number, another start
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
    return at - since > LEASE
