"""Files of every kind that programs write, read to what they say."""

import pytest

from winnow.intake.tables import Unreadable, read_table

GERMAN = "name;city;amount\nMüller;Köln;1,5\nAnn;Berlin;2,25\n"
READ_GERMAN = [["Müller", "Köln", "1,5"], ["Ann", "Berlin", "2,25"]]


@pytest.fixture
def table(tmp_path):
    """Opens a file made of the given text or bytes."""

    def make(data, name="file.csv", **options):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_table(path, **options)

    return make


def values(table):
    return [row.values for row in table.rows()]


def good(table):
    return [row.values for row in table.rows() if not row.problem]


def problems(table):
    return {row.line_number: row.problem for row in table.rows() if row.problem}


def codes(table):
    return {warning["code"]: warning["rows"] for warning in table.warnings}


@pytest.mark.parametrize(
    ("encoded", "name"),
    [
        (GERMAN.encode(), "utf-8"),
        (GERMAN.encode("utf-8-sig"), "utf-8-sig"),
        (b"\xff\xfe" + GERMAN.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("utf-32"), "utf-32-le"),
        (GERMAN.encode("cp1252"), "cp1252"),
        (GERMAN.encode("mac_roman"), "mac_roman"),
        (GERMAN.encode("cp850"), "cp850"),
    ],
)
def test_a_file_is_read_in_whatever_encoding_it_was_written(table, encoded, name):
    found = table(encoded)
    assert found.encoding == name
    assert values(found) == READ_GERMAN
    marked = encoded[:2] in (b"\xff\xfe", b"\xfe\xff") or name.startswith("utf-8")
    assert ("encoding_guessed" in codes(found)) is not marked


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Imię;Miasto\nŁukasz Żółć;Kraków\nPaweł;Łódź\n", "cp1250"),
        ("Имя;Город\nИван Петров;Москва\nМария;Санкт-Петербург\n" * 3, "cp1251"),
        ("Имя;Город\nИван Петров;Москва\nМария;Санкт-Петербург\n" * 3, "utf-16-le"),
        ("名前,都市\n山田太郎,東京都千代田区\n鈴木花子,大阪市北区\n" * 4, "cp932"),
        ("名字,城市\n张伟,北京市朝阳区\n王芳,上海市浦东新区\n" * 4, "gb18030"),
        ("名字,城市\n张伟,北京市朝阳区\n王芳,上海市浦东新区\n", "utf-16-be"),
        ("Ad;Şehir\nŞükrü Öztürk;İstanbul\nIşık Çağlar;Eskişehir\n", "cp1254"),
    ],
)
def test_other_languages_are_guessed_and_the_guess_is_said(table, text, encoding):
    found = table(text.encode(encoding))
    assert found.columns + [cell for row in values(found) for cell in row] == [
        cell for line in text.splitlines() for cell in line.replace(";", ",").split(",")
    ][: len(found.columns) * (1 + len(values(found)))]
    assert "encoding_guessed" in codes(found)


def test_a_wrong_guess_can_be_overruled(table):
    found = table("name\nM\u00fcller\n".encode("cp1252"), encoding="cp1250")
    assert found.encoding == "cp1250"
    assert codes(found) == {}
    with pytest.raises(Unreadable, match="no encoding named 'klingon'; try utf-8"):
        table("a\n", encoding="klingon")


def test_rows_of_another_encoding_are_mended_and_told(table):
    utf8 = "name,city\nMüller,Köln\nGroß,Fürth\nWeiß,Jülich\nÄrger,Öd\n".encode()
    found = table(utf8 + "Jäger,Bonn\n".encode("cp1252") + b"Ann,Rom\n")
    assert values(found)[-2:] == [["Jäger", "Bonn"], ["Ann", "Rom"]]
    assert codes(found) == {"encoding_guessed": 1}
    assert "line 6" in found.warnings[0]["text"]


def test_a_file_cut_off_inside_a_character_rejects_its_last_row_alone(table):
    found = table("name,city\nAnn,Köln\nBob,K".encode() + b"\xc3")
    assert good(found) == [["Ann", "Köln"]]
    assert problems(found) == {3: "the file ends in the middle of a character"}


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n4,5,6\n", ","),
        ("a;b;c\n1,5;2,5;3,5\n4,0;5,0;6,0\n", ";"),
        ("a\tb\tc\n1\t2\t3\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("a||b||c\n1||2||3\n4||5||6\n", "||"),
        ("a^b^c\n1^2^3\n4^5^6\n7^8^9\n", "^"),
        ("host:port:user\na:1:x\nb:2:y\nc:3:z\n", ":"),
        ("a\x01b\x01c\n1\x012\x013\n4\x015\x016\n", "\x01"),
    ],
)
def test_cells_are_told_apart_by_what_the_file_uses(table, text, delimiter):
    found = table(text)
    assert found.dialect.delimiter == delimiter
    assert len(found.columns) == 3
    assert all(len(row) == 3 for row in values(found))


