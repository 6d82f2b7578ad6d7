"""Valid-inquiry rules as inquiries come in, and what is found out about them later."""

import copy
from datetime import timedelta

import pytest
from django.db import transaction

from tests.leads.people import STARTER, carol, signed
from winnow.funnel import reports
from winnow.intake import maildomains
from winnow.leads.agreeing import records
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.maildomain import MailDomain
from winnow.leads.models import AuditEntry, Cycle, FactRow, Inquiry, PersonStanding, Validation
from winnow.leads.record import recording
from winnow.leads.validity import find_invalid, find_valid, why_invalid

pytestmark = pytest.mark.django_db


def under(**inquiry):
    document = copy.deepcopy(STARTER)
    document["inquiry"] |= inquiry
    return signed(document)


def came(**more) -> Inquiry:
    given = {"external_id": f"n{Inquiry.objects.count()}", "email": "ann@acme.example", "first_name": "Ann",
             "last_name": "Lee", "channel": "web", "company": "Acme"}  # fmt: skip
    with transaction.atomic():
        taken = take_inquiries([Incoming(**{**given, **more})], at=now())
    return Inquiry.objects.get(pk=taken[0].inquiry_id)


def milli(inquiry) -> int:
    with recording(inquiry.person.account):
        pass
    return PersonStanding.objects.get(person=inquiry.person).milli


@pytest.mark.parametrize(
    ("rules", "given", "reason"),
    [
        ({"competitors": ["Rivalsoft"]}, {"company": "Rivalsoft GmbH", "email": "x@elsewhere.example"}, "competitor"),
        ({"competitors": ["rivalsoft.com"]}, {"company": "", "email": "x@mail.rivalsoft.com"}, "competitor"),
        ({"refuse": ["mailbox"]}, {"email": "info@acme.example"}, "mailbox"),
        ({"refuse": ["free_mail"]}, {"email": "ann@gmail.com"}, "free_mail"),
        ({"refuse": ["free_mail"], "free_mail_by": ["event"]}, {"email": "ann@gmail.com", "channel": "event"}, ""),
        ({"refuse": ["disposable"]}, {"email": "ann@mailinator.com"}, "disposable"),
        ({"refuse": ["unreachable"]}, {"email": "nonsense"}, "unreachable"),
        ({"refuse": ["unreachable"]}, {"email": "nonsense", "phone": "+49 30 1234567"}, ""),
        ({"countries_accepted": ["DE"]}, {"country": "France"}, "country"),
        ({"countries_accepted": ["DE"]}, {"country": "Deutschland"}, ""),
        ({"roles_refused": ["student"]}, {"title": "Student"}, "role"),
    ],
)
def test_each_rule_judges_what_comes_in(rules, given, reason):
    under(**rules)
    inquiry = came(**given)
    assert (inquiry.invalid_reason, inquiry.valid) == (reason, not reason)
    assert bool(inquiry.cycle_id) is not bool(reason)
    assert bool(why_invalid(inquiry)) is bool(reason)


def test_found_valid_by_a_person_it_counts_from_then_on_and_the_past_stays_as_it_was():
    under(refuse=["free_mail"])
    inquiry = came(email="ann@gmail.com")
    assert milli(inquiry) == 0 and not Cycle.objects.exists()
    before = now()
    find_valid(inquiry, by=carol(), said="a sole trader: she buys for herself")
    assert inquiry.valid and inquiry.inquiry_due_at and inquiry.cycle.stage == "new"
    assert milli(inquiry) > 0
    assert [fact.flag for fact in FactRow.objects.filter(kind="inquiry").order_by("id")] == [False, True]
    assert [reports.run("funnel", as_of=at).totals["valid"] for at in (before, None)] == [0, 1]
    assert AuditEntry.objects.filter(verb="find valid", by=carol(), detail__contains="sole trader").exists()
    assert records().wrong == 0
    with pytest.raises(Refusal, match="valid already"):
        find_valid(inquiry, by=carol(), said="again")


def test_found_not_valid_by_a_person_it_counts_for_nothing_from_then_on():
    under()
    inquiry = came()
    assert milli(inquiry) > 0
    with pytest.raises(Refusal, match="Say why"):
        find_invalid(inquiry, by=carol(), said="  ")
    find_invalid(inquiry, by=carol(), said="a test of our own")
    assert (inquiry.valid, inquiry.inquiry_due_at, why_invalid(inquiry)) == (False, None, "a test of our own")
    assert milli(inquiry) == 0
    cycle = Cycle.objects.get()
    assert (cycle.stage, cycle.reason) == ("disqualified", "not valid")
    find_valid(inquiry, by=carol(), said="no test after all")
    assert inquiry.cycle.stage == "new" and inquiry.cycle_id != cycle.pk
    assert records().wrong == 0 and Validation.objects.count() == 2
    totals = reports.run("stock").totals
    assert totals["balances"] and totals["on_hand"] == 1


def asked(answer, settings):
    settings.LOOK_UP_MAIL_DOMAINS = True
    maildomains._planned[0] = float("-inf")
    return maildomains.ask_due(lambda domain: answer)


def test_a_domain_that_takes_no_mail_is_heeded_late_and_with_its_reason(settings):
    under(refuse=["no_mail"])
    inquiry, by_phone = came(), came(email="bob@acme.example", first_name="Bob", phone="+49 30 1234567")
    assert inquiry.valid
    asked((False, "acme.example says that it takes no mail"), settings)
    inquiry.refresh_from_db()
    by_phone.refresh_from_db()
    assert (inquiry.valid, inquiry.invalid_reason, by_phone.valid) == (False, "no_mail", True)
    assert why_invalid(inquiry) == "acme.example says that it takes no mail"
    assert AuditEntry.objects.filter(verb="find invalid", by=None).count() == 1
    next_one = came(email="cleo@acme.example", first_name="Cleo")
    assert next_one.invalid_reason == "no_mail" and "says that it takes no mail" in why_invalid(next_one)


@pytest.mark.parametrize("answer", [(None, "the resolver gave no answer in time"), (True, "mail goes to mx")])
def test_an_answer_that_is_not_no_changes_nothing(answer, settings):
    under(refuse=["no_mail"])
    inquiry = came()
    asked(answer, settings)
    inquiry.refresh_from_db()
    assert inquiry.valid and not Validation.objects.exists()


def test_what_a_person_said_of_it_and_what_came_long_ago_the_machine_leaves_alone(settings):
    under(refuse=["no_mail"])
    found, old = came(), came(email="bob@acme.example", first_name="Bob")
    find_invalid(found, by=carol(), said="a slip")
    find_valid(found, by=carol(), said="she has called us")
    Inquiry.objects.filter(pk=old.pk).update(recorded_at=now() - timedelta(days=30))
    asked((False, "there is no domain acme.example"), settings)
    assert Inquiry.objects.filter(valid=True).count() == 2
    assert MailDomain.objects.get().takes_mail is False
