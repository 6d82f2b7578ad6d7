"""The programmes as they ran: who was put in, what was mailed, and who clicked, answered, left or could not be reached.

Nothing is ever sent: the mails are written into the past as gone. All of a week's mails are recorded at once.
"""

import secrets
from datetime import datetime, timedelta
from email.message import EmailMessage

from django.db.models import Exists, OuterRef

from winnow.demo import desk, plan, prospects
from winnow.demo.life import Life
from winnow.leads.addresses import normalise_email
from winnow.leads.cycle import Cycle
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Consent
from winnow.leads.mailbox import MailLink, link_digest
from winnow.leads.message import Enrolment, Message, Programme, Tip, new_message_id
from winnow.leads.models import Content
from winnow.leads.record import record_in_bulk
from winnow.outreach import clicks, programmes, replies, unsubscribe
from winnow.outreach.gate import OBJECTION_COUNTRIES
from winnow.outreach.letter import fill, with_content
from winnow.outreach.phases import next_tip
from winnow.policy import facts

ANSWERS = [
    "Thanks. We had exactly that with the ramp in August. Can somebody show us the alarm?",
    "Useful, I have passed it on to our foreman. What would it cost for two depots?",
    "Please call me next week, mornings are best.",
    "We are in the middle of an audit; write again in six weeks.",
]
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"


def set_up(start: datetime) -> None:
    """Two programmes: one that takes in everybody at nurturing, one in which somebody looks at each mail first."""
    content = {one.code: one for one in Content.objects.all()}
    calm = Programme.objects.create(
        code="calm-cold", name="Calm cold chain", pace_days=21, auto_enrol=True, holdout_percent=10, created_at=start
    )
    letters = Programme.objects.create(
        code="letters", name="Letters to key people", pace_days=28, months=12, person_checks=True,
        created_at=start + timedelta(days=200),
    )  # fmt: skip
    for programme, tips in ((calm, plan.TIPS), (letters, plan.LETTERS)):
        Tip.objects.bulk_create(
            Tip(programme=programme, position=number, code=code, phase=phase, subject=subject, body=body,
                content=content[leads_to])
            for number, (code, phase, subject, body, leads_to) in enumerate(tips, 1)
        )  # fmt: skip


def week(life: Life, at: datetime) -> None:
    """One week's work of the programmes, and the next one a week later."""
    clicks.confirm_clicks(at)
    programmes.stop_ended(1000, at)
    _enrol(life, at)
    _write_letters(life, at)
    _mail(life, at)
    life.later(at + timedelta(days=7), week)


def _enrol(life: Life, at: datetime) -> None:
    """Everybody at nurturing who may be written to and is in no programme."""
    waiting = Cycle.objects.filter(stage="nurturing", line="", person__kind="human").exclude(person__email="")
    inside = Enrolment.objects.filter(person=OuterRef("person"), stopped_at=None)
    ended = Enrolment.objects.filter(cycle=OuterRef("pk")).exclude(stop_reason__in=programmes.COMES_BACK)
    rows = waiting.filter(~Exists(inside), ~Exists(ended), opened_at__lt=at - timedelta(days=2))
    said_yes = set(Consent.objects.filter(given=True).values_list("person_id", flat=True))
    for cycle in rows.select_related("person__account").order_by("pk"):
        person = cycle.person
        if person.pk in said_yes or (person.country or person.account.country) in OBJECTION_COUNTRIES:
            try:
                programmes.enrol(person, life.programme, at=at)
            except Refusal:
                continue


def _write_letters(life: Life, at: datetime) -> None:
    """Now and then marketing writes to somebody by hand: a place in the programme of letters instead."""
    letters = Programme.objects.get(code="letters")
    last = at > life.end - timedelta(days=8)  # so that there is something to look at
    if at < letters.created_at or (life.chance.random() > 0.35 and not last):
        return
    places = Enrolment.objects.filter(programme=life.programme, stopped_at=None, held_out=False)
    leading = places.filter(person__seniority__in=("executive", "director")).select_related("person__account")
    for place in leading.order_by("-pk")[: 4 if last else 1]:
        carol = life.user("carol")
        programmes.stop(place, "moved", at, by=carol)
        written = programmes.enrol(place.person, letters, by=carol, at=at)
        if last:
            Enrolment.objects.filter(pk=written.pk).update(due_at=at)


