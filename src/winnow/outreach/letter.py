"""How a mail is made: words filled in, a plain-text part, a simple HTML part, and the headers that let people leave.

What a visitor typed into a form is only ever text: it can't become a header, a link or markup.
"""

import html
import re
import secrets
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings

from winnow.leads.errors import Refusal
from winnow.leads.mailbox import MailLink, link_digest
from winnow.leads.message import CONFIRM, Message, one_line
from winnow.outreach import sender

WORDS = ("first_name", "company")
_WORD = re.compile(r"\{(\w{1,30})(?:\|([^{}\n]{0,60}))?\}")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()<>\"]{1,900})\)|(https?://[^\s()<>\"]{1,900}[^\s()<>\".,;:!?])")
_NAME = re.compile(r"[^\W\d_][\w'’ -]{0,39}|[^\W\d_]\.")
_COMPANY = re.compile(r"[\w][\w'’&+.,() -]{0,79}")
_ADDRESS = re.compile(r"[\w-]\.[a-z]{2,}(?:[/\s]|$)", re.I)


def fill(text: str, person) -> str:
    """Put what we know of the person in place of {first_name} and {company}; {first_name|there} says what stands there
    when it isn't known. A name that is no name (a link, a line break) counts as not known."""

    def known(match):
        value = _known(match.group(1), person)
        return value or match.group(2) or ""

    filled = _WORD.sub(known, text)
    return re.sub(r"[ \t]+([,.!?;:])", r"\1", filled) if filled != text else text


def _known(word: str, person) -> str:
    if person is None:
        return ""
    if word == "first_name":
        name = " ".join(person.first_name.split())
        return name if _NAME.fullmatch(name) else ""
    if word == "company" and person.account.kind == "company":
        name = " ".join(person.account.name.split())
        return name if _COMPANY.fullmatch(name) and not _ADDRESS.search(name) else ""
    return ""


def unknown_words(text: str) -> list[str]:
    """The names in braces that nothing will ever be filled in for."""
    return [match.group(1) for match in _WORD.finditer(text) if match.group(1) not in WORDS]


PATHS = {"unsubscribe": "u", "confirm": "confirm"}


@dataclass
class Secrets:
    """The links of one mail, made when it is handed over: what goes into it, and the rows that keep the hashes."""

    message: Message
    at: object
    rows: list[MailLink] = field(default_factory=list)

    def make(self, scope: str, url: str = "") -> str:
        """The address of a new link with 160 bits of chance."""
        secret = secrets.token_urlsafe(20)
        self.rows.append(
            MailLink(message=self.message, scope=scope, digest=link_digest(secret), url=url, made_at=self.at)
        )
        return sender.link(f"/{PATHS.get(scope, 'c')}/{secret}/")


@dataclass(frozen=True)
class Piece:
    """A stretch of text, or a link when `url` is there."""

    text: str
    url: str = ""


def pieces(body: str) -> list[Piece]:
    """The body as text and links: bare addresses, and [words](address)."""
    found, last = [], 0
    for match in _LINK.finditer(body):
        if match.start() > last:
            found.append(Piece(body[last : match.start()]))
        url = match.group(2) or match.group(3)
        found.append(Piece(match.group(1) or _short(url), url))
        last = match.end()
    if last < len(body):
        found.append(Piece(body[last:]))
    return found


