"""Two people agree on a definition, each at a browser of their own: what a draft would change, an objection, an edit
after the first signature, two who sign at once; and the page that sales reads aloud."""

import copy
import re

import pytest
from playwright.sync_api import expect

from tests.policy.test_aloud import largest
from tests.web import people
from tests.web.accessibility import WIDER, assert_accessible
from tests.web.hands import browser_of_a_person, log_in, toast
from winnow.leads.definition import Definition, Signature
from winnow.studies import backtesting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)
SCREENS = 2 * 900


@pytest.fixture
def desks(chromium, live_server):
    """Carol's window and Rolf's."""
    contexts = [browser_of_a_person(chromium, base_url=live_server.url, viewport={"width": 1440, "height": 900})
                for _ in range(2)]  # fmt: skip
    pages = [context.new_page() for context in contexts]
    for page, user in zip(pages, (people.carol(), people.rolf()), strict=True):
        log_in(page, user)
    yield pages
    for context in contexts:
        context.close()


def test_two_people_write_test_object_and_sign_and_never_sign_different_texts(desks, settings, tmp_path, monkeypatch):
    carol, rolf = desks
    settings.HOME = tmp_path
    monkeypatch.setattr(backtesting, "PROCESSES", 0)
    people.signed()
    lead = people.lead()

    # Carol asks for more, and sees at once who would drop out and what the clause says then
    carol.goto("/definition/")
    carol.get_by_role("link", name=re.compile("^Edit")).click()
    carol.get_by_label("Score asked for").fill("900")
    expect(carol.locator("#effect")).to_contain_text("1 of 1")
    expect(carol.locator("#effect").get_by_role("link", name=str(lead.person))).to_be_visible()
    expect(carol.locator("#says-lead")).to_contain_text("A score of at least 900.")
    expect(carol.locator("#effect-lead")).to_contain_text("This part alone: 1 ready now would drop out")
    carol.get_by_label("Score asked for").fill("61")
    carol.get_by_role("button", name="Add a role").press("Enter")
    expect(carol.get_by_label("Role", exact=True)).to_be_focused()
    carol.keyboard.type("decider")
    carol.locator("#rows-roles").get_by_label("executive").check()
    expect(carol.locator("#says-account")).to_contain_text("decider (executive)")
    expect(carol.get_by_label("Score asked for")).to_have_value("61")
    assert_accessible(carol)
    carol.get_by_role("button", name="Take away Roles of the buying group 1").press("Enter")
    expect(carol.locator("#says-account p")).to_have_count(0)
    expect(carol.locator("form.whole")).to_have_count(1)  # what the button asked for came into its own part

    # A scenario is put together line by line, and fails as long as the text says something else
    carol.get_by_role("button", name="Add a scenario").click()
    carol.locator("#rows-scenario").get_by_label("Name", exact=True).fill("A call is enough")
    carol.get_by_label("does what").select_option(label="talks with us on the telephone")
    carol.get_by_role("button", name="Put this line in").click()
    expect(carol.get_by_label("What happens, a line each")).to_have_value("0 ann called spoke")
    carol.get_by_label("is ready").check()
    expect(carol.locator("#effect .tried")).to_contain_text("A call is enough: Ann is not ready: the score is 15")
    carol.get_by_label("is ready").uncheck()
    expect(carol.locator("#effect .tried")).to_contain_text("holds")
    assert_accessible(carol, "#part-scenario")
    carol.get_by_role("button", name="Keep as draft 2").click()
    toast(carol, "Draft 2 is kept.")
    carol.get_by_role("button", name="Sign as Carol").click()
    toast(carol, "the other side is asked now")

    # Rolf objects; nobody signs before it is answered
    rolf.goto("/definition/")
    rolf.locator(".clause", has=rolf.locator("#say-4\\.1")).hover()
    rolf.get_by_label("Comment on or object to clause 4.1", exact=True).press("Enter")
    rolf.get_by_label("On clause 4.1", exact=True).fill("61 is a strange number")
    rolf.get_by_role("button", name="Object").locator("visible=true").click()
    toast(rolf, "Your objection to clause 4.1 stands.")
    expect(rolf.get_by_text("1 objection is open")).to_be_visible()
    assert_accessible(rolf)
    carol.reload()
    carol.get_by_placeholder("Answer to Rolf").fill("Then make it 65")
    carol.get_by_role("button", name="Answer").click()
    toast(carol, "The objection to clause 4.1 is answered.")

    # Rolf edits after Carol has signed: her signature doesn't count for it, and he is told so before
    rolf.goto("/definition/draft/")
    expect(rolf.get_by_text("Carol’s signature on draft 2 will not count for it; the signer is told.")).to_be_visible()
    rolf.get_by_label("Score asked for").fill("65")
    rolf.get_by_role("button", name="Keep as draft 3").click()
    toast(rolf, "Draft 3 is kept.")
    assert not Signature.objects.filter(definition__number=3).exists()

    # Both look at what it would have done with their history; the worker counts
    expect(rolf.get_by_role("heading", name="If draft 3 had been in force")).to_be_visible()
    rolf.goto("/definition/3/backtest/")
    rolf.get_by_role("button", name="Test it on the history").click()
    toast(rolf, "Version 3 is tested on the history now.")
    assert backtesting.run_waiting() == 1
    rolf.reload()
    expect(rolf.get_by_role("heading", name="Set against what really happened")).to_be_visible()
    assert_accessible(rolf)
    carol.goto("/definition/")
    expect(carol.get_by_role("link", name="The whole back-test")).to_be_visible()

    # Carol looks at draft 3 while Rolf writes draft 4: what she sees can't be signed any more
    carol.goto("/definition/")
    row = Definition.objects.get(number=3)
    Definition.draft({**row.document, "name": "Ours"}, by=people.rolf(), based_on=row)
    carol.get_by_role("button", name="Sign as Carol").click()
    expect(carol.get_by_text("Draft 3 was followed by draft 4; sign the newest text.")).to_be_visible()

    # Both sign what both see
    rolf.goto("/definition/")
    carol.goto("/definition/")
    rolf.get_by_role("button", name="Sign as Rolf").click()
    toast(rolf, "You signed draft 4 for sales")
    carol.get_by_role("button", name="Sign as Carol").click()
    toast(carol, "Definition 4 is in force since")
    assert {one.hash for one in Signature.objects.filter(definition__number=4)} == {Definition.in_force().hash}

    # What sales reads aloud, of the one in force and of the largest that makes sense
    rolf.get_by_role("button", name=re.compile("your menu")).click()
    rolf.get_by_role("link", name="What a lead is").click()
    expect(rolf.get_by_role("heading", name="What you are not handed, and why")).to_be_visible()
    assert_accessible(rolf)
    assert rolf.evaluate("document.documentElement.scrollHeight") <= SCREENS
    made = copy.deepcopy(largest())
    Definition.draft(made, by=people.carol())
    rolf.goto("/definition/5/for-sales/")
    assert rolf.evaluate("document.documentElement.scrollHeight") <= SCREENS
    rolf.set_viewport_size({"width": 390, "height": 844})
    for place in ("for-sales/", "draft/?from=4", "4/", "difference/?a=1&b=4"):
        rolf.goto(f"/definition/{place}")
        assert rolf.evaluate(WIDER) == [], place
