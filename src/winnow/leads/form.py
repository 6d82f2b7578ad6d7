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

    @property
    def consent_wording(self) -> str:
        """The text that somebody consents to, with its version; empty where the form asks for none."""
        return f"{self.consent_text} (version {self.consent_version})" if self.consent_text else ""

    @classmethod
    def first(cls, at) -> "Form":
        """The form that every instance has: an ordinary contact form at /f/contact/."""
        return cls.objects.get_or_create(code="contact", defaults={**CONTACT, "created_at": at})[0]


CONTACT = {
    "title": "Write to us",
    "intro": "Say what you are looking for; somebody who knows the matter answers.",
    "fields": [
        {"name": "first_name", "label": "First name", "required": False},
        {"name": "last_name", "label": "Last name", "required": True},
        {"name": "email", "label": "E-mail address", "required": True},
        {"name": "company", "label": "Company", "required": False},
        {"name": "phone", "label": "Telephone", "required": False},
        {"name": "message", "label": "Your question", "required": False},
    ],
    "consent_text": "You may send me short, helpful mails about this. I can stop them at any time.",
    "thanks": "Your message has arrived. It is read by a person.",
}
"""What the first form asks."""

ASKABLE = (
    "first_name", "last_name", "full_name", "email", "phone", "title", "company", "domain", "country", "industry",
    "employees", "message", "product",
)
"""Fields of an inquiry that a form may ask for, besides `answers.NAME`."""
