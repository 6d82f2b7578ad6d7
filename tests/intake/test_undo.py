"""Undo: an import is taken back with all that it made and changed, and nothing is deleted from the history."""

import pytest

from tests.intake.definition import signed
from tests.intake.files import DEALS, LEADS, load, sums, written
from tests.intake.test_importer import HEAD, THREE
from winnow.intake.undo import CannotUndo, undo
from winnow.leads.agreeing import records
from winnow.leads.models import (
    Account,
    AuditEntry,
    Consent,
    CostLine,
    Cycle,
    FactRow,
    Import,
    Inquiry,
    Opportunity,
    Person,
    StageChange,
)
from winnow.leads.validity import find_invalid, find_valid

pytestmark = pytest.mark.django_db


def counting():
    """Facts that are not withdrawn."""
    gone = FactRow.objects.filter(kind="withdrawn").values("other_id")
    return FactRow.objects.exclude(kind="withdrawn").exclude(pk__in=gone)


def balance_closes():
    """Every cycle stands where its ledger says, at every moment."""
    for cycle in Cycle.objects.all():
        stage = ""
        for change in StageChange.objects.filter(cycle=cycle).order_by("id"):
            assert change.before == stage
            stage = change.after
        assert stage == cycle.stage
    return True


def test_what_it_made_counts_for_nothing_and_the_same_file_can_come_again(tmp_path):
    first = load(written(tmp_path, THREE), LEADS)
    taken = undo(first["import_id"])["taken_back"]
    assert (taken["inquiries"], taken["people"], taken["accounts"]) == (3, 2, 1)
    assert not counting().exists() and not Cycle.objects.filter(closed_at=None).exists() and balance_closes()
    assert Inquiry.objects.count() == 3, "nothing is deleted"
    assert not Person.objects.filter(voided_at=None).exists()
    again = load(written(tmp_path, THREE), LEADS)
    assert sums(again) == sums(first) and counting().count() == 3
    assert Account.objects.filter(voided_at=None).count() == 1


