"""What a mail that came in is: a bounce, a complaint, an automatic answer or somebody's reply. Pure; knows no database.

Structure first (RFC 3464 delivery reports, RFC 5965 feedback reports, RFC 3834 automatic answers), then the habits of
relays that report in plain words.
"""

import email
import email.policy
import email.utils
import re
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message

from winnow.outreach.bounce_reasons import SAYS, WORDS, Reason, any_of, reason_of, status_in
from winnow.outreach.mailparts import LONGEST_TEXT, attachments_of, decoded, sealed_as, storable, text_of

LARGEST = 20_000_000
KINDS = ("bounce", "complaint", "auto_reply", "reply", "delivered", "none")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of a delivery report. `hard` None: it was delivered."""

    address: str
    hard: bool | None
    reason: str
    status: str = ""
    delayed: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What a mail is. `about` are the Message-IDs that it answers or reports on, nearest first.

    `attachments` are (name, type, bytes); `sealed` says why its words can't be read here. `tokens`
    stood behind a + in the addresses it was sent to: a mail of ours may name itself so.
    `spam`: a mail server says so.
    """

    kind: str
    hard: bool | None = None
    address: str = ""
    reason: str = ""
    status: str = ""
    recipients: tuple[Recipient, ...] = ()
    about: tuple[str, ...] = ()
    sender: str = ""
    name: str = ""
    subject: str = ""
    text: str = field(default="", repr=False)
    message_id: str = ""
    date: str = ""
    attachments: tuple = ()
    sealed: str = ""
    answers_to: str = ""
    tokens: tuple[str, ...] = ()
    spam: bool = False


def classify(raw: bytes) -> Judged:
    """The kind of a mail and what it says. Never raises: what can't be read is of kind none, with the reason."""
    if not raw.strip():
        return Judged("none", reason="empty")
    if len(raw) > LARGEST:
        return Judged("none", reason=f"larger than {LARGEST // 1_000_000} MB")
    try:
        mail = email.message_from_bytes(_without_mbox_line(raw))
        return _judge(mail)
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, KeyError, RecursionError) as error:
        return Judged("none", reason=f"unreadable ({type(error).__name__})")


def _without_mbox_line(raw: bytes) -> bytes:
    raw = raw.lstrip(b"\r\n\t ")
    return raw.partition(b"\n")[2] if raw.startswith((b"From ", b">From ")) else raw


def _judge(mail: Message) -> Judged:
    parts = list(mail.walk())
    known = {"sender": _address(mail, "From"), "name": _name(mail), "subject": header(mail, "Subject")}
    known["about"] = _about(mail, parts)
    text = text_of(parts)
    known |= {
        "text": text, "message_id": header(mail, "Message-ID")[:300], "date": header(mail, "Date")[:100],
        "answers_to": _address(mail, "Reply-To"), "tokens": _tokens(mail), "spam": _spam(mail),
        "attachments": tuple(map(tuple, attachments_of(mail))), "sealed": sealed_as(mail),
    }
    if complaint := _complaint(mail, parts, text):
        return Judged("complaint", address=complaint, reason="reported as unwanted", **known)
    if report := _report(parts, text):
        return _from_report(report, known)
    if _from_machine(mail) and (bounced := _bounce_in_words(mail, text)):
        return Judged(
            "bounce", bounced[0].hard, bounced[0].address, bounced[0].reason, bounced[0].status,
            tuple(bounced), **known,
        )  # fmt: skip
    if why := _automatic(mail, known["subject"]):
        return Judged("auto_reply", address=known["sender"], reason=why, **known)
    if not known["sender"]:
        return Judged("none", reason="nobody sent it", **known)
    if bulk := _bulk(mail):
        return Judged("none", address=known["sender"], reason=bulk, **known)
    reason = "answers a mail" if mail["In-Reply-To"] or mail["References"] else "written by a person"
    return Judged("reply", address=known["sender"], reason=reason, **known)


