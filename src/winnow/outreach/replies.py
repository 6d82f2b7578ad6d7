"""Mail that comes in: kept whole, judged, and landed on the right person and the right mail of ours.

An automatic answer changes nothing. What is claimed about an address (a bounce, a complaint) counts only when we wrote
to it: anybody can send us a mail.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from winnow.leads.addresses import normalise_email
from winnow.leads.clock import now
from winnow.leads.mailbox import IncomingMail
from winnow.leads.message import Message
from winnow.leads.person import Identity, Person
from winnow.leads.record import recording
from winnow.outreach import clicks, outbox, programmes, unsubscribe
from winnow.outreach.classify import LARGEST, Judged, classify
from winnow.policy import facts

WRITTEN_WITHIN = timedelta(days=60)
_LEAVING = re.compile(
    r"\W*(?:please |bitte |merci de me |me )?(?:(?:unsubscribe|remove)(?: me)?|stop|abmelden|abbestellen|austragen"
    r"|désabonner|desabonner|désinscrire|desinscribir|darme de baja|baja|cancelar suscripción)\W*", re.I,
)  # fmt: skip
_QUOTED = re.compile(
    r"^(?:>|-{2,} ?(?:original message|ursprüngliche nachricht|message d.origine|mensaje original)|on .{5,120}\bwrote:"
    r"|am .{5,120}\bschrieb\b.{0,120}:|le .{5,120}\ba écrit ?:|el .{5,120}\bescribió:"
    r"|_{10,}|(?:from|von): .{1,200})", re.I,
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: its row, what it was judged to be, and what was done, in words."""

    mail: IncomingMail
    judged: Judged
    did: str
    again: bool = False


def take_mail(raw: bytes, *, at: datetime | None = None) -> Outcome:
    """Keep a mail that came in and do what it asks for. The same bytes again change nothing."""
    at = at or now()
    judged = classify(raw)
    digest = hashlib.sha256(raw).hexdigest()
    with transaction.atomic():
        try:
            with transaction.atomic():
                mail = IncomingMail.objects.create(
                    digest=digest, raw=raw[:LARGEST], received_at=at, kind=judged.kind, hard=judged.hard,
                    address=judged.address[:254], subject=judged.subject.replace("\0", "")[:300],
                    text=new_words(judged.text), reason=judged.reason[:300],
                )  # fmt: skip
        except IntegrityError:
            mail = IncomingMail.objects.get(digest=digest)
            return Outcome(mail, judged, mail.did, again=True)
        mail.did = _did(mail, judged, at)[:300]
        mail.save(update_fields=["did", "message", "person"])
    return Outcome(mail, judged, mail.did)


def _did(mail: IncomingMail, judged: Judged, at: datetime) -> str:
    match judged.kind:
        case "bounce":
            return _bounce(mail, judged, at)
        case "complaint":
            return _complaint(mail, judged, at)
        case "reply":
            return _reply(mail, judged, at)
        case "auto_reply":
            mail.message = _message_of(judged)
            mail.person = mail.message.person if mail.message else None
            return "an automatic answer changes nothing"
        case "delivered":
            mail.message = _message_of(judged)
            return _delivered(mail.message, at)
    return "kept; there is nothing to do"


# -- to whom it belongs ----------------------------------------------------------------------------------------------
def _message_of(judged: Judged) -> Message | None:
    """Our mail that this one answers or reports on: by our Message-ID, which nobody can guess."""
    found = Message.objects.filter(message_id__in=judged.about).select_related("person__account", "tip", "enrolment")
    by_id = {message.message_id: message for message in found}
    return next((by_id[one] for one in judged.about if one in by_id), None)


def _message_to(address: str, at: datetime) -> Message | None:
    """The last mail of ours to that address, if it is not long ago."""
    own = {address, normalise_email(address).normalised or address}
    went = Message.objects.filter(address__in=own, state__in=("sent", "sending", "unknown"))
    recent = went.filter(handed_at__gt=at - WRITTEN_WITHIN).select_related("person__account", "tip", "enrolment")
    return recent.order_by("-handed_at").first()


def _person_of(address: str) -> Person | None:
    found = normalise_email(address)
    if not found.identifies:
        return None
    identity = Identity.objects.filter(kind="email", value=found.normalised).select_related("person__account").first()
    return identity.person.now_is() if identity else None


