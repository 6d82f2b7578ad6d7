"""The booth page: for a tablet that nobody is logged in at. It opens by a signed address and works offline."""

import hashlib
import json

from django.contrib.staticfiles import finders
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from winnow.intake.tablets import LONGEST_BODY, MOST_ENTRIES, take_entries
from winnow.leads.event import BoothDevice, Event
from winnow.leads.formwords import (
    COMPANY,
    ENDED,
    FIRST_NAME,
    LAST_NAME,
    MAIL_ADDRESS,
    POSITION,
    TELEPHONE,
    all_words,
    spoken,
)
from winnow.web.client import language_of
from winnow.web.static_files import content_version

ICONS = ((192, "any"), (512, "any"), (512, "maskable"))
SCOPE = "/booth/"
CONTACT = (
    ("first_name", FIRST_NAME, "text"), ("last_name", LAST_NAME, "text"), ("company", COMPANY, "text"),
    ("title", POSITION, "text"), ("email", MAIL_ADDRESS, "email"), ("phone", TELEPHONE, "tel"),
)


@never_cache
@require_safe
def booth_door(request: HttpRequest) -> HttpResponse:
    """Where a tablet's code is typed, when there is no link to press."""
    code = request.GET.get("code", "").strip().lower()
    if code and BoothDevice.of_code(code):
        return redirect("booth", code)
    language = language_of(request)
    with translation.override(language):
        shown = {"code": code[:60], "language": language}
        return render(request, "booth/door.html", shown, status=404 if code else 200)


@never_cache
@require_safe
def booth(request: HttpRequest, code: str) -> HttpResponse:
    """The survey of an event as a page that is kept on the tablet. What it needs to know stands in it as JSON."""
    device = _device(code)
    with translation.override(device.event.language):
        if device.revoked_at:
            return render(request, "booth/ended.html", {"device": device}, status=403)
        answer = _survey(request, device)
    answer["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=()"
    return answer


def _survey(request: HttpRequest, device: BoothDevice) -> HttpResponse:
    event, code = device.event, device.code
    contact = [
        {"name": name, "label": spoken(label, event.language), "type": kind} for name, label, kind in CONTACT
    ]
    return render(request, "booth/booth.html", {
        "event": event, "device": device, "contact": contact,
        "setting": json.dumps({
            "event": event.pk, "device": device.name, "entries": reverse("booth-entries", args=[code]),
            "worker": reverse("booth-worker"), "scope": SCOPE, "version": version_of(event),
            "staff": event.staff, "questions": event.questions, "consent": event.consent_wording,
            "most": MOST_ENTRIES, "over": event.closed_at is not None,
            "words": all_words(event.language),
        }),
    })


def version_of(event: Event) -> str:
    """Changes with whatever the page shows, so that a tablet knows when to load it again."""
    shown = [event.name, event.staff, event.questions, event.giveaway, event.consent_wording, event.closed_at is None,
             event.language, all_words(event.language),
             [content_version(f"winnow/{name}") for name in ("booth.js", "booth.css", "tokens.css", "pages.css")]]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]


@csrf_exempt  # the address is the secret: there is no session that somebody else could use
@never_cache
@require_POST
def booth_entries(request: HttpRequest, code: str) -> HttpResponse:
    """Entries in, one answer for each out; none at all is how a tablet says that it is there."""
    try:
        return _entries(request, _device(code))
    except (OperationalError, InterfaceError):
        answer = _no(503, "Nothing can be kept just now; the tablet keeps it and sends it again.")
        answer["Retry-After"] = "5"
        return answer


def _entries(request: HttpRequest, device: BoothDevice) -> HttpResponse:
    if device.revoked_at:
        return _no(403, spoken(ENDED, device.event.language))
    if request.content_type != "application/json":
        return _no(415, "Send application/json.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
        return _no(413, f"Send no more than {LONGEST_BODY:,} bytes at once.")
    try:
        said = json.loads(request.body.decode("utf-8"))
        entries = said["entries"]
        if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
            raise ValueError
    except (ValueError, RecursionError, TypeError, KeyError):
        return _no(422, f"Send an object with “entries”, a list of at most {MOST_ENTRIES}.")
    answers = take_entries(
        device, entries, sent_at=said.get("sent_at"), waiting=said.get("waiting"),
        agent=request.headers.get("User-Agent", ""),
    )
    return JsonResponse({
        "results": [
            {"key": one.key, "kept": one.kept, "field": one.field, "reason": one.reason} for one in answers
        ],
        "version": version_of(device.event),
    })


@require_safe
def booth_manifest(request: HttpRequest, code: str) -> HttpResponse:
    """What makes the page one that can be installed: it opens at this tablet's own address."""
    event = _device(code).event
    here = reverse("booth", args=[code])
    return JsonResponse({
        "id": here, "start_url": here, "scope": SCOPE, "display": "standalone", "orientation": "any",
        "name": f"{event.name} · Winnow", "short_name": event.name[:12], "lang": event.language,
        "background_color": "rgb(243, 244, 237)", "theme_color": "rgb(253, 253, 250)",
        "icons": [
            {"src": static(f"winnow/booth-{size}{'-maskable' if purpose == 'maskable' else ''}.png"),
             "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size, purpose in ICONS
        ] + [{"src": static("winnow/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }, content_type="application/manifest+json")


@require_safe
def booth_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the booth's pages on the tablet, and nothing else of this site."""
    with open(finders.find("winnow/booth-worker.js"), encoding="utf-8") as file:
        answer = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = SCOPE
    answer["Cache-Control"] = "no-cache"
    return answer


def _device(code: str) -> BoothDevice:
    found = BoothDevice.of_code(code)
    if found is None:
        raise Http404
    return found


def _no(status: int, reason: str) -> JsonResponse:
    return JsonResponse({"reason": reason}, status=status)


urlpatterns = [
    path("booth/", booth_door, name="booth-door"),
    path("booth/worker.js", booth_worker, name="booth-worker"),
    path("booth/<slug:code>/", booth, name="booth"),
    path("booth/<slug:code>/entries/", booth_entries, name="booth-entries"),
    path("booth/<slug:code>/manifest.webmanifest", booth_manifest, name="booth-manifest"),
]
