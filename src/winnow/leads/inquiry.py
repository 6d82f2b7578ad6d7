"""Arrivals and inquiries: the raw thing first, then what it was understood to be."""

import hashlib
import json

from django.db import models
from django.db.models import Q

from winnow.policy.facts import CHANNELS, INTERESTS


def as_kept(body) -> str:
    """The JSON text of a body as it is kept, by which two are told apart: sorted keys, no spaces."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(body) -> bytes:
    """SHA-256 over the text of a body as it came in: `check` compares it with what is there."""
    return hashlib.sha256(as_kept(body).encode()).digest()


class Arrival(models.Model):
    """Something that came in over a form, the API or mail, exactly as it came, committed before it is answered.

    `state`: pending, done, rejected (can't be read; `reason` says why; can be repaired and replayed) or quarantined
    (suspicious; can be released). With an idempotency key the same key is the same arrival. `makes` says what it is to
    become, inquiry or activity; `call` is the call of a hook that brought it.
    """

    STATES = ["pending", "done", "rejected", "quarantined"]

    door = models.CharField(max_length=20)
    sender = models.CharField(max_length=120, default="", db_default="", db_collation="C")
    idempotency_key = models.CharField(max_length=255, null=True, db_collation="C")
    body = models.JSONField()
    body_digest = models.BinaryField(max_length=32)
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_default=models.functions.Now())
    state = models.CharField(max_length=12, default="pending", db_default="pending", choices=[(s, s) for s in STATES])
    reason = models.CharField(max_length=400, default="", db_default="")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(db_default=models.functions.Now())
    inquiry = models.ForeignKey("leads.Inquiry", models.PROTECT, null=True, related_name="arrivals")
    makes = models.CharField(max_length=10, default="inquiry", db_default="inquiry")
    activity = models.ForeignKey("leads.ImportedFact", models.PROTECT, null=True, db_index=False)
    call = models.ForeignKey("leads.HookCall", models.PROTECT, null=True, related_name="arrivals", db_index=False)
    repaired_from = models.ForeignKey("self", models.PROTECT, null=True)
    evidence = models.JSONField(null=True, help_text="of a form: what speaks for and against a machine")
    released_at = models.DateTimeField(null=True, help_text="it was held back, and somebody let it pass")

    class Meta:
        db_table = "leads_arrival"
        constraints = [
            models.UniqueConstraint("sender", "idempotency_key", name="arrival_idempotent"),
            models.CheckConstraint(condition=Q(state__in=["pending", "done", "rejected", "quarantined"]),
                                   name="arrival_state_known"),
        ]
        indexes = [
            models.Index("due_at", name="arrival_pending", condition=Q(state="pending")),
            models.Index(
                "received_at", name="arrival_held", condition=Q(state="quarantined") | Q(released_at__isnull=False)
            ),
            models.Index("call", name="arrival_call", condition=Q(call__isnull=False)),
        ]


class Inquiry(models.Model):
    """Somebody responded. Kept for ever, valid or not; `invalid_reason` says why it counts for nothing.

    `source` is the sender's own word; None where there was none, which is not the word "unknown".
    """

    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="inquiries", db_constraint=False)
    account = models.ForeignKey("leads.Account", models.PROTECT, related_name="inquiries", db_constraint=False)
    captured_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=120, null=True, blank=True)
    channel = models.CharField(max_length=20, default="unknown", choices=[(c, c) for c in CHANNELS])
    interest = models.CharField(max_length=8, default="active", choices=[(i, i) for i in INTERESTS])
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, blank=True, db_index=False)
    product = models.ForeignKey("leads.Product", models.PROTECT, null=True, blank=True, db_index=False)
    form = models.CharField(max_length=120, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    message = models.TextField(blank=True, default="")
    transcript = models.TextField(blank=True, default="", db_default="", help_text="a whole chat or talk, as it was")
    answers = models.JSONField(default=dict)
    stage_given = models.CharField(max_length=60, blank=True, default="")
    owner_given = models.CharField(max_length=120, blank=True, default="")
    contact_me = models.BooleanField(default=False)
    valid = models.BooleanField(default=True)
    invalid_reason = models.CharField(max_length=40, blank=True, default="")
    definition = models.ForeignKey(
        "leads.Definition", models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    cycle = models.ForeignKey(
        "leads.Cycle", models.PROTECT, null=True, related_name="inquiries", db_constraint=False
    )
    system = models.CharField(max_length=60, blank=True, default="", db_default="", db_collation="C")
    external_id = models.CharField(max_length=200, null=True, blank=True, db_collation="C")
    imported = models.ForeignKey(
        "leads.Import", models.PROTECT, null=True, related_name="inquiries", db_constraint=False, db_index=False
    )
    historic = models.BooleanField(default=False)
    inquiry_due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True, help_text="its import was taken back: it counts for nothing")

    class Meta:
        db_table = "leads_inquiry"
        constraints = [models.UniqueConstraint("system", "external_id", name="inquiry_external_once")]
        indexes = [
            models.Index("captured_at", name="inquiry_captured"),
            models.Index("inquiry_due_at", name="inquiry_due", condition=Q(answered_at=None) & ~Q(inquiry_due_at=None)),
            models.Index("invalid_reason", "captured_at", name="inquiry_invalid", condition=Q(valid=False)),
            *(
                models.Index(name, name=f"inquiry_{name}", condition=Q(**{f"{name}__isnull": False}))
                for name in ("campaign", "product", "imported")
            ),
        ]

    def __str__(self) -> str:
        return f"inquiry {self.pk}"


class Consent(models.Model):
    """One act of consent, or of taking it back, with its proof."""

    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=40, default="marketing")
    given = models.BooleanField()
    wording = models.TextField(blank=True, default="")
    how = models.CharField(max_length=60)
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "leads_consent"


def active_share(inquiries: models.QuerySet) -> dict:
    """How many there are, how many of them came to us by themselves, and their share: it stands wherever they count."""
    active = models.Count("pk", filter=Q(interest="active"))
    found = inquiries.order_by().aggregate(all=models.Count("pk"), active=active)
    return found | {"share": found["active"] / found["all"] if found["all"] else None}
