"""The account's page says where each value comes from, and lets somebody take back what a look-up got wrong."""

import pytest

from tests.web import people
from winnow.leads.clock import now
from winnow.leads.lookup import LookUp
from winnow.leads.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(client_of):
    return client_of(people.carol())


def looked_up(**more):
    people.signed()
    account = Account.objects.create(domain="acme.example", created_at=now(), **more)
    LookUp.plan_new()
    row = LookUp.claim(10)
    found = {"name": "Acme Mills", "industry": "manufacturing", "title": "Acme <Mills>", "url": "https://acme.example/"}
    row.keep(found, source="website")
    return account


def test_the_page_says_what_came_from_the_website_and_what_the_site_says_of_itself(carol):
    account = looked_up(country="DE")
    page = carol.get(f"/accounts/{account.pk}/").content.decode()
    assert "Known of it" in page and "read on the company&#x27;s website" in page
    assert "manufacturing" in page and "Acme &lt;Mills&gt;" in page and "https://acme.example/" in page
    assert "not recorded" in page, "nobody knows who said DE"


def test_what_is_wrong_is_taken_back_and_may_be_asked_for_again(carol, settings):
    account = looked_up(country="DE")
    answer = carol.post(f"/accounts/{account.pk}/look-up/removal/", follow=True)
    page = answer.content.decode()
    assert "taken back: industry, name" in page and "was wrong and is removed" in page
    account.refresh_from_db()
    assert (account.name, account.industry, account.country) == ("", "", "DE")
    assert carol.post(f"/accounts/{account.pk}/look-up/removal/").status_code == 409
    assert "Look it up again" not in page
    assert carol.post(f"/accounts/{account.pk}/look-up/").status_code == 409, "look-ups are off"
    settings.LOOK_UP = ["winnow.intake.website.Website"]
    assert "Look it up again" in carol.get(f"/accounts/{account.pk}/").content.decode()
    page = carol.post(f"/accounts/{account.pk}/look-up/", follow=True).content.decode()
    assert "will be looked up within minutes" in page and "Waits to be looked up" in page
    assert LookUp.objects.get().state == "waiting"


def test_a_reason_is_shown_when_nothing_was_found(carol):
    account = Account.objects.create(domain="acme.example", created_at=now())
    LookUp.plan_new()
    LookUp.claim(10).give_up("acme.example answers 404", again=False)
    assert "nothing found: acme.example answers 404." in carol.get(f"/accounts/{account.pk}/").content.decode()


def test_an_executive_sees_where_values_come_from_and_changes_none(client_of):
    account = looked_up()
    eva = client_of(people.user("Eva", "executive"))
    page = eva.get(f"/accounts/{account.pk}/").content.decode()
    assert "Known of it" in page and "take it back" not in page
    assert eva.post(f"/accounts/{account.pk}/look-up/removal/").status_code == 403
