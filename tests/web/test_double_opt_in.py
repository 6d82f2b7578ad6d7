"""A consent on a form with double opt-in counts once the owner of the address confirms it, and is kept till then."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests.web.forms_filled import filled
from tests.web.people import carol
from winnow.intake.arrivals import process_pending
from winnow.leads.checking import all_checks
from winnow.leads.clock import now
from winnow.leads.models import Confirmation, Consent, FactRow, Form, Inquiry, Message
from winnow.outreach.letter import compose

pytestmark = pytest.mark.django_db
TEXT = "Send me tips about milling."


@pytest.fixture
def visitor(settings):
    settings.PUBLIC_URL = "https://winnow.acme.example"
    Form.make(
        by=None, at=now(), code="tips", title="Tips", double_opt_in=True, consent_text=TEXT,
        fields=[{"name": "last_name", "label": "Name"}, {"name": "email", "label": "E-mail", "required": True}],
    )
    return Client(enforce_csrf_checks=True)


def link_in(message) -> str:
    """The link of the mail as it is handed to the relay."""
    mail, links = compose(message, now())
    for one in links:
        one.save()
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"https://winnow\.acme\.example(/confirm/\S+)", text).group(1)


def test_a_consent_counts_from_its_confirmation_on_and_names_its_text(visitor, client_of):
    filled(visitor, code="tips", consent="on")
    process_pending()
    inquiry, waiting = Inquiry.objects.get(), Confirmation.objects.get()
    assert inquiry.valid and not Consent.objects.exists() and waiting.confirmed_at is None
    message = waiting.message
    assert (message.kind, message.state, message.address) == ("service", "queued", "ann@acme.example")
    person = f"/people/{inquiry.person_id}/"
    assert "not confirmed yet" in client_of(carol()).get(person).content.decode()
    link = link_in(message)
    assert "/confirm/" not in Message.objects.get().body, "nobody in the house can read the link"
    assert TEXT in visitor.get(link).content.decode() and not Consent.objects.exists(), "a scanner confirms nothing"
    assert "It is confirmed" in visitor.post(link).content.decode()
    visitor.post(link)
    consent, waiting = Consent.objects.get(), Confirmation.objects.get()
    assert consent.given and consent.wording == f"{TEXT} (version 1)" and consent.inquiry == inquiry
    assert waiting.consent == consent and waiting.confirmed_at == consent.at
    assert consent.how == "tips, confirmed by mail"
    assert FactRow.objects.filter(kind="consented", person=inquiry.person).count() == 1
    assert f"“{TEXT} (version 1)”" in client_of(carol()).get(person).content.decode()
    assert visitor.get("/confirm/made-up-secret/").status_code == 404
    assert [check.name for check in all_checks() if not check.ok] == []


def test_an_address_gets_one_such_mail_a_day_however_often_somebody_types_it(visitor):
    for word in ("rye", "oats"):
        filled(visitor, code="tips", consent="on", last_name=word)
        process_pending()
    assert Message.objects.count() == 1 and Confirmation.objects.count() == 2
    form = Form.objects.get(code="tips")
    form.revise(by=None, at=now(), consent_text="Send me news.")
    filled(visitor, code="tips", consent="on")
    process_pending()
    other = Form.make(by=None, at=now(), code="news", title="News", double_opt_in=True, consent_text="News?",
                      fields=form.fields)  # fmt: skip
    filled(visitor, code=other.code, consent="on", email="Ann@ACME.example")
    process_pending()
    first, second, third = Message.objects.order_by("pk")
    assert second.send_at == first.send_at + timedelta(hours=24), "another text of the same form waits a day"
    assert third.send_at == second.send_at + timedelta(hours=24), "another form, and it waits for both"
    visitor.post(link_in(first))
    assert Confirmation.objects.exclude(confirmed_at=None).count() == 2, "the one link confirms what was said twice"


def test_what_a_machine_sent_asks_nobody(visitor):
    filled(visitor, code="tips", consent="on", website="http://spam.example")
    process_pending()
    assert not Message.objects.exists() and not Confirmation.objects.exists()


def test_a_text_that_changed_while_the_form_was_open_keeps_the_version_that_was_read(visitor):
    with time_machine.travel(now(), tick=False) as clock:
        page = visitor.get("/f/tips/").context["form"]
        form = Form.objects.get(code="tips")
        form.revise(by=None, at=now(), consent_text="Sell my address.", double_opt_in=False)
        clock.shift(timedelta(seconds=20))
        typed = {name: page[name].value() or "" for name in ("shown", "consent_version")}
        visitor.post("/f/tips/", {**typed, "last_name": "Lee", "email": "ann@acme.example", "consent": "on"})
    process_pending()
    assert Consent.objects.get().wording == f"{TEXT} (version 1)"
    assert [str(one) for one in form.consent_texts.order_by("version")] == [
        f"{TEXT} (version 1)", "Sell my address. (version 2)",
    ]  # fmt: skip
