"""Short ways of asking the policy in tests."""

import tomllib
from pathlib import Path

import winnow.leads
from tests.story import ACCOUNTS, PEOPLE, history, minute
from winnow.policy.definition import Definition, parse
from winnow.policy.judge import Verdict, judge
from winnow.policy.replay import last, refold, replay

STARTER = tomllib.loads((Path(winnow.leads.__file__).parent / "starter.toml").read_text())
SIGNED = parse(STARTER)

SCORE_ONLY = """
[lead]
grade = "D"
[score]
asked = 60
half_life_days = 30
slow_half_life_days = 90
daily_cap = 100
[score.inquiry]
web = 10
event = 10
[score.content]
roi_case = 8
default = 3
[score.action]
mail_clicked = 4
spoke = 15
opted_out = -20
[score.title]
director = 12
[score.page]
pricing = 5
careers = -10
"""


def definition(text: str) -> Definition:
    """The definition of a TOML text."""
    return parse(tomllib.loads(text))


def score_definition(**changes) -> Definition:
    """SCORE_ONLY with some keys of its score changed."""
    document = tomllib.loads(SCORE_ONLY)
    document["score"] |= changes
    return parse(document)


def verdict(rules: Definition, story: str) -> Verdict:
    """The verdict after the last line of the story."""
    return last(replay(rules, history(story)))


def verdict_on(rules: Definition, story: str, who: str, on: str = "", account: str = "acme") -> Verdict:
    """The verdict on one person: after the story, or on a later day."""
    told = history(story)
    at = minute(on) if on else told[-1].recorded
    return judge(refold(rules, told), ACCOUNTS[account], PEOPLE[who], at)


def points(rules: Definition, story: str, who: str = "ann", on: str = "") -> float:
    """The score of one person in points."""
    return verdict_on(rules, story, who, on).milli / 1000
