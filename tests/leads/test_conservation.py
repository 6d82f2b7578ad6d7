"""Cycles are neither lost nor made up: opened = the sum over the stages, now and as of any date (Property 4)."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed
from tests.tries import tries
from winnow.leads.cycle import CLOSED, STAGES, WrongStage
from winnow.leads.errors import Refusal
from winnow.leads.models import Cycle, Handoff, Lead, Opportunity, StageChange, Touch
from winnow.leads.record import recording
from winnow.leads.sorting import dispose
from winnow.policy import facts

pytestmark = pytest.mark.django_db

LOW = {
    "score": {"asked": 0},
    "lead": {"grade": "D"},
    "bantfo": {"need": {"asked": "yes", "expires_days": 60}},
    "reject": [
        {"code": "no_need", "clause": "need", "then": "recycled", "wait_days": 9},
        {"code": "no_fit", "then": "disqualified"},
    ],
}

VERBS = (
    *("need", "need", "need", "interest", "wait", "dispose", "touch"),
    *("hand_off", "hand_off", "accept", "accept", "reject", "recall"),
    *("open_opportunity", "open_opportunity", "win", "lose", "recycle", "disqualify"),
)


def one_step(chance: Random, people: list, at) -> str:
    """Somebody does something, or is refused. Returns what it was."""
    person = chance.choice(people)
    lead = Lead.objects.filter(account=person.account).order_by("-pk").first()
    handoff = Handoff.objects.filter(lead=lead).order_by("-pk").first()
    verb = chance.choice(VERBS)
    who = {"by": sam(), "at": at}
    match verb:
        case "need" | "interest":
            told = facts.Answered(person=person.pk, item="need", level="yes", source="rep")
            if verb == "interest":
                told = facts.ContentTaken(person=person.pk, content="demo")
            with recording(person.account, at=at) as history:
                history.append(told)
        case "dispose":
            what = chance.choice(("nurture", "disqualified", "reopened"))
            dispose(person, disposition=what, reason="not_genuine", lasting=chance.random() < 0.3, **who)
        case "touch":
            Touch.log(person, kind="call", result="spoke", **who)
        case "hand_off" if lead:
            lead.hand_off(to=sam(), by=carol(), at=at)
        case "accept" | "recall" if handoff:
            getattr(handoff, verb)(**who)
        case "reject" if handoff:
            handoff.reject(reason=chance.choice(("no_need", "no_fit")), **who)
        case "open_opportunity" if lead:
            lead.open_opportunity(amount_cents=100_000, **who)
        case "win" if lead:
            lead.win(**who)
        case "lose" if lead:
            lead.lose(reason="price", **who)
        case "recycle" if lead:
            lead.recycle(reason="not_now", until=at + timedelta(days=5), **who)
        case "disqualify" if lead:
            lead.disqualify(reason="no_fit", **who)
    return verb


def assert_nothing_is_lost() -> None:
    """Opened = the sum over stages; what the ledger says = where the cycles stand; no person has two open cycles."""
    stages = Counter(Cycle.objects.values_list("stage", flat=True))
    opened = StageChange.objects.filter(before="").count()
    assert opened == Cycle.objects.count() == sum(stages.values())
    for at in {None, *StageChange.objects.values_list("at", flat=True)}:
        changes = StageChange.objects.filter(at__lte=at) if at else StageChange.objects.all()
        stock = Counter()
        for change in changes:
            stock[change.before] -= 1
            stock[change.after] += 1
        assert all(stock[stage] >= 0 for stage in STAGES)
        assert -stock.pop("") == sum(stock.values())
    assert {stage: n for stage, n in stock.items() if n} == stages or at is not None
    last = {change.cycle_id: change for change in StageChange.objects.order_by("id")}
    for cycle in Cycle.objects.all():
        assert last[cycle.pk].after == cycle.stage
        assert (cycle.closed_at is not None) == (cycle.stage in CLOSED)


def assert_leads_and_cycles_agree() -> None:
    """A lead is closed exactly when the cycle of its primary person is; an open opportunity has an open lead."""
    for lead in Lead.objects.all():
        stage = Cycle.objects.filter(person=lead.person).order_by("-number").first().stage
        if lead.closed_at is None:
            assert stage in ("ready", "handed_off", "accepted", "opportunity")
        assert lead.handoffs.filter(ended_at=None).count() == (
            lead.closed_at is None and stage in ("handed_off", "accepted", "opportunity")
        )
    assert not Opportunity.objects.filter(outcome="open").exclude(lead__closed_at=None).exists()


@settings(
    max_examples=tries(5, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.integers(0, 2**40))
def test_whatever_people_do_no_cycle_is_lost_and_none_made_up(db, seed):
    from django.db import transaction

    chance = Random(seed)
    signed(LOW)
    acme, globex = account("", MONDAY), account("", MONDAY)
    people = [prospect("Ann", acme), prospect("Bob", acme), prospect("Cem", globex)]
    at, done = MONDAY, []
    for _ in range(25):
        at += timedelta(minutes=chance.choice((0, 1, 90, 1440, 12_000)))
        try:
            with transaction.atomic():
                done.append(one_step(chance, people, at))
        except Refusal as refused:
            assert "\n" not in str(refused)
        assert_leads_and_cycles_agree()
    assert_nothing_is_lost()


def test_a_refused_transition_leaves_no_trace(db):
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    lead = Lead.objects.get()
    before = list(StageChange.objects.values())
    with pytest.raises(Refusal):
        lead.win(by=sam(), at=MONDAY)
    assert list(StageChange.objects.values()) == before
    assert lead.stage == "ready"


def test_what_became_of_a_closed_lead_cannot_be_changed_through_it(db):
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    lead = Lead.objects.get()
    handoff = lead.hand_off(to=sam(), by=carol(), at=MONDAY)
    handoff.accept(by=sam(), at=MONDAY)
    lead.recycle(reason="not_now", until=MONDAY + timedelta(days=9), by=sam(), at=MONDAY)
    for verb in (
        lambda: lead.open_opportunity(amount_cents=1, by=sam(), at=MONDAY),
        lambda: lead.win(by=sam(), at=MONDAY),
        lambda: lead.disqualify(reason="no_fit", by=sam(), at=MONDAY),
        lambda: lead.recycle(reason="not_now", until=None, by=sam(), at=MONDAY),
    ):
        with pytest.raises(WrongStage, match="was closed on 2 March 2026"):
            verb()
    assert not Opportunity.objects.exists()


def test_a_lead_that_lapsed_does_not_reach_sales_by_the_way_of_imports(db):
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    later = MONDAY + timedelta(days=61)
    with recording(ann.account, at=later):
        pass
    assert Cycle.objects.get(person=ann).stage == "nurturing"
    with pytest.raises(WrongStage):
        Lead.objects.get().open_opportunity(amount_cents=1, by=sam(), at=later)


def test_an_opportunity_leaves_the_forecast_when_its_lead_is_recycled(db):
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    lead = Lead.objects.get()
    lead.hand_off(to=sam(), by=carol(), at=MONDAY).accept(by=sam(), at=MONDAY)
    made = lead.open_opportunity(amount_cents=100, by=sam(), at=MONDAY)
    lead.recycle(reason="not_now", until=MONDAY + timedelta(days=9), by=sam(), at=MONDAY)
    made.refresh_from_db()
    assert (made.outcome, made.lost_reason, made.closed_at) == ("lost", "not_now", MONDAY)
