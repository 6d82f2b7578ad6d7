"""The executive page as plain data: the strip of figures, the funnel, and what the pictures are drawn from.

Everybody who responded in the last twelve months, the running one included: a cohort. Every number can be opened: it
carries the `stage` (and the value, and the month) by which `people.behind` finds who stands behind it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from winnow.funnel import asking, cohorts, reports
from winnow.funnel.intervals import share, wilson
from winnow.funnel.money import per, per_interval
from winnow.funnel.stock import CLASSES
from winnow.leads import rights
from winnow.leads.definition import Definition

MONTHS = 12
LARGEST = 8  # sources and campaigns that are drawn; the rest are counted


@dataclass(frozen=True)
class Stage:
    """One stage of the funnel. `through` is the share of the stage before, with its interval where there are few.

    `median_days` is within how many days half of those who came from the stage before did. `rest` says where the others
    are: (count, words, stage to open).
    """

    stage: str
    count: int
    through: float | None = None
    interval: tuple[float, float] | None = None
    median_days: float | None = None
    rest: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True)
class Cost:
    """What an accepted lead costs from one source, in cents, with the 90 % interval; `passive`: less than half came by
    themselves."""

    name: str | None
    cents: int
    interval: tuple[int, int] | None
    accepted: int
    passive: bool


@dataclass(frozen=True)
class Triangle:
    """Accepted leads (or, without any, wins) per 100 inquiries, by month of capture and months since."""

    outcome: str
    rows: list[dict]


@dataclass
class Executive:
    """Everything that the page shows. Money in cents of `currency`. None where it can't be told or may not be seen."""

    reading: reports.Reading
    start: date
    totals: dict
    year_before: dict
    stages: list[Stage]
    costs: list[Cost] | None
    costs_left_out: int
    triangle: Triangle
    stock: list[dict]
    stock_balances: bool
    active: list[dict]
    campaigns: list[dict] | None
    campaigns_left_out: int
    later_cycles: int
    warnings: list[dict] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """The currency that all amounts of the page are in."""
        return self.totals["currency"]


