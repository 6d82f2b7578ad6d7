"""The pages of calls and events in a real browser: worked by keys, readable on a desk, a tablet and a phone."""

import pytest
from playwright.sync_api import expect

from tests.web import people
from tests.web.accessibility import assert_accessible
from tests.web.hands import press
from winnow.leads.asking import read_questions
from winnow.leads.event import BoothDevice, Event
from winnow.leads.interview import CallScript, Interview
from winnow.web.calls import SCRIPT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.bars]


def test_a_talk_is_led_by_keys_and_every_page_is_accessible(page, client, live_server):
    people.signed()
    client.force_login(people.carol())
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    ann, at = people.person(), people.now()
    made = CallScript.objects.create(
        name="First call", text=SCRIPT, questions=read_questions(SCRIPT, branches=True)[0], created_at=at,
        changed_at=at, opening="Good morning.",
    )
    event = Event.objects.create(code="fair", name="Fair", starts_on=at.date(), ends_on=at.date(), created_at=at)
    BoothDevice.allow(event, "Tablet", by=people.carol())
    page.goto(f"/people/{ann.pk}/")
    press(page, "s")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Good morning.")).to_be_visible()
    press(page, "1")
    expect(page.get_by_role("group", name="When should it be solved?")).to_be_visible()
    press(page, "Backspace")
    expect(page.get_by_role("button", name="They have a problem now")).to_have_attribute("aria-pressed", "true")
    press(page, "2")
    page.get_by_label("In their words").fill("Before Easter.")
    page.get_by_role("button", name="This quarter").click()
    talk = Interview.objects.get()
    places = [
        f"/interviews/{talk.pk}/", f"/people/{ann.pk}/phone/", f"/people/{ann.pk}/", "/calls/?q=Ann", "/calls/scripts/",
        f"/calls/scripts/{made.pk}/", "/attract/events/", f"/attract/events/{event.pk}/", "/booth/",
    ]
    for width, height in ((1440, 900), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for place in places:
            page.goto(place)
            assert_accessible(page)
    page.goto(places[0])
    press(page, "h")
    expect(page.locator("#toasts")).to_contain_text("it goes on where it stopped")
    assert talk.person.answers.filter(withdrawn_at=None).count() == 2
