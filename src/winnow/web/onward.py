"""Where an act leads to: back where it was called from, as a page or by htmx, and never to another site."""

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def local(request, place: str, default: str) -> str:
    """The place if it is a path of this site, else the default."""
    fine = place.startswith("/") and url_has_allowed_host_and_scheme(place, None, require_https=request.is_secure())
    return place if fine and len(place) < 1000 and not any(ord(sign) < 32 for sign in place) else default


def back(request, default: str) -> str:
    """Where the form was opened from, as it says itself."""
    return local(request, request.POST.get("back") or request.GET.get("back") or "", default)


def onward(request, place: str) -> HttpResponse:
    """Go there; htmx is told to go there with the whole page."""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = place
        return answer
    return HttpResponseRedirect(place)
