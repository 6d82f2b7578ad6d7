"""The weekly lead review: what is on the agenda and in which order, that no line stays open, and what is remembered."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.leads.people import MONDAY, carol, sam, sue
from tests.review.scene import DAY, accepted, adrift, given, law, name_of, ready, tom, worth
from winnow.leads.cycle import WrongStage
from winnow.leads.errors import Refusal
from winnow.leads.models import (
    AuditEntry,
    Cycle,
    Handoff,
    Lead,
    Opportunity,
    Promise,
    Review,
    ReviewLine,
    Touch,
)
from winnow.review import meeting

pytestmark = pytest.mark.django_db
NEXT_WEEK = MONDAY + 7 * DAY


@pytest.fixture(autouse=True)
def definition(db):
    law()


def names(items) -> list[str]:
    return [name_of(item) for item in items]


def line_of(review: Review, lead: Lead) -> ReviewLine:
    return review.lines.get(cycle=lead.cycle)


# -- the agenda ------------------------------------------------------------------------------------------------------
def test_the_agenda_is_every_lead_that_sales_has_and_nothing_else():
    given("Ann"), accepted("Bob"), worth("Cem")
    ready("Dora")
    gone = accepted("Emil")
    gone.recycle(reason="no_need", until=MONDAY + 9 * DAY, by=sam(), at=MONDAY)
    assert sorted(names(meeting.agenda(MONDAY + DAY))) == ["Ann", "Bob", "Cem"]


def test_the_most_urgent_lead_of_a_rep_comes_first_with_the_reason_in_words():
    worth("Cem", closes_on=(MONDAY - DAY).date())
    adrift("Bob")
    given("Ann", at=MONDAY)
    on_track = accepted("Dora")
    Touch.plan(on_track, rep=sam(), at=MONDAY, due_at=MONDAY + 9 * DAY)
    late = accepted("Emil")
    Touch.plan(late, rep=sam(), at=MONDAY, due_at=MONDAY + DAY)
    items = meeting.agenda(MONDAY + 3 * DAY)
    assert names(items) == ["Ann", "Bob", "Cem", "Emil", "Dora"]
    assert [item.urgency for item in items] == [
        "answer 2 days late", "no next step, 3 days", "should have closed 4 days ago", "touch 2 days late", "on track",
    ]  # fmt: skip


def test_a_lead_with_a_date_far_away_and_no_contact_for_long_is_stale():
    lead = accepted("Ann")
    Touch.plan(lead, rep=sam(), at=MONDAY, due_at=MONDAY + 90 * DAY)
    (item,) = meeting.agenda(MONDAY + 15 * DAY)
    assert item.urgency == "nothing for 15 days"


def test_what_was_not_covered_last_week_comes_first_whatever_else_is_urgent():
    calm = accepted("Ann")
    Touch.plan(calm, rep=sam(), at=MONDAY, due_at=MONDAY + 20 * DAY)
    review = meeting.start(sue(), MONDAY)
    meeting.close_line(line_of(review, calm), "not_covered", by=sue(), at=MONDAY)
    meeting.close(review, sue(), at=MONDAY)
    adrift("Bob")
    items = meeting.agenda(NEXT_WEEK)
    assert names(items) == ["Ann", "Bob"]
    assert items[0].urgency == "not covered last week; on track"


def test_a_line_that_was_covered_since_is_no_longer_first():
    calm, other = accepted("Ann"), adrift("Bob")
    for week, outcome in ((0, "not_covered"), (1, "next_step")):
        at = MONDAY + week * 7 * DAY
        review = meeting.start(sue(), at)
        meeting.close_line(line_of(review, calm), outcome, by=sue(), next_at=at + 20 * DAY, at=at)
        meeting.close_line(line_of(review, other), "not_covered", by=sue(), at=at)
        meeting.close(review, sue(), at=at)
    assert names(meeting.agenda(MONDAY + 14 * DAY)) == ["Bob", "Ann"]


def test_a_broken_promise_makes_a_lead_urgent_until_somebody_does_something():
    lead = accepted("Ann")
    Touch.plan(lead, rep=sam(), at=MONDAY, due_at=MONDAY + 30 * DAY)
    review = meeting.start(sue(), MONDAY)
    meeting.promise(
        review, by=sam(), text="I call them", due_at=MONDAY + 2 * DAY, line=line_of(review, lead), at=MONDAY
    )
    meeting.settle_promises(at=NEXT_WEEK)
    assert meeting.agenda(NEXT_WEEK)[0].urgency == "promise not kept"
    Touch.log(lead.person, kind="call", result="spoke", by=sam(), at=NEXT_WEEK, next_at=NEXT_WEEK + 9 * DAY)
    assert meeting.agenda(NEXT_WEEK + timedelta(hours=1))[0].urgency == "on track"


def test_the_agenda_is_by_rep():
    accepted("Ann", to=sam()), accepted("Bob", to=tom()), accepted("Cem", to=sam())
    items = meeting.agenda(MONDAY)
    assert [item.rep_id for item in items] == sorted(item.rep_id for item in items)
    assert len({item.rep_id for item in items}) == 2


# -- one at a time ---------------------------------------------------------------------------------------------------
def test_a_second_review_is_refused_while_one_is_open():
    meeting.start(sue(), MONDAY)
    with pytest.raises(meeting.ReviewOpen, match="led by Sue; close it first"):
        meeting.start(carol(), MONDAY + DAY)
    assert Review.objects.count() == 1


def test_who_starts_it_is_there_and_others_come_and_go():
    review = meeting.start(sue(), MONDAY)
    meeting.attend(review, carol())
    meeting.attend(review, sam())
    meeting.attend(review, sam(), there=False)
    assert {user.name for user in review.present.all()} == {"Sue", "Carol"}


# -- how a line ends: always by the real verb -------------------------------------------------------------------------
def test_a_next_step_dates_the_next_touch():
    lead = adrift("Ann")
    review = meeting.start(sue(), MONDAY)
    line = line_of(review, lead)
    meeting.close_line(
        line,
        "next_step",
        by=sue(),
        next_at=MONDAY + DAY,
        purpose="what the board said",
        kind="mail",
        at=MONDAY,
    )
    touch = Touch.objects.get(cycle=lead.cycle, done_at=None, cancelled_at=None)
    assert (touch.due_at, touch.purpose, touch.kind, touch.rep) == (
        MONDAY + DAY,
        "what the board said",
        "mail",
        sam(),
    )
    assert (line.outcome, line.next_at, line.closed_by) == ("next_step", MONDAY + DAY, sue())


def test_a_next_step_without_a_date_is_none():
    lead = adrift("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    with pytest.raises(Refusal, match="without a date"):
        meeting.close_line(line, "next_step", by=sue(), at=MONDAY)
    with pytest.raises(Refusal, match="lies in the past"):
        meeting.close_line(line, "next_step", by=sue(), next_at=MONDAY - DAY, at=MONDAY)
    line.refresh_from_db()
    assert line.outcome == ""


def test_deciding_on_an_unanswered_handoff_accepts_it():
    handoff = given("Ann")
    line = line_of(meeting.start(sue(), MONDAY), handoff.lead)
    meeting.close_line(line, "next_step", by=sue(), next_at=MONDAY + DAY, at=MONDAY)
    handoff.refresh_from_db()
    assert handoff.response == "accepted"
    assert handoff.lead.stage == "accepted"


def test_an_opportunity_is_opened_in_the_name_of_the_rep_who_has_the_lead():
    lead = accepted("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    close = (MONDAY + 60 * DAY).date()
    meeting.close_line(
        line,
        "opportunity",
        by=sue(),
        amount_cents=4_000_000,
        closes_on=close,
        next_at=MONDAY + DAY,
        at=MONDAY,
    )
    deal = Opportunity.objects.get()
    assert (deal.lead, deal.amount_cents, deal.closes_on, deal.owner) == (lead, 4_000_000, close, sam())
    assert lead.stage == "opportunity"
    assert Touch.objects.filter(cycle=lead.cycle, done_at=None, cancelled_at=None).count() == 1


def test_an_opportunity_is_won_or_lost_in_the_review():
    win, loss = worth("Ann"), worth("Bob")
    review = meeting.start(sue(), MONDAY)
    meeting.close_line(line_of(review, win), "won", by=sue(), amount_cents=100, at=MONDAY)
    meeting.close_line(line_of(review, loss), "lost", by=sue(), reason="price", at=MONDAY)
    assert [win.stage, loss.stage] == ["won", "lost"]


def test_a_lead_is_given_to_another_rep_with_its_cadence():
    lead = accepted("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    meeting.close_line(line, "reassigned", by=sue(), to=tom(), at=MONDAY)
    held = lead.open_handoff
    assert (held.rep, held.response, lead.stage) == (tom(), "accepted", "accepted")
    assert Touch.objects.get(cycle=lead.cycle, done_at=None, cancelled_at=None).rep == tom()
    assert Handoff.objects.filter(lead=lead, ended_at=None).count() == 1


def test_an_unanswered_lead_that_is_given_to_another_waits_for_the_answer_of_the_other():
    handoff = given("Ann", at=MONDAY - 5 * DAY)
    line = line_of(meeting.start(sue(), MONDAY), handoff.lead)
    meeting.close_line(line, "reassigned", by=sue(), to=tom(), at=MONDAY)
    held = handoff.lead.open_handoff
    assert (held.rep, held.response) == (tom(), "")
    assert held.response_due_at > MONDAY


def test_a_lead_is_recycled_with_a_reason_of_the_definition_and_a_date():
    lead = accepted("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    with pytest.raises(Refusal, match="it has: no_need"):
        meeting.close_line(line, "recycled", by=sue(), reason="boredom", at=MONDAY)
    meeting.close_line(line, "recycled", by=sue(), reason="no_need", at=MONDAY)
    following = Cycle.objects.get(person=lead.person, number=2)
    assert (following.stage, following.wake_at) == ("nurturing", MONDAY + 30 * DAY)
    assert line.next_at == MONDAY + 30 * DAY


def test_letting_an_unanswered_handoff_go_is_a_rejection_with_its_reason():
    handoff = given("Ann")
    line = line_of(meeting.start(sue(), MONDAY), handoff.lead)
    meeting.close_line(line, "disqualified", by=sue(), reason="no_fit", note="they farm", at=MONDAY)
    handoff.refresh_from_db()
    assert (handoff.response, handoff.reason, handoff.note) == ("rejected", "no_fit", "they farm")
    assert Cycle.objects.get(person=handoff.lead.person).stage == "disqualified"


def test_a_line_is_closed_once():
    lead = adrift("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    meeting.close_line(line, "not_covered", by=sue(), at=MONDAY)
    with pytest.raises(WrongStage, match="was closed as not covered by Sue at 10:00"):
        meeting.close_line(line, "next_step", by=carol(), next_at=MONDAY + DAY, at=MONDAY)


def test_a_refused_verb_leaves_the_line_open():
    lead = accepted("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    with pytest.raises(WrongStage):
        meeting.close_line(line, "won", by=sue(), at=MONDAY)
    line.refresh_from_db()
    assert (line.outcome, lead.stage) == ("", "accepted")


@pytest.mark.parametrize("outcome", ["", "ended", "forgotten"])
def test_an_end_that_there_is_not_is_refused(outcome):
    lead = accepted("Ann")
    line = line_of(meeting.start(sue(), MONDAY), lead)
    with pytest.raises(Refusal, match="is no end of a line"):
        meeting.close_line(line, outcome, by=sue(), at=MONDAY)


def test_a_lead_that_was_settled_elsewhere_meanwhile_ends_with_that():
    lead, other = worth("Ann"), accepted("Bob")
    review = meeting.start(sue(), MONDAY)
    lead.win(by=sam(), at=MONDAY)
    meeting.close_line(line_of(review, lead), "next_step", by=sue(), next_at=MONDAY + DAY, at=MONDAY)
    line = line_of(review, lead)
    assert (line.outcome, line.note) == ("ended", "(it was won before its turn came)")
    other.recycle(reason="no_need", until=NEXT_WEEK, by=sam(), at=MONDAY)
    assert meeting.settle_ended(review, MONDAY) == 1


# -- closing and minutes ----------------------------------------------------------------------------------------------
def test_a_review_is_not_closed_while_lines_are_open():
    accepted("Ann"), accepted("Bob")
    review = meeting.start(sue(), MONDAY)
    with pytest.raises(meeting.LinesOpen, match=r"2 of 2 lines are open: .*not covered") as refused:
        meeting.close(review, sue(), at=MONDAY)
    assert len(refused.value.lines) == 2
    assert Review.objects.get().closed_at is None


def test_what_is_left_is_marked_as_not_covered_only_when_somebody_says_so():
    accepted("Ann"), accepted("Bob")
    review = meeting.start(sue(), MONDAY)
    meeting.close(review, sue(), carry_over=True, at=MONDAY)
    assert review.closed_at == MONDAY
    assert list(review.lines.values_list("outcome", flat=True)) == ["not_covered"] * 2
    assert all("not covered last week" in item.urgency for item in meeting.agenda(NEXT_WEEK))


def closed() -> Review:
    lead = accepted("Ann")
    review = meeting.start(sue(), MONDAY)
    line = line_of(review, lead)
    meeting.promise(review, by=sam(), text="I call them", due_at=NEXT_WEEK, line=line, at=MONDAY)
    meeting.promise(review, by=carol(), text="A cost sheet", due_at=NEXT_WEEK, at=MONDAY)
    meeting.close_line(line, "next_step", by=sue(), next_at=MONDAY + DAY, at=MONDAY)
    meeting.close(review, sue(), at=MONDAY)
    return review


def test_nothing_is_added_to_a_review_that_is_closed():
    review = closed()
    for verb in (
        lambda: meeting.attend(review, carol()),
        lambda: meeting.promise(review, by=sam(), text="More", due_at=NEXT_WEEK, at=MONDAY),
        lambda: meeting.close(review, sue(), at=MONDAY),
        lambda: meeting.close_line(review.lines.get(), "not_covered", by=sue(), at=MONDAY),
    ):
        with pytest.raises(WrongStage, match="its minutes stay as they are"):
            verb()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leads_reviewline SET outcome = 'not_covered'",
        "UPDATE leads_reviewline SET note = 'all well'",
        "DELETE FROM leads_reviewline",
        "UPDATE leads_review SET closed_at = NULL",
        "UPDATE leads_review SET led_by_id = led_by_id + 1",
        "DELETE FROM leads_review_present",
        "UPDATE leads_promise SET text = 'I might call them'",
        "UPDATE leads_promise SET due_at = due_at + interval '1 week'",
        "DELETE FROM leads_promise",
        "INSERT INTO leads_promise (review_id, by_id, text, due_at) "
        "SELECT review_id, by_id, 'another', due_at FROM leads_promise",
    ],
)
def test_minutes_cannot_be_changed_not_even_past_the_application(change):
    closed()
    minutes = pytest.raises(IntegrityError, match="its minutes stay as they are")
    with minutes, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# -- promises ----------------------------------------------------------------------------------------------------------
def test_a_promise_about_a_lead_is_kept_by_a_contact_in_time():
    review = closed()
    Touch.log(review.lines.get().cycle.person, kind="call", result="no_answer", by=sam(), at=MONDAY + 2 * DAY)
    meeting.settle_promises(at=MONDAY + 3 * DAY)
    given_promise = Promise.objects.get(by=sam())
    assert (given_promise.kept_at, given_promise.broken_at) == (MONDAY + 2 * DAY, None)


def test_a_promise_is_open_until_its_time_is_over_and_then_broken():
    closed()
    assert meeting.settle_promises(at=NEXT_WEEK - DAY) == 0
    assert meeting.settle_promises(at=NEXT_WEEK + DAY) == 2
    assert set(Promise.objects.values_list("kept_at", "broken_at")) == {(None, NEXT_WEEK)}


def test_a_contact_after_the_day_does_not_keep_it():
    review = closed()
    Touch.log(review.lines.get().cycle.person, kind="call", result="spoke", by=sam(), at=NEXT_WEEK + DAY)
    meeting.settle_promises(at=NEXT_WEEK + 2 * DAY)
    assert Promise.objects.get(by=sam()).broken_at == NEXT_WEEK


def test_what_no_lead_can_prove_is_kept_by_the_word_of_who_promised_it():
    closed()
    sheet, call = Promise.objects.get(by=carol()), Promise.objects.get(by=sam())
    with pytest.raises(Refusal, match="Carol promised that"):
        meeting.keep(sheet, by=sam(), at=MONDAY + DAY)
    with pytest.raises(Refusal, match="about a lead"):
        meeting.keep(call, by=sam(), at=MONDAY + DAY)
    meeting.keep(sheet, by=carol(), at=MONDAY + DAY)
    with pytest.raises(WrongStage, match="is marked as kept already"):
        meeting.keep(sheet, by=carol(), at=MONDAY + DAY)


def test_a_promise_cannot_be_marked_as_kept_when_its_day_is_over():
    closed()
    with pytest.raises(WrongStage, match="was due on 9 March 2026 already"):
        meeting.keep(Promise.objects.get(by=carol()), by=carol(), at=NEXT_WEEK + DAY)


def test_last_week_is_told_as_kept_of_due():
    review = closed()
    assert (meeting.kept_in(review).kept, meeting.kept_in(review).due) == (0, 0)
    meeting.keep(Promise.objects.get(by=carol()), by=carol(), at=MONDAY + DAY)
    meeting.settle_promises(at=NEXT_WEEK + DAY)
    assert (meeting.kept_in(review).kept, meeting.kept_in(review).due) == (1, 2)
    following = meeting.start(sue(), NEXT_WEEK + DAY)
    assert meeting.before(following) == review
    assert meeting.before(review) is None


def test_a_promise_needs_words_and_a_day_to_come():
    review = meeting.start(sue(), MONDAY)
    with pytest.raises(Refusal, match="What is promised"):
        meeting.promise(review, by=sam(), text="  ", due_at=NEXT_WEEK, at=MONDAY)
    with pytest.raises(Refusal, match="lies in the past"):
        meeting.promise(review, by=sam(), text="I call", due_at=MONDAY - DAY, at=MONDAY)


def test_every_act_of_a_review_is_in_the_audit_trail():
    closed()
    verbs = set(AuditEntry.objects.filter(at__isnull=False).values_list("verb", flat=True))
    assert {"start review", "close line", "promise", "close review"} <= verbs
