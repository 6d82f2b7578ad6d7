"""Without a mapping the columns are guessed: what was guessed is told, and no value is passed over in silence."""

import pytest

from tests.intake.files import codes, sums
from winnow.intake import importer
from winnow.intake.tables import read_table
from winnow.leads.models import Inquiry, Opportunity

pytestmark = pytest.mark.django_db


def loaded(tmp_path, text: str, kind: str) -> dict:
    path = tmp_path / "list.csv"
    path.write_text(text)
    return importer.run(path, kind=kind)


def reasons(result: dict) -> list[str]:
    return [row["reason"] for row in result["rejected_rows"]]


def test_which_column_was_taken_for_what_is_told(tmp_path):
    result = loaded(tmp_path, "E-Mail,Shoe size\nann@acme.example,41\n", "inquiries")
    assert codes(result)["mapping_guessed"] == 0
    (text,) = [one["text"] for one in result["warnings"] if one["code"] == "mapping_guessed"]
    assert text == "no mapping was given: 'E-Mail' as email; kept in the raw rows alone: 'Shoe size'"


def test_a_column_named_for_dates_is_read_as_such_though_some_are_none(tmp_path):
    rows = "".join(f"p{number}@acme.example,2026-01-0{number}\n" for number in range(1, 4))
    result = loaded(tmp_path, f"email,captured at\n{rows}q@acme.example,soon\nr@acme.example,2026-02-30\n", "inquiries")
    assert sums(result) == {"created": 3, "rejected": 2}
    assert reasons(result) == ["captured_at: 'soon' is no date", "captured_at: '2026-02-30' is no date"]


def test_a_date_that_stands_for_none_is_refused_with_the_way_out(tmp_path):
    text = "email,captured at\nann@acme.example,0001-01-01\nbob@acme.example,2026-01-02\n"
    result = loaded(tmp_path, text, "inquiries")
    assert sums(result) == {"created": 1, "rejected": 1}
    assert reasons(result) == [
        "captured_at '0001-01-01' lies before 1970; where it stands for no date at all, name it under `missing`"
    ]
    assert Inquiry.objects.get().captured_at.year == 2026


def test_neither_yes_nor_no_is_not_lost(tmp_path):
    result = loaded(tmp_path, "deal id,account,won,close date\n1,Acme,yes,2026-01-02\n2,Bell,no,2026-01-02\n"
                              "3,Coil,maybe,2026-01-02\n", "opportunities")  # fmt: skip
    assert reasons(result) == ["won 'maybe' is neither yes nor no"]
    assert sorted(Opportunity.objects.values_list("outcome", flat=True)) == ["lost", "won"]


def test_rows_of_all_widths_are_told_apart_by_the_names_in_the_first_line(tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("first name,last name,email,company\nAnn,Lee\nBob,Ray,bob@acme.example,Acme,more,and more\nCora\n")
    table = read_table(path)
    rows = list(table.rows())
    assert rows[0].values[:2] == ["Ann", "Lee"] and rows[1].values[2] == "bob@acme.example"
