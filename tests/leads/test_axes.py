"""The two axes at any minute: who has engaged enough is what the policy says, whatever was recorded and however late
the due loop is."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.leads.people import signed
from tests.leads.test_honest_cache import recorded
from tests.policy import invented
from tests.story import DAY
from tests.tries import tries
from tests.web import people
from winnow.leads import axes, matrix
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.fact import minute, moment
from winnow.leads.models import PersonStanding
from winnow.leads.record import refold_account
from winnow.leads.replaying import honest_cache
from winnow.policy.judge import judge, score_at
from winnow.policy.replay import refold
from winnow.policy.state import PersonState

DB = settings(
    max_examples=tries(10, 50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip


def brute(definition, accounts, at):
    """Everybody who is judged along with an account, and whether the policy says of the facts that it is enough."""
    said = {}
    for number in accounts:
        fold = refold_account(definition, number)
        for who, _ in fold.accounts[number].front if number in fold.accounts else ():
            said[who] = judge(fold, number, who, minute(at)).milli >= definition.policy.asked_score
    return said


@pytest.mark.django_db
@DB
@given(st.integers(0, 2**40), invented.histories(most=14), st.lists(st.integers(0, 200 * DAY), max_size=4))
def test_who_has_enough_is_found_by_a_static_key_at_any_later_minute(db, seed, history, later):
    definition = signed(invented.document(Random(seed)))
    accounts = [one.pk for one in recorded(history)[0].values()]
    while judge_due(at=moment(history[-1].recorded)):
        pass
    for number, minutes in enumerate(sorted(later)):
        at = moment(history[-1].recorded + minutes)
        if number % 2:  # the loop may have come meanwhile, or not
            while judge_due(at=at):
                pass
        found, exact = matrix.enough_now(at)
        assert exact
        assert all(count > 0 for count in matrix.matrix(at).values())
        assert sum(matrix.matrix(at).values()) == PersonStanding.objects.count()
        said = brute(definition, accounts, at)
        assert set(found) & set(said) == {who for who, enough in said.items() if enough}


@settings(max_examples=tries(150, 2000), deadline=None)
@given(invented.definitions(), st.floats(0, 90_000), st.floats(0, 90_000), st.integers(-9000, 30_000), st.data())
def test_each_threshold_is_kept_to_the_minute(definition, fast, slow, fixed, data):
    """One minute before the end the policy's score is there, at the end it isn't: also where points fade at two
    speeds, and where some stay."""
    person = PersonState()
    person.at, person.fast, person.slow = 30_000_000, fast, slow
    at = person.at + data.draw(st.integers(0, 50 * DAY))
    milli = score_at(definition, person, fixed, at)
    kept = axes.until(definition, person, milli, at)
    for least, end in zip(axes.thresholds(definition), kept, strict=True):
        assert (end is not None) == (milli >= least)
        if end == axes.NEVER:
            assert score_at(definition, person, fixed, at + 4000 * DAY) >= least
        elif end is not None:
            last = minute(end)
            assert last > at
            assert score_at(definition, person, fixed, last) < least <= score_at(definition, person, fixed, last - 1)
    assert axes.band_now(kept, moment(at)) == axes.band_at(definition, milli)


@settings(max_examples=tries(60, 600), deadline=None)
@given(invented.definitions(), invented.histories(structural=False))
def test_a_band_that_is_kept_is_kept_until_something_is_judged_again(definition, history):
    """Minus points included: until the account is due again nobody reaches or leaves the asked score but at the minute
    that is stored."""
    fold, at = refold(definition, history), history[-1].recorded
    for number in fold.accounts:
        for who, _ in fold.accounts[number].front:
            said = judge(fold, number, who, at)
            kept = axes.until(definition, fold.people[who], said.milli, at)
            for look in range(at, min(said.rejudge_at or at + 200 * DAY, at + 200 * DAY), 997):
                enough = judge(fold, number, who, look).milli >= definition.asked_score
                assert enough == (axes.band_now(kept, moment(look)) == 1)


@pytest.mark.django_db
def test_the_matrix_counts_everybody_once_and_moves_with_time_alone():
    people.signed()
    ann, bob = people.eager(people.fit(people.person("Ann")), times=4), people.person("Bob", "Gelati Baraldi")
    at = now()
    assert sum(matrix.matrix(at).values()) == PersonStanding.objects.count() == 2
    standing = PersonStanding.objects.get(person=ann)
    enough = standing.milli >= 60_000
    assert matrix.matrix(at)["A", 1 if enough else 2] == 1
    later = at + timedelta(days=300)
    assert matrix.matrix(later) == {("A", 4): 1, (PersonStanding.objects.get(person=bob).grade, 4): 1}
    assert honest_cache().ok


@pytest.mark.django_db
def test_a_key_that_was_tampered_with_is_found_by_the_check():
    people.signed()
    ann = people.eager(people.fit(people.person("Ann")), times=4)
    PersonStanding.objects.filter(person=ann).update(enough_until=now() + timedelta(days=999))
    assert not honest_cache().ok
