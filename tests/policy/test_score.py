"""Scoring: each rule as a sentence, each score worked out by hand."""

import pytest

from tests.policy.saying import points, score_definition, verdict, verdict_on
from winnow.policy.replay import refold


def test_each_piece_of_content_has_the_weight_that_the_definition_gives_it():
    assert points(score_definition(), "0 ann took roi_case") == 8


def test_content_without_a_weight_has_the_default_one():
    assert points(score_definition(), "0 ann took something_else") == 3


def test_quantity_multiplies_the_weight():
    assert points(score_definition(), "0 ann took roi_case x3") == 24


def test_a_day_gives_no_more_than_the_cap_for_one_kind_of_act():
    rules = score_definition(daily_cap=20)
    assert points(rules, "0 ann took roi_case x4") == 20
    assert points(rules, "0 ann took roi_case x2\n 0 ann took demo x4") == 20


def test_the_cap_is_of_one_day_and_one_kind():
    rules = score_definition(daily_cap=10, half_life_days=3650)
    assert points(rules, "0 ann took roi_case x2\n 0 ann inquiry web") == 20
    assert points(rules, "0 ann took roi_case x2\n 1 ann took demo x9") == pytest.approx(20, abs=0.01)


def test_the_cap_is_of_the_day_it_happened_and_not_of_the_day_it_was_uploaded():
    rules = score_definition(daily_cap=10, half_life_days=3650)
    uploaded = "9<1 ann took roi_case x2\n 9<2 ann took demo x9\n 9<2 ann took price_list x9"
    assert points(rules, uploaded) == pytest.approx(20, abs=0.1)


def test_a_negative_signal_is_not_capped():
    assert points(score_definition(daily_cap=5), "0 ann saw careers x3") == -30


def test_the_same_content_counts_again_only_after_the_repeat_time():
    rules = score_definition(repeat_days=30, half_life_days=3650)
    assert points(rules, "0 ann took roi_case\n 29 ann took roi_case") == pytest.approx(8, abs=0.1)
    assert points(rules, "0 ann took roi_case\n 30 ann took roi_case") == pytest.approx(16, abs=0.1)


def test_another_person_may_take_the_same_content():
    rules = score_definition(engaged_person=0)
    story = "0 ann took roi_case\n 0 bob took roi_case"
    assert points(rules, story, "ann") == points(rules, story, "bob") == 8


def test_points_fade_by_half_in_a_half_life():
    rules = score_definition(half_life_days=30)
    assert points(rules, "0 ann took roi_case", on="30") == 4
    assert points(rules, "0 ann took roi_case", on="60") == 2


def test_talks_and_events_fade_slowly_where_the_definition_says_so():
    rules = score_definition(half_life_days=30, slow_half_life_days=90, slow=["spoke", "event"])
    assert points(rules, "0 ann inquiry event\n 0 ann called spoke", on="90") == 12.5
    assert points(rules, "0 ann inquiry web", on="90") == 1.25


def test_a_late_fact_fades_from_when_it_happened_and_counts_from_when_it_was_recorded():
    rules = score_definition(half_life_days=30)
    assert points(rules, "30<0 ann took roi_case") == 4
    both = "0 ann took roi_case\n 30<15 ann took demo"
    assert points(rules, both) == pytest.approx(4 + 3 * 2**-0.5, abs=0.001)
    assert points(rules, both, on="60") == pytest.approx(2 + 3 * 2**-1.5, abs=0.001)


def test_a_bought_name_counts_only_its_share():
    assert points(score_definition(passive_percent=0), "0 ann inquiry web passive") == 0
    assert points(score_definition(passive_percent=50), "0 ann inquiry web passive") == 5


def test_an_invalid_inquiry_counts_for_nothing():
    assert points(score_definition(), "0 ann inquiry web invalid") == 0


def test_a_channel_without_points_has_the_default_ones():
    assert points(score_definition(inquiry={"web": 10, "default": 7}), "0 ann inquiry phone") == 7
    assert points(score_definition(inquiry={"web": 10}), "0 ann inquiry phone") == 0


def test_machines_score_nothing():
    assert points(score_definition(), "0 ann took roi_case machine\n 0 ann saw pricing machine") == 0