def _mail(life: Life, at: datetime) -> None:
    """Write this week's mails as gone, with their facts, and see what comes back."""
    due = Enrolment.objects.filter(stopped_at=None, due_at__lte=at + timedelta(days=1), held_out=False)
    lately = Message.objects.filter(person=OuterRef("person"), send_at__gt=at - timedelta(days=10))
    due = due.filter(~Exists(lately), exhausted=False)
    places = list(due.select_related("programme", "person__account").order_by("pk"))
    tips = {one.pk: list(one.tips.select_related("content")) for one in Programme.objects.all()}
    had: dict[int, set[int]] = {}
    people = [place.person_id for place in places]
    for who, tip in Message.objects.filter(person__in=people, tip__isnull=False).values_list("person_id", "tip_id"):
        had.setdefault(who, set()).add(tip)
    gone = []
    for number, place in enumerate(places):
        tip = next_tip(place.person, tips[place.programme_id], had.get(place.person_id, set()), at)
        place.exhausted = tip is None
        place.due_at = None if tip is None else at + timedelta(days=place.programme.pace_days)
        if tip is not None:
            gone.append(_message(place, tip, at + timedelta(seconds=7 * number), life))
    Enrolment.objects.bulk_update(places, ["exhausted", "due_at"])
    Message.objects.bulk_create(gone)
    record_in_bulk(
        [(facts.MailSent(account=one.person.account_id, person=one.person_id, mail=one.tip.code), at, at, None, None)
         for one in gone if one.state == "sent"], at=at,
    )  # fmt: skip
    for message in gone:
        if message.state == "sent":
            _consequence(life, message)


def _message(place: Enrolment, tip: Tip, at: datetime, life: Life) -> Message:
    """The mail of that tip, gone at that moment; of a programme that somebody checks, the newest still wait."""
    person = place.person
    held = place.programme.person_checks and at > life.end - timedelta(days=8)
    return Message(
        kind="marketing", person=person, enrolment=place, tip=tip, address=normalise_email(person.email).normalised,
        subject=fill(tip.subject, person), body=with_content(fill(tip.body, person), tip.content),
        message_id=new_message_id(), send_at=at, created_at=at, state="held" if held else "sent",
        reason="somebody looks at each mail of this programme first" if held else "",
        handed_at=None if held else at, sent_at=None if held else at, tries=0 if held else 1,
    )  # fmt: skip


def _consequence(life: Life, message: Message) -> None:
    """What the person does with it: mostly nothing."""
    chance, at = life.chance, message.sent_at
    firm, _ = life.home.get(message.person_id, (None, 0))
    intent = firm.intent if firm else 0.05
    soon = at + timedelta(minutes=chance.randint(20, 3000))
    drawn = chance.random()
    if drawn < 0.03 + 0.10 * intent:
        life.later(soon, click, message.pk)
    elif drawn < 0.045 + 0.12 * intent:
        life.later(soon, reply, message.pk)
    elif drawn > 0.995:
        life.later(soon, leave, message.pk)
    elif drawn > 0.988:
        life.later(at + timedelta(minutes=2), bounce, message.pk)
    elif drawn > 0.975:
        life.later(at + timedelta(minutes=1), absent, message.pk)


# -- what comes back ---------------------------------------------------------------------------------------------------
def _found(number: int) -> Message:
    return Message.objects.select_related("person__account", "tip__content").get(pk=number)


def _link(message: Message, scope: str, url: str, at: datetime) -> tuple[str, MailLink]:
    secret = secrets.token_urlsafe(20)
    made = MailLink.objects.create(message=message, scope=scope, digest=link_digest(secret), url=url, made_at=at)
    return secret, made


def click(life: Life, at: datetime, number: int) -> None:
    """A link is followed, and what stands behind it is read."""
    message = _found(number)
    _, link = _link(message, "page", message.tip.content.url, message.sent_at)
    family = clicks.family_of(f"192.0.2.{number % 250}", BROWSER)
    clicks.keep(link, method="GET", family=family, agent=BROWSER, at=at)
    if message.person_id in life.home:
        firm, who = life.home[message.person_id]
        life.later(at + timedelta(minutes=3), prospects.visit, firm, who, (message.tip.content.code,))


def _written(message: Message, subject: str, text: str, at: datetime, **headers) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = message.address, f"hello@{plan.DOMAIN}", subject
    mail["Date"], mail["In-Reply-To"] = at, message.message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def reply(life: Life, at: datetime, number: int) -> None:
    """The person answers; lead development calls."""
    message = _found(number)
    text = f"{life.chance.choice(ANSWERS)}\n\n{message.person.first_name}\n\n> {message.subject}\n"
    replies.take_mail(_written(message, f"Re: {message.subject}", text, at), at=at)
    if message.person_id in life.home:
        life.later(life.office(at + timedelta(hours=2)), desk.work, *life.home[message.person_id])


def absent(life: Life, at: datetime, number: int) -> None:
    """The person is on holiday, says their server."""
    message = _found(number)
    text = "I am out of the office and read mail again on Monday."
    raw = _written(message, f"Automatic reply: {message.subject}", text, at, Auto_Submitted="auto-replied")
    replies.take_mail(raw, at=at)


def leave(life: Life, at: datetime, number: int) -> None:
    """The person wants no more of it."""
    message = _found(number)
    secret, _ = _link(message, "unsubscribe", "", message.sent_at)
    unsubscribe.unsubscribe(secret, "one_click", at)


def bounce(life: Life, at: datetime, number: int) -> None:
    """The address takes no mail any more."""
    message = _found(number)
    raw = (
        "From: MAILER-DAEMON@mx.example\nTo: hello@halmwerk.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {message.address}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n"
        f"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message.message_id}\nSubject: x\n\n--b--\n"
    )
    replies.take_mail(raw.encode(), at=at)
