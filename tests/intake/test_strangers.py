"""Numbers that two files share by accident, and addresses whose domain is misspelt."""

import pytest

from tests.intake.files import load, sums, written
from winnow.leads import identitykeys
from winnow.leads.addresses import company_domain, misspelt, normalise_email
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.models import Account, FactRow, Inquiry, Person

PLAIN = """as = "inquiries"
[columns]
"id" = "external_id"
"mail" = "email"
"name" = "full_name"
"""
ANN = "id,mail,name\n1,ann@acme.example,Ann Lee\n2,bob@acme.example,Bob Ray\n"
SUE = "id,mail,name\n1,sue@firm.example,Sue Moe\n2,bob@acme.example,Bob Ray\n"


@pytest.mark.django_db
def test_the_first_row_of_another_file_is_not_the_first_row_of_this_one(tmp_path):
    load(written(tmp_path, ANN, "a.csv"), PLAIN)
    second = load(written(tmp_path, SUE, "b.csv"), PLAIN)
    assert sums(second) == {"created": 1, "unchanged": 1}
    assert [w["rows"] for w in second["warnings"] if w["code"] == "key_of_another"] == [1]
    assert Inquiry.objects.get(external_id="1").email == "ann@acme.example"
    for name, text in (("a.csv", ANN), ("b.csv", SUE)):
        assert sums(load(written(tmp_path, text, name), PLAIN)) == {"unchanged": 2}, "each file is still known"


@pytest.mark.django_db
def test_who_says_whose_numbers_they_are_is_believed(tmp_path):
    named = 'system = "crm"\n' + PLAIN
    load(written(tmp_path, ANN, "a.csv"), named)
    assert sums(load(written(tmp_path, SUE, "b.csv"), named)) == {"unchanged": 2}


@pytest.mark.django_db
def test_people_and_accounts_of_two_files_keep_their_own_numbers(tmp_path):
    people = PLAIN.replace("inquiries", "people")
    load(written(tmp_path, ANN, "a.csv"), people)
    assert sums(load(written(tmp_path, SUE, "b.csv"), people)) == {"created": 1, "unchanged": 1}
    assert Person.objects.get(email="ann@acme.example").first_name == "Ann"
    firms = 'as = "accounts"\n[columns]\n"id" = "external_id"\n"name" = "name"\n'
    load(written(tmp_path, "id,name\n1,Acme\n2,Nordkap\n", "c.csv"), firms)
    load(written(tmp_path, "id,name\n1,Gelati\n2,Nordkap AS\n", "d.csv"), firms)
    assert set(Account.objects.filter(kind="company").exclude(name="").values_list("name", flat=True)) >= {
        "Acme", "Gelati", "Nordkap AS",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gamil.com", "gmail.com"), ("hotmial.com", "hotmail.com"), ("gmail.con", "gmail.com"),
        ("yahooo.com", "yahoo.com"), ("outlok.com", "outlook.com"), ("gmail.com", ""), ("yaho.com", ""),
        ("ilve.com", ""), ("mail.com", ""), ("acme.example", ""), ("iloud.io", ""),
    ],
)  # fmt: skip
def test_a_misspelt_free_mail_domain_is_known_as_one(domain, meant):
    assert misspelt(domain) == meant
    address = normalise_email(f"ann.lee@{domain}")
    assert address.identifies and address.reaches is not bool(meant)
    assert not meant or company_domain(domain) is None


@pytest.mark.django_db
def test_a_misspelt_address_makes_no_company_and_says_what_was_meant(tmp_path):
    result = load(written(tmp_path, "id,mail,name\n1,ann@gamil.com,Ann Lee\n2,bob@hotmial.com,Bob Ray\n"), PLAIN)
    told = [warning["text"] for warning in result["warnings"] if warning["code"] == "misspelt_mail"]
    assert sorted(told) == [
        "gamil.com is meant to be gmail.com, most likely", "hotmial.com is meant to be hotmail.com, most likely",
    ]  # fmt: skip
    assert not Account.objects.filter(kind="company").exists() and result["accounts_matched"] == 0


