"""The judge of titles on the half of the labelled lists that its rules were not written by."""

import pytest

from tests.leads.title_lists import LANGUAGES, by_look_up, by_rules, language, measure, titles_of, training

# Macro-F1, and the share it is sure of, below which something was broken: a little under what was measured once.
FLOORS = {
    ("seniority", "English"): (0.81, 0.85),
    ("seniority", "German"): (0.80, 0.85),
    ("seniority", "French"): (0.88, 0.80),
    ("department", "English"): (0.60, 0.82),
    ("department", "German"): (0.76, 0.87),
    ("department", "French"): (0.75, 0.78),
}
PRECISION = 0.9


@pytest.mark.parametrize(("part", "name"), FLOORS)
def test_of_titles_never_looked_at_nine_in_ten_sure_answers_are_right(shared_data, part, name):
    if not (shared_data / "job_titles").is_dir():
        pytest.skip("the lists of titles are not there")
    rows = [row for row in titles_of(shared_data, part) if language(row[0]) == name]
    unseen = [row for row in rows if not training(row[0])]
    found = measure(unseen, part, by_rules(part))
    least, share = FLOORS[part, name]
    assert found["macro_f1"] >= least
    assert found["sure_precision"] >= PRECISION
    assert found["sure_share"] >= share
    baseline = measure(unseen, part, by_look_up([row for row in rows if training(row[0])]))
    assert found["macro_f1"] > baseline["macro_f1"] + 0.2


def test_a_title_is_in_one_half_however_it_is_written():
    assert training("Head of Sales") == training("HEAD  OF SALES ")
    halves = [training(f"title {number}") for number in range(400)]
    assert 150 < sum(halves) < 250


def test_each_language_is_told_by_its_words():
    assert [language(title) for title in ("Leiterin Einkauf", "Directrice des ventes", "Head of Sales")] == [
        "German", "French", "English",
    ]  # fmt: skip
    assert set(LANGUAGES) == {"German", "French", "English"}


def test_the_measure_counts_a_wrong_answer_and_a_missing_one():
    rows = [("a", "Lead"), ("b", "Lead"), ("c", "Junior"), ("d", "Junior")] * 10
    sure = {"a": ({"Lead", "Director"}, True), "b": ({"Junior"}, True)}
    found = measure(rows, "seniority", (sure | {"c": ({"Junior"}, False), "d": (set(), False)}).get)
    assert found["labels"] == {"Lead": 0.67, "Junior": 0.5}
    assert (found["sure_share"], found["sure_precision"]) == (0.5, 0.5)
