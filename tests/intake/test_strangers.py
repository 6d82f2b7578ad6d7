"""Numbers that two files share by accident, and addresses whose domain is misspelt."""

import pytest

from tests.intake.files import load, sums, written
from winnow.leads.addresses import company_domain, misspelt, normalise_email
from winnow.leads.models import Account, Inquiry, Person

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
