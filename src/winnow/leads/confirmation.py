"""Double opt-in: a consent that somebody gave on a form, and that waits until the owner of the address confirms it."""

from django.db import models
from django.db.models import Q


class Confirmation(models.Model):
    """One consent that is asked back by mail. It counts only once it is confirmed; until then it is kept and shown.

    `wording` is the exact text it was given on. `message` is the mail with the link, None where none was written,
    and `reason` says why. `consent` is what the confirmation made: the proof, with its own time.
    """

    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="confirmations")
    inquiry = models.OneToOneField("leads.Inquiry", models.PROTECT, related_name="confirmation")
    form = models.ForeignKey("leads.Form", models.PROTECT, null=True, related_name="confirmations")
    address = models.CharField(max_length=254)
    wording = models.TextField()
    asked_at = models.DateTimeField()
    message = models.ForeignKey("leads.Message", models.PROTECT, null=True, related_name="confirmations")
    reason = models.CharField(max_length=200, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    consent = models.OneToOneField("leads.Consent", models.PROTECT, null=True, related_name="confirmation")

    class Meta:
        db_table = "leads_confirmation"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None, consent=None) | Q(confirmed_at__isnull=False, consent__isnull=False),
                name="confirmation_has_its_consent",
            ),
        ]
        indexes = [models.Index("address", "asked_at", name="confirmation_address")]

    def __str__(self) -> str:
        return f"consent of {self.address}, {'confirmed' if self.confirmed_at else 'not confirmed yet'}"
