"""A mail server for the tests: as much of IMAP4rev1 (RFC 3501, 4315, 6851) as a client that collects mail can ask for.

It answers as the standard says, keeps UIDs and UIDVALIDITY, and can be told to misbehave: to refuse one mail, to hang
up after so many commands, to renumber its folder, to announce an answer that is too large.
"""

import base64
import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@cache
def certificate() -> tuple[bytes, bytes]:
    """A certificate for 127.0.0.1 that nobody signed, and its key."""
    import ipaddress

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return (
        made.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, *form),
    )


@dataclass
class Mail:
    uid: int
    raw: bytes
    arrived: datetime
    flags: set = field(default_factory=set)


@dataclass
class Folder:
    validity: int = 1
    next_uid: int = 1
    mails: list = field(default_factory=list)

    def put(self, raw: bytes, arrived: datetime | None = None) -> int:
        """A mail arrives. Returns its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.mails.append(Mail(uid, raw, arrived or datetime.now(UTC)))
        return uid

    def renumber(self) -> None:
        """As a server does that was rebuilt: other UIDs, and a UIDVALIDITY that says so."""
        self.validity, self.next_uid, old = self.validity + 1, 1, self.mails
        self.mails = []
        for mail in old:
            self.put(mail.raw, mail.arrived)


class Server(socketserver.ThreadingTCPServer):
    """`folders` by their names on the wire; `asked` are the commands that came, without what follows LOGIN."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, tmp_path, *, tls="tls", capabilities="IMAP4rev1 UIDPLUS MOVE AUTH=PLAIN AUTH=XOAUTH2"):
        super().__init__(("127.0.0.1", 0), Session)
        cert, key = (tmp_path / "cert.pem", tmp_path / "key.pem")
        cert.write_bytes(certificate()[0])
        key.write_bytes(certificate()[1])
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.trusting = ssl.create_default_context(cafile=cert)
        self.tls, self.capabilities = tls, capabilities
        self.user, self.password, self.token = "inquiries", 'milk "and" honey', "tok"
        self.folders = {"INBOX": Folder(), "Done &- gone": Folder()}
        self.refused, self.too_large, self.hang_up_after, self.asked = set(), False, None, []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A client that hangs up is no error of the server's."""


