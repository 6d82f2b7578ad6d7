"""A rejected row is repaired by a person: a corrected copy comes in, the row stays, and the sums go on closing."""

import pytest

from tests.intake.files import LEADS, load, sums, written
from winnow.intake.importer import result_of
from winnow.intake.repairing import cells_of, repair_row
from winnow.intake.undo import undo
from winnow.leads.errors import Refusal
from winnow.leads.models import Import, ImportRow, Inquiry

pytestmark = pytest.mark.django_db

WRONG = """
    id,date,mail,first,last,firm,from
    1,2024-03-01,ann@acme,Ann,Lee,Acme,fair
    2,2024-03-04,bob@acme.example,Bob,Ray,Acme,fair,too,many
    3,2024-03-05,cem@acme.example,Cem,Kaya,Acme,fair
    4,2024-03-06,dora@acme.example,Dora,Moe,Acme,fair
"""


def test_a_corrected_copy_takes_the_place_of_the_row(tmp_path):
    imported = load(written(tmp_path, WRONG), LEADS)["import_id"]
    row = ImportRow.objects.get(line=2)
    with pytest.raises(Refusal, match="email"):
        repair_row(row, {"mail": "ann@wrong"}, by=None)
    copy = repair_row(row, {"mail": "ann@acme.example"}, by=None)
    assert copy.outcome == "created" and Inquiry.objects.filter(external_id="1").count() == 1
    result = result_of(Import.objects.get(pk=imported))
    assert sums(result) == {"created": 3, "rejected": 1} and len(result["rejected_rows"]) == 1
    row.refresh_from_db()
    assert row.raw[2] == "ann@acme" and row.repaired_as == copy, "what came stays as it came"
    with pytest.raises(Refusal, match="not rejected any more"):
        repair_row(row, {"mail": "ann@acme.example"}, by=None)


def test_a_row_without_cells_is_filled_in_anew(tmp_path):
    load(written(tmp_path, WRONG), LEADS)
    row = ImportRow.objects.get(line=3)
    repair_row(row, {"id": "2", "date": "2024-03-04", "mail": "bob@acme.example", "last": "Ray"}, by=None)
    assert Inquiry.objects.get(external_id="2").captured_at.strftime("%Y-%m-%d") == "2024-03-04"


def test_undo_takes_a_repaired_row_back_too(tmp_path):
    imported = load(written(tmp_path, WRONG), LEADS)["import_id"]
    repair_row(ImportRow.objects.get(line=2), {"mail": "ann@acme.example"}, by=None)
    assert undo(imported)["taken_back"]["facts"] == 3 and not Inquiry.objects.filter(voided_at=None).exists()


@pytest.mark.parametrize(
    ("raw", "cells"),
    [
        ("2;Bob;bob@x.example;too;many", ["2", "Bob", "bob@x.example"]),
        ('2,"Ray, Bob"\n', ["2", "Ray, Bob", ""]),
        ("a note", ["", "", ""]),
        (["2", "Bob"], ["2", "Bob", ""]),
    ],
)
def test_a_repair_begins_with_the_cells_that_the_row_has(raw, cells):
    assert cells_of(ImportRow(raw=raw), ["id", "name", "mail"]) == cells
