"""The stored rows and sums are what the history gives, whatever happened and however it was written."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.funnel.world import World
from tests.tries import tries
from winnow.funnel import asking, rollup
from winnow.leads.models import FunnelCell, FunnelRow, Inquiry, Opportunity, Person

pytestmark = pytest.mark.django_db
ONE = settings(max_examples=tries(3, 12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rolled_back(check):
    """Run it and leave nothing behind, so that Hypothesis finds an empty firm every time."""
    with transaction.atomic():
        check()
        transaction.set_rollback(True)


@ONE
@given(seed=st.integers(0, 10**6), steps=st.lists(st.integers(1, 25), min_size=1, max_size=4))
def test_the_summary_counted_by_touch_is_the_one_counted_whole(seed, steps):
    def check():
        rollup.rebuild()
        world = World(seed)
        for deeds in steps:
            world.live(deeds)
            rollup.catch_up()
        looked_at, wrong = rollup.verify()
        assert wrong == [] and looked_at >= FunnelRow.objects.filter(kind="inquiry").count()

    rolled_back(check)


@pytest.mark.bars
@ONE
@given(seed=st.integers(0, 10**6))
def test_counted_one_touch_at_a_time_or_all_at_once_the_sums_are_the_same(seed):
    def check():
        rollup.rebuild()
        World(seed).live(40)
        while rollup.refresh_due(1):
            pass
        singly = cells()
        rollup.rebuild()
        assert cells() == singly

    rolled_back(check)


@ONE
@given(seed=st.integers(0, 10**6))
def test_as_known_now_is_as_it_stands(seed):
    """The way to any past day leads to the same rows at its end; owner and grade are kept as of now alone."""

    def check():
        world = World(seed).live(60)
        rollup.catch_up()
        names = [name for name in rollup.COLUMNS if name not in ("owner", "grade")]
        with asking.relation(world.at) as table, connection.cursor() as cursor:
            for first, second in ((table, asking.STORED), (asking.STORED, table)):
                cursor.execute(
                    f"SELECT {', '.join(names)} FROM {first} EXCEPT ALL SELECT {', '.join(names)} FROM {second}"
                )
                assert cursor.fetchall() == []

    rolled_back(check)


def cells():
    names = [field.column for field in FunnelCell._meta.concrete_fields if field.column != "id"]
    return {row[:5]: row[5:] for row in FunnelCell.objects.values_list(*names) if any(row[5:])}


def test_each_inquiry_and_each_deal_has_one_row():
    World(7).live(120)
    rollup.catch_up()
    rows = FunnelRow.objects.all()
    assert set(rows.filter(kind="inquiry").values_list("inquiry_id", flat=True)) == set(
        Inquiry.objects.filter(voided_at=None).values_list("pk", flat=True)
    )
    assert set(rows.filter(kind="deal").values_list("deal_id", flat=True)) == set(
        Opportunity.objects.filter(voided_at=None).values_list("pk", flat=True)
    )


def test_a_person_after_a_merge_counts_once():
    world = World(3).live(30)
    rollup.catch_up()
    kept, other = Person.objects.filter(pk__in=Inquiry.objects.values("person")).order_by("pk")[:2]
    before = set(FunnelRow.objects.filter(kind="inquiry").values_list("who_id", flat=True))
    Person.objects.filter(merged_into__in=[kept, other]).update(merged_into=None)
    Person.objects.filter(pk__in=[kept.pk, other.pk]).update(merged_into=None)
    Person.objects.filter(pk=other.pk).update(merged_into=kept)
    rollup.catch_up()
    after = set(FunnelRow.objects.filter(kind="inquiry").values_list("who_id", flat=True))
    assert other.pk not in after and kept.pk in after and len(after) <= len(before | {kept.pk, other.pk}) - 1
    assert rollup.verify()[1] == [] and world.at


def test_a_sum_that_was_tampered_with_is_found():
    World(5).live(30)
    rollup.catch_up()
    FunnelCell.objects.filter(dimension="all", inquiries__gt=0).update(inquiries=99)
    FunnelRow.objects.filter(pk=FunnelRow.objects.filter(kind="inquiry").first().pk).update(source="forged")
    wrong = rollup.verify()[1]
    assert any("counts otherwise" in text for text in wrong) and any("sums of all" in text for text in wrong)


def test_what_came_in_while_nobody_counted_is_said(monkeypatch):
    world = World(5).live(10)
    rollup.catch_up()
    assert rollup.waiting_since() is None
    world.inquire()
    assert rollup.catch_up(0) is not None and rollup.catch_up() is None


def test_another_way_of_counting_drops_what_the_old_one_left(monkeypatch):
    World(5).live(20)
    rollup.catch_up()
    assert rollup.refresh_due() == 0
    FunnelCell.objects.filter(dimension="version").update(value="of last year")
    FunnelRow.objects.update(source="of last year")
    assert rollup.waiting_since() is not None
    monkeypatch.setattr(rollup, "AT_ONCE", 0)
    assert rollup.catch_up(100) is not None  # too long for somebody who waits
    assert rollup.catch_up() is None and not FunnelRow.objects.filter(source="of last year").exists()
