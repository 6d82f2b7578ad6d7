"""A stranger's site can't lead a look-up into the house, feed it without end, or keep it waiting."""

import gzip
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.intake.fetching import MOST_BYTES, Fetcher, decoded, resolve
from winnow.intake.reachable import NotRead, Unreachable, host_of, is_public, place_of

PUBLIC = "93.184.215.14"
PAGE = b"<html><head><title>Acme Mills</title></head><body>We mill.</body></html>"


def reply(body=PAGE, status="200 OK", kind="text/html", **headers):
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def site(answers, tls=None, robots=b""):
    """A server on loopback: path -> bytes, or a function that is given the connection. Yields port and requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    asked, over = [], threading.Event()

    def serve():
        while not over.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                continue
            threading.Thread(target=one, args=(line,), daemon=True).start()

    def one(line):
        try:
            line.settimeout(5)
            line = tls.wrap_socket(line, server_side=True) if tls else line
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := line.recv(4096)):
                    return
                head += piece
            asked.append(head.decode())
            path = head.split()[1].decode()
            if path == "/robots.txt":
                answer = reply(robots, kind="text/plain") if robots else reply(b"", "404 Not Found")
            else:
                answer = answers.get(path, reply(b"", "404 Not Found"))
            answer(line, over) if callable(answer) else line.sendall(answer)
        except OSError:
            pass
        finally:
            line.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        over.set()
        thread.join()
        listener.close()


class Web:
    """Names and their addresses, answer by answer; every public address is the server on loopback."""

    def __init__(self, port, names=None, tls_port=None):
        self.names, self.ports = names or {}, {80: port, 443: tls_port}
        self.asked, self.connected = [], []

    def resolve(self, host, port, seconds):
        self.asked.append(host)
        known = self.names.get(host, [PUBLIC])
        if known and isinstance(known[0], list):  # one answer after the other
            return known.pop(0) if len(known) > 1 else known[0]
        return known

    def connect(self, address, port, seconds):
        assert is_public(address), f"connected to {address}"
        self.connected.append((address, port))
        if self.ports[port] is None:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self.ports[port]), timeout=seconds)

    def fetcher(self, **more):
        return Fetcher(resolve=self.resolve, connect=self.connect, **more)


def read(answers, domain="acme.example", names=None, seconds=10, robots=b""):
    """The front page as the product reads it."""
    with site(answers, robots=robots) as (port, _):
        return Web(port, names).fetcher(seconds=seconds).front_page(domain)


# -- addresses -------------------------------------------------------------------------------------------------------
PRIVATE = """
    0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192
    192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1
    255.255.255.255 168.63.129.16 100.100.100.200 :: ::1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1
    64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 fc00::1 fd00:ec2::254 fe80::1
    fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 5f00::1 4000::1