# -- what each kind does ---------------------------------------------------------------------------------------------
def _bounce(mail: IncomingMail, judged: Judged, at: datetime) -> str:
    message = _message_of(judged) or _message_to(judged.address, at)
    if message is None:
        return f"nothing: we have not written to {judged.address or 'that address'} lately"
    mail.message, mail.person = message, message.person
    if any(one.delayed for one in judged.recipients):
        return "nothing yet: the other side is still trying"
    if message.bounces.exists():
        return "nothing: that mail had come back before"
    outbox.lock_account(message)
    came_back = Message.objects.filter(pk=message.pk, state__in=("sent", "unknown", "sending"))
    reason = f"came back: {judged.reason}"
    came_back.update(state="failed", reason=reason[:300])
    outbox.bounced(message, hard=bool(judged.hard), status=judged.status, reason=judged.reason, at=at)
    after = "the address gets no mail any more" if judged.hard else "three such in fifteen days end it"
    return f"{message.address} {reason}; {after}"


def _complaint(mail: IncomingMail, judged: Judged, at: datetime) -> str:
    message = _message_of(judged) or _message_to(judged.address, at)
    if message is None and not _person_of(judged.address):
        return f"nothing: we have not written to {judged.address or 'that address'} lately"
    mail.message = message
    mail.person = message.person if message else _person_of(judged.address)
    address = message.address if message else judged.address
    unsubscribe.opt_out(address, person=mail.person, how="complaint", at=at, reason=judged.reason)
    return f"{address} gets no marketing mail any more"


def _reply(mail: IncomingMail, judged: Judged, at: datetime) -> str:
    if said := _asks_to_leave(mail, judged, at):
        return said
    message = _message_of(judged)
    person = message.person.now_is() if message is not None and message.person else _person_of(judged.sender)
    mail.message, mail.person = message, person
    if person is None:
        return f"kept: {judged.sender} is nobody that we know"
    with recording(person.account, at=at) as history:
        code = message.tip.code if message is not None and message.tip else ""
        history.append(facts.MailReplied(person=person.pk, mail=code))
    stopped = programmes.stop_for(person, "replied", at)
    if message is not None and message.clicks.filter(machine="", confirmed_at=None).exists():
        clicks.confirm(message, clicks.WORDS["mail_replied"], at)
    return f"{person} replied" + ("; the programme has stopped" if stopped else "")


def _asks_to_leave(mail: IncomingMail, judged: Judged, at: datetime) -> str:
    """The mail that a mail program sends for List-Unsubscribe, and the one-word answer."""
    secret = re.fullmatch(r"\s*unsubscribe\s+([\w-]{10,200})\s*", judged.subject, re.I)
    link = unsubscribe.link_of(secret.group(1)) if secret else None
    if link is not None:
        mail.message, mail.person = link.message, link.message.person
        unsubscribe.opt_out(link.message.address, person=link.message.person, how="mail", at=at)
        return f"{link.message.address} gets no marketing mail any more"
    words = mail.text.strip()
    bare = _LEAVING.fullmatch(judged.subject) if not words else _LEAVING.fullmatch(words.splitlines()[0].strip())
    if not bare or len(words) > 400:
        return ""
    message = _message_of(judged)
    person = message.person if message is not None else _person_of(judged.sender)
    if person is None and _message_to(judged.sender, at) is None:
        return ""
    mail.message, mail.person = message, person
    address = message.address if message is not None else judged.sender
    unsubscribe.opt_out(address, person=person, how="mail", at=at, reason=words[:200])
    return f"{address} gets no marketing mail any more"


def _delivered(message: Message | None, at: datetime) -> str:
    if message is None:
        return "nothing: it is about no mail of ours"
    when, why = message.handed_at or at, "the other side confirms it"
    if message.state == "unknown" and outbox.sent(message, when, reason=why):
        return "the mail that was in doubt did arrive"
    return "nothing: we knew that it went"


def new_words(text: str) -> str:
    """What somebody wrote, without what they quote below it and without the signature."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTED.match(line.strip()) or line.rstrip() == "--" or line == "-- ":
            break
        lines.append(line.rstrip())
    words = "\n".join(lines).strip()
    return (words or text.strip())[:10_000]
