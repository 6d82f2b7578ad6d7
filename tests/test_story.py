"""The reader of stories itself: what it makes of the words, and that it refuses those it doesn't know."""

import pytest

from tests.story import ACCOUNTS, DAY, PEOPLE, START, UnknownWord, history
from winnow.policy import facts as f


def test_a_line_is_a_fact_with_day_person_and_account():
    first, second = history("""
        0       ann         inquiry web
        3@10:15 bob@globex  took roi_case x2   # in the morning
    """)
    assert first == f.Inquired(
        id=1,
        account=ACCOUNTS["acme"],
        person=PEOPLE["ann"],
        channel="web",
        happened=START,
        known=START,
        recorded=START,
    )
    assert (second.account, second.person) == (ACCOUNTS["globex"], PEOPLE["bob"])
    assert (second.content, second.quantity, second.recorded) == ("roi_case", 2, START + 3 * DAY + 615)


def test_a_late_fact_says_when_it_happened():
    (fact,) = history("9<4 ann no authority by form")
    assert (fact.recorded, fact.happened) == (START + 9 * DAY, START + 4 * DAY)
    assert (fact.item, fact.level, fact.source) == ("authority", "no", "form")


def test_a_fact_of_the_account_has_no_person():
    (fact,) = history("2 acme is employees 200")
    assert (fact.person, fact.account) == (None, ACCOUNTS["acme"])
    assert (fact.attribute, fact.value) == ("employees", "200")


@pytest.mark.parametrize(
    "line",
    [
        "0 ann danced",
        "0 zoe met",
        "0 ann@nowhere met",
        "soon ann met",
        "0 ann",
        "0 ann inquiry telepathy",
        "0 ann yes luck",
        "0 ann met twice",
        "0 ann no authority by",
        "0 ann moved nowhere",
        "0 ann withdrew it",
    ],
)
def test_a_word_that_the_story_does_not_know_names_its_line(line):
    with pytest.raises(UnknownWord) as refused:
        history(line)
    assert line in str(refused.value)


def test_there_is_a_word_for_every_kind_of_fact():
    told = history("""
        0 ann inquiry web passive
        0 ann took roi_case machine
        0 ann saw pricing
        0 ann sent tip1
        0 ann bounced tip1 hard
        0 ann clicked tip1 confirmed
        0 ann replied tip1
        0 ann called spoke
        0 ann met
        0 ann partly budget
        0 ann is seniority director
        0 acme key
        0 ann moved globex
        0 ann touched call spoke
        0 acme assigned sam
        0 ann handed_off sam
        0 ann rejected no_budget
        0 ann disqualified not_genuine lasting
        0 ann opportunity
        0 ann won
        0 ann lost price
        0 ann recycled budget until 90
        0 ann merged bob
        0 ann unmerged bob
        0 ann consented
        0 ann opted_out
        0 ann phase interest
        0 ann withdrew 1
    """)
    assert {fact.kind for fact in told} == set(f.KINDS)
