"""Events: a trade show or a day of our own, its booth survey, the tablets that stand there, the organiser's badges."""

import hmac
import secrets
from base64 import b32encode

from django.db import models
from django.utils.crypto import salted_hmac

from winnow.leads.clock import now
from winnow.leads.formwords import LANGUAGES

LETTERS = 20  # of the signature in a tablet's address: 100 bits


class Event(models.Model):
    """Where people come to our booth. `questions` are asked in order (see `leads.asking`); `staff` are names.

    The consent text changes only together with its version. `closed_at`: tablets send no more new entries; what they
    still hold is taken. `language`: of all that the booth says besides what stands here.
    """

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    place = models.CharField(max_length=120, blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField()
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, blank=True, related_name="events")
    staff = models.JSONField(default=list)
    survey = models.TextField(blank=True, default="", help_text="the questions as they were written")
    questions = models.JSONField(default=list)
    giveaway = models.TextField(blank=True, default="", max_length=1000)
    consent_text = models.TextField(blank=True, default="", max_length=2000)
    consent_version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=2, choices=list(LANGUAGES.items()), default="en", db_default="en")
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "leads_event"

    def __str__(self) -> str:
        return self.name

    @property
    def consent_wording(self) -> str:
        """The text that somebody consents to, with its version; empty where none is asked for."""
        return f"{self.consent_text} (version {self.consent_version})" if self.consent_text else ""

    @property
    def sender(self) -> str:
        """As whom its entries arrive: one sender for all its tablets, so that a key is once per event."""
        return f"event {self.pk}"

    @property
    def key_system(self) -> str:
        """The system in which its badge codes are keys of people."""
        return f"event:{self.code}"[:60]


class BoothDevice(models.Model):
    """One tablet at one event. Its address is signed and can be ended; nobody is logged in there."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="devices")
    name = models.CharField(max_length=60)
    salt = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    waiting = models.PositiveIntegerField(null=True, help_text="entries it said it still held")

    class Meta:
        db_table = "leads_boothdevice"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def allow(cls, event: Event, name: str, *, by) -> "BoothDevice":
        """Let one more tablet in."""
        return cls.objects.create(
            event=event, name=name[:60], salt=secrets.token_hex(8), created_at=now(), by=by
        )

    @property
    def code(self) -> str:
        """What stands in its address: its number and a signature, in letters that can be typed."""
        digest = salted_hmac("winnow booth device", f"{self.pk}:{self.salt}", algorithm="sha256").digest()
        return f"{self.pk}-{b32encode(digest).decode().lower()[:LETTERS]}"

    @classmethod
    def of_code(cls, code: str) -> "BoothDevice | None":
        """The device of that address, ended or not; None where the signature is wrong."""
        number = code.partition("-")[0]
        if not number.isascii() or not number.isdigit() or len(number) > 15:
            return None
        found = cls.objects.select_related("event__campaign").filter(pk=int(number)).first()
        if found is None or not hmac.compare_digest(found.code.encode(), code.lower().encode()):
            return None
        return found


class Badge(models.Model):
    """One line of the organiser's list: who wears that badge. Only who came to our booth becomes a person of ours."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="badges")
    code = models.CharField(max_length=120, db_collation="C")
    fields = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "leads_badge"
        constraints = [models.UniqueConstraint("event", "code", name="badge_once")]
