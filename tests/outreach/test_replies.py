"""Mail that comes in lands on the right person, and only a person's own words change anything."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import OperationalError
from django.test import Client

from tests.outreach import scene
from tests.web import people
from winnow.leads.apikey import ApiKey
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.inquiry import Inquiry
from winnow.leads.mailbox import IncomingMail
from winnow.outreach import gate, outbox, replies
from winnow.outreach.classify import classify

pytestmark = pytest.mark.django_db


def written(sender, text="Yes, please call me.", *, to="hello@halm.example", subject="Re: Tip 1", **headers):
    """A mail as somebody would write it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def report(message, *, status="5.1.1", action="failed", said="550 5.1.1 user unknown", about=True, address=None):
    """A delivery report about a mail of ours."""
    original = f"Message-ID: {message.message_id}\n" if about else ""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: hello@halm.example\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nIt did not work.\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {address or message.address}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}\n"
        f"\n--b\nContent-Type: text/rfc822-headers\n\n{original}Subject: x\n\n--b--\n"
    ).encode()


@pytest.fixture
def sent(sink):
    """Ann's mail, gone."""
    message = scene.queued()
    outbox.send_due()
    message.refresh_from_db()
    return message


def test_a_reply_lands_by_the_message_it_answers_and_stops_the_programme(sent):
    raw = written("Ann at home <ann@private.example>", In_Reply_To=sent.message_id)
    outcome = replies.take_mail(raw)
    assert (outcome.mail.person, outcome.mail.message) == (sent.person, sent)
    assert scene.kinds(sent.person)[-1] == "mail_replied"
    assert sent.person.facts.get(kind="mail_replied").code == sent.tip.code
    sent.enrolment.refresh_from_db()
    assert sent.enrolment.stop_reason == "replied"
    assert outcome.mail.text == "Yes, please call me."


def test_the_thread_is_found_by_its_references_too(sent):
    raw = written("ann@private.example", References=f"<other@x.example> {sent.message_id} <last@x.example>")
    assert replies.take_mail(raw).mail.person == sent.person


def test_a_new_mail_lands_by_who_wrote_it(sent):
    raw = written(f"ANN <{sent.address.upper()}>", subject="A question", text="What does it cost?")
    outcome = replies.take_mail(raw)
    assert outcome.mail.person == sent.person
    assert outcome.did == "Ann replied; the programme has stopped"


def test_a_mail_of_nobody_we_know_is_an_inquiry_and_kept_whole(sent):
    raw = written("Zoe Lund <zoe@elsewhere.example>", "What does a mill cost?", subject="A question")
    outcome = replies.take_mail(raw)
    zoe = outcome.mail.person
    assert (zoe.name, zoe.email, outcome.mail.kind) == ("Zoe Lund", "zoe@elsewhere.example", "inquiry")
    assert outcome.did == "an inquiry of Zoe Lund, by mail"
    assert bytes(outcome.mail.raw) == raw
    inquiry = Inquiry.objects.get(person=zoe)
    assert (inquiry.channel, inquiry.interest, inquiry.valid) == ("email", "active", True)
    assert inquiry.message == "A question\nWhat does a mill cost?"
    assert inquiry.cycle.stage == "new" and inquiry.inquiry_due_at > inquiry.captured_at
    assert replies.take_mail(raw).again and Inquiry.objects.filter(person=zoe).count() == 1


def test_a_mail_of_somebody_with_nothing_open_opens_the_next_cycle(sent):
    cycle = Cycle.open_for(sent.person)
    cycle.move("disqualified", by=None, at=now(), reason="no_need")
    outcome = replies.take_mail(written(sent.address, "Now we need one.", subject="Again"))
    assert outcome.did == "an inquiry of Ann, by mail"
    assert (Cycle.open_for(sent.person).number, outcome.mail.person) == (2, sent.person)


@pytest.mark.parametrize("sender, why", [
    ("Carol <carol@winnow.example>", "is one of us"), ("hello@halm.example", "is one of us"),
    ("Shop <no-reply@shop.example>", "nobody reads"), ("donotreply@shop.example", "nobody reads"),
])  # fmt: skip
def test_colleagues_and_addresses_that_nobody_reads_are_no_inquiries(sink, sender, why):
    people.carol()
    outcome = replies.take_mail(written(sender))
    assert why in outcome.did and not Inquiry.objects.exists() and outcome.mail.person is None


def test_a_mail_is_kept_before_anything_is_made_of_it_and_the_worker_finishes(monkeypatch, sent, tuesday):
    def broken(*_, **__):
        raise OperationalError("the connection is gone")

    with monkeypatch.context() as patched:
        patched.setattr(replies, "take_inquiries", broken)
        with pytest.raises(OperationalError):
            replies.take_mail(written("zoe@elsewhere.example"))
    assert IncomingMail.objects.get().did == ""
    assert replies.finish_kept() == 0  # perhaps somebody is at it right now
    tuesday.shift(timedelta(minutes=2))
    assert replies.finish_kept() == 1
    assert IncomingMail.objects.get().did == "an inquiry of zoe@elsewhere.example, by mail"
    assert replies.finish_kept() == 0


