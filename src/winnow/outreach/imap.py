"""One conversation with a mail server over IMAP: encrypted unless somebody chose otherwise, bounded in size and time.

It only reads, unless the postbox says what is to be done to a mail that was taken.
"""

import base64
import imaplib
import re
import socket
import ssl
from datetime import datetime

from winnow.leads.postbox import Postbox
from winnow.leads.sealing import referred, unseal
from winnow.outreach.tokens import NoToken, access_token, forget

SECONDS = 30
"""For one answer of the server."""
LARGEST = 20_000_000
BEGINNING = 1_000_000
"""Of a mail that is larger than LARGEST, so many bytes are fetched: its headers and mostly its words."""
WINDOW, WIDEST = 2_000, 50_000
"""Numbers that are searched at once: at first, and where there are wide gaps."""
AT_ONCE = 200
"""Mails whose sizes are asked for at once."""
_SPARE = 1_000_000
_SIZE = re.compile(rb"UID (\d+)|RFC822\.SIZE (\d+)|INTERNALDATE \"([^\"]{20,40})\"")


class MailServerTrouble(Exception):
    """The server can't be reached, or won't let us in, or doesn't answer as it should: no mail's own fault."""


class NotGiven(Exception):
    """The server won't give this one mail."""


class _Bounded:
    """Refuses an answer that is announced as larger than any mail that was asked for."""

    def read(self, size):
        """That many bytes of the answer."""
        if size > LARGEST + _SPARE:
            raise self.abort(f"an answer of {size:,} bytes")
        return super().read(size)


class _Plain(_Bounded, imaplib.IMAP4):
    pass


class _Encrypted(_Bounded, imaplib.IMAP4_SSL):
    pass


