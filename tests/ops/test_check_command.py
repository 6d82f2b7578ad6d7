"""`winnow check`: what it says, and with which exit code."""

import json
from argparse import Namespace

import pytest

from tests.leads.people import MONDAY, account, prospect, sam, signed
from tests.review.scene import law, worth
from winnow.funnel import rollup
from winnow.leads.models import Inquiry, PersonStanding
from winnow.leads.record import recording
from winnow.ops import plain_counts
from winnow.ops.commands import check
from winnow.policy import facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann():
    signed({"score": {"asked": 0}, "lead": {"grade": "D"}})
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Met(person=ann.pk))
    return ann


def test_it_is_done_with_0_when_all_is_well(ann, capsys):
    assert check.run(Namespace(json=True, sample=None, rebuild=False)) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is True
    assert [one["name"] for one in said["checks"]][:3] == ["honest_cache", "fact_chain", "references"]
    assert all(one["ok"] and one["question"].endswith("?") for one in said["checks"])


def test_it_ends_with_1_and_says_what_is_wrong(ann, capsys):
    PersonStanding.objects.update(milli=99_000)
    assert check.run(Namespace(json=True, sample=1, rebuild=False)) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    (wrong,) = [one for one in said["checks"] if not one["ok"]]
    assert wrong["name"] == "honest_cache"
    assert f"person {ann.pk}: stored is 99 points" in wrong["examples"][0]


def test_people_read_the_same(ann, capsys):
    PersonStanding.objects.update(milli=99_000)
    assert check.run(Namespace(json=False, sample=None, rebuild=False)) == 1
    said = capsys.readouterr().out
    assert "WRONG  honest_cache" in said
    assert "ok     fact_chain" in said
    assert "winnow check --rebuild" in said


def test_what_is_worked_out_can_be_worked_out_anew(ann, capsys):
    PersonStanding.objects.update(milli=99_000)
    assert check.run(Namespace(json=True, sample=None, rebuild=True)) == 0
    assert PersonStanding.objects.get(person=ann).milli < 99_000


def test_a_figure_of_the_funnel_that_is_not_what_the_rows_give_is_found(db, monkeypatch):
    law()
    lead = worth("Ann")
    lead.win(by=sam(), at=MONDAY)
    Inquiry.objects.create(person=lead.person, account=lead.account, captured_at=MONDAY, recorded_at=MONDAY)
    while rollup.refresh_due():
        pass
    check_ = plain_counts.funnel_figures()
    assert (check_.ok, check_.looked_at) == (True, 4), check_.examples
    monkeypatch.setitem(plain_counts.PLAIN, "won", "SELECT 7")
    assert plain_counts.funnel_figures().examples == ["won: the report says 1, the rows are 7"]
