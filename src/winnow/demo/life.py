"""How the invented company lives: a queue of events in the order of time, each told by the clock of its own moment.

Prospects have a hidden intent; what they do, answer and buy follows from it and from who works them. Nothing here is
read by the product: it sees only what was recorded.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from winnow.demo import names, plan
from winnow.leads import clock
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.lead import Lead
from winnow.leads.models import Person, Product, Programme, User

COUNTRIES = [*["DE"] * 5, *["NL"] * 3, *["DK"] * 4, *["NO"] * 3, *["SE"] * 3, "FR", "FR", "ES", "IT", "PL", *["GB"] * 3]
INDUSTRIES = [
    *["food production"] * 5, *["food distribution"] * 5, *["pharma wholesale"] * 2, *["catering"] * 2, "software",
]  # fmt: skip
RANKS = ["director", "manager", "professional", "executive", "senior", "junior"]
CONSENT = "You may send me short, helpful mails about this. I can stop them at any time. (version 1)"


@dataclass
class Firm:
    """One invented firm with its people. `intent` is how much it would buy, 0 to 1; hidden from the product."""

    name: str
    domain: str
    country: str
    industry: str
    employees: int
    intent: float
    people: list[dict] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)
    calls: int = 0


class Life:
    """The queue of what happens next, and everything that the simulation knows.

    An event is a function of the life, the moment and what was put into the queue with it. `due` says for when the next
    touch of a lead is planned; an event of an older plan finds that it is not meant any more.
    """

    def __init__(self, chance: Random, start: datetime, end: datetime, users: dict[str, User], progress=None):
        self.chance, self.start, self.end, self.users = chance, start, end, users
        self.users_by_id = {user.pk: user for user in users.values()}
        self.queue: list[tuple] = []
        self.count = self.done = self.serial = self.turn = 0
        self.firms: list[Firm] = []
        self.home: dict[int, tuple[Firm, int]] = {}
        self.due: dict[int, datetime] = {}
        self.taken: set[str] = set()
        self.products = list(Product.objects.filter(known=True))
        self.programme = Programme.objects.get(auto_enrol=True)
        self.progress = progress or (lambda done, total: None)
        self.planted: dict = {}

    # -- the queue ----------------------------------------------------------------------------------------------
    def later(self, at: datetime, what: Callable, *given) -> None:
        """Put an event into the queue; what would come after the end does not happen."""
        if at < self.end:
            self.count += 1
            heapq.heappush(self.queue, (at, self.count, what, given))

    def run(self, until: datetime) -> None:
        """Let everything happen up to `until`."""
        while self.queue and self.queue[0][0] < until:
            at, _, what, given = heapq.heappop(self.queue)
            with clock.at(at):
                what(self, at, *given)
            self.done += 1
            if self.done % 100 == 0:
                self.progress((at - self.start).days, (self.end - self.start).days)
            if self.done in (300, 1200, 3000):
                count_tables()

    def office(self, at: datetime) -> datetime:
        """A moment of the next working day. The last day counts as one, whatever day it is, and is not over yet: some
        of it lies behind and some ahead of whoever looks at the company."""
        while at.weekday() > 4 and at.date() < self.end.date():
            at += timedelta(days=1)
        if at.date() == self.end.date():
            midnight = self.end.replace(hour=0, minute=0, second=0, microsecond=0)
            first = max(midnight, self.end - timedelta(hours=5))
            last = min(midnight + timedelta(hours=23), self.end + timedelta(hours=3))
            span = max(10, int((last - first).total_seconds() // 60))
            return first.replace(second=0, microsecond=0) + timedelta(minutes=self.chance.randint(0, span))
        while at.weekday() > 4:
            at += timedelta(days=1)
        return at.replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(minutes=self.chance.randint(0, 480))

    # -- firms --------------------------------------------------------------------------------------------------
    def found(self, count: int) -> list[tuple[Firm, datetime]]:
        """Invent the firms, and when each is first heard of: more of them in the later months."""
        chance, found = self.chance, []
        span = (self.end - self.start).total_seconds() / 60
        for _ in range(count):
            industry = chance.choice(INDUSTRIES)
            name, domain = names.company(chance, industry, self.taken)
            employees = max(4, int(chance.lognormvariate(5.2, 1.0)))
            fits = industry in INDUSTRIES[:12] and 60 <= employees <= 3000
            intent = min(1.0, max(0.0, chance.betavariate(1.7, 2.3) * (1.3 if fits else 0.45)))
            firm = Firm(name, domain, chance.choice(COUNTRIES), industry, employees, intent)
            for rank in chance.sample(RANKS, k=chance.choice([1, 1, 2, 2, 3, 4])):
                firm.people.append(self.human(firm, rank))
            self.firms.append(firm)
            found.append((firm, self.start + timedelta(minutes=int(span * chance.random() ** 0.75))))
        return found

    def human(self, firm: Firm, rank: str) -> dict:
        """Somebody of that rank in the firm, as a form would tell of them."""
        first, last = names.human(self.chance, firm.country)
        return {
            "first_name": first,
            "last_name": last,
            "title": self.chance.choice(names.TITLES[rank]),
            "seniority": rank,
            "department": names.DEPARTMENT[rank],
            "email": f"{first}.{last}@{firm.domain}".lower(),
        }

    # -- inquiries ----------------------------------------------------------------------------------------------
    def incoming(self, firm: Firm, who: int, **more) -> Incoming:
        """An inquiry of that person; three in four say what the firm does and how large it is."""
        self.serial += 1
        given = dict(
            firm.people[who], external_id=f"halm-{self.serial}", system="website", company=firm.name,
            country=firm.country, domain=firm.domain,
        )  # fmt: skip
        if self.chance.random() < 0.78:
            given |= {"industry": firm.industry, "employees": firm.employees}
        return Incoming(**(given | more))

    def take(self, at: datetime, firm: Firm, who: int, **more) -> int:
        """Take an inquiry in; the person's number."""
        with transaction.atomic():
            taken = take_inquiries([self.incoming(firm, who, **more)], at=at)[0]
        firm.ids[who] = taken.person_id
        self.home[taken.person_id] = (firm, who)
        return taken.person_id

    # -- who is who ---------------------------------------------------------------------------------------------
    def person(self, firm: Firm, who: int) -> Person | None:
        """The person as the product knows them, once they have been in touch."""
        number = firm.ids.get(who)
        return Person.objects.select_related("account").get(pk=number) if number else None

    def intent_of(self, lead: Lead) -> float:
        """How much the firm of that lead would buy."""
        return self.home[lead.person_id][0].intent

    def user(self, first_name: str) -> User:
        """Who works here, by first name in lower case."""
        return self.users[f"{first_name}@{plan.DOMAIN}"]


def count_tables() -> None:
    """All of it is one transaction, which the planner knows nothing of until it is told."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
