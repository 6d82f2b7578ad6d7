"""The mess that every firm has: robots, bought lists, doubles, leads left lying, moves before the quarter ends.

Everything planted here is told to the truth file, so that what the audit finds can be held against it.
"""

from datetime import timedelta

from django.db import transaction

from winnow.demo import names
from winnow.demo.life import Life
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.models import Cycle, Import, Lead, Opportunity, Product, Touch, User


def strew(life: Life) -> dict:
    """Put the invalid and the bought into the queue before life begins."""
    chance, span = life.chance, (life.end - life.start).days
    planted = {"robots": 0, "disposable": 0, "students": 0, "competitor": 0, "bought_rows": 0, "masked": 0}
    for number in range(120):
        at = life.start + timedelta(days=chance.randint(0, span - 1), minutes=chance.randint(0, 1439))
        kind = chance.choices(["robots", "disposable", "students", "competitor", "masked"], [6, 3, 3, 1, 2])[
            0
        ]
        planted[kind] += 1
        _later(life, at, kind, number)
    for month in range(3, 18, 5):
        at = life.start + timedelta(days=30 * month, hours=9)
        size = chance.randint(60, 110)
        planted["bought_rows"] += size
        rows = []
        campaign = chance.choice(["Sponsored attendee lists", "Food directory"])
        for number in range(size):
            country = chance.choice(["DE", "FR", "GB", "ES"])
            first, last = names.human(chance, country)
            company, domain = names.company(
                chance, chance.choice(["food production", "catering"]), life.taken
            )
            rows.append(
                Incoming(
                    external_id=f"list-{month}-{number}",
                    system="demo",
                    source="list",
                    channel="purchased_list",
                    interest="passive",
                    campaign=campaign,
                    first_name=first,
                    last_name=last,
                    company=company,
                    country=country,
                    email=f"{first[0]}.{last}@{domain}".lower() if chance.random() < 0.85 else "",
                    evidence_source="import",
                )
            )
        life.later(at, "take_rows", rows)
    return planted


def _later(life: Life, at, kind: str, number: int) -> None:
    chance = life.chance
    first, last = names.human(chance, "GB")
    row = Incoming(
        external_id=f"junk-{number}",
        system="demo",
        source="content",
        channel="web",
        campaign="Audit season content",
        first_name=first,
        last_name=last,
        email=f"{first}.{last}{number}@corv-systems.example".lower(),
        form="contact",
    )
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
    life.later(at, "take_rows", [row])


def take_rows(life: Life, at, rows: list[Incoming]) -> None:
    """Take a list in at its moment."""
    with transaction.atomic():
        take_inquiries(rows, at=at)


Life.take_rows = take_rows


def mess_up(life: Life) -> dict:
    """After life: the rep who left, leads without a date, doubles made for the credit, a quarter's end."""
    planted: dict = {}
    tomas = User.objects.get(email="tomas@halmwerk.example")
    tomas.is_active = False
    tomas.save(update_fields=["is_active"])
    planted["owner_gone"] = list(
        Cycle.objects.filter(
            lead__handoffs__rep=tomas,
            lead__handoffs__ended_at=None,
            stage__in=("handed_off", "accepted", "opportunity"),
        ).values_list("pk", flat=True)
    )
    planted["no_next_step"] = _undated(life)
    planted["recreated_for_credit"] = _recreated(life)
    planted["imported"] = _old_opportunities(life)
    return planted


def _undated(life: Life) -> list[int]:
    """Some accepted leads have no next touch at all."""
    cycles = list(Cycle.objects.filter(stage="accepted").order_by("pk").values_list("pk", flat=True))
    chosen = [pk for pk in cycles if life.chance.random() < 0.25]
    Touch.objects.filter(cycle__in=chosen, done_at=None, cancelled_at=None).update(cancelled_at=life.end)
    return chosen


def _recreated(life: Life) -> list[int]:
    """Ayşe enters people again as her own prospecting, days after marketing brought them."""
    ayse = life.users["ayse@halmwerk.example"]
    made = []
    for lead in Lead.objects.filter(handoffs__rep=ayse).order_by("pk")[:6]:
        firm, at = life.firm_of(lead), life.end - timedelta(days=life.chance.randint(2, 20))
        person = lead.person
        with transaction.atomic():
            taken = take_inquiries(
                [
                    Incoming(
                        external_id=f"own-{lead.pk}",
                        system="demo",
                        source="own prospecting",
                        channel="sales_prospecting",
                        first_name=person.first_name,
                        last_name=person.last_name,
                        company=firm.name,
                        domain=firm.domain,
                        email=f"{person.first_name[0]}{person.last_name}@{firm.domain}".lower(),
                        owner="Ayşe Demir",
                        evidence_source="rep",
                    )
                ],
                at=at,
                by=ayse,
            )[0]
        made.append(taken.person_id)
    return made


def _old_opportunities(life: Life) -> dict:
    """What the old system left: opportunities without an account, without dates, of products that nobody sells."""
    run = Import.objects.create(
        kind="opportunities",
        file_name="old-crm.csv",
        state="done",
        historic=True,
        started_at=life.start,
        finished_at=life.start,
        rows=24,
        created=24,
    )
    chance, counts = life.chance, {"no_account": 0, "unknown_product": 0, "undated": 0}
    from winnow.leads.models import Account

    nobody = Account.objects.create(kind="placeholder", name="", created_at=life.start)
    odd = Product.objects.create(code="ChainPRO", name="ChainPRO", known=False)
    for number in range(24):
        firm = chance.choice(life.firms)
        known = Account.objects.filter(domain=firm.domain).first()
        account = known if known and chance.random() < 0.6 else nobody
        product = odd if chance.random() < 0.3 else chance.choice(life.products)
        engaged = (
            None if chance.random() < 0.25 else (life.start - timedelta(days=chance.randint(30, 500))).date()
        )
        counts["no_account"] += account is nobody
        counts["unknown_product"] += product is odd
        counts["undated"] += engaged is None
        Opportunity.objects.create(
            imported=run,
            account=account,
            product=product,
            stage="Engaging",
            amount_cents=chance.randint(3, 80) * 50_000,
            engaged_on=engaged,
            created_at=life.start,
            known_at=life.start,
            system="old-crm",
            external_id=f"old-{number}",
            owner=life.users["nils@halmwerk.example"] if chance.random() < 0.7 else None,
            judged=False,
        )
    return counts
