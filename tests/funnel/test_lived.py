"""The figures of leads that went the whole way by the product's own verbs."""

from datetime import timedelta

import pytest

from tests.web import people as scene
from winnow.funnel import reports, rollup
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.models import Inquiry
from winnow.leads.record import recording
from winnow.policy import facts

pytestmark = pytest.mark.django_db


def by(report, key):
    return {row[key]: row for row in report.rows}


def inquire(person, source, at, cycle=None):
    with recording(person.account, at=at) as history:
        inquiry = Inquiry.objects.create(
            person=person, account=person.account, captured_at=at, recorded_at=at, source=source, cycle=cycle,
        )  # fmt: skip
        history.append(facts.Inquired(person=person.pk), inquiry_id=inquiry.pk)
    return inquiry


def test_a_lead_is_counted_at_every_stage_with_the_inquiry_that_opened_its_cycle():
    scene.signed()
    lead = scene.lead()
    Inquiry.objects.update(source="fair")
    inquire(lead.person, "newsletter", now(), Cycle.open_for(lead.person))
    handoff = lead.hand_off(to=scene.sam(), by=scene.carol())
    handoff.accept(by=scene.sam())
    lead.open_opportunity(amount_cents=5_000_00, by=scene.sam())
    lead.win(by=scene.sam())
    rows = by(reports.run("funnel", by="source"), "source")
    fair, newsletter = rows["fair"], rows["newsletter"]
    names = ("inquiries", "prospects", "leads", "handed_off", "accepted", "opportunities", "won", "won_cents")
    assert [fair[name] for name in names] == [1, 1, 1, 1, 1, 1, 1, 500_000]
    assert [newsletter[name] for name in names] == [1, 0, 0, 0, 0, 0, 0, 0]
    assert by(reports.run("funnel", by="owner"), "owner")["Sam"]["won"] == 1
    assert rollup.verify()[1] == []


def test_a_second_cycle_counts_with_the_inquiry_that_opened_it_and_under_its_number():
    scene.signed()
    lead = scene.lead()
    Inquiry.objects.update(source="fair")
    lead.hand_off(to=scene.sam(), by=scene.carol()).reject(reason="no_budget", by=scene.sam())
    person = lead.person
    second = Cycle.open_for(person)
    inquire(person, "webinar", now(), second)
    rows = by(reports.run("funnel", by="source"), "source")
    assert (rows["fair"]["rejected"], rows["fair"]["prospects"], rows["webinar"]["prospects"]) == (1, 1, 1)
    numbers = by(reports.run("funnel", by="cycle"), "cycle")
    assert (numbers["1"]["leads"], numbers["2"]["prospects"]) == (1, 1)


def test_a_recycled_person_without_a_new_inquiry_counts_with_the_one_before():
    scene.signed()
    lead = scene.lead()
    Inquiry.objects.update(source="fair")
    lead.hand_off(to=scene.sam(), by=scene.carol()).reject(reason="no_budget", by=scene.sam())
    report = reports.run("funnel", by="source")
    assert [(row["source"], row["inquiries"], row["prospects"]) for row in report.rows] == [("fair", 1, 2)]
    assert by(reports.run("funnel", by="cycle"), "cycle")["2"]["inquiries"] == 0


def test_people_who_join_a_lead_are_no_leads_and_no_deals_of_their_own():
    scene.signed()
    lead = scene.lead("Ann", "Nordkap Seafood")
    bob = scene.person("Bob", "Nordkap Seafood")
    scene.eager(bob)
    scene.answers(bob, budget="partly", need="yes", authority="yes", timing="partly")
    assert lead.cycles.count() == 2
    lead.hand_off(to=scene.sam(), by=scene.carol()).accept(by=scene.sam())
    lead.open_opportunity(amount_cents=100, by=scene.sam())
    lead.win(by=scene.sam())
    totals = reports.run("funnel").totals
    names = ("people", "prospects", "leads", "handed_off", "accepted", "opportunities", "won")
    assert [totals[name] for name in names] == [2, 2, 1, 1, 1, 1, 1]


def test_a_rep_who_has_not_answered_yet_counts_as_waiting_and_not_as_fast():
    scene.signed()
    monday = now() - timedelta(days=30)
    answered = scene.lead("Ann", "Nordkap Seafood").hand_off(to=scene.sam(), by=scene.carol())
    answered.accept(by=scene.sam())
    waiting = [scene.lead(name, f"Firm {name}") for name in ("Bob", "Cid", "Dora")]
    for lead in waiting:
        handoff = lead.hand_off(to=scene.sam(), by=scene.carol())
        type(handoff).objects.filter(pk=handoff.pk).update(given_at=monday)
    row = reports.run("reps").rows[0]
    assert (row["leads"], row["accepted"], row["unanswered"]) == (4, 1, 3)
    assert row["median_minutes"] is None and row["late"] >= 0


def test_the_trail_of_an_account_tells_the_points_and_who_decided():
    scene.signed()
    lead = scene.lead("Ann", "Nordkap Seafood")
    lead.hand_off(to=scene.sam(), by=scene.carol())
    report = reports.run("trail", account="nordkap seafood")
    kinds = [row["kind"] for row in report.rows]
    assert kinds[0] == "inquiry" and "handoff" in kinds and report.totals["facts"] == len(kinds)
    assert [row["recorded_at"] for row in report.rows] == sorted(row["recorded_at"] for row in report.rows)
    told = next(row for row in report.rows if row["kind"] == "handoff")
    assert (told["decided_by"], told["to"], told["person"]) == ("Carol", "Sam", "Ann Ahlgren")
    assert any(row["points"] for row in report.rows if row["kind"] == "content_taken")
    for asked in (str(lead.account_id), lead.account.domain):
        assert reports.run("trail", account=asked).totals["account"] == lead.account_id


def test_who_may_not_see_reports_or_costs_is_told_or_gets_none():
    from winnow.leads.errors import Refusal

    with pytest.raises(Refusal, match="not for your role"):
        reports.run("funnel", user=scene.sam())
    scene.person("Ann")
    dev = scene.user("Dana", "development")
    report = reports.run("funnel", user=dev)
    assert not [key for key in (*report.rows[0], *report.totals) if "cost" in key]
    assert "missing_cost" not in {one["code"] for one in report.warnings}
    assert "cost_cents" in reports.run("funnel", user=scene.carol()).rows[0]