@pytest.mark.django_db
def test_many_keys_written_at_once_give_way_to_those_that_are_there(monkeypatch, tmp_path):
    monkeypatch.setattr(identitykeys, "MANY", 1)
    load(written(tmp_path, ANN, "a.csv"), PLAIN)
    ann, bob = Person.objects.order_by("pk")
    rows = [("email", "", "ann@acme.example", bob.pk), ("email", "", "new@acme.example", bob.pk)]
    assert identitykeys.write_keys(rows, now()) == {("email", "", "ann@acme.example")}
    assert set(bob.identities.values_list("value", flat=True)) == {"bob@acme.example", "new@acme.example"}
    assert ann.identities.count() == 1


PHONES = """as = "people"
system = "crm"
[columns]
"id" = "external_id"
"mail" = "email"
"name" = "full_name"
"tel" = "phone"
"""


@pytest.mark.django_db
def test_people_are_found_again_by_what_was_chosen(tmp_path):
    first = "id,mail,name,tel\n1,ann@acme.example,Ann Lee,+49 30 2345678\n2,bob@acme.example,Bob Ray,+49 30 3456789\n"
    load(written(tmp_path, first), PHONES)

    def again(known_by, row, name="b.csv"):
        return sums(load(written(tmp_path, f"id,mail,name,tel\n{row}\n", name), PHONES, known_by=known_by))

    assert again("email", "2,ann@acme.example,Ann Lee,") == {"unchanged": 1}, "the number 2 is Bob's"
    assert again("number", "2,ann@acme.example,Robert Ray,") == {"updated": 1}, "the address is Ann's"
    assert again("number", "7,ann@acme.example,Ann Other,") == {"created": 1}
    assert again("phone", "8,,Bob Ray,0049 30/3456789") == {"updated": 1}, "the number alone tells"
    assert again("phone", "9,ann@home.example,Ann Lee,030 2345678") == {"created": 1}, "of what country?"
    assert again("phone", "10,cem@home.example,Cem Kaya,0049 30 3456789") == {"created": 1}, "another name"
    assert again("phone", "11,,Bob Ray,+49 30 3456789") == {"created": 1}, "two have the number now: it tells nobody"
    with pytest.raises(Refusal, match="not found again by 'number'"):
        load(written(tmp_path, ANN), PLAIN, known_by="number")


@pytest.mark.django_db
def test_somebody_under_two_numbers_in_one_file_is_known_by_both_from_the_first_time_on(tmp_path):
    people = ('system = "crm"\n' + PLAIN).replace("inquiries", "people")
    text = "id,mail,name\n1,ann@acme.example,Ann Lee\n2,ann@acme.example,Ann Lee\n"
    assert sums(load(written(tmp_path, text), people)) == {"created": 1, "merged": 1}
    assert sums(load(written(tmp_path, text, "again.csv"), people)) == {"unchanged": 2}
    by_number = "id,mail,name\n2,,Ann Lee\n"
    assert sums(load(written(tmp_path, by_number, "number.csv"), people)) == {"unchanged": 1}
    assert Person.objects.count() == 1 and Person.objects.get().seniority == ""


@pytest.mark.django_db
def test_a_title_of_a_new_person_is_told_once_and_written_with_the_person(tmp_path):
    people = PLAIN.replace("inquiries", "people") + '"title" = "title"\n"firm" = "company"\n"branch" = "industry"\n'
    text = "id,mail,name,title,firm,branch\n1,ann@acme.example,Ann Lee,Head of Sales,Acme,machinery\n"
    load(written(tmp_path, text), people)
    ann = Person.objects.select_related("account").get()
    assert (ann.seniority, ann.department, ann.account.industry) == ("director", "sales", "machinery")
    told = FactRow.objects.filter(kind="described").values_list("code", "value")
    assert set(told) == {("seniority", "director"), ("department", "sales"), ("industry", "machinery")}
    assert sums(load(written(tmp_path, text, "again.csv"), people)) == {"unchanged": 1} and told.count() == 3
