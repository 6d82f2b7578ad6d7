"""Pictures: every one has its sentence, none lets text become markup, odd figures stay honest."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from winnow.web import pictures, wording
from winnow.web.pictures import Bar, Cohort, Due, Point, Split, Stage, Stock

HOSTILE = "\"><script>alert('Ann')</script>&<b>"
NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)


def all_with(name, label, href=""):
    """Every kind of picture, with this text wherever text goes in."""
    day = [Due(NOON, "answer", "soon", name, href), Due(NOON, "touch", "planned", name, href)]
    return {
        "funnel": pictures.funnel([Stage(name, 40, href, name), Stage(name, 3, href)], label=label),
        "sources": pictures.bars([Bar(name, 3, 1, 9, href), Bar(name, 2, href=href, passive=True)], label=label),
        "split": pictures.split([Split(name, 2, 1, (name, name), href, href)], label=label),
        "cohorts": pictures.cohort_triangle(
            [Cohort(name, 9, (1, 2), (href, href))], label=label, first=name, size=name
        ),
        "stock": pictures.stacked_stock([Stock(name, (1, 2), (href, href))], (name, name), label=label),
        "line": pictures.line(
            [Point(name, 1), Point(name, 2, open=True)],
            label=label, reference=(1.5, name), before=(1, 2), names=(name, name),
        ),
        "score": pictures.score_line([(0, 1000), (1, 61_000)], 60_000, label=label, names=(name, name)),
        "spark": pictures.spark([1, 2, 3], label=label),
        "day": pictures.day_line(
            day, NOON, label=label, opens=NOON - timedelta(hours=4), closes=NOON + timedelta(hours=5)
        ),
    }  # fmt: skip


def parsed(picture):
    return ElementTree.fromstring(picture)


@pytest.mark.parametrize("kind", all_with("Ann", "A sentence."))
def test_text_from_outside_never_becomes_markup(kind):
    picture = all_with(HOSTILE, HOSTILE)[kind]
    assert not [element for element in parsed(picture).iter() if element.tag in ("script", "b")]
    assert parsed(picture).get("aria-label") == HOSTILE
    assert "<script" not in picture


@pytest.mark.parametrize("kind", all_with("Ann", "A sentence."))
def test_a_picture_says_its_sentence_and_takes_its_colours_from_classes(kind):
    for href, role in (("", "img"), ("/people/?stage=won", "group")):
        picture = all_with("Ann", "Of 40 inquiries 3 were won", href)[kind]
        root = parsed(picture)
        assert root.get("aria-label") == "Of 40 inquiries 3 were won"
        if kind in {"spark", "line", "score"}:  # nothing in them opens anything
            role = "img"
        assert root.get("role") == role
        assert "style" not in picture
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgb\(", picture)
        assert "nan" not in picture and "inf" not in picture.replace("inferred", "")


def test_a_picture_without_its_sentence_is_refused():
    with pytest.raises(ValueError, match="needs a sentence"):
        pictures.funnel([Stage("Inquiries", 1)], label=" ")


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "https://elsewhere.example/", "//elsewhere.example", "data:x"]
)
def test_a_mark_leads_only_to_paths_of_this_site(href):
    with pytest.raises(ValueError, match="no path of this site"):
        pictures.funnel([Stage("Inquiries", 1, href)], label="One inquiry")


def widths(picture):
    return [bar.get("width") for bar in parsed(picture).iter("rect") if "mark" in bar.get("class", "")]


def test_a_funnel_of_nothing_is_drawn_as_nothing():
    picture = pictures.funnel([Stage("Inquiries", 0), Stage("Won", 0)], label="Nothing came")
    assert widths(picture) == []
    assert parsed(pictures.funnel([], label="No stages yet")) is not None


def test_a_funnel_of_a_million_shows_its_last_stages_through_lenses_that_say_so():
    counts = (1_204_338, 88_120, 3_010, 207, 12)
    picture = pictures.funnel([Stage(str(n), n) for n in counts], label="A million")
    assert "1,204,338" in picture
    said = re.findall(r"the same ([\d,]+), drawn ([\d.,]+) times larger", picture)
    assert said == [("88,120", "14"), ("3,010", "29"), ("207", "15")]
    shown = [float(width.rstrip("%")) for width in widths(picture)]
    assert shown[0] == 100
    assert shown[-1] == pytest.approx(100 * 12 / 207, abs=0.01)  # on the scale of the last lens
    assert min(shown) > 3


def test_within_one_scale_bars_are_true_to_their_numbers():
    picture = pictures.funnel([Stage("a", 400), Stage("b", 300), Stage("c", 100)], label="Four hundred")
    assert widths(picture) == ["100%", "75%", "25%"]
    assert "larger" not in picture


def test_one_of_a_million_is_still_to_be_seen():
    picture = pictures.funnel([Stage("Inquiries", 1_000_000), Stage("Won", 1)], label="One of a million")
    assert widths(picture) == ["100%", "2"]  # two pixels, not a vanishing share
    assert "under 0.1" in picture


def test_more_wins_than_leads_make_no_bar_longer_than_the_scale():
    picture = pictures.funnel([Stage("Leads", 3), Stage("Won, with imported ones", 9)], label="Nine won")
    assert widths(picture) == ["33.33%", "100%"]


def test_the_funnel_in_a_table_carries_the_same_lens_as_the_picture():
    rows = pictures.funnel_rows([Stage("Inquiries", 4812), Stage("Leads", 412), Stage("Accepted", 318)])
    assert [row.through for row in rows] == [None, 412 / 4812, 318 / 412]
    assert [bool(row.lens) for row in rows] == [False, True, False]
    assert "12 times" in rows[1].lens


def test_a_value_that_was_never_recorded_is_no_zero():
    assert "not recorded" in pictures.bars([Bar("Partners", None)], label="Nothing is recorded")
    line = pictures.line([Point("a", 1), Point("b", None), Point("c", 2), Point("d", 3)], label="A gap")
    assert line.count('class="curve"') == 2  # the line breaks


def test_an_interval_beyond_the_scale_ends_in_an_arrow_and_says_where_it_ends():
    picture = pictures.bars([Bar("Purchased list", 100, 50, 10_000)], label="One source")
    assert "interval 50 to 10,000" in picture
    assert "M-5-4L0 0L-5 4" in picture
    assert "10,000<" not in picture.split("<title>")[0]  # the axis ends near the bars


def test_what_is_not_over_or_passive_is_hatched():
    assert "url(#hatch)" in pictures.bars([Bar("Bought", 3, passive=True)], label="Bought names")
    cohort = pictures.cohort_triangle([Cohort("Mar", 9, (1, 2, 3))], label="One cohort")
    assert cohort.count("url(#hatch)") == 1
    assert "2 after: 3.0, not over" in cohort


def test_an_empty_stage_of_the_stock_says_none():
    assert "none on hand" in pictures.stacked_stock(
        [Stock("Recycled", (0, 0))], ("young", "old"), label="Stock"
    )


def test_names_of_sixty_letters_are_clipped_and_kept_whole_for_the_pointer():
    name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter"
    picture = pictures.bars([Bar(name, 3, href="/x/")], label="One source")
    assert f">{wording.clipped(name, 18)}<" in picture
    assert f"<title>{name}: 3</title>" in picture


def test_single_points_and_flat_lines_can_be_drawn():
    for values in ([], [5], [0, 0], [7, 7, 7], [None, None]):
        parsed(pictures.line([Point("x", v) for v in values], label="A line", show=wording.percent))
        parsed(pictures.spark(values, label="A spark"))
    parsed(pictures.score_line([], 60_000, label="No score yet"))
    parsed(pictures.score_line([(5, -8_000)], None, label="Below nought"))
    parsed(pictures.day_line([], NOON, label="A free day", opens=NOON, closes=NOON))
