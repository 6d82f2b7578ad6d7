"""The builder of forms: questions in order, evidence by choices, versions kept, and how a form comes to people."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from tests.web.forms_filled import filled
from tests.web.people import carol
from winnow.intake.arrivals import process_pending
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.models import Arrival, Campaign, Form, FormVersion, Inquiry

pytestmark = pytest.mark.django_db


def typed(*questions, act="keep", **more) -> dict:
    """What a browser posts of the builder: each question a dict of its parts."""
    said = {"title": "Mill check", "code": "mill", "active": "on", "act": act, "thanks": "Thanks!", **more}
    for number, one in enumerate(questions):
        for name, value in {"key": "", "type": "text", "choices": "", "help": "", **one}.items():
            said[f"q{number}-{name}"] = value
    return said


EMAIL = {"about": "email", "label": "E-mail", "required": "on"}
WHEN = {
    "about": "answers.timing", "label": "When do you want to mill?", "type": "choice",
    "choices": "This quarter = yes\nThis year = partly\nNext year = partly\nNot planned = no",
}  # fmt: skip
SIZE = {"about": "employees", "label": "How many are you?", "type": "list", "choices": "1 to 10 = 5\n11 to 50 = 30"}
GRAIN = {"about": "own", "label": "Which grain?", "type": "several", "choices": "Rye\nOats", "help": "All you mill."}


def test_a_form_is_built_and_its_answers_are_evidence_and_fit(client_of):
    client = client_of(carol())
    fair = Campaign.objects.create(code="fair", name="Fair", created_at=now())
    made = client.post("/capture/forms/new/", typed(EMAIL, WHEN, SIZE, GRAIN, campaign=fair.pk))
    form = Form.objects.get(code="mill")
    assert made["Location"] == f"/capture/forms/{form.pk}/places/" and form.campaign == fair
    assert form.fields[1]["choices"][1] == {"value": "this-year", "label": "This year", "level": "partly"}
    answers = {"answers.timing": "next-year", "employees": "30", "answers.which_grain": ["Rye", "Oats"]}
    assert filled(Client(), code="mill", **answers).status_code == 303
    process_pending()
    inquiry = Inquiry.objects.get()
    assert inquiry.answers == {"timing": "partly", "timing_words": "Next year", "which_grain": "Rye, Oats"}
    assert inquiry.person.answers.get().quote == "Next year" and inquiry.account.employees == 30


def test_questions_are_added_moved_and_dropped_without_script_and_nothing_typed_is_lost(client_of):
    client = client_of(carol())

    def labels(answer):
        return [row.label for row in answer.context["rows"]]

    page = client.post("/capture/forms/new/", typed(EMAIL, WHEN, GRAIN, act="up 2", title="Half written"))
    assert labels(page) == ["E-mail", "Which grain?", "When do you want to mill?"] and not Form.objects.exclude(
        code="contact"
    ).exists()
    assert 'value="Half written"' in page.content.decode() and "All you mill." in page.content.decode()
    assert labels(client.post("/capture/forms/new/", typed(EMAIL, WHEN, act="drop 0"))) == ["When do you want to mill?"]
    assert labels(client.post("/capture/forms/new/", typed(EMAIL, act="add"))) == ["E-mail", ""]


@pytest.mark.parametrize("questions, words", [
    ([WHEN], "ask for the e-mail address at least"),
    ([EMAIL, EMAIL], "asked twice"),
    ([EMAIL, WHEN | {"choices": "Soon"}], "“Soon” says no level"),
    ([EMAIL, SIZE | {"choices": "many"}], "“many” is no number of people"),
    ([EMAIL, GRAIN | {"choices": ""}], "Write what can be chosen"),
    ([EMAIL | {"label": ""}], "Write what is asked"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_the_question(client_of, questions, words):
    answer = client_of(carol()).post("/capture/forms/new/", typed(*questions))
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Form.objects.filter(code="mill").exists()


def test_each_version_of_what_was_asked_is_kept_and_an_open_page_keeps_its_own(client_of):
    client = client_of(carol())
    client.post("/capture/forms/new/", typed(EMAIL, WHEN))
    form, visitor = Form.objects.get(code="mill"), Client()
    shown = visitor.get("/f/mill/").context["form"]["shown"].value()
    client.post(f"/capture/forms/{form.pk}/", typed(EMAIL, GRAIN, code="other"))
    form.refresh_from_db()
    assert (form.code, form.version) == ("mill", 2), "pages elsewhere link to its address"
    visitor.post("/f/mill/", {"shown": shown, "email": "ann@acme.example", "answers.timing": "this-quarter"})
    assert [one.content["fields"][1]["name"] for one in form.versions.order_by("number")] == [
        "answers.timing", "answers.which_grain",
    ]  # fmt: skip
    assert Arrival.objects.get().body["answers"]["timing"] == "yes"
    client.post(f"/capture/forms/{form.pk}/", typed(EMAIL, GRAIN, active=""))
    form.refresh_from_db()
    assert form.version == 2 and not form.active, "a setting makes no version"
    page = client.get(f"/capture/forms/{form.pk}/versions/").content.decode()
    assert "Which grain?" in page and "When do you want to mill?" in page


def test_the_database_refuses_to_change_what_was_asked(client_of):
    form = Form.make(by=None, at=now(), code="x", title="X", consent_text="Yes?", fields=[])
    for kept in (FormVersion.objects.filter(form=form), form.consent_texts.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.update(made_at=now())
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.delete()


def test_the_screen_shows_the_link_the_script_and_the_plain_form(client_of):
    client = client_of(carol())
    client.post("/capture/forms/new/", typed(EMAIL, WHEN, title="Mill & check", consent_text="Write <b>me</b>."))
    page = client.get(f"/capture/forms/{Form.objects.get(code='mill').pk}/places/")
    text = page.content.decode()
    assert ("/f/mill/?utm_source" in text and 'data-form=&quot;mill&quot;' in text) or 'data-form="mill"' in text
    plain = page.context["plain"]
    assert 'name="answers.timing" value="this-year"' in plain and 'name="consent_version" value="1"' in plain
    assert 'name="version" value="1"' in plain and "&lt;b&gt;" in plain and "shown" not in plain


def test_a_form_that_is_off_leads_to_the_one_that_stands_in(client_of):
    client = client_of(carol())
    client.post("/capture/forms/new/", typed(EMAIL))
    old, new = Form.objects.get(code="mill"), Form.first(now())
    visitor = Client()
    old.revise(by=None, at=now(), active=False, instead=new)
    assert visitor.get("/f/mill/?utm_source=x")["Location"] == "/f/contact/?utm_source=x"
    answer = visitor.post("/f/mill/", {"email": "ann@acme.example"})
    assert "What you wrote is kept" in answer.content.decode()
    assert Arrival.objects.get().reason == "the form is switched off"
    with pytest.raises(Refusal):
        old.tests.model.start(old, 7, baseline=0.01, difference=0.01, weekly=10, by=None, at=now())
