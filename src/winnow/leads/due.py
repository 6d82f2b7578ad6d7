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


_reached = {"definition": (0, 0), "account": 0}
"""How far this process has come with folding everything again: where a million wait, the search for the next batch
doesn't begin with all those that are done."""


def _to_fold(definition: Definition, limit: int) -> list[int]:
    """The next accounts to be folded again, locked: first those that are marked, then those of another definition or
    version of the policy in the order of their numbers, from where this process was and once more from the start."""
    under = {"definition": definition.pk, "version": VERSION, "limit": limit}
    if _reached["definition"] != (definition.pk, VERSION):
        _reached.update(definition=(definition.pk, VERSION), account=0)
    with connection.cursor() as cursor:
        if marked := _locked(cursor, "s.dirty", under):
            return marked
        cursor.execute(f"SELECT {' OR '.join(f'EXISTS ({_OTHERS} WHERE {other})' for other in _OTHER)}", under)
        if not cursor.fetchone()[0]:
            return []
        other = """s.account_id > %(after)s
            AND (s.definition_id IS DISTINCT FROM %(definition)s OR s.policy_version <> %(version)s)"""
        for after in dict.fromkeys((_reached["account"], 0)):
            found = _locked(cursor, other, {**under, "after": after})
            _reached["account"] = found[-1] if found else 0
            if found:
                return found
        # What was merged away is folded with what it is now: its own row stands for nothing and isn't looked for again.
        cursor.execute(
            """UPDATE leads_accountstanding s SET definition_id = %(definition)s, policy_version = %(version)s
               FROM leads_account a WHERE a.id = s.account_id AND a.merged_into_id IS NOT NULL
                 AND (s.definition_id IS DISTINCT FROM %(definition)s OR s.policy_version <> %(version)s)""",
            under,
        )
    return []


_OTHERS = "SELECT 1 FROM leads_accountstanding"
_OTHER = (  # each a range of the index of definition and version: the loop asks twice a second, also when nothing waits
    "definition_id < %(definition)s", "definition_id > %(definition)s", "definition_id IS NULL",
    "definition_id = %(definition)s AND policy_version < %(version)s",
    "definition_id = %(definition)s AND policy_version > %(version)s",
)  # fmt: skip


def _locked(cursor, where: str, values: dict) -> list[int]:
    cursor.execute(
        f"""SELECT a.id FROM leads_accountstanding s JOIN leads_account a ON a.id = s.account_id
            WHERE {where} AND a.merged_into_id IS NULL
            ORDER BY s.account_id LIMIT %(limit)s FOR NO KEY UPDATE OF a SKIP LOCKED""",
        values,
    )
    return [row[0] for row in cursor.fetchall()]


def _refold(limit: int, at: datetime) -> int:
    definition = Definition.in_force()
    if definition is None:
        return 0
    with transaction.atomic():
        accounts = _to_fold(definition, limit)
        if not accounts:
            return 0
        with_lead = set(
            Lead.objects.filter(account__in=accounts, closed_at=None).values_list("account_id", flat=True)
        )
        for verdict in refold_many(definition, accounts, at):
            if verdict.ready or verdict.account in with_lead:
                Lead.follow(Account.objects.get(pk=verdict.account), verdict, definition, VERSION, at)
    return len(accounts)
