"""The rows of an import that can't be read, corrected together: cell by cell, or one text for another in all."""

from django.core.paginator import Paginator
from django.db.models import CharField, Count, Value
from django.db.models.expressions import Func
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from winnow.intake.repairing import blamed_columns, repair_rows, replace_everywhere
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, ImportRow
from winnow.web import toasts
from winnow.web.access import allowed, get_import_for

ON_A_PAGE = 25
MOST_CELLS = 6
KINDS = {"has": "number of cells", "a": "quotes", "is": "too long", "contains": "bytes", "repeats": "header again"}
"""What is wrong with a row as such, by the first word of its reason; other reasons begin with their field."""


@never_cache
@allowed("repair rows")
@require_http_methods(["GET", "POST"])
def rejected_rows(request: HttpRequest, import_id: int) -> HttpResponse:
    """All rows of an import that wait to be repaired, by what is wrong with them."""
    imported = get_import_for(request.user, import_id)
    refusal, refused, typed = "", {}, {}
    if request.method == "POST":
        try:
            went_in, refused, typed = _replayed(request, imported)
        except Refusal as refused_all:
            refusal = str(refused_all)
        else:
            rows = "row is" if went_in == 1 else "rows are"
            toasts.tell(request, f"{went_in:,} {rows} taken in" + (f", {len(refused):,} not yet." if refused else "."))
            if not refused:
                return redirect("import-rejected", imported.pk)
    waiting = ImportRow.objects.filter(run=imported, outcome="rejected", repaired_at=None)
    first_word = Func("reason", Value(" "), Value(1), function="split_part", output_field=CharField())
    kinds = waiting.annotate(what=first_word).values("what").annotate(rows=Count("pk")).order_by("-rows", "what")
    what = request.GET.get("what", "")
    shown = waiting.annotate(what=first_word).filter(what=what) if what else waiting
    page = Paginator(shown.order_by("line", "pk"), ON_A_PAGE).get_page(request.GET.get("page"))
    for row in page:
        _described(row, imported, refused.get(row.pk, ""), typed.get(row.pk, {}))
    wrongs = [
        kind | {"name": KINDS.get(kind["what"]) or kind["what"].rstrip(":").replace("_", " ")} for kind in kinds[:12]
    ]
    shown = {
        "run": imported, "page": page, "kinds": wrongs, "what": what, "refusal": refusal, "columns": imported.columns,
        "given": request.POST if refusal else {}, "waiting": waiting.count(),
    }
    return render(request, "capture/rejected.html", shown, status=422 if refusal or refused else 200)


def _replayed(request: HttpRequest, imported: Import) -> tuple[int, dict, dict]:
    if "replace" in request.POST:
        said = [request.POST.get(name, "") for name in ("column", "old", "new")]
        return *replace_everywhere(imported, *said, by=request.user), {}
    numbers = [int(number) for number in request.POST.getlist("row") if number.isdigit()][:ON_A_PAGE]
    rows = ImportRow.objects.filter(run=imported, pk__in=numbers, outcome="rejected", repaired_at=None)
    changed = []
    for row in rows.order_by("line", "pk"):
        values = {
            column: text for place, column in enumerate(imported.columns)
            if (text := request.POST.get(f"cell {row.pk} {place}")) is not None
        }
        if any(text != _cell(row, imported, column) for column, text in values.items()):
            changed.append((row, values))
    if not changed:
        raise Refusal("No cell was changed; correct one at least.")
    went_in, refused = repair_rows(changed, by=request.user)
    return went_in, refused, {row.pk: values for row, values in changed}


def _cell(row: ImportRow, imported: Import, column: str) -> str:
    place = imported.columns.index(column)
    return row.raw[place] if isinstance(row.raw, list) and place < len(row.raw) else ""


def _described(row: ImportRow, imported: Import, refused: str, typed: dict[str, str]) -> None:
    """What the page says of a row: the cells to correct, and some others to know it by."""
    row.still = refused
    if not isinstance(row.raw, list) or len(row.raw) != len(imported.columns):
        row.cells, row.others = [], row.raw if isinstance(row.raw, str) else ", ".join(row.raw)
        return
    blamed = blamed_columns(imported, row.reason)
    row.cells = [
        (imported.columns.index(column), column, typed.get(column, _cell(row, imported, column))) for column in blamed
    ]
    row.others = " · ".join(
        cell for column, cell in zip(imported.columns, row.raw, strict=True) if cell and column not in blamed
    )[:300]


urlpatterns = [
    path("capture/imports/<int:import_id>/rejected/", rejected_rows, name="import-rejected"),
]
