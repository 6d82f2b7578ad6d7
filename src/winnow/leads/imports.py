"""Imports: one run over one file, and every row of it with what became of it."""

from django.db import models


class Import(models.Model):
    """One import. The six outcomes add up to `rows`; `summary` is what the command prints."""

    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64, blank=True, default="")
    system = models.CharField(max_length=60, blank=True, default="")
    mapping = models.TextField(blank=True, default="")
    historic = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="running")
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    accounts_matched = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True)

    class Meta:
        db_table = "leads_import"

    def __str__(self) -> str:
        return f"import {self.pk} of {self.file_name}"


class ImportRow(models.Model):
    """One row as it stood in the file, and its outcome. Rejected ones can be repaired and replayed."""

    OUTCOMES = ["created", "updated", "merged", "unchanged", "quarantined", "rejected"]

    run = models.ForeignKey(Import, models.PROTECT, related_name="lines")
    line = models.PositiveIntegerField()
    raw = models.JSONField()
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=400, blank=True, default="", db_default="")
    noun = models.CharField(max_length=20, blank=True, default="", db_default="")
    noun_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    repaired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_importrow"
        indexes = [models.Index("run", "outcome", name="importrow_outcome")]
