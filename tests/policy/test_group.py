"""What a definition may ask of the buying group, of who says so, and of the way back; and scenarios that must hold."""

import tomllib

import pytest

from tests.policy.saying import SIGNED, STARTER, definition, verdict, verdict_on
from tests.story import ACCOUNTS, PEOPLE, history, minute
from winnow.policy.definition import DefinitionError, parse
from winnow.policy.explain import clause_words
from winnow.policy.facts import ITEMS
from winnow.policy.judge import coverage
from winnow.policy.replay import last, refold, replay
from winnow.policy.telling import expected, told, tried

NEED = '[lead]\ngrade = "D"\n[score]\nasked = 0\n[bantfo.need]\nasked = "yes"\n'
GROUP = NEED + """
[account]
people = 2
[account.roles.decider]
seniority = ["executive", "director"]
at_least = 1
says = "who signs"
[account.roles.user]
department = ["operations"]
"""
TWO = """
    0 ann yes need by call
    0 ann is seniority director
    1 bob is department operations
    1 bob met
"""


def test_roles_and_people_of_the_buying_group_are_asked_for():
    rules = definition(GROUP)
    assert verdict(rules, "0 ann yes need by call").unmet == ("people", "roles")
    alone = verdict(rules, "0 ann is seniority director\n0 ann yes need by call")
    assert alone.unmet == ("people",) and "fewer than 2 people" in clause_words(rules, alone)
    assert verdict(rules, TWO).ready


def test_who_was_engaged_long_ago_covers_no_role_and_the_verdict_changes_by_itself():
    rules = definition(GROUP)
    assert verdict_on(rules, TWO, "ann", on="89").ready
    late = verdict_on(rules, TWO, "ann", on="92")
    assert late.unmet == ("people", "roles") and "lacks 1 decider" in clause_words(rules, late)
    ticked = last(replay(rules, history(TWO), until=late.at))
    assert ticked.fact is None and "roles" in ticked.unmet


def test_coverage_names_who_has_a_role_and_how_many_are_missing():
    rules = definition(GROUP)
    fold = refold(rules, history(TWO))
    covered = coverage(fold, fold.accounts[ACCOUNTS["acme"]], minute("2"))
    found = {one.role.name: one for one in covered}
    assert found["decider"].people == (PEOPLE["ann"],) and found["decider"].missing == 0
    assert found["user"].people == (PEOPLE["bob"],) and found["user"].role.at_least == 0


def test_a_role_may_ask_for_authority_in_the_persons_own_words():
    rules = definition(NEED + '[account.roles.signer]\nauthority = "yes"\nat_least = 1')
    story = "0 ann yes need by call\n1 ann partly authority by call\n"
    assert verdict(rules, story).unmet == ("roles",)
    assert verdict(rules, story + "2 ann yes authority by call").ready


def test_evidence_counts_from_whom_the_clause_names_and_from_as_many_as_it_asks():
    rules = definition(NEED + 'said_by = ["call", "meeting"]\nsources = 2')
    assert verdict(rules, "0 ann yes need by form").levels[ITEMS.index("need")] == "unknown"
    once = verdict(rules, "0 ann yes need by call")
    assert once.unmet == ("need",) and "from 2 sources" in clause_words(rules, once)
    assert verdict(rules, "0 ann yes need by call\n1 ann yes need by meeting").ready


def test_who_meets_what_is_never_a_lead_is_none_whatever_else_is_known():
    rules = definition(NEED.replace("[lead]", '[lead]\nnever = ["rival"]')
                       + '[fit.criteria.rival]\nattribute = "industry"\nany_of = ["leadware"]')  # fmt: skip
    assert verdict(rules, "0 ann yes need by call").ready
    assert verdict(rules, "0 acme is industry leadware\n1 ann yes need by call").unmet == ("excluded",)


@pytest.mark.parametrize(("when", "story"), [
    ("key_account", "0 acme key\n1 ann yes need by call"),
    ("came_back", "0 ann recycled need until 5\n9 ann yes need by call"),
    ("passive", "0 ann yes need by import"),
])  # fmt: skip
def test_a_person_confirms_first_where_the_definition_says_so(when, story):
    plain, asking = definition(NEED), definition(NEED.replace("[lead]", f'[lead]\nconfirm_when = ["{when}"]'))
    told_ = story if when != "passive" else story + "\n1 bob met"
    assert verdict_on(plain, told_, "ann").ready
    assert verdict_on(asking, told_, "ann").unmet == ("confirmation",)
    assert verdict_on(asking, told_ + "\n10 ann qualified", "ann").ready


