"""Leaving, and coming back: by the link in a mail, by its header, by mail, by complaint, or by hand.

Nothing but a POST, a mail or a person here ends up in this module; looking at the page changes nothing.
"""

import contextlib
from datetime import datetime

from django.db import OperationalError, transaction

from winnow.leads.addresses import normalise_email
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.fact import FactRow
from winnow.leads.inquiry import Consent
from winnow.leads.mailbox import MailLink, link_digest
from winnow.leads.message import Enrolment, Message, Suppression
from winnow.leads.person import Person
from winnow.leads.record import recording
from winnow.outreach import gate, programmes
from winnow.policy import facts

HOW = ("link", "one_click", "mail", "complaint", "by_hand")
TRIES = 5


def link_of(secret: str) -> MailLink | None:
    """The unsubscribe link of that secret; None when there is none. It never expires."""
    if not 10 <= len(secret) <= 200:
        return None
    found = MailLink.objects.filter(digest=link_digest(secret), scope="unsubscribe")
    return found.select_related("message__person").first()


def is_out(link: MailLink) -> bool:
    """Whether the address of that mail gets no marketing mail now."""
    digests = gate.hashes_of(link.message.address)
    return Suppression.objects.filter(address_hash__in=digests, lifted_at=None).exists()


def unsubscribe(secret: str, how: str = "link", at: datetime | None = None) -> MailLink | None:
    """Nothing more to the address of that mail, and to whom it belongs. None for an unknown secret. Doing it twice
    changes nothing the second time."""
    link = link_of(secret)
    if link is not None:
        opt_out(link.message.address, person=link.message.person, how=how, at=at)
    return link


def undo(secret: str, at: datetime | None = None) -> MailLink | None:
    """The person takes it back: they pressed a button that says that they want the mails."""
    link = link_of(secret)
    if link is None or not is_out(link):
        return link
    wording = "Pressed “Undo: keep sending me these mails” on the page that said they were unsubscribed."
    come_back(link.message.address, person=link.message.person, how="undo", wording=wording, at=at)
    return link


def opt_out(
    address: str, *, person: Person | None = None, how: str, at: datetime | None = None, by=None, reason: str = ""
) -> bool:
    """Suppress the address, record it, keep the consent that was taken back, end the programmes and call back what
    waits, in one transaction. False when all that was so before."""
    if how not in HOW:
        raise Refusal(f"People leave by {', '.join(HOW)}; {how!r} is none of these.")
    at = at or now()
    return _insist(lambda: _opt_out(address, person, how, at, by, reason))


def _opt_out(address: str, person: Person | None, how: str, at: datetime, by, reason: str) -> bool:
    with transaction.atomic():
        if person is None:
            new = _suppress(address, how, at, by, reason)
            _call_back(address, how)
            return new
        person = person.now_is()
        with recording(person.account, at=at, by=by) as history:
            new = _suppress(address, how, at, by, reason)
            last = Consent.objects.filter(person=person, purpose="marketing").order_by("-at", "-id").first()
            if new or last is None or last.given:
                Consent.objects.create(person=person, given=False, how=how, wording=reason, at=history.at)
                history.append(facts.OptedOut(person=person.pk, how=how))
                new = True
            programmes.stop_for(person, "complained" if how == "complaint" else "opted_out", at)
            _call_back(address, how)
        return new


def _call_back(address: str, how: str) -> None:
    own = {address.strip(), address.strip().lower(), normalise_email(address).normalised or address}
    waiting = Message.objects.filter(address__in=own, kind="marketing", state__in=("held", "queued"))
    waiting.update(state="suppressed", reason=f"the address opted out ({how.replace('_', ' ')})")


def _suppress(address: str, how: str, at: datetime, by, reason: str) -> bool:
    new = False
    for digest in sorted(gate.hashes_of(address)):
        row, made = Suppression.objects.get_or_create(address_hash=digest, defaults={"reason": how, "at": at})
        if not made and row.lifted_at is not None:
            made = bool(
                Suppression.objects.filter(pk=row.pk).exclude(lifted_at=None).update(reason=how, at=at, lifted_at=None)
            )
        new = new or made
    if by is not None:
        audited(by, "suppress", "address", reason)
    return new


def come_back(
    address: str, *, person: Person | None = None, how: str, wording: str, at: datetime | None = None, by=None
) -> None:
    """Lift the suppression on the person's own word, which is kept; what the opting out cost in points is taken back,
    and the programme it ended goes on where it may."""
    at = at or now()
    _insist(lambda: _come_back(address, person, how, wording, at, by))


def _come_back(address: str, person: Person | None, how: str, wording: str, at: datetime, by) -> None:
    with transaction.atomic():
        if person is None:
            _lift(address, at, by)
            return
        person = person.now_is()
        with recording(person.account, at=at, by=by) as history:
            _lift(address, at, by)
            Consent.objects.create(person=person, given=True, how=how, wording=wording, at=history.at)
            history.append(facts.Consented(person=person.pk, purpose="marketing", given=True))
            out = FactRow.objects.filter(person=person, kind="opted_out").order_by("-id").first()
            gone = out is not None and FactRow.objects.filter(kind="withdrawn", other_id=out.pk).exists()
            if out is not None and not gone:
                history.append(facts.Withdrawn(person=person.pk, fact=out.pk))
    ended = Enrolment.objects.filter(person=person, stop_reason="opted_out").order_by("-stopped_at")
    place = ended.select_related("programme").first()
    if place is not None:
        # Refused when somebody decided otherwise meanwhile, or they are with sales: nothing to take up again.
        with contextlib.suppress(Refusal):
            programmes.enrol(person, place.programme, by=by, at=at)


def _lift(address: str, at: datetime, by) -> None:
    Suppression.objects.filter(address_hash__in=gate.hashes_of(address), lifted_at=None).update(lifted_at=at)
    if by is not None:
        audited(by, "lift suppression", "address")


def _insist(act):
    """Do it even when the database breaks a deadlock or is busy: nobody is told to try again to leave."""
    for number in range(TRIES):
        try:
            return act()
        except OperationalError:
            if number == TRIES - 1:
                raise
    return None
