"""The specimen on a loopback port, without a database: for photographs and for tests in a real browser."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from unittest import mock
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

MIDDLEWARE = [
    "winnow.web.csp.content_security_policy",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tests.web.serving.as_carol",
    "django.contrib.messages.middleware.MessageMiddleware",
]
FRAME = "winnow.web.context.frame"
CAROL = SimpleNamespace(
    is_authenticated=True, is_active=True, name="Carol Meyer", initials="CM", role="marketing", pk=1,
    get_role_display=lambda: "Marketing",
)  # fmt: skip


@contextmanager
def look_settings():
    """The specimen shown to anybody, by settings and a definition in force that need no database."""
    templates = [dict(settings.TEMPLATES[0])]
    processors = templates[0]["OPTIONS"]["context_processors"]
    if FRAME not in processors:
        templates[0]["OPTIONS"] = {**templates[0]["OPTIONS"], "context_processors": [*processors, FRAME]}
    in_force = mock.patch("winnow.leads.definition.Definition.in_force", lambda: SimpleNamespace(number=7))
    changed = override_settings(
        DEBUG=True,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.web.look_urls",
        TEMPLATES=templates,
        MIDDLEWARE=MIDDLEWARE,
        MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    )
    with changed, in_force:
        yield


def as_carol(get_response):
    def middleware(request):
        request.user = CAROL
        return get_response(request)

    return middleware


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Server(WSGIServer):
    def handle_error(self, request, client_address):
        """A browser that hangs up is no news."""


@contextmanager
def served():
    """The address of the running specimen."""
    with look_settings():
        server = Server(("127.0.0.1", 0), Quiet)
        server.set_app(StaticFilesHandler(WSGIHandler()))
        with running(server) as address:
            yield address


@contextmanager
def running(server):
    """The address of a server that answers from a thread, until the block ends."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def another_site(answer):
    """The address of somebody else's site: `answer(path)` gives the headers and the text of a page."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            headers, text = answer(self.path)
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Site)) as address:
        yield address
