"""A definition learned from the firm's own outcomes."""

import tomllib

import pytest

from tests.leads.people import carol, sam, signed
from tests.studies.firm_made import make_firm, make_handoffs
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.models import Study
from winnow.policy.definition import parse
from winnow.policy.writing import to_toml
from winnow.studies import from_history, learned

pytestmark = pytest.mark.django_db


def study(days=14, aim="won"):
    base = signed()
    asked = learned.checked(aim, days) | {"base": base.pk}
    Study.ask(learned.NAME, asked, by=carol())
    assert from_history.run_asked() == 1
    return Study.newest(learned.NAME)


def test_who_is_won_is_learned_from_what_was_known_and_proposed_in_the_same_language():
    wins = make_firm(1800)
    done = study()
    said = done.result
    assert said["verdict"] == "useful" and 0.93 * wins < said["wins"] <= wins
    used = {one["column"] for one in said["points"]}
    assert {"channel", "seniority", "content roi", "page pricing", "page careers"} <= used
    assert not any("contract" in one["column"] for one in said["leaks"] + said["not_used"]) and "met us" not in used
    assert said["claimed_share"] == 1.0
    names = [one["name"] for one in said["compared"]]
    assert names == ["the rules in force", "the learned draft", "the card itself"]
    today, draft, card = said["compared"]
    assert draft["auc"] > today["auc"] + 0.05 and card["auc"] >= draft["auc"] - 0.1
    assert said["better"] and said["may_propose"], said["why_not"]
    made = learned.propose(done, by=carol())
    text = made.policy
    assert text.inquiry_points["referral"] > text.inquiry_points["web"] > text.inquiry_points["purchased_list"]
    assert text.title_points["director"] > text.title_points["junior"]
    assert text.content_points["roi"] > 0 and text.page_points["careers"] < 0 < text.page_points["pricing"]
    assert text.half_life == Definition.in_force().policy.half_life and text.asked_score > 0
    assert any(one.points > 0 and "logistics" in one.criterion.any_of for one in text.profile)
    assert tomllib.loads(to_toml(made.document)) == made.document
    assert made.based_on == Definition.in_force() and made.in_force_from is None
    with pytest.raises(Refusal, match="draft 2 already"):
        learned.propose(Study.objects.get(), by=carol())


def test_no_better_than_guessing_is_said_and_nothing_is_proposed():
    make_firm(1100, signal=0, base=0)
    said = study().result
    assert said["verdict"] == "no_signal" and not said["may_propose"] and "guessing" in said["why_not"]
    parse(said["proposal"]["document"])


def test_too_few_wins_are_shown_and_nothing_is_proposed():
    make_firm(120)
    done = study()
    said = done.result
    assert said["verdict"] == "too_few" and said["proposal"] is None and "at least 200" in said["why_not"]
    assert any(one["column"] == "channel" and one["cases"] for one in said["shares"])
    with pytest.raises(Refusal, match="Too few"):
        learned.propose(done, by=carol())


def test_an_empty_instance_has_too_few_and_one_study_runs_at_a_time():
    base = signed()
    Study.ask(learned.NAME, {"aim": "accepted", "days": 0, "base": base.pk}, by=carol())
    with pytest.raises(Refusal, match="Carol has asked"):
        Study.ask(learned.NAME, {}, by=carol())
    assert from_history.run_asked() == 1 and from_history.run_asked() == 0
    assert Study.newest(learned.NAME).result["verdict"] == "too_few"
    with pytest.raises(Refusal, match="too long"):
        learned.checked("won", 900)


def test_whom_sales_accepts_is_learned_from_what_was_known_at_the_handoff():
    definition = signed()
    make_handoffs(900, definition, sam())
    asked = learned.checked("accepted", 0)
    said = from_history.learn_from_history(asked, definition)
    assert said["verdict"] == "useful" and said["entries"] == 900
    used = {one["column"] for one in said["points"]}
    assert {"channel", "seniority"} <= used
    assert "met us" not in used | {one["column"] for one in said["leaks"]}  # they met once it was accepted
    few = {"says": "Too few outcomes to learn from. 107 won and 22 lost: at least 200 of each are needed."}
    assert "107 accepted and 22 rejected" in from_history._plain_words(few, "accepted")["says"]
