"""A sender that is killed at any moment: no mail twice, none lost in silence, and the relay's log settles every doubt.

The full bar is 2,000 recipients and 200 kills (R5); a short loop of the same runs with the suite.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests.outreach import scene
from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.inquiry import Consent
from winnow.leads.message import Message
from winnow.leads.person import Person
from winnow.outreach import outbox, settling

pytestmark = pytest.mark.django_db(transaction=True)

# Loads everything once. A line on its standard input makes a sender, a process with a connection of its own; the next
# line kills it. Who makes it kills it, before looking at how it ended: its number is still its own.
NURSERY = """
import os, sys, django, time_machine
from datetime import datetime, timedelta, timezone
django.setup()
from winnow.outreach import outbox
for second in sys.stdin:
    child = os.fork()
    if child == 0:
        moment = datetime(2026, 3, 10, 10, 0, tzinfo=timezone.utc) + timedelta(seconds=int(second))
        with time_machine.travel(moment):
            while outbox.send_due():
                pass
        os._exit(0)
    sys.stdin.readline()
    os.kill(child, 9)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def many(count):
    """So many people, each with a mail in the outbox."""
    at = now()
    accounts = Account.objects.bulk_create([
        Account(name=f"Mill {n}", name_key=f"mill {n}", domain=f"m{n}.example", created_at=at) for n in range(count)
    ])  # fmt: skip
    people = Person.objects.bulk_create([
        Person(account=account, first_name="Ann", email=f"ann@{account.domain}", created_at=at) for account in accounts
    ])  # fmt: skip
    Cycle.objects.bulk_create([
        Cycle(person=person, stage="nurturing", opened_at=at, stage_at=at) for person in people
    ])  # fmt: skip
    Consent.objects.bulk_create([Consent(person=person, given=True, how="form", at=at) for person in people])
    tip = scene.tip(scene.programme(tips=0), 1)
    return Message.objects.bulk_create([
        Message(kind="marketing", person=person, tip=tip, address=person.email, subject="Tip", body="Hello Ann",
                message_id=f"<{n:032x}@halm.example>", send_at=at, created_at=at)
        for n, person in enumerate(people)
    ])  # fmt: skip


class Nursery:
    """Makes senders on the database of the tests, and kills them."""

    def __init__(self, port):
        one = connection.settings_dict
        url = f"postgresql://{one['USER']}@/{one['NAME']}?host={one['HOST']}"
        if os.environ.get("DATABASE_URL"):
            url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{one['NAME']}"
        environment = {
            **os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "winnow.settings",
            "WINNOW_HOME": django_settings.TEST_HOME, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "WINNOW_SMTP_URL": f"smtp://127.0.0.1:{port}", "WINNOW_PUBLIC_URL": "https://winnow.example",
            "WINNOW_MAIL_FROM": "Halm Works <hello@halm.example>",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def kill_one(self, second, when):
        """A sender that is killed when `when()` says so, unless it had finished by then."""
        self._say(second)
        when()
        self._say("now")
        assert self.process.stdout.readline() in ("-9\n", "0\n")

    def _say(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def prove(settings, *, recipients, kills, slow, patience):
    """Kill senders at random moments, spread over the whole outbox, until so many kills are done or the time is up."""
    sink = scene.Sink(slow=slow)
    with scene.Relay(sink) as relay, Nursery(relay.port) as nursery:
        scene.configure(settings, relay.port)
        many(recipients)
        chance = random.Random(7)
        began, killed = time.monotonic(), 0
        while killed < kills and time.monotonic() - began < patience:
            target = len(sink.ids) + chance.uniform(0, 1.9 * recipients / kills)
            latest = time.monotonic() + 10

            def when(target=target, latest=latest):
                while len(sink.ids) < target and time.monotonic() < latest:
                    time.sleep(0.002)
                time.sleep(chance.uniform(0, 12 * slow))

            nursery.kill_one(killed, when)
            killed += 1
        time.sleep(slow + 0.2)
        report(sink, recipients)
        went = Message.objects.filter(state="sent").count()
        unsure = Message.objects.filter(state="unknown").count()
        settled = settling.reconcile(sink.ids, complete_until=now() + timedelta(hours=1))
        assert settled.left == 0
        while outbox.send_due():
            pass
        finish(sink, recipients)
        return killed, went, unsure, settled


def report(sink, recipients):
    """After the kills and before any settling: each mail is known, or in doubt; none went twice."""
    outbox.recover()
    states = Counter(Message.objects.values_list("state", flat=True))
    assert sum(states.values()) == recipients
    assert set(states) <= {"queued", "sent", "unknown"}
    assert max(Counter(sink.ids).values(), default=0) <= 1
    arrived = set(sink.ids)
    for message_id, state in Message.objects.values_list("message_id", "state"):
        if state == "sent":
            assert message_id in arrived, "the table says that it went, and the relay never had it"
        if state == "queued":
            assert message_id not in arrived, "it went, and would go again"


def finish(sink, recipients):
    """After settling and sending the rest: everybody has had it, once, and the table and the facts say so."""
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": recipients}
    assert Counter(sink.ids).most_common(1)[0][1] == 1
    assert len(sink.ids) == recipients
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT person_id) FROM leads_fact WHERE kind = 'mail_sent'")
        assert cursor.fetchone() == (recipients, recipients)


@pytest.mark.bars
def test_a_few_kills_send_nothing_twice_and_lose_nothing(settings):
    killed, *_ = prove(settings, recipients=60, kills=6, slow=0.01, patience=40)
    assert killed == 6


@pytest.mark.bars
def test_two_hundred_kills_over_two_thousand_recipients(settings, capsys):
    killed, went, unsure, settled = prove(settings, recipients=2000, kills=200, slow=0.004, patience=300)
    with capsys.disabled():
        print(
            f"\nR5: {killed} kills, {went} sent by then, {unsure} in doubt, "
            f"of which {settled.sent} had gone and {settled.again} had not"
        )
    assert killed == 200
