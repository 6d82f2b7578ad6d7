"""Domains of e-mail addresses: whether they take mail at all, as the domain name system says."""

from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import Q

from winnow.leads.clock import now

NEWEST = 10_000  # addresses among which new domains are looked for
LEASE = timedelta(minutes=2)
BACK_OFF = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))


class MailDomain(models.Model):
    """One domain that addresses have. `takes_mail` is None while nobody knows; `reason` says what was answered."""

    domain = models.CharField(max_length=253, unique=True, db_collation="C")
    takes_mail = models.BooleanField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_maildomain"
        indexes = [models.Index("due_at", name="maildomain_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.domain

    @classmethod
    def plan_new(cls, at: datetime | None = None) -> int:
        """Put the domains of the newest addresses in line, each once. Returns how many."""
        with connection.cursor() as cursor:
            cursor.execute(_PLAN, {"newest": NEWEST, "at": at or now()})
            return cursor.rowcount

    @classmethod
    def claim(cls, at: datetime | None = None) -> "MailDomain | None":
        """Take the next one that is due, for LEASE; None when none is."""
        at = at or now()
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"at": at, "until": at + LEASE})
            found = cursor.fetchone()
        return cls.objects.get(pk=found[0]) if found else None

    def settle(self, takes_mail: bool | None, reason: str, at: datetime | None = None) -> bool:
        """Keep the answer, unless another took it meanwhile. Without one, ask again ever later, until there is no more
        sense in it."""
        at = at or now()
        later = takes_mail is None and self.tries <= len(BACK_OFF)
        due = at + BACK_OFF[self.tries - 1] if later else None
        mine = MailDomain.objects.filter(pk=self.pk, tries=self.tries, due_at=self.due_at)
        kept = mine.update(takes_mail=takes_mail, reason=reason[:200], due_at=due)
        if kept:
            self.takes_mail, self.reason, self.due_at = takes_mail, reason[:200], due
        return bool(kept)

    @classmethod
    def taking_none(cls, domains: set[str]) -> set[str]:
        """Those of the domains that are known to take no mail."""
        named = [domain for domain in domains if domain]
        return set(cls.objects.filter(domain__in=named, takes_mail=False).values_list("domain", flat=True))

    @classmethod
    def of_address(cls, address: str) -> "MailDomain | None":
        """What is known of the domain of an address."""
        return cls.objects.filter(domain=address.rpartition("@")[2].lower()).first() if "@" in address else None


_PLAN = """
    INSERT INTO leads_maildomain (domain, reason, tries, due_at)
    SELECT DISTINCT split_part(i.value, '@', 2), '', 0, %(at)s::timestamptz FROM leads_identity i
    WHERE i.id > (SELECT max(id) FROM leads_identity) - %(newest)s AND i.kind = 'email'
      AND split_part(i.value, '@', 2) <> ''
      AND NOT EXISTS (SELECT 1 FROM leads_maildomain d WHERE d.domain = split_part(i.value, '@', 2))
    LIMIT 500
    ON CONFLICT (domain) DO NOTHING"""

_CLAIM = """
    UPDATE leads_maildomain SET tries = tries + 1, asked_at = %(at)s, due_at = %(until)s
    WHERE id = (SELECT id FROM leads_maildomain WHERE due_at <= %(at)s ORDER BY due_at, id LIMIT 1
                FOR UPDATE SKIP LOCKED)
    RETURNING id"""