def test_a_click_scores_only_when_a_second_sign_confirmed_it():
    assert points(score_definition(), "0 ann clicked tip1") == 0
    assert points(score_definition(), "0 ann clicked tip1 confirmed") == 4


def test_only_a_call_that_reached_somebody_scores():
    assert points(score_definition(), "0 ann called no_answer\n 0 ann called message") == 0
    assert points(score_definition(), "0 ann called spoke") == 15


def test_opting_out_takes_points_away():
    assert points(score_definition(), "0 ann opted_out") == -20


def test_a_title_gives_points_that_do_not_fade():
    assert points(score_definition(), "0 ann is seniority director", on="900") == 12


def test_a_title_that_changed_gives_the_points_of_the_new_one():
    assert points(score_definition(), "0 ann is seniority director\n 5 ann is seniority junior") == 0


def test_a_key_account_lifts_everybody_in_it_until_it_is_taken_off_the_list():
    rules = score_definition(key_account=10)
    assert points(rules, "0 ann met\n 1 acme key") == 10
    assert points(rules, "0 ann met\n 1 acme key\n 2 acme key off") == 0


def test_other_engaged_people_of_the_account_give_points_up_to_a_limit():
    rules = score_definition(engaged_person=5, engaged_people_most=2, daily_cap=100)
    alone = "0 ann took roi_case"
    assert points(rules, alone) == 8
    assert points(rules, alone + "\n 0 bob took roi_case") == 13
    assert points(rules, alone + "\n 0 bob took demo\n 0 cem took demo\n 0 dora took demo") == 18


def test_people_who_were_engaged_too_long_ago_do_not_count():
    rules = score_definition(engaged_person=5, engaged_days=90, half_life_days=3650)
    story = "0 bob took roi_case\n 0 ann took roi_case"
    assert points(rules, story, on="89") == pytest.approx(13, abs=0.2)
    assert points(rules, story, on="90") == pytest.approx(8, abs=0.2)


def test_an_engaged_person_of_another_account_gives_nothing():
    assert points(score_definition(), "0 ann took roi_case\n 0 bob@globex took roi_case") == 8


def test_who_moves_takes_the_personal_engagement_along():
    rules = score_definition(engaged_person=5)
    moved = "0 ann took roi_case\n 0 bob took roi_case\n 0 cem@globex took demo\n 0 bob moved globex"
    assert points(rules, moved, "ann") == 8  # nobody else is left at Acme
    assert verdict_on(rules, moved, "bob", account="globex").milli == 13_000
    assert verdict_on(rules, moved, "cem", account="globex").milli == 8_000


def test_a_withdrawn_fact_counts_for_nothing_from_then_on():
    rules = score_definition(daily_cap=100)
    assert points(rules, "0 ann took roi_case\n 0 ann inquiry web\n 0 ann withdrew 1") == 10


def test_the_lines_of_a_score_add_up_to_it():
    from tests.story import ACCOUNTS, PEOPLE, history, minute
    from winnow.policy.explain import explain

    rules = score_definition(key_account=10, engaged_person=5, daily_cap=20)
    trace = []
    fold = refold(
        rules,
        history("""
            0    ann  is seniority director
            0    ann  inquiry web
            1    ann  took roi_case x4      # capped at 20
            2    ann  took roi_case         # too soon to count again
            9<5  ann  called spoke
            9    bob  took demo
            9    acme key
            20   ann  opted_out
        """),
        trace,
    )
    told = explain(fold, ACCOUNTS["acme"], PEOPLE["ann"], minute("40"))
    assert sum(line["today"] for line in told["lines"]) == pytest.approx(told["verdict"].milli, abs=4)
    assert [line["note"] for line in told["lines"] if line["note"]] == [
        "daily cap",
        "the same content counts again after the repeat time",
    ]


def test_a_score_is_rounded_down_so_that_almost_is_not_enough():
    rules = score_definition(asked=8, half_life_days=30)
    assert verdict(rules, "0 ann took roi_case").ready
    later = verdict_on(rules, "0 ann took roi_case", "ann", on="0@00:10")
    assert later.score == 7
    assert later.unmet == ("score",)
