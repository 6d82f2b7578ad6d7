"""Each report equals a plain count, each thing counts once, and a past day comes out as it was."""

from datetime import UTC, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funnel import plain
from tests.funnel.world import World
from tests.tries import tries
from winnow.funnel import people, reports
from winnow.leads.models import Inquiry, Opportunity

pytestmark = pytest.mark.django_db
MICRO = timedelta(microseconds=1)
SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=tries(3, 12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
COUNTS = (
    "inquiries", "valid", "active", "people", "prospects", "leads", "handed_off", "accepted", "opportunities", "won",
    "lost", "wins_unjudged", "won_cents",
)  # fmt: skip
VALUES = {
    "source": lambda inquiry: inquiry.source or None,
    "channel": lambda inquiry: inquiry.channel,
    "interest": lambda inquiry: inquiry.interest,
    "campaign": lambda inquiry: inquiry.campaign.name if inquiry.campaign else None,
}


def invented(seed, deeds=50):
    return World(seed).live(deeds)


def rolled_back(check):
    with transaction.atomic():
        check()
        transaction.set_rollback(True)


def as_counts(report):
    return {
        row[by]: {name: row[name] for name in COUNTS}
        for by in [next(iter(report.rows[0]))] for row in report.rows if any(row[name] for name in COUNTS)
    }  # fmt: skip


def of_plain(counts):
    return {value: {name: row[name] for name in COUNTS} for value, row in counts.items() if any(row.values())}


@FEW
@given(seed=SEEDS, by=st.sampled_from(sorted(VALUES)))
def test_a_report_equals_a_plain_count_missing_and_unknown_values_apart(seed, by):
    def check():
        invented(seed)
        expected = of_plain(plain.funnel(VALUES[by]))
        assert as_counts(reports.run("funnel", by=by)) == expected
        since = reports.run("funnel", by=by, start="1999-01-15")  # out of the rows, not out of the kept sums
        assert as_counts(since) == expected

    rolled_back(check)


@FEW
@given(seed=SEEDS)
def test_as_of_a_past_day_equals_a_plain_count_of_what_was_known_then(seed):
    def check():
        world = invented(seed, 60)
        at = world.at - (world.at - world.people[0].created_at if world.people else timedelta(days=9)) / 2
        report = as_counts(reports.run("funnel", by="channel", as_of=at)) if Inquiry.objects.exists() else {}
        expected = of_plain(plain.funnel(VALUES["channel"], at))
        for counts in (*report.values(), *expected.values()):
            counts.pop("people")  # the plain count knows merges as they are today
            counts.pop("won_cents")  # and amounts as they were last revised
        assert report == expected

    rolled_back(check)


@FEW
@given(seed=SEEDS)
def test_a_figure_of_a_past_day_stays_as_it_was_whatever_comes_later(seed):
    def check():
        world = invented(seed, 45)
        at = world.at + timedelta(minutes=1)
        asked = [("funnel", "source"), ("funnel", "industry"), ("funnel", "country"), ("funnel", "grade"),
                 ("cohorts", "won"), ("stock", None), ("reps", None)]  # fmt: skip
        before = [reports.run(name, by=by, as_of=at) for name, by in asked]
        world.claims, world.at = False, world.at + timedelta(hours=1)
        world.live(40)
        for old, (name, by) in zip(before, asked, strict=True):
            new = reports.run(name, by=by, as_of=at)
            assert (new.rows, new.totals) == (old.rows, old.totals), (name, by)

    rolled_back(check)


@FEW
@given(seed=SEEDS)
def test_the_people_behind_each_number_are_as_many_as_it_says(seed):
    def check():
        world = invented(seed)
        carol = world.users[0]
        for row in reports.run("funnel", by="source").rows:
            for stage in world.chance.sample(sorted(people.STAGES), 9):
                if stage in row:
                    found = people.behind(carol, stage=stage, by="source", value=row["source"])
                    assert found.all == row[stage] == found.visible, (row["source"], stage)
        for row in reports.run("cohorts", by="won").rows:
            for since in (0, 1, len(row["after"]) - 1)[: len(row["after"])]:
                found = people.behind(carol, stage="won", by="month", value=row["month"], within=since)
                assert found.all == row["after"][since]
        for row in reports.run("stock").totals["ageing"]:
            for age in people.AGES:
                key = f"days_{age.replace('-', '_')}".replace("days_180", "days_over_180")
                assert people.in_stock(carol, stage=row["stage"], age=age).all == row[key]

    rolled_back(check)


@FEW
@given(seed=SEEDS)
def test_the_ledger_of_the_stock_closes_on_every_day(seed):
    def check():
        world = invented(seed)
        for at in (None, world.at - timedelta(days=40), world.at - timedelta(days=200)):
            report = reports.run("stock", as_of=at)
            assert report.totals["balances"] and all(row["balances"] for row in report.rows)
            assert report.totals["on_hand"] == sum(row["on_hand"] for row in report.totals["ageing"])
            if at:  # out of the summed moves for the end of a day, out of the ledger for a moment before it
                evening = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
                summed, long = (reports.run("stock", as_of=t) for t in (evening.date(), evening - MICRO))
                assert summed.as_of == evening and (summed.rows, summed.totals) == (long.rows, long.totals)
            opened = len(plain.ledger(at))
            assert sum(report.totals["by_stage"].values()) == report.totals["opened"] == opened

    rolled_back(check)


@FEW
@given(seed=SEEDS)
def test_costs_laid_on_rows_add_up_to_the_costs(seed):
    def check():
        invented(seed)
        for by in ("source", "owner", "campaign", "month"):
            totals = (report := reports.run("funnel", by=by)).totals
            laid = sum(row["cost_cents"] or 0 for row in report.rows) + totals["cost_laid_on_nothing_cents"]
            assert laid == totals["cost_cents"] == 100_000

    rolled_back(check)


def test_as_recorded_gives_what_was_shown_then_and_not_what_was_claimed_later():
    world = World(1)
    claimed = Inquiry.objects.create(
        person=person_of(world), account=world.accounts[0], captured_at=world.at - timedelta(days=100),
        recorded_at=world.at, historic=True,
    )  # fmt: skip
    day = (claimed.captured_at + timedelta(days=50)).astimezone(UTC).date()
    assert reports.run("funnel", as_of=day).totals["inquiries"] == 1
    assert reports.run("funnel", as_of=day, as_recorded=True).totals["inquiries"] == 0


def test_a_rep_sees_own_records_only_behind_a_number():
    world = World(2)
    sam, sue = world.users[1:]
    mine, other = person_of(world, world.accounts[0]), person_of(world, world.accounts[1])
    mine.owner, other.owner = sam, sue
    mine.save()
    other.save()
    for one in (mine, other):
        Inquiry.objects.create(
            person=one, account=one.account, captured_at=world.at, recorded_at=world.at, source="fair"
        )
    seen = people.behind(sam, stage="inquiries", by="source", value="fair")
    assert [row.person for row in seen.rows] == [mine] and (seen.all, seen.visible) == (2, 1)
    assert people.behind(world.users[0], stage="inquiries", by="source", value="fair").visible == 2


def test_the_stock_of_a_rep_is_that_of_own_accounts():
    world = World(2)
    sam = world.users[1]
    from winnow.leads.models import Cycle

    for account in world.accounts[:2]:
        Cycle.begin(person_of(world, account), at=world.at)
    world.accounts[0].owner = sam
    world.accounts[0].save()
    assert people.in_stock(world.users[0]).all == 2
    assert [row.account for row in people.in_stock(sam).rows] == [world.accounts[0]]


def person_of(world, account=None):
    from winnow.leads.models import Person

    return Person.objects.create(account=account or world.accounts[0], first_name="Ann", created_at=world.at)


def test_deals_in_another_currency_are_not_added_up():
    world = World(3)
    person = person_of(world)
    inquiry = Inquiry.objects.create(
        person=person, account=person.account, captured_at=world.at, recorded_at=world.at, source="fair"
    )
    from winnow.leads.models import Import

    run = Import.objects.create(kind="opportunities", file_name="d.csv", started_at=world.at)
    for currency, cents in (("EUR", 500), ("EUR", 300), ("USD", 700)):
        Opportunity.objects.create(
            imported=run, inquiry=inquiry, account=person.account, outcome="won", amount_cents=cents, currency=currency,
            created_at=world.at, known_at=world.at, closed_at=world.at,
        )  # fmt: skip
    report = reports.run("funnel", by="source")
    assert report.totals["won_cents"] == 800 and report.totals["currency"] == "EUR" and report.totals["won"] == 3
    assert report.rows[0]["other_amounts_cents"] == {"USD": 700}
    assert "mixed_currencies" in {one["code"] for one in report.warnings}
