"""Hooks on the screen: made, mapped from the last payloads, and read again after the mapping was changed."""

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from winnow.intake import hooks as intake
from winnow.intake import payloads
from winnow.intake.fields import FIELDS
from winnow.intake.hook_mapping import body_of, checked, lists_of, sample, suggested
from winnow.intake.hook_presets import PRESETS
from winnow.leads.audit import audited
from winnow.leads.errors import Refusal
from winnow.leads.hook import Hook, HookCall
from winnow.web import toasts
from winnow.web.access import Http404, allowed
from winnow.web.hook_forms import (
    PROOFS,
    ChangeForm,
    HookForm,
    MappingForm,
    rows_of,
    typed_back,
    typed_mapping,
)
from winnow.web.onward import onward

CALLS = 20
LONGEST_SHOWN = 20_000


@never_cache
@allowed("manage hooks")
@require_http_methods(["GET", "POST"])
def hooks(request: HttpRequest) -> HttpResponse:
    """The tools that post here. POST makes a hook and shows its address and secret."""
    form = HookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        preset = PRESETS[said["preset"]]
        hook, secret = intake.make(
            name=said["name"], makes=preset.makes if said["preset"] else said["makes"], mapping=preset.mapping,
            each=preset.each, proof=said["proof"], header=said["header"], secret=said["secret"], by=request.user,
        )
        return _page(request, hook, secret=secret, status=201)
    rows = Hook.objects.annotate(
        came=Count("calls"), last_at=Max("calls__received_at"),
        unread=Count("calls", filter=Q(calls__state="rejected")),
    ).order_by("-active", "name", "pk")
    shown = {"rows": rows, "form": form, "proofs": dict(PROOFS)}
    return render(request, "capture/hooks.html", shown, status=422 if form.errors else 200)


@never_cache
@allowed("manage hooks")
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, hook_id: int) -> HttpResponse:
    """One hook: its address, what its payloads say and become. POST changes the mapping or the tool."""
    row = _hook(hook_id)
    if request.method != "POST":
        return _page(request, row)
    try:
        return _change(request, row) if "tool" in request.POST else _map(request, row)
    except Refusal as refused:
        return _page(request, row, refusal=str(refused), status=422)


def _change(request: HttpRequest, row: Hook) -> HttpResponse:
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, row, change=form, status=422)
    for name, value in form.cleaned_data.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save(update_fields=["name", "proof", "header", "active"])
        audited(request.user, "change hook", row, f"{row.name}, by {row.proof}{'' if row.active else ', off'}")
    if row.proof != "address" and not row.secret:
        return _page(request, row, secret=intake.rotate(row, by=request.user))
    toasts.tell(request, f"“{row.name}” is kept.")
    return redirect("hook", row.pk)


def _map(request: HttpRequest, row: Hook) -> HttpResponse:
    if "as_text" in request.POST:
        text, each = request.POST.get("mapping", "")[:100_000].replace("\r\n", "\n"), row.each
        checked(text, row.makes)
    else:
        form = MappingForm(request.POST)
        if not form.is_valid():
            return _page(request, row, form=form, status=422)
        text, each = typed_mapping(row, request.POST, form).to_toml(), form.cleaned_data["each"].strip()
    with transaction.atomic():
        Hook.objects.filter(pk=row.pk).update(mapping=text, each=each)
        audited(request.user, "map hook", row, row.name)
    row.refresh_from_db()
    again = intake.replay(row, by=request.user) if "replay" in request.POST else 0
    waits = f" {again} calls are read again." if again else ""
    toasts.tell(request, f"The mapping of “{row.name}” is kept.{waits}")
    return redirect("hook", row.pk)


@never_cache
@allowed("manage hooks")
@require_POST
def hook_secret(request: HttpRequest, hook_id: int) -> HttpResponse:
    """A new secret, shown once; the one before counts for a day, so that the tool can be changed meanwhile."""
    row = _hook(hook_id)
    secret = intake.rotate(row, by=request.user, secret=request.POST.get("secret", "")[:400])
    return _page(request, row, secret=secret)


@allowed("manage hooks")
@require_POST
def hook_replay(request: HttpRequest, hook_id: int) -> HttpResponse:
    """Read everything again that couldn't be taken."""
    row = _hook(hook_id)
    count = intake.replay(row, by=request.user)
    told = f"{count} calls of “{row.name}” are read again." if count else "Nothing waits to be read again."
    toasts.tell(request, told)
    return onward(request, reverse("hook", args=[row.pk]))


