"""Working time of many spans at once is that of each."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.leads.calendar import worked_between, worked_each
from winnow.policy.definition import Promise

MOMENTS = st.integers(0, 800 * 1440).map(lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=12), st.sampled_from(("Europe/Berlin", "America/New_York")))
def test_many_spans_at_once_are_worth_what_each_is_alone(spans, zone):
    promise = Promise(time_zone=zone, opens=9 * 60, closes=17 * 60, weekdays=(0, 1, 2, 3, 4), holidays="DE")
    assert worked_each(promise, spans) == [worked_between(promise, start, end) for start, end in spans]
