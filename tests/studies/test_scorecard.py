"""A scorecard learned from leads whose truth is known."""

import numpy as np
import pytest

from tests.studies.outcomes_made import leads, with_leaks
from winnow.leads.errors import Refusal
from winnow.ops.scorecards import Reading
from winnow.studies.columns import gather
from winnow.studies.scorecard import Wanted, learn
from winnow.studies.scoring import Scoring


def learned(found, outcome="outcome", most_rows=400_000, **wanted):
    gathered = gather(list(found), rows_of(found), Reading(), most_rows)
    return learn(gathered, outcome, Wanted(**wanted))


def rows_of(found):
    return [[str(cell) for cell in row] for row in zip(*found.values(), strict=True)]


def two_times(first, second):
    return {name: first[name] + second[name] for name in first}


@pytest.fixture(scope="module")
def steady():
    return learned(leads(3000, seed=3))


def bands(said, column):
    return next(one["bands"] for one in said["points"] if one["column"] == column)


def test_what_decides_gets_points_and_noise_none(steady):
    said = steady.said
    assert said["verdict"] == "useful"
    assert set(said["columns"]) == {"source", "employees", "minutes", "city"}
    left = {one["column"]: one["why"] for one in said["not_used"]}
    assert left["kind"] == "it says 'company' throughout"
    assert "single rows" in left["lead_id"] and "date" in left["came"]
    assert said["leaks"] == []
    assert not said["drift"]["alarm"]


def test_bands_run_one_way_but_for_a_turn_that_is_there(steady):
    minutes = [band["points"] for band in bands(steady.said, "minutes")]
    assert minutes == sorted(minutes) and len(minutes) > 2
    employees = [band["points"] for band in bands(steady.said, "employees")]
    top = employees.index(max(employees))
    assert 0 < top < len(employees) - 1
    assert employees == sorted(employees[:top]) + sorted(employees[top:], reverse=True)


def test_each_band_has_enough_cases_and_blank_is_one_of_them(steady):
    for one in steady.said["points"]:
        assert all(band["cases"] >= 50 for band in one["bands"][:-1])
    blank = bands(steady.said, "city")[-1]
    assert blank["band"] == "blank" and blank["points"] == 0 and 500 < blank["cases"] < 700


def test_the_points_add_up_to_a_hundred_and_tell_the_probability(steady):
    said = steady.said
    assert abs(sum(max(band["points"] for band in one["bands"]) for one in said["points"]) - 100) <= 4
    shares = [row["probability"] for row in said["scale"]["table"]]
    assert shares == sorted(shares)
    assert said["intervals"]["auc"][0] < said["auc"] < said["intervals"]["auc"][1]
    assert said["brier"] < said["brier_of_base_rate"]
    assert said["calibration_error"] < 0.06
    assert said["lift_at_10"] > 1.5


def test_sense_can_be_demanded_of_a_number():
    said = learned(leads(3000, seed=3), senses={"employees": 1}).said
    rising = [band["points"] for band in bands(said, "employees")]
    assert rising == sorted(rising)


def test_columns_filled_by_those_who_know_are_named_and_no_other():
    said = learned(with_leaks(leads(2000, seed=4))).said
    assert {one["column"] for one in said["leaks"]} == {
        "lost_reason", "contract_value", "Lead Quality", "call result", "signed_on",
    }  # fmt: skip
    assert not {one["column"] for one in said["leaks"]} & set(said["columns"])
    assert all(len(one["why"]) > 20 for one in said["leaks"])


def test_a_column_said_to_be_known_is_no_leak():
    found = with_leaks(leads(2000, seed=4))
    said = learned(found, known=["Lead Quality"], ignore=["contract_value"]).said
    assert "Lead Quality" in said["columns"]
    assert "contract_value" not in {one["column"] for one in said["leaks"]}


def test_a_column_filled_once_decided_is_a_leak_by_the_rows_still_open():
    found = leads(2000, seed=5)
    draw = np.random.default_rng(5)
    still = draw.random(2000) < 0.2
    found["outcome"] = ["open" if one else said for one, said in zip(still, found["outcome"], strict=True)]
    found["handled by"] = ["" if one else str(draw.choice(["Sam", "Sue"])) for one in still]
    said = learned(found).said
    assert said["open"] == still.sum() and said["rows_used"] == 2000 - still.sum()
    assert [one["column"] for one in said["leaks"]] == ["handled by"]


