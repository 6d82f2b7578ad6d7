"""How the invented company lived: events in the order of time, each through the same verbs that people use.

Prospects have a hidden intent; what they do, answer and buy follows from it and from who works them. Nothing here is
read by the product: it sees only what was recorded.
"""

import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from winnow.demo import names, plan
from winnow.leads import sorting
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.cycle import Cycle
from winnow.leads.lead import Handoff, Lead, Touch
from winnow.leads.models import Person, Programme, User
from winnow.leads.record import recording
from winnow.policy import facts

COUNTRIES = (
    ["DE"] * 5
    + ["NL"] * 3
    + ["DK"] * 4
    + ["NO"] * 3
    + ["SE"] * 3
    + ["FR"] * 2
    + ["ES", "IT", "PL"]
    + ["GB"] * 3
)
INDUSTRIES = (
    ["food production"] * 5
    + ["food distribution"] * 5
    + ["pharma wholesale"] * 2
    + ["catering"] * 2
    + ["software"]
)


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
    given: bool = False


class Life:
    """The queue of what happens next, and everything that the simulation knows."""

    def __init__(self, chance: Random, start: datetime, end: datetime, users: dict[str, User], progress=None):
        self.chance, self.start, self.end, self.users = chance, start, end, users
        self.queue: list[tuple] = []
        self.count = self.done = self.serial = 0
        self.firms: list[Firm] = []
        self.turn = 0
        self.taken: set[str] = set()
        self.campaigns = [row for row in plan.CAMPAIGNS if row[5]]
        self.programme = Programme.objects.get()
        self.progress = progress or (lambda done, total: None)

    # -- the queue ----------------------------------------------------------------------------------------------
    def later(self, at: datetime, what: str, *given) -> None:
        """Put an event into the queue; what would come after the end does not happen."""
        if at < self.end:
            self.count += 1
            heapq.heappush(self.queue, (at, self.count, what, given))

    def run(self, until: datetime | None = None) -> None:
        """Let everything happen up to `until` (default the end)."""
        until = until or self.end
        while self.queue and self.queue[0][0] < until:
            at, _, what, given = heapq.heappop(self.queue)
            getattr(self, what)(at, *given)
            self.done += 1
            if self.done % 200 == 0:
                self.progress(self.done, self.done + len(self.queue))
            if self.done in (300, 1200, 3000):
                self.count_tables()

    def count_tables(self) -> None:
        """All of it is one transaction, which the planner knows nothing of until it is told."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def office(self, at: datetime) -> datetime:
        """The next moment of a working day, at a time of day that people work at."""
        at = at.replace(hour=7, minute=0) + timedelta(minutes=self.chance.randint(0, 540))
        while at.weekday() > 4:
            at += timedelta(days=1)
        return at

    # -- firms --------------------------------------------------------------------------------------------------
    def found(self, count: int) -> None:
        """Invent the firms, and when each is first heard of."""
        chance = self.chance
        for _ in range(count):
            industry = chance.choice(INDUSTRIES)
            name, domain = names.company(chance, industry, self.taken)
            employees = max(4, int(chance.lognormvariate(5.2, 1.1)))
            fits = industry in INDUSTRIES[:12] and 60 <= employees <= 3000
            intent = min(1.0, max(0.0, chance.betavariate(1.6, 2.6) * (1.35 if fits else 0.45)))
            firm = Firm(name, domain, chance.choice(COUNTRIES), industry, employees, intent)
            ranks = ["director", "manager", "professional", "executive", "senior", "junior"]
            for rank in chance.sample(ranks, k=chance.choice([1, 1, 2, 2, 3, 4])):
                firm.people.append(self.human(firm, rank))
            self.firms.append(firm)
            span = (self.end - self.start).days
            day = int(span * chance.random() ** 0.9)
            self.later(
                self.start + timedelta(days=day, hours=chance.randint(6, 19), minutes=chance.randint(0, 59)),
                "respond",
                firm,
                0,
            )

    def human(self, firm: Firm, rank: str) -> dict:
        first, last = names.human(self.chance, firm.country)
        return {
            "first_name": first,
            "last_name": last,
            "title": self.chance.choice(names.TITLES[rank]),
            "seniority": rank,
            "department": names.DEPARTMENT[rank],
            "email": f"{first}.{last}@{firm.domain}".lower(),
        }

    def incoming(self, firm: Firm, who: int, **more) -> Incoming:
        self.serial += 1
        known = self.chance.random()
        given = dict(
            firm.people[who],
            external_id=f"halm-{self.serial}",
            system="demo",
            company=firm.name,
            country=firm.country,
            domain=firm.domain,
        )
        if known < 0.75:
            given |= {"industry": firm.industry, "employees": firm.employees}
        return Incoming(**(given | more))

    def take(self, at: datetime, incoming: Incoming):
        with transaction.atomic():
            return take_inquiries([incoming], at=at)[0]

    # -- what prospects do --------------------------------------------------------------------------------------
    def respond(self, at: datetime, firm: Firm, who: int) -> None:
        """An active inquiry, then what follows it."""
        chance = self.chance
        campaign = chance.choices(self.campaigns, [row[5] for row in self.campaigns])[0]
        contact_me = chance.random() < 0.12 + 0.2 * firm.intent
        answers = {}
        if chance.random() < 0.35:
            answers["need"] = self.level(firm.intent + 0.15)
            answers["need_words"] = (
                "Two rejected deliveries this winter." if answers["need"] == "yes" else "We want to learn."
            )
        taken = self.take(
            at,
            self.incoming(
                firm,
                who,
                source=campaign[0],
                channel=campaign[2],
                campaign=campaign[1],
                contact_me=contact_me,
                form="contact" if contact_me else "download",
                consent=chance.random() < 0.9 or None,
                answers=answers,
                message="Please call me: our loggers fail in the cold store." if contact_me else "",
            ),
        )
        firm.ids[who] = taken.person_id
        for number in range(chance.choice([0, 1, 1, 2, 3])):
            self.later(
                at + timedelta(minutes=5 + number * chance.randint(3, 3000)), "read", firm, who, campaign[7]
            )
        wait = (
            timedelta(minutes=chance.randint(4, 50)) if contact_me else timedelta(hours=chance.randint(1, 60))
        )
        self.later(self.office(at + wait) if not contact_me else at + wait, "work", firm, who)
        for other in range(len(firm.people)):
            if other not in firm.ids and chance.random() < 0.22 + 0.35 * firm.intent:
                self.later(
                    at + timedelta(days=chance.randint(1, 50), hours=chance.randint(0, 9)),
                    "respond",
                    firm,
                    other,
                )
                firm.ids.setdefault(other, 0)
        if chance.random() < 0.35:
            self.later(at + timedelta(days=chance.randint(20, 160)), "respond", firm, who)

    def read(self, at: datetime, firm: Firm, who: int, pieces: tuple[str, ...]) -> None:
        """Content, the price page, the job adverts."""
        person = self.person(firm, who)
        if person is None:
            return
        chance = self.chance
        with recording(person.account, at=at) as history:
            piece = chance.choice(pieces or ("trends",))
            if chance.random() < 0.4 * firm.intent:
                piece = chance.choice(["calculator", "comparison", "cost-sheet"])
            history.append(facts.ContentTaken(person=person.pk, content=piece))
            if chance.random() < 0.3:
                page = "pricing" if chance.random() < 0.3 + 0.6 * firm.intent else "careers"
                history.append(facts.PageSeen(person=person.pk, page=page))
        if chance.random() < 0.25 + 0.4 * firm.intent:
            self.later(at + timedelta(days=chance.randint(1, 40)), "read", firm, who, pieces)
        self.look(at, person)

    # -- lead development ---------------------------------------------------------------------------------------
    def work(self, at: datetime, firm: Firm, who: int) -> None:
        """Lead development looks at it: call, nurture or disqualify."""
        person = self.person(firm, who)
        cycle = person and Cycle.open_for(person)
        if cycle is None or cycle.stage not in ("new", "nurturing"):
            return
        dana = self.users["dana@halmwerk.example"]
        if firm.intent < 0.08 and self.chance.random() < 0.6:
            sorting.dispose(
                person,
                disposition="disqualified",
                reason="no_fit",
                lasting=firm.employees < 15,
                by=dana,
                at=at,
            )
            return
        firm.calls += 1
        spoke = self.chance.random() < 0.5
        sorting.log_call(
            person, result="spoke" if spoke else "no_answer", minutes=6 if spoke else 0, by=dana, at=at
        )
        if spoke:
            self.ask(at, firm, person, dana)
        elif firm.calls < 6:
            self.later(self.office(at + timedelta(days=self.chance.randint(1, 4))), "work", firm, who)
        if cycle.stage == "new" and not self.look(at, person):
            cycle.refresh_from_db()
            if cycle.stage == "new":
                sorting.dispose(person, disposition="nurture", by=dana, at=at)
            self.later(self.office(at + timedelta(days=self.chance.randint(20, 70))), "work", firm, who)

    QUOTES = {
        "need": [
            "Two deliveries came back in January.",
            "The auditor gave us until May.",
            "We write temperatures by hand.",
        ],
        "budget": [
            "There is a line for it this year.",
            "I can sign up to ten thousand.",
            "It has to go through the board.",
        ],
        "authority": [
            "I prepare the paper, our COO signs it.",
            "That is my decision.",
            "Purchasing will want a word.",
        ],
        "timing": [
            "Before the summer.",
            "Probably next year.",
            "As soon as the old contract ends in autumn.",
        ],
    }

    def ask(self, at: datetime, firm: Firm, person: Person, by: User) -> None:
        for item in ("need", "budget", "authority", "timing"):
            if self.chance.random() < 0.72:
                sorting.answer(
                    person,
                    item=item,
                    level=self.level(firm.intent),
                    source="call",
                    by=by,
                    at=at,
                    quote=self.chance.choice(self.QUOTES[item]),
                )

    def level(self, intent: float) -> str:
        return self.chance.choices(
            ["no", "partly", "yes"], [1.05 - min(intent, 1), 0.45, 0.1 + 1.5 * intent]
        )[0]

    def look(self, at: datetime, person: Person) -> bool:
        """Is there a lead to give away? Then marketing does so, soon."""
        lead = Lead.objects.filter(account_id=person.account_id, closed_at=None).first()
        if lead is None:
            return False
        if lead.stage == "ready":
            self.later(self.office(at + timedelta(hours=self.chance.randint(1, 30))), "give", lead.pk)
        return True

    # -- sales --------------------------------------------------------------------------------------------------
    def reps(self, at: datetime) -> list[User]:
        gone = self.end - timedelta(days=150)
        return [self.users[e] for e in plan.REPS if not (e.startswith("tomas") and at > gone)]

    def give(self, at: datetime, number: int) -> None:
        lead = Lead.objects.get(pk=number)
        if not lead.waits or lead.open_handoff:
            return
        with recording(lead.account, at=at) as history:
            verdict = history.verdict_on(lead.person_id)
            if not verdict or verdict.unmet:
                return
        reps = self.reps(at)
        self.turn += 1
        rep = reps[self.turn % len(reps)]
        lead.refresh_from_db()
        if lead.closed_at:
            return
        handoff = lead.hand_off(to=rep, by=self.users["carol@halmwerk.example"], at=at)
        hours = plan.REPS[rep.email][0] * self.chance.lognormvariate(0, 0.9)
        self.later(at + timedelta(hours=min(hours, 120)), "answer", handoff.pk)

    def answer(self, at: datetime, number: int) -> None:
        handoff = Handoff.objects.select_related("lead", "rep").get(pk=number)
        firm, rep = self.firm_of(handoff.lead), handoff.rep
        wants = plan.REPS[rep.email][1] * (0.62 + 0.5 * firm.intent)
        if self.chance.random() < wants:
            handoff.accept(by=rep, at=at)
            self.later(
                self.office(at + timedelta(days=self.chance.randint(0, 2))), "touch", handoff.lead_id, rep.pk
            )
            return
        known = [one.code for one in handoff.lead.definition.policy.reasons]
        weights = [3, 2, 3, 2, 1, 1, 1][: len(known)]
        handoff.reject(reason=self.chance.choices(known, weights)[0], by=rep, at=at, note="")
        self.later(at + timedelta(days=self.chance.randint(70, 190)), "respond", firm, 0)

    def touch(self, at: datetime, number: int, rep_id: int) -> None:
        lead = Lead.objects.get(pk=number)
        if lead.closed_at or lead.stage != "accepted":
            return
        rep, firm = User.objects.get(pk=rep_id), self.firm_of(lead)
        chance, (_, _, makes, _, leaves) = self.chance, plan.REPS[rep.email]
        if chance.random() > makes and chance.random() < leaves + 0.25:
            return  # left lying: nothing dated, nothing closed
        result = chance.choices(["spoke", "met", "no_answer", "message_left"], [4, 1.5, 4, 1])[0]
        kind = "meeting" if result == "met" else chance.choice(["call", "call", "mail"])
        if kind == "mail":
            result = chance.choice(["sent", "replied"])
        gap = timedelta(days=chance.randint(2, 6))
        Touch.log(
            lead.person,
            kind=kind,
            result=result,
            by=rep,
            at=at,
            next_at=self.office(at + gap),
            next_purpose=chance.choice(
                [
                    "Send the cost sheet",
                    "Ask who signs",
                    "Show the night-shift alarm",
                    "The recall in the trade press",
                ]
            ),
        )
        made = Touch.objects.filter(cycle=lead.cycle).exclude(done_at=None).count()
        if made >= 2 and result in ("spoke", "met", "replied") and chance.random() < 0.25 + 0.4 * firm.intent:
            amount = int(chance.lognormvariate(10.1, 0.75)) * 100
            close = (at + timedelta(days=chance.randint(25, 120))).date()
            lead.open_opportunity(
                amount_cents=amount, closes_on=close, product=chance.choice(self.products), by=rep, at=at
            )
            if chance.random() > leaves:
                self.later(self.office(at + timedelta(days=chance.randint(15, 110))), "close", number, rep_id)
        elif made >= 6 and chance.random() > leaves:
            lead.recycle(reason="unreachable", until=at + timedelta(days=90), by=rep, at=at)
            self.later(at + timedelta(days=chance.randint(91, 170)), "respond", firm, 0)
        else:
            self.later(self.office(at + gap), "touch", number, rep_id)

    def close(self, at: datetime, number: int, rep_id: int) -> None:
        lead, rep = Lead.objects.get(pk=number), User.objects.get(pk=rep_id)
        if lead.closed_at:
            return
        firm = self.firm_of(lead)
        if self.chance.random() < min(0.85, 0.12 + 0.62 * firm.intent * plan.REPS[rep.email][3]):
            lead.win(by=rep, at=at)
        elif self.chance.random() < 0.3:
            lead.recycle(reason="not_now", until=at + timedelta(days=120), by=rep, at=at)
            self.later(at + timedelta(days=self.chance.randint(121, 220)), "respond", firm, 0)
        else:
            lead.lose(reason=self.chance.choice(["price", "competitor", "no decision"]), by=rep, at=at)

    # -- who is who ---------------------------------------------------------------------------------------------
    def person(self, firm: Firm, who: int) -> Person | None:
        number = firm.ids.get(who)
        return Person.objects.select_related("account").get(pk=number) if number else None

    def firm_of(self, lead: Lead) -> Firm:
        for firm in self.firms:
            if lead.person_id in firm.ids.values():
                return firm
        raise LookupError(f"{lead} is of no invented firm")
