"""Doubts whether two records are one: kept up to date in the background, and what becomes of them."""

import pytest

from tests.leads import people
from tests.studies.corrupted import people as invented
from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.doubt import Doubt, DoubtWatch, leave_apart
from winnow.leads.inquiry import Inquiry
from winnow.leads.merging import Merge, merge_people, unmerge
from winnow.leads.person import Person
from winnow.leads.validity import find_valid
from winnow.studies.watching import look_for_duplicates

pytestmark = pytest.mark.django_db
BIRDS = ("Adler", "Boreas", "Cygnus", "Dunlin", "Egret", "Falco", "Grebe", "Heron", "Ibis", "Junco", "Kestrel")


@pytest.fixture
def crowd():
    people.signed()
    at = people.MONDAY
    accounts = {}
    for row in invented(40, 5):
        name = row["company"]
        if name not in accounts:
            accounts[name] = Account.objects.create(name=name, name_key=name.casefold(), created_at=at)
        Person.objects.create(
            account=accounts[name], first_name=row["first_name"], last_name=row["last_name"], email=row["email"],
            phone=row["phone"], created_at=at,
        )  # fmt: skip
    caught_up()


def caught_up():
    for _ in range(50):
        if not look_for_duplicates():
            return
    raise AssertionError("it never comes to an end")


def ann(**more):
    acme = Account.objects.filter(name="Quorvex Anlagenbau").first() or people.account("Quorvex Anlagenbau")
    given = {"first_name": "Katherine", "last_name": "Oftringen", "email": "k.oftringen@quorvex.example",
             "phone": "+41 62 7778899"} | more  # fmt: skip
    return Person.objects.create(account=acme, created_at=people.MONDAY, **given)


def doubts_of(*rows):
    numbers = [row.pk for row in rows]
    return Doubt.objects.filter(noun="person", apart_at=None, low_id__in=numbers, high_id__in=numbers)


def test_a_new_record_is_compared_and_the_doubt_says_why(crowd):
    one, two = ann(), ann(first_name="Kate", email="")
    assert look_for_duplicates() > 0
    doubt = doubts_of(one, two).get()
    assert doubt.certain and doubt.probability > 0.95
    assert "same last name" in doubt.why and "nearly the same first name" in doubt.why


def test_nothing_new_is_nothing_to_do(crowd):
    assert look_for_duplicates() == 0
    ann()
    assert look_for_duplicates() == 2  # the person and the account
    assert look_for_duplicates() == 0


def test_only_what_changed_is_compared(crowd, django_assert_max_num_queries):
    before = set(Doubt.objects.values_list("pk", flat=True))
    assert before
    ann()
    with django_assert_max_num_queries(60):
        caught_up()
    assert before == set(Doubt.objects.values_list("pk", flat=True))


def test_a_doubt_goes_when_the_record_is_corrected(crowd):
    one, two = ann(), ann(first_name="Kate", email="")
    caught_up()
    Person.objects.filter(pk=two.pk).update(first_name="Wolfgang", last_name="Amberg", phone="")
    caught_up()
    assert not doubts_of(one, two).exists()


def test_what_was_said_to_be_two_is_not_asked_again(crowd):
    one, two = ann(), ann(first_name="Kate", email="")
    caught_up()
    leave_apart("person", one, two, by=people.carol(), at=now())
    Person.objects.filter(pk=two.pk).update(title="Buyer")
    caught_up()
    assert not doubts_of(one, two).exists()
    assert Doubt.objects.get(low_id=one.pk, high_id=two.pk).apart_by == people.carol()


def test_nothing_merges_by_itself_without_a_rule(crowd):
    ann(), ann(first_name="Kate")
    caught_up()
    assert not Merge.objects.exists()


def test_with_a_rule_the_certain_ones_merge_and_a_merge_taken_back_stays_so(crowd):
    one, two = ann(), ann(first_name="Kate", email="")
    DoubtWatch.objects.filter(noun="person").update(merge_from=0.95)
    caught_up()
    merge = Merge.objects.get(kept_id=one.pk)
    assert (merge.other_id, merge.by) == (two.pk, None)
    assert merge.why.startswith("by itself: ")
    unmerge(merge, by=people.carol())
    caught_up()
    assert Merge.objects.get(kept_id=one.pk).undone_at is not None
    assert not doubts_of(one, two).exists()


