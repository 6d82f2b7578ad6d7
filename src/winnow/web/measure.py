"""Measure: the executive page and its reports. Every number opens the people behind it."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from winnow.funnel import export, people, reports
from winnow.leads import rights
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN
from winnow.web import pictures
from winnow.web.access import allowed, require
from winnow.web.curves import Point
from winnow.web.pictures import Bar, Cohort, Stage, Stock
from winnow.web.wording import money, percent

MISSING = "(missing)"
WORDS = {
    "inquiries": "Inquiries", "prospects": "Prospects", "leads": "Leads", "accepted": "Accepted",
    "opportunities": "Opportunities", "won": "Won",
}
STAGE_WORDS = {
    "new": "New", "nurturing": "Nurturing", "ready": "Ready, not given", "handed_off": "With sales, no answer",
    "accepted": "Accepted", "opportunity": "Opportunities",
}
AGES = ("0 to 7 days", "8 to 30", "31 to 90", "91 to 180", "over 180")
TABS = [
    ("measure", "Executive"), ("measure-funnel", "By source and more"), ("measure-cohorts", "Cohorts"),
    ("measure-stock", "Stock"), ("measure-reps", "Reps"),
]


def _people_url(stage: str, by: str = "source", **more) -> str:
    return reverse("measure-people") + "?" + urlencode({"stage": stage, "by": by, **more})


def _tabs(current: str) -> list[dict]:
    return [{"url": reverse(name), "words": words, "current": name == current} for name, words in TABS]


def _asked(request) -> dict:
    return {key: request.GET[key] for key in ("as_of",) if request.GET.get(key)}


@require_GET
@allowed("see reports")
def executive(request):
    """How the last twelve months went: figures, funnel, cost, cohorts, stock, active share."""
    start = (now() - timedelta(days=365)).date().isoformat()
    asked = _asked(request)
    by_campaign = reports.run("funnel", by="campaign", start=start, **asked)
    by_month = reports.run("funnel", by="month", start=start, **asked)
    cohorts = reports.run("cohorts", **asked)
    stock = reports.run("stock", **asked)
    reps = reports.run("reps", start=start, **asked)
    return render(request, "winnow/measure/executive.html", {
        "tabs": _tabs("measure"), "as_of": by_month.as_of, "totals": by_month.totals,
        "rejected": reps.totals, "rejected_share": _ratio(reps.totals["rejected"], reps.totals["handed_off"]),
        "cost": _cost(request, by_campaign), "stages": _stages(by_month.totals),
        "cost_picture": _cost_picture(request, by_campaign), "cohorts": _cohort_picture(cohorts),
        "stock": _stock_picture(stock), "stock_balances": stock.totals["balances"], "active": _active_picture(by_month),
        "campaigns": _rows(by_campaign, "campaign"), "warnings": _warnings(by_campaign, cohorts, stock),
        "sees_costs": rights.may(request.user, "see costs"),
        "urls": {name: _people_url(name, every=1) for name in WORDS},
    })


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _warnings(*found) -> list[dict]:
    seen: dict[str, dict] = {}
    for report in found:
        for one in report.warnings:
            seen.setdefault(one["code"], one)
    return list(seen.values())


def _stages(totals: dict):
    rest = {
        "inquiries": f"{totals['inquiries'] - totals['valid']:,} not valid, every one with its reason",
        "prospects": f"{totals['disqualified']:,} disqualified, the others are nurtured",
        "opportunities": f"{totals['lost']:,} lost, "
        f"{totals['opportunities'] - totals['won'] - totals['lost']:,} still open",
    }
    return pictures.funnel_rows([
        Stage(words, totals[name], _people_url(name, every=1), rest.get(name, "")) for name, words in WORDS.items()
    ])


def _cost(request, report) -> int | None:
    if not rights.may(request.user, "see costs"):
        return None
    cents = sum(row["cost_cents"] or 0 for row in report.rows)
    accepted = sum(row["accepted"] for row in report.rows if row["cost_cents"])
    return round(cents / accepted) if accepted and cents else None


def _cost_picture(request, report):
    if not rights.may(request.user, "see costs"):
        return None
    passive = _passive()
    rows = [
        Bar(row["campaign"] or MISSING, row["cost_per_accepted_cents"] / 100,
            href=_people_url("accepted", "campaign", value=row["campaign"] or ""), passive=row["campaign"] in passive)
        for row in report.rows if row["cost_per_accepted_cents"] is not None
    ][:8]
    if not rows:
        return None
    label = f"Cost per accepted lead: {rows[0].name} is the cheapest campaign at {money(rows[0].value * 100)}."
    return pictures.bars(rows, label=label, show=lambda euros: money(euros * 100))


def _passive() -> set[str]:
    from winnow.leads.models import Campaign

    return set(Campaign.objects.filter(interest="passive").values_list("name", flat=True))


def _cohort_picture(report):
    rows = []
    for row in report.rows[-12:]:
        total, values = 0, []
        what = row["accepted"] if sum(row["accepted"]) else row["won"]
        for count in what[:12]:
            total += count
            values.append(100 * total / row["inquiries"] if row["inquiries"] else None)
        rows.append(Cohort(row["month"], row["inquiries"], values, open=1 if row["age_months"] < 12 else 0))
    if not rows:
        return None
    label = "Accepted leads per 100 inquiries, by month of the first one and months since."
    return pictures.cohort_triangle(
        rows, label=label, show=lambda value: f"{value:.1f}", first="first inquiry", size="inquiries"
    )


def _stock_picture(report):
    ageing = {row["stage"]: row for row in report.totals["ageing"]}
    classes = ("days_0_7", "days_8_30", "days_31_90", "days_91_180", "days_over_180")
    rows = [
        Stock(STAGE_WORDS[stage], [ageing[stage][name] for name in classes]) for stage in OPEN if stage in ageing
    ]
    if not rows:
        return None
    label = f"{report.totals['on_hand']:,} people are on hand, by stage and by how long they have been there."
    return {"picture": pictures.stacked_stock(rows, AGES, label=label), "legend": pictures.stock_legend(AGES)}


def _active_picture(report):
    rows = [row for row in report.rows if row["month"]]
    if len(rows) < 2:
        return None
    points = [Point(row["month"], row["active_share"], open=row is rows[-1]) for row in rows]
    label = f"The active share of inquiries went from {percent(points[0].value)} to {percent(points[-1].value)}."
    return pictures.line(points, label=label, reference=(0.5, "often quoted: half"), show=percent)


def _rows(report, by: str) -> list[dict]:
    for row in report.rows:
        given = row[by] if row[by] is not None else ""
        row["name"] = row[by] if row[by] is not None else MISSING
        row["missing"] = row[by] is None
        row["urls"] = {name: _people_url(name, by, value=given) for name in people.STAGES}
    return report.rows


@require_GET
@allowed("see reports")
def funnel(request):
    """The funnel by one attribute, as a table that opens people, or as CSV and XLSX."""
    by = request.GET.get("by", "source")
    asked = {key: request.GET[key] for key in ("as_of", "start", "end") if request.GET.get(key)}
    report = reports.run("funnel", by=by, **asked)
    if form := request.GET.get("format"):
        return _download(request, report, form)
    return render(request, "winnow/measure/funnel.html", {
        "tabs": _tabs("measure-funnel"), "report": report, "rows": _rows(report, by), "by": by, "asked": asked,
        "dimensions": reports.REPORTS["funnel"].dimensions, "sees_costs": rights.may(request.user, "see costs"),
        "downloads": [(form, "?" + urlencode({"by": by, **asked, "format": form})) for form in ("csv", "xlsx")],
    })


def _download(request, report, form: str):
    require(request.user, "export")
    from winnow.leads.audit import audited

    if form not in ("csv", "xlsx"):
        raise Http404
    audited(request.user, "export", f"report {report.report}"[:40], form)
    kind = "text/csv; charset=utf-8"
    content = export.as_csv(report) if form == "csv" else export.as_xlsx(report)
    if form == "xlsx":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{report.report}-{report.as_of:%Y-%m-%d}.{form}"'
    return answer


@require_GET
@allowed("see reports")
def cohorts(request):
    """Cohorts by month of capture; young ones and those from before outcomes were recorded are flagged."""
    report = reports.run("cohorts", **_asked(request))
    return render(request, "winnow/measure/cohorts.html", {
        "tabs": _tabs("measure-cohorts"), "report": report, "picture": _cohort_picture(report),
    })


@require_GET
@allowed("see reports")
def stock(request):
    """The ledger of what is on hand: opening balance, in, out, closing balance, by month and stage."""
    report = reports.run("stock", **_asked(request))
    months = sorted({row["month"] for row in report.rows}, reverse=True)
    month = request.GET.get("month") or (months[0] if months else "")
    return render(request, "winnow/measure/stock.html", {
        "tabs": _tabs("measure-stock"), "report": report, "months": months, "month": month,
        "rows": [
            {**row, "words": STAGE_WORDS.get(row["stage"], row["stage"].replace("_", " ").capitalize())}
            for row in report.rows if row["month"] == month and (row["opening"] or row["came_in"])
        ],
        "drawn": _stock_picture(report),
    })


@require_GET
@allowed("see reports")
def reps(request):
    """What each rep got, answered and won."""
    report = reports.run("reps", **_asked(request))
    return render(request, "winnow/measure/reps.html", {"tabs": _tabs("measure-reps"), "report": report})


@require_GET
@allowed("see reports")
def behind(request):
    """The people behind one number."""
    stage, by = request.GET.get("stage", "inquiries"), request.GET.get("by", "source")
    given, every = request.GET.get("value", ""), bool(request.GET.get("every"))
    number = request.GET.get("page", "1")
    page = max(1, int(number)) if number.isdigit() and len(number) < 7 else 1
    found = people.behind(
        request.user, stage=stage, by=by, value=given or None, every=every, as_of=request.GET.get("as_of"), page=page
    )
    query = {key: value for key, value in request.GET.items() if key != "page"}
    turns = {
        way: "?" + urlencode({**query, "page": page + step})
        for way, step in (("previous", -1), ("next", 1)) if 1 <= page + step <= found["pages"]
    }
    return render(request, "winnow/measure/people.html", {
        "tabs": _tabs(""), "found": found, "stage": stage, "by": by, "value": given or MISSING, "every": every, **turns,
        "where": f"{page} of {found['pages']}",
    })


@require_GET
@allowed("see reports")
def trail(request, account: int):
    """Every step of one account."""
    from winnow.web.access import get_account_for

    found = get_account_for(request.user, account)
    report = reports.run("trail", account=str(found.pk), **_asked(request))
    return render(request, "winnow/measure/trail.html", {"tabs": _tabs(""), "report": report, "account": found})


urlpatterns = [
    path("measure/", executive, name="measure"),
    path("measure/funnel/", funnel, name="measure-funnel"),
    path("measure/cohorts/", cohorts, name="measure-cohorts"),
    path("measure/stock/", stock, name="measure-stock"),
    path("measure/reps/", reps, name="measure-reps"),
    path("measure/people/", behind, name="measure-people"),
    path("measure/trail/<int:account>/", trail, name="measure-trail"),
]
