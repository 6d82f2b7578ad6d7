"""Hooks: addresses at which tools that can't be changed leave what they know, and each call as it came."""

from django.db import models
from django.db.models import Q


class Hook(models.Model):
    """An address for one tool, `/hooks/in/<code>/`, and how what comes is read.

    `mapping` is a mapping file as imports have it; its columns are paths into the payload. `each` is the path of the
    list whose things are one item each; empty: the payload is one. `proof` says how the sender shows who it is; of
    `address` alone, whoever knows the address is believed. `secret` and the one before it are sealed; the one before
    counts until `before_until`. `header` is the name of the secret's header, or of the user.
    """

    MAKES = ["inquiries", "activities"]
    PROOFS = ["signature", "digest", "header", "basic", "address"]

    code = models.CharField(max_length=64, unique=True, db_collation="C")
    name = models.CharField(max_length=120)
    makes = models.CharField(max_length=12, default="inquiries", choices=[(m, m) for m in MAKES])
    mapping = models.TextField(blank=True, default="")
    each = models.CharField(max_length=200, blank=True, default="")
    proof = models.CharField(max_length=10, default="signature", choices=[(p, p) for p in PROOFS])
    header = models.CharField(max_length=80, blank=True, default="")
    secret = models.TextField(blank=True, default="")
    secret_before = models.TextField(blank=True, default="")
    before_until = models.DateTimeField(null=True)
    active = models.BooleanField(default=True)
    refused_at = models.DateTimeField(null=True)
    refused = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, db_index=False)

    class Meta:
        db_table = "leads_hook"

    def __str__(self) -> str:
        return self.name


class HookCall(models.Model):
    """One call of a hook, its bytes as they came. `state` pending, done, or rejected where it can't be read at all.

    `taken`, `refused` and `passed_over` count its items; a refused item is a rejected arrival. With an idempotency key
    the same key is the same call.
    """

    STATES = ["pending", "done", "rejected"]

    hook = models.ForeignKey(Hook, models.PROTECT, related_name="calls", db_index=False)
    idempotency_key = models.CharField(max_length=255, null=True, db_collation="C")
    content_type = models.CharField(max_length=200, blank=True, default="")
    raw = models.BinaryField()
    proof = models.CharField(max_length=40, blank=True, default="")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="pending", choices=[(s, s) for s in STATES])
    reason = models.CharField(max_length=400, blank=True, default="")
    taken = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    passed_over = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "leads_hookcall"
        constraints = [models.UniqueConstraint("hook", "idempotency_key", name="hookcall_idempotent")]
        indexes = [
            models.Index("due_at", name="hookcall_pending", condition=Q(state="pending")),
            models.Index("hook", "id", name="hookcall_of_hook"),
        ]

    def __str__(self) -> str:
        return f"call {self.pk} of {self.hook}"
