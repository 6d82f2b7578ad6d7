"""Mail that a colleague forwards: who wrote it in the first place, and what. Pure; knows no database.

Either the mail is attached whole, or it stands below as text, behind the headers that the mail program writes there:
Outlook, Gmail, Apple Mail, Thunderbird and what writes like them, in English, German, French, Spanish, Italian, Dutch.
"""

import email.utils
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message

from winnow.outreach.mailparts import text_of

DEEPEST = 5  # mails within mails
MOST_LINES = 3000
_PREFIX = re.compile(
    r"\s*(?:\[[^\]\n]{1,40}\]\s*)?(?:(?:re|aw|sv|antw|rép)\s?:\s*){0,4}(?:fwd?|wg|tr|rv|enc|vs|vb|doorst|wtr|i)\s?:",
    re.I,
)  # fmt: skip
_MARK = re.compile(
    r"(?:begin )?forwarded message|(?:anfang der )?weitergeleiteten? (?:nachricht|e-?mail)"
    r"|(?:début du )?message (?:transf[ée]r[ée]|réexpédié)|(?:inicio del )?mensaje reenviado"
    r"|messaggio inoltrato|doorgestuurd bericht", re.I,
)  # fmt: skip
_WORDS = {
    "from": "from|von|de|da|van|expéditeur|expediteur|remitente|mittente|afzender",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp",
    "date": "date|sent|gesendet|datum|envoyé|envoye|envoyé le|enviado|enviado el|fecha|data|inviato|verzonden",
    "to": "to|an|à|a|para|pour|destinataire|destinatario|destinatarios|aan",
    "other": "cc|copie|kopie|copia|bcc|cci|cco|reply-to|antwort an|répondre à|responder a|importance|wichtigkeit"
    "|priorität|priorité|prioridad"
    "|attachments|anlagen|anhänge|pièces jointes|adjuntos|resent-from|organization|priority",
}
_HEADER = re.compile(
    r"(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items()) + r")\s?:\s*(?P<value>.{0,500})$", re.I
)
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_WROTE = re.compile(
    r"(?:on|am|le|el|il|op) .{5,160}?(?P<who>[^,<\n]{0,80}<[^<>\s]{3,200}@[^<>\s]{3,200}>).{0,40}"
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef).{0,80}:", re.I,
)  # fmt: skip
_LEADING = re.compile(r"^[>|\s\u00a0]+")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail within. `address` is empty where it can't be told who wrote it; `name` may be known all the same.

    `note` is what the colleague wrote above it; `text` all of it, with quotes and signature.
    """

    address: str = ""
    name: str = ""
    subject: str = ""
    text: str = ""
    note: str = ""
    sent_at: datetime | None = None
    message_id: str = ""


def forwarded(mail: Message, subject: str, text: str, is_ours: Callable[[str], bool]) -> Forwarded | None:
    """What a colleague forwards with this mail; None when it forwards nothing.

    Of mails within mails, the newest that wasn't written by one of us. An empty address: it is a forward, and nobody
    can be found in it.
    """
    if inner := _attached(mail, is_ours, text, DEEPEST):
        return inner
    lines = [_bare(line) for line in text.split("\n")[:MOST_LINES]]
    marked = any(_MARK.search(line) for line in lines if 3 < len(line) < 120)
    if not (marked or _PREFIX.match(subject[:200])):
        return None
    return _below(text.split("\n")[:MOST_LINES], lines, is_ours) or Forwarded(
        subject=_without_prefix(subject), note=text[:2000]
    )


# -- a mail attached whole --------------------------------------------------------------------------------------------
def _attached(mail: Message, is_ours, note: str, deep: int) -> Forwarded | None:
    from winnow.outreach.classify import header

    for part in mail.walk():
        if part.get_content_type() != "message/rfc822" or not isinstance(part.get_payload(), list):
            continue
        inner = part.get_payload()[0]
        name, address = email.utils.parseaddr(header(inner, "From"))
        text = text_of(list(inner.walk()))
        if address and is_ours(address.lower()) and deep > 0:
            found = _attached(inner, is_ours, note, deep - 1)
            found = found or forwarded(inner, header(inner, "Subject"), text, is_ours)
            if found is not None:
                return found
            continue
        return Forwarded(
            address=address.lower() if "@" in address else "", name=_name(name), subject=header(inner, "Subject"),
            text=text, note=note.strip()[:2000], sent_at=_moment(header(inner, "Date")),
            message_id=header(inner, "Message-ID")[:300],
        )
    return None


def _moment(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# -- as text, below its headers ---------------------------------------------------------------------------------------
def _bare(line: str) -> str:
    """A line without marks of quoting, bold type and odd spaces."""
    return _LEADING.sub("", line.replace("*", "").replace("\u00a0", " ").replace("\u202f", " ")).rstrip()


def _below(raw: list[str], lines: list[str], is_ours) -> Forwarded | None:
    """The first block of headers of somebody who isn't one of us."""
    place, best = 0, None
    while place < len(lines):
        found, end = _block(lines, place)
        if found is None:
            wrote = _WROTE.match(f"{lines[place]} {lines[place + 1] if place + 1 < len(lines) else ''}"[:500])
            found, end = ({"from": wrote.group("who")}, place + 1) if wrote else (None, place)
        if found is None:
            place += 1
            continue
        name, address = _who(found["from"])
        if not (address and is_ours(address)):
            made = Forwarded(
                address=address, name=name, subject=found.get("subject", ""), text=_unquoted(raw[end:]),
                note="\n".join(_noted(lines[:place])).strip()[:2000], sent_at=_moment(found.get("date", "")),
            )
            if address:
                return made
            best = best or made
        place = max(end, place + 1)
    return best


