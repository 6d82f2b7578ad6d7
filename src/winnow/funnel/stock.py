"""Prospects and leads as stock: a ledger of what came in and went out, whose balance always closes, and its age."""

from dataclasses import dataclass
from datetime import date, timedelta

from winnow.funnel import asking
from winnow.funnel.breakdown import warning
from winnow.funnel.dimensions import COLUMNS, labels
from winnow.leads.cycle import OPEN, STAGES

CLASSES = ("days_0_7", "days_8_30", "days_31_90", "days_91_180", "days_over_180")
SINCE = (0, 8, 31, 91, 181)
"""The first day of each class of age."""
ATTRIBUTES = ("stage", "all", *(by for by in COLUMNS if by != "month"))


@dataclass(frozen=True)
class Period:
    """How the ledger is divided: a unit of PostgreSQL, its step, and what a period is called."""

    unit: str
    step: str
    label: str

    def of(self, day: date) -> str:
        """The period that a day belongs to: 2026-03, 2026-W09, 2026-Q1."""
        if self.unit == "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        return f"{day:%Y}-Q{(day.month + 2) // 3}" if self.unit == "quarter" else f"{day:%Y-%m}"

    def days(self, name: str) -> tuple[date, date]:
        """The first and the last day of a period by its name. ValueError when there is no such one."""
        year, _, rest = name.partition("-")
        if self.unit == "week":
            first = date.fromisocalendar(int(year), int(rest.removeprefix("W")), 1)
            last = first + timedelta(days=6)
        else:
            months = 3 if self.unit == "quarter" else 1
            number = (int(rest.removeprefix("Q")) - 1) * months
            first = date(int(year), number + 1, 1)
            last = (first + timedelta(days=31 * months)).replace(day=1) - timedelta(days=1)
        if self.of(first) != name:
            raise ValueError(f"{name!r} is no {self.unit}")
        return first, last


PERIODS = {
    "month": Period("month", "1 month", "YYYY-MM"),
    "week": Period("week", "1 week", 'IYYY-"W"IW'),
    "quarter": Period("quarter", "3 months", 'YYYY-"Q"Q'),
}


def stock(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per period and stage, per period (`all`), or per period and value, from the ledger of moves alone.

    `balances` is false where it does not close. In the totals: `on_hand`, `by_stage`, `ageing` by classes of days, and
    whether all of it balances: what came in less what went out is what is on hand, counted cycle by cycle. `winnow
    check` compares with where each cycle stands.
    """
    period = PERIODS[asked.period]
    parts = {"unit": period.unit, "step": period.step, "label": period.label}
    given = {**asked.given, "stages": list(STAGES)}
    quick = asked.whole_days
    told = _closed(asking.rows("stock_sums" if quick else "stock", given, **parts, **({} if quick else _clock(asked))))
    last = {row["stage"]: row["closing"] for row in told}
    aged = ageing(asked)
    on_hand = sum(last.get(stage, 0) for stage in OPEN)
    balances = all(row["balances"] for row in told) and {
        row["stage"]: row["on_hand"] for row in aged
    } == {stage: last[stage] for stage in OPEN if last.get(stage)}
    totals = {
        "opened": sum(row["came_in"] for row in told) - sum(row["went_out"] for row in told), "on_hand": on_hand,
        "by_stage": {stage: last.get(stage, 0) for stage in STAGES}, "ageing": aged, "balances": balances,
    }  # fmt: skip
    if asked.by not in (None, "stage"):
        told = _by(asked, parts, on_hand)
        totals["balances"] = balances and all(row["balances"] for row in told)
    first = "" if asked.start.year < 1901 else period.of(asked.start.date())
    until = "9999" if asked.end.year > 9000 else period.of((asked.end - timedelta(microseconds=1)).date())
    told = [row for row in told if first <= row["period"] <= until]
    wrong = sum(not row["balances"] for row in told)
    text = "the ledger does not close; `winnow check` says where"
    return told, totals, [] if totals["balances"] else [warning("unbalanced", text, max(wrong, 1))]


def _closed(rows: list[dict]) -> list[dict]:
    """The rows with whether each closes, and opens with what the one before had closed with."""
    before: dict[str, int] = {}
    told = []
    for row in rows:
        row = {name: value if name in ("period", "stage") else int(value) for name, value in row.items()}
        held, carried = row.pop("held"), before.get(row["stage"], 0)
        closes = row["opening"] + row["came_in"] - row["went_out"] == row["closing"]
        row["balances"] = closes and row["opening"] == carried and row["closing"] == held >= 0
        before[row["stage"]] = row["closing"]
        told.append(row)
    return told


def _by(asked, parts: dict, on_hand: int) -> list[dict]:
    """The ledger by an attribute, over all open stages: who goes on from one to the next neither comes in nor goes out.
    It balances where its end is what is held, counted one by one."""
    whole, rows = asked.by == "all", asked.reading.table
    value = "NULL::text" if whole else COLUMNS[asked.by]
    given = {**asked.given, "open": list(OPEN)}
    piece = "stock_by_sums" if whole and asked.whole_days else "stock_by_moves"
    change = asking.sql(piece).split("\n", 2)[2]
    found = asking.rows("stock_by", given, change=change, value=value, rows=rows, **parts, **_clock(asked))
    held = asking.rows("stock_held", given, value=value, rows=rows)
    names = {} if whole else labels(asked.by, {row["value"] for row in (*found, *held)})
    into: dict[tuple, dict] = {}
    for row in found:
        name = names.get(row["value"])
        one = into.setdefault((row["period"], name), {"period": row["period"], **({} if whole else {asked.by: name})})
        for count in ("opening", "came_in", "went_out", "closing"):
            one[count] = one.get(count, 0) + int(row[count])
    true: dict[str | None, int] = {}
    for row in held:
        true[names.get(row["value"])] = true.get(names.get(row["value"]), 0) + int(row["held"])
    ends = {name: row["closing"] for (_, name), row in sorted(into.items(), key=lambda one: one[0][0])}
    closes = sum(ends.values()) == on_hand == sum(true.values())
    told = []
    for (_, name), row in into.items():
        sums = row["opening"] + row["came_in"] - row["went_out"] == row["closing"] >= 0
        told.append(row | {"balances": sums and closes and ends[name] == true.get(name, 0)})
    by = asked.by
    return sorted(told, key=lambda row: (row["period"], -row["closing"], row.get(by) is None, str(row.get(by))))


def ageing(asked) -> list[dict]:
    """What is on hand by open stage and class of age, counted from the moves, or for now from the kept sums."""
    classes = asking.sql("classes").split("\n", 2)[2]
    given = {"at": asked.at, "open": list(OPEN)}
    if asked.reading.past:
        found = asking.rows("ageing", given, classes=classes, **_clock(asked))
    else:
        found = asking.rows("ageing_sums", given, classes=classes)
    return [{name: value if name == "stage" else int(value) for name, value in row.items()} for row in found]


def _clock(asked) -> dict:
    """When a move was known, or when it was recorded: an import recorded what it claims to have been known before."""
    if not asked.reading.recorded:
        return {"known": "s.known_at", "imports": ""}
    return {
        "known": "GREATEST(s.known_at, m.started_at)",
        "imports": "LEFT JOIN leads_import m ON m.id = s.imported_id",
    }
