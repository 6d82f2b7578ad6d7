"""Programmes: who is in, what comes next, and when a place ends. One open programme per person; each tip at most once.

`advance_due` runs in the worker's loop. It writes at most one mail per person and pace; sending is the outbox's.
"""

import hashlib
import time
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from winnow.leads.addresses import normalise_email
from winnow.leads.audit import AuditEntry, audited
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle, words
from winnow.leads.errors import Refusal
from winnow.leads.mailbox import KeptOut
from winnow.leads.message import Enrolment, Message, Programme, Tip
from winnow.leads.person import Person
from winnow.outreach import gate
from winnow.outreach.hours import House
from winnow.outreach.letter import fill, with_content
from winnow.outreach.phases import next_tip, phase_of

__all__ = [
    "add_tip", "advance_due", "auto_enrol", "enrol", "pause", "phase_of", "resume", "stop", "stop_ended", "stop_for",
]  # fmt: skip

BATCH = 100
FIRST_AFTER = timedelta(minutes=15)
"""The first mail waits so long, in which an enrolment can be taken back before anybody hears of it."""
LATE = timedelta(hours=2)
"""What should have gone longer ago than this waits for a person: after a long stop or a restore it may be wrong."""
IN_HAND = ("held", "queued", "sending")
NEVER_WENT = ("cancelled", "suppressed")
UNWANTED = ("opted_out", "complained", "suppressed", "bounced", "no_consent")
COMES_BACK = ("ready", "handed_off")
"""Reasons after which a place is taken up again by itself when the person is at nurturing again in the same cycle."""


# -- in and out ------------------------------------------------------------------------------------------------------
def enrol(person: Person, programme: Programme, *, by=None, at: datetime | None = None) -> Enrolment:
    """Put the person into the programme. Refusal says why not: suppressed, no consent, with sales, no address, or in a
    programme already. The same programme again in the same cycle takes the old place up again."""
    at = at or now()
    person = person.now_is()
    with transaction.atomic():
        if not programme.active:
            raise Refusal(f"{programme} has ended; choose another programme.", code="ended")
        candidate = gate.Candidate(person.email, person=person, programme=programme, hours=False, caps=False)
        why = gate.may_send(candidate, at)
        if why is not None and why.final:
            raise Refusal(f"{why.words}.", code=why.code)
        held = Enrolment.objects.filter(person=person, stopped_at=None).select_related("programme").first()
        if held is not None:
            raise Refusal(
                f"{person} is in {held.programme} since {held.started_at:%-d %B %Y}; take them out of that first.",
                code="enrolled",
            )
        place = Enrolment.objects.filter(programme=programme, person=person, cycle=Cycle.open_for(person)).first()
        place = place or Enrolment(programme=programme, person=person, cycle=Cycle.open_for(person), started_at=at)
        place.stopped_at, place.stop_reason, place.exhausted, place.by = None, "", False, by
        place.held_out = drawn(person, programme)
        place.due_at = None if place.held_out else _next_due(person, programme, at)
        try:
            with transaction.atomic():
                place.save()
        except IntegrityError:
            raise Refusal(f"{person} was put into a programme by somebody else meanwhile; look again.") from None
        KeptOut.objects.filter(cycle=place.cycle).delete()
        if by is not None:
            audited(by, "enrol", place, f"{person.pk} in {programme.code}")
    return place


def drawn(person: Person, programme: Programme) -> bool:
    """Whether the person belongs to those who get nothing, so that the effect can be told: by lot, and for ever."""
    lot = hashlib.sha256(f"holdout|{programme.pk}|{person.pk}".encode()).digest()
    return int.from_bytes(lot[:8], "big") % 100 < programme.holdout_percent


def _next_due(person: Person, programme: Programme, at: datetime) -> datetime:
    """Soon for who is new; for who comes back not before the pace since the last mail has passed."""
    last = Message.objects.filter(person=person, kind="marketing", state__in=("sent", "sending", "unknown"))
    last = last.aggregate(last=Max("send_at"))["last"]
    due = at + FIRST_AFTER
    if last is not None:
        due = max(due, last + timedelta(days=programme.pace_days))
    return House().next_open(due, person)


