"""Campaigns, what they cost, and the content library."""

from django.db import models, transaction

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.policy.facts import CHANNELS, INTERESTS, PHASES


class Campaign(models.Model):
    """A paid or counted source of inquiries. It can't be launched without a definition in force."""

    code = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    channel = models.CharField(max_length=20, default="unknown", choices=[(c, c) for c in CHANNELS])
    interest = models.CharField(max_length=8, default="active", choices=[(i, i) for i in INTERESTS])
    offer = models.CharField(max_length=200, blank=True, default="")
    segment = models.CharField(max_length=120, blank=True, default="")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    goal_inquiries = models.PositiveIntegerField(null=True, blank=True)
    goal_leads = models.PositiveIntegerField(null=True, blank=True)
    launched_at = models.DateTimeField(null=True)
    definition = models.ForeignKey(Definition, models.PROTECT, null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_campaign"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, wanted: dict[str, tuple[str, str]], at) -> dict[str, int]:
        """Campaigns by name or code: name -> id. One that nobody set up yet is kept by its name, unlaunched, with the
        channel and interest that `wanted` gives."""
        if not wanted:
            return {}
        known = {}
        matching = cls.objects.filter(models.Q(code__in=wanted) | models.Q(name__in=wanted)).order_by("-id")
        for code, name, number in matching.values_list("code", "name", "id"):
            known[name] = known[code] = number
        for name in sorted(set(wanted) - set(known)):
            channel, interest = wanted[name]
            known[name] = cls.objects.get_or_create(
                code=name[:120],
                defaults={"name": name[:200], "channel": channel, "interest": interest, "created_at": at},
            )[0].pk
        return known

    def launch(self, *, by) -> None:
        """Start it, under the definition in force. NotSigned when there is none."""
        definition = Definition.required(f"Launching {self.name}")
        with transaction.atomic():
            started = Campaign.objects.filter(pk=self.pk, launched_at=None)
            if not started.update(launched_at=now(), definition=definition):
                raise Refusal(f"{self.name} was launched before; end it or copy it instead.")
            self.refresh_from_db()
            audited(by, "launch", self, f"under {definition}")


class CostLine(models.Model):
    """What a campaign cost on one day."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="costs")
    on = models.DateField()
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    what = models.CharField(max_length=200, blank=True, default="")
    system = models.CharField(max_length=60, blank=True, default="")
    external_id = models.CharField(max_length=200, null=True, blank=True, db_collation="C")
    imported = models.ForeignKey("leads.Import", models.PROTECT, null=True, related_name="costs")
    voided_at = models.DateTimeField(null=True, help_text="its import was taken back: it counts for nothing")

    class Meta:
        db_table = "leads_costline"
        constraints = [models.UniqueConstraint("system", "external_id", name="cost_external_once")]


class Content(models.Model):
    """One piece of content. Its weight stands in the definition, under its code."""

    code = models.CharField(max_length=120, unique=True, db_collation="C")
    title = models.CharField(max_length=200)
    type = models.CharField(max_length=40, blank=True, default="")
    persona = models.CharField(max_length=60, blank=True, default="")
    pain = models.CharField(max_length=60, blank=True, default="")
    phase = models.CharField(max_length=12, default="learning", choices=[(p, p) for p in PHASES])
    url = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_content"

    def __str__(self) -> str:
        return self.title
