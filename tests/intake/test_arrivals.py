"""Arrivals: kept raw before anybody is told so, understood right after, and never lost."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from winnow.intake import arrivals
from winnow.intake.arrivals import process_pending, release, repair, take
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.models import Arrival, Consent, Inquiry, Person

pytestmark = pytest.mark.django_db

ANN = {"email": "ann@acme.example", "first_name": "Ann", "last_name": "Lee", "message": "Which mill suits rye?"}


def test_the_same_key_is_the_same_arrival_and_another_body_under_it_is_refused():
    first = take("api", "key 1", ANN, {}, "k1")
    again = take("api", "key 1", dict(reversed(ANN.items())), {}, "k1")
    assert (first.status, again.status, again.id, again.replayed) == (202, 202, first.id, True)
    other = take("api", "key 1", ANN | {"message": "other"}, {}, "k1")
    assert other.status == 409 and Arrival.objects.count() == 1
    assert take("api", "key 2", ANN, {}, "k1").id != first.id, "another sender's key is another key"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_with_one_key_are_one_row():
    ids, errors = set(), []

    def post():
        try:
            ids.add(take("api", "key 1", ANN, {}, "same").id)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(100)]
    for start in range(0, 100, 20):
        for thread in threads[start : start + 20]:
            thread.start()
        for thread in threads[start : start + 20]:
            thread.join()
    assert not errors and len(ids) == 1 and Arrival.objects.count() == 1


def test_what_arrived_becomes_an_inquiry_with_consent_answers_and_origin():
    body = ANN | {
        "consent": True, "consent_wording": "Send me tips (version 2).", "answers": {"need": "yes", "mills": 3},
        "utm_source": "almanac", "utm_campaign": "spring", "utm_medium": "print", "contact_me": "on",
    }
    kept = take("form", "form contact", body)
    assert process_pending() == 1 and process_pending() == 0
    arrival = Arrival.objects.get(pk=kept.id)
    inquiry = arrival.inquiry
    assert arrival.state == "done" and inquiry.person.name == "Ann Lee"
    assert (inquiry.source, inquiry.channel, inquiry.campaign.name) == ("almanac", "print", "spring")
    assert inquiry.answers["mills"] == "3" and inquiry.contact_me and inquiry.inquiry_due_at
    assert Consent.objects.get().wording == "Send me tips (version 2)."


def test_what_cannot_be_read_is_kept_with_its_reason_repaired_and_replayed():
    kept = take("form", "form contact", ANN | {"email": "ann@acme"})
    process_pending()
    arrival = Arrival.objects.get(pk=kept.id)
    assert arrival.state == "rejected" and "email 'ann@acme'" in arrival.reason and not Inquiry.objects.exists()
    with pytest.raises(Refusal, match="email"):
        repair(arrival, ANN | {"email": "still@wrong"}, by=None)
    copy = repair(arrival, ANN, by=None)
    process_pending()
    copy.refresh_from_db()
    assert copy.state == "done" and copy.inquiry.person.email == ANN["email"] and copy.repaired_from == arrival
    with pytest.raises(Refusal, match="repaired before"):
        repair(arrival, ANN, by=None)


@pytest.mark.parametrize("field, value, words", [
    ("email", "a\0b@acme.example", "NUL"),
    ("message", "x" * 20_001, "20001 characters"),
    ("company", "x" * 301, "301 characters"),
    ("captured_at", "2999-01-01T00:00:00Z", "future"),
    ("captured_at", "yesterday", "ISO 8601"),
    ("employees", "many", "whole number"),
    ("consent", "perhaps", "neither yes nor no"),
    ("answers", ["a"], "answers"),
    ("first_name", {"a": 1}, "neither text nor number"),
])
def test_a_value_that_cannot_be_kept_is_refused_by_name(field, value, words):
    kept = take("api", "key 1", ANN | {field: value})
    process_pending()
    reason = Arrival.objects.get(pk=kept.id).reason
    assert reason.startswith(field) and words in reason


def test_one_that_fails_among_others_holds_nothing_up_and_is_given_up_in_the_end(monkeypatch):
    real = arrivals.take_inquiries

    def poisoned(batch, **more):
        if any(one.first_name == "Bob" for one in batch):
            raise ValueError("no such thing")
        return real(batch, **more)

    monkeypatch.setattr(arrivals, "take_inquiries", poisoned)
    for name in ("Ann", "Bob", "Cem"):
        take("api", "key 1", {"first_name": name, "email": f"{name}@acme.example"})
    assert process_pending() == 3 and process_pending() == 0
    assert Person.objects.count() == 2
    bob = Arrival.objects.get(state="pending")
    assert bob.tries == 1 and bob.due_at > now() and "no such thing" in bob.reason
    for _ in range(arrivals.MOST_TRIES):
        Arrival.objects.filter(pk=bob.pk).update(due_at=now() - timedelta(seconds=1))
        process_pending()
    bob.refresh_from_db()
    assert bob.state == "rejected" and bob.tries == arrivals.MOST_TRIES


def test_a_suspicious_one_is_held_back_until_somebody_releases_it():
    kept = take("form", "form contact", ANN, state="quarantined", reason="the trap was filled in")
    assert process_pending() == 0 and not Inquiry.objects.exists()
    release(Arrival.objects.get(pk=kept.id), by=None)
    assert process_pending() == 1 and Inquiry.objects.get().person.first_name == "Ann"


def test_what_another_system_says_of_its_stage_today_does_not_move_a_live_cycle():
    take("api", "key 1", ANN | {"stage": "won", "external_id": "x1"})
    process_pending()
    assert Inquiry.objects.get().cycle.stage == "new" and Inquiry.objects.get().external_id == "x1"
