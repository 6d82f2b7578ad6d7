"""`check` is green on what the verbs have made, and red when a standing, a fact or a sum was tampered with (R32)."""

import hashlib
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests.leads.people import MONDAY, account, carol, prospect, sam, signed
from winnow.funnel.checking import summary
from winnow.intake.importer import run as run_import
from winnow.intake.mapping import parse as parse_mapping
from winnow.leads import checking
from winnow.leads.chain import chained
from winnow.leads.due import judge_due
from winnow.leads.message import address_hash
from winnow.leads.models import (
    AccountStanding,
    Arrival,
    AuditEntry,
    Cycle,
    Definition,
    FactHead,
    FactRow,
    Import,
    ImportRow,
    Lead,
    Message,
    PersonStanding,
    StageChange,
    Suppression,
)  # fmt: skip
from winnow.leads.record import STORED, recording
from winnow.policy import facts

pytestmark = pytest.mark.django_db
EMPTY = hashlib.sha256(b"{}").digest()
LOW = {"score": {"asked": 0}, "lead": {"grade": "D"}, "bantfo": {"need": {"asked": "yes"}}}


@pytest.fixture
def lived():
    """A small firm after a week: two accounts, a lead that was handed off and accepted, and a person who moved."""
    signed(LOW)
    acme, globex = account("Acme"), account("Globex")
    ann, bob = prospect("Ann", acme), prospect("Bob", globex)
    with recording(acme, at=MONDAY) as history:
        history.append(facts.ContentTaken(person=ann.pk, content="roi_case"))
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    with recording(globex, at=MONDAY) as history:
        history.append(facts.ContentTaken(person=bob.pk, content="demo"))
    Lead.objects.get().hand_off(to=sam(), by=carol(), at=MONDAY).accept(by=sam(), at=MONDAY)
    with recording(globex, at=MONDAY + timedelta(days=1)) as history:
        history.append(facts.MovedAccount(person=bob.pk, to=acme.pk))
    return ann


