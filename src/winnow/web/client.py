"""Where a request comes from: the address of the visitor, also behind proxies that the operator trusts, and the
language of the browser."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from winnow.leads.formwords import LANGUAGES


def address_of(request: HttpRequest) -> str:
    """The visitor's address; empty where nothing says it.

    X-Forwarded-For is read from its end, for as long as who says it is a trusted proxy ($WINNOW_TRUSTED_PROXIES). With
    $WINNOW_BEHIND_PROXY alone the nearest one is trusted, which appends whom it heard last.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    said = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    if not settings.TRUSTED_PROXIES:
        behind = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
        return (_bare(said[-1]) if behind and said else peer)[:45]
    while said and _trusted(peer):
        peer = _bare(said.pop())
    return peer[:45]


def language_of(request: HttpRequest) -> str:
    """What the browser asks for, of the languages that pages for prospects speak; English where it asks for another."""
    asked = translation.get_language_from_request(request)[:2]
    return asked if asked in LANGUAGES else "en"


def _trusted(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.TRUSTED_PROXIES if network.version == ip.version)


def _bare(address: str) -> str:
    """Without a port: `[::1]:80`, `10.0.0.1:80`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def is_trustworthy(request: HttpRequest) -> bool:
    """Whether browsers take the connection for safe, and so send all they send: over TLS, or on this machine."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return request.is_secure() or host in ("localhost", "127.0.0.1", "[::1]") or host.endswith(".localhost")
