"""Leads, handoffs and what sales answers: every transition compare-and-set, every decision a row and a fact."""

from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from winnow.leads.audit import audited
from winnow.leads.calendar import due_after
from winnow.leads.clock import now
from winnow.leads.cycle import CLOSED, Cycle, WrongStage
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.fact import minute
from winnow.leads.opportunity import Opportunity
from winnow.leads.record import recording
from winnow.leads.touch import Touch
from winnow.leads.user import User
from winnow.policy import facts
from winnow.policy.explain import clause_words


class NotReady(Refusal):
    """The definition is not met; `unmet` names the clauses."""

    code = "not_ready"

    def __init__(self, text: str, unmet: tuple[str, ...]):
        super().__init__(text)
        self.unmet = unmet


class AlreadyHandedOff(Refusal):
    """Somebody has it already."""

    code = "already_handed_off"


class Lead(models.Model):
    """A prospect who met the whole definition. `definition` is what made it one, for ever named on it.

    One open lead per account and product line; `person` is the primary one, the others join through their cycles.
    """

    account = models.ForeignKey("leads.Account", models.PROTECT, related_name="leads")
    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="leads")
    line = models.CharField(max_length=40, default="", blank=True)
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="leads")
    policy_version = models.IntegerField()
    milli = models.IntegerField()
    grade = models.CharField(max_length=1)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    seal = models.BinaryField(max_length=32, default=b"", help_text="of what made it; written by the database")

    class Meta:
        db_table = "leads_lead"
        constraints = [
            models.UniqueConstraint("account", "line", condition=Q(closed_at=None), name="lead_one_open"),
        ]
        indexes = [models.Index("made_at", name="lead_made")]

    def __str__(self) -> str:
        return f"lead {self.pk} ({self.account})"

    # -- how a lead is made, and unmade ------------------------------------------------------------------------
    @classmethod
    def follow(cls, account, verdict, definition: Definition, version: int, at) -> None:
        """Make the lead when the verdict turned ready, let others join, let it lapse when it no longer holds.

        Called by `record` with the account locked.
        """
        lead = cls.objects.filter(account=account, line="", closed_at=None).first()
        ready = [one for one in verdict.people if one.ready]
        if lead is None and ready:
            lead = cls._make(account, ready, definition, version, at)
        if lead is not None:
            lead._join(ready, at)
            if not ready and lead.waits:
                lead._lapse(at)

    @classmethod
    def _make(cls, account, ready, definition, version, at) -> "Lead | None":
        for one in sorted(ready, key=lambda v: (-v.milli, v.person)):
            cycle = Cycle.objects.filter(person_id=one.person, line="", stage__in=("new", "nurturing")).first()
            if cycle is None:
                continue
            lead = cls.objects.create(
                account=account, person_id=one.person, definition=definition, policy_version=version,
                milli=one.milli, grade=one.grade, made_at=at,
            )
            cycle.move("ready", by=None, at=at, reason="definition met")
            Cycle.objects.filter(pk=cycle.pk).update(lead=lead)
            return lead
        return None

    def _join(self, ready, at) -> None:
        """People who get ready later take the stage that the lead has reached."""
        people = [one.person for one in ready]
        joining = Cycle.objects.filter(person__in=people, line=self.line, stage__in=("new", "nurturing"))
        for cycle in joining:
            cycle.move("ready", by=None, at=at, reason="joined the lead")
            for stage in ("handed_off", "accepted", "opportunity"):
                if self.stage == cycle.stage:
                    break
                cycle.move(stage, by=None, at=at, reason="joined the lead")
            Cycle.objects.filter(pk=cycle.pk).update(lead=self)

    def _lapse(self, at) -> None:
        for cycle in self.cycles.filter(stage="ready"):
            cycle.move("nurturing", by=None, at=at, reason="no longer meets the definition")
        Lead.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at)

    # -- where it stands ----------------------------------------------------------------------------------------
    @property
    def cycle(self) -> Cycle:
        """The primary person's cycle."""
        return Cycle.objects.get(lead=self, person_id=self.person_id)

    @property
    def stage(self) -> str:
        """The stage of the primary person's cycle."""
        return Cycle.objects.values_list("stage", flat=True).get(lead=self, person_id=self.person_id)

    @property
    def inquiry(self):
        """The inquiry that it goes back to: the first valid one of its cycle, else the last one before that cycle."""
        valid, cycle = self.person.inquiries.filter(valid=True, voided_at=None), self.cycle
        own = valid.filter(cycle=cycle).order_by("captured_at", "id").first()
        return own or valid.filter(captured_at__lte=cycle.opened_at).order_by("-captured_at", "-id").first()

    @property
    def waits(self) -> bool:
        """Whether it is ready and with nobody yet."""
        return self.closed_at is None and self.stage == "ready"

    @property
    def open_handoff(self) -> "Handoff | None":
        """The handoff that stands: not recalled, not rejected."""
        return self.handoffs.filter(ended_at=None).select_related("rep").first()

    @property
    def rep(self):
        """Who in sales has it; None while nobody has."""
        held = self.open_handoff
        return held.rep if held else None

    # -- the verbs ----------------------------------------------------------------------------------------------
    def hand_off(self, *, to, by, at=None) -> "Handoff":
        """Give the lead to a rep and start the response clock.

        Judged afresh under the lock: NotReady names the unmet clauses, AlreadyHandedOff who has it.
        """
        at = at or now()
        definition = Definition.required(f"Handing off {self.person}")
        if to.role not in ("rep", "manager") or not to.is_active:
            raise Refusal(f"{to} doesn't work leads ({to.role}); choose a sales rep.")
        with recording(self.account, at=at, by=by) as history:
            if held := self.open_handoff:
                raise AlreadyHandedOff(
                    f"{self} is already with {held.rep} since {held.given_at:%-d %B %Y}; recall it first."
                )
            self.refresh_from_db()
            if self.closed_at is not None:
                raise WrongStage(f"{self} was closed on {self.closed_at:%-d %B %Y}; it needs a new cycle.")
            verdict = history.verdict_on(self.person_id)
            if verdict.unmet:
                raise NotReady(
                    f"{self.person} lacks {clause_words(definition.policy, verdict)} under {definition}.",
                    verdict.unmet,
                )
            handoff = Handoff(
                lead=self, rep=to, given_by=by, given_at=at,
                response_due_at=due_after(definition.policy.promise, at, definition.policy.promise.response_minutes),
            )
            try:
                with transaction.atomic():
                    handoff.save()
            except IntegrityError:
                raise AlreadyHandedOff(f"{self} was handed off by somebody else meanwhile; look again.") from None
            self._move("handed_off", by=by, at=at)
            self.people_belong_to(to, at)
            history.append(facts.LeadHandedOff(person=self.person_id, to=to.pk, lead=self.pk))
            audited(by, "hand off", self, f"to {to} under {definition}")
        return handoff

    def people_belong_to(self, rep, at) -> None:
        """Let the rep see and work the people of this lead."""
        people = self.cycles.values_list("person_id", flat=True)
        self.account.people.filter(pk__in=list(people)).update(owner=rep)

    def people_go_back(self, rep) -> None:
        """Take the people of this lead out of the hands of a rep who had not answered: to who had them before."""
        for person in self.account.people.filter(pk__in=self.cycles.values("person_id"), owner=rep):
            person.owner_id = self._owner_before(person)
            person.save(update_fields=["owner"])

    def _owner_before(self, person) -> int | None:
        """The owner of the account, else who accepted somebody of it last, else whom an inquiry named."""
        if self.account.owner_id:
            return self.account.owner_id
        accepted = Handoff.objects.filter(lead__account=self.account, response="accepted").order_by("-pk").first()
        if accepted is not None:
            return accepted.rep_id
        named = person.inquiries.exclude(owner_given="").order_by("-pk").values_list("owner_given", flat=True).first()
        return User.named({named}).get(named) if named else None

    def _move(self, to: str, *, by, at, reason: str = "") -> None:
        """Move the lead's open cycles on together; the primary one must go, the others follow where they can."""
        closed_at = Lead.objects.values_list("closed_at", flat=True).get(pk=self.pk)
        if closed_at is not None:
            raise WrongStage(f"{self} was closed on {closed_at:%-d %B %Y}; it needs a new cycle.")
        for cycle in self.cycles.exclude(stage__in=CLOSED).order_by("id"):
            if cycle.person_id == self.person_id or to in _after(cycle.stage):
                cycle.move(to, by=by, at=at, reason=reason)

    def open_opportunity(
        self, *, amount_cents, currency="EUR", closes_on=None, product=None, owner=None, by, at=None
    ):
        """Sales believes in it: amount and expected close date. The lead must have been accepted.

        It is the rep's who has the lead, whoever writes it down; unless `owner` says otherwise.
        """
        at = at or now()
        with recording(self.account, at=at, by=by) as history:
            self._move("opportunity", by=by, at=at)
            made = Opportunity.objects.create(
                lead=self, account=self.account, person=self.person, cycle=self.cycle, owner=owner or self.rep or by,
                inquiry=self.inquiry, product=product, amount_cents=amount_cents, currency=currency,
                closes_on=closes_on, engaged_on=at.date(), created_at=at, known_at=at, stage="open",
            )
            history.append(
                facts.OpportunityMoved(
                    person=self.person_id, stage="open", opportunity=made.pk, amount_cents=amount_cents
                )
            )
            audited(by, "open opportunity", made, f"{(amount_cents or 0) / 100:.2f} {currency}")
        return made

    def win(self, *, by, amount_cents=None, at=None) -> None:
        """The opportunity was won; the account is a customer from now on."""
        self._close("won", by=by, at=at or now(), amount_cents=amount_cents)

    def lose(self, *, by, reason: str, at=None) -> None:
        """The opportunity was lost, with its reason."""
        if not reason:
            raise Refusal(f"{self} can't be lost without a reason; say why.")
        self._close("lost", by=by, at=at or now(), reason=reason)

    def _close(self, outcome: str, *, by, at, amount_cents=None, reason="") -> None:
        with recording(self.account, at=at, by=by) as history:
            self._move(outcome, by=by, at=at, reason=reason)
            opportunity = self.opportunities.get(outcome="open")
            opportunity.outcome, opportunity.stage, opportunity.closed_at = outcome, outcome, at
            opportunity.lost_reason = reason
            if amount_cents is not None:
                opportunity.amount_cents = amount_cents
            opportunity.save()
            self._end(at)
            if outcome == "won":
                self.account.customer = True
                self.account.save(update_fields=["customer"])
                history.append(
                    facts.Won(person=self.person_id, opportunity=opportunity.pk, amount_cents=opportunity.amount_cents)
                )
            else:
                history.append(facts.Lost(person=self.person_id, opportunity=opportunity.pk, reason=reason))
            audited(by, outcome, opportunity, reason)

    def _end(self, at) -> None:
        Touch.objects.filter(cycle__lead=self, done_at=None, cancelled_at=None).update(cancelled_at=at)
        Handoff.objects.filter(lead=self, ended_at=None).update(ended_at=at)
        Lead.objects.filter(pk=self.pk, closed_at=None).update(closed_at=at)
        self.closed_at = at

    def _drop_opportunity(self, history, *, reason: str, at) -> None:
        """A lead that ends otherwise takes its open opportunity out of the forecast: lost, for the same reason."""
        opportunity = self.opportunities.filter(outcome="open").first()
        if opportunity is None:
            return
        opportunity.outcome, opportunity.stage, opportunity.closed_at = "lost", "lost", at
        opportunity.lost_reason = reason[:60]
        opportunity.save(update_fields=["outcome", "stage", "closed_at", "lost_reason"])
        history.append(facts.Lost(person=self.person_id, opportunity=opportunity.pk, reason=reason[:60]))

    def recycle(self, *, reason: str, until, by, clause: str = "", at=None) -> None:
        """Not ready after all: back to nurturing in the next cycle, with the reason and a wake-up date."""
        at = at or now()
        if not reason:
            raise Refusal(f"{self} can't be recycled without a reason; say why.")
        if until is not None and until <= at:
            raise Refusal(f"The wake-up date {until:%-d %B %Y} lies in the past; choose a later one.")
        with recording(self.account, at=at, by=by) as history:
            self._recycle(history, reason=reason, clause=clause, until=until, by=by, at=at)
            audited(by, "recycle", self, reason)

    def _recycle(self, history, *, reason, clause, until, by, at) -> None:
        people = [cycle.person for cycle in self.cycles.exclude(stage__in=CLOSED).select_related("person")]
        self._move("recycled", by=by, at=at, reason=reason)
        self._end(at)
        self._drop_opportunity(history, reason=reason, at=at)
        for person in people:
            following = Cycle.begin(person, at=at, by=by, stage="nurturing")
            following.wake_at = until
            following.save(update_fields=["wake_at"])
        history.append(
            facts.Recycled(
                person=self.person_id, clause=clause, reason=reason, until=None if until is None else minute(until)
            )
        )

    def disqualify(self, *, reason: str, by, lasting: bool = False, at=None) -> None:
        """Sales or marketing ends it for good (`lasting`) or until something new comes in."""
        at = at or now()
        if not reason:
            raise Refusal(f"{self} can't be disqualified without a reason; say why.")
        with recording(self.account, at=at, by=by) as history:
            self._disqualify(history, reason=reason, lasting=lasting, by=by, at=at)
            audited(by, "disqualify", self, reason)

    def _disqualify(self, history, *, reason, lasting, by, at) -> None:
        people = list(self.cycles.exclude(stage__in=CLOSED).values_list("person_id", flat=True))
        self._move("disqualified", by=by, at=at, reason=reason)
        self._end(at)
        self._drop_opportunity(history, reason=reason, at=at)
        for person in people:
            history.append(
                facts.Disposed(person=person, disposition="disqualified", reason=reason, lasting=lasting)
            )


