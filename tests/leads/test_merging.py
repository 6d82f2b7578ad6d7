"""Merging: a link that can be taken back completely, whatever came before, and after (property 5)."""

import json
from datetime import timedelta
from random import Random

import pytest
from django.apps import apps
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed
from tests.leads.test_conservation import LOW, assert_nothing_is_lost, one_step
from tests.tries import tries
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.errors import Refusal
from winnow.leads.merging import PERSON_KEYS, Merge, merge_accounts, merge_people, move_person, unmerge
from winnow.leads.models import (
    Account,
    AccountStanding,
    Cycle,
    Enrolment,
    Inquiry,
    Lead,
    Person,
    PersonStanding,
    StageChange,
    Suppression,
)
from winnow.leads.record import recording
from winnow.leads.replaying import honest_cache
from winnow.policy import facts
from winnow.policy.state import PersonState

pytestmark = pytest.mark.django_db

UNTOUCHED = json.dumps(PersonState().to_json(), separators=(",", ":"))  # as good as no row at all


def incoming(address):
    return Incoming(external_id=address + str(Inquiry.objects.count()), email=address, channel="web")


def rows(model, *names):
    fields = names or [field.attname for field in model._meta.concrete_fields]
    return list(model.objects.order_by("pk").values_list("pk", *fields))


def records():
    """What people read of persons, accounts and judgements; without when they were judged."""
    standings = [row for row in rows(PersonStanding, "account_id", "state") if row[2] != UNTOUCHED]
    return {
        "people": rows(Person), "accounts": rows(Account), "standings": standings,
        "states": rows(AccountStanding, "definition_id", "state", "primary_person_id", "rejudge_at"),
        "enrolments": rows(Enrolment), "suppressions": rows(Suppression),
    }  # fmt: skip


def trips():
    return {"cycles": rows(Cycle), "leads": rows(Lead)}


def a_life(chance: Random, deeds: int):
    signed(LOW)
    firms = [account("Acme", domain="acme.example"), account("Globex"), account("", kind="solo")]
    people = [prospect(f"P{n}", chance.choice(firms)) for n in range(5)]
    at = MONDAY
    for _ in range(deeds):
        at += timedelta(minutes=chance.choice((1, 90, 1440)))
        try:
            one_step(chance, people, at)
        except Refusal:
            continue
    return at


def merge_any(chance: Random, at) -> Merge | None:
    model, verb = chance.choice(((Person, merge_people), (Person, merge_people), (Account, merge_accounts)))
    there = list(model.objects.filter(merged_into=None).order_by("pk"))
    if len(there) < 2:
        return None
    try:
        return verb(*chance.sample(there, 2), by=carol(), why="by chance", at=at)
    except Refusal as refused:
        assert "\n" not in str(refused)
        return None


