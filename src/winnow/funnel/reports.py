"""Every report by its name: the same figures on the screen, on the command line and over the API.

A report orders by when things were known (`as_of`), so that a figure of a past date comes out as it was then.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from winnow.funnel import asking
from winnow.funnel.intervals import wilson
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN, STAGES
from winnow.leads.errors import Refusal

BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass
class Report:
    """One answered question. `rows` are dicts of one shape, `warnings` are {code, text, rows}."""

    report: str
    question: str
    as_of: datetime
    rows: list[dict]
    totals: dict
    warnings: list[dict] = field(default_factory=list)

    def as_json(self) -> dict:
        """The JSON document that COMMANDS promises."""
        return {
            "report": self.report, "question": self.question, "as_of": self.as_of.isoformat(), "rows": self.rows,
            "totals": self.totals, "warnings": self.warnings,
        }


@dataclass(frozen=True)
class Asked:
    """What a report is asked for; `start` and `end` limit when inquiries were captured."""

    by: str | None
    as_of: datetime
    start: datetime
    end: datetime
    account: str | None = None

    @property
    def parameters(self) -> dict:
        """As the SQL files name them."""
        return {
            "as_of": self.as_of, "start": self.start, "end": self.end,
            "ranged": self.start > BEGINNING or self.end < self.as_of,
        }


def moment(text: str | date | datetime | None, end_of_day: bool = False) -> datetime | None:
    """A moment from what a user gave: a date (its beginning or end in UTC) or a full moment; Refusal otherwise."""
    if text is None or isinstance(text, datetime):
        return text
    try:
        day = text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise Refusal(f"{text!r} is no date; write it as 2026-03-31.") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    at = datetime.combine(day, time(), UTC)
    return at + timedelta(days=1) - timedelta(microseconds=1) if end_of_day else at


def run(name: str, *, by=None, as_of=None, start=None, end=None, account=None) -> Report:
    """Run one report. Refusal names an unknown report or dimension and what there is."""
    if name not in REPORTS:
        raise Refusal(f"There is no report {name!r}; there are {', '.join(REPORTS)}.", code="unknown_report")
    known = REPORTS[name]
    by = by or (known.dimensions[0] if known.dimensions else None)
    if by and by not in known.dimensions:
        there = f"by {', '.join(known.dimensions)}" if known.dimensions else "not by anything"
        raise Refusal(f"{name} can't be told by {by!r}; it can be told {there}.", code="unknown_dimension")
    at = moment(as_of, end_of_day=True) or now()
    last = moment(end)
    until = (last or at) + timedelta(days=1)
    asked = Asked(by, at, moment(start) or BEGINNING, until, account)
    rows, totals, warnings = known.answer(asked)
    return Report(name, known.question.format(by=(by or "").replace("_", " ")), at, rows, totals, warnings)


# -- funnel ---------------------------------------------------------------------------------------------------------
_DIMENSIONS = {
    # name: (of an inquiry, its joins, of a deal, its joins)
    "source": ("i.source", "", "i.source", ""),
    "channel": ("i.channel", "", "i.channel", ""),
    "campaign": ("c.name", "LEFT JOIN leads_campaign c ON c.id = i.campaign_id") * 2,
    "interest": ("i.interest", "", "i.interest", ""),
    "month": ("to_char(i.captured_at AT TIME ZONE 'UTC', 'YYYY-MM')", "") * 2,
    "grade": ("g.grade", "LEFT JOIN leads_personstanding g ON g.person_id = i.person_id",
              "g.grade", "LEFT JOIN leads_personstanding g ON g.person_id = d.person_id"),
    "owner": ("COALESCE(u.name, NULLIF(i.owner_given, ''))",
              "LEFT JOIN leads_person p ON p.id = i.person_id LEFT JOIN leads_user u ON u.id = p.owner_id",
              "COALESCE(u.name, NULLIF(d.owner_given, ''))", "LEFT JOIN leads_user u ON u.id = d.owner_id"),
    "cycle": ("y.number::text", "LEFT JOIN leads_cycle y ON y.id = i.cycle_id",
              "y.number::text", "LEFT JOIN leads_cycle y ON y.id = d.cycle_id"),
    "product": ("t.code", "LEFT JOIN leads_product t ON t.id = i.product_id",
                "t.code", "LEFT JOIN leads_product t ON t.id = d.product_id"),
    "industry": ("NULLIF(a.industry, '')", "LEFT JOIN leads_account a ON a.id = i.account_id",
                 "NULLIF(a.industry, '')", "LEFT JOIN leads_account a ON a.id = d.account_id"),
    "country": ("NULLIF(a.country, '')", "LEFT JOIN leads_account a ON a.id = i.account_id",
                "NULLIF(a.country, '')", "LEFT JOIN leads_account a ON a.id = d.account_id"),
}
_COUNTS = (
    "inquiries", "valid", "active", "people", "prospects", "leads", "handed_off", "accepted", "disqualified",
    "opportunities", "won", "lost", "won_cents", "wins_unjudged",
)


def _funnel(asked: Asked) -> tuple[list[dict], dict, list[dict]]:
    inquiry, inquiry_join, deal, deal_join = _DIMENSIONS[asked.by]
    found = asking.rows(
        "funnel", asked.parameters, inquiry_dimension=inquiry, inquiry_join=inquiry_join, deal_dimension=deal,
        deal_join=deal_join,
    )
    costs, warnings = _costs(asked)
    rows = []
    for one in found:
        row = {asked.by: one["value"], **{name: int(one[name] or 0) for name in _COUNTS}}
        row["active_share"] = _share(row["active"], row["inquiries"])
        row["accepted_share"] = _share(row["accepted"], row["inquiries"])
        row["won_share"] = _share(row["won"], row["inquiries"])
        few = row["inquiries"] < 100
        row["won_interval"] = wilson(min(row["won"], row["inquiries"]), row["inquiries"]) if few else None
        row["cost_cents"] = costs.get(one["value"])
        row["cost_per_accepted_cents"] = _per(row["cost_cents"], row["accepted"])
        row["cost_per_inquiry_cents"] = _per(row["cost_cents"], row["inquiries"])
        row["cost_per_won_cents"] = _per(row["cost_cents"], row["won"])
        rows.append(row)
    if asked.by == "month":
        rows.sort(key=lambda row: row["month"] or "")
    else:  # never by inquiries: what an accepted lead costs, then how many there were
        rows.sort(key=lambda row: (
            row["cost_per_accepted_cents"] is None, row["cost_per_accepted_cents"] or 0, -row["accepted"], -row["won"],
            str(row[asked.by] or ""),
        ))
    totals = {name: sum(row[name] for row in rows) for name in _COUNTS if name != "people"}
    totals["active_share"] = _share(totals["active"], totals["inquiries"])
    claimed = sum(int(one["claimed"] or 0) for one in found)
    totals["claimed_share"] = _share(claimed, totals["inquiries"])
    if claimed:
        warnings.append(_warning("claimed_history", f"{claimed} of {totals['inquiries']} inquiries were imported with "
                                 "dates that the file claims", claimed))
    if totals["wins_unjudged"]:
        warnings.append(_warning("wins_unjudged", f"{totals['wins_unjudged']} of {totals['won']} wins came without any "
                                 "earlier evidence; no definition is judged by them", totals["wins_unjudged"]))
    largest = max((int(one["largest_cents"] or 0) for one in found), default=0)
    if totals["won"] >= 3 and largest * 2 > totals["won_cents"] > 0:
        warnings.append(_warning("outlier_dominates", f"one deal makes up {largest * 100 // totals['won_cents']} % of "
                                 "the won amount", 1))
    early = _won_before_contact(asked)
    if early:
        text = f"{early} deals were won before the first contact of the inquiry they are tied to"
        warnings.append(_warning("won_before_contact", text, early))
    return rows, totals, warnings


def _costs(asked: Asked) -> tuple[dict, list[dict]]:
    column = {"campaign": "c.name", "channel": "c.channel", "interest": "c.interest"}.get(asked.by)
    if column is None:
        return {}, []
    found: dict[str, int] = {}
    currencies = set()
    for row in asking.rows("costs", asked.parameters, dimension=column):
        found[row["value"]] = found.get(row["value"], 0) + int(row["cents"])
        currencies.add(row["currency"])
    if len(currencies) > 1:
        raise Refusal(f"Costs stand in {', '.join(sorted(currencies))}; a sum over currencies would be none. Keep one.")
    return found, [] if found else [_warning("missing_cost", "no costs are entered; nothing can be said of cost", 0)]


def _won_before_contact(asked: Asked) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM leads_opportunity o JOIN leads_inquiry i ON i.id = o.inquiry_id
               WHERE o.outcome = 'won' AND o.voided_at IS NULL AND o.closed_at < i.captured_at
                 AND o.closed_at <= %s AND i.captured_at >= %s AND i.captured_at < %s""",
            [asked.as_of, asked.start, asked.end],
        )
        return cursor.fetchone()[0]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _per(cents: int | None, count: int) -> int | None:
    return None if cents is None or not count else round(cents / count)


