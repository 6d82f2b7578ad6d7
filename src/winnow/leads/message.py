"""Programmes, enrolments, the outbox and the suppression list."""

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

from winnow.leads.errors import Refusal

CONFIRM = "{confirm}"
"""Stands in the body of a mail for the link that confirms a consent; made when the mail is handed over."""


class Programme(models.Model):
    """A nurture plan: short, helpful mails at a steady pace.

    `auto_enrol`: who gets to stage nurturing without a programme is put in here; at most one programme says so.
    `person_checks`: each mail waits until somebody has looked at it. `consent` says whose yes is asked for first:
    of everybody, of whom the law of the country asks it, or of nobody (an objection always counts).
    `holdout_percent` of the people get nothing, by lot, so that the effect can be told.
    """

    CONSENT = ["always", "where_law_asks", "objection_only"]

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    pace_days = models.PositiveSmallIntegerField(default=14)
    months = models.PositiveSmallIntegerField(default=24, help_text="how long people stay in it")
    active = models.BooleanField(default=True)
    auto_enrol = models.BooleanField(default=False, db_default=False)
    person_checks = models.BooleanField(default=False, db_default=False)
    consent = models.CharField(
        max_length=16, default="where_law_asks", db_default="where_law_asks", choices=[(c, c) for c in CONSENT]
    )
    holdout_percent = models.PositiveSmallIntegerField(default=0, db_default=0)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_programme"
        constraints = [
            models.UniqueConstraint("auto_enrol", condition=Q(auto_enrol=True), name="programme_one_auto"),
            models.CheckConstraint(
                condition=Q(consent__in=["always", "where_law_asks", "objection_only"]),
                name="programme_consent_known",
            ),
            models.CheckConstraint(
                condition=Q(pace_days__gte=1, months__gte=1, holdout_percent__lte=50), name="programme_sane"
            ),
        ]

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
    """A person's place in a programme, keyed by person and cycle; in one open programme at a time.

    The same programme again in the same cycle takes the old place up again; what was sent is never sent twice.
    `exhausted`: every tip was sent, the place stays until there are new ones. `held_out`: drawn to get nothing.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="enrolments")
    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="enrolments")
    cycle = models.ForeignKey("leads.Cycle", models.PROTECT, related_name="enrolments")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=40, blank=True, default="")
    exhausted = models.BooleanField(default=False)
    held_out = models.BooleanField(default=False, db_default=False)
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
    crash a `sending` one that was handed over (`handed_at`) becomes `unknown` and is never sent again by itself, one
    that was not is queued again.

    `kind` marketing, service or personal; only marketing respects caps and consent, all respect a hard bounce.
    `send_at` is when it is meant to go; `retry_at` when a relay that refused for now is asked again.
    """

    KINDS = ["marketing", "service", "personal"]
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
    handed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
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
            models.Index("claimed_at", name="message_sending", condition=Q(state="sending")),
            models.Index("send_at", name="message_waits", condition=Q(state__in=["held", "unknown"])),
            models.Index("address", name="message_address"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk} to {self.address}"

    @classmethod
    def write(
        cls, *, kind: str, address: str, subject: str, body: str, at, send_at=None, person=None, user=None,
        enrolment=None, tip=None, state: str = "queued", reason: str = "",
    ) -> "Message":
        """Put a mail into the outbox, with a Message-ID of its own that stays. The caller holds the transaction of what
        it tells of. Refusal when the address or the subject holds what could become another header.
        """
        for name, value in (("address", address), ("subject", subject)):
            one_line(value, name)
        return cls.objects.create(
            kind=kind, address=address, subject=subject[:300], body=body.replace("\0", ""), message_id=new_message_id(),
            state=state, reason=reason[:300], send_at=send_at or at, created_at=at, person=person, user=user,
            enrolment=enrolment, tip=tip,
        )


class Suppression(models.Model):
    """An address that gets no marketing mail any more. Keyed by a hash, so that it outlives the person."""

    address_hash = models.CharField(max_length=64, unique=True, db_collation="C")
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_suppression"


def one_line(value: str, what: str) -> str:
    """The value itself when it can stand in a mail header. Refusal for line breaks, control characters and encoded
    words: with them a name could add a recipient."""
    if any(ord(letter) < 32 or ord(letter) == 127 or letter in "\x85\u2028\u2029" for letter in value):
        raise Refusal(f"The {what} of the mail holds a line break or a control character; write it in one line.")
    if "=?" in value and "?=" in value:
        raise Refusal(f"The {what} of the mail holds an encoded word (=?…?=); write the letters themselves.")
    return value


def new_message_id() -> str:
    """A Message-ID with 128 bits of chance, in the domain that mail is sent from."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{secrets.token_hex(16)}@{domain}>"


def address_hash(address: str) -> str:
    """SHA-256 over the address, trimmed and in lower case."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()
