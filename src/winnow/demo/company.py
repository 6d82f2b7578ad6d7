"""Fill an empty instance with Halmwerk: eighteen months of an invented company, from a seed.

`truth.json`, written beside the home's database, says what was planted; no other room reads it.
"""

import json
from datetime import timedelta
from pathlib import Path
from random import Random

from django.db import transaction

from winnow.demo import garbage, plan
from winnow.demo.life import Life
from winnow.leads.clock import now
from winnow.leads.definition import Definition, Signature
from winnow.leads.due import judge_due
from winnow.leads.models import Account, Campaign, Content, CostLine, Product, Programme, Tip, User


@transaction.atomic
def fill(
    *, seed: int = 7, firms: int = 220, months: int = 18, progress=None, truth: Path | None = None
) -> dict:
    """Fill it, or leave it empty when that is broken off.

    ValueError when anybody is there already. Returns the log-ins and what was planted, for the screen.
    """
    if User.objects.exists() or Account.objects.exists():
        raise ValueError("This instance is not empty; the demo company only moves into an empty one.")
    chance = Random(seed)
    end = now()
    start = (end - timedelta(days=months * 30)).replace(hour=0, minute=0, second=0, microsecond=0)
    users = _users(start)
    _sign(users, 1, start)
    _attract(start, end, months)
    life = Life(chance, start, end, users, progress)
    life.products = list(Product.objects.filter(known=True))
    life.found(firms)
    planted = garbage.strew(life)
    second = end - timedelta(days=182)
    life.run(second)
    _sign(users, 2, second)
    while judge_due(500, at=second):
        pass
    life.run()
    planted |= garbage.mess_up(life)
    if truth is not None:
        truth.write_text(json.dumps(planted, indent=1, default=str))
    return {
        "users": [(email, role) for email, _, role, _, _ in plan.USERS],
        "password": plan.PASSWORD,
        **planted,
    }


def _users(at) -> dict[str, User]:
    made = {}
    for email, name, role, signs, zone in plan.USERS:
        user = User.objects.create_user(
            email, role=role, name=name, password=plan.PASSWORD, may_sign_for=signs
        )
        user.time_zone = zone
        user.save(update_fields=["time_zone"])
        made[email] = user
    return made


def _sign(users: dict[str, User], version: int, at) -> Definition:
    """Put a version into force in the past: only the demo may, since its whole history is invented."""
    carol, rolf = users["carol@halmwerk.example"], users["rolf@halmwerk.example"]
    before = Definition.in_force()
    draft = Definition.draft(plan.definition(version), by=carol, based_on=before)
    for user in (carol, rolf):
        Signature.objects.create(
            definition=draft, side=user.may_sign_for, user=user, name=user.name, hash=draft.hash, signed_at=at
        )
    Definition.objects.filter(pk=draft.pk).update(in_force_from=at, created_at=at - timedelta(days=6))
    draft.refresh_from_db()
    return draft


def _attract(start, end, months: int) -> None:
    definition = Definition.in_force()
    for code, name, channel, interest, cost, *_ in plan.CAMPAIGNS:
        campaign = Campaign.objects.create(
            code=code,
            name=name,
            channel=channel,
            interest=interest,
            starts_on=start.date(),
            currency="EUR",
            launched_at=start,
            definition=definition,
            created_at=start,
        )
        day = start.date().replace(day=1)
        while day <= end.date():
            CostLine.objects.create(
                campaign=campaign, on=day, amount_cents=cost, currency="EUR", what="month"
            )
            day = (day + timedelta(days=32)).replace(day=1)
    for code, title, kind, phase, persona, pain, _ in plan.CONTENT:
        Content.objects.create(
            code=code,
            title=title,
            type=kind,
            phase=phase,
            persona=persona,
            pain=pain,
            created_at=start,
            url=f"https://halmwerk.example/{code}",
        )
    for code, name, price in plan.PRODUCTS:
        Product.objects.create(code=code, name=name, price_cents=price)
    programme = Programme.objects.create(
        code="calm-cold", name="Calm cold chain", pace_days=14, created_at=start
    )
    for position, (code, phase, subject, body) in enumerate(plan.TIPS, 1):
        Tip.objects.create(
            programme=programme, position=position, code=code, phase=phase, subject=subject, body=body
        )
