"""Leaving takes one button, and looking changes nothing."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.outreach import scene
from tests.web import people
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.inquiry import Consent
from winnow.leads.mailbox import MailLink
from winnow.leads.message import Enrolment, Message, Suppression
from winnow.outreach import gate, outbox, programmes, unsubscribe

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger():
    """Somebody's browser, or a machine: no cookie, and CSRF checks as in the wild."""
    return Client(enforce_csrf_checks=True)


def arrived(sink, name="Ann", **more):
    """A mail that arrived, and the secret of its unsubscribe link."""
    message = scene.queued(name, **more)
    outbox.send_due()
    (secret,) = scene.link_in(sink.to(message.address)[-1])
    return message, secret


def picture():
    """Everything that an unsubscribing changes."""
    return (
        list(Suppression.objects.values()), list(Consent.objects.values()), list(Message.objects.values()),
        list(Enrolment.objects.values()), Message.objects.count(),
    )  # fmt: skip


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete", "trace"])
def test_nothing_but_a_post_changes_anything(sink, stranger, method):
    _, secret = arrived(sink)
    before = picture()
    for place in (f"/u/{secret}/", f"/u/{secret}/undo/"):
        for _ in range(3):
            answer = getattr(stranger, method)(place)
            assert answer.status_code in (200, 405)
    assert picture() == before
    assert answer.status_code == 405  # a look at the undo does nothing either