""".split()  # noqa: SIM905


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_address_may_be_asked(address):
    assert is_public(address)


@given(st.ip_addresses())
@example(ip_address("::ffff:169.254.169.254"))
@settings(max_examples=tries(150, 5_000), deadline=None)
def test_what_the_standard_library_calls_private_is_never_public(ip):
    inside = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved
    if inside or ip.is_unspecified or not ip.is_global:
        assert not is_public(str(ip))


@given(st.ip_addresses(v=4), st.binary(min_size=4, max_size=4))
@settings(max_examples=tries(150, 5_000), deadline=None)
def test_an_ipv4_address_in_the_clothes_of_ipv6_is_refused_whatever_it_is(ip, more):
    four = int(IPv4Address(ip))
    clothes = [
        0xFFFF << 32 | four,  # mapped
        four,  # compatible
        0xFFFF << 48 | four,  # translated
        int(IPv6Address("64:ff9b::")) | four,  # NAT64
        int(IPv6Address("64:ff9b:1::")) | four,
        int(IPv6Address("2002::")) | four << 80 | int.from_bytes(more),  # 6to4
        int(IPv6Address("2001::")) | four << 64 | int.from_bytes(more),  # Teredo, the server
        int(IPv6Address("fe80::5efe:0:0")) | four,  # ISATAP
    ]
    assert not [number for number in clothes if is_public(str(IPv6Address(number)))]


@given(st.ip_addresses(v=6))
@settings(max_examples=tries(150, 5_000), deadline=None)
def test_of_ipv6_only_global_unicast_is_public(ip):
    assert not is_public(str(ip)) or ip in IPv6Network("2000::/3")


@given(st.text(max_size=40))
@settings(max_examples=tries(120, 3_000), deadline=None)
def test_a_host_is_a_name_with_a_dot_and_letters_or_is_refused(text):
    try:
        host = host_of(text)
    except NotRead:
        return
    assert "." in host and host.isascii() and not host.split(".")[-1].isdigit()
    with pytest.raises(OSError):
        socket.inet_aton(host)  # no resolver takes it for a number


@pytest.mark.parametrize("host", [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.0.1.", "0",
    "１２７.０.０.１", "①②⑦.0.0.1", "[::1]", "::1", "localhost", "LOCALHOST", "localhost.", "a.localhost",
    "db.internal", "printer.local", "metadata", "metadata.google.internal", "1.0.0.127.in-addr.arpa", "",
    "a..example", "acme.example/x", "acme.example\r\nHost: x", "-a.example", "a" * 64 + ".example", "acme.example#",
])  # fmt: skip
def test_numbers_in_any_spelling_and_names_of_the_inside_are_no_hosts(host):
    with pytest.raises(NotRead):
        host_of(host)


@pytest.mark.parametrize("url", [
    "ftp://acme.example/", "file:///etc/passwd", "gopher://acme.example/", "http://acme.example:22/", "//acme.example",
    "http://acme.example:99999/", "http://ann:secret@acme.example/", "http://acme.example@127.0.0.1/", "http://[::1]/",
    "javascript:alert(1)", "http:///", "http://[bad/", "https://127.0.0.1/", "http://acme.example:8080/",
])  # fmt: skip
def test_an_address_that_is_no_plain_page_of_the_web_is_refused(url):
    with pytest.raises(NotRead):
        place_of(url)


# -- redirects and rebinding -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("target", [
    "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://2130706433/",
    "http://0177.0.0.1/", "http://0x7f000001/", "http://localhost/", "http://acme.localhost/", "http://127.1/",
    "http://[::ffff:127.0.0.1]/", "//127.0.0.1/", "http://acme.example:22/", "file:///etc/passwd",
    "http://user@127.0.0.1/", "http:\\\\127.0.0.1/", "",
])  # fmt: skip
def test_a_redirect_into_the_house_is_not_followed(target):
    with site({"/": reply(b"", "302 Found", Location=target)}) as (port, asked):
        web = Web(port)
        with pytest.raises(NotRead):
            web.fetcher(seconds=3).front_page("acme.example")
    assert {address for address, _ in web.connected} == {PUBLIC}
    assert all("Host: acme.example\r\n" in head for head in asked)


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.8", "::1", "fd00::1", "::ffff:10.0.0.8"])
def test_a_name_that_leads_inside_is_refused_also_after_a_redirect_and_beside_a_public_address(inside):
    onward = {"/": reply(b"", "301 Moved", Location="http://intra.acme.example/")}
    with site(onward) as (port, asked):
        web = Web(port, {"intra.acme.example": [PUBLIC, inside]})
        with pytest.raises(NotRead, match="no public address"):
            web.fetcher().front_page("acme.example")
    assert not [head for head in asked if "intra" in head]
    with pytest.raises(NotRead, match="no public address"):
        Web(None, {"acme.example": [inside]}).fetcher().front_page("acme.example")


def test_a_name_that_changes_its_address_between_two_questions_gains_nothing():
    """Rebinding: the first answer is public and the next private. Each connection goes to a checked answer."""
    with site({"/": reply()}) as (port, asked):
        web = Web(port, {"acme.example": [[PUBLIC], [PUBLIC], ["127.0.0.1"]]})
        with pytest.raises(NotRead, match=r"127\.0\.0\.1, which is no public address"):
            web.fetcher().front_page("acme.example")  # https, robots.txt, and the page itself meets the change
    assert {address for address, _ in web.connected} == {PUBLIC}
    assert len(web.asked) == 3 and len(asked) == 1


def test_the_connection_goes_to_the_number_that_was_checked_and_the_name_is_asked_once_for_each():
    with site({"/": reply()}) as (port, asked):
        web = Web(port)
        assert "Acme Mills" in web.fetcher().front_page("acme.example").text
    assert web.connected == [(PUBLIC, 443), (PUBLIC, 80), (PUBLIC, 80)] and len(web.asked) == 3
    assert all("Host: acme.example\r\n" in head for head in asked)


def test_a_redirect_to_another_company_is_not_taken_for_this_one():
    with pytest.raises(NotRead, match="another's"):
        read({"/": reply(b"", "302 Found", Location="http://parking.example/")})
    own = {"/": reply(b"", "302 Found", Location="http://www.example.org/de"), "/de": reply(PAGE)}
    assert read(own, domain="example.com").url == "http://www.example.org/de"


def test_three_redirects_are_followed_and_no_more():
    hops = {"/": reply(b"", "302 Found", Location="/1"), "/1": reply(b"", "307 Temporary", Location="/2")}
    assert read(hops | {"/2": reply(b"", "308 Permanent", Location="/3"), "/3": reply()}).url.endswith("/3")
    with pytest.raises(NotRead, match="more than 3 times"):
        read({"/": reply(b"", "302 Found", Location="/")})


# -- bombs and slowness ----------------------------------------------------------------------------------------------
def test_a_gzip_bomb_is_unpacked_up_to_the_bound_only():
    bomb = gzip.compress(b"<p>" + bytes(200_000_000))
    page = read({"/": reply(bomb, Content_Encoding="gzip")})
    assert len(page.text) == MOST_BYTES


def test_ten_gigabytes_are_not_awaited():
    def pour(line, over):
        line.sendall(reply(PAGE, Content_Length=10_000_000_000))
        while not over.is_set():
            line.sendall(b"x" * 65_536)

    started = time.monotonic()
    assert len(read({"/": pour}).text) == MOST_BYTES
    assert time.monotonic() - started < 5


def drip(start, piece=b"x"):
    def answer(line, over):
        line.sendall(start)
        while not over.wait(0.05):
            line.sendall(piece)

    return answer


@pytest.mark.parametrize(("start", "piece"), [
    (reply(PAGE), b"x"), (b"HTTP/1.1 200 OK\r\n", b"x"), (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n"), (reply(b"", Transfer_Encoding="chunked"), b"1\r\nx\r\n"), (b"", b""),
])  # fmt: skip
def test_a_server_that_drips_is_left_at_the_deadline(start, piece):
    started = time.monotonic()
    with pytest.raises(NotRead) as refused:
        read({"/": drip(start, piece)}, seconds=1)
    assert time.monotonic() - started < 1.6
    assert "too slow" in str(refused.value) or "web server" in str(refused.value)
    assert refused.value.again


def test_headers_without_end_are_refused():
    with pytest.raises(NotRead, match="web server"):
        read({"/": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000 + b"\r\n" + PAGE})
    with pytest.raises(NotRead, match="web server"):
        read({"/": b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000})
    with pytest.raises(NotRead, match="more than any page"):
        read({"/": b"HTTP/1.1 100 Continue\r\n\r\n" * 200_000})


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    hung = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **b: hung.wait(5) and [])
    started = time.monotonic()
    with pytest.raises(Unreachable, match="resolver"):
        resolve("acme.example", 80, 0.2)
    hung.set()
    assert time.monotonic() - started < 1


# -- what is no page -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("answer", "reason", "again"), [
    (reply(b"", "404 Not Found"), "404", False), (reply(b"", "403 Forbidden"), "403", False),
    (reply(b"", "503 Unavailable"), "503", True), (reply(b"", "429 Too Many"), "429", True),
    (reply(b"%PDF-1.7", kind="application/pdf"), "application/pdf", False),
    (reply(b"{}", kind="application/json"), "application/json", False),
    (b"HTTP/1.1 200 OK\r\n\r\nno type", "something", False), (b"SSH-2.0-OpenSSH_9\r\n", "web server", True),
    (b"", "web server", True), (b"\x00\xff" * 2000, "web server", True),
    (reply(b"\x1f\x8bnonsense", Content_Encoding="gzip"), "unpacked", False),
    (reply(b"x", Content_Encoding="br"), "packed as br", False),
    (reply(b"x", Transfer_Encoding="chunked"), "web server", True),
])  # fmt: skip
def test_an_answer_that_is_no_page_says_why_and_whether_to_ask_again(answer, reason, again):
    with pytest.raises(NotRead, match=reason) as refused:
        read({"/": answer})
    assert refused.value.again is again


def test_a_site_that_is_not_there_is_asked_for_with_www_before_it_is_given_up():
    with site({"/": reply()}) as (port, _):
        web = Web(port, {"acme.example": []})
        with pytest.raises(Unreachable, match="has no address"):
            web.fetcher().front_page("acme.example")
    assert web.asked == ["acme.example", "acme.example", "www.acme.example"]


def test_robots_txt_is_heeded():
    with pytest.raises(NotRead, match=r"robots\.txt"):
        read({"/": reply()}, robots=b"User-agent: *\nDisallow: /\n")
    with pytest.raises(NotRead, match=r"robots\.txt"):
        read({"/": reply()}, robots=b"User-agent: Winnow-look-up\nDisallow: /\n")
    assert read({"/": reply()}, robots=b"User-agent: *\nDisallow: /private\n")
    assert read({"/": reply()}, robots=b"\xff\xfe<html>" * 1000)


# -- encodings -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("body", "said", "text"), [
    ("Müller".encode(), "iso-8859-1", "Müller"), ("Müller".encode("latin-1"), "utf-8", "Müller"),
    ("Müller".encode("latin-1"), "", "Müller"), ("Müller".encode("utf-16"), "", "Müller"),
    ("Łódź".encode("iso-8859-2"), "iso-8859-2", "Łódź"), ("工場".encode("shift_jis"), "shift_jis", "工場"),
    (b'<meta charset="windows-1251">' + "Завод".encode("cp1251"), "", '<meta charset="windows-1251">Завод'),
    ("Müller".encode("latin-1"), "unicode_escape", "Müller"), ("Müller".encode("latin-1"), "no-such", "Müller"),
    ("Müller".encode()[:2], "utf-8", "M"), (b"\\x41 M\xfcller", "rot13", "\\x41 Müller"),
])  # fmt: skip
def test_a_page_is_read_in_the_encoding_that_it_has_whatever_it_says(body, said, text):
    assert decoded(body, said) == text


@given(st.binary(max_size=300), st.text(max_size=20))
@settings(max_examples=tries(80, 3_000), deadline=None)
def test_any_bytes_become_text_under_any_name(body, said):
    assert isinstance(decoded(body, said), str)


# -- TLS -------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=acme.example", "-addext", "subjectAltName=DNS:acme.example", "-keyout", folder / "key",
         "-out", folder / "cert"],
        capture_output=True,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    return folder


def test_over_tls_the_name_is_held_against_the_certificate_though_a_number_is_connected_to(certificate):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate / "cert", certificate / "key")
    trusting = ssl.create_default_context(cafile=certificate / "cert")
    with site({"/": reply()}, tls=server) as (port, _):
        web = Web(None, tls_port=port)
        assert web.fetcher(tls=trusting).front_page("acme.example").url == "https://acme.example/"
        assert web.connected == [(PUBLIC, 443)] * 2
        for domain, tls in (("other.example", trusting), ("acme.example", None)):
            with pytest.raises(Unreachable, match="trusted"):
                Web(None, tls_port=port).fetcher(tls=tls).front_page(domain)
