"""The pages of the nurture room: what waits for a person comes first, and each thing can be decided there."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.outreach import scene
from tests.web import people
from winnow.leads.clock import now
from winnow.leads.mailbox import IncomingMail, KeptOut
from winnow.leads.message import Enrolment, Message, Programme, Suppression, Tip
from winnow.outreach import gate, outbox, programmes, replies

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol():
    """Carol's browser."""
    client = Client()
    client.force_login(people.carol())
    return client


def text(answer):
    return " ".join(answer.content.decode().split())


def test_the_first_visit_says_what_a_programme_is_and_begins_one(carol):
    assert "There is no programme yet" in text(carol.get("/nurture/"))
    given = {"name": "Audit season", "pace_days": 14, "months": 24, "consent": "where_law_asks", "holdout_percent": 0}
    answer = carol.post("/nurture/programmes/new/", given | {"auto_enrol": "on"}, follow=True)
    made = Programme.objects.get()
    assert (made.code, made.auto_enrol, made.person_checks) == ("audit-season", True, False)
    assert "No mails yet" in text(answer)


def test_only_one_programme_takes_people_in_by_itself(carol):
    old, new = scene.programme(auto_enrol=True), scene.programme()
    given = {"name": "Spring", "pace_days": 21, "months": 12, "consent": "always", "holdout_percent": 20}
    given["auto_enrol"] = "on"
    carol.post(f"/nurture/programmes/{new.pk}/settings/", given)
    for one in (old, new):
        one.refresh_from_db()
    assert (old.auto_enrol, new.auto_enrol, new.pace_days, new.name) == (False, True, 21, "Spring")


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("pace_days", "0", "greater than or equal to 1"), ("holdout_percent", "80", "less than or equal to 50"),
        ("name", "", "required"),
    ],
)
def test_wrong_input_stands_at_its_field(carol, name, value, said):
    given = {"name": "Spring", "pace_days": 14, "months": 24, "consent": "always", "holdout_percent": 0, name: value}
    answer = carol.post("/nurture/programmes/new/", given)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Programme.objects.exists()


def test_a_mail_is_written_and_seen_as_it_arrives(carol, sink):
    of = scene.programme(tips=0)
    body = "Hello {first_name},\n\n<b>read</b> https://halm.example/p"
    given = {"subject": "Doors, {first_name|you}", "body": body, "phase": "learning"}
    answer = carol.post(f"/nurture/programmes/{of.pk}/tips/", given, follow=True)
    tip = Tip.objects.get()
    page = text(answer)
    assert "Doors, Ann" in page and "Hello Ann, &lt;b&gt;read&lt;/b&gt; https://halm.example/p" in page
    preview = carol.get(f"/nurture/tips/{tip.pk}/preview/")
    assert "&lt;b&gt;read&lt;/b&gt;" in preview.content.decode()
    policy = preview["Content-Security-Policy"]
    assert "script-src 'none'" in policy and "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert "sandbox" in page


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("body", "Hello {frist_name}", "Nothing is ever filled in for {frist_name}"),
        ("subject", "=?utf-8?q?x?=", "an encoded word"),
        ("subject", "", "required"),
    ],
)
def test_a_mail_that_could_not_go_is_not_kept(carol, field, value, said):
    of = scene.programme(tips=0)
    given = {"subject": "Doors", "body": "Hello", "phase": "learning", field: value}
    answer = carol.post(f"/nurture/programmes/{of.pk}/tips/", given)
    assert answer.status_code == 422
    assert said in text(answer).replace("&#x27;", "'")
    assert not Tip.objects.exists()


def test_somebody_is_put_in_taken_out_and_put_back(carol):
    of, ann = scene.programme(), scene.prospect()
    page = text(carol.post(f"/nurture/programmes/{of.pk}/enrolments/", {"who": ann.email.upper()}, follow=True))
    place = Enrolment.objects.get()
    assert (place.person, place.by) == (ann, people.carol())
    assert f"Ann is in “{of}”" in page
    carol.post(f"/nurture/enrolments/{place.pk}/end/")
    place.refresh_from_db()
    assert place.stop_reason == "by_hand"
    carol.post(f"/nurture/enrolments/{place.pk}/return/")
    place.refresh_from_db()
    assert place.stopped_at is None


