"""Working calendars: a promise's hours, weekdays, zone and holidays as open intervals in UTC minutes."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from winnow.leads.fact import minute, moment
from winnow.policy.definition import Promise
from winnow.policy.working_time import due, worked

HORIZON_DAYS = 400


@lru_cache(maxsize=64)
def _intervals(
    zone: str, opens: int, closes: int, weekdays: tuple[int, ...], country: str, year: int
) -> tuple[tuple[int, int], ...]:
    """The open intervals of one local year. A day that a clock change makes longer or shorter is so in UTC too."""
    local = ZoneInfo(zone)
    free = holidays.country_holidays(country, years=year) if country else {}
    day, found = date(year, 1, 1), []
    while day.year == year:
        if day.weekday() in weekdays and day not in free:
            found.append((_utc_minute(day, opens, local), _utc_minute(day, closes, local)))
        day += timedelta(days=1)
    return tuple(found)


def _utc_minute(day: date, minutes: int, zone: ZoneInfo) -> int:
    if minutes == 1440:
        day, minutes = day + timedelta(days=1), 0
    return minute(datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC))


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
    end = start + timedelta(days=HORIZON_DAYS + minutes // 60)
    return moment(due(_open(promise, start, end), begin, minutes))


def worked_between(promise: Promise, start: datetime, end: datetime) -> int:
    """Working minutes from `start` to `end`."""
    return worked(_open(promise, start, end), minute(start), minute(end))
