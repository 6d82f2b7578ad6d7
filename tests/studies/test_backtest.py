"""The back-test says what the policy says: replayed from files, in portions, it counts what judging always would."""

import dataclasses
import json
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy import invented
from tests.policy.test_turns import judged_always
from tests.story import DAY, history
from tests.studies.copies import copy_of
from tests.tries import tries
from winnow.policy.definition import parse
from winnow.policy.judge import judge_account
from winnow.policy.replay import refold
from winnow.studies import backtest, planning, retelling
from winnow.studies.backtest import Question, run
from winnow.studies.queueing import reps_needed, waits_longer
from winnow.studies.tally import Tally, qsos, spans_of

DEMANDING = {
    "score": {"asked": 5, "content": {"default": 6}, "half_life_days": 30},
    "lead": {"grade": "D"}, "bantfo": {"need": {"asked": "yes"}},
}  # fmt: skip
EASY = {**DEMANDING, "bantfo": {}}


def found_turns(tmp_path, history, documents, last, monkeypatch, **how):
    """The turns of each side by account, as the portions find them in files."""
    seen = [{} for _ in documents]
    original, sides = Tally.account, {}

    def account(self, turns, story, first, until):
        side = sides.setdefault(id(self), len(sides) % len(documents))
        for turn in turns:
            seen[side].setdefault(turn.account, []).append(turn)
        return original(self, turns, story, first, until)

    monkeypatch.setattr(Tally, "account", account)
    question = Question(documents[0], documents[1] if len(documents) > 1 else None, None, last, **how)
    answer = run(question, copy_of(tmp_path / f"copy-{len(history)}", history), tmp_path / "work", processes=0)
    monkeypatch.undo()
    return seen, answer


@settings(
    max_examples=tries(6, 300), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.integers(0, 2**40), invented.histories(most=16))
def test_back_tested_in_recorded_order_is_what_a_replay_of_all_says(tmp_path_factory, monkeypatch, seed, history):
    """Resumed = replayed (tests/policy/test_properties.py) = back-tested: merges, moves and withdrawals included."""
    document = invented.document(Random(seed))
    last = history[-1].recorded + 30 * DAY
    folder = tmp_path_factory.mktemp("run")
    seen, _ = found_turns(folder, history, [document], last, monkeypatch, as_recorded=True)
    found = {turn for turns in seen[0].values() for turn in turns}
    assert found == set(judged_always(parse(document), history, last))


@settings(
    max_examples=tries(6, 300), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.integers(0, 2**40), invented.histories(most=16), st.integers(0, 400))
def test_by_what_was_known_the_last_standing_is_that_of_recording(tmp_path_factory, seed, history, days):
    """Imported as history and merged: who is ready in the end is who is ready by all facts in recorded order."""
    document = invented.document(Random(seed))
    history = [_claimed(fact, days) for fact in history]
    last = history[-1].recorded + DAY
    folder = tmp_path_factory.mktemp("run")
    answer = run(Question(document, None, None, last), copy_of(folder / "copy", history), folder / "work", 0)
    fold = refold(parse(document), history)
    ready = {number for number in fold.accounts if judge_account(fold, number, last).ready}
    assert answer["ready_now"] == len(ready)


def _claimed(fact, days):
    if fact.kind in ("inquiry", "content_taken", "met") and fact.id % 3 == 0:
        return dataclasses.replace(fact, known=max(fact.happened, fact.recorded - days * DAY))
    return fact


STORY = history("""
    0   ann        inquiry web
    1   ann        took roi_case
    2   ann        yes need
    3   bob@globex inquiry web
    4   bob@globex took roi_case
    9   ann        took demo
""")
ANN, BOB = 101, 102


@pytest.fixture
def copy(tmp_path):
    start = STORY[0].recorded
    closed, begun = start + 20 * DAY, start + 5 * DAY
    wins = f"(1, 101, {closed}, {begun}, true, 100, 1), (2, 102, {closed}, 1, false, 1, 1)"
    handoffs = f"(1, 102, 1, {start + 5 * DAY}, 'rejected', {start + 6 * DAY}, 'no_need')"
    return copy_of(tmp_path / "copy", STORY, wins=wins, handoffs=handoffs, owners="(101, 7)", reps="(7, true)")


def asked(document=None, against=None):
    return Question(document or DEMANDING, against, None, STORY[-1].recorded + 60 * DAY)


