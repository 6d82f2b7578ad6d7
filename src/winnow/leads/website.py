"""What was looked at on the firm's own pages: by whom, by nobody known, and by machines. Reading only."""

from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from winnow.leads.pageview import PageView
from winnow.leads.person import Person, same_person

SHOWN = 40
PEOPLE = Q(machine="")


def figures(since: datetime, until: datetime) -> dict:
    """Views, visitors and known people within the time, without machines; and the machines' views."""
    found = PageView.objects.filter(at__gt=since, at__lte=until).aggregate(
        views=Count("pk", filter=PEOPLE), visitors=Count("visitor", filter=PEOPLE, distinct=True),
        known=Count("person", filter=PEOPLE, distinct=True),
        nobody=Count("visitor", filter=PEOPLE & Q(person=None), distinct=True),
        downloads=Count("pk", filter=PEOPLE & Q(kind="download")), machines=Count("pk", filter=~PEOPLE),
    )
    return found


def top_pages(since: datetime, until: datetime) -> list[dict]:
    """The pages and files that most visitors looked at: each with views, visitors and known people."""
    rows = PageView.objects.filter(PEOPLE, at__gt=since, at__lte=until)
    counted = rows.values("host", "path", "kind").annotate(
        views=Count("pk"), visitors=Count("visitor", distinct=True), known=Count("person", distinct=True)
    )
    return list(counted.order_by("-visitors", "-views", "path")[:SHOWN])


def machines(since: datetime, until: datetime) -> list[dict]:
    """Machines' views by the reason why they are taken for machines'."""
    rows = PageView.objects.filter(~PEOPLE, at__gt=since, at__lte=until)
    return list(rows.values("machine").annotate(views=Count("pk"), newest=Max("at")).order_by("-views")[:SHOWN])


def known_visitors(since: datetime, until: datetime, visible) -> list[Person]:
    """People of `visible` who were on the pages, the latest first, each with `views` and `newest`."""
    rows = PageView.objects.filter(PEOPLE, at__gt=since, at__lte=until, person__in=visible)
    counted = rows.values("person").annotate(views=Count("pk"), newest=Max("at")).order_by("-newest")[:SHOWN]
    found = Person.objects.select_related("account").in_bulk([row["person"] for row in counted])
    people = []
    for row in counted:
        person = found[row["person"]]
        person.views_seen, person.newest_seen = row["views"], row["newest"]
        people.append(person)
    return people


def pages_of(person: Person):
    """The views of a person, of all records that are this one, the newest first."""
    return PageView.objects.filter(PEOPLE, person__in=same_person(person)).order_by("-at", "-pk")


def month_before(at: datetime, days: int = 30) -> datetime:
    """The beginning of the time that the page shows."""
    return at - timedelta(days=days)
