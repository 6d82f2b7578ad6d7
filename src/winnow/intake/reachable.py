"""Which hosts and addresses may be asked for a page: public ones, whatever a name or a redirect says.

The address that is connected to is judged, never the name, and every address that a name has: see fetching.py.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import idna

PORTS = {"http": 80, "https": 443}

# IANA's registries of special-purpose addresses, and what clouds answer secrets on.
_REFUSED_4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host: public by its number, and inside all the same
    )
]  # fmt: skip
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = [
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, Teredo and ORCHID among them
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3ffe::/16",
    )
]  # fmt: skip
# Names that some resolver answers from the inside.
_INNER = frozenset([
    "localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "onion",
    "invalid",
])  # fmt: skip
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class NotRead(Exception):
    """A page was not read; `str()` is the reason, for people. `again`: whether a later try may end otherwise."""

    def __init__(self, reason: str, *, again: bool = False):
        super().__init__(reason)
        self.again = again


class Unreachable(NotRead):
    """Nothing answers there: another way to the same site may be tried."""


@dataclass(frozen=True)
class Place:
    """Where a page is asked for."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The address as people write it."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def is_public(address: str) -> bool:
    """Whether this IP address belongs to the public internet and to nothing else.

    Of IPv6 only global unicast counts: so an IPv4 address wrapped in one (mapped, translated, tunnelled) never does.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not any(ip in network for network in _REFUSED_4)
    if ip.scope_id or ip not in _UNICAST_6:
        return False
    return ip.is_global and not any(ip in network for network in _REFUSED_6)


def host_of(name: str) -> str:
    """A host name as resolvers know it. NotRead for an IP address in any spelling, and for names of the inside."""
    bare = (name or "").strip().removesuffix(".")[:1000]
    try:
        host = idna.encode(bare, uts46=True).decode() if not bare.isascii() else bare.lower()
    except (idna.IDNAError, UnicodeError):
        host = ""
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotRead(f"“{bare[:60]}” is no name of a host")
    last = labels[-1]
    if len(labels) < 2 or last in _INNER:
        raise NotRead(f"{host[:60]} is a name of the inside, not of a public site")
    if not last.strip("0123456789") or re.fullmatch(r"0x[0-9a-f]*", last):  # 127.1, 2130706433, 0x7f.1, 0177.0.0.1
        raise NotRead(f"{host[:60]} is a number and not the name of a site")
    return host


def place_of(url: str) -> Place:
    """The place that a web address names. NotRead for another scheme or port, or for names and passwords in it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise NotRead(f"“{url[:60]}” is no address of a page") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise NotRead(f"“{url[:60]}” is no address of a page")
    if parts.username is not None or parts.password is not None:
        raise NotRead("the address of the page carries a user's name")
    port = PORTS[parts.scheme] if port is None else port
    if port not in PORTS.values():
        raise NotRead(f"port {port} is not one of the web")
    path = quote(parts.path or "/", safe="/%:=&~+!$,;'@()*") + (
        f"?{quote(parts.query, safe='/%:=&~+!$,;@()*?')}" if parts.query else ""
    )
    return Place(parts.scheme, host_of(parts.hostname), port, path[:2000])
