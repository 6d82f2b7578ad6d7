"""The fact table: typed, append-only, guarded by a trigger. Only record.py writes here."""

from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter

from django.db import models
from django.db.models import Q

from winnow.policy import facts as policy
from winnow.policy.facts import KINDS

FIELDS = (
    "code", "value", "source", "quantity", "flag", "other_id", "lead_id", "amount_cents", "until_at",
)
"""The typed columns that a kind of fact may use; which field stands where is said by the kind itself (COLUMNS)."""


class FactRow(models.Model):
    """One stored fact. `digest` chains it to the one before on the same account; `xact` orders it for exports."""

    account = models.ForeignKey(
        "leads.Account", models.PROTECT, related_name="facts", db_index=False, db_constraint=False
    )
    person = models.ForeignKey(
        "leads.Person", models.PROTECT, null=True, related_name="facts", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=24, db_collation="C")
    happened_at = models.DateTimeField()
    known_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    code = models.CharField(max_length=120, default="", db_default="", db_collation="C")
    value = models.CharField(max_length=120, default="", db_default="", db_collation="C")
    source = models.CharField(max_length=40, default="", db_default="", db_collation="C")
    quantity = models.IntegerField(null=True)
    flag = models.BooleanField(null=True)
    other_id = models.BigIntegerField(null=True)
    lead_id = models.BigIntegerField(null=True)
    amount_cents = models.BigIntegerField(null=True)
    until_at = models.DateTimeField(null=True)
    inquiry_id = models.BigIntegerField(null=True)
    campaign_id = models.BigIntegerField(null=True)
    by_id = models.BigIntegerField(null=True)
    claimed = models.BooleanField(default=False, db_default=False)
    digest = models.BinaryField(max_length=32)
    xact = models.BigIntegerField(db_default=models.expressions.RawSQL("(pg_current_xact_id()::text)::bigint", []))

    class Meta:
        db_table = "leads_fact"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=sorted(KINDS)), name="fact_kind_known"),
            models.CheckConstraint(condition=Q(known_at__lte=models.F("recorded_at")), name="fact_known_by_then"),
            models.CheckConstraint(
                condition=Q(happened_at__lte=models.F("recorded_at")), name="fact_happened_by_then"
            ),
        ]
        indexes = [
            models.Index("account", "id", name="fact_account"),
            models.Index("person", "id", name="fact_person"),
        ]

    def __str__(self) -> str:
        return f"fact {self.pk} {self.kind}"


def minute(moment: datetime) -> int:
    """Whole minutes since 1970 of an aware moment, rounded down."""
    return int(moment.timestamp() // 60)


def moment(minutes: int) -> datetime:
    """The aware UTC moment of a minute since 1970."""
    return datetime.fromtimestamp(minutes * 60, UTC)


READ = ("id", "account_id", "person_id", "kind", "happened_at", "known_at", "recorded_at", *FIELDS)
"""The columns from which `fact_of` makes a fact, in order."""


def fact_of(row: tuple) -> policy.Fact:
    """The policy's fact of one row of READ columns. UnknownKind when the kind is none of ours."""
    kind = KINDS.get(row[3])
    if kind is None:
        raise policy.UnknownKind(f"Fact {row[0]} is of kind {row[3]!r}, which this version doesn't know.")
    own = {}
    for name, column in kind.COLUMNS.items():
        value = row[7 + FIELDS.index(column)]
        if column == "until_at":
            own[name] = None if value is None else minute(value)
        elif value is not None:
            own[name] = value
    return kind(
        id=row[0], account=row[1], person=row[2], happened=minute(row[4]), known=minute(row[5]),
        recorded=minute(row[6]), **own,
    )


def typed_values(fact: policy.Fact) -> list:
    """A fact's own fields as the typed columns hold them, in the order of FIELDS.

    UnknownKind when it is of a kind that is none of ours.
    """
    plan = _plans.get(fact.__class__)
    if plan is None:
        if KINDS.get(fact.kind) is not fact.__class__:
            raise policy.UnknownKind(f"{type(fact).__name__} is no kind of fact.")
        own = {column: name for name, column in fact.COLUMNS.items()}
        plan = [(own.get(column), "" if column in ("code", "value", "source") else None) for column in FIELDS]
        _plans[fact.__class__] = plan
    values = [default if name is None else getattr(fact, name) for name, default in plan]
    if values[-1] is not None:  # until_at stands last, and is a moment in the table
        values[-1] = moment(values[-1])
    return values


def fact_values(fact: policy.Fact) -> tuple:
    """A fact's kind and own fields as they are: what is equal for two facts that say the same."""
    get = _own_fields.get(fact.__class__)
    if get is None:
        # Asked for two at least, so that the answer is a tuple always.
        get = _own_fields[fact.__class__] = attrgetter("kind", "kind", *fact.COLUMNS)
    return get(fact)


_own_fields: dict[type, Callable] = {}
_plans: dict[type, list] = {}
