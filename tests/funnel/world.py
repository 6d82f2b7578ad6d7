"""An invented firm for the tests of the figures: whatever may happen to inquiries, cycles and deals, by chance.

Written straight into the tables where a verb would need a whole definition; the ledger is always kept by `Cycle`.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from django.db import transaction

from tests.leads.people import carol, sam, user
from winnow.leads.campaign import Campaign, CostLine
from winnow.leads.cycle import MOVES, OPEN, Cycle
from winnow.leads.imports import Import
from winnow.leads.models import Account, Inquiry, Opportunity, Person, PersonStanding, Product, StageChange
from winnow.leads.record import record_in_bulk
from winnow.policy import facts

START = datetime(2025, 9, 3, 9, tzinfo=UTC)
SOURCES = (None, "", "unknown", "paid search", "fair")
DEEDS = (
    ("inquire",) * 8 + ("move",) * 12
    + ("deal", "deal", "end", "end", "void", "merge", "unmerge", "own", "describe", "judge", "revise", "retell", "undo")
)  # fmt: skip


class World:
    """Everything by one seed. `at` goes on with every deed."""

    claims = True  # whether files may say that things were known before they came

    def __init__(self, seed: int):
        self.chance, self.at = Random(seed), START
        self.users = [carol(), sam(), user("Sue", "rep")]
        self.campaigns = [
            Campaign.objects.create(code=f"c{n}", name=f"Campaign {n}", channel=channel, interest=interest,
                                    created_at=START)
            for n, (channel, interest) in enumerate((("event", "active"), ("purchased_list", "passive")))
        ]  # fmt: skip
        CostLine.objects.create(campaign=self.campaigns[0], on=START.date(), amount_cents=100_000)
        self.products = [Product.objects.create(code=f"p{n}", name=f"P{n}") for n in range(2)]
        self.accounts = [Account.objects.create(name=f"Firm {n}", created_at=START) for n in range(3)]
        self.people = []

    def live(self, deeds: int) -> "World":
        """So many deeds, each some hours to days after the one before."""
        for _ in range(deeds):
            self.at += timedelta(hours=self.chance.choice((1, 5, 40, 200)))
            with transaction.atomic():
                getattr(self, self.chance.choice(DEEDS))()
        return self

    def one(self, rows):
        """Any of them, or None."""
        numbers = list(rows.values_list("pk", flat=True))
        return rows.model.objects.get(pk=self.chance.choice(sorted(numbers))) if numbers else None

    def inquire(self):
        pick = self.chance
        if not self.people or pick.random() < 0.5:
            account = pick.choice(self.accounts)
            person = Person.objects.create(account=account, first_name=f"P{len(self.people)}", created_at=self.at)
            self.people.append(person)
        person = Person.objects.get(pk=pick.choice(self.people).pk)
        historic = self.claims and pick.random() < 0.2
        captured = self.at - timedelta(days=pick.choice((0, 20, 70))) if historic else self.at
        valid = pick.random() < 0.8
        cycle = None
        if valid:
            cycle = Cycle.open_for(person)
            if cycle is None and pick.random() < 0.9:
                cycle = Cycle.begin(person, at=self.at)
        campaign = pick.choice((None, *self.campaigns))
        Inquiry.objects.create(
            person=person, account=person.account, captured_at=captured, recorded_at=self.at, historic=historic,
            source=pick.choice(SOURCES), channel=pick.choice(("web", "event", "unknown")), campaign=campaign,
            interest=pick.choice(("active", "passive")), valid=valid, cycle=cycle,
            product=pick.choice((None, *self.products)), owner_given=pick.choice(("", "Old Rep")),
        )  # fmt: skip

    def move(self):
        cycle = self.one(Cycle.objects.filter(stage__in=OPEN))
        if cycle is None:
            return
        to = self.chance.choice(MOVES[cycle.stage])
        reason = ""
        if to == "ready":
            reason = self.chance.choice(("definition met", "definition met", "joined the lead"))
        cycle.move(to, by=None, at=self.at, reason=reason)
        if to == "recycled":
            Cycle.begin(cycle.person, at=self.at, stage="nurturing")

    def deal(self):
        pick = self.chance
        run = Import.objects.create(kind="opportunities", file_name="deals.csv", started_at=self.at)
        inquiry = self.one(Inquiry.objects.filter(voided_at=None)) if pick.random() < 0.8 else None
        cycle = inquiry.cycle if inquiry else self.one(Cycle.objects.all()) if pick.random() < 0.5 else None
        account = inquiry.account if inquiry else cycle.person.account if cycle else pick.choice(self.accounts)
        deal = Opportunity.objects.create(
            imported=run, inquiry=inquiry, cycle=cycle, account=account, created_at=self.at, known_at=self.at,
            person=inquiry.person if inquiry else None, currency="EUR",
            amount_cents=pick.choice((None, 50_000, 9_000_000)),
            product=pick.choice((None, *self.products)), owner=pick.choice((None, *self.users)),
            owner_given=pick.choice(("", "Old Rep")), judged=pick.random() < 0.7,
        )  # fmt: skip
        self.record(deal, facts.OpportunityMoved(account=account.pk, opportunity=deal.pk, stage="open"))

    def end(self):
        deal = self.one(Opportunity.objects.filter(outcome="open", voided_at=None))
        if deal is None:
            return
        deal.outcome = self.chance.choice(("won", "lost"))
        deal.closed_at = self.at - timedelta(days=self.chance.choice((0, 0, 90)))
        deal.save()
        kind = facts.Won if deal.outcome == "won" else facts.Lost
        more = {"amount_cents": deal.amount_cents} if deal.outcome == "won" else {}
        self.record(deal, kind(account=deal.account_id, opportunity=deal.pk, **more), deal.closed_at)

    def record(self, deal, fact, happened=None):
        record_in_bulk([(fact, happened or self.at, self.at, None, None)], at=self.at)

    def revise(self):
        deal = self.one(Opportunity.objects.filter(outcome="open", voided_at=None))
        if deal is not None:
            deal.amount_cents = self.chance.randrange(1_000, 90_000)
            deal.save()
            moved = facts.OpportunityMoved(
                account=deal.account_id, opportunity=deal.pk, stage="open", amount_cents=deal.amount_cents
            )
            self.record(deal, moved)

    def void(self):
        row = self.one(self.chance.choice((Inquiry, Opportunity)).objects.filter(voided_at=None))
        if row is not None:
            row.voided_at = self.at
            row.save()

    def retell(self):
        """A file that names the inquiry again, with another source."""
        inquiry = self.one(Inquiry.objects.filter(voided_at=None))
        if inquiry is not None:
            run = Import.objects.create(kind="inquiries", file_name="again.csv", started_at=self.at)
            run.lines.create(
                line=1, raw=[], outcome="updated", noun="inquiry", noun_id=inquiry.pk, before={"source": inquiry.source}
            )
            inquiry.source = self.chance.choice(SOURCES)
            inquiry.save()

    def undo(self):
        """An import that opened a cycle is taken back."""
        person = Person.objects.create(account=self.accounts[0], created_at=self.at)
        run = Import.objects.create(kind="inquiries", file_name="wrong.csv", started_at=self.at)
        cycle = Cycle.objects.create(person=person, opened_at=self.at, stage_at=self.at)
        StageChange.objects.create(
            cycle=cycle, before="", after="new", at=self.at, known_at=self.at, imported=run
        )
        self.at += timedelta(hours=3)
        cycle.move("disqualified", by=None, at=self.at, reason="import taken back")
        run.voided_at = self.at
        run.save()

    def merge(self):
        there = Person.objects.filter(merged_into=None)
        kept, other = self.one(there), self.one(there)
        if kept is not None and kept != other:
            other.merged_into = kept
            other.save()
            told = facts.Merged(account=kept.account_id, person=kept.pk, other=other.pk)
            record_in_bulk([(told, self.at, self.at, None, None)], at=self.at)

    def unmerge(self):
        person = self.one(Person.objects.exclude(merged_into=None))
        if person is not None:
            kept, person.merged_into = person.merged_into, None
            person.save()
            told = facts.Unmerged(account=kept.account_id, person=kept.pk, other=person.pk)
            record_in_bulk([(told, self.at, self.at, None, None)], at=self.at)

    def own(self):
        person = self.one(Person.objects.all())
        if person is not None:
            person.owner = self.chance.choice((None, *self.users))
            person.save()

    def describe(self):
        account = self.one(Account.objects.all())
        account.industry, account.country = self.chance.choice(("", "food", "steel")), self.chance.choice(("", "DE"))
        account.save()
        for code, value in (("industry", account.industry), ("country", account.country)):
            told = facts.Described(account=account.pk, attribute=code, value=value, source="test")
            record_in_bulk([(told, self.at, self.at, None, None)], at=self.at)

    def judge(self):
        person = self.one(Person.objects.all())
        if person is not None:
            PersonStanding.objects.update_or_create(
                person=person, defaults={"account": person.account, "grade": self.chance.choice("ABCD")}
            )

