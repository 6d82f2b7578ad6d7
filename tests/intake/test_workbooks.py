"""Workbooks: cells become stable text, rows keep their numbers, bombs don't go off."""

import datetime
import subprocess
import sys
import zipfile

import pytest
import xlsxwriter

from tests.intake.test_bounds import SRC, read_apart
from winnow.intake.tables import Unreadable, read_table

BOOK = '<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
NAMES = ("number", "day", "moment", "clock", "span", "yes", "error", "formula", "money", "text", "sum", "long")
LINKS = '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'


def packed(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def book(path, sheet, **more):
    """A workbook of one sheet, its XML as given."""
    parts = {"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": LINKS, "xl/worksheets/sheet1.xml": sheet}
    return packed(path, parts | more)


def sheet_of(*rows):
    return "<worksheet><sheetData>" + "".join(rows) + "</sheetData></worksheet>"


def text_row(number, *texts):
    cells = "".join(f'<c r="{chr(65 + i)}{number}" t="str"><v>{text}</v></c>' for i, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


@pytest.fixture
def typed(tmp_path):
    """A workbook with a cell of every kind, two empty rows in front."""
    path = tmp_path / "typed.xlsx"
    with xlsxwriter.Workbook(path) as file:
        sheet = file.add_worksheet("Leads")
        day, moment, clock, span = (
            file.add_format({"num_format": form})
            for form in ("yyyy-mm-dd", "dd/mm/yyyy hh:mm", "hh:mm", "[h]:mm")
        )
        money = file.add_format({"num_format": "#,##0.00 €"})
        for place, name in enumerate(NAMES):
            sheet.write_string(2, place, name)
        sheet.write_number(3, 0, 30.0)
        sheet.write_datetime(3, 1, datetime.datetime(2024, 2, 3), day)  # noqa: DTZ001
        sheet.write_datetime(3, 2, datetime.datetime(2024, 2, 3, 4, 5, 6), moment)  # noqa: DTZ001
        sheet.write_datetime(3, 3, datetime.time(4, 5), clock)
        sheet.write_number(3, 4, 1.5, span)
        sheet.write_boolean(3, 5, True)
        sheet.write_formula(3, 6, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 7, "=A4*2", None, 60)
        sheet.write_number(3, 8, 1234.5, money)
        sheet.write_string(3, 9, "=Müller & <Söhne>\nKöln")
        sheet.write_number(3, 10, 0.1 + 0.2)
        sheet.write_number(3, 11, 12345678901234)
    return path


def test_cells_become_text_that_does_not_change_with_the_program(typed):
    table = read_table(typed)
    (row,) = table.rows()
    assert dict(zip(table.columns, row.values, strict=True)) == {
        "number": "30", "day": "2024-02-03", "moment": "2024-02-03 04:05:06", "clock": "04:05:00", "span": "36:00:00",
        "yes": "true", "error": "#DIV/0!", "formula": "60", "money": "1234.5", "text": "=Müller & <Söhne>\nKöln",
        "sum": "0.3", "long": "12345678901234",
    }  # fmt: skip


def test_lines_are_the_rows_of_the_sheet(typed):
    table = read_table(typed)
    assert table.header_row == 3
    assert [row.line_number for row in table.rows()] == [4]


def test_both_ways_of_reading_a_sheet_say_the_same(typed, monkeypatch):
    from winnow.intake import workbooks

    quick = [row.values for row in read_table(typed).rows()]
    monkeypatch.setattr(workbooks, "quick_rows", lambda *_: None)
    assert [row.values for row in read_table(typed).rows()] == quick


def test_a_row_that_is_written_unusually_is_read_all_the_same(tmp_path):
    """Rows with rich text, phonetic marks and remarks."""
    odd = '<row r="2"><c r="A2" t="inlineStr"><is><r><t>An</t></r><r><t>n</t></r>'
    odd += '<rPh sb="0" eb="1"><t>x</t></rPh></is></c><!-- so --><c r="C2"><v>30.0</v></c></row>'
    rows = text_row(1, "name", "city", "n"), odd, text_row(3, "Bob", "Rome", "4")
    path = book(tmp_path / "odd.xlsx", sheet_of(*rows))
    assert [row.values for row in read_table(path).rows()] == [["Ann", "", "30"], ["Bob", "Rome", "4"]]


def test_a_sheet_with_prefixed_names_and_without_places_is_read(tmp_path):
    cells = '<x:c t="inlineStr"><x:is><x:t>{}</x:t></x:is></x:c><x:c><x:v>{}</x:v></x:c>'
    rows = "".join(f"<x:row>{cells.format(*pair)}</x:row>" for pair in (("name", 0), ("Ann", 30.0), ("Bob", "4.50")))
    path = book(tmp_path / "x.xlsx", f'<x:worksheet xmlns:x="x"><x:sheetData>{rows}</x:sheetData></x:worksheet>')
    rows = list(read_table(path, header_row=1).rows())
    assert [row.values for row in rows] == [["Ann", "30"], ["Bob", "4.5"]]


def test_the_first_sheet_with_cells_is_read_and_the_others_are_told(tmp_path):
    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(path) as file:
        file.add_worksheet("Empty")
        for name in ("Leads", "More"):
            sheet = file.add_worksheet(name)
            sheet.write_row(0, 0, ["name", "city"])
            sheet.write_row(1, 0, [name, "Rome"])
    table = read_table(path)
    assert (table.sheet, [row.values for row in table.rows()]) == ("Leads", [["Leads", "Rome"]])
    assert [warning["code"] for warning in table.warnings] == ["more_sheets"]
    assert next(read_table(path, sheet="More").rows()).values == ["More", "Rome"]
    assert next(read_table(path, sheet="3").rows()).values == ["More", "Rome"]
    with pytest.raises(Unreadable, match="has no sheet 'Less'; name one of Empty, Leads, More"):
        read_table(path, sheet="Less")
    with pytest.raises(Unreadable, match="no filled cells"):
        read_table(path, sheet="Empty")


def test_a_cell_far_out_takes_neither_memory_nor_the_other_rows(tmp_path):
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = book(tmp_path / "far.xlsx", sheet_of(text_row(1, "name"), text_row(2, "Ann"), far))
    rows = list(read_table(path).rows())
    assert [(row.line_number, row.problem) for row in rows] == [
        (2, None),
        (1048576, "has a cell in column 16384; 500 are the most"),
    ]


def test_a_megabyte_in_a_cell_costs_its_row(tmp_path):
    noise = "".join(f"{i * i:x}" for i in range(300_000))
    path = book(tmp_path / "long.xlsx", sheet_of(text_row(1, "a", "b"), text_row(2, noise, "x"), text_row(3, "c", "d")))
    assert [row.problem for row in read_table(path).rows()] == ["is longer than 1 MB", None]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = book(tmp_path / "bomb.xlsx", sheet_of("<row><c><v>1</v></c></row>" * 2_000_000))
    count, memory, seconds, refused = read_apart(path)
    assert "unpacks to more than 100 times its size; save it as CSV" in refused
    assert count == 0
    assert memory < 100
    assert seconds < 2


def test_a_bomb_that_lies_about_its_size_is_stopped_on_the_way(tmp_path):
    path = book(tmp_path / "liar.xlsx", sheet_of("<row><c><v>1</v></c></row>" * 200_000))
    data = bytearray(path.read_bytes())
    small = (1000).to_bytes(4, "little")
    with zipfile.ZipFile(path) as file:
        size = file.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    at = 0
    while (at := data.find(size, at)) >= 0:
        data[at : at + 4] = small
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=r"damaged|breaks off|100 times"):
        list(read_table(path).rows())


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({f"part{i}": "" for i in range(101)}, "holds 101 files where 100 are the most"),
        ({"leads.csv": "a,b"}, "zip archive and no workbook; unpack it first"),
        ({"mimetype": "x", "content.xml": "<a/>"}, "OpenDocument"),
        ({"xl/workbook.bin": "x"}, r"binary workbook \(.xlsb\)"),
        ({"Index/Document.iwa": "x"}, "a file of Numbers"),
        ({"word/document.xml": "<x/>"}, "a text document"),
    ],
)
def test_zips_that_are_no_workbooks_are_refused(tmp_path, parts, reason):
    with pytest.raises(Unreadable, match=reason):
        read_table(packed(tmp_path / "file.xlsx", parts))


