"""Mappings that were kept under a name: which there are, what each says, and how one goes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from winnow.intake.mapping import parse
from winnow.intake.savedmappings import remove
from winnow.leads.imports import SavedMapping
from winnow.web import toasts
from winnow.web.access import Http404, allowed
from winnow.web.onward import onward


@never_cache
@allowed("import")
@require_GET
def mappings(request: HttpRequest) -> HttpResponse:
    """All of them, with the columns that each maps."""
    rows = list(SavedMapping.objects.select_related("by").order_by("name"))
    for row in rows:
        mapping = parse(row.mapping)
        row.pairs = [(column, " and ".join(names).replace("_", " ")) for column, names in mapping.columns.items()]
        row.words = sum(map(len, mapping.values.values()))
    return render(request, "capture/mappings.html", {"rows": rows})


@allowed("import")
@require_POST
def mapping_removal(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """Off the list; what was imported with it stays as it is."""
    row = SavedMapping.objects.filter(pk=mapping_id).first()
    if row is None:
        raise Http404
    remove(row, by=request.user)
    toasts.tell(request, f"The mapping “{row.name}” is off the list.")
    return onward(request, reverse("mappings"))


urlpatterns = [
    path("capture/mappings/", mappings, name="mappings"),
    path("capture/mappings/<int:mapping_id>/removal/", mapping_removal, name="mapping-removal"),
]
