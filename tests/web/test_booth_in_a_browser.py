"""A day at the booth, on a tablet in a real browser: without a network nothing is lost, and nothing comes twice."""

import contextlib
import os
import re
import shutil
import signal
import subprocess

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.web import people
from tests.web.accessibility import assert_accessible
from winnow.intake.arrivals import process_pending
from winnow.leads.asking import read_questions
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.event import BoothDevice, Event
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.models import PersonStanding

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SURVEY = """
? need *: What brings you here?
- Goods spoil on the way = yes
- Just looking = no
? employees: How many are you?
"""
CAMERA = """
  window.BarcodeDetector = class { async detect() { return [{ rawValue: "hm-3" }]; } };
  const canvas = document.createElement("canvas");
  canvas.getContext("2d");
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => canvas.captureStream() } });
"""


def test_three_visitors_without_a_network_arrive_once_and_are_judged(page, live_server):
    people.signed()
    today = now().date()
    event = Event.objects.create(
        code="fair", name="Spring fair", starts_on=today, ends_on=today, created_at=now(), staff=["Sue", "Sam"],
        questions=read_questions(SURVEY, branches=False)[0], giveaway="Take one of the thermometers.", survey=SURVEY,
    )
    booth = f"/booth/{BoothDevice.allow(event, 'Tablet 1', by=None).code}/"
    page.set_viewport_size({"width": 1024, "height": 768})
    page.add_init_script(CAMERA)
    page.goto("/booth/?code=1-nothing")
    expect(page.get_by_text("No tablet has this code")).to_be_visible()
    page.goto(booth)
    expect(page.locator("#ready")).to_have_text("works offline")
    assert_accessible(page)
    page.get_by_label("At the booth").select_option("Sue")

    def visitor(first, last, **more):
        page.get_by_text("Goods spoil on the way").click()
        page.get_by_label("First name").fill(first)
        page.get_by_label("Last name").fill(last)
        for label, value in more.items():
            page.get_by_label(label.replace("_", " ")).fill(value)
        page.get_by_role("button", name="Keep it").click()

    page.context.set_offline(True)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("This question has to be answered.")).to_be_visible()
    expect(page.locator("[name=q0]").first).to_be_focused()
    expect(page.locator("[name=q0]").first).to_have_accessible_description("This question has to be answered.")
    visitor("Ann", "Lee", Mail_address="ann@acme.example", How_many="640")
    expect(page.get_by_text("Take one of the thermometers.")).to_be_visible()
    expect(page.get_by_text("it is sent as soon as there is a network")).to_be_visible()
    page.get_by_role("button", name="Next visitor").click()
    page.get_by_role("button", name="Scan").click()
    expect(page.get_by_role("textbox", name="Badge")).to_have_value("hm-3")
    visitor("Bob", "Berg", Mail_address="bob@berg.example")
    page.get_by_role("button", name="Next visitor").click()
    page.get_by_label("Company").fill("Half a company")
    page.wait_for_timeout(500)

    page.reload()  # the network is still away
    expect(page.get_by_label("Company")).to_have_value("Half a company")
    expect(page.locator("#counts")).to_have_text("2 wait · 0 sent")
    page.locator("#queue-open").click()
    page.get_by_role("button", name="Mend Bob Berg").click()
    expect(page.get_by_label("First name")).to_have_value("Bob")  # what was kept has come out of the store
    page.get_by_label("Company", exact=True).fill("Berg AG")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Next visitor").click()
    expect(page.locator("#counts")).to_have_text("2 wait · 0 sent")
    visitor("Cleo", "Cole", Mail_address="cleo@nowhere..example")
    expect(page.locator("#counts")).to_have_text("3 wait · 0 sent")
    assert not Arrival.objects.exists()

    lost = []

    def lose(route):  # the server has it, and the tablet never hears so
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.context.route("**/entries/", lose)
    page.context.set_offline(False)
    page.get_by_role("button", name="Next visitor").click()
    page.locator("#queue-open").click()
    assert_accessible(page)
    expect(page.locator("#counts")).to_have_text("0 wait · 1 to mend · 2 sent", timeout=15000)
    assert lost == [200]
    page.get_by_role("button", name="Mend Cleo Cole").click()
    expect(page.locator("#f-email ~ .wrong")).to_contain_text("cleo@nowhere..example")
    page.get_by_label("Mail address").fill("cleo@cole.example")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#counts")).to_have_text("0 wait · 3 sent")

    while process_pending() or judge_due():
        pass
    found = {one.person.first_name: one for one in Inquiry.objects.select_related("person")}
    assert sorted(found) == ["Ann", "Bob", "Cleo"] and Inquiry.objects.count() == 3
    assert all(one.answers["need"] == "yes" and one.answers["Staff at the booth"] == "Sue" for one in found.values())
    assert str(found["Bob"].person.account) == "Berg AG"
    assert found["Ann"].person.account.employees == 640 and found["Bob"].answers["Badge"] == "HM-3"
    assert PersonStanding.objects.filter(levels__2="yes").count() == 3
    device = BoothDevice.objects.get()
    assert device.waiting == 0 and not re.search("session", str(page.context.cookies()))

    BoothDevice.objects.update(revoked_at=now())
    page.reload()
    expect(page.locator("#notice")).to_contain_text("address was ended")
    again = BoothDevice.allow(event, "Tablet 1, again", by=None)
    page.goto(f"/booth/{again.code}/")
    expect(page.locator("#counts")).to_have_text("0 wait · 3 sent")


@pytest.mark.bars
def test_what_was_thanked_for_outlives_a_killed_browser(chromium, live_server, tmp_path):
    today = now().date()
    event = Event.objects.create(code="fair", name="Fair", starts_on=today, ends_on=today, created_at=now())
    booth = f"{live_server.url}/booth/{BoothDevice.allow(event, 'Tablet', by=None).code}/"
    program = os.environ.get("WINNOW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

    def tablet():
        context = chromium.browser_type.launch_persistent_context(
            tmp_path, executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        return context, context.pages[0]

    context, page = tablet()
    page.goto(booth)
    expect(page.locator("#ready")).to_have_text("works offline")
    for number in range(5):
        context.set_offline(True)
        page.get_by_label("Last name").fill(f"Visitor {number}")
        page.get_by_role("button", name="Keep it").click()
        page.get_by_role("heading", name="Thank you").wait_for()
        listed = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True).stdout
        (own,) = [row for row in listed.splitlines() if str(tmp_path) in row and "--type=" not in row]
        os.kill(int(own.split()[0]), signal.SIGKILL)
        with contextlib.suppress(PlaywrightError):
            context.close()
        context, page = tablet()
        context.set_offline(True)
        page.goto(booth)
        expect(page.locator("#counts")).to_have_text(f"{number + 1} wait{'' if number else 's'} · 0 sent")
    assert not Arrival.objects.exists()
    context.set_offline(False)
    expect(page.locator("#counts")).to_have_text("0 wait · 5 sent", timeout=30000)
    context.close()
    assert sorted(Arrival.objects.values_list("body__last_name", flat=True)) == [f"Visitor {n}" for n in range(5)]