def test_who_may_not_be_put_in_is_refused_with_the_reason(carol):
    of, ann = scene.programme(), scene.prospect(consent=False, country="DE")
    for who, said in ((ann.email, "has given no consent"), ("Nobody Known", "Nobody is known as"), ("", "Say who")):
        answer = carol.post(f"/nurture/programmes/{of.pk}/enrolments/", {"who": who})
        assert answer.status_code == 422
        assert said in text(answer)


def test_what_waits_comes_first(carol, sink, tuesday):
    late, unsure = scene.queued("Ann"), scene.queued("Bob")
    sink.answers[unsure.address] = "drop"
    Message.objects.filter(pk=late.pk).update(send_at=now() - timedelta(hours=5))
    outbox.send_due()
    zoe = replies.take_mail(b"From: zoe@elsewhere.example\nSubject: A question\n\nDo you ship to Norway?\n")
    IncomingMail.objects.filter(pk=zoe.mail.pk).update(did=f"{replies.COULD_NOT}: no reason")
    programmes.pause(unsure.enrolment.programme, "texts are old")
    page = text(carol.get("/nurture/"))
    assert page.index("Waits for you") < page.index("Programmes <small>")
    for words in ("mail</b> waits for a word of yours", "was being handed over when something broke"):
        assert words in page
    assert "texts are old" in page and "nothing could be made of" in page
    assert carol.get("/nurture/outbox/").context["state"] == "held"


def test_a_held_mail_is_changed_and_goes(carol, sink):
    message = scene.queued(of=scene.programme(person_checks=True))
    page = text(carol.get(f"/nurture/mails/{message.pk}/"))
    assert "It waits for you" in page and "looks at each mail" in page
    given = {"subject": "For you, Ann", "body": "Hello Ann,\r\n\r\nanother text."}
    carol.post(f"/nurture/mails/{message.pk}/confirmation/", given)
    outbox.send_due()
    (mail,) = sink.mails
    assert mail["Subject"] == "For you, Ann"
    assert scene.plain(mail).startswith("Hello Ann,\n\nanother text.")


def test_a_hostile_subject_typed_here_stands_at_the_form(carol):
    message = scene.queued(of=scene.programme(person_checks=True))
    answer = carol.post(f"/nurture/mails/{message.pk}/confirmation/", {"subject": "=?utf-8?q?x?=", "body": "x"})
    assert answer.status_code == 422 and "encoded word" in text(answer)
    message.refresh_from_db()
    assert message.state == "held"


def test_all_held_mails_go_or_are_called_back_at_once(carol):
    messages = [scene.queued(name, of=scene.programme(person_checks=True)) for name in ("Ann", "Bob", "Cleo")]
    carol.post(f"/nurture/mails/{messages[0].pk}/recall/")
    assert "2 mails go" in text(carol.post("/nurture/outbox/held/", {"decision": "let go"}, follow=True))
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "queued", "queued"]


def test_a_mail_in_doubt_is_settled_here(carol, sink):
    message = scene.queued()
    sink.answers[message.address] = "drop"
    outbox.send_due()
    page = text(carol.get(f"/nurture/mails/{message.pk}/"))
    assert "Nobody knows whether it went" in page and message.message_id.strip("<>") in page
    carol.post(f"/nurture/mails/{message.pk}/settlement/", {"outcome": "arrived"})
    message.refresh_from_db()
    assert message.state == "sent"
    answer = carol.post(f"/nurture/mails/{message.pk}/settlement/", {"outcome": "lost"})
    assert answer.status_code == 409 and "is sent by now" in text(answer)
    assert carol.post(f"/nurture/mails/{message.pk}/settlement/", {"outcome": "x"}).status_code == 409


