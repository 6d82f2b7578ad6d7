"""What a front page tells of its company: what stands there clearly, and nothing else."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.intake.industries import WORDS, industry_of
from winnow.intake.lookup import Found
from winnow.intake.markup import head_of
from winnow.intake.website import told_by


def page(head="", body="", **organisation):
    data = {"@context": "https://schema.org", "@type": "Organization", **organisation}
    block = f'<script type="application/ld+json">{json.dumps(data)}</script>' if organisation else ""
    return f"<!doctype html><html><head>{head}{block}</head><body>{body}</body></html>"


def test_title_description_and_name_are_read():
    told = told_by(page("""<TITLE>
        Acme M&uuml;hlen &amp; Söhne – Maschinenbau  aus Ulm</TITLE>
        <meta content='Sondermaschinen "nach Maß"' NAME=Description>
        <meta property="og:site_name" content="Acme Mühlen">"""), "acme.example", "https://acme.example/")  # fmt: skip
    assert told == Found(
        name="Acme Mühlen", industry="manufacturing", title="Acme Mühlen & Söhne – Maschinenbau aus Ulm",
        description='Sondermaschinen "nach Maß"', url="https://acme.example/",
    )  # fmt: skip


def test_an_organisation_in_json_ld_tells_people_country_and_industry():
    told = told_by(page(
        name="Acme SA", industry="Logistique", numberOfEmployees={"@type": "QuantitativeValue", "value": "120"},
        address=[{"addressCountry": "FR"}, {"addressCountry": {"@type": "Country", "name": "France"}}],
    ), "acme.example")  # fmt: skip
    assert (told.name, told.industry, told.employees, told.country) == ("Acme SA", "logistics", 120, "FR")


def test_what_is_not_said_clearly_stays_unknown():
    told = told_by(page(
        name="Acme", numberOfEmployees={"minValue": 11, "maxValue": 500},
        address=[{"addressCountry": "FR"}, {"addressCountry": "DE"}], industry="Solutions for tomorrow",
    ), "acme.example")  # fmt: skip
    assert (told.employees, told.country, told.industry) == (None, "", "")
    for number in (True, -3, 0, 10**9, "about 50", "50-100", [], 3.5):
        assert told_by(page(name="Acme", numberOfEmployees=number), "acme.example").employees is None, number


def test_of_several_organisations_the_one_with_this_domain_is_taken_and_else_none():
    own = {"@type": "Corporation", "name": "Acme", "url": "https://www.acme.example/en", "numberOfEmployees": 7}
    other = {"@type": ["Thing", "Organization"], "name": "Partner Ltd", "numberOfEmployees": 9}
    block = '<script type="application/ld+json">{}</script>'
    both = block.format(json.dumps({"@graph": [other, own]}))
    assert told_by(both, "acme.example").name == "Acme"
    two = block.format(json.dumps([other, {**own, "url": ""}])) + "<title>Hello</title>"
    assert (told_by(two, "acme.example").name, told_by(two, "acme.example").employees) == ("", None)


@pytest.mark.parametrize("title", ["Home", "Just a moment...", "404 Not Found", "My WordPress", "Index", "Willkommen!"])
def test_a_page_that_nobody_has_named_says_nothing(title):
    assert told_by(f"<title>{title}</title>", "acme.example") is None


@pytest.mark.parametrize("text", [
    "", "<html></html>", "<frameset cols='1,*'><frame src='a.html'></frameset>", "<title></title>", "no markup", "<",
    "<title", "<!-- <title>Acme</title>", "<script><title>Acme</title></script>", "<meta name=description>",
    "<script type='application/ld+json'>{bad</script>",
    "<script type='application/ld+json'>" + "[" * 30_000 + "</script>",
])  # fmt: skip
def test_a_page_without_a_title_with_frames_or_broken_says_nothing(text):
    assert told_by(text, "acme.example") is None


def test_the_head_of_a_frameset_is_read_and_the_frames_are_not():
    found = head_of("<head><title>Acme</title></head><frameset rows='*'><frame src='http://127.0.0.1/'></frameset>")
    assert (found.title, found.frames) == ("Acme", True)


def test_no_entity_grows_and_no_tag_comes_through():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><title>&b; &lt;script&gt;\x00\u202e</title>'
    assert head_of(bomb).title == "&b; <script>"
    assert len(head_of(f"<title>{'a' * 10**6}</title>").title) == 500


@pytest.mark.parametrize("piece", [
    "<", "<a", "<a ", "<a<", "<a \"", "<a '", "<!--", "<!", "</", "<title>", "<script>", "<script ", "<meta ", "<h1>",
    "<h1", "<meta a=", "<meta a=\"", "<meta aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", "&", "&#", "&lt",
    "<title>&#x", "<script type=application/ld+json>[", "<meta name=description content='<meta", "<svg>", "<h2>&amp;",
    "<meta a \t\n", "a=\"a='",
])  # fmt: skip
def test_a_page_made_to_be_slow_is_read_in_time(piece):
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    told_by(text, "acme.example")
    assert time.process_time() - started < 3


@given(st.lists(st.sampled_from([
    "<title>", "</title>", "<script type='application/ld+json'>", "</script>", '{"@type":"Organization","name":"A"',
    "}", "<meta ", "name=", "description", "content=", '"', "'", ">", "<", "<!--", "-->", "&amp;", " ", "x", "\0", "ü",
]), max_size=60))  # fmt: skip
@settings(max_examples=tries(80, 3_000), deadline=None)
def test_any_scraps_of_markup_are_read_without_falling_over(scraps):
    told = told_by("".join(scraps), "acme.example")
    assert told is None or isinstance(told, Found)


# -- industries ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("title", "industry"), [
    ("Müller Sondermaschinenbau – Anlagenbau aus Ulm", "manufacturing"), ("Fonderie Dupont, usinage", "manufacturing"),
    ("Talleres García: mecanizado y maquinaria", "manufacturing"), ("Spedition Weber", "logistics"),
    ("Freight forwarding worldwide", "logistics"), ("Transporte de mercancías por carretera", "logistics"),
    ("Volksbank Ulm – Ihre Bank Sparkasse", "finance"), ("Assurances Martin", "finance"), ("Banque de Lyon", "finance"),
    ("Klinikum Nord", "healthcare"), ("Hôpital Saint-Louis", "healthcare"), ("Éditeur de logiciels RH", "software"),
    ("Stadtwerke Ulm", "energy"), ("Parque eólico y energías renovables", "energy"),
    ("Glasfaser Nord", "telecommunications"),
    ("Online-Shop für Schuhe", "retail"), ("Tienda online de zapatos", "retail"), ("Universität Ulm", "education"),
    ("Your partner for quality and innovation", ""), ("Software for hospitals", ""),
    ("Databank for banks", ""), ("", ""),
])  # fmt: skip
def test_an_industry_is_told_by_clear_words_in_four_languages_or_not_at_all(title, industry):
    assert industry_of([(title, 3)]) == industry


def test_one_faint_word_is_not_enough():
    assert industry_of([("We also have a software department", 2)]) == ""
    assert industry_of([("Software", 2), ("software", 1)]) == "software"


def test_an_industry_that_the_definition_asks_for_by_its_own_name_is_found_by_that_name():
    asked = frozenset({"milling technology"})
    assert industry_of([("Acme: milling technology since 1912", 3)], asked) == "milling technology"
    assert industry_of([("Acme Software", 3)], frozenset({"software"})) == "software"


def test_every_word_is_written_as_it_is_compared():
    import tomllib

    from winnow.intake.industries import _plain

    words = [word for words in tomllib.loads(WORDS.read_text()).values() for word in words]
    assert [word for word in words if _plain(word.rstrip("*")) != word.rstrip("*")] == []
