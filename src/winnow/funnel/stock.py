"""Prospects and leads as stock: a ledger of what came in and went out, whose balance always closes, and its age."""

from winnow.funnel import asking
from winnow.funnel.breakdown import warning
from winnow.leads.cycle import OPEN, STAGES

CLASSES = ("days_0_7", "days_8_30", "days_31_90", "days_91_180", "days_over_180")


def stock(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per month and stage, from the ledger of moves alone. `balances` is false where it does not close.

    In the totals: `on_hand`, `by_stage`, `ageing` by classes of days, and whether all of it balances: what came in
    less what went out is what is on hand, counted cycle by cycle. `winnow check` compares with where each cycle stands.
    """
    given = {**asked.given, "stages": list(STAGES)}
    rows = asking.rows("stock_sums", given) if asked.whole_days else asking.rows("stock", given, **_clock(asked))
    last: dict[str, int] = {}
    told = []
    for row in rows:
        row = {name: value if name in ("month", "stage") else int(value) for name, value in row.items()}
        held, before = row.pop("held"), last.get(row["stage"], 0)
        closes = row["opening"] + row["came_in"] - row["went_out"] == row["closing"]
        row["balances"] = closes and row["opening"] == before and row["closing"] == held >= 0
        last[row["stage"]] = row["closing"]
        told.append(row)
    aged = ageing(asked)
    on_hand = sum(last.get(stage, 0) for stage in OPEN)
    balances = all(row["balances"] for row in told) and {
        row["stage"]: row["on_hand"] for row in aged
    } == {stage: last[stage] for stage in OPEN if last.get(stage)}
    totals = {
        "opened": sum(row["came_in"] for row in told) - sum(row["went_out"] for row in told), "on_hand": on_hand,
        "by_stage": {stage: last.get(stage, 0) for stage in STAGES}, "ageing": aged, "balances": balances,
    }  # fmt: skip
    since = "" if asked.start.year < 1901 else f"{asked.start:%Y-%m}"
    until = "9999" if asked.end.year > 9000 else f"{asked.end:%Y-%m}"
    told = [row for row in told if since <= row["month"] <= until]
    wrong = sum(not row["balances"] for row in told)
    text = "the ledger does not close; `winnow check` says where"
    return told, totals, [] if balances else [warning("unbalanced", text, max(wrong, 1))]


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


def by_month(rows: list[dict]) -> list[dict]:
    """The ledger over all open stages, the newest month first: opening + opened - ended = closing."""
    months: dict[str, dict] = {}
    for row in rows:
        into = months.setdefault(
            row["month"], {"month": row["month"], "opening": 0, "opened": 0, "ended": 0, "closing": 0, "balances": True}
        )
        if row["stage"] in OPEN:
            into["opening"] += row["opening"]
            into["closing"] += row["closing"]
        else:
            into["ended"] += row["came_in"] - row["went_out"]
        into["opened"] += row["came_in"] - row["went_out"]
        into["balances"] = into["balances"] and row["balances"]
    for into in months.values():
        into["balances"] = into["balances"] and into["opening"] + into["opened"] - into["ended"] == into["closing"]
    return sorted(months.values(), key=lambda one: one["month"], reverse=True)
