"""Reports: the figures equal a plain count, come out as they were known, and always add up."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tries import tries
from winnow.funnel import reports
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.cycle import MOVES, Cycle
from winnow.leads.errors import Refusal
from winnow.leads.models import Account, Import, Inquiry, Opportunity

pytestmark = pytest.mark.django_db
PAST = datetime(2024, 3, 10, 9, tzinfo=UTC)


def take(rows, **more):
    with transaction.atomic():
        return take_inquiries(rows, at=now(), **more)


def asked(number, source, **more):
    return Incoming(external_id=str(number), source=source, channel="web", captured_at=PAST, **more)


def old_deal(inquiry, number, outcome="won", cents=1000, closed=PAST + timedelta(days=40)):
    run = Import.objects.get_or_create(kind="opportunities", file_name="deals.csv", started_at=PAST)[0]
    return Opportunity.objects.create(
        imported=run, inquiry=inquiry, account=inquiry.account, person=inquiry.person, outcome=outcome, stage=outcome,
        amount_cents=cents, closed_at=closed, known_at=closed, created_at=closed, external_id=str(number), judged=True,
    )


def by_source(report):
    return {row["source"]: row for row in report.rows}


def test_a_missing_source_stands_apart_from_the_word_unknown():
    chance = Random(3)
    sources = [chance.choice([None, "unknown", "paid search", "email"]) for _ in range(200)]
    take([asked(n, source) for n, source in enumerate(sources)], historic=True)
    won = [Inquiry.objects.get(external_id=str(n)) for n in range(0, 200, 7)]
    for number, inquiry in enumerate(won):
        old_deal(inquiry, number)
    report = reports.run("funnel", by="source")
    assert {row["source"]: row["inquiries"] for row in report.rows} == Counter(sources)
    assert {r["source"]: r["won"] for r in report.rows if r["won"]} == Counter(inquiry.source for inquiry in won)
    assert report.totals["won_cents"] == 1000 * len(won)


def test_campaigns_stand_in_the_order_of_what_an_accepted_lead_costs_never_of_inquiries():
    take([asked(n, "a", campaign="Big and useless") for n in range(9)] + [asked(99, "b", campaign="Small")])
    from winnow.leads.models import Campaign, CostLine

    for campaign, cents in (("Big and useless", 90_000), ("Small", 500)):
        CostLine.objects.create(campaign=Campaign.objects.get(name=campaign), on=PAST.date(), amount_cents=cents)
    cycle = Cycle.objects.get(person__inquiries__external_id="99")
    for stage in ("ready", "handed_off", "accepted"):
        cycle.move(stage, by=None, at=now())
    report = reports.run("funnel", by="campaign")
    assert [row["campaign"] for row in report.rows] == ["Small", "Big and useless"]
    assert report.rows[0]["cost_per_accepted_cents"] == 500 and report.rows[1]["cost_per_accepted_cents"] is None


def test_a_deal_won_before_its_first_contact_is_told_and_still_counts():
    take([asked(1, "email")], historic=True)
    old_deal(Inquiry.objects.get(), 1, closed=PAST - timedelta(days=5))
    report = reports.run("funnel", by="source")
    assert report.totals["won"] == 1
    assert [(one["code"], one["rows"]) for one in report.warnings if one["code"] == "won_before_contact"] == [
        ("won_before_contact", 1)
    ]


def test_one_deal_that_makes_up_most_of_the_amount_is_told():
    take([asked(n, "email", email=f"p{n}@f{n}.example") for n in range(3)], historic=True)
    for number, inquiry in enumerate(Inquiry.objects.order_by("id")):
        old_deal(inquiry, number, cents=100 if number else 900)
    codes = {one["code"] for one in reports.run("funnel").warnings}
    assert "outlier_dominates" in codes


def test_a_past_figure_comes_out_as_it_was_then():
    take([asked(1, "email")], historic=True)
    before = reports.run("funnel", as_of="2024-03-31").rows
    old_deal(Inquiry.objects.get(), 1)
    take([asked(2, "email")])
    assert reports.run("funnel", as_of="2024-03-31").rows == before
    assert reports.run("funnel", as_of="2024-12-31").totals["won"] == 1


def test_cohorts_from_before_outcomes_were_recorded_and_young_ones_are_flagged():
    months = [datetime(2024, month, 5, tzinfo=UTC) for month in (1, 2, 3, 4)]
    take([Incoming(external_id=f"{m.month}", captured_at=m, source="x", channel="web") for m in months], historic=True)
    for month in (3, 4):
        old_deal(Inquiry.objects.get(external_id=str(month)), month, closed=datetime(2024, month, 25, tzinfo=UTC))
    report = reports.run("cohorts", as_of="2024-04-30")
    flags = {row["month"]: (row["left_censored"], row["immature_cohort"]) for row in report.rows}
    assert flags["2024-01"][0] and flags["2024-02"][0] and not flags["2024-03"][0]
    assert flags["2024-04"][1] and not flags["2024-01"][1]
    assert {"left_censored", "immature_cohort"} <= {one["code"] for one in report.warnings}


def test_one_deal_with_an_impossible_date_does_not_hide_that_early_outcomes_are_missing():
    months = [datetime(2024, month, 5, tzinfo=UTC) for month in (1, 2, 3)]
    take([Incoming(external_id=f"{m.month}", captured_at=m, source="x", channel="web") for m in months], historic=True)
    old_deal(Inquiry.objects.get(external_id="2"), 2, closed=datetime(2023, 12, 25, tzinfo=UTC))
    old_deal(Inquiry.objects.get(external_id="3"), 3, closed=datetime(2024, 3, 25, tzinfo=UTC))
    flags = {row["month"]: row["left_censored"] for row in reports.run("cohorts", as_of="2024-04-30").rows}
    assert flags == {"2024-01": True, "2024-02": True, "2024-03": False}


def test_an_unknown_report_or_attribute_is_refused_with_what_there_is():
    with pytest.raises(Refusal, match="cohorts"):
        reports.run("nonsense")
    with pytest.raises(Refusal, match="source"):
        reports.run("funnel", by="shoe size")
    with pytest.raises(Refusal, match="2026-03-31"):
        reports.run("funnel", as_of="soon")


@settings(max_examples=tries(6, 24), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 90)), max_size=25))
def test_the_stock_always_closes(moves):
    with transaction.atomic():
        start = now() - timedelta(days=120)
        cycles = []
        for number in range(6):
            account = Account.objects.create(kind="solo", created_at=start)
            person = account.people.create(created_at=start, first_name=f"P{number}")
            cycles.append(Cycle.begin(person, at=start + timedelta(days=number)))
        clock = {cycle.pk: 10 for cycle in cycles}
        for which, choice, days in moves:
            cycle = cycles[which]
            if MOVES[cycle.stage]:
                clock[cycle.pk] = min(clock[cycle.pk] + days, 119)
                after = MOVES[cycle.stage][choice % len(MOVES[cycle.stage])]
                cycle.move(after, by=None, at=start + timedelta(days=clock[cycle.pk]))
        for day in (None, (start + timedelta(days=60)).date()):
            report = reports.run("stock", as_of=day)
            assert report.totals["balances"] and report.totals["opened"] == 6
            assert all(row["closing"] >= 0 for row in report.rows)
        transaction.set_rollback(True)


def test_the_trail_tells_every_step_of_one_account():
    take([asked(1, "fair", email="ann@acme.example", first_name="Ann", last_name="Lee")])
    report = reports.run("trail", account="acme.example")
    assert [row["kind"] for row in report.rows] == ["inquiry"] and report.rows[0]["person"] == "Ann Lee"
    assert reports.run("trail", account="1").totals["account"] == report.totals["account"]  # by the inquiry's id
    with pytest.raises(Refusal, match="No account"):
        reports.run("trail", account="nobody.example")
