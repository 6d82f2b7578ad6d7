"""Working time against an oracle that looks at every single minute: zones, clock changes, holidays (R13)."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.saying import STARTER
from tests.tries import tries
from winnow.leads.calendar import due_after, worked_between
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.policy.definition import Promise
from winnow.policy.working_time import due, worked

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Auckland",
)  # whole, half and quarter hours; changes at midnight (Cairo, Santiago), by half an hour (Lord Howe)
COUNTRIES = ("", "DE", "US", "GB")
CHANGES = {  # a day around which the clocks of that zone change
    "Europe/Berlin": (2026, 3, 29), "Europe/London": (2026, 10, 25), "Europe/Dublin": (2026, 3, 29),
    "America/New_York": (2026, 3, 8), "America/Los_Angeles": (2026, 11, 1), "America/St_Johns": (2026, 3, 8),
    "America/Santiago": (2026, 9, 6), "Australia/Lord_Howe": (2026, 4, 5), "Africa/Cairo": (2026, 4, 24),
    "Pacific/Auckland": (2026, 9, 27),
}  # fmt: skip


@cache
def _free(country: str, year: int) -> frozenset:
    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


def is_open(promise: Promise, moment: datetime) -> bool:
    """The oracle: what the clock on the office wall says at this very minute."""
    wall = moment.astimezone(ZoneInfo(promise.time_zone))
    return (
        wall.weekday() in promise.weekdays
        and wall.date() not in _free(promise.holidays, wall.year)
        and promise.opens <= wall.hour * 60 + wall.minute < promise.closes
    )


@st.composite
def promises(draw) -> Promise:
    office = draw(st.sampled_from(((540, 1020), (480, 1080), (0, 1440), None)))
    opens, closes = office or sorted(
        draw(st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True))
    )
    return Promise(
        opens=opens,
        closes=closes,
        weekdays=tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))),
        time_zone=draw(st.sampled_from(ZONES)),
        holidays=draw(st.sampled_from(COUNTRIES)),
    )


@st.composite
def moments(draw, promise: Promise) -> datetime:
    """Any minute of four years, often one near a clock change or the turn of the year."""
    near = [(2025, 12, 31), (2026, 12, 24), CHANGES.get(promise.time_zone, (2026, 7, 3))]
    if draw(st.booleans()):
        start = datetime(*draw(st.sampled_from(near)), tzinfo=UTC)
        return start + timedelta(minutes=draw(st.integers(-2880, 2880)))
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 4 * 525_960)))


@settings(max_examples=tries(30, 150), deadline=None)
@given(st.data(), promises(), st.integers(0, 3 * 1440))
def test_worked_minutes_equal_those_counted_one_by_one(data, promise, length):
    start = data.draw(moments(promise))
    end = start + timedelta(minutes=length)
    counted = sum(is_open(promise, start + timedelta(minutes=n)) for n in range(length))
    assert worked_between(promise, start, end) == counted


@settings(max_examples=tries(20, 100), deadline=None)
@given(st.data(), promises(), st.integers(1, 900))
def test_a_deadline_is_the_end_of_the_last_minute_counted(data, promise, minutes):
    start = data.draw(moments(promise))
    at = due_after(promise, start, minutes)
    assert worked_between(promise, start, at) == minutes
    assert is_open(promise, at - timedelta(minutes=1))


@pytest.mark.bars
def test_ten_thousand_intervals_in_twelve_zones_have_no_error():
    """R13 in full: random intervals of up to a week; each against the oracle."""

    @settings(max_examples=10_000, deadline=None)
    @given(st.data(), promises(), st.integers(0, 7 * 1440))
    def compare(data, promise, length):
        start = data.draw(moments(promise))
        counted = sum(is_open(promise, start + timedelta(minutes=n)) for n in range(length))
        assert worked_between(promise, start, start + timedelta(minutes=length)) == counted

    compare()


def test_a_weekend_with_a_clock_change_is_an_hour_shorter():
    promise = Promise(opens=0, closes=1440, weekdays=tuple(range(7)), time_zone="America/New_York")
    zone = ZoneInfo("America/New_York")
    start, end = datetime(2026, 3, 7, 17, tzinfo=zone), datetime(2026, 3, 9, 9, tzinfo=zone)
    assert worked_between(promise, start, end) == 39 * 60


@pytest.mark.parametrize("opens, closes", [("02:30", "10:00"), ("01:00", "02:30"), ("00:00", "24:00")])
@pytest.mark.parametrize("day", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_hours_that_the_clock_skips_or_shows_twice_count_as_the_wall_shows_them(opens, closes, day):
    opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (opens, closes))
    promise = Promise(opens=opens, closes=closes, weekdays=tuple(range(7)), time_zone="Europe/Berlin")
    counted = sum(is_open(promise, day + timedelta(minutes=n)) for n in range(2880))
    assert worked_between(promise, day, day + timedelta(days=2)) == counted


@pytest.mark.django_db
@pytest.mark.parametrize(
    "promise", [{"time_zone": "Europe/Atlantis"}, {"holidays": "XX"}, {"holidays": "DE-XX"}]
)
def test_a_draft_with_a_calendar_that_nobody_knows_is_refused(promise):
    with pytest.raises(Refusal) as refused:
        Definition.draft({**STARTER, "promise": promise}, by=None)
    assert next(iter(promise.values())) in str(refused.value)


def test_a_handoff_on_friday_evening_is_due_on_monday_morning():
    promise = Promise(time_zone="Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 3, 27, 16, 40, tzinfo=zone)  # the clocks change on the Sunday
    assert due_after(promise, friday, 60) == datetime(2026, 3, 30, 9, 40, tzinfo=zone)


def test_a_holiday_does_not_count():
    promise = Promise(time_zone="Europe/Berlin", holidays="DE")
    zone = ZoneInfo("Europe/Berlin")
    good_friday = datetime(2026, 4, 3, 10, tzinfo=zone)
    assert due_after(promise, good_friday, 30) == datetime(2026, 4, 7, 9, 30, tzinfo=zone)


def test_a_calendar_that_ends_too_soon_is_an_error_and_not_a_guess():
    assert worked([(0, 10), (20, 30)], 5, 25) == 10
    assert due([(0, 10), (20, 30)], 5, 10) == 25
    with pytest.raises(ValueError):
        due([(0, 10), (20, 30)], 5, 100)
