"""Imports: one run over one file, and every row of it with what became of it."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class Import(models.Model):
    """One import. The six outcomes add up to `rows`.

    `parts` say of each part of the file up to which `line` its rows are committed, so that a run that was killed goes
    on behind it, and the `notes` and the `largest` amount that are to be told at the end; a part has one writer at a
    time. `chunks` are the transactions that did it (moment and transaction id), by which `undo` finds their facts.
    `summary` holds the file's `lines`, about, and in the end the `warnings`. `options` are what the run was started
    with besides the mapping.
    """

    STATES = [
        "draft", "to try", "trying", "tried", "waiting", "running", "stopped", "failed", "done", "undone",
    ]

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
    options = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    chunks = models.JSONField(default=list)
    parts = models.JSONField(default=list)
    upload = models.ForeignKey("leads.Upload", models.PROTECT, null=True, related_name="imports")
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True)

    class Meta:
        db_table = "leads_import"
        indexes = [models.Index("file_digest", name="import_digest")]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.file_name}"


class ImportRow(models.Model):
    """One row as it stood in the file, and its outcome. Rejected ones can be repaired and replayed.

    `raw` is the list of its cells, or its text where it has none. `noun` and `noun_id` are what it became; `before` is
    what it changed, as it was. `repaired_as` is the row that replaced a rejected one.
    """

    OUTCOMES = ["created", "updated", "merged", "unchanged", "quarantined", "rejected"]

    # Checking a key costs as much as writing the row, and all rows of a chunk have the same one.
    run = models.ForeignKey(Import, models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    line = models.PositiveIntegerField()
    raw = models.JSONField()
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=400, blank=True, default="", db_default="")
    noun = models.CharField(max_length=20, blank=True, default="", db_default="")
    noun_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    repaired_at = models.DateTimeField(null=True)
    repaired_as = models.ForeignKey("self", models.PROTECT, null=True, db_index=False)

    class Meta:
        db_table = "leads_importrow"
        indexes = [
            BrinIndex(fields=["run"], name="importrow_run", autosummarize=True),
            models.Index(
                fields=["run", "outcome"], name="importrow_outcome",
                condition=models.Q(outcome__in=["updated", "quarantined", "rejected"]),
            ),
            models.Index(
                "repaired_as", name="importrow_repaired_as", condition=models.Q(repaired_as__isnull=False)
            ),
        ]


class Upload(models.Model):
    """A file that somebody gave to the browser. It lies here since web and worker share only the database."""

    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True)

    class Meta:
        db_table = "leads_upload"

    def __str__(self) -> str:
        return self.name


class SavedMapping(models.Model):
    """A mapping that somebody keeps under a name, for files with the same columns. `mapping` is its text as a file.

    `columns` are all of the file's column names when it was kept; `options` what was said besides.
    """

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20)
    mapping = models.TextField()
    columns = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    kept_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "leads_savedmapping"

    def __str__(self) -> str:
        return self.name


class ImportedFact(models.Model):
    """A fact that came by a file of activities, under the sender's key: the same row again is the same fact.

    One that came by the API or a hook has no import.
    """

    system = models.CharField(max_length=60, blank=True, default="", db_collation="C")
    external_id = models.CharField(max_length=200, null=True, db_collation="C")
    imported = models.ForeignKey(Import, models.PROTECT, null=True, related_name="facts")
    account = models.ForeignKey("leads.Account", models.PROTECT)
    person = models.ForeignKey("leads.Person", models.PROTECT)
    what = models.CharField(max_length=200)
    happened_at = models.DateTimeField()

    class Meta:
        db_table = "leads_importedfact"
        constraints = [models.UniqueConstraint("system", "external_id", name="importedfact_once")]
