"""Whatever a file holds, each of its characters ends in a row, in a rejected row, or was blank (bar R3)."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.intake.tables import Unreadable, read_table

NASTY = "ab1 ,;\t\"'\n\r\\.|é\u20ac"
TRIES = tries(100, 1000)
BLANK = " \t\r\n\"',;|\ufeff\u00a0"


def read(data, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(data)
        table = read_table(path, **options)
        return table, list(table.rows())


@given(st.text(alphabet=NASTY, min_size=1, max_size=120), st.sampled_from([",", ";", "\t", "|", None]))
@settings(max_examples=TRIES, deadline=None)
@example('a,b\n1,"open\n2,3\n"x" y,4\n', ",")
@example('"a\r"b\n"', ",")
@example("a,b\rc,d\n\r\r\ne", ",")
def test_every_character_is_in_some_row_or_blank(text, delimiter):
    try:
        table, rows = read(text.encode(), encoding="utf-8", delimiter=delimiter, header_row=0)
    except Unreadable:
        return
    place = 0
    for row in rows:
        raw = row.raw
        found = text.find(raw, place)
        assert found >= 0, (raw, place)
        assert not text[place:found].strip(BLANK)
        place = found + len(raw)
    assert not text[place:].strip(BLANK)
    assert all(row.problem or len(row.values) == len(table.columns) for row in rows)
    numbers = [row.line_number for row in rows]
    assert numbers == sorted(numbers)


@given(st.binary(max_size=300))
@settings(max_examples=TRIES, deadline=None)
@example(b"a,b\n1,2\n\xff\xfe\n")
@example(b"\xff\xfea\x00,\x00")
@example(b"\xff\xfe\x00\x00a")
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + bytes(18))
def test_any_bytes_are_a_table_or_are_refused(data):
    try:
        table, rows = read(data)
    except Unreadable as refused:
        assert refused.reason and refused.way_out
        return
    assert len(set(table.columns)) == len(table.columns) > 0
    assert all(row.problem or len(row.values) == len(table.columns) for row in rows)
    assert not any("\0" in cell for row in rows for cell in row.values)


CELL = st.text(alphabet=st.characters(codec="utf-8",
    exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n,;\"'="), max_size=15)


@given(st.integers(2, 6).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=15)))
@settings(max_examples=TRIES, deadline=None)
def test_what_a_program_writes_properly_is_read_as_it_was(rows):
    import csv
    import io

    width = len(rows[0])
    header = [f"name{i}" for i in range(width)]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    options = {"encoding": "utf-8", "delimiter": ",", "quote": '"', "header_row": 1}
    _, found = read(file.getvalue().encode(), **options)
    expected = [row for row in rows if any(cell.strip() for cell in row)]
    assert [row.values for row in found] == [[cell.removeprefix("\ufeff") if not i else cell for i,
        cell in enumerate(row)]
                                             for row in expected]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_rows_are_the_same_wherever_a_block_of_reading_ends(tmp_path, monkeypatch, encoding):
    from winnow.intake import encodings

    text = "name;note\r\n" + "".join(
        f'Ann {i};"Größe {i}\r\n""zwei"" €"\r\nBob {i};"stray" quote\r\n\r\n' for i in range(30)
    )
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode(encoding))
    whole = [(row.line_number, row.values, row.problem) for row in read_table(path, encoding=encoding).rows()]
    assert len(whole) == 60
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr(encodings, "BLOCK", size)
        again = read_table(path, encoding=encoding, delimiter=";", quote='"', header_row=1)
        assert [(row.line_number, row.values, row.problem) for row in again.rows()] == whole