def stop(enrolment: Enrolment, reason: str, at: datetime | None = None, by=None) -> bool:
    """End a place, now, and call back what waits in the outbox. False when it was ended before."""
    at = at or now()
    with transaction.atomic():
        if not Enrolment.objects.filter(pk=enrolment.pk, stopped_at=None).update(
            stopped_at=at, stop_reason=reason[:40], due_at=None
        ):
            return False
        Message.objects.filter(enrolment=enrolment, state__in=("held", "queued")).update(
            state="suppressed" if reason in UNWANTED else "cancelled",
            reason=f"the programme was stopped: {words(reason)}"[:300]
        )
        enrolment.stopped_at, enrolment.stop_reason, enrolment.due_at = at, reason[:40], None
        if by is not None:
            audited(by, "stop programme", enrolment, reason)
    return True


def stop_for(person: Person, reason: str, at: datetime | None = None, by=None) -> int:
    """End every place of the person, and of those merged into them. Returns how many."""
    ids = gate._groups([person.pk])[person.pk].ids
    open_places = Enrolment.objects.filter(person__in=ids, stopped_at=None)
    return sum(stop(place, reason, at, by) for place in open_places)


_ENDED = """
SELECT e.id FROM leads_enrolment e
JOIN leads_cycle c ON c.id = e.cycle_id
JOIN leads_person p ON p.id = e.person_id
JOIN leads_programme g ON g.id = e.programme_id
WHERE e.stopped_at IS NULL AND (
    c.stage NOT IN ('new', 'nurturing') OR p.merged_into_id IS NOT NULL
    OR e.started_at + make_interval(months => g.months) < %(at)s)
ORDER BY e.id LIMIT %(limit)s"""


def stop_ended(limit: int = 500, at: datetime | None = None) -> int:
    """End the places of people who went on, were merged, or have been in for as long as the programme lasts.

    Nothing depends on how soon this runs: the gate asks for the stage itself whenever a mail would go.
    """
    at = at or now()
    with connection.cursor() as cursor:
        cursor.execute(_ENDED, {"at": at, "limit": limit})
        ended = [row[0] for row in cursor.fetchall()]
    for place in Enrolment.objects.filter(pk__in=ended).select_related("cycle", "person"):
        stop(place, _over(place) or "over", at)
    return len(ended)


# -- by itself -------------------------------------------------------------------------------------------------------
_WAITING = """
SELECT c.id FROM leads_cycle c
JOIN leads_person p ON p.id = c.person_id AND p.merged_into_id IS NULL
WHERE c.stage = 'nurturing' AND c.line = ''
  AND NOT EXISTS (SELECT 1 FROM leads_enrolment e WHERE e.person_id = c.person_id AND e.stopped_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM leads_enrolment e WHERE e.cycle_id = c.id AND NOT e.stop_reason = ANY(%(back)s))
  AND NOT EXISTS (SELECT 1 FROM leads_keptout k WHERE k.cycle_id = c.id AND k.again_at > %(at)s)
  -- A history that was brought in starts no mail: somebody inquired here, or somebody here decided.
  AND (EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.cycle_id = c.id AND NOT i.historic AND i.valid)
    OR EXISTS (SELECT 1 FROM leads_stagechange s
               WHERE s.cycle_id = c.id AND s.after = 'nurturing' AND s.by_id IS NOT NULL AND s.imported_id IS NULL))
ORDER BY c.id LIMIT %(limit)s"""


def auto_enrol(limit: int = 200, at: datetime | None = None) -> int:
    """Put people at stage nurturing who are in no programme into the one that takes them in by itself. Who may not be
    is kept with the reason and asked again a day later. Returns how many were looked at."""
    at = at or now()
    programme = Programme.objects.filter(auto_enrol=True, active=True, paused_at=None).first()
    if programme is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"back": list(COMES_BACK), "at": at, "limit": limit})
        waiting = [row[0] for row in cursor.fetchall()]
    for cycle in Cycle.objects.filter(pk__in=waiting).select_related("person__account").order_by("pk"):
        try:
            enrol(cycle.person, programme, at=at)
        except Refusal as refusal:
            why = {"programme": programme, "code": refusal.code[:30], "reason": str(refusal)[:300], "at": at,
                   "again_at": at + timedelta(days=1)}  # fmt: skip
            KeptOut.objects.update_or_create(cycle=cycle, defaults=why)
    return len(waiting)