def test_entities_and_broken_sheets_are_refused(tmp_path):
    evil = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet_of(text_row(1, "&a;"))
    with pytest.raises(Unreadable, match="declares entities"):
        read_table(book(tmp_path / "evil.xlsx", evil))
    with pytest.raises(Unreadable, match="breaks off after row 1"):
        list(read_table(book(tmp_path / "cut.xlsx", "<worksheet><sheetData>" + text_row(1, "a"))).rows())


def test_a_workbook_of_more_than_50_megabytes_is_refused(tmp_path):
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(51 << 20)
    with pytest.raises(Unreadable, match="has 51 MB where 50 are the most"):
        read_table(path)


def test_an_encrypted_workbook_is_refused(tmp_path):
    path = tmp_path / "secret.xlsx"
    inside = bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + inside)
    with pytest.raises(Unreadable, match="the workbook is encrypted; save it without a password"):
        read_table(path)


@pytest.mark.bars
def test_a_sheet_of_a_hundred_thousand_rows_takes_flat_memory(tmp_path):
    path = tmp_path / "many.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as file:
        sheet = file.add_worksheet()
        sheet.write_row(0, 0, ["id", "name", "city", "amount"])
        for i in range(1, 100_000):
            sheet.write_row(i, 0, [i, f"Ann {i}", "Rome", i / 4])
    count, memory, _, _ = read_apart(path)
    assert count == 99_999
    assert memory < 100


def test_reading_a_workbook_needs_nothing_that_plain_text_would_have_to_wait_for():
    """The .xls library is loaded when an .xls file comes, not with every import."""
    program = "import sys, winnow.intake.tables; sys.exit('xlrd' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(SRC)}, check=True)


