"""Cohorts: those who came in one month, and what became of them by months since. What is open counts as open."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from winnow.funnel import asking
from winnow.funnel.breakdown import FEW, funnel, warning
from winnow.funnel.intervals import share, wilson

DAY = 86_400  # seconds
OUTCOMES = ("won", "accepted", "leads", "opportunities")
"""What a cohort can be followed to."""


def cohorts(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per month of capture. `after` is how many had got there by so many months since, the month itself first.

    `immature_cohort`: the month isn't over, or is younger than half of those who got there needed: it will rise.
    `left_censored`: it began before outcomes were recorded at all: early ones are missing.
    """
    counted = funnel(replace(asked, by="month"))
    months = [row for row in counted[0] if row["inquiries"]]
    found = asking.rows("cohorts", asked.given, rows=asked.reading.table)
    lag = lags(asked).get(asked.by)
    began = asking.rows("began", {}, rows=asked.reading.table)[0]["at"]
    told = [_cohort(asked, row, found, lag, began) for row in months]
    totals = {name: sum(row[name] for row in told) for name in ("inquiries", "active", *OUTCOMES)}
    totals |= {
        "active_share": share(totals.pop("active"), totals["inquiries"]),
        "share": share(totals[asked.by], totals["inquiries"]),
        "median_lag_days": None if lag is None else round(float(lag), 1),
        "outcomes_recorded_from": began.date().isoformat() if began else None,
    }
    care = [one for one in counted[2] if one["code"] in ("won_before_contact", "claimed_history", "outlier_dominates")]
    return told, totals, _warnings(told, totals) + care


def _cohort(asked, row: dict, found: list[dict], lag: float | None, began: datetime | None) -> dict:
    own = [one for one in found if one["cohort"] == row["month"] and one["tied"]]
    reached = {name: int(sum(one["count"] for one in own if one["what"] == name)) for name in OUTCOMES}
    months, got, inquiries = months_between(row["month"], asked.at), reached[asked.by], row["inquiries"]
    return {
        "month": row["month"], "inquiries": inquiries, "active": row["active"], "active_share": row["active_share"],
        "valid": row["valid"], **reached,
        "share": share(got, inquiries), "interval": wilson(min(got, inquiries), inquiries) if inquiries < FEW else None,
        "immature_cohort": _next_month(row["month"]) + timedelta(days=float(lag or 0)) > asked.at,
        "left_censored": began is not None and row["month"] < f"{began.astimezone(UTC):%Y-%m}",
        "months_since": months, "after": _after(row["month"], [one for one in own if one["what"] == asked.by], months),
    }  # fmt: skip


def lags(asked) -> dict[str, float]:
    """Outcome -> days from the first contact (or, of `handed_off`, `answered`, `closed`, from the step before) within
    which half of those who got there did. Of what is still open it says nothing."""
    key = "lags", asked.start, asked.end
    if key not in asked.reading.kept:
        found = asking.rows("lags", asked.given, rows=asked.reading.table)[0]
        # Less than nothing is what was won before the first contact: it took no time.
        asked.reading.kept[key] = {what: max(0.0, s / DAY) for what, s in found.items() if s is not None}
    return asked.reading.kept[key]


def _after(month: str, found: list[dict], months: int) -> list[int]:
    """Counts by months since, each with those before it; what came before the first contact counts at once."""
    by_month, reached, told = Counter(), 0, []
    for one in found:
        by_month[max(0, _number(one["got_there"]) - _number(month))] += int(one["count"])
    for number in range(months + 1):
        reached += by_month[number]
        told.append(reached)
    return told


def _warnings(rows: list[dict], totals: dict) -> list[dict]:
    found = []
    if young := sum(row["immature_cohort"] for row in rows):
        lag = totals["median_lag_days"]
        text = f"{young} of {len(rows)} months are not over or too young; they will rise"
        text += f" (half of those who got there took up to {lag:g} days)" if lag else ""
        found.append(warning("immature_cohort", text, young))
    if blind := sum(row["left_censored"] for row in rows):
        text = f"{blind} of {len(rows)} months came before outcomes were recorded ({totals['outcomes_recorded_from']})"
        found.append(warning("left_censored", f"{text}; what they brought early is missing", blind))
    return found


def _number(month: str) -> int:
    year, number = map(int, month.split("-"))
    return year * 12 + number


def months_between(month: str, at: datetime) -> int:
    """Whole calendar months from a month such as 2026-03 to the month of a moment, in UTC; 0 for a later one."""
    return max(0, _number(f"{at.astimezone(UTC):%Y-%m}") - _number(month))


def _next_month(month: str) -> datetime:
    year, number = map(int, month.split("-"))
    return datetime.combine(date(year + number // 12, number % 12 + 1, 1), time(), UTC)
