"""Two versions of a form against each other, judged on who becomes a handoff to sales, not on who sends the form.

The number of showings that each version needs is said before the test begins, and nothing is judged before it is
reached (METHOD, A/B: a look every day finds a difference in one of five tests that have none).
"""

import hashlib
import math
import secrets
from datetime import timedelta
from statistics import NormalDist

from django.db import models, transaction
from django.db.models import Q

from winnow.leads.audit import audited
from winnow.leads.errors import Refusal
from winnow.leads.form import Form

ALPHA, POWER = 0.05, 0.8
WINDOW_DAYS = 60
"""A showing is judged so long after it: until then a handoff may still come of it."""


class FormTest(models.Model):
    """One test of version `a` (in force) against version `b`. Each showing goes to one of both by lot; the same
    visitor gets the same one while network and browser stay the same, with nothing kept on their machine.

    `baseline` is the share of showings that led to a handoff before, `difference` the smallest change of that share
    worth finding, `per_arm` how many showings each version needs for it, `weeks` how long that takes at the rate then.
    """

    form = models.ForeignKey(Form, models.PROTECT, related_name="tests")
    a = models.PositiveIntegerField()
    b = models.PositiveIntegerField()
    baseline = models.FloatField()
    difference = models.FloatField()
    per_arm = models.PositiveIntegerField()
    weeks = models.FloatField(null=True)
    window_days = models.PositiveSmallIntegerField(default=WINDOW_DAYS)
    salt = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    kept = models.PositiveIntegerField(null=True, help_text="the version that went on")

    class Meta:
        db_table = "leads_formtest"
        constraints = [
            models.UniqueConstraint("form", condition=Q(ended_at=None), name="form_test_one_open"),
            models.CheckConstraint(condition=~Q(a=models.F("b")), name="form_test_of_two"),
        ]

    def __str__(self) -> str:
        return f"the test of versions {self.a} and {self.b}"

    @classmethod
    def start(
        cls, form: Form, b: int, *, baseline: float, difference: float, weekly: float, by, at,
        window_days: int = WINDOW_DAYS,
    ) -> "FormTest":
        """Begin to show version `b` to every other visitor. Refusal where there is nothing to test, or one runs."""
        per_arm = views_needed(baseline, baseline + difference)
        with transaction.atomic():
            mine = Form.objects.select_for_update().get(pk=form.pk)
            if test := cls.objects.filter(form=mine, ended_at=None).first():
                raise Refusal(f"{str(test).capitalize()} runs already; end it first.")
            other = mine.versions.filter(number=b).first()
            if other is None or other.content == mine.content:
                raise Refusal(f"Version {b} of {mine} asks what version {mine.version} asks; change something first.")
            made = cls.objects.create(
                form=mine, a=mine.version, b=b, baseline=baseline, difference=difference, per_arm=per_arm,
                weeks=weeks_needed(per_arm, weekly), window_days=window_days, salt=secrets.token_hex(8),
                started_at=at, started_by=by,
            )
            audited(by, "test form", mine, f"version {made.a} against {b}, {per_arm} showings each")
        return made

    def end(self, *, keep: int, by, at) -> None:
        """Stop it and go on with version `keep`, a or b."""
        if keep not in (self.a, self.b):
            raise Refusal(f"Version {keep} is not in {self}; keep {self.a} or {self.b}.")
        with transaction.atomic():
            mine = Form.objects.select_for_update().get(pk=self.form_id)
            open_one = FormTest.objects.filter(pk=self.pk, ended_at=None)
            if not open_one.update(ended_at=at, kept=keep):
                raise Refusal(f"{str(self).capitalize()} has ended already; look again.")
            if keep != mine.version:
                content = mine.versions.get(number=keep).content
                Form.objects.filter(pk=mine.pk).update(version=keep, **content)
            audited(by, "end form test", mine, f"version {keep} goes on")
        self.refresh_from_db()

    def arm_for(self, visitor: str) -> int:
        """The version for whoever this is: as good as a coin, and the same whenever they come back."""
        drawn = hashlib.sha256(f"{self.salt}|{visitor}".encode()).digest()[0]
        return self.b if drawn & 1 else self.a

    @property
    def ripe_after(self) -> timedelta:
        """How old a showing is when it may be judged."""
        return timedelta(days=self.window_days)


def views_needed(base: float, other: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """Showings that each of two versions needs so that the difference of two shares is found with that power:
    (z_α/2 + z_β)² (p₁q₁ + p₂q₂) / (p₁ − p₂)². ValueError where there is no difference to find."""
    if not (0 <= base < 1 and 0 < other < 1) or base == other:
        raise ValueError(f"no difference can be found between {base} and {other}")
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    return math.ceil(z * z * (base * (1 - base) + other * (1 - other)) / (base - other) ** 2)


def weeks_needed(per_arm: int, weekly: float) -> float | None:
    """How long until both versions were shown so often, at so many showings a week; None while nobody comes."""
    return 2 * per_arm / weekly if weekly > 0 else None
