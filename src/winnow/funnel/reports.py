"""Every report by its name: the same figures on the screen, on the command line and over the API.

A report goes by when things were known (`as_of`), so that a figure of a past date comes out as it was then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from winnow.funnel import asking, breakdown, claims, cohorts, listing, rollup, stock, trail, worth
from winnow.funnel.dimensions import COLUMNS
from winnow.leads import rights
from winnow.leads.clock import now
from winnow.leads.errors import Refusal

BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
END = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Report:
    """One answered question. `rows` are dicts of one shape, `warnings` are {code, text, rows}. Money is in cents.

    `as_of` is the moment up to which it counts: what was known by then.
    """

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
        }  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What the figures are read from. `at` is the moment they hold for, `past` whether that lies back.

    `waiting_since` is set when changes from then on don't count yet.
    """

    at: datetime
    table: str
    past: bool = False
    recorded: bool = False
    waiting_since: datetime | None = None
    kept: dict = field(default_factory=dict)  # answers that several reports of this reading need


@dataclass(frozen=True)
class Asked:
    """What a report is asked for; `start` and `end` (not included) limit when inquiries were captured."""

    by: str | None
    reading: Reading
    start: datetime
    end: datetime
    account: str | None = None
    user: object = None
    period: str = "month"
    care: bool = True  # whether to say what has to be read with care; a page that shows several asks one of them

    @property
    def whole_days(self) -> bool:
        """Whether they hold for now or the end of a day in UTC, by when things were known: kept sums can tell it."""
        end = self.at.astimezone(UTC).time() >= time(23, 59, 59, 999_999)
        return not self.reading.past or (end and not self.reading.recorded)

    @property
    def at(self) -> datetime:
        """The moment that the figures hold for."""
        return self.reading.at

    @property
    def since_month(self) -> date | None:
        """The month from whose first on everything counts, when the kept sums can tell it; else ValueError."""
        start = self.start.astimezone(UTC)
        whole = self.start == BEGINNING or (start.day, start.time()) == (1, time())
        if self.reading.past or not whole or self.end <= self.at:
            raise ValueError("the kept sums know whole months up to now")
        return None if self.start == BEGINNING else start.date()

    @property
    def given(self) -> dict:
        """As the SQL files name them."""
        return {"at": self.at, "start": self.start, "end": self.end}


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
            raise Refusal(f"{text!r} is no date; write it as 2026-03-31.", code="no_date") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if not 1900 <= day.year <= 9000:
        raise Refusal(f"{day} lies outside of what can be asked for, 1900 to 9000.", code="no_date")
    at = datetime.combine(day, time(), UTC)
    return at + timedelta(days=1) - timedelta(microseconds=1) if end_of_day else at


@contextmanager
def reading(as_of=None, *, as_recorded: bool = False, by: str = "", most: int | None = None) -> Iterator[Reading]:
    """Read the figures as they stand, or as they were known at `as_of`: several reports may share one reading.

    As they stand means exact, after counting what came in; at most `most` changes while somebody waits.
    """
    asked, at = moment(as_of, end_of_day=True), now()
    if asked is None or (asked >= at and not as_recorded):
        yield Reading(at, asking.STORED, waiting_since=rollup.catch_up(most))
        return
    with asking.relation(min(asked, at), recorded=as_recorded, by=by) as table:
        yield Reading(min(asked, at), table, past=True, recorded=as_recorded)


