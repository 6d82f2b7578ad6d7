"""The pages about the firm's website: what is looked at, by whom, machines apart; what pages mean; one's own pages."""

from datetime import timedelta

import pytest

from tests.web.people import carol, sam, signed
from winnow.intake.arrivals import process_pending, take
from winnow.intake.pageviews import Told, record_views
from winnow.intake.pageviews import take as look
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.models import PageRule, PageView, Person, SpamReferrer
from winnow.leads.standing import PersonStanding
from winnow.ops.commands.referrers import hosts_of

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


def looked(path, visitor="a" * 32, hours=0, **more):
    given = {"host": "acme.example", "page": "acme.example", "origin": "acme.example", "agent": FIREFOX} | more
    assert look(Told(visitor=visitor, kind="page", path=path, **given), now() - timedelta(hours=hours))


def sent():
    take("form", "form contact", {"email": "ann@mill.example", "last_name": "Lee", "visitor": "a" * 32})
    process_pending()
    record_views()
    return Person.objects.get()


def test_the_page_counts_visitors_names_the_known_and_keeps_machines_apart(client_of):
    looked("/pricing")
    looked("/jobs", visitor="b" * 32)
    looked("/pricing", visitor="c" * 32, agent="Googlebot/2.1")
    ann = sent()
    page = client_of(carol()).get("/attract/website/").content.decode()
    assert "acme.example/pricing" in page and "Calls itself bot" in page and "track.js" in page and "Lee" in page
    assert client_of(sam()).get("/attract/website/").status_code == 403
    mine = client_of(carol()).get(f"/people/{ann.pk}/pages/").content.decode()
    assert "/pricing" in mine and "/jobs" not in mine and "other pages" in mine
    assert "acme.example/pricing" in client_of(carol()).get(f"/people/{ann.pk}/").content.decode()


def test_rules_are_set_on_a_screen_and_weigh_what_the_definition_says(client_of):
    signed()
    browser = client_of(carol())
    rules = "/attract/website/rules/"
    assert browser.post(rules, {"pattern": "/pricing*", "group": "pricing"}).status_code == 302
    for said, words in (
        ({"pattern": "/pricing*", "group": "x"}, "already"), ({"pattern": "pricing", "group": "x"}, "no path"),
        ({"pattern": "/x"}, "one of three"), ({"pattern": "/x", "group": "a", "ignored": "on"}, "one of three"),
    ):
        answer = browser.post(rules, said)
        assert answer.status_code == 422 and words in answer.content.decode()
    page = browser.get(rules + "?address=https://www.acme.example/pricing/mills?x=1").content.decode()
    assert "<span>pricing pages</span>" in page and "+5" in page
    looked("/pricing/mills", hours=30)
    ann = sent()
    judge_due()
    milli = PersonStanding.objects.get(person=ann).milli
    assert 14_000 < milli < 15_000, "an inquiry of today, and a look at the prices that has faded since yesterday"
    rule = PageRule.objects.get()
    assert browser.post(f"{rules}{rule.pk}/removal/").status_code == 302 and not PageRule.objects.exists()
    assert client_of(sam()).post(rules, {"pattern": "/x", "group": "x"}).status_code == 403


def test_a_list_of_spam_referrers_is_read_as_it_comes(tmp_path, shared_data):
    file = tmp_path / "list.txt"
    file.write_text("# spam\nWWW.Bad.example  # why\n\nno host\nbücher.example\n", encoding="utf-8")
    assert hosts_of(file) == ({"bad.example", "xn--bcher-kva.example"}, 1)
    hosts, left_out = hosts_of(shared_data / "spam" / "referrer_spammers.txt")
    assert len(hosts) > 2300 and left_out < 10
    SpamReferrer.objects.bulk_create([SpamReferrer(host=host) for host in hosts])
    looked("/", referrer=f"www.{sorted(hosts)[100]}")
    looked("/x", referrer="search.example")
    assert list(PageView.objects.order_by("path").values_list("machine", flat=True)) == ["spam referrer", ""]
