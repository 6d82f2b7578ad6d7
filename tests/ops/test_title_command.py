"""`winnow title`: the judge of job titles on the command line."""

import json
from types import SimpleNamespace

import pytest

from winnow.leads.errors import Refusal
from winnow.ops import main
from winnow.ops.commands import title as command


def call(capsys, *titles, lines=None, as_json=True):
    command.run(SimpleNamespace(titles=list(titles), lines=lines, json=as_json, wrong=pytest.fail))
    said = capsys.readouterr().out
    return json.loads(said) if as_json else said


def test_each_title_gets_its_answer_in_order(capsys):
    first, second = call(capsys, "VP Sales EMEA", "Vertrieb")
    assert first == {
        "text": "VP Sales EMEA", "seniority": "vp", "department": "sales", "sure": True,
        "sure_of": ["seniority", "department"], "because": ["vp", "sales"],
    }  # fmt: skip
    assert (second["seniority"], second["department"], second["sure"]) == (None, "sales", False)
    assert second["sure_of"] == ["department"]


def test_what_is_no_title_is_in_no_department_and_not_sure(capsys):
    for found in call(capsys, "-", "", "n/a", "\udcff"):
        assert (found["seniority"], found["department"], found["sure"]) == (None, "other", False)


def test_a_file_is_judged_line_by_line(capsys, tmp_path):
    (tmp_path / "titles.txt").write_bytes(b"CEO\r\nLeiterin Einkauf\n")
    assert [one["seniority"] for one in call(capsys, lines=str(tmp_path / "titles.txt"))] == ["executive", "director"]
    with pytest.raises(Refusal, match=r"missing\.txt can't be read"):
        call(capsys, lines=str(tmp_path / "missing.txt"))


def test_people_read_one_line_for_each_title(capsys):
    assert call(capsys, "CEO", "Sales", as_json=False).splitlines() == [
        "CEO\texecutive\tgeneral_management\tsure",
        "Sales\tunknown\tsales\tsure of department",
    ]


def test_no_title_at_all_is_a_wrong_call(capsys):
    assert main.run(["title"]) == 2
    assert "name a title" in capsys.readouterr().err
