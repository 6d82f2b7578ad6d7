"""The measure pages: every number opens the people behind it, as many as it says."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.funnel.world import World
from tests.web import people
from winnow.funnel import rollup
from winnow.leads.clock import now
from winnow.leads.models import AuditEntry, CostLine, Inquiry

pytestmark = pytest.mark.django_db
FIGURE = re.compile(r'<a class="fig" href="([^"]+)">([^<]+)</a>')
BEHIND = re.compile(r"<h1>[^<]*: ([\d,]+)</h1>")


@pytest.fixture
def world(monkeypatch):
    """An invented firm whose last half year ends today."""
    monkeypatch.setattr("tests.funnel.world.START", now() - timedelta(days=420))
    lived = World(11).live(140)
    cost = CostLine.objects.get()
    cost.on = (now() - timedelta(days=40)).date()
    cost.save()
    return lived


@pytest.fixture
def carol(world):
    client = Client()
    client.force_login(people.carol())
    return client


def figures(client, address):
    """The numbers of a page with where each leads; shares and amounts, which count nothing, left out."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = FIGURE.findall(answer.content.decode())
    return [
        (html.unescape(url), int(text.replace(",", "")))
        for url, text in found
        if text.replace(",", "").isdecimal()
    ]  # fmt: skip


def behind(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    return int(BEHIND.search(answer.content.decode())[1].replace(",", ""))


@pytest.mark.parametrize(
    "address",
    ["/measure/", "/measure/sources/", "/measure/stock/", *(pytest.param(one, marks=pytest.mark.bars) for one in (
        "/measure/sources/?by=owner", "/measure/sources/?by=month", "/measure/cohorts/?by=won", "/measure/reps/",
        "/measure/sources/?by=industry&from=2020-01-15&to=2099-01-01",
    ))],
)  # fmt: skip
def test_every_number_opens_as_many_as_it_says(carol, address):
    numbers = figures(carol, address)
    assert numbers
    wrong = [(url, said, found) for url, said in numbers if (found := behind(carol, url)) != said]
    assert not wrong, wrong


def test_every_number_of_a_past_day_opens_what_was_known_then(carol, world):
    day = (now() - timedelta(days=90)).date()
    numbers = figures(carol, f"/measure/?as_of={day}")
    assert numbers and all(f"as_of={day}" in url for url, _ in numbers)
    for url, said in numbers:
        assert behind(carol, url) == said
    assert b"as it was known then" in carol.get(f"/measure/?as_of={day}").content


def test_the_numbers_of_a_rep_open_the_leads_behind_them(client_of):
    people.signed()
    leads = [people.lead(name, f"Firm {name}") for name in ("Ann", "Bob", "Cid")]
    first, second, _ = (lead.hand_off(to=people.sam(), by=people.carol()) for lead in leads)
    first.accept(by=people.sam())
    second.reject(reason="no_budget", by=people.sam())
    client = client_of(people.carol())
    numbers = figures(client, "/measure/reps/")
    assert sorted(number for url, number in numbers if "rep=Sam" in url) == [0, 1, 1, 1, 3]
    assert all(behind(client, url) == said for url, said in numbers)


def test_marks_in_pictures_lead_to_the_people_of_their_cell(carol):
    page = carol.get("/measure/").content.decode()
    marks = re.findall(r'<a href="(/measure/[^"]*people/[^"]*)"><title>([^<]+)</title>', page)
    assert {"/measure/people/", "/measure/stock/people/"} == {url.partition("?")[0] for url, _ in marks}
    for url, said in marks[-30:]:
        found = behind(carol, html.unescape(url))
        if "stock" in url:
            assert found == int(said.rpartition(": ")[2].replace(",", "")), said


def test_an_empty_firm_says_what_will_stand_here(client_of):
    client = client_of(people.carol())
    for name in ("measure", "measure-sources", "measure-cohorts", "measure-stock", "measure-reps", "measure-trails"):
        assert client.get(reverse(name)).status_code == 200
    assert "The year stands here from the first inquiry on" in client.get("/measure/").content.decode()


def test_costs_are_shown_to_those_who_may_see_them_alone(world, client_of):
    for user, sees in ((people.carol(), True), (people.user("Dana", "development"), False)):
        client = client_of(user)
        assert ("Return by campaign" in client.get("/measure/").content.decode()) is sees
        assert ("Per accepted" in client.get("/measure/sources/").content.decode()) is sees
        csv = client.get("/measure/reports/funnel.csv").content.decode()
        assert ("cost_cents" in csv) is sees


def test_a_file_of_a_report_is_written_into_the_audit_trail(carol):
    answer = carol.get("/measure/reports/funnel.csv?by=source")
    assert answer["Content-Disposition"].startswith("attachment") and answer.content.startswith(b"source,inquiries")
    assert carol.get("/measure/reports/cohorts.xlsx").content[:2] == b"PK"
    assert carol.get("/measure/reports/nonsense.csv").status_code == 404
    assert carol.get("/measure/reports/funnel.exe").status_code == 404
    assert AuditEntry.objects.filter(verb="export").count() == 2


def test_wrong_dates_and_attributes_are_refused_in_words(carol):
    for address in ("/measure/?as_of=yesterday", "/measure/sources/?by=shoes", "/measure/sources/?from=2026-13-01",
                    "/measure/people/?stage=nonsense", "/measure/stock/people/?age=old", "/measure/cohorts/?by=love",
                    "/measure/stock/moves/?way=up&month=2026-01", "/measure/stock/moves/?way=opened&month=May",
                    "/measure/reps/handoffs/?answer=perhaps",
                    "/measure/sources/?from=2026-02-01&to=2025-01-01", "/measure/?as_of=0001-01-01"):  # fmt: skip
        answer = carol.get(address)
        assert answer.status_code == 409 and b'class="refusal"' in answer.content, address


def test_what_is_not_counted_yet_is_said(carol, world, monkeypatch):
    rollup.catch_up()
    monkeypatch.setattr("winnow.web.measure.MOST", 0)
    Inquiry.objects.filter(pk=Inquiry.objects.first().pk).update(source="new word")
    said = carol.get("/measure/").content.decode()
    assert "what came since is being counted" in said and "not_counted_yet" in said


def test_the_trail_of_an_account_is_found_by_name_and_shown_step_by_step(client_of):
    people.signed()
    lead = people.lead("Ann", "Nordkap Seafood")
    lead.hand_off(to=people.sam(), by=people.carol())
    client = client_of(people.sam())
    answer = client.get("/measure/trails/", {"q": "nordkap seafood"})
    assert answer.status_code == 302 and answer.url == f"/measure/trails/{lead.account_id}/"
    page = client.get(answer.url).content.decode()
    assert "handoff" in page and "Carol" in page and "Ann Ahlgren" in page
    other = people.lead("Bob", "Gelati Baraldi")
    refused = client.get("/measure/trails/", {"q": str(other.account_id)}).content.decode()
    assert "No account is known as" in refused
    assert client.get(f"/measure/trails/{other.account_id}/").status_code == 404


def test_what_people_typed_is_never_markup(client_of):
    person = people.person("Ann")
    person.inquiries.update(source="<script>alert(1)</script>")
    person.first_name = "<b>Ann</b>"
    person.save()
    client = client_of(people.carol())
    for address in ("/measure/", "/measure/sources/", "/measure/people/?stage=inquiries"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page and "<b>Ann" not in page
