"""Handing off, answering, working and closing a lead, on the pages that people use."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.web import people
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.lead import Handoff, Lead, Touch
from winnow.leads.opportunity import Opportunity

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(answer):
    return answer.content.decode()


def given():
    people.signed()
    return people.lead().hand_off(to=people.sam(), by=people.carol())


def accepted():
    handoff = given()
    handoff.accept(by=people.sam())
    return handoff.lead


def deal():
    lead = accepted()
    lead.open_opportunity(amount_cents=3_800_000, by=people.sam())
    return lead, lead.opportunities.get()


def test_a_lead_is_given_to_a_rep_with_room_and_can_be_recalled(client_of):
    people.signed()
    lead, carol = people.lead(), client_of(people.carol())
    people.sue()
    people.user("Sam", "rep", capacity=0)
    page = carol.get(reverse("lead-handoff", args=[lead.pk]))
    assert page.context["best"] == people.sue().pk and "suggested: has most room" in text(page)
    assert "Ann Ahlgren" in text(carol.get(reverse("handoff")))
    answer = carol.post(reverse("lead-handoff", args=[lead.pk]), {"to": people.sue().pk}, follow=True)
    handoff = Handoff.objects.get()
    assert handoff.rep == people.sue() and "Ann Ahlgren is with Sue, who answers by" in text(answer)
    assert reverse("handoff-recall", args=[handoff.pk]) in text(answer)
    carol.post(reverse("handoff-recall", args=[handoff.pk]))
    assert lead.stage == "ready" and Handoff.objects.get().response == "recalled"


def test_who_already_has_a_lead_is_named_when_it_is_given_again(client_of):
    handoff = given()
    carol = client_of(people.carol())
    answer = carol.post(reverse("lead-handoff", args=[handoff.lead_id]), {"to": people.sue().pk}, headers=HTMX)
    assert answer.status_code == 409 and "is already with Sam since" in text(answer)
    assert "<form" in text(answer)


def test_nothing_is_handed_off_without_a_signed_definition(client_of):
    row = people.signed()
    lead = people.lead()
    row.withdraw(by=people.rolf())
    carol = client_of(people.carol())
    answer = carol.post(reverse("lead-handoff", args=[lead.pk]), {"to": people.sam().pk})
    assert answer.status_code == 409
    assert "needs a lead definition signed by marketing and sales, and none is in force" in text(answer)
    assert "no lead definition is in force" in text(carol.get(reverse("handoff")))
    assert not Handoff.objects.exists()


def test_what_no_longer_meets_the_definition_is_refused_with_its_clauses(client_of):
    people.signed()
    lead = people.lead()
    Lead.objects.filter(pk=lead.pk)
    people.answers(lead.person, budget="no")
    answer = client_of(people.carol()).post(reverse("lead-handoff", args=[lead.pk]), {"to": people.sam().pk})
    assert answer.status_code == 409


def test_a_reps_day_shows_the_clock_the_story_and_what_to_ask_first(client_of):
    given()
    page = text(client_of(people.sam()).get(reverse("handoff")))
    assert "One person waits for your answer." in page
    assert "Our loggers fail in the cold store." in page and "Suggested first touch" in page
    assert "Call +47 55 50 01 40" in page and 'aria-label="Your day from' in page
    assert "Nobody waits for your answer" in text(client_of(people.sue()).get(reverse("handoff")))


def test_an_accepted_handoff_dates_its_first_touch_in_place(client_of):
    handoff = given()
    answer = client_of(people.sam()).post(
        reverse("handoff-response", args=[handoff.pk]), {"response": "accepted"}, headers=HTMX
    )
    assert answer.status_code == 200
    assert text(answer).startswith(f'<li class="answer" id="handoff-{handoff.pk}-response"')
    assert "accepted" in text(answer) and "The first touch is due" in text(answer)
    assert handoff.lead.stage == "accepted" and Touch.objects.filter(done_at=None).count() == 1


def test_a_rejection_names_a_reason_of_the_definition_and_nothing_else(client_of):
    handoff, sam = given(), client_of(people.sam())
    place = reverse("handoff-response", args=[handoff.pk])
    assert "There is no budget after all" in text(sam.get(place, headers=HTMX))
    assert sam.post(place, {"response": "rejected", "reason": "too lazy"}, headers=HTMX).status_code == 422
    assert sam.post(place, {"response": "rejected", "reason": "", "note": "kept here"}).status_code == 422
    answer = sam.post(place, {"response": "rejected", "reason": "no_budget", "note": "Ask in May."}, headers=HTMX)
    assert answer.status_code == 200 and "There is no budget after all" in text(answer)
    assert list(Cycle.objects.order_by("number").values_list("stage", flat=True)) == ["recycled", "nurturing"]
    assert "Ask in May." in text(client_of(people.carol()).get(reverse("handoff")))


def test_who_answers_second_sees_who_was_first(client_of):
    handoff = given()
    sam, rolf = client_of(people.sam()), client_of(people.rolf())
    sam.post(reverse("handoff-response", args=[handoff.pk]), {"response": "accepted"})
    words = {"response": "rejected", "reason": "no_need"}
    answer = rolf.post(reverse("handoff-response", args=[handoff.pk]), words, headers=HTMX)
    assert answer.status_code == 409 and "was accepted by Sam before" in text(answer)
    assert "Nothing of yours was kept" in text(answer) and "The first touch is due" in text(answer)
    assert client_of(people.carol()).post(reverse("handoff-recall", args=[handoff.pk])).status_code == 409


def test_a_handoff_to_somebody_else_is_not_there_for_a_rep_and_not_marketings_to_answer(client_of):
    handoff = given()
    place = reverse("handoff-response", args=[handoff.pk])
    assert client_of(people.sue()).post(place, {"response": "accepted"}).status_code == 404
    answer = client_of(people.carol()).post(place, {"response": "accepted"})
    assert answer.status_code == 403 and "can’t respond" in text(answer)
    assert handoff.lead.stage == "handed_off"


def test_an_account_owner_sees_the_lead_of_another_and_is_told_whose_it_is(client_of):
    lead = accepted()
    lead.account.owner = people.sue()
    lead.account.save()
    sue = client_of(people.sue())
    assert sue.get(reverse("lead", args=[lead.pk])).status_code == 200
    answer = sue.post(reverse("lead-touches", args=[lead.pk]), {"kind": "call", "result": "spoke"})
    assert answer.status_code == 403 and "is with Sam" in text(answer) and "Rolf" in text(answer)


def test_a_touch_is_logged_with_the_next_one_dated(client_of):
    lead = accepted()
    sam, place = client_of(people.sam()), reverse("lead-touches", args=[lead.pk])
    day = (now() + timedelta(days=3)).date()
    words = {"kind": "mail", "result": "sent", "note": "The audit sheet.", "next_purpose": "Ask what the board said"}
    words |= {"next_on": day.isoformat(), "next_at": "10:30"}
    assert sam.post(place, words | {"next_on": "2020-01-01"}).status_code == 422
    assert sam.post(place, words).url == reverse("lead", args=[lead.pk])
    made, planned = Touch.objects.order_by("pk")
    assert (made.kind, made.result, made.number) == ("mail", "sent", 1)
    assert planned.purpose == "Ask what the board said" and planned.due_at.date() == day
    assert "Ask what the board said" in text(sam.get(reverse("lead", args=[lead.pk])))


def test_what_has_no_next_step_stands_on_the_day_until_it_gets_a_date(client_of):
    lead, _ = deal()
    Touch.objects.filter(done_at=None).update(cancelled_at=now())
    sam = client_of(people.sam())
    page = text(sam.get(reverse("handoff")))
    assert "Without a next step" in page and "opportunity, €38,000" in page
    day = (now() + timedelta(days=2)).date().isoformat()
    sam.post(reverse("lead-step", args=[lead.pk]), {"kind": "call", "next_on": day, "next_purpose": "After the board"})
    assert "Without a next step" not in text(sam.get(reverse("handoff")))


def test_a_touch_due_today_stands_on_the_day_with_its_reason(client_of):
    lead = accepted()
    Touch.objects.update(due_at=now() - timedelta(minutes=5), purpose="She asked for the rota")
    page = text(client_of(people.sam()).get(reverse("handoff")))
    assert "She asked for the rota" in page and "1 of 6" in page
    assert reverse("lead-touches", args=[lead.pk]) in page


@pytest.mark.parametrize(("typed", "cents"), [
    ("40000", 4_000_000), ("40,000.00", 4_000_000), ("1 234 567.5", 123_456_750), ("", None), ("0", 0),
])  # fmt: skip
def test_an_amount_is_taken_as_people_write_it(client_of, typed, cents):
    lead = accepted()
    sam, words = client_of(people.sam()), {"amount": typed, "currency": "EUR"}
    assert sam.post(reverse("lead-opportunity", args=[lead.pk]), words).status_code == 302
    assert Opportunity.objects.get().amount_cents == cents


@pytest.mark.parametrize("typed", ["about 40k", "-5", "1e9", "40.000,00", "4,00,000", "9" * 20, "٤٠"])
def test_what_is_no_amount_is_refused_at_the_field_and_quoted(client_of, typed):
    lead = accepted()
    words = {"amount": typed, "currency": "EUR"}
    answer = client_of(people.sam()).post(reverse("lead-opportunity", args=[lead.pk]), words, headers=HTMX)
    assert answer.status_code == 422 and typed in text(answer)
    assert not Opportunity.objects.exists()


def test_two_who_change_an_opportunity_at_once_see_both_versions(client_of):
    lead, row = deal()
    sam, rolf = client_of(people.sam()), client_of(people.rolf())
    place = reverse("lead-opportunity", args=[lead.pk])
    seen = {"currency": "EUR", "seen_amount": 3_800_000, "seen_currency": "EUR", "seen_close": ""}
    assert rolf.post(place, {"amount": "41500", **seen}).status_code == 302
    answer = sam.post(place, {"amount": "50000", **seen}, headers=HTMX)
    assert answer.status_code == 409
    assert "Rolf changed this at" in text(answer) and "€50,000" in text(answer) and "€41,500" in text(answer)
    row.refresh_from_db()
    assert row.amount_cents == 4_150_000
    again = {"amount": "50000.00", "currency": "EUR", "seen_amount": 4_150_000, "seen_currency": "EUR", "keep": "yours"}
    sam.post(place, again)
    row.refresh_from_db()
    assert row.amount_cents == 5_000_000


def test_won_makes_a_customer_and_lost_needs_its_reason(client_of):
    lead, row = deal()
    sam, place = client_of(people.sam()), reverse("opportunity-outcome", args=[row.pk])
    assert sam.post(place, {"outcome": "lost"}).status_code == 422
    answer = sam.post(place, {"outcome": "won", "amount": "39,500"}, follow=True)
    assert "Won: Nordkap Seafood." in text(answer) and "Closed: won" in text(answer)
    row.refresh_from_db()
    assert (row.outcome, row.amount_cents) == ("won", 3_950_000)
    assert Lead.objects.get(pk=lead.pk).account.customer
    assert sam.post(place, {"outcome": "lost", "reason": "price"}).status_code == 409


def test_a_lead_is_recycled_until_the_reasons_date_or_disqualified(client_of):
    lead = accepted()
    sam = client_of(people.sam())
    place = reverse("lead-recycling", args=[lead.pk])
    assert "no_fit" not in text(sam.get(place))
    sam.post(place, {"reason": "not_now"})
    following = Cycle.objects.get(number=2)
    assert following.stage == "nurturing" and 89 <= (following.wake_at - now()).days <= 90
    assert sam.post(place, {"reason": "not_now"}).status_code == 409
    other = people.lead("Bob", "Gelati Baraldi")
    other.hand_off(to=people.sam(), by=people.carol()).accept(by=people.sam())
    sam.post(reverse("lead-disqualification", args=[other.pk]), {"reason": "no_fit", "lasting": "on"})
    assert Cycle.objects.get(person=other.person).stage == "disqualified"


def test_a_handoff_is_answered_before_the_lead_is_worked(client_of):
    handoff = given()
    answer = client_of(people.sam()).post(reverse("lead-recycling", args=[handoff.lead_id]), {"reason": "not_now"})
    assert answer.status_code == 409 and "accept or reject it first" in text(answer)


def test_a_reps_figures_count_answers_wins_and_touches(client_of):
    lead, _row = deal()
    Touch.log(lead.person, kind="call", result="spoke", by=people.sam())
    lead.win(by=people.sam())
    figures = client_of(people.sam()).get(reverse("handoff")).context["day"].figures
    assert (figures.accepted, figures.answered, figures.won, figures.touches_per_win) == (1, 1, 1, 1.0)
    assert "accepted" in text(client_of(people.sam()).get(reverse("handoff-history") + "?response=accepted"))


@pytest.mark.bars
def test_the_desk_and_the_day_ask_the_same_number_of_queries_for_one_lead_and_for_six(
    client_of, django_assert_max_num_queries
):
    people.signed()
    sam, carol = client_of(people.sam()), client_of(people.carol())
    for name in ("Ann", "Bob"):
        people.lead(name, f"{name} Corp").hand_off(to=people.sam(), by=people.carol())
        people.lead(name, f"{name} Idle")
    for page in (sam, carol):
        with django_assert_max_num_queries(45) as few:
            page.get(reverse("handoff"))
        for number in range(3):
            company = f"{number} {len(few)} Corp"
            people.lead("Cleo", company).hand_off(to=people.sam(), by=people.carol())
            people.lead("Dan", company + " Idle")
        with django_assert_max_num_queries(len(few)):
            page.get(reverse("handoff"))
