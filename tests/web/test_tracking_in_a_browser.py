"""The tracking line on pages of another origin: nothing before consent, then views, files, and the form that says who.
"""

import pytest
from playwright.sync_api import expect

from tests.web.hands import worker_goes_round
from tests.web.serving import another_site
from winnow.intake.pageviews import record_views
from winnow.leads.clock import now
from winnow.leads.models import Arrival, FactRow, Form, PageRule, PageView, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = """<!doctype html><title>Acme</title><script src="{ours}/track.js" data-consent="{mode}" defer></script>
<h1>Mills</h1><a href="/papers/rye.pdf">The rye paper</a> <a href="/pricing/">Prices</a>
<a href="{ours}/f/contact/">Our other form</a><div>{form}</div>"""


@pytest.fixture
def acme(live_server):
    """A site of another origin whose pages have the tracking line; /ask/ has our form in a frame."""

    def answer(path):
        form = f'<script src="{live_server.url}/embed.js" data-form="mills" async></script>'
        form = form if path.startswith("/ask/") else ""
        mode = "no" if "open" in path else "ask"
        kind = "application/pdf" if path.endswith(".pdf") else "text/html"
        return {"Content-Type": kind}, PAGE.format(ours=live_server.url, form=form, mode=mode)

    with another_site(answer) as address:
        yield address


@pytest.fixture
def window(chromium):
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"
    context = chromium.new_context(locale="en-GB", user_agent=agent.format(chromium.version))
    context.add_init_script("Object.defineProperty(navigator, 'webdriver', {get: () => false});")
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def views(count):
    """The paths that are kept, once there are so many."""
    import time

    for _ in range(100):
        found = list(PageView.objects.order_by("pk").values_list("path", flat=True))
        if len(found) >= count:
            return found
        time.sleep(0.05)
    return found


@pytest.mark.bars
def test_views_and_files_of_a_stranger_become_the_story_of_who_fills_the_form_in(window, acme):
    PageRule.objects.create(pattern="/pricing*", group="pricing")
    Form.make(by=None, at=now(), code="mills", title="Ask", offers_contact=False, fields=[
        {"name": "email", "label": "E-mail", "required": True},
        {"name": "last_name", "label": "Last name", "required": True},
    ])  # fmt: skip
    window.goto(f"{acme}/")
    window.wait_for_timeout(300)
    assert window.context.cookies() == [] and not PageView.objects.exists(), "nothing before consent"
    window.evaluate("winnow('consent', true)")
    assert views(1) == ["/"] and window.evaluate("winnow('visitor')") == PageView.objects.get().visitor
    window.get_by_text("The rye paper").click()
    assert views(2) == ["/", "/papers/rye.pdf"]
    window.goto(f"{acme}/pricing/")
    window.evaluate("winnow('consent', true); history.pushState({}, '', '/pricing/mills/')")
    assert set(views(4)[2:]) == {"/pricing/", "/pricing/mills/"}
    assert set(PageView.objects.values_list("machine", flat=True)) == {""}

    window.goto(f"{acme}/ask/")
    window.evaluate("winnow('consent', true)")
    frame = window.frame_locator("iframe")
    frame.get_by_label("E-mail").press_sequentially("ann@mill.example", delay=70)
    frame.get_by_label("Last name").press_sequentially("Lee", delay=90)
    window.wait_for_timeout(1500)
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible(timeout=20_000)
    arrival = Arrival.objects.get()
    assert arrival.state == "pending" and not arrival.evidence["points"] > 4, arrival.evidence
    worker_goes_round()
    record_views()
    facts = FactRow.objects.filter(person=Visitor.objects.get().person, kind__in=("page_seen", "content_taken"))
    assert set(facts.values_list("code", "quantity")) == {("other", 2), ("rye.pdf", 1), ("pricing", 2)}

    window.evaluate("winnow('consent', false)")
    assert window.context.cookies(acme) == [] and window.evaluate("winnow('visitor')") == ""


def test_who_refuses_leaves_no_trace_and_a_link_to_a_form_hands_the_visitor_over(window, acme):
    window.goto(f"{acme}/open/")
    assert len(views(1)) == 1
    window.get_by_text("Our other form").click()
    expect(window.locator("[name=visitor]")).to_have_value(PageView.objects.get().visitor)
    window.context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true});")
    window.context.clear_cookies()
    window.goto(f"{acme}/open/again/")
    window.evaluate("winnow('consent', true)")
    window.wait_for_timeout(300)
    assert window.context.cookies() == [] and PageView.objects.count() == 1
