"""Files as firms really have them: glued, cut, wrapped, mislabelled. What can't be read rightly is told."""

import pytest

from winnow.intake.tables import Unreadable, read_table

WEST = "Name;E-Mail;Stadt\nJürgen Groß;j@x.example;Köln\nZoë Müller;z@x.example;Zürich\nAnn;a@x.example;Straßburg\n"
ROWS = [line.split(";") for line in WEST.splitlines()[1:]]
BODY = WEST.split("\n", 1)[1]


@pytest.fixture
def read(tmp_path):
    """Columns, good rows, problems by line, and the codes of what was told."""

    def make(data, name="file.csv", **options):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        table = read_table(path, **options)
        rows = list(table.rows())
        problems = {row.line_number: row.problem for row in rows if row.problem}
        good = [row.values for row in rows if not row.problem]
        return table.columns, good, problems, {warning["code"] for warning in table.warnings}

    return make


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_four_bytes_a_letter_are_known_without_a_mark(read, encoding):
    assert read(WEST.encode(encoding))[1] == ROWS


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Name;Ort\nŐrsi Gergő;Győr\nSzűcs Ádám;Székesfehérvár\n", "cp1250"),
        ('"名前","備考"\r\n"表ソ能","ソ"\r\n"山田","十"\r\n', "cp932"),
        ("Nome;Ort\nSimões José;Porto\nLuís;Évora\n", "cp1252"),
        ("Nom;Ort\nHélène Brûlé;Nîmes\nAgnès;Août\n", "cp1252"),
    ],
)
def test_a_few_words_tell_the_encoding(read, text, encoding):
    columns, rows, _, _ = read(text.encode(encoding))
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.replace(";", ",").split(",")]
    assert columns + [cell for row in rows for cell in row] == cells


@pytest.mark.parametrize("first", ["utf-8", "cp1252"])
def test_two_exports_of_unlike_encodings_put_one_behind_the_other_are_both_read(read, first):
    second = "cp1252" if first == "utf-8" else "utf-8"
    _, rows, problems, told = read(WEST.encode(first) + BODY.encode(second))
    assert (rows, problems) == (ROWS + ROWS, {}) and "encoding_guessed" in told


def test_wide_letters_behind_narrow_ones_spoil_their_own_rows_alone(read):
    _, rows, problems, _ = read(WEST.encode() + b"\xff\xfe" + WEST.encode("utf-16-le"))
    assert rows == ROWS and set(problems.values()) == {"contains a NUL byte"}


def test_letters_written_as_two_halves_are_put_together(read):
    assert read(b"name;note\nAnn \xed\xa0\xbd\xed\xb8\x80;x\nBob;y\n")[1] == [["Ann \U0001f600", "x"], ["Bob", "y"]]


def test_letters_that_were_garbled_before_are_told(read):
    assert read(WEST.encode().decode("cp1252"))[3] == {"garbled_letters"}


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [(WEST.replace(";", "|~|"), "|~|"), (WEST.replace(";", ":::"), ":::"), (WEST.replace(";", ";;"), ";;")],
)
def test_long_delimiters_are_seen_whole(read, tmp_path, text, delimiter):
    assert read(text)[1] == ROWS
    assert read_table(tmp_path / "file.csv").dialect.delimiter == delimiter


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("'id','name'\n'1','O''Neil'\n'2','Ann, Lee'\n'3','D''Arcy'\n", ["id", "name"],
         [["1", "O'Neil"], ["2", "Ann, Lee"], ["3", "D'Arcy"]]),
        ('"id,name,city"\n"1,Ann,Rome"\n"2,""Lee, Bob"",Bonn"\n', ["id", "name", "city"],
         [["1", "Ann", "Rome"], ["2", "Lee, Bob", "Bonn"]]),
        ("sep=,\nid\tname\n1\tAnn\n2\tBob\n", ["id", "name"], [["1", "Ann"], ["2", "Bob"]]),
        ("ID   NAME      CITY\n0001 ANN LEE   BONN\n0002 BOB RAY   NEW YORK\n", ["ID", "NAME", "CITY"],
         [["0001", "ANN LEE", "BONN"], ["0002", "BOB RAY", "NEW YORK"]]),
        ("ID    NAME\n----  -------\n0001  ANN LEE\n0002  BOB RAY\n", ["ID", "NAME"],
         [["0001", "ANN LEE"], ["0002", "BOB RAY"]]),
        ('id,"name,city\n1,Ann,Bonn\n2,Bob,Rome\n3,Cem,Ulm\n', ["id", "name", "city"],
         [["1", "Ann", "Bonn"], ["2", "Bob", "Rome"], ["3", "Cem", "Ulm"]]),
        ("name;mail;city\nAnn,a@x.example,Bonn\nBob,b@x.example,Rome\n", ["name", "mail", "city"],
         [["Ann", "a@x.example", "Bonn"], ["Bob", "b@x.example", "Rome"]]),
        ("name;mail\nAnn &amp; Co &gt;;a@x.example\nBob;b@x.example\nCem;c@x.example\n", ["name", "mail"],
         [["Bob", "b@x.example"], ["Cem", "c@x.example"]]),
        ("name;city\nAnn;Rome\n\x1a", ["name", "city"], [["Ann", "Rome"]]),
    ],
)  # fmt: skip
def test_unusual_ways_of_writing_are_understood(read, text, columns, rows):
    assert read(text)[:2] == (columns, rows)


