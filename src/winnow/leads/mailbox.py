"""What comes back of a mail: links that are followed, bounces, and all that arrives; and who was kept out, and why."""

import hashlib

from django.db import models
from django.db.models import Q


class MailLink(models.Model):
    """One secret of one mail, kept as its SHA-256: to unsubscribe, to a page, to confirm a consent, or the trap
    that no person sees.

    `url` is where a followed link leads; it is stored, never taken from the request.
    """

    SCOPES = ["unsubscribe", "page", "trap", "confirm"]

    message = models.ForeignKey("leads.Message", models.PROTECT, related_name="links")
    scope = models.CharField(max_length=12, choices=[(s, s) for s in SCOPES])
    digest = models.CharField(max_length=64, unique=True, db_collation="C")
    url = models.CharField(max_length=1000, blank=True, default="")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "leads_maillink"

    def __str__(self) -> str:
        return f"{self.scope} of {self.message_id}"


class Click(models.Model):
    """One request for a link of a mail, raw. `family` stands for network and browser, hashed; `machine` says why it
    counts as none of a person's; `confirmed_by` what made it certain."""

    link = models.ForeignKey(MailLink, models.PROTECT, related_name="clicks")
    message = models.ForeignKey("leads.Message", models.PROTECT, related_name="clicks")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    family = models.CharField(max_length=16, db_collation="C")
    agent = models.CharField(max_length=200, blank=True, default="")
    machine = models.CharField(max_length=40, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        db_table = "leads_click"
        indexes = [
            models.Index("family", "at", name="click_family"),
            models.Index("at", name="click_unconfirmed", condition=Q(machine="", confirmed_at=None)),
        ]


class Bounce(models.Model):
    """A mail that came back. An address with a hard one, or three soft ones in fifteen days, gets no mail at all.

    `forgiven_at`: somebody says that the address works again.
    """

    address_hash = models.CharField(max_length=64, db_collation="C")
    message = models.ForeignKey("leads.Message", models.PROTECT, null=True, related_name="bounces")
    at = models.DateTimeField()
    hard = models.BooleanField()
    status = models.CharField(max_length=12, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    forgiven_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_bounce"
        indexes = [models.Index("address_hash", "at", name="bounce_address")]


class IncomingMail(models.Model):
    """A mail that came in, whole and raw, what it was judged to be, and what was done. The same bytes are one mail.

    `fingerprint` stands for its Message-ID, date and sender: the same by another way is a copy, and changes nothing.
    `attachments` lists what is attached, [name, type, bytes]. `held` says what somebody has to look at; empty once
    it is settled.
    """

    digest = models.CharField(max_length=64, unique=True, db_collation="C")
    raw = models.BinaryField()
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    hard = models.BooleanField(null=True)
    address = models.CharField(max_length=254, blank=True, default="")
    subject = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    did = models.CharField(max_length=300, blank=True, default="")
    message = models.ForeignKey("leads.Message", models.PROTECT, null=True, related_name="answers")
    person = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="mails")
    fingerprint = models.CharField(max_length=64, null=True, db_collation="C")
    attachments = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    held = models.CharField(max_length=300, blank=True, default="", db_default="")

    KIND_WORDS = {
        "bounce": "came back", "complaint": "a complaint", "auto_reply": "an automatic answer", "reply": "a reply",
        "inquiry": "an inquiry", "copy": "the same mail again",
        "delivered": "a receipt", "none": "nothing for us",
    }  # fmt: skip

    class Meta:
        db_table = "leads_incomingmail"
        constraints = [
            models.UniqueConstraint("fingerprint", name="incomingmail_once", condition=~Q(kind="copy")),
        ]
        indexes = [
            models.Index("received_at", name="incomingmail_received"),
            models.Index("received_at", name="incomingmail_held", condition=~Q(held="")),
        ]

    @property
    def kind_words(self) -> str:
        """What it was taken for, in words."""
        return self.KIND_WORDS.get(self.kind, self.kind)

    def __str__(self) -> str:
        return self.subject or f"mail of {self.received_at:%-d %B %Y}"


class ListedMail(models.Model):
    """That there was this mail, written (message) or come in (mail): listed by the database as the mail is kept, and
    never taken off the list, so that `check` misses one that was deleted."""

    noun = models.CharField(max_length=7, choices=[("message", "message"), ("mail", "mail")])
    number = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "leads_listedmail"
        constraints = [models.UniqueConstraint("noun", "number", name="listedmail_once")]


class KeptOut(models.Model):
    """Somebody who would be put into the programme by itself, and why not; asked again at `again_at`."""

    cycle = models.OneToOneField("leads.Cycle", models.PROTECT, related_name="kept_out")
    programme = models.ForeignKey("leads.Programme", models.PROTECT, related_name="kept_out")
    code = models.CharField(max_length=30)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    again_at = models.DateTimeField()

    class Meta:
        db_table = "leads_keptout"


def link_digest(secret: str) -> str:
    """SHA-256 of the secret in a link of a mail."""
    return hashlib.sha256(secret.encode()).hexdigest()
