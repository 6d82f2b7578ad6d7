"""Nothing is asked twice on the same browser, nobody learns what is known of whom; a copied form loses nothing."""

import pytest
import time_machine
from django.test import Client

from tests.web.forms_filled import filled
from winnow.intake.arrivals import process_pending
from winnow.leads.clock import now
from winnow.leads.models import Arrival, Form, Inquiry
from winnow.web.form_note import Memory

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return Form.make(
        by=None, at=now(), code="grow", title="Grow", remembers=True, at_once=3, offers_contact=False, fields=[
            {"name": "email", "label": "E-mail", "required": True},
            {"name": "last_name", "label": "Last name", "required": True},
            {"name": "company", "label": "Company"}, {"name": "title", "label": "Your work"},
            {"name": "answers.herd", "label": "Cows?", "again": True},
        ],
    )  # fmt: skip


def asked(client, query="", **headers) -> list[str]:
    fields = client.get(f"/f/grow/{query}", headers=headers).context["form"].fields
    return [name for name, one in fields.items() if not one.widget.is_hidden]


def test_what_this_browser_answered_makes_room_for_what_is_open(form):
    visitor = Client()
    assert asked(visitor) == ["email", "last_name", "answers.herd"]
    filled(visitor, code="grow", **{"answers.herd": "12"})
    assert asked(visitor) == ["email", "company", "answers.herd"], "asked every time: whose it is, and the herd"
    filled(visitor, code="grow", company="Acme", **{"answers.herd": "13"})
    process_pending()
    assert asked(visitor) == ["email", "title", "answers.herd"]
    assert {one.person.name for one in Inquiry.objects.all()} == {"Lee"}


def test_nothing_said_is_kept_in_the_browser_or_shown_in_the_form(form):
    visitor = Client()
    filled(visitor, code="grow")
    process_pending()
    page = visitor.get("/f/grow/").content.decode()
    assert "ann@acme.example" not in page and "Lee" not in page
    cookie = visitor.cookies["winnow_form"]
    assert cookie["httponly"] and "acme" not in cookie.value
    assert Memory.read(cookie.value).answered == {"email", "last_name"}
    assert asked(Client()) == ["email", "last_name", "answers.herd"], "elsewhere nobody learns that Ann is known"


def test_somebody_else_on_the_same_browser_is_asked_what_was_left_out(form):
    visitor = Client()
    filled(visitor, code="grow")
    answer = filled(visitor, code="grow", email="bob@rye.example", last_name="")
    assert answer.status_code == 422 and "last_name" in answer.context["form"].errors
    assert Arrival.objects.count() == 1
    with time_machine.travel(now()):
        data = {"shown": answer.context["form"]["shown"].value(), "email": "bob@rye.example", "last_name": "Bull"}
        assert visitor.post("/f/grow/", data).status_code == 303


def test_who_does_not_want_to_be_tracked_is_not_remembered(form):
    visitor = Client(headers={"Sec-GPC": "1"})
    filled(visitor, code="grow")
    assert not visitor.cookies and asked(visitor) == ["email", "last_name", "answers.herd"]
    kept = Memory().with_answers({"last_name"}, "ann@acme.example").written()
    assert asked(visitor, f"?known={kept}") == ["email", "last_name", "answers.herd"]


# -- a form that somebody copied into their page ----------------------------------------------------------------------
def test_a_copied_form_is_kept_at_once_and_goes_on_with_one_more_click():
    form, visitor = Form.first(now()), Client(enforce_csrf_checks=True)
    typed = {
        "version": "1", "email": "ann@acme.example", "last_name": "Lee", "consent": "on", "consent_version": "1",
        "answers.herd": "12", "utm_source": "almanac", "phone": "",
    }  # fmt: skip
    page = visitor.post("/f/contact/", typed, headers={"Referer": "https://acme.example/"})
    first = Arrival.objects.get()
    assert (first.state, page.status_code) == ("quarantined", 200) and "one more click" in first.reason
    assert first.body["answers"] == {"herd": "12"}, "a question that the form asks no more is kept too"
    shown = page.context["form"]
    again = {name: shown[name].value() for name in shown.fields if shown[name].value()} | page.context["extra"]
    assert again["email"] == "ann@acme.example" and again["referrer"] == "https://acme.example/"
    assert visitor.post("/f/contact/", again | {"last_name": "Leigh"}).status_code == 303
    sent = Arrival.objects.latest("pk")
    assert sent.repaired_from == first and sent.body["answers"] == {"herd": "12"}
    form.refresh_from_db()
    assert not form.visits.exists()


def test_the_tick_on_a_copied_form_counts_only_for_the_text_that_stands_there():
    form, visitor = Form.first(now()), Client()
    form.revise(by=None, at=now(), consent_text="Another text.")
    typed = {"email": "ann@acme.example", "last_name": "Lee", "consent": "on", "consent_version": "1"}
    page = visitor.post("/f/contact/", typed)
    assert not page.context["form"]["consent"].value() and "Another text." in page.content.decode()


def test_a_machine_that_posts_a_copied_form_is_thanked_and_held_back():
    answer = Client().post("/f/contact/", {"email": "ann@acme.example", "website": "http://spam.example"})
    assert answer.status_code == 302 and "don't see" in Arrival.objects.get().reason
