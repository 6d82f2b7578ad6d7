"""The whole way in a real browser: from the form that a visitor fills in to the won amount under its source; and what
happens to the same person where nobody signed a definition.
"""


import pytest
import time_machine
from playwright.sync_api import expect

from tests.web import people
from tests.web.accessibility import assert_accessible
from tests.web.hands import (
    browser_of_a_person,
    cell,
    coming_tuesday,
    log_in,
    log_out,
    press,
    toast,
    worker_goes_round,
)
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.inquiry import Inquiry
from winnow.leads.lead import Handoff, Lead, Touch
from winnow.leads.opportunity import Opportunity

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a loaded machine answers late, and late is not wrong

QUESTIONS = (
    ("first_name", "First name", "", False),
    ("company", "Company", "", True),
    ("industry", "Your industry", "Logistics = logistics\nSoftware = software", False),
    ("employees", "How many are you?", "", False),
    ("country", "Country", "", False),
    ("answers.need", "Do your loggers fail?", "Yes, and it costs us = yes\nNo, I am only looking = no", True),
    ("message", "Your question", "", False),
)
ASKED = "Our loggers fail in the cold store. What would you put in?"


@pytest.fixture
def clock():
    with time_machine.travel(coming_tuesday(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def visitor(chromium, live_server):
    """The window of somebody who has never been here."""
    context = browser_of_a_person(chromium, base_url=live_server.url)
    yield context.new_page()
    context.close()


def two_sides_agree(page):
    """Carol drafts with a lower score and signs, Rolf signs: definition 1 is in force."""
    log_in(page, people.carol())
    page.get_by_role("link", name="No definition in force").first.click()
    page.get_by_role("link", name="Write the first draft").click()
    page.get_by_label("Score asked for").fill("25")
    page.get_by_role("button", name="Check and show what changes").click()
    expect(page.get_by_text("A score of at least 25.").first).to_be_visible()
    page.get_by_role("button", name="Keep as draft 1").click()
    toast(page, "Draft 1 is kept.")
    page.get_by_role("button", name="Sign as Carol").click()
    toast(page, "You signed draft 1 for marketing; the other side is asked now.")
    log_out(page)

    log_in(page, people.rolf())
    page.goto("/definition/")
    page.get_by_role("button", name="Sign as Rolf").click()
    toast(page, "Definition 1 is in force since")
    assert Definition.in_force().policy.asked_score == 25_000
    log_out(page)


def make_a_form(page):
    """Carol builds the form that the almanac's readers fill in, question by question."""
    page.goto("/capture/forms/")
    page.get_by_role("link", name="Make a form").click()
    page.get_by_label("Title", exact=True).fill("Loggers for the cold")
    page.get_by_label("Address", exact=True).fill("loggers")
    for number, (about, label, choices, required) in enumerate(QUESTIONS, start=2):  # last name and e-mail stand there
        page.get_by_role("button", name="Add a question").click()
        asked = page.locator(f"#q{number}")
        expect(asked.get_by_label("What is asked")).to_be_focused()
        asked.get_by_label("What is asked").fill(label)
        asked.get_by_label("Fills in").select_option(about)
        if choices:
            asked.get_by_text("Choices and help").click()
            asked.get_by_label("Choices").fill(choices)
        asked.get_by_label("Has to be answered").set_checked(required)
    page.get_by_role("button", name="Move question 3 up").click()  # the first name before the e-mail address
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("Yes, and it costs us")).to_be_visible()
    assert page.locator("legend", has_text="First name").first.inner_text().startswith("2.")
    assert_accessible(page)
    page.get_by_role("button", name="Make the form").click()
    toast(page, "“Loggers for the cold” stands at /f/loggers/ now.")
    expect(page.get_by_text("data-form")).to_be_visible()


def fill_the_form(visitor, clock, *, first="Ann", email="ann@nordkap.example", company="Nordkap Seafood"):
    """Somebody comes from the almanac, fills the form in and sends it; the worker makes an inquiry of it."""
    visitor.goto("/f/loggers/?utm_source=almanac&utm_campaign=winter")
    visitor.get_by_label("First name").fill(first)
    visitor.get_by_label("Last name").fill("Ahlgren")
    visitor.get_by_label("E-mail address").fill(f"{email.partition('@')[0]}@nordkap")
    visitor.get_by_label("Company").fill(company)
    visitor.get_by_label("Logistics").check()
    visitor.get_by_label("How many are you?").fill("640")
    visitor.get_by_label("Country").fill("Denmark")
    visitor.get_by_label("Yes, and it costs us").check()
    visitor.get_by_label("Your question").fill(ASKED)
    clock.shift(20)  # seconds; who is done at once is no person
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("It should have a period")).to_be_visible()
    expect(visitor.get_by_label("Your question")).to_have_value(ASKED)
    visitor.get_by_label("E-mail address").fill(email)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
    worker_goes_round()