# -- what comes next -------------------------------------------------------------------------------------------------
def restored_at() -> datetime | None:
    """When this database was last brought back from a backup: what was due before may have gone out since."""
    return AuditEntry.objects.filter(verb="restored").aggregate(last=Max("at"))["last"]


def late_words(due: datetime, at: datetime, restored: datetime | None) -> str:
    """Why a mail that was due then waits for a person now; empty when it may go."""
    if restored is not None and due < restored:
        return f"was due on {due:%-d %B %H:%M} UTC, before the restore: it may have been sent since"
    if at - due > LATE:
        return f"was due on {due:%-d %B %H:%M} UTC, {(at - due).total_seconds() / 3600:.0f} hours before"
    return ""


def advance_due(limit: int = BATCH) -> int:
    """Write the next mail of everybody whose turn it is, at most `limit`; returns how many places were looked after.

    Each place is a transaction of its own, claimed with SKIP LOCKED: workers share the work, one bad place stops none.
    """
    done = now_and_then()
    restored, advanced = None, 0
    while advanced < limit:
        at = now()
        with transaction.atomic():
            place = (
                Enrolment.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(stopped_at=None, due_at__lte=at, held_out=False)
                .filter(programme__active=True, programme__paused_at=None)
                .select_related("programme", "person__account", "cycle").order_by("due_at").first()
            )  # fmt: skip
            if place is None:
                break
            restored = restored or (restored_at(),)
            _advance(place, at, restored[0])
            advanced += 1
    return done + advanced


def _advance(place: Enrolment, at: datetime, restored: datetime | None) -> None:
    programme, person, due = place.programme, place.person, place.due_at
    if reason := _over(place):
        stop(place, reason, at)
        return
    candidate = gate.Candidate(person.email, person=person, enrolment=place)
    why = gate.may_send(candidate, at)
    if why is not None and why.final:
        stop(place, why.code, at)
        return
    if why is None and Message.objects.filter(person=person, kind="marketing", state__in=IN_HAND).exists():
        why = gate.Why("in_hand", "an earlier mail has not gone yet", at + timedelta(days=1))
    if why is not None:
        _postpone(place, House().next_open(why.until, person))
        return
    tip = _next_tip(place, at)
    if tip is None:
        Enrolment.objects.filter(pk=place.pk).update(exhausted=True, due_at=None)
        return
    late = late_words(due, at, restored)
    checked = "somebody looks at each mail of this programme first" if programme.person_checks else ""
    write(place, tip, at=at, state="held" if late or checked else "queued", reason=late or checked)
    _postpone(place, House().next_open(at + timedelta(days=programme.pace_days), person), exhausted=False)


def _over(place: Enrolment) -> str:
    """Why the place has ended, by its cycle or a merge; empty when it goes on."""
    if place.person.merged_into_id:
        return "merged"
    return "" if place.cycle.stage in ("new", "nurturing") else place.cycle.stage


def _postpone(place: Enrolment, until: datetime, **more) -> None:
    Enrolment.objects.filter(pk=place.pk).update(due_at=until, **more)


def _next_tip(place: Enrolment, at: datetime) -> Tip | None:
    tips = list(place.programme.tips.select_related("content"))
    ids = gate._groups([place.person_id])[place.person_id].ids
    went = Message.objects.filter(person__in=ids, tip__in=tips).exclude(state__in=NEVER_WENT)
    return next_tip(place.person, tips, set(went.values_list("tip_id", flat=True)), at)