# -- reports that follow a standard ----------------------------------------------------------------------------------
def _report(parts: list[Message], text: str) -> list[Recipient]:
    """The recipients of a delivery report (RFC 3464); empty when it is none."""
    found = []
    for part in parts:
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        for block in _blocks(part):
            address = _typed(block["Final-Recipient"]) or _typed(block["Original-Recipient"])
            action = (block["Action"] or "").strip().lower()
            if not address and not action:
                continue
            address = address if "@" in address else _typed(block["Original-Recipient"]) or address
            found.append(_recipient(address, action, block, text))
    return found


def _recipient(address: str, action: str, block: Message, text: str) -> Recipient:
    status = _status(block["Status"])
    if action.startswith(("delivered", "relayed", "expanded")):
        return Recipient(address, None, "delivered", status)
    said = " ".join(str(block[name]) for name in ("Diagnostic-Code", "Status", "X-Display-Name") if block[name])
    diagnostic = str(block["Diagnostic-Code"] or "")
    # Many relays write 5.0.0 or 4.0.0 and the true code into their words.
    own = status_in(diagnostic)
    if own and (not status or status.endswith(".0.0")):
        status = own
    around = _about_address(text, address)
    reason = reason_of(said, status, around) if diagnostic.strip(" ;") else reason_of(around, status)
    if reason.code == "refused" and text:
        reason = reason_of(around, status)
    if action.startswith("delayed"):
        return Recipient(address, False, SAYS["not_now"], status, delayed=True)
    return Recipient(address, reason.hard, reason.words, status)


def _from_report(report: list[Recipient], known: dict) -> Judged:
    failed = [one for one in report if one.hard is not None]
    if not failed:
        return Judged("delivered", None, report[0].address, "delivered", recipients=tuple(report), **known)
    one = failed[0]
    return Judged("bounce", one.hard, one.address, one.reason, one.status, tuple(failed), **known)


def _complaint(mail: Message, parts: list[Message], text: str) -> str:
    """The address that complained, by a feedback report (RFC 5965) or its older shapes; empty when it is none."""
    if mail["X-Apple-Unsubscribe"]:
        return _address(mail, "From")
    reports = [part for part in parts if part.get_content_type() == "message/feedback-report"]
    old = _address(mail, "From").startswith(("staff@hotmail", "complaints@", "abuse@", "fbl@", "feedbackloop"))
    old = old and header(mail, "Subject").lower().startswith(("complaint about", "abuse report", "fw: complaint"))
    if not reports and not old and str(mail.get_param("report-type") or "").lower() != "feedback-report":
        return ""
    for part in reports:
        for block in _blocks(part):
            kind = (block["Feedback-Type"] or "abuse").strip().lower()
            if kind == "not-spam":
                return ""
            for name in ("Original-Rcpt-To", "Removal-Recipient"):
                if address := _bare(str(block[name] or "")):
                    return address
    for part in [*parts[1:], mail]:
        for name in ("X-HmXmrOriginalRecipient", "Original-Recipient", "To"):
            if part is mail and name == "To":
                continue
            if address := _bare(str(part[name] or "")):
                return address
    return _bare(text) or "unknown"


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    words = str(payload)
    return [email.message_from_string(block.strip() + "\n") for block in re.split(r"\n\s*\n", words) if block.strip()]


# -- reports in plain words ------------------------------------------------------------------------------------------
_MACHINES = any_of(
    ["mailer[-_.]?daemon", "post ?master", "mail (?:delivery|administrator)", "mdaemon", "smtp daemon", r"\bmta\b",
     "mail[-_.]?system"]
)  # fmt: skip
_FORWARDED = re.compile(
    r"(?:fwd?|wg|tr|rv|i):\s?(?:returned mail|undeliver|delivery status|failure notice|mail delivery fail)", re.I
)
_FAILED = any_of(WORDS["failed_subject"]["words"])
_HERE = any_of(WORDS["failed"]["words"], re.M)
_ORIGINAL = any_of(WORDS["original"]["words"], re.M)
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