def test_from_the_form_to_the_won_amount_under_its_source(page, visitor, clock):
    carol, sam = people.carol(), people.sam()
    two_sides_agree(page)
    log_in(page, carol)
    make_a_form(page)
    fill_the_form(visitor, clock)
    (inquiry,) = Inquiry.objects.all()
    ann = inquiry.person
    assert (inquiry.source, inquiry.campaign.name, inquiry.valid) == ("almanac", "winter", True)

    # BANTFO, answered at the bench
    page.get_by_role("navigation", name="Process").get_by_role("link", name="Qualify").click()
    expect(page.get_by_role("heading", name="Ann Ahlgren")).to_be_visible()
    expect(page.locator(".said", has_text=ASKED).first).to_be_visible()
    expect(page.get_by_role("heading", name="Not ready:")).to_be_visible()
    assert_accessible(page)
    press(page, "q")  # blocked, and says why
    toast(page, "needs")
    press(page, "c")
    page.get_by_role("radio", name="We spoke").check()
    page.get_by_label("Minutes").fill("12")
    page.get_by_label("Authority", exact=True).select_option("yes")
    page.get_by_label("Authority, in their words").fill("I sign up to fifty thousand.")
    page.get_by_label("Timing", exact=True).select_option("partly")
    page.get_by_role("button", name="Log the call").click()
    toast(page, "The call with Ann Ahlgren is logged: we spoke, 2 answers learned.")
    expect(page.get_by_role("heading", name="Not ready: one clause is unmet")).to_be_visible()
    press(page, "b")
    page.get_by_role("radio", name="partly").check()
    page.get_by_label("In their words").fill("There is a line for it this year.")
    page.get_by_role("button", name="Record the answer").click()
    toast(page, "Budget of Ann Ahlgren is partly.")
    expect(page.get_by_role("heading", name="Ready: the whole definition is met")).to_be_visible()
    expect(page.locator(".said", has_text="There is a line for it this year.").first).to_be_visible()

    # handed off, accepted, touched, opened, won
    press(page, "q")
    page.get_by_role("radio").first.check()
    page.locator("#act").get_by_role("button", name="Hand off").click()
    toast(page, "Ann Ahlgren is with Sam, who answers by 11:")
    log_out(page)

    log_in(page, sam)
    expect(page.get_by_role("heading", level=1)).to_contain_text("One person waits for your answer.")
    assert_accessible(page)
    press(page, "a")
    answer = page.locator(f"#handoff-{Handoff.objects.get().pk}-response")
    expect(answer).to_contain_text("The first touch is due")
    answer.get_by_role("link", name="Begin with Ann Ahlgren").click()
    press(page, "t")
    page.get_by_role("radio", name="We spoke").check()
    page.get_by_label("Reason for the next contact").fill("Show the night shift’s alarms")
    page.get_by_role("button", name="Log the touch").click()
    toast(page, "is logged.")
    expect(page.get_by_text("Show the night shift’s alarms")).to_be_visible()
    press(page, "o")
    page.get_by_label("Amount").fill("about 40k")
    page.get_by_role("button", name="Open the opportunity").click()
    expect(page.get_by_text("“about 40k”: That is no amount.")).to_be_visible()
    page.get_by_label("Amount").fill("38,000")
    page.get_by_role("button", name="Open the opportunity").click()
    toast(page, "Ann Ahlgren is an opportunity of €38,000.")
    assert_accessible(page)
    press(page, "w")
    page.get_by_role("radio", name="Won").check()
    page.get_by_role("button", name="Close the opportunity").click()
    toast(page, "Won: Nordkap Seafood.")
    expect(page.get_by_role("heading", name="Closed: won")).to_be_visible()
    log_out(page)

    lead, deal = Lead.objects.get(), Opportunity.objects.get()
    assert lead.definition == Definition.in_force()
    assert (deal.outcome, deal.amount_cents, deal.owner, deal.inquiry) == ("won", 3_800_000, sam, inquiry)
    assert list(Cycle.objects.filter(person=ann).values_list("stage", flat=True)) == ["won"]
    assert Touch.objects.filter(rep=sam).exclude(done_at=None).count() == 1

    # the funnel shows it under its source, and each number opens her
    worker_goes_round()
    log_in(page, carol)
    page.get_by_role("navigation", name="Process").get_by_role("link", name="Measure").click()
    page.get_by_role("link", name="By source and more").click()
    for name in ("Inquiries", "Leads", "Handed off", "Accepted", "Opportunities", "Won"):
        expect(cell(page, "almanac", name)).to_have_text("1")
    expect(cell(page, "almanac", "Revenue")).to_have_text("€38,000")
    assert_accessible(page)
    for name, title in (("Handed off", "Handed off: 1"), ("Won", "Won: 1")):
        cell(page, "almanac", name).get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        who = page.locator("tbody tr")
        expect(who).to_have_count(1)
        expect(who).to_contain_text("almanac")
        expect(who.get_by_role("link", name="Ann Ahlgren")).to_have_attribute("href", f"/people/{ann.pk}/")
        page.go_back()