def test_the_merged_have_no_doubts_left(crowd):
    one, two, three = ann(), ann(first_name="Kate", email=""), ann(first_name="K.", email="")
    caught_up()
    merge_people(one, two, by=people.carol())
    caught_up()
    assert not Doubt.objects.filter(noun="person", high_id=two.pk).exists()
    assert doubts_of(one, three).exists()


def test_a_branch_is_asked_at_most_and_a_spelling_is_certain(crowd):
    made = {}
    for name in ("Quorvex Anlagenbau GmbH", "QUORVEX Anlagenbau", "Quorvex Anlagenbau France SAS"):
        made[name] = Account.objects.create(name=name, name_key=name.casefold(), created_at=people.MONDAY)
    caught_up()
    first, second, branch = made.values()
    assert Doubt.objects.get(noun="account", low_id=first.pk, high_id=second.pk).certain
    assert not Doubt.objects.filter(noun="account", certain=True, high_id=branch.pk).exists()


def test_a_shared_mailbox_is_compared_with_nobody(crowd):
    one, two = ann(kind="mailbox"), ann()
    caught_up()
    assert not doubts_of(one, two).exists()


def test_a_rule_merges_only_where_what_it_asks_for_agrees(crowd):
    by_phone, without = (ann(), ann(first_name="Kate", email="")), (ann(last_name="Zurbriggen", phone="", email=""),
                         ann(last_name="Zurbriggen", phone="+41 62 5550000", email=""))  # fmt: skip
    DoubtWatch.objects.filter(noun="person").update(merge_from=0.95, must_agree=["phone"])
    caught_up()
    assert Merge.objects.filter(kept_id=by_phone[0].pk, other_id=by_phone[1].pk, by=None).exists()
    assert not Merge.objects.filter(kept_id__in=[row.pk for row in without]).exists()


def test_namesakes_at_two_firms_are_not_even_asked_when_the_name_is_a_usual_one(crowd):
    """Eleven Ann Müllers at eleven firms are eleven."""
    anns = [
        Person.objects.create(
            account=people.account(name), first_name="Ann", last_name="Müller", created_at=people.MONDAY,
            email=f"ann.mueller@{name.lower()}.example",
        )
        for name in BIRDS
    ]  # fmt: skip
    caught_up()
    assert not doubts_of(*anns).exists()


def test_a_list_of_a_large_firm_teaches_that_its_people_are_colleagues(crowd):
    big = people.account("Quorvex Anlagenbau")
    lasts = [f"{one}{two}" for one in BIRDS for two in ("mann", "berg", "ski", "well", "ton", "feld", "by", "dahl")]
    Person.objects.bulk_create(
        Person(account=big, first_name=("Katherine", "Robert", "Susanne")[number % 3], last_name=last,
               email=f"{last.lower()}@quorvex.example", phone=f"+41 62 7778899-{number}", created_at=people.MONDAY)
        for number, last in enumerate(lasts)
    )  # fmt: skip
    before = DoubtWatch.objects.get(noun="person").rows
    caught_up()
    assert DoubtWatch.objects.get(noun="person").rows == before + len(lasts)
    assert not Doubt.objects.filter(noun="person", why__contains="different last name", probability__gt=0.5).exists()


def test_robots_of_one_swarm_are_nobodys_twins(crowd):
    swarm = [ann(first_name="Crypto", last_name="Hollins", email=f"c{n}@corv.example") for n in range(3)]
    for number, one in enumerate(swarm):
        Inquiry.objects.create(
            person=one, account=one.account, captured_at=people.MONDAY, recorded_at=people.MONDAY, valid=False,
            invalid_reason="robot", external_id=f"r{number}",
        )  # fmt: skip
    caught_up()
    assert not doubts_of(*swarm).exists()
    for inquiry in Inquiry.objects.all()[:2]:
        find_valid(inquiry, by=people.carol(), said="no robots after all")
    caught_up()
    assert doubts_of(*swarm).count() == 1
