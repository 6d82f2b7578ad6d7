"""The active share stands beside every quantity of inquiries, and bought names raise no other number."""

import re
from pathlib import Path

import pytest
from django.db import transaction

import winnow.web
from tests.funnel.test_counting import invented
from tests.leads.people import signed
from tests.tries import tries
from winnow.funnel import reports
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.models import Cycle, Lead, PersonStanding

TEMPLATES = Path(winnow.web.__file__).parent / "templates"
A_NUMBER = re.compile(r"{%\s*fig [\w.]*\binquiries\b|{{\s*[\w.]*\binquiries\b[^}]*\|count")


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in reports.REPORTS if name != "trail"])
def test_a_report_that_counts_inquiries_tells_their_active_share(name):
    invented(7)
    report = reports.run(name)
    for told in (*report.rows, report.totals):
        assert "inquiries" not in told or "active_share" in told, told


def test_a_page_that_counts_inquiries_tells_their_active_share():
    counting = [page for page in TEMPLATES.rglob("*.html") if A_NUMBER.search(page.read_text())]
    assert len(counting) >= 5
    assert [page.name for page in counting if "active_share" not in page.read_text()] == []


def bought(count: int) -> None:
    """Names that somebody sold us, of people who fit and are said to have budget, authority and need."""
    answers = {"budget": "yes", "authority": "yes", "need": "yes", "timing": "yes"}
    given = {"title": "CEO", "seniority": "executive", "industry": "software", "employees": 500, "country": "DE"}
    for start in range(0, count, 2_000):
        batch = [
            Incoming(
                external_id=str(n), email=f"p{n}@firm{n % 500}.example", first_name="P", last_name=f"N{n}",
                company=f"Firm {n % 500}", channel="purchased_list", interest="passive", campaign="List",
                answers=answers, **given,
            )
            for n in range(start, min(start + 2_000, count))
        ]  # fmt: skip
        with transaction.atomic():
            take_inquiries(batch, at=now())


def judged() -> None:
    while judge_due():
        pass


@pytest.mark.django_db
def test_ten_thousand_bought_names_leave_the_number_of_leads_alone():
    signed()
    count = tries(600, 10_000)
    bought(count)
    judged()
    totals = reports.run("funnel").totals
    assert (totals["inquiries"], totals["active_share"], totals["leads"]) == (count, 0.0, 0)
    assert not Lead.objects.exists() and not Cycle.objects.filter(stage="ready").exists()
    assert not PersonStanding.objects.filter(ready=True).exists()
