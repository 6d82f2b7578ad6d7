"""Keys that the database checks once for a statement: nothing points to what isn't there."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.leads.people import signed
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.models import Account, Cycle, Inquiry, Person

pytestmark = pytest.mark.django_db
NOWHERE = 2**40


@pytest.fixture
def ann() -> Person:
    signed()
    with transaction.atomic():
        done = take_inquiries([Incoming("1", email="ann@acme.example", first_name="Ann", channel="web")], at=now())
    return Person.objects.get(pk=done[0].person_id)


def test_each_key_is_refused_that_leads_nowhere_for_a_new_row_and_for_a_changed_one(ann):
    for model, column in ((Person, "account_id"), (Cycle, "person_id"), (Inquiry, "person_id"),
                          (Inquiry, "definition_id")):
        table = model._meta.db_table
        names = [field.column for field in model._meta.concrete_fields if field.column not in ("id", "external_id")]
        listed = ", ".join(names)
        with pytest.raises(IntegrityError, match=f"{column} {NOWHERE}"), transaction.atomic(), connection.cursor() as c:
            given = ", ".join("%s" if name == column else name for name in names)
            c.execute(f"INSERT INTO {table} ({listed}) SELECT {given} FROM {table} LIMIT 1", [NOWHERE])
        with pytest.raises(IntegrityError, match=f"{column} {NOWHERE}"), transaction.atomic(), connection.cursor() as c:
            c.execute(f"UPDATE {table} SET {column} = %s", [NOWHERE])


def test_who_is_pointed_at_can_not_be_deleted(ann):
    for table, number in (("leads_person", ann.pk), ("leads_account", ann.account_id)):
        with pytest.raises(IntegrityError, match="still pointed at"), transaction.atomic(), connection.cursor() as c:
            c.execute(f"DELETE FROM {table} WHERE id = %s", [number])
    assert Account.objects.filter(pk=ann.account_id).exists()


def test_an_address_can_not_be_given_to_nobody(ann):
    with pytest.raises(IntegrityError, match=f"person_id {NOWHERE}"), transaction.atomic(), connection.cursor() as c:
        c.execute("UPDATE leads_identity SET person_id = %s", [NOWHERE])
