"""The stored standing is the replayed standing, whatever was recorded in whatever order (ARCHITECTURE, Property 2)."""

import dataclasses
from datetime import timedelta
from random import Random

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.leads.people import MONDAY, account, prospect, signed
from tests.policy import invented
from tests.tries import tries
from winnow.leads.due import judge_due
from winnow.leads.fact import READ, fact_of, minute, moment
from winnow.leads.models import Account, AccountStanding, Cycle, FactRow, PersonStanding
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.policy.judge import judge_account
from winnow.policy.replay import refold, replay

pytestmark = pytest.mark.django_db
DB = settings(  # without shrinking: a failing story is short enough to read, and a database is slow
    max_examples=tries(12, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def recorded(history):
    """Record an invented history through the door. Returns its accounts and people, by the numbers of the story."""
    at = moment(history[0].recorded)
    accounts = {number: account("", at) for number in invented.ACCOUNTS}
    people = {1: prospect("Ann", accounts[101], at), 2: prospect("Bob", accounts[101], at)}
    people[3] = prospect("Cem", accounts[102], at)
    ids = {}
    for fact in history:
        own = {}
        for name in ("to", "other"):
            if hasattr(fact, name):
                who = people if name == "other" and fact.person is not None else accounts
                own[name] = who[getattr(fact, name)].pk
        if fact.kind == "withdrawn":
            own["fact"] = ids[fact.fact]
        if fact.person is not None:
            own["person"] = people[fact.person].pk
        with recording(accounts[fact.account], at=moment(fact.recorded)) as history_now:
            ids[fact.id] = history_now.append(
                dataclasses.replace(fact, **own), happened=moment(fact.happened)
            )
    return accounts, people


def assert_honest(accounts) -> None:
    """What is stored of the accounts equals a replay of all that was recorded of all of them, from the start."""
    numbers = [one.pk for one in accounts.values()]
    rows = FactRow.objects.filter(account__in=numbers).order_by("id").values_list(*READ)
    told = [fact_of(row) for row in rows]
    for stored in AccountStanding.objects.filter(pk__in=numbers, dirty=False).select_related("definition"):
        verdict = judge_account(refold(stored.definition.policy, told), stored.pk, minute(stored.judged_at))
        assert stored.primary_person_id == verdict.primary
        assert stored.rejudge_at == (None if verdict.rejudge_at is None else moment(verdict.rejudge_at))
        people = PersonStanding.objects.in_bulk([one.person for one in verdict.people])
        for one in verdict.people:
            kept = people[one.person]
            assert (kept.account_id, kept.milli, kept.grade) == (stored.pk, one.milli, one.grade)
            assert (tuple(kept.levels), tuple(kept.unmet), kept.ready) == (one.levels, one.unmet, one.ready)


@DB
@given(st.integers(0, 2**40), invented.histories(most=14))
def test_what_is_stored_is_what_a_replay_says(db, seed, history):
    signed(invented.document(Random(seed)))
    accounts, _ = recorded(history)
    assert_honest(accounts)
    for days in (0, 1, 9, 40, 200):
        at = moment(history[-1].recorded + days * 1440)
        while judge_due(at=at):
            pass
        assert not AccountStanding.objects.filter(dirty=True).exists()
        assert not AccountStanding.objects.filter(rejudge_at__lte=at).exists()
        assert_honest(accounts)


@DB
@given(st.integers(0, 2**40), invented.histories(most=10, structural=False))
def test_the_last_verdict_of_a_replay_is_the_one_that_recording_gave(db, seed, history):
    """The generator that the back-test uses and the door that the web request uses, fact by fact."""
    definition = signed(invented.document(Random(seed))).policy
    _, people = recorded(history)
    names = {person.pk: number for number, person in people.items()}
    said = {one.person: one for one in replay(definition, history) if one.fact is not None and one.person}
    last = history[-1]
    if last.person is not None:
        kept = PersonStanding.objects.get(person=people[last.person])
        verdict = said[names[kept.person_id]]
        assert (kept.milli, tuple(kept.unmet), kept.ready) == (verdict.milli, verdict.unmet, verdict.ready)


@pytest.fixture
def need_yes():
    """Nothing is asked but that the need is yes."""
    return signed({"score": {"asked": 0}, "lead": {"grade": "D"}, "bantfo": {"need": {"asked": "yes"}}})


def test_an_answer_that_is_taken_back_after_its_person_moved_no_longer_counts_where_it_was_given(need_yes):
    acme, globex = account("Acme"), account("Globex")
    ann, bob = prospect("Ann", acme), prospect("Bob", acme)
    with recording(acme, at=MONDAY) as history:
        history.append(facts.Met(person=bob.pk))
        given_answer = history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    with recording(acme, at=MONDAY) as history:
        history.append(facts.MovedAccount(person=ann.pk, to=globex.pk))
    assert PersonStanding.objects.get(person=bob).unmet == []
    with recording(globex, at=MONDAY) as history:
        history.append(facts.Withdrawn(person=ann.pk, fact=given_answer))
    judge_due(at=MONDAY)
    assert PersonStanding.objects.get(person=bob).unmet == ["need"]


def test_who_was_merged_into_somebody_that_moves_takes_the_engagement_along(need_yes):
    acme, globex = account("Acme"), account("Globex")
    ann, bob = prospect("Ann", acme), prospect("Bob", acme)
    with recording(acme, at=MONDAY) as history:
        history.append(facts.ContentTaken(person=bob.pk, content="demo"))
        before = history.verdict_on(bob.pk).milli
        history.append(facts.Merged(person=ann.pk, other=bob.pk))
        history.append(facts.MovedAccount(person=ann.pk, to=globex.pk))
    judge_due(at=MONDAY)
    assert PersonStanding.objects.get(person=ann).milli == before > 0


def test_an_account_that_was_merged_into_another_is_not_judged_for_ever(need_yes):
    acme, twin = account("Acme"), account("Acme Inc")
    ann = prospect("Ann", twin)
    with recording(twin, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    Account.objects.filter(pk=twin.pk).update(merged_into=acme)
    assert judge_due(at=MONDAY + timedelta(days=900)) == 0


def test_a_verdict_turns_with_the_clock_alone_and_is_stamped_with_the_minute_it_turned(need_yes):
    """A late loop gives the verdict of the moment at which it was due, not of its own."""
    acme = account("Acme")
    ann = prospect("Ann", acme)
    with recording(acme, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    assert Cycle.objects.get(person=ann).stage == "ready"
    expires = MONDAY + timedelta(days=180)
    with time_machine.travel(expires - timedelta(minutes=1), tick=False):
        assert judge_due() == 0
    with time_machine.travel(expires + timedelta(days=3), tick=False):
        assert judge_due() == 1
    cycle = Cycle.objects.get(person=ann)
    assert (cycle.stage, cycle.stage_at) == ("nurturing", expires)