class MailServer:
    """A connection to the postbox's server, logged in. As a context manager it hangs up at the end."""

    def __init__(self, box: Postbox, context: ssl.SSLContext | None = None):
        self.box, self.context, self.imap = box, context or ssl.create_default_context(), None

    def __enter__(self) -> "MailServer":
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def _open(self) -> None:
        box, secret = self.box, self._secret()
        with _told(f"{box.host}:{box.port} can't be reached"):
            if box.security == "tls":
                self.imap = _Encrypted(box.host, box.port, ssl_context=self.context, timeout=SECONDS)
            else:
                self.imap = _Plain(box.host, box.port, timeout=SECONDS)
                if box.security == "starttls":
                    self.imap.starttls(self.context)
        with _told(f"{box.host} doesn't let {box.user} in"):
            if box.login == "password":
                self._login(secret)
            else:
                self._bear(secret)
            _, words = self.imap.capability()  # most servers tell more once they know who asks
            self.imap.capabilities = tuple(_text(words).upper().split())

    def _secret(self) -> str:
        box = self.box
        if box.login != "oauth":
            return referred(box.secret_from) if box.secret_from else unseal(box.secret)
        try:
            return access_token(box, self.context)
        except NoToken as why:
            raise MailServerTrouble(str(why)[:290]) from None

    def _bear(self, token: str) -> None:
        """Log in with an access token. A server that refuses may tell why first, and waits for an empty line then."""
        first = f"user={self.box.user}\1auth=Bearer {token}\1\1".encode()
        try:
            self.imap.authenticate("XOAUTH2", lambda told: b"" if told.strip() else first)
        except imaplib.IMAP4.error:
            if self.box.login == "oauth":
                forget(self.box)
            raise

    def _login(self, secret: str) -> None:
        if not (secret.isprintable() and self.box.user.isprintable()):
            raise ValueError("name or password holds a line break or another control character")
        if secret.isascii() and self.box.user.isascii():
            self.imap.login(_quoted(self.box.user), secret)
        else:  # LOGIN knows ASCII alone
            self.imap.authenticate("PLAIN", lambda _: f"\0{self.box.user}\0{secret}".encode())

    def close(self) -> None:
        """Hang up; a server that is gone already is no trouble."""
        imap, self.imap = self.imap, None
        if imap is not None:
            try:
                imap.logout()
            except (OSError, imaplib.IMAP4.error, ValueError):
                imap.shutdown()

    # -- folders ------------------------------------------------------------------------------------------------------
    def select(self) -> tuple[int, int]:
        """Open the postbox's folder, for reading alone where nothing is to be done to its mails. Returns UIDVALIDITY
        and the number that the next mail will have."""
        reading = self.box.after == "leave"
        with _told(f"the folder {self.box.folder} can't be opened"):
            said, words = self.imap.select(quoted(self.box.folder), readonly=reading)
            if said != "OK":
                raise imaplib.IMAP4.error(_text(words))
            return self._number("UIDVALIDITY"), self._number("UIDNEXT", needed=False) or self._next()

    def _number(self, name: str, needed: bool = True) -> int:
        _, values = self.imap.response(name)
        value = values[0] if values else None
        if value is None:
            if needed:
                raise imaplib.IMAP4.error(f"the server says no {name}")
            return 0
        return int(value)

    def _next(self) -> int:
        """The next number where the server doesn't say it: one more than that of the last mail."""
        return max(self.numbers("UID *"), default=0) + 1

    def folders(self) -> list[str]:
        """The names of the folders, as people read them; at most a hundred."""
        with _told("the folders can't be listed"):
            _, lines = self.imap.list()
        names = []
        for line in lines[:100]:
            raw = line[-1] if isinstance(line, tuple) else line
            if raw:
                names.append(_shown(bytes(raw).rpartition(b' "/" ')[2] or bytes(raw).rpartition(b" ")[2]))
        return [name for name in names if name]

    # -- mails --------------------------------------------------------------------------------------------------------
    def numbers(self, wanted: str) -> list[int]:
        """UIDs of the mails that fit a search, ascending."""
        with _told("the folder can't be searched"):
            said, words = self.imap.uid("SEARCH", None, wanted)
            if said != "OK":
                raise imaplib.IMAP4.error(_text(words))
        return sorted({int(word) for line in words if line for word in line.split()})

    def after(self, uid: int, following: int) -> list[int]:
        """UIDs above that one, of the next window in which there are any; empty when there are none."""
        first, window = uid + 1, WINDOW
        while first < following:
            if found := [one for one in self.numbers(f"UID {first}:{first + window - 1}") if one > uid]:
                return found
            first, window = first + window, min(4 * window, WIDEST)
        return []

    def about(self, uids: list[int]) -> dict[int, tuple[int, datetime | None]]:
        """Size in bytes and when it arrived there, of each mail that still is there."""
        with _told("the server doesn't tell how large the mails are"):
            said, lines = self.imap.uid("FETCH", ",".join(map(str, uids)), "(RFC822.SIZE INTERNALDATE)")
            if said != "OK":
                raise imaplib.IMAP4.error(_text(lines))
        found = {}
        for line in lines:
            raw = b" ".join(line) if isinstance(line, tuple) else line or b""
            uid = size = when = None
            for match in _SIZE.finditer(raw):
                uid = int(match.group(1)) if match.group(1) else uid
                size = int(match.group(2)) if match.group(2) else size
                when = _moment(match.group(3)) if match.group(3) else when
            if uid is not None:
                found[uid] = (size or 0, when)
        return found

    def fetch(self, uid: int, most: int) -> bytes:
        """The mail as it lies there, at most so many bytes of it, without marking it as read. NotGiven when the server
        won't give it."""
        with _told(f"mail {uid} can't be fetched"):
            said, lines = self.imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{most}>)")
        if said != "OK":
            raise NotGiven(_text(lines))
        for line in lines or ():
            if isinstance(line, tuple) and len(line) > 1 and b"BODY[" in line[0].upper():
                return bytes(line[1])[:most]
        raise NotGiven("the server says nothing of it; it may have been deleted meanwhile")

    # -- what is done to mails that were taken ------------------------------------------------------------------------
    def tidy(self, uid: int) -> None:
        """What the postbox says is to be done to a mail that was taken."""
        with _told(f"mail {uid} was taken, but not {'moved' if self.box.after == 'move' else 'changed'} on the server"):
            match self.box.after:
                case "read":
                    self._do("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
                case "delete":
                    self._delete(uid)
                case "move" if "MOVE" in self.imap.capabilities:
                    self._do("MOVE", str(uid), quoted(self.box.move_to))
                case "move":
                    self._do("COPY", str(uid), quoted(self.box.move_to))
                    self._delete(uid)

    def _delete(self, uid: int) -> None:
        """Alone this mail: without UIDPLUS it is marked, and whoever next clears the folder up removes it."""
        self._do("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self.imap.capabilities:
            self._do("EXPUNGE", str(uid))

    def _do(self, *words: str) -> None:
        said, lines = self.imap.uid(*words)
        if said != "OK":
            raise imaplib.IMAP4.error(_text(lines))


class _told:
    """Everything that can go wrong on the way, as MailServerTrouble in words; nothing of a password is in them."""

    def __init__(self, what: str):
        self.what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, _) -> None:
        if isinstance(error, ssl.SSLCertVerificationError):
            why = f"its certificate isn't good: {error.verify_message}"
        elif isinstance(error, socket.gaierror):
            why = "there is no server of that name"
        elif isinstance(error, TimeoutError):
            why = f"no answer within {SECONDS} s"
        elif isinstance(error, ssl.SSLError):
            why = "it doesn't speak TLS there; look at port and encryption"
        elif isinstance(error, OSError):
            why = (error.strerror or type(error).__name__).lower()
        elif isinstance(error, imaplib.IMAP4.error | ValueError | IndexError | TypeError | AttributeError):
            why = _without_secrets(str(error))
        else:
            return
        raise MailServerTrouble(f"{self.what}: {why}"[:290]) from None


def _without_secrets(text: str) -> str:
    """The server's words in one line; it may repeat what was sent, so nothing behind a command stays."""
    text = re.sub(r"^b['\"](.*)['\"]$", r"\1", " ".join(text.split()))
    return re.sub(r"(?i)\b(login|authenticate)\b.*", r"\1 failed", text)[:200]


def _text(lines) -> str:
    return b" ".join(line for line in lines or () if isinstance(line, bytes)).decode("utf-8", "replace")


def _moment(raw: bytes) -> datetime | None:
    try:
        return datetime.strptime(raw.decode().strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


# -- names of folders (RFC 3501, 5.1.3) --------------------------------------------------------------------------------
def quoted(name: str) -> str:
    """A folder's name as the protocol writes it: modified UTF-7, within quotes."""
    coded = re.sub(r"[^\x20-\x7e]+|&", lambda found: _coded(found.group()), name)
    return _quoted(coded)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _coded(text: str) -> str:
    if text == "&":
        return "&-"
    return "&" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def _shown(raw: bytes) -> str:
    """A folder's name as people read it."""
    text = raw.strip().strip(b'"').decode("ascii", "replace").replace('\\"', '"').replace("\\\\", "\\")

    def plain(found):
        coded = found.group(1).replace(",", "/")
        try:
            return base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be") if coded else "&"
        except ValueError:
            return found.group()

    return re.sub(r"&([A-Za-z0-9+,]*)-", plain, text)