def _after(stage: str) -> tuple[str, ...]:
    from winnow.leads.cycle import MOVES

    return MOVES[stage]


class Handoff(models.Model):
    """Marketing gave the lead to a named rep. Open until it is rejected, recalled or the lead is closed."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="handoffs")
    rep = models.ForeignKey("leads.User", models.PROTECT, related_name="handoffs")
    given_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField()
    response_due_at = models.DateTimeField()
    response = models.CharField(max_length=10, blank=True, default="")
    responded_at = models.DateTimeField(null=True)
    responded_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_handoff"
        constraints = [
            models.UniqueConstraint("lead", condition=Q(ended_at=None), name="handoff_one_open"),
            models.CheckConstraint(
                condition=Q(response="", responded_at=None)
                | (Q(response__in=["accepted", "rejected", "recalled"]) & Q(responded_at__isnull=False)),
                name="handoff_response_dated",
            ),
        ]
        indexes = [
            models.Index("response_due_at", name="handoff_due", condition=Q(response="", ended_at=None)),
            models.Index("responded_at", name="handoff_responded", condition=Q(responded_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"handoff {self.pk} of {self.lead}"

    def accept(self, *, by, at=None) -> None:
        """The rep takes the lead; the cadence starts with the first touch due by the definition."""
        at = at or now()
        with recording(self.lead.account, at=at, by=by) as history:
            self._respond("accepted", by=by, at=at)
            self.lead._move("accepted", by=by, at=at)
            Touch.plan(self.lead, rep=self.rep, at=at)
            history.append(facts.Responded(person=self.lead.person_id, response="accepted", lead=self.lead_id))
            audited(by, "accept", self)

    def reject(self, *, reason: str, by, note: str = "", until=None, at=None) -> None:
        """The rep gives it back with a reason of the definition that made it a lead; the reason says what follows."""
        at = at or now()
        definition = self.lead.definition.policy
        try:
            known = definition.reason(reason)
        except KeyError:
            choices = ", ".join(one.code for one in definition.reasons) or "none"
            raise Refusal(
                f"{reason or 'No reason'} is no reject reason of {self.lead.definition}; it has: {choices}.",
                code="unknown_reason",
            ) from None
        with recording(self.lead.account, at=at, by=by) as history:
            self._respond("rejected", by=by, at=at, reason=reason, note=note)
            history.append(
                facts.Responded(person=self.lead.person_id, response="rejected", reason=reason, lead=self.lead_id)
            )
            if known.then == "recycled":
                wake = until or at + timedelta(days=known.wait_days)
                self.lead._recycle(history, reason=reason, clause=known.clause, until=wake, by=by, at=at)
            else:
                self.lead._disqualify(history, reason=reason, lasting=known.lasting, by=by, at=at)
            audited(by, "reject", self, reason)

    def recall(self, *, by, at=None) -> None:
        """Marketing takes an unanswered handoff back; the lead is ready again."""
        at = at or now()
        with recording(self.lead.account, at=at, by=by) as history:
            self._respond("recalled", by=by, at=at)
            Handoff.objects.filter(pk=self.pk).update(ended_at=at)
            self.lead.people_go_back(self.rep)
            self.lead._move("ready", by=by, at=at, reason="recalled")
            history.append(facts.Responded(person=self.lead.person_id, response="recalled", lead=self.lead_id))
            audited(by, "recall", self)

    def _respond(self, response: str, *, by, at, reason: str = "", note: str = "") -> None:
        mine = Handoff.objects.filter(pk=self.pk, response="", ended_at=None)
        if not mine.update(response=response, responded_at=at, responded_by=by, reason=reason, note=note):
            self.refresh_from_db()
            said = self.response or "ended"
            raise WrongStage(f"{self.lead} was {said} by {self.responded_by or 'somebody'} before; look again.")
        self.response, self.responded_at, self.responded_by, self.reason = response, at, by, reason
