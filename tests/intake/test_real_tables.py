"""Public collections of awkward files load to their truth, or are refused plainly. Skipped where they aren't."""

import json

import pytest

from winnow.intake.tables import Unreadable, read_table
from winnow.intake.understand import understand

UNDERSTOOD = [
    ("begrotingsanalyse-2011.csv", "utf-8", ",", 7, 20, 36),
    ("complex.csv", "utf-8", ",", 1, 4, 3),
    ("long.csv", "utf-8", ",", None, 1, 4000),
    ("mixedGLB.csv", "utf-8", ",", 4, 19, 133),
    ("null.csv", "utf-8", ",", None, 4, 10),
    ("simple.csv", "utf-8", ",", 1, 3, 6),
    ("simple.psv", "utf-8", "|", 1, 6, 28),
    ("simple.ssv", "utf-8", ";", 1, 3, 6),
    ("skip_initials.csv", "utf-8", ",", 1, 2, 2),
    ("small.csv", "utf-8", ",", 1, 1, 0),
    ("spanish_chars.csv", "cp1252", ",", 1, 8, 115),
    ("utf8bom.csv", "utf-8-sig", ",", 1, 2, 0),
    ("excel_properties.xls", "", None, 1, 1, 17),
    ("simple.xls", "", None, 1, 3, 6),
    ("simple.xlsx", "", None, 1, 3, 6),
    ("span_rich.xls", "", None, 1, 4, 5),
    ("sw_gen.xlsx", "", None, 1, 17, 15),
    ("unicode_sheet_name.xls", "", None, 1, 1, 0),
]
REFUSED = [("encrypted_no_password.xls", "is encrypted"), ("libreoffice.xlsx", "no filled cells")]
KINDS = ("csv", "psv", "ssv", "xls", "xlsx")


def rows_of(path):
    table = read_table(path)
    return [dict(zip(table.columns, row.values, strict=True)) for row in table.rows() if not row.problem]


def test_csv_spectrum_loads_to_its_truth(shared_data):
    checked = 0
    for path in sorted((shared_data / "csv_spectrum" / "csvs").glob("*.csv")):
        truth = json.loads((shared_data / "csv_spectrum" / "json" / f"{path.stem}.json").read_text("utf-8"))
        found = rows_of(path)
        if path.stem == "location_coordinates":
            # The collection's own slip: its truth has another telephone number than its file, and no list.
            assert found == [truth | {"Contact Phone Number": "2095257564"}]
        else:
            assert found == truth, path.name
        checked += 1
    assert checked == 12


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "header_row", "columns", "rows"),
    UNDERSTOOD,
)
def test_messytables_are_understood(shared_data, name, encoding, delimiter, header_row, columns, rows):
    table = read_table(shared_data / "messytables" / name)
    found = list(table.rows())
    assert table.encoding == encoding
    assert (table.dialect.delimiter if table.dialect else None) == delimiter
    assert (table.header_row, len(table.columns), len(found)) == (header_row, columns, rows)
    assert not any(row.problem for row in found)


@pytest.mark.parametrize(
    ("name", "reason"),
    REFUSED,
)
def test_messytables_without_rows_are_refused_plainly(shared_data, name, reason):
    with pytest.raises(Unreadable, match=reason):
        read_table(shared_data / "messytables" / name)


def test_no_file_of_the_collections_is_left_out(shared_data):
    names = {path.name for path in (shared_data / "messytables").iterdir() if path.suffix[1:] in KINDS}
    assert names == {row[0] for row in UNDERSTOOD} | {name for name, _ in REFUSED}


def test_the_same_table_in_four_formats_is_the_same(shared_data):
    folder = shared_data / "messytables"
    first = rows_of(folder / "simple.csv")
    assert first[0] == {"date": "2011-01-01", "temperature": "1", "place": "Galway"}
    for name in ("simple.ssv", "simple.xls", "simple.xlsx"):
        assert rows_of(folder / name) == first


def test_names_over_two_rows_and_the_cells_below_them_belong_together(shared_data):
    rows = rows_of(shared_data / "messytables" / "begrotingsanalyse-2011.csv")
    assert rows[1]["NR."] == "1"
    assert rows[1]["Groningen"] == "208"
    assert rows[1]["Flevoland"] == "185"


@pytest.mark.parametrize(
    ("path", "kind", "rows", "fields"),
    [
        ("olist_funnel/mqls_to_2018-01.csv", "inquiries", 3143, "external_id captured_at form source"),
        ("olist_funnel/deals_of_those_mqls.csv", "opportunities", 213, "inquiry developer owner closed_on"),
        ("maven_crm/sales_pipeline.csv", "opportunities", 8800,
         "external_id owner product account stage engaged_on closed_on amount"),
        ("maven_crm/accounts.csv", "accounts", 85, "name industry employees country parent"),
        ("maven_crm/products.csv", "products", 7, "name line price"),
        ("ficzon/project_sales_data.csv", "inquiries", 7422, "captured_at product source phone email owner stage"),
        ("splink_datasets/fake_1000.csv", "people", 1000, "external_id first_name last_name email"),
        ("febrl/dataset1.csv", None, 1000, "external_id first_name last_name"),
        ("companies/sp500_constituents.csv", "accounts", 503, "external_id name industry"),
        ("companies/patstat_even_leuven_id.csv", None, 878, ""),
    ],
)  # fmt: skip
def test_real_files_are_understood_without_a_mapping(shared_data, path, kind, rows, fields):
    found = understand(read_table(shared_data / path))
    assert found["rows"] == rows
    assert found["rejected"] == 0
    assert kind is None or found["suggested_as"] == kind
    suggested = [column["suggested_field"] for column in found["columns"] if column["suggested_field"]]
    if fields:
        assert suggested == fields.split()


def test_x_education_is_read_with_all_its_columns(shared_data):
    found = understand(read_table(shared_data / "x_education" / "leads_oldest60.csv"))
    kinds = {column["name"]: column["type"] for column in found["columns"]}
    assert (found["rows"], len(kinds)) == (5544, 37)
    assert (kinds["Converted"], kinds["TotalVisits"], kinds["Lead Source"]) == ("boolean", "integer", "category")
    source = next(column for column in found["columns"] if column["suggested_field"] == "source")
    assert source["name"] == "Lead Source"
