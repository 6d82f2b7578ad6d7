"""The chain of digests over an account's facts; the heads are kept apart, so that tampering shows."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

from django.db import models

from winnow.leads import copying
from winnow.leads.copying import NULL
from winnow.leads.fact import fact_values, typed_values
from winnow.policy import facts as policy


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


def chained(before: bytes, values: Iterable) -> bytes:
    """The digest of a fact's stored values, chained to the one before it on the same account."""
    return digested(before, "|".join([
        "" if value is None
        else value if value.__class__ is str
        else _stamp(value) if isinstance(value, datetime)
        else str(value)
        for value in values
    ]))


def digested(before: bytes, text: str) -> bytes:
    """The digest of a fact's values as one text, chained to the one before it."""
    return sha256(bytes(before) + text.encode()).digest()


def _stamp(value: datetime) -> str:
    """Microseconds since 1970."""
    return str(int(value.timestamp() * 1_000_000))


def written(
    rows: list[tuple], heads: dict[int, tuple[bytes, int]], at: datetime, by_id, claimed: bool
) -> Iterator[str]:
    """The rows of `record_in_bulk` as COPY reads them, each with its digest; `heads` (digest, count) move along.

    The digest is `chained`'s over the same values: what many rows share of them is written once.
    """
    bodies: dict[tuple, tuple[str, str]] = {}
    moments: dict[tuple, tuple[str, str]] = {}
    tail, end = f"|{_digest_text(by_id)}|{claimed}", f"\t{copying.constant(by_id)}\t{copying.constant(claimed)}"
    for row in rows:
        fact, happened, known, inquiry_id, campaign_id = row[:5]
        account, person = row[5:] or (fact.account, fact.person)
        key = fact_values(fact)
        body, cells = bodies.get(key) or bodies.setdefault(key, _body(fact))
        times = happened, known
        when, stamps = moments.get(times) or moments.setdefault(times, _times(happened, known, at))
        inquiry, campaign = _number(inquiry_id), _number(campaign_id)
        digest, count = heads[account]
        digest = digested(
            digest,
            f"{account}|{_number(person)}|{fact.kind}|{when}|{body}|{inquiry}|{campaign}{tail}",
        )
        heads[account] = digest, count + 1
        yield (
            f"{account}\t{_number(person) or NULL}\t{fact.kind}\t{stamps}\t{cells}\t{inquiry or NULL}"
            f"\t{campaign or NULL}{end}\t\\\\x{digest.hex()}"
        )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _digest_text(value) -> str:
    return "" if value is None else value if value.__class__ is str else str(value)


def _body(fact: policy.Fact) -> tuple[str, str]:
    """A fact's own values, for the digest and for COPY."""
    values = typed_values(fact)
    return (
        "|".join(_stamp(value) if isinstance(value, datetime) else _digest_text(value) for value in values),
        "\t".join(map(copying.constant, values)),
    )


def _times(happened: datetime, known: datetime, at: datetime) -> tuple[str, str]:
    times = min(happened, at), min(known, at), at
    return "|".join(map(_stamp, times)), "\t".join(map(copying.moment, times))
