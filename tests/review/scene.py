"""A small firm in the middle of its work: leads in Sam's and Tom's hands, each at another point."""

from datetime import timedelta

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed, user
from winnow.leads.models import Handoff, Lead, Person, Touch
from winnow.leads.record import recording
from winnow.policy import facts

LOW = {
    "score": {"asked": 0},
    "lead": {"grade": "D"},
    "bantfo": {"need": {"asked": "yes", "expires_days": 400}},
    "reject": [
        {"code": "no_need", "says": "No need", "clause": "need", "then": "recycled", "wait_days": 30},
        {"code": "no_fit", "says": "Not for us", "then": "disqualified"},
    ],
}
DAY = timedelta(days=1)


def tom():
    return user("Tom", "rep")


def law() -> None:
    """A definition in force under which a need is enough."""
    signed(LOW)


def ready(name: str, firm: str = "", at=MONDAY) -> Lead:
    """A lead that waits to be handed off."""
    person = prospect(name, account(firm or f"{name} Inc", at), at)
    with recording(person.account, at=at) as history:
        history.append(facts.Answered(person=person.pk, item="need", level="yes", source="rep"))
    return Lead.objects.get(person=person)


def given(name: str, to=None, at=MONDAY) -> Handoff:
    """A lead that was handed off and waits for its answer."""
    return ready(name, at=at).hand_off(to=to or sam(), by=carol(), at=at)


def accepted(name: str, to=None, at=MONDAY) -> Lead:
    """A lead that was accepted; the first touch is planned by the cadence."""
    handoff = given(name, to, at)
    handoff.accept(by=handoff.rep, at=at)
    return handoff.lead


def adrift(name: str, to=None, at=MONDAY) -> Lead:
    """A lead for which nothing is dated."""
    lead = accepted(name, to, at)
    Touch.objects.filter(cycle__lead=lead).update(cancelled_at=at)
    return lead


def worth(name: str, to=None, at=MONDAY, closes_on=None) -> Lead:
    """A lead that has become an opportunity."""
    lead = accepted(name, to, at)
    lead.open_opportunity(amount_cents=4_000_000, by=to or sam(), at=at, closes_on=closes_on)
    return lead


def name_of(line) -> str:
    return Person.objects.get(cycles=line.cycle_id).first_name