def first_month(at: datetime, months: int = MONTHS) -> date:
    """The first day of the month from which on so many months are shown, the running one included."""
    at = at.astimezone(UTC)
    number = at.year * 12 + at.month - months
    return date(number // 12, number % 12 + 1, 1)


def executive(reading: reports.Reading, user=None) -> Executive:
    """Gather the page for a user; without one, everything."""
    start = first_month(reading.at)

    def run(name: str, by: str | None = None, since: date | None = start, care: bool = True) -> reports.Report:
        return reports.run(name, by=by, start=since, of=reading, user=user, care=care)

    by_source, by_month = run("funnel", "source"), run("active_share", "month", care=False)
    by_cycle, held = run("funnel", "cycle", care=False), run("stock", since=None)
    by_accepted = run("cohorts", "accepted")
    sees_costs = user is None or rights.may(user, "see costs")
    campaigns = run("campaigns", care=False) if sees_costs else None
    triangle = _triangle(by_accepted, run("cohorts", "won") if not by_accepted.totals["accepted"] else None)
    costs = _costs(by_source) if sees_costs else None
    shown = _with_costs(campaigns.rows) if campaigns else None
    asked = reports.Asked(None, reading, reports.moment(start), reports.END, user=user)
    return Executive(
        reading=reading, start=start, totals=by_source.totals, year_before=_year_before(asked, start),
        stages=_stages(asked, by_source.totals), costs=costs[:LARGEST] if costs is not None else None,
        costs_left_out=max(0, len(costs or ()) - LARGEST), triangle=triangle, stock=held.totals["ageing"],
        stock_balances=held.totals["balances"], active=by_month.rows,
        campaigns=shown[:LARGEST] if shown is not None else None,
        campaigns_left_out=max(0, len(shown or ()) - LARGEST),
        later_cycles=sum(row["won"] for row in by_cycle.rows if row["cycle"] not in (None, "1")),
        warnings=_once(by_source, by_accepted, held),
    )  # fmt: skip


def _with_costs(rows: list[dict]) -> list[dict]:
    """Campaigns that cost or brought something, those without a name last."""
    there = [row for row in rows if row["campaign"] is not None and (row["cost_cents"] or row["inquiries"])]
    return there + [row for row in rows if row["campaign"] is None and row["won_cents"]]


def _costs(report: reports.Report) -> list[Cost]:
    return [
        Cost(
            row["source"], row["cost_per_accepted_cents"], per_interval(row["cost_cents"], row["accepted"]),
            row["accepted"], (row["active_share"] or 0) < 0.5,
        )
        for row in report.rows if row["cost_per_accepted_cents"]
    ]  # fmt: skip


def _triangle(accepted: reports.Report, won: reports.Report | None) -> Triangle:
    report, outcome = (won, "won") if won else (accepted, "accepted")
    rows = [
        {
            "month": row["month"], "inquiries": row["inquiries"], "open": row["immature_cohort"],
            "left_censored": row["left_censored"],
            "per_hundred": [100 * count / row["inquiries"] for count in row["after"][:MONTHS]],
        }
        for row in report.rows[-MONTHS:]
    ]  # fmt: skip
    return Triangle(outcome, rows)


def _year_before(asked, start: date) -> dict:
    """Inquiries and their active share in the twelve months before, and what an accepted lead cost then; None where
    the record doesn't reach so far back."""
    first = date(start.year - 1, start.month, 1)
    past = asked.reading.past
    table, only = (asked.reading.table, "") if past else ("leads_funnelcell", "AND dimension = 'all'")
    found = asking.rows("year_before", {"first": first, "last": start}, rows=table, only=only)[0]
    lines = asking.rows("costs", {"at": asked.at, "start": reports.moment(first), "end": reports.moment(start)})
    cents = sum(int(line["cents"]) for line in lines)
    if found["months"] < MONTHS:  # the record began within that year: nothing to compare with
        return {"inquiries": None, "active_share": None, "cost_per_accepted_cents": None}
    return {
        "inquiries": found["inquiries"], "active_share": share(found["active"], found["inquiries"]),
        "cost_per_accepted_cents": per(cents or None, found["accepted"]),
    }


def _stages(asked, totals: dict) -> list[Stage]:
    t, lags = totals, cohorts.lags(asked)
    again = t["valid"] - t["prospects"]
    still = t["prospects"] - t["leads"] - t["ended_early"]
    working = t["accepted"] - t["let_go"] - min(t["opportunities"], t["accepted"])
    told = [
        ("inquiries", None, [
            (t["inquiries"] - t["valid"], "not valid, each with its reason", "invalid"),
            (again, "more of people on their way already", ""),
        ]),
        ("prospects", None, [
            (still, "still new or nurtured", ""), (t["ended_early"], "ended before becoming a lead", "ended_early"),
        ]),
        ("leads", "leads", [*_rejected(asked, t["rejected"]), (t["waiting"], "not answered yet", "waiting")]),
        ("accepted", "answered", [
            (t["let_go"], "recycled or disqualified", "let_go"), (max(0, working), "being worked", ""),
        ]),
        ("opportunities", "worked", [
            (t["lost"], "lost", "lost"), (max(0, t["opportunities"] - t["won"] - t["lost"]), "still open", ""),
        ]),
        ("won", "closed", [(t["wins_unjudged"], "without earlier evidence", "wins_unjudged")]),
    ]  # fmt: skip
    found, before = [], None
    for stage, lag, rest in told:
        count = t[stage]
        sound = bool(before) and count <= before  # imported deals may outnumber the leads before them
        found.append(Stage(
            stage, count, share(count, before) if sound else None,
            wilson(count, before) if sound and before < 100 else None, lags.get(lag) if lag else None,
            tuple(one for one in rest if one[0] > 0),
        ))  # fmt: skip
        before = count
    return found


def _rejected(asked, rejected: int) -> list[tuple[int, str, str]]:
    """How many leads sales gave back, with the two most frequent reasons as people say them."""
    if not rejected:
        return []
    found = asking.rows("rejections", asked.given, rows=asked.reading.table)
    definition = Definition.in_force()
    said = {one.code: one.says for one in definition.policy.reasons} if definition else {}
    reasons = ", ".join(f"{_small(said.get(row['reason'], row['reason']))} ({row['count']:,})" for row in found[:2])
    return [(rejected, f"rejected, most often: {reasons}" if len(found) > 1 else f"rejected: {reasons}", "rejected")]


def _small(reason: str) -> str:
    """A reason within a sentence."""
    said = reason.replace("_", " ").rstrip(".") or "without a reason"
    return said[:1].lower() + said[1:]


def _once(*given: reports.Report) -> list[dict]:
    """The warnings of several reports, each code once: of the first that has it."""
    seen: dict[str, dict] = {}
    for report in given:
        for one in report.warnings:
            if one["rows"] or one["code"] in ("missing_cost", "not_counted_yet"):
                seen.setdefault(one["code"], one)
    return list(seen.values())


def classes() -> tuple[str, ...]:
    """The classes of age, as the stock's rows have them."""
    return CLASSES
