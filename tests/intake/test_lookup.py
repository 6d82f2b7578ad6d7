"""New companies are looked up one by one, once, at a gentle pace; people and files have the last word."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from tests.intake.definition import signed
from tests.intake.test_fetching import Web, reply, site
from winnow.intake import lookup
from winnow.intake.arrivals import process_pending, take
from winnow.intake.lookup import Found, look_up_due
from winnow.intake.reachable import NotRead
from winnow.intake.website import Website
from winnow.leads.agreeing import references
from winnow.leads.clock import at, now
from winnow.leads.errors import Refusal
from winnow.leads.lookup import BACK_OFF, LookUp, standing_facts
from winnow.leads.models import Account, AccountStanding, AuditEntry, FactRow, Inquiry, User
from winnow.leads.replaying import fact_chain, honest_cache

pytestmark = pytest.mark.django_db


class Oracle:
    """A look-up that knows what it is told; an exception is raised."""

    name = "oracle"
    says = None
    asked: list[str] = []

    def look_up(self, domain):
        Oracle.asked.append(domain)
        if isinstance(Oracle.says, Exception):
            raise Oracle.says
        return Oracle.says


@pytest.fixture
def oracle(settings):
    """Look-ups are on, and ask the oracle."""
    settings.LOOK_UP, settings.LOOK_UP_PER_MINUTE = ["tests.intake.test_lookup.Oracle"], 1000
    Oracle.says, Oracle.asked = Found(name="Acme Mills", industry="manufacturing", employees=120, country="DE"), []
    lookup.look_ups.cache_clear()
    lookup._planned[0] = float("-inf")
    yield Oracle
    lookup.look_ups.cache_clear()


def acme(**more):
    return Account.objects.create(**{"domain": "acme.example", "created_at": now()} | more)


def due():
    lookup._planned[0] = float("-inf")
    return look_up_due()


def test_nothing_is_looked_up_until_the_operator_says_so(oracle, settings):
    acme()
    settings.LOOK_UP = []
    assert due() == 0 and not LookUp.objects.exists() and not oracle.asked


def test_a_new_company_is_looked_up_once_and_takes_what_it_lacks(oracle):
    signed()
    account = acme()
    assert (due(), due()) == (1, 0) and oracle.asked == ["acme.example"]
    account.refresh_from_db()
    assert (account.name, account.name_key) == ("Acme Mills", "acme mills")
    assert (account.industry, account.employees, account.country) == ("manufacturing", 120, "DE")
    facts = FactRow.objects.filter(account=account, kind="described", source="oracle")
    told = {"industry": "manufacturing", "employees": "120", "country": "DE"}
    assert dict(facts.values_list("code", "value")) == told
    assert "industry" in AccountStanding.objects.get(account=account).state, "fit knows it"
    assert honest_cache().ok and fact_chain().ok and references().ok


def test_whom_it_is_not_about_is_left_alone(oracle):
    acme(domain="a.example", name="A", industry="software")  # known
    acme(domain=None, name="B")
    acme(domain="c.example", kind="solo")
    acme(domain="d.example", voided_at=now())
    acme(domain="e.example", merged_into=Account.objects.first())
    assert due() == 0 and not oracle.asked


def test_a_robot_that_fills_in_forms_does_not_choose_whom_we_visit(oracle):
    signed()
    body = {"email": "ann@acme.example", "message": "http://a.example http://b.example", "channel": "web"}
    take("api", "key 1", body, {}, "k1")
    process_pending()
    Inquiry.objects.update(valid=False, invalid_reason="robot")
    assert due() == 0 and not oracle.asked
    take("api", "key 1", body | {"message": "Which mill suits rye?"}, {}, "k2")
    process_pending()
    assert Inquiry.objects.filter(valid=True).count() == 1
    assert due() == 1 and oracle.asked == ["acme.example"]


def test_what_somebody_gave_stays_and_what_somebody_gives_later_wins(oracle):
    signed()
    account = acme(name="Acme", country="AT")
    due()
    account.refresh_from_db()
    assert (account.name, account.country, account.industry) == ("Acme", "AT", "manufacturing")
    body = {"email": "ann@acme.example", "company": "Acme", "industry": "logistics", "employees": 80}
    take("api", "key 1", body, {}, "k1")
    process_pending()
    account.refresh_from_db()
    assert (account.industry, account.employees) == ("logistics", 80)
    assert standing_facts(account)["industry"].source != "oracle"
    LookUp.objects.get(account=account).remove(by=None)
    account.refresh_from_db()
    assert (account.name, account.country, account.industry, account.employees) == ("Acme", "AT", "logistics", 80)
    assert honest_cache().ok


def test_what_is_wrong_is_removed_with_its_facts_and_not_looked_up_again(oracle):
    signed()
    carol = User.objects.get(name="Carol")
    account = acme()
    due()
    row = LookUp.objects.get()
    assert sorted(row.remove(by=carol)) == ["country", "employees", "industry", "name"]
    account.refresh_from_db()
    assert (account.name, account.name_key, account.industry, account.country) == ("", "", "", "")
    assert account.employees is None
    assert standing_facts(account) == {} and FactRow.objects.filter(kind="withdrawn", by_id=carol.pk).count() == 3
    row.refresh_from_db()
    assert row.state == "removed" and AuditEntry.objects.filter(verb="remove look-up", by=carol).exists()
    with at(now() + timedelta(days=30)):
        assert due() == 0
    assert honest_cache().ok and fact_chain().ok
    row.remove(by=carol)  # twice is as good as once
    assert FactRow.objects.filter(kind="withdrawn").count() == 3


def test_somebody_may_ask_again_and_nobody_about_a_company_without_a_domain(oracle):
    carol = User.objects.create_user("carol@winnow.example", role="marketing", name="Carol")
    account = acme()
    due()
    LookUp.objects.get().remove(by=carol)
    LookUp.ask(account, by=carol)
    assert due() == 1
    account.refresh_from_db()
    assert account.industry == "manufacturing"
    with pytest.raises(Refusal, match="no domain"):
        LookUp.ask(acme(domain=None, name="Globex"), by=carol)


def test_what_may_pass_is_tried_again_ever_later_and_then_has_failed(oracle):
    oracle.says = NotRead("the site is too slow", again=True)
    acme()
    when = now()
    for number, wait in enumerate(BACK_OFF, 1):
        with at(when):
            assert due() == 1 and due() == 0
            row = LookUp.objects.get()
            assert (row.state, row.reason, row.tries) == ("waiting", "the site is too slow", number)
            assert row.due_at == when + wait
        with at(when + wait - timedelta(seconds=1)):
            assert due() == 0
        when += wait
    with at(when):
        due()
    row = LookUp.objects.get()
    assert (row.state, row.due_at, row.tries) == ("failed", None, 5)


@pytest.mark.parametrize(("says", "state", "reason"), [
    (NotRead("acme.example answers 404"), "nothing", "acme.example answers 404"),
    (None, "nothing", "oracle says nothing of use"),
    (ZeroDivisionError(), "waiting", "oracle failed (ZeroDivisionError)"),
])  # fmt: skip
def test_the_reason_is_kept_when_nothing_is_found(oracle, says, state, reason):
    oracle.says = says
    acme()
    due()
    row = LookUp.objects.get()
    assert (row.state, row.reason) == (state, reason)


def test_nothing_that_a_look_up_says_breaks_the_columns(oracle):
    oracle.says = Found("n\0" * 900, "i" * 900, -4, "Narnia", "t" * 900, "d\0" * 900, "u" * 9000)
    acme()
    due()
    row = LookUp.objects.get()
    assert (row.state, len(row.name), len(row.industry), row.employees, row.country) == ("found", 300, 120, None, "")


def test_no_more_than_the_pace_allows_are_looked_up_in_a_minute(oracle, settings):
    settings.LOOK_UP_PER_MINUTE = 3
    for number in range(5):
        acme(domain=f"a{number}.example")
    start = now()
    with at(start):
        assert [due() for _ in range(5)] == [1, 1, 1, 0, 0]
    with at(start + timedelta(seconds=61)):
        assert [due() for _ in range(3)] == [1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_look_one_company_up_both(oracle):
    for number in range(20):
        acme(domain=f"a{number}.example")

    def work():
        try:
            for _ in range(60):
                due()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(oracle.asked) == sorted(f"a{number}.example" for number in range(20))


def test_who_died_over_one_leaves_it_to_the_next_and_comes_too_late_himself(oracle):
    account = acme()
    LookUp.plan_new()
    dead = LookUp.claim(100)
    assert LookUp.claim(100) is None
    with at(now() + timedelta(minutes=6)):
        assert due() == 1
    dead.give_up("came back", again=True)
    assert dead.keep({"industry": "retail"}, source="late") == {}
    account.refresh_from_db()
    assert LookUp.objects.get().state == "found" and account.industry == "manufacturing"


def test_a_name_in_the_settings_that_is_no_look_up_is_refused_with_a_way_out(settings):
    settings.LOOK_UP = ["winnow.nowhere.Nothing"]
    lookup.look_ups.cache_clear()
    with pytest.raises(Refusal, match=r"winnow\.intake\.website\.Website"):
        lookup.look_ups()
    lookup.look_ups.cache_clear()
    settings.LOOK_UP = ["winnow.intake.website.Website"]
    assert [one.name for one in lookup.look_ups()] == ["website"]
    lookup.look_ups.cache_clear()


def test_the_company_is_read_from_its_own_site_from_end_to_end(settings, monkeypatch):
    signed()
    account = acme()
    page = (
        '<html><head><meta charset=utf-8><title>Acme Mühlen – Maschinenbau</title><script type="application/ld+json">'
        '{"@type": "Organization", "name": "Acme Mühlen", "address": {"addressCountry": "Germany"},'
        ' "numberOfEmployees": 140}</script></head></html>'
    ).encode()
    with site({"/": reply(page)}) as (port, asked):
        one = Website(Web(port).fetcher())
        monkeypatch.setattr(lookup, "look_ups", lambda: (one,))
        settings.LOOK_UP = ["winnow.intake.website.Website"]
        assert due() == 1
    account.refresh_from_db()
    assert (account.name, account.industry) == ("Acme Mühlen", "manufacturing")
    assert (account.employees, account.country) == (140, "DE")
    assert {row.source for row in standing_facts(account).values()} == {"website"}
    assert LookUp.objects.get().url == "http://acme.example/" and len(asked) == 2
