"""Forms: what a hosted form asks, and the consent text that stands on it."""

from django.db import models


class Form(models.Model):
    """A form that anybody can fill in at /f/<code>/. `fields` is a list of questions in their order.

    Each has `name` (a field of an inquiry, or `answers.NAME`), `label`, `required`, and `choices` where it is one. The
    consent text changes only together with its version: a consent names the one it was given on.
    """

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    intro = models.TextField(blank=True, default="", max_length=1000)
    fields = models.JSONField(default=list)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, blank=True, related_name="forms")
    offers_contact = models.BooleanField(default=True, help_text="asks whether somebody should get in touch now")
    consent_text = models.TextField(blank=True, default="", max_length=2000)
    consent_version = models.PositiveIntegerField(default=1)
    thanks = models.TextField(blank=True, default="", max_length=1000)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_form"

    def __str__(self) -> str:
        return self.title
