"""`winnow read`: what the importer understands of a file."""

import csv
import json

import pytest


@pytest.fixture
def leads(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_bytes(
        "Firma;E-Mail;Umsatz;Eingang\nMüller;ann@mueller.example;1.234,50;14-11-2018\n"
        'Söhne;bob@soehne.example;99,5;15-11-2018\nx;y;z;1;2;3\n"open;a;b;c\n'.encode("cp1252")
    )
    return path


def test_the_json_says_all_that_was_understood(winnow, leads):
    done = winnow("read", leads, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["encoding"] == "cp1252"
    assert found["dialect"]["delimiter"] == ";"
    assert (found["header_row"], found["rows"], found["rejected"]) == (1, 4, 2)
    assert [(column["name"], column["type"], column["suggested_field"]) for column in found["columns"]] == [
        ("Firma", "text", "company"), ("E-Mail", "email", "email"), ("Umsatz", "decimal", None),
        ("Eingang", "date", "captured_at"),
    ]  # fmt: skip
    assert found["columns"][2]["decimal_mark"] == ","
    assert found["columns"][3]["formats"] == ["%d-%m-%Y"]
    assert [(row["line"], row["reason"]) for row in found["rejected_rows"]] == [
        (4, "has 6 cells where the header has 4"),
        (5, "a quote opened here does not close in the file"),
    ]
    assert {warning["code"] for warning in found["warnings"]} == {"encoding_guessed", "ragged_rows",
        "unreadable_rows"}


def test_the_clean_file_holds_the_good_rows_as_utf8(winnow, leads, tmp_path):
    done = winnow("read", leads, "--json", "--out", "clean.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "clean.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["Firma", "E-Mail", "Umsatz", "Eingang"],
            ["Müller", "ann@mueller.example", "1.234,50", "14-11-2018"],
            ["Söhne", "bob@soehne.example", "99,5", "15-11-2018"],
        ]
    assert not (tmp_path / "clean.csv.part").exists()


def test_guesses_can_be_overruled(winnow, leads):
    done = winnow("read", leads, "--json", "--encoding", "cp1250", "--header-row", "0", "--as", "people")
    found = json.loads(done.stdout)
    assert (found["encoding"], found["header_row"], found["suggested_as"]) == ("cp1250", None, "people")
    assert [column["name"] for column in found["columns"]] == ["column 1", "column 2", "column 3", "column 4"]


def test_people_get_the_same_in_words(winnow, leads):
    done = winnow("read", leads)
    assert done.returncode == 0
    assert "encoding   cp1252" in done.stdout
    assert "line 4: has 6 cells where the header has 4" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.csv"], "nowhere.csv: there is no such file"),
        (["."], "is a folder; name a file in it"),
        (["leads.csv", "--encoding", "klingon"], "there is no encoding named 'klingon'"),
        (["leads.csv", "--as", "cats"], "There are no 'cats' to import"),
        (["leads.csv", "--out", "leads.csv"], "is the file that is read"),
        (["leads.csv", "--out", "no/such/folder/x.csv"], "can't be written"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(winnow, leads, words, said):
    done, code = winnow("read", *words), 2 if "cats" in said else 1
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    as_json = winnow("read", *words, "--json")
    assert as_json.returncode == code
    assert said in json.loads(as_json.stdout)["error"]


def test_a_wrong_call_is_two(winnow):
    assert winnow("read").returncode == 2
    assert winnow("read", "x.csv", "--header-row", "first").returncode == 2


def test_a_file_that_refuses_to_end_leaves_no_clean_file_behind(winnow, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n" + "x" * 40_000_000)
    (tmp_path / "clean.csv").write_text("from yesterday")
    done = winnow("read", "bad.csv", "--out", "clean.csv")
    assert done.returncode == 1
    assert (tmp_path / "clean.csv").read_text() == "from yesterday"
    assert not (tmp_path / "clean.csv.part").exists()
