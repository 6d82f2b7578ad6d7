"""A definition as TOML and YAML, both ways; what is wrong is named by line and key, hostile files are refused."""

import copy
import tomllib
from random import Random

import pytest
import yaml

from tests.leads.people import STARTER
from tests.policy import invented
from winnow.leads import definition_file
from winnow.leads.definition_file import NotReadable, decoded, kind_of, read, write


def test_what_was_written_is_read_back_the_same_in_both_languages():
    documents = [STARTER, {}, {"name": "true", "promise": {"opens": "08:30", "closes": "17:00"}}]
    documents += [invented.document(Random(seed)) for seed in range(25)]
    odd = copy.deepcopy(STARTER)
    odd["inquiry"] |= {
        "countries_refused": ["NO", "KP"],
        "competitors": ["null", "1e3", "0x1F", "ok: no", "Ünïcode ½", ""],
    }
    odd["scenario"] = [{"name": "Ann # says: no", "story": ["0 ann inquiry web", "9<4 ann no authority by form"]}]
    for document in [*documents, odd]:
        for kind in ("toml", "yaml"):
            assert read(write(document, kind), kind) == document
        assert yaml.safe_load(write(document, "yaml")) == document, "readers of YAML 1.1 take it for something else"


def test_the_kind_is_told_by_the_name_and_else_by_the_text():
    assert [kind_of(name) for name in ("a.toml", "a.YAML", "b.yml")] == ["toml", "yaml", "yaml"]
    assert kind_of("", "# words\n\nname: x") == "yaml" and kind_of("", '# words\nname = "x: y"\n') == "toml"
    assert kind_of("", write(STARTER, "yaml")) == "yaml" and kind_of("", write(STARTER, "toml")) == "toml"


WRONG = [
    ("toml", "[lead]\ngrade = 'B'\ngrad = 'B'", "Line 3: lead.grad is no key of a definition"),
    ("toml", "[[reject]]\ncode='a'\n\n[[reject]]\ncode='a'", "Line 5: reject[2].code is 'a'"),
    ("toml", "score = ", "This is not TOML: Invalid value"),
    ("toml", "x = 1979-05-27", "Line 1: x is 1979-05-27, a date"),
    ("toml", "[score]\nasked = nan", "Line 2: score.asked is nan"),
    ("toml", "a = " + "[" * 4000, "nested too deeply"),
    ("toml", "asked = " + "9" * 5000, "a number has too many digits"),
    ("toml", "name = 'a\0b'", "a NUL byte in line 1"),
    ("toml", '[score.page]\n"pricing list" = "free"', "Line 2: score.page.pricing list is 'free'"),
    ("yaml", "score:\n  asked: many", "Line 2: score.asked is 'many'"),
    ("yaml", "1: x", "a key should be a word"),
    ("yaml", "a: &x [1]\nb: *x", "line 2, column 4: aliases (*) are not taken"),
    ("yaml", "score: {asked: 1, asked: 2}", "'asked' stands there twice"),
    ("yaml", "lead:", "a value is missing"),
    ("yaml", "name: !!python/object:os.system x", "is no plain value"),
    ("yaml", "a: " + "[" * 4000, "nested too deeply"),
    ("yaml", "a: " * 20, "line 1"),
    ("yaml", "name: a\n---\nname: b", "line 2"),
    ("yaml", '"\\ud800": x', "no text"),
    ("yaml", 'name: "\\0"', "Line 1: name holds a sign that is no text"),
    ("yaml", "[1]", "should be a table of keys"),
    ("yaml", "bantfo:\n  need:\n    asked: YES", "Line 3: bantfo.need.asked is 'YES'; partly or yes"),
    ("yaml", "x" * 200_001, "longer than 200,000"),
    ("yaml", "lead:\n\tgrade: B", "line 2, column 1"),
]


@pytest.mark.parametrize(("kind", "text", "said"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_named_by_line_and_key_with_the_way_out(kind, text, said):
    with pytest.raises(NotReadable) as refused:
        read(text, kind)
    assert said in str(refused.value)


def test_bytes_that_are_no_text_are_refused_and_a_mark_of_their_order_is_taken_off():
    assert decoded("\ufeffname = 'x'".encode(), "a.toml") == "name = 'x'"
    assert tomllib.loads(decoded(write(STARTER, "toml").encode(), "a.toml")) == STARTER
    for content, said in ((b"name = 'a'\nb = '\xe9'", "not UTF-8 from line 2 on"), (b"x" * 200_001, "longer than")):
        with pytest.raises(NotReadable, match=said):
            decoded(content, "a.toml")
    assert definition_file.MOST_BYTES == 200_000
