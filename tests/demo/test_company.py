"""The invented company lives by the same verbs as a real one, and leaves a consistent instance behind."""

import pytest
from django.db.models import Count

from winnow.demo.company import fill
from winnow.leads.models import Account, Cycle, FactRow, Handoff, Inquiry, Lead, Person, PersonStanding

pytestmark = pytest.mark.django_db


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