@settings(
    max_examples=tries(8, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.integers(0, 2**40))
def test_a_merge_that_is_taken_back_never_happened(db, seed):
    from django.db import transaction

    with transaction.atomic():
        chance = Random(seed)
        at = a_life(chance, 15) + timedelta(hours=1)
        for firm in Account.objects.all():
            with recording(firm, at=at):
                pass  # judged at the moment of the merge, so that fading makes no difference
        before, way, last = records(), trips(), StageChange.objects.latest("pk").pk
        merges = [made for _ in range(chance.randint(1, 3)) if (made := merge_any(chance, at))]
        assert_nothing_is_lost()
        for merge in reversed(merges):
            assert unmerge(merge, by=carol(), at=at) == []
        assert records() == before
        # A lead that only both together were, or that one alone was no more, was made or lapsed meanwhile: that stays.
        judged = StageChange.objects.filter(pk__gt=last, by=None).exists()
        if not judged:
            assert trips() == way
        assert_nothing_is_lost()
        check = honest_cache()
        assert check.ok, check.examples
        transaction.set_rollback(True)


def test_every_key_to_a_person_is_known_to_merge():
    keys = {
        f"{model._meta.db_table}.{field.name}" for model in apps.get_models() for field in model._meta.concrete_fields
        if field.related_model is Person
    }  # fmt: skip
    assert keys == set(PERSON_KEYS), "say in winnow.leads.merging.PERSON_KEYS what a merge makes of it"


def test_the_oldest_stays_and_the_other_number_leads_to_it():
    ann = prospect("Ann", account())
    twin = prospect("Anne", ann.account, email="ann@acme.example", title="CFO")
    merge = merge_people(twin, ann, by=carol(), why="same telephone", at=MONDAY)
    ann.refresh_from_db()
    twin.refresh_from_db()
    assert twin.now_is() == ann and (merge.kept_id, merge.other_id) == (ann.pk, twin.pk)
    assert (ann.first_name, ann.email, ann.title) == ("Ann", "ann@acme.example", "CFO")


def test_one_open_cycle_stays_and_it_is_the_one_that_came_furthest():
    signed(LOW)
    ann, bob = prospect("Ann", account("Acme")), prospect("Bob", account("Globex"))
    with recording(bob.account, at=MONDAY) as history:
        history.append(facts.Answered(person=bob.pk, item="need", level="yes", source="call"))
    lead = Lead.objects.get(person=bob)
    move = dict(by=carol(), at=MONDAY)
    merge = merge_people(ann, bob, **move)
    stages = dict(Cycle.objects.filter(person=ann).values_list("opened_as", "stage"))
    assert stages == {None: "merged", bob.pk: "nurturing"}  # the need stayed with Globex, and there the lead lapsed
    lead.refresh_from_db()
    assert lead.closed_at is not None
    unmerge(merge, **move)
    assert Cycle.objects.get(person=ann).stage == "new"
    assert Cycle.objects.get(person=bob).stage == "ready" and Lead.objects.filter(person=bob, closed_at=None).exists()


def test_two_who_are_both_with_sales_are_not_merged():
    signed(LOW)
    people = [prospect(name, account(firm)) for name, firm in (("Ann", "Acme"), ("Bob", "Globex"))]
    for person in people:
        with recording(person.account, at=MONDAY) as history:
            history.append(facts.Answered(person=person.pk, item="need", level="yes", source="call"))
        Lead.objects.get(person=person).hand_off(to=sam(), by=carol(), at=MONDAY)
    with pytest.raises(Refusal, match="is with sales as a lead"):
        merge_people(*people, by=carol(), at=MONDAY)
    assert not Merge.objects.exists() and not Person.objects.exclude(merged_into=None).exists()


def test_a_shared_mailbox_is_nobody():
    ann, box = prospect("Ann", account()), prospect("info", account("Globex"), kind="mailbox")
    with pytest.raises(Refusal, match="a shared mailbox is not a person"):
        merge_people(ann, box, by=carol(), at=MONDAY)


def test_what_came_after_the_merge_is_kept_when_it_is_taken_back():
    ann = prospect("Ann", account())
    twin = prospect("Anne", ann.account, phone="1")
    merge = merge_people(ann, twin, by=carol(), at=MONDAY)
    Person.objects.filter(pk=ann.pk).update(phone="2")
    unmerge(merge, by=carol(), at=MONDAY)
    ann.refresh_from_db()
    assert ann.phone == "2"
    with pytest.raises(Refusal, match="taken back already"):
        unmerge(merge, by=carol(), at=MONDAY)


def test_an_inquiry_under_the_other_address_finds_the_one_that_stayed():
    first, second = take_inquiries([incoming("ann@acme.example"), incoming("a.ahlgren@acme.example")], at=MONDAY)
    merge = merge_people(*Person.objects.order_by("pk"), by=carol(), at=MONDAY)
    (third,) = take_inquiries([incoming("a.ahlgren@acme.example")], at=MONDAY)
    assert third.person_id == first.person_id and third.outcome == "merged"
    unmerge(merge, by=carol(), at=MONDAY)
    (fourth,) = take_inquiries([incoming("a.ahlgren@acme.example")], at=MONDAY)
    assert fourth.person_id == second.person_id


def test_an_inquiry_from_the_other_firms_domain_finds_the_one_that_stayed():
    take_inquiries([incoming("ann@acme.example")], at=MONDAY)
    take_inquiries([incoming("bob@acme-group.example")], at=MONDAY)
    merge = merge_accounts(*Account.objects.order_by("pk"), by=carol(), at=MONDAY)
    (cem,) = take_inquiries([incoming("cem@acme-group.example")], at=MONDAY)
    assert cem.account_id == merge.kept_id
    assert set(Person.objects.values_list("account_id", flat=True)) == {merge.kept_id}
    unmerge(merge, by=carol(), at=MONDAY)
    (dora,) = take_inquiries([incoming("dora@acme-group.example")], at=MONDAY)
    assert dora.account_id == merge.other_id
    assert Inquiry.objects.filter(account_id=merge.other_id).count() == 2


def test_who_changes_the_firm_takes_the_engagement_along():
    signed(LOW)
    ann, globex = prospect("Ann", account("Acme")), account("Globex")
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.ContentTaken(person=ann.pk, content="demo"))
    before = PersonStanding.objects.get(person=ann).milli
    move_person(ann, globex, by=carol(), at=MONDAY)
    assert (ann.account, PersonStanding.objects.get(person=ann).milli) == (globex, before)
    assert before > 0 and honest_cache().ok
