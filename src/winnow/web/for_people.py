"""Middleware for who comes with a browser. A program that calls the API has no session, no cookie and no messages: it
goes past them, which saves a tenth of what an inquiry costs.
"""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

API = "/api/"


class PastPrograms:
    """Mixed in before a middleware of Django: what is sent to the API goes straight on."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of what lies further in, by way of the middleware where a person asks."""
        return self.get_response(request) if request.path_info.startswith(API) else super().__call__(request)


class Sessions(PastPrograms, SessionMiddleware):
    """`request.session`."""


class Forgeries(PastPrograms, CsrfViewMiddleware):
    """Refuses a form that another site's page posts in a person's name."""


class WhoIsThere(PastPrograms, AuthenticationMiddleware):
    """`request.user`."""


class Messages(PastPrograms, MessageMiddleware):
    """What the next page tells."""
