"""What a form brings: shown, begun, left, sent; what sales got; two versions judged on that, at the size said first."""

import secrets
from datetime import timedelta

import pytest
from django.test import Client

from tests.web.forms_filled import beacon, filled
from tests.web.people import carol, lead, rolf, sam, signed
from winnow.funnel import forms as figures
from winnow.intake.arrivals import process_pending
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.formtest import FormTest, views_needed, weeks_needed
from winnow.leads.models import Arrival, Form, FormVisit, Inquiry

pytestmark = pytest.mark.django_db
BOT = "Mozilla/5.0 (compatible; Linkcheckbot/2.1; +https://bots.example)"


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


def shown_to(visitor, code="contact", **headers) -> str:
    return visitor.get(f"/f/{code}/", headers=headers).context["form"]["shown"].value()


def test_showings_are_counted_once_and_without_machines(visitor):
    shown = shown_to(visitor)
    assert not FormVisit.objects.exists(), "a page that is fetched is not yet seen"
    for _ in range(3):
        assert beacon(visitor, shown).status_code == 204
    visitor.get(f"/f/contact/visit/?shown={shown_to(visitor)}", headers={"User-Agent": "Firefox/140"})  # without script
    visitor.head(f"/f/contact/visit/?shown={shown_to(visitor)}", headers={"User-Agent": "Firefox/140"})
    ahead = {"User-Agent": "Firefox/140", "Sec-Purpose": "prefetch;prerender"}
    visitor.post("/f/contact/visit/", {"shown": shown_to(visitor)}, headers=ahead)
    beacon(visitor, "made up")
    beacon(visitor, shown_to(visitor), agent=BOT)
    beacon(visitor, shown_to(visitor), driven="1")
    found = figures.of_form(Form.first(now())).totals
    assert (found["views"], found["machines"], found["starts"]) == (2, 2, 0)
    kept = {name for one in FormVisit.objects.values() for name in one}
    assert not kept & {"address", "agent", "ip", "person_id"}, "nothing about the visitor"


def test_where_visitors_stop_is_told_by_question(visitor):
    stopped = shown_to(visitor)
    beacon(visitor, stopped)
    beacon(visitor, stopped, touched="first_name,email,made_up", last="email")
    filled(visitor, message="", phone="")
    process_pending()
    found = figures.of_form(Form.first(now()))
    assert (found.totals["views"], found.totals["starts"], found.totals["sent"], found.totals["valid"]) == (2, 2, 1, 1)
    by = {row["field"]: row for row in found.fields}
    assert [row["field"] for row in found.fields][:3] == ["first_name", "last_name", "email"], "in the form's order"
    assert [by["email"][name] for name in ("views", "starts", "left_here", "answered")] == [2, 2, 1, 1]
    assert (by["phone"]["starts"], by["phone"]["answered"], by["last_name"]["left_here"]) == (0, 0, 0)


def test_what_is_held_back_is_counted_apart_and_counts_once_it_is_let_pass(visitor):
    filled(visitor, website="http://spam.example")
    form = Form.first(now())
    assert (figures.of_form(form).totals["sent"], figures.of_form(form).held) == (0, 1)
    from winnow.intake.arrivals import release

    release(Arrival.objects.get(), by=carol())
    process_pending()
    assert (figures.of_form(form).totals["sent"], figures.of_form(form).held) == (1, 0)


def test_what_became_of_those_who_sent_it_opens_the_people(client_of):
    signed()
    one = lead("Ann")
    rolf_, sam_ = rolf(), sam()
    Form.first(now())
    Inquiry.objects.filter(person=one.person).update(form="contact")
    count = Inquiry.objects.filter(person=one.person).count()
    one.hand_off(to=sam_, by=rolf_, at=now()).accept(by=sam_)
    client = client_of(carol())
    page = client.get("/capture/forms/")
    found = next(row for row in page.context["rows"] if row.code == "contact").figures
    assert (found["came"], found["qso"], found["accepted"], found["won"]) == (count, 1, 1, 0)
    form = Form.objects.get(code="contact")
    people = client.get(f"/capture/forms/{form.pk}/people/?number=qso")
    assert "Ann" in people.content.decode()
    assert "Nobody stands behind" in client.get(f"/capture/forms/{form.pk}/people/?number=won").content.decode()
    assert client.get(f"/capture/forms/{form.pk}/figures/").status_code == 200
    assert client.get(f"/capture/forms/{form.pk}/people/?number=shoes").status_code == 404


def test_each_answer_opens_who_gave_it(visitor, client_of):
    when = {"name": "answers.timing", "label": "When?", "type": "choice", "choices": [
        {"value": "soon", "label": "Soon & sure", "level": "yes"}, {"value": "later", "label": "Later", "level": "no"},
    ]}  # fmt: skip
    form = Form.make(by=None, at=now(), code="mill", title="Mill", fields=[{"name": "email", "label": "E-mail"}, when])
    filled(visitor, code="mill", **{"answers.timing": "soon"})
    filled(visitor, code="mill", **{"answers.timing": "later", "email": "bob@rye.example"})
    process_pending()
    client = client_of(carol())
    page = client.get(f"/capture/forms/{form.pk}/figures/")
    assert [row["said"] for row in page.context["found"].choices[0]["rows"]] == ["Later", "Soon & sure"]
    link = "number=valid&amp;asked=timing&amp;said=Soon%20%26%20sure"
    assert link in page.content.decode()
    people = client.get(f"/capture/forms/{form.pk}/people/?{link.replace('&amp;', '&')}").context["found"]
    assert (people["all"], people["rows"][0]["inquiry"].email) == (1, "ann@acme.example")