def _short(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    return f"{parts.hostname or url}{path if len(path) < 40 else path[:38] + '…'}"


@dataclass(frozen=True)
class Parts:
    """What a reader sees: the two parts of the mail."""

    text: str
    html: str


def parts(message: Message, *, unsubscribe: str = "", tracked=None, trap: str = "", confirm: str = "") -> Parts:
    """The plain-text and the HTML part. `tracked` turns the address of a link into the one that is counted; `confirm`
    is the link that confirms a consent."""
    body = message.body.replace(CONFIRM, confirm) if confirm else message.body
    found = [Piece(one.text, tracked(one.url) if tracked and one.url else one.url) for one in pieces(body)]
    plain = "".join(
        f"{one.text}: {one.url}" if one.url and _named(one) else one.url or one.text for one in found
    ).strip()
    foot = _foot(message, unsubscribe)
    text = plain + ("\n\n-- \n" + "\n".join(foot.values()) if foot else "") + "\n"
    return Parts(text, _html(message, found, foot, unsubscribe, trap))


def _named(one: Piece) -> bool:
    return " " in one.text or "." not in one.text


def _foot(message: Message, unsubscribe: str) -> dict[str, str]:
    foot = {}
    if message.kind == "marketing":
        name = sender.from_address()[0] or sender.from_address()[1].rpartition("@")[2]
        foot["why"] = f"You get this because you were in touch with {name}."
    if unsubscribe:
        foot["unsubscribe"] = f"Unsubscribe: {unsubscribe}"
    if message.kind == "marketing" and sender.postal_address():
        foot["postal"] = sender.postal_address()
    return foot


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body style="margin:0;padding:24px 16px;background:{ground};color:{ink};font:16px/1.5 'Segoe UI',Arial,sans-serif">
<div style="max-width:34em;margin:0 auto">
{body}
{foot}</div>{trap}
</body></html>
"""
_GROUND, _INK, _SOFT, _EDGE = "#ffffff", "#1c1f18", "#62675a", "#d9dccf"


def _html(message: Message, found: list[Piece], foot: dict, unsubscribe: str, trap: str) -> str:
    run = "".join(
        f'<a href="{html.escape(one.url)}" style="color:{_INK}">{html.escape(one.text)}</a>' if one.url
        else html.escape(one.text)
        for one in found
    )  # fmt: skip
    paragraphs = [block.strip().replace("\n", "<br>\n") for block in re.split(r"\n\s*\n", run) if block.strip()]
    body = "\n".join(f'<p style="margin:0 0 1em">{block}</p>' for block in paragraphs)
    lines = [html.escape(words) for name, words in foot.items() if name != "unsubscribe"]
    if unsubscribe:
        lines.append(f'<a href="{html.escape(unsubscribe)}" style="color:{_SOFT}">Unsubscribe</a>')
    end = ""
    if lines:
        end = (
            f'<p style="margin:2em 0 0;padding-top:1em;border-top:1px solid {_EDGE};color:{_SOFT};font-size:13px">'
            f"{'<br>'.join(lines)}</p>"
        )
    hidden = ""
    if trap:  # No person sees or reaches it: who follows it is a machine that follows everything.
        hidden = f'<a href="{html.escape(trap)}" style="display:none" aria-hidden="true" tabindex="-1"></a>'
    return _PAGE.format(
        title=html.escape(message.subject), body=body, foot=end, trap=hidden, ground=_GROUND, ink=_INK
    )


def compose(message: Message, at) -> tuple[EmailMessage, list[MailLink]]:
    """The mail as it goes to the relay, and the rows of its links. Refusal when something of it can't be a header."""
    links = Secrets(message, at)
    marketing = message.kind == "marketing"
    unsubscribe = links.make("unsubscribe") if marketing else ""
    tracked = (lambda url: links.make("page", url)) if marketing and message.person_id else None
    trap = links.make("trap") if tracked else ""
    confirm = links.make("confirm") if confirms(message) else ""
    made = parts(message, unsubscribe=unsubscribe, tracked=tracked, trap=trap, confirm=confirm)
    name, own = sender.from_address()
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = Address(one_line(name, "sender's name"), addr_spec=one_line(own, "sender"))
        mail["To"] = Address(addr_spec=one_line(message.address, "address"))
        mail["Subject"] = one_line(message.subject, "subject")
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = one_line(message.message_id, "Message-ID")
        if settings.MAIL_PLUS:  # an answer finds its way back also where its program leaves the thread out
            mail["Reply-To"] = Address(name, addr_spec=_plus(own, message))
        if unsubscribe:
            secret = unsubscribe.rstrip("/").rpartition("/")[2]
            mail["List-Unsubscribe"] = f"<{unsubscribe}>, <mailto:{own}?subject=unsubscribe%20{secret}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(made.text)
        mail.add_alternative(made.html, subtype="html")
    except Refusal:
        raise
    except (ValueError, UnicodeError, IndexError) as error:
        raise Refusal(f"The mail to {message.address} can't be written: {error}.", code="unwritable") from None
    return mail, links.rows


def confirms(message: Message) -> bool:
    """Whether this mail asks a consent back; nobody else's words can make such a link."""
    return message.kind == "service" and CONFIRM in message.body and message.confirmations.exists()


def _plus(own: str, message: Message) -> str:
    """Our address with the mail's own token behind a +, which `replies` reads."""
    local, _, domain = own.rpartition("@")
    return f"{local}+{message.message_id.strip('<>').partition('@')[0]}@{domain}"


def preview(message: Message) -> Parts:
    """Both parts as the recipient will see them; its links lead nowhere."""
    unsubscribe = sender.link("/u/…/") if message.kind == "marketing" else ""
    return parts(message, unsubscribe=unsubscribe, confirm=sender.link("/confirm/…/") if confirms(message) else "")


def preview_of(tip, person) -> Message:
    """The mail that this tip makes for that person, not kept."""
    body = with_content(fill(tip.body, person), tip.content)
    return Message(kind="marketing", person=person, tip=tip, address=person.email, subject=fill(tip.subject, person),
                   body=body, message_id="")  # fmt: skip


def with_content(body: str, content) -> str:
    """The body with a link to the content at its end, unless it links there already."""
    if content is None or not content.url or content.url in {one.url for one in pieces(body)}:
        return body
    return f"{body.rstrip()}\n\n[{content.title}]({content.url})"
