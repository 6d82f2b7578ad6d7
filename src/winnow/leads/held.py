"""What is held back as a machine's work: why, how much of it, which of it belongs together. Reading only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from winnow.leads.inquiry import Arrival

WITHIN = timedelta(days=30)
OTHER = "other"
REASONS = {
    "trap": "filled in a field that people don’t see", "no note": "sent without the form having been shown",
    "other note": "sent with another form’s note", "old": "the form was open for too long",
    "fast": "filled in too fast", "hurried": "a long message in a few seconds",
    "wrong proof": "wrong proof of work", "no proof": "sent without script",
    "no hand": "proof of work solved outside our page", "program": "says itself that it is a program",
    "driven": "a browser that a program drives", "clock": "claims a time that wasn’t", "no gesture": "nobody moved",
    "scripted": "filled in by a script", "even beat": "typed as nobody types", "links": "links in the message",
    "link in a name": "a link in a name", "markup": "HTML in the message", "subject": "what it is about",
    "odd names": "names typed at random", "odd message": "a message typed at random",
    "no language": "no sentence of a known language", "mixed letters": "letters of two alphabets in a word",
    "throw-away address": "an address to throw away", "many network": "many from one network",
    "many text": "the same words from many", "many link": "many link to the same site",
    "many sender": "many with the same company or number", "many name": "many with the same name",
    "many build": "many built alike", "many replay": "the same note or the same hand again",
    "many browser": "many with the same browser", "many pace": "many as fast", "many flood": "a flood of posts",
    "many unproven": "a flood without script", "copied": "from a copied form, not sent on", OTHER: "for another reason",
}
"""The codes of evidence in words, as they stand on the screen."""
WEAKEST = 2
"""Points from which a reason is counted as one of those that held something back."""


@dataclass
class Reason:
    """How many were held back for it lately, and how many of these somebody let pass: its false alarms."""

    code: str
    held: int = 0
    released: int = 0

    @property
    def words(self) -> str:
        """The reason as people say it."""
        return REASONS.get(self.code, self.code)

    @property
    def share(self) -> float | None:
        """The share of false alarms; None where nothing was held back."""
        return self.released / self.held if self.held else None


@dataclass
class Swarm:
    """Posts that belong together: by the mark that they share, or one by itself."""

    mark: str
    rows: list[Arrival] = field(default_factory=list)
    count: int = 0

    @property
    def newest(self) -> Arrival:
        """The one that is shown for all."""
        return self.rows[0]


def held_back(arrivals: QuerySet[Arrival]) -> QuerySet[Arrival]:
    """Those of `arrivals` that wait for somebody to look; not those that were sent once more from our own page."""
    return arrivals.filter(state="quarantined", door="form", arrival=None)


def reasons(arrivals: QuerySet[Arrival], at: datetime) -> tuple[list[Reason], Reason]:
    """What was held back within the last 30 days, by reason, the most frequent first; and all of it together.

    One post counts under each of its reasons.
    """
    found: dict[str, Reason] = {}
    every = Reason("all")
    lately = arrivals.filter(Q(state="quarantined") | Q(released_at__isnull=False), received_at__gt=at - WITHIN)
    rows = lately.filter(door="form").values_list("evidence__because", "released_at", "reason")
    for because, released_at, reason in rows.iterator(chunk_size=2000):
        codes = {code for code, points, _ in because or () if points >= WEAKEST}
        if not codes:
            codes = {"copied" if "copied form" in reason else OTHER}
        for one in (every, *(found.setdefault(code, Reason(code)) for code in codes)):
            one.held += 1
            one.released += released_at is not None
    return sorted(found.values(), key=lambda one: (-one.held, one.code)), every


def swarms(arrivals: QuerySet[Arrival], *, code: str = "", most: int = 3000) -> list[Swarm]:
    """What waits, gathered by what it shares: the largest swarm first, single ones behind, the newest first.

    With a `code` only what was held back for that reason. At most the newest `most` are looked through.
    """
    rows = held_back(arrivals).order_by("-pk")
    if code in ("copied", OTHER):
        rows = rows.filter(evidence=None)
    elif code:
        rows = rows.filter(evidence__because__contains=[[code]])
    found: dict[str, Swarm] = {}
    for row in rows[:most]:
        mark = (row.evidence or {}).get("swarm") or f"one {row.pk}"
        swarm = found.setdefault(mark, Swarm(mark))
        swarm.count += 1
        if len(swarm.rows) < 5:
            swarm.rows.append(row)
    return sorted(found.values(), key=lambda one: (-one.count, -one.newest.pk))


def members(arrivals: QuerySet[Arrival], mark: str) -> list[int]:
    """The numbers of all that wait and share that mark."""
    return list(held_back(arrivals).filter(evidence__swarm=mark).values_list("pk", flat=True))

