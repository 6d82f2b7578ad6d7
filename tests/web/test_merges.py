"""Merging in the browser's way: two records side by side, one of them stays, and the way back."""

import pytest

from tests.web import people
from winnow.leads.account import Account
from winnow.leads.audit import AuditEntry
from winnow.leads.doubt import DoubtWatch
from winnow.leads.merging import Merge
from winnow.leads.person import Person
from winnow.studies.watching import look_for_duplicates

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(client_of):
    return client_of(people.carol())


@pytest.fixture
def twins():
    people.signed()
    ann = people.lead("Ann", "Nordkap Seafood").person
    twin = Person.objects.create(account=ann.account, first_name="Anne", phone="+49 30 1", created_at=ann.created_at)
    return ann, twin


def test_two_records_stand_side_by_side_and_the_older_stays(carol, twins):
    ann, twin = twins
    page = carol.get(f"/people/{twin.pk}/merge/?other={ann.pk}").content.decode()
    assert f"Person {ann.pk}, stays" in page and f"the number {twin.pk} leads there for ever" in page
    answer = carol.post(f"/people/{twin.pk}/merge/", {"other": ann.pk, "why": "same desk"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/people/{ann.pk}/"
    page = answer.content.decode()
    assert f"Anne ({twin.pk}) is part of {ann.pk} from now on." in page and "Take apart" in page
    assert carol.get(f"/people/{twin.pk}/", follow=True).redirect_chain[-1][0] == f"/people/{ann.pk}/"
    merge = Merge.objects.get()
    page = carol.post(f"/merges/{merge.pk}/undoing/", follow=True)
    assert page.redirect_chain[-1][0] == f"/people/{twin.pk}/"
    assert carol.post(f"/merges/{merge.pk}/undoing/").status_code == 409


def test_who_it_is_is_found_by_name_and_a_wrong_number_is_told(carol, twins):
    ann, twin = twins
    assert f"?other={ann.pk}" in carol.get(f"/people/{twin.pk}/merge/?q=Ann").content.decode()
    for wrong, said in (("999999", "There is no person 999999"), ("x", "is no number of a person"), ("", "Say which")):
        answer = carol.post(f"/people/{twin.pk}/merge/", {"other": wrong})
        assert answer.status_code == 422 and said in answer.content.decode()
    answer = carol.post(f"/people/{twin.pk}/merge/", {"other": twin.pk})
    assert answer.status_code == 422 and "with itself" in answer.content.decode()


def caught_up():
    while look_for_duplicates():
        pass


def test_a_pair_of_doubtful_duplicates_leads_to_both_side_by_side(carol, twins):
    ann, twin = twins
    Person.objects.filter(pk__in=(ann.pk, twin.pk)).update(first_name="Ann", last_name="Lee")
    assert "Nobody looks like anybody else" in carol.get("/duplicates/").content.decode()
    caught_up()
    page = carol.get("/duplicates/").content.decode()
    place = f"/people/{twin.pk}/merge/?other={ann.pk}"
    assert place in page and "same first name, last name and company" in page
    assert "same first name, last name and company" in carol.get(place).content.decode()


def test_two_that_are_left_apart_are_not_asked_again(carol, twins):
    ann, twin = twins
    Person.objects.filter(pk__in=(ann.pk, twin.pk)).update(first_name="Ann", last_name="Lee")
    caught_up()
    page = carol.post(f"/people/{ann.pk}/apart/", {"other": twin.pk}, follow=True).content.decode()
    assert "stay two" in page and "Side by side" not in page
    Person.objects.filter(pk=ann.pk).update(title="Buyer")
    caught_up()
    assert "Side by side" not in carol.get("/duplicates/").content.decode()


def test_apart_from_nobody_is_refused(carol, twins):
    ann, _ = twins
    assert carol.post(f"/people/{ann.pk}/apart/", {"other": ""}).status_code == 409
    assert carol.post(f"/people/{ann.pk}/apart/", {"other": ann.pk}).status_code == 409
    assert carol.post(f"/people/{ann.pk}/apart/", {"other": "999999"}).status_code == 404


def test_the_rule_of_merging_by_itself_is_chosen_and_written_down(carol, twins):
    page = carol.post("/duplicates/rule/", {"person": "0.99", "account": ""}, follow=True).content.decode()
    assert "People merge by themselves from 99% on. Accounts merge by themselves never." in page
    assert DoubtWatch.objects.get(noun="person").merge_from == 0.99
    assert AuditEntry.objects.filter(verb="set rule").count() == 1
    assert carol.post("/duplicates/rule/", {"person": "0.2", "account": ""}).status_code == 409
    assert DoubtWatch.objects.get(noun="person").merge_from == 0.99


def test_accounts_are_merged_and_people_move(carol, twins):
    ann, twin = twins
    other = Account.objects.create(name="Nordkap Sea Food", name_key="nordkapseafood2", created_at=ann.created_at)
    page = carol.post(f"/people/{twin.pk}/account/", {"q": "Nordkap", "account": other.pk}, follow=True)
    assert "Anne belongs to Nordkap Sea Food from now on." in page.content.decode()
    page = carol.post(f"/accounts/{other.pk}/merge/", {"other": ann.account_id}, follow=True)
    assert page.redirect_chain[-1][0] == f"/accounts/{ann.account_id}/"
    twin.refresh_from_db()
    assert twin.account_id == ann.account_id


def test_a_rep_merges_nobody(client_of, twins):
    ann, twin = twins
    assert client_of(people.sam()).post(f"/people/{twin.pk}/merge/", {"other": ann.pk}).status_code in (403, 404)
    assert not Merge.objects.exists()
