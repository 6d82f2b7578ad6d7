"""Mail that comes in: kept whole, judged, and landed on the right person and the right mail of ours.

Who writes without being known, or with nothing open, is an inquiry like one by a form. An automatic answer changes
nothing. What is claimed about an address (a bounce, a complaint) counts only when we wrote
to it: anybody can send us a mail. What a colleague forwards is an inquiry of whoever wrote it. What can't be understood
is held, and stands where people see it.
"""

import email
import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction

from winnow.leads.addresses import company_domain, normalise_email
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.mailbox import IncomingMail
from winnow.leads.message import Message
from winnow.leads.person import Identity, Person
from winnow.leads.record import recording
from winnow.leads.user import User
from winnow.outreach import clicks, outbox, programmes, sender, signature, unsubscribe
from winnow.outreach.classify import LARGEST, Judged, classify
from winnow.outreach.forwards import Forwarded, forwarded
from winnow.outreach.mailparts import new_words, storable
from winnow.policy import facts

WRITTEN_WITHIN = timedelta(days=60)
TAKEN_WITHIN = timedelta(minutes=1)
"""A mail that was kept longer ago than this and is not done was left by something that broke: the worker does it."""
FINISHED_WITHIN = timedelta(days=3)
SYSTEM = "mail"
"""The system of inquiries that came by mail; their key is the fingerprint of the bytes."""
NOBODY = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply\b", re.I)
COULD_NOT = "could not be done"

