"""The whole way in a real browser: agree, qualify, hand off, accept, win; and what happens where nobody signed."""

import re

import pytest
from playwright.sync_api import expect

from tests.web import people
from tests.web.accessibility import assert_accessible
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.lead import Handoff, Lead, Touch
from winnow.leads.opportunity import Opportunity

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a loaded machine answers late, and late is not wrong


def log_in(page, user):
    page.goto("/login/")
    page.get_by_label("Mail address").fill(user.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"(?<!login/)$"))


def log_out(page):
    page.get_by_role("button", name=re.compile("your menu")).click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/")


def press(page, key):
    """A key of the page, once its scripts are there."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def toast(page, words):
    expect(page.locator("#toasts")).to_contain_text(words)


def ann():
    """One answer short: everything is known but the budget."""
    one = people.eager(people.fit(people.person()))
    return people.answers(one, need="yes", authority="yes", timing="partly")


def test_two_sides_agree_somebody_qualifies_and_a_rep_wins(page):
    carol, rolf, sam = people.carol(), people.rolf(), people.sam()
    person = ann()

    log_in(page, carol)
    page.get_by_role("link", name="No definition in force").first.click()
    page.get_by_role("link", name="Write the first draft").click()
    page.get_by_label("Score asked for").fill("55")
    page.get_by_role("button", name="Check and show what changes").click()
    expect(page.get_by_text("A score of at least 55.")).to_be_visible()
    page.get_by_role("button", name="Keep as draft 1").click()
    toast(page, "Draft 1 is kept.")
    page.get_by_role("button", name="Sign as Carol").click()
    toast(page, "You signed draft 1 for marketing; the other side is asked now.")
    log_out(page)

    log_in(page, rolf)
    page.goto("/definition/")
    page.get_by_role("button", name="Sign as Rolf").click()
    toast(page, "Definition 1 is in force since")
    assert Definition.in_force().policy.asked_score == 55_000
    log_out(page)

    log_in(page, carol)
    page.goto(f"/qualify/{person.pk}/")
    expect(page.get_by_role("heading", name="Not ready: one clause is unmet")).to_be_visible()
    assert_accessible(page)
    press(page, "q")  # blocked, and says why
    toast(page, "needs budget")
    press(page, "b")
    page.get_by_role("radio", name="partly").check()
    page.get_by_label("In their words").fill("There is a line for it this year.")
    page.get_by_role("button", name="Record the answer").click()
    toast(page, "Budget of Ann Ahlgren is partly.")
    expect(page.get_by_role("heading", name="Ready: the whole definition is met")).to_be_visible()
    expect(page.locator(".said", has_text="There is a line for it this year.").first).to_be_visible()
    press(page, "q")
    page.get_by_role("radio").first.check()
    page.locator("#act").get_by_role("button", name="Hand off").click()
    toast(page, "Ann Ahlgren is with Sam, who answers by")
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

    lead, deal = Lead.objects.get(), Opportunity.objects.get()
    assert lead.definition == Definition.in_force()
    assert (deal.outcome, deal.amount_cents, deal.owner) == ("won", 3_800_000, sam)
    assert list(Cycle.objects.filter(person=person).values_list("stage", flat=True)) == ["won"]
    assert Touch.objects.filter(rep=sam).exclude(done_at=None).count() == 1


def test_without_a_signed_definition_the_same_way_ends_with_the_reason(page):
    people.signed()
    lead, rolf = people.lead(), people.rolf()
    people.sam()
    person = ann_of_another_firm()

    log_in(page, rolf)
    page.goto("/definition/")
    page.get_by_text("Withdraw it").click()
    page.get_by_role("button", name="Withdraw definition 1").click()
    toast(page, "Definition 1 is withdrawn. None is in force now.")
    log_out(page)

    log_in(page, people.carol())
    page.goto(f"/qualify/{person.pk}/")
    expect(page.get_by_role("heading", name="Nothing can be judged: no definition is in force")).to_be_visible()
    press(page, "b")
    page.get_by_role("radio", name="yes").check()
    page.get_by_role("button", name="Record the answer").click()
    toast(page, "Budget of Bob Ahlgren is yes.")
    press(page, "q")
    toast(page, "needs a signed definition")

    page.goto("/handoffs/")
    expect(page.get_by_text("Nothing can be handed off: no lead definition is in force.")).to_be_visible()
    page.goto(f"/leads/{lead.pk}/handoff/")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Hand off").click()
    refusal = page.locator(".refusal")
    expect(refusal).to_contain_text("needs a lead definition signed by marketing and sales, and none is in force")
    expect(refusal).to_contain_text("There is no draft yet")
    assert not Handoff.objects.exists()
    assert Lead.objects.count() == 1


def ann_of_another_firm():
    one = people.eager(people.fit(people.person("Bob", "Gelati Baraldi")))
    return people.answers(one, need="yes", authority="yes", timing="partly")


def test_every_deciding_page_is_open_to_everybody_by_eye_ear_and_thumb(page):
    people.signed()
    lead = people.lead()
    people.lead("Cleo", "Owoce Polskie").hand_off(to=people.sam(), by=people.carol())
    person = ann_of_another_firm()
    handoff = Handoff.objects.get()
    Definition.draft({**people.STARTER, "name": "Ours"}, by=people.carol())
    places = {
        people.carol(): [
            "/qualify/", f"/qualify/{person.pk}/", f"/people/{person.pk}/", f"/people/{person.pk}/facts/",
            f"/people/{person.pk}/calls/", f"/people/{person.pk}/answers/", f"/people/{person.pk}/disposition/",
            f"/accounts/{person.account_id}/", "/people/", "/find/?q=an", "/handoffs/", f"/leads/{lead.pk}/",
            f"/leads/{lead.pk}/handoff/", "/definition/", "/definition/draft/", "/definition/draft/?text=1",
            "/definition/versions/", "/preferences/", "/users/",
        ],
        people.sam(): ["/handoffs/", f"/handoffs/{handoff.pk}/response/", "/handoffs/history/", "/people/"],
        people.user("Ada", "admin"): ["/users/", f"/users/{people.sam().pk}/", "/keys/", "/audit/"],
    }  # fmt: skip
    troubles = []
    for user, addresses in places.items():
        log_in(page, user)
        for address in addresses:
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 844})
                page.goto(address)
                try:
                    assert_accessible(page)
                except AssertionError as trouble:
                    troubles.append(f"{width}: {trouble}")
        page.set_viewport_size({"width": 1440, "height": 844})
        page.goto("/preferences/")
        log_out(page)
    page.goto("/login/")
    assert_accessible(page)
    assert not troubles, "\n\n".join(troubles)
