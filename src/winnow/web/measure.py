"""Measure: the executive page and its reports. Every number opens the people behind it."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from winnow.funnel import cohorts, export, people, reports
from winnow.funnel.dimensions import COLUMNS
from winnow.funnel.executive import Triangle, executive, first_month
from winnow.funnel.intervals import share
from winnow.funnel.money import per_interval
from winnow.leads import rights
from winnow.leads.audit import audited
from winnow.leads.errors import Refusal
from winnow.web import measured
from winnow.web.access import allowed, get_account_for, require, signed_in
from winnow.web.measured import MISSING, WORDS, Links

MOST = 500  # changes that are counted while somebody waits; the rest is the worker's
COHORTS = 24  # months on the page of cohorts
TABS = (
    ("measure", "Executive"), ("measure-sources", "Sources"), ("measure-cohorts", "Cohorts"),
    ("measure-stock", "Stock"), ("measure-reps", "Reps"), ("measure-trails", "One account"),
    ("measure-claims", "Claims"),
)  # fmt: skip
NUMBERS = ("inquiries", "active", "prospects", "leads", "handed_off", "accepted", "opportunities", "won", "lost")
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def words_of(request, *names: str) -> dict[str, str]:
    """What the address asks for, as text of bounded length; NUL is no text."""
    return {name: request.GET.get(name, "").replace("\0", "")[:130] for name in names}


def measure_page(request, template: str, here: str, **more) -> HttpResponse:
    """One page of this room, with its tabs."""
    links = more.get("links") or Links()
    tabs = [
        {"url": links.page(name), "words": words, "current": name == here}
        for name, words in TABS
        if name == "measure-trails" or rights.may(request.user, "see reports")
    ]
    shown = {"tabs": tabs, "sees_costs": rights.may(request.user, "see costs"), "process": "measure", **more}
    return render(request, f"winnow/measure/{template}.html", shown)


@require_GET
@allowed("see reports")
def measure(request):
    """How the last twelve months went: figures, funnel, cost, cohorts, stock, active share, return."""
    as_of = words_of(request, "as_of")["as_of"]
    with reports.reading(as_of or None, most=MOST) as reading:
        found = executive(reading, request.user)
    links = Links(as_of, start=found.start.isoformat())
    for row in found.campaigns or ():
        _link(row, "campaign", links)
    return measure_page(
        request, "executive", "measure", links=links, as_of=as_of, found=found, totals=found.totals,
        year=found.year_before, urls={name: links.people(name) for name in WORDS},
        more_inquiries=_change(found.totals["inquiries"], found.year_before["inquiries"]),
        rejected_share=share(found.totals["rejected"], found.totals["handed_off"]),
        stages=measured.funnel_rows(found.stages, links), costs=measured.cost_bars(found, links),
        triangle=measured.triangle(found.triangle, links),
        outcome=measured.OUTCOME_WORDS[found.triangle.outcome], stock=measured.stock(found.stock, links),
        active=measured.active_line(found.active), campaigns=_campaigns(found),
        to_sources=links.page("measure-sources"), to_cohorts=links.page("measure-cohorts", by=found.triangle.outcome),
        to_stock=links.page("measure-stock"), to_campaigns=links.page("measure-sources", by="campaign"),
        downloads=[(form, links.report("funnel", form, by="source")) for form in FORMS],
    )  # fmt: skip


def _change(count: int, before: int) -> float | None:
    return (count - before) / before if before else None


def _campaigns(found) -> dict | None:
    """The campaigns that are shown, with the sum of their figures."""
    if not found.campaigns:
        return None
    rows, counts = found.campaigns, ("cost_cents", "leads", "accepted", "won", "won_cents")
    sums = {name: sum(row[name] or 0 for row in rows) for name in counts}
    cost = sums["cost_cents"]
    sums["per_accepted"] = round(cost / sums["accepted"]) if cost and sums["accepted"] else None
    sums["return_words"] = measured.times((sums["won_cents"] - cost) / cost if cost else None)
    for row in rows:
        row["return_words"] = measured.times(row["return_share"])
        row["channel"] = (row["channel"] or "").replace("_", " ")
    return {"rows": rows, "sums": sums, "all": len(rows) + found.campaigns_left_out}


def _link(row: dict, by: str, links: Links) -> dict:
    """Add what a row is called and where its numbers lead."""
    row["name"], row["missing"] = row[by] if row[by] is not None else MISSING, row[by] is None
    row["urls"] = {name: links.people(name, by, row[by]) for name in NUMBERS}
    return row


@require_GET
@allowed("see reports")
def sources(request):
    """What became of the inquiries by one attribute, what an accepted lead costs, as a table that opens people."""
    given = words_of(request, "by", "as_of", "from", "to")
    by = given["by"] or "source"
    with reports.reading(given["as_of"] or None, by=by, most=MOST) as reading:
        start = given["from"] or ("" if given["to"] else first_month(reading.at).isoformat())
        report = reports.run(
            "funnel", by=by, start=start or None, end=given["to"] or None, of=reading, user=request.user
        )
    links = Links(given["as_of"], start, given["to"])
    for row in report.rows:
        _link(row, by, links)
        row["per_accepted_interval"] = per_interval(row.get("cost_cents"), row["accepted"])
    more = {"by": by, "from": start, "to": given["to"]}
    return measure_page(
        request, "sources", "measure-sources", links=links, report=report, by=by, as_of=given["as_of"], start=start,
        end=given["to"], urls={name: links.people(name) for name in NUMBERS}, dimensions=[*COLUMNS],
        downloads=[(form, links.report("funnel", form, by=by)) for form in FORMS], more=more,
    )  # fmt: skip


@require_GET
@allowed("see reports")
def cohorts_by_month(request):
    """Cohorts by month of capture; young ones and those from before outcomes were recorded are flagged."""
    given = words_of(request, "by", "as_of")
    by = given["by"] or "accepted"
    with reports.reading(given["as_of"] or None, most=MOST) as reading:
        start = first_month(reading.at, COHORTS)
        report = reports.run("cohorts", by=by, start=start, of=reading, user=request.user)
    links = Links(given["as_of"])
    rows = [
        {
            "month": row["month"], "inquiries": row["inquiries"],
            "per_hundred": [100 * count / row["inquiries"] for count in row["after"]],
        }
        for row in report.rows
    ]  # fmt: skip
    for row in report.rows:
        row["urls"] = {
            name: links.people(name, "month", row["month"], row["months_since"]) for name in cohorts.OUTCOMES
        } | {"inquiries": links.people("inquiries", "month", row["month"])}
        row["reached"], row["url"] = row[by], row["urls"][by]
    return measure_page(
        request, "cohorts", "measure-cohorts", links=links, report=report, by=by, as_of=given["as_of"],
        outcomes=[(one, measured.OUTCOME_WORDS[one]) for one in cohorts.OUTCOMES],
        outcome=measured.OUTCOME_WORDS.get(by, by), picture=measured.triangle(Triangle(by, rows), links),
        downloads=[(form, links.report("cohorts", form, by=by)) for form in FORMS],
    )  # fmt: skip


@require_GET
@allowed("see reports")
def reps(request):
    """What each rep got, how fast it was answered, and what was won."""
    as_of = words_of(request, "as_of")["as_of"]
    with reports.reading(as_of or None, most=MOST) as reading:
        start = first_month(reading.at)
        report = reports.run("reps", start=start, of=reading, user=request.user)
    links = Links(as_of, start=start.isoformat())
    for row in report.rows:
        row["urls"] = {name: links.people(name, "owner", row["rep"]) for name in ("won", "opportunities")}
        row["urls"] |= {answer: links.handoffs(answer, row["rep"]) for answer in measured.ANSWER_WORDS}
    return measure_page(
        request, "reps", "measure-reps", links=links, report=report, as_of=as_of,
        urls={answer: links.handoffs(answer) for answer in measured.ANSWER_WORDS},
        downloads=[(form, links.report("reps", form)) for form in FORMS],
    )  # fmt: skip


# -- behind a number ------------------------------------------------------------------------------------------------
@require_GET
@allowed("see reports")
def behind(request):
    """The people behind one number."""
    given = words_of(request, "stage", "by", "value", "from", "to", "as_of")
    stage, by = given["stage"] or "inquiries", given["by"]
    value = None if request.GET.get("missing") else given["value"]
    within = whole_number(request.GET.get("within", ""))
    page = people.behind(
        request.user, stage=stage, by=by, value=value, start=given["from"] or None, end=given["to"] or None,
        as_of=given["as_of"] or None, within=within, page=whole_number(request.GET.get("page", "")) or 1, most=MOST,
    )  # fmt: skip
    what = f"{by.replace('_', ' ')} {value if value is not None else MISSING}" if by else ""
    if within is not None:
        what += f", by {within} month{'' if within == 1 else 's'} after"
    return people_page(request, page, WORDS[stage], what, given)


@require_GET
@allowed("see reports")
def handoffs(request):
    """The leads that a rep got, by how they were answered."""
    given = words_of(request, "answer", "rep", "from", "to", "as_of")
    answer = given["answer"] or "leads"
    page = people.of_rep(
        request.user, answer=answer, rep=given["rep"], start=given["from"] or None, end=given["to"] or None,
        as_of=given["as_of"] or None, page=whole_number(request.GET.get("page", "")) or 1,
    )  # fmt: skip
    return people_page(request, page, measured.ANSWER_WORDS[answer], given["rep"], given)


def people_page(request, page: people.Page, title: str, what: str, given: dict) -> HttpResponse:
    """The people behind a number, a page at a time."""
    links = Links(given["as_of"])
    turns = {}
    for way, number in (("previous", page.number - 1), ("next", page.number + 1)):
        if 1 <= number <= page.pages:
            query = request.GET.copy()
            query["page"] = str(number)
            turns[way] = f"?{query.urlencode()}"
    return measure_page(
        request, "people", "", links=links, found=page, title=title, what=what, as_of=given["as_of"],
        start=given.get("from", ""), end=given.get("to", ""), **turns, deals=any(row.opportunity for row in page.rows),
        where=f"{page.number:,} of {page.pages:,}" if page.pages > 1 else "",
    )  # fmt: skip


def whole_number(text: str) -> int | None:
    """A number as an address may have it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 7 else None