@pytest.mark.parametrize("unusual", [False, True])
def test_formulas_without_a_result_are_told(tmp_path, unusual):
    path, bare = tmp_path / "full.xlsx", tmp_path / "bare.xlsx"
    with xlsxwriter.Workbook(path) as file:
        sheet = file.add_worksheet()
        sheet.write_row(0, 0, ["id", "mail", "name"])
        for row in range(1, 4):
            sheet.write_row(row, 0, [row, f"p{row}@a.example"])
            sheet.write_formula(row, 2, '="P "&A2', None, "P 1")
    with zipfile.ZipFile(path) as full, zipfile.ZipFile(bare, "w") as made:
        for name in full.namelist():
            text = full.read(name)
            if name.endswith("sheet1.xml"):
                text = text.replace(b' t="str"', b"").replace(b"<v>P 1</v>", b"<v></v>")
                if unusual:
                    text = text.replace(b"<v></v>", b"<v> </v>".replace(b" ", b"<!-- none -->"))
            made.writestr(name, text)
    table = read_table(bare)
    assert [row.values for row in table.rows()][2] == ["3", "p3@a.example", ""]
    [told] = [warning for warning in table.warnings if warning["code"] == "formulas_without_result"]
    assert told["rows"] == 3 and "lines 2, 3, 4" in told["text"] and "save it" in told["text"]
    table = read_table(path)
    assert [row.values[2] for row in table.rows()] == ["P 1"] * 3 and not table.warnings


def made(path, fill):
    with xlsxwriter.Workbook(path) as file:
        fill(file)
    return path


def told(table):
    rows = [row.values for row in table.rows()]
    return rows, {warning["code"]: warning["rows"] for warning in table.warnings}


@pytest.mark.parametrize("turned", [str.upper, lambda name: name.replace("/", "\\")])
def test_parts_are_found_however_their_names_are_written(tmp_path, turned):
    plain = made(tmp_path / "plain.xlsx", lambda file: file.add_worksheet().write_column(0, 0, ["name", "Ann", "Bob"]))
    with zipfile.ZipFile(plain) as file:
        parts = {turned(name): file.read(name) for name in file.namelist()}
    assert [row.values for row in read_table(packed(tmp_path / "odd.xlsx", parts)).rows()] == [["Ann"], ["Bob"]]


def test_what_a_sheet_shows_and_hides_is_told(tmp_path):
    def fill(file):
        sheet = file.add_worksheet()
        for place, row in enumerate((["company", "name", "mail"], [], ["", "Bob", "b@x.example"], ["Germany"])):
            sheet.write_row(place, 0, row)
        sheet.merge_range(1, 0, 2, 0, "Acme")
        sheet.write_row(1, 1, ["Ann", "a@x.example"])
        sheet.set_row(3, options={"hidden": True})

    rows, codes = told(read_table(made(tmp_path / "x.xlsx", fill)))
    assert rows == [["Acme", "Ann", "a@x.example"], ["", "Bob", "b@x.example"], ["Germany", "", ""]]
    assert {code: codes[code] for code in ("hidden_rows", "merged_cells", "possible_headings")} == {
        "hidden_rows": 1, "merged_cells": 1, "possible_headings": 1,
    }  # fmt: skip


def test_a_cover_sheet_is_passed_by_and_a_list_of_addresses_is_not(tmp_path):
    def fill(file, first):
        file.add_worksheet("First").write_column(0, 0, first)
        sheet = file.add_worksheet("Leads")
        sheet.write_row(0, 0, ["name", "mail"])
        sheet.write_row(1, 0, ["Ann", "a@x.example"])

    for first, sheet in ((["Leads of the fair", "2024"], "Leads"), (["a@x.example", "b@x.example"], "First")):
        assert read_table(made(tmp_path / "x.xlsx", lambda file, first=first: fill(file, first))).sheet == sheet


def test_zeros_that_a_format_puts_in_front_are_kept(tmp_path):
    def fill(file):
        file.add_worksheet().write_column(0, 0, ["plz"])
        file.worksheets()[0].write_number(1, 0, 1067, file.add_format({"num_format": "00000"}))
        file.worksheets()[0].write_number(2, 0, 1067, file.add_format({"num_format": "0.00"}))

    assert [row.values for row in read_table(made(tmp_path / "x.xlsx", fill)).rows()] == [["01067"], ["1067"]]


def test_formatted_cells_up_to_the_last_column_are_no_columns(tmp_path):
    def fill(file):
        sheet, bold = file.add_worksheet(), file.add_format({"bold": True})
        for column in range(2, 16_384):
            sheet.write_blank(0, column, None, bold)
        sheet.write_row(0, 0, ["name", "mail"])
        sheet.write_row(1, 0, ["Ann", "a@x.example"])

    assert read_table(made(tmp_path / "x.xlsx", fill)).columns == ["name", "mail"]


def test_a_sheet_of_rows_that_can_not_be_read_says_why(tmp_path):
    path = made(tmp_path / "x.xlsx", lambda file: file.add_worksheet().write_row(0, 0, range(600)))
    with pytest.raises(Unreadable, match="row 1 of sheet 'Sheet1' has a cell in column 600; 500 are the most"):
        read_table(path)