def _block(lines: list[str], start: int) -> tuple[dict | None, int]:
    """The headers that begin at a line, by their names in English, and the line behind them; None when none do."""
    if not _HEADER.match(lines[start]):
        return None, start
    found: dict[str, str] = {}
    last, place, blank = "", start, 0
    while place < len(lines) and place < start + 40:
        line = lines[place]
        if match := _HEADER.match(line):
            last = next(name for name in _WORDS if match.group(name))
            if last in found and last != "other":
                break
            found[last] = match.group("value").strip()
            blank = 0
        elif not line.strip():
            blank += 1
            if blank > 1:
                break
        elif last and blank == 0 and (found[last].endswith((",", ";")) or not found[last]):
            found[last] = f"{found[last]} {line.strip()}"[:1000]
        else:
            break
        place += 1
    if found.get("from") and found.keys() & {"subject", "date", "to"}:
        return found, place
    return None, start


def _who(value: str) -> tuple[str, str]:
    """Name and address of a From: `Ann Lee <a@b>`, `Ann Lee [mailto:a@b]`, `a@b`, or a name alone."""
    value = value.replace("mailto:", "")
    found = _ADDRESS.search(value)
    name = value[: found.start()] if found else value
    return _name(name), found.group().lower().strip(".'") if found else ""


def _name(text: str) -> str:
    text = re.split(r"\s(?:im auftrag von|on behalf of|au nom de|en nombre de|via)\s", text, flags=re.I)[0]
    text = " ".join(text.replace("<", " ").replace("[", " ").replace('"', " ").split()).strip(" '(,;")
    return "" if "@" in text else text[:200]


def _noted(lines: list[str]) -> list[str]:
    """What stands above the headers, without the lines that mail programs write themselves."""
    kept = [line for line in lines if not _MARK.search(line[:120]) and not re.fullmatch(r"[\W_]*", line[:200])]
    return [line for line in kept if not re.match(r"-{3,}.{0,80}-{3,}$", line) and not _HEADER.match(line)]


def _unquoted(lines: list[str]) -> str:
    """The text behind the headers; one level of quoting goes where all of it is quoted."""
    filled = [line for line in lines if line.strip()]
    if filled and sum(line.lstrip().startswith(">") for line in filled) * 5 >= 4 * len(filled):
        lines = [re.sub(r"^\s*> ?", "", line) for line in lines]
    return "\n".join(line.replace("\u00a0", " ").rstrip() for line in lines).strip()


def _without_prefix(subject: str) -> str:
    return _PREFIX.sub("", subject).strip()[:300]
