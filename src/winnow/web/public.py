"""Pages for anybody: the hosted forms. They work without JavaScript, without cookies, and inside a frame elsewhere."""

import hashlib
import json
import logging
from urllib.parse import urlencode

from django.core import signing
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from winnow.intake import arrivals
from winnow.intake.incoming import Unusable
from winnow.leads.clock import now
from winnow.leads.form import ASKABLE, Form
from winnow.leads.formtest import FormTest
from winnow.leads.formvisit import noted
from winnow.leads.formwords import CONSENT_CHANGED, FIRST_TIME, NOT_NOW, not_taken, spoken
from winnow.leads.inquiry import Arrival
from winnow.web.client import address_of, language_of
from winnow.web.csp import widen_policy
from winnow.web.form_note import (
    REMEMBERED_DAYS,
    Memory,
    note_of,
    questions_for,
    refuses_memory,
    shown_now,
    who_is,
)
from winnow.web.hosted_form import body_of, form_for
from winnow.web.robots import TRAP, looked_at, visitor_of

COPIED = "it came from a copied form and waits for one more click"
SWITCHED_OFF = "the form is switched off"
COOKIE = "winnow_form"
MOST_EXTRA = 40

log = logging.getLogger("winnow.forms")


@never_cache
@csrf_exempt  # nobody is logged in here, and the page may stand in a frame that gets no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def hosted_form(request: HttpRequest, code: str) -> HttpResponse:
    """Show a form, or keep what was filled in. What looks like a machine's work is held back, never dropped."""
    try:
        form = _form(code)
        if request.method != "POST":
            return _shown(request, form) if form.active else _closed(request, form)
        return _sent(request, form)
    except (OperationalError, InterfaceError):
        return _later(request)


def _shown(request: HttpRequest, form: Form) -> HttpResponse:
    """The form with what this browser hasn't answered yet, in the version that is in force or under test."""
    form = _under_test(request, form)
    memory = _memory(request, form)
    asked = questions_for(form, memory)
    left_out = memory.answered - set(asked) if form.remembers else frozenset()
    who = memory.who if any(one["name"] in left_out for one in form.fields) else ""
    first = {name: request.GET[name][:300] for name in arrivals.UTM if request.GET.get(name)}
    if "referrer" not in request.GET:
        first["referrer"] = request.headers.get("Referer", "")[:300]
    shown = shown_now(form, asked, who=who)
    return _page(request, form, form_for(form, asked)(initial={**first, "shown": shown}))


def _under_test(request: HttpRequest, form: Form) -> Form:
    """The version for this visitor while two are tested: by lot, from where the request comes from, and nothing that
    is kept on anybody's machine."""
    test = FormTest.objects.filter(form=form, ended_at=None).first()
    if test is None:
        return form
    return form.as_version(test.arm_for(f"{address_of(request)}|{request.headers.get('User-Agent', '')}"))


def _memory(request: HttpRequest, form: Form) -> Memory:
    """What this browser remembers: from its cookie, or handed over by the page that the form stands on."""
    if not form.remembers or refuses_memory(request):
        return Memory()
    return Memory.read(request.GET.get("known", "") or request.COOKIES.get(COOKIE, ""))


# -- what was filled in -----------------------------------------------------------------------------------------------
def _sent(request: HttpRequest, form: Form) -> HttpResponse:
    note = note_of(form, request.POST.get("shown", ""))
    if note is None and not request.POST.get("shown"):
        return _copied(request, form)
    # As it was shown: an edit meanwhile must not turn what was answered into something else.
    form = form.as_version(note.version) if note else form
    asked = note.names(form) if note else None
    given = form_for(form, asked)(request.POST)
    if note and note.who and note.who != who_is(request.POST.get("email", "")):
        return _asked_again(request, form)
    if not given.is_valid():
        return _page(request, form, given, status=422)
    said = given.cleaned_data
    if said.get("consent") and form.consent_shown(said.get("consent_version") or 0) is None:
        given.add_error("consent", spoken(CONSENT_CHANGED, form.language))
        return _page(request, form, given, status=422)
    body = body_of(form, {**_extra(request, form), **said} if note and note.kind == "check" else said)
    try:
        arrivals.understand(body, number=0, at=now())
    except Unusable as unusable:
        field = unusable.field if unusable.field in given.fields else None
        given.add_error(field, not_taken(unusable.value, unusable.reason, form.language))
        return _page(request, form, given, status=422)
    return _keep(request, form, given, body)


