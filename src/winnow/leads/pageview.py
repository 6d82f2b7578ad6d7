"""Website tracking: what was looked at on the firm's own sites, before and after it is known by whom.

A view is kept raw and as nobody's. When the same browser sends a form, its earlier views become facts of that person,
with the time at which they happened; later ones follow within seconds. Machines' views are kept apart and never count.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection, models
from django.db.models import Q

from winnow.leads.campaign import Campaign, Content

KEY = re.compile(r"[0-9a-f]{32}")
KINDS = ("page", "download")
MOST_AN_HOUR, MOST_A_MINUTE = 400, 40
"""Views of one browser: beyond the first they aren't kept, beyond the second it is a machine."""
MOST_NETWORK = 3000
"""Views of one network address within ten minutes; beyond they aren't kept."""
SESSION = timedelta(minutes=30)


class Visitor(models.Model):
    """A browser of which is known whose it is: since it sent a form, until another person sends one from it."""

    key = models.CharField(max_length=32, unique=True, db_collation="C")
    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="browsers")
    known_at = models.DateTimeField()

    class Meta:
        db_table = "leads_visitor"


class PageView(models.Model):
    """One page that was looked at, or one file that was taken. `machine` says why it is no person's; empty: it may be.

    `recorded_at` is when it became a fact of `person`; the rule may also say that it is none.
    """

    visitor = models.CharField(max_length=32, db_collation="C")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=[(one, one) for one in KINDS])
    host = models.CharField(max_length=253, db_collation="C")
    path = models.CharField(max_length=500, db_collation="C")
    referrer = models.CharField(max_length=253, default="", db_default="", db_collation="C")
    campaign = models.CharField(max_length=120, default="", db_default="")
    content = models.CharField(max_length=120, default="", db_default="", help_text="the code that the page gave")
    machine = models.CharField(max_length=60, default="", db_default="")
    person = models.ForeignKey("leads.Person", models.PROTECT, null=True, db_index=False, related_name="views")
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_pageview"
        constraints = [models.CheckConstraint(condition=Q(kind__in=KINDS), name="pageview_kind_known")]
        indexes = [
            models.Index("visitor", "at", name="pageview_visitor"),
            models.Index("at", name="pageview_at"),
            models.Index("person", "at", name="pageview_person", condition=Q(person__isnull=False)),
            models.Index("id", name="pageview_due", condition=Q(person__isnull=False, recorded_at=None, machine="")),
        ]


class PageRule(models.Model):
    """Which pages are one group, a piece of content or a campaign's: the first rule that fits says it.

    `pattern` is a path, with `*` for anything; behind a host name it is for that site alone. The weight of a group and
    of a piece of content stands in the definition.
    """

    position = models.PositiveIntegerField(default=0)
    pattern = models.CharField(max_length=300, unique=True)
    group = models.CharField(max_length=60, blank=True, default="")
    content = models.ForeignKey(Content, models.PROTECT, null=True, blank=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True)
    ignored = models.BooleanField(default=False, help_text="such pages are no facts")

    class Meta:
        db_table = "leads_pagerule"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.pattern


