"""The page behind the unsubscribe link of a mail, and the followed links. For anybody: no log-in, no cookie, nothing
but the secret in the address. Only a POST changes anything."""

from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from winnow.outreach import clicks, sender
from winnow.outreach import unsubscribe as leaving
from winnow.web.client import address_of, language_of


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "OPTIONS", "POST"])
def unsubscribe(request, secret):
    """One button; a POST of it, or of a mail program by RFC 8058, unsubscribes."""
    if request.method == "OPTIONS":
        return _options()
    if request.method == "POST":
        how = "one_click" if request.POST.get("List-Unsubscribe") == "One-Click" else "link"
        link = leaving.unsubscribe(secret, how=how)
        return _page(request, link, "mail/unsubscribed.html")
    link = leaving.link_of(secret)
    out = link is not None and leaving.is_out(link)
    return _page(request, link, "mail/unsubscribed.html" if out else "mail/unsubscribe.html")


@csrf_exempt
@never_cache
@require_http_methods(["POST"])
def undo(request, secret):
    """They want the mails after all."""
    return _page(request, leaving.undo(secret), "mail/stayed.html")


def _page(request, link, template):
    name, write_to = sender.from_address()
    context = {"firm": name or write_to, "write_to": write_to}
    status = 200
    if link is None:
        template, status = "mail/no_such_link.html", 404
    else:
        context["address"] = link.message.address
        context["secret"] = request.resolver_match.kwargs["secret"]
    answer = _spoken(request, template, context, status)
    # The address of this page is the secret: it must not travel on.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _spoken(request, template, context, status):
    """In the language of the browser: of a mail nobody knows in which its reader thinks."""
    language = language_of(request)
    with translation.override(language):
        return render(request, template, context | {"language": language}, status=status)


def _options():
    answer = HttpResponseNotAllowed(["GET", "HEAD", "OPTIONS", "POST"])
    answer.status_code = 200
    return answer


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD"])
def followed(request, secret):
    """Lead on to the page that is stored with the link. Where it leads never stands in the address."""
    url = clicks.follow(
        secret, method=request.method, network=address_of(request), agent=request.headers.get("User-Agent", "")
    )
    if url is None:
        return _page(request, None, "mail/no_such_link.html")
    answer = HttpResponseRedirect(url) if url else _spoken(request, "mail/nothing_here.html", {}, 404)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


for view in (unsubscribe, undo, followed):
    view.public = True

urlpatterns = [
    path("u/<str:secret>/", unsubscribe, name="unsubscribe"),
    path("u/<str:secret>/undo/", undo, name="unsubscribe-undo"),
    path("c/<str:secret>/", followed, name="followed-link"),
]
