"""The pages of the weekly review and of the hygiene audit."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.leads.people import account
from tests.review.scene import accepted, adrift, given, law, tom, worth
from tests.web.people import carol, rolf, sam, user
from winnow.leads.clock import now
from winnow.leads.models import Cycle, Import, Opportunity, Product, Promise, Review, ReviewLine, Touch
from winnow.review import meeting

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def firm(db):
    """Leads of Sam and Tom, as they stand in the middle of a week."""
    law()
    start = now() - 9 * DAY
    return {
        "adrift": adrift("Ann", to=sam(), at=start),
        "given": given("Bob", to=sam(), at=start).lead,
        "worth": worth("Cem", to=sam(), at=start),
        "tom's": accepted("Dora", to=tom(), at=start),
    }


@pytest.fixture
def review(firm):
    return meeting.start(rolf())


def line_of(review, lead) -> ReviewLine:
    return review.lines.get(cycle=lead.cycle)


def page(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# -- preparing -------------------------------------------------------------------------------------------------------
def test_the_agenda_stands_there_before_the_review_with_the_reason_of_each_line(firm, client_of):
    said = page(client_of(rolf()), "review")
    assert "Start the review" in said
    for words in ("Ann", "Bob", "Cem", "Dora", "no next step, 9 days", "late"):
        assert words in said


def test_a_rep_prepares_with_the_own_lines_and_cannot_start(firm, client_of):
    said = page(client_of(tom()), "review")
    assert "Dora" in said
    assert not re.search(r"\bAnn\b", said) and "Start the review" not in said
    assert client_of(tom()).post(reverse("reviews")).status_code == 403
    assert not Review.objects.exists()


def test_the_manager_starts_it_and_is_led_to_the_first_line(firm, client_of):
    client = client_of(rolf())
    answer = client.post(reverse("reviews"))
    review = Review.objects.get()
    assert answer.url == reverse("review-room", args=[review.pk])
    first = review.lines.order_by("position").first()
    assert client.get(answer.url).url == reverse("review-line", args=[first.pk])


def test_a_second_start_is_refused_in_words(review, client_of):
    answer = client_of(rolf()).post(reverse("reviews"))
    assert answer.status_code == 409
    assert "led by Rolf; close it first" in answer.content.decode()


# -- the room --------------------------------------------------------------------------------------------------------
def test_the_room_shows_what_is_known_and_the_six_ends_with_their_keys(review, firm, client_of):
    said = page(client_of(rolf()), "review-line", line_of(review, firm["adrift"]).pk)
    for words in ("Ann", "nothing dated", "To ask:", "How does this line end?", "0 of 6"):
        assert words in said
    for key in "123450":
        assert f'data-key="{key}"' in said
    assert 'data-timer="120"' in said


def test_an_opportunity_is_won_or_lost_instead_of_opened_again(review, firm, client_of):
    said = page(client_of(rolf()), "review-line", line_of(review, firm["worth"]).pk)
    assert "Won or lost" in said and "amount, date" not in said
    assert "€40" in said


def test_a_line_ends_with_a_dated_step_and_the_next_line_of_the_rep_comes(review, firm, client_of):
    line = line_of(review, firm["adrift"])
    day = (now() + 3 * DAY).date()
    answer = client_of(rolf()).post(
        reverse("review-line-ending", args=[line.pk]),
        {"ending": "next_step", "next_on": day.isoformat(), "next_at": "09:30", "kind": "call", "purpose": "the board",
         "note": "call after the board"},
    )  # fmt: skip
    line.refresh_from_db()
    assert (line.outcome, line.note, line.closed_by) == ("next_step", "call after the board", rolf())
    assert Touch.objects.get(cycle=line.cycle, done_at=None, cancelled_at=None).due_at.date() == day
    following = ReviewLine.objects.get(pk=int(answer.url.rstrip("/").split("/")[-1]))
    assert following.rep == line.rep and following.outcome == ""


def test_a_step_without_a_date_stays_on_the_form_with_what_was_typed(review, firm, client_of):
    line = line_of(review, firm["adrift"])
    data = {"ending": "next_step", "kind": "mail", "purpose": "ask for the board"}
    answer = client_of(rolf()).post(reverse("review-line-ending", args=[line.pk]), data)
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "ask for the board" in said and "How does this line end" not in said
    part = client_of(rolf()).post(
        reverse("review-line-ending", args=[line.pk]), data, headers={"HX-Request": "true"}
    ).content.decode()  # fmt: skip
    assert part.strip().startswith('<div class="endings"')


def test_the_other_ends_do_what_they_say(review, firm, client_of):
    client = client_of(rolf())

    def end(lead, **data):
        line = line_of(review, lead)
        answer = client.post(reverse("review-line-ending", args=[line.pk]), data)
        assert answer.status_code == 302, answer.content.decode()
        line.refresh_from_db()
        return line

    assert end(firm["adrift"], ending="recycled", reason="no_need").outcome == "recycled"
    assert Cycle.objects.get(person=firm["adrift"].person, number=2).stage == "nurturing"
    assert end(firm["given"], ending="reassigned", to=tom().pk).outcome == "reassigned"
    assert firm["given"].open_handoff.rep == tom()
    assert end(firm["worth"], ending="deal", how="lost", reason="price").outcome == "lost"
    assert Opportunity.objects.get().outcome == "lost"
    assert end(firm["tom's"], ending="not_covered", note="Tom is away").outcome == "not_covered"
    assert client.get(reverse("review-room", args=[review.pk])).status_code == 302


def test_a_verb_that_is_refused_says_so_and_the_line_stays_open(review, firm, client_of):
    line = line_of(review, firm["worth"])
    firm["worth"].opportunities.update(outcome="lost", closed_at=now())
    Cycle.objects.filter(pk=line.cycle_id).update(stage="accepted")
    answer = client_of(rolf()).post(
        reverse("review-line-ending", args=[line.pk]), {"ending": "deal", "how": "won"}
    )  # fmt: skip
    assert answer.status_code in (409, 422)
    line.refresh_from_db()
    assert line.outcome == ""


def test_marketing_may_be_there_and_ends_no_line(review, firm, client_of):
    line = line_of(review, firm["adrift"])
    said = page(client_of(carol()), "review-line", line.pk)
    assert "leads this review and notes how the line ends" in said
    answer = client_of(carol()).post(reverse("review-line-ending", args=[line.pk]), {"ending": "not_covered"})
    assert answer.status_code == 403


def test_a_rep_sees_own_lines_in_the_room_and_no_others(review, firm, client_of):
    assert (
        client_of(tom()).get(reverse("review-line", args=[line_of(review, firm["adrift"]).pk])).status_code
        == 404
    )
    assert "Dora" in page(client_of(tom()), "review-line", line_of(review, firm["tom's"]).pk)


# -- promises, attendance, minutes -----------------------------------------------------------------------------------
def test_the_leader_writes_a_promise_down_for_a_rep(review, firm, client_of):
    line = line_of(review, firm["adrift"])
    data = {"line": line.pk, "text": "I call after the board", "by": sam().pk, "about": "on",
            "due_on": (now() + 2 * DAY).date().isoformat()}  # fmt: skip
    answer = client_of(rolf()).post(reverse("review-promises", args=[review.pk]), data)
    assert answer.url == reverse("review-line", args=[line.pk])
    made = Promise.objects.get()
    assert (made.by, made.cycle, made.text) == (sam(), line.cycle, "I call after the board")
    assert "I call after the board" in page(client_of(rolf()), "review-line", line.pk)


def test_others_promise_for_themselves_only(review, client_of):
    data = {"text": "A cost sheet", "by": sam().pk, "due_on": (now() + 2 * DAY).date().isoformat()}
    assert client_of(carol()).post(reverse("review-promises", args=[review.pk]), data).status_code == 422
    client_of(carol()).post(reverse("review-promises", args=[review.pk]), data | {"by": carol().pk})
    given_promise = Promise.objects.get()
    assert (given_promise.by, given_promise.cycle) == (carol(), None)
    assert client_of(sam()).post(reverse("promise-keeping", args=[given_promise.pk])).status_code == 404
    client_of(carol()).post(reverse("promise-keeping", args=[given_promise.pk]))
    given_promise.refresh_from_db()
    assert given_promise.kept_at is not None


def test_who_is_here_is_noted(review, client_of):
    client_of(rolf()).post(
        reverse("review-attendance", args=[review.pk]), {"present": [sam().pk, carol().pk]}
    )
    assert {one.name for one in review.present.all()} == {"Sam", "Carol"}
    assert "Carol, Sam" in page(client_of(rolf()), "review-minutes", review.pk)


def test_a_review_with_open_lines_is_not_closed_and_the_lines_are_named(review, client_of):
    client = client_of(rolf())
    answer = client.post(reverse("review-closing", args=[review.pk]), follow=True)
    assert "4 of 4 lines are open" in answer.content.decode()
    review.refresh_from_db()
    assert review.closed_at is None


def test_closed_minutes_tell_everything_and_change_no_more(review, firm, client_of):
    client = client_of(rolf())
    meeting.close_line(
        line_of(review, firm["adrift"]), "next_step", by=rolf(), next_at=now() + DAY, note="the board"
    )
    client.post(reverse("review-closing", args=[review.pk]), {"carry_over": "1"})
    said = page(client_of(carol()), "review-minutes", review.pk)
    for words in ("nothing changes any more", "the board", "next step", "not covered"):
        assert words in said
    line = line_of(review, firm["worth"])
    answer = client.post(reverse("review-line-ending", args=[line.pk]), {"ending": "not_covered"})
    assert answer.status_code == 409
    assert "its minutes stay as they are" in answer.content.decode()
    assert "1 of 1" not in page(client, "reviews")


def test_before_the_first_review_the_pages_say_what_will_stand_there(db, client_of):
    assert "Nothing to review" in page(client_of(rolf()), "review")
    assert "No review yet" in page(client_of(rolf()), "reviews")
    assert "Nothing to ask" in page(client_of(rolf()), "hygiene")


# -- hygiene ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def pipeline(firm):
    run = Import.objects.create(kind="opportunities", file_name="p.csv", state="done", started_at=now())
    wrong = Product.objects.create(code="GTXPro", name="GTXPro", known=False)
    Product.objects.create(code="GTX Pro", name="GTX Pro")
    return Opportunity.objects.create(
        imported=run, account=account("Cancity"), product=wrong, created_at=now(), known_at=now() - 90 * DAY,
        engaged_on=(now() - 90 * DAY).date(), external_id="1C1I7A6R",
    )  # fmt: skip


def test_each_question_stands_with_its_evidence_and_a_repair(pipeline, client_of):
    said = page(client_of(rolf()), "hygiene")
    for words in (
        "Belongs to nobody",
        "No next step",
        "Date a step",
        "GTXPro",
        "It is GTX Pro",
        "Give an owner",
    ):
        assert words in said
    only = page(client_of(rolf()), "hygiene", kind="no_owner")
    assert "1C1I7A6R" in only and "It is GTX Pro" not in only


def test_one_press_says_that_a_spelling_is_a_product_of_the_list(pipeline, client_of):
    right = Product.objects.get(code="GTX Pro")
    place = reverse("product-spelling", args=[pipeline.product_id])
    assert client_of(sam()).post(place, {"right": right.pk}).status_code == 403
    client_of(rolf()).post(place, {"right": right.pk})
    pipeline.refresh_from_db()
    assert pipeline.product == right
    assert "GTXPro" not in page(client_of(rolf()), "hygiene")


def test_an_imported_opportunity_is_given_an_owner_and_closed(pipeline, client_of):
    client = client_of(rolf())
    client.post(reverse("opportunity-owner", args=[pipeline.pk]), {"to": tom().pk})
    pipeline.refresh_from_db()
    assert pipeline.owner == tom()
    answer = client_of(tom()).post(reverse("opportunity-closing", args=[pipeline.pk]), {"reason": ""})
    assert answer.status_code == 422
    client_of(tom()).post(reverse("opportunity-closing", args=[pipeline.pk]), {"reason": "no_decision"})
    pipeline.refresh_from_db()
    assert (pipeline.outcome, pipeline.lost_reason) == ("lost", "no_decision")


def test_a_rep_is_asked_about_own_things_and_repairs_no_others(pipeline, firm, client_of):
    said = page(client_of(tom()), "hygiene")
    assert "1C1I7A6R" not in said
    assert (
        client_of(tom()).post(reverse("opportunity-owner", args=[pipeline.pk]), {"to": tom().pk}).status_code
        == 404
    )
    assert client_of(tom()).get(reverse("lead-owner", args=[firm["adrift"].pk])).status_code in (403, 404)


def test_a_lead_is_given_to_somebody_who_is_still_here(firm, client_of):
    user("Sam", "rep", is_active=False)
    assert "Sam has left" in page(client_of(rolf()), "hygiene", kind="owner_gone")
    client_of(rolf()).post(reverse("lead-owner", args=[firm["adrift"].pk]), {"to": tom().pk})
    assert firm["adrift"].open_handoff.rep == tom()


def test_an_unknown_question_is_not_there(db, client_of):
    assert client_of(rolf()).get(reverse("hygiene"), {"kind": "laziness"}).status_code == 404
