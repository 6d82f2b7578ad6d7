"""A rejected lead doesn't come back on the next click: whatever the reason, it takes what the definition names (H3)."""

from datetime import timedelta
from random import Random

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tries import tries
from tests.web import people
from winnow.leads import sorting
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN, Cycle
from winnow.leads.due import judge_due
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.policy.definition import parse
from winnow.policy.fold import RANK

pytestmark = pytest.mark.django_db
RULES = parse(people.STARTER)
REASONS = {one.code: one for one in RULES.reasons}


def rejected(reason: str, name: str = "Ann", company: str = "Nordkap Seafood"):
    lead = people.lead(name, company)
    people.person("Colleague", company, inquired=False)
    lead.hand_off(to=people.sam(), by=people.carol()).reject(reason=reason, by=people.sam())
    return lead


def clicks(person, chance, at) -> None:
    """Whatever people do by themselves, and machines for them."""
    colleague = person.account.people.get(first_name="Colleague")
    done = [
        facts.ContentTaken(person=person.pk, content=chance.choice(("paper-0", "paper-9", "demo"))),
        facts.ContentTaken(person=person.pk, content="demo", machine=True),
        facts.PageSeen(person=person.pk, page="pricing", quantity=chance.randint(1, 9)),
        facts.MailClicked(person=person.pk, mail="tip-1", confirmed=chance.random() < 0.5),
        facts.Inquired(person=person.pk, channel=chance.choice(("web", "event", "purchased_list")),
                       interest=chance.choice(("active", "passive"))),
        facts.Called(person=person.pk, result=chance.choice(("spoke", "no_answer"))),
        facts.MailReplied(person=colleague.pk, mail="tip-1"),
        facts.ContentTaken(person=colleague.pk, content="roi"),
        facts.Answered(person=colleague.pk, item="other", level="yes", source="call"),
    ]  # fmt: skip
    with recording(person.account, at=at) as history:
        history.append(chance.choice(done))


def is_lead(person) -> bool:
    judge_due()
    return person.account.leads.filter(closed_at=None).exists()


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_no_click_and_no_old_evidence_brings_a_rejected_lead_back(reason):
    people.signed()
    person, rule = rejected(reason).person, REASONS[reason]
    chance = Random(reason)
    start = now()
    for number in range(12):
        at = start + timedelta(days=number // 4, minutes=number + 1)
        with time_machine.travel(at, tick=False):
            clicks(person, chance, at)
            if rule.clause and rule.clause != "fit":  # what was said before the rejection, written down late
                sorting.answer(person, item=rule.clause, level="yes", source="form", by=people.carol(),
                               said_at=start - timedelta(days=1))  # fmt: skip
            assert not is_lead(person), (reason, number)
    stage = Cycle.last_of(person).stage
    assert stage == ("nurturing" if rule.then == "recycled" else "disqualified")


@pytest.mark.parametrize("reason", sorted(code for code, one in REASONS.items() if one.then == "recycled"))
def test_what_the_reason_names_does_bring_it_back(reason):
    people.signed()
    person, rule = rejected(reason).person, REASONS[reason]
    later = now() + timedelta(days=rule.wait_days, hours=1)
    asked = RULES.clause(rule.clause).asked if rule.clause else None
    if rule.clause and rule.clause != "fit":
        at = now() + timedelta(minutes=5)
        with time_machine.travel(at, tick=False):
            sorting.answer(person, item=rule.clause, level=asked or "partly", source="call", by=people.carol())
            assert is_lead(person), "newer evidence for what failed"
        return
    with time_machine.travel(later - timedelta(days=1), tick=False):
        assert not is_lead(person)
    with time_machine.travel(later, tick=False):
        people.eager(person, times=5)
        people.answers(person, budget="partly", need="yes", authority="yes", timing="partly")
        if rule.clause == "fit":
            people.fit(person)
        assert is_lead(person), "new interest after the wake-up"


@settings(
    max_examples=tries(8, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.integers(0, 2**32), st.sampled_from(sorted(REASONS)))
def test_whenever_it_comes_back_what_failed_is_newer_or_the_date_has_come(db, seed, reason):
    """Any sequence of clicks, calls, answers and days: a second lead has the evidence that the definition asks for."""
    chance, rule = Random(seed), REASONS[reason]
    with transaction.atomic():
        people.signed()
        person = rejected(reason).person
        start = at = now()
        wake = start + timedelta(days=rule.wait_days)
        newer = interest = False
        for _ in range(14):
            at += timedelta(minutes=chance.choice((1, 90, 1440, 20 * 1440, 60 * 1440)))
            with time_machine.travel(at, tick=False):
                if rule.clause and rule.clause != "fit" and chance.random() < 0.2:
                    level = chance.choice(("no", "partly", "yes"))
                    sorting.answer(person, item=rule.clause, level=level, source="call", by=people.carol())
                    newer = newer or RANK[level] >= RANK[RULES.clause(rule.clause).asked or "partly"]
                else:
                    clicks(person, chance, at)
                interest = interest or at >= wake
                if is_lead(person):
                    assert rule.then == "recycled" and (newer or interest), (reason, at - start)
                    break
        assert Cycle.objects.filter(person=person, stage__in=OPEN).count() == (rule.then == "recycled")
        transaction.set_rollback(True)
