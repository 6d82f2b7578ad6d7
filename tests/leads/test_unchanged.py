"""`check` names an inquiry's address, a lead's verdict and a mail that somebody changed or deleted behind the door, and
raises no alarm over what people do by the door."""

from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.leads.people import MONDAY, account, carol, prospect, signed
from tests.leads.test_checking import LOW, as_superuser
from winnow.intake.arrivals import process_pending, take
from winnow.intake.importer import run as run_import
from winnow.intake.mapping import parse
from winnow.intake.undo import undo
from winnow.leads import checking, unchanged
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.merging import merge_people, unmerge
from winnow.leads.models import Arrival, Import, IncomingMail, Inquiry, Lead, Message, Person
from winnow.leads.record import recording
from winnow.outreach.replies import take_mail
from winnow.policy import facts

pytestmark = pytest.mark.django_db
FILE = """external_id,email,note
i1, Cora@Initech.example ,
i2,n/a,wrote ben@initech.example
i3,dora@initech.example,
i4,"Ed <ed@initech.example>; eve@initech.example",
"""


@pytest.fixture
def firm(tmp_path):
    """Inquiries by the API, by a file and by our own hand; a lead; a mail that was written and one that came in."""
    signed(LOW)
    take("api", "key 1", {"email": " Ann@acme.example", "last_name": "Lee"})
    take("api", "key 1", {"phone": "+49 30 1234567", "last_name": "Berg"})
    process_pending()
    (tmp_path / "inquiries.csv").write_text(FILE)
    columns = {"external_id": "external_id", "email": "email", "note": "message"}
    run_import(tmp_path / "inquiries.csv", kind="inquiries",
               mapping=parse({"as": "inquiries", "system": "x", "columns": columns, "missing": ["n/a"]}))
    take_inquiries([Incoming("own", email="sue@globex.example", channel="phone")], at=MONDAY)
    ann = prospect("Ann", account("Umbrella"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    Message.write(kind="service", address="ann@acme.example", subject="Hello", body="Hello.", at=MONDAY)
    take_mail(b"From: bob@berg.example\nSubject: When?\nMessage-ID: <1@berg.example>\n\nWhen can you call?", at=MONDAY)
    return tmp_path


def wrong() -> list[str]:
    """What is said to be wrong, check by check."""
    return [f"{check.name}: {text}" for check in checking.all_checks() for text in check.examples]


@contextmanager
def tampered(statement: str):
    """Somebody changes it with the triggers switched off; afterwards all is as before."""
    with transaction.atomic():
        with as_superuser() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount
        yield
        transaction.set_rollback(True)


def test_what_was_changed_or_deleted_behind_the_door_is_named(firm):
    assert wrong() == []
    by_api, by_file, by_hand = (
        Inquiry.objects.get(email=one) for one in ("Ann@acme.example", "Cora@Initech.example", "sue@globex.example")
    )
    lead, message, mail = Lead.objects.get(), Message.objects.get(), IncomingMail.objects.get()
    for inquiry in (by_api, by_file, by_hand):
        with tampered(f"UPDATE leads_inquiry SET email = 'eve@evil.example' WHERE id = {inquiry.pk}"):
            (said,) = wrong()
            assert said.startswith(f"addresses: inquiry {inquiry.pk} names eve@evil.example, ")
    for inquiry in (by_api, by_file):
        with tampered(f"UPDATE leads_inquiry SET email = '' WHERE id = {inquiry.pk}"):
            assert wrong() == [f"addresses: inquiry {inquiry.pk} names no address, and what came in doesn't"]
    with tampered(f"DELETE FROM leads_arrival WHERE inquiry_id = {by_api.pk}"):
        (said,) = wrong()
        assert said.startswith(f"addresses: inquiry {by_api.pk} came as arrival ")
    for change in ("grade = 'A'", "milli = milli + 1", "made_at = made_at - interval '1 day'", "policy_version = 99"):
        with tampered(f"UPDATE leads_lead SET {change}"):
            (said,) = wrong()
            assert said.startswith(f"lead_verdicts: lead {lead.pk} was not made with grade ")
    with tampered("DELETE FROM leads_message"):
        (said,) = wrong()
        assert said.startswith(f"mails: message {message.pk} of ") and said.endswith("is not there any more")
    with tampered("DELETE FROM leads_incomingmail"):
        assert f"incoming mail {mail.pk} of" in wrong()[-1]
    with tampered("UPDATE leads_incomingmail SET raw = raw || '!'"):
        assert wrong() == [f"mails: incoming mail {mail.pk} is not what came in"]
    with tampered("INSERT INTO leads_message SELECT (jsonb_populate_record(m, jsonb_build_object('id', 999, "
                  "'message_id', 'x'))).* FROM leads_message m"):
        assert wrong() == ["mails: message 999 is on no list of what was written"]
    assert wrong() == []


def test_the_list_of_mails_is_never_shortened(firm):
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_listedmail")


def test_merging_taking_apart_repairing_and_taking_an_import_back_raise_no_alarm(firm):
    ann, cora = (Inquiry.objects.get(email=one).person for one in ("Ann@acme.example", "Cora@Initech.example"))
    sue = Inquiry.objects.get(email="sue@globex.example").person
    merge_people(ann, cora, by=carol())
    merge = merge_people(ann, sue, by=carol())
    assert unchanged.addresses().examples == []
    unmerge(merge, by=carol())
    assert unchanged.addresses().examples == []
    Person.objects.filter(pk=sue.pk).update(email="sue@elsewhere.example")  # corrected by hand; who she is stays
    for address in ("ann@", "ann@acme.example", "ann@other.example"):  # the last one is the same inquiry again
        take("api", "key 1", {"email": address, "last_name": "Lee", "system": "y", "external_id": "8"})
    process_pending()
    assert Arrival.objects.filter(state="rejected").count() == 1
    assert unchanged.addresses().examples == []
    undo(Import.objects.get().pk)
    assert unchanged.addresses().examples == []
    assert unchanged.addresses().looked_at == Inquiry.objects.count() == 9