def test_addresses_are_looked_up_added_and_lifted_on_their_own_words(carol):
    ann = scene.prospect()
    assert "Nothing stands against" in text(carol.get("/nurture/suppressed/", {"address": ann.email}))
    carol.post("/nurture/suppressed/", {"addresses": f"{ann.email}, stranger@mill.example", "reason": "they called"})
    assert Suppression.objects.filter(lifted_at=None).count() == 2
    assert ann.facts.get(kind="opted_out").code == "by_hand"
    assert "gets no marketing mail (by hand)" in text(carol.get("/nurture/suppressed/", {"address": ann.email}))
    assert carol.post("/nurture/suppressed/lifting/", {"address": ann.email, "words": ""}).status_code == 409
    carol.post("/nurture/suppressed/lifting/", {"address": ann.email, "words": "Please write to me again, Ann"})
    assert gate.may_send(gate.Candidate(ann.email, person=ann, caps=False), now()) is None
    answer = carol.post("/nurture/suppressed/", {"addresses": "no address"})
    assert answer.status_code == 422 and "no address is no mail address; nothing was added" in text(answer)


def test_an_address_that_works_again_is_forgiven(carol, sink):
    message = scene.queued()
    sink.refuse[message.address] = "550 5.1.1 no such user"
    outbox.send_due()
    assert "takes no mail" in text(carol.get("/nurture/suppressed/", {"address": message.address}))
    carol.post("/nurture/suppressed/forgiveness/", {"address": message.address})
    assert gate.may_send(gate.Candidate(message.address, "service"), now()) is None


def test_every_page_opens_with_something_on_it(carol, sink):
    message = scene.queued()
    outbox.send_due()
    outcome = replies.take_mail(f"From: {message.address}\nSubject: Re\n\n<script>alert(1)</script>\n".encode())
    kept = scene.prospect("Bob", consent=False, country="DE")
    of = message.enrolment.programme
    KeptOut.objects.create(
        cycle=kept.cycles.get(), programme=of, code="x", reason="No consent.", at=now(), again_at=now()
    )
    for place, words in {
        "/nurture/": "Next to go", "/nurture/outbox/?state=sent": message.subject, "/nurture/kept-out/": "No consent.",
        f"/nurture/mails/{message.pk}/": "taken by the relay", "/nurture/incoming/": "a reply",
        f"/nurture/incoming/{outcome.mail.pk}/": "&lt;script&gt;alert(1)&lt;/script&gt;",
        f"/nurture/tips/{message.tip_id}/": "As it arrives", "/nurture/outbox/?state=nonsense&page=99": message.subject,
        f"/nurture/programmes/{message.enrolment.programme_id}/": "they replied",
        f"/nurture/mails/{message.pk}/preview/": "Hello Ann",
    }.items():  # fmt: skip
        answer = carol.get(place)
        assert answer.status_code == 200, place
        assert words in text(answer), place
        assert "<script>alert" not in answer.content.decode()


def test_a_rep_sees_own_people_s_mails_and_decides_nothing(sink):
    own, foreign = scene.queued("Ann"), scene.queued("Bob")
    own.person.owner = people.sam()
    own.person.save()
    sam = Client()
    sam.force_login(people.sam())
    page = text(sam.get("/nurture/outbox/?state=queued"))
    assert own.subject in page and foreign.subject not in page and "Call back" not in page
    assert sam.get(f"/nurture/mails/{foreign.pk}/").status_code == 404
    assert sam.post(f"/nurture/mails/{own.pk}/recall/").status_code == 403
    assert sam.get("/nurture/suppressed/").status_code == 403
    assert sam.get(f"/nurture/programmes/{own.enrolment.programme_id}/").status_code == 200


def test_mail_of_others_that_came_in_is_not_there_for_a_rep(sink):
    replies.take_mail(b"From: zoe@elsewhere.example\nSubject: x\n\nx\n")
    sam = Client()
    sam.force_login(people.sam())
    assert sam.get(f"/nurture/incoming/{IncomingMail.objects.get().pk}/").status_code == 404
