"""What is held back as a machine's work: why, how much of it, which of it belongs together. Reading only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat

from winnow.leads.inquiry import Arrival

WITHIN = timedelta(days=30)
MOST, NEWEST = 3000, 5  # swarms on all pages together, posts shown of one
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
    """Posts that belong together: by the mark that they share, or one by itself. `rows` are the newest of them."""

    mark: str
    count: int
    rows: list[Arrival] = field(default_factory=list)

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
    every, found = Reason("all"), []
    lately = arrivals.filter(Q(state="quarantined") | Q(released_at__isnull=False), received_at__gt=at - WITHIN)
    try:
        query, values = lately.filter(door="form").values("pk").query.sql_with_params()
    except EmptyResultSet:  # nothing is there for this user
        return [], every
    with connection.cursor() as cursor:
        cursor.execute(_REASONS.format(query=query), [*values, WEAKEST])
        for code, held, released in cursor.fetchall():
            if code is None:
                every.held, every.released = held, released
            else:
                found.append(Reason(code, held, released))
    return found, every


_REASONS = """
    WITH mine AS (SELECT id, reason, released_at, evidence->'because' AS because FROM leads_arrival
                  WHERE id IN ({query})),
    told AS (
      SELECT m.id, m.released_at, sign->>0 AS code FROM mine m, jsonb_array_elements(m.because) sign
      WHERE (sign->>1)::numeric >= %s
      UNION
      SELECT id, released_at, CASE WHEN reason LIKE '%%copied form%%' THEN 'copied' ELSE 'other' END FROM mine
      WHERE because IS NULL)
    SELECT code, count(DISTINCT id), count(DISTINCT id) FILTER (WHERE released_at IS NOT NULL) FROM told GROUP BY code
    UNION ALL SELECT NULL, count(*), count(released_at) FROM mine
    ORDER BY 2 DESC, 1"""


def swarms(arrivals: QuerySet[Arrival], *, code: str = "") -> list[Swarm]:
    """What waits, gathered by what it shares: the largest swarm first, single ones behind, the newest first; at most
    MOST. With a `code` only what was held back for that reason. `shown` brings the posts."""
    rows = held_back(arrivals)
    if code in ("copied", OTHER):
        rows = rows.filter(evidence=None)
        rows = rows.filter(reason__contains="copied form") if code == "copied" else rows.exclude(
            reason__contains="copied form"
        )
    elif code:
        rows = rows.filter(evidence__because__contains=[[code]])
    counted = rows.annotate(mark=_MARK).values("mark").annotate(count=Count("pk"), newest=Max("pk"))
    return [Swarm(row["mark"], row["count"]) for row in counted.order_by("-count", "-newest")[:MOST]]


_MARK = Coalesce(
    KT("evidence__swarm"), Concat(Value("one "), Cast("pk", TextField()), output_field=TextField()),
    output_field=TextField(),
)


def shown(swarms: list[Swarm], arrivals: QuerySet[Arrival]) -> list[Swarm]:
    """The same swarms, each with its newest posts."""
    rows = held_back(arrivals)
    single = rows.in_bulk([int(one.mark.removeprefix("one ")) for one in swarms if one.mark.startswith("one ")])
    for one in swarms:
        if one.mark.startswith("one "):
            row = single.get(int(one.mark.removeprefix("one ")))
            one.rows = [row] if row else []
        else:
            one.rows = list(rows.filter(evidence__swarm=one.mark).order_by("-pk")[:NEWEST])
    return [one for one in swarms if one.rows]


def members(arrivals: QuerySet[Arrival], mark: str) -> list[int]:
    """The numbers of all that wait and share that mark."""
    return list(held_back(arrivals).filter(evidence__swarm=mark).values_list("pk", flat=True))

