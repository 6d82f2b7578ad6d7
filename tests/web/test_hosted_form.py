"""The hosted form: works without script and cookie, keeps what is typed, holds robots back and drops nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests.web.forms_filled import ANN, filled
from winnow.intake import arrivals
from winnow.intake.arrivals import process_pending
from winnow.leads.clock import now
from winnow.leads.models import Arrival, Campaign, Consent, Form, Inquiry

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor():
    """A browser that insists on the protection against forged posts, and has no cookie."""
    return Client(enforce_csrf_checks=True)


def test_what_a_visitor_sends_becomes_an_inquiry(visitor):
    sent = filled(visitor, "?utm_source=almanac&utm_campaign=spring", contact_me="on", consent="on")
    assert sent.status_code == 303 and visitor.get(sent["Location"]).status_code == 200
    assert process_pending() == 1
    inquiry = Inquiry.objects.get()
    assert (inquiry.person.name, inquiry.form, inquiry.source) == ("Ann Lee", "contact", "almanac")
    assert inquiry.contact_me and inquiry.campaign.name == "spring" and inquiry.channel == "web"
    assert Consent.objects.get().wording.endswith("(version 1)")


def test_without_a_tick_nobody_has_consented_and_nobody_has_objected(visitor):
    filled(visitor)
    process_pending()
    assert not Consent.objects.exists()


def test_sent_twice_it_is_one_inquiry_and_changed_it_is_another(visitor):
    with time_machine.travel(now(), tick=False) as clock:
        page = visitor.get("/f/contact/")
        clock.shift(timedelta(seconds=9))
        typed = {"shown": page.context["form"]["shown"].value(), **ANN}
        for _ in range(2):
            visitor.post("/f/contact/", typed)
        assert Arrival.objects.count() == 1
        visitor.post("/f/contact/", typed | {"message": "And wheat?"})
    assert Arrival.objects.count() == 2


@pytest.mark.parametrize("how, words", [
    ({"website": "http://spam.example"}, "don't see"),
    ({"seconds": 1}, "within 3 seconds"),
    ({"shown": "made up"}, "without the form"),
    ({"message": "http://a.example https://b.example http://c.example http://d.example"}, "links"),
])
def test_a_machine_is_thanked_and_held_back(visitor, how, words):
    assert filled(visitor, **how).status_code == 303
    arrival = Arrival.objects.get()
    assert arrival.state == "quarantined" and words in arrival.reason
    assert process_pending() == 0 and not Inquiry.objects.exists()


def test_what_is_wrong_is_said_at_the_field_and_nothing_typed_is_lost(visitor):
    answer = filled(visitor, email="ann@acme", last_name="")
    assert answer.status_code == 422 and not Arrival.objects.exists()
    text = answer.content.decode()
    assert "Last name is needed" in text and 'value="ann@acme"' in text and "Which mill suits rye?" in text
    answer = filled(visitor, email="ann@acme")
    assert "“ann@acme”" in answer.content.decode()
    assert answer.context["form"].errors.keys() == {"email"}


def test_while_nothing_can_be_kept_what_was_typed_stays(visitor, monkeypatch):
    from django.db import OperationalError

    def down(*_, **__):
        raise OperationalError("no connection")

    monkeypatch.setattr(arrivals, "take", down)
    answer = filled(visitor)
    assert answer.status_code == 503 and answer["Retry-After"] and "Which mill suits rye?" in answer.content.decode()


def test_it_may_stand_in_a_frame_elsewhere_and_looking_at_it_keeps_nothing(visitor):
    page = visitor.get("/f/contact/?embed=1", headers={"Referer": "https://acme.example/mills"})
    assert "frame-ancestors *" in page["Content-Security-Policy"] and "X-Frame-Options" not in page
    assert page.context["form"]["referrer"].value() == "https://acme.example/mills"
    assert visitor.head("/f/contact/").status_code == 200 and not Arrival.objects.exists()


def test_questions_of_its_own_become_evidence(visitor):
    fair = Campaign.objects.create(code="fair", name="Fair", created_at=now())
    choices = [{"value": "yes", "label": "This quarter"}, {"value": "no", "label": "Not planned"}]
    Form.objects.create(
        code="fair", title="At the fair", campaign=fair, created_at=now(), fields=[
            {"name": "last_name", "label": "Name", "required": True},
            {"name": "email", "label": "E-mail", "required": True},
            {"name": "answers.timing", "label": "When do you want to mill?", "choices": choices},
        ],
    )
    assert filled(visitor, code="fair", **{"answers.timing": "yes"}).status_code == 303
    process_pending()
    inquiry = Inquiry.objects.get()
    assert inquiry.campaign == fair and inquiry.answers == {"timing": "yes", "timing_words": "This quarter"}
    assert inquiry.person.answers.get().level == "yes"


def test_a_form_that_is_switched_off_says_so(visitor):
    Form.objects.create(code="old", title="Old", created_at=now(), active=False)
    assert visitor.get("/f/old/").status_code == 410 and visitor.get("/f/none/").status_code == 404


def test_while_the_database_is_away_the_page_carries_what_was_typed(visitor, monkeypatch):
    from django.db import OperationalError

    from winnow.web import public

    def away(code):
        raise OperationalError("no connection")

    monkeypatch.setattr(public, "_form", away)
    answer = visitor.post("/f/contact/", ANN)
    assert answer.status_code == 503 and answer["Retry-After"] == "5"
    assert 'name="message" value="Which mill suits rye?"' in answer.content.decode()
    assert visitor.get("/f/contact/").status_code == 503