def test_excel_may_name_the_delimiter_in_the_first_line(table):
    found = table("sep=;\r\nname;city\r\nAnn;Berlin\r\n")
    assert (found.dialect.delimiter, found.header_row, found.columns) == (";", 2, ["name", "city"])
    assert [(row.line_number, row.values) for row in found.rows()] == [(3, ["Ann", "Berlin"])]


def test_columns_that_blanks_align_are_cut_where_they_begin(table):
    found = table(
        "Name       City       Age\n"
        "Ann Lee    Berlin     30\n"
        "Bob        New York   41\n"
        "Carol                 22\n",
        name="report.txt",
    )  # fmt: skip
    assert values(found) == [["Ann Lee", "Berlin", "30"], ["Bob", "New York", "41"], ["Carol", "", "22"]]


def test_a_list_of_one_column_keeps_its_commas(table):
    found = table('Title\nDirector, Sales\nVP Marketing\n"Head, Ops"\nCEO\n')
    assert found.columns == ["Title"]
    assert values(found) == [["Director, Sales"], ["VP Marketing"], ["Head, Ops"], ["CEO"]]


@pytest.mark.parametrize("text", ["10:05:33\n11:06:00\n12:07:01\n", "2024/01/02\n2024/01/03\n2024/01/04\n"])
def test_a_list_of_times_or_dates_is_one_column(table, text):
    assert len(table(text).columns) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,b\n1,"ha ""ha"" ha"\n3,4\n', [["1", 'ha "ha" ha'], ["3", "4"]]),
        ('a,b,c\n1,"say \\"hi\\", ok",3\n4,"x \\"y\\"",6\n', [["1", 'say "hi", ok', "3"], ["4", 'x "y"', "6"]]),
        ("a;b\n'Ann';'x; y'\n'Bob';'z'\n'Carol';'it'\n", [["Ann", "x; y"], ["Bob", "z"], ["Carol", "it"]]),
        ('a,b\n5" pipe,2\n6" pipe,3\n', [['5" pipe', "2"], ['6" pipe', "3"]]),
        ('a,b\nx,"He said "hi" to us"\n1,2\n', [["x", 'He said "hi" to us'], ["1", "2"]]),
        ('a,b\nlast,"say "hi""\n1,2\n', [["last", 'say "hi"'], ["1", "2"]]),
        ('a,b\n1,"He said "hi" to\nus all"\n2,x\n', [["1", 'He said "hi" to\nus all'], ["2", "x"]]),
        ('a,b\nAnn,"one\ntwo\n\nfour"\nBob,x\n', [["Ann", "one\ntwo\n\nfour"], ["Bob", "x"]]),
        ('a, b, c\n1, "6,000", x\n2, "7,000", y\n', [["1", "6,000", "x"], ["2", "7,000", "y"]]),
    ],
)
def test_quotes_are_understood_as_they_were_meant(table, text, expected):
    found = table(text)
    assert values(found) == expected
    assert problems(found) == {}


def test_rows_behind_a_quoted_line_break_keep_their_line_numbers(table):
    found = table('a,b\nAnn,"one\ntwo"\nBob,x\n')
    assert [row.line_number for row in found.rows()] == [2, 4]


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ('a,b,c\n1,"open,3\n4,5,6\n7,8,9\n10,"x",12\n', 2),
        ('a,b,c\n1,2,"open\n4,5,6\n7,8,9\n10,x,12\n', 2),
        ('a,b,c\n4,5,6\n7,8,9\n10,x,12\n1,"open,3\n', 5),
    ],
)
def test_a_quote_that_never_closes_costs_its_own_line_and_no_other(table, text, lost):
    found = table(text)
    assert list(problems(found)) == [lost]
    assert "quote opened here does not close" in problems(found)[lost]
    assert good(found) == [["4", "5", "6"], ["7", "8", "9"], ["10", "x", "12"]]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\r\n1,2\n3,4\r\n5,6\n",
        "a,b\r1,2\r3,4\r5,6\r",
        "a,b\r1,2\n3,4\r\n5,6\r",
        "a,b\n1,2\n3,4\n5,6",
    ],
)
def test_lines_may_end_in_any_way_and_in_several(table, text):
    assert values(table(text)) == [["1", "2"], ["3", "4"], ["5", "6"]]


