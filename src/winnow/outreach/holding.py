"""Mails that nobody but a person can understand: held, and settled by who looks at them."""

import email
from datetime import datetime

from django.db import transaction

from winnow.leads.addresses import normalise_email
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.mailbox import IncomingMail
from winnow.outreach import replies, signature
from winnow.outreach.classify import classify
from winnow.outreach.forwards import Forwarded, forwarded

LONGEST = {"email": 254, "name": 240, "company": 300, "phone": 60, "title": 200, "message": 20_000}


def make_inquiry(mail: IncomingMail, said: dict[str, str], *, by, at: datetime | None = None) -> IncomingMail:
    """An inquiry of whom `said` names: email, name, company, phone, title, message. Refusal says what is amiss."""
    at = at or now()
    said = {name: str(said.get(name, "")).replace("\0", "").strip() for name in LONGEST}
    for name, text in said.items():
        if len(text) > LONGEST[name]:
            raise Refusal(f"{name} is {len(text)} characters long where {LONGEST[name]} are the most; shorten it.")
    if said["email"] and not normalise_email(said["email"]).identifies:
        raise Refusal(f"“{said['email']}” is no address that tells somebody; correct it, or leave it out.")
    if not (said["email"] or said["phone"] or said["name"]):
        raise Refusal("Nobody is named; give an address, a telephone number or a name.")
    with transaction.atomic():
        mine = _still_held(mail)
        done = replies.inquire(
            mine, said["email"], said["name"], [said["message"]], at, happened_at=mine.received_at, by=by,
            company=said["company"], phone=said["phone"], title=said["title"],
        )
        if mine.person_id is None:
            raise Refusal(f"It can't be taken in: {done.removeprefix('kept: ')}.")
        _settle(mine, f"{done}, read by {by}")
        audited(by, "read mail", mine, f"person {mine.person_id}")
    return mine


def set_aside(mail: IncomingMail, *, by) -> IncomingMail:
    """It is nothing for us, somebody says; the mail stays."""
    with transaction.atomic():
        mine = _still_held(mail)
        _settle(mine, f"set aside by {by}")
        audited(by, "set mail aside", mine, mine.subject)
    return mine


def _still_held(mail: IncomingMail) -> IncomingMail:
    mine = IncomingMail.objects.select_for_update().get(pk=mail.pk)
    if not mine.held:
        raise Refusal(f"“{mine}” waits for nobody any more: {mine.did}.")
    return mine


def _settle(mine: IncomingMail, did: str) -> None:
    mine.held, mine.did = "", did[:300]
    mine.save(update_fields=["held", "did", "kind", "person"])


def proposed(mail: IncomingMail) -> dict[str, str]:
    """What the form of a held mail shows at first: whatever can be guessed of who wrote it; nothing of it is sure."""
    judged, is_ours = classify(bytes(mail.raw)), replies.colleagues()
    parsed = email.message_from_bytes(bytes(mail.raw))
    inner = forwarded(parsed, judged.subject, judged.text, is_ours) or Forwarded()
    others = [one for one in (judged.answers_to, judged.sender) if one and not is_ours(one)]
    address = inner.address or (others[0] if others else "")
    name = inner.name or ("" if is_ours(judged.sender) else judged.name)
    text = inner.text or judged.text
    message = "\n".join(filter(None, [inner.subject or mail.subject, text]))[: LONGEST["message"]]
    return {"email": address, "name": name, "message": message} | signature.read(text, name, address)
