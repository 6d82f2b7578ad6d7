"""A draft that runs beside the version in force: started, ended, and what the two judge otherwise."""

from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.shadow import Shadow
from winnow.studies.shadowing import disagreements
from winnow.web import toasts
from winnow.web.access import allowed, get_definition_for, require

SHOWN = 200


@allowed("see reports")
@require_http_methods(["GET", "POST"])
def shadow(request, number):
    """The disagreements of the last run of this text; posting starts one."""
    row = get_definition_for(request.user, number)
    if request.method == "POST":
        require(request.user, "draft")
        Shadow.start(row, by=request.user)
        toasts.tell(request, f"Version {row.number} runs beside the version in force now. It decides nothing.")
        return redirect("definition-shadow", row.number)
    found = Shadow.objects.filter(definition=row).select_related("started_by", "ended_by").order_by("-pk").first()
    listed = list(disagreements(found)[: SHOWN + 1]) if found else []
    running = Shadow.running()
    newest = Definition.objects.order_by("-number").values_list("number", flat=True).first()
    in_force = Definition.in_force()
    shown = {
        "row": row, "here": "shadow", "process": "", "in_force": in_force, "newest": newest, "shadow": found,
        "is_draft": row.in_force_from is None, "running": running, "listed": listed[:SHOWN],
        "more": len(listed) > SHOWN,
        "only_draft": disagreements(found).filter(ready=True).count() if found else 0,
        "only_in_force": disagreements(found).filter(ready=False).count() if found else 0,
        "both": found.standings.filter(ready=True, in_force=True).count() if found else 0,
        "may_draft": rights.may(request.user, "draft"),
        "may_start": rights.may(request.user, "draft") and running is None and in_force is not None
                     and in_force.hash != row.hash,
    }  # fmt: skip
    return render(request, "definition/shadow.html", shown)


@allowed("draft")
@require_POST
def end(request, number):
    """Stop the run; what it has found stays."""
    row = get_definition_for(request.user, number)
    running = Shadow.running()
    if running is None or running.definition_id != row.pk:
        raise Refusal(f"Version {row.number} runs beside nothing.")
    running.end(by=request.user)
    toasts.tell(request, f"Version {row.number} no longer runs beside; what it found stays here.")
    return redirect("definition-shadow", row.number)


urlpatterns = [
    path("definition/<int:number>/shadow/", shadow, name="definition-shadow"),
    path("definition/<int:number>/shadow/end/", end, name="definition-shadow-end"),
]
