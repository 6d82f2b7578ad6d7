"""Fetches the front page of a stranger's site, and trusts nothing about it.

Each hop's name is resolved once, every address it has must be public, and the connection goes to one of these very
addresses: no second answer of the resolver can slip in. One deadline holds for all of it, however slowly bytes drip.
"""

import codecs
import http.client
import io
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty, SimpleQueue
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from winnow import __name__ as program
from winnow.intake.reachable import NotRead, Place, Unreachable, host_of, is_public, place_of
from winnow.leads.addresses import registrable_domain

SECONDS = 10
CONNECT_SECONDS = 4
MOST_BYTES = 1_000_000  # unpacked
MOST_WIRE_BYTES = 2_000_000  # with headers and the wrapping of chunks
MOST_ROBOTS_BYTES = 64_000
MOST_REDIRECTS = 3
MOST_ADDRESSES = 3
MOST_RESOLVING = 8
USER_AGENT = f"{program.capitalize()}-look-up/1 (reads one page of a company's own site)"
MOVED = {301, 302, 303, 307, 308}
CHUNK = 16_384
# What a page may say it is written in; codecs that do more than decode text are none of its business.
_CHARSET = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|us-ascii|ascii|latin-?1|iso-?8859-?\d{1,2}|windows-?125\d|cp125\d|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|shift[_-]jis|euc-(jp|kr)|macintosh",
    re.IGNORECASE,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_IN_PAGE = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_resolving = threading.BoundedSemaphore(MOST_RESOLVING)


@dataclass(frozen=True)
class Page:
    """A page that was read: where it was in the end, and its text."""

    url: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What a server said; `body` is unpacked, and cut where it is too long."""

    status: int
    kind: str
    charset: str
    location: str
    body: bytes


class Deadline:
    """A moment by which all must be done."""

    def __init__(self, seconds: float):
        self.at = time.monotonic() + seconds

    def left(self, most: float = float("inf")) -> float:
        """Seconds left, `most` at the most. NotRead when it is over."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise NotRead("the site is too slow", again=True)
        return min(left, most)


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of a host by the resolver of the system. Unreachable when it has none, or within the time."""
    if not _resolving.acquire(blocking=False):
        raise NotRead("the resolver of this machine doesn't answer", again=True)
    found: SimpleQueue = SimpleQueue()

    def ask() -> None:  # the system's resolver knows no time-out: it is left behind when it takes too long
        try:
            found.put([row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError):
            found.put([])
        finally:
            _resolving.release()

    threading.Thread(target=ask, name="resolving", daemon=True).start()
    try:
        return list(dict.fromkeys(found.get(timeout=seconds)))
    except Empty:
        raise Unreachable("the resolver of this machine doesn't answer", again=True) from None


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to this address, a number: nothing is resolved here."""
    return socket.create_connection((address, port), timeout=seconds)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Wire(io.RawIOBase):
    """Reads from a socket until the deadline, or until too much has come."""

    def __init__(self, sock, deadline: Deadline):
        self.sock, self.deadline, self.seen = sock, deadline, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.sock.settimeout(self.deadline.left())
        got = self.sock.recv_into(buffer)
        self.seen += got
        if self.seen > MOST_WIRE_BYTES:
            raise NotRead("the site sends more than any page has")
        return got


class _Socket:
    """The three things that http.client asks of a socket. Who opened the real one closes it."""

    def __init__(self, sock, deadline: Deadline):
        self.sock, self.deadline = sock, deadline

    def makefile(self, mode):
        return io.BufferedReader(_Wire(self.sock, self.deadline), CHUNK)

    def sendall(self, data):
        self.sock.settimeout(self.deadline.left())
        self.sock.sendall(data)

    def close(self):
        pass


