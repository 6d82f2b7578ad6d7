"""The lead definition as rows: drafts, signatures, and which one is in force."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import Q

from winnow.leads import calendar
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.policy import definition as policy
from winnow.policy.telling import tried

SIDES = ("marketing", "sales")
SIGN_ANEW_AFTER = timedelta(days=90)
_parsed: dict[str, policy.Definition] = {}


class NotSigned(Refusal):
    """Something needs a signed definition and there is none in force."""

    code = "no_definition_in_force"


class Overtaken(Refusal):
    """Somebody else kept a draft meanwhile; `by` what the writer has not seen."""

    code = "overtaken"


class Definition(models.Model):
    """One version. Its text never changes: an edit makes a new draft, which nobody has signed.

    `document` is the parsed content, `hash` the SHA-256 of its canonical JSON: what signatures are given on.
    """

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=120)
    document = models.JSONField()
    hash = models.CharField(max_length=64, db_collation="C")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    written_by = models.ForeignKey("leads.User", models.PROTECT, null=True)
    created_at = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_definition"
        indexes = [models.Index("in_force_from", name="definition_in_force", condition=Q(withdrawn_at=None))]

    def __str__(self) -> str:
        return f"definition {self.number}"

    @property
    def policy(self) -> policy.Definition:
        """The definition as the policy reads it (parsed once per content and process)."""
        if self.hash not in _parsed:
            _parsed[self.hash] = policy.parse(self.document)
        return _parsed[self.hash]

    @property
    def sign_anew_from(self):
        """From when both sides should read it again and sign anew; None for a draft (METHOD M6: after 90 days)."""
        return self.in_force_from + SIGN_ANEW_AFTER if self.in_force_from else None

    @property
    def short_hash(self) -> str:
        """The first sixteen digits of the hash in groups of four, as people compare them."""
        return " ".join(self.hash[i : i + 4] for i in range(0, 16, 4))

    @classmethod
    def in_force(cls, at=None) -> "Definition | None":
        """The definition with the newest second signature; None when none is signed or it was withdrawn."""
        newest = cls.objects.exclude(in_force_from=None)
        if at is not None:
            newest = newest.filter(in_force_from__lte=at)
        found = newest.order_by("-in_force_from", "-id").first()
        if found is None or (found.withdrawn_at and (at is None or found.withdrawn_at <= at)):
            return None
        return found

    @classmethod
    def required(cls, what: str) -> "Definition":
        """The definition in force, or NotSigned saying that `what` waits for it, what is missing and who must act."""
        found = cls.in_force()
        if found is not None:
            return found
        draft = cls.objects.filter(in_force_from=None).order_by("-number").first()
        if draft is None:
            missing = "There is no draft yet: marketing or sales writes one, then both sign it."
        else:
            missing = f"Draft {draft.number} waits for {' and '.join(draft.unsigned())}."
        raise NotSigned(
            f"{what} needs a lead definition signed by marketing and sales, and none is in force. {missing}"
        )

    @classmethod
    def draft(
        cls, document: dict, *, by, based_on: "Definition | None" = None, seen_newest: int | None = None
    ) -> "Definition":
        """Keep a new draft; who signed the draft before it learns that this signature doesn't count for the new one.

        DefinitionError (as Refusal) names what is wrong with the text; Overtaken when `seen_newest` is given and is no
        longer the newest number.
        """
        try:
            parsed = policy.parse(document)
        except policy.DefinitionError as error:
            raise Refusal(str(error), code="not_a_definition") from None
        calendar.known(parsed.promise)
        with transaction.atomic():
            lock()
            before = cls.objects.order_by("-number").first()
            last = before.number if before else 0
            if seen_newest is not None and seen_newest != last:
                raise Overtaken(f"Draft {last} was kept while you wrote; look at it before you keep yours.")
            made = cls.objects.create(
                number=last + 1, name=parsed.name, document=document, hash=parsed.hash, based_on=based_on,
                written_by=by, created_at=now(),
            )
            audited(by, "draft", made, f"content {made.hash}")
            if before is not None and before.in_force_from is None:
                before.tell_signers(made)
        return made

    def sign(self, *, by, seen_hash: str) -> "Signature":
        """Sign for the side that `by` may sign for, on exactly the text that was shown (`seen_hash`).

        With the second signature it comes into force at once.
        """
        side = by.may_sign_for
        if side not in SIDES:
            raise Refusal(f"{by} may not sign for marketing or sales; an administrator can give that right.")
        if seen_hash != self.hash:
            raise Refusal(
                f"Draft {self.number} is not the text that was shown: shown was {seen_hash[:16] or 'nothing'}, "
                f"the draft is {self.hash[:16]}. Read it again and sign that."
            )
        with transaction.atomic():
            lock()
            self.refresh_from_db()
            newest = Definition.objects.order_by("-number").first()
            if self.withdrawn_at:
                raise Refusal(f"Definition {self.number} was withdrawn; write a new draft and sign that.")
            if newest != self and self.in_force_from is None:
                raise Refusal(f"Draft {self.number} was followed by draft {newest.number}; sign the newest text.")
            others = {signature.side: signature for signature in self.signatures.all()}
            if side in others:
                raise Refusal(f"{others[side].user} has already signed draft {self.number} for {side}.")
            if objections := self.open_objections():
                first = objections[0]
                more = f" and {len(objections) - 1} more" if len(objections) > 1 else ""
                raise Refusal(
                    f"Draft {self.number} has an open objection to clause {first.number} by {first.by}{more}; answer "
                    f"it, or {first.by} withdraws it, then sign.", code="open_objection",
                )
            if failing := self.failing_scenarios():
                raise Refusal(
                    f"Draft {self.number} doesn't say what its scenarios say, so nobody can sign it: "
                    f"{'; '.join(failing[:3])}. Mend the draft or the scenario.", code="scenario_fails",
                )
            if any(signature.user_id == by.pk for signature in others.values()):
                raise Refusal(f"{by} has signed for the other side; the two signatures come from two people.")
            at = now()
            signature = Signature.objects.create(
                definition=self, side=side, user=by, name=by.name, hash=self.hash, signed_at=at
            )
            if len(others) + 1 == len(SIDES):
                Definition.objects.filter(pk=self.pk).update(in_force_from=at)
                self.in_force_from = at
            audited(by, "sign", self, f"for {side} on {self.hash}")
        return signature

    def withdraw(self, *, by) -> None:
        """Either side takes the definition out of force; then none is in force until another is signed."""
        if by.may_sign_for not in SIDES:
            raise Refusal(f"{by} may not withdraw a definition; only who may sign for a side can.")
        with transaction.atomic():
            lock()
            done = Definition.objects.filter(pk=self.pk, withdrawn_at=None).exclude(in_force_from=None)
            if not done.update(withdrawn_at=now()):
                raise Refusal(f"Definition {self.number} is not in force.")
            audited(by, "withdraw", self, f"for {by.may_sign_for}")

    def tell_signers(self, following: "Definition") -> None:
        """Tell who signed this draft that it was followed by another, which their signature doesn't stand on."""
        from winnow.leads.message import Message

        for one in self.signatures.select_related("user"):
            Message.write(
                kind="service", address=one.user.email, user=one.user, at=following.created_at,
                subject=f"Your signature on draft {self.number} does not count for draft {following.number}",
                body=f"You signed draft {self.number} of the lead definition for {one.side} on "
                f"{one.signed_at:%-d %B %Y}. {following.written_by or 'Somebody'} has written draft {following.number} "
                "since. Read what differs, and sign that one if you agree.\n",
            )  # fmt: skip

    def open_objections(self) -> list:
        """The objections of this round that nobody has answered or withdrawn."""
        from winnow.leads.remark import open_objections

        return open_objections(self)

    def failing_scenarios(self) -> list[str]:
        """The scenarios of this text that its rules don't bear out, each with what they say instead."""
        return [f"“{one.scenario.name}”: {one.why}" for one in tried(self.policy) if not one.holds]

    def unsigned(self) -> list[str]:
        """The sides that have not signed this text."""
        signed = set(self.signatures.values_list("side", flat=True))
        return [side for side in SIDES if side not in signed]


class Signature(models.Model):
    """One side's consent to the exact text of a version, by name and time."""

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=10, choices=[(s, s) for s in SIDES])
    user = models.ForeignKey("leads.User", models.PROTECT)
    name = models.CharField(max_length=120)
    hash = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "leads_signature"
        constraints = [
            models.UniqueConstraint("definition", "side", name="signature_once_a_side"),
            models.UniqueConstraint("definition", "user", name="signature_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.side}"


def lock() -> None:
    """Drafting, objecting and signing are rare: one at a time, so that two signers never sign different texts."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE leads_definition IN SHARE ROW EXCLUSIVE MODE")
