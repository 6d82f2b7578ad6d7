"""Several at once: what is recorded, handed off and answered happens once and is all there (R10)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed
from winnow.leads.cycle import WrongStage
from winnow.leads.errors import Refusal
from winnow.leads.models import Cycle, FactHead, FactRow, Handoff, Lead, Opportunity, StageChange, User
from winnow.leads.record import recording
from winnow.leads.replaying import fact_chain, honest_cache
from winnow.policy import facts

LOW = {"score": {"asked": 0}, "lead": {"grade": "D"}, "bantfo": {"need": {"asked": "yes"}}}
CLIENTS = 8


def all_at_once(*jobs) -> list:
    """Run the jobs at the same moment, each with a connection of its own. Returns what each gave or raised."""
    gate, said = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        gate.wait()
        try:
            said[number] = job()
        except Exception as error:
            said[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def ready_lead(name: str = "Acme") -> Lead:
    """A lead that waits to be handed off."""
    ann = prospect("Ann", account(name))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    return Lead.objects.get(person=ann)


@pytest.mark.django_db(transaction=True)
def test_facts_of_one_account_that_come_at_once_are_all_kept_and_counted():
    signed({**LOW, "score": {"asked": 0, "daily_cap": 10_000, "repeat_days": 0, "content": {"demo": 1}}})
    acme = account("Acme")
    ann = prospect("Ann", acme)

    def take_ten():
        for _ in range(10):
            with recording(acme, at=MONDAY) as history:
                history.append(facts.ContentTaken(person=ann.pk, content="demo"))

    assert all_at_once(*[take_ten] * CLIENTS) == [None] * CLIENTS
    assert FactRow.objects.count() == FactHead.objects.get().facts == 10 * CLIENTS
    ann.standing.refresh_from_db()
    assert ann.standing.milli == 10 * CLIENTS * 1000
    assert honest_cache().ok and fact_chain().ok


@pytest.mark.django_db(transaction=True)
def test_of_many_who_hand_a_lead_off_at_once_one_does_and_the_others_hear_who_has_it():
    signed(LOW)
    lead, rep, giver = ready_lead(), sam(), carol()
    said = all_at_once(*[lambda: Lead.objects.get().hand_off(to=rep, by=giver, at=MONDAY)] * CLIENTS)
    assert sum(isinstance(one, Handoff) for one in said) == 1
    assert all(isinstance(one, (Handoff, Refusal)) for one in said), said
    assert Handoff.objects.filter(lead=lead).count() == 1
    assert StageChange.objects.filter(after="handed_off").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_handoff_is_answered_once_whoever_answers_at_the_same_moment():
    signed({**LOW, "reject": [{"code": "no_need", "clause": "need"}]})
    ready_lead().hand_off(to=sam(), by=carol(), at=MONDAY)
    rep, giver = sam(), carol()
    jobs = [
        lambda: Handoff.objects.get().accept(by=rep, at=MONDAY),
        lambda: Handoff.objects.get().reject(reason="no_need", by=rep, at=MONDAY),
        lambda: Handoff.objects.get().recall(by=giver, at=MONDAY),
    ] * 2
    said = all_at_once(*jobs)
    assert sum(one is None for one in said) == 1
    assert all(one is None or isinstance(one, Refusal) for one in said), said
    assert FactRow.objects.filter(kind="response").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_an_opportunity_at_once_one_is_told_that_it_is_closed():
    signed(LOW)
    lead, rep = ready_lead(), sam()
    lead.hand_off(to=rep, by=carol(), at=MONDAY).accept(by=rep, at=MONDAY)
    lead.open_opportunity(amount_cents=100, by=rep, at=MONDAY)
    said = all_at_once(
        lambda: Lead.objects.get().win(by=rep, at=MONDAY),
        lambda: Lead.objects.get().lose(by=rep, reason="price", at=MONDAY),
    )
    assert sorted(type(one).__name__ for one in said) == ["NoneType", "WrongStage"]
    assert Opportunity.objects.get().outcome == Cycle.objects.get().stage


@pytest.mark.django_db(transaction=True)
def test_what_somebody_looked_at_long_ago_is_not_what_they_decide_on():
    """Compare-and-set: the second decision was taken on a stage that is gone."""
    signed(LOW)
    lead = ready_lead()
    mine, yours = Cycle.objects.get(lead=lead), Cycle.objects.get(lead=lead)
    mine.move("handed_off", by=None, at=MONDAY)
    with pytest.raises(WrongStage, match="has become handed off meanwhile"):
        yours.move("nurturing", by=None, at=MONDAY)
    assert StageChange.objects.filter(cycle=mine).count() == 3


@pytest.mark.bars
@pytest.mark.django_db(transaction=True)
def test_a_thousand_leads_and_eight_clients_give_no_doubles_and_no_deadlock():
    """R10 in full, on handing off and on answering."""
    signed(LOW)
    leads = [ready_lead(f"Firm {number}").pk for number in range(1000)]
    rep, giver = sam(), carol()
    User.objects.filter(pk=rep.pk).update(capacity=10_000)

    def of_all(job):
        def run():
            done = 0
            for number in leads:
                try:
                    job(number)
                    done += 1
                except Refusal:
                    pass
            return done

        return run

    give = of_all(lambda number: Lead.objects.get(pk=number).hand_off(to=rep, by=giver, at=MONDAY))
    accept = of_all(
        lambda number: Handoff.objects.get(lead=number).accept(by=rep, at=MONDAY + timedelta(minutes=1))
    )
    for job in (give, accept):
        said = all_at_once(*[job] * CLIENTS)
        assert all(isinstance(one, int) for one in said), said
        assert sum(said) == len(leads)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT lead_id) FROM leads_handoff WHERE response = 'accepted'"
        )
        assert cursor.fetchone() == (1000, 1000)
    assert honest_cache().ok and fact_chain().ok
