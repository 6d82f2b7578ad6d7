"""The stock: what is on hand, what came in and went out, how old it is, and what it may be worth."""

from datetime import timedelta

from django.urls import path
from django.views.decorators.http import require_GET

from winnow.funnel import people, reports
from winnow.funnel.stock import ATTRIBUTES, PERIODS
from winnow.leads.cycle import OPEN
from winnow.web import measured, wording
from winnow.web.access import allowed
from winnow.web.ledger_picture import Step, ledger
from winnow.web.measure import FORMS, MOST, measure_page, people_page, whole_number, words_of
from winnow.web.measured import MISSING, STAGE_WORDS, Links

SHOWN = {"month": 24, "week": 26, "quarter": 12}  # periods in the table
DRAWN = 24
WAYS = {"in": "Came in", "out": "Went out", "opened": "Opened", "ended": "Ended"}


@require_GET
@allowed("see reports")
def stock(request):
    """The ledger of what is on hand: opening balance, in, out, closing balance, by period and by an attribute."""
    said = words_of(request, "as_of", "unit", "by", "period")
    unit = said["unit"] if said["unit"] in PERIODS else "month"
    by = said["by"] if said["by"] in ATTRIBUTES and said["by"] != "all" else "stage"
    with reports.reading(said["as_of"] or None, by=by, most=MOST) as reading:
        whole = reports.run("stock", by="all", period=unit, of=reading, user=request.user)
        names = [row["period"] for row in whole.rows]
        chosen = said["period"] if said["period"] in names else (names[-1] if names else "")
        first, last = PERIODS[unit].days(chosen) if chosen else (None, None)
        one = reports.run("stock", by=by, period=unit, start=first, end=last, of=reading, user=request.user)
        worth = reports.run("stock_value", by=by, of=reading, user=request.user)
    links = Links(said["as_of"])
    for row in whole.rows:
        row["urls"] = _urls(links, unit, row["period"])
    rows = [row for row in one.rows if row["opening"] or row["came_in"] or row["went_out"]]
    worths = _worths(worth, by)
    for row in rows:
        value = row[by]
        row["words"] = STAGE_WORDS[value] if by == "stage" else MISSING if value is None else value
        row["urls"] = _urls(links, unit, chosen, stage=value, by="") if by == "stage" else (
            _urls(links, unit, chosen, by=by, value=value))  # fmt: skip
        row["worth"] = worths.get(value) if chosen == names[-1] else None
    return measure_page(
        request, "stock", "measure-stock", links=links, report=one, whole=list(reversed(whole.rows))[: SHOWN[unit]],
        period=chosen, unit=unit, units=list(PERIODS), by=by, attributes=[a for a in ATTRIBUTES if a != "all"],
        rows=rows, drawn=measured.stock(one.totals["ageing"], links), as_of=said["as_of"], all_url=links.stock(),
        picture=_picture(whole.rows[-DRAWN:], reading.at.date(), unit), worth=worth, latest=chosen in names[-1:],
        odds=_odds(worth) if by == "stage" else [],
        downloads=[(form, links.report("stock", form, by=by, period=unit)) for form in FORMS],
        worth_downloads=[(form, links.report("stock_value", form, by=by)) for form in FORMS],
    )  # fmt: skip


def _urls(links: Links, unit: str, period: str, stage: str = "", by: str = "", value: str | None = None) -> dict:
    """Where the four figures of a period lead: who was on hand at its start and end, who came in and went out."""
    first, last = PERIODS[unit].days(period)
    before = (first - timedelta(days=1)).isoformat()
    return {
        "opening": links.stock(stage, by=by, value=value, on=before),
        "came_in": links.moves("in" if stage else "opened", period, stage, by, value),
        "went_out": links.moves("out" if stage else "ended", period, stage, by, value),
        "closing": links.stock(stage, by=by, value=value, on=last.isoformat()),
    }  # fmt: skip


