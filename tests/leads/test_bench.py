"""The sorting bench: who waits, in order of promise, at any number."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.web import people
from winnow.leads import bench as room
from winnow.leads.bench import Wanted, bench
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.sorting import dispose

pytestmark = pytest.mark.django_db


def queue(**wanted):
    found = bench(Wanted(**wanted), now())
    return {group.code: [row.name.split()[0] for row in group.rows] for group in found.groups}


def scene():
    people.signed()
    people.lead("Ann", "Nordkap Seafood")
    short = people.eager(people.fit(people.person("Bob", "Gelati Baraldi")))
    people.answers(short, need="yes", authority="yes", timing="partly")
    people.person("Cleo", "Owoce Polskie")


def test_the_queue_is_ready_then_one_answer_short_then_further_off():
    scene()
    people.person("Dan", "Nobody Judged", inquired=False)
    found = bench(Wanted(), now())
    assert {group.code: [row.name for row in group.rows] for group in found.groups} == {
        "ready": ["Ann Ahlgren"], "short": ["Bob Ahlgren"], "further": ["Cleo Ahlgren"],
    }  # fmt: skip
    assert found.waiting == 3 and not found.over and found.active == 1.0
    bob = found.groups[1].rows[0]
    assert bob.levels[0] == "unknown" and bob.grade == "A" and bob.milli > 60_000


def test_who_was_put_to_nurture_waits_no_longer_until_a_new_inquiry_is_unanswered():
    scene()
    cleo = Cycle.objects.get(person__first_name="Cleo").person
    dispose(cleo, disposition="nurture", by=people.carol())
    assert "further" not in queue()
    cleo.inquiries.update(answered_at=None, inquiry_due_at=now() + timedelta(hours=1))
    assert queue()["further"] == ["Cleo"]


def test_without_a_definition_everybody_waits_unjudged():
    people.person("Ann", "Nordkap Seafood")
    assert queue() == {"unjudged": ["Ann"]}


def test_pages_go_on_where_the_last_one_ended_also_where_no_score_is_positive(monkeypatch):
    monkeypatch.setattr(room, "PAGE", 3)
    people.signed()
    for number in range(8):
        one = people.person(f"P{number}", f"Firm {number}")
        if number < 4:
            people.eager(one, times=number + 1)
        if number > 5:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE leads_personstanding SET order_key = NULL WHERE person_id = %s", [one.pk])
    for few in (5000, 2):  # one by one, and walking the standings
        monkeypatch.setattr(room, "FEW", few)
        seen, after = [], ""
        for _ in range(5):
            group = bench(Wanted(group="further", after=after), now()).groups[0]
            seen += [row.name.split()[0] for row in group.rows]
            after = group.after
            if not after:
                break
        assert sorted(seen) == [f"P{number}" for number in range(8)]
        assert seen[0] == "P3" and seen[-2:] == ["P6", "P7"]


def test_many_and_few_give_the_same_queue(monkeypatch):
    scene()
    before = queue()
    monkeypatch.setattr(room, "FEW", 1)
    assert queue() == before
    assert bench(Wanted(), now()).over


def test_the_queue_narrows_to_a_grade_or_to_passive_interest(monkeypatch):
    scene()
    Cycle.objects.get(person__first_name="Cleo").person.inquiries.update(interest="passive")
    for few in (5000, 1):
        monkeypatch.setattr(room, "FEW", few)
        assert queue(interest="passive") == {"further": ["Cleo"]}
        assert queue(grade="A") == {"ready": ["Ann"], "short": ["Bob"]}
        assert queue(grade="x'); DROP", interest="both", after="nan:3", group="none") == queue()


def test_a_page_of_the_bench_costs_the_same_queries_for_three_and_for_thirty(django_assert_max_num_queries):
    people.signed()
    for number in range(3):
        people.person(f"P{number}", f"Firm {number}")
    with django_assert_max_num_queries(18) as three:
        bench(Wanted(), now())
    for number in range(3, 12):
        people.person(f"P{number}", f"Firm {number}")
    with django_assert_max_num_queries(len(three)):
        bench(Wanted(), now())