# -- one account ----------------------------------------------------------------------------------------------------
@require_GET
@signed_in
def trails(request):
    """Find an account by its number, domain, name or an external id, and go to its trail."""
    q, refusal = words_of(request, "q")["q"].strip(), ""
    if q:
        from winnow.funnel.trail import find

        try:
            return redirect("measure-trail", account=find(q, request.user).pk)
        except Refusal as refused:
            refusal = str(refused)
    return measure_page(request, "trails", "measure-trails", q=q, refusal=refusal)


@require_GET
@signed_in
def trail(request, account: int):
    """Every step of one account."""
    found = get_account_for(request.user, account)
    as_of = words_of(request, "as_of")["as_of"]
    report = reports.run("trail", account=str(found.pk), as_of=as_of or None, user=request.user, most=0)
    rows = report.rows[-trail_rows(request) :]
    for row in rows:
        row["what"] = row["kind"].replace("_", " ")
        row["milli"] = None if row["points"] is None else round(row["points"] * 1000)
        row["flagged"] = measured.flag_words(row["kind"], row["flag"])
    return measure_page(
        request, "trail", "measure-trails", links=Links(as_of), report=report, account=found, as_of=as_of,
        rows=rows, downloads=[
            (form, f"{reverse('measure-report', args=['trail', form])}?account={found.pk}") for form in FORMS
        ] if rights.may(request.user, "export") else (),
    )  # fmt: skip


