"""Numbers and times as people say them, at the edges where they usually go wrong."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from winnow.web import wording

NOW = datetime(2026, 3, 17, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (wording.count(4812), "4,812"),
        (wording.count(-3), "−3"),
        (wording.count(0), "0"),
        (wording.count(None), "unknown"),
        (wording.count(9.5), "9.5"),
        (wording.points(19_543), "+19.5"),
        (wording.points(-8_706), "−8.7"),
        (wording.points(49), "0"),
        (wording.points(20_000, "whole"), "+20"),
        (wording.points(None), "unknown"),
        (wording.score(59_999), "59"),
        (wording.score(60_000), "60"),
        (wording.score(-500), "−1"),
        (wording.percent(0.58), "58\u00a0%"),
        (wording.percent(0), "0\u00a0%"),
        (wording.percent(0.0004), "under 0.1\u00a0%"),
        (wording.percent(0.9996), "99.9\u00a0%"),
        (wording.percent(1), "100\u00a0%"),
        (wording.percent(None), "unknown"),
        (wording.money(132_900), "€1,329"),
        (wording.money(450), "€4.50"),
        (wording.money(-20_050, "USD"), "−$201"),
        (wording.money(0), "€0"),
        (wording.money(1_234_567_800), "€12,345,678"),
        (wording.money(5000, "JPY"), "¥5,000"),
        (wording.money(100_000, "CHF"), "CHF\u00a01,000"),
        (wording.money(None), "unknown"),
        (wording.money_short(294_000_000), "€2.94\u00a0M"),
        (wording.money_short(6_100_000_000), "€61\u00a0M"),
        (wording.money_short(132_900), "€1,329"),
        (wording.duration(22), "22 min left"),
        (wording.duration(-14), "14 min late"),
        (wording.duration(-65), "1 h 5 min late"),
        (wording.duration(0), "due now"),
        (wording.duration(None), "unknown"),
        (wording.span(120), "2 h"),
        (wording.clipped("Ann  \n Ahlgren", 20), "Ann Ahlgren"),
    ],
)
def test_a_figure_reads_as_people_write_it(call, words):
    assert call == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=14), "14 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=26), "yesterday"),
        (timedelta(days=6), "11 Mar"),
        (timedelta(days=400), "10 Feb 2025"),
        (timedelta(minutes=-14), "in 14 min"),
        (timedelta(hours=-3), "in 3 h"),
        (timedelta(hours=-24), "tomorrow"),
        (timedelta(days=-9), "26 Mar"),
    ],
)
def test_a_moment_reads_as_people_say_it(before, words):
    assert wording.ago(NOW - before, NOW) == words


def test_a_year_that_has_just_ended_needs_no_number():
    new_year = datetime(2026, 1, 3, 9, tzinfo=UTC)
    assert wording.ago(datetime(2025, 12, 28, 9, tzinfo=UTC), new_year) == "28 Dec"


def test_hours_are_counted_over_a_clock_change_and_not_read_off_the_wall():
    berlin = ZoneInfo("Europe/Berlin")
    before, after = datetime(2026, 3, 29, 1, 30, tzinfo=berlin), datetime(2026, 3, 29, 3, 30, tzinfo=berlin)
    assert wording.ago(before, after) == "1 h"


def test_how_long_something_waits_has_one_unit():
    ages = [wording.age(NOW - timedelta(minutes=m), NOW) for m in (5, 130, 2000, 60 * 24 * 90, 60 * 24 * 800)]
    assert ages == ["5 min", "2 h", "1 d", "3 months", "2 years"]
