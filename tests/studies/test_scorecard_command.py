"""`winnow study scorecard` on plain files, invented and real."""

import argparse
import csv
import json

import pytest

from tests.leads.people import signed
from tests.studies.measuring import SHARED
from tests.studies.outcomes_made import leads, with_leaks, write
from winnow.intake.tables import read_table
from winnow.leads.errors import Refusal
from winnow.leads.models import Study
from winnow.ops import scorecards

PROMISED = {"auc", "brier", "lift_at_10", "leaks", "verdict", "drift", "points"}
LATER = {
    "Tags", "Lead Quality", "Lead Profile", "Asymmetrique Activity Index", "Asymmetrique Profile Index",
    "Asymmetrique Activity Score", "Asymmetrique Profile Score",
}  # fmt: skip
OVERWRITTEN = {"Last Activity", "Last Notable Activity"}


@pytest.fixture
def study(capsys):
    """The same call without a process of its own; gives the exit code and the document."""

    def call(*words):
        parser = argparse.ArgumentParser()
        scorecards.configure(parser.add_subparsers(dest="study"))
        parser.set_defaults(home=None)
        code = scorecards.run(parser.parse_args(["scorecard", *map(str, words), "--json"]))
        return code, json.loads(capsys.readouterr().out)

    return call


def scores(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_another_file_is_scored_line_by_line(winnow, tmp_path):
    past = write(tmp_path / "past.csv", with_leaks(leads(1500, seed=21)))
    later = write(tmp_path / "later.csv", leads(400, seed=22))
    out = tmp_path / "scores.csv"
    words = ("--outcome", "outcome", "--order", "came", "--apply", later, "--out", out, "--json")
    done = winnow("study", "scorecard", past, *words)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert set(said) >= PROMISED
    assert said["order"] == "by came" and said["verdict"] == "useful"
    scored = scores(out)
    assert list(scored[0]) == ["row", "probability", "points"]
    assert [int(one["row"]) for one in scored] == list(range(1, 401))
    by_points = sorted((int(one["points"]), float(one["probability"])) for one in scored)
    assert by_points == sorted(by_points, key=lambda pair: pair[1])
    assert said["applied"]["rows"] == 400 and said["applied"]["auc"] > 0.65
    assert not said["drift"]["alarm"]


def test_points_can_be_written_by_column(study, tmp_path):
    past = write(tmp_path / "past.csv", leads(1500, seed=21))
    out = tmp_path / "scores.csv"
    code, said = study(past, "--outcome", "outcome", "--apply", past, "--out", out, "--by-column")
    assert code == 0
    for one in scores(out)[:50]:
        assert sum(int(one[column]) for column in said["columns"]) == int(one["points"])


def test_it_can_be_read_without_json(winnow, tmp_path):
    past = write(tmp_path / "past.csv", leads(1500, seed=21))
    done = winnow("study", "scorecard", past, "--outcome", "outcome")
    assert done.returncode == 0
    assert "It tells wins from losses" in done.stdout and "referral" in done.stdout


def test_too_few_outcomes_end_with_code_one_and_no_scores(study, tmp_path):
    past = write(tmp_path / "past.csv", leads(200, seed=23))
    out = tmp_path / "scores.csv"
    code, said = study(past, "--outcome", "outcome", "--apply", past, "--out", out)
    assert code == 1 and said["verdict"] == "too_few" and set(said) >= PROMISED
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--outcome", "nix"), "has no column 'nix'"),
        (("--outcome", "outcome", "--known", "nix"), "has no column 'nix'"),
        (("--outcome", "outcome", "--order", "kind"), "gives no order"),
        (("--outcome", "minutes"), "--positive"),
        (("--outcome", "outcome", "--apply", "later.csv"), "needs --out"),
    ],
)
def test_a_wrong_call_is_named(study, tmp_path, words, said):
    past = write(tmp_path / "past.csv", leads(60, seed=24))
    with pytest.raises(Refusal, match=said):
        study(past, *words)


def test_the_file_that_is_read_is_never_overwritten(study, tmp_path):
    past = write(tmp_path / "past.csv", leads(1000, seed=25))
    with pytest.raises(Refusal, match="is a file that is read"):
        study(past, "--outcome", "outcome", "--apply", past, "--out", past)


def test_later_leads_of_a_real_file_score_by_what_was_known(study, tmp_path):
    source = SHARED / "x_education" / "leads_oldest60.csv"
    if not source.exists():
        pytest.skip("the shared data aren't here")
    table = read_table(source)
    rows = [row.values for row in table.rows()]  # the newest first
    cut = len(rows) * 2 // 5
    files = {"past": rows[cut:], "later": rows[:cut]}
    for name, part in files.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([table.columns, *part])
    words = ("--apply", tmp_path / "later.csv", "--out", tmp_path / "scores.csv")
    code, said = study(tmp_path / "past.csv", "--outcome", "Converted", *words)
    assert code == 0 and said["verdict"] == "useful"
    assert said["applied"]["auc"] >= 0.83 and said["applied"]["brier"] <= 0.16
    assert {one["column"] for one in said["leaks"]} == LATER | OVERWRITTEN
    bare = {name: f"c{at}" for at, name in enumerate(table.columns)}
    with (tmp_path / "bare.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([bare.values(), *files["past"]])
    _, said = study(tmp_path / "bare.csv", "--outcome", bare["Converted"])
    assert {one["column"] for one in said["leaks"]} == {bare[name] for name in LATER | OVERWRITTEN}


def test_a_real_file_without_a_signal_is_no_better_than_the_base_rate(study):
    source = SHARED / "maven_crm" / "sales_pipeline.csv"
    if not source.exists():
        pytest.skip("the shared data aren't here")
    code, said = study(source, "--outcome", "deal_stage", "--order", "engage_date")
    assert code == 0 and said["verdict"] == "no_signal"
    assert {one["column"] for one in said["leaks"]} == {"close_date", "close_value"}
    assert said["outcome"]["open"] == ["Engaging", "Prospecting"]


def test_from_history_takes_no_file_and_a_file_needs_its_outcome(study, tmp_path):
    past = write(tmp_path / "past.csv", leads(300, seed=26))
    with pytest.raises(Refusal, match="--from-history takes no file"):
        study(past, "--from-history")
    with pytest.raises(Refusal, match="--outcome names the column"):
        study(past)
    with pytest.raises(Refusal, match="name a FILE, or say --from-history"):
        study()


@pytest.mark.django_db
def test_from_history_says_what_it_found_and_keeps_it(study, monkeypatch):
    monkeypatch.setattr("winnow.ops.main.prepare", lambda home: None)
    with pytest.raises(Refusal, match="no definition to start from"):
        study("--from-history")
    signed()
    code, said = study("--from-history", "--aim", "accepted")
    assert code == 1 and said["verdict"] == "too_few" and not said["may_propose"]
    assert Study.objects.get(pk=said["study"]).result["verdict"] == "too_few"
