"""Double opt-in: a consent from a form is asked back by mail, and counts only once the owner of the address confirms.

The inquiry itself is taken in at once, whatever becomes of the consent. At most one such mail a day goes to an address,
whoever fills in whatever form; nobody can make Winnow write to strangers again and again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from winnow.leads.addresses import normalise_email
from winnow.leads.confirmation import Confirmation
from winnow.leads.form import Form
from winnow.leads.formwords import ASK_SUBJECT, ASK_TEXT, spoken
from winnow.leads.inquiry import Inquiry
from winnow.leads.message import CONFIRM, Message, Suppression, address_hash

BETWEEN = timedelta(hours=24)
NO_ADDRESS = "No public address is set, so nobody could confirm: set WINNOW_PUBLIC_URL, then send it."
UNWANTED = ("complaint",)


@dataclass(frozen=True, slots=True)
class Asked:
    """One consent to ask back: what was taken in, the form's code, and the exact text it was given on."""

    inquiry: int
    person: int
    form: str
    address: str
    wording: str


def asked_in(body: dict) -> str:
    """The text that a body's consent was given on, where it has to be confirmed; else empty."""
    wording = body.get("consent_asked") if isinstance(body, dict) else None
    return wording if isinstance(wording, str) and len(wording) <= 2100 else ""


def ask(batch: list[Asked], at: datetime) -> None:
    """Keep each consent as asked back, with the mail that asks. The caller holds the transaction of the inquiries."""
    if not batch:
        return
    forms = {form.code: form for form in Form.objects.filter(code__in={one.form for one in batch})}
    invalid = dict(
        Inquiry.objects.filter(pk__in=[one.inquiry for one in batch], valid=False).values_list("pk", "invalid_reason")
    )
    known = Confirmation.objects.filter(inquiry__in=[one.inquiry for one in batch])
    there = set(known.values_list("inquiry", flat=True))
    for one in sorted(batch, key=lambda one: one.address.lower()):  # locks are taken in one order
        if one.inquiry in there:  # the same arrival, taken in again
            continue
        there.add(one.inquiry)
        form = forms.get(one.form)
        address = normalise_email(one.address).normalised or one.address
        message, reason = None, f"the inquiry is not valid ({invalid.get(one.inquiry)})"
        if one.inquiry not in invalid:
            message, reason = _mail(one, form, address, at)
        Confirmation.objects.create(
            person_id=one.person, inquiry_id=one.inquiry, form=form, address=address, wording=one.wording,
            asked_at=at, message=message, reason=reason,
        )


def _one_at_a_time(address: str) -> None:
    """Two who take in for one address wait for each other: else both would find that no mail went yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7461003, hashtext(%s))", [address])


def _mail(one: Asked, form: Form | None, address: str, at: datetime) -> tuple[Message | None, str]:
    """The mail that asks for this consent, and why none does."""
    if not normalise_email(address).identifies:
        return None, "there is no address to ask"
    if Suppression.objects.filter(address_hash=address_hash(address), lifted_at=None, reason__in=UNWANTED).exists():
        return None, "mails to this address were complained about"
    _one_at_a_time(address)
    last = (
        Confirmation.objects.filter(address=address, message__isnull=False).select_related("message")
        .order_by("-message__send_at").first()
    )  # fmt: skip
    waits = last is not None and last.message.send_at > at - BETWEEN
    if waits and last.confirmed_at is None and last.wording == one.wording:
        return last.message, ""  # the link that is on its way confirms both
    held = {} if settings.PUBLIC_URL else {"state": "held", "reason": NO_ADDRESS}
    language = form.language if form else "en"
    subject = (form.confirm_subject if form else "") or spoken(ASK_SUBJECT, language)
    text = (form.confirm_text if form else "") or spoken(ASK_TEXT, language)
    message = Message.write(
        kind="service", address=address, subject=" ".join(subject.split()), at=at,
        send_at=last.message.send_at + BETWEEN if waits else at,
        body=f"{text.strip()}\n\n{CONFIRM}\n\n“{one.wording}”", **held,
    )  # fmt: skip
    Message.objects.filter(pk=message.pk).update(person_id=one.person)
    return message, ""
