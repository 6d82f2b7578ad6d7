"""From any number down to the people behind it, and no further than the user may see."""

from dataclasses import dataclass
from datetime import timedelta

from winnow.funnel import asking
from winnow.funnel.dimensions import COLUMNS, value_of
from winnow.funnel.intervals import share
from winnow.funnel.reports import BEGINNING, END, Asked, Reading, moment, reading
from winnow.funnel.stock import PERIODS
from winnow.leads import rights
from winnow.leads.account import Account
from winnow.leads.cycle import OPEN
from winnow.leads.cycle import STAGES as STAGES_OF_CYCLES
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Inquiry
from winnow.leads.opportunity import Opportunity
from winnow.leads.person import Person
from winnow.leads.summary import COUNTS

# Each number of the funnel: which rows it counts, and when it happened to them.
STAGES = {
    "inquiries": ("r.kind = 'inquiry'", "r.captured_at"),
    "valid": ("r.valid > 0", "r.captured_at"),
    "invalid": ("r.inquiries > r.valid", "r.captured_at"),
    "active": ("r.active > 0", "r.captured_at"),
    "people": ("r.kind = 'inquiry'", "r.captured_at"),
    "prospects": ("r.prospects > 0", "r.captured_at"),
    "leads": ("r.lead_at IS NOT NULL AND r.leads > 0", "r.lead_at"),
    "handed_off": ("r.lead_at IS NOT NULL AND r.handed_off > 0", "r.handed_at"),
    "accepted": ("r.lead_at IS NOT NULL AND r.accepted > 0", "r.accepted_at"),
    "rejected": ("r.lead_at IS NOT NULL AND r.rejected > 0", "r.handed_at"),
    "waiting": ("r.lead_at IS NOT NULL AND r.waiting > 0", "r.lead_at"),
    "let_go": ("r.lead_at IS NOT NULL AND r.let_go > 0", "r.accepted_at"),
    "ended_early": ("r.ended_early > 0", "r.captured_at"),
    "disqualified": ("r.disqualified > 0", "r.captured_at"),
    "opportunities": ("r.opened_at IS NOT NULL AND r.opportunities > 0", "r.opened_at"),
    "won": ("r.opened_at IS NOT NULL AND r.won > 0", "COALESCE(r.closed_at, r.opened_at)"),
    "lost": ("r.opened_at IS NOT NULL AND r.lost > 0", "COALESCE(r.closed_at, r.opened_at)"),
    "wins_unjudged": ("r.opened_at IS NOT NULL AND r.wins_unjudged > 0", "COALESCE(r.closed_at, r.opened_at)"),
}
AGES = {"0-7": (0, 7), "8-30": (8, 30), "31-90": (31, 90), "91-180": (91, 180), "180": (181, 1_000_000)}
PAGE = 50
FARTHEST = 100_000  # rows that may be skipped: nobody turns so many pages


@dataclass(frozen=True)
class Behind:
    """One thing that a number counts. What the user may not see is None."""

    at: object
    person: Person | None = None
    account: Account | None = None
    inquiry: Inquiry | None = None
    opportunity: Opportunity | None = None


@dataclass(frozen=True)
class Page:
    """One page of what stands behind a number: `all` is the number, `visible` how much of it the user may see."""

    rows: list[Behind]
    all: int
    visible: int
    number: int
    active_share: float | None = None  # of inquiries alone: how many of them came by themselves

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.visible // PAGE))


def behind(
    user, *, stage: str, by: str = "", value: str | None = None, start=None, end=None, as_of=None,
    within: int | None = None, page: int = 1, of: Reading | None = None, most: int | None = None,
) -> Page:  # fmt: skip
    """The people and deals behind one number of the funnel: `stage` in the row `value` of attribute `by`, or of all.

    `value` None is the row without a value. `within` so many months after the month of capture: a cell of a cohort.
    A rep gets own records only. Refusal names an unknown stage or attribute.
    """
    if stage not in STAGES or (by and by not in COLUMNS):
        known = f"numbers are {', '.join(STAGES)}, attributes {', '.join(COLUMNS)}"
        raise Refusal(f"There is no number {stage!r} by {by!r}; {known}.", code="unknown_dimension")
    if of is None:
        asked = {"stage": stage, "by": by, "value": value, "start": start, "end": end, "within": within, "page": page}
        with reading(as_of, by=by, most=most) as source:
            return behind(user, **asked, of=source)
    counts, at = STAGES[stage]
    last = moment(end, end_of_day=True)
    accounts = _own_accounts(user)
    given = {
        "start": moment(start) or BEGINNING, "end": END if last is None else last + timedelta(microseconds=1),
        "values": value_of(by, value) if by else None, "within": within, "accounts": accounts or [],
        "limit": PAGE, "offset": _offset(page),
    }  # fmt: skip
    parts = {"rows": of.table, "counts": counts, "value": _is_value(by, value), "within": _is_within(within, at),
             "visible": "true" if accounts is None else _MINE}  # fmt: skip
    one_each = stage == "people"
    found = asking.rows(
        "people", given, at=at, **parts, distinct="DISTINCT ON (r.who_id)" if one_each else "",
        one_each="ORDER BY r.who_id, r.captured_at DESC" if one_each else "",
    )
    counted = _counted(given, parts, stage, by, value, within, accounts, of)
    active = None
    if stage in ("inquiries", "valid", "invalid"):
        more = {**parts, "counts": f"{counts} AND r.active > 0"}
        one = _counted(given, more, "active" if stage == "inquiries" else "", by, value, within, accounts, of)
        active = share(one["all_of_them"], counted["all_of_them"])
    return Page(_shown(user, found), counted["all_of_them"], counted["visible"], page, active)


