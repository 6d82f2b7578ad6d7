"""Interviews: a call script, and one trip through it with one person, over as many calls as it takes."""

from django.db import models
from django.db.models import Q


class CallScript(models.Model):
    """Prepared questions for whoever is on the phone. `questions` are read from `text` (see `leads.asking`)."""

    name = models.CharField(max_length=120, unique=True)
    opening = models.TextField(blank=True, default="", max_length=1000)
    text = models.TextField(max_length=8000)
    questions = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "leads_callscript"

    def __str__(self) -> str:
        return self.name


class Interview(models.Model):
    """One trip through a script. The questions are kept as they stood when it began: a script may change meanwhile.

    `place` is the question that comes next, empty behind the last. `answers` by question: what was said, and the
    number of the answer that it became. `path` are the questions that were answered, in order. `talking_since`: they
    are on the phone. `ended_at`: it is through, or was given up.
    """

    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="interviews")
    script = models.ForeignKey(CallScript, models.PROTECT, related_name="interviews")
    questions = models.JSONField(default=list)
    place = models.CharField(max_length=60, blank=True, default="")
    answers = models.JSONField(default=dict)
    path = models.JSONField(default=list)
    note = models.TextField(blank=True, default="")
    inbound = models.BooleanField(default=False)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField()
    talking_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_interview"
        constraints = [
            models.UniqueConstraint("person", "script", condition=Q(ended_at=None), name="interview_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.script} with {self.person}"