def _from_machine(mail: Message) -> bool:
    """Whether a relay wrote it: by its sender, by the empty return path, by what it says of itself."""
    sender = f"{header(mail, 'From')} {header(mail, 'Return-Path')} {header(mail, 'Sender')}"
    null = (mail["Return-Path"] or "").strip() == "<>"
    failed = mail["X-Failed-Recipients"] or mail["X-Failure-Recipients"]
    return bool(failed or null or _MACHINES.search(sender) or _FORWARDED.match(header(mail, "Subject")))


def _bounce_in_words(mail: Message, text: str) -> list[Recipient]:
    """Recipients and reasons of a bounce without a report; empty when the words don't speak of one."""
    if _automatic_subject(header(mail, "Subject")):
        return []
    report, original = _divided(text)
    subject = header(mail, "Subject")
    named = mail["X-Failed-Recipients"] or ""
    failed = bool(_FAILED.search(subject))
    here = bool(_HERE.search(report) or _HERE.search(" ".join(report.split())))
    # People write as postmaster@ too: from there the subject has to speak of a failure.
    person = "post" in header(mail, "From").lower() and (mail["Return-Path"] or "").strip() != "<>"
    if not named and not failed and (person or not here):
        return []
    own = {_bare(header(mail, name)) for name in ("From", "To", "Return-Path")}
    addresses = _EMAIL.findall(named) or [one for one in _EMAIL.findall(report) if one.lower() not in own]
    addresses = [one.lower().strip(".'") for one in addresses if not _MACHINES.search(one.split("@")[0])]
    reason = reason_of(report)
    if reason.code == "refused":
        reason = Reason(*_reason_by_subject(subject), reason.status)
    address = addresses[0] if addresses else _to_in(original)
    return [Recipient(address, reason.hard, reason.words, reason.status)]


def _reason_by_subject(subject: str) -> tuple[str, bool]:
    found = reason_of(subject)
    return (found.code, found.hard)


def _divided(text: str) -> tuple[str, str]:
    """What the relay says, and the mail that it returns."""
    mark = _ORIGINAL.search(text)
    if mark is None or mark.start() < 20:
        return text, text
    return text[: mark.start()], text[mark.start() :]


def _to_in(text: str) -> str:
    for name in ("To", "Envelope-To", "X-Envelope-To"):
        if found := re.search(rf"^{name}:[ \t]*(.{{0,300}})$", text, re.I | re.M):
            return _bare(found.group(1))
    return ""


def _about_address(text: str, address: str) -> str:
    """What the relay says near this address, else all of what it says."""
    report, _ = _divided(text)
    place = report.lower().find(address.lower()) if address else -1
    return report if place < 0 else report[place : place + 1500]


# -- automatic answers -----------------------------------------------------------------------------------------------
_ANSWERS = re.compile(r"\W{0,3}(?:(?:re|aw|sv|antw|tr|rif)\s{0,3}:\s{0,3}){0,5}", re.I)
_AUTOMATIC = any_of(WORDS["automatic"]["words"])
_AWAY = any_of(WORDS["away"]["words"])


def _automatic_subject(subject: str) -> bool:
    subject = subject[:300].lstrip(" *[(<\"'")
    after = subject[_ANSWERS.match(subject).end() :]
    return bool(_AUTOMATIC.match(after) or _AWAY.match(subject))


def _automatic(mail: Message, subject: str) -> str:
    """Why this is no person's writing: by RFC 3834, by the older headers, by the subject. Empty when it is."""
    submitted = str(mail["Auto-Submitted"] or "no").split(";")[0].strip().lower()
    if submitted not in ("no", ""):
        return f"says so itself ({submitted})"
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Mail-Autoreply", "X-Autogenerated"):
        if mail[name] and str(mail[name]).strip().lower() not in ("no", "false", "0"):
            return f"says so itself ({name})"
    if str(mail["Precedence"] or "").strip().lower() in ("auto_reply", "auto-reply", "autoreply"):
        return "says so itself (Precedence)"
    if str(mail["X-Apple-Action"] or "").strip().upper() == "VACATION":
        return "says so itself (X-Apple-Action)"
    if _automatic_subject(subject):
        return "the subject of an automatic answer"
    suppressed = str(mail["X-Auto-Response-Suppress"] or "").lower()
    if (mail["Return-Path"] or "").strip() == "<>" and suppressed in ("all", "oof", "dr, oof, autoreply"):
        return "an answer that no answer may be sent to"
    return ""