def _counted(given: dict, parts: dict, stage: str, by: str, value, within, accounts, of: Reading) -> dict:
    """How large the number is: out of the kept sums where they can tell it, else counted one by one."""
    asked = Asked(by or "all", of, given["start"], given["end"])
    try:
        month = asked.since_month
    except ValueError:
        month = "unknown"
    if month == "unknown" or accounts is not None or within is not None or stage not in (*COUNTS, "people"):
        one_each = stage == "people"
        return asking.rows("people_all", given, what="DISTINCT r.who_id" if one_each else "*", **parts)[0]
    is_value = "true" if not by else "value IS NULL" if value is None else "value = ANY(%(values)s::text[])"
    found = {**given, "by": by or "all", "month": month}
    return asking.rows("people_sum", found, stage=stage, value=is_value)[0]


def in_stock(
    user, *, stage: str = "", age: str = "", by: str = "", value: str | None = None, on=None, as_of=None, page: int = 1,
) -> Page:  # fmt: skip
    """Who stands in a stage and class of age, the longest there first; in any open one where none is named.

    `on` is the day at whose end they stood there, where that is not `as_of`: attributes are those known as of that.
    """
    _known_stock(stage, by)
    if age not in ("", *AGES):
        raise Refusal(f"There is no age of {age!r} days; there are {', '.join(AGES)}.", code="unknown_dimension")
    low, high = AGES.get(age, (-1, 1_000_000))
    with reading(as_of, by=by, most=0) as source:
        at = min(moment(on, end_of_day=True) or source.at, source.at)
        given = {"at": at, "stages": [stage] if stage else list(OPEN), "from": low, "to": high}
        past = source.past or at < source.at
        last = asking.sql("stock_last" if past else "stock_cycles").split("\n", 2)[2]
        which, more = _with_value("l.cycle_id", by, value, source)
        return _listed(user, "stock_people", given | more, page, last=last, which=which)


def moved(
    user, *, way: str, stage: str = "", period: str, by: str = "", value: str | None = None, as_of=None, page: int = 1,
) -> Page:  # fmt: skip
    """Whose cycles came into a stage, left it, were opened or ended in a period: 2026-03, 2026-W09 or 2026-Q1."""
    ways = {
        "in": "s.after = %(stage)s", "out": "s.before = %(stage)s",
        "opened": "s.after = ANY(%(open)s::text[]) AND s.before <> ALL(%(open)s::text[])",
        "ended": "s.before = ANY(%(open)s::text[]) AND s.after <> ALL(%(open)s::text[])",
    }  # fmt: skip
    if way not in ways or (way in ("in", "out") and not stage):
        raise Refusal(f"There is no way {way!r} of stage {stage!r}; ways are {', '.join(ways)}, in and out of a stage.",
                      code="unknown_dimension")  # fmt: skip
    _known_stock(stage, by)
    unit = "week" if "W" in period else "quarter" if "Q" in period else "month"
    try:
        first, last = PERIODS[unit].days(period)
    except (ValueError, OverflowError):
        text = f"{period[:20]!r} is no period; write it as 2026-03, 2026-W09 or 2026-Q1."
        raise Refusal(text, code="no_date") from None
    with reading(as_of, by=by, most=0) as source:
        given = {"at": source.at, "start": moment(first), "end": moment(last) + timedelta(days=1), "stage": stage,
                 "open": list(OPEN)}  # fmt: skip
        which, more = _with_value("s.cycle_id", by, value, source)
        return _listed(user, "moves", given | more, page, which=f"{ways[way]} AND {which}")


def _known_stock(stage: str, by: str) -> None:
    if stage not in ("", *STAGES_OF_CYCLES) or by not in ("", *COLUMNS):
        known = f"stages are {', '.join(STAGES_OF_CYCLES)}, attributes {', '.join(COLUMNS)}"
        raise Refusal(f"There is no stock {stage!r} by {by!r}; {known}.", code="unknown_dimension")


