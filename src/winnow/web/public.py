"""Pages for anybody: the hosted forms. They work without JavaScript, without cookies, and inside a frame elsewhere."""

import hashlib
import json

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from winnow.intake import arrivals
from winnow.intake.incoming import Unusable
from winnow.leads.clock import now
from winnow.leads.form import Form
from winnow.web.csp import widen_policy
from winnow.web.hosted_form import TRAP, body_of, form_for, shown_now, suspicion


@never_cache
@csrf_exempt  # nobody is logged in here, and the page may stand in a frame that gets no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def hosted_form(request: HttpRequest, code: str) -> HttpResponse:
    """Show a form, or keep what was filled in. What looks like a machine's work is held back, never dropped."""
    try:
        form = _form(code)
    except (OperationalError, InterfaceError):
        return _later(request)
    if request.method != "POST":
        first = {name: request.GET[name][:300] for name in arrivals.UTM if request.GET.get(name)}
        first.setdefault("referrer", request.headers.get("Referer", "")[:300])
        return _page(request, form, form_for(form)(initial={**first, "shown": shown_now(form)}))
    given = form_for(form)(request.POST)
    if not given.is_valid():
        return _page(request, form, given, status=422)
    body = body_of(form, given.cleaned_data)
    try:
        arrivals.understand(body, number=0, at=now())
    except Unusable as unusable:
        field = unusable.field if unusable.field in given.fields else None
        given.add_error(field, _in_words(unusable))
        return _page(request, form, given, status=422)
    return _keep(request, form, given, body)


def _keep(request: HttpRequest, form: Form, given, body: dict) -> HttpResponse:
    shown = request.POST.get("shown", "")
    reason = suspicion(form, {**given.cleaned_data, TRAP: request.POST.get(TRAP, "")}, shown)
    # Pressed twice, or sent again by a reload: the same note and the same words are the same inquiry.
    digest = hashlib.sha256((shown + json.dumps(body, sort_keys=True)).encode()).hexdigest()
    headers = {"user-agent": request.headers.get("User-Agent", ""), "referer": request.headers.get("Referer", "")}
    try:
        arrivals.take(
            "form", f"form {form.code}", body, headers, digest if shown else None,
            state="quarantined" if reason else "pending", reason=reason,
        )
    except (OperationalError, InterfaceError):
        given.add_error(None, "It could not be kept just now. What you typed is still here; send it again in a moment.")
        answer = _page(request, form, given, status=503)
        answer["Retry-After"] = "5"
        return answer
    embedded = "?embed=1" if "embed" in request.GET else ""
    answer = redirect(f"/f/{form.code}/thanks/{embedded}")
    answer.status_code = 303
    return _framed(answer)


@never_cache
@require_safe
def thanks(request: HttpRequest, code: str) -> HttpResponse:
    """What stands after a form was sent; loading it again sends nothing."""
    form = _form(code)
    return _framed(render(request, "public/thanks.html", {"hosted": form, "embedded": "embed" in request.GET}))


def _later(request: HttpRequest) -> HttpResponse:
    """While the database is away: what was typed is carried by the page, to be sent again by one button."""
    answer = render(request, "public/later.html", {"typed": list(request.POST.items())[:60]}, status=503)
    answer["Retry-After"] = "5"
    return _framed(answer)


def _form(code: str) -> Form:
    if code == "contact":
        found = Form.first(now())
    else:
        found = Form.objects.select_related("campaign").filter(code=code).first()
    if found is None or not found.active:
        raise Http404
    return found


def _page(request: HttpRequest, form: Form, given, status: int = 200) -> HttpResponse:
    for name in list(given.errors)[:1]:
        if name in given.fields:
            given.fields[name].widget.attrs["autofocus"] = True  # there is no script here that would go to it
    shown = {"hosted": form, "form": given, "trap": TRAP, "embedded": "embed" in request.GET}
    return _framed(render(request, "public/form.html", shown, status=status))


def _framed(answer: HttpResponse) -> HttpResponse:
    return widen_policy(answer, frame_ancestors="*")


def _in_words(unusable: Unusable) -> str:
    """The reason for a visitor, with what was typed."""
    return f"“{unusable.value}”: {unusable.reason}." if unusable.value else f"This {unusable.reason}."


urlpatterns = [
    path("f/<slug:code>/", hosted_form, name="hosted-form"),
    path("f/<slug:code>/thanks/", thanks, name="hosted-form-thanks"),
]