def _asked_again(request: HttpRequest, form: Form) -> HttpResponse:
    """Somebody else writes from this browser: what was left out for the one before is asked."""
    asked = questions_for(form, Memory())
    data = request.POST.copy()
    data["shown"] = shown_now(form, asked)
    given = form_for(form, asked)(data)
    given.add_error(None, spoken(FIRST_TIME, form.language))
    return _page(request, form, given, status=422)


def _keep(request: HttpRequest, form: Form, given, body: dict) -> HttpResponse:
    shown = request.POST.get("shown", "")
    # Pressed twice, or sent again by a reload: the same note and the same words are the same inquiry.
    if visitor := visitor_of(request):
        body["visitor"] = visitor
    digest = hashlib.sha256((shown + json.dumps(body, sort_keys=True)).encode()).hexdigest()
    try:
        look = looked_at(request, form, given.cleaned_data, shown)
        taken = arrivals.take(
            "form", f"form {form.code}", body, _headers(request), digest if shown else None,
            state=look.state, reason=look.reason, evidence=look.evidence, wait=look.wait,
        )
    except (OperationalError, InterfaceError):
        given.add_error(None, spoken(NOT_NOW, form.language))
        answer = _page(request, form, given, status=503)
        answer["Retry-After"] = "5"
        return answer
    _note_sent(request, form, given, taken)
    return _thanked(request, form, body)


def _note_sent(request: HttpRequest, form: Form, given, taken) -> None:
    """Count the showing as sent; what was kept of a copied form before is this. Never costs the visitor anything."""
    note = note_of(form, request.POST.get("shown", ""))
    try:
        if note and note.kind == "page":
            answered = [name for name, value in given.cleaned_data.items() if value not in ("", None, False, [])]
            noted(form, note.chance, note.names(form), at=now(), touched=answered, sent=True, arrival=taken.id)
        if before := given.cleaned_data.get("before"):
            number = signing.loads(before, salt="form before")
            Arrival.objects.filter(pk=taken.id, repaired_from=None).exclude(pk=number).update(repaired_from=number)
    except (OperationalError, InterfaceError, signing.BadSignature):
        log.warning("arrival %d was kept, and could not be counted", taken.id)


def _thanked(request: HttpRequest, form: Form, body: dict) -> HttpResponse:
    said = {name: request.GET[name] for name in ("embed", "theme") if name in request.GET}
    if body.get("consent_asked"):
        said["confirm"] = "1"
    remembered = ""
    if form.remembers and body.get("email") and not refuses_memory(request):
        names = {name for name in body if name in ASKABLE} | {f"answers.{name}" for name in body.get("answers", {})}
        names &= {one["name"] for one in form.fields}
        remembered = _memory(request, form).with_answers(names, body["email"]).written()
        if said.get("embed"):
            said["known"] = remembered  # the page outside keeps it: in a frame no cookie would
    answer = redirect(f"/f/{form.code}/thanks/{'?' + urlencode(said) if said else ''}")
    answer.status_code = 303
    if remembered:
        answer.set_cookie(
            COOKIE, remembered, max_age=REMEMBERED_DAYS * 86_400, path="/f/", httponly=True, samesite="Lax",
            secure=request.is_secure(),
        )
    return _framed(answer)


def _headers(request: HttpRequest) -> dict:
    return {"user-agent": request.headers.get("User-Agent", ""), "referer": request.headers.get("Referer", "")}


# -- a form that somebody copied into their page ----------------------------------------------------------------------
def _copied(request: HttpRequest, form: Form) -> HttpResponse:
    """A plain form on another page has no note: it is kept at once, held back, and asked to be sent from here."""
    if form.active and (number := request.POST.get("version", "")).isdecimal():
        form = form.as_version(int(number[:9]))
    body = body_of(form, {**_extra(request, form), **_typed(request, form)})
    reason = COPIED if form.active else SWITCHED_OFF
    if request.POST.get(TRAP):
        reason = "a field that people don't see was filled in"
    key = hashlib.sha256(f"{reason}{now():%Y%m%d}{json.dumps(body, sort_keys=True)}".encode()).hexdigest()
    taken = arrivals.take(
        "form", f"form {form.code}", body, _headers(request), key, state="quarantined", reason=reason
    )
    if reason == SWITCHED_OFF:
        return _closed(request, form, kept=True)
    if reason != COPIED:
        return _framed(redirect(f"/f/{form.code}/thanks/"))
    first = {name: request.POST[name] for name in arrivals.UTM if request.POST.get(name)}
    first.setdefault("referrer", request.headers.get("Referer", "")[:300])
    asked = [one["name"] for one in form.fields]
    typed = _typed(request, form)
    if typed.get("consent_version") != str(form.consent_version):
        typed.pop("consent", None)  # another text stood beside that box
    typed["consent_version"] = form.consent_version
    more = {"shown": shown_now(form, asked, kind="check"), "before": signing.dumps(taken.id, salt="form before")}
    given = form_for(form, asked)(initial={**first, **typed, **more})
    return _page(request, form, given, check=True, extra=_extra(request, form))