def _bulk(mail: Message) -> str:
    if str(mail["Precedence"] or "").strip().lower() in ("bulk", "list", "junk") or mail["List-Id"]:
        return "sent to a list"
    return ""


# -- reading ---------------------------------------------------------------------------------------------------------
def header(mail: Message, name: str) -> str:
    """A header in one readable line; encoded words are decoded, what can't be is kept as it is."""
    value = next((value for key, value in mail.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return ""
    value = str(value)[:20_000]
    if not value.isascii():  # bytes that no header may have, as they are all the same
        value = decoded(value.encode("utf-8", "surrogateescape"), "utf-8")
    try:
        value = str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        value = _word_by_word(value)
    return " ".join(storable(value).split())[:2000]


def _word_by_word(value: str) -> str:
    """A header with encoded words of which one is wrong: what can be read of each."""
    try:
        chunks = decode_header(value)
    except ValueError:
        return value
    return " ".join(decoded(chunk, charset) if isinstance(chunk, bytes) else chunk for chunk, charset in chunks)


def _about(mail: Message, parts: list[Message]) -> tuple[str, ...]:
    """Message-IDs that the mail refers to: what it answers, its thread from the end, and any mail it encloses."""
    found: list[str] = []
    for name in ("In-Reply-To", "References"):
        found += reversed(_ids(str(mail[name] or "")))
    for part in parts[1:]:
        for name in ("Message-ID", "Original-Message-ID", "X-Original-Message-ID"):
            found += _ids(str(part[name] or ""))
        if part.get_content_type() in ("text/rfc822-headers", "text/plain", "message/delivery-status"):
            words = part.get_payload(decode=True)
            if words is None:
                words = str(part.get_payload()).encode("utf-8", "replace")
            words = words[:LONGEST_TEXT].decode("utf-8", "replace")
            found += re.findall(r"(?im)^(?:original-)?message-id:\s*(<[^<>\s]{3,250}>)", words)
    if len(parts) == 1:
        words = (mail.get_payload(decode=True) or b"")[:LONGEST_TEXT].decode("utf-8", "replace")
        found += re.findall(r"(?im)^[> ]*message-id:\s*(<[^<>\s]{3,250}>)", words)
    return tuple(dict.fromkeys(found))[:50]


def _spam(mail: Message) -> bool:
    """Whether the mail server on the way took it for spam and says so."""
    marks = (header(mail, name).strip().lower() for name in ("X-Spam-Flag", "X-Spam-Status", "X-Spam"))
    return any(mark.startswith(("yes", "true")) for mark in marks)


def _tokens(mail: Message) -> tuple[str, ...]:
    found = []
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"):
        found += re.findall(r"\+([0-9a-f]{32})@", header(mail, name).lower())
    return tuple(dict.fromkeys(found))[:5]


def _ids(value: str) -> list[str]:
    return re.findall(r"<[^<>\s]{3,250}>", value[:20_000])


def _address(mail: Message, name: str) -> str:
    return _bare(header(mail, name))


def _name(mail: Message) -> str:
    """What the sender is called; empty where only an address stands."""
    name = " ".join(email.utils.parseaddr(header(mail, "From"))[0].split())
    return "" if "@" in name else name


def _bare(value: str) -> str:
    """The address in a header or a line, in lower case; empty when there is none."""
    address = email.utils.parseaddr(value[:2000])[1]
    if "@" not in address or " " in address:
        found = _EMAIL.search(value[:20_000])
        address = found.group() if found else ""
    return address.strip("<>").lower()


def _typed(value) -> str:
    """`rfc822; ann@example.com` -> the address."""
    words = str(value or "").strip()
    _, mark, rest = words.partition(";")
    return _bare(rest if mark else words) or (rest or words).strip().strip("<>").lower()


def _status(value) -> str:
    found = re.search(r"[245]\.\d{1,3}\.\d{1,3}", str(value or ""))
    return found.group() if found else ""
