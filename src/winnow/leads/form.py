"""Forms: what a hosted form asks, in versions that are kept for ever, and the consent texts that stood on it."""

import copy

from django.db import models, transaction
from django.db.models import Max

from winnow.leads.audit import audited
from winnow.leads.errors import Refusal
from winnow.leads.formwords import LANGUAGES

CONTENT = ("title", "intro", "fields", "offers_contact", "button", "thanks", "at_once", "language")
"""What a version is: all that a visitor sees and answers. Whoever changes any of it makes the next version."""

SETTINGS = (
    "campaign", "active", "instead", "double_opt_in", "remembers", "confirm_subject", "confirm_text", "consent_text",
)
"""What holds for the form whatever version is shown. A changed consent text gets a number of its own."""


class Form(models.Model):
    """A form that anybody can fill in at /f/<code>/. The code never changes: pages elsewhere name it.

    `fields` is a list of questions in their order. Each has `name` (a field of an inquiry, or `answers.NAME`), `label`,
    and may have `type` (of TYPES), `required`, `help`, `again` (asked every time, also of somebody who answered it
    here before) and `choices`, each with `value`, `label` and, for an item of BANTFO, the `level` that it is evidence
    of. `at_once`: so many questions are shown at most (0: all); those that this browser answered make room for others.
    """

    code = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    intro = models.TextField(blank=True, default="", max_length=1000)
    fields = models.JSONField(default=list)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, blank=True, related_name="forms")
    offers_contact = models.BooleanField(default=True, help_text="asks whether somebody should get in touch now")
    button = models.CharField(max_length=40, blank=True, default="", db_default="")
    at_once = models.PositiveSmallIntegerField(default=0, db_default=0)
    language = models.CharField(max_length=2, choices=list(LANGUAGES.items()), default="en", db_default="en")
    consent_text = models.TextField(blank=True, default="", max_length=2000)
    consent_version = models.PositiveIntegerField(default=1)
    double_opt_in = models.BooleanField(default=False, db_default=False)
    confirm_subject = models.CharField(max_length=200, blank=True, default="", db_default="")
    confirm_text = models.TextField(blank=True, default="", db_default="", max_length=2000)
    remembers = models.BooleanField(
        default=False, db_default=False, help_text="asks nothing twice of somebody known on this browser"
    )
    thanks = models.TextField(blank=True, default="", max_length=1000)
    active = models.BooleanField(default=True)
    instead = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", help_text="stands in while this one is off"
    )
    version = models.PositiveIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_form"

    def __str__(self) -> str:
        return self.title

    @property
    def consent_wording(self) -> str:
        """The text that somebody consents to, with its version; empty where the form asks for none."""
        return worded(self.consent_text, self.consent_version)

    @property
    def content(self) -> dict:
        """What a visitor sees and answers in this version."""
        return {name: getattr(self, name) for name in CONTENT}

    @classmethod
    def first(cls, at) -> "Form":
        """The form that every instance has: an ordinary contact form at /f/contact/."""
        return cls.objects.get_or_create(code="contact", defaults={**CONTACT, "created_at": at})[0]

    # -- making and changing -------------------------------------------------------------------------------------
    @classmethod
    def make(cls, *, by, at, **said) -> "Form":
        """A new form with its first version. IntegrityError where the code is another form's."""
        with transaction.atomic():
            made = cls.objects.create(created_at=at, **said)
            made._keep(by, at)
            audited(by, "make form", made, made.code)
        return made

    def revise(self, *, by, at, **said) -> None:
        """Change what it asks and how it behaves. What was shown before stays kept, as the version that it was.

        Refusal while two versions are tested against each other and a visitor would see something else.
        """
        with transaction.atomic():
            mine = Form.objects.select_for_update().get(pk=self.pk)
            mine._keep(by, at)
            changed = {name: said[name] for name in CONTENT if name in said and said[name] != getattr(mine, name)}
            if changed and (test := mine.tests.filter(ended_at=None).first()):
                raise Refusal(f"{test} runs since {test.started_at:%-d %B %Y}; end it before you change what is asked.")
            if changed:
                mine.version = mine.next_version()
            if "consent_text" in said and said["consent_text"] != mine.consent_text:
                newest = mine.consent_texts.aggregate(last=Max("version"))["last"] or 0
                mine.consent_version = max(newest, mine.consent_version) + 1
            for name in (*changed, *(name for name in SETTINGS if name in said)):
                setattr(mine, name, said[name])
            mine.save()
            mine._keep(by, at)
            audited(by, "change form", mine, f"{mine.code}, version {mine.version}")
        self.refresh_from_db()

    def draft(self, *, by, at, **content) -> "FormVersion":
        """Keep another version beside the one in force, to be tested against it."""
        with transaction.atomic():
            mine = Form.objects.select_for_update().get(pk=self.pk)
            mine._keep(by, at)
            number = mine.next_version()
            made = FormVersion.objects.create(
                form=mine, number=number, content={**mine.content, **content}, made_at=at, made_by=by
            )
            audited(by, "draft form", mine, f"{mine.code}, version {number}")
        return made

    def next_version(self) -> int:
        """The number that the next version gets; none is given twice."""
        return max(self.versions.aggregate(last=Max("number"))["last"] or 0, self.version) + 1

    def _keep(self, by, at) -> None:
        FormVersion.objects.get_or_create(
            form=self, number=self.version, defaults={"content": self.content, "made_at": at, "made_by": by}
        )
        if self.consent_text:
            ConsentText.objects.get_or_create(
                form=self, version=self.consent_version,
                defaults={"text": self.consent_text, "made_at": at, "made_by": by},
            )

    # -- as it was, or as it might be ------------------------------------------------------------------------------
    def as_version(self, number: int) -> "Form":
        """The same form with what version `number` asks; itself when that is the one in force or was never kept."""
        if number == self.version:
            return self
        kept = self.versions.filter(number=number).first()
        return self if kept is None else self.with_content(kept.content, number)

    def with_content(self, content: dict, number: int) -> "Form":
        """The same form with other content; for showing, never for saving."""
        other = copy.copy(self)
        for name in CONTENT:
            setattr(other, name, content.get(name, getattr(self, name)))
        other.version = number
        return other

    def consent_shown(self, version: int) -> str | None:
        """The consent text of that version with its number; None where no such text ever stood on this form."""
        if version == self.consent_version:
            return self.consent_wording
        kept = self.consent_texts.filter(version=version).first()
        return worded(kept.text, kept.version) if kept else None


