"""An invented firm of which it is known who is won and why; straight into the tables, with dates that lie back."""

import math
from datetime import timedelta
from random import Random

from django.db import transaction

from winnow.leads.clock import now
from winnow.leads.models import Account, Cycle, Handoff, Lead, Person
from winnow.leads.record import record_in_bulk
from winnow.policy import facts

CHANNELS = {"web": 0.0, "event": -0.6, "referral": 1.6, "chat": 0.3, "purchased_list": -1.4}
TITLES = {"director": 0.9, "manager": 0.3, "senior": 0.0, "professional": -0.4, "junior": -1.2, "": -0.2}
INDUSTRIES = {"software": 0.5, "logistics": 0.9, "retail": -0.6, "education": -1.0, "": -0.2}
CONTENT = {"roi": 1.3, "paper": 0.0, "trends": 0.0, "case": 0.8}
PAGES = {"pricing": 1.0, "careers": -1.6}


def make_firm(people=1500, *, signal=1.0, seed=1, days=900, base=-1.3):
    """People of one account each, who came within `days` until two months ago. After a fortnight it is known what they
    did; whoever is won is so within 60 days, and only then calls and agrees. Returns how many were won."""
    pick, at = Random(seed), now()
    accounts = Account.objects.bulk_create(
        Account(name=f"Firm {seed}-{n}", name_key=f"firm {seed} {n}", created_at=at) for n in range(people)
    )
    persons = Person.objects.bulk_create(
        Person(account=account, first_name="Ann", last_name=f"Number {n}", created_at=at)
        for n, account in enumerate(accounts)
    )
    cycles, told, won = [], [], 0
    for n, person in enumerate(persons):
        began = at - timedelta(days=days - (days - 70) * n / people, minutes=pick.randrange(600))
        channel, title = pick.choice([*CHANNELS]), pick.choice([*TITLES])
        industry, employees = pick.choice([*INDUSTRIES]), int(math.exp(pick.gauss(5, 1.3))) + 1
        took = [code for code in CONTENT if pick.random() < 0.35]
        saw = [page for page in PAGES if pick.random() < 0.3]
        pull = CHANNELS[channel] + TITLES[title] + INDUSTRIES[industry] + (0.9 if 80 < employees < 900 else -0.4)
        pull += sum(CONTENT[code] for code in took) + sum(PAGES[page] for page in saw)
        is_won = pick.random() < 1 / (1 + math.exp(-(base + signal * pull)))
        won += is_won
        interest = "passive" if channel == "purchased_list" else "active"
        mine = [(facts.Inquired(channel=channel, interest=interest), 0.0)]
        mine += [(facts.Described(attribute="employees", value=str(employees), source="form"), 0.0)]
        if industry:
            mine.append((facts.Described(attribute="industry", value=industry, source="form"), 0.0))
        mine += [(facts.ContentTaken(content=code), pick.uniform(0, 13)) for code in took]
        mine += [(facts.PageSeen(page=page), pick.uniform(0, 13)) for page in saw]
        end = began + timedelta(days=pick.uniform(16, 58))
        if is_won:  # what follows the decision must teach nothing, nor what was told later of an earlier day
            mine.append((facts.Met(minutes=60), 15))
            late = (facts.ContentTaken(content="contract"), began + timedelta(days=3), began + timedelta(days=14.5))
            told.append((*late, None, None, person.account_id, person.pk))
        closed = end if is_won or pick.random() < 0.7 else None
        stage = "won" if is_won else pick.choice(["lost", "disqualified", "recycled"]) if closed else "nurturing"
        cycles.append(Cycle(person=person, stage=stage, opened_at=began, stage_at=closed or began, closed_at=closed))
        for fact, after in mine:
            moment = began + timedelta(days=after)
            who = None if isinstance(fact, facts.Described) else person.pk
            told.append((fact, moment, moment, None, None, person.account_id, who))
        if title:
            fact = facts.Described(attribute="seniority", value=title, source="form")
            told.append((fact, began, began, None, None, person.account_id, person.pk))
    Cycle.objects.bulk_create(cycles)
    with transaction.atomic():
        record_in_bulk(told, at=at, claimed=True)
    return won


def make_handoffs(many, definition, rep, *, seed=3):
    """Leads that sales has answered: referred directors are accepted, juniors of lists hardly ever. Whom it accepts it
    meets on the next day."""
    pick, at = Random(seed), now()
    accounts = Account.objects.bulk_create(
        Account(name=f"Lead {n}", name_key=f"lead {n}", created_at=at) for n in range(many)
    )
    persons = Person.objects.bulk_create(Person(account=account, created_at=at) for account in accounts)
    told, leads, given = [], [], []
    for n, person in enumerate(persons):
        came = at - timedelta(days=400 - 390 * n / many)
        channel, title = pick.choice([*CHANNELS]), pick.choice([one for one in TITLES if one])
        accepted = pick.random() < 1 / (1 + math.exp(-1.4 * (CHANNELS[channel] + TITLES[title])))
        about = (came, came, None, None, person.account_id, person.pk)
        told.append((facts.Inquired(channel=channel), *about))
        told.append((facts.Described(attribute="seniority", value=title, source="form"), *about))
        if accepted:
            met = came + timedelta(days=3)
            told.append((facts.Met(minutes=30), met, met, None, None, person.account_id, person.pk))
        leads.append(Lead(account=person.account, person=person, definition=definition, policy_version=1, milli=60_000,
                          grade="A", made_at=came + timedelta(days=1)))  # fmt: skip
        given.append((came + timedelta(days=2), "accepted" if accepted else "rejected"))
    Lead.objects.bulk_create(leads)
    Handoff.objects.bulk_create(
        Handoff(lead=lead, rep=rep, given_at=day, response_due_at=day, response=response, responded_at=day)
        for lead, (day, response) in zip(leads, given, strict=True)
    )
    with transaction.atomic():
        record_in_bulk(told, at=at, claimed=True)