def test_a_win_is_caught_when_its_account_was_ready_before_and_says_how_much_earlier(copy, tmp_path):
    answer = run(asked(), copy, tmp_path / "work", 0)
    assert (answer["qso"], answer["wins_caught"], answer["wins_missed"]) == (1, 1, 0)
    assert answer["days_earlier"] == 3.0  # ready on day 2, begun by sales on day 5
    assert answer["wins_unjudged"] == 1  # Bob's: nothing is known of it from before
    assert answer["rejected_kept_back"] == 1  # nobody ever said that Globex has a need
    assert answer["load_by_rep"] == [{"rep": 7, "qso": 1, "qso_a_week": answer["qso_a_week"], "busiest_week": 1}]
    warned = {one["code"] for one in answer["warnings"]}
    assert warned >= {"shaped_by_old_rules", "identities_of_today", "wins_unjudged", "too_few"}


def test_the_people_whom_only_one_side_takes_are_listed_with_the_reason_in_words(copy, tmp_path):
    answer = run(asked(against=EASY), copy, tmp_path / "work", 0)
    assert (answer["qso"], answer["against"]["qso"]) == (1, 2)
    assert answer["flipped_count"] == {"only_this": 0, "only_against": 1}
    (flip,) = answer["flipped"]
    assert (flip["account"], flip["person"], flip["ready_under"]) == (BOB, 2, "against")
    assert flip["why_not_under_the_other"] == [{"clause": "need", "text": "need is unknown, asked is yes"}]


def test_a_run_that_was_stopped_goes_on_where_it_stood(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "PORTION", 3)
    told = []
    original = retelling.Portions.portion

    def stopped(self, number):
        told.append(number)
        if len(told) == 2:
            raise KeyboardInterrupt
        return original(self, number)

    monkeypatch.setattr(retelling.Portions, "portion", stopped)
    until_now = dataclasses.replace(asked(EASY), until_now=True)
    with pytest.raises(KeyboardInterrupt):
        run(until_now, copy, tmp_path / "work", 0)
    a_little_later = dataclasses.replace(until_now, last=until_now.last + 7)
    answer = run(a_little_later, copy, tmp_path / "work", 0)
    assert told == [0, 1, 1], "what was counted before is not counted again"
    assert answer["qso"] == 2
    assert [path.suffix for path in (tmp_path / "work").iterdir()] == [".lock"]


def test_processes_count_what_one_counts_and_tell_how_far_they_are(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "PORTION", 3)
    told = []
    two = run(asked(EASY, DEMANDING), copy, tmp_path / "work", 2, lambda done, total: told.append((done, total)))
    one = run(asked(EASY, DEMANDING), copy, tmp_path / "work", 0)
    assert {**two, "seconds": 0} == {**one, "seconds": 0}
    assert told[0] == (0, told[-1][1]) and told[-1][0] == told[-1][1] > 0
    json.dumps(two)


def test_an_account_counts_again_only_when_its_cycle_has_ended():
    assert qsos([(1, 5), (7, 9), (20, None)], []) == [1]
    assert qsos([(1, 5), (7, 9), (20, None)], [6]) == [1, 7]
    assert spans_of([]) == []


def test_the_queue_is_erlangs():
    """METHOD: five leads an hour of 20 minutes each, promised within 15."""
    assert waits_longer(5, 20, 1, 15) == 1.0
    assert round(waits_longer(5, 20, 2, 15), 2) == 0.59
    assert round(waits_longer(5, 20, 3, 15), 2) == 0.11
    assert reps_needed(5, 20, 15) == 4
    assert waits_longer(0, 20, 0, 15) == 0.0


def test_the_interval_of_a_share_is_wilsons():
    assert backtest.wilson(3, 12) == [0.0889, 0.5323]
    assert backtest.wilson(0, 0) is None


def test_a_sample_says_how_uncertain_it_is(tmp_path):
    story = []
    for account in range(1, 301):
        lines = history("0 ann inquiry web\n1 ann took roi_case")
        for fact in lines:
            story.append(dataclasses.replace(fact, id=len(story) + 1, account=account, person=account))
    question = Question(EASY, None, None, STORY[-1].recorded, share=0.2)
    answer = run(question, copy_of(tmp_path / "copy", story), tmp_path / "work", 0)
    low, high = answer["qso_interval"]
    assert 30 < answer["accounts"] < 90
    assert low <= 300 <= high
    assert "sample" in {one["code"] for one in answer["warnings"]}