def worded(text: str, version: int) -> str:
    """A consent text as it is kept with each consent that was given on it."""
    return f"{text} (version {version})" if text else ""


class FormVersion(models.Model):
    """What a form asked, as it was shown: kept for ever, so that each answer has its question. The database refuses
    to change one."""

    form = models.ForeignKey(Form, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "leads_formversion"
        constraints = [models.UniqueConstraint("form", "number", name="form_version_once")]

    def __str__(self) -> str:
        return f"version {self.number} of {self.form}"


class ConsentText(models.Model):
    """What stood beside the box, word by word: kept for ever, with its number. The database refuses to change one."""

    form = models.ForeignKey(Form, models.PROTECT, related_name="consent_texts")
    version = models.PositiveIntegerField()
    text = models.TextField(max_length=2000)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "leads_consenttext"
        constraints = [models.UniqueConstraint("form", "version", name="consent_text_once")]

    def __str__(self) -> str:
        return worded(self.text, self.version)


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

ASKABLE = {
    "first_name": "First name", "last_name": "Last name", "full_name": "Whole name", "email": "E-mail address",
    "phone": "Telephone", "title": "Job title", "company": "Company", "domain": "Website", "country": "Country",
    "industry": "Industry", "employees": "People in the company", "message": "Message", "product": "Product",
}
"""Fields of an inquiry that a form may ask for, besides `answers.NAME`, and what they are called."""

EVIDENCE = ("budget", "authority", "need", "timing", "other")
"""Items of BANTFO that an answer may be evidence of, as `answers.ITEM`; fit is computed."""

TYPES = {
    "text": "one line", "long": "several lines", "number": "a number", "choice": "one of these",
    "list": "one of a list", "several": "several of these", "tick": "a box to tick",
}
"""How a question is answered."""

REACHES = ("email", "phone", "last_name", "full_name")
"""A form asks for one of these at least, and of everybody: else nobody could be known by it or answered."""
