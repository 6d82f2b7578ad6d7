"""A draft beside the version in force: what the two judge otherwise is listed, with since when and why."""

from datetime import timedelta

import pytest
import time_machine

from tests.leads.people import MONDAY, account, carol, prospect, signed, sue
from tests.studies.test_backtest import DEMANDING
from winnow.leads.due import judge_due
from winnow.leads.errors import Refusal
from winnow.leads.models import Definition, Lead, Shadow
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.studies.shadowing import disagreements, follow_due

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bob():
    """In force asks for a need; Bob took something and has told of none. Ann did, and both texts take her."""
    with time_machine.travel(MONDAY, tick=False):
        signed(DEMANDING)
        for name in ("Ann", "Bob"):
            home = account(f"{name}'s firm")
            who = prospect(name, home)
            with recording(home, at=MONDAY) as history:
                history.append(facts.ContentTaken(person=who.pk, content="demo"))
                if name == "Ann":
                    history.append(facts.Answered(person=who.pk, item="need", level="yes", source="rep"))
        return who


def easier():
    return Definition.draft({**DEMANDING, "bantfo": {}}, by=carol())


def followed(at):
    """All that the worker would do by that moment."""
    with time_machine.travel(at, tick=False):
        judge_due(at=at)
        while follow_due():
            pass


def told(shadow):
    return [(str(one.person.first_name), one.ready, one.differs_since, one.why) for one in disagreements(shadow)]


def test_whom_the_draft_takes_and_the_version_in_force_does_not_is_listed_with_the_reason(bob):
    with time_machine.travel(MONDAY, tick=False):
        shadow = Shadow.start(easier(), by=carol())
    followed(MONDAY)
    assert told(shadow) == [("Bob", True, MONDAY, ["need is unknown, asked is yes"])]
    assert Lead.objects.count() == 1, "it decides nothing"


def test_a_new_fact_is_followed_and_what_agrees_again_is_off_the_list(bob):
    with time_machine.travel(MONDAY, tick=False):
        shadow = Shadow.start(easier(), by=carol())
    followed(MONDAY)
    with recording(bob.account, at=MONDAY + DAY) as history:
        history.append(facts.Answered(person=bob.pk, item="need", level="yes", source="rep"))
    followed(MONDAY + DAY)
    assert told(shadow) == []
    assert shadow.standings.filter(ready=True, in_force=True).count() == 2


def test_time_alone_is_followed_on_both_sides(bob):
    """Both fade; a draft that asks for more lets them go earlier."""
    harder = Definition.draft({**DEMANDING, "score": {**DEMANDING["score"], "asked": 5.9}}, by=carol())
    with time_machine.travel(MONDAY, tick=False):
        shadow = Shadow.start(harder, by=carol())
    followed(MONDAY)
    assert told(shadow) == []
    followed(MONDAY + 3 * DAY)
    ((name, ready, _, why),) = told(shadow)
    assert (name, ready, why) == ("Ann", False, ["the score is 5, asked are 5"])
    followed(MONDAY + 30 * DAY)
    assert told(shadow) == [], "under neither any more"


def test_one_runs_at_a_time_beside_another_text_and_ends_when_it_is_signed(bob):
    draft = easier()
    shadow = Shadow.start(draft, by=carol())
    with pytest.raises(Refusal, match="runs beside already"):
        Shadow.start(draft, by=sue())
    draft.sign(by=carol(), seen_hash=draft.hash)
    draft.sign(by=sue(), seen_hash=draft.hash)
    assert follow_due() == 0
    shadow.refresh_from_db()
    assert shadow.ended_at is not None
    with pytest.raises(Refusal, match="what is in force already"):
        Shadow.start(draft, by=carol())


def test_the_page_starts_it_lists_who_is_judged_otherwise_and_ends_it(bob, client):
    draft = easier()
    with time_machine.travel(MONDAY, tick=False):
        _started_and_ended_on_its_page(draft, client)


def _started_and_ended_on_its_page(draft, client):
    client.force_login(carol())
    where = f"/definition/{draft.number}/shadow/"
    assert "has not run beside yet" in client.get(where).text
    client.post(where)
    while follow_due():
        pass
    page = client.get(where).text
    assert "1 only under 2" in page and "Bob" in page and "need is unknown" in page
    client.post(f"{where}end/")
    assert Shadow.running() is None and "Bob" in client.get(where).text