def _picture(rows: list[dict], today, unit: str):
    if len(rows) < 2:
        return None
    steps = [
        Step(
            measured.month_name(row["period"], number == 0) if unit == "month" else row["period"],
            row["came_in"], row["went_out"], row["closing"],
            (row["urls"]["came_in"], row["urls"]["went_out"], row["urls"]["closing"]),
            open=PERIODS[unit].days(row["period"])[1] >= today,
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    came, went = sum(row["came_in"] for row in rows), sum(row["went_out"] for row in rows)
    label = f"From {rows[0]['period']} to {rows[-1]['period']} {wording.count(came)} came in and {wording.count(went)}"
    label += f" went out; on hand were {wording.count(rows[0]['opening'])} at first and"
    label += f" {wording.count(rows[-1]['closing'])} at the end"
    return ledger(steps, label=label)


def _worths(worth: reports.Report, by: str) -> dict:
    """Value of the attribute -> what such stock is estimated to be worth, in cents."""
    found: dict = {}
    for row in worth.rows:
        if row["value_cents"] is not None:
            found[row[by]] = found.get(row[by], 0) + row["value_cents"]
    return found


def _odds(worth: reports.Report) -> list[dict]:
    """How often what stands in a stage so long was won, over all grades, one row per stage."""
    told = []
    for stage in OPEN:
        mine = [row for row in worth.rows if row["stage"] == stage and row["probability"] is not None]
        if not mine:
            continue
        ages = {}
        for row in mine:
            held, wins = ages.get(row["days"], (0, 0.0))
            ages[row["days"]] = held + row["on_hand"], wins + row["wins_expected"]
        shares = [ages.get(age) for age in ("0-7", "8-30", "31-90", "91-180", "over 180")]
        told.append({
            "words": STAGE_WORDS[stage], "shares": [one[1] / one[0] if one else None for one in shares],
            "on_hand": sum(row["on_hand"] for row in mine), "wins": sum(row["wins_expected"] for row in mine),
            "value_cents": sum(row["value_cents"] for row in mine),
        })  # fmt: skip
    return told


# -- behind a number --------------------------------------------------------------------------------------------------
def _value(request, said: dict) -> dict:
    """The value of an attribute that the address asks for, if it asks for one."""
    return {"by": said["by"], "value": None if request.GET.get("missing") else said["value"]}


def _said(said: dict, request) -> str:
    if not said["by"]:
        return ""
    return f", {said['by'].replace('_', ' ')} {MISSING if request.GET.get('missing') else said['value']}"


@require_GET
@allowed("see reports")
def on_hand(request):
    """The people on hand in a stage and class of age, or of a value of an attribute."""
    said = words_of(request, "stage", "age", "as_of", "by", "value", "on")
    page = people.in_stock(
        request.user, stage=said["stage"], age=said["age"], as_of=said["as_of"] or None, on=said["on"] or None,
        page=whole_number(request.GET.get("page", "")) or 1, **_value(request, said),
    )  # fmt: skip
    ages = dict(zip(measured.AGE_CODES, measured.AGES, strict=True))
    what = f"for {ages[said['age']]}" if said["age"] else f"at the end of {said['on']}" if said["on"] else ""
    return people_page(request, page, STAGE_WORDS.get(said["stage"], "On hand"), what + _said(said, request), said)


@require_GET
@allowed("see reports")
def moves(request):
    """Whose cycles came in or went out in a period."""
    said = words_of(request, "way", "stage", "period", "as_of", "by", "value")
    page = people.moved(
        request.user, way=said["way"], stage=said["stage"], period=said["period"], as_of=said["as_of"] or None,
        page=whole_number(request.GET.get("page", "")) or 1, **_value(request, said),
    )  # fmt: skip
    stage = f"{STAGE_WORDS[said['stage']].lower()}, " if said["stage"] else ""
    return people_page(request, page, WAYS[said["way"]], f"{stage}{said['period']}{_said(said, request)}", said)


urlpatterns = [
    path("measure/stock/", stock, name="measure-stock"),
    path("measure/stock/people/", on_hand, name="measure-stock-people"),
    path("measure/stock/moves/", moves, name="measure-moves"),
]
