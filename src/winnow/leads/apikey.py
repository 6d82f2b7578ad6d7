"""API keys: a prefix to find it, a SHA-256 to check it, a role to limit it."""

import hashlib
import hmac
import secrets

from django.db import models

from winnow.leads.clock import now


class ApiKey(models.Model):
    """A key of a program that sends or reads. The plain text is shown once and never kept."""

    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    role = models.CharField(max_length=20)
    per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="calls a minute; empty: the default")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "leads_apikey"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, name: str, role: str, expires_at=None, per_minute: int | None = None) -> tuple["ApiKey", str]:
        """A new key and its plain text, `wk_PREFIX_SECRET` with 256 bits of chance in the secret. `per_minute` is its
        own limit of calls."""
        prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        text = f"wk_{prefix}_{secret}"
        key = cls.objects.create(
            name=name, prefix=prefix, digest=_digest(text), role=role, created_at=now(), expires_at=expires_at,
            per_minute=per_minute,
        )
        return key, text

    @classmethod
    def find(cls, text: str) -> "ApiKey | None":
        """The live key of that plain text, compared in constant time; None when there is none."""
        parts = text.split("_", 2)
        if len(parts) != 3 or parts[0] != "wk" or len(text) > 200:
            return None
        key = cls.objects.filter(prefix=parts[1], revoked_at=None).first()
        if key is None or not hmac.compare_digest(key.digest, _digest(text)):
            return None
        if key.expires_at is not None and key.expires_at <= now():
            return None
        return key

    @classmethod
    def met(cls, text: str) -> "ApiKey | None":
        """The key of that text as this process met it before, else as `find` finds it now.

        It may have been revoked since: who takes a key from here says so in its own statement by `IS_LIVE`, and calls
        `forget` when that keeps nothing.
        """
        digest = _digest(text)
        key = _met.get(digest)
        if key is None and (key := cls.find(text)) is not None:
            if len(_met) >= MOST_MET:
                _met.clear()
            _met[digest] = key
        return key

    def forget(self) -> None:
        """Look it up again the next time it is met."""
        _met.pop(self.digest, None)


MOST_MET = 1_000
IS_LIVE = """EXISTS (SELECT FROM leads_apikey WHERE id = %s AND revoked_at IS NULL
                     AND (expires_at IS NULL OR expires_at > %s))"""
"""Whether a key lives at a moment, as a condition within another statement: its number, then the moment."""
_met: dict[str, ApiKey] = {}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
