"""Cycles: one trip of a person through the funnel, and the declared table of its transitions."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from winnow.leads.errors import Refusal

STAGES = (
    "new", "nurturing", "ready", "handed_off", "accepted", "opportunity", "won", "lost", "disqualified", "recycled",
    "merged",
)
OPEN = ("new", "nurturing", "ready", "handed_off", "accepted", "opportunity")
CLOSED = ("won", "lost", "disqualified", "recycled", "merged")
MOVES: dict[str, tuple[str, ...]] = {
    "new": ("nurturing", "ready", "disqualified", "opportunity"),
    "nurturing": ("ready", "disqualified", "opportunity"),
    "ready": ("handed_off", "nurturing", "disqualified", "recycled"),
    "handed_off": ("accepted", "ready", "recycled", "disqualified"),
    "accepted": ("opportunity", "recycled", "disqualified"),
    "opportunity": ("won", "lost", "recycled", "disqualified"),
    "won": (), "lost": (), "disqualified": (), "recycled": (), "merged": (),
}
"""From a stage to those that may follow. From new or nurturing straight to opportunity only imports go. To and from
"merged" (the person turned out to be another, who has an open cycle) only `leads.merging` goes; back out of
"disqualified", and from "nurturing" to "new", only `leads.sortings`, where a decision is taken back."""


class WrongStage(Refusal):
    """A transition that isn't in the table, or that somebody else made first."""

    code = "wrong_stage"


class Cycle(models.Model):
    """One trip of one person and product line. Closed by a disposition, never deleted; the next has the next number.

    `person` is who that is now; `opened_as` for whom it was opened, where that was merged into somebody else since.
    """

    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="cycles", db_constraint=False)
    opened_as = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    line = models.CharField(max_length=40, default="", blank=True, db_default="")
    number = models.PositiveIntegerField(default=1)
    stage = models.CharField(max_length=14, default="new", choices=[(s, s) for s in STAGES])
    opened_at = models.DateTimeField()
    stage_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=60, blank=True, default="")
    wake_at = models.DateTimeField(null=True)
    next_step = models.CharField(max_length=200, blank=True, default="")
    next_step_at = models.DateTimeField(null=True)
    cross_sell = models.BooleanField(default=False)
    lead = models.ForeignKey("leads.Lead", models.PROTECT, null=True, related_name="cycles", db_index=False)

    class Meta:
        db_table = "leads_cycle"
        constraints = [
            models.UniqueConstraint(
                Coalesce("opened_as", "person"), "line", "number", name="cycle_number_once"
            ),
            models.UniqueConstraint("person", "line", condition=Q(stage__in=OPEN), name="cycle_one_open"),
            models.CheckConstraint(condition=Q(stage__in=STAGES), name="cycle_stage_known"),
            models.CheckConstraint(
                condition=Q(stage__in=OPEN, closed_at=None) | Q(stage__in=CLOSED, closed_at__isnull=False),
                name="cycle_closed_has_date",
            ),
        ]
        indexes = [
            models.Index("stage", "stage_at", name="cycle_stage"),
            models.Index("lead", name="cycle_lead", condition=Q(lead__isnull=False)),
            models.Index("opened_as", name="cycle_opened_as", condition=Q(opened_as__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"cycle {self.number} of {self.person}"

    def move(self, to: str, *, by, at, reason: str = "", known_at=None) -> None:
        """Go on to stage `to`, compare-and-set; WrongStage says where it stands when that is not allowed."""
        if to not in MOVES[self.stage]:
            raise WrongStage(
                f"{self.person} is {words(self.stage)}, and from there can't become {words(to)}. "
                f"Possible: {', '.join(words(s) for s in MOVES[self.stage]) or 'nothing, a closed cycle stays closed'}."
            )
        closed = at if to in CLOSED else None
        mine = Cycle.objects.filter(pk=self.pk, stage=self.stage)
        if not mine.update(stage=to, stage_at=at, closed_at=closed, reason=reason[:60]):
            current = Cycle.objects.values_list("stage", flat=True).get(pk=self.pk)
            raise WrongStage(f"{self.person} has become {words(current)} meanwhile; look again before deciding.")
        StageChange.objects.create(
            cycle=self, before=self.stage, after=to, at=at, known_at=known_at or at, by=by, reason=reason[:60]
        )
        self.stage, self.stage_at, self.closed_at, self.reason = to, at, closed, reason[:60]

    @classmethod
    def open_for(cls, person, line: str = "") -> "Cycle | None":
        """The person's open cycle of that product line."""
        return cls.objects.filter(person=person, line=line, stage__in=OPEN).first()

    @classmethod
    def last_of(cls, person) -> "Cycle | None":
        """The person's open cycle, else the one that was closed last."""
        own = cls.objects.filter(person=person).exclude(stage="merged").select_related("lead")
        return own.order_by(F("closed_at").desc(nulls_first=True), "-number").first()

    @classmethod
    def begin(cls, person, *, at, by=None, stage: str = "new", line: str = "", cross_sell: bool = False) -> "Cycle":
        """Open the next cycle. A second open one is refused by the database."""
        last = cls.objects.filter(person=person, line=line).aggregate(last=models.Max("number"))["last"] or 0
        cycle = cls.objects.create(
            person=person, line=line, number=last + 1, stage=stage, opened_at=at, stage_at=at, cross_sell=cross_sell
        )
        StageChange.objects.create(cycle=cycle, before="", after=stage, at=at, known_at=at, by=by)
        return cycle


class StageChange(models.Model):
    """One transition of one cycle: the ledger that the stock is counted from. Append-only by trigger."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="changes", db_index=False, db_constraint=False)
    before = models.CharField(max_length=14, blank=True, default="")
    after = models.CharField(max_length=14)
    at = models.DateTimeField()
    known_at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, db_index=False)
    reason = models.CharField(max_length=60, blank=True, default="")
    imported = models.ForeignKey("leads.Import", models.PROTECT, null=True, db_constraint=False, db_index=False)

    class Meta:
        db_table = "leads_stagechange"
        constraints = [models.CheckConstraint(condition=~Q(before=F("after")), name="change_changes")]
        indexes = [
            models.Index("at", name="stagechange_at"),
            models.Index("cycle", "id", name="stagechange_cycle"),
            models.Index("imported", name="stagechange_imported", condition=Q(imported__isnull=False)),
        ]


class Answer(models.Model):
    """One answer of BANTFO with its evidence: who said what, to whom. The level itself is a fact.

    `withdrawn_at`: it was recorded by mistake; its fact is withdrawn too and counts for nothing.
    """

    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="answers")
    account = models.ForeignKey("leads.Account", models.PROTECT, related_name="answers")
    item = models.CharField(max_length=10)
    level = models.CharField(max_length=8)
    source = models.CharField(max_length=40)
    quote = models.TextField(blank=True, default="")
    said_at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True)
    inquiry = models.ForeignKey("leads.Inquiry", models.PROTECT, null=True)
    fact_id = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_answer"
        indexes = [
            models.Index("account", "item", name="answer_account"),
            models.Index("fact_id", name="answer_fact", condition=Q(fact_id__isnull=False)),
        ]


def words(stage: str) -> str:
    """A stage as people say it."""
    return stage.replace("_", " ")