def test_the_page_has_one_button_and_no_tracking_of_its_own(sink, stranger):
    message, secret = arrived(sink)
    page = stranger.get(f"/u/{secret}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert text.count("<button") == 1
    assert "Unsubscribe" in text and message.address in text
    assert not stranger.cookies
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("body", ["List-Unsubscribe=One-Click", ""])
def test_a_post_without_cookie_unsubscribes_and_says_so_first(sink, stranger, body):
    message, secret = arrived(sink)
    page = stranger.post(f"/u/{secret}/", body, content_type="application/x-www-form-urlencoded")
    assert page.status_code == 200
    text = page.content.decode()
    assert text.index("You are unsubscribed") < text.index("Undo")
    assert gate.may_send(gate.Candidate(message.address), now()).code == "suppressed"
    fact = message.person.facts.get(kind="opted_out")
    assert fact.code == ("one_click" if body else "link")
    message.enrolment.refresh_from_db()
    assert message.enrolment.stop_reason == "opted_out"
    assert not Consent.objects.filter(person=message.person).order_by("-id")[0].given


def test_one_click_in_the_form_of_rfc_8058_works(sink, stranger):
    message, secret = arrived(sink)
    form = {"List-Unsubscribe": "One-Click"}
    assert stranger.post(f"/u/{secret}/", form).status_code == 200  # multipart/form-data
    assert unsubscribe.is_out(unsubscribe.link_of(secret))
    assert message.person.facts.get(kind="opted_out").code == "one_click"


def test_twice_is_once(sink, stranger):
    message, secret = arrived(sink)
    for _ in range(3):
        assert stranger.post(f"/u/{secret}/").status_code == 200
    assert message.person.facts.filter(kind="opted_out").count() == 1
    assert Suppression.objects.count() == 1


def test_undo_is_a_post_and_brings_everything_back(sink, stranger, tuesday):
    message, secret = arrived(sink)
    stranger.post(f"/u/{secret}/")
    tuesday.shift(timedelta(minutes=1))
    page = stranger.post(f"/u/{secret}/undo/")
    assert "You will keep getting these mails" in page.content.decode()
    assert gate.may_send(gate.Candidate(message.address, person=message.person, caps=False), now()) is None
    message.enrolment.refresh_from_db()
    assert message.enrolment.stopped_at is None
    out = message.person.facts.get(kind="opted_out")
    assert message.person.facts.get(kind="withdrawn").other_id == out.pk
    last = Consent.objects.filter(person=message.person).order_by("-id")[0]
    assert last.given and "keep sending me these mails" in last.wording
    stranger.post(f"/u/{secret}/")
    assert gate.may_send(gate.Candidate(message.address), now()).code == "suppressed"


def test_undo_of_nothing_gives_no_consent(sink, stranger):
    _, secret = arrived(sink)
    before = Consent.objects.count()
    stranger.post(f"/u/{secret}/undo/")
    assert Consent.objects.count() == before


def test_a_wrong_secret_says_what_to_do_and_changes_nothing(sink, stranger):
    arrived(sink)
    before = picture()
    for secret in ("x" * 27, "no", "%00" * 12, "é" * 20):
        for method in ("get", "post"):
            page = getattr(stranger, method)(f"/u/{secret}/")
            assert page.status_code == 404
            assert "hello@halm.example" in page.content.decode()
    assert picture() == before


def test_the_secret_of_a_followed_link_unsubscribes_nobody(sink, stranger):
    arrived(sink)
    (secret, _) = scene.link_in(sink.mails[0], "c")
    assert stranger.post(f"/u/{secret}/").status_code == 404
    assert not Suppression.objects.exists()


def test_a_link_works_after_a_year_and_after_the_person_was_merged(sink, stranger, tuesday):
    message, secret = arrived(sink)
    survivor = scene.prospect("Ann")
    message.person.merged_into = survivor
    message.person.save()
    tuesday.shift(timedelta(days=365))
    assert stranger.post(f"/u/{secret}/").status_code == 200
    assert survivor.facts.filter(kind="opted_out").exists()
    assert gate.may_send(gate.Candidate(survivor.email, person=survivor), now()).final


def test_who_leaves_between_queueing_and_sending_gets_nothing(sink, stranger, tuesday):
    message, secret = arrived(sink)
    place = message.enrolment
    tuesday.move_to(scene.TUESDAY + timedelta(days=14))
    Enrolment.objects.filter(pk=place.pk).update(due_at=now())
    programmes.advance_due()
    assert Message.objects.filter(enrolment=place, state="queued").count() == 1
    stranger.post(f"/u/{secret}/")
    outbox.send_due()
    assert len(sink.mails) == 1
    assert Message.objects.filter(enrolment=place, state="suppressed").count() == 1


def test_who_leaves_between_claiming_and_handing_over_gets_nothing(sink, monkeypatch):
    message = scene.queued()
    claimed = outbox.claim

    def slow_claim(*args):
        found = claimed(*args)
        unsubscribe.opt_out(message.address, person=message.person, how="one_click")
        return found

    monkeypatch.setattr(outbox, "claim", slow_claim)
    outbox.send_due()
    message.refresh_from_db()
    assert (message.state, sink.mails) == ("suppressed", [])


def test_a_handoff_between_claiming_and_handing_over_stops_the_mail(sink, monkeypatch):
    message = scene.queued()
    claimed = outbox.claim

    def slow_claim(*args):
        found = claimed(*args)
        scene.move(message.person, "handed_off")
        return found

    monkeypatch.setattr(outbox, "claim", slow_claim)
    outbox.send_due()
    message.refresh_from_db()
    message.enrolment.refresh_from_db()
    assert (message.state, sink.mails) == ("cancelled", [])
    assert message.enrolment.stop_reason == "handed_off"


def test_service_mail_still_goes_to_who_left_marketing(sink):
    ann = scene.prospect()
    unsubscribe.opt_out(ann.email, person=ann, how="link")
    Message.write(kind="service", address=ann.email, subject="Your paper", body="Here it is.", person=ann, at=now())
    outbox.send_due()
    (mail,) = sink.mails
    assert mail["List-Unsubscribe"] is None
    assert not MailLink.objects.exists()


def test_by_hand_it_is_audited_and_an_unknown_address_is_suppressed_too():
    from winnow.leads.audit import AuditEntry

    assert unsubscribe.opt_out("Nobody@Mill.Example ", how="by_hand", by=people.carol(), reason="called us")
    assert gate.may_send(gate.Candidate("nobody@mill.example"), now()).code == "suppressed"
    assert AuditEntry.objects.filter(verb="suppress").get().detail == "called us"


def test_suppression_outlives_the_person():
    ann = scene.prospect()
    unsubscribe.opt_out(ann.email, person=ann, how="link")
    address, ann.email = ann.email, ""
    ann.save()
    again = scene.prospect("Ann", address=address.replace("@", "@mail."))
    again.email = address
    again.save()
    assert gate.may_send(gate.Candidate(again.email, person=again), now()).code == "suppressed"
    assert Cycle.open_for(again)
