"""Grades A-D from the rules of fit, and that unknown is never yes."""

import pytest

from tests.policy.saying import definition, verdict

RULES = definition("""
[fit.criteria.industry]
any_of = ["software", "energy"]
[fit.criteria.size]
attribute = "employees"
at_least = 50
at_most = 500
[fit.criteria.country]
none_of = ["KP"]
[fit.criteria.role]
attribute = "seniority"
any_of = ["director", "vp"]
[[fit.grades]]
grade = "A"
every = ["industry", "size", "country", "role"]
[[fit.grades]]
grade = "B"
every = ["size"]
some = ["industry", "country", "role"]
at_least = 1
[[fit.grades]]
grade = "C"
some = ["industry", "size"]
at_least = 1
[score]
asked = 0
[lead]
grade = "B"
""")


def grade(story: str) -> str:
    return verdict(RULES, story).grade


def test_all_that_is_asked_gives_an_a():
    assert (
        grade("""
            0 acme is industry software
            0 acme is employees 200
            0 acme is country DE
            0 ann  is seniority director
        """)
        == "A"
    )


def test_size_and_one_of_the_others_give_a_b():
    assert grade("0 acme is employees 200\n 0 ann is seniority vp") == "B"


def test_one_of_some_gives_a_c():
    assert grade("0 acme is industry energy\n 0 ann met") == "C"


def test_nothing_of_it_gives_a_d():
    assert grade("0 acme is industry farming\n 0 ann met") == "D"


def test_an_unknown_attribute_is_not_a_yes_not_even_to_an_exclusion():
    assert grade("0 acme is employees 200\n 0 ann met") == "C"  # the country is not known, so not "not KP"
    assert grade("0 acme is employees 200\n 0 acme is country DE\n 0 ann met") == "B"


@pytest.mark.parametrize(
    ("employees", "given"), [("49", "D"), ("50", "C"), ("500", "C"), ("501", "D"), ("many", "D")]
)
def test_numbers_are_met_at_their_bounds_and_words_never(employees, given):
    assert grade(f"0 acme is employees {employees}\n 0 ann met") == given


def test_what_is_excluded_is_not_met():
    assert grade("0 acme is employees 200\n 0 acme is country KP\n 0 ann met") == "C"


def test_a_title_belongs_to_the_person_and_not_to_the_account():
    told = "0 acme is employees 200\n 0 bob is seniority vp\n 0 ann met"
    assert grade(told) == "C"
    assert grade(told + "\n 1 bob met") == "B"


def test_the_newest_description_counts():
    assert grade("0 acme is industry farming\n 1 acme is industry energy\n 1 ann met") == "C"


def test_a_grade_below_the_asked_one_is_unmet_fit():
    assert verdict(RULES, "0 acme is industry energy\n 0 ann met").unmet == ("fit",)
    assert verdict(RULES, "0 acme is employees 200\n 0 ann is seniority vp\n 0 ann inquiry web").unmet == ()


def test_fit_as_an_answer_is_unknown_until_anything_is_known_and_follows_the_grade():
    fit = 4  # its place among budget, authority, need, timing, fit, other
    assert verdict(RULES, "0 ann met").levels[fit] == "unknown"
    assert verdict(RULES, "0 acme is industry farming\n 0 ann met").levels[fit] == "no"
    assert verdict(RULES, "0 acme is industry energy\n 0 ann met").levels[fit] == "partly"
    assert verdict(RULES, "0 acme is employees 200\n 0 ann is seniority vp").levels[fit] == "yes"
