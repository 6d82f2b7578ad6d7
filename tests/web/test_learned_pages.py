"""The learned proposal and the claims as pages."""

import re

import pytest
from django.test import Client

from tests.leads.people import carol, sam, signed, sue
from winnow.leads.models import Definition, Study
from winnow.studies import learned

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_somebody_asks_the_worker_learns_and_the_page_says_so():
    signed()
    marketing = browser(carol())
    assert b"Nothing was learned yet" in marketing.get("/definition/learned/").content
    assert marketing.post("/definition/learned/", {"aim": "won", "days": "999"}).status_code == 422
    assert marketing.post("/definition/learned/", {"aim": "won", "days": "14"}).status_code == 302
    page = marketing.get("/definition/learned/").content.decode()
    assert "waiting for the worker" in page and "every 1s" in page
    assert b"Carol has asked" in marketing.post("/definition/learned/", {"aim": "won", "days": "7"}).content
    Study.running(learned.NAME).finish(ACCOUNT | {"base": Definition.in_force().number})
    assert marketing.get("/definition/learned/progress/")["HX-Refresh"] == "true"
    page = marketing.get("/definition/learned/").content.decode()
    assert "better than the rules" in page and "Propose as a draft" in page
    assert "Who they are: director" in page and "An inquiry by bought list" in page
    assert "promised" in page and "40 of 90" in page and "bought list, form on the web" in page
    assert "Who fits by industry: any of" in page and "food retail, dairy" in page
    assert not re.search(r"\b[a-z]+_[a-z]+\b", re.sub(r"<[^>]*>", " ", page)), "codes are for programs"
    study = Study.newest(learned.NAME)
    assert b"Another study" in marketing.post("/definition/learned/draft/", {"study": "0"}).content
    answer = marketing.post("/definition/learned/draft/", {"study": study.pk})
    assert answer.status_code == 302 and answer["Location"] == "/definition/2/"
    draft = Definition.objects.get(number=2)
    assert draft.policy.title_points["director"] == 30_000 and draft.written_by == carol()
    assert b"It is draft 2" in marketing.get("/definition/learned/").content


def test_what_must_not_be_proposed_shows_why_and_no_button():
    signed()
    study = Study.ask(learned.NAME, {"aim": "won", "days": 14}, by=sue())
    study.finish(ACCOUNT | {"may_propose": False, "why_not": "Too few outcomes (3 and 4).", "verdict": "too_few",
                            "proposal": None, "points": [], "compared": [], "calibration": []})  # fmt: skip
    page = browser(carol()).get("/definition/learned/").content.decode()
    assert "Too few outcomes (3 and 4)" in page and "Propose as a draft" not in page and "What was won so far" in page


def test_claims_stand_with_their_trust_and_the_own_figures_and_others_link_there():
    signed()
    marketing = browser(carol())
    page = marketing.get("/measure/claims/").content.decode()
    assert 'id="first_hour"' in page and "folklore" in page and "too few: 0 of 30" in page
    assert "/measure/claims/#six_contacts" in marketing.get("/definition/").content.decode()
    draft = marketing.get("/definition/draft/").content.decode()
    assert all(f"/measure/claims/#{code}" in draft for code in ("first_hour", "half_lives", "three_of_four"))
    assert "/measure/claims/" not in browser(sam()).get("/definition/").content.decode()


SHARE = {"cases": 90, "wins": 40, "share": 0.4444, "low": 0.34, "high": 0.55}
BAND = {"points": 5, **SHARE}
DOCUMENT = {"score": {"title": {"director": 30}}}
ACCOUNT = {
    "aim": "won", "days": 14, "verdict": "useful", "says": "It tells wins from losses.",
    "as_of": "2026-03-02T10:00:00+00:00",
    "entries": 900, "wins": 300, "losses": 600, "horizon_days": 90, "left_out": {"too_young": 4}, "claimed_share": 0.5,
    "base": 1, "base_in_force": True, "may_propose": True, "why_not": "", "better": True,
    "drift": {"alarm": False, "why": []}, "validation": {"judged_on": 200},
    "capacity": {"share": 0.1, "a_week": 2.0, "come_a_week": 20.0, "how": "the best tenth"},
    "compared": [{"name": "the rules in force", "auc": 0.6, "auc_low": 0.55, "auc_high": 0.65, "lift": 1.3, "won": 0.4,
                  "wins_caught": 0.13}],
    "more_caught": {"per_hundred": 4.0, "low": 1.0, "high": 7.0, "odds": 0.99},
    "calibration": [{"rows": 90, "wins": 40, "said": 0.4, "won": 0.4444, "low": 0.34, "high": 0.55}],
    "brier": 0.2, "intervals": {"brier": [0.18, 0.22]}, "brier_of_base_rate": 0.24, "leaks": [], "doubtful": [],
    "not_used": [{"column": "interest", "why": "its values win alike"}],
    "points": [{"column": "seniority", "bands": [BAND | {"band": "director"}, BAND | {"band": "blank", "points": 0}],
                "otherwise": 0},
               {"column": "channel", "bands": [BAND | {"band": "purchased_list, web"}], "otherwise": 0}],
    "levels": [{"item": "need", "level": "yes", **SHARE}],
    "shares": [{"column": "channel", "value": "web", **SHARE}],
    "proposal": {"document": DOCUMENT, "changes": [
        {"clause": ["score", "title", "director"], "before": 12, "after": 30, "why": "40 of 90 won"},
        {"clause": ["score", "inquiry", "purchased_list"], "before": 0, "after": 3, "why": "40 of 90 won"},
        {"clause": ["fit", "criteria", "industry", "any_of"], "before": None, "after": ["food_retail", "dairy"],
         "why": "40 of 90 won"},
        {"clause": ["fit", "grades"], "before": [{"grade": "A", "every": ["key_size"]}], "after": [
            {"grade": "B", "some": ["key_size", "industry"], "at_least": 1}], "why": "40 of 90 won"},
        {"clause": ["score", "profile", "industry food_retail and the like"], "before": None,
         "after": {"attribute": "industry", "points": 4, "any_of": ["food_retail"]}, "why": "40 of 90 won"}]},
}  # fmt: skip