def test_an_update_is_taken_back_to_the_old_value(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    second = load(written(tmp_path, THREE.replace("Lee,Acme,web", "Lee,Acme,referral")), LEADS)
    assert undo(second["import_id"])["taken_back"]["values restored"] == 1
    assert Inquiry.objects.get(external_id="3").source == "web" and Inquiry.objects.filter(voided_at=None).count() == 3


def test_what_a_later_import_changed_once_more_keeps_that_value(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    second = load(written(tmp_path, THREE.replace("Lee,Acme,web", "Lee,Acme,referral")), LEADS)
    third = load(written(tmp_path, THREE.replace("Lee,Acme,web", "Lee,Acme,phone")), LEADS)
    undo(second["import_id"])
    assert Inquiry.objects.get(external_id="3").source == "phone"
    undo(third["import_id"])
    assert Inquiry.objects.get(external_id="3").source == "web"


def test_a_person_with_another_inquiry_stays_and_so_does_the_open_cycle(tmp_path):
    first = load(written(tmp_path, THREE), LEADS)
    load(written(tmp_path, THREE.replace("\n    ", "\n    x")), LEADS.replace('"id"', '"xid"'))
    undo(first["import_id"])
    assert Person.objects.filter(voided_at=None).count() == 2 and balance_closes()
    assert set(Cycle.objects.values_list("stage", flat=True)) == {"new"}


def test_deals_go_back_and_their_cycles_stand_where_they_stood(tmp_path):
    load(written(tmp_path, THREE), LEADS)
    deals = load(written(tmp_path, HEAD + "d1,1,,,,Won,2024-03-05,2024-04-05,12\n"), DEALS)
    assert undo(deals["import_id"])["taken_back"]["opportunities"] == 1
    deal = Opportunity.objects.get()
    assert deal.voided_at and Cycle.objects.get(pk=deal.cycle_id).stage == "new" and balance_closes()
    assert not Account.objects.filter(customer=True).exists()
    assert not counting().filter(kind__in=["won", "opportunity_moved"]).exists()


def test_inquiries_with_deals_of_another_import_are_refused_and_it_is_named(tmp_path):
    first = load(written(tmp_path, THREE), LEADS)
    deals = load(written(tmp_path, HEAD + "d1,1,,,,Won,2024-03-05,2024-04-05,12\n", "deals.csv"), DEALS)
    with pytest.raises(CannotUndo, match=rf"1 opportunity of import {deals['import_id']} \(deals.csv\)"):
        undo(first["import_id"])
    undo(deals["import_id"])
    undo(first["import_id"])
    assert not counting().exists() and balance_closes()


def test_an_import_is_taken_back_once_and_that_is_in_the_audit_trail(tmp_path):
    first = load(written(tmp_path, THREE), LEADS)
    undo(first["import_id"])
    with pytest.raises(CannotUndo, match="already"):
        undo(first["import_id"])
    with pytest.raises(CannotUndo, match="There is no import"):
        undo(10**6)
    assert AuditEntry.objects.filter(verb="undo", noun="import", noun_id=first["import_id"]).count() == 1
    assert Import.objects.get(pk=first["import_id"]).state == "undone"


def test_a_consent_that_came_by_it_is_none_any_more_and_an_objection_stays_one(tmp_path):
    mapping = LEADS.replace("[columns]", '[columns]\n"ok" = "consent"')
    text = """
        id,date,mail,first,last,firm,from,ok
        1,2024-03-01,ann@acme.example,Ann,Lee,Acme,fair,yes
        2,2024-03-02,bob@acme.example,Bob,Ray,Acme,fair,no
    """
    result = load(written(tmp_path, text), mapping)
    undo(result["import_id"])
    assert list(Consent.objects.values_list("given", flat=True)) == [False]
    assert list(counting().filter(kind="consented").values_list("flag", flat=True)) == [False]


def test_costs_are_marked_void(tmp_path):
    mapping = 'as = "costs"\n[columns]\n"c" = "campaign"\n"on" = "on"\n"eur" = "amount"\n'
    result = load(written(tmp_path, "c,on,eur\nFair,2024-03-01,1000\nFair,2024-03-02,\"1,200.50\"\n"), mapping)
    assert sums(result) == {"created": 2}
    assert sorted(CostLine.objects.values_list("amount_cents", flat=True)) == [100000, 120050]
    undo(result["import_id"])
    assert not CostLine.objects.filter(voided_at=None).exists()


def test_a_lead_that_was_handed_off_stands_in_the_way_and_is_named(tmp_path):
    from winnow.leads.models import Handoff, Lead, User
    from winnow.policy import VERSION

    result = load(written(tmp_path, THREE), LEADS)
    sam = User.objects.create_user("sam@winnow.example", role="rep", name="Sam")
    cycle = Cycle.objects.order_by("id").first()
    at = cycle.person.created_at
    lead = Lead.objects.create(account=cycle.person.account, person=cycle.person, definition=signed(),
                               policy_version=VERSION, milli=0, grade="A", made_at=at)
    Cycle.objects.filter(pk=cycle.pk).update(lead=lead)
    Handoff.objects.create(lead=lead, rep=sam, given_at=at, response_due_at=at)
    with pytest.raises(CannotUndo, match=rf"lead {lead.pk} \(Acme\).*handed off to Sam"):
        undo(result["import_id"])


def test_a_deal_that_a_later_list_closed_is_won_no_more_when_the_list_that_brought_it_is_taken_back(tmp_path):
    head = "deal,lead,firm,rep,product,stage,start,end,value\n"
    first = load(written(tmp_path, f"{head}d1,,Acme,Sam,,engaging,2024-05-01,,\n", "deals.csv"), DEALS)
    later = load(written(tmp_path, f"{head}d1,,Acme,Sam,,won,2024-05-01,2024-06-01,900\n", "later.csv"), DEALS)
    assert sums(later) == {"updated": 1} and counting().filter(kind="won").count() == 1
    undo(first["import_id"])
    assert not counting().filter(kind__in=("won", "opportunity_moved")).exists()
    assert [check.name for check in (records(),) if not check.ok] == []
    undo(later["import_id"])
    assert records().ok


MORE = '"job" = "title"\n"tel" = "phone"\n"size" = "employees"'
TITLES = LEADS.replace('"firm" = "company"', f'"firm" = "company"\n{MORE}')


def test_what_an_inquiry_filled_in_of_somebody_known_goes_back_too(tmp_path):
    head = "id,date,mail,first,last,firm,from"
    load(written(tmp_path, f"{head}\n1,2024-03-01,ann@acme.example,Ann,Lee,Acme,fair\n"), LEADS)
    ann = Person.objects.get()
    row = "2,2024-03-04,ann@acme.example,Ann,Lee,Acme,fair,Head of Milling,+49 30 1234567,250\n"
    file = written(tmp_path, f"{head},job,tel,size\n{row}", "b.csv")
    second = load(file, TITLES)
    ann.refresh_from_db()
    assert (ann.title, ann.phone, ann.account.employees) == ("Head of Milling", "+49 30 1234567", 250)
    Person.objects.filter(pk=ann.pk).update(phone="+49 30 7654321")  # somebody wrote another one since
    assert undo(second["import_id"])["taken_back"]["values restored"] >= 2
    ann = Person.objects.get(pk=ann.pk)
    assert (ann.title, ann.seniority, ann.phone, ann.account.employees) == ("", "", "+49 30 7654321", None)
    assert sums(load(file, TITLES)) == {"merged": 1}


def test_an_inquiry_fills_in_a_title_and_never_replaces_one(tmp_path):
    head = "id,date,mail,first,last,firm,from,job,tel,size\n"
    row = "{0},2024-03-04,ann@acme.example,Ann,Lee,Acme,fair,{1},,\n"
    load(written(tmp_path, head + row.format(1, "Head of Milling")), TITLES)
    load(written(tmp_path, head + row.format(2, "Trainee"), "b.csv"), TITLES)
    assert Person.objects.get().title == "Head of Milling"


def test_an_inquiry_that_was_judged_again_goes_with_its_import(tmp_path):
    signed()
    first = load(written(tmp_path, THREE), LEADS)
    inquiry = Inquiry.objects.filter(valid=True).first()
    find_invalid(inquiry, by=None, said="a slip")
    find_valid(inquiry, by=None, said="none after all")
    undo(first["import_id"])
    assert not counting().filter(kind="inquiry").exists() and balance_closes()
    assert records().wrong == 0
