"""The definition in words, two versions beside each other, and the document written as TOML."""

import copy
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import winnow.leads
from winnow.policy.definition import parse
from winnow.policy.explain import CLAUSE_NUMBERS
from winnow.policy.words import compared, difference, document
from winnow.policy.writing import to_toml

STARTER = tomllib.loads((Path(winnow.leads.__file__).parent / "starter.toml").read_text())


def changed(**sections):
    made = copy.deepcopy(STARTER)
    for name, values in sections.items():
        for key, value in values.items():
            if isinstance(value, dict):
                made.setdefault(name, {}).setdefault(key, {}).update(value)
            else:
                made.setdefault(name, {})[key] = value
    return made


def clauses(doc):
    return {clause.number: clause for section in document(parse(doc)) for clause in section.clauses}


def test_the_clauses_that_verdicts_name_say_what_the_verdicts_say():
    found = clauses(STARTER)
    assert found[CLAUSE_NUMBERS["score"]].text.startswith("A score of at least 60.")
    assert found[CLAUSE_NUMBERS["fit"]].text == "Grade B or better."
    for item in ("budget", "need"):
        assert item in found[CLAUSE_NUMBERS[item]].text.lower()
    assert "At least 3 of budget, authority, need and timing" in found[CLAUSE_NUMBERS["enough"]].text
    assert (
        "talked with a person of the account in the last 180 days"
        in found[CLAUSE_NUMBERS["conversation"]].text
    )
    assert "a person decides whom to hand it to" in found[CLAUSE_NUMBERS["confirmation"]].text
    assert any(number.startswith(CLAUSE_NUMBERS["recycled"]) for number in found)


@pytest.mark.parametrize("doc", [
    {}, {"bantfo": {"enough": {"count": 0}}}, changed(lead={"person_confirms": True, "grade": "D"}),
    changed(bantfo={"conversation": {"within_days": 0}}),
])  # fmt: skip
def test_section_four_keeps_its_numbers_whatever_is_asked_for(doc):
    keys = {number: clause.key for number, clause in clauses(doc).items() if number.startswith("4.")}
    assert keys == {
        "4.1": "lead.score", "4.2": "lead.grade", "4.3": "bantfo.items", "4.4": "bantfo.enough",
        "4.5": "bantfo.conversation", "4.6": "lead.person_confirms",
    }  # fmt: skip


def test_every_value_of_the_definition_can_be_read_in_its_words():
    doc = changed(
        inquiry={
            "competitors": ["Rivalsoft"],
            "countries_refused": ["KP"],
            "seniorities_refused": ["junior"],
        },
        score={
            "asked": 61.5,
            "half_life_days": 31,
            "daily_cap": 29,
            "content": {"roi_case": 12, "default": 7},
        },
        promise={"response_minutes": 45, "holidays": "DE", "opens": "08:30", "time_zone": "Europe/Lisbon"},
        cadence={"touches": 9},
    )
    doc["key_accounts"] = ["acme.example"]
    words = " ".join(clause.text for clause in clauses(doc).values())
    for value in (
        "rivalsoft", "KP", "junior", "61.5", "31 days", "29", "roi case 12", "45 working minutes", "9 touches",
        "public holidays of DE", "08:30", "Europe/Lisbon", "acme.example", "10 against",
    ):  # fmt: skip
        assert value in words, value


def test_each_changed_key_changes_exactly_the_clause_that_speaks_of_it():
    before = document(parse(STARTER))
    after = document(
        parse(changed(score={"asked": 65}, bantfo={"budget": {"asked": "yes", "expires_days": 180}}))
    )
    found = {
        one.clause.number: one
        for _, changes in compared(before, after)
        for one in changes
        if one.kind != "same"
    }
    assert set(found) == {"4.1", "4.3"}
    assert found["4.1"].parts[1:3] == (("del", "60."), ("ins", "65."))


def test_a_criterion_that_goes_stands_as_removed_and_a_new_one_as_added():
    doc = copy.deepcopy(STARTER)
    del doc["fit"]["criteria"]["country"]
    doc["fit"]["grades"] = []
    doc["fit"]["criteria"]["fleet"] = {"attribute": "fleet", "any_of": ["own"]}
    kinds = {
        one.clause.key: one.kind
        for _, changes in compared(document(parse(STARTER)), document(parse(doc)))
        for one in changes
    }
    assert kinds["fit.criteria.country"] == "removed" and kinds["fit.criteria.fleet"] == "added"
    assert kinds["fit.criteria.size"] == "same" and kinds["fit.grades"] == "changed"


words = st.lists(st.sampled_from(["a", "b", "c", "price", "page", "12"]), max_size=12).map(" ".join)


@given(words, words)
def test_a_difference_holds_both_texts_whole(before, after):
    parts = difference(before, after)
    assert " ".join(text for kind, text in parts if kind != "del").split() == after.split()
    assert " ".join(text for kind, text in parts if kind != "ins").split() == before.split()


def test_the_starter_document_is_the_same_after_a_round_trip():
    assert tomllib.loads(to_toml(STARTER)) == STARTER


keys = st.text(min_size=1, max_size=8).filter(
    lambda text: not any(0xD800 <= ord(sign) < 0xE000 for sign in text)
)
scalars = (
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12).filter(lambda text: not any(0xD800 <= ord(sign) < 0xE000 for sign in text))
)  # fmt: skip
values = st.recursive(
    scalars | st.lists(scalars, max_size=4),
    lambda inner: (
        st.dictionaries(keys, inner, max_size=4)
        | st.lists(st.dictionaries(keys, scalars | st.lists(scalars, max_size=3), max_size=3), max_size=3)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a loaded machine is slow, and that proves nothing here
@given(st.dictionaries(keys, values, max_size=6))
def test_any_document_is_the_same_after_a_round_trip(doc):
    assert tomllib.loads(to_toml(doc)) == doc


def test_what_toml_has_no_word_for_is_named():
    with pytest.raises(ValueError, match=r"lead\.grade is None"):
        to_toml({"lead": {"grade": None}})
