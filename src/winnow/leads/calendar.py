"""Working calendars: a promise's hours, weekdays, zone and holidays as open intervals in UTC minutes."""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from winnow.leads.errors import Refusal
from winnow.leads.fact import minute, moment
from winnow.policy.definition import Promise
from winnow.policy.working_time import due, worked

HORIZON_DAYS = 400


@lru_cache(maxsize=64)
def _intervals(
    zone: str, opens: int, closes: int, weekdays: tuple[int, ...], country: str, year: int
) -> tuple[tuple[int, int], ...]:
    """The open intervals of one local year: the minutes at which the clock on the wall shows working time."""
    local, free = ZoneInfo(zone), _holidays(country, year)
    day, found = date(year, 1, 1), []
    while day.year == year:
        if day.weekday() in weekdays and day not in free:
            found += _of_day(day, opens, closes, local)
        day += timedelta(days=1)
    return tuple(found)


def _of_day(day: date, opens: int, closes: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """The open intervals of one day, apart. On a day on which the clocks change, each side of the change for itself:
    an hour that the clock shows twice is open twice, one that it skips not at all."""
    midnight = minute(datetime.combine(day, time(), UTC))
    first, last = midnight - 15 * 60, midnight + 1440 + 13 * 60  # no zone is further from UTC
    found = []
    while first < last:
        offset = _offset(first, zone)
        until = last if _offset(last, zone) == offset else _change(first, last, zone)
        begin, end = max(first, midnight + opens - offset), min(until, midnight + closes - offset)
        if begin < end:
            if found and found[-1][1] == begin:
                begin = found.pop()[0]
            found.append((begin, end))
        first = until
    return found


def _offset(at: int, zone: ZoneInfo) -> int:
    """How many minutes the zone's clocks are ahead of UTC at that minute."""
    return int(moment(at).astimezone(zone).utcoffset().total_seconds() // 60)


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The first minute of the new offset between two minutes of different ones."""
    old = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _holidays(country: str, year: int):
    """The public holidays of a country (DE) or of a part of it (DE-BY). Refusal for one that is not known."""
    if not country:
        return ()
    code, _, part = country.partition("-")
    try:
        return holidays.country_holidays(code, subdiv=part or None, years=year)
    except NotImplementedError:
        raise Refusal(
            f"There are no holidays for {country!r}; give a country as DE, or a part of one as DE-BY.",
            code="not_a_definition",
        ) from None


def known(promise: Promise) -> None:
    """Refusal when there is no such time zone, or no holidays of that name."""
    try:
        ZoneInfo(promise.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            f"There is no time zone {promise.time_zone!r}; give one as Europe/Berlin or UTC.", code="not_a_definition"
        ) from None
    _holidays(promise.holidays, 2026)


def _open(promise: Promise, start: datetime, end: datetime) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for year in range(start.year - 1, end.year + 2):
        found += _intervals(
            promise.time_zone, promise.opens, promise.closes, promise.weekdays, promise.holidays, year
        )
    return found


def due_after(promise: Promise, start: datetime, minutes: int) -> datetime:
    """The moment by which that many minutes of working time have passed since `start`."""
    begin = minute(start)
    weeks = minutes // (len(promise.weekdays) * (promise.closes - promise.opens)) + 1
    end = start + timedelta(days=HORIZON_DAYS + 9 * weeks)  # two days a week over, for holidays
    return moment(due(_open(promise, start, end), begin, minutes))


def worked_between(promise: Promise, start: datetime, end: datetime) -> int:
    """Working minutes from `start` to `end`."""
    return worked(_open(promise, start, end), minute(start), minute(end))


def worked_each(promise: Promise, spans: list[tuple[datetime, datetime]]) -> list[int]:
    """Working minutes of many spans (from, to): the calendar is laid out once, so that thousands cost what one does."""
    if not spans:
        return []
    intervals = _open(promise, min(start for start, _ in spans), max(end for _, end in spans))
    opens = [opened for opened, _ in intervals]
    before = list(accumulate((closed - opened for opened, closed in intervals), initial=0))

    def since_ever(at: int) -> int:
        place = bisect_right(opens, at) - 1
        if place < 0:
            return 0
        opened, closed = intervals[place]
        return before[place] + min(at, closed) - opened

    return [max(0, since_ever(minute(end)) - since_ever(minute(start))) for start, end in spans]
