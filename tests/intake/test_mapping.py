"""Mapping files: columns to fields, the file's words to ours, and plain words where that doesn't go."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from winnow.intake.mapping import Mapping, WrongMapping, parse, suggest
from winnow.intake.tables import read_table
from winnow.leads.errors import Refusal

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples" / "mappings").glob("*.toml"))


@pytest.fixture
def applied(tmp_path):
    """What a mapping makes of a file: (fields, problem) of each row, and the warnings."""

    def apply(mapping, text, kind=None):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        mapping = parse(mapping)
        table = mapping.open(path)
        mapping.check(table, kind)
        rows = [mapping.apply(row) for row in table.rows()]
        return rows, {warning["code"]: warning["rows"] for warning in mapping.warnings}

    return apply


def test_columns_become_fields_and_words_become_ours(applied):
    rows, warnings = applied(
        """
        as = "inquiries"
        missing = ["", "Select"]
        [columns]
        "id" = "external_id"
        "day" = "captured_at"
        "from" = ["source", "channel"]
        "mail" = "email"
        "what" = "answers.need"
        [values.channel]
        "Live Chat -PPC" = "chat"
        [formats]
        captured_at = "%d-%m-%Y"
        [defaults]
        interest = "active"
        """,
        "id,day,from,mail,what,more\n7,14-11-2018,Live Chat -PPC,ann@acme.example,a pump,x\n8,,Select,,,\n",
    )
    assert rows == [
        (
            {
                "external_id": "7", "captured_at": datetime(2018, 11, 14, tzinfo=UTC), "source": "Live Chat -PPC",
                "channel": "chat", "email": "ann@acme.example", "interest": "active", "answers": {"need": "a pump"},
            },
            "",
        ),
        ({"external_id": "8", "interest": "active"}, ""),
    ]  # fmt: skip
    assert warnings == {}


def test_values_are_cleaned_by_the_kind_of_their_field(applied):
    rows, _ = applied(
        """
        as = "opportunities"
        time_zone = "Europe/Berlin"
        [columns]
        "id" = "external_id"
        "start" = "engaged_on"
        "end" = "closed_on"
        "value" = "amount"
        "won" = "won"
        "site" = "domain"
        """,
        "id;start;end;value;won;site\n"
        "1;01.02.2024;2024-03-05 10:30;1.234,56 €;ja;https://www.acme.example/x\n"
        "2;13.02.2024;;99,5;nein;\n",
    )
    assert rows[0] == (
        {
            "external_id": "1", "engaged_on": date(2024, 2, 1), "closed_on": datetime(2024, 3, 5, 9, 30, tzinfo=UTC),
            "amount": 123456, "currency": "EUR", "won": True, "domain": "acme.example",
        },
        "",
    )  # fmt: skip
    assert rows[1][0]["amount"] == 9950
    assert rows[1][0]["won"] is False


def test_the_first_filled_column_of_several_for_one_field_counts(applied):
    mapping = 'as = "people"\n[columns]\n"mobile" = "phone"\n"office" = "phone"\n'
    rows, _ = applied(mapping, "mobile,office\n,030 1\n0151 2,030 3\n")
    assert [fields["phone"] for fields, _ in rows] == ["030 1", "0151 2"]


def test_a_size_given_as_a_range_counts_by_its_lower_end(applied):
    mapping = 'as = "accounts"\n[columns]\n"n" = "name"\n"size" = "employees"\n'
    rows, warnings = applied(mapping, "n,size\nA,51-200\nB,\"1,200\"\nC,1000+\nD,many\n")
    assert [fields.get("employees") for fields, _ in rows] == [51, 1200, 1000, None]
    assert warnings == {"unknown_value": 1}


def test_our_own_quote_in_front_of_a_formula_is_taken_off_again(applied):
    mapping = 'as = "people"\n[columns]\n"n" = "last_name"\n"p" = "phone"\n'
    rows, _ = applied(mapping, "n,p\n'=Lee,+49 30 1\n'n Sync,2\n")
    assert [(fields["last_name"], fields["phone"]) for fields, _ in rows] == [("=Lee", "+49 30 1"), ("'n Sync", "2")]


def test_a_date_that_cannot_be_read_rejects_its_row_with_the_reason(applied):
    mapping = 'as = "inquiries"\n[columns]\n"day" = "captured_at"\n"n" = "last_name"\n'
    mapping += '[formats]\ncaptured_at = "%Y-%m-%d"\n'
    rows, _ = applied(mapping, "day,n\n2024-01-02,Ann\n31.12.2024,Bob\n")
    assert rows[1] == ({"last_name": "Bob"}, "captured_at: '31.12.2024' is no date as %Y-%m-%d")


def test_an_amount_that_cannot_be_read_rejects_its_row_with_the_reason(applied):
    mapping = 'as = "costs"\n[columns]\n"c" = "campaign"\n"a" = "amount"\n'
    rows, _ = applied(mapping, "c,a\nFair,12\nFair,lots\n")
    assert [problem for _, problem in rows] == ["", "amount: 'lots' is no amount"]


def test_dates_of_both_orders_are_read_and_told(applied):
    mapping = 'as = "inquiries"\n[columns]\n"day" = "captured_at"\n"n" = "last_name"\n'
    rows, warnings = applied(mapping, "day,n\n13/02/2024,a\n14/02/2024,b\n02/13/2024,c\n03/04/2024,d\n")
    assert [fields["captured_at"].date() for fields, _ in rows] == [
        date(2024, 2, 13), date(2024, 2, 14), date(2024, 2, 13), date(2024, 4, 3),
    ]  # fmt: skip
    assert warnings == {"mixed_dates": 1}


def test_dates_that_say_nothing_of_their_order_are_read_day_first_and_told(applied):
    mapping = 'as = "inquiries"\n[columns]\n"day" = "captured_at"\n"n" = "last_name"\n'
    rows, warnings = applied(mapping, "day,n\n03/04/2024,a\n05/06/2024,b\n")
    assert rows[0][0]["captured_at"] == datetime(2024, 4, 3, tzinfo=UTC)
    assert warnings == {"ambiguous_dates": 2}


def test_a_clear_column_of_dates_speaks_for_the_others(applied):
    mapping = 'as = "opportunities"\n[columns]\n"a" = "engaged_on"\n"b" = "closed_on"\n'
    rows, _ = applied(mapping, "a,b\n03/04/2024,12/25/2024\n01/02/2024,11/30/2024\n")
    assert rows[0][0] == {"engaged_on": date(2024, 3, 4), "closed_on": date(2024, 12, 25)}


def test_counts_of_seconds_are_known_for_what_they_are(applied):
    mapping = 'as = "inquiries"\n[columns]\n"at" = "captured_at"\n"n" = "last_name"\n'
    rows, _ = applied(mapping, "at,n\n1709640429,a\n1709640489,b\n")
    assert rows[0][0]["captured_at"] == datetime(2024, 3, 5, 12, 7, 9, tzinfo=UTC)


def test_channels_in_the_files_words_become_ours_where_they_say_one(applied):
    mapping = 'as = "inquiries"\n[columns]\n"c" = "channel"\n"n" = "last_name"\n'
    rows, _ = applied(mapping, "c,n\nTrade Show,a\nPurchased list,b\nCarrier pigeon,c\n")
    assert [fields["channel"] for fields, _ in rows] == ["event", "purchased_list", "Carrier pigeon"]


def test_a_missing_column_is_refused_with_the_columns_that_there_are(applied):
    mapping = 'as = "people"\n[columns]\n"Mail" = "email"\n'
    with pytest.raises(Refusal, match=r"file.csv has no column 'Mail'; its columns are name, city") as refused:
        applied(mapping, "name,city\nAnn,Rome\n")
    assert refused.value.code == "missing_column"


def test_a_column_is_found_under_another_spelling_and_may_be_optional(applied):
    mapping = 'as = "people"\noptional = ["Fax"]\n[columns]\n"E-Mail" = "email"\n"Fax" = "phone"\n'
    rows, _ = applied(mapping, "e_mail,city\nann@acme.example,Rome\n")
    assert rows == [({"email": "ann@acme.example"}, "")]


def test_a_mapping_says_how_its_file_is_written(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes("Export\nname|city\nM\u00fcller|K\u00f6ln\n".encode("cp1250"))
    mapping = parse(
        'as = "people"\n[file]\nencoding = "cp1250"\ndelimiter = "|"\nheader_row = 2\n[columns]\n"name" = "last_name"\n'
    )
    table = mapping.open(path)
    mapping.check(table)
    assert [mapping.apply(row)[0] for row in table.rows()] == [{"last_name": "Müller"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("as = 'inquiries", "it is no TOML"),
        ('as = "inquiry"', "as: there are no 'inquiry' to import; did you mean 'inquiries'"),
        ('as = "people"\ncolums = 1', "colums: is no key of a mapping; did you mean 'columns'"),
        ('as = "people"\n[columns]\n"x" = "e_mail"',
            "columns.x: people have no field 'e_mail'; did you mean 'email'"),
        ('as = "costs"\n[columns]\n"x" = "email"', "costs have no field 'email'; say one of external_id, campaign"),
        ('as = "people"\n[columns]\n"x" = 5', "columns.x: 5 is no field"),
        ('as = "people"\ncolumns = "x"', r"columns: is no table; write \[columns\]"),
        ('as = "people"\nmissing = "x"\n[columns]\nx = "email"', "missing: is no list of texts"),
        ('as = "people"\n[columns]\nx = "email"\n[formats]\nemail = "%Y"', "formats.email: is no field with dates"),
        ('as = "people"\n[columns]\nx = "email"\n[values]\nemail = "x"', "values.email: is no table"),
        ('as = "people"\ntime_zone = "Mars"\n[columns]\nx = "email"', "time_zone: there is no time zone 'Mars'"),
        ('as = "people"\n[columns]\nx = "email"\n[file]\nheader = 2',
            "file.header: is no setting of a file; did you mean"),
        ('as = "people"\noptional = ["y"]\n[columns]\nx = "email"', r"optional: 'y' is not under \[columns\]"),
        ('as = "people"\ndecimal = ";"\n[columns]\nx = "email"', "decimal: ';' is no decimal mark"),
        ('as = "people"\n', "columns: no column is mapped"),
    ],
)
def test_a_wrong_mapping_is_refused_by_key_with_the_reason_and_the_way_out(text, reason):
    with pytest.raises(WrongMapping, match=reason):
        parse(text + "\n")


def test_a_missing_mapping_file_is_refused_by_name(tmp_path):
    with pytest.raises(WrongMapping, match="there is no such mapping file"):
        parse(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongMapping, match=r"bad.toml: it is not UTF-8"):
        parse(tmp_path / "bad.toml")


def test_a_mapping_for_other_rows_is_refused(applied):
    with pytest.raises(WrongMapping, match="as: is people while inquiries were asked for"):
        applied('as = "people"\n[columns]\n"n" = "last_name"\n', "n\nLee\n", kind="inquiries")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_mapping_written_out_is_the_same_mapping(path):
    mapping = parse(path)
    again = parse(mapping.to_toml())
    assert again.to_toml() == mapping.to_toml()
    assert (again.columns, again.values, again.defaults) == (mapping.columns, mapping.values, mapping.defaults)


def test_odd_names_survive_being_written_out():
    mapping = Mapping(
        kind="inquiries",
        columns={'a "b" \\ c\n': ("source", "channel"), "größe": ("employees",), "x.y": ("answers.need",)},
        values={"answers.need": {"": "none", "\x7f": "yes"}},
        defaults={"contact_me": True, "answers.budget": "yes"},
    )
    again = parse(mapping.to_toml())
    assert (again.columns, again.values, again.defaults) == (mapping.columns, mapping.values, mapping.defaults)


def test_a_suggested_mapping_takes_what_the_names_and_the_cells_say(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text(
        "Kundennr;Vorname;Nachname;Firma;E-Mail-Adresse;Telefon;Land;Mitarbeiter;Quelle;Erstellt am;Bemerkung\n"
        "1;Ann;Lee;Acme GmbH;ann@acme.example;+49 30 123456;Deutschland;200;Messe;01.02.2024;ruft an\n"
        "2;Bob;Ray;Bolt AG;bob@bolt.example;+49 30 654321;Österreich;50;Webseite;13.02.2024;\n",
        encoding="utf-8",
    )
    mapping = suggest(read_table(path), "inquiries")
    assert {name: fields[0] for name, fields in mapping.columns.items()} == {
        "Vorname": "first_name", "Nachname": "last_name", "Firma": "company", "E-Mail-Adresse": "email",
        "Telefon": "phone", "Land": "country", "Mitarbeiter": "employees", "Quelle": "source",
        "Erstellt am": "captured_at", "Bemerkung": "message",
    }  # fmt: skip
    assert mapping.columns["Quelle"] == ("source", "channel")


def test_a_file_without_a_known_column_has_no_suggested_mapping(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("foo,bar\n1,2\n")
    with pytest.raises(Refusal, match="no column is understood as one of products; give a mapping"):
        suggest(read_table(path), "products")


@pytest.mark.parametrize(
    ("name", "file", "rows"),
    [
        ("olist_mqls", "olist_funnel/mqls_to_2018-01.csv", 3143),
        ("olist_deals", "olist_funnel/deals_of_those_mqls.csv", 213),
        ("maven_accounts", "maven_crm/accounts.csv", 85),
        ("maven_products", "maven_crm/products.csv", 7),
        ("maven_pipeline", "maven_crm/sales_pipeline.csv", 8800),
        ("ficzon_leads", "ficzon/project_sales_data.csv", 7422),
    ],
)
def test_the_example_mappings_fit_their_files_to_the_last_row(shared_data, name, file, rows):
    mapping = parse(next(path for path in EXAMPLES if path.stem == name))
    table = mapping.open(shared_data / file)
    mapping.check(table)
    found = [mapping.apply(row) for row in table.rows()]
    assert len(found) == rows
    assert [problem for _, problem in found if problem] == []
    assert mapping.warnings == []
    if name == "olist_mqls":
        sources = [fields.get("source") for fields, _ in found]
        assert (sources.count("unknown"), sources.count(None)) == (437, 17)
    if name == "maven_pipeline":
        won = [fields.get("won") for fields, _ in found]
        assert (won.count(True), won.count(False), won.count(None)) == (4238, 2473, 2089)
        assert sum(fields.get("amount", 0) for fields, _ in found) == 1_000_553_400
    if name == "ficzon_leads":
        assert {fields.get("stage") for fields, _ in found} == {
            "new", "nurturing", "accepted", "recycled", "won", "lost", "disqualified",
        }  # fmt: skip
        assert not any("#VALUE!" in fields.values() for fields, _ in found)
