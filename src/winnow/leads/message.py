"""Programmes, enrolments, the outbox and the suppression list."""

import hashlib

from django.db import models
from django.db.models import Q


class Programme(models.Model):
    """A nurture plan: short, helpful mails at a steady pace."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    pace_days = models.PositiveSmallIntegerField(default=14)
    months = models.PositiveSmallIntegerField(default=24, help_text="how long people stay in it")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_programme"

    def __str__(self) -> str:
        return self.name


class Tip(models.Model):
    """One short helpful mail of a programme, for one phase of the buyer."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="tips")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60, unique=True)
    phase = models.CharField(max_length=12, default="learning")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    content = models.ForeignKey("leads.Content", models.PROTECT, null=True, blank=True)

    class Meta:
        db_table = "leads_tip"
        constraints = [models.UniqueConstraint("programme", "position", name="tip_position_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.subject


class Enrolment(models.Model):
    """A person's place in a programme, keyed by person and cycle; in one open programme at a time."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="enrolments")
    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="enrolments")
    cycle = models.ForeignKey("leads.Cycle", models.PROTECT, related_name="enrolments")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=40, blank=True, default="")
    exhausted = models.BooleanField(default=False)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True)

    class Meta:
        db_table = "leads_enrolment"
        constraints = [
            models.UniqueConstraint("person", condition=Q(stopped_at=None), name="enrolment_one_open"),
            models.UniqueConstraint("programme", "person", "cycle", name="enrolment_once_a_cycle"),
        ]
        indexes = [models.Index("due_at", name="enrolment_due", condition=Q(stopped_at=None))]


class Message(models.Model):
    """One mail in the outbox. `queued` is claimed as `sending` and committed before the relay hears of it; after a
    crash `sending` becomes `unknown` and is never sent again by itself.

    `kind` marketing, service or personal; only marketing respects caps and consent, all respect a hard bounce.
    """

    STATES = ["held", "queued", "sending", "sent", "failed", "suppressed", "unknown", "cancelled"]

    kind = models.CharField(max_length=10, default="marketing")
    person = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="messages")
    user = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="messages")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="messages")
    tip = models.ForeignKey(Tip, models.PROTECT, null=True)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    message_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, default="queued", choices=[(s, s) for s in STATES])
    reason = models.CharField(max_length=300, blank=True, default="")
    send_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=60, blank=True, default="")
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    token = models.CharField(max_length=64, db_collation="C", default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_message"
        constraints = [
            models.UniqueConstraint("tip", "person", condition=Q(tip__isnull=False), name="tip_once_a_person"),
            models.CheckConstraint(
                condition=~Q(state="sending") | (~Q(claimed_by="") & Q(claimed_at__isnull=False)),
                name="sending_is_claimed",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["held", "queued", "sending", "sent", "failed", "suppressed", "unknown",
                                       "cancelled"]),
                name="message_state_known",
            ),
        ]
        indexes = [
            models.Index("send_at", name="message_due", condition=Q(state="queued")),
            models.Index("token", name="message_token"),
        ]


class Suppression(models.Model):
    """An address that gets no marketing mail any more. Keyed by a hash, so that it outlives the person."""

    address_hash = models.CharField(max_length=64, unique=True, db_collation="C")
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_suppression"


def address_hash(address: str) -> str:
    """SHA-256 over the address, trimmed and in lower case."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()
