"""Cells and columns as the exports of other programs fill them: several addresses in one, numbers as floats."""

import pytest

from winnow.intake import mapping as mappings
from winnow.intake.contacts import company_domain, one_address, one_number
from winnow.intake.tables import read_table


@pytest.mark.parametrize(
    ("cell", "found", "more"),
    [
        ("ann@x.example", "ann@x.example", False),
        ("ann@x.example, ann2@x.example", "ann@x.example", True),
        ("ann@x.example ::: ann@home.example", "ann@x.example", True),
        ("Ann <ann@x.example>; Bob <bob@x.example>", "ann@x.example", True),
        ("ann@x.example / ANN@x.example", "ann@x.example", False),
        ("ann@x.example\nbob@x.example", "ann@x.example", True),
        ("SMTP:ann@x.example", "ann@x.example", False),
        ("ann@x.example (work)", "ann@x.example", False),
        # Not clear: as it stands, to be refused and repaired.
        ("ann lee@x.example", "ann lee@x.example", False),
        ("ann@@x.example", "ann@@x.example", False),
        ("ann@x@y.example", "ann@x@y.example", False),
    ],
)
def test_of_several_addresses_in_a_cell_the_first_is_taken(cell, found, more):
    assert one_address(cell) == (found, more)


@pytest.mark.parametrize(
    ("cell", "found", "more"),
    [
        ("030/123456", "030/123456", False),
        ("p:+4930123456", "+4930123456", False),
        ("4.93012345678E+11", "493012345678", False),
        ("4,93012345678e11", "493012345678", False),
        ("4.93E+11", "4.93E+11", False),  # its digits are gone
        ("493012345678.0", "493012345678", False),
        ("4930 123.45", "4930 123.45", False),
        ("+49 170 123456 ::: +49 30 1234", "+49 170 123456", True),
        ("030 123456; 0170 123456", "030 123456", True),
        ("030 123456 oder 0170 123456", "030 123456", True),
        ("030 123456, ext. 12", "030 123456", False),
        ("n/a; 0170 123456", "n/a; 0170 123456", False),
    ],
)
def test_of_several_numbers_in_a_cell_the_first_is_taken(cell, found, more):
    assert one_number(cell) == (found, more)


def test_a_page_on_a_network_of_people_is_no_domain_of_a_company():
    assert company_domain("https://www.linkedin.com/in/ann") == company_domain("facebook.com/acme") == ""
    assert company_domain("https://acme.example/about") == "acme.example"
    assert company_domain("linkedin.com") == "linkedin.com", "who works there"


def understood(tmp_path, text, kind="people"):
    path = tmp_path / "export.csv"
    path.write_text(text)
    table = read_table(path)
    mapping = mappings.suggest(table, kind)
    mapping.check(table, kind)
    return [mapping.apply(row)[0] for row in table.rows()], mapping


def test_an_export_of_contacts_is_understood(tmp_path):
    rows, mapping = understood(
        tmp_path,
        "First Name,Last Name,Title,E-mail Address,E-mail 2 Address,Business Phone,Mobile Phone,Job Title,URL\n"
        "Ann,Lee,Dr.,ann@x.example ::: a@y.example,,+49 30 1234567,,CEO,https://www.linkedin.com/in/ann\n"
        "Bob,Ray,Mr,,bob@y.example,,+49 170 1234567,CTO,\n",
    )
    assert [(row["title"], row["email"], row["phone"], row.get("domain")) for row in rows] == [
        ("CEO", "ann@x.example", "+49 30 1234567", None), ("CTO", "bob@y.example", "+49 170 1234567", None),
    ]  # fmt: skip
    assert {warning["code"] for warning in mapping.warnings} == {"several_in_one_cell", "unknown_value"}


def test_a_column_of_addresses_with_names_around_them_is_one(tmp_path):
    rows, _ = understood(tmp_path, "Name,E-Mail\nAnn,Ann Lee <ann@x.example>\nBob,mailto:bob@x.example\nCem,cem@x\n")
    assert [row["email"] for row in rows] == ["Ann Lee <ann@x.example>", "mailto:bob@x.example", "cem@x"]


@pytest.mark.parametrize("counts", [("45351", "45352"), ("45351.5", "45352"), ("1709208000", "1709294400")])
def test_days_and_seconds_under_the_name_of_a_date_are_dates(tmp_path, counts):
    rows, _ = understood(tmp_path, "mail,created\na@x.example,{}\nb@x.example,{}\n".format(*counts), "inquiries")
    assert rows[0]["captured_at"].date().isoformat() == "2024-02-29"