def _typed(request: HttpRequest, form: Form) -> dict:
    """What was posted of what the form asks, as text."""
    found = {}
    for name, one in form_for(form)().fields.items():
        if name in request.POST and name not in ("shown", "before"):
            several = hasattr(one.widget, "allow_multiple_selected") and one.widget.allow_multiple_selected
            found[name] = request.POST.getlist(name)[:MOST_EXTRA] if several else request.POST[name]
    return found


def _extra(request: HttpRequest, form: Form) -> dict:
    """What was posted that the form asks no more, and an inquiry may have: an old copy loses nothing."""
    asked = {one["name"] for one in form.fields}
    names = [
        name for name in request.POST
        if name not in asked and len(name) <= 80 and (name in ASKABLE or name.startswith("answers."))
    ]
    return {name: request.POST[name] for name in names[:MOST_EXTRA]}


def _closed(request: HttpRequest, form: Form, kept: bool = False) -> HttpResponse:
    """A form that is switched off leads to the one that stands in for it, or says that it is closed."""
    instead = form.instead
    if instead is not None and instead.active and not kept:
        query = request.META.get("QUERY_STRING", "")
        return _framed(redirect(f"/f/{instead.code}/{'?' + query if query else ''}"))
    shown = {"hosted": form, "kept": kept, "instead": instead, **_outside(request)}
    with translation.override(form.language):
        return _framed(render(request, "public/closed.html", shown, status=200 if kept else 410))


@never_cache
@require_safe
def thanks(request: HttpRequest, code: str) -> HttpResponse:
    """What stands after a form was sent; loading it again sends nothing."""
    form = _form(code)
    known = request.GET.get("known", "")
    shown = {
        "hosted": form, "confirm": "confirm" in request.GET, **_outside(request),
        "known": known if form.remembers and Memory.read(known).who else "",
    }
    with translation.override(form.language):
        return _framed(render(request, "public/thanks.html", shown))


def _later(request: HttpRequest) -> HttpResponse:
    """While the database is away: what was typed is carried by the page, to be sent again by one button."""
    typed = [(name, value) for name, values in request.POST.lists() for value in values][:80]
    with translation.override(language_of(request)):  # which one the form speaks stands in the database
        answer = render(request, "public/later.html", {"typed": typed}, status=503)
    answer["Retry-After"] = "5"
    return _framed(answer)


def _form(code: str) -> Form:
    if code == "contact":
        found = Form.objects.select_related("campaign", "instead").filter(code=code).first() or Form.first(now())
    else:
        found = Form.objects.select_related("campaign", "instead").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, form: Form, given, status: int = 200, *, check: bool = False, extra: dict | None = None
) -> HttpResponse:
    check = check or bool(request.POST.get("before"))
    shown = {
        "hosted": form, "form": given, "trap": TRAP, "check": check, **_outside(request),
        "extra": extra if extra is not None else _extra(request, form) if check else {},
    }
    with translation.override(form.language):
        return _framed(render(request, "public/form.html", shown, status=status))


def _outside(request: HttpRequest) -> dict:
    """Whether the page stands in a frame elsewhere, and whether that is light or dark: the form follows it."""
    embedded, theme = "embed" in request.GET, request.GET.get("theme", "")
    return {"embedded": embedded, "theme": theme if theme in ("light", "dark") else "light" if embedded else ""}


def _framed(answer: HttpResponse) -> HttpResponse:
    return widen_policy(answer, frame_ancestors="*")


urlpatterns = [
    path("f/<slug:code>/", hosted_form, name="hosted-form"),
    path("f/<slug:code>/thanks/", thanks, name="hosted-form-thanks"),
]
