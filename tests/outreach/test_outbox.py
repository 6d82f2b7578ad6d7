"""Mail goes once, or is known not to have gone."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.outreach import scene
from tests.web import people
from winnow.leads.clock import now
from winnow.leads.message import Message
from winnow.outreach import gate, outbox, programmes, relay, settling, unsubscribe

pytestmark = pytest.mark.django_db


def state(message):
    message.refresh_from_db()
    return message.state


def test_a_mail_goes_once_and_is_a_fact(sink):
    message = scene.queued()
    outbox.send_due()
    outbox.send_due()
    assert state(message) == "sent"
    assert [mail["Message-ID"] for mail in sink.mails] == [message.message_id]
    assert scene.kinds(message.person)[-1] == "mail_sent"
    assert message.person.facts.get(kind="mail_sent").code == message.tip.code


def test_the_mail_has_both_parts_and_the_ways_out(sink):
    message = scene.queued("Ann")
    outbox.send_due()
    (mail,) = sink.mails
    assert mail["Subject"] == "Tip 1 for Ann"
    assert mail["From"] == "Halm Works <hello@halm.example>"
    assert scene.plain(mail).startswith("Hello Ann,\n\nread https://winnow.example/c/")
    assert "Halm Works, 1 Mill Lane, Corkshire" in scene.plain(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click, by_mail = mail["List-Unsubscribe"].split(", ")
    (secret,) = scene.link_in(mail)
    assert one_click == f"<https://winnow.example/u/{secret}/>"
    assert by_mail == f"<mailto:hello@halm.example?subject=unsubscribe%20{secret}>"
    assert f"Unsubscribe: https://winnow.example/u/{secret}/" in scene.plain(mail)
    assert unsubscribe.link_of(secret).message == message
    assert secret not in str(list(message.links.values()))  # only its hash is kept


def test_without_a_relay_mail_waits(settings):
    message = scene.queued()
    assert outbox.send_due() == 0
    assert state(message) == "queued"


def test_without_a_public_address_nobody_could_leave_and_marketing_waits(sink, settings):
    settings.PUBLIC_URL = ""
    message = scene.queued()
    notice = Message.write(kind="service", address="sam@halm.example", subject="A lead", body="Ann", at=now())
    outbox.send_due()
    assert state(message) == "queued"
    assert state(notice) == "sent"


def test_one_poison_recipient_stops_nobody_else(sink):
    poison, *others = [scene.queued(name) for name in ("Ann", "Bob", "Cleo", "Dan")]
    sink.refuse[poison.address] = "554 5.7.1 go away"
    outbox.send_due()
    assert state(poison) == "failed"
    assert "554 5.7.1 go away" in poison.reason
    assert [state(message) for message in others] == ["sent"] * 3


def test_an_unknown_recipient_is_a_hard_bounce_and_ends_the_programme(sink):
    message = scene.queued()
    sink.refuse[message.address] = "550 5.1.1 No such user here"
    outbox.send_due()
    assert state(message) == "failed"
    fact = message.person.facts.get(kind="mail_bounced")
    assert (fact.flag, fact.code) == (True, message.tip.code)
    message.enrolment.refresh_from_db()
    assert message.enrolment.stop_reason == "bounced"
    why = gate.may_send(gate.Candidate(message.address, "service"), now())
    assert why.code == "bounced"


def test_a_full_mailbox_is_soft_and_three_of_them_end_it(sink, tuesday):
    place = scene.enrolled(of=scene.programme(tips=4, pace_days=1))
    sink.refuse[place.person.email] = "552 5.2.2 Mailbox full"
    for number in range(3):
        assert place.stopped_at is None, number
        programmes.advance_due()
        outbox.send_due()
        place.refresh_from_db()
        tuesday.shift(timedelta(days=1))
    assert place.stop_reason == "bounced"
    assert not place.person.facts.filter(kind="mail_bounced", flag=True).exists()


def test_a_relay_that_is_busy_is_asked_again_later(sink, tuesday):
    message = scene.queued()
    sink.refuse[message.address] = "451 4.7.1 greylisted, come back"
    outbox.send_due()
    assert state(message) == "queued"
    assert (message.handed_at, message.claimed_by, message.tries) == (None, "", 1)
    assert outbox.send_due() == 0
    sink.refuse.clear()
    tuesday.shift(timedelta(minutes=2))
    outbox.send_due()
    assert state(message) == "sent"
    assert len(sink.mails) == 1


def test_a_text_that_is_refused_for_now_was_not_taken(sink, tuesday):
    message = scene.queued()
    sink.answers[message.address] = "452 4.3.1 no room"
    outbox.send_due()
    assert state(message) == "queued"
    sink.answers.clear()
    tuesday.shift(timedelta(minutes=2))
    outbox.send_due()
    assert (state(message), len(sink.mails)) == ("sent", 1)


def test_a_text_that_is_refused_for_good_says_nothing_of_the_address(sink):
    message = scene.queued()
    sink.answers[message.address] = "554 5.7.1 looks like spam"
    outbox.send_due()
    assert state(message) == "failed"
    assert not message.person.facts.filter(kind="mail_bounced").exists()
    assert message.bounces.count() == 0


@pytest.mark.parametrize("taken", [True, False])
def test_a_connection_that_breaks_after_the_text_leaves_it_unknown_and_it_never_goes_again(sink, tuesday, taken):
    message = scene.queued()
    sink.answers[message.address] = "take and drop" if taken else "drop"
    outbox.send_due()
    assert state(message) == "unknown"
    sink.answers.clear()
    tuesday.shift(timedelta(hours=1))
    outbox.send_due()
    assert state(message) == "unknown"
    assert len(sink.mails) == (1 if taken else 0)


def test_a_connection_that_breaks_before_the_text_loses_nothing(sink, tuesday):
    message, other = scene.queued("Ann"), scene.queued("Bob")
    sink.refuse[message.address] = "drop"
    outbox.send_due()
    assert state(message) == "queued"
    sink.refuse.clear()
    tuesday.shift(timedelta(minutes=10))
    outbox.send_due()
    assert (state(message), state(other)) == ("sent", "sent")
    assert len(sink.mails) == 2


def test_a_relay_that_hangs_up_every_few_mails_gets_each_once(sink, tuesday):
    sink.drop_every = 3
    messages = [scene.queued(f"Ann{number}") for number in range(10)]
    for _ in range(20):
        outbox.send_due()
        tuesday.shift(timedelta(minutes=1))
    assert len(sink.ids) == len(set(sink.ids))
    found = {state(message) for message in messages}
    assert found <= {"sent", "unknown"}
    arrived = set(sink.ids)
    assert all(message.message_id in arrived for message in messages if message.state == "sent")


def test_a_relay_that_refuses_our_sender_fails_no_mail(sink, tuesday):
    messages = [scene.queued(name) for name in ("Ann", "Bob")]
    sink.sender_answer = "550 5.7.1 you may not send here"
    outbox.send_due()
    assert [state(message) for message in messages] == ["queued", "queued"]
    assert "you may not send here" in messages[0].reason


def test_nobody_answering_at_the_relay_fails_no_mail(sink, settings, tuesday):
    settings.EMAIL_PORT = 9
    message = scene.queued()
    outbox.send_due()
    assert state(message) == "queued"
    assert "can't be used" in message.reason


def test_what_is_more_than_two_hours_late_waits_for_a_person(sink, tuesday):
    message = scene.queued()
    tuesday.shift(timedelta(hours=2, minutes=1))
    outbox.send_due()
    assert state(message) == "held"
    assert "2 hours before" in message.reason
    settling.confirm(message, by=people.carol())
    outbox.send_due()
    assert state(message) == "sent"


def test_a_mail_that_a_relay_put_off_for_two_hours_waits_for_a_person_too(sink, tuesday):
    message = scene.queued()
    sink.refuse[message.address] = "451 4.7.1 not now"
    for _ in range(14):
        outbox.send_due()
        tuesday.shift(timedelta(minutes=10))
    assert state(message) == "held"
    assert sink.mails == []


def test_after_a_restore_nothing_that_was_due_before_goes_by_itself(sink, tuesday):
    from winnow.leads.audit import audited

    message, place = scene.queued("Ann"), scene.enrolled("Bob")
    tuesday.shift(timedelta(minutes=20))
    audited(None, "restored", "backup", "made at 10:00")
    tuesday.shift(timedelta(minutes=5))
    programmes.advance_due()
    outbox.send_due()
    assert state(message) == "held"
    assert Message.objects.get(enrolment=place).state == "held"
    assert "before the restore" in Message.objects.get(enrolment=place).reason
    assert sink.mails == []


def test_outside_working_hours_it_waits_for_the_morning(sink, tuesday):
    message = scene.queued()
    tuesday.move_to(scene.TUESDAY.replace(hour=11))
    Message.objects.filter(pk=message.pk).update(send_at=scene.TUESDAY.replace(hour=17, minute=59))
    tuesday.move_to(scene.TUESDAY.replace(hour=18, minute=1))
    outbox.send_due()
    assert state(message) == "queued"
    assert message.send_at == scene.TUESDAY.replace(day=11, hour=8)


def test_the_database_itself_refuses_to_claim_for_a_suppressed_address():
    message = scene.queued()
    unsubscribe._suppress(message.address.upper(), "by_hand", now(), None, "")
    with pytest.raises(IntegrityError, match="suppressed"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state="sending", claimed_by="x:1:y", claimed_at=now())


def test_the_database_itself_holds_the_caps_that_the_gate_knows():
    first, second = scene.queued("Ann"), scene.queued("Bob")
    Message.objects.filter(pk=second.pk).update(person=first.person)
    claim = {"state": "sending", "claimed_by": "x:1:y", "claimed_at": now()}
    Message.objects.filter(pk=first.pk).update(**claim)
    with pytest.raises(IntegrityError, match="1 mails in 7 days"), transaction.atomic():
        Message.objects.filter(pk=second.pk).update(**claim)
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'winnow_send_gate'")
        source = cursor.fetchone()[0]
    (week, one), (month, three) = gate.CAPS
    assert f"interval '{week.days} days'" in source and f"recent >= {one}" in source
    assert f"interval '{month.days} days'" in source and f"month >= {three}" in source


def test_two_mails_to_one_person_do_not_go_in_one_week(sink, tuesday):
    first, second = scene.queued("Ann"), scene.queued("Bob")
    Message.objects.filter(pk=second.pk).update(person=first.person)
    outbox.send_due()
    assert sorted((state(first), state(second))) == ["queued", "sent"]
    waiting = first if first.state == "queued" else second
    assert waiting.send_at - scene.TUESDAY > timedelta(days=6, hours=23)


@pytest.mark.parametrize("stage", ["ready", "handed_off", "accepted", "disqualified"])
def test_nothing_goes_to_who_went_on_even_before_the_loop_has_run(sink, stage):
    message = scene.queued()
    scene.move(message.person, stage)
    outbox.send_due()
    assert state(message) == "cancelled"
    assert sink.mails == []


def test_a_dead_worker_s_claim_is_queued_again_or_unknown_by_whether_it_was_handed_over(sink):
    claimed, handed = scene.queued("Ann"), scene.queued("Bob")
    dead = f"{outbox.worker_name().partition(':')[0]}:999999999:abcd"
    Message.objects.filter(pk=claimed.pk).update(state="sending", claimed_by=dead, claimed_at=now())
    Message.objects.filter(pk=handed.pk).update(
        state="sending", claimed_by=dead, claimed_at=now(), handed_at=now()
    )
    assert outbox.recover() == 2
    assert (state(claimed), state(handed)) == ("queued", "unknown")


def test_another_machine_s_claim_is_left_alone_for_two_minutes(tuesday):
    message = scene.queued()
    Message.objects.filter(pk=message.pk).update(state="sending", claimed_by="mill:7:abcd", claimed_at=now())
    assert outbox.recover() == 0
    tuesday.shift(timedelta(seconds=121))
    assert outbox.recover() == 1


def test_the_relay_s_log_settles_what_is_in_doubt(sink):
    arrived, lost, later = [scene.queued(name) for name in ("Ann", "Bob", "Cleo")]
    for message in (arrived, lost, later):
        sink.answers[message.address] = "drop"
    outbox.send_due()
    until = Message.objects.get(pk=later.pk).handed_at
    found = settling.reconcile([arrived.message_id], complete_until=until)
    assert (found.sent, found.again, found.left) == (1, 1, 1)
    assert [state(message) for message in (arrived, lost, later)] == ["sent", "queued", "unknown"]
    assert arrived.person.facts.filter(kind="mail_sent").count() == 1
    sink.answers.clear()
    outbox.send_due()
    assert state(lost) == "sent"
    assert sink.ids == [lost.message_id]


def test_a_person_settles_a_mail_in_doubt(sink):
    first, second, third = [scene.queued(name) for name in ("Ann", "Bob", "Cleo")]
    for message in (first, second, third):
        sink.answers[message.address] = "drop"
    outbox.send_due()
    sink.answers.clear()
    for message in (first, second, third):
        message.refresh_from_db()
    settling.settle(first, "arrived", by=people.carol())
    settling.settle(second, "lost", by=people.carol())
    settling.settle(third, "again", by=people.carol())
    assert [one.state for one in (first, second, third)] == ["sent", "failed", "queued"]
    with pytest.raises(settling.Refusal, match="is sent by now"):
        settling.settle(first, "lost", by=people.carol())
    outbox.send_due()
    assert sink.ids == [third.message_id]


@pytest.mark.bars
def test_pausing_and_going_on_twenty_times_sends_each_once(sink, tuesday):
    of = scene.programme()
    messages = [scene.queued(f"Ann{number}", of=of) for number in range(20)]
    for _ in range(20):
        outbox.send_due(limit=1)
        programmes.pause(of, "a moment")
        assert outbox.send_due() == 0
        programmes.resume(of)
    assert sorted(sink.ids) == sorted(message.message_id for message in messages)


def test_a_worker_that_only_seemed_dead_still_knows_that_it_went(sink, monkeypatch):
    """The relay takes so long that another worker gives the mail up; whoever sent it says the last word."""
    message = scene.queued()
    deliver = relay.Relay.deliver

    def slowly(self, *given):
        answer = deliver(self, *given)
        name = outbox.worker_name()
        monkeypatch.setattr(outbox, "worker_name", lambda: "another:1:x")
        assert outbox.recover(at=now() + timedelta(minutes=10)) == 1
        assert state(message) == "unknown"
        monkeypatch.setattr(outbox, "worker_name", lambda: name)
        return answer

    monkeypatch.setattr(relay.Relay, "deliver", slowly)
    outbox.send_due()
    assert (state(message), len(sink.mails)) == ("sent", 1)


def test_a_worker_whose_mails_were_taken_back_hands_over_none_of_them(sink, monkeypatch):
    messages = [scene.queued(name) for name in ("Ann", "Bob")]
    claimed = outbox.claim

    def lost(*given):
        found = claimed(*given)
        Message.objects.filter(state="sending").update(state="queued", claimed_by="", claimed_at=None)
        return found

    monkeypatch.setattr(outbox, "claim", lost)
    outbox.send_due()
    assert sink.mails == []
    assert {state(message) for message in messages} == {"queued"}


@pytest.mark.bars
@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_mail_once(sink):
    messages = [scene.queued(f"Ann{number}") for number in range(40)]
    start = threading.Barrier(4)

    def work():
        start.wait()
        try:
            while outbox.send_due(limit=5):
                pass
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(sink.ids) == sorted(message.message_id for message in messages)
    assert {state(message) for message in messages} == {"sent"}
