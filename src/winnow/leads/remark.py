"""What either side says about a clause of a draft: comments, and objections that keep it from being signed.

Both tables only grow: nobody takes back what somebody else said, and an objection ends by being answered or withdrawn,
which is a row of its own. A round lasts from one version in force to the next; its drafts share their remarks.
"""

from django.db import IntegrityError, models, transaction

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.definition import SIDES, Definition, lock
from winnow.leads.errors import Refusal

KINDS = {"comment": "comment", "objection": "objection"}
ENDS = {"answered": "answered", "withdrawn": "withdrawn"}
MOST_LETTERS = 2000
SIDE_OF = {"marketing": "marketing", "development": "marketing", "rep": "sales", "manager": "sales"}


class Remark(models.Model):
    """A comment or an objection on one clause (by its key, which stays from draft to draft) of a draft."""

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="remarks")
    clause = models.CharField(max_length=200, db_collation="C")
    number = models.CharField(max_length=12, blank=True, default="")
    kind = models.CharField(max_length=10, choices=list(KINDS.items()))
    text = models.TextField()
    by = models.ForeignKey("leads.User", models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, blank=True, default="")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "leads_remark"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=list(KINDS)), name="remark_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.number or self.clause}"

    @property
    def open(self) -> bool:
        """Whether it still keeps the draft from being signed."""
        return self.kind == "objection" and not hasattr(self, "end")

    @classmethod
    def make(cls, definition: Definition, *, clause: str, number: str, kind: str, text: str, by) -> "Remark":
        """Say something about a clause. Refusal for a text that was signed already, or an empty word."""
        text = _worded(text, kind)
        if kind not in KINDS:
            raise Refusal(f"{kind!r} is no remark; it is a comment or an objection.")
        with transaction.atomic():
            lock()
            row = Definition.objects.get(pk=definition.pk)
            newest = Definition.objects.order_by("-number").values_list("number", flat=True).first()
            if row.in_force_from is not None:
                raise Refusal(f"Definition {row.number} is signed by both sides; write a draft and remark on that.")
            if row.number != newest:
                raise Refusal(f"Draft {row.number} was followed by draft {newest}; remark on that one.")
            made = cls.objects.create(
                definition=row, clause=clause[:200], number=number[:12], kind=kind, text=text, by=by,
                side=side_of(by), made_at=now(),
            )
            audited(by, kind, row, f"{made.number} {made.clause}")
        return made

    def finish(self, *, how: str, by, text: str = "") -> "RemarkEnd":
        """Answer an objection (by somebody else, in words) or withdraw one's own."""
        if self.kind != "objection":
            raise Refusal("A comment asks for no answer; write another comment beside it.")
        if how == "withdrawn" and by.pk != self.by_id:
            raise Refusal(f"This objection is {self.by}'s; {self.by} withdraws it, anybody else answers it.")
        if how == "answered" and by.pk == self.by_id:
            raise Refusal("An objection is answered by somebody else; withdraw it where it is settled.")
        if how not in ENDS:
            raise Refusal(f"{how!r} ends no objection; it is answered or withdrawn.")
        if how == "answered":
            text = _worded(text, "answer")
        try:
            with transaction.atomic():
                ended = RemarkEnd.objects.create(remark=self, how=how, text=text[:MOST_LETTERS], by=by, ended_at=now())
                audited(by, f"objection {how}", self.definition, f"{self.number} {self.clause}")
        except IntegrityError:
            end = RemarkEnd.objects.select_related("by").get(remark=self)
            raise Refusal(f"{end.by} has {end.how} this objection already.") from None
        return ended


class RemarkEnd(models.Model):
    """How an objection ended: answered by somebody else, or withdrawn by who raised it."""

    remark = models.OneToOneField(Remark, models.PROTECT, related_name="end")
    how = models.CharField(max_length=10, choices=list(ENDS.items()))
    text = models.TextField(blank=True, default="")
    by = models.ForeignKey("leads.User", models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()

    class Meta:
        db_table = "leads_remarkend"


def side_of(user) -> str:
    """For which side somebody speaks: the one that they sign for, else that of their role."""
    return user.may_sign_for if user.may_sign_for in SIDES else SIDE_OF.get(user.role, "")


def round_of(definition: Definition) -> models.QuerySet[Remark]:
    """The remarks of the round that this text belongs to, oldest first: since the version in force before it."""
    signed = Definition.objects.exclude(in_force_from=None).filter(number__lt=definition.number)
    before = signed.order_by("-number").values_list("number", flat=True).first() or 0
    rows = Remark.objects.filter(definition__number__gt=before, definition__number__lte=definition.number)
    return rows.select_related("by", "definition", "end", "end__by")


def open_objections(definition: Definition) -> list[Remark]:
    """What must be answered or withdrawn before anybody signs this text."""
    return list(round_of(definition).filter(kind="objection", end=None))


def _worded(text: str, kind: str) -> str:
    text = text.replace("\0", "").strip()
    if not text or len(text) > MOST_LETTERS:
        raise Refusal(f"The {kind} has {len(text):,} letters; 1 to {MOST_LETTERS:,} are asked for. Say what you mean.")
    return text
