"""A relay on loopback that misbehaves on request, and the people whom we write to."""

import itertools
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.inquiry import Consent, Inquiry
from winnow.leads.message import Message, Programme, Tip
from winnow.leads.person import Identity, Person
from winnow.leads.record import recording
from winnow.outreach import programmes
from winnow.policy import facts

TUESDAY = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
"""A working day, in working hours everywhere that the tests look."""

numbers = itertools.count(1)


class Sink:
    """Keeps what the relay took. `refuse` maps a recipient to the answer to RCPT, `answers` to the answer to DATA;
    an answer "drop" hangs up, "take and drop" keeps the mail first. `slow` seconds pass after a mail was kept."""

    def __init__(self, *, drop_every=0, slow=0.0):
        self.mails, self.ids, self.refuse, self.answers = [], [], {}, {}
        self.drop_every, self.slow = drop_every, slow
        self.sender_answer = ""
        self.recipients = []
        self.lock = threading.Lock()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.refuse.get(address, "250 OK")
        if answer == "drop":
            server.transport.close()
        elif answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.get(envelope.rcpt_tos[0], "250 taken")
        if answer == "drop":
            server.transport.close()
            return "421 gone"
        if answer.startswith("250") or answer == "take and drop":
            self._keep(envelope)
        if answer == "take and drop" or (self.drop_every and len(self.mails) % self.drop_every == 0):
            server.transport.close()
        if self.slow:
            time.sleep(self.slow)
        return answer

    def _keep(self, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        with self.lock:
            self.mails.append(mail)
            self.ids.append(mail["Message-ID"])

    def to(self, address):
        """The mails that went to an address."""
        return [mail for mail in self.mails if mail["To"] == address]


class _Roomy(SMTP):
    line_length_limit = 100_000


class _Controller(Controller):
    def factory(self):
        return _Roomy(self.handler, data_size_limit=10_000_000)


class Relay:
    """The sink behind a port: `with Relay(sink) as relay: settings.EMAIL_PORT = relay.port`."""

    def __init__(self, sink):
        with socket.socket() as free:  # the controller itself can't be asked for any free port
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.controller = _Controller(sink, hostname="127.0.0.1", port=self.port, ready_timeout=10)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


def configure(settings, port):
    """The settings of an instance that can send."""
    settings.MAIL_CONFIGURED = True
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
    settings.PUBLIC_URL = "https://winnow.example"
    settings.DEFAULT_FROM_EMAIL = "Halm Works <hello@halm.example>"
    settings.POSTAL_ADDRESS = "Halm Works, 1 Mill Lane, Corkshire"


def prospect(name="Ann", *, stage="nurturing", consent=True, address=None, at=None, historic=False, **more):
    """Somebody who inquired a month ago and stands at that stage."""
    at = at or now() - timedelta(days=30)
    number = next(numbers)
    account = Account.objects.create(
        name=f"Mill {number}", name_key=f"mill {number}", domain=f"mill{number}.example", created_at=at
    )
    email = address if address is not None else f"{name.lower()}@mill{number}.example"
    person = Person.objects.create(account=account, first_name=name, email=email, created_at=at, **more)
    if email:
        Identity.objects.create(person=person, kind="email", value=email.lower(), created_at=at)
    with recording(account, at=at) as history:
        cycle = Cycle.begin(person, at=at)
        inquiry = Inquiry.objects.create(
            person=person, account=account, captured_at=at, recorded_at=at, channel="web", cycle=cycle,
            historic=historic,
        )  # fmt: skip
        history.append(facts.Inquired(person=person.pk, channel="web"), inquiry_id=inquiry.pk)
        if consent:
            Consent.objects.create(person=person, given=True, how="form", wording="Yes, write to me.", at=at)
            history.append(facts.Consented(person=person.pk))
    if stage != "new":
        move(person, stage)
    return person


def move(person, stage):
    """Take the open cycle straight along to a stage."""
    cycle = Cycle.open_for(person)
    for step in ("nurturing", "ready", "handed_off", "accepted", "opportunity"):
        if cycle.stage == stage:
            return cycle
        if cycle.stage != step and step in ("nurturing", "ready", "handed_off", "accepted", "opportunity"):
            order = ("new", "nurturing", "ready", "handed_off", "accepted", "opportunity")
            if order.index(step) == order.index(cycle.stage) + 1:
                cycle.move(step, by=None, at=now())
    if cycle.stage != stage:
        cycle.move(stage, by=None, at=now(), reason="told so")
    return cycle


def programme(tips=3, **more):
    """A programme with so many tips for learning."""
    number = next(numbers)
    made = Programme.objects.create(code=f"season-{number}", name=f"Audit season {number}", created_at=now(), **more)
    for position in range(1, tips + 1):
        tip(made, position)
    return made


def tip(of, position, *, phase="learning", body=None, content=None, subject=None):
    """One tip more."""
    return Tip.objects.create(
        programme=of, position=position, code=f"tip-{of.pk}-{position}", phase=phase, content=content,
        subject=subject or f"Tip {position} for {{first_name|you}}",
        body=body or "Hello {first_name},\n\nread https://halm.example/paper first.\n\nCarol",
    )  # fmt: skip


def enrolled(name="Ann", of=None, **more):
    """Somebody whose first mail is due right now."""
    person = prospect(name, **more)
    place = programmes.enrol(person, of or programme())
    type(place).objects.filter(pk=place.pk, held_out=False).update(due_at=now())
    place.refresh_from_db()
    return place


def queued(name="Ann", **more):
    """A mail in the outbox, due right now."""
    place = enrolled(name, **more)
    programmes.advance_due()
    return Message.objects.get(enrolment=place)


def plain(mail):
    """The plain-text part of a mail."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def rich(mail):
    """The HTML part of a mail."""
    return mail.get_body(("html",)).get_content()


def link_in(mail, scope="u"):
    """The secrets of the links of one kind in the HTML part."""
    import re

    return re.findall(rf"https://winnow\.example/{scope}/([\w-]+)/", rich(mail))


def kinds(person):
    """The kinds of the person's facts, in order."""
    return list(person.facts.order_by("id").values_list("kind", flat=True))
