"""The specimen in a real browser: accessible by day and by night, on a desk and on a phone, and worked by
keys.
"""

import pytest

from tests.web.accessibility import assert_accessible
from tests.web.photograph import SIZES
from tests.web.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home():
    with served() as address:
        yield address


@pytest.fixture
def window(chromium, home):
    """Opens the specimen: `window(size, theme)`; fails on a script error or a broken content policy."""
    contexts, troubles = [], []

    def heard(line):
        if "Content Security Policy" in line.text or "Refused to" in line.text:
            troubles.append(line.text)

    def open_at(path="/look/", size="wide", theme="light"):
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=home, viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", heard)
        assert page.goto(path).status == 200
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert not troubles, troubles


@pytest.mark.bars
@pytest.mark.parametrize(("size", "theme"), [("wide", "light"), ("wide", "dark"), ("phone", "light")])
@pytest.mark.parametrize("path", ["/look/", "/look/room/"])
def test_every_element_and_state_is_accessible(window, path, size, theme):
    assert_accessible(window(path, size, theme))


@pytest.mark.bars
def test_the_theme_is_kept_and_stands_before_the_first_paint(window):
    page = window()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(243, 244, 237)"
    page.click("[data-theme-switch]")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 15)"


@pytest.mark.bars
def test_quotes_and_signatures_are_set_in_the_serif_that_comes_along(window):
    page = window()
    page.wait_for_function("() => document.fonts.check('16px \"Source Serif 4\"')")
    loaded = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert any("Source Serif 4" in family for family in loaded)


def test_a_letter_presses_the_control_that_shows_it(window):
    page = window()
    page.keyboard.press("p")
    page.wait_for_url("**#pictures")


def test_letters_are_only_letters_in_a_field(window):
    page = window()
    page.fill("#id_company", "")
    page.focus("#id_company")
    page.keyboard.type("pq?/")
    assert page.input_value("#id_company") == "pq?/"
    assert "#pictures" not in page.url


@pytest.mark.bars
def test_keys_can_be_switched_off_and_stay_off(window):
    page = window()
    page.keyboard.press("?")
    page.wait_for_selector("#keys")
    assert "Find" in page.inner_text("#keys dl")
    page.uncheck("#keys input")
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("p")
    assert "#pictures" not in page.url
    assert not page.is_visible(".bar kbd >> nth=0")


def test_j_and_k_go_along_the_rows_from_the_current_one(window):
    page = window()
    page.keyboard.press("j")
    assert "Wilhelmine" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert "Bob Baraldi" in page.evaluate("document.activeElement.textContent")


@pytest.mark.bars
def test_slash_goes_to_find_and_escape_leaves_it(window):
    page = window()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    assert page.input_value("[data-find]") == ""
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.name || ''") == ""


def test_a_blocked_button_says_its_reason_and_does_nothing(window):
    page = window()
    page.keyboard.press("q")
    assert "clause 4.1 asks for at least partly" in page.inner_text("#toasts")


def toast(page, **detail):
    page.evaluate(
        "d => document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail: d}))", detail
    )


def test_a_toast_offers_the_way_back_and_z_takes_it(window):
    page = window()
    page.route("**/look/undone/", lambda route: route.fulfill(status=204))
    toast(page, text="Ann is in a programme.", undo="/look/undone/")
    assert "Ann is in a programme." in page.inner_text("#toasts")
    with page.expect_request("**/look/undone/") as asked:
        page.keyboard.press("z")
    assert asked.value.method == "POST"
    assert "csrfmiddlewaretoken=" in asked.value.post_data


@pytest.mark.bars
def test_a_toast_never_reads_its_text_as_markup(window):
    page = window()
    toast(page, text="<img src=x id=evil>")
    assert page.query_selector("#evil") is None
    assert "<img src=x id=evil>" in page.inner_text("#toasts")


def test_the_process_opens_as_one_menu_on_a_phone(window):
    page = window(size="phone")
    assert not page.is_visible("#process a")
    page.click(".menu-of-process")
    assert page.is_visible("#process a >> text=Qualify")


def test_htmx_shows_a_422_in_place_and_says_a_500_in_words(window):
    page = window()
    refused, broken = (
        {"status": 422, "body": "<p id='here'>Sam must sign.</p>"},
        {"status": 500, "body": "<p id=gone>"},
    )
    page.route("**/look/refused/", lambda route: route.fulfill(**refused))
    page.route("**/look/broken/", lambda route: route.fulfill(**broken))
    page.evaluate(
        """() => {
          const make = (id, path) => `<div id=${id} hx-post="${path}" hx-target="#${id}">${id}</div>`;
          const main = document.querySelector("main");
          main.insertAdjacentHTML("afterbegin", make("a", "/look/refused/") + make("b", "/look/broken/"));
          htmx.process(main);
        }"""
    )
    with page.expect_request("**/look/refused/") as asked:
        page.click("#a")
    assert asked.value.headers["x-csrftoken"]
    page.wait_for_selector("#here")
    page.click("#b")
    page.wait_for_selector("#toasts .late")
    assert "500" in page.inner_text("#toasts")
    assert page.query_selector("#gone") is None