def test_without_any_signal_it_is_no_better_than_the_base_rate():
    for seed in range(4):
        said = learned(leads(1500, seed=seed, signal=0, noise=8)).said
        assert said["verdict"] == "no_signal"
        assert "No better than the base rate" in said["says"]


def test_too_few_outcomes_are_refused_with_how_many_are_needed():
    said = learned(leads(450, seed=6)).said
    assert said["verdict"] == "too_few" and said["auc"] is None and said["points"] == []
    assert "at least 200" in said["says"]
    assert said["needed"]["wins"] == 200 - said["wins"]
    assert learned({"a": ["1", "2"], "outcome": ["no", "no"]}).said["verdict"] == "too_few"


@pytest.mark.parametrize("rows", [2000, 500])
def test_a_base_rate_that_doubles_raises_the_alarm(rows):
    before, after = leads(2000, seed=7, base=-2.2), leads(rows, seed=8, base=-1.3)
    shares = [np.mean([one == "won" for one in part["outcome"]]) for part in (before, after)]
    assert 1.6 < shares[1] / shares[0] < 2.2
    drift = learned(two_times(before, after)).said["drift"]
    assert drift["alarm"] and drift["base_rate"]["moved"]
    found = learned(before)
    scoring = Scoring(found, list(after))
    list(scoring.score(rows_of(after)))
    assert not found.said["drift"]["alarm"]
    assert scoring.said()["drift"]["alarm"]


def test_other_values_coming_in_raise_the_alarm():
    before, after = leads(2000, seed=9), leads(1000, seed=10)
    after["minutes"] = [minutes * 4 for minutes in after["minutes"]]
    drift = learned(two_times(before, after)).said["drift"]
    assert "minutes" in [one["column"] for one in drift["inputs"]]
    found = learned(before)
    scoring = Scoring(found, list(after))
    list(scoring.score(rows_of(after)))
    assert [one["column"] for one in scoring.said()["drift"]["inputs"]] == ["minutes"]


def test_later_rows_of_the_same_world_score_as_promised_and_raise_none(steady):
    later = leads(3000, seed=11)
    scoring = Scoring(steady, list(later))
    probabilities = [one[0] for one in scoring.score(rows_of(later))]
    said = scoring.said()
    assert not said["drift"]["alarm"], said["drift"]["why"]
    assert abs(said["auc"] - steady.said["auc"]) < 0.05
    assert abs(np.mean(probabilities) - said["base_rate"]) < 0.03
    assert said["unknown_values"] == [] and said["missing_columns"] == []


def test_unknown_values_missing_columns_and_broken_rows_are_told(steady):
    columns = ["city", "source", "minutes"]
    scoring = Scoring(steady, columns)
    scored = list(scoring.score([["Ulm", "carrier pigeon", "7"], None, ["", "Referral", "many"]]))
    said = scoring.said()
    assert said["missing_columns"] == ["employees"] and said["unreadable"] == 1
    assert {one["column"]: one["examples"] for one in said["unknown_values"]} == {
        "source": ["carrier pigeon"], "minutes": ["many"],
    }  # fmt: skip
    assert scored[1] == (None, None, [])
    assert all(0 < probability < 1 for probability, _, _ in (scored[0], scored[2]))
    assert sum(scored[0][2]) == scored[0][1]


def test_rows_that_stand_newest_first_are_read_from_their_end():
    found = leads(1500, seed=12)
    backwards = {name: cells[::-1] for name, cells in found.items()}
    backwards["number"] = list(range(1500, 0, -1))
    said = learned(backwards).said
    assert "newest are first" in said["order"]
    assert said["auc"] == learned(found).said["auc"]
    assert learned(backwards, order="came").said["order"] == "by came"


def test_rows_of_many_a_day_that_stand_newest_first_are_read_from_their_end():
    found = {name: values[::-1] for name, values in leads(1200, seed=27).items()}
    found["came"] = [f"2024-{12 - at // 100:02d}-{28 - at % 100 // 4:02d}" for at in range(1200)]
    assert "came says that the newest are first" in learned(found).said["order"]


