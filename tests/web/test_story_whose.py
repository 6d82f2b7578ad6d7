"""Whose a lead is along its way, and which contacts are those that sales promised."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.web import people
from winnow.leads import rights, sorting
from winnow.leads.clock import now
from winnow.leads.lead import Touch
from winnow.ops import worker

pytestmark = pytest.mark.django_db


def given(name="Ann", company="Nordkap Seafood", to=None):
    """A lead in sales' hands, not answered."""
    lead = people.lead(name, company)
    return lead, lead.hand_off(to=to or people.sam(), by=people.carol())


def owner(lead):
    lead.person.refresh_from_db()
    return lead.person.owner


def test_a_recall_takes_the_person_out_of_the_hands_of_the_rep():
    people.signed()
    lead, handoff = given()
    assert owner(lead) == people.sam()
    handoff.recall(by=people.carol())
    assert owner(lead) is None


def test_a_recall_gives_the_person_back_to_who_had_them_before():
    people.signed()
    lead = people.lead()
    lead.account.owner = people.sue()
    lead.account.save()
    lead.hand_off(to=people.sam(), by=people.carol()).recall(by=people.carol())
    assert owner(lead) == people.sue()
    lead, first = given("Bob", "Gelati Baraldi", to=people.sue())
    first.accept(by=people.sue())
    lead.recycle(reason="not_now", clause="timing", until=None, by=people.sue())
    people.answers(lead.person, at=now() + timedelta(minutes=2), timing="yes")
    again = lead.account.leads.get(closed_at=None)
    again.hand_off(to=people.sam(), by=people.carol())
    assert owner(again) == people.sam()
    again.handoffs.get().recall(by=people.carol())
    assert owner(again) == people.sue()


def test_an_opportunity_is_the_reps_who_has_the_lead_whoever_writes_it_down(client_of):
    people.signed()
    lead, handoff = given()
    handoff.accept(by=people.sam())
    client_of(people.rolf()).post(reverse("lead-opportunity", args=[lead.pk]), {"amount": "900", "currency": "EUR"})
    deal = lead.opportunities.get()
    assert deal.owner == people.sam() and rights.may(people.sam(), "work", deal)
    lead, handoff = given("Bob", "Gelati Baraldi")
    handoff.accept(by=people.sam())
    assert lead.open_opportunity(amount_cents=1, owner=people.sue(), by=people.rolf()).owner == people.sue()


def test_the_next_contact_stays_with_the_rep_when_the_head_of_sales_logs_one():
    people.signed()
    lead, handoff = given()
    handoff.accept(by=people.sam())
    Touch.log(lead.person, kind="call", result="spoke", by=people.rolf())
    assert Touch.objects.get(done_at=None).rep == people.sam()
    assert Touch.objects.exclude(done_at=None).get().rep == people.rolf()


def test_a_call_of_lead_development_is_no_touch_of_the_cadence(client_of):
    people.signed()
    bob = people.eager(people.fit(people.person("Bob")))
    sorting.log_call(bob, result="spoke", by=people.carol())
    people.answers(bob, budget="partly", need="yes", authority="yes", timing="partly")
    lead = bob.account.leads.get()
    lead.hand_off(to=people.sam(), by=people.carol()).accept(by=people.sam())
    page = client_of(people.sam()).get(reverse("lead", args=[lead.pk])).content.decode()
    assert "touch 1 of 6" in page and "1 made, 6 promised" not in page
    Touch.log(bob, kind="call", result="spoke", by=people.sam())
    page = client_of(people.sam()).get(reverse("lead", args=[lead.pk])).content.decode()
    assert "touch 2 of 6" in page and "1 made, 6 promised" in page


@pytest.mark.parametrize("end", ["won", "recycled"])
def test_nothing_stays_planned_of_a_lead_that_has_ended(end):
    people.signed()
    lead, handoff = given()
    handoff.accept(by=people.sam())
    if end == "won":
        lead.open_opportunity(amount_cents=1, by=people.sam())
        lead.win(by=people.sam())
    else:
        lead.recycle(reason="not_now", until=now() + timedelta(days=9), by=people.sam())
    assert not Touch.objects.filter(done_at=None, cancelled_at=None).exists()


def test_the_worker_says_of_promises_whether_they_were_kept():
    assert "winnow.review.meeting.settle_promises" in worker.DUE
