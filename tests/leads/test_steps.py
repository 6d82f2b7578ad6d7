"""What would make somebody ready is what the policy itself says, and no step of it can be spared."""

from dataclasses import replace

from hypothesis import given, settings

from tests.policy import invented
from tests.policy.saying import definition, history
from tests.story import DAY
from tests.tries import tries
from winnow.leads.steps import plan_for, simulated
from winnow.policy.judge import judge
from winnow.policy.replay import refold

RULES = definition("""
[score]
asked = 40
daily_cap = 20
half_life_days = 30
[score.content]
roi_case = 20
demo = 12
[score.action]
spoke = 15
[bantfo.need]
asked = "yes"
[bantfo.budget]
asked = "partly"
[bantfo.conversation]
within_days = 60
[fit.criteria.industry]
any_of = ["software"]
[[fit.grades]]
grade = "B"
every = ["industry"]
""")


def planned(story, rules=RULES):
    told = history(story)
    fold = refold(rules, told)
    last = told[-1]
    return fold, last, plan_for(fold, last.account, last.person, last.recorded)


def said(plan):
    return [(act.kind, act.about) for act in plan.acts]


def test_the_fewest_acts_are_named_and_no_piece_more_than_the_score_needs():
    _, last, plan = planned("0 acme is industry software\n 0 ann took demo\n 3 ann took other")
    assert plan.ready
    assert said(plan) == [("answer", "budget"), ("answer", "need"), ("talk", ""), ("piece", "roi_case")]
    assert [act.level for act in plan.of("answer")] == ["partly", "yes"]
    assert plan.verdict.score >= 40
    assert plan.by is not None and last.recorded < plan.by < last.recorded + 60 * DAY


def test_what_is_above_the_cap_of_a_day_is_planned_for_the_next():
    _, last, plan = planned("0 acme is industry software\n 0 ann yes need\n 0 ann partly budget\n 50 ann took roi_case")
    pieces = plan.of("piece")
    assert plan.ready and [(act.about, act.at - last.recorded) for act in pieces] == [("demo", 1 + DAY)]


def test_what_nothing_can_change_is_said_and_the_rest_is_planned_all_the_same():
    _, _, plan = planned("0 acme is industry farming\n 0 ann took demo")
    assert not plan.ready and plan.left == ("fit",)
    assert ("answer", "need") in said(plan)


def test_what_is_not_known_of_the_firm_is_to_be_found_out():
    _, _, plan = planned("0 ann took demo")
    assert plan.ready and ("describe", "industry") in said(plan)


def test_a_recycling_ends_by_newer_evidence_or_by_interest_once_its_date_has_come():
    ready = "0 acme is industry software\n 0 ann yes need\n 0 ann yes budget\n 0 ann met\n 0 ann took roi_case\n"
    _, _, plan = planned(ready + "1 ann recycled need until 90")
    assert plan.ready and ("answer", "need") in said(plan) and not plan.of("return")
    _, last, plan = planned(ready + "1 ann recycled until 9")
    assert plan.ready and plan.of("return")[0].at == last.recorded + 8 * DAY


def test_who_is_ready_needs_nothing():
    story = "0 acme is industry software\n 0 ann yes need\n 0 ann yes budget\n 0 ann took roi_case\n"
    _, _, plan = planned(story + "1 ann took demo\n" + "1 ann called spoke\n 2 ann took third\n 3 ann took fourth")
    assert (plan.acts, plan.ready, plan.left) == ((), True, ())


@settings(max_examples=tries(60, 600), deadline=None)
@given(invented.definitions(), invented.histories(structural=False))
def test_a_plan_makes_ready_by_the_policy_and_nothing_of_it_can_be_left_out(rules, told):
    fold, at = refold(rules, told), told[-1].recorded
    for number, account in fold.accounts.items():
        for who, _ in account.front[:2]:
            before = judge(fold, number, who, at)
            plan = plan_for(fold, number, who, at)
            assert judge(fold, number, who, at) == before  # what was tried left no trace
            there = simulated(fold, number, who, list(plan.acts), at + 1)
            assert there.ready == plan.ready and there.unmet == plan.left
            for act in plan.acts:
                fewer = [one for one in plan.acts if one is not act]
                assert not set(simulated(fold, number, who, fewer, at + 1).unmet) <= set(plan.left)
            if plan.by is not None:
                late = (plan.by - at) // DAY
                put_off = [replace(act, at=act.at + late * DAY) for act in plan.acts]
                assert simulated(fold, number, who, put_off, at + 1).ready
                later = [replace(act, at=act.at + DAY) for act in put_off]
                assert not simulated(fold, number, who, later, at + 1).ready
