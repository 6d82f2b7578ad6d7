"""Doubts whether two records are one: pairs that the background found, until somebody says one or two.

Kept by winnow.studies.watching; a page only reads them. Rows are named by number and not by key: a doubt is derived,
and goes when what it speaks of goes.
"""

from django.db import models, transaction

from winnow.leads.audit import audited
from winnow.leads.errors import Refusal
from winnow.leads.merging import Merge


class Doubt(models.Model):
    """That `low_id` and `high_id` may be one. `certain`: so alike that nobody needs to be asked. `refused`: why a merge
    by itself could not be. `agreed`: what is the same, or nearly so."""

    noun = models.CharField(max_length=7, choices=[("person", "person"), ("account", "account")])
    low_id = models.BigIntegerField()
    high_id = models.BigIntegerField()
    probability = models.FloatField()
    certain = models.BooleanField(default=False)
    why = models.CharField(max_length=400)
    agreed = models.JSONField(default=list)
    refused = models.CharField(max_length=300, blank=True, default="")
    found_at = models.DateTimeField()
    apart_at = models.DateTimeField(null=True, help_text="when somebody said that they are two")
    apart_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "leads_doubt"
        constraints = [
            models.UniqueConstraint("noun", "low_id", "high_id", name="doubt_once"),
            models.CheckConstraint(condition=models.Q(low_id__lt=models.F("high_id")), name="doubt_in_order"),
        ]
        indexes = [
            models.Index("noun", "high_id", name="doubt_high"),
            models.Index(
                "noun", models.F("probability").desc(), name="doubt_open", condition=models.Q(apart_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.low_id} and {self.high_id}"


AGREEABLE = {
    "person": {"email": "the address", "phone": "the telephone", "firm": "the company", "country": "the country"},
    "account": {"domain": "the domain", "country": "the country"},
}
"""What a rule for merging may ask to agree, by noun."""


class DoubtWatch(models.Model):
    """What the background knows to weigh pairs with, one row for each noun. `merge_from`: the probability from which
    certain pairs merge by themselves; none: never. `must_agree`: what has to agree besides, of AGREEABLE."""

    noun = models.CharField(max_length=7, unique=True)
    weights = models.JSONField(null=True)
    rows = models.PositiveIntegerField(default=0, help_text="how many rows the weights were learned among")
    learned_at = models.DateTimeField(null=True)
    merge_from = models.FloatField(null=True)
    must_agree = models.JSONField(default=list)

    class Meta:
        db_table = "leads_doubtwatch"
        constraints = [models.CheckConstraint(
            condition=models.Q(merge_from=None) | models.Q(merge_from__gte=0.95, merge_from__lte=1.0),
            name="doubtwatch_merges_only_certain",
        )]  # fmt: skip

    def __str__(self) -> str:
        return self.noun


class DoubtKey(models.Model):
    """One of the keys by which a row is found beside others. `key` is a hash."""

    noun = models.CharField(max_length=7)
    key = models.BigIntegerField()
    row_id = models.BigIntegerField()

    class Meta:
        db_table = "leads_doubtkey"
        indexes = [
            models.Index("noun", "key", "row_id", name="doubtkey_key"),
            models.Index("noun", "row_id", name="doubtkey_row"),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.row_id}"


class DoubtTouch(models.Model):
    """A row that is new or has changed: to be compared again. Written by triggers, taken by the background."""

    noun = models.CharField(max_length=7)
    row_id = models.BigIntegerField()

    class Meta:
        db_table = "leads_doubttouch"

    def __str__(self) -> str:
        return f"{self.noun} {self.row_id}"


def leave_apart(noun: str, one, two, *, by, at) -> None:
    """Somebody says that the two are two: they aren't asked about again, and never merged by themselves."""
    low, high = sorted((one.pk, two.pk))
    if low == high:
        raise Refusal(f"{one} is one record; there is nothing to leave apart.")
    with transaction.atomic():
        Doubt.objects.update_or_create(
            noun=noun, low_id=low, high_id=high,
            defaults={"apart_at": at, "apart_by": by},
            create_defaults={
                "apart_at": at, "apart_by": by, "found_at": at, "probability": 0.0, "why": "said by hand",
            },
        )  # fmt: skip
        audited(by, "leave apart", one, f"{noun} {two.pk} {two}")


def known_apart(noun: str, pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these pairs somebody has said to be two, by leaving them so or by taking a merge back."""
    rows = [number for pair in pairs for number in pair]
    left = Doubt.objects.filter(noun=noun, apart_at__isnull=False, low_id__in=rows, high_id__in=rows)
    undone = Merge.objects.filter(noun=noun, undone_at__isnull=False, kept_id__in=rows, other_id__in=rows)
    return set(left.values_list("low_id", "high_id")) | set(undone.values_list("kept_id", "other_id"))
