"""The audit trail: who decided what, when. Append-only like the facts, chained by its own digests."""

import hashlib

from django.db import connection, models

from winnow.leads.clock import now


class AuditEntry(models.Model):
    """One decision or change by a person or a key. `by` is null when Winnow did it by a rule."""

    at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, db_index=False)
    by_key = models.ForeignKey("leads.ApiKey", models.PROTECT, null=True)
    verb = models.CharField(max_length=40)
    noun = models.CharField(max_length=40)
    noun_id = models.BigIntegerField(null=True)
    detail = models.CharField(max_length=400, blank=True, default="")
    digest = models.BinaryField(max_length=32)

    class Meta:
        db_table = "leads_auditentry"
        indexes = [
            models.Index("noun", "noun_id", name="audit_noun"),
            models.Index("by", "at", name="audit_by"),
            models.Index("verb", "id", name="audit_verb"),
            models.Index("at", name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.noun} {self.noun_id}"


class AuditHead(models.Model):
    """The newest digest of the trail and how many entries it has: one row, so that a missing end shows too."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    digest = models.BinaryField(max_length=32)
    entries = models.BigIntegerField()

    class Meta:
        db_table = "leads_audithead"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audithead_one")]


def entry_digest(before: bytes, at, by_id, by_key_id, verb: str, noun: str, noun_id, detail: str) -> bytes:
    """The digest of one entry, chained to the one before."""
    who = f"{by_id or ''}" + (f"|key {by_key_id}" if by_key_id else "")
    text = f"{int(at.timestamp() * 1_000_000)}|{who}|{verb}|{noun}|{noun_id or ''}|{detail}"
    return hashlib.sha256(bytes(before) + text.encode()).digest()


def audited(by, verb: str, what, detail: str = "") -> AuditEntry:
    """Write one entry, in the transaction of the decision. `by` is a User, an ApiKey or None."""
    from winnow.leads.apikey import ApiKey

    key = by if isinstance(by, ApiKey) else None
    user = None if key is not None else by
    detail = detail.replace("\0", "")[:400]
    at = now()
    noun, noun_id = (what._meta.model_name, what.pk) if isinstance(what, models.Model) else (str(what), None)
    with connection.cursor() as cursor:
        # One chain for the whole trail: the lock makes the order of the digests the order of the ids.
        cursor.execute("SELECT pg_advisory_xact_lock(7461001)")
        cursor.execute("SELECT digest FROM leads_audithead")
        row = cursor.fetchone()
        before = bytes(row[0]) if row else b""
        who = (getattr(user, "pk", None), getattr(key, "pk", None))
        digest = entry_digest(before, at, *who, verb, noun, noun_id, detail)
        cursor.execute(_HEAD, [digest])
    return AuditEntry.objects.create(
        at=at, by=user, by_key=key, verb=verb, noun=noun, noun_id=noun_id, detail=detail, digest=digest
    )


_HEAD = """INSERT INTO leads_audithead (id, digest, entries) VALUES (1, %s, 1)
           ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, entries = leads_audithead.entries + 1"""