class Fetcher:
    """Reads front pages. Tests put in a resolver and a way to connect; what is public is never put in."""

    def __init__(
        self,
        *,
        resolve: Callable[[str, int, float], list[str]] = resolve,
        connect: Callable[[str, int, float], socket.socket] = connect,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ):
        self.resolve, self.connect, self.tls, self.seconds = resolve, connect, tls, seconds

    def front_page(self, domain: str) -> Page:
        """The front page of the company's own site. NotRead says why there is none to be had."""
        host, deadline = host_of(domain), Deadline(self.seconds)
        failed = None
        for url in (f"https://{host}/", f"http://{host}/", f"https://www.{host}/"):
            try:
                return self._follow(place_of(url), registrable_domain(host) or host, deadline)
            except Unreachable as error:
                failed = failed or error
                deadline.left()
        raise failed

    def _follow(self, place: Place, home: str, deadline: Deadline) -> Page:
        asked: set[tuple] = set()
        for _ in range(MOST_REDIRECTS + 1):
            origin = (place.scheme, place.host, place.port)
            if origin not in asked:
                asked.add(origin)
                self._heed_robots(place, deadline)
            answer = self._get(place, deadline, MOST_BYTES)
            if answer.status not in MOVED:
                return self._page(place, answer)
            place = place_of(urljoin(place.url, answer.location))
            if not _same_company(place.host, home):
                raise NotRead(f"{home} leads to {place.host}, which is another's")
        raise NotRead(f"the site leads on more than {MOST_REDIRECTS} times")

    def _page(self, place: Place, answer: Answer) -> Page:
        if answer.status != 200:
            passing = answer.status == 429 or answer.status >= 500
            raise NotRead(f"{place.host} answers {answer.status}", again=passing)
        if answer.kind != "text/html":
            raise NotRead(f"{place.host} answers with {answer.kind or 'something'} and not with a page")
        return Page(place.url, decoded(answer.body, answer.charset))

    def _heed_robots(self, place: Place, deadline: Deadline) -> None:
        """What robots.txt asks of programs holds for us. A site without one allows; one in trouble is left alone."""
        answer = self._get(Place(place.scheme, place.host, place.port, "/robots.txt"), deadline, MOST_ROBOTS_BYTES)
        if answer.status >= 500:
            raise NotRead(f"{place.host} answers {answer.status}", again=True)
        if answer.status != 200:
            return
        rules = RobotFileParser()
        rules.parse(answer.body.decode("utf-8", "replace").splitlines())
        if not rules.can_fetch(USER_AGENT, place.path):
            raise NotRead(f"{place.host} asks programs in its robots.txt not to read it")

    def _get(self, place: Place, deadline: Deadline, most: int) -> Answer:
        try:
            with self._open(place, deadline) as sock:
                return _ask(sock, place, deadline, most)
        except TimeoutError:
            raise NotRead("the site is too slow", again=True) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = f"{place.host} doesn't speak as a web server does ({type(error).__name__})"
            raise NotRead(reason, again=True) from error

    def _open(self, place: Place, deadline: Deadline) -> socket.socket:
        addresses = self.resolve(place.host, place.port, deadline.left())
        if not addresses:
            raise Unreachable(f"{place.host} has no address", again=True)
        for address in addresses:
            if not is_public(address):
                raise NotRead(f"{place.host} leads to {address[:60]}, which is no public address")
        for address in addresses[:MOST_ADDRESSES]:
            try:
                sock = self.connect(address, place.port, deadline.left(CONNECT_SECONDS))
            except OSError:
                continue
            if place.scheme == "http":
                return sock
            try:
                sock.settimeout(deadline.left(CONNECT_SECONDS))
                return (self.tls or _tls()).wrap_socket(sock, server_hostname=place.host)
            except (OSError, ValueError):
                sock.close()
        what = "with TLS that can be trusted" if place.scheme == "https" else "at all"
        raise Unreachable(f"{place.host} doesn't answer {what}", again=True)


def _ask(sock, place: Place, deadline: Deadline, most: int) -> Answer:
    port = place.port if place.port != {"http": 80, "https": 443}[place.scheme] else None
    line = http.client.HTTPConnection(place.host)
    line.sock = _Socket(sock, deadline)
    line.putrequest("GET", place.path, skip_host=True, skip_accept_encoding=True)
    for name, value in (
        ("Host", f"{place.host}:{port}" if port else place.host), ("User-Agent", USER_AGENT),
        ("Accept", "text/html"), ("Accept-Encoding", "gzip"), ("Connection", "close"),
    ):  # fmt: skip
        line.putheader(name, value)
    line.endheaders()
    reply = line.getresponse()
    body = b"" if reply.status in MOVED else _body(reply, most)
    return Answer(
        reply.status, reply.headers.get_content_type() if reply.headers.get("Content-Type") else "",
        reply.headers.get_content_charset("") or "", reply.headers.get("Location", ""), body,
    )


def _body(reply: http.client.HTTPResponse, most: int) -> bytes:
    packed = reply.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise NotRead(f"the page is packed as {packed[:20]}, which was not asked for")
    unpack = zlib.decompressobj(47) if packed not in ("", "identity") else None  # 47: gzip or zlib, as it comes
    body = bytearray()
    while len(body) < most:
        try:
            piece = reply.read1(CHUNK)
        except http.client.IncompleteRead:
            if not body:
                raise
            break
        if not piece:
            break
        try:
            body += unpack.decompress(piece, most - len(body)) if unpack else piece
        except zlib.error:
            raise NotRead("the page is packed in a way that can't be unpacked") from None
        if unpack and unpack.eof:
            break
    return bytes(body[:most])


def _same_company(host: str, home: str) -> bool:
    """Whether a host is the company's: its domain, or the same name under another ending (acme.de, acme.com)."""
    there = registrable_domain(host) or host
    return there == home or there.split(".")[0] == home.split(".")[0]


def decoded(body: bytes, charset: str = "") -> str:
    """The text of a page: UTF-8 where it is that, whatever the page says; else what server or page say."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body)  # a character cut off at the end is left out
    except UnicodeDecodeError:
        pass
    named = _IN_PAGE.search(body[:4096])
    for name in (charset, named.group(1).decode("ascii", "replace") if named else ""):
        if _CHARSET.fullmatch(name) and not name.lower().startswith("utf-8"):
            try:
                return body.decode(name, "replace")
            except LookupError:
                continue
    return body.decode("cp1252", "replace")
