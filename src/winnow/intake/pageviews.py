"""From pages that were looked at to facts: machines are told apart, the rest becomes what the rules say it is.

`take` is called by the web for each view; `record_views` and `tidy` by the worker. A view is a fact once it is known
whose it is; nobody's views are forgotten after some time.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction

from winnow.intake.agents import agent_is_machine
from winnow.intake.machines import forget_marks, keyed
from winnow.leads import mark, pageview
from winnow.leads.clock import now
from winnow.leads.pageview import KEY, KINDS, MOST_NETWORK, SESSION, Meanings, PageView
from winnow.leads.person import Person
from winnow.leads.record import recording
from winnow.policy import facts

BATCH = 200
MACHINE_DAYS = 30
TIDY_SECONDS = 600
_tidied = [float("-inf")]


@dataclass(frozen=True, slots=True)
class Told:
    """One view as a page tells it. `page` is the site that tells, `host` and `path` what was looked at or taken."""

    visitor: str
    kind: str
    host: str
    path: str
    page: str
    referrer: str = ""
    campaign: str = ""
    content: str = ""
    driven: bool = False
    origin: str = ""
    agent: str = ""
    address: str = ""
    ahead: bool = False


def take(told: Told, at: datetime | None = None) -> bool:
    """Keep one view. False where it comes from a network or a browser of which there was too much lately. ValueError
    where it is none of ours."""
    if not KEY.fullmatch(told.visitor) or told.kind not in KINDS:
        raise ValueError("no view")
    at = at or now()
    network = keyed("views", told.address, at)
    if mark.count([network], at)[network][0] >= MOST_NETWORK:
        return False
    return pageview.keep(
        told.visitor, at, told.kind, host=told.host, path=told.path, referrer=told.referrer, campaign=told.campaign,
        content=told.content, machine=machine_because(told),
    )


def machine_because(told: Told) -> str:
    """Why a machine looked; empty where it may have been a person."""
    if word := agent_is_machine(told.agent):
        return "a program without a name" if word == "no name" else f"calls itself {word}"
    if told.driven:
        return "a program drives its browser"
    if told.ahead:
        return "fetched ahead of a look"
    if told.origin and told.origin != told.page:
        return "told by another site"
    return "" if told.origin else "told without a page"


# -- the worker's part ------------------------------------------------------------------------------------------------
def record_views(limit: int = BATCH) -> int:
    """Make facts of views of which is known whose they are. Returns how many views; 0 when nothing is due."""
    at = now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [limit])
            numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return 0
        meanings = Meanings()
        views = PageView.objects.filter(pk__in=numbers).select_related("person__account").order_by("at", "pk")
        mine: dict[Person, list[PageView]] = defaultdict(list)
        for view in views:
            mine[view.person].append(view)
        for person, seen in sorted(mine.items(), key=lambda one: (one[0].account_id, one[0].pk)):
            _record(person.now_is(), seen, meanings, at)
        PageView.objects.filter(pk__in=numbers).update(recorded_at=at)
    return len(numbers)


_CLAIM = """SELECT id FROM leads_pageview WHERE person_id IS NOT NULL AND recorded_at IS NULL AND machine = ''
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"""


def _record(person: Person, views: list[PageView], meanings: Meanings, at: datetime) -> None:
    """The facts of one person's views: those of one sitting that mean the same are one fact."""
    with recording(person.account, at=at) as history:
        for sitting in _sittings(views):
            meant = sorted(((meanings.of(view), view) for view in sitting), key=lambda one: repr(one[0]))
            for meaning, group in groupby(meant, key=lambda one: one[0]):
                seen = [view for _, view in group]
                if meaning.ignored:
                    continue
                fact = (
                    facts.ContentTaken(person=person.pk, content=meaning.content) if meaning.content
                    else facts.PageSeen(person=person.pk, page=meaning.group, quantity=len(seen))
                )
                history.append(fact, happened=min(seen[0].at, history.at), campaign_id=meaning.campaign_id)


def _sittings(views: list[PageView]) -> list[list[PageView]]:
    """Views in the order of time, parted where half an hour lay between two."""
    found: list[list[PageView]] = []
    for view in views:
        if found and view.at - found[-1][-1].at <= SESSION:
            found[-1].append(view)
        else:
            found.append([view])
    return found


def tidy() -> int:
    """Forget, now and then, nobody's views after $WINNOW_VIEWS_DAYS, machines' after a month, and old marks."""
    if time.monotonic() - _tidied[0] < TIDY_SECONDS:
        return 0
    _tidied[0] = time.monotonic()
    return forget(now())


def forget(at: datetime) -> int:
    """Forget what is due. Returns how many rows."""
    nobody = PageView.objects.filter(person=None, at__lt=at - timedelta(days=settings.VIEWS_DAYS))
    machines = PageView.objects.exclude(machine="").filter(at__lt=at - timedelta(days=MACHINE_DAYS))
    return nobody.delete()[0] + machines.delete()[0] + forget_marks(at)
