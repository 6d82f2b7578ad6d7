"""Cells that a spreadsheet would compute are quoted, and come back as they were (RELIABILITY R19)."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.leads.csvcells import csv_restore, csv_safe

SIGNS = "=+-@\t\r\n\0＝＋－＠'0123456789 ()A!|\u00a0\ufeff"


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "=cmd|' /C calc'!A0", "+1+cmd|x", "-2+3+cmd", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1",
        "＋1+A1",
        " =1", "\u00a0=1", "\ufeff=1", "+49-30-1234", "'=1", "''=1", "-A1", "+A1",
    ],
)  # fmt: skip
def test_a_formula_is_quoted_and_restored(cell):
    assert csv_safe(cell) == "'" + cell
    assert csv_restore(csv_safe(cell)) == cell


@pytest.mark.parametrize(
    "cell",
    ["", "Ann", "+49 30 123456", "+4930123456", "+49 (0)30 1234", "-12.50", "-1.234,56", "+5", "-5 %", "-1e5",
        "-", "--",
     "'", "'n Sync", "O'Brien", "a=b", "1-2"],
)  # fmt: skip
def test_numbers_telephones_and_texts_stay_as_they_are(cell):
    assert csv_safe(cell) == cell
    assert csv_restore(cell) == cell


@given(st.text(max_size=60) | st.text(alphabet=SIGNS, max_size=12))
@example("''''=1")
@settings(max_examples=tries(150, 5000))
def test_every_cell_comes_back(cell):
    assert csv_restore(csv_safe(cell)) == cell


@given(st.text(alphabet=SIGNS, max_size=12))
@settings(max_examples=tries(150, 5000))
def test_nothing_that_leaves_begins_with_a_sign_that_computes(cell):
    out = csv_safe(cell)
    assert out[:1] not in set("=@\t\r\n\0＝＋－＠")
    if out[:1] in ("+", "-"):
        assert not set(out) - set("+-0123456789 .,()eE%")


@given(st.lists(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=20),
                         min_size=3, max_size=3), max_size=20))  # fmt: skip
@settings(max_examples=500, deadline=None)
def test_rows_written_as_csv_and_read_again_are_the_same(rows):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([csv_safe(cell) for cell in row] for row in rows)
    file.seek(0)
    assert [[csv_restore(cell) for cell in row] for row in csv.reader(file)] == rows
