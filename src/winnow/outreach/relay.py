"""One conversation with the mail relay, told so exactly that nobody has to guess whether it took a mail.

Up to the answer to DATA the relay has nothing. From then on until its last answer nobody knows. A 4xx or 5xx as the
last answer means that it did not take the mail (RFC 5321, 4.2.5).
"""

import re
import smtplib
import socket
import ssl
from typing import NamedTuple

from django.conf import settings

TAKEN, NO_SUCH, REFUSED, LATER, UNSURE = "taken", "recipient refused", "refused", "later", "unsure"
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class Answer(NamedTuple):
    """What became of one mail: one of the outcomes above, and the relay's own words with their code."""

    outcome: str
    said: str = ""
    status: str = ""


class RelayTrouble(Exception):
    """The relay can't be reached, or refuses to talk with us at all: no mail's own fault."""


class Relay:
    """A connection that is opened when first needed and used for many mails. Close it when done."""

    def __init__(self):
        self.smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def open(self) -> None:
        """Be connected. RelayTrouble says why that isn't possible."""
        if self.smtp is not None:
            return
        host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
        try:
            if settings.EMAIL_USE_SSL:
                self.smtp = smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
            else:
                self.smtp = smtplib.SMTP(host, port, timeout=timeout)
                if settings.EMAIL_USE_TLS:
                    self.smtp.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                self.smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            self.smtp.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self.close()
            raise RelayTrouble(f"the relay {host}:{port} can't be used: {_words(error)}") from None

    @property
    def closed(self) -> bool:
        """Whether there is no connection just now."""
        return self.smtp is None

    def close(self) -> None:
        """Hang up; a relay that is gone already is no trouble."""
        smtp, self.smtp = self.smtp, None
        if smtp is not None:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def deliver(self, sender: str, recipient: str, content: bytes) -> Answer:
        """Give one mail to the relay. RelayTrouble when the connection or the sender is refused and it has nothing."""
        reused = self.smtp is not None
        self.open()
        try:
            try:
                code, said = self.smtp.mail(sender, self._options(content))
            except (OSError, smtplib.SMTPServerDisconnected):
                if not reused:
                    raise
                self._drop()  # it hung up since the last mail, as many do after a number of them
                self.open()
                code, said = self.smtp.mail(sender, self._options(content))
            if code == 552:  # the mail itself is too large
                return self._refusal(code, said, REFUSED)
            if code != 250:
                self._reset()
                raise RelayTrouble(f"the relay refuses our sender: {_line(code, said)}")
            code, said = self.smtp.rcpt(recipient)
            if code not in (250, 251):
                return self._refusal(code, said, NO_SUCH)
            code, said = self.smtp.docmd("DATA")
            if code != 354:
                return self._refusal(code, said, REFUSED)
        except RelayTrouble:
            raise
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._drop()
            raise RelayTrouble(f"the relay broke off before it took the mail: {_words(error)}") from None
        try:
            self.smtp.send(_stuffed(content))
            code, said = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(UNSURE, f"the connection broke while the mail was being taken: {_words(error)}")
        if code == 250:
            return Answer(TAKEN, _line(code, said))
        return self._refusal(code, said, REFUSED)

    def _options(self, content: bytes) -> list[str]:
        features = self.smtp.esmtp_features if self.smtp.does_esmtp else {}
        options = [f"size={len(content)}"] if "size" in features else []
        return [*options, "BODY=8BITMIME"] if "8bitmime" in features else options

    def _refusal(self, code: int, said: bytes, permanent: str) -> Answer:
        line = _line(code, said)
        found = _STATUS.search(line)
        if code == 421:
            self._drop()
        else:
            self._reset()
        if 500 <= code < 600:
            return Answer(permanent, line, found.group() if found else "")
        return Answer(LATER, line, found.group() if found else "")

    def _reset(self) -> None:
        try:
            self.smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        smtp, self.smtp = self.smtp, None
        if smtp is not None:
            smtp.close()


def _stuffed(content: bytes) -> bytes:
    """The text as it travels: CRLF, dots at line starts doubled, ended by a dot."""
    lines = re.sub(rb"(?:\r\n|\n|\r(?!\n))", b"\r\n", content)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def _line(code: int, said: bytes) -> str:
    return " ".join(f"{code} {said.decode('utf-8', 'replace')}".split())[:250]


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        return _line(error.smtp_code, said)
    if isinstance(error, socket.timeout):
        return "no answer in time"
    return " ".join(str(error).split())[:200] or type(error).__name__
