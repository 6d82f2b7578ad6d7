"""Giving what sales has in hand to somebody else: a lead with its clock and cadence, or an imported opportunity."""

from winnow.leads.audit import audited
from winnow.leads.calendar import due_after
from winnow.leads.clock import now
from winnow.leads.cycle import WrongStage, words
from winnow.leads.errors import Refusal
from winnow.leads.lead import Handoff, Lead, Touch
from winnow.leads.opportunity import Opportunity
from winnow.leads.record import recording
from winnow.policy import facts

WORKED = ("handed_off", "accepted", "opportunity")


def reassign(lead: Lead, *, to, by, at=None, note: str = "") -> Handoff:
    """Give a lead that sales has to another rep. The old handoff ends, a new one stands in its place.

    An unanswered one waits for the new rep's answer, with a new clock; what sales has accepted stays accepted, and the
    planned touch and the open opportunity go along.
    """
    at = at or now()
    if to.role not in ("rep", "manager") or not to.is_active:
        raise Refusal(f"{to} doesn't work leads ({to.role}); choose a sales rep.")
    with recording(lead.account, at=at, by=by) as history:
        held, stage = lead.open_handoff, lead.stage
        if held is None or stage not in WORKED:
            raise WrongStage(f"{lead} is {words(stage)} and with nobody; hand it off instead.")
        if held.rep_id == to.pk:
            raise Refusal(f"{lead} is with {to} already since {held.given_at:%-d %B %Y}; choose somebody else.")
        mine = Handoff.objects.filter(pk=held.pk, ended_at=None, response=held.response)
        ended = {"ended_at": at}
        if not held.response:
            ended |= {"response": "recalled", "responded_at": at, "responded_by": by}
        if not mine.update(**ended):
            raise WrongStage(f"{lead} was answered or given on meanwhile; look again.")
        promise = lead.definition.policy.promise
        answered = {"response": held.response, "responded_at": at, "responded_by": by} if held.response else {}
        due_at = due_after(promise, at, promise.response_minutes)
        made = Handoff.objects.create(
            lead=lead, rep=to, given_by=by, given_at=at, note=note, response_due_at=due_at, **answered
        )
        Touch.objects.filter(cycle__lead=lead, done_at=None, cancelled_at=None).update(rep=to)
        lead.opportunities.filter(outcome="open").update(owner=to)
        lead.people_belong_to(to, at)
        history.append(facts.LeadHandedOff(person=lead.person_id, to=to.pk, lead=lead.pk))
        audited(by, "reassign", lead, f"from {held.rep} to {to}")
    return made


def give_opportunity(deal: Opportunity, *, to, by, at=None) -> None:
    """Give an imported opportunity an owner; one that came from a lead goes with its lead."""
    if deal.lead_id is not None:
        reassign(deal.lead, to=to, by=by, at=at)
        return
    if not to.is_active:
        raise Refusal(f"{to} has left; choose somebody who works here.")
    with recording(deal.account, at=at, by=by) as history:
        mine = Opportunity.objects.filter(pk=deal.pk, outcome="open", voided_at=None)
        if not mine.update(owner=to):
            raise Refusal(f"{deal} is closed, or its import was taken back; there is nothing to work on.")
        history.append(facts.Assigned(person=deal.person_id, to=to.pk))
        audited(by, "give", deal, f"to {to}")


def write_off(deal: Opportunity, *, reason: str, by, at=None) -> None:
    """Close an imported opportunity that nobody works: lost, with the reason. Closing is always possible."""
    at = at or now()
    if not reason:
        raise Refusal(f"{deal} can't be closed without a reason; say why.")
    if deal.lead_id is not None:
        deal.lead.lose(by=by, reason=reason, at=at)
        return
    with recording(deal.account, at=at, by=by) as history:
        mine = Opportunity.objects.filter(pk=deal.pk, outcome="open", voided_at=None)
        if not mine.update(outcome="lost", stage="lost", closed_at=at, lost_reason=reason[:60]):
            raise Refusal(f"{deal} was closed before, or its import was taken back; look again.")
        cycle = deal.cycle
        if cycle is not None and cycle.stage == "opportunity":
            cycle.move("lost", by=by, at=at, reason=reason)
        history.append(facts.Lost(person=deal.person_id, opportunity=deal.pk, reason=reason[:60]))
        audited(by, "write off", deal, reason)


def same_product(wrong, right, *, by) -> int:
    """A spelling that is on no list is this product: its opportunities say so from now on. Returns how many."""
    from django.db import transaction

    if wrong.known or not right.known:
        raise Refusal(f"{wrong} is a product of its own, or {right} is on no list; import the list of products first.")
    with transaction.atomic():
        moved = Opportunity.objects.filter(product=wrong).update(product=right)
        audited(by, "same product", wrong, f"{wrong.code} is {right.code}: {moved} opportunities")
    return moved
