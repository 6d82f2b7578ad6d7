"""What visitors typed can't become a header, a recipient, a link or markup; what we wrote reads well in both parts."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.outreach import scene
from tests.tries import tries
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.message import Message, one_line
from winnow.outreach import letter, outbox, programmes

pytestmark = pytest.mark.django_db

HOSTILE = [
    "Ann\r\nBcc: everybody@mill.example",
    "Ann\nTo: everybody@mill.example",
    "Ann\rX: y",
    "Ann\0",
    "Ann\x0bBcc: x@mill.example",
    "Ann\u2028Bcc: x@mill.example",
    "Ann\x85Bcc: x@mill.example",
    "=?utf-8?q?Ann=0D=0ABcc:_everybody=40mill.example?=",
    "=?utf-8?b?QW5uDQpCY2M6IHhAbWlsbC5leGFtcGxl?=",
]


def write(**more):
    given = {"kind": "service", "address": "ann@mill.example", "subject": "Hello", "body": "Hello.", "at": now()} | more
    return Message.write(**given)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["subject", "address"])
def test_nothing_that_could_be_a_header_is_written_down_for_sending(name, text):
    with pytest.raises(Refusal, match=r"line break|encoded word"):
        write(**{name: text})
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["subject", "address", "message_id"])
def test_and_what_got_into_the_table_by_another_way_fails_and_reaches_nobody(sink, name, text):
    if "\0" in text:
        pytest.skip("the database itself refuses a NUL")
    message = write()
    Message.objects.filter(pk=message.pk).update(**{name: text})
    outbox.send_due()
    message.refresh_from_db()
    assert message.state in ("failed", "cancelled", "suppressed")
    assert (sink.mails, sink.recipients) == ([], [])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_sender_in_the_settings_reaches_nobody(sink, settings, text):
    settings.DEFAULT_FROM_EMAIL = f'"{text}" <hello@halm.example>'
    message = write()
    outbox.send_due()
    message.refresh_from_db()
    assert sink.mails == [] or (sink.mails[0]["Bcc"], len(sink.recipients)) == (None, 1)


LINKS = ["https://evil.example", "evil.example/x", "<b>Ann</b>", "[x](https://evil.example)", "A" * 90]


@pytest.mark.parametrize("text", [*HOSTILE, *LINKS])
def test_a_hostile_first_name_is_as_good_as_none(sink, text):
    of = scene.programme(tips=0)
    scene.tip(of, 1, subject="For {first_name|you}", body="Hello {first_name},\n\nread this.")
    person = scene.prospect()
    person.first_name = text.replace("\0", "")
    person.save()
    place = programmes.enrol(person, of)
    type(place).objects.filter(pk=place.pk).update(due_at=now())
    programmes.advance_due()
    outbox.send_due()
    (mail,) = sink.mails
    name = "Ann" if text == "Ann\0" else "you"
    assert mail["Subject"] == f"For {name}"
    assert scene.plain(mail).startswith("Hello Ann," if text == "Ann\0" else "Hello,")
    assert "evil.example" not in scene.rich(mail)
    assert sink.recipients == [person.email]


@pytest.mark.parametrize("name", ["Zoë", "Jean-Luc", "O'Brien", "李", "Мария", "Anna Maria", "D’Arcy"])
def test_real_names_are_used(name):
    person = scene.prospect()
    person.first_name = name
    assert letter.fill("Hello {first_name},", person) == f"Hello {name},"


def test_the_company_is_filled_in_when_it_is_one():
    ann = scene.prospect()
    assert letter.fill("At {company|your firm}", ann) == f"At {ann.account.name}"
    ann.account.name = "evil.example visit now"
    assert letter.fill("At {company|your firm}", ann) == "At your firm"
    ann.account.kind, ann.account.name = "solo", "Ann"
    assert letter.fill("At {company|your firm}", ann) == "At your firm"


def test_words_that_nothing_will_be_filled_in_for_are_named():
    assert letter.unknown_words("Hello {frist_name}, at {company|x}") == ["frist_name"]


def test_markup_in_a_text_is_text(sink):
    message = write(body="<script>alert(1)</script> & <b>you</b>\n\nsee https://halm.example/?a=1&b=2.")
    outbox.send_due()
    rich = scene.rich(sink.mails[0])
    assert "<script>" not in rich and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;you&lt;/b&gt;" in rich
    assert 'href="https://halm.example/?a=1&amp;b=2"' in rich
    assert scene.plain(sink.mails[0]).endswith("see https://halm.example/?a=1&b=2.\n")
    assert message.body.startswith("<script>")


def test_a_link_with_words_reads_well_in_both_parts(sink):
    write(body="Read [the paper on doors](https://halm.example/paper) first.")
    outbox.send_due()
    assert "Read the paper on doors: https://halm.example/paper first." in scene.plain(sink.mails[0])
    assert ">the paper on doors</a> first." in scene.rich(sink.mails[0])


def test_a_long_line_and_letters_of_any_script_arrive_whole(sink):
    body = "Grüße, 李, 🌾. " + "Very long line " * 400 + "\n.\n..dots\n"
    write(body=body, subject="Grüße an 李 🌾")
    outbox.send_due()
    (mail,) = sink.mails
    assert mail["Subject"] == "Grüße an 李 🌾"
    assert scene.plain(mail).strip() == body.strip()


@hypothesis_settings(max_examples=tries(60, 600), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=60))
def test_one_line_lets_through_only_what_stays_one_header(text):
    try:
        kept = one_line(text, "subject")
    except Refusal:
        return
    assert len(kept.splitlines()) <= 1
    assert "\0" not in kept
