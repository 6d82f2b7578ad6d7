"""Gaming tests as questions: the arithmetic, and that ordinary work is not asked about."""

from datetime import UTC, date, datetime
from random import Random

import pytest

from winnow.review.gaming import (
    Moves,
    Sign,
    binomial_tail,
    bursts,
    period,
    unlikely,
    within_seconds,
    without_evidence,
    working_days,
)


def test_the_binomial_tail_is_the_one_of_the_books():
    assert binomial_tail(60, 18, 2 / 21) == pytest.approx(7e-6, rel=0.1)  # METHOD
    assert binomial_tail(10, 5, 0.5) == pytest.approx(0.623046875)
    assert binomial_tail(3, 0, 0.2) == 1
    assert (binomial_tail(5, 1, 0.0), binomial_tail(5, 5, 1.0)) == (0, 1)


def test_the_last_two_working_days_leave_weekends_out():
    first, last = period(date(2026, 5, 12), 1)
    assert working_days(first, last)[-2:] == [
        date(2026, 5, 28),
        date(2026, 5, 29),
    ]  # the 30th and 31st are a weekend
    assert period(date(2026, 5, 12), 3) == (date(2026, 4, 1), date(2026, 6, 30))


def year(of, each=1, name="Sam", who=12):
    return [Moves(who, name, "moved on", day, each) for day in of]


DAYS = working_days(date(2026, 1, 1), date(2026, 12, 31))
ENDS = [day for month in range(1, 13) for day in working_days(*period(date(2026, month, 1), 1))[-2:]]


def test_a_burst_at_the_ends_of_months_is_a_question_with_its_numbers():
    (sign, *_) = bursts([*year(DAYS[::9]), *year(ENDS, 2)])
    assert (sign.who, sign.name) == (12, "Sam")
    assert sign.evidence.startswith("moved on 5")
    assert "in the last 2 working days of a month; chance would give about" in sign.evidence


def test_even_work_is_not_asked_about():
    assert bursts(year(DAYS)) == []


def test_few_moves_prove_nothing():
    assert bursts(year(ENDS[:5])) == []


def test_weekends_count_neither_way():
    weekend = [date(2026, 5, 30), date(2026, 5, 31), date(2026, 2, 28)]
    assert bursts([*year(DAYS), *year(weekend, 50)]) == []


def test_of_many_who_work_by_chance_hardly_anybody_is_asked():
    chance, asked = Random(7), 0
    for _ in range(20):
        firm = [
            Moves(rep, f"rep {rep}", "moved on", chance.choice(DAYS), 1)
            for rep in range(30)
            for _ in range(60)
        ]
        asked += bool(bursts(firm))
    assert asked <= 5  # a tenth of the reports would be right, none of the questions is


def test_the_one_who_games_is_found_among_many():
    chance = Random(8)
    firm = [Moves(rep, f"rep {rep}", "won", chance.choice(DAYS), 1) for rep in range(30) for _ in range(60)]
    found = bursts([*firm, *year(ENDS, 1, "Tom", 99)])
    assert found[0].name == "Tom"  # the least likely first
    assert len({sign.name for sign in found}) <= 2


def test_benjamini_and_hochberg_take_all_up_to_the_last_that_stands_under_the_line():
    signs = [Sign(n, str(n), "") for n in range(4)]
    tested = [(0.01, signs[0]), (0.04, signs[1]), (0.06, signs[2]), (0.9, signs[3])]
    assert unlikely(tested) == signs[:3]  # 0.06 <= 0.1 * 3 / 4
    assert unlikely([(0.2, signs[0]), (0.5, signs[1])]) == []


def test_moves_without_a_contact_are_asked_about_when_they_are_most():
    rows = [
        (1, "Sam", "moved leads on", 10, 6),
        (2, "Tom", "moved leads on", 100, 6),
        (3, "Sue", "recorded answers", 4, 4),
    ]
    (sign,) = without_evidence(rows)
    assert sign == Sign(
        1, "Sam", "moved leads on 6 of 10 times without a contact within three days before or after"
    )


def test_many_moves_within_seconds_are_told_with_their_moment():
    (sign,) = within_seconds([(1, "Sam", datetime(2026, 3, 31, 17, 55, tzinfo=UTC), 38, 9)])
    assert sign.evidence == "moved 9 leads on within 38 seconds on 31 March 2026 at 17:55"
