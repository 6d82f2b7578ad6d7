"""Why a mail came back, from the relay's own words and its enhanced status code (RFC 3463).

`hard` means that the address will never take mail: the mailbox or the domain isn't there. A full mailbox (5.2.2), a
refusal of this sender, of this text or of this moment is soft, whatever class the code claims: it says nothing of the
address. Words go before codes, for many relays answer 5.0.0 or 5.7.1 to everything.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

LONGEST = 8_000
WORDS = tomllib.loads((Path(__file__).parent / "mail_words.toml").read_text(encoding="utf-8"))


def any_of(words: list[str], flags: int = 0) -> re.Pattern:
    """One pattern, without case, that finds any of the alternatives."""
    return re.compile("|".join(words), re.I | flags)


# In the order in which they are asked; the first that is found decides.
_PATTERNS = [(one["code"], one["hard"], any_of(one["words"])) for one in WORDS["reason"]]

SAYS = {
    "mailbox_full": "the mailbox is full",
    "unknown_host": "there is no such domain, or it takes no mail",
    "moved": "the person has moved to another address",
    "spam": "the text was taken for spam",
    "sender_refused": "the other side refuses this sender or its network",
    "too_much": "too much or too large at once",
    "not_now": "it could not be delivered for now",
    "switched_off": "the account is switched off",
    "unknown_user": "there is no such mailbox",
    "filtered": "a filter of the other side refused it",
    "refused": "the other side refused it and doesn't say why",
}

_STATUS = [
    (r"5\.1\.[0135]|5\.1\.10", "unknown_user", True),
    (r"5\.1\.[24]|5\.4\.4", "unknown_host", True),
    (r"5\.1\.6", "moved", True),
    (r"[45]\.2\.2", "mailbox_full", False),
    (r"[45]\.2\.1", "switched_off", False),
    (r"[45]\.2\.3|[45]\.3\.4", "too_much", False),
    (r"5\.7\.\d+|5\.1\.[78]|5\.6\.\d+", "sender_refused", False),
    (r"4\.\d+\.\d+|5\.4\.\d+|5\.3\.\d+", "not_now", False),
]
_CODE = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.\-/])([45]\d\d)(?=[ \-#])(?![\-/]\d)")


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is one of SAYS, `status` the enhanced code (may be empty), `hard` whether the address is dead."""

    code: str
    hard: bool
    status: str = ""

    @property
    def words(self) -> str:
        """The reason as a person reads it."""
        return SAYS[self.code]


# Where in the conversation the other side said no, as Exim, Postfix and sendmail report it.
_STAGE = any_of(WORDS["stage"]["words"])
# The transcript of a relay that sends its commands in one go shows DATA where the recipient was refused.
_NO_RECIPIENT = any_of(
    [r"^5\.1\.[16]\b", r"\b50\d [\d. ]{0,20}need rcpt", "no valid recipients", r"doesn.t have an? \S{1,80} account"]
)
_PLAIN_CODES = ("5.2.1", "5.2.2", "5.1.7", "5.1.8")
_AT = {
    "mail": "sender_refused", "helo": "sender_refused", "ehlo": "sender_refused", "init": "sender_refused",
    "data": "filtered", "end ": "filtered",
}  # fmt: skip


def reason_of(text: str, status: str = "", around: str = "") -> Reason:
    """The reason in a relay's answer. `status` when it is known from elsewhere, else it is looked for in the text;
    `around` is the rest of the report, which may tell at which command the answer came.

    Who accepts the recipient and refuses the text filters, whatever it says; who refuses our sender knows nothing of
    the recipient. A code of class 4 is never hard.
    """
    text, around = " ".join(text[:LONGEST].split()), " ".join(around[:LONGEST].split())
    status = status or status_in(text)
    code, hard = (None, False) if status in _PLAIN_CODES else _in_words(text)
    if code is None:
        code, hard = next(((c, h) for pattern, c, h in _STATUS if re.fullmatch(pattern, status)), ("refused", False))
    stage = _STAGE.search(text) or _STAGE.search(around)
    said_at = next(filter(None, stage.groups())).lower()[:4] if stage else ""
    if hard and said_at in _AT and not _NO_RECIPIENT.search(f"{status} {text} {around}"):
        code, hard = _AT[said_at], False
    elif code == "refused" and said_at == "rcpt":
        code, hard = "unknown_user", True
    return Reason(code, hard and not status.startswith("4"), status)


def _in_words(text: str) -> tuple[str | None, bool]:
    for code, hard, pattern in _PATTERNS:
        if pattern.search(text):
            return code, hard
    return None, False


def status_in(text: str) -> str:
    """The first enhanced status code in the text; a bare reply code counts as its class. Empty when there is none."""
    if found := _CODE.search(text):
        return found.group()
    if found := _REPLY.search(text):
        return {"552": "5.2.2"}.get(found.group(), f"{found.group()[0]}.0.0")
    return ""
