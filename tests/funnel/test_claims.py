"""The register of claims: complete, equal to what is built in, and answered from the firm's own data."""

import tomllib
from dataclasses import fields, is_dataclass
from datetime import timedelta
from importlib.resources import files

import pytest

from tests.funnel.world import World
from winnow.funnel import claims, reports
from winnow.funnel.asking import FOLDER
from winnow.funnel.claims import ENOUGH, TRUST, Own, register
from winnow.leads.message import Programme
from winnow.policy.definition import DAY, parse

BEGINS = parse({})
STARTER = tomllib.loads(files("winnow.leads").joinpath("starter.toml").read_text(encoding="utf-8"))
BUILT_IN = {
    "score.asked": BEGINS.asked_score // 1000, "score.half_life_days": BEGINS.half_life // DAY,
    "score.slow_half_life_days": BEGINS.slow_half_life // DAY, "score.daily_cap": BEGINS.daily_cap // 1000,
    "score.repeat_days": BEGINS.repeat_after // DAY, "score.engaged_days": BEGINS.engaged_for // DAY,
    "score.engaged_person": BEGINS.engaged_points // 1000, "score.engaged_people_most": BEGINS.engaged_most,
    "score.key_account": BEGINS.key_account_points // 1000, "score.passive_percent": BEGINS.passive_share,
    "score.content.default": BEGINS.content_default // 1000, "bantfo.enough.count": BEGINS.enough_count,
    "bantfo.conversation.within_days": BEGINS.conversation_within // DAY,
    "bantfo.need.expires_days": BEGINS.clause("need").expires // DAY, "account.people": BEGINS.people_asked,
    "promise.contact_me_minutes": BEGINS.promise.contact_me_minutes,
    "promise.inquiry_minutes": BEGINS.promise.inquiry_minutes,
    "promise.response_minutes": BEGINS.promise.response_minutes,
    "cadence.touches": BEGINS.touches, "cadence.days_between": BEGINS.touch_days,
    "reject.wait_days": parse({"reject": [{"code": "x"}]}).reasons[0].wait_days,
    "starter.bantfo.enough.count": STARTER["bantfo"]["enough"]["count"],
    "programme.pace_days": Programme._meta.get_field("pace_days").default,
    "programme.months": Programme._meta.get_field("months").default,
    "programme.holdout_percent": Programme._meta.get_field("holdout_percent").default,
    "measure.active_share_percent": 50,
}  # fmt: skip
NO_CLAIM = {"opens", "closes"}  # when a day begins is no claim


def test_what_is_built_in_is_what_the_register_says_and_nothing_is_missing():
    used = {key: value for one in register() for key, value in one.used.items()}
    assert used == BUILT_IN


def test_every_number_that_a_definition_begins_with_is_among_them():
    named = {
        "asked_score", "half_life", "slow_half_life", "daily_cap", "repeat_after", "engaged_for", "engaged_points",
        "engaged_most", "key_account_points", "passive_share", "content_default", "enough_count",
        "conversation_within", "people_asked", "touches", "touch_days",
        "contact_me_minutes", "inquiry_minutes", "response_minutes",
    }  # fmt: skip
    numbers = {
        field.name for part in (BEGINS, BEGINS.promise) for field in fields(part)
        if isinstance(getattr(part, field.name), int) and not isinstance(getattr(part, field.name), bool)
    }  # fmt: skip
    assert numbers - NO_CLAIM == named, "a new number needs a line in the register of claims"
    assert is_dataclass(BEGINS)


def test_each_claim_says_where_it_comes_from_and_how_far_it_can_be_trusted():
    codes = [one.code for one in register()]
    assert len(set(codes)) == len(codes) > 20
    for one in register():
        assert one.trust in TRUST and one.says and one.source and one.found and one.decision
        assert one.trust != "verified" or (one.year and one.sample)
        assert not one.own or ((FOLDER / f"claim_{one.own}.sql").exists() and one.counts)
    asked = {one.own for one in register()}
    assert {path.stem.removeprefix("claim_") for path in FOLDER.glob("claim_*.sql")} == asked - {""}


def test_no_share_is_shown_of_fewer_than_thirty():
    assert Own("won", 3, ENOUGH - 1).share is None and Own("won", 3, ENOUGH - 1).interval is None
    low, high = Own("won", 3, ENOUGH).interval
    assert low < 0.1 < high


@pytest.mark.django_db
def test_own_figures_come_from_what_was_recorded_and_as_it_was_known():
    world = World(5).live(160)
    now = {row["own"]: row for row in reports.run("claims").rows if row["own"]}
    funnel = reports.run("funnel").totals
    active = now["of inquiries: active"]
    assert (active["hits"], active["cases"]) == (funnel["active"], funnel["inquiries"])
    assert all(row["hits"] <= row["cases"] for row in now.values())
    assert all((row["share"] is None) == (row["cases"] < ENOUGH) for row in now.values())
    past = world.at.date() - timedelta(days=90)
    before = {row["own"]: row for row in reports.run("claims", as_of=past).rows if row["own"]}
    assert before["of inquiries: active"]["cases"] <= active["cases"]
    assert any(one["code"] == "too_few" for one in reports.run("claims").warnings)


@pytest.mark.django_db
def test_what_takes_long_is_worked_out_by_the_worker_and_kept(monkeypatch):
    World(6).live(30)
    assert reports.keep_claims() == 1 and reports.keep_claims() == 0
    assert claims.kept_figures() is None  # it was quick
    monkeypatch.setattr(claims, "QUICK_SECONDS", 0.0)
    own, _ = claims.kept_figures()
    assert own["active"][0].cases == reports.run("funnel").totals["inquiries"]
