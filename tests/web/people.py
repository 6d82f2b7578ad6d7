"""The people of the tests, and small ways to set a scene.

Carol is marketing, Rolf leads sales, Sam and Sue sell, Ann and Bob are prospects.
"""

import itertools
import tomllib
from datetime import timedelta
from pathlib import Path

import winnow.leads
from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.inquiry import Inquiry
from winnow.leads.person import Person
from winnow.leads.record import recording
from winnow.leads.user import User
from winnow.policy import facts

STARTER = tomllib.loads((Path(winnow.leads.__file__).parent / "starter.toml").read_text())
PASSWORD = "threshing floor"
numbers = itertools.count(1)


def user(name, role, **more):
    """Somebody of the firm, made once: `user("Carol", "marketing")`."""
    email = f"{name.lower()}@winnow.example"
    found = User.objects.filter(email=email).first()
    if found is None:
        made = {key: more.pop(key) for key in ("may_sign_for",) if key in more}
        found = User.objects.create_user(email, role=role, name=name, password=PASSWORD, **made)
    for key, value in more.items():
        setattr(found, key, value)
    found.save()
    return found


def carol():
    return user("Carol", "marketing", may_sign_for="marketing")


def sam():
    return user("Sam", "rep")


def sue():
    return user("Sue", "rep")


def rolf():
    return user("Rolf", "manager", may_sign_for="sales")


def signed(document=None):
    """A definition in force: the starter one unless told otherwise."""
    draft = Definition.draft(document or STARTER, by=carol())
    draft.sign(by=carol(), seen_hash=draft.hash)
    draft.sign(by=rolf(), seen_hash=draft.hash)
    return draft


def person(name="Ann", company="Nordkap Seafood", *, at=None, owner=None, inquired=True, title="Head of logistics"):
    """A prospect with a cycle and one inquiry, in an account of that name."""
    at = at or now() - timedelta(days=2)
    account = Account.objects.filter(name=company).first() or Account.objects.create(
        name=company, name_key=company.lower(), created_at=at,
        domain=f"{company.split()[0].lower()}{next(numbers)}.example",
    )
    one = Person.objects.create(
        account=account, first_name=name, last_name="Ahlgren", email=f"{name.lower()}{next(numbers)}@{account.domain}",
        title=title, owner=owner, created_at=at, phone="+47 55 50 01 40",
    )
    if inquired:
        with recording(account, at=at) as history:
            cycle = Cycle.begin(one, at=at)
            inquiry = Inquiry.objects.create(
                person=one, account=account, captured_at=at, recorded_at=at, channel="web", form="contact", cycle=cycle,
                message="Our loggers fail in the cold store.",
            )
            history.append(facts.Inquired(person=one.pk, channel="web", interest="active"), inquiry_id=inquiry.pk)
    return one


def fit(one, *, industry="logistics", employees=640, country="DK", seniority="director", at=None):
    """What makes somebody a grade A under the starter definition."""
    with recording(one.account, at=at) as history:
        for attribute, value in (("industry", industry), ("employees", str(employees)), ("country", country)):
            history.append(facts.Described(attribute=attribute, value=value, source="test"))
        history.append(facts.Described(person=one.pk, attribute="seniority", value=seniority, source="test"))
    return one


def eager(one, *, times=3, at=None):
    """Enough interest for the starter definition's score, without a word on budget or need."""
    with recording(one.account, at=at) as history:
        for number in range(times):
            history.append(facts.ContentTaken(person=one.pk, content=f"paper-{number}", quantity=1))
        history.append(facts.Called(person=one.pk, result="spoke", minutes=4))
        history.append(facts.MailReplied(person=one.pk, mail="tip-1"))
    return one


def answers(one, at=None, **levels):
    """Answers of BANTFO as plain facts: answers(ann, budget="partly", need="yes")."""
    with recording(one.account, at=at) as history:
        for item, level in levels.items():
            history.append(facts.Answered(person=one.pk, item=item, level=level, source="call"))
    return one


def lead(name="Ann", company="Nordkap Seafood", *, at=None):
    """A lead under the definition in force: everything met."""
    one = eager(fit(person(name, company, at=at)))
    answers(one, budget="partly", need="yes", authority="yes", timing="partly")
    return one.account.leads.get(closed_at=None)
