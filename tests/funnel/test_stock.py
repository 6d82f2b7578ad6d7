"""The stock: whatever happens, its ledger closes for every period, by every attribute, and leads to its people."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.funnel.test_counting import invented, rolled_back
from tests.leads import people as firm
from tests.tries import tries
from winnow.funnel import people, reports
from winnow.funnel.stock import ATTRIBUTES, PERIODS
from winnow.funnel.worth import Odds
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN
from winnow.leads.errors import Refusal
from winnow.leads.models import Cycle, Import, Opportunity

pytestmark = pytest.mark.django_db
BY_VALUE = [by for by in ATTRIBUTES if by not in ("stage", "all")]
SHORT = settings(
    max_examples=tries(4, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip


@SHORT
@given(
    seed=st.integers(0, 10_000), by=st.sampled_from(ATTRIBUTES), period=st.sampled_from(sorted(PERIODS)),
    back=st.sampled_from([0, 30, 200]),
)  # fmt: skip
def test_the_ledger_closes_for_any_period_by_any_attribute_through_merges_and_undone_imports(seed, by, period, back):
    def check():
        world = invented(seed)
        as_of = (world.at - timedelta(days=back)).date() if back else None
        report = reports.run("stock", by=by, period=period, as_of=as_of)
        assert report.totals["balances"] and all(row["balances"] for row in report.rows)
        ends = {row.get(by): row["closing"] for row in report.rows if by != "stage" or row["stage"] in OPEN}
        assert sum(ends.values()) == report.totals["on_hand"]
        if report.rows:  # half of the periods tell the same as all of them
            middle = sorted({row["period"] for row in report.rows})[-2:][0]
            first, last = PERIODS[period].days(middle)
            part = reports.run("stock", by=by, period=period, as_of=as_of, start=first, end=last)
            assert part.rows == [row for row in report.rows if row["period"] == middle]

    rolled_back(check)


@SHORT
@given(seed=st.integers(0, 10_000), by=st.sampled_from(BY_VALUE))
def test_every_number_of_the_ledger_opens_as_many_as_it_says(seed, by):
    def check():
        invented(seed)
        carol = firm.carol()
        rows = reports.run("stock", by=by, period="quarter").rows[-4:]
        for row in rows:
            first, last = PERIODS["quarter"].days(row["period"])
            about = {"by": by, "value": row[by]}
            opening, closing = first - timedelta(days=1), last
            assert people.in_stock(carol, on=opening, **about).all == row["opening"]
            assert people.in_stock(carol, on=closing, **about).all == row["closing"]
            for way, count in (("opened", row["came_in"]), ("ended", row["went_out"])):
                assert people.moved(carol, way=way, period=row["period"], **about).all == count
        worth = reports.run("stock_value", by=by)
        assert worth.totals["on_hand"] == reports.run("stock").totals["on_hand"]

    rolled_back(check)


def test_periods_know_their_days_and_no_others():
    assert PERIODS["week"].days("2026-W09") == (date(2026, 2, 23), date(2026, 3, 1))
    assert PERIODS["quarter"].days("2026-Q1") == (date(2026, 1, 1), date(2026, 3, 31))
    assert PERIODS["week"].of(date(2027, 1, 1)) == "2026-W53"
    for name in ("2026-13", "2026-W60", "2026-Q5", "May"):
        with pytest.raises(Refusal, match="is no period"):
            people.moved(firm.carol(), way="opened", period=name)
    with pytest.raises(Refusal, match="month, week, quarter"):
        reports.run("stock", period="fortnight")


def test_the_value_is_the_odds_of_the_firm_times_what_a_deal_brings():
    """Of 40 that ended 10 were won for 1,000 each: of 4 new ones about one will be, for about 1,000."""
    account, at = firm.account(at=now() - timedelta(days=90)), now() - timedelta(days=80)
    run = Import.objects.create(kind="opportunities", file_name="deals.csv", started_at=at)
    for number in range(44):
        person = account.people.create(first_name=f"P{number}", created_at=at)
        cycle = Cycle.begin(person, at=at)
        if number < 40:
            cycle.move("opportunity", by=None, at=at + timedelta(days=5))
            cycle.move("won" if number % 4 == 0 else "lost", by=None, at=at + timedelta(days=50))
        if number < 40 and number % 4 == 0:
            Opportunity.objects.create(
                account=account, person=person, cycle=cycle, outcome="won", amount_cents=100_000, currency="EUR",
                imported=run, created_at=at, known_at=at, closed_at=at + timedelta(days=50),
            )  # fmt: skip
    report = reports.run("stock_value")
    assert report.totals["mean_won_cents"] == 100_000 and report.totals["on_hand"] == 4
    assert report.totals["wins_expected"] == pytest.approx(1, abs=0.4)
    assert report.totals["value_cents"] == pytest.approx(100_000 * report.totals["wins_expected"], rel=0.1)
    assert [row["stage"] for row in report.rows] == ["new"]


def test_with_few_ends_no_value_is_made_up():
    account = firm.account()
    firm.prospect("Ann", account)
    report = reports.run("stock_value")
    assert report.totals["value_cents"] is None and report.rows[0]["probability"] is None
    assert report.warnings[0]["code"] == "too_few"


def test_who_stands_long_where_nobody_won_after_so_long_is_worth_less():
    odds = Odds()
    odds.add("new", 0, "A", 10, (60, 140, 0))
    odds.add("new", 4, "A", 10, (0, 100, 0))
    assert odds.of("new", 4, "A") < 0.06 < 0.25 < odds.of("new", 0, "A") < 0.31
    assert odds.of("accepted", 0, None) == pytest.approx(0.3)  # nothing known of it: as all of them


def test_cycles_that_never_end_pull_the_odds_down():
    """Of 40, 10 were won in their tenth week; 30 are open after a year: a quarter, and not all that have ended."""
    odds = Odds()
    odds.add("nurturing", 0, "B", 10, (10, 0, 0))
    odds.add("nurturing", 0, "B", 52, (0, 0, 30))
    assert odds.of("nurturing", 0, "B") == pytest.approx(0.25)
    odds = Odds()  # seen for a week alone, they say nothing of the tenth
    odds.add("nurturing", 0, "B", 1, (0, 0, 30))
    odds.add("nurturing", 0, "B", 10, (5, 5, 0))
    assert odds.of("nurturing", 0, "B") == pytest.approx(0.5)
