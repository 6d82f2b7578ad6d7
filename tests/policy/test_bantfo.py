"""Budget, authority, need, timing, fit, other: whose word counts, for how long, and that unknown is not yes."""

import pytest

from tests.policy.saying import SIGNED, definition, verdict, verdict_on
from winnow.policy.facts import ITEMS

RULES = definition("""
[score]
asked = 0
[lead]
grade = "D"
[bantfo]
trust = ["rep", "call", "form"]
[bantfo.need]
asked = "yes"
expires_days = 100
[bantfo.budget]
asked = "partly"
expires_days = 50
[bantfo.authority]
expires_days = 200
[bantfo.enough]
of = ["budget", "authority", "need", "timing"]
count = 3
level = "partly"
""")


def level(item: str, story: str, on: str = "") -> str:
    return verdict_on(RULES, story, "ann", on).levels[ITEMS.index(item)]


def test_what_nobody_has_said_is_unknown():
    assert level("need", "0 ann met") == "unknown"


def test_unknown_is_not_yes_and_not_even_partly():
    assert verdict(RULES, "0 ann met").unmet == ("budget", "need", "enough")
    assert "budget" in verdict(RULES, "0 ann unknown budget").unmet


def test_partly_meets_a_clause_that_asks_for_partly_and_none_that_asks_for_yes():
    assert verdict(RULES, "0 ann partly need\n 0 ann partly budget").unmet == ("need", "enough")


def test_no_meets_nothing():
    assert verdict(RULES, "0 ann yes need\n 0 ann no budget\n 0 ann yes timing").unmet == ("budget", "enough")


def test_three_of_four_are_enough():
    assert verdict(RULES, "0 ann yes need\n 0 ann yes budget\n 0 ann partly timing").unmet == ()
    assert verdict(RULES, "0 ann yes need\n 0 ann yes budget").unmet == ("enough",)


def test_who_is_trusted_more_wins_over_who_spoke_later():
    assert level("need", "0 ann yes need by rep\n 9 ann no need by form") == "yes"


def test_of_equal_trust_the_newest_wins():
    assert level("need", "0 ann no need by rep\n 9 ann yes need by rep") == "yes"


def test_the_newest_is_by_when_it_was_said_and_not_by_when_it_was_written_down():
    assert level("need", "5 ann yes need by rep\n 9<2 ann no need by rep") == "yes"


def test_a_source_that_the_definition_does_not_name_is_trusted_least():
    assert level("need", "0 ann yes need by form\n 9 ann no need by rumour") == "yes"


def test_expired_evidence_drops_out_before_trust_is_asked():
    story = "0 ann yes budget by rep\n 10 ann no budget by form"
    assert level("budget", story, on="49") == "yes"
    assert level("budget", story, on="50") == "no"
    assert level("budget", story, on="60") == "unknown"


def test_an_unknown_answer_takes_back_what_the_same_source_had_said():
    assert level("need", "0 ann yes need by rep\n 9 ann unknown need by rep") == "unknown"


def test_an_unknown_answer_leaves_what_others_said():
    assert level("need", "0 ann yes need by form\n 9 ann unknown need by rep") == "yes"


def test_budget_need_and_timing_belong_to_the_account():
    story = "0 ann met\n 0 bob yes budget\n 0 bob yes need\n 0 bob partly timing"
    for item, said in (("budget", "yes"), ("need", "yes"), ("timing", "partly")):
        assert level(item, story) == said


def test_what_an_account_was_told_stays_when_the_person_moves():
    story = "0 ann met\n 0 bob yes need\n 5 bob moved globex"
    assert level("need", story) == "yes"
    assert verdict_on(RULES, story, "bob", account="globex").levels[ITEMS.index("need")] == "unknown"


def test_authority_is_met_by_any_engaged_person_of_the_account():
    assert level("authority", "0 ann no authority\n 0 bob yes authority") == "yes"


def test_authority_goes_away_with_who_has_it():
    story = "0 ann no authority\n 0 bob yes authority\n 5 bob moved globex"
    assert level("authority", story) == "no"
    assert verdict_on(RULES, story, "bob", account="globex").levels[ITEMS.index("authority")] == "yes"


def test_the_authority_of_somebody_who_has_long_been_silent_does_not_count_for_others():
    story = "0 bob yes authority\n 80 ann met"
    assert level("authority", story, on="89") == "yes"
    assert level("authority", story, on="90") == "unknown"  # engaged_days is 90
    assert verdict_on(RULES, story, "bob", "90").levels[ITEMS.index("authority")] == "yes"


CONVERSATION = definition("""
[score]
asked = 0
[lead]
grade = "D"
[bantfo.conversation]
within_days = 30
""")


