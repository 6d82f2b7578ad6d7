"""Imports by screen: a file is uploaded, its columns are mapped, it is tried, imported, and taken back."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.intake import uploads
from winnow.intake.importer import SUMS
from winnow.intake.into import KINDS
from winnow.intake.undo import undo
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, ImportRow
from winnow.leads.inquiry import active_share
from winnow.leads.rights import imports_visible_to
from winnow.web import toasts
from winnow.web.access import allowed, get_import_for
from winnow.web.columns import TELLS, mapping_page
from winnow.web.onward import onward

SHOWN = 60
WORDS = {
    "draft": "to be mapped", "to try": "waits to be tried", "trying": "being tried", "tried": "tried",
    "waiting": "waits", "running": "running", "stopped": "stopped", "failed": "stopped by an error", "done": "done",
    "undone": "taken back",
}
AT_WORK = ("to try", "trying", "waiting", "running")


class UploadForm(forms.Form):
    """A file and what its rows are."""

    file = forms.FileField(label="File", help_text="CSV or XLSX, however it is written; up to 50 MB.")
    kind = forms.ChoiceField(label="A row is one of", choices=[(kind, kind) for kind in KINDS])


@never_cache
@allowed("import")
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, newest first; POST uploads a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > uploads.LARGEST:
                raise Refusal(f"{file.name} has {file.size / 1_048_576:.0f} MB; 50 MB are the most here.")
            made = uploads.keep(file.name, file.read(), kind=form.cleaned_data["kind"], by=request.user)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("import", made.pk)
    rows = imports_visible_to(request.user).select_related("by").order_by("-pk")[:SHOWN]
    shown = {"rows": [_told(row) for row in rows], "form": form}
    return render(request, "capture/imports.html", shown, status=422 if form.errors else 200)


@never_cache
@allowed("import")
@require_http_methods(["GET", "POST"])
def one_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import: its mapping while it is to be mapped, else how far it is and what came of it."""
    row = get_import_for(request.user, import_id)
    if row.state in ("draft", "tried") or (row.state == "failed" and not row.rows and row.upload_id):
        return mapping_page(request, row, _told(row))
    rejected = ImportRow.objects.filter(run=row, outcome="rejected", repaired_at=None).order_by("line")
    shown = {
        "run": _told(row), "rejected": rejected[:SHOWN], "sums": _sums(row), "brought": active_share(row.inquiries),
    }
    return render(request, "capture/import.html", shown)


@never_cache
@allowed("import")
@require_GET
def import_progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """How far it is, for the page that waits; the whole page again once it is over."""
    row = get_import_for(request.user, import_id)
    if row.state not in AT_WORK:
        return onward(request, reverse("import", args=[row.pk]))
    return render(request, "capture/_progress.html", {"run": _told(row), "sums": _sums(row)})


@allowed("undo imports")
@require_POST
def import_undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take it back, updates included."""
    row = get_import_for(request.user, import_id)
    taken = undo(row.pk, by=request.user)["taken_back"]
    parts = ", ".join(f"{count:,} {name}" for name, count in taken.items() if count and name != "facts")
    toasts.tell(request, f"{row.file_name} is taken back{': ' + parts if parts else ''}.")
    return onward(request, reverse("imports"))


def _told(row: Import) -> Import:
    """The row with what the page says of it."""
    row.words, row.at_work = WORDS.get(row.state, row.state), row.state in AT_WORK
    row.can_go_back = row.rows > 0 and row.voided_at is None and not row.at_work
    row.trouble = row.summary.get("error", "")
    row.warnings = row.summary.get("warnings", [])
    row.in_all = max(row.summary.get("lines", 0), row.rows) if row.at_work else 0
    row.left = _left(row) if row.in_all else ""
    return row


def _left(row: Import) -> str:
    """About how long it still takes, once something can be said."""
    took = ((row.touched_at or row.started_at) - row.started_at).total_seconds()
    if row.rows < 1000 or took < 2:
        return ""
    seconds = took * (row.in_all - row.rows) / row.rows
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{max(1, round(seconds))} seconds"


def _sums(row: Import) -> list[tuple[str, str, int]]:
    return [(name, TELLS[name], getattr(row, name)) for name in SUMS]


urlpatterns = [
    path("capture/imports/", imports, name="imports"),
    path("capture/imports/<int:import_id>/", one_import, name="import"),
    path("capture/imports/<int:import_id>/progress/", import_progress, name="import-progress"),
    path("capture/imports/<int:import_id>/undo/", import_undo, name="import-undo"),
]
