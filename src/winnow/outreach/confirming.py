"""The link of a double opt-in: whoever owns the address says that the consent is theirs. Only then it counts."""

from datetime import datetime

from django.db import transaction

from winnow.leads.clock import now
from winnow.leads.confirmation import Confirmation
from winnow.leads.inquiry import Consent
from winnow.leads.mailbox import MailLink, link_digest
from winnow.leads.message import Suppression
from winnow.leads.record import recording
from winnow.outreach import gate
from winnow.outreach.unsubscribe import come_back
from winnow.policy import facts

HOW = "confirmed by mail"


def waiting_for(secret: str) -> list[Confirmation]:
    """The consents that this link confirms, also those that it has confirmed; none for an unknown secret."""
    if not 10 <= len(secret) <= 200:
        return []
    link = MailLink.objects.filter(digest=link_digest(secret), scope="confirm").first()
    if link is None:
        return []
    rows = Confirmation.objects.filter(message=link.message_id)
    return list(rows.select_related("person__account", "inquiry", "form").order_by("pk"))


def confirm(secret: str, at: datetime | None = None) -> list[Confirmation]:
    """Record the consents behind the link, each with its text and the time it was confirmed; again changes nothing."""
    at = at or now()
    found = waiting_for(secret)
    for one in found:
        if one.confirmed_at is None:
            _confirm(one, at)
    return found


def _confirm(one: Confirmation, at: datetime) -> None:
    person = one.person.now_is()
    with transaction.atomic():
        if Suppression.objects.filter(address_hash__in=gate.hashes_of(one.address), lifted_at=None).exists():
            # Whoever left once and asks for mails again, twice over, is back.
            come_back(one.address, person=person, how=HOW, wording=one.wording, at=at)
            consent = Consent.objects.filter(person=person, given=True).order_by("-pk").first()
            _keep(one, consent, at)
            return
        with recording(person.account, at=at) as history:
            if Confirmation.objects.select_for_update().get(pk=one.pk).confirmed_at is not None:
                return
            consent = Consent.objects.create(
                person=person, given=True, wording=one.wording, how=_how(one), inquiry=one.inquiry, at=history.at
            )
            history.append(facts.Consented(person=person.pk, purpose="marketing", given=True))
            _keep(one, consent, at)


def _keep(one: Confirmation, consent: Consent, at: datetime) -> None:
    Confirmation.objects.filter(pk=one.pk, confirmed_at=None).update(confirmed_at=at, consent=consent)
    one.confirmed_at, one.consent = at, consent


def _how(one: Confirmation) -> str:
    return f"{one.form.code if one.form else 'form'}, {HOW}"[:60]
