"""The nurture pages in a real browser, by day on a desk and on a phone: readable by everybody, and they work."""

import pytest

from tests.outreach import scene
from tests.web import people
from tests.web.accessibility import assert_accessible
from tests.web.hands import press
from winnow.leads.message import Enrolment, Message
from winnow.outreach import outbox, programmes, replies

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def carol(page, client, live_server):
    """Carol at the page."""
    client.force_login(people.carol())
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return page


@pytest.mark.bars
def test_every_page_is_accessible_on_a_desk_and_on_a_phone(carol, sink):
    of = scene.programme(holdout_percent=20)
    for name in ("Ann", "Bob", "Cleo", "Dan", "Eve"):
        scene.enrolled(name, of=of)
    programmes.advance_due()
    outbox.send_due()
    message = Message.objects.filter(state="sent").first()
    held = scene.queued("Fay", of=scene.programme(person_checks=True))
    incoming = replies.take_mail(f"From: {message.address}\nSubject: Re: tips\n\nCall me.\n".encode())
    (secret,) = scene.link_in(sink.mails[0])
    places = [
        "/nurture/", f"/nurture/programmes/{of.pk}/", f"/nurture/programmes/{of.pk}/settings/",
        f"/nurture/tips/{message.tip_id}/", "/nurture/outbox/", "/nurture/outbox/?state=sent",
        f"/nurture/mails/{message.pk}/", f"/nurture/mails/{held.pk}/", "/nurture/incoming/",
        f"/nurture/incoming/{incoming.mail.pk}/", f"/nurture/suppressed/?address={message.address}",
        "/nurture/kept-out/", f"/u/{secret}/",
    ]  # fmt: skip
    for width, height in ((1440, 900), (390, 844)):
        carol.set_viewport_size({"width": width, "height": height})
        for place in places:
            carol.goto(place)
            assert_accessible(carol)


def test_a_late_mail_is_read_and_let_go_by_the_keys(carol, sink):
    message = scene.queued("Ann", of=scene.programme(person_checks=True))
    carol.goto("/nurture/")
    press(carol, "l")
    carol.wait_for_url("**/nurture/outbox/**")
    carol.get_by_role("link", name=message.subject).click()
    frame = carol.frame_locator("iframe")
    frame.get_by_text("Hello Ann,").wait_for()
    press(carol, "g")
    carol.get_by_text("The mail to Ann goes.").wait_for()
    outbox.send_due()
    assert [mail["To"] for mail in sink.mails] == [message.address]


def test_somebody_is_put_in_and_z_takes_it_back(carol):
    of, ann = scene.programme(), scene.prospect()
    carol.goto(f"/nurture/programmes/{of.pk}/")
    carol.get_by_label("Mail address or full name").fill(ann.email)
    carol.get_by_role("button", name="Put in").click()
    carol.get_by_text(f"Ann is in “{of}”.").wait_for()
    press(carol, "z")
    carol.get_by_text(f"Ann is out of “{of}”.").wait_for()
    assert Enrolment.objects.get().stop_reason == "by_hand"


def test_a_reader_unsubscribes_and_undoes_it(page, sink):
    message = scene.queued()
    outbox.send_due()
    (secret,) = scene.link_in(sink.mails[0])
    page.goto(f"/u/{secret}/")
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_role("heading", name="You are unsubscribed").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="You will keep getting these mails").wait_for()
    assert message.person.facts.filter(kind="withdrawn").count() == 1
