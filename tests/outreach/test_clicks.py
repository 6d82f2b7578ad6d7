"""A click is a person's only when a second sign says so."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.outreach import scene
from winnow.leads.clock import now
from winnow.leads.mailbox import Click, MailLink, link_digest
from winnow.leads.record import recording
from winnow.outreach import clicks, outbox, replies
from winnow.policy import facts

pytestmark = pytest.mark.django_db

HOME, OFFICE = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "198.51.100.9"}
BODY = "Hello,\n\n[the paper](https://halm.example/paper) and https://halm.example/case?x=1&y=2\n"


@pytest.fixture
def mail(sink):
    """Ann's mail with two links; gives the message, the two secrets and the trap's."""
    of = scene.programme(tips=0)
    scene.tip(of, 1, body=BODY)
    message = scene.queued(of=of)
    outbox.send_due()
    return message, *scene.link_in(sink.mails[0], "c")


def clicked(message):
    """Each fact of a click: whether it was confirmed."""
    return list(message.person.facts.filter(kind="mail_clicked").order_by("id").values_list("flag", flat=True))


def test_a_link_leads_to_the_stored_page_and_to_no_other(mail):
    _, paper, case, _ = mail
    browser = Client()
    assert browser.get(f"/c/{paper}/")["Location"] == "https://halm.example/paper"
    assert browser.get(f"/c/{case}/?url=https://evil.example&next=//evil.example")["Location"] == (
        "https://halm.example/case?x=1&y=2"
    )
    assert browser.get("/c/https:%2F%2Fevil.example/").status_code == 404
    assert browser.get("/c/AAAAAAAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    assert browser.post(f"/c/{paper}/").status_code == 405


def test_only_the_hash_of_a_link_is_kept(mail):
    message, paper, *_ = mail
    assert MailLink.objects.get(digest=link_digest(paper)).message == message
    assert paper not in str(list(MailLink.objects.values()))
    assert len(paper) >= 22  # at least 128 bits in base 64


def test_one_click_is_a_fact_that_scores_nothing(mail):
    message, paper, *_ = mail
    Client().get(f"/c/{paper}/", **HOME)
    Client().get(f"/c/{paper}/", **HOME)
    assert clicked(message) == [False]


def test_a_second_click_from_elsewhere_a_minute_later_confirms_it(mail, tuesday):
    message, paper, *_ = mail
    Client().get(f"/c/{paper}/", **HOME)
    tuesday.shift(timedelta(seconds=61))
    Client().get(f"/c/{paper}/", **OFFICE)
    assert clicked(message) == [False, True]
    Client().get(f"/c/{paper}/", **OFFICE)
    assert clicked(message) == [False, True]


@pytest.mark.parametrize("seconds, second", [(12, OFFICE), (61, HOME)])
def test_a_second_click_too_soon_or_from_the_same_place_confirms_nothing(mail, tuesday, seconds, second):
    message, paper, *_ = mail
    Client().get(f"/c/{paper}/", **HOME)
    tuesday.shift(timedelta(seconds=seconds))
    Client().get(f"/c/{paper}/", **second)
    assert clicked(message) == [False]


def test_a_head_counts_for_nothing(mail, tuesday):
    message, paper, *_ = mail
    assert Client().head(f"/c/{paper}/", **HOME).status_code == 302
    tuesday.shift(timedelta(seconds=61))
    Client().head(f"/c/{paper}/", **OFFICE)
    assert clicked(message) == []
    assert set(Click.objects.values_list("machine", flat=True)) == {"head"}


def test_who_follows_the_trap_is_a_machine_before_and_after(mail, tuesday):
    message, paper, _, trap = mail
    Client().get(f"/c/{paper}/", **HOME)
    assert Client().get(f"/c/{trap}/", **HOME).status_code == 404
    tuesday.shift(timedelta(seconds=61))
    Client().get(f"/c/{paper}/", **HOME)
    Client().get(f"/c/{paper}/", **OFFICE)  # a person, for the first time
    assert clicked(message) == [False, False]
    assert Click.objects.filter(machine="").count() == 1


def test_following_every_link_within_seconds_is_no_reading(mail, tuesday):
    message, paper, case, _ = mail
    Client().get(f"/c/{paper}/", **HOME)
    Client().get(f"/c/{case}/", **HOME)
    tuesday.shift(timedelta(seconds=61))
    Client().get(f"/c/{paper}/", **OFFICE)
    assert True not in clicked(message)


def test_one_machine_at_the_mails_of_many_people_is_a_machine(sink):
    messages = [scene.queued(name) for name in ("Ann", "Bob", "Cleo", "Dan")]
    outbox.send_due()
    for number, sent in enumerate(sink.mails):
        Client().get(f"/c/{scene.link_in(sent, 'c')[0]}/", **HOME)
        machine = Click.objects.order_by("-id")[0].machine
        assert machine == ("" if number < 2 else "many people at once")
    assert len(messages) == 4


@pytest.mark.parametrize(
    "fact, confirms",
    [
        (lambda who: facts.PageSeen(person=who, page="pricing"), True),
        (lambda who: facts.ContentTaken(person=who, content="paper"), True),
        (lambda who: facts.Inquired(person=who), True),
        (lambda who: facts.MailReplied(person=who), True),
        (lambda who: facts.PageSeen(person=who, page="pricing", machine=True), False),
        (lambda who: facts.Called(person=who, result="spoke"), False),
    ],
)
def test_what_they_do_afterwards_confirms_it(mail, tuesday, fact, confirms):
    message, paper, *_ = mail
    Client().get(f"/c/{paper}/", **HOME)
    tuesday.shift(timedelta(minutes=1))
    clicks.confirm_clicks()
    assert clicked(message) == [False]
    with recording(message.person.account) as history:
        history.append(fact(message.person_id))
    clicks.confirm_clicks()
    clicks.confirm_clicks()
    assert clicked(message) == ([False, True] if confirms else [False])


def test_a_reply_confirms_the_click_at_once(mail):
    message, paper, *_ = mail
    Client().get(f"/c/{paper}/", **HOME)
    raw = f"From: {message.address}\r\nSubject: Re: x\r\nIn-Reply-To: {message.message_id}\r\n\r\nYes, call me.\r\n"
    replies.take_mail(raw.encode())
    assert clicked(message) == [False, True]


def test_the_mail_holds_no_picture_and_nothing_counts_opens(mail, sink):
    assert "<img" not in scene.rich(sink.mails[0])
    assert "url(" not in scene.rich(sink.mails[0])


def test_hits_without_end_are_not_kept(mail):
    message, paper, *_ = mail
    link = MailLink.objects.get(digest=link_digest(paper))
    Click.objects.bulk_create([
        Click(link=link, message=message, at=now(), method="GET", family="x") for _ in range(clicks.MOST_HITS)
    ])  # fmt: skip
    assert Client().get(f"/c/{paper}/", **HOME).status_code == 302
    assert Click.objects.count() == clicks.MOST_HITS
