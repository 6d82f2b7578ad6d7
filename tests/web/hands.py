"""What somebody does at a browser in the stories, and what the background worker does meanwhile."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.web import people
from winnow.ops import worker

ROUNDS = 20


AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"


def browser_of_a_person(chromium, **more):
    """A fresh window as somebody has it: a driven browser says what it is, and would be held back as a robot."""
    context = chromium.new_context(locale="en-GB", user_agent=AGENT.format(chromium.version), **more)
    context.add_init_script("Object.defineProperty(navigator, 'webdriver', {get: () => false});")
    return context


def coming_tuesday():
    """The next Tuesday, ten in the morning UTC: working time, and never behind what the database's own clock says."""
    today = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    return today + timedelta(days=(1 - today.weekday()) % 7 or 7)


def worker_goes_round():
    """Every duty of the background worker in turn, until none has anything left to do."""
    for _ in range(ROUNDS):
        if not sum(worker.load(path)() for path in worker.DUE):
            return
    raise AssertionError(f"the worker still finds work after {ROUNDS} rounds")


def log_in(page, user):
    page.goto("/login/")
    page.get_by_label("Mail address").fill(user.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"(?<!login/)$"))


def log_out(page):
    page.get_by_role("button", name=re.compile("your menu")).click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/")


def press(page, key):
    """A key of the page, once its scripts are there."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def toast(page, words):
    expect(page.locator("#toasts")).to_contain_text(words)


def row(page, words):
    """The row of a table that says so."""
    return page.locator("tbody tr").filter(has_text=words)


def column(page, name):
    """The place of a column by its heading, counted from 0."""
    return page.locator("thead th").all_inner_texts().index(name)


def cell(page, words, name):
    """The cell of that row in the column of that name."""
    return row(page, words).locator("td").nth(column(page, name))