def run(
    name: str, *, by=None, as_of=None, start=None, end=None, user=None, account=None, as_recorded: bool = False,
    of: Reading | None = None, most: int | None = None, care: bool = True, period: str = "month",
) -> Report:  # fmt: skip
    """Run one report. Refusal names an unknown report or dimension and what there is.

    `start` and `end` are the first and the last day of capture. With a `user`, what that user may not see is refused,
    and costs are left out where they may not see them. `of` is a reading that several reports share. `period` divides
    the stock: week, month or quarter.
    """
    known = _known(name)
    by = by or (known.dimensions[0] if known.dimensions else None)
    if by and by not in known.dimensions:
        there = f"by {', '.join(known.dimensions)}" if known.dimensions else "not by anything"
        raise Refusal(f"{name} can't be told by {by!r}; it can be told {there}.", code="unknown_dimension")
    if user is not None and not rights.may(user, known.verb):
        who = ", ".join(rights.roles_that_may(known.verb))
        raise Refusal(f"The report {name} is not for your role; these may see it: {who}.", code="not_allowed")
    if period not in stock.PERIODS:
        raise Refusal(f"{period!r} is no period; there are {', '.join(stock.PERIODS)}.", code="unknown_dimension")
    first, last = moment(start) or BEGINNING, moment(end, end_of_day=True)
    if last is not None and last < first:
        raise Refusal(f"It ends ({end}) before it begins ({start}); turn the two around.", code="no_date")
    until = END if last is None else last + timedelta(microseconds=1)
    with _shared(of, as_of, as_recorded, by, most) as source:
        asked = Asked(by, source, first, until, account, user, period, care)
        rows, totals, warnings = known.answer(asked)
    if user is not None and not rights.may(user, "see costs"):
        rows = [{key: value for key, value in row.items() if "cost" not in key} for row in rows]
        totals = {key: value for key, value in totals.items() if "cost" not in key}
        warnings = [one for one in warnings if one["code"] != "missing_cost"]
    if source.waiting_since:
        text = f"what has changed since {source.waiting_since:%-d %B %Y %H:%M} UTC is still being counted"
        warnings = [{"code": "not_counted_yet", "text": text, "rows": 0}, *warnings]
    question = known.question.format(by=(by or "").replace("_", " "))
    return Report(name, question, source.waiting_since or source.at, rows, totals, warnings)


def keep_claims() -> int:
    """Work out the own figures beside the claims, every few hours; for the worker. How often it was done."""
    if not claims.is_due():
        return 0
    with reading(None, most=500) as source:
        claims.keep_figures(Asked(None, source, BEGINNING, END))
    return 1


def _known(name: str) -> "Known":
    if name not in REPORTS:
        raise Refusal(f"There is no report {name!r}; there are {', '.join(REPORTS)}.", code="unknown_report")
    return REPORTS[name]


@contextmanager
def _shared(of, as_of, as_recorded, by, most) -> Iterator[Reading]:
    if of is not None:
        yield of
        return
    with reading(as_of, as_recorded=as_recorded, by=by or "", most=most) as found:
        yield found


@dataclass(frozen=True)
class Known:
    """One report: its question, what answers it, by what it can be told, and who may see it."""

    question: str
    answer: Callable[[Asked], tuple[list[dict], dict, list[dict]]]
    dimensions: tuple[str, ...] = ()
    verb: str = "see reports"


_BY = tuple(COLUMNS)
REPORTS = {
    "funnel": Known("What became of the inquiries, by {by}?", breakdown.funnel, _BY),
    "sources": Known("What do an inquiry, a lead, an accepted lead and a won deal cost, by {by}?", breakdown.costs,
                     ("source", *(by for by in _BY if by != "source"))),
    "campaigns": Known("What did each campaign cost and bring?", breakdown.campaigns, ("campaign",)),
    "active_share": Known("Which share of the inquiries came to us by themselves, by {by}?", breakdown.active_share,
                          ("month", *(by for by in _BY if by not in ("month", "interest")))),
    "cohorts": Known("Of those who responded in a month, how many were {by} since, by months since?", cohorts.cohorts,
                     tuple(cohorts.OUTCOMES)),
    "stock": Known("What was on hand, what came in, what went out, by {by} and period?", stock.stock, stock.ATTRIBUTES),
    "stock_value": Known("What is the stock worth, by {by}?", worth.worth, stock.ATTRIBUTES),
    "reps": Known("What did each rep get, answer and win, and how fast?", listing.reps),
    "invalid": Known("Which inquiries are not valid, and why?", listing.invalid),
    "claims": Known("What is often claimed, where does it come from, and what do our own figures say?", claims.claims),
    "imports": Known("What became of every row that was imported?", listing.imports),
    "trail": Known("What happened with one account, step by step?", trail.trail, verb="see figures"),
}  # fmt: skip
"""Every report there is."""
