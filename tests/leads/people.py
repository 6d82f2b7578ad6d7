"""The people of the tests: Carol (marketing), Sue (sales manager), Sam (rep); and prospects with an open cycle."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import winnow.leads
from winnow.leads.models import Account, Cycle, Definition, Person, User

STARTER = tomllib.loads((Path(winnow.leads.__file__).parent / "starter.toml").read_text())
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


def user(name: str, role: str, **more) -> User:
    """The user of that name, made on first use."""
    email = f"{name.lower()}@winnow.example"
    return User.objects.filter(email=email).first() or User.objects.create_user(
        email, role=role, name=name, **more
    )


def carol() -> User:
    return user("Carol", "marketing", may_sign_for="marketing")


def sue() -> User:
    return user("Sue", "manager", may_sign_for="sales")


def sam() -> User:
    return user("Sam", "rep")


def signed(document: dict | None = None) -> Definition:
    """A definition in force."""
    made = Definition.draft(document or STARTER, by=carol())
    made.sign(by=carol(), seen_hash=made.hash)
    made.sign(by=sue(), seen_hash=made.hash)
    return made


def account(name: str = "Acme", at: datetime = MONDAY, **more) -> Account:
    return Account.objects.create(name=name, created_at=at, **more)


def prospect(name: str, of: Account, at: datetime = MONDAY, **more) -> Person:
    """A person with a new open cycle."""
    person = Person.objects.create(account=of, first_name=name, created_at=at, **more)
    Cycle.begin(person, at=at)
    return person
