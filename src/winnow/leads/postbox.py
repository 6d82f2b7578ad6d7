"""Postboxes: mailboxes on a mail server that are asked for new mail, and which of their mails were collected."""

from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import Q

from winnow.leads.clock import now

LEASE = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=1)


class Postbox(models.Model):
    """A mailbox that is read over IMAP. `secret` is sealed; `secret_from` names where else it stands
    (`env:NAME` or `file:PATH`). With `login` oauth it is the refresh token for which `token_address` gives access
    tokens to the application `client_id`, none where the application itself is let in; `access_token` is the last of
    them, good until `access_until`. `client_secret` and it are sealed too. With `login` token another program keeps
    one fresh.

    `begin` new: what lay there before `started_at` isn't taken. `after` says what is done to a mail on the server
    once it is taken: nothing unless somebody chose so. `validity` and `last_uid` are up to where it is collected; up to
    `rebuilt_until` mails only have other numbers than before.
    """

    SECURITY = ["tls", "starttls", "none"]
    LOGINS = ["password", "oauth", "token"]
    BEGINS = ["new", "all"]
    AFTERS = ["leave", "read", "move", "delete"]

    name = models.CharField(max_length=120)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, default="tls", choices=[(s, s) for s in SECURITY])
    user = models.CharField(max_length=254)
    login = models.CharField(max_length=8, default="password", choices=[(one, one) for one in LOGINS])
    secret = models.TextField(blank=True, default="")
    secret_from = models.CharField(max_length=300, blank=True, default="")
    token_address = models.CharField(max_length=300, blank=True, default="")
    client_id = models.CharField(max_length=200, blank=True, default="")
    client_secret = models.TextField(blank=True, default="")
    scope = models.CharField(max_length=400, blank=True, default="")
    access_token = models.TextField(blank=True, default="")
    access_until = models.DateTimeField(null=True)
    folder = models.CharField(max_length=200, default="INBOX")
    begin = models.CharField(max_length=3, default="new", choices=[(b, b) for b in BEGINS])
    after = models.CharField(max_length=6, default="leave", choices=[(a, a) for a in AFTERS])
    move_to = models.CharField(max_length=200, blank=True, default="")
    every_minutes = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(default=True)
    validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    rebuilt_until = models.BigIntegerField(default=0, db_default=0)
    started_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "leads_postbox"
        indexes = [models.Index("due_at", name="postbox_due", condition=Q(active=True))]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def claim(cls, at: datetime | None = None) -> "Postbox | None":
        """Take the next one that is due, for LEASE; None when none is."""
        at = at or now()
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"at": at, "until": at + LEASE})
            found = cursor.fetchone()
        return cls.objects.get(pk=found[0]) if found else None

    def settle(self, trouble: str = "", at: datetime | None = None) -> None:
        """It was asked; ask again after its minutes, and after trouble ever later, up to LONGEST_WAIT."""
        at = at or now()
        failures = self.failures + 1 if trouble else 0
        wait = min(timedelta(minutes=self.every_minutes) * 2 ** min(failures, 10), LONGEST_WAIT)
        wait = max(wait, timedelta(minutes=self.every_minutes))
        Postbox.objects.filter(pk=self.pk, due_at=self.due_at).update(
            due_at=at + wait, failures=min(failures, 1000), trouble=trouble[:300], asked_at=at
        )


_CLAIM = """
    UPDATE leads_postbox SET due_at = %(until)s
    WHERE id = (SELECT id FROM leads_postbox WHERE active AND due_at <= %(at)s ORDER BY due_at, id LIMIT 1
                FOR UPDATE SKIP LOCKED)
    RETURNING id"""


class Collected(models.Model):
    """One mail of a postbox by the server's own number, and the mail that it is here. `tidied_at`: what `after` says
    was done to it. `trouble`: why it could not be fetched; it is tried again a few times, and holds nothing up."""

    postbox = models.ForeignKey(Postbox, models.PROTECT, related_name="collected", db_index=False)
    validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    mail = models.ForeignKey("leads.IncomingMail", models.PROTECT, null=True, related_name="collected")
    size = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    tidied_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "leads_collected"
        constraints = [models.UniqueConstraint("postbox", "validity", "uid", name="collected_once")]
        indexes = [models.Index("postbox", name="collected_trouble", condition=~Q(trouble=""))]
