"""Keeps the shadow up to date: accounts with new facts, those whose verdict is due, those whose standing has changed.

In the background and in batches; recording a fact knows nothing of it and costs nothing more.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from winnow.leads import arrays
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.fact import minute, moment
from winnow.leads.record import refolded
from winnow.leads.shadow import Shadow, ShadowStanding
from winnow.leads.standing import AccountStanding, PersonStanding
from winnow.policy.explain import unmet_words
from winnow.policy.judge import Verdict, judge, readiness
from winnow.policy.state import AccountState
from winnow.policy.turns import Hope

BATCH = 200
FOLLOW_EVERY = timedelta(seconds=5)
"""While a long transaction runs, what came beside it is looked at again each time: so not all the time."""
COMPARE_EVERY = timedelta(minutes=1)
WHY_MOST = 6


def follow_due(limit: int = BATCH) -> int:
    """Judge up to `limit` accounts under the draft that runs beside; how many were. 0 when nothing is due."""
    shadow = Shadow.running()
    if shadow is None:
        return 0
    in_force = Definition.in_force()
    if in_force is None or in_force.pk == shadow.definition_id or shadow.definition.withdrawn_at:
        shadow.end()
        return 0
    return _sweep(shadow, limit) or _follow(shadow, limit) or _compare(shadow, limit)


def _column(sql: str, values: list) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _oldest() -> int:
    """Every transaction before this one has ended."""
    return _column("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint", [])[0]


def _sweep(shadow: Shadow, limit: int) -> int:
    """The first look: all accounts with facts, in the order of their numbers."""
    if shadow.swept_at is not None:
        return 0
    oldest = _oldest()
    accounts = _column(
        "SELECT account_id FROM leads_facthead WHERE account_id > %s ORDER BY account_id LIMIT %s",
        [shadow.swept_to, limit],
    )
    beginning = {"transaction": oldest} if not shadow.transaction else {}
    with transaction.atomic():
        _judge(shadow, accounts, now())
        done = {"swept_to": accounts[-1]} if accounts else {"swept_at": now()}
        Shadow.objects.filter(pk=shadow.pk).update(**done, **beginning)
    return len(accounts)


def _follow(shadow: Shadow, limit: int) -> int:
    """Accounts with facts that are newer than what was judged, and those that are due by the clock."""
    oldest, at = _oldest(), now()
    if shadow.followed_at is not None and at - shadow.followed_at < FOLLOW_EVERY:
        return 0
    fresh = _column(
        """SELECT DISTINCT f.account_id FROM leads_fact f WHERE f.xact >= %s AND NOT EXISTS (
             SELECT 1 FROM leads_shadowstanding s JOIN leads_facthead h ON h.account_id = s.account_id
             WHERE s.shadow_id = %s AND s.account_id = f.account_id AND s.facts = h.facts)""",
        [shadow.transaction, shadow.pk],
    )
    due = _column(
        "SELECT account_id FROM leads_shadowstanding WHERE shadow_id = %s AND rejudge_at <= %s LIMIT %s",
        [shadow.pk, at, limit],
    )
    accounts = sorted({*fresh, *due})
    with transaction.atomic():
        for first in range(0, len(accounts), limit):
            _judge(shadow, accounts[first : first + limit], at)
        Shadow.objects.filter(pk=shadow.pk).update(transaction=oldest, followed_at=at)
    return len(accounts)


def _compare(shadow: Shadow, limit: int) -> int:
    """Accounts that time, or another hand, has turned under the version in force."""
    at = now()
    if shadow.compared_at is not None and at - shadow.compared_at < COMPARE_EVERY:
        return 0
    turned = _column(
        """SELECT a.account_id FROM leads_accountstanding a
           LEFT JOIN leads_shadowstanding s ON s.account_id = a.account_id AND s.shadow_id = %s
           WHERE NOT a.dirty AND (a.primary_person_id IS NOT NULL) <> COALESCE(s.in_force, false) LIMIT %s""",
        [shadow.pk, limit],
    )
    with transaction.atomic():
        _judge(shadow, turned, at)
        if len(turned) < limit:
            Shadow.objects.filter(pk=shadow.pk).update(compared_at=at)
    return len(turned)


def _judge(shadow: Shadow, accounts: list[int], at: datetime) -> None:
    """Fold these accounts under the draft and keep what is ready, may be, or is ready in force."""
    if not accounts:
        return
    definition = shadow.definition
    hope = Hope(definition.policy)
    in_force = dict(
        AccountStanding.objects.filter(account__in=accounts, account__merged_into=None)
        .values_list("account_id", "primary_person_id")
    )  # fmt: skip
    heads = dict(_pairs("SELECT account_id, facts FROM leads_facthead WHERE account_id = ANY(%s)", accounts))
    before = {one.account_id: one for one in ShadowStanding.objects.filter(shadow=shadow, account__in=accounts)}
    gone = []
    for number, fold in refolded(definition, accounts):
        primary = in_force.get(number)
        state = fold.accounts.get(number) or AccountState()
        left = number in in_force and hope.left(fold, state, minute(at))
        found = readiness(fold, number, minute(at)) if left else None
        person = found.person if found else None
        if number not in in_force or (not left and primary is None):
            gone.append(number)
            continue
        differs = (person is not None) != (primary is not None)
        kept = before.get(number)
        why: list[str] = []
        if differs and person is None:
            verdict = judge(fold, number, primary, minute(at))
            why = [text for _, text in unmet_words(definition.policy, verdict)]
        elif differs:
            why = _why_not_in_force(number, person)
        since = (kept.differs_since if kept else None) or at if differs else None
        due = found.rejudge_at if found else None
        ShadowStanding.objects.update_or_create(
            shadow=shadow, account_id=number,
            defaults={
                "person_id": person or primary, "ready": person is not None, "in_force": primary is not None,
                "differs_since": since, "why": [text[:200] for text in why[:WHY_MOST]],
                "rejudge_at": None if due is None else moment(due), "facts": heads.get(number, 0),
            },
        )  # fmt: skip
    ShadowStanding.objects.filter(shadow=shadow, account__in=gone).delete()


def _pairs(sql: str, accounts: list[int]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [arrays.numbers(accounts)])
        return cursor.fetchall()


def _why_not_in_force(account: int, person: int) -> list[str]:
    """What the stored standing of somebody lacks under the version in force, in words."""
    standing = PersonStanding.objects.filter(person=person).first()
    definition = Definition.in_force()
    if standing is None or definition is None or standing.judged_at is None:
        return ["not judged yet under the version in force"]
    verdict = Verdict(
        account, person, minute(standing.judged_at), standing.milli, standing.grade, tuple(standing.levels),
        tuple(standing.unmet), None,
    )  # fmt: skip
    return [text for _, text in unmet_words(definition.policy, verdict)]


def disagreements(shadow: Shadow):
    """Accounts that only one side takes for ready now, the newest disagreement first."""
    found = ShadowStanding.objects.filter(shadow=shadow, differs_since__isnull=False)
    return found.select_related("account", "person").order_by(F("differs_since").desc(), "pk")