def test_rows_sorted_by_their_outcome_have_no_order():
    found = leads(1500, seed=13)
    places = np.argsort(found["outcome"])
    with pytest.raises(Refusal, match="--order"):
        learned({name: [cells[at] for at in places] for name, cells in found.items()})


@pytest.mark.parametrize(
    ("values", "won"),
    [
        (("Yes", "No"), "Yes"), (("1", "0"), "1"), (("1.0", "0.0"), "1.0"), (("Won", "Lost"), "Won"),
        (("Converted", "Not Converted"), "Converted"), (("gewonnen", "verloren"), "gewonnen"), (("x", ""), "x"),
        (("Churned", "Stayed"), "Churned"), (("TRUE", "FALSE"), "TRUE"),
    ],
)  # fmt: skip
def test_outcomes_are_told_by_their_words(values, won):
    found = {"a": list(range(60)), "outcome": [values[at % 3 > 0] for at in range(60)]}
    said = learned(found).said
    assert said["outcome"]["won"] == [won] and said["wins"] == 20


def test_an_outcome_that_says_nothing_known_has_to_be_named():
    found = {"a": list(range(60)), "outcome": [("blue", "green", "red")[at % 3] for at in range(60)]}
    with pytest.raises(Refusal, match="--positive"):
        learned(found)
    assert learned(found, positive=["Green"]).said["wins"] == 20
    with pytest.raises(Refusal, match="never says 'pink'"):
        learned(found, positive=["pink"])


def test_a_long_file_is_thinned_evenly_and_always_alike():
    found = leads(4000, seed=14, noise=0)
    once, twice = learned(found, most_rows=1500), learned(found, most_rows=1500)
    assert once.said == twice.said
    assert once.said["thinned"] and once.said["rows"] == 4000 and 700 < once.said["rows_used"] <= 1500


@pytest.mark.bars
def test_steady_worlds_raise_no_alarm_and_pure_noise_is_never_useful():
    alarms = useful = 0
    for seed in range(50):
        said = learned(leads(1500, seed=seed, signal=0, noise=8)).said
        useful += said["verdict"] == "useful"
        steady = learned(leads(1500, seed=1000 + seed))
        later = leads(800, seed=5000 + seed)
        scoring = Scoring(steady, list(later))
        list(scoring.score(rows_of(later)))
        alarms += said["drift"]["alarm"] + steady.said["drift"]["alarm"] + scoring.said()["drift"]["alarm"]
        assert not said["leaks"] and not steady.said["leaks"]
    assert useful == 0
    assert alarms <= 1


def test_a_key_that_only_the_won_have_is_a_leak_though_few_have_it():
    found = leads(6000, seed=15, base=-4.5, noise=0)
    found["customer number"] = [f"C{at}" if one == "won" else "" for at, one in enumerate(found["outcome"])]
    said = learned(found).said
    assert said["base_rate"] < 0.06
    assert [one["column"] for one in said["leaks"]] == ["customer number"]


def test_a_leak_that_is_filled_only_since_a_while_is_found():
    found = leads(3000, seed=16, noise=0)
    late = [("up" if one == "won" else "down") for one in found["outcome"]]
    found["mood"] = [said if at > 2300 else "" for at, said in enumerate(late)]
    assert [one["column"] for one in learned(found).said["leaks"]] == ["mood"]


def test_a_card_is_compared_with_the_points_of_today():
    found = leads(3000, seed=17)
    draw = np.random.default_rng(17)
    found["points today"] = [minutes + draw.normal(0, 20) for minutes in found["minutes"]]
    today = learned(found, against="points today").said["against"]
    assert 0.5 < today["auc"] < 0.65 and today["beaten"]
    scores = {name: found[name] for name in ("came", "minutes", "outcome")} | {"points today": found["minutes"]}
    assert not learned(scores, against="points today").said["against"]["beaten"]
    with pytest.raises(Refusal, match="holds no points"):
        learned(found, against="source")


def test_the_rows_that_judge_a_card_taught_it_nothing():
    found = leads(2000, seed=18)
    other = {"won": "lost", "lost": "won"}
    turned = found | {"outcome": found["outcome"][:1500] + [other[one] for one in found["outcome"][1500:]]}
    assert learned(turned).said["auc"] == pytest.approx(1 - learned(found).said["auc"], abs=0.0002)