def test_a_mail_that_can_not_be_done_holds_no_other_up_and_says_so(monkeypatch, sent, tuesday):
    def broken(*_, **__):
        raise KeyError("subject")

    raw = written("zoe@elsewhere.example")
    with monkeypatch.context() as patched:
        patched.setattr(replies, "take_inquiries", broken)
        with pytest.raises(KeyError):
            replies.take_mail(raw)
        tuesday.shift(timedelta(minutes=2))
        assert replies.finish_kept() == 0
    assert "could not be done" in IncomingMail.objects.get().did
    assert not replies.take_mail(raw).again and Inquiry.objects.get(channel="email")


def test_the_same_mail_twice_is_once(sent):
    raw = written(sent.address)
    first, second = replies.take_mail(raw), replies.take_mail(raw)
    assert (first.again, second.again) == (False, True)
    assert second.did == first.did
    assert sent.person.facts.filter(kind="mail_replied").count() == 1


def test_what_is_quoted_below_is_not_what_they_said(sent):
    text = "Call me on Friday.\n\nAnn\n\nOn Tue, 10 Mar 2026 at 10:00, Halm Works wrote:\n> Hello Ann\n"
    assert replies.take_mail(written(sent.address, text)).mail.text == "Call me on Friday.\n\nAnn"


@pytest.mark.parametrize(
    "subject, headers",
    [
        ("Re: Tip 1", {"Auto_Submitted": "auto-replied"}),
        ("Re: Tip 1", {"X_Autoreply": "yes"}),
        ("Re: Tip 1", {"Precedence": "auto_reply"}),
        ("Out of office: Tip 1", {}),
        ("Automatic reply: Tip 1", {}),
        ("Automatische Antwort: Tip 1", {}),
        ("Abwesenheitsnotiz", {}),
        ("Réponse automatique : Tip 1", {}),
        ("Absence du bureau", {}),
        ("Respuesta automática: Tip 1", {}),
        ("Fuera de la oficina", {}),
        ("AW: Automatische Antwort: Tip 1", {}),
    ],
)
def test_an_automatic_answer_changes_nothing(sent, subject, headers):
    before = scene.kinds(sent.person)
    raw = written(sent.address, "I am away.", subject=subject, In_Reply_To=sent.message_id, **headers)
    outcome = replies.take_mail(raw)
    assert outcome.judged.kind == "auto_reply"
    assert scene.kinds(sent.person) == before
    sent.enrolment.refresh_from_db()
    assert sent.enrolment.stopped_at is None


def test_an_answer_to_a_mail_about_absence_is_still_an_answer():
    raw = written("ann@mill.example", subject="Re: Absence rates in cold stores")
    assert classify(raw).kind == "reply"


def test_a_hard_bounce_ends_all_mail_to_the_address(sent):
    outcome = replies.take_mail(report(sent))
    sent.refresh_from_db()
    assert (outcome.judged.kind, outcome.judged.hard) == ("bounce", True)
    assert (sent.state, sent.reason) == ("failed", "came back: there is no such mailbox")
    assert sent.person.facts.get(kind="mail_bounced").flag is True
    sent.enrolment.refresh_from_db()
    assert sent.enrolment.stop_reason == "bounced"
    assert gate.may_send(gate.Candidate(sent.address, "personal"), now()).code == "bounced"


def test_a_full_mailbox_is_soft_although_its_code_is_of_class_five(sent):
    outcome = replies.take_mail(report(sent, status="5.2.2", said="552 5.2.2 mailbox full"))
    assert outcome.judged.hard is False
    sent.enrolment.refresh_from_db()
    assert sent.enrolment.stopped_at is None


def test_a_delay_changes_nothing_yet(sent):
    outcome = replies.take_mail(report(sent, status="4.4.1", action="delayed", said="451 4.4.1 no answer"))
    sent.refresh_from_db()
    assert (sent.state, outcome.did) == ("sent", "nothing yet: the other side is still trying")


def test_a_bounce_of_a_mail_that_we_never_sent_is_kept_and_changes_nothing(sent):
    stranger = scene.prospect("Bob")
    raw = report(sent, about=False, address=stranger.email)
    outcome = replies.take_mail(raw)
    assert outcome.did.startswith("nothing: we have not written to")
    assert gate.may_send(gate.Candidate(stranger.email, "service"), now()) is None


def test_a_bounce_without_our_message_id_counts_for_the_last_mail_to_that_address(sent, tuesday):
    replies.take_mail(report(sent, about=False))
    sent.refresh_from_db()
    assert sent.state == "failed"


