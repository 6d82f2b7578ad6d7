"""What comes by mail from strangers and colleagues: inquiries of the right people, copies once, the rest held."""

from email.message import EmailMessage

import pytest

from tests.outreach import scene
from tests.outreach.test_replies import written
from tests.web import people
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Inquiry
from winnow.leads.mailbox import IncomingMail
from winnow.outreach import holding, letter, outbox, replies

pytestmark = pytest.mark.django_db
FORWARD = (
    "Yours?\n\n---------- Forwarded message ---------\nFrom: Zoe Lund <zoe@mill.example>\nSubject: Rye\n"
    "To: Carol <carol@winnow.example>\n\nWhich mill suits rye?\n\nKind regards\nZoe Lund\nHead of Purchasing\n"
    "Mill Ltd\nT +44 20 7946 0958\n"
)  # fmt: skip


def forwarded(text=FORWARD, subject="Fwd: Rye", sender="Carol <carol@winnow.example>", **headers):
    people.carol()
    return replies.take_mail(written(sender, text, subject=subject, **headers))


def test_what_a_colleague_forwards_is_an_inquiry_of_who_wrote_it(sink):
    outcome = forwarded()
    inquiry = Inquiry.objects.get()
    zoe = inquiry.person
    assert (zoe.name, zoe.email, zoe.title) == ("Zoe Lund", "zoe@mill.example", "Head of Purchasing")
    assert zoe.phone == "+44 20 7946 0958" and zoe.account.name == "Mill Ltd"
    assert inquiry.answers["forwarded_by"] == "carol@winnow.example"
    assert inquiry.answers["read_from_signature"].startswith("phone: +44")
    assert inquiry.message.startswith("Rye\nWhich mill suits rye?")
    assert "carol@winnow.example: Yours?" in inquiry.message
    assert (inquiry.channel, outcome.did) == (
        "email", "an inquiry of Zoe Lund, by mail, forwarded by carol@winnow.example"
    )  # fmt: skip


def test_somebody_of_our_domain_is_a_colleague_and_a_stranger_who_forwards_is_the_one_who_writes(sink):
    assert forwarded(sender="new@winnow.example").mail.person.email == "zoe@mill.example"
    assert forwarded(sender="Bob Ray <bob@bolt.example>").mail.person.email == "bob@bolt.example"


def test_an_answer_to_our_mail_that_a_colleague_passes_on_lands_on_its_thread(sink):
    message = scene.queued()
    outbox.send_due()
    head = f"From: Ann <{message.address}>\nSubject: Re: Tip 1\nTo: x"
    text = f"---------- Forwarded message ---------\n{head}\n\nCall me."
    outcome = forwarded(text, References=message.message_id)
    assert (outcome.mail.message, outcome.mail.person, outcome.mail.text) == (message, message.person, "Call me.")
    assert scene.kinds(message.person)[-1] == "mail_replied"


def test_a_reply_is_found_by_the_address_it_was_sent_to(sink, settings):
    settings.MAIL_PLUS = True
    message = scene.queued()
    asked, _ = letter.compose(message, now())
    outbox.send_due()
    assert str(asked["Reply-To"].addresses[0].username).startswith("hello+")
    outcome = replies.take_mail(written("ann@private.example", to=str(asked["Reply-To"])))
    assert (outcome.mail.message, outcome.mail.person) == (message, message.person)


def test_where_the_writer_cannot_be_told_it_is_held_until_somebody_has_looked(sink):
    mail = forwarded("From: Zoe Lund\nSent: Monday\nTo: Carol\nSubject: Rye\n\nWhich mill?", subject="WG: Rye").mail
    assert "Zoe Lund by name" in mail.held and not Inquiry.objects.exists()
    with pytest.raises(Refusal, match="no address"):
        holding.make_inquiry(mail, {"email": "zoe at mill"}, by=people.carol())
    with pytest.raises(Refusal, match="Nobody is named"):
        holding.make_inquiry(mail, {"message": "Which mill?"}, by=people.carol())
    said = {"email": "zoe@mill.example", "name": "Zoe Lund", "company": "Mill Ltd", "message": "Which mill?"}
    done = holding.make_inquiry(mail, said, by=people.carol())
    assert (done.held, done.kind, done.person.name, Inquiry.objects.get().message) == (
        "", "inquiry", "Zoe Lund", "Which mill?"
    )  # fmt: skip
    with pytest.raises(Refusal, match="waits for nobody"):
        holding.set_aside(mail, by=people.carol())


@pytest.mark.parametrize("sender, more, held", [
    ("Site <forms@winnow.example>", {"Reply_To": "Zoe <zoe@mill.example>"}, "answers would go to zoe@mill.example"),
    ("Site <forms@winnow.example>", {}, ""),
    ("", {}, "who wrote it"),
    ("Zoe <zoe@mill.example>", {"X_Spam_Status": "Yes, score=9"}, "takes it for spam"),
])  # fmt: skip
def test_what_a_site_or_nobody_sends_is_held_or_left(sink, sender, more, held):
    people.carol()
    raw = written(sender, **more) if sender else b"Subject: Hello\n\nHello"
    mail = replies.take_mail(raw).mail
    assert bool(mail.held) == bool(held) and held in mail.held
    if held:
        assert holding.set_aside(mail, by=people.carol()).did == "set aside by Carol"


def test_the_same_mail_by_two_ways_is_taken_once_and_kept_twice(sink):
    one = written("Zoe Lund <zoe@mill.example>", "Which mill?", Message_ID="<1@mill.example>", Date="Mon, 9 Mar 2026")
    first = replies.take_mail(b"Received: by one\n" + one)
    other = replies.take_mail(b"Received: by another\n" + one)
    assert other.again and (other.mail.kind, other.mail.person) == ("copy", first.mail.person)
    assert replies.take_mail(b"Received: by another\n" + one).again
    assert Inquiry.objects.count() == 1 and IncomingMail.objects.count() == 2
    foreign = written("Eve <eve@else.example>", "Hi", Message_ID="<1@mill.example>", Date="Mon, 9 Mar 2026")
    assert replies.take_mail(foreign).mail.kind == "inquiry", "the same Message-ID of another sender hides nothing"


def test_a_mail_with_words_that_cannot_be_read_is_still_an_inquiry_and_says_so(sink):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Zoe Lund <zoe@mill.example>", "Our tender"
    mail.set_content("x", subtype="html")
    mail.add_attachment(b"y" * 2000, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    outcome = replies.take_mail(mail.as_bytes())
    assert "only Outlook can open" in Inquiry.objects.get().message
    assert outcome.mail.attachments == [["winmail.dat", "application/ms-tnef", 2000]]


def test_the_bytes_of_a_mail_are_kept_even_if_nothing_can_be_said_of_it(sink, monkeypatch):
    from dataclasses import replace

    odd = replace(replies.classify(written("zoe@mill.example")), subject="\0 odd")
    monkeypatch.setattr(replies, "classify", lambda raw: odd)
    mail = replies.take_mail(b"odd bytes").mail
    assert (bytes(mail.raw), mail.kind, mail.held) == (b"odd bytes", "none", "it is odd")


def test_a_name_of_an_attachment_in_any_bytes_is_listed(sink):
    raw = (
        b"From: Zoe Lund <zoe@mill.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n"
        b'--b\nContent-Type: application/pdf; name="M\xfchle.pdf"\nContent-Disposition: attachment\n\nx\n--b--\n'
    )
    mail = replies.take_mail(raw).mail
    assert mail.kind == "inquiry" and mail.attachments[0][0].endswith("hle.pdf")