@pytest.mark.parametrize(("name", "leaks"), [("duration", ["duration"]), ("session_duration", [])])
def test_how_long_a_call_took_is_known_too_late_and_a_visit_in_time(name, leaks):
    found = leads(2000, seed=19)
    draw = np.random.default_rng(19)
    pulls = {"won": 6.0, "lost": 5.0}
    found[name] = [round(float(np.exp(draw.normal(pulls[one], 0.8)))) for one in found["outcome"]]
    assert [one["column"] for one in learned(found).said["leaks"]] == leaks


def test_marks_of_one_making_are_leaks_together():
    found = leads(2000, seed=20)
    draw = np.random.default_rng(20)
    blank, wrong = draw.random(2000) < 0.1, draw.random(2000) < 0.25
    marks = ["High" if (one == "won") ^ bool(at) else "Low" for one, at in zip(found["outcome"], wrong, strict=True)]
    number = [str(draw.integers(1, 9)) for _ in marks]
    found["Fit Grade"] = ["" if none else mark for none, mark in zip(blank, marks, strict=True)]
    for name in ("Fit Score", "Visits"):
        found[name] = ["" if none else one for none, one in zip(blank, number, strict=True)]
    assert [one["column"] for one in learned(found).said["leaks"]] == ["Fit Grade", "Fit Score"]


def test_a_month_as_text_goes_along_with_time_and_gets_no_points():
    found = leads(2000, seed=21)
    found["quarter"] = [f"2024 Q{1 + at * 4 // 2000}" for at in range(2000)]
    said = learned(found).said
    assert "quarter" not in said["columns"]
    assert any(one["column"] == "quarter" and "in time" in one["why"] for one in said["not_used"])


def test_a_length_that_the_end_of_the_file_cuts_short_is_a_leak_whatever_it_is_called():
    found = leads(2000, seed=22)
    draw = np.random.default_rng(22)
    left = [366 - (int(day[5:7]) - 1) * 30.5 - int(day[8:]) for day in found["came"]]
    found["x"] = [int(min(draw.integers(5, 200), max(rest, 0))) for rest in left]
    found["y"] = draw.integers(5, 200, 2000).tolist()
    said = learned(found).said
    assert [one["column"] for one in said["leaks"]] == ["x"] and "came" in said["leaks"][0]["why"]
    longer = zip(found.pop("y"), found["outcome"], strict=True)
    found["sales cycle days"] = [at + 60 * (one == "won") for at, one in longer]
    assert {one["column"] for one in learned(found).said["leaks"]} == {"x", "sales cycle days"}


def test_marks_and_a_log_of_what_was_done_are_leaks_by_their_values():
    found = leads(2000, seed=23)
    draw = np.random.default_rng(23)
    won = np.array(found["outcome"]) == "won"
    blank = draw.random(2000) < 0.55
    found["k1"] = np.where(blank, "", draw.choice(["02.Medium", "01.High", "03.Low"], 2000)).tolist()
    found["k2"] = ["" if none else str(one) for none, one in zip(blank, draw.integers(10, 20, 2000), strict=True)]
    lively = draw.choice(["Mail opened", "Letter sent", "Page visited", "Form submitted"], 2000)
    found["k3"] = np.where(won & (draw.random(2000) < 0.5), "Mail clicked", lively).tolist()
    assert {one["column"] for one in learned(found).said["leaks"]} == {"k1", "k2", "k3"}
    found["first contact"] = found.pop("k3")
    assert "first contact" in learned(found).said["columns"]


def test_rare_values_without_a_band_of_their_own_are_no_drift():
    alarms = 0
    for seed in range(12):
        found, later = leads(600, seed=30 + seed, base=-0.4, noise=0), leads(300, seed=90 + seed, base=-0.4, noise=0)
        for part in (found, later):
            draw = np.random.default_rng(seed)
            part["source"] = [f"rare {draw.integers(9)}" if draw.random() < 0.1 else one for one in part["source"]]
        steady = learned(found)
        scoring = Scoring(steady, list(later))
        list(scoring.score(rows_of(later)))
        alarms += scoring.said()["drift"]["alarm"]
    assert alarms <= 1