def test_of_a_line_that_was_quoted_whole_nothing_is_lost(read):
    _, rows, problems, _ = read('"id,name"\n"1,Ann"\n"2,Bob\nCem"\n"3,a\rb"\n"4,Dan"\n')
    assert (rows, list(problems)) == ([["1", "Ann"], ["4", "Dan"]], [3, 5])


@pytest.mark.parametrize("lines", [3, 12, 70])
def test_a_header_is_found_under_any_number_of_notes_and_few_rows(read, lines):
    notes = "".join(f"Leads of fair {n}\n" for n in range(lines))
    columns, rows, _, told = read(notes + "\nName;E-Mail;Stadt\n" + BODY)
    assert (columns, rows, told) == (["Name", "E-Mail", "Stadt"], ROWS, {"notes_above_header"})


def test_a_row_that_a_comma_made_longer_is_no_header(read):
    columns, rows, problems, _ = read("id,company,email\n1,Acme, Inc.,a@x.example\n2,Init,b@x.example\n")
    assert (columns, rows) == (["id", "company", "email"], [["2", "Init", "b@x.example"]])
    assert problems == {2: "has 4 cells where the header has 3"}


def test_a_second_table_below_is_told_and_does_not_push_the_first_aside(read):
    second = "\nProduct;Price;Stock\nPump;100;5\nValve;20;7\n"
    columns, rows, problems, told = read("Name;E-Mail\nAnn;a@x.example\n" + second)
    assert (columns, rows) == (["Name", "E-Mail"], [["Ann", "a@x.example"]])
    assert len(problems) == 3 and "second_table" in told


def test_rows_of_one_cell_more_than_the_header_are_told(read):
    assert "unnamed_first_column" in read("id,amount\n1,1,50\n2,2,75\n3,9,99\n")[3]


def test_a_number_alone_at_the_end_may_be_a_total(read):
    assert "possible_total" in read("name;city;n\nAnn;Rome;5\nBob;Bonn;7\n;;12\n")[3]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<meta charset=utf-8>\n<table><tr><td>a</td></tr></table>", "a web page or XML"),
        ("\ufeff<!-- x -->\n<TABLE><tr><td>a;b</td></tr></TABLE>", "a web page or XML"),
        ("<div><table><tr><td>a</td></tr></table></div>", "a web page or XML"),
        ("BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nEND:VCARD\n", "a business card"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "a calendar"),
        ("From: Ann <a@x.example>\nTo: Bob <b@x.example>\nSubject: Hi\n\nHello, Bob\n", "a mail"),
        ("dn: cn=Ann,dc=x\ncn: Ann\nmail: a@x.example\n", "a directory"),
        ("INSERT INTO `leads` VALUES (1,'Ann');\n", "a script for a database"),
        ("MIME-Version: 1.0\nX-Y: z\nContent-Type: multipart/related; boundary=x\n\n--x\n", "a web archive"),
        ("\n%PDF-1.7\n1 0 obj\n", "a PDF"),
        (b"BZh91AY&SY" + bytes(99), "packed with bzip2"),
        (";;;\n;;;\n", "not a letter or a number"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(read, data, reason):
    with pytest.raises(Unreadable, match=reason) as refused:
        read(data, "leads.xls")
    assert refused.value.way_out


@pytest.mark.parametrize("text", ["From;To;Subject\nAnn;Bob;Hi\n", "<name>;<mail>\nAnn;a@x.example\n", "dn,x\n1,2\n"])
def test_a_table_that_begins_like_something_else_is_a_table(read, text):
    assert len(read(text)[1]) == 1
