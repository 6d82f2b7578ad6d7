"""The buying group of an account: saturating, never a sum; its roles, and its gaps in sentences."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tries import tries
from tests.web import people
from winnow.leads import axes
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.group import band_of, buying_group, chance, shares, together
from winnow.leads.record import recording
from winnow.policy import facts

SCORES = st.lists(st.integers(-20_000, 400_000), min_size=1, max_size=30)


@settings(max_examples=tries(200, 2000), deadline=None)
@given(SCORES, st.integers(1, 200_000))
def test_an_account_saturates_and_the_shares_of_its_people_add_up_to_one(scores, asked):
    chances = [chance(milli, asked) for milli in scores]
    whole, parts = together(chances), shares(chances)
    assert all(0 <= one < 1 for one in chances) and max(chances) - 1e-12 <= whole <= min(1.0, sum(chances) + 1e-12)
    assert abs(sum(parts) - (1 if any(chances) else 0)) < 1e-9
    order = sorted(range(len(scores)), key=lambda number: scores[number])
    assert all(parts[a] <= parts[b] + 1e-12 for a, b in itertools.pairwise(order))
    for own in chances:  # without somebody it stands where the others alone bring it
        others = list(chances)
        others.remove(own)
        assert abs(together(others) - (1 - (1 - whole) / (1 - own))) < 1e-6 or whole > 1 - 1e-9


@given(st.integers(0, 300_000), st.sampled_from((20_000, 60_000, 100_001)))
def test_the_band_of_an_account_with_one_person_is_that_persons(milli, asked):
    least = [asked // part for part in axes.PARTS]
    band = next((number for number, floor in enumerate(least, 1) if milli >= floor), 4)
    exact = all(abs(milli - floor) > 1 for floor in least)
    assert not exact or band_of(together([chance(milli, asked)])) == band


def test_twenty_who_clicked_once_are_no_buyer_and_two_who_are_eager_are_more_than_one():
    crowd, one, two = ([chance(2000, 60_000)] * 20, [chance(60_000, 60_000)], [chance(60_000, 60_000)] * 2)
    assert together(crowd) < together(one) == 0.5 < together(two) == 0.75
    assert shares(two) == [0.5, 0.5]


@pytest.mark.django_db
def test_roles_of_the_definition_are_covered_by_who_is_engaged_and_gaps_are_sentences():
    roles = {"economic_buyer": {"seniority": ["executive"], "at_least": 1, "says": "signs"},
             "champion": {"department": ["operations"]}}  # fmt: skip
    people.signed({**people.STARTER, "account": {"roles": roles}})
    ann, boss = people.eager(people.person("Ann")), people.person("Boss", inquired=False)
    with recording(ann.account) as history:
        history.append(facts.Described(person=ann.pk, attribute="department", value="operations"))
        history.append(facts.Described(person=boss.pk, attribute="seniority", value="executive"))
    group = buying_group(ann.account, Definition.in_force(), now())
    parts = {part.name: part for part in group.parts}
    assert parts["champion"].covered and parts["champion"].engaged == (ann,)
    assert not parts["economic buyer"].covered and parts["economic buyer"].quiet == (boss,)
    assert "No one with budget authority yet." in group.gaps
    silent = "No economic buyer engaged yet and one is asked for. Boss Ahlgren would be one, and shows no sign of life."
    assert silent in group.gaps
    people.eager(boss)
    people.answers(boss, authority="yes")
    group = buying_group(ann.account, Definition.in_force(), now())
    assert group.gaps == [] and all(part.covered for part in group.parts)
    assert abs(sum(one.share for one in group.members) - 1) < 1e-9 and group.band == 1
