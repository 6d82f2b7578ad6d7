"""How much of its limit a key or hook has used in the running minute: one row each, for all processes together.

A process takes a share of the limit at a time, so that the database is asked once in many calls. What all processes
grant together is never more than the limit; towards the end of a minute a call may be refused while another process
still holds a rest of its share, which is a hundredth of the limit at most.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models

WINDOW_SECONDS = 60
LARGEST_SHARE = 500
MOST_HELD = 10_000
_held: dict[str, "_Share"] = {}
_lock = threading.Lock()


class RateUse(models.Model):
    """`used` counts the calls that were asked for in `minute` (minutes since 1970)."""

    name = models.CharField(max_length=60, unique=True, db_collation="C")
    minute = models.BigIntegerField()
    used = models.BigIntegerField()

    class Meta:
        db_table = "leads_rateuse"

    def __str__(self) -> str:
        return f"{self.used} of {self.name}"


@dataclass(frozen=True, slots=True)
class Rate:
    """Whether one more call is granted; how many are left, as far as this process knows, and seconds to the next
    minute."""

    granted: bool
    limit: int
    left: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """What the caller is told with every answer (draft-ietf-httpapi-ratelimit-headers), and when to come again."""
        told = {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={self.left};t={self.reset_seconds}',
        }
        return told if self.granted else told | {"Retry-After": str(self.reset_seconds)}


@dataclass(slots=True)
class _Share:
    minute: int
    mine: int
    elsewhere: int


def use(name: str, limit: int, at: datetime) -> Rate:
    """Use one call of `limit` a minute."""
    seconds = int(at.timestamp())
    minute, reset = seconds // WINDOW_SECONDS, WINDOW_SECONDS - seconds % WINDOW_SECONDS
    with _lock:
        share = _held.get(name)
        if share is not None and share.minute == minute and (share.mine > 0 or share.elsewhere <= 0):
            granted = share.mine > 0
            share.mine -= granted
            return Rate(granted, limit, share.mine + share.elsewhere, reset)
    wanted = max(1, min(limit // 100, LARGEST_SHARE))
    with connection.cursor() as cursor:
        cursor.execute(_USE, {"name": name, "minute": minute, "wanted": wanted})
        used = cursor.fetchone()[0]
    got, elsewhere = max(0, min(wanted, limit - (used - wanted))), max(0, limit - used)
    with _lock:
        share = _held.get(name)
        rest = share.mine if share is not None and share.minute == minute else 0
        if len(_held) >= MOST_HELD:
            _held.clear()
        mine = got + rest
        _held[name] = _Share(minute, max(0, mine - 1), elsewhere)
        return Rate(mine > 0, limit, max(0, mine - 1) + elsewhere, reset)


_USE = """
    INSERT INTO leads_rateuse (name, minute, used) VALUES (%(name)s, %(minute)s, %(wanted)s)
    ON CONFLICT (name) DO UPDATE SET minute = excluded.minute,
      used = CASE WHEN leads_rateuse.minute = excluded.minute THEN leads_rateuse.used ELSE 0 END + excluded.used
    RETURNING used"""
