"""A form on somebody else's page: the script that puts it there, and the count of how often it was shown and begun."""

import base64
from contextlib import suppress

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from winnow.intake.agents import agent_is_machine
from winnow.leads.clock import now
from winnow.leads.form import Form
from winnow.leads.formvisit import noted
from winnow.web.form_note import note_of
from winnow.web.scripts_elsewhere import script_for_other_sites

PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent point: how a browser without script says that it shows the form."""

MOST_TOUCHED = 60


@require_safe
def embed_script(request: HttpRequest) -> HttpResponse:
    """The script for other sites."""
    return script_for_other_sites("embed.js")


@never_cache
@csrf_exempt  # a beacon of a page without a log-in; what it may say is signed
@require_http_methods(["GET", "HEAD", "POST"])
def hosted_form_visit(request: HttpRequest, code: str) -> HttpResponse:
    """Count that the form was shown, or begun, by the page's own note. Nothing is kept about who it was shown to."""
    said = request.POST if request.method == "POST" else request.GET
    if request.method != "HEAD" and not _ahead_of_time(request):
        # A showing more or less; the form itself says when nothing can be kept.
        with suppress(OperationalError, InterfaceError):
            _count(request, code, said)
    if request.method == "POST":
        return HttpResponse(status=204)
    return HttpResponse(PICTURE, content_type="image/gif")


def _ahead_of_time(request: HttpRequest) -> bool:
    """Whether a browser only fetches what somebody might look at later."""
    purpose = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}".lower()
    return "prefetch" in purpose or "prerender" in purpose


def _count(request: HttpRequest, code: str, said) -> None:
    form = Form.objects.filter(code=code).first()
    note = note_of(form, said.get("shown", "")) if form else None
    if note is None or note.kind != "page":
        return
    form = form.as_version(note.version)
    machine = agent_is_machine(request.headers.get("User-Agent", "")) or ("driven" if said.get("driven") else "")
    touched = said.get("touched", "")[:2000].split(",")[:MOST_TOUCHED]
    noted(
        form, note.chance, note.names(form), at=now(), touched=[name for name in touched if name],
        last=said.get("last", ""), machine=machine,
    )


urlpatterns = [
    path("embed.js", embed_script, name="embed-script"),
    path("f/<slug:code>/visit/", hosted_form_visit, name="hosted-form-visit"),
]
