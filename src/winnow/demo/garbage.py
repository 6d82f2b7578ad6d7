"""The mess that every firm has: robots, bought lists, doubles, leads left lying, moves before the quarter ends.

Everything planted here is told to the truth file, so that what the audit finds can be held against it.
"""

import csv
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from winnow.demo import names, plan, selling
from winnow.demo.life import Life
from winnow.intake import arrivals, importer
from winnow.leads import sorting
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.cycle import Cycle
from winnow.leads.lead import Handoff, Lead
from winnow.leads.models import Account, Inquiry, Person
from winnow.leads.reassigning import reassign
from winnow.leads.touch import Touch

KINDS = {"robots": 6, "disposable": 3, "students": 3, "competitor": 1, "masked": 2}
LISTS = [  # days before the end, campaign, how many
    (470, "Food directory", 70), (390, "Sponsored attendee lists", 95), (210, "Food directory", 60),
    (95, "Sponsored attendee lists", 85), (9, "Sponsored attendee lists", 26),
]  # fmt: skip


def strew(life: Life) -> None:
    """Put the invalid and the bought into the queue before life begins."""
    chance, span = life.chance, (life.end - life.start).days
    life.planted |= dict.fromkeys(KINDS, 0) | {"bought_rows": 0, "recreated_for_credit": []}
    for number in range(120):
        at = life.start + timedelta(days=chance.randint(0, span - 1), minutes=chance.randint(0, 1439))
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        life.later(at, junk, kind, number)
    for days, campaign, size in LISTS:
        at = (life.end - timedelta(days=days)).replace(hour=9, minute=12)
        if at > life.start:
            life.later(at, bought, campaign, size)


def junk(life: Life, at: datetime, kind: str, number: int) -> None:
    """One inquiry that counts for nothing, or for little; lead development throws out what the rules let through."""
    first, last = names.human(life.chance, "GB")
    row = Incoming(
        external_id=f"junk-{number}", system="website", source="content", channel="web", first_name=first,
        last_name=last, campaign="Audit season content", form="contact",
        email=f"{first}.{last}{number}@corv-systems.example".lower(),
    )  # fmt: skip
    if kind == "robots":
        row.robot, row.message, row.first_name = True, "Cheap backlinks, 50 % off", "Crypto"
    elif kind == "disposable":
        row.email = f"{first.lower()}{number}@mailinator.com"
    elif kind == "students":
        row.title, row.email, row.company = "Student", f"{last.lower()}{number}@gmail.com", ""
    elif kind == "competitor":
        row.email = f"{first.lower()}@coldlog-systems.example"
    else:
        row.email = "xXXXXXXX@gmail.com"
    life.planted[kind] += 1
    with transaction.atomic():
        taken = take_inquiries([row], at=at)[0]
    life.later(life.office(at + timedelta(days=1)), throw_out, taken.person_id)


def throw_out(life: Life, at: datetime, number: int) -> None:
    """Not genuine: out, for good."""
    person = Person.objects.select_related("account").get(pk=number)
    cycle = Cycle.open_for(person)
    if cycle is not None and cycle.stage == "new":
        sorting.dispose(
            person, disposition="disqualified", reason="not_genuine", lasting=True, by=life.user("dana"), at=at
        )


def bought(life: Life, at: datetime, campaign: str, size: int) -> None:
    """A bought list, imported as marketing would; some of its rows can't be read."""
    chance, rows = life.chance, []
    for number in range(size):
        country = chance.choice(["DE", "FR", "GB", "ES"])
        first, last = names.human(chance, country)
        company, domain = names.company(chance, chance.choice(["food production", "catering"]), life.taken)
        address = f"{first[0]}.{last}@{domain}".lower()
        if number % 17 == 11:
            address = address.replace("@", " at ")
        elif chance.random() < 0.13:
            address = ""
        seen = "31.02.2026" if number % 23 == 7 else f"{at - timedelta(days=2):%d.%m.%Y}"
        title = chance.choice(names.TITLES["manager"])
        rows.append([first, last, company, title, country, address, seen, "bought list"])
    life.planted["bought_rows"] += size
    head = ["First name", "Last name", "Company", "Job title", "Country", "E-mail", "Date", "Source"]
    name = f"{'visitors' if campaign.startswith('Spons') else 'directory'}-{at:%Y-%m}.csv"
    _import(life, name, head, rows, "inquiries", campaign=campaign, interest="passive", historic=False)
    people = Inquiry.objects.filter(campaign__name=campaign, captured_at__gt=at - timedelta(days=3), valid=True)
    for person in list(people.values_list("person_id", flat=True)):
        life.later(life.office(at + timedelta(days=chance.randint(1, 9))), sort_bought, person)


