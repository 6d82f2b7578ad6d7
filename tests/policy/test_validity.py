"""The valid-inquiry rules: each on and off, with its lists, and never by what isn't known."""

import pytest

from winnow.policy.definition import REFUSABLE, DefinitionError, parse
from winnow.policy.validity import REASONS, invalid_because
from winnow.policy.words import document

ANN = {"address_kind": "valid", "reachable": True, "domains": ("acme.example",), "names": ("acme gmbh", "acme")}
BROKEN = {
    "robot": {"robot": True}, "unreachable": {"reachable": False}, "masked": {"address_kind": "masked"},
    "no_mail": {"no_mail": True}, "mailbox": {"address_kind": "mailbox"}, "disposable": {"disposable": True},
    "free_mail": {"free_mail": True},
}  # fmt: skip


def why(inquiry: dict, **seen) -> str:
    return invalid_because(parse({"inquiry": inquiry}).inquiry, **{**ANN, **seen})


@pytest.mark.parametrize("rule", REFUSABLE)
def test_a_rule_counts_where_the_definition_has_it_and_only_there(rule):
    assert why({"refuse": [rule]}, **BROKEN[rule]) == rule
    assert why({"refuse": [other for other in REFUSABLE if other != rule]}, **BROKEN[rule]) == ""
    assert why({"refuse": [rule]}) == ""


@pytest.mark.parametrize(
    ("lists", "seen", "reason"),
    [
        ({"competitors": ["Acme"]}, {}, "competitor"),
        ({"competitors": ["acme.example"]}, {"names": ()}, "competitor"),
        ({"competitors": ["Rival"]}, {}, ""),
        ({"domains_refused": ["Acme.example"]}, {}, "domain"),
        ({"countries_refused": ["kp"]}, {"country": "KP"}, "country"),
        ({"countries_accepted": ["DE", "AT"]}, {"country": "AT"}, ""),
        ({"countries_accepted": ["DE", "AT"]}, {"country": "FR"}, "country"),
        ({"countries_accepted": ["DE", "AT"]}, {"country": ""}, ""),
        ({"seniorities_refused": ["junior"]}, {"seniority": "junior"}, "role"),
        ({"roles_refused": ["student"]}, {"title": "PhD student/assistant"}, "role"),
        ({"roles_refused": ["working student"]}, {"title": "Working-Student, Sales"}, "role"),
        ({"roles_refused": ["student"]}, {"title": "Head of studentships"}, ""),
        ({"refuse": ["free_mail"], "free_mail_by": ["event"]}, {"free_mail": True, "channel": "event"}, ""),
        ({"refuse": ["free_mail"], "free_mail_by": ["event"]}, {"free_mail": True, "channel": "web"}, "free_mail"),
        ({"refuse": ["no_mail"], "domains_accepted": ["acme.example"]}, {"no_mail": True}, ""),
    ],
)  # fmt: skip
def test_lists_name_who_is_left_out_and_who_is_not(lists, seen, reason):
    assert why(lists, **seen) == reason


def test_of_several_broken_rules_the_same_one_is_always_told_first():
    everything = {key: value for seen in BROKEN.values() for key, value in seen.items()}
    assert why({"refuse": list(REFUSABLE), "competitors": ["acme"]}, **everything) == "robot"
    assert next(iter(REASONS)) == "robot"


def test_every_list_is_read_back_in_the_words_of_the_definition():
    lists = {
        "refuse": ["free_mail", "no_mail"], "free_mail_by": ["event"], "domains_refused": ["tempbox.example"],
        "domains_accepted": ["partner.example"], "countries_accepted": ["DE"],
    }  # fmt: skip
    told = " ".join(clause.text for clause in document(parse({"inquiry": lists}))[0].clauses)
    for words in ("to take no mail", "By event a free-mail address", "tempbox.example", "partner.example", "DE"):
        assert words in told


def test_a_country_that_is_both_taken_and_refused_is_no_definition():
    with pytest.raises(DefinitionError, match="both accepts and refuses DE"):
        parse({"inquiry": {"countries_refused": ["DE"], "countries_accepted": ["DE"]}})
    with pytest.raises(DefinitionError, match="two letters"):
        parse({"inquiry": {"countries_accepted": ["Germany"]}})
