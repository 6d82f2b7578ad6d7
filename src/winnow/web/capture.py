"""What came in: arrivals and rows that can't be read and how they are repaired; the forms."""

import json

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.intake.arrivals import release, repair
from winnow.intake.repairing import cells_of, repair_row
from winnow.leads.errors import Refusal
from winnow.leads.hook import HookCall
from winnow.leads.imports import ImportRow
from winnow.leads.inquiry import Arrival, active_share
from winnow.leads.rights import (
    arrivals_visible_to,
    imports_visible_to,
    incoming_mails_visible_to,
    inquiries_visible_to,
)
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_arrival_for, get_import_for
from winnow.web.onward import onward

ON_A_PAGE = 40
QUESTIONS = 12
STATES = {
    "rejected": "can’t be read", "quarantined": "held back", "pending": "on its way", "done": "taken in",
}


# -- what came in -----------------------------------------------------------------------------------------------------
@never_cache
@allowed("record inquiries", "import", "see figures")
@require_GET
def capture(request: HttpRequest) -> HttpResponse:
    """What needs a look first: what can't be read, what was held back; then what came in lately."""
    arrivals = arrivals_visible_to(request.user)
    counts = arrivals.aggregate(**{state: Count("pk", filter=_waits(state)) for state in STATES})
    rows = ImportRow.objects.filter(run__in=imports_visible_to(request.user), run__voided_at=None)
    counts["calls"] = HookCall.objects.filter(state="rejected").count()
    counts["mails"] = incoming_mails_visible_to(request.user).exclude(held="").count()
    counts["rows"] = rows.filter(outcome="rejected", repaired_at=None).count()
    state = request.GET.get("state", "")
    shown = arrivals.filter(_waits(state)) if state in STATES else arrivals.filter(state__in=("done", "pending"))
    whole = shown.select_related("inquiry__person__account", "activity__person", "call__hook")
    page = Paginator(whole.order_by("-pk"), ON_A_PAGE)
    lately = inquiries_visible_to(request.user).filter(voided_at=None)
    return render(request, "capture/capture.html", {
        "counts": counts, "state": state, "states": STATES, "page": page.get_page(request.GET.get("page")),
        "rejected_rows": rows.filter(outcome="rejected", repaired_at=None).select_related("run").order_by("-pk")[:8],
        "active": active_share(lately.filter(valid=True)),
    })


def _waits(state: str) -> Q:
    """Arrivals in that state; a rejected one that was repaired waits for nobody."""
    found = Q(state=state)
    return found & Q(arrival=None) if state == "rejected" else found


@never_cache
@allowed("repair rows")
@require_http_methods(["GET", "POST"])
def arrival(request: HttpRequest, arrival_id: int) -> HttpResponse:
    """One arrival as it came. POST sends a corrected copy on its way."""
    row = get_arrival_for(request.user, arrival_id)
    body = dict(row.body) if isinstance(row.body, dict) else {"body": row.body}
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    refusal = ""
    if request.method == "POST":
        values = {name: request.POST.get(f"field {name}", value) for name, value in values.items()}
        try:
            copy = repair(row, _typed(values, body), by=request.user)
        except Refusal as refused:
            refusal = str(refused)
        else:
            toasts.tell(request, f"Arrival {row.pk} is on its way again, corrected, as {copy.pk}.")
            return redirect("capture")
    shown = {
        "row": row, "values": values, "refusal": refusal, "words": STATES[row.state], "blamed": _blamed(row.reason),
        "copy": Arrival.objects.filter(repaired_from=row).first(),
    }
    return render(request, "capture/arrival.html", shown, status=422 if refusal else 200)


def _typed(values: dict[str, str], body: dict) -> dict:
    """Texts as typed; what was no text came and goes as JSON."""
    found = {}
    for name, text in values.items():
        if isinstance(body.get(name), str):
            found[name] = text
            continue
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return {name: value for name, value in found.items() if value not in ("", None)}


def _blamed(reason: str) -> str:
    return reason.split(" ", 1)[0] if reason else ""


@allowed("repair rows")
@require_POST
def arrival_release(request: HttpRequest, arrival_id: int) -> HttpResponse:
    """It is no machine's work after all."""
    row = get_arrival_for(request.user, arrival_id)
    release(row, by=request.user)
    toasts.tell(request, f"Arrival {row.pk} goes the way of the others now.")
    return onward(request, reverse("capture"))


@never_cache
@allowed("repair rows")
@require_http_methods(["GET", "POST"])
def imported_row(request: HttpRequest, row_id: int) -> HttpResponse:
    """A rejected row of a file, cell by cell. POST takes a corrected copy in."""
    row = ImportRow.objects.select_related("run").filter(pk=row_id).first()
    if row is None:
        raise Http404
    imported = get_import_for(request.user, row.run_id)
    values = dict(zip(imported.columns, cells_of(row, imported.columns), strict=True))
    refusal = ""
    if request.method == "POST":
        values = {name: request.POST.get(f"field {name}", value) for name, value in values.items()}
        try:
            repair_row(row, values, by=request.user)
        except Refusal as refused:
            refusal = str(refused)
        else:
            toasts.tell(request, f"Line {row.line} of {imported.file_name} is taken in.")
            return redirect("import", imported.pk)
    as_text = row.raw if isinstance(row.raw, str) else ", ".join(row.raw) if len(row.raw) != len(values) else ""
    shown = {"row": row, "run": imported, "values": values, "refusal": refusal, "as_text": as_text}
    return render(request, "capture/row.html", shown, status=422 if refusal else 200)


urlpatterns = [
    path("capture/", capture, name="capture"),
    path("capture/arrivals/<int:arrival_id>/", arrival, name="arrival"),
    path("capture/arrivals/<int:arrival_id>/release/", arrival_release, name="arrival-release"),
    path("capture/rows/<int:row_id>/", imported_row, name="imported-row"),
]
