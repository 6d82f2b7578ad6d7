"""Whether a programme works is told by those who were drawn to get nothing."""

from datetime import timedelta

import pytest

from tests.outreach import scene
from winnow.leads.clock import now
from winnow.leads.message import Enrolment
from winnow.outreach import effect


def test_newcombe_s_own_example_comes_out():
    """Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80."""
    low, high = effect.newcombe(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_the_smallest_effect_shrinks_with_the_people():
    assert effect.detectable(0.05, 2400, 600) == pytest.approx(0.0279, abs=1e-3)
    assert effect.detectable(0.05, 24, 6) > effect.detectable(0.05, 240, 60)
    assert effect.detectable(0.0, 10, 5) > 0


@pytest.mark.django_db
def test_people_count_by_what_they_were_drawn_for_whatever_they_got(tuesday):
    of = scene.programme(holdout_percent=50)
    places = [scene.enrolled(f"Ann{number}", of=of) for number in range(8)]
    for number, place in enumerate(places):
        Enrolment.objects.filter(pk=place.pk).update(held_out=number < 3, started_at=now() - timedelta(days=9))
    for place in (places[0], places[4], places[5]):
        scene.move(place.person, "ready")
    found = effect.effect_of(of)
    leads, won = found.differences
    assert (leads.with_mails, leads.without) == ((2, 5), (1, 3))
    assert (won.with_mails, won.without, won.more) == ((0, 5), (0, 3), 0)
    assert leads.more == pytest.approx(2 / 5 - 1 / 3)
    assert leads.low < leads.more < leads.high
    assert not leads.certain


@pytest.mark.django_db
def test_without_anybody_to_compare_with_nothing_is_claimed():
    place = scene.enrolled()
    assert effect.effect_of(place.programme) is None
