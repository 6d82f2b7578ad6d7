"""Does the definition still hold: what moved is asked about, and what is chance isn't."""

from datetime import timedelta

import numpy as np
import pytest

from tests.leads.people import signed
from tests.studies.firm_made import make_firm
from winnow.leads.clock import now
from winnow.leads.models import Study
from winnow.studies import learned, moving
from winnow.studies.holding import NAME, questions


def found(rates, mixes):
    tested = [*moving._rates(rates), *moving._mixes(mixes)]
    return [one["what"] for one in moving._unlikely(tested) if one["far"]]


def world(draw, accepted=0.7, channels=(0.5, 0.3, 0.2), late=120):
    """A year and the weeks since, of which the weeks may be another world."""
    rates, mixes = [], []
    for period, cases, share, mix in ((0, 700, 0.7, (0.5, 0.3, 0.2)), (1, late, accepted, channels)):
        rates += [("accepted", period, int(draw.binomial(cases, share)), cases),
                  ("won", period, int(draw.binomial(cases // 2, 0.25)), cases // 2)]  # fmt: skip
        counts = draw.multinomial(cases, mix)
        mixes += [("channel", name, period, int(n)) for name, n in zip(("web", "event", "list"), counts, strict=True)]
    return rates, mixes


def test_a_steady_world_raises_few_questions_and_a_moved_one_is_asked_about():
    draw = np.random.default_rng(1)
    assert sum(bool(found(*world(draw))) for _ in range(100)) <= 10
    assert all("accepted" in found(*world(draw, accepted=0.35)) for _ in range(10))
    assert all("channel" in found(*world(draw, channels=(0.2, 0.3, 0.5))) for _ in range(10))


def test_few_cases_are_not_compared():
    draw = np.random.default_rng(2)
    assert found(*world(draw, accepted=0.1, late=moving.FEWEST - 1)) == []


@pytest.mark.django_db
def test_it_is_looked_at_once_a_day_told_as_a_question_and_learned_again_after_a_month():
    assert moving.watch_due() == 0  # nothing is in force
    definition = signed()
    make_firm(300, days=170)
    assert moving.watch_due() == 1 and moving.watch_due() == 0
    kept = Study.newest(NAME)
    tested = {one["what"]: one for one in kept.result["tested"]}
    assert tested["leads"]["before"] == 0.0 and tested["leads"]["by_chance"] == 1.0
    asked = {"about": "Won, of what was decided", "said": "a half", "question": "Is it the market?", "what": "won"}
    kept.finish({**kept.result, "questions": [asked]})
    assert [one["about"] for one in questions()] == ["Won, of what was decided"]
    at = now() - timedelta(days=40)
    Study.objects.create(name=learned.NAME, asked={"aim": "won", "days": 0}, asked_at=at, finished_at=at, result={})
    Study.objects.filter(name=NAME).update(finished_at=at)
    assert moving.watch_due() == 1
    assert Study.running(learned.NAME).asked == {"aim": "won", "days": 0, "base": definition.pk}
