"""The page of a back-test: asked for, worked out by the worker, beside the version in force; sliders answer at once."""

import pytest

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed, sue
from tests.studies.test_backtest import DEMANDING
from winnow.leads.models import Definition
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.studies import backtesting

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(settings, tmp_path, monkeypatch):
    """In force asks for a need; the draft asks for the score alone. Ann has a need, Bob has told none."""
    settings.HOME = tmp_path
    monkeypatch.setattr(backtesting, "PROCESSES", 0)
    signed(DEMANDING)
    for name, need in (("Ann", True), ("Bob", False)):
        home = account(f"{name}'s firm")
        who = prospect(name, home)
        with recording(home, at=MONDAY) as history:
            history.append(facts.Inquired(person=who.pk, channel="web"))
            history.append(facts.ContentTaken(person=who.pk, content="demo"))
            if need:
                history.append(facts.Answered(person=who.pk, item="need", level="yes", source="rep"))
    return Definition.draft({**DEMANDING, "bantfo": {}}, by=carol())


def after_a_test(client, draft):
    client.force_login(carol())
    answer = client.post(f"/definition/{draft.number}/backtest/", {})
    assert answer.status_code == 302
    assert backtesting.run_waiting() == 1
    return client.get(f"/definition/{draft.number}/backtest/").text


def test_a_draft_is_tested_and_shown_beside_the_version_in_force_with_whom_it_judges_otherwise(client, draft):
    page = client.get(f"/definition/{draft.number}/backtest/")
    assert page.status_code == 302, "nobody sees it without an account"
    page = after_a_test(client, draft)
    assert "Back-test of draft 2" in page
    assert "Bob" in page and "need is unknown, asked is yes" in page
    assert "The past was shaped by the rules of then" in page
    panel = client.get(f"/definition/{draft.number}/backtest/", headers={"HX-Request": "true"}).text
    assert "<html" not in panel and "1 only now, 0 no longer" in panel


def test_while_it_is_counted_the_page_says_how_far_it_is(client, draft):
    client.force_login(sue())
    client.post(f"/definition/{draft.number}/backtest/", {})
    assert "waiting for the worker" in client.get(f"/definition/{draft.number}/backtest/").text
    progress = client.get(f"/definition/{draft.number}/backtest/progress/")
    assert "HX-Refresh" not in progress
    backtesting.run_waiting()
    assert "HX-Refresh" in client.get(f"/definition/{draft.number}/backtest/progress/")


def test_a_rep_reads_the_figures_without_the_people_of_others_and_asks_for_none(client, draft):
    after_a_test(client, draft)
    client.force_login(sam())
    page = client.get(f"/definition/{draft.number}/backtest/").text
    assert "Back-test of draft 2" in page and "Bob" not in page
    assert client.post(f"/definition/{draft.number}/backtest/", {}).status_code == 403


MOVED = {"asked": 5, "half_life": 30, "grade": "D", "need": "yes", "budget": "", "authority": "", "timing": ""}


def test_sliders_answer_on_a_sample_then_on_all_and_may_be_kept_as_a_draft(client, draft, monkeypatch):
    after_a_test(client, draft)
    monkeypatch.setattr("winnow.web.backtests.SAMPLE_FACTS", 4)
    where = f"/definition/{draft.number}/backtest/"
    sample = client.get(f"{where}trial/", MOVED).text
    assert "a sample" in sample and "On everybody about" in sample and "all=1" in sample
    whole = client.get(f"{where}trial/", {**MOVED, "all": 1}).text
    assert "All 5 facts" in whole and "Keep these values as a draft" in whole
    client.post(f"{where}values/", MOVED)
    kept = Definition.objects.order_by("-number").first()
    assert kept.based_on == draft
    assert kept.document["bantfo"] == {"need": {"asked": "yes"}}
    assert (kept.policy.asked_score, kept.policy.half_life) == (5000, 30 * 1440)


def test_values_that_are_none_are_said_in_words(client, draft):
    client.force_login(carol())
    where = f"/definition/{draft.number}/backtest/"
    assert client.get(f"{where}trial/", {**MOVED, "grade": "Z"}).status_code == 422
    answer = client.get(f"{where}trial/", MOVED)
    assert answer.status_code == 422 and "no copy of the facts" in answer.text