@pytest.mark.parametrize(
    "talk", ["met", "called spoke", "replied tip1", "touched call spoke", "touched meeting met"]
)
def test_a_call_a_meeting_or_a_reply_is_a_conversation(talk):
    assert verdict(CONVERSATION, f"0 ann {talk}").unmet == ()


@pytest.mark.parametrize(
    "silence",
    ["called no_answer", "called message", "touched call no_answer", "clicked tip1 confirmed", "took demo"],
)
def test_trying_to_reach_somebody_is_no_conversation(silence):
    assert verdict(CONVERSATION, f"0 ann {silence}").unmet == ("conversation",)


def test_a_conversation_with_anybody_of_the_account_counts_for_all_of_it():
    assert verdict_on(CONVERSATION, "0 ann took demo\n 0 bob met", "ann").unmet == ()


def test_a_conversation_counts_for_as_long_as_the_definition_says():
    assert verdict_on(CONVERSATION, "0 ann met", "ann", on="29@23:59").unmet == ()
    assert verdict_on(CONVERSATION, "0 ann met", "ann", on="30").unmet == ("conversation",)


def test_a_conversation_recorded_late_is_as_old_as_it_is():
    assert verdict(CONVERSATION, "40<5 ann met").unmet == ("conversation",)


FITTING = """
0  acme is industry software
0  acme is employees 200
0  acme is country DE
0  ann  is seniority director
"""


def test_a_high_score_alone_is_not_ready():
    story = (
        FITTING
        + """
0  ann  inquiry web
1  ann  took roi_case
2  ann  took price_list
3  ann  took comparison
4  ann  took datasheet
4  ann  took webinar
"""
    )
    said = verdict(SIGNED, story)
    assert said.score >= 60
    assert said.unmet == ("budget", "need", "enough", "conversation")


def test_need_budget_timing_a_talk_and_the_score_make_a_lead_under_the_starter_definition():
    story = (
        FITTING
        + """
0  ann  inquiry web
1  ann  took roi_case
2  ann  took price_list
3  ann  called spoke
3  ann  yes need by call
3  ann  partly budget by call
3  ann  partly timing by call
3  bob  met
"""
    )
    assert verdict_on(SIGNED, story, "ann").ready


def test_somebody_disqualified_is_not_ready_whatever_the_score():
    story = "0 ann yes need\n 0 ann yes budget\n 0 ann yes timing"
    assert verdict(RULES, story + "\n 1 ann disqualified not_genuine").unmet == ("disqualified",)
    assert verdict_on(RULES, story + "\n 0 bob met\n 1 ann disqualified", "bob").ready


def test_a_disqualification_ends_with_new_active_interest_unless_it_is_lasting():
    story = "0 ann yes need\n 0 ann yes budget\n 0 ann yes timing\n 1 ann disqualified no_fit"
    assert verdict(RULES, story + "\n 9 ann inquiry web").ready
    assert verdict(RULES, story + " lasting\n 9 ann inquiry web").unmet == ("disqualified",)
    assert verdict(RULES, story + "\n 9 ann inquiry web passive").unmet == ("disqualified",)
    assert verdict(RULES, story + "\n 9 ann inquiry web invalid").unmet == ("disqualified",)
    assert verdict(RULES, story + " lasting\n 9 ann reopened").ready


CONFIRMED = definition("""
[score]
asked = 0
[lead]
grade = "D"
person_confirms = true
""")


def test_where_a_person_must_confirm_the_machine_alone_makes_nobody_ready():
    assert verdict(CONFIRMED, "0 ann took demo").unmet == ("confirmation",)
    assert verdict(CONFIRMED, "0 ann took demo\n 1 ann qualified").ready


def test_a_confirmation_is_taken_back_by_deciding_otherwise():
    assert verdict(CONFIRMED, "0 ann qualified\n 1 ann nurture").unmet == ("confirmation",)


def test_the_next_cycle_asks_a_person_again():
    recycled = "0 ann qualified\n 5 ann recycled until 20\n 30 ann took demo"
    assert verdict(CONFIRMED, recycled).unmet == ("confirmation",)
    assert verdict(CONFIRMED, recycled + "\n 31 ann qualified").ready


def test_bought_names_alone_make_no_lead_whatever_they_score_and_are_said_to_want():
    easy = definition("""
        [score]
        asked = 5
        passive_percent = 100
        inquiry.default = 10
        [lead]
        grade = "D"
        [bantfo.need]
        asked = "yes"
    """)
    story = "0 ann inquiry purchased_list passive\n 0 ann yes need by import"
    assert verdict(easy, story).unmet == ("interest",)
    assert verdict(easy, story + "\n 1 ann took trends machine").unmet == ("interest",)
    for came in ("1 ann took trends", "1 bob inquiry web", "1 ann met"):
        assert verdict(easy, f"{story}\n {came}").unmet == ()
