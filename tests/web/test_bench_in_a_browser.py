"""The sorting bench by keys alone: one after the other, on one screen, also where something was a mistake."""

import re

import pytest
from playwright.sync_api import expect

from tests.web import people
from tests.web.hands import log_in, press, toast
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.doubt import Doubt
from winnow.leads.message import Programme
from winnow.leads.sortings import Sorting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def stage(person):
    return Cycle.last_of(person).stage


def test_one_after_the_other_is_sorted_without_the_mouse_and_a_mistake_is_taken_back(page):
    people.signed()
    plan = Programme.objects.create(code="a", name="Audit season", created_at=now(), consent="objection_only")
    ann = people.eager(people.fit(people.person("Ann")))
    bob, cleo = people.person("Bob", "Gelati Baraldi"), people.person("Cleo", "Owoce Polskie")
    twin = people.person("Bobby", "Gelati Baraldi", inquired=False)
    Doubt.objects.create(noun="person", low_id=bob.pk, high_id=twin.pk, probability=0.93, why="the same number",
                         found_at=now())  # fmt: skip
    log_in(page, people.carol())
    page.goto("/qualify/")
    heading = page.get_by_role("heading", level=1).last
    expect(heading).to_have_text("Ann Ahlgren")
    press(page, "?")
    for words in ("Nurture", "Programme", "Disqualify", "Merge", "Call now", "Explained", "Many at once", "Next, prev"):
        expect(page.locator("#keys dl")).to_contain_text(words)
    page.keyboard.press("Escape")
    press(page, "e")  # why, to the last point
    expect(page.get_by_role("heading", name="What would make it ready")).to_be_visible()
    page.wait_for_load_state()
    page.go_back()
    expect(heading).to_have_text("Ann Ahlgren")
    press(page, "p")  # into a programme of one's choice
    expect(page.get_by_role("radio", name="Audit season")).to_be_focused()
    page.keyboard.press("Enter")
    toast(page, "Ann Ahlgren is nurtured in Audit season.")
    assert (stage(ann), ann.enrolments.get().programme) == ("nurturing", plan)
    press(page, "z")  # a mistake
    toast(page, "The decision on Ann Ahlgren is taken back.")
    assert stage(ann) == "new" and ann.enrolments.get().stopped_at is not None
    press(page, "j")
    expect(heading).to_have_text(re.compile("Bob|Cleo"))
    page.goto(f"/qualify/{bob.pk}/")
    expect(page.get_by_text("may be the same as")).to_be_visible()
    press(page, "m")
    page.get_by_role("button", name="They are one person").click()
    expect(heading).to_have_text("Bob Ahlgren")  # back at the bench
    press(page, "x")
    page.get_by_label("Reason").select_option("competitor")
    page.get_by_role("button", name="Disqualify").last.click()
    toast(page, "Bob Ahlgren is disqualified: a competitor.")
    assert stage(bob) == "disqualified"
    press(page, "a")  # the rest at once
    expect(page.get_by_role("heading", name="Many at once")).to_be_visible()
    press(page, "a")
    expect(page.locator('input[name="person"]:checked')).not_to_have_count(0)
    press(page, "w")
    expect(page.locator(".foreseen")).to_contain_text("2 of 2 go: to nurture.")
    press(page, "Enter")
    toast(page, "2 people to nurture.")
    assert (stage(ann), stage(cleo)) == ("nurturing", "nurturing")
    press(page, "z")
    toast(page, "2 decisions are taken back.")
    assert (stage(ann), stage(cleo)) == ("new", "new")
    assert Sorting.objects.filter(undone_at=None).count() == 1
    page.set_viewport_size({"width": 390, "height": 844})
    for place in ("/qualify/", "/qualify/many/", "/qualify/matrix/", f"/people/{ann.pk}/explanation/"):
        page.goto(place)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, place
