"""A form of ours on a page of another origin: one script tag, no third-party cookie, a policy that allows no more."""

import pytest
import time_machine
from playwright.sync_api import expect

from tests.web.hands import browser_of_a_person, coming_tuesday, worker_goes_round
from tests.web.serving import another_site
from winnow.leads.clock import now
from winnow.leads.models import Form, FormVisit, Inquiry
from winnow.web.scripts_elsewhere import FOLDER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)
PAGE = """<!doctype html><title>Mills of Acme</title><h1>Our mills</h1>
<script src="{ours}/embed.js" data-form="mills" data-title="Ask about mills" async></script><p>The end.</p>"""


def a_site_of_acme(ours):
    """Somebody else's site: another origin and another site, with a strict policy of its own."""

    policy = f"default-src 'none'; script-src {ours}; frame-src {ours}"
    headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
    return another_site(lambda path: (headers, PAGE.format(ours=ours)))


@pytest.fixture
def visitor(chromium):
    context = browser_of_a_person(chromium)
    window = context.new_page()
    troubles = []
    window.on("pageerror", lambda error: troubles.append(str(error)))
    window.on("console", lambda line: troubles.append(line.text) if "Security Policy" in line.text else None)
    yield window
    context.close()
    assert not troubles, troubles


def send(frame, clock, typed):
    for label, text in typed.items():
        frame.get_by_label(label).press_sequentially(text, delay=15)
    clock.shift(20)  # seconds; who is done at once is no person
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    worker_goes_round()


def test_an_inquiry_comes_from_a_form_on_another_site_with_the_page_and_advert_it_came_by(visitor, live_server):
    assert len((FOLDER / "embed.js").read_bytes()) < 5_000 and live_server.url.startswith("http://localhost")
    Form.make(by=None, at=now(), code="mills", title="Ask about mills", remembers=True, offers_contact=False, fields=[
        {"name": "email", "label": "E-mail", "required": True},
        {"name": "last_name", "label": "Last name", "required": True},
        {"name": "company", "label": "Company"}, {"name": "message", "label": "Question"},
    ])  # fmt: skip
    with a_site_of_acme(live_server.url) as acme, time_machine.travel(coming_tuesday(), tick=True) as clock:
        visitor.goto(f"{acme}/mills/?utm_source=almanac&utm_campaign=spring&secret=1")
        visitor.evaluate("addEventListener('winnow:sent', (sent) => { document.title = 'sent ' + sent.detail.form; })")
        frame = visitor.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Ask about mills")).to_be_visible()
        visitor.wait_for_function("() => parseInt(document.querySelector('iframe').style.height) > 300")
        inner = visitor.frames[1].evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
        assert inner, "the frame is as high as the form: nothing scrolls inside"
        send(frame, clock, {
            "E-mail": "ann@acme.example", "Last name": "Lee", "Company": "Acme", "Question": "Which mill suits rye?",
        })  # fmt: skip
        (inquiry,) = Inquiry.objects.all()
        assert (inquiry.source, inquiry.campaign.name, inquiry.person.name) == ("almanac", "spring", "Lee")
        assert inquiry.answers == {
            "utm_source": "almanac", "utm_campaign": "spring", "landing": f"{acme}/mills/",
        }  # fmt: skip
        expect(visitor).to_have_title("sent mills")
        visit = FormVisit.objects.get()
        assert (visit.machine, visit.touched) == ("", ["email", "last_name", "company", "message"])
        assert visit.seen_at <= visit.started_at <= visit.sent_at and visit.arrival.inquiry == inquiry

        # Known on this browser by what Acme's own page keeps, without a cookie of ours: asked only what is open.
        assert visitor.context.cookies() == []
        visitor.goto(f"{acme}/again/")
        expect(frame.get_by_label("Question")).to_be_visible()
        expect(frame.get_by_label("Last name")).to_have_count(0)
        expect(frame.get_by_label("E-mail")).to_have_value("")
        send(frame, clock, {"E-mail": "ann@acme.example", "Question": "And oats?"})
        assert Inquiry.objects.count() == 2 and {one.person_id for one in Inquiry.objects.all()} == {inquiry.person_id}