def _warning(code: str, text: str, count: int) -> dict:
    return {"code": code, "text": text, "rows": count}


# -- cohorts --------------------------------------------------------------------------------------------------------
def _cohorts(asked: Asked) -> tuple[list[dict], dict, list[dict]]:
    cohorts: dict[str, dict] = {}
    for one in asking.rows("cohorts", asked.parameters):
        row = cohorts.setdefault(one["cohort"], {"month": one["cohort"], "inquiries": 0, "accepted": {}, "won": {}})
        if one["what"] == "inquiries":
            row["inquiries"] = one["count"]
        else:
            row[one["what"]][one["months_since"]] = one["count"]
    rows = [cohorts[month] for month in sorted(cohorts)]
    lags = sorted(lag for row in rows for lag, count in row["won"].items() for _ in range(count))
    typical = lags[len(lags) * 3 // 4] if lags else 0
    first = _first_outcome(asked)
    warnings = []
    for row in rows:
        row["age_months"] = _months(row["month"], asked.as_of)
        row["immature"] = row["age_months"] <= max(typical, 1)
        row["left_censored"] = first is not None and row["month"] < first
        for what in ("accepted", "won"):
            row[f"{what}_total"] = sum(row[what].values())
            row[what] = [row[what].get(number, 0) for number in range(row["age_months"] + 1)]
        row["won_share"] = _share(row["won_total"], row["inquiries"])
        row["won_interval"] = wilson(min(row["won_total"], row["inquiries"]), row["inquiries"])
    young, blind = sum(row["immature"] for row in rows), sum(row["left_censored"] for row in rows)
    if young:
        warnings.append(_warning("immature_cohort", f"{young} months are too young: three of four wins take up to "
                                 f"{typical} months", young))
    if blind:
        warnings.append(_warning("left_censored", f"{blind} months began before outcomes were recorded ({first}); wins "
                                 "of that time may be missing", blind))
    totals = {
        "inquiries": sum(row["inquiries"] for row in rows), "accepted": sum(row["accepted_total"] for row in rows),
        "won": sum(row["won_total"] for row in rows), "outcomes_recorded_from": first,
    }
    return rows, totals, warnings


def _first_outcome(asked: Asked) -> str | None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT to_char(min(closed_at) AT TIME ZONE 'UTC', 'YYYY-MM') FROM leads_opportunity
               WHERE outcome <> 'open' AND voided_at IS NULL AND closed_at <= %s""",
            [asked.as_of],
        )
        return cursor.fetchone()[0]


def _months(month: str, at: datetime) -> int:
    year, number = map(int, month.split("-"))
    return max(0, (at.year - year) * 12 + at.month - number)


# -- the others -----------------------------------------------------------------------------------------------------
def _stock(asked: Asked) -> tuple[list[dict], dict, list[dict]]:
    given = {**asked.parameters, "stages": list(STAGES), "open": list(OPEN)}
    rows = asking.rows("stock", given)
    for row in rows:
        row.update({name: int(row[name]) for name in ("opening", "came_in", "went_out", "closing")})
        row["balances"] = row["opening"] + row["came_in"] - row["went_out"] == row["closing"] >= 0
    ageing = [{key: int(v) if key != "stage" else v for key, v in row.items()} for row in asking.rows("ageing", given)]
    last = {row["stage"]: row["closing"] for row in rows}
    on_hand = sum(last.get(stage, 0) for stage in OPEN)
    balances = all(row["balances"] for row in rows) and on_hand == sum(row["on_hand"] for row in ageing)
    totals = {
        "opened": sum(last.values()), "on_hand": on_hand, "by_stage": last, "ageing": ageing, "balances": balances,
    }
    warnings = [] if balances else [_warning("unbalanced", "the ledger does not close; run `winnow check`", 1)]
    return rows, totals, warnings


def _reps(asked: Asked) -> tuple[list[dict], dict, list[dict]]:
    rows = asking.rows("reps", asked.parameters)
    for row in rows:
        row["won_cents"] = int(row["won_cents"])
    names = ("handed_off", "accepted", "rejected", "unanswered", "late", "won", "won_cents")
    return rows, {name: sum(row[name] for row in rows) for name in names}, []


def _imports(asked: Asked) -> tuple[list[dict], dict, list[dict]]:
    rows = asking.rows("imports", asked.parameters)
    wrong = [row for row in rows if not row["balances"] and row["state"] == "done"]
    totals = {"rows": sum(row["rows"] for row in rows), "imports": len(rows)}
    text = "the outcomes of an import don't add up to its rows"
    return rows, totals, [_warning("unbalanced", text, len(wrong))] if wrong else []


def _trail(asked: Asked) -> tuple[list[dict], dict, list[dict]]:
    from winnow.funnel.trail import trail

    return trail(asked.account, asked.as_of)


@dataclass(frozen=True)
class _Known:
    question: str
    answer: Callable[[Asked], tuple[list[dict], dict, list[dict]]]
    dimensions: tuple[str, ...] = ()


REPORTS = {
    "funnel": _Known("What became of the inquiries, by {by}?", _funnel, tuple(_DIMENSIONS)),
    "cohorts": _Known("Of those who responded in a month, how many were accepted and won since?", _cohorts),
    "stock": _Known("What is on hand, what came in and what went out, by stage and month?", _stock),
    "trail": _Known("What happened with one account, step by step?", _trail),
    "reps": _Known("What did each rep get, answer and win?", _reps),
    "imports": _Known("What became of every row that was imported?", _imports),
}
