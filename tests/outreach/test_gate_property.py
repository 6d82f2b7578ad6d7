"""Whatever happens in whatever order: no marketing mail to who left, none after a handoff, none twice or too often."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.outreach import scene
from tests.tries import tries
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN, Cycle
from winnow.leads.errors import Refusal
from winnow.leads.message import Enrolment, Message, Suppression
from winnow.leads.person import Identity
from winnow.outreach import gate, outbox, programmes, relay, replies, settling, unsubscribe

pytestmark = pytest.mark.django_db

PEOPLE = 3
STEPS = st.lists(
    st.tuples(
        st.sampled_from([
            "enrol", "stop", "advance", "send", "send", "advance", "leave", "come back", "hand off", "nurture", "merge",
            "change address", "crash", "settle", "confirm", "requeue", "reply", "complain", "wait", "night", "service",
        ]),
        st.integers(0, PEOPLE - 1),
        st.sampled_from([1, 3, 26, 24 * 7 + 1, 24 * 15]),
    ),
    min_size=2, max_size=24,
)  # fmt: skip


class Watcher:
    """Stands in for the relay, and looks at the world at the very moment that a mail is handed over."""

    def __init__(self):
        self.mails, self.handed, self.crash = [], set(), False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    closed = False

    def open(self):
        pass

    def deliver(self, sender, recipient, content):
        message = Message.objects.select_related("person").get(message_id=_id_in(content))
        if message.kind == "marketing":
            suppressed = Suppression.objects.filter(address_hash__in=gate.hashes_of(recipient), lifted_at=None)
            assert not suppressed.exists(), "mail to a suppressed address"
            root = message.person.now_is()
            stages = set(Cycle.objects.filter(person=root, closed_at=None).values_list("stage", flat=True))
            assert not stages & set(gate.WITH_SALES), "mail to somebody whom sales works"
            mine = [one for one in self.mails if one[1] == root.pk or one[2] == recipient]
            for span, most in gate.CAPS:
                assert sum(one[0] > now() - span for one in mine) < most, "more than the cap"
            assert (message.tip_id, root.pk) not in {(one[3], one[1]) for one in mine}, "the same tip twice"
            assert 8 <= now().hour < 18, "at night"
            self.mails.append((now(), root.pk, recipient, message.tip_id))
        assert message.pk not in self.handed, "the same mail twice"
        self.handed.add(message.pk)
        if self.crash:
            self.crash = False
            return relay.Answer(relay.UNSURE, "gone")
        return relay.Answer(relay.TAKEN, "250 ok")


def _id_in(content):
    from email import message_from_bytes

    return message_from_bytes(content)["Message-ID"]


@hypothesis_settings(
    max_examples=tries(10, 60), deadline=None, suppress_health_check=list(HealthCheck), database=None,
)  # fmt: skip
@given(steps=STEPS)
@example(steps=[("hand off", 0, 1), ("send", 0, 1)])
@example(steps=[("leave", 0, 1), ("send", 0, 1)])
@example(steps=[("leave", 0, 1), ("requeue", 0, 1), ("send", 0, 1)])
@example(steps=[("leave", 0, 1), ("merge", 0, 1), ("requeue", 0, 1), ("send", 0, 1)])
@example(steps=[("send", 0, 1), ("wait", 0, 24 * 7 + 1), ("requeue", 0, 1), ("advance", 0, 1), ("send", 0, 1)])
@example(steps=[("crash", 0, 1), ("requeue", 0, 1), ("send", 0, 1), ("settle", 0, 1), ("send", 0, 1)])
@example(steps=[("night", 0, 1), ("confirm", 0, 1), ("send", 0, 1)])
def test_no_sequence_of_operations_mails_who_must_not_be_mailed(steps):
    from django.conf import settings
    from django.test import override_settings

    ready = dict(MAIL_CONFIGURED=True, PUBLIC_URL="https://winnow.example", EMAIL_HOST="x", EMAIL_PORT=1)
    with transaction.atomic(), override_settings(**ready), time_machine.travel(scene.TUESDAY, tick=True) as clock:
        watcher = Watcher()
        before, relay.Relay = relay.Relay, lambda: watcher
        try:
            story(steps, clock, watcher)
        finally:
            relay.Relay = before
            transaction.set_rollback(True)
    assert settings.EMAIL_HOST != "x"


def story(steps, clock, watcher):
    of = scene.programme(tips=6, pace_days=1, auto_enrol=True)
    people = [scene.prospect(name) for name in ("Ann", "Bob", "Cleo")]
    for person in people:
        programmes.enrol(person, of)
    clock.shift(timedelta(minutes=16))
    programmes.advance_due()
    for act, number, hours in steps:
        person = people[number].now_is()
        clock.shift(timedelta(seconds=7))
        try:
            with transaction.atomic():
                play(act, person, people, hours, of, clock, watcher)
        except Refusal:
            pass
        programmes._last_run.clear()
    programmes.advance_due()
    outbox.send_due()
    states = set(Message.objects.values_list("state", flat=True))
    assert states <= set(Message.STATES)
    assert not Message.objects.filter(state="sending").exists()
    open_places = Enrolment.objects.filter(stopped_at=None).values_list("person", flat=True)
    assert len(open_places) == len(set(open_places))


def play(act, person, people, hours, of, clock, watcher):
    cycle = Cycle.open_for(person)
    match act:
        case "enrol":
            programmes.enrol(person, of)
        case "stop":
            programmes.stop_for(person, "by_hand")
        case "advance":
            programmes.advance_due()
        case "send":
            outbox.send_due()
        case "crash":
            watcher.crash = True
            outbox.send_due()
            watcher.crash = False
        case "leave":
            unsubscribe.opt_out(person.email, person=person, how="link")
        case "come back":
            unsubscribe.come_back(person.email, person=person, how="undo", wording="yes")
        case "hand off" if cycle is not None:
            for stage in ("nurturing", "ready", "handed_off"):
                if stage != cycle.stage and OPEN.index(stage) > OPEN.index(cycle.stage):
                    cycle.move(stage, by=None, at=now())
        case "nurture" if cycle is not None and cycle.stage == "handed_off":
            cycle.move("recycled", by=None, at=now(), reason="later")
            Cycle.begin(person, at=now(), stage="nurturing")
        case "merge":
            other = people[(people.index(next(p for p in people if p.now_is() == person)) + 1) % PEOPLE].now_is()
            if other != person and (cycle is None or cycle.stage in ("new", "nurturing")):
                if cycle is not None:
                    cycle.move("disqualified", by=None, at=now(), reason="merged")
                person.merged_into = other
                person.save()
                for one in people:
                    one.refresh_from_db()
        case "change address":
            person.email = f"new{hours}.{person.email}"
            person.save()
            Identity.objects.get_or_create(
                kind="email", system="", value=person.email, defaults={"person": person, "created_at": now()}
            )
            for one in people:
                one.refresh_from_db()
        case "settle":
            for message in Message.objects.filter(state="unknown"):
                settling.settle(message, "lost" if hours % 2 else "arrived", by=None)
        case "confirm":
            for message in Message.objects.filter(state="held"):
                settling.confirm(message, by=None)
        case "requeue":
            Message.objects.filter(state__in=("held", "cancelled", "suppressed")).update(state="queued", send_at=now())
        case "reply":
            replies.take_mail(f"From: {person.email}\nSubject: hello {now()}\n\nYes\n".encode())
        case "complain":
            replies.take_mail(f"From: {person.email}\nSubject: {now()}\n\nunsubscribe\n".encode())
        case "wait":
            clock.shift(timedelta(hours=hours))
        case "night":
            clock.move_to(now().replace(hour=23))
        case "service":
            Message.write(kind="service", address=person.email, subject="x", body="x", person=person, at=now())