def test_three_soft_bounces_in_fifteen_days_end_it(sink, tuesday):
    person = scene.prospect()
    from winnow.leads.message import Message

    for number in range(3):
        message = Message.write(
            kind="personal", address=person.email, subject=f"No. {number}", body="x", person=person, at=now()
        )
        outbox.send_due()
        assert gate.may_send(gate.Candidate(person.email, "personal"), now()) is None
        replies.take_mail(report(message, status="4.2.2", said="452 4.2.2 over quota"))
        tuesday.shift(timedelta(days=2))
    why = gate.may_send(gate.Candidate(person.email, "personal"), now())
    assert why.code == "bounced" and "3 mails came back in 15 days" in why.words
    tuesday.shift(timedelta(days=15))
    assert gate.may_send(gate.Candidate(person.email, "personal"), now()) is None


def test_a_complaint_suppresses_the_address(sent):
    raw = (
        "From: fbl@provider.example\nTo: abuse@halm.example\nSubject: complaint\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is a complaint.\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: hello@halm.example\nTo: {sent.address}\n"
        f"Message-ID: {sent.message_id}\nSubject: x\n\nHello\n--b--\n"
    )
    outcome = replies.take_mail(raw.encode())
    assert outcome.judged.kind == "complaint"
    assert gate.may_send(gate.Candidate(sent.address), now()).code == "suppressed"
    assert sent.person.facts.get(kind="opted_out").code == "complaint"
    sent.enrolment.refresh_from_db()
    assert sent.enrolment.stop_reason == "complained"


def test_the_mail_that_a_mail_program_sends_to_unsubscribe_does(sent, sink):
    (secret,) = scene.link_in(sink.mails[0])
    outcome = replies.take_mail(written("ann@elsewhere.example", "", subject=f"unsubscribe {secret}"))
    assert outcome.did == f"{sent.address} gets no marketing mail any more"
    assert gate.may_send(gate.Candidate(sent.address), now()).code == "suppressed"


@pytest.mark.parametrize(
    "text", ["unsubscribe", "Please unsubscribe me.", "STOP", "Bitte abmelden", "Abmelden!", "Me désabonner", "baja"]
)
def test_one_word_to_leave_is_enough(sent, text):
    replies.take_mail(written(sent.address, text, In_Reply_To=sent.message_id))
    assert gate.may_send(gate.Candidate(sent.address), now()).code == "suppressed"
    assert not sent.person.facts.filter(kind="mail_replied").exists()


def test_speaking_of_unsubscribing_is_not_asking_for_it(sent):
    replies.take_mail(written(sent.address, "How do my readers unsubscribe? That is what we need."))
    assert gate.may_send(gate.Candidate(sent.address, caps=False), now()) is None


def test_a_report_that_it_arrived_settles_a_mail_in_doubt(sink):
    message = scene.queued()
    sink.answers[message.address] = "take and drop"
    outbox.send_due()
    outcome = replies.take_mail(report(message, status="2.0.0", action="delivered", said="250 ok"))
    message.refresh_from_db()
    assert (outcome.judged.kind, message.state) == ("delivered", "sent")


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"\xff\xfe\x00", b"Subject: \x00\r\n\r\n\x00", b"From: a@b\n" * 5000, b"a: " * 9]
)
def test_what_can_t_be_read_is_kept_and_harms_nothing(raw):
    outcome = replies.take_mail(raw)
    assert outcome.mail.pk
    assert outcome.judged.kind in ("none", "reply")


# -- the door --------------------------------------------------------------------------------------------------------
def posted(raw, key, **more):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}
    return Client(enforce_csrf_checks=True).post(
        "/api/v1/mail", raw, content_type=more.pop("content_type", "message/rfc822"), **headers
    )


def test_the_door_takes_a_mail_with_a_key(sent):
    _, key = ApiKey.issue("mailbox", "marketing")
    raw = written(sent.address)
    answer = posted(raw, key)
    assert answer.status_code == 201
    found = answer.json()
    assert (found["kind"], found["person"], found["again"]) == ("reply", sent.person_id, False)
    assert posted(raw, key).status_code == 200


def test_the_door_says_why_it_stays_shut():
    _, key = ApiKey.issue("mailbox", "marketing")
    _, reader = ApiKey.issue("reader", "executive")
    assert posted(b"From: a@b.example\n\nx", None).status_code == 401
    assert posted(b"From: a@b.example\n\nx", "wk_no_key").status_code == 401
    assert posted(b"From: a@b.example\n\nx", reader).status_code == 403
    assert posted(b"{}", key, content_type="application/json").status_code == 415
    assert posted(b" ", key).status_code == 422
    assert not IncomingMail.objects.exists()
