"""The only place that asks what time it is. Tests move it; everything else is told the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, with its time zone."""
    return datetime.now(UTC)