@pytest.mark.parametrize(("way", "line"), [
    ("evidence", "20 ann yes need by call"), ("interest", "40 ann inquiry web"), ("date", "40 bob saw pricing"),
    ("person", "20 ann qualified"),
])  # fmt: skip
def test_each_way_back_lifts_a_recycling_and_the_others_do_not(way, line):
    story = f"0 ann yes need by call\n10 ann recycled need until 30\n{line}\n41 ann yes need by rep"
    only, other = (definition(NEED + f'[recycling]\nback_by = ["{one}"]') for one in (way, "interest"))
    assert "recycled" not in verdict(only, story).unmet
    if way in ("date", "person"):
        assert "recycled" in verdict(other, story).unmet


def test_the_date_alone_ends_a_recycling_by_a_tick():
    rules = definition(NEED + '[recycling]\nback_by = ["date"]')
    story = "0 ann yes need by call\n10 ann recycled timing until 30"
    verdicts = list(replay(rules, history(story), until=minute("31")))
    assert verdicts[-1].fact is None and verdicts[-1].ready


def test_points_for_what_somebody_is_a_cap_of_ones_own_and_slow_content():
    rules = definition("""
[lead]
grade = "D"
[score]
asked = 50
half_life_days = 10
slow_half_life_days = 100
slow_content = ["webinar"]
[score.content]
default = 8
[score.page]
default = 6
[score.cap]
page = 10
[score.profile.young]
attribute = "seniority"
any_of = ["junior"]
points = -20
says = "a trainee"
""")
    assert verdict(rules, "0 ann saw pricing x5").milli == 10_000
    assert verdict(rules, "0 ann is seniority junior").milli == -20_000
    fast, slow = (verdict_on(rules, f"0 ann took {what}", "ann", on="10").milli for what in ("paper", "webinar"))
    assert fast == 4000 and slow > 7400


@pytest.mark.parametrize(("text", "said"), [
    ("[account.roles.all]\nat_least = 1", "account.roles.all would be everybody's role"),
    ("[recycling]\nback_by = []", "leaves no way back"), ("[lead]\nnever = ['x']", "lead.never has 'x'"),
    ("[bantfo.need]\nsaid_by = ['stars']", "bantfo.need.said_by has 'stars'"),
    ("[[scenario]]\nname = 'x'\nstory = ['0 ann flew']", "scenario[1].story, line 1: 'flew' is no verb"),
    ("[[scenario]]\nname = 'x'\nstory = ['3 ann met', '1 ann met']", "line 2 goes back in time"),
    ("[[scenario]]\nname = 'x'\nstory = ['nan ann met']", "is no day"), ("scenario = 3", "list of at most 40"),
    ("[[scenario]]\nname = 'x'\nstory = ['1e9 ann met']", "days away"), ("[[scenario]]\nstory = []", "name of its own"),
    ("[[scenario]]\nname = 'x'\nready = true\nunmet = ['need']\nstory = ['0 ann met']", "one of the two"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_its_key(text, said):
    with pytest.raises(DefinitionError) as refused:
        parse(tomllib.loads(text))
    assert said in str(refused.value)


def test_todays_documents_keep_their_hash_and_their_words():
    """No key that came later may slip into a document that doesn't have it."""
    assert SIGNED.document == STARTER and SIGNED.hash == parse(dict(reversed(STARTER.items()))).hash
    assert not SIGNED.roles and not SIGNED.never and not SIGNED.scenarios and SIGNED.back_by == {"evidence", "interest"}


def test_a_scenario_is_read_as_sentences_and_judged_by_the_policy():
    rules = definition(NEED + """
[[scenario]]
name = "Ann says no"
story = ["0 ann is seniority director", "3 ann took roi_case x2", "9<4 ann no need by form"]
unmet = ["need"]
[[scenario]]
name = "Sales turns her down"
story = ["0 ann yes need by call", "1 ann handed_off sam", "2 ann rejected no_need", "9 ann inquiry web"]
unmet = ["recycled"]
[[scenario]]
name = "wrong"
story = ["0 ann no need by call"]
ready = true
[[reject]]
code = "no_need"
clause = "need"
""")
    first, second, third = tried(rules)
    assert told(first.scenario.story[1]) == "Day 3: Ann uses roi case, 2 times."
    assert told(first.scenario.story[2]) == "Day 9: Ann says on need: no (heard by form) (it happened on day 4)."
    assert expected(first.scenario) == "Then Ann is not ready: need is missing."
    assert first.holds and second.holds and "recycled" in second.verdict.unmet
    assert not third.holds and third.why.startswith("Ann is not ready: need is no, asked is yes")
