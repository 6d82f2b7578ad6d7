"""Pictures and addresses of the measure pages: from the funnel's plain data to what a template prints."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.http import urlencode

from winnow.funnel.executive import Executive, Triangle
from winnow.funnel.executive import Stage as Counted
from winnow.leads.cycle import OPEN
from winnow.web import pictures, wording
from winnow.web.pictures import Bar, Cohort, Point, Stage, Stock

MISSING = "(missing)"
AGES = ("0 to 7 days", "8 to 30", "31 to 90", "91 to 180", "over 180")
AGE_CODES = ("0-7", "8-30", "31-90", "91-180", "180")
STAGE_WORDS = {
    "new": "New", "nurturing": "Nurtured", "ready": "Ready, not given", "handed_off": "Waits for sales",
    "accepted": "Accepted", "opportunity": "Opportunities", "won": "Won", "lost": "Lost",
    "disqualified": "Disqualified", "recycled": "Recycled",
    "merged": "Merged into another",
}  # fmt: skip
WORDS = {
    "inquiries": "Inquiries", "valid": "Valid inquiries", "invalid": "Inquiries that are not valid",
    "active": "Inquiries of people who came to us", "people": "People", "prospects": "Prospects", "leads": "Leads",
    "handed_off": "Handed off", "accepted": "Accepted", "rejected": "Rejected by sales",
    "waiting": "Leads without an answer yet", "let_go": "Accepted, then recycled or disqualified",
    "ended_early": "Ended before becoming a lead", "disqualified": "Disqualified", "opportunities": "Opportunities",
    "won": "Won", "lost": "Lost", "wins_unjudged": "Won without earlier evidence",
}  # fmt: skip
OUTCOME_WORDS = {
    "accepted": "accepted leads", "won": "wins", "leads": "leads", "opportunities": "opportunities",
}


@dataclass(frozen=True)
class Links:
    """Addresses that keep what is asked for: as of when, and captured since when and until when."""

    as_of: str = ""
    start: str = ""
    end: str = ""

    def people(self, stage: str, by: str = "", value: str | None = None, within: int | None = None, **more) -> str:
        """Who stands behind a number."""
        given = {"stage": stage, "from": self.start, "to": self.end, "as_of": self.as_of, **more}
        given |= _with(by, value)
        if within is not None:
            given["within"] = within
        return _address("measure-people", given)

    def stock(self, stage: str = "", age: str = "", by: str = "", value: str | None = None, on: str = "") -> str:
        """Who is on hand, or was at the end of the day `on`."""
        given = {"stage": stage, "age": age, "on": on, "as_of": self.as_of, **_with(by, value)}
        return _address("measure-stock-people", given)

    def moves(self, way: str, period: str, stage: str = "", by: str = "", value: str | None = None) -> str:
        """Who came in or went out in a period."""
        given = {"way": way, "stage": stage, "period": period, "as_of": self.as_of, **_with(by, value)}
        return _address("measure-moves", given)

    def handoffs(self, answer: str, rep: str = "") -> str:
        """The leads that a rep got."""
        given = {"answer": answer, "rep": rep, "from": self.start, "to": self.end, "as_of": self.as_of}
        return _address("measure-handoffs", given)

    def page(self, name: str, **more) -> str:
        """Another page of this room, as of the same day."""
        return _address(name, {"as_of": self.as_of, **more})

    def report(self, name: str, form: str, **more) -> str:
        """A report as a file."""
        given = {"as_of": self.as_of, "from": self.start, "to": self.end, **more}
        return reverse("measure-report", args=[name, form]) + _query(given)


def _with(by: str, value: str | None) -> dict:
    if not by:
        return {}
    return {"by": by, **({"missing": 1} if value is None else {"value": value})}


def _address(name: str, given: dict) -> str:
    return reverse(name) + _query(given)


def _query(given: dict) -> str:
    said = {key: value for key, value in given.items() if value not in ("", None)}
    return f"?{urlencode(said)}" if said else ""


def days(number: float | None) -> str:
    """A length of time as people say it: "42 min", "5 h", "9 d"."""
    if number is None:
        return ""
    minutes = number * 1440
    if minutes < 1:
        return "at once"
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if number < 2 else f"{number:,.0f} d"


def times(return_share: float | None) -> str:
    """A return as people say it: 8.2 -> "+8.2×", a nought without a sign; "−" where nothing was spent."""
    if return_share is None:
        return wording.MINUS
    said = round(return_share, 1)
    return f"{'' if not said else '+' if said > 0 else wording.MINUS}{abs(said):,.1f}×"


def month_name(month: str, first: bool = False) -> str:
    """ "2026-03" -> "Mar", with the year on the first and in January."""
    year, number = month.split("-")
    name = wording.MONTHS[int(number) - 1]
    return f"{name} {year[2:]}" if first or number == "01" else name


ANSWER_WORDS = {
    "leads": "Leads handed over", "accepted": "Accepted", "rejected": "Rejected", "unanswered": "Not answered yet",
    "late": "Answered late, or late and open",
}  # fmt: skip
FLAGS = {"inquiry": (None, "not valid"), "content_taken": ("a machine", None), "page_seen": ("a machine", None),
         "mail_clicked": (None, "perhaps a scanner"), "mail_bounced": ("for good", "for now"),
         "disposition": ("for good", None), "consented": ("given", "taken back")}  # fmt: skip


def flag_words(kind: str, flag: bool | None) -> str:
    """What the flag of a fact says, where it says anything: "not valid", "a machine"."""
    on, off = FLAGS.get(kind, (None, None))
    return (on if flag else off if flag is False else None) or ""


def day_name(day: date | datetime) -> str:
    """ "17 March 2026"."""
    return f"{day:%-d %B %Y}"


# -- the funnel -----------------------------------------------------------------------------------------------------
def funnel_rows(stages: list[Counted], links: Links) -> list[dict]:
    """The funnel as rows of a table, each with its bar, and a lens where the bars would be slivers."""
    drawn = pictures.funnel_rows([Stage(WORDS[one.stage], one.count, links.people(one.stage)) for one in stages])
    return [
        {
            "drawn": bar, "through": one.through, "interval": one.interval, "median": days(one.median_days),
            "rest": [
                {"count": count, "words": words, "url": links.people(stage) if stage else ""}
                for count, words, stage in one.rest
            ],
        }
        for bar, one in zip(drawn, stages, strict=True)
    ]  # fmt: skip


# -- what a lead costs ----------------------------------------------------------------------------------------------
def cost_bars(found: Executive, links: Links):
    """Cost per accepted lead by source, with 90 % intervals; nothing where no cost is known."""
    if not found.costs:
        return None
    rows = [
        Bar(
            one.name or MISSING, one.cents, *(one.interval or (None, None)),
            href=links.people("accepted", "source", one.name), passive=one.passive,
        )
        for one in found.costs
    ]  # fmt: skip
    least, most = found.costs[0], found.costs[-1]
    label = f"Cost per accepted lead by source with 90 % intervals: {_named(least, found.currency)}"
    if most is not least:
        label += f" is the least, {_named(most, found.currency)} the most"
    picture = pictures.bars(rows, label=label, show=lambda cents: wording.money(round(cents), found.currency))
    return {"picture": picture, "few": [one for one in found.costs if one.accepted < 5]}


def _named(one, currency: str) -> str:
    return f"{one.name or MISSING} at {wording.money(one.cents, currency)}"


# -- cohorts --------------------------------------------------------------------------------------------------------
def triangle(found: Triangle, links: Links):
    """The cohorts as a triangle: of a hundred inquiries of a month, how many had got there by so many months since."""
    if not found.rows:
        return None
    rows = [
        Cohort(
            month_name(row["month"], number == 0), row["inquiries"], row["per_hundred"],
            tuple(links.people(found.outcome, "month", row["month"], n) for n in range(len(row["per_hundred"]))),
            open=_open(row, len(found.rows) - number),
        )
        for number, row in enumerate(found.rows)
    ]  # fmt: skip
    words = OUTCOME_WORDS[found.outcome].capitalize()
    label = f"{words} per hundred inquiries, by month of the first one and months since"
    return pictures.cohort_triangle(rows, label=label, first="first inquiry", size="inquiries")


def _open(row: dict, months_left: int) -> int:
    """How many of the last cells will still rise: the running month, unless the row ends before it."""
    return 1 if len(row["per_hundred"]) <= months_left else 0


# -- stock ----------------------------------------------------------------------------------------------------------
def stock(ageing: list[dict], links: Links):
    """What is on hand by stage and class of age, each bar 100 %."""
    by_stage = {row["stage"]: row for row in ageing}
    rows = []
    for stage in OPEN:
        row = by_stage.get(stage, {})
        counts = [int(row.get(f"days_{code}", 0)) for code in ("0_7", "8_30", "31_90", "91_180", "over_180")]
        rows.append(Stock(STAGE_WORDS[stage], counts, tuple(links.stock(stage, age) for age in AGE_CODES)))
    on_hand = sum(sum(row.counts) for row in rows)
    if not on_hand:
        return None
    old = sum(row.counts[-1] for row in rows)
    label = f"Of {on_hand:,} on hand {old:,} have stood in their stage for over 180 days; each bar is 100 %"
    return {"picture": pictures.stacked_stock(rows, AGES, label=label), "legend": pictures.stock_legend(AGES)}


# -- active share ---------------------------------------------------------------------------------------------------
def active_line(rows: list[dict]):
    """The share of inquiries that came by themselves, by month; nothing for a single month."""
    rows = [row for row in rows if row["month"] and row["inquiries"]]
    if len(rows) < 2:
        return None
    points = [
        Point(month_name(row["month"], number in (0, len(rows) - 1)), row["active_share"], open=row is rows[-1])
        for number, row in enumerate(rows)
    ]
    first, last = rows[0]["active_share"], rows[-1]["active_share"]
    verb = "rose" if last > first else "fell" if last < first else "stayed the same"
    label = f"The active share of inquiries {verb}: {wording.percent(first)} in {rows[0]['month']}"
    label += f", {wording.percent(last)} in {rows[-1]['month']}"
    return pictures.line(points, label=label, reference=(0.5, "often quoted: half"), show=wording.percent)
