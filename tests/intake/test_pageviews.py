"""Pages that are looked at: nobody's until a form is sent, then facts of that person; machines apart, never scored."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from winnow.intake import pageviews
from winnow.intake.arrivals import process_pending, take
from winnow.intake.pageviews import Told, forget, record_views
from winnow.leads import pageview
from winnow.leads.campaign import Campaign, Content
from winnow.leads.clock import now
from winnow.leads.models import FactRow, PageRule, PageView, Person, SpamReferrer, Visitor
from winnow.leads.pageview import Meanings

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
ANN, BOB = "a" * 32, "b" * 32


def looked(path="/pricing", visitor=ANN, ago=0, kind="page", **more):
    given = {"host": "acme.example", "page": "acme.example", "origin": "acme.example", "agent": FIREFOX} | more
    return pageviews.take(Told(visitor=visitor, kind=kind, path=path, **given), now() - timedelta(hours=ago))


def sent(email="ann@mill.example", visitor=ANN):
    take("form", "form contact", {"email": email, "last_name": "Lee", "form": "contact", "visitor": visitor})
    process_pending()
    record_views()
    return Person.objects.get(email=email)


def facts_of(person):
    return list(FactRow.objects.filter(person=person, kind__in=("page_seen", "content_taken")).order_by("happened_at")
                .values_list("kind", "code", "quantity"))


def test_views_from_before_become_facts_with_their_own_time_and_later_ones_follow():
    PageRule.objects.create(pattern="/pricing*", group="pricing")
    looked("/pricing", ago=50)
    looked("/pricing/mills", ago=50)
    looked("/jobs", ago=3)
    assert record_views() == 0 and not FactRow.objects.exists() and not Visitor.objects.exists()
    ann = sent()
    assert facts_of(ann) == [("page_seen", "pricing", 2), ("page_seen", "other", 1)]
    first = FactRow.objects.filter(person=ann, kind="page_seen").earliest("happened_at")
    assert now() - first.happened_at > timedelta(hours=49) and now() - first.recorded_at < timedelta(minutes=5)
    looked("/pricing")
    assert record_views() == 1 and record_views() == 0 and len(facts_of(ann)) == 3


def test_another_person_at_the_same_browser_gets_the_views_since_and_not_those_before():
    looked("/one", ago=2)
    ann = sent()
    looked("/two", ago=1)
    record_views()
    bob = sent("bob@mill.example")
    looked("/three")
    record_views()
    assert PageView.objects.filter(person=ann).count() == 2 and PageView.objects.get(person=bob).path == "/three"


def test_what_a_page_is_stands_in_the_rules_the_first_that_fits_counts():
    url = "https://www.acme.example/cases/roi"
    paper = Content.objects.create(code="roi_case", title="ROI", url=url, created_at=now())
    fair = Campaign.objects.create(code="fair", name="Fair", created_at=now())
    for position, (pattern, more) in enumerate((
        ("/intern/*", {"ignored": True}), ("shop.acme.example/*", {"group": "shop"}), ("/fair*", {"group": "fairs"}),
        ("/papers/*.pdf", {"content": paper}),
    )):
        campaign = fair if "fair" in pattern else None
        PageRule.objects.create(position=position, pattern=pattern, campaign=campaign, **more)
    meanings = Meanings()

    def of(path, host="www.acme.example", **more):
        found = meanings.of(PageView(host=host, path=path, kind=more.pop("kind", "page"), **more))
        return found.content or found.group or ("nothing" if found.ignored else "")

    assert [of("/intern/x"), of("/x", "shop.acme.example"), of("/x"), of("/cases/roi"), of("/papers/a.pdf")] == [
        "nothing", "shop", "other", "roi_case", "roi_case"]
    assert of("/files/price list.pdf", kind="download") == "price_list.pdf"
    assert of("/x", content="roi_case") == "roi_case" and of("/x", content="made up") == "other"
    assert meanings.of(PageView(host="a.example", path="/fair/2026/", kind="page")).campaign_id == fair.pk
    assert meanings.of(PageView(host="a.example", path="/x", kind="page", campaign="Fair")).campaign_id == fair.pk


@pytest.mark.parametrize("more, words", [
    ({"agent": "Googlebot/2.1"}, "bot"), ({"agent": ""}, "without a name"), ({"driven": True}, "drives"),
    ({"ahead": True}, "ahead"), ({"origin": "evil.example"}, "another site"), ({"origin": ""}, "without a page"),
    ({"referrer": "www.100dollars-seo.example"}, "spam referrer"),
])
def test_machines_are_kept_apart_with_the_reason_and_are_no_facts(more, words):
    SpamReferrer.objects.create(host="100dollars-seo.example")
    looked(**more)
    assert words in PageView.objects.get().machine
    assert facts_of(sent()) == []


def test_a_flood_is_bounded_by_browser_and_network(monkeypatch):
    monkeypatch.setattr(pageview, "MOST_A_MINUTE", 5)
    monkeypatch.setattr(pageview, "MOST_AN_HOUR", 8)
    kept = [looked(f"/{number}") for number in range(12)]
    assert kept.count(True) == 8 and PageView.objects.exclude(machine="").count() == 3
    monkeypatch.setattr(pageviews, "MOST_NETWORK", 20)
    kept = [looked(visitor=f"{number:032x}", address="77.1.1.1") for number in range(30)]
    assert kept.count(True) == 20


def test_nobodys_views_are_forgotten_in_time_and_those_of_people_stay(settings):
    looked(ago=24 * 100)
    looked(visitor=BOB, ago=24 * 100)
    looked(visitor=BOB, ago=24 * 40, agent="curl/8")
    sent(visitor=BOB)
    assert forget(now()) >= 2
    assert [(view.visitor, view.machine) for view in PageView.objects.all()] == [(BOB, "")]


def beacon(client=None, **more):
    headers = more.pop("headers", {})
    page = "https://acme.example/pricing"
    said = {"v": ANN, "k": "page", "u": f"{page}?x=1#y", "p": page} | more
    return (client or Client(enforce_csrf_checks=True)).post(
        "/t/", json.dumps(said), content_type="text/plain",
        headers={"User-Agent": FIREFOX, "Origin": "https://acme.example"} | headers,
    )


def test_the_door_keeps_paths_without_queries_and_refuses_what_is_no_view(settings):
    assert beacon(m="spring").status_code == 204
    view = PageView.objects.get()
    assert (view.host, view.path, view.campaign, view.machine) == ("acme.example", "/pricing", "spring", "")
    for said in ({"v": "x"}, {"k": "click"}, {"u": "javascript:1"}, {"u": "https://[x"}, {"p": ""}):
        assert beacon(**said).status_code == 400, said
    for text in ("", "[", "[]", "1", "[" * 9000, "\xff"):
        answer = Client().post("/t/", text, content_type="text/plain")
        assert answer.status_code in (400, 413), text[:5]
    assert Client().get("/t/").status_code == 405 and Client().options("/t/")["Access-Control-Allow-Origin"] == "*"
    assert PageView.objects.count() == 1


def test_who_refuses_is_not_counted_and_other_sites_are_not_heard(settings):
    assert beacon(headers={"DNT": "1"}).status_code == beacon(headers={"Sec-GPC": "1"}).status_code == 204
    settings.TRACKED_SITES = ["firm.example"]
    assert beacon().status_code == 204 and not PageView.objects.exists()
    settings.TRACKED_SITES = ["acme.example"]
    beacon()
    assert PageView.objects.exists()


def test_the_script_is_small_and_its_address_never_changes():
    answer = Client().get("/track.js")
    assert len(answer.content) < 5000 and answer["Cache-Control"] == "public, max-age=3600"
