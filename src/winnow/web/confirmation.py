"""The page behind the link of a double opt-in: one button. A mail scanner that follows links confirms nothing."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from winnow.outreach import confirming, sender
from winnow.web.client import language_of


@csrf_exempt  # nobody is logged in here; the secret in the address is what allows it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent_confirmation(request: HttpRequest, secret: str) -> HttpResponse:
    """What was consented to, and the button; a POST of it records the consent."""
    found = confirming.confirm(secret) if request.method == "POST" else confirming.waiting_for(secret)
    name, address = sender.from_address()
    done = all(one.confirmed_at for one in found)
    language = found[0].form.language if found and found[0].form else language_of(request)
    shown = {"rows": found, "done": done, "firm": name or address, "write_to": address, "language": language}
    template = "mail/confirm.html" if found else "mail/no_such_link.html"
    with translation.override(language):
        answer = render(request, template, shown, status=200 if found else 404)
    # The address of this page is the secret: it must not travel on.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


consent_confirmation.public = True

urlpatterns = [path("confirm/<str:secret>/", consent_confirmation, name="consent-confirmation")]
