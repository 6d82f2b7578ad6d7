"""The only place that asks what time it is. Tests move it, the invented company lives in the past by it; everything
else is told the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[datetime | None] = ContextVar("told", default=None)


def now() -> datetime:
    """The present moment in UTC, with its time zone."""
    return _told.get() or datetime.now(UTC)


def is_told() -> bool:
    """Whether it is another moment in this thread than everywhere else."""
    return _told.get() is not None


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be that moment inside the block, in this thread alone: for a past that is invented."""
    before = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(before)