def test_a_stray_carriage_return_ends_a_row_only_if_whole_rows_come_of_it(table):
    found = table("a,b,c\n" + "1,2,3\n" * 20 + "x\ry,2,3\n4,5,6\r7,8,9\n")
    assert values(found)[20:] == [["x\ry", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]


def test_files_put_one_behind_the_other_have_one_header(table):
    found = table("\ufeffa,b\n1,2\n\ufeffa,b\n3,4\n")
    assert good(found) == [["1", "2"], ["3", "4"]]
    assert problems(found) == {3: "repeats the header"}


def test_names_of_columns_are_unique_and_never_empty(table):
    assert table("name,name,,name\na,b,c,d\n").columns == ["name", "name (2)", "column 3", "name (3)"]


@pytest.mark.parametrize(
    ("text", "header_row", "columns"),
    [
        ("Export 2024\nBy: Carol\n\nname,email\nAnn,ann@acme.example\nBob,bob@acme.example\n", 4, ["name", "email"]),
        ("region,2019,2020,2021\nN,1,2,3\nS,4,5,6\n", 1, ["region", "2019", "2020", "2021"]),
        ("1,2,3\n4,5,6\n7,8,9\n", None, ["column 1", "column 2", "column 3"]),
        ("foo\nfoo\nfoo\nfoo\nfoo\n", None, ["column 1"]),
        ("mpg,cyl\nMazda,21,6\nDatsun,22,4\nHornet,18,8\n", 1, ["column 1", "mpg", "cyl"]),
        (",,A,B\nNo,Name,,\n1,x,10,20\n2,y,30,40\n3,z,50,60\n", 2, ["No", "Name", "A", "B"]),
        ("first,last\nAnn,Lee\nBob,Ray\n", 1, ["first", "last"]),
        ("a", 1, ["a"]),
    ],
)
def test_the_header_is_found_below_notes_or_known_to_be_missing(table, text, header_row, columns):
    found = table(text)
    assert (found.header_row, found.columns) == (header_row, columns)
    if header_row is None:
        assert "no_header" in codes(found)
        assert len(values(found)) == len(text.splitlines())


def test_a_first_row_without_address_and_number_is_no_header(table):
    text = "id,prénom,courriel,société,téléphone\nr0,Ann,,Ornex,\n" + "".join(
        f"r{n},Bob,b{n}@acme.example,Acme,+49 175 323748{n}\n" for n in range(1, 6)
    )
    assert table(text).columns == ["id", "prénom", "courriel", "société", "téléphone"]


def test_notes_above_the_header_are_told(table):
    found = table("Export 2024\nBy: Carol\n\nname,email\nAnn,ann@acme.example\nBob,bob@acme.example\n")
    assert codes(found) == {"notes_above_header": 2}


def test_the_header_can_be_named_or_denied(table):
    text = "x,y\nname,email\nAnn,ann@acme.example\n"
    assert table(text, header_row=2).columns == ["name", "email"]
    assert table(text, header_row=0).columns == ["column 1", "column 2"]
    with pytest.raises(Unreadable, match="no filled line 9"):
        table(text, header_row=9)


def test_ragged_rows_are_filled_or_set_aside_with_the_reason(table):
    found = table("a,b,c,d\n1,2,3,4\n1,2\n1,2,3,4,5\n1,2,3,4,,\n-- end --\n,,,\n")
    assert good(found) == [["1", "2", "3", "4"], ["1", "2", "", ""], ["1", "2", "3", "4"]]
    assert problems(found) == {
        4: "has 5 cells where the header has 4",
        6: "has 1 cell where the header has 4: a note or a total?",
    }
    assert codes(found) == {"ragged_rows": 3, "blank_rows": 1}


def test_a_total_at_the_end_is_kept_and_told(table):
    found = table("name,city,amount\nAnn,Bonn,5\nBob,Rome,7\nTotal,,12\n")
    assert values(found)[-1] == ["Total", "", "12"]
    assert codes(found) == {"possible_total": 1}


def test_formulas_and_their_tabs_come_through_as_text(table):
    assert values(table('name,x\nAnn,"\t=1+1"\nBob,=cmd|calc\n')) == [["Ann", "\t=1+1"], ["Bob", "=cmd|calc"]]


def test_rows_may_be_read_twice_and_previewed_without_changing_the_warnings(table):
    found = table("a,b,c\n1,2,3\n1\n")
    assert values(found) == values(found)
    before = found.warnings
    assert [row.values for row in found.preview(1)] == [["1", "2", "3"]]
    assert found.warnings == before


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\n\n  \n", "the file is empty"),
        (b'[{"a": 1}]', "it is JSON"),
        (b"%PDF-1.4", "it is a PDF"),
        (b"<html><table></table></html>", "web page"),
        (b"\x89PNG\r\n", "it is a picture"),
        (bytes(range(256)) * 40, "bytes of some program"),
        (b"PK\x03\x04 and garbage", "the workbook is damaged"),
        (b"\xd0\xcf\x11\xe0 and garbage", "the workbook is damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason_and_the_way_out(table, data, reason):
    with pytest.raises(Unreadable, match=reason) as refused:
        list(table(data).rows())
    assert refused.value.code == "unreadable"
    assert refused.value.thing and refused.value.reason and refused.value.way_out


def test_a_folder_and_a_missing_file_are_refused_by_name(tmp_path):
    with pytest.raises(Unreadable, match="is a folder; name a file in it"):
        read_table(tmp_path)
    with pytest.raises(Unreadable, match=r"nowhere\.csv: there is no such file"):
        read_table(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("text", ["name,email,city\n", "name;email;city", "name\temail\tcity\r\n"])
def test_a_header_alone_is_a_table_without_rows(table, text):
    found = table(text)
    assert found.columns == ["name", "email", "city"]
    assert values(found) == []