def test_without_a_signed_definition_the_same_way_ends_with_the_reason(page, visitor, clock):
    carol, rolf = people.carol(), people.rolf()
    people.sam()
    log_in(page, carol)
    make_a_form(page)
    fill_the_form(visitor, clock)
    ann = Inquiry.objects.get().person

    # nobody signed: all is kept, nothing is judged, nothing can be handed off
    page.goto("/qualify/")
    expect(page.get_by_role("heading", name="Nothing can be judged: no definition is in force")).to_be_visible()
    for item, level in (("Budget", "partly"), ("Authority", "yes"), ("Timing", "yes")):
        press(page, "b")
        page.get_by_label("About").select_option(label=item)
        page.get_by_role("radio", name=level).check()
        page.get_by_role("button", name="Record the answer").click()
        toast(page, f"{item} of Ann Ahlgren is {level}.")
    press(page, "c")
    page.get_by_role("radio", name="We spoke").check()
    page.get_by_role("button", name="Log the call").click()
    toast(page, "The call with Ann Ahlgren is logged")
    press(page, "q")
    toast(page, "needs a signed definition")
    worker_goes_round()
    page.goto("/handoffs/")
    expect(page.get_by_text("Nothing can be handed off: no lead definition is in force.")).to_be_visible()
    expect(page.get_by_role("button", name="Hand off")).to_have_count(0)
    expect(page.get_by_role("link", name="Hand off", exact=True)).to_have_count(1)  # the one of the process
    assert not Lead.objects.exists()
    log_out(page)

    # signed: what was said counts, and she is a lead; withdrawn again, and the handoff is refused with the reason
    two_sides_agree(page)
    worker_goes_round()
    lead = Lead.objects.get(person=ann)
    log_in(page, carol)
    page.goto("/handoffs/")
    expect(page.get_by_role("link", name="Ann Ahlgren")).to_be_visible()
    page.goto(f"/leads/{lead.pk}/handoff/")
    page.get_by_role("radio").first.check()
    log_in(visitor, rolf)  # another window: he withdraws it while she looks at the form
    visitor.goto("/definition/")
    visitor.get_by_text("Withdraw it").click()
    visitor.get_by_role("button", name="Withdraw definition 1").click()
    toast(visitor, "Definition 1 is withdrawn. None is in force now.")
    page.get_by_role("button", name="Hand off").click()
    refusal = page.locator(".refusal")
    expect(refusal).to_contain_text(
        "Handing off Ann Ahlgren needs a lead definition signed by marketing and sales, and none is in force"
    )
    expect(refusal).to_contain_text("There is no draft yet")
    assert_accessible(page)
    assert not Handoff.objects.exists()
    assert list(Cycle.objects.filter(person=ann).values_list("stage", flat=True)) == ["ready"]