def sort_bought(life: Life, at: datetime, number: int) -> None:
    """Whoever was on a list is nurtured at best."""
    person = Person.objects.select_related("account").get(pk=number)
    cycle = Cycle.open_for(person)
    if cycle is None or cycle.stage != "new":
        return
    fits = life.chance.random() < 0.55
    more = {"disposition": "nurture"} if fits else {"disposition": "disqualified", "reason": "no_need"}
    sorting.dispose(person, by=life.user("dana"), at=at, **more)


def _import(life: Life, name: str, head: list[str], rows: list[list], kind: str, **options) -> dict:
    """Write a file and import it, as somebody at the screen would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=";").writerows([head, *rows])
        return importer.run(path, kind=kind, by=life.user("carol"), name=name, **options)


# -- people who misbehave ----------------------------------------------------------------------------------------------
def leave_the_firm(life: Life, at: datetime) -> None:
    """Tomas leaves: most of what he had is given to Sue and Sam, some is forgotten."""
    tomas = life.users[plan.LEFT]
    heirs = [life.user("sue"), life.user("sam")]
    held = Lead.objects.filter(closed_at=None, handoffs__rep=tomas, handoffs__ended_at=None)
    leads = list(held.select_related("account", "person").order_by("pk").distinct())
    for number, lead in enumerate(leads):
        heir = heirs[number % 2]
        if number >= len(leads) - 2 or lead.stage not in ("handed_off", "accepted", "opportunity"):
            life.due[lead.pk] = at  # whatever was planned, nobody comes to it
            continue
        reassign(lead, to=heir, by=life.user("rolf"), at=at)
        if lead.stage != "handed_off":
            due = life.office(at + timedelta(days=1))
            Touch.plan(lead, rep=heir, at=at, due_at=due, purpose="Say hello after Tomas")
            selling.turn_to(life, lead, due, heir)
    left = [lead.person_id for lead in leads[-2:]]
    nurtured = Person.objects.filter(owner=tomas, cycles__stage="nurturing").order_by("pk")
    left += nurtured.values_list("pk", flat=True)[:2]
    Person.objects.filter(owner=tomas).exclude(pk__in=left).update(owner=None)
    tomas.is_active = False
    tomas.save(update_fields=["is_active"])
    life.planted["owner_gone"] = left


def enter_again(life: Life, at: datetime) -> None:
    """Ayşe enters somebody again as her own prospecting, after marketing brought them; next month another."""
    ayse = life.user("ayse")
    life.later(at + timedelta(days=life.chance.randint(45, 75)), enter_again)
    lead = Lead.objects.filter(handoffs__rep=ayse, made_at__lt=at - timedelta(days=2)).order_by("-pk").first()
    if lead is None:
        return
    person, (firm, _) = lead.person, life.home[lead.person_id]
    with transaction.atomic():
        taken = take_inquiries(
            [Incoming(
                external_id=f"own-{at:%Y%m%d}", system="ayse", source="own prospecting", channel="sales_prospecting",
                first_name=person.first_name, last_name=person.last_name, company=firm.name, domain=firm.domain,
                email=f"{person.first_name[0]}{person.last_name}@{firm.domain}".lower(), owner=ayse.name,
                evidence_source="rep",
            )], at=at, by=ayse,
        )[0]  # fmt: skip
    life.planted["recreated_for_credit"].append(taken.person_id)
    life.later(life.office(at + timedelta(days=4)), sort_bought, taken.person_id)


# -- what the old system left, and what is planted at the end ----------------------------------------------------------
def old_opportunities(life: Life, at: datetime) -> None:
    """Opportunities of the old system: without an account, without dates, of products and people that nobody knows."""
    chance, counts, rows = life.chance, dict.fromkeys(("no_account", "unknown_product", "undated", "impossible"), 0), []
    known = [firm for firm in life.firms if any(firm.ids.values())]
    for number in range(24):
        firm = known[number % len(known)]
        account = firm.name if chance.random() < 0.7 else ""
        product = "ChainPRO" if chance.random() < 0.2 else chance.choice(plan.PRODUCTS)[1]
        engaged = at - timedelta(days=chance.randint(60, 400))
        owner = chance.choice(["Nils Aker", "Nils Aker", "Sue Lindgren", "Britta Holm", ""])
        owner = {18: "Tomas Gray", 19: "Britta Holm", 20: ""}.get(number, owner)  # one of each kind at least
        account, product = "" if number == 21 else account, "ChainPRO" if number == 22 else product
        closed = number < 15
        won = closed and number % 2 == 0
        ended = engaged + timedelta(days=chance.randint(20, 230)) * (-1 if number == 3 else 1)
        undated = not closed and (number == 23 or chance.random() < 0.3)
        counts["no_account"] += not account
        counts["unknown_product"] += product == "ChainPRO"
        counts["undated"] += undated
        counts["impossible"] += number == 3
        rows.append([
            f"old-{number}", account, owner, product, "Won" if won else "Lost" if closed else "Engaging",
            "" if undated else f"{engaged:%Y-%m-%d}", f"{min(ended, at):%Y-%m-%d}" if closed else "",
            "yes" if won else "no" if closed else "", chance.randint(3, 80) * 500,
        ])  # fmt: skip
    head = ["Deal id", "Account", "Owner", "Product", "Stage", "Engaged on", "Closed on", "Won", "Amount"]
    _import(life, "old-crm.csv", head, rows, "opportunities", historic=True)
    life.planted["imported"] = counts


def _mistaken(life: Life) -> None:
    """One lead that is over and not closed, and one that is further on than its stage says."""
    accepted = Handoff.objects.filter(ended_at=None, response="accepted").select_related("lead__person", "rep")
    worked = [one for one in accepted.order_by("-pk") if one.rep.is_active]
    held = [one for stage in ("opportunity", "accepted") for one in worked if one.lead.stage == stage]
    for handoff, said, quote in zip(held[-2:], ("no", "yes"), ("They have bought elsewhere.", "Now."), strict=False):
        person, rep = handoff.lead.person, handoff.rep
        if said == "yes":
            Touch.log(person, kind="meeting", result="met", by=rep, at=life.end, next_at=life.end + timedelta(days=2))
        for item in ("need", "budget", "timing"):
            sorting.answer(person, item=item, level=said, source="rep", by=rep, at=life.end, quote=quote)
    life.planted["mistaken"] = [handoff.lead_id for handoff in held[-2:]]


def mess_up(life: Life) -> None:
    """After life: leads without a date, firms here twice, and what has just come in and can't be taken as it is."""
    chosen = []
    for number, lead in enumerate(Lead.objects.filter(closed_at=None).order_by("pk")):
        cycle = Cycle.objects.filter(lead=lead, person=lead.person, stage__in=("accepted", "opportunity")).first()
        held = lead.open_handoff
        if cycle is not None and held and number % (3 if plan.REPS[held.rep.email].leaves > 0.1 else 11) == 1:
            Touch.objects.filter(cycle=cycle, done_at=None, cancelled_at=None).update(cancelled_at=life.end)
            chosen.append(cycle.pk)
    life.planted["no_next_step"] = chosen
    _mistaken(life)
    for firm in [one for one in life.firms if one.ids][:3]:
        twin = firm.name.replace(" ", "-")
        Account.objects.create(
            name=twin, domain=f"{firm.domain.removesuffix('.example')}-group.example", country=firm.country,
            created_at=life.end - timedelta(days=40),
        )  # fmt: skip
    for body, state, reason in (
        ({"last_name": "Backlinks", "email": "seo@corv-systems.example", "message": "50 % off"}, "quarantined",
         "filled in within a second, as a robot would"),
        ({"company": "Lactmark Dairy", "message": "Do you deliver to the islands?"}, "rejected",
         "email is missing: an inquiry needs an address, a telephone number, a name or external_id"),
    ):  # fmt: skip
        arrivals.take("form", "contact", body, state=state, reason=reason)
