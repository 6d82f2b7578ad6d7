"""`winnow study duplicates` on plain files."""

import csv
import json

import pytest

from tests.studies.corrupted import people
from tests.studies.measuring import SHARED


@pytest.fixture
def leads(tmp_path):
    rows = people(40, 4)
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_pairs_and_sums_agree(winnow, leads, tmp_path):
    out = tmp_path / "pairs.csv"
    words = ("--as", "people", "--id", "id", "--ignore", "who", "--out", out, "--json")
    done = winnow("study", "duplicates", leads, *words)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    with out.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert list(pairs[0]) == ["left", "right", "probability", "decision", "why"]
    assert said["pairs"] == len(pairs) == said["merge"] + said["ask"] > 10
    assert said["merge"] == sum(pair["decision"] == "merge" for pair in pairs)
    assert said["rows"] == len(leads.read_text(encoding="utf-8").splitlines()) - 1
    assert said["seconds"] > 0
    assert said["columns"]["last_name"] == "last"
    assert all(pair["why"] and pair["left"] != pair["right"] for pair in pairs)


def test_rows_without_an_id_are_numbered_from_one(winnow, tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("Company\nHallwyl Consulting GmbH\nBorealis Foods\nHallwyl Consulting\n", encoding="utf-8")
    out = tmp_path / "pairs.csv"
    assert winnow("study", "duplicates", path, "--as", "accounts", "--out", out).returncode == 0
    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("1,3,")


@pytest.mark.bars
def test_a_mapping_says_what_a_column_is(winnow, tmp_path):
    path, mapping = tmp_path / "firms.csv", tmp_path / "m.toml"
    path.write_text("a,b\n1,Hallwyl Consulting GmbH\n2,Hallwyl Consulting\n3,Borealis\n", encoding="utf-8")
    mapping.write_text('as = "accounts"\n[columns]\n"b" = "name"\n', encoding="utf-8")
    done = winnow("study", "duplicates", path, "--as", "accounts", "--mapping", mapping, "--json")
    assert json.loads(done.stdout)["columns"] == {"b": "firm"}


@pytest.mark.bars
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--id", "nix"), "has no column 'nix'"), (("--ignore", "nix"), "has no column 'nix'"),
        (("--id", "city"), "names two rows"), (("--mapping", "nowhere.toml"), "nowhere.toml"),
    ],
)  # fmt: skip
def test_a_wrong_column_is_named(winnow, leads, words, said):
    done = winnow("study", "duplicates", leads, "--as", "people", *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_without_names_is_refused(winnow, tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("qty,total\n1,2\n3,4\n", encoding="utf-8")
    done = winnow("study", "duplicates", path, "--as", "people", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "no_columns"


def test_masked_addresses_of_a_real_file_merge_nobody(winnow, tmp_path):
    path = SHARED / "ficzon" / "project_sales_data.csv"
    if not path.exists():
        pytest.skip("the file is not here")
    out = tmp_path / "pairs.csv"
    done = winnow("study", "duplicates", path, "--as", "people", "--out", out, "--json")
    assert json.loads(done.stdout)["rows"] == 7422
    with out.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == []
