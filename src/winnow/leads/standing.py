"""Standings: the stored last verdict. A cache that can be dropped and rebuilt; `check` replays it and compares."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import Exact

ONE_UNMET = Q(Exact(Func(F("unmet"), function="cardinality", output_field=IntegerField()), 1))


class AccountStanding(models.Model):
    """The fold's state of an account and when its verdict is due again.

    `dirty` asks for a fold from the facts; so does a state of another definition or policy version.    """

    account = models.OneToOneField(
        "leads.Account", models.PROTECT, primary_key=True, related_name="standing", db_constraint=False
    )
    definition = models.ForeignKey("leads.Definition", models.PROTECT, null=True, db_index=False)
    policy_version = models.IntegerField(default=0)
    state = models.TextField(default="")
    primary_person = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    judged_at = models.DateTimeField(null=True)
    rejudge_at = models.DateTimeField(null=True)
    dirty = models.BooleanField(default=False)

    class Meta:
        db_table = "leads_accountstanding"
        indexes = [
            models.Index("rejudge_at", name="standing_rejudge", condition=Q(rejudge_at__isnull=False)),
            models.Index("account", name="standing_dirty", condition=Q(dirty=True)),
            models.Index("definition", "policy_version", name="standing_definition"),
        ]


class PersonStanding(models.Model):
    """The fold's state of one person and the verdict as of `judged_at`.

    `order_key` is log2(score) + minutes/half-life: a static key that ranks fading scores at any later time
    (METHOD, forward decay); null when the score isn't positive. `enough_until`, `halfway_until` and `quarter_until`
    say until when the asked score, half and a quarter of it are kept (`leads.axes`); null when they aren't.
    """

    person = models.OneToOneField("leads.Person", models.PROTECT, primary_key=True, related_name="standing")
    account = models.ForeignKey("leads.Account", models.PROTECT, db_index=False)
    state = models.TextField(default="")
    milli = models.IntegerField(default=0)
    grade = models.CharField(max_length=1, default="D")
    levels = ArrayField(models.CharField(max_length=8), default=list)
    unmet = ArrayField(models.CharField(max_length=16), default=list)
    ready = models.BooleanField(default=False)
    order_key = models.FloatField(null=True)
    enough_until = models.DateTimeField(null=True)
    halfway_until = models.DateTimeField(null=True)
    quarter_until = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_personstanding"
        indexes = [
            models.Index("account", name="pstanding_account"),
            models.Index(models.F("order_key").desc(nulls_last=True), name="pstanding_order"),
            models.Index(
                models.F("order_key").desc(nulls_last=True), "person", name="pstanding_ready", condition=Q(ready=True)
            ),
            models.Index(
                models.F("order_key").desc(nulls_last=True), "person", name="pstanding_short", condition=ONE_UNMET
            ),
            models.Index(
                "enough_until", include=["person"], name="pstanding_enough", condition=Q(enough_until__isnull=False)
            ),
            models.Index(
                "grade", "enough_until", "halfway_until", "quarter_until", include=["person"], name="pstanding_axes"
            ),
        ]