class Session(socketserver.StreamRequestHandler):
    def setup(self):
        if self.server.tls == "tls":
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        self.folder, self.logged_in, self.encrypted = None, False, self.server.tls == "tls"
        self.say("* OK ready")
        count = 0
        while line := self.rfile.readline(100_000):
            count += 1
            if self.server.hang_up_after is not None and count > self.server.hang_up_after:
                return
            tag, _, rest = line.decode("utf-8", "surrogateescape").strip().partition(" ")
            word, _, rest = rest.partition(" ")
            word = word.upper()
            if word == "UID":
                word, _, rest = rest.partition(" ")
                word = f"UID_{word.upper()}"
            self.server.asked.append(word if word in ("LOGIN", "AUTHENTICATE") else f"{word} {rest}".strip())
            needs = word not in ("CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "LOGOUT", "NOOP")
            if needs and not self.logged_in:
                self.say(f"{tag} NO log in first")
                continue
            done = getattr(self, f"do_{word.lower()}", lambda rest: "BAD unknown")(rest)
            self.say(f"{tag} {done or 'OK done'}")
            if word == "STARTTLS":
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
                super().setup()
                self.encrypted = True
            if word == "LOGOUT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(text.encode("utf-8", "surrogateescape") + b"\r\n")
        self.wfile.flush()

    # -- the protocol -------------------------------------------------------------------------------------------------
    def do_capability(self, _):
        extra = " STARTTLS LOGINDISABLED" if self.server.tls == "starttls" and not self.encrypted else ""
        shown = self.server.capabilities if self.logged_in else "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2"
        self.say(f"* CAPABILITY {shown}{extra}")

    def do_noop(self, _):
        return None

    def do_starttls(self, _):
        return None

    def do_logout(self, _):
        self.say("* BYE until then")

    def do_login(self, rest):
        words = [word.replace('\\"', '"').replace("\\\\", "\\") for word in re.findall(r'"((?:[^"\\]|\\.)*)"', rest)]
        if words != [self.server.user, self.server.password]:
            return f"NO [AUTHENTICATIONFAILED] LOGIN {rest} is wrong"
        self.logged_in = True
        return None

    def do_authenticate(self, rest):
        self.say("+ ")
        said = base64.b64decode(self.rfile.readline()).decode()
        expected = {
            "XOAUTH2": f"user={self.server.user}\1auth=Bearer {self.server.token}\1\1",
            "PLAIN": f"\0{self.server.user}\0{self.server.password}",
        }[rest.split()[0].upper()]
        if said != expected and rest.split()[0].upper() == "XOAUTH2":  # told why; the client ends it with an empty line
            self.say("+ " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
            assert self.rfile.readline().strip() == b""
        if said != expected:
            return "NO AUTHENTICATE failed"
        self.logged_in = True
        return None

    def do_list(self, _):
        for name in self.server.folders:
            self.say(f'* LIST (\\HasNoChildren) "/" "{name}"')

    def do_select(self, rest, readonly=False):
        name = rest.strip('"').replace("\\\\", "\\")
        if name not in self.server.folders:
            return "NO [NONEXISTENT] no such folder"
        self.folder, self.readonly = self.server.folders[name], readonly
        self.say(f"* {len(self.folder.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.folder.validity}] UIDs valid")
        self.say(f"* OK [UIDNEXT {self.folder.next_uid}] next")
        return f"OK [{'READ-ONLY' if readonly else 'READ-WRITE'}] open"

    def do_examine(self, rest):
        return self.do_select(rest, readonly=True)

    def chosen(self, numbers: str) -> list:
        highest = max((mail.uid for mail in self.folder.mails), default=0)
        found = []
        for part in numbers.split(","):
            low, _, high = part.replace("*", str(highest)).partition(":")
            low, high = sorted((int(low), int(high or low)))
            found += [mail for mail in self.folder.mails if low <= mail.uid <= high]
        return found

    def do_uid_search(self, rest):
        found = self.folder.mails if rest == "ALL" else self.chosen(rest.removeprefix("UID "))
        self.say("* SEARCH " + " ".join(str(mail.uid) for mail in found))

    def do_uid_fetch(self, rest):
        numbers, _, wanted = rest.partition(" ")
        for mail in self.chosen(numbers):
            number = self.folder.mails.index(mail) + 1
            if "RFC822.SIZE" in wanted:
                arrived = mail.arrived.strftime("%d-%b-%Y %H:%M:%S +0000")
                self.say(f'* {number} FETCH (UID {mail.uid} INTERNALDATE "{arrived}" RFC822.SIZE {len(mail.raw)})')
                continue
            if mail.uid in self.server.refused:
                return "NO [SERVERBUG] this one is broken"
            most = int(re.search(r"<0\.(\d+)>", wanted).group(1))
            raw = mail.raw[:most]
            size = 10**12 if self.server.too_large else len(raw)
            self.wfile.write(f"* {number} FETCH (UID {mail.uid} BODY[]<0> {{{size}}}\r\n".encode() + raw + b")\r\n")
        return None

    def do_uid_store(self, rest):
        numbers, _, flags = rest.partition(" ")
        for mail in self.writable(numbers):
            mail.flags |= set(re.findall(r"\\\w+", flags))

    def do_uid_copy(self, rest):
        numbers, _, name = rest.partition(" ")
        if name.strip('"') not in self.server.folders:
            return "NO [TRYCREATE] no such folder"
        for mail in self.chosen(numbers):
            self.server.folders[name.strip('"')].put(mail.raw, mail.arrived)
        return None

    def do_uid_move(self, rest):
        moved = self.writable(rest.partition(" ")[0])
        if refused := self.do_uid_copy(rest):
            return refused
        self.folder.mails = [mail for mail in self.folder.mails if mail not in moved]
        return None

    def do_uid_expunge(self, rest):
        gone = [mail for mail in self.writable(rest) if "\\Deleted" in mail.flags]
        self.folder.mails = [mail for mail in self.folder.mails if mail not in gone]

    def writable(self, numbers):
        assert not self.readonly, "the folder was opened for reading alone"
        return self.chosen(numbers)
