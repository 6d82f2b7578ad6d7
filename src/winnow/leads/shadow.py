"""A draft that runs beside the version in force for some weeks: it decides nothing; what it would decide is kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal


class Shadow(models.Model):
    """One run of a draft beside the version in force, until `ended_at`. `swept_to` is how far its first look at all
    accounts has come, `transaction` from which transaction on facts may be new, `followed_at` when these were looked
    for, `compared_at` when standings were."""

    definition = models.ForeignKey(Definition, models.PROTECT, related_name="shadows")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    swept_to = models.BigIntegerField(default=0)
    swept_at = models.DateTimeField(null=True)
    transaction = models.BigIntegerField(default=0)
    followed_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_shadow"
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(ended_at=None), name="shadow_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"shadow of {self.definition}"

    @classmethod
    def running(cls) -> "Shadow | None":
        """The one that runs."""
        return cls.objects.filter(ended_at=None).select_related("definition", "started_by").first()

    @classmethod
    def start(cls, definition: Definition, *, by) -> "Shadow":
        """Let a draft run beside the version in force. Refusal where none is in force, or another runs."""
        in_force = Definition.in_force()
        if in_force is None:
            raise Refusal("No definition is in force, so there is nothing to run beside; sign one first.")
        if in_force.hash == definition.hash:
            raise Refusal(f"Version {definition.number} says what is in force already; nothing could differ.")
        if definition.withdrawn_at:
            raise Refusal(f"Definition {definition.number} was withdrawn; write a new draft and run that.")
        made, new = cls.objects.get_or_create(
            ended_at=None, defaults={"definition": definition, "started_at": now(), "started_by": by}
        )
        if not new:
            raise Refusal(f"{made.definition} runs beside already, since {made.started_at:%-d %B}; end that first.")
        audited(by, "start shadow", definition, "beside the version in force")
        return made

    def end(self, *, by=None) -> None:
        """Stop it; what it has found stays to be read."""
        if self.__class__.objects.filter(pk=self.pk, ended_at=None).update(ended_at=now(), ended_by=by):
            audited(by, "end shadow", self.definition, "no longer beside the version in force")


class ShadowStanding(models.Model):
    """What the draft says of an account that it, or the version in force, takes for ready or soon may.

    `differs_since`: from when the two disagree, null while they agree; `person` is whom the ready side names, `why` the
    reasons of the other in words. `facts` is how many facts the account had.
    """

    shadow = models.ForeignKey(Shadow, models.CASCADE, related_name="standings")
    account = models.ForeignKey("leads.Account", models.PROTECT, related_name="+", db_constraint=False)
    person = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="+")
    ready = models.BooleanField(default=False)
    in_force = models.BooleanField(default=False)
    differs_since = models.DateTimeField(null=True)
    why = ArrayField(models.CharField(max_length=200), default=list)
    rejudge_at = models.DateTimeField(null=True)
    facts = models.BigIntegerField(default=0)

    class Meta:
        db_table = "leads_shadowstanding"
        constraints = [models.UniqueConstraint("shadow", "account", name="shadow_account_once")]
        indexes = [
            models.Index(
                "shadow", F("differs_since").desc(), name="shadow_differs", condition=Q(differs_since__isnull=False)
            ),
            models.Index("rejudge_at", name="shadow_rejudge", condition=Q(rejudge_at__isnull=False)),
        ]