# -- two versions -----------------------------------------------------------------------------------------------------
def test_the_size_of_a_test_is_that_of_the_formula():
    assert views_needed(0.03, 0.036) == 13_911  # METHOD: 3 % and a fifth more
    assert abs(views_needed(0.03, 0.06) - 746) <= 3
    assert weeks_needed(700, 100) == 14 and weeks_needed(700, 0) is None
    with pytest.raises(ValueError):
        views_needed(0.1, 0.1)


@pytest.fixture
def tested():
    """A form of which two versions are tested: the second asks for nothing but the address."""
    form = Form.first(now())
    only = [one for one in form.fields if one["name"] == "email"]
    form.draft(by=None, at=now(), fields=only)
    FormTest.start(form, 2, baseline=0.25, difference=0.5, weekly=10, by=None, at=now(), window_days=30)
    return FormTest.objects.get()


def test_the_same_visitor_sees_the_same_version_and_each_sees_one_by_lot(tested):
    seen = {}
    for number in range(40):
        visitor, agent = Client(), f"Firefox/{number}"
        shown = [visitor.get("/f/contact/", headers={"User-Agent": agent}).context["form"].fields for _ in "ab"]
        first, again = map(len, shown)
        assert first == again, "nothing is kept on their machine, and they see the same"
        assert not visitor.cookies
        seen[first] = seen.get(first, 0) + 1
    assert len(seen) == 2 and min(seen.values()) >= 8
    assert {tested.arm_for(f"10.0.0.{number}") for number in range(20)} == {1, 2}


def test_while_two_versions_are_tested_what_is_asked_stays(tested, client_of):
    form = tested.form
    with pytest.raises(Refusal, match="end it before"):
        form.revise(by=None, at=now(), title="Another title")
    form.revise(by=None, at=now(), active=True)  # a setting may change
    with pytest.raises(Refusal, match="runs already"):
        FormTest.start(form, 2, baseline=0.1, difference=0.1, weekly=1, by=None, at=now())
    client = client_of(carol())
    said = {"title": "Other words", "q0-about": "email", "q0-label": "Mail", "q0-type": "text", "active": "on"}
    refused = client.post(f"/capture/forms/{form.pk}/", {**said, "act": "keep"})
    assert refused.status_code == 422 and "end it before" in refused.content.decode()
    assert 'value="Other words"' in refused.content.decode(), "nothing typed is lost"
    client.post(f"/capture/forms/{form.pk}/test/ending/", {"keep": "2"})
    form.refresh_from_db()
    assert form.version == 2 and [one["name"] for one in form.fields] == ["email"]


def showings(test, version, many, *, at, led=()):
    """So many showings of a version; the inquiries of `led` came of the first ones."""
    for number in range(many):
        arrival = led[number].arrivals.first() if number < len(led) else None
        FormVisit.objects.create(
            note=secrets.token_hex(8), form=test.form, version=version, seen_at=at, arrival=arrival,
            sent_at=at if arrival else None,
        )  # fmt: skip


def handed_over(name):
    one = lead(name, f"{name} Foods")
    inquiry = Inquiry.objects.filter(person=one.person).latest("pk")
    Arrival.objects.create(door="form", body={}, body_digest=b"x", state="done", inquiry=inquiry)
    one.hand_off(to=sam(), by=rolf(), at=now())
    return inquiry


def test_nothing_is_told_before_the_size_is_reached_and_then_with_its_interval(tested, client_of):
    assert tested.per_arm == views_needed(0.25, 0.75) == 12
    signed()
    begun = now()
    led = [handed_over(name) for name in ("Ann", "Bob")]
    showings(tested, 1, 12, at=begun, led=led[:1])
    showings(tested, 2, 11, at=begun, led=led[1:])
    ripe = begun + timedelta(days=31)
    early = figures.result_of(tested, ripe)
    assert (early.shown, early.over, early.qso, early.better) == ((12, 11), False, None, "")
    showings(tested, 2, 3, at=begun + timedelta(seconds=1))
    assert not figures.result_of(tested, begun + timedelta(days=5)).over, "a lead may still come of the last showing"
    found = figures.result_of(tested, ripe)
    assert (found.ripe, found.qso) == ((12, 12), (1, 1)) and found.more == 0
    assert found.low == pytest.approx(-found.high) and found.low < -0.2 and found.better == ""
    page = client_of(carol()).get(f"/capture/forms/{tested.form_id}/test/")
    assert "No outcome is told" in page.content.decode()


def test_a_test_is_sized_and_begun_on_its_page(client_of):
    client, form = client_of(carol()), Form.first(now())
    assert "Write another version" in client.get(f"/capture/forms/{form.pk}/test/").content.decode()
    client.post(f"/capture/forms/{form.pk}/variant/", {
        "act": "keep", "title": "Ask us", "q0-about": "email", "q0-label": "E-mail", "q0-type": "text",
    })  # fmt: skip
    said = {"per_thousand": "30", "more": "6", "b": "2"}
    page = client.post(f"/capture/forms/{form.pk}/test/", {**said, "act": "work"})
    assert page.context["size"]["per_arm"] == 13_911 and "Nobody sees it now" in page.content.decode()
    assert not FormTest.objects.exists()
    client.post(f"/capture/forms/{form.pk}/test/", {**said, "act": "begin"})
    assert FormTest.objects.get().per_arm == 13_911
    assert "13,911 showings of each version" in client.get(f"/capture/forms/{form.pk}/test/").content.decode()