def trail_rows(request) -> int:
    """How many steps stand on the page: the newest two hundred, or all of up to five thousand."""
    return 5_000 if request.GET.get("all") else 200


# -- files ----------------------------------------------------------------------------------------------------------
@require_GET
@allowed("export")
def report(request, name: str, form: str):
    """Any report as CSV or XLSX."""
    require(request.user, "export")
    if form not in FORMS or name not in reports.REPORTS:
        raise Http404
    given = words_of(request, "by", "as_of", "from", "to", "account", "period")
    made = reports.run(
        name, by=given["by"] or None, period=given["period"] or "month", as_of=given["as_of"] or None,
        start=given["from"] or None,
        end=given["to"] or None, account=given["account"] or None, user=request.user,
    )  # fmt: skip
    content = export.as_csv(made).encode() if form == "csv" else export.as_xlsx(made)
    audited(request.user, "export", f"report {made.report}"[:40], form)
    answer = HttpResponse(content, content_type=FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{made.report}-{made.as_of:%Y-%m-%d}.{form}"'
    return answer


urlpatterns = [
    path("measure/", measure, name="measure"),
    path("measure/sources/", sources, name="measure-sources"),
    path("measure/cohorts/", cohorts_by_month, name="measure-cohorts"),
    path("measure/reps/", reps, name="measure-reps"),
    path("measure/reps/handoffs/", handoffs, name="measure-handoffs"),
    path("measure/people/", behind, name="measure-people"),
    path("measure/trails/", trails, name="measure-trails"),
    path("measure/trails/<int:account>/", trail, name="measure-trail"),
    path("measure/reports/<slug:name>.<slug:form>", report, name="measure-report"),
]
