"""What a salesperson reads aloud, and what differs between two definitions, in sentences."""

import copy
from random import Random

from tests.policy import invented
from tests.policy.saying import SIGNED, STARTER
from winnow.policy.aloud import aloud
from winnow.policy.definition import parse
from winnow.policy.differing import differences


def said(definition):
    return {part.key: " ".join(part.sentences) for part in aloud(definition)}


def changed(**sections):
    made = copy.deepcopy(STARTER)
    for name, values in sections.items():
        made.setdefault(name, {}).update(values)
    return parse(made)


def largest():
    """As much of everything as a firm could mean."""
    made = copy.deepcopy(STARTER)
    words = ["a rather long name of something", *(f"thing number {n}" for n in range(60))]
    made["inquiry"] |= {
        "competitors": words,
        "refuse": ["unreachable", "masked", "no_mail", "disposable", "free_mail", "mailbox", "robot"],
        "roles_refused": words[:20],
        "seniorities_refused": ["junior", "professional"],
    }
    made["fit"]["criteria"] |= {f"question_{n}": {"attribute": f"fact_{n}", "any_of": words} for n in range(12)}
    made["fit"]["grades"][1] |= {"some": [f"question_{n}" for n in range(12)], "at_least": 2}
    made["account"] = {
        "people": 4,
        "roles": {f"role_{n}": {"says": "x" * 300, "role": words, "at_least": 2} for n in range(9)},
    }
    made["lead"] |= {"never": [f"question_{n}" for n in range(12)], "confirm_when": ["key_account", "passive"]}
    for item in ("budget", "need", "authority", "timing", "other"):
        made["bantfo"].setdefault(item, {}).update(asked="yes", said_by=["rep", "call", "meeting", "mail"], sources=2)
    made["reject"] = [
        {"code": f"c{n}", "says": "Because of a reason that takes long " * 10, "clause": "need"} for n in range(30)
    ]
    made["recycling"] = {"back_by": ["evidence", "interest", "date", "person"]}
    return made


def test_the_page_says_what_is_given_what_is_not_what_is_owed_and_how_to_reject():
    found = said(SIGNED)
    assert "60 points or more" in found["given"] and "what they need" in found["given"]
    assert "50 to 5,000 people with 2 of these" in found["given"]
    assert "Names that were bought" in found["kept"] and "a student" in found["kept"]
    assert "within 5 minutes" in found["promised"] and "Monday to Friday, 09:00 to 17:00" in found["owed"]
    assert "There is no budget after all: it rests for 120 days, and budget is asked anew." in found["rejecting"]
    assert "This firm is not one that we can serve: it is closed for good." in found["rejecting"]
    for text in found.values():
        assert "_" not in text and "%" not in text and "{" not in text


def test_no_definition_makes_the_page_long():
    parts = aloud(parse(largest()))
    assert sum(len(part.sentences) for part in parts) <= 45
    assert sum(len(sentence) for part in parts for sentence in part.sentences) < 7_000
    for seed in range(20):
        assert len(aloud(parse(invented.document(Random(seed))))) == 5


def test_what_differs_is_told_in_sentences():
    after = changed(
        score={"asked": 65, "page": {"default": 1, "pricing": 3, "demo": 6}, "half_life_days": 20},
        lead={"grade": "A", "person_confirms": True}, inquiry={"roles_refused": [], "competitors": ["Rival"]},
        promise={"response_minutes": 30, "opens": "08:00"}, account={"people": 2},
    )  # fmt: skip
    told = {one.text for one in differences(SIGNED, after)}
    assert {
        "The score asked for rises from 60 to 65.",
        "The page pricing counts 3 instead of 5.",
        "The page demo counts 6 now.",
        "The page careers is not named any more; it counted 10 against.",
        "The time in which what somebody did fades by half falls from 30 days to 20 days.",
        "The grade asked for changes from B to A.",
        "Roles that don’t count: no longer student.",
        "Competitors: now also rival.",
        "The time in which sales answers a handoff falls from 60 minutes to 30 minutes.",
        "That a person confirms each qualification changes from no to yes.",
        "The beginning of working time falls from 09:00 to 08:00.",
        "The number of engaged people asked for rises from 0 to 2.",
    } == told
    assert differences(SIGNED, SIGNED) == []


def test_criteria_reasons_and_scenarios_are_told_by_what_they_say():
    made = copy.deepcopy(STARTER)
    del made["fit"]["criteria"]["country"]
    made["fit"]["grades"] = [{"grade": "A", "every": ["size"]}]
    made["reject"][0]["wait_days"] = 10
    made["scenario"] = [{"name": "Ann asks", "story": ["0 ann inquiry web"], "unmet": ["score"]}]
    made["bantfo"]["need"] |= {"asked": "partly", "said_by": ["call"], "sources": 2}
    made["bantfo"]["trust"] = ["rep"]
    told = " ".join(one.text for one in differences(SIGNED, parse(made)))
    for words in (
        "No longer: Country: a country that we sell to", "New: Ann asks. Day 0: Ann inquires by a form on the web.",
        "Now: There is no budget after all: recycled for 10 days", "Need is asked for: at least partly; it was yes.",
        "Need counts when told by call.", "The number of sources asked for need rises from 1 to 2.",
        "believed in this order now: rep.",
    ):  # fmt: skip
        assert words in told, words


def test_every_change_of_a_document_is_told():
    """Whatever differs in the text that is signed is said."""
    for seed in range(40):
        one, other = (parse(invented.document(Random(number))) for number in (seed, seed + 1000))
        assert differences(one, other), seed
