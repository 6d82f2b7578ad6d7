"""The tags, the frame and the refusals, rendered without a database."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from tests.web.serving import look_settings
from winnow.web import context, look, toasts

WEB = Path(look.__file__).parent
STATIC = WEB / "static" / "winnow"


def rendered(source, **values):
    return Template("{% load winnow %}" + source).render(Context(values))


def test_an_ear_reads_the_same_from_names_letters_and_a_row():
    by_name = {"budget": "yes", "authority": "partly", "need": None, "fit": "no"}
    by_letter = {"B": "yes", "A": "partly", "F": "no"}
    row = ("yes", "partly", None, None, "no", None)
    ears = {rendered("{% ear answers %}", answers=answers) for answers in (by_name, by_letter, row)}
    assert len(ears) == 1
    said = "Budget yes, Authority partly, Need unknown, Timing unknown, Fit no, Other unknown"
    assert f'aria-label="{said}"' in ears.pop()


def test_an_answer_that_bantfo_does_not_know_is_a_bug_and_no_blank():
    for source in (
        '{% kernel "maybe" %}',
        '{% state "red" "late" %}',
        '{% dot "gold" %}',
        '{% ring 1 "grain" %}',
    ):
        with pytest.raises(ValueError, match="there are"):
            rendered(source)
    with pytest.raises(ValueError, match="six answers"):
        rendered("{% ear answers %}", answers=["yes"])


def test_a_number_is_underlined_only_where_it_opens_its_people():
    assert rendered("{% fig 4812 '/people/' %}") == '<a class="fig" href="/people/">4,812</a>'
    assert rendered("{% fig 4812 %}") == "4,812"
    assert rendered("{% fig None %}") == "unknown"


def test_what_people_typed_is_never_markup_in_a_tag():
    evil = "<script>'\"&"
    source = "{% state 'late' evil %}{% fig evil evil %}{% kernel 'yes' evil %}{% ring 1 'good' evil %}"
    source += "{% meter 1 2 evil %}"
    assert "<script>" not in rendered(source, evil=evil)


def test_touches_beyond_twelve_are_words():
    assert rendered("{% dots 2 6 %}").count("<i ") == 6
    assert rendered("{% dots 3 30 %}") == '<span class="faint">3 of 30 touches made</span>'
    assert rendered("{% dots 8 6 %}").count('class="on"') == 6
    assert "no touches planned" in rendered("{% dots 0 0 %}")


def test_a_field_quotes_what_was_typed_but_never_a_password():
    class Form(forms.Form):
        amount = forms.IntegerField(widget=forms.TextInput)
        password = forms.CharField(widget=forms.PasswordInput, min_length=10)

    form = Form({"amount": "about 40k", "password": "hunter2"})
    html = "".join(render_to_string("winnow/_field.html", {"field": field}) for field in form)
    assert "“about 40k”" in html
    assert 'value="about 40k"' in html
    assert 'aria-describedby="id_amount_error"' in html and 'id="id_amount_error"' in html
    assert "hunter2" not in html


def test_a_refusal_names_the_thing_the_reason_and_the_way_out():
    html = render_to_string(
        "winnow/_refusal.html",
        {
            "thing": "Lead 41 is already with Sam.",
            "reason": "Recall it first.",
            "ways": [("Recall it", "/handoffs/7/")],
        },
    )
    assert "Lead 41 is already with Sam." in html and '<a href="/handoffs/7/">Recall it</a>' in html


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "409", "500"])
def test_an_error_page_needs_nothing_and_offers_a_way_out(code):
    html = render_to_string(f"{code}.html")
    assert "<h1>" in html and '<a href="/">' in html
    assert "Traceback" not in html


def frame_for(user, path="/qualify/people/"):
    request = RequestFactory().get(path)
    request.user = user
    return context.frame(request)


def test_the_frame_finds_the_entry_of_the_process_from_the_path(settings):
    with look_settings():
        found = frame_for(SimpleNamespace(is_authenticated=False))
        assert str(found["process"]) == "qualify"
        assert [item.label for item in found["process_items"]][:3] == ["Attract", "Capture", "Qualify"]


def test_the_frame_asks_for_no_definition_where_nobody_is_logged_in():
    found = frame_for(SimpleNamespace(is_authenticated=False))
    assert not found["definition_known"] and not found["me"]
    assert not context.frame(RequestFactory().get("/"))["me"]  # not even a user


def test_a_page_without_messages_or_a_user_still_has_its_frame():
    with look_settings():
        html = render_to_string("winnow/base.html", {}, request=RequestFactory().get("/attract/"))
    assert 'aria-current="page">Attract</a>' in html
    assert 'popovertarget="me"' not in html


def test_initials_are_two_letters_at_most():
    assert [context.initials(name) for name in ("Carol Meyer", "Ann", "Jonas Petersen-Vik", "", "O. B. Won")] == [
        "CM", "A", "JP", "", "OW",
    ]  # fmt: skip


def test_a_toast_survives_the_header_whatever_it_says():
    from django.http import HttpResponse

    response = toasts.on(HttpResponse(), "Łódź: “done”\nand", undo="/handoffs/7/response/")
    assert response["HX-Trigger"].isascii() and "\n" not in response["HX-Trigger"]


def test_the_specimen_is_for_builders_and_administrators():
    with look_settings() as _:
        assert Client().get("/look/").status_code == 200
    from django.test import override_settings

    with look_settings(), override_settings(DEBUG=False):
        assert Client().get("/look/").status_code == 404  # Carol is marketing


def test_pages_carry_no_style_and_no_script_of_their_own():
    with look_settings():
        for path in ("/look/", "/look/room/"):
            html = Client().get(path).content.decode()
            assert not re.search(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son\w+=", html)
            ids = re.findall(r'\sid="([^"]+)"', html)
            assert sorted(ids) == sorted(set(ids))


# ── colours ──
def colours(night):
    """Every colour token by day or by night, as (red, green, blue)."""
    pairs = re.findall(r"(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (STATIC / "tokens.css").read_text())
    return {name: tuple(bytes.fromhex((by_night if night else day)[1:])) for name, day, by_night in pairs}


def contrast(one, other):
    """The contrast of WCAG 2.2: (lighter + .05) / (darker + .05) of relative luminance."""

    def luminance(colour):
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    *((ink, ground) for ink in ("--ink", "--ink-2", "--ink-3") for ground in ("--paper", "--surface", "--sunken")),
    *((f"--{tone}", f"--{tone}-soft") for tone in ("good", "soon", "late", "note")),
    *((f"--{tone}", ground) for tone in ("good", "soon", "late", "grain-ink") for ground in ("--paper", "--surface")),
    ("--on-grain", "--grain"), ("--on-grain", "--grain-hover"), ("--grain-ink", "--grain-soft"),
    ("--ink", "--grain-soft"), ("--ink-2", "--grain-soft"), ("--ink", "--hover"), ("--ink-2", "--hover"),
    ("--paper", "--ink"), ("--surface", "--ink"),
    *(("--on-seq-low", f"--seq-{n}") for n in (1, 2, 3)), *(("--on-seq-high", f"--seq-{n}") for n in (4, 5, 6)),
]  # fmt: skip
EDGE_ON = [
    ("--line-strong", "--surface"), ("--line-strong", "--paper"), ("--grain-ink", "--surface"), ("--late", "--sunken"),
    ("--soon", "--sunken"), ("--good", "--sunken"), *((f"--cat-{n}", "--surface") for n in (1, 2, 3, 4, 5, "rest")),
]  # fmt: skip


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_every_text_reaches_the_contrast_of_aa(night):
    tokens = colours(night)
    low = {
        pair: round(found, 2)
        for pair in TEXT_ON
        if (found := contrast(tokens[pair[0]], tokens[pair[1]])) < 4.5
    }
    low |= {
        pair: round(found, 2) for pair in EDGE_ON if (found := contrast(tokens[pair[0]], tokens[pair[1]])) < 3
    }
    assert not low


def test_states_that_come_close_by_night_differ_in_shape():
    """Orange "soon" and gold are neighbours in the dark: soon has a shape of its own, and gold has none."""
    css = (STATIC / "pages.css").read_text()
    shapes = {
        tone: re.search(rf"\.state\.{tone}::before {{([^}}]+)}}", css)
        for tone in ("good", "soon", "late", "note")
    }
    assert all(shapes.values())
    assert len({found.group(1) for found in shapes.values()}) == 4
    assert ".state.grain::before" not in css


def test_a_browser_without_light_dark_gets_exactly_the_day_colours():
    fallback = re.search(
        r"@supports not \(color: light-dark.*?\n}", (STATIC / "pages.css").read_text(), re.S
    ).group()
    given = {
        name: tuple(bytes.fromhex(value)) for name, value in re.findall(r"(--[\w-]+): #(\w{6})", fallback)
    }
    assert given == colours(night=False)


def test_the_look_stays_small():
    sizes = {path.name: path.stat().st_size for path in STATIC.iterdir() if path.is_file()}
    assert sizes["tokens.css"] + sizes["pages.css"] < 54_000  # on every page
    every = ("tokens.css", "pages.css")
    own = {name: size for name, size in sizes.items() if name.endswith(".css") and name not in every}
    assert all(size < 6_000 for size in own.values()), own  # what a room needs besides
    assert sizes["winnow.js"] + sizes["theme.js"] < 8_192
    assert sizes["acts.js"] < 4_096
    assert sum(path.stat().st_size for path in (STATIC / "fonts").glob("*.woff2")) < 200_000
