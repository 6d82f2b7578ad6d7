"""The second story in a real browser: not ready, nurtured by real mail, answered, hot, handed over, rejected, recycled;
in cycle 2 nurtured on, hot again, handed over, and closed by the weekly review.
"""

import urllib.request
from email.message import EmailMessage

import pytest
import time_machine
from playwright.sync_api import expect

from tests.outreach import scene
from tests.web import people
from tests.web.accessibility import assert_accessible
from tests.web.hands import (
    browser_of_a_person,
    cell,
    coming_tuesday,
    log_in,
    log_out,
    press,
    row,
    toast,
    worker_goes_round,
)
from winnow.leads.cycle import Cycle
from winnow.leads.inquiry import Inquiry
from winnow.leads.lead import Handoff, Lead
from winnow.leads.meeting import Review
from winnow.leads.message import Enrolment, Message
from winnow.outreach import programmes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)

MINUTES, HOURS, DAYS = 60, 3600, 86_400
BOB = "bob@baraldi.example"
RULES = {**people.STARTER, "score": {**people.STARTER["score"], "asked": 20}, "lead": {"grade": "D"}}
"""A definition that two inquiries and an answered mail suffice for, when the answers are there."""


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(programmes, "_last_run", {})
    with time_machine.travel(coming_tuesday(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def relay(settings):
    """A mail relay on loopback, and what it took."""
    kept = scene.Sink()
    with scene.Relay(kept) as running:
        scene.configure(settings, running.port)
        yield kept


@pytest.fixture
def visitor(chromium, live_server):
    """The window of somebody who has never been here."""
    context = browser_of_a_person(chromium, base_url=live_server.url)
    yield context.new_page()
    context.close()


def time_passes(clock, seconds):
    """So much later, the worker has done what fell due."""
    clock.shift(seconds)
    programmes._last_run.clear()  # its slower duties go by another clock
    worker_goes_round()


def a_key_for_the_mailbox(page):
    """Ada makes the key by which the mailbox hands on what it gets; its text is shown once."""
    log_in(page, people.user("Ada", "admin"))
    page.goto("/keys/")
    page.get_by_label("What the key is for").fill("the mailbox")
    page.get_by_label("Role").select_option("marketing")
    page.get_by_role("button", name="Issue the key").click()
    text = page.locator("#key-text").inner_text()
    log_out(page)
    return text


def answer(live_server, key, mail, words):
    """Bob answers a mail that he got, and the mailbox hands his mail on as it came."""
    letter = EmailMessage()
    letter["From"], letter["To"] = f"Bob Baraldi <{mail['To']}>", mail["From"]
    letter["Subject"], letter["In-Reply-To"] = f"Re: {mail['Subject']}", mail["Message-ID"]
    letter.set_content(f"{words}\n\nBob\n\nOn Tuesday Halm Works wrote:\n> Hello Bob,\n")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "message/rfc822"}
    request = urllib.request.Request(f"{live_server.url}/api/v1/mail", letter.as_bytes(), headers)
    with urllib.request.urlopen(request) as taken:
        assert taken.status == 201


def record(page, item, level, words=""):
    """An answer of BANTFO, typed on the page of the person."""
    press(page, "b")
    page.get_by_label("About").select_option(label=item)
    page.get_by_role("radio", name=level).check()
    page.get_by_label("In their words").fill(words)
    page.get_by_label("Heard").select_option("mail")
    page.get_by_role("button", name="Record the answer").click()
    toast(page, f"{item} of Bob Baraldi is {level}.")


def hand_off(page, rep):
    expect(page.get_by_role("heading", name="Ready: the whole definition is met")).to_be_visible()
    press(page, "q")
    page.get_by_role("radio", name=rep).check()
    page.locator("#act").get_by_role("button", name="Hand off").click()
    toast(page, f"Bob Baraldi is with {rep}, who answers by")


def test_from_not_ready_by_mail_to_hot_and_from_a_rejection_to_the_review(page, visitor, clock, relay, live_server):
    people.signed(RULES)
    carol, sam, rolf = people.carol(), people.sam(), people.rolf()
    key = a_key_for_the_mailbox(page)

    # a visitor who is not ready
    visitor.goto("/f/contact/?utm_source=fair")
    visitor.get_by_label("First name").fill("Bob")
    visitor.get_by_label("Last name").fill("Baraldi")
    visitor.get_by_label("E-mail address").fill(BOB)
    visitor.get_by_label("Company").fill("Gelati Baraldi")
    visitor.get_by_label("Your question").fill("I am only looking around.")
    visitor.get_by_label("You may send me short, helpful mails").check()
    clock.shift(20)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
    worker_goes_round()
    bob = Inquiry.objects.get().person

    # nurtured: the programme and its mails are made here, the bench sends him there
    log_in(page, carol)
    page.goto("/nurture/")
    press(page, "n")
    page.get_by_label("Name").fill("Cold chain letters")
    page.get_by_label("Takes in by itself").check()
    page.get_by_role("button", name="Begin it").click()
    for number, subject in ((1, "What a warm door costs"), (2, "Three ways to log the cold")):
        press(page, "w") if number > 1 else page.get_by_role("link", name="Write the first").click()
        page.get_by_label("Subject").fill(subject)
        page.get_by_label("Text").fill(f"Hello {{first_name|there}},\n\nletter {number} for {{company|your firm}}.")
        page.get_by_role("button", name="Add it and see how it looks").click()
        expect(page.get_by_role("heading", name=subject)).to_be_visible()
        page.get_by_role("link", name="Cold chain letters").click()
    page.goto(f"/qualify/{bob.pk}/")
    expect(page.get_by_role("heading", name="Not ready:")).to_be_visible()
    press(page, "n")
    toast(page, "Bob Baraldi is nurtured from now on.")
    assert_accessible(page)
    time_passes(clock, 1 * MINUTES)
    assert not relay.mails  # not before somebody could take it back
    time_passes(clock, 16 * MINUTES)
    (first,) = relay.to(BOB)
    assert first["Subject"] == "What a warm door costs" and first["From"].endswith("<hello@halm.example>")
    assert scene.plain(first).startswith("Hello Bob,\n\nletter 1 for Gelati Baraldi.")
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["List-Unsubscribe"].startswith("<https://winnow.example/u/")
    time_passes(clock, 1 * DAYS)
    assert len(relay.mails) == 1  # a mail every fourteen days, whatever the worker does

    # he answers: the programme stops, what he wrote stands in his story, and the answers make him hot
    answer(live_server, key, first, "We lose a pallet a week. I decide; the money is there.")
    worker_goes_round()
    page.goto("/nurture/")
    page.get_by_role("link", name="Cold chain letters").click()
    expect(row(page, "Bob Baraldi")).to_contain_text("they replied")
    expect(page.locator("#inside")).to_contain_text("Nobody is in it")
    row(page, "Bob Baraldi").get_by_role("link", name="Bob Baraldi").click()
    expect(page.locator(".said", has_text="We lose a pallet a week.")).to_be_visible()
    expect(page.get_by_text("Answered our mail “What a warm door costs”")).to_be_visible()
    assert_accessible(page)
    record(page, "Need", "yes", "We lose a pallet a week.")
    record(page, "Budget", "partly", "The money is there.")
    record(page, "Authority", "yes")
    hand_off(page, "Sam")
    log_out(page)

    # rejected by sales with a reason of the definition: recycled, cycle 2
    log_in(page, sam)
    press(page, "r")
    page.get_by_label("Reason").select_option(label="There is no budget after all")
    page.get_by_label("What should be different next time?").fill("Their year begins in January.")
    page.get_by_role("button", name="Reject with this reason").click()
    expect(page.get_by_text("Gelati Baraldi goes back with what is to be fixed.")).to_be_visible()
    log_out(page)
    log_in(page, carol)
    page.goto(f"/people/{bob.pk}/")
    expect(page.get_by_text("cycle 2, nurturing")).to_be_visible()
    expect(page.get_by_text("There is no budget after all").first).to_be_visible()
    expect(row(page, "Recycled")).to_contain_text("1")
    expect(page.get_by_role("heading", name="Not ready:")).to_be_visible()
    assert_accessible(page)
    assert list(Cycle.objects.filter(person=bob).order_by("number").values_list("number", "stage")) == [
        (1, "recycled"), (2, "nurturing")
    ]  # fmt: skip

    # cycle 2: the same programme goes on where it stood; nobody gets a mail twice
    time_passes(clock, 1 * MINUTES)
    assert Enrolment.objects.get(stopped_at=None).cycle.number == 2
    time_passes(clock, 13 * DAYS)
    _, second = relay.to(BOB)
    assert second["Subject"] == "Three ways to log the cold"
    assert Message.objects.filter(state="sent").count() == len(relay.mails) == 2
    answer(live_server, key, second, "The board has said yes: fifty thousand from January.")
    worker_goes_round()
    page.reload()
    expect(page.locator(".said", has_text="The board has said yes")).to_be_visible()
    record(page, "Budget", "yes", "Fifty thousand from January.")
    hand_off(page, "Sam")
    log_out(page)
    assert list(Handoff.objects.order_by("pk").values_list("response", flat=True)) == ["rejected", ""]

    # the weekly review closes it, and its minutes stay
    time_passes(clock, 3 * HOURS)
    log_in(page, rolf)
    page.goto("/review/")
    expect(row(page, "Bob Baraldi")).to_contain_text("late")
    press(page, "s")
    expect(page.get_by_role("heading", name="Bob Baraldi")).to_be_visible()
    assert_accessible(page)
    press(page, "p")
    page.get_by_label("What is promised").fill("I answer within the hour from now on.")
    page.get_by_label("Until the end of").fill(f"{scene.now():%Y-%m-%d}")
    page.get_by_label("About this lead").uncheck()
    page.get_by_role("button", name="Promise").click()
    toast(page, "Sam promised that")
    press(page, "5")
    page.get_by_label("Reason").select_option(label="This firm is not one that we can serve")
    page.get_by_label("Note").fill("They make ice, we log fish.")
    page.get_by_role("button", name="Disqualify").click()
    toast(page, "Bob Baraldi: disqualified.")
    page.get_by_role("button", name="Close the review").click()
    expect(page.get_by_text("closed, nothing changes any more")).to_be_visible()
    assert_accessible(page)
    log_out(page)

    log_in(page, sam)
    page.goto("/review/minutes/")
    page.get_by_role("link", name="Rolf").click()
    expect(cell(page, "Bob Baraldi", "End")).to_have_text("disqualified")
    expect(cell(page, "Bob Baraldi", "Note")).to_have_text("They make ice, we log fish.")
    expect(page.get_by_text("I answer within the hour from now on.")).to_be_visible()
    expect(page.get_by_role("button", name="Close the review")).to_have_count(0)
    page.goto(f"/people/{bob.pk}/")
    expect(page.get_by_text("cycle 2, disqualified")).to_be_visible()
    assert Review.objects.get().closed_at is not None
    assert not Lead.objects.filter(closed_at=None).exists()
    time_passes(clock, 20 * DAYS)
    assert len(relay.mails) == 2  # whoever is out gets no more
    assert Review.objects.get().promises.get().broken_at is not None  # the worker says so, nobody had to look
    log_in(page, rolf)
    page.goto("/review/")
    expect(page.get_by_text("0 of 1 kept")).to_be_visible()
