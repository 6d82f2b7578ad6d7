"""The weekly review in a real browser: a meeting run by keys, accessible on a desk and on a phone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.review.scene import accepted, adrift, law, worth
from tests.web.accessibility import assert_accessible
from tests.web.people import rolf, sam
from winnow.leads.clock import now
from winnow.leads.models import Review
from winnow.review import meeting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@pytest.fixture
def room(page, live_server):
    """A running review of three leads of Sam's; the window is logged in as Rolf, who leads it."""
    law()
    start = now() - 9 * DAY
    adrift("Ann", to=sam(), at=start), worth("Bob", to=sam(), at=start), accepted("Cem", to=sam(), at=start)
    client = Client()
    client.force_login(rolf())
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return meeting.start(rolf())


def test_a_meeting_is_run_by_keys_to_its_minutes(room, page):
    page.goto(reverse("review-room", args=[room.pk]))
    name = page.inner_text("h1")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('h1').innerText !== before", arg=name)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => document.querySelector('h1').innerText === before", arg=name)
    page.keyboard.press("1")
    page.fill("[name=next_on]", (now() + 3 * DAY).date().isoformat())
    page.click("text=Date it")
    page.wait_for_function("before => document.querySelector('h1').innerText !== before", arg=name)
    for _ in range(2):
        at = page.url
        page.keyboard.press("0")
        page.click("text=Leave it for next week")
        page.wait_for_url(lambda url, at=at: url != at)
    assert "/review/" in page.url and "Close the review" in page.inner_text("main")
    page.click("main button.primary")
    page.wait_for_selector("text=nothing changes any more")
    review = Review.objects.get()
    assert review.closed_at is not None
    assert sorted(review.lines.values_list("outcome", flat=True)) == [
        "next_step",
        "not_covered",
        "not_covered",
    ]


@pytest.mark.bars
def test_the_time_on_a_lead_runs_stops_with_space_and_outlives_a_reload(room, page):
    page.goto(reverse("review-line", args=[room.lines.first().pk]))
    page.wait_for_function("() => document.querySelector('[data-spent]').innerText >= '0:02'")
    page.keyboard.press(" ")
    stopped = page.inner_text("[data-spent]")
    page.wait_for_timeout(1300)
    assert page.inner_text("[data-spent]") == stopped
    page.reload()
    assert page.inner_text("[data-spent]") >= stopped


@pytest.mark.bars
def test_p_opens_the_promise_and_it_stands_in_the_room(room, page):
    page.goto(reverse("review-line", args=[room.lines.first().pk]))
    page.keyboard.press("p")
    page.fill("[name=text]", "I call after the board")
    page.fill("[name=due_on]", (now() + 3 * DAY).date().isoformat())
    page.click(".promise-form button")
    page.wait_for_selector("text=Promised today")
    assert room.promises.get().cycle_id == room.lines.first().cycle_id


@pytest.mark.bars
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_are_accessible(room, page, width):
    page.set_viewport_size({"width": width, "height": 900})
    line = room.lines.first().pk
    for place in (
        reverse("review"), reverse("review-line", args=[line]), reverse("review-minutes", args=[room.pk]),
        reverse("review-line-ending", args=[line]) + "?ending=recycled", reverse("reviews"), reverse("hygiene"),
        reverse("review-attendance", args=[room.pk]), reverse("review-promises", args=[room.pk]),
    ):  # fmt: skip
        page.goto(place)
        assert_accessible(page)
