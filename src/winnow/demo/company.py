"""Fill an empty instance with Halmwerk: eighteen months of an invented company, from a seed.

`truth.json`, written where the caller says, tells what was planted; no other room reads it.
"""

import json
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction

from winnow.demo import booth, desk, garbage, meetings, nurturing, plan, prospects, selling, showings
from winnow.demo.life import Firm, Life
from winnow.leads import clock
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.due import judge_due
from winnow.leads.form import Form
from winnow.leads.lists import PeopleList
from winnow.leads.models import Account, Campaign, Content, CostLine, Product, User
from winnow.leads.remark import Remark
from winnow.outreach import programmes
from winnow.review.gaming import working_days

SECOND_DAYS = 300  # the second definition is in force for so long


@transaction.atomic
def fill(*, seed: int = 7, firms: int = 270, months: int = 18, progress=None, truth: Path | None = None) -> dict:
    """Fill it, or leave it empty when that is broken off.

    ValueError when anybody is there already. Returns the log-ins and what was planted, for the screen.
    """
    if User.objects.exists() or Account.objects.exists():
        raise ValueError("This instance is not empty; the demo company only moves into an empty one.")
    end = now()
    start = (end - timedelta(days=months * 30)).replace(hour=0, minute=0, second=0, microsecond=0)
    with clock.at(start):
        users = _users()
        _sign(users, 1, start)
        _attract(start, end)
        nurturing.set_up(start)
    life = Life(Random(seed), start, end, users, progress)
    _begin(life, firms)
    second = max(start + timedelta(days=40), end - timedelta(days=SECOND_DAYS))
    life.run(second)
    with clock.at(second):
        _sign(users, 2, second)
        while judge_due(500, at=second):
            pass
    life.run(end)
    _end(life)
    if truth is not None:
        truth.write_text(json.dumps(life.planted, indent=1, default=str))
    logins = [(email, role) for email, _, role, _, _ in plan.USERS if email != plan.LEFT]
    return {"users": logins, "password": plan.PASSWORD, **life.planted}


def _begin(life: Life, firms: int) -> None:
    """Put into the queue what happens without anybody's doing."""
    for firm, at in life.found(firms):
        life.later(at, prospects.respond, firm, 0)
    for name, domain, industry, employees in plan.KEY_ACCOUNTS:
        firm = Firm(name, domain, "NO", industry, employees, 0.75)
        firm.people = [life.human(firm, rank) for rank in ("director", "manager", "executive")]
        life.firms.append(firm)
        for days in (life.chance.randint(200, 400), 80, 12):
            life.later(life.end - timedelta(days=days, hours=3), prospects.respond, firm, days % 2)
    garbage.strew(life)
    life.later(life.start + timedelta(days=200, hours=10), garbage.old_opportunities)
    life.later((life.end - timedelta(days=plan.LEFT_DAYS)).replace(hour=15), garbage.leave_the_firm)
    life.later(life.start + timedelta(days=90, hours=11), garbage.enter_again)
    first = life.start + timedelta(days=(2 - life.start.weekday()) % 7, hours=8, minutes=30)
    life.later(first, nurturing.week)
    days = working_days(life.start.date(), life.end.date())
    for day, following in pairwise(days):
        if day.month != following.month:
            evening = life.start.replace(year=day.year, month=day.month, day=day.day, hour=14, minute=40)
            life.later(evening, selling.month_end)
    meetings.plan_weeks(life)
    life.later(life.end - timedelta(minutes=190), desk.morning)


def _end(life: Life) -> None:
    """Bring what time alone changes up to now, and lay out what today's visitor finds."""
    with clock.at(life.end):
        while judge_due(500, at=life.end):
            pass
        garbage.mess_up(life)
        selling.arrange_today(life)
    with clock.at(life.end - timedelta(minutes=18)):
        meetings.open_today(life, life.end - timedelta(minutes=18))
    with clock.at(life.end):
        programmes.stop_ended(1000, life.end)
        programmes.auto_enrol(1000, life.end)
        booth.open_today(life)
        while judge_due(500, at=life.end):
            pass
        draft = Definition.draft(plan.definition(3), by=life.user("carol"), based_on=Definition.in_force())
        draft.sign(by=life.user("carol"), seen_hash=draft.hash)
        _remark_on(draft, life)
        for user, name, query in plan.LISTS:
            PeopleList.keep(life.user(user), name, query)
        showings.show(life)


