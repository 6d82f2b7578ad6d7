"""Products and opportunities."""

from django.db import models
from django.db.models import Q

from winnow.leads.errors import Refusal


class Changed(Refusal):
    """Somebody else changed it since it was shown; the row now holds what they wrote."""

    code = "changed"


class Product(models.Model):
    """What is sold; `line` is the product line that cycles and leads are counted by."""

    code = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    line = models.CharField(max_length=40, blank=True, default="")
    price_cents = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    known = models.BooleanField(default=True, help_text="false when only an opportunity named it")

    class Meta:
        db_table = "leads_product"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, wanted: set[str]) -> dict[str, int]:
        """Products by code or name: the word -> id. One that is on no list is kept as it was named, not `known`."""
        known = {}
        for code, name, number in cls.objects.filter(Q(code__in=wanted) | Q(name__in=wanted)).values_list(
            "code", "name", "id"
        ):
            known[name] = known[code] = number
        for code in sorted(wanted - set(known)):
            made, _ = cls.objects.get_or_create(code=code[:120], defaults={"name": code[:200], "known": False})
            known[code] = made.pk
        return known


class Opportunity(models.Model):
    """An accepted lead with amount and close date, or one that was imported."""

    OUTCOMES = ["open", "won", "lost"]

    lead = models.ForeignKey("leads.Lead", models.PROTECT, null=True, related_name="opportunities")
    imported = models.ForeignKey("leads.Import", models.PROTECT, null=True, related_name="opportunities")
    inquiry = models.ForeignKey("leads.Inquiry", models.PROTECT, null=True, related_name="opportunities")
    account = models.ForeignKey("leads.Account", models.PROTECT, related_name="opportunities")
    person = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="opportunities")
    cycle = models.ForeignKey("leads.Cycle", models.PROTECT, null=True, related_name="opportunities")
    owner = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="opportunities")
    owner_given = models.CharField(max_length=120, blank=True, default="")
    developer_given = models.CharField(max_length=120, blank=True, default="")
    product = models.ForeignKey(Product, models.PROTECT, null=True)
    stage = models.CharField(max_length=60, default="open")
    outcome = models.CharField(max_length=4, default="open", choices=[(o, o) for o in OUTCOMES])
    amount_cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="EUR")
    engaged_on = models.DateField(null=True)
    closes_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    known_at = models.DateTimeField(null=True)
    lost_reason = models.CharField(max_length=60, blank=True, default="")
    judged = models.BooleanField(default=True, help_text="false for imported wins without earlier evidence")
    created_at = models.DateTimeField()
    system = models.CharField(max_length=60, blank=True, default="", db_collation="C")
    external_id = models.CharField(max_length=200, null=True, blank=True, db_collation="C")
    voided_at = models.DateTimeField(null=True, help_text="its import was taken back: it counts for nothing")

    class Meta:
        db_table = "leads_opportunity"
        constraints = [
            models.UniqueConstraint("system", "external_id", name="opportunity_external_once"),
            models.CheckConstraint(
                condition=Q(lead__isnull=False) | Q(imported__isnull=False), name="opportunity_lead_or_import"
            ),
            models.CheckConstraint(condition=Q(outcome__in=["open", "won", "lost"]), name="opportunity_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"opportunity {self.pk}"

    def revise(self, *, amount_cents, currency: str, closes_on, seen: tuple, by, at=None) -> None:
        """Change amount and expected close. `seen` is (amount, currency, close) as they were shown to whoever changes
        them: Changed says that somebody else was first, and nothing is kept."""
        from winnow.leads.audit import audited
        from winnow.leads.record import recording
        from winnow.policy import facts

        with recording(self.account, at=at, by=by) as history:
            mine = Opportunity.objects.filter(pk=self.pk, outcome="open", voided_at=None)
            same = mine.filter(amount_cents=seen[0], currency=seen[1], closes_on=seen[2])
            if not same.update(amount_cents=amount_cents, currency=currency, closes_on=closes_on):
                self.refresh_from_db()
                raise Changed(f"{self} was changed by somebody else, or closed, since you opened it.")
            self.amount_cents, self.currency, self.closes_on = amount_cents, currency, closes_on
            history.append(
                facts.OpportunityMoved(
                    person=self.person_id, stage=self.stage, opportunity=self.pk, amount_cents=amount_cents
                )
            )
            audited(by, "change opportunity", self, f"{(amount_cents or 0) / 100:.2f} {currency}, close {closes_on}")
