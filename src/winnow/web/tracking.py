"""Website tracking, as other sites call it: the script, and the door at which it tells what was looked at."""

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from winnow.intake import pageviews
from winnow.web.client import address_of
from winnow.web.scripts_elsewhere import script_for_other_sites

LONGEST = 4096


@require_safe
def track_script(request: HttpRequest) -> HttpResponse:
    """The script for other sites."""
    return script_for_other_sites("track.js")


@never_cache
@csrf_exempt  # told by a page of another site, to which nobody is logged in
@require_http_methods(["POST", "OPTIONS"])
def page_view(request: HttpRequest) -> HttpResponse:
    """Keep one view. The answer is always the same: nobody learns from it, and no page breaks of it."""
    answer = HttpResponse(status=204)
    answer["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        answer["Access-Control-Allow-Headers"] = "Content-Type"
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Max-Age"] = "86400"
        return answer
    if request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1":
        return answer  # who refuses is not counted, whatever the page says
    try:
        if int(request.headers.get("Content-Length") or 0) > LONGEST:
            answer.status_code = 413
        elif (told := _told(request)) is not None and not pageviews.take(told):
            answer.status_code = 429
    except ValueError:
        answer.status_code = 400
    except (OperationalError, InterfaceError):
        answer.status_code = 503  # a view more or less
    return answer


def _told(request: HttpRequest) -> "pageviews.Told | None":
    """What the page says. None from a site that isn't ours to count; ValueError where it makes no sense."""
    try:
        said = json.loads(request.body)
        texts = {name: str(said.get(name) or "").replace("\0", "") for name in "vkupcrm"}
        page, target = urlsplit(texts["p"]), urlsplit(texts["u"])
        host, referrer = (target.hostname or "").lower(), (urlsplit(texts["r"]).hostname or "").lower()
    except (AttributeError, RecursionError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("no JSON of ours") from error
    origin = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "").hostname or ""
    site = (page.hostname or "").lower()
    if not host or not site or target.scheme not in ("http", "https"):
        raise ValueError("no address")
    if settings.TRACKED_SITES and not _is_one_of(site, settings.TRACKED_SITES):
        return None
    return pageviews.Told(
        visitor=texts["v"], kind=texts["k"], host=host, path=target.path or "/", page=site,
        referrer="" if _is_one_of(referrer, [site.removeprefix("www.")]) else referrer,
        campaign=texts["m"], content=texts["c"], driven=bool(said.get("w")), origin=origin.lower(),
        agent=request.headers.get("User-Agent", ""), address=address_of(request),
        ahead="prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")).lower(),
    )


def _is_one_of(host: str, sites: list[str]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)


urlpatterns = [
    path("track.js", track_script, name="track-script"),
    path("t/", page_view, name="page-view"),
]