def _with_value(cycle: str, by: str, value: str | None, source: Reading) -> tuple[str, dict]:
    """The cycles that have this value of an attribute, as the rows of the reading know it."""
    if not by:
        return "true", {}
    there = f"SELECT 1 FROM {source.table} r WHERE r.cycle_id = {cycle} AND r.prospects > 0"
    if value is None:  # what has no row has no value either
        return f"NOT EXISTS ({there} AND {COLUMNS[by]} IS NOT NULL)", {}
    return f"EXISTS ({there} AND {_is_value(by, value)})", {"values": value_of(by, value)}


def of_rep(user, *, answer: str = "leads", rep: str = "", start=None, end=None, as_of=None, page: int = 1) -> Page:
    """The leads that a rep (or any) got, by how they were answered."""
    answers = {
        "leads": "true", "accepted": "a.response = 'accepted'", "rejected": "a.response = 'rejected'",
        "unanswered": "a.response = ''", "late": "a.until > h.response_due_at",
    }  # fmt: skip
    if answer not in answers:
        raise Refusal(f"There is no answer {answer!r}; there are {', '.join(answers)}.", code="unknown_dimension")
    last = moment(end, end_of_day=True)
    with reading(as_of, most=0) as source:
        given = {
            "at": source.at, "rep": rep, "start": moment(start) or BEGINNING,
            "end": END if last is None else last + timedelta(microseconds=1),
        }  # fmt: skip
        return _listed(user, "handoffs", given, page, which=answers[answer])


def _listed(user, question: str, given: dict, page: int, **parts: str) -> Page:
    """One page of rows that have a cycle, with the inquiry that opened it."""
    accounts = _own_accounts(user)
    given |= {"sees_all": accounts is None, "accounts": accounts or [], "limit": PAGE, "offset": _offset(page)}
    found = asking.rows(question, given, **parts)
    opened = Inquiry.objects.filter(cycle__in={row["cycle_id"] for row in found}, voided_at=None)
    first = {one.cycle_id: one.pk for one in opened.order_by("-captured_at", "-id")}
    rows = [{**row, "inquiry_id": first.get(row["cycle_id"]), "deal_id": None} for row in found]
    count = found[0]["all_of_them"] if found else 0
    return Page(_shown(user, rows), count, count, page)


def _offset(page: int) -> int:
    return min(max(0, page - 1) * PAGE, FARTHEST)


_MINE = """(r.person_id IN (SELECT p.id FROM leads_person p WHERE p.account_id = ANY(%(accounts)s::bigint[]))
            OR (r.person_id IS NULL AND r.account_id = ANY(%(accounts)s::bigint[])))"""


def _own_accounts(user) -> list[int] | None:
    """The accounts that a rep may see; None for whoever sees all, nothing for anybody else."""
    if rights.sees_all(user):
        return None
    return list(rights.accounts_visible_to(user).values_list("pk", flat=True))


def _is_value(by: str, value: str | None) -> str:
    if not by:
        return "true"
    column = COLUMNS[by]
    return f"{column} IS NULL" if value is None else f"{column} = ANY(%(values)s::text[])"


def _is_within(within: int | None, at: str) -> str:
    if within is None:
        return "r.captured_at IS NOT NULL"
    return (
        f"date_trunc('month', {at} AT TIME ZONE 'UTC') <= r.month + make_interval(months => %(within)s)"
        " AND r.inquiry_id IS NOT NULL"
    )


def _shown(user, found: list[dict]) -> list[Behind]:
    people = rights.people_visible_to(user).select_related("account")
    known = people.in_bulk(_numbers(found, "person_id"))
    raw = Person.objects.select_related("merged_into").in_bulk(_numbers(found, "person_id"))
    today = {number: person.now_is().pk for number, person in raw.items()}
    known |= people.in_bulk([number for number in today.values() if number not in known])
    accounts = rights.accounts_visible_to(user).in_bulk(_numbers(found, "account_id"))
    inquiries = Inquiry.objects.in_bulk(_numbers(found, "inquiry_id"))
    deals = Opportunity.objects.in_bulk(_numbers(found, "deal_id"))
    rows = []
    for row in found:
        person = known.get(today.get(row["person_id"]))
        account = person.account if person else accounts.get(row["account_id"])
        may = person is not None or account is not None
        rows.append(Behind(
            row["at"], person, account, inquiries.get(row["inquiry_id"]) if may else None,
            deals.get(row["deal_id"]) if may else None,
        ))  # fmt: skip
    return rows


def _numbers(found: list[dict], name: str) -> list[int]:
    return [row[name] for row in found if row[name] is not None]
