"""The chain of digests over an account's facts; the heads are kept apart, so that tampering shows."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import models


class FactHead(models.Model):
    """The newest digest of an account's chain and how many facts it has: kept apart, so that tampering shows."""

    # Written only with the account's row locked: a check of the key would tell what the lock has told.
    account = models.OneToOneField(
        "leads.Account", models.PROTECT, primary_key=True, related_name="head", db_constraint=False
    )
    digest = models.BinaryField(max_length=32)
    facts = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "leads_facthead"


def chained(before: bytes, values: Iterable, seen: dict[datetime, str] | None = None) -> bytes:
    """The digest of a fact's stored values, chained to the one before it on the same account.

    `seen` remembers how moments are written, for callers with many facts of the same moments.
    """
    moments = {} if seen is None else seen
    text = "|".join([
        "" if value is None
        else value if value.__class__ is str
        else (moments.get(value) or _stamp(value, moments)) if isinstance(value, datetime)
        else str(value)
        for value in values
    ])
    return hashlib.sha256(bytes(before) + text.encode()).digest()


def _stamp(value: datetime, moments: dict[datetime, str]) -> str:
    """Microseconds since 1970."""
    text = moments[value] = str(int(value.timestamp() * 1_000_000))
    return text
