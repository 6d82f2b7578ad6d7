"""Long analyses that somebody asked for: who and when, how far it is, and what came of it. Never run in a request."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from winnow.leads.clock import now
from winnow.leads.errors import Refusal

SILENT = timedelta(minutes=3)
"""A study that has told nothing for so long has lost its worker, and is taken up by the next."""


class Study(models.Model):
    """One analysis and its kept result. `asked` holds what was asked for, `result` the account of it."""

    name = models.CharField(max_length=24)
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    failed = models.CharField(max_length=400, blank=True, default="")
    draft = models.ForeignKey("leads.Definition", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "leads_study"
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(finished_at=None), name="study_one_at_a_time"),
        ]
        indexes = [models.Index(fields=["name", "-asked_at"], name="study_name")]

    def __str__(self) -> str:
        return f"{self.name} study {self.pk}"

    @classmethod
    def ask(cls, name: str, asked: dict, *, by) -> "Study":
        """Ask for one; the worker takes it up. Refusal while one of that name is under way."""
        made, new = cls.objects.get_or_create(
            name=name, finished_at=None, defaults={"asked": asked, "asked_by": by, "asked_at": now()}
        )
        if not new:
            who = made.asked_by or "Winnow"
            raise Refusal(f"{who} has asked for the same at {made.asked_at:%H:%M} UTC; wait until it is done.")
        return made

    @classmethod
    def take(cls, name: str) -> "Study | None":
        """The one that waits, or that a worker has left behind; None where there is none."""
        waits = Q(beat_at=None) | Q(beat_at__lt=now() - SILENT)
        found = cls.objects.filter(waits, name=name, finished_at=None).first()
        if found is None:
            return None
        at = now()
        mine = cls.objects.filter(pk=found.pk, beat_at=found.beat_at, finished_at=None)
        if not mine.update(started_at=at, beat_at=at, done=0, total=0):
            return None
        found.started_at = found.beat_at = at
        return found

    def tell(self, done: int, total: int) -> None:
        """How far it is; told to whoever looks, and a sign of life."""
        Study.objects.filter(pk=self.pk).update(done=done, total=total, beat_at=now())

    def finish(self, result: dict | None, failed: str = "") -> None:
        """Keep what came of it."""
        self.result, self.failed, self.finished_at = result, failed[:400], now()
        Study.objects.filter(pk=self.pk).update(
            result=self.result, failed=self.failed, finished_at=self.finished_at, beat_at=self.finished_at
        )

    @classmethod
    def newest(cls, name: str) -> "Study | None":
        """The last one that was finished well."""
        done = cls.objects.filter(name=name, failed="").exclude(finished_at=None)
        return done.select_related("asked_by", "draft").order_by("-finished_at").first()

    @classmethod
    def running(cls, name: str) -> "Study | None":
        """The one that is asked for and not finished."""
        return cls.objects.filter(name=name, finished_at=None).select_related("asked_by").first()