@never_cache
@allowed("manage hooks")
@require_http_methods(["GET", "POST"])
def hook_payload(request: HttpRequest, call_id: int) -> HttpResponse:
    """One call as it came, and what became of it. POST reads it again, or sets it aside."""
    call = HookCall.objects.select_related("hook").filter(pk=call_id).first()
    if call is None:
        raise Http404
    if "aside" in request.POST:
        intake.set_aside(call, by=request.user)
        toasts.tell(request, f"Call {call.pk} is set aside; it stays as it came.")
        return redirect("hook", call.hook_id)
    if request.method == "POST":
        intake.replay(call.hook, by=request.user, calls=[call])
        toasts.tell(request, f"Call {call.pk} is read again.")
        return redirect("hook-payload", call.pk)
    raw = bytes(call.raw)
    found = call.arrivals.filter(arrival=None).select_related("inquiry__person", "activity__person").order_by("pk")
    shown = {
        "call": call, "hook": call.hook, "text": raw[:LONGEST_SHOWN].decode("utf-8", "replace").replace("\0", "␀"),
        "cut": len(raw) > LONGEST_SHOWN, "size": len(raw), "arrivals": found[:100],
    }
    return render(request, "capture/hook_payload.html", shown)


def _hook(number: int) -> Hook:
    found = Hook.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, row: Hook, *, secret: str = "", refusal: str = "", form=None, change=None, status: int = 200
) -> HttpResponse:
    mapping = checked(row.mapping, row.makes)
    fields = {path: names[0] for path, names in mapping.columns.items()}
    guessed = not fields
    examples = sample(row)
    if guessed:
        fields = suggested(row)
    if refusal and request.POST.get("path 0"):
        numbers = [n for n in range(300) if f"path {n}" in request.POST]
        fields = {request.POST[f"path {n}"]: request.POST.get(f"field {n}", "") for n in numbers}
    calls = list(row.calls.order_by("-pk")[:CALLS])
    shown = {
        "hook": row, "address": _address(request, row), "secret": secret,
        "refusal": refusal, "proofs": dict(PROOFS), "guessed": guessed and bool(fields),
        "rows": rows_of(row, examples, fields),
        "fields": [(name, name.replace("_", " ")) for name in FIELDS[row.makes]],
        "form": form or MappingForm(request.POST if refusal else None, initial=typed_back(mapping, row)),
        "change": change or ChangeForm(initial={
            "name": row.name, "proof": row.proof, "header": row.header, "active": row.active,
        }),
        "lists": lists_of(row), "calls": calls, "waiting": intake.waiting(row).count(), "mapping": row.mapping,
        "becomes": _becomes(row, calls) if row.mapping.strip() else [],
    }
    return render(request, "capture/hook.html", shown, status=status)


def _address(request: HttpRequest, row: Hook) -> str:
    return f"{settings.PUBLIC_URL or request.build_absolute_uri('/').rstrip('/')}/hooks/in/{row.code}/"


def _shown(body: dict) -> dict[str, str]:
    answers = {f"answers.{name}": value for name, value in (body.get("answers") or {}).items()}
    return {name: str(value)[:300] for name, value in (body | answers).items() if name != "answers"}


def _becomes(row: Hook, calls: list[HookCall]) -> list[dict]:
    """What the last payload of which something is mapped becomes: its first items, and what is wrong with them."""
    mapping, first = checked(row.mapping, row.makes), []
    for call in calls[:10]:
        found = []
        try:
            for thing in payloads.items(payloads.read(bytes(call.raw), call.content_type), row.each)[:3]:
                body, problem = body_of(row, mapping, payloads.flat(thing))
                problem = problem or str(intake.problem_of(row, body) or "") if body else "Nothing of it is mapped."
                found.append({"body": _shown(body), "problem": problem})
        except payloads.NotRead as error:
            found.append({"body": {}, "problem": str(error)})
        if any(one["body"] for one in found):
            return found
        first = first or found
    return first


urlpatterns = [
    path("capture/hooks/", hooks, name="hooks"),
    path("capture/hooks/<int:hook_id>/", hook, name="hook"),
    path("capture/hooks/<int:hook_id>/secret/", hook_secret, name="hook-secret"),
    path("capture/hooks/<int:hook_id>/replay/", hook_replay, name="hook-replay"),
    path("capture/hooks/calls/<int:call_id>/", hook_payload, name="hook-payload"),
]
