"""Every page on which something is decided, by the people of the stories: open to everybody by eye, ear and thumb."""

import pytest

from tests.web import people
from tests.web.accessibility import assert_accessible
from tests.web.hands import log_in, log_out
from winnow.leads.definition import Definition
from winnow.leads.lead import Handoff

pytestmark = [pytest.mark.bars, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_deciding_page_is_open_to_everybody_by_eye_ear_and_thumb(page):
    people.signed()
    lead = people.lead()
    people.lead("Cleo", "Owoce Polskie").hand_off(to=people.sam(), by=people.carol())
    bob = people.eager(people.fit(people.person("Bob", "Gelati Baraldi")))
    person = people.answers(bob, need="yes", authority="yes", timing="partly")
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
