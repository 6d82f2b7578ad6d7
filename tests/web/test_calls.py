"""On the phone: a script that always ends, one question at a time, answers that count at once, a logged call."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.web import people
from winnow.leads.asking import next_after, read_questions
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.interview import CallScript, Interview
from winnow.leads.interviewing import begin, hang_up, say
from winnow.leads.models import FactRow, Inquiry, Person, Touch
from winnow.leads.story import story
from winnow.web.calls import SCRIPT

pytestmark = pytest.mark.django_db
WRONG = {
    "? need: Why?\n- Cold = yes -> nowhere": "no question is called so",
    "? a: One?\n- x -> c\n? b: Two?\n? c: Three?": "Nobody ever comes to “b”",
    "? a: One?\n- x -> b\n? b: Two?\n- y -> a": "goes round for ever",
    "? budget: How much?\n- a lot = much": "needs a level",
    "? budget: How much?": "needs choices",
    "? a: One?\n? a: Two?": "the name of two questions",
    "need: Why?": "begins neither with",
    "? fleet (size): How many?": "nothing is called “size”",
    "": "no question yet",
}


def script(text=SCRIPT, name="Qualify"):
    questions, problems = read_questions(text, branches=True)
    assert not problems
    return CallScript.objects.create(name=name, text=text, questions=questions, created_at=now(), changed_at=now())


@pytest.mark.parametrize("text, words", WRONG.items())
def test_a_script_that_leads_nowhere_is_refused_in_words(text, words):
    assert words in " ".join(read_questions(text, branches=True)[1])


def test_answers_lead_on_and_round_again_is_fine_where_there_is_a_way_out():
    questions, problems = read_questions("? a: Again?\n- yes -> a\n- no\n? b: Why?", branches=True)
    assert not problems and next_after(questions, "a", 0) == "a" and next_after(questions, "a", 1) == "b"
    assert next_after(questions, "b", None) == ""
    assert "has an arrow" in read_questions("? a: Again?\n- yes -> end", branches=False)[1][0]


def test_a_talk_by_script_is_evidence_at_once_and_goes_on_with_the_next_call(client_of):
    people.signed()
    ann, sam = people.person(owner=people.sam()), people.sam()
    rep, made = client_of(sam), script("? employees: How many are you?\n" + SCRIPT)
    page = rep.post(reverse("person-phone", args=[ann.pk]), {"script": made.pk}, follow=True)
    talk = Interview.objects.get()
    place = reverse("interview", args=[talk.pk])
    assert "How many are you?" in page.content.decode()
    assert rep.post(place, {"question": "employees", "words": "many"}).status_code == 422
    for said in ({"question": "employees", "words": "640"}, {"question": "need", "choice": "1", "words": "So so."},
                 {"question": "need", "choice": "0", "words": "It melts."}):
        assert rep.post(place, said).status_code == 302
    page = rep.get(place).content.decode()
    assert "When should it be solved?" in page and "It melts." in page
    ann.refresh_from_db()
    ann.account.refresh_from_db()
    assert ann.account.employees == 640 and ann.standing.levels[2] == "yes"
    assert list(ann.answers.filter(withdrawn_at=None).values_list("level", "source")) == [("yes", "call")]
    back_at = now() + timedelta(days=1)
    ending = reverse("interview-ending", args=[talk.pk])
    wrong = rep.post(ending, {"outcome": "reached", "call_back_at": "2020-01-01T10:00"})
    assert wrong.status_code == 422 and "to come" in wrong.content.decode()
    rep.post(ending, {"outcome": "reached", "note": "Nice.", "call_back_at": f"{back_at:%Y-%m-%dT%H:%M}"})
    talk.refresh_from_db()
    call, planned = Touch.objects.order_by("pk")
    assert (talk.ended_at, talk.place, call.result) == (None, "timing", "spoke") and "It melts." in call.note
    assert abs(planned.due_at - back_at) < timedelta(minutes=1) and planned.rep == sam
    assert "conversation" not in type(ann.standing).objects.get(person=ann).unmet
    assert any("It melts." in one.after for one in story(ann) if one.strong == "Sam called")
    assert begin(ann, made, by=sam).pk == talk.pk
    for name, choice in (("timing", 2), ("why", 0)):
        say(talk, name, choice=choice, by=sam)
    hang_up(talk, outcome="reached", by=sam)
    talk.refresh_from_db()
    planned.refresh_from_db()
    assert talk.ended_at and talk.path == ["employees", "need", "timing", "why"] and planned.cancelled_at
    with pytest.raises(Refusal, match="is over"):
        say(talk, "need", choice=0, by=sam)


def test_nobody_reached_is_no_conversation_and_the_call_of_an_accepted_lead_is_a_touch():
    people.signed()
    lead, sam, made = people.lead(), people.sam(), script()
    lead.hand_off(to=sam, by=people.carol()).accept(by=sam)
    before = FactRow.objects.filter(kind="called").count()
    talk = begin(lead.person, made, by=sam)
    hang_up(talk, outcome="voicemail", by=sam, call_back_at=now() + timedelta(hours=3))
    made_one, planned = Touch.objects.filter(cycle__lead=lead, cancelled_at=None).order_by("pk")
    assert made_one.result == "message_left" and planned.purpose == "Call back, as agreed"
    assert FactRow.objects.filter(kind="called").count() == before
    assert not FactRow.objects.filter(kind="touch", value="spoke").exists()


def test_who_calls_in_is_found_or_taken_in_at_once(client_of):
    people.signed()
    ann, made = people.person(), script()
    carol = client_of(people.carol())
    page = carol.get(reverse("calls"), {"q": "0047 (55) 50-01 40"}).content.decode()
    assert str(ann) in page and ann.phone in page
    assert "Nobody whom you see" in carol.get(reverse("calls"), {"q": "+47 99 99 99 99"}).content.decode()
    token = carol.get(reverse("calls"), {"q": "+49 30 1234567"}).context["form"]["token"].value()
    caller = {"full_name": "Bob Berg", "company": "Berg AG", "phone": "+49 30 1234567", "token": token,
              "message": "Our scales drift.", "script": made.pk}
    assert carol.post(reverse("calls"), {**caller, "full_name": "", "phone": ""}).status_code == 422
    for _ in range(2):
        answer = carol.post(reverse("calls"), caller)
    talk = Interview.objects.get()
    assert answer.url == reverse("interview", args=[talk.pk]) and talk.inbound
    inquiry = Inquiry.objects.get(channel="phone")
    assert inquiry.person == talk.person and inquiry.message == "Our scales drift." and inquiry.inquiry_due_at
    carol.post(reverse("interview-ending", args=[talk.pk]), {"outcome": "reached"})
    inquiry.refresh_from_db()
    assert inquiry.answered_at and "They called us." in Touch.objects.get().note
    sam = client_of(people.sam())
    sam.post(reverse("calls"), {"full_name": "Cleo Cole", "phone": "+49 30 7654321"})
    assert Person.objects.get(last_name="Cole").owner == people.sam()


def test_marketing_writes_a_script_on_a_screen_and_sees_where_it_leads(client_of):
    carol = client_of(people.carol())
    wrong = carol.post(reverse("call-scripts"), {"name": "Short", "text": "? need: Why?\n- Cold = yes -> x"})
    assert wrong.status_code == 422 and "no question is called so" in wrong.content.decode()
    carol.post(reverse("call-scripts"), {"name": "Short", "text": SCRIPT, "active": "on"})
    made = CallScript.objects.get()
    page = carol.get(reverse("call-script", args=[made.pk])).content.decode()
    assert "→ authority" in page and "→ the end" in page and len(made.questions) == 5
