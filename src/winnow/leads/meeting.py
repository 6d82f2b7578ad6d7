"""The weekly lead review: its lines, promises and minutes."""

from django.db import models
from django.db.models import Q


class Review(models.Model):
    """One weekly lead review. Its minutes can't be changed once it is closed: the database refuses."""

    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    led_by = models.ForeignKey("leads.User", models.PROTECT, related_name="+")
    present = models.ManyToManyField("leads.User", related_name="reviews")

    class Meta:
        db_table = "leads_review"
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(closed_at=None), name="review_one_open"),
        ]

    def __str__(self) -> str:
        return f"review of {self.started_at:%-d %B %Y}"


ENDINGS = {
    "next_step": "next step", "opportunity": "opportunity", "won": "won", "lost": "lost", "recycled": "recycled",
    "reassigned": "given to another", "disqualified": "disqualified", "not_covered": "not covered",
    "ended": "settled before",
}  # fmt: skip


class ReviewLine(models.Model):
    """One assigned lead on the agenda, closed with an outcome, or carried over as not covered.

    `ended`: it was settled elsewhere before its turn came. `urgency` is why it stands where it stands, in words.
    """

    OUTCOMES = list(ENDINGS)

    review = models.ForeignKey(Review, models.PROTECT, related_name="lines")
    cycle = models.ForeignKey("leads.Cycle", models.PROTECT, related_name="review_lines")
    rep = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="review_lines")
    position = models.PositiveIntegerField()
    urgency = models.CharField(max_length=60, blank=True, default="")
    outcome = models.CharField(max_length=14, blank=True, default="")
    note = models.TextField(blank=True, default="")
    next_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "leads_reviewline"
        constraints = [models.UniqueConstraint("review", "cycle", name="review_line_once")]
        ordering = ["position"]

    @property
    def ending(self) -> str:
        """How it ended, as people say it; empty while it is open."""
        return ENDINGS.get(self.outcome, "")


class Promise(models.Model):
    """What somebody promised in a review, by when, and whether it was kept: by what was done about the cycle it is
    about, or, when it is about none, by the word of who promised."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="promises")
    cycle = models.ForeignKey("leads.Cycle", models.PROTECT, null=True, related_name="promises")
    by = models.ForeignKey("leads.User", models.PROTECT, related_name="promises")
    text = models.CharField(max_length=300)
    made_at = models.DateTimeField(db_default=models.functions.Now())
    due_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_promise"
        indexes = [
            models.Index("due_at", name="promise_due", condition=Q(kept_at=None, broken_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kept_at=None) | Q(broken_at=None), name="promise_kept_or_broken"),
        ]

    def __str__(self) -> str:
        return self.text