def write(place: Enrolment, tip: Tip, *, at: datetime, state: str, reason: str = "") -> Message | None:
    """Put this tip for this person into the outbox. One that was called back before it went is taken up again.

    None when another worker has written it meanwhile.
    """
    person = place.person
    address = normalise_email(person.email).normalised
    body = with_content(fill(tip.body, person), tip.content)
    before = Message.objects.filter(tip=tip, person=person, state__in=NEVER_WENT).first()
    if before is not None:
        fresh = {"state": state, "reason": reason[:300], "send_at": at, "body": body, "enrolment": place,
                 "address": address, "retry_at": None, "handed_at": None}  # fmt: skip
        Message.objects.filter(pk=before.pk, state__in=NEVER_WENT).update(**fresh)
        return before
    try:
        with transaction.atomic():
            return Message.write(
                kind="marketing", address=address, subject=fill(tip.subject, person), body=body, at=at, state=state,
                reason=reason, person=person, enrolment=place, tip=tip,
            )  # fmt: skip
    except IntegrityError:
        return None
    except Refusal as refusal:
        return Message.objects.create(
            kind="marketing", address="", subject="", body=body, person=person, enrolment=place, tip=tip,
            message_id=f"<refused.{tip.pk}.{person.pk}@localhost>", state="failed", reason=str(refusal)[:300],
            send_at=at, created_at=at,
        )  # fmt: skip


def add_tip(programme: Programme, *, code: str, phase: str, subject: str, body: str, content=None, by=None) -> Tip:
    """A new tip at the end of the programme. Who has had all the others goes on with it."""
    with transaction.atomic():
        Programme.objects.select_for_update().get(pk=programme.pk)
        last = programme.tips.aggregate(last=Max("position"))["last"] or 0
        tip = Tip.objects.create(
            programme=programme, position=last + 1, code=code, phase=phase, subject=subject, body=body, content=content
        )
        wait = Enrolment.objects.filter(programme=programme, stopped_at=None, exhausted=True, held_out=False)
        wait.update(exhausted=False, due_at=now())
        audited(by, "add tip", tip, f"{code} to {programme.code}")
    return tip


# -- pausing ---------------------------------------------------------------------------------------------------------
def pause(programme: Programme, reason: str, *, by=None, at: datetime | None = None) -> bool:
    """Nothing of it goes out until somebody lets it go on. False when it stands still already."""
    at = at or now()
    with transaction.atomic():
        standing = Programme.objects.filter(pk=programme.pk, paused_at=None)
        if not standing.update(paused_at=at, pause_reason=reason[:200]):
            return False
        audited(by, "pause", programme, reason)
    programme.refresh_from_db()
    return True


def resume(programme: Programme, *, by=None, at: datetime | None = None) -> bool:
    """Let it go on. What fell due meanwhile is due now, and not late: somebody has just looked at it."""
    at = at or now()
    with transaction.atomic():
        paused = Programme.objects.filter(pk=programme.pk).exclude(paused_at=None)
        if not paused.update(paused_at=None, pause_reason=""):
            return False
        Enrolment.objects.filter(programme=programme, stopped_at=None, due_at__lt=at).update(due_at=at)
        waiting = Message.objects.filter(enrolment__programme=programme, state="queued")
        waiting.filter(send_at__lt=at).update(send_at=at)
        audited(by, "resume", programme)
    programme.refresh_from_db()
    return True


# -- what runs now and then ------------------------------------------------------------------------------------------
_last_run: dict[str, float] = {}


def now_and_then() -> int:
    """The slower duties of the loop, each at its own rhythm: ends, enrolments by themselves, clicks, complaints."""
    from winnow.outreach.clicks import confirm_clicks
    from winnow.outreach.health import watch_programmes

    duties = ((stop_ended, 15), (auto_enrol, 30), (confirm_clicks, 15), (watch_programmes, 60))
    done = 0
    for duty, seconds in duties:
        last = _last_run.get(duty.__name__)
        if last is None or time.monotonic() - last >= seconds:
            found = duty()
            done += found
            # A full batch: there is more of it.
            _last_run[duty.__name__] = time.monotonic() - (seconds if found >= 200 else 0)
    return done