def _remark_on(draft, life) -> None:
    """What sales said about the third version, and what marketing answered."""
    said = Remark.make(
        draft, clause="lead.score", number="4.1", kind="objection", by=life.user("sam"),
        text="55 points shut out the dairies: they read little, and call.",
    )  # fmt: skip
    answer = "A call counts 15, so who talks with us twice is most of the way."
    said.finish(how="answered", by=life.user("carol"), text=answer)
    Remark.make(
        draft, clause="score.page", number="3.3", kind="comment", by=life.user("carol"),
        text="Of ten that sales turned down as not genuine, four had looked at our careers pages.",
    )  # fmt: skip


def _users() -> dict[str, User]:
    secret = make_password(plan.PASSWORD)  # one password for all, so it is worked into a hash once
    made = [
        User(email=email, role=role, name=name, may_sign_for=signs, time_zone=zone, password=secret)
        for email, name, role, signs, zone in plan.USERS
    ]
    return {user.email: user for user in User.objects.bulk_create(made)}


def _sign(users: dict[str, User], version: int, at) -> Definition:
    """Put a version into force in the past: only the demo may, since its whole history is invented."""
    carol, rolf = users[f"carol@{plan.DOMAIN}"], users[f"rolf@{plan.DOMAIN}"]
    before = Definition.in_force()
    with clock.at(at - timedelta(days=6)):
        draft = Definition.draft(plan.definition(version), by=carol, based_on=before)
    for user, hours in ((carol, 20), (rolf, 0)):
        with clock.at(at - timedelta(hours=hours)):
            draft.sign(by=user, seen_hash=draft.hash)
    draft.refresh_from_db()
    return draft


def _attract(start, end) -> None:
    definition = Definition.in_force()
    for row in plan.CAMPAIGNS:
        begins = start + timedelta(days=30 * row.first_month)
        ends = start + timedelta(days=30 * row.last_month) if row.last_month else None
        campaign = _campaign(row, starts_on=begins.date(), ends_on=ends and ends.date(), launched_at=begins,
                             definition=definition, created_at=start)  # fmt: skip
        day, last, costs = begins.date().replace(day=1), min(end, ends or end).date(), []
        while day <= last:
            costs.append(CostLine(campaign=campaign, on=day, amount_cents=row.cost_cents, currency="EUR", what="month"))
            day = (day + timedelta(days=32)).replace(day=1)
        CostLine.objects.bulk_create(costs)
    _campaign(plan.PLANNED, starts_on=(end + timedelta(days=40)).date(), created_at=end - timedelta(days=9))
    for code, title, kind, phase, persona, pain, _ in plan.CONTENT:
        Content.objects.create(
            code=code, title=title, type=kind, phase=phase, persona=persona, pain=pain, created_at=start,
            url=f"https://{plan.DOMAIN}/{code}",
        )  # fmt: skip
    for code, name, price in plan.PRODUCTS:
        Product.objects.create(code=code, name=name, price_cents=price)
    Form.first(start)
    Form.objects.create(
        code="checklist", title="The audit checklist", created_at=start, campaign=Campaign.objects.get(code="content"),
        **plan.CHECKLIST_FORM,
    )  # fmt: skip


def _campaign(row: plan.Plan, **more) -> Campaign:
    return Campaign.objects.create(
        code=row.code, name=row.name, channel=row.channel, interest=row.interest, currency="EUR", offer=row.offer,
        segment=row.segment, goal_inquiries=row.goal_inquiries, goal_leads=row.goal_leads, **more,
    )  # fmt: skip
