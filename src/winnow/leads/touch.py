"""Touches: the cadence of personal contacts, planned with a date and done with a result."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from winnow.leads.audit import audited
from winnow.leads.calendar import due_after
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle, WrongStage
from winnow.leads.errors import Refusal
from winnow.leads.record import recording
from winnow.policy import facts


class Touch(models.Model):
    """One personal contact attempt: planned with a date and a reason of its own, then done with a result."""

    KINDS = ["call", "mail", "meeting", "visit", "post"]
    RESULTS = ["spoke", "met", "replied", "no_answer", "message_left", "sent", "wrong_person"]

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="touches")
    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="touches")
    rep = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="touches")
    kind = models.CharField(max_length=10, default="call")
    number = models.PositiveSmallIntegerField(default=1)
    purpose = models.CharField(max_length=300, blank=True, default="")
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=14, blank=True, default="")
    note = models.TextField(blank=True, default="")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_touch"
        constraints = [
            models.UniqueConstraint(
                "cycle", condition=Q(done_at=None, cancelled_at=None), name="touch_one_planned"
            ),
        ]
        indexes = [
            models.Index("due_at", name="touch_due", condition=Q(done_at=None, cancelled_at=None)),
        ]

    @classmethod
    def made_in(cls, cycle):
        """Contacts that took place in this cycle; once sales has accepted its lead, those since then: what lead
        development did before is no part of the cadence that sales promised."""
        made = cls.objects.filter(cycle=cycle).exclude(done_at=None)
        answers = cycle.lead.handoffs.filter(response="accepted") if cycle.lead else None
        since = answers.aggregate(first=models.Min("responded_at"))["first"] if answers is not None else None
        return made.filter(done_at__gte=since) if since else made

    @classmethod
    def next_number(cls, cycle) -> int:
        """Which contact of the cadence the next one is, from 1."""
        return cls.made_in(cycle).count() + 1

    @classmethod
    def plan(cls, lead, *, rep, at, due_at=None, kind: str = "call", purpose: str = "") -> "Touch":
        """Date the next touch of a lead; one that was planned and not done is replaced."""
        cycle = lead.cycle
        cls.objects.filter(cycle=cycle, done_at=None, cancelled_at=None).update(cancelled_at=at)
        promise = lead.definition.policy.promise
        return cls.objects.create(
            cycle=cycle, person=lead.person, rep=rep, kind=kind, number=cls.next_number(cycle), purpose=purpose,
            due_at=due_at or due_after(promise, at, promise.response_minutes),
        )

    @classmethod
    def log(
        cls, person, *, kind: str, result: str, by, note: str = "", next_at=None, next_purpose: str = "", at=None,
        minutes: int = 0,
    ) -> "Touch":
        """Log a contact that took place. With a lead in hand the next one is dated too; a cadence can't run dry.

        Refusal when the lead is being worked, touches are left in the cadence and no next date is given.
        """
        at = at or now()
        if kind not in cls.KINDS or result not in cls.RESULTS:
            raise Refusal(f"A touch is one of {', '.join(cls.KINDS)} with one of {', '.join(cls.RESULTS)}.")
        with recording(person.account, at=at, by=by) as history:
            cycle = Cycle.open_for(person)
            if cycle is None:
                raise WrongStage(f"{person} has no open cycle; record an inquiry or reopen first.")
            planned = cls.objects.filter(cycle=cycle, done_at=None, cancelled_at=None).first()
            touch = planned or cls(cycle=cycle, person=person)
            touch.rep, touch.kind, touch.result, touch.note, touch.done_at = by, kind, result, note, at
            if planned is None:
                touch.number = cls.next_number(cycle)
            touch.save()
            lead = cycle.lead
            if lead is not None and cycle.stage == "accepted":
                days = lead.definition.policy.touch_days
                if next_at is None and touch.number < lead.definition.policy.touches:
                    next_at = due_after(lead.definition.policy.promise, at + timedelta(days=days), 1)
            if next_at is not None and lead is not None:
                cls.plan(lead, rep=lead.rep or by, at=at, due_at=next_at, purpose=next_purpose)
            person.inquiries.filter(answered_at=None).exclude(inquiry_due_at=None).update(answered_at=at)
            history.append(facts.Touched(person=person.pk, by=kind, result=result))
            audited(by, "touch", touch, result)
        return touch
