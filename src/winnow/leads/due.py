"""What time alone brings: verdicts that are due, standings to be folded again. One loop, batches, SKIP LOCKED."""

from datetime import datetime

from django.db import connection, transaction

from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.lead import Lead
from winnow.leads.record import recording, refold_many
from winnow.policy import VERSION

BATCH = 200


def judge_due(limit: int = BATCH, at: datetime | None = None) -> int:
    """Judge the accounts whose verdict is due, fold again those that are dirty or of another definition.

    Returns how many accounts were done; 0 when nothing is due. `at` stands in for the clock.
    """
    at = at or now()
    return _rejudge(limit, at) + _refold(limit, at)


def _rejudge(limit: int, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.account_id FROM leads_accountstanding s JOIN leads_account a ON a.id = s.account_id
               WHERE s.rejudge_at <= %s AND NOT s.dirty AND a.merged_into_id IS NULL
               ORDER BY s.rejudge_at LIMIT %s""",
            [at, limit],
        )
        due = [row[0] for row in cursor.fetchall()]
    for number in due:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM leads_account WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [number]
                )
                if cursor.fetchone() is None:
                    continue
            with recording(Account.objects.get(pk=number), at=at):
                pass  # catches up with the moments that were due and judges now
    return len(due)


def _refold(limit: int, at: datetime) -> int:
    definition = Definition.in_force()
    if definition is None:
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT a.id FROM leads_accountstanding s JOIN leads_account a ON a.id = s.account_id
                   WHERE (s.dirty OR s.definition_id IS DISTINCT FROM %s OR s.policy_version <> %s)
                     AND a.merged_into_id IS NULL
                   ORDER BY s.account_id LIMIT %s FOR NO KEY UPDATE OF a SKIP LOCKED""",
                [definition.pk, VERSION, limit],
            )
            accounts = [row[0] for row in cursor.fetchall()]
        if not accounts:
            return 0
        with_lead = set(
            Lead.objects.filter(account__in=accounts, closed_at=None).values_list("account_id", flat=True)
        )
        for verdict in refold_many(definition, accounts, at):
            if verdict.ready or verdict.account in with_lead:
                Lead.follow(Account.objects.get(pk=verdict.account), verdict, definition, VERSION, at)
    return len(accounts)