class SpamReferrer(models.Model):
    """A host of the operator's list of referrers that no person comes from."""

    host = models.CharField(max_length=253, unique=True, db_collation="C")

    class Meta:
        db_table = "leads_spamreferrer"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a page is: a group, a piece of content, a campaign, or nothing that counts."""

    group: str = ""
    content: str = ""
    campaign_id: int | None = None
    ignored: bool = False


class Meanings:
    """The rules as they are now, and the addresses of the content library, to look many pages up."""

    def __init__(self):
        self.rules = [(_pattern(rule.pattern), rule) for rule in PageRule.objects.select_related("content")]
        self.contents = {}
        for code, url in Content.objects.exclude(url="").values_list("code", "url"):
            self.contents[_place(url)] = code
        self.codes = set(Content.objects.values_list("code", flat=True))
        self.campaigns = dict(Campaign.objects.values_list("name", "pk")) | dict(
            Campaign.objects.values_list("code", "pk")
        )

    def of(self, view: PageView) -> Meaning:
        """What this page is. A download without a rule is named after its file."""
        campaign = self.campaigns.get(view.campaign) if view.campaign else None
        place = f"{view.host.removeprefix('www.')}{view.path}"
        for pattern, rule in self.rules:
            if pattern.fullmatch(place) or pattern.fullmatch(view.path):
                content = rule.content.code if rule.content else ""
                return Meaning(rule.group, content, rule.campaign_id or campaign, rule.ignored)
        if view.content in self.codes:
            return Meaning(content=view.content, campaign_id=campaign)
        if code := self.contents.get(place) or self.contents.get(view.path):
            return Meaning(content=code, campaign_id=campaign)
        if view.kind == "download":
            name = re.sub(r"[^\w.-]+", "_", view.path.rstrip("/").rpartition("/")[2])[:60]
            return Meaning(content=name or "file", campaign_id=campaign)
        return Meaning(group="other", campaign_id=campaign)


@lru_cache(maxsize=2000)
def _pattern(text: str) -> re.Pattern:
    site = "" if text.startswith("/") else r"(?:www\.)?"
    body = ".*".join(map(re.escape, text.removeprefix("www.").split("*")))
    return re.compile(site + body + "/?", re.IGNORECASE | re.DOTALL)


def _place(url: str) -> str:
    return re.sub(r"^[a-z]+://", "", url.strip(), flags=re.IGNORECASE).removeprefix("www.").split("?")[0].split("#")[0]


def keep(
    visitor: str, at: datetime, kind: str, *, host: str, path: str, referrer: str = "", campaign: str = "",
    content: str = "", machine: str = "",
) -> bool:
    """Keep one view raw, in one statement. False where this browser has more than anybody looks at."""
    parts = referrer.lower().split(".")
    values = {
        "referrers": [".".join(parts[place:]) for place in range(len(parts) - 1)],
        "visitor": visitor, "at": at, "kind": kind, "host": host[:253], "path": path[:500],
        "referrer": referrer[:253], "campaign": campaign[:120], "content": content[:120], "machine": machine[:60],
        "hour": at - timedelta(hours=1), "minute": at - timedelta(minutes=1), "most": MOST_AN_HOUR,
        "burst": MOST_A_MINUTE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        return cursor.rowcount == 1


_KEEP = """
    INSERT INTO leads_pageview (visitor, at, kind, host, path, referrer, campaign, content, machine, person_id)
    SELECT %(visitor)s, %(at)s, %(kind)s, %(host)s, %(path)s, %(referrer)s, %(campaign)s, %(content)s,
      CASE WHEN %(machine)s <> '' THEN %(machine)s
           WHEN EXISTS (SELECT 1 FROM leads_spamreferrer s WHERE s.host = ANY(%(referrers)s)) THEN 'spam referrer'
           WHEN lately.minute >= %(burst)s THEN 'pages faster than anybody reads' ELSE '' END,
      (SELECT person_id FROM leads_visitor WHERE key = %(visitor)s)
    FROM (SELECT count(*) AS hour, count(*) FILTER (WHERE at > %(minute)s) AS minute
          FROM leads_pageview WHERE visitor = %(visitor)s AND at > %(hour)s) lately
    WHERE lately.hour < %(most)s"""


def know(pairs: list[tuple[str, int]], at: datetime) -> None:
    """These browsers are these people's: their views so far that are nobody's yet are theirs, and so are later ones.

    Of the same browser the last pair counts. The caller holds a transaction.
    """
    known = {key: person for key, person in pairs if KEY.fullmatch(key)}
    if not known:
        return
    values = {"keys": sorted(known), "people": [known[key] for key in sorted(known)], "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_KNOW, values)
        cursor.execute(_CLAIM_VIEWS, values)


_KNOW = """
    INSERT INTO leads_visitor (key, person_id, known_at)
    SELECT key, person, %(at)s FROM unnest(%(keys)s::text[], %(people)s::bigint[]) AS n(key, person)
    ON CONFLICT (key) DO UPDATE SET person_id = excluded.person_id, known_at = excluded.known_at"""
_CLAIM_VIEWS = """
    UPDATE leads_pageview v SET person_id = n.person
    FROM unnest(%(keys)s::text[], %(people)s::bigint[]) AS n(key, person)
    WHERE v.visitor = n.key AND v.person_id IS NULL"""
