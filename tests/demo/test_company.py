"""The invented company lives by the same verbs as a real one, and leaves a consistent instance behind."""

import pytest
from django.db.models import Count

from winnow.demo.company import fill
from winnow.funnel.checking import summary
from winnow.leads import clock
from winnow.leads.audit import AuditEntry
from winnow.leads.checking import all_checks
from winnow.leads.lead import Touch
from winnow.leads.meeting import Promise, Review
from winnow.leads.message import Enrolment, Message
from winnow.leads.models import (
    Account,
    Campaign,
    Cycle,
    FactRow,
    Handoff,
    Inquiry,
    Lead,
    Person,
    PersonStanding,
)
from winnow.review.audit import findings

pytestmark = [pytest.mark.django_db, pytest.mark.bars]  # eighteen months of a firm take half a minute


@pytest.fixture(scope="module")
def planted(django_db_setup, django_db_blocker):
    """A small Halmwerk, made once for this file and taken away after it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield fill(firms=40)
        transaction.set_rollback(True)


@pytest.fixture
def company(planted, db):
    return planted


def test_it_lives_a_whole_life(company):
    stages = {row["stage"] for row in Cycle.objects.values("stage").annotate(n=Count("id"))}
    assert {"new", "nurturing", "disqualified"} <= stages
    assert Lead.objects.exists() and Handoff.objects.filter(response="accepted").exists()
    assert FactRow.objects.count() > 800


def test_nobody_real_lives_there(company):
    shown = Inquiry.objects.exclude(email="").values_list("email", flat=True)
    domains = {address.rpartition("@")[2] for address in shown}
    assert {d for d in domains if not d.endswith(".example")} <= {"mailinator.com", "gmail.com"}


def test_every_lead_names_the_definition_that_made_it_one(company):
    for lead in Lead.objects.select_related("definition"):
        assert lead.definition.in_force_from <= lead.made_at


def test_it_moves_only_into_an_empty_instance(company):
    with pytest.raises(ValueError, match="not empty"):
        fill(firms=1)


def test_garbage_is_kept_and_counts_for_nothing(company):
    bad = Inquiry.objects.filter(valid=False)
    assert bad.count() >= company["robots"] + company["disposable"]
    assert set(bad.values_list("cycle", flat=True)) == {None}


def test_the_standings_are_those_of_the_people_there(company):
    judged = PersonStanding.objects.count()
    assert judged and judged <= Person.objects.count() and Account.objects.filter(kind="company").exists()


def test_the_audit_finds_what_was_planted(company):
    kinds = {one.kind for one in findings()}
    planted = {
        "no_owner", "owner_gone", "no_next_step", "stale", "dead_not_closed", "duplicate", "recreated_for_credit",
        "no_account", "unknown_product", "undated", "impossible_dates", "owner_unknown",
    }  # fmt: skip
    assert planted <= kinds


def test_it_held_its_weekly_reviews_and_one_is_open(company):
    assert Review.objects.exclude(closed_at=None).count() >= 8 and Review.objects.get(closed_at=None)
    assert set(Review.objects.exclude(closed_at=None).values_list("lines__outcome", flat=True)) >= {"next_step"}
    assert Promise.objects.exclude(kept_at=None).exists()


def test_it_nurtured_and_never_sent_a_mail(company):
    assert Enrolment.objects.exclude(stopped_at=None).exists() and Enrolment.objects.filter(stopped_at=None).exists()
    assert Message.objects.filter(state="sent").count() > 50
    assert not Message.objects.filter(state__in=("queued", "sending", "unknown")).exists()


def test_the_trail_tells_each_decision_on_its_own_day(company):
    days = {at.date() for at in AuditEntry.objects.values_list("at", flat=True)}
    assert len(days) > 100


def test_good_reps_leave_nothing_lying(company):
    overdue = Touch.objects.filter(done_at=None, cancelled_at=None, due_at__lt=clock.now())
    assert not overdue.filter(rep__name="Sue Lindgren").exists()


def test_campaigns_bring_active_and_passive_interest(company):
    social = Campaign.objects.get(code="social")
    interests = set(Inquiry.objects.filter(campaign=social).values_list("interest", flat=True))
    assert interests == {"active", "passive"}


def test_nothing_in_it_is_wrong_when_all_is_checked(company):
    assert {check.name: check.examples for check in (*all_checks(), summary()) if not check.ok} == {}
