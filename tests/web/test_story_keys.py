"""The forms that open on a page: typed into at once, and what is typed decides about nobody."""

import pytest
from playwright.sync_api import expect

from tests.web import people
from tests.web.hands import log_in, press, toast
from winnow.leads.cycle import Cycle
from winnow.leads.lead import Handoff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.bars
def test_a_form_that_opens_takes_the_keys_and_one_that_comes_back_starts_at_what_is_wrong(page):
    people.signed()
    ann = people.person()
    log_in(page, people.carol())
    page.goto(f"/qualify/{ann.pk}/")
    press(page, "c")
    expect(page.get_by_role("radio", name="We spoke")).to_be_focused()
    page.keyboard.press("n")  # would nurture her
    page.keyboard.press("x")  # would open the disqualification
    expect(page.get_by_role("heading", name="Call Ann Ahlgren")).to_be_visible()
    page.get_by_label("Minutes").fill("-4")
    page.get_by_role("button", name="Log the call").click()
    expect(page.get_by_label("Minutes")).to_be_focused()
    page.keyboard.press("Escape")  # out of the field, what was typed stays
    expect(page.get_by_label("Minutes")).to_have_value("-4")
    page.keyboard.press("Escape")  # out of the form
    expect(page.get_by_role("heading", name="Call Ann Ahlgren")).to_have_count(0)
    assert Cycle.objects.get(person=ann).stage == "new"


@pytest.mark.bars
def test_a_blocked_button_says_why_once_and_no_message_covers_the_buttons_of_a_form(page):
    people.signed()
    ann = people.person()
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, people.carol())
    page.goto(f"/qualify/{ann.pk}/")
    press(page, "q")
    press(page, "q")
    refusal = page.locator("#toasts .toast")
    expect(refusal).to_have_count(1)
    expect(refusal).to_contain_text("needs")
    press(page, "b")
    expect(page.get_by_role("button", name="Record the answer")).to_be_visible()
    expect(refusal).to_have_count(0)
    page.get_by_role("radio", name="partly").check()
    page.get_by_role("button", name="Record the answer").click()
    expect(refusal).to_contain_text("Budget of Ann Ahlgren is partly.")
    press(page, "c")
    send = page.get_by_role("button", name="Log the call")
    send.scroll_into_view_if_needed()
    button, said = send.bounding_box(), refusal.bounding_box()
    assert said["y"] + said["height"] < button["y"]


@pytest.mark.bars
def test_a_rejection_that_is_typed_on_the_day_page_accepts_nobody(page):
    people.signed()
    people.lead().hand_off(to=people.sam(), by=people.carol())
    log_in(page, people.sam())
    press(page, "r")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    reason.evaluate("field => field.blur()")
    page.keyboard.press("a")  # would accept
    expect(reason).to_be_visible()
    assert Handoff.objects.get().response == ""


def test_the_day_follows_each_answer_without_a_reload_and_the_keys_go_on_to_the_next(page):
    people.signed()
    people.lead().hand_off(to=people.sam(), by=people.carol())
    people.lead("Bob", "Gelati Baraldi").hand_off(to=people.sam(), by=people.carol())
    log_in(page, people.sam())
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Two people wait for your answer.")
    press(page, "a")
    expect(heading).to_contain_text("One person waits for your answer.")
    expect(page.get_by_role("link", name="Begin with Ann Ahlgren")).to_be_visible()
    expect(page.locator(".htmx-settling, .htmx-added, .htmx-request")).to_have_count(0)  # no hand is that quick
    page.keyboard.press("r")
    page.get_by_label("Reason").select_option("no_budget")
    page.get_by_role("button", name="Reject with this reason").click()
    expect(heading).to_contain_text("Nobody waits for your answer.")
    expect(page.locator("#day-head")).to_contain_text("1 lead in your hands")
    assert list(Handoff.objects.order_by("pk").values_list("response", flat=True)) == ["accepted", "rejected"]


@pytest.mark.bars
def test_a_button_that_is_pressed_twice_in_haste_acts_once(page):
    people.signed()
    ann = people.person()
    log_in(page, people.carol())
    page.goto(f"/qualify/{ann.pk}/")
    press(page, "b")
    page.get_by_role("radio", name="partly").check()
    page.get_by_role("button", name="Record the answer").dblclick()
    toast(page, "Budget of Ann Ahlgren is partly.")
    press(page, "c")
    page.get_by_role("button", name="Log the call").dblclick()
    toast(page, "The call with Ann Ahlgren is logged")
    page.wait_for_load_state("networkidle")
    assert ann.answers.count() == 1
    assert ann.touches.count() == 1