@contextmanager
def as_superuser():
    """Somebody who may switch the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def red() -> set[str]:
    """The names of the checks that found something."""
    return {check.name for check in checking.all_checks() if not check.ok}


def test_all_is_green_after_an_ordinary_week(lived):
    found = list(checking.all_checks())
    assert [check.name for check in found if not check.ok] == []
    looked_at = {check.name: check.looked_at for check in found}
    assert looked_at["honest_cache"] == 1  # Acme waits to be folded again, since Bob moved there
    assert looked_at["fact_chain"] == 6
    assert looked_at["cycles"] == 2


def test_a_sample_looks_at_no_more_than_it_says(lived):
    assert checking.fact_chain(sample=1).looked_at in (2, 4)


@pytest.mark.parametrize(
    "change",
    [{"milli": 99_000}, {"grade": "A"}, {"unmet": ["score"]}, {"ready": False}, {"levels": ["yes"] * 6}],
)
def test_a_verdict_that_was_touched_up_is_found(change):
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    assert red() == set()
    PersonStanding.objects.update(**change)
    assert red() == {"honest_cache"}


@pytest.mark.parametrize(
    "change", [{"primary_person": None}, {"rejudge_at": None}, {"state": "[{},true,[],{},{},0,null]"}]
)
def test_a_standing_of_an_account_that_was_touched_up_is_found(change):
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Answered(person=ann.pk, item="need", level="yes", source="rep"))
    AccountStanding.objects.update(**change)
    assert red() == {"honest_cache"}


def test_what_is_remembered_of_a_person_and_was_touched_up_is_found(lived):
    bob = PersonStanding.objects.exclude(person=lived).get()
    with recording(bob.account, at=MONDAY + timedelta(days=2)):
        pass
    judge_due(at=MONDAY + timedelta(days=2))
    assert red() == set()
    state = PersonStanding.objects.get(person=lived).state
    PersonStanding.objects.filter(person=lived).update(state=state.replace('"roi_case"', '"demo"'))
    assert red() == {"honest_cache"}


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE leads_fact SET value = 'no' WHERE kind = 'answered'",
        "UPDATE leads_fact SET happened_at = happened_at - interval '1 minute' WHERE kind = 'answered'",
        "UPDATE leads_fact SET by_id = 1 WHERE kind = 'response'",
        "UPDATE leads_fact SET claimed = true WHERE kind = 'handoff'",
        "UPDATE leads_fact SET person_id = NULL WHERE kind = 'handoff'",
        "UPDATE leads_fact SET digest = '\\x00' WHERE kind = 'answered'",
        "DELETE FROM leads_fact WHERE kind = 'answered'",
        "DELETE FROM leads_fact WHERE id = (SELECT max(id) FROM leads_fact)",
        "DELETE FROM leads_fact WHERE account_id = (SELECT min(account_id) FROM leads_fact)",
        "INSERT INTO leads_fact (account_id, kind, happened_at, known_at, recorded_at, digest) "
        "SELECT account_id, 'met', happened_at, known_at, recorded_at, digest FROM leads_fact LIMIT 1",
    ],
)
def test_a_fact_that_a_superuser_changed_with_the_trigger_switched_off_is_found(lived, tamper):
    with as_superuser() as cursor:
        cursor.execute(tamper)
        assert cursor.rowcount
    assert "fact_chain" in red()


def test_a_fact_that_was_changed_together_with_its_own_digest_is_found_by_the_next_one(lived):
    first, second = FactRow.objects.filter(account=lived.account).order_by("id").values(*STORED, "id")[:2]
    first["code"] = "price_list"
    digest = chained(b"", [first[name] for name in STORED])
    with as_superuser() as cursor:
        cursor.execute(
            "UPDATE leads_fact SET code = 'price_list', digest = %s WHERE id = %s", [digest, first["id"]]
        )
    (check,) = [one for one in checking.all_checks() if one.name == "fact_chain"]
    assert check.examples == [f"fact {second['id']} of account {lived.account_id} is not what was recorded"]


def test_facts_without_a_head_are_found(lived):
    FactHead.objects.all().delete()
    assert "fact_chain" in red()


def test_a_standing_that_was_thrown_away_is_found(lived):
    AccountStanding.objects.filter(pk=lived.account_id).delete()
    assert red() == {"honest_cache"}


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE leads_auditentry SET detail = 'nothing' WHERE verb = 'hand off'",
        "UPDATE leads_auditentry SET by_id = NULL WHERE verb = 'hand off'",
        "DELETE FROM leads_auditentry WHERE verb = 'hand off'",
        "DELETE FROM leads_auditentry WHERE id = (SELECT max(id) FROM leads_auditentry)",
        "DELETE FROM leads_auditentry",
    ],
)
def test_an_audit_trail_that_was_tampered_with_is_found(lived, tamper):
    with as_superuser() as cursor:
        cursor.execute(tamper)
        assert cursor.rowcount
    assert red() == {"audit_chain"}


def test_triggers_keep_others_from_tampering(lived):
    for table in ("leads_fact", "leads_auditentry", "leads_stagechange", "leads_signature"):
        for verb in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1000"):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                run(verb)


def test_a_definition_whose_text_was_changed_after_signing_is_found(lived):
    with as_superuser() as cursor:
        cursor.execute("""UPDATE leads_definition SET document = jsonb_set(document, '{score,asked}', '5')""")
    assert "signatures" in red()


def test_a_signature_on_another_text_is_found(lived):
    with as_superuser() as cursor:
        cursor.execute("UPDATE leads_signature SET hash = repeat('0', 64) WHERE side = 'sales'")
    assert red() == {"signatures", "leads_signed"}


def test_a_lead_under_a_definition_that_nobody_signed_is_found(lived):
    draft = Definition.draft({**LOW, "name": "A draft"}, by=carol())
    Lead.objects.update(definition=draft)
    assert red() == {"leads_signed", "lead_verdicts"}


def test_an_import_whose_outcomes_do_not_add_up_is_found():
    run = Import.objects.create(
        kind="people", file_name="people.csv", state="done", rows=10, created=6, updated=1, merged=1, unchanged=1,
        rejected=1, started_at=MONDAY,
    )  # fmt: skip
    ImportRow.objects.create(run=run, line=3, raw=[], outcome="rejected", reason="no address")
    assert red() == set()
    Import.objects.update(created=5)
    (check,) = [one for one in checking.all_checks() if not one.ok]
    assert check.name == "import_sums"
    assert check.examples == [f"import {run.pk} of people.csv: 10 rows, and outcomes of 9"]


def test_an_import_that_lost_a_rejected_row_is_found():
    run = Import.objects.create(
        kind="people", file_name="p.csv", state="done", rows=2, rejected=2, started_at=MONDAY
    )
    ImportRow.objects.create(run=run, line=3, raw=[], outcome="rejected", reason="no address")
    assert red() == {"import_sums"}


def test_an_arrival_that_got_lost_is_found():
    arrival = Arrival.objects.create(door="form", body={}, body_digest=EMPTY, state="done", reason="a test")
    assert red() == set()
    Arrival.objects.filter(pk=arrival.pk).update(reason="")
    assert red() == {"arrivals"}


def test_an_arrival_that_nobody_takes_up_for_a_day_is_found():
    arrival = Arrival.objects.create(door="form", body={}, body_digest=EMPTY)
    assert red() == set()
    Arrival.objects.filter(pk=arrival.pk).update(received_at=MONDAY - timedelta(days=999))
    assert red() == {"arrivals"}


def test_a_cycle_whose_stage_was_changed_past_the_ledger_is_found(lived):
    Cycle.objects.filter(person=lived).update(stage="opportunity")
    assert red() == {"cycles"}


def test_a_cycle_that_vanished_is_found(lived):
    with transaction.atomic():
        with as_superuser() as cursor:
            cursor.execute("DELETE FROM leads_cycle WHERE stage = 'new'")
        assert red() == {"cycles", "references"}
        transaction.set_rollback(True)


def test_a_gap_in_the_ledger_of_moves_is_found(lived):
    with as_superuser() as cursor:
        cursor.execute("DELETE FROM leads_stagechange WHERE after = 'handed_off'")
    assert red() == {"cycles"}
    assert StageChange.objects.count() == 4


def test_marketing_mail_to_somebody_who_had_said_no_is_found():
    Suppression.objects.create(address_hash=address_hash("ann@acme.example"), reason="opted out", at=MONDAY)
    mail = Message.objects.create(
        kind="marketing", address="Ann@acme.example ", subject="A tip", body="…", message_id="<1@x>", state="sent",
        send_at=MONDAY, sent_at=MONDAY - timedelta(minutes=1), created_at=MONDAY, handed_at=MONDAY,
    )  # fmt: skip
    assert red() == set()
    with as_superuser() as cursor:
        cursor.execute("UPDATE leads_message SET sent_at = %s", [MONDAY + timedelta(minutes=1)])
    assert red() == {"suppression"}
    Suppression.objects.update(lifted_at=MONDAY)
    assert red() == set()
    assert mail.pk


@pytest.fixture
def firm(lived, tmp_path):
    """The small firm, with an imported inquiry and a deal that was won, an arrival and a mail that went out."""
    inquiries, deals = tmp_path / "inquiries.csv", tmp_path / "deals.csv"
    inquiries.write_text("external_id,email,captured_at\ni1,cora@initech.example,2025-01-02\n")
    deals.write_text("external_id,inquiry,closed_on,amount,won\nd1,i1,2025-03-04,1000,true\n")
    for path, kind in ((inquiries, "inquiries"), (deals, "opportunities")):
        columns = {name: name for name in path.read_text().splitlines()[0].split(",")}
        run_import(path, kind=kind, mapping=parse_mapping({"as": kind, "system": "x", "columns": columns}))
    judge_due()
    Arrival.objects.create(door="form", body={}, body_digest=EMPTY, state="done", reason="a test")
    Message.objects.create(
        kind="service", address="ann@acme.example", subject="A tip", body="…", message_id="<1@x>", state="sent",
        send_at=MONDAY, sent_at=MONDAY, created_at=MONDAY, handed_at=MONDAY,
    )  # fmt: skip
    summary()


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE leads_personstanding SET order_key = 1", "honest_cache"),
        ("UPDATE leads_personstanding SET judged_at = judged_at - interval '1 day'", "honest_cache"),
        ("DELETE FROM leads_account WHERE name = 'Acme'", "honest_cache"),
        ("DELETE FROM leads_account WHERE name = 'Acme'", "references"),
        ("DELETE FROM leads_lead", "references"),
        ("DELETE FROM leads_import", "references"),
        ("DELETE FROM leads_fact WHERE inquiry_id IS NOT NULL", "records"),
        ("UPDATE leads_inquiry SET valid = false", "records"),
        ("UPDATE leads_inquiry SET voided_at = now()", "records"),
        ("DELETE FROM leads_inquiry", "records"),
        ("UPDATE leads_opportunity SET outcome = 'lost'", "records"),
        ("UPDATE leads_opportunity SET amount_cents = 1", "records"),
        ("UPDATE leads_handoff SET response = 'rejected'", "records"),
        ("DELETE FROM leads_handoff", "records"),
        ("UPDATE leads_lead SET closed_at = now()", "records"),
        ("UPDATE leads_definition SET in_force_from = in_force_from - interval '1 year'", "signatures"),
        ("UPDATE leads_account SET merged_into_id = id - 1 WHERE name = 'Globex'", "records"),
        ("WITH gone AS (DELETE FROM leads_auditentry) DELETE FROM leads_audithead", "audit_chain"),
        ("UPDATE leads_import SET rows = rows + 1, created = created + 1", "import_sums"),
        ("UPDATE leads_import SET merged = created, created = merged", "import_sums"),
        ("DELETE FROM leads_importrow", "import_sums"),
        ("UPDATE leads_arrival SET body = '{\"a\": 1}'", "arrivals"),
        ("UPDATE leads_cycle SET stage_at = stage_at - interval '1 day'", "cycles"),
        ("UPDATE leads_message SET state = 'queued'", "outbox"),
        ("UPDATE leads_message SET sent_at = NULL", "outbox"),
    ],
)
def test_whatever_was_changed_behind_our_back_is_told_with_what_to_do(firm, statement, name):
    assert red() == set()
    with transaction.atomic():
        with as_superuser() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount
        wrong = {check.name: check for check in checking.all_checks() if not check.ok}
        assert name in wrong
        assert all(check.examples and check.way_out for check in wrong.values())
        transaction.set_rollback(True)


def test_check_says_how_many_accounts_wait():
    signed(LOW)
    ann = prospect("Ann", account("Acme"))
    with recording(ann.account, at=MONDAY) as history:
        history.append(facts.Met(person=ann.pk))
    AccountStanding.objects.update(dirty=True)
    check = checking.honest_cache()
    assert (check.ok, check.looked_at, check.note) == (
        True,
        0,
        "1 accounts wait to be folded again and were left out",
    )
    assert AuditEntry.objects.exists()