log = logging.getLogger("winnow.mail")
_LEAVING = re.compile(
    r"\W*(?:please |bitte |merci de me |me )?(?:(?:unsubscribe|remove)(?: me)?|stop|abmelden|abbestellen|austragen"
    r"|désabonner|desabonner|désinscrire|desinscribir|darme de baja|baja|cancelar suscripción)\W*", re.I,
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: its row, what it was judged to be, and what was done, in words."""

    mail: IncomingMail
    judged: Judged
    did: str
    again: bool = False


def take_mail(raw: bytes, *, at: datetime | None = None, note: str = "") -> Outcome:
    """Keep a mail that came in, then do what it asks for. The same bytes again change nothing, nor does the same mail
    by another way: by its Message-ID, date and sender. `note` is what is to be said of how it came.

    It is kept, whole and for good, before anything is made of it: what breaks after that, the worker finishes.
    """
    at = at or now()
    judged = classify(raw)
    digest = hashlib.sha256(raw).hexdigest()
    kept = {
        "digest": digest, "raw": raw[:LARGEST], "received_at": at, "hard": judged.hard,
        "address": storable(judged.address)[:254], "subject": judged.subject[:300], "text": new_words(judged.text),
        "reason": storable("; ".join(filter(None, [judged.reason, judged.sealed, note])))[:300],
        "attachments": [list(one) for one in judged.attachments], "fingerprint": _fingerprint(judged),
    }  # fmt: skip
    try:
        with transaction.atomic():
            mail = IncomingMail.objects.create(kind=judged.kind, **kept)
    except IntegrityError:
        mail = IncomingMail.objects.filter(digest=digest).first() or _copy(kept)
    except (DataError, ValueError) as error:  # whatever is odd about it: its bytes are kept, and somebody looks
        log.warning("a mail can't be described", exc_info=error)
        said = _hold(mail := IncomingMail(digest=digest, raw=raw[:LARGEST], received_at=at, kind="none"), "it is odd")
        mail.did = said
        mail.save()
    return _do(mail.pk, judged, at)


def _fingerprint(judged: Judged) -> str | None:
    """What is the same of a mail however it came; None where it has no Message-ID."""
    if not judged.message_id:
        return None
    return hashlib.sha256("\0".join((judged.message_id, judged.sender, judged.date)).encode()).hexdigest()


def _copy(kept: dict) -> IncomingMail:
    """Keep what came before by another way."""
    first = IncomingMail.objects.exclude(kind="copy").get(fingerprint=kept["fingerprint"])
    said = {"did": f"nothing: it is the same as mail {first.pk}", "message": first.message, "person": first.person}
    return IncomingMail.objects.get_or_create(digest=kept["digest"], defaults=kept | said | {"kind": "copy"})[0]


def _do(number: int, judged: Judged, at: datetime) -> Outcome:
    """Do what a kept mail asks for, unless it is done."""
    with transaction.atomic():
        mail = IncomingMail.objects.select_for_update().get(pk=number)
        if mail.did and not mail.did.startswith(COULD_NOT):
            return Outcome(mail, judged, mail.did, again=True)
        mail.held = ""
        mail.did = _did(mail, judged, at)[:300]
        mail.save(update_fields=["did", "kind", "message", "person", "held", "text"])
    return Outcome(mail, judged, mail.did)


def finish_kept(limit: int = 20, at: datetime | None = None) -> int:
    """Do what mails ask for that were kept just before something broke. Returns how many were done; for the due loop.

    What can't be done at all says so where the mail is shown, and is tried again when the mail is brought in again.
    """
    at = at or now()
    left = IncomingMail.objects.filter(did="", received_at__range=(at - FINISHED_WITHIN, at - TAKEN_WITHIN))
    done = 0
    for mail in left.order_by("received_at")[:limit]:
        try:
            done += not _do(mail.pk, classify(bytes(mail.raw)), at).again
        except (DataError, IntegrityError, ValueError, TypeError, LookupError, AttributeError) as error:
            log.warning("mail %d could not be done", mail.pk, exc_info=error)
            said = f"{COULD_NOT}: {error}"[:300].replace("\0", "")
            IncomingMail.objects.filter(pk=mail.pk, did="").update(did=said, held=said)
    return done


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
    if judged.reason.startswith(("unreadable", "nobody sent it")):
        return _hold(mail, f"it can't be told who wrote it: {judged.reason}")
    return "kept; there is nothing to do"


def _hold(mail: IncomingMail, why: str) -> str:
    """Somebody has to look at it."""
    mail.held = why[:300]
    return f"waits for somebody: {why}"


# -- to whom it belongs ----------------------------------------------------------------------------------------------
def _message_of(judged: Judged) -> Message | None:
    """Our mail that this one answers or reports on: by our Message-ID, which nobody can guess."""
    domain = sender.from_address()[1].rpartition("@")[2]
    about = (*judged.about, *(f"<{token}@{domain}>" for token in judged.tokens))
    found = Message.objects.filter(message_id__in=about).select_related("person__account", "tip", "enrolment")
    by_id = {message.message_id: message for message in found}
    return next((by_id[one] for one in about if one in by_id), None)


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
    is_ours = colleagues()
    if is_ours(judged.sender) and (inner := _forwarded(mail, judged, is_ours)):
        writer = _person_of(inner.address)
        if message is None or person is None or writer != person:
            return _forward(mail, judged, inner, at)
        mail.text = new_words(inner.text)  # what they answered to a mail of ours, passed on by a colleague
    mail.message, mail.person = message, person
    if person is None or (message is None and Cycle.open_for(person) is None):
        return _inquiry(mail, judged, at, is_ours)
    with recording(person.account, at=at) as history:
        code = message.tip.code if message is not None and message.tip else ""
        history.append(facts.MailReplied(person=person.pk, mail=code))
    stopped = programmes.stop_for(person, "replied", at)
    if message is not None and message.clicks.filter(machine="", confirmed_at=None).exists():
        clicks.confirm(message, clicks.WORDS["mail_replied"], at)
    return f"{person} replied" + ("; the programme has stopped" if stopped else "")


def _inquiry(mail: IncomingMail, judged: Judged, at: datetime, is_ours) -> str:
    """Somebody writes of their own accord: recorded like what comes by a form, with its clock and its cycle."""
    if is_ours(judged.sender):
        if judged.answers_to and not is_ours(judged.answers_to):  # as the forms of a site write to their owner
            return _hold(mail, f"it comes from {judged.sender}, but answers would go to {judged.answers_to}")
        return f"kept: {judged.sender} is one of us"
    if NOBODY.match(judged.sender):
        return f"kept: nobody reads what is sent to {judged.sender}"
    if judged.spam:
        return _hold(mail, "the mail server takes it for spam")
    words = [mail.subject, mail.text, f"[The mail {judged.sealed}.]" if judged.sealed else ""]
    return inquire(mail, judged.sender, judged.name, words, at, whole=judged.text)


def inquire(
    mail: IncomingMail, address: str, name: str, words: list[str], at: datetime, *, whole: str = "",
    happened_at: datetime | None = None, said: dict | None = None, by=None, **given,
) -> str:
    """Make the inquiry that a mail is, and say so. `whole` is the text whose signature is read; `given` are fields that
    somebody typed; `said` goes with the answers."""
    first, last = _named(name)
    read = {field: value for field, value in signature.read(whole, name, address).items() if not given.get(field)}
    answers = dict(said or {})
    if read:
        answers["read_from_signature"] = "; ".join(f"{field}: {value}" for field, value in read.items())
    fields = {"first_name": first, "last_name": last} | read | {name: value for name, value in given.items() if value}
    (taken,) = take_inquiries([
        Incoming(
            external_id=mail.digest, system=SYSTEM, captured_at=min(happened_at or at, at), email=address,
            channel="email", source="mail", message="\n".join(filter(None, words))[:20_000], evidence_source="mail",
            answers=answers, **fields,
        )
    ], at=at, by=by)  # fmt: skip
    if taken.person_id is None:
        return f"kept: {taken.reason}"
    mail.kind, mail.person = "inquiry", Person.objects.get(pk=taken.person_id)
    return f"an inquiry of {mail.person}, by mail"


# -- what colleagues pass on -----------------------------------------------------------------------------------------
def colleagues():
    """A function that says of an address whether it is one of us: a user's, ours, or of a domain that a user has."""
    own = sender.from_address()[1].lower()
    addresses = {own, *(one.lower() for one in User.objects.filter(is_active=True).values_list("email", flat=True))}
    domains = {company_domain(one.rpartition("@")[2]) for one in addresses} - {None}

    def is_ours(address: str) -> bool:
        return address in addresses or company_domain(address.rpartition("@")[2]) in domains

    return is_ours


def _forwarded(mail: IncomingMail, judged: Judged, is_ours) -> Forwarded | None:
    return forwarded(email.message_from_bytes(bytes(mail.raw)), judged.subject, judged.text, is_ours)


def _forward(mail: IncomingMail, judged: Judged, inner: Forwarded, at: datetime) -> str:
    """An inquiry of whoever wrote what a colleague forwards; held where that can't be told."""
    mail.text = inner.text[:10_000] or mail.text
    if not inner.address:
        who = f" ({inner.name} by name)" if inner.name else ""
        return _hold(mail, f"{judged.sender} forwards it, and the address of who wrote it{who} isn't in it")
    words = [inner.subject, new_words(inner.text), f"[{judged.sender}: {inner.note}]" if inner.note else ""]
    done = inquire(
        mail, inner.address, inner.name, words, at, whole=inner.text, happened_at=inner.sent_at,
        said={"forwarded_by": judged.sender},
    )
    return f"{done}, forwarded by {judged.sender}"


def _named(name: str) -> tuple[str, str]:
    """First and last name of what a mail program writes: `Lee, Ann` and `Ann Lee` are the same."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        first, _, last = name.rpartition(" ")
    return first.strip()[:120], last.strip()[:120]


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
