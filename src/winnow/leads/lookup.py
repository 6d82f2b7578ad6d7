"""Look-ups: what the outside says of an account, kept apart from what people and files say, and gladly given up."""

from datetime import datetime, timedelta

from django.db import connection, models, transaction
from django.db.models import Q

from winnow.leads.account import Account
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.companies import normalise_company
from winnow.leads.described import ACCOUNT_CODES, described
from winnow.leads.errors import Refusal
from winnow.leads.fact import FactRow
from winnow.leads.record import recording
from winnow.policy import facts

NEWEST = 10_000  # accounts among which new ones are looked for
LEASE = timedelta(minutes=5)  # after this a look-up whose worker died is taken again
BACK_OFF = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=4))
VALUES = ("name", *ACCOUNT_CODES)
_LOCK = 7461010  # one at a time counts what this minute has seen


class LookUp(models.Model):
    """What a look-up of one account came to. `due_at` is set while one is to come; `reason` says why there is nothing.

    `name`, `industry`, `employees`, `country` are what was found, whether or not the account took them.
    """

    STATES = ["waiting", "found", "nothing", "failed", "removed"]

    account = models.OneToOneField(Account, models.PROTECT, related_name="look_up")
    state = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=40, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    url = models.CharField(max_length=2100, blank=True, default="")
    title = models.CharField(max_length=500, blank=True, default="")
    description = models.CharField(max_length=500, blank=True, default="")
    name = models.CharField(max_length=300, blank=True, default="")
    industry = models.CharField(max_length=120, blank=True, default="")
    employees = models.PositiveIntegerField(null=True)
    country = models.CharField(max_length=2, blank=True, default="")
    named = models.BooleanField(default=False, help_text="the account got its name from here")
    asked_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "leads_lookup"
        constraints = [models.CheckConstraint(
            condition=Q(state__in=["waiting", "found", "nothing", "failed", "removed"]), name="lookup_state_known"
        )]  # fmt: skip
        indexes = [
            models.Index("due_at", name="lookup_due", condition=Q(due_at__isnull=False)),
            models.Index("tried_at", name="lookup_tried", condition=Q(tried_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"look-up of account {self.account_id}"

    @classmethod
    def plan_new(cls, at: datetime | None = None) -> int:
        """Put the newest companies with a domain and without name or industry in line, each once. Returns how many.

        A company of which only inquiries came that don't count is left out, until one counts.
        """
        with connection.cursor() as cursor:
            cursor.execute(_PLAN, {"newest": NEWEST, "at": at or now()})
            return cursor.rowcount

    @classmethod
    def ask(cls, account: Account, *, by, at: datetime | None = None) -> "LookUp":
        """Put an account in line because somebody wants to know. Refusal when it has no domain."""
        if account.kind != "company" or not account.domain:
            raise Refusal(f"{account} has no domain of its own; there is no site to look at.")
        asked = {"state": "waiting", "reason": "", "tries": 0, "due_at": at or now(), "asked_by": by}
        with transaction.atomic():
            row, _ = cls.objects.update_or_create(account=account, defaults=asked)
            audited(by, "look up", account)
        return row

    @classmethod
    def claim(cls, per_minute: int, at: datetime | None = None) -> "LookUp | None":
        """Take the next one that is due, for LEASE; None when none is, or this minute has seen enough."""
        at = at or now()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return None
            if cls.objects.filter(tried_at__gt=at - timedelta(minutes=1)).count() >= per_minute:
                return None
            cursor.execute(_CLAIM, {"at": at, "until": at + LEASE})
            found = cursor.fetchone()
        return cls.objects.select_related("account").get(pk=found[0]) if found else None

    def keep(self, found: dict, *, source: str, at: datetime | None = None) -> dict:
        """Keep what was found; the account takes what it lacks, and nothing else. Returns what it took.

        `found` has any of VALUES, title, description and url.
        """
        with recording(self.account, at=at) as history:
            if not self._still_mine():
                return {}
            account = history.account
            account.refresh_from_db()
            taken = {name: found[name] for name in VALUES if found.get(name) and not getattr(account, name)}
            for name, value in taken.items():
                setattr(account, name, value)
                if name in ACCOUNT_CODES:
                    history.append(described(account.pk, None, name, value, source))
            if "name" in taken:
                account.name_key = normalise_company(account.name)
            if taken:
                account.save(update_fields=[*taken, "name_key"] if "name" in taken else list(taken))
            for name in (*VALUES, "title", "description", "url"):
                if found.get(name):
                    setattr(self, name, found[name])
            self.state, self.source, self.reason, self.due_at = "found", source[:40], "", None
            self.named = self.named or "name" in taken
            self.save()
        return taken

    def give_up(self, reason: str, *, again: bool, at: datetime | None = None) -> None:
        """Nothing was found, for this reason. `again`: try later, ever more rarely, until it has failed for good."""
        at = at or now()
        later = again and self.tries <= len(BACK_OFF)
        changed = {
            "state": "waiting" if later else "failed" if again else "nothing", "reason": reason[:200],
            "due_at": at + BACK_OFF[self.tries - 1] if later else None,
        }  # fmt: skip
        LookUp.objects.filter(pk=self.pk, tries=self.tries, due_at=self.due_at).update(**changed)

    def _still_mine(self) -> bool:
        """Whether nobody else has taken, asked for or removed it since: a slow worker comes too late."""
        mine = LookUp.objects.select_for_update().filter(pk=self.pk, tries=self.tries, due_at=self.due_at)
        return mine.first() is not None

    def remove(self, *, by, at: datetime | None = None) -> list[str]:
        """It was wrong: take back what the account took from it. Returns the names of what was taken back.

        What somebody has said since stays. It is not looked up again, unless asked for.
        """
        with recording(self.account, at=at, by=by) as history:
            account = history.account
            account.refresh_from_db()
            self.refresh_from_db()
            rows = standing_facts(account)
            gone = [name for name, row in rows.items() if row.source == self.source and _is_still(account, row)]
            own = FactRow.objects.filter(account__in=_same(account), person=None, kind="described", source=self.source)
            withdrawn = FactRow.objects.filter(kind="withdrawn", other_id__in=own.values("pk")).values("other_id")
            for number in own.exclude(pk__in=withdrawn).order_by("pk").values_list("pk", flat=True):
                history.append(facts.Withdrawn(fact=number))
            if self.named and account.name == self.name:
                gone.append("name")
                account.name_key = ""
            for name in gone:
                setattr(account, name, None if name == "employees" else "")
            account.save(update_fields=[*gone, "name_key"])
            self.state, self.reason, self.due_at, self.named = "removed", "", None, False
            self.save()
            audited(by, "remove look-up", account, ", ".join(gone))
        return gone


def standing_facts(account: Account) -> dict[str, FactRow]:
    """The last word on each attribute of an account as a whole, by attribute: who or what said it, and when."""
    rows = FactRow.objects.filter(account__in=_same(account), person=None, kind="described", code__in=ACCOUNT_CODES)
    withdrawn = FactRow.objects.filter(kind="withdrawn", other_id__in=rows.values("pk")).values("other_id")
    return {row.code: row for row in rows.exclude(pk__in=withdrawn).order_by("pk")}


def _same(account: Account) -> list[int]:
    from winnow.leads.merging import same_account

    return same_account(account)


def _is_still(account: Account, row: FactRow) -> bool:
    return str(getattr(account, row.code) or "") == row.value


_PLAN = """
    INSERT INTO leads_lookup (account_id, state, reason, source, tries, due_at, url, title, description, name, industry,
        country, named)
    SELECT a.id, 'waiting', '', '', 0, %(at)s, '', '', '', '', '', '', false FROM leads_account a
    WHERE a.id > (SELECT max(id) FROM leads_account) - %(newest)s
      AND a.kind = 'company' AND a.domain IS NOT NULL AND (a.industry = '' OR a.name = '')
      AND a.merged_into_id IS NULL AND a.voided_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM leads_lookup l WHERE l.account_id = a.id)
      -- a robot that fills in forms may not choose whom we visit
      AND (EXISTS (SELECT 1 FROM leads_inquiry i JOIN leads_person p ON p.id = i.person_id
                   WHERE p.account_id = a.id AND i.valid)
           OR NOT EXISTS (SELECT 1 FROM leads_inquiry i JOIN leads_person p ON p.id = i.person_id
                          WHERE p.account_id = a.id))
    ORDER BY a.id LIMIT 500
    ON CONFLICT (account_id) DO NOTHING"""

_CLAIM = """
    UPDATE leads_lookup SET tries = tries + 1, tried_at = %(at)s, due_at = %(until)s
    WHERE id = (SELECT l.id FROM leads_lookup l JOIN leads_account a ON a.id = l.account_id
                WHERE l.due_at <= %(at)s AND a.merged_into_id IS NULL AND a.voided_at IS NULL
                ORDER BY l.due_at, l.id LIMIT 1 FOR UPDATE OF l SKIP LOCKED)
    RETURNING id"""
