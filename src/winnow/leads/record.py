"""The only door for facts. Recording locks the account, folds, judges on the way out and stores the standing.

`recording` is for one account and what a person or program does now; `record_in_bulk` is for imports, which mark the
standings dirty and leave the judging to the due loop. Both extend the account's chain of digests.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.apps import apps
from django.db import connection, transaction

from winnow.leads import arrays, copying
from winnow.leads.chain import chained, written
from winnow.leads.clock import now
from winnow.leads.copying import copy_in, copy_lines
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.fact import FIELDS, READ, fact_of, minute, moment, typed_values
from winnow.leads.standing import MANY, save_rows, standing_rows
from winnow.policy import VERSION
from winnow.policy import facts as policy
from winnow.policy.fold import Fold
from winnow.policy.judge import AccountVerdict, Verdict, judge, judge_account
from winnow.policy.replay import refold
from winnow.policy.state import AccountState, PersonState

TANGLING = ("moved_account", "merged", "unmerged")
STORED = (
    "account_id", "person_id", "kind", "happened_at", "known_at", "recorded_at", *FIELDS, "inquiry_id", "campaign_id",
    "by_id", "claimed",
)
"""Columns that a fact row is written with, in the order of its digest."""

_INSERT = (
    f"INSERT INTO leads_fact ({', '.join(STORED)}, digest) "
    f"VALUES ({', '.join(['%s'] * (len(STORED) + 1))}) RETURNING id"
)


class Recording:
    """One account, locked. `append` records a fact; `verdict` is what the definition in force says right now."""

    def __init__(self, account, at: datetime, by):
        self.account, self.at, self.by = account, at, by
        self.facts: list[policy.Fact] = []
        self.structural = False
        self.elsewhere: set[int] = set()
        self._touched: set[int] = set()
        self._load()

    # -- loading ------------------------------------------------------------------------------------------------
    def _load(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT d.id, d.hash, s.definition_id, s.policy_version, s.state, s.dirty, s.rejudge_at,
                          h.digest, h.facts, h.recorded_at,
                          EXISTS (SELECT 1 FROM leads_lead l WHERE l.account_id = a.id AND l.closed_at IS NULL)
                   FROM leads_account a
                   LEFT JOIN leads_accountstanding s ON s.account_id = a.id
                   LEFT JOIN leads_facthead h ON h.account_id = a.id
                   LEFT JOIN LATERAL (SELECT id, hash, withdrawn_at FROM leads_definition
                        WHERE in_force_from IS NOT NULL ORDER BY in_force_from DESC, id DESC LIMIT 1) d
                     ON d.withdrawn_at IS NULL
                   WHERE a.id = %s""",
                [self.account.pk],
            )
            found = cursor.fetchone()
        definition_id, _hash, folded_under, version, state, dirty, rejudge_at, digest, count, recorded_at = found[:10]
        self.has_lead = found[10]
        self.digest, self.count = bytes(digest or b""), count or 0
        # The order of ids is the order of recording: a clock that went back may not say otherwise.
        if recorded_at is not None and recorded_at > self.at:
            self.at = recorded_at
        self.definition = _definition(definition_id)
        self.rejudge_at = rejudge_at
        self.fold: Fold | None = None
        if self.definition is None:
            return
        fresh = folded_under == definition_id and version == VERSION and not dirty and state
        if fresh:
            self.fold = Fold(self.definition.policy)
            self.fold.accounts[self.account.pk] = AccountState.from_json(json.loads(state))
            self._need([entry[0] for entry in self.fold.accounts[self.account.pk].front])
        elif self.count or dirty:  # dirty without facts of its own: somebody moved in with a past
            self.fold = refold_account(self.definition, self.account.pk)
            self._touched |= {who for who, home in self.fold.homes.items() if home == self.account.pk}
        else:
            self.fold = Fold(self.definition.policy)

    def _need(self, people: Iterable[int]) -> None:
        """Load the states of these people that are not here yet."""
        missing = [who for who in people if who not in self.fold.people]
        if not missing:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT person_id, account_id, state FROM leads_personstanding WHERE person_id = ANY(%s)", [missing]
            )
            for who, home, state in cursor.fetchall():
                self.fold.people[who] = PersonState.from_json(json.loads(state)) if state else PersonState()
                self.fold.homes[who] = home

    # -- what callers use ---------------------------------------------------------------------------------------
    def append(self, fact: policy.Fact, *, happened=None, inquiry_id=None, campaign_id=None) -> int:
        """Record one fact of this account, now; `happened` when it took place earlier. Returns the fact's id."""
        happened = happened or self.at
        if happened > self.at:
            raise Refusal(f"A {fact.kind} of {happened:%-d %B %Y %H:%M} lies in the future; check the date.")
        times = (happened, self.at, self.at)
        row = _row(self.account.pk, fact, times, inquiry_id, campaign_id, getattr(self.by, "pk", None), False)
        self.digest = chained(self.digest, row)
        self.count += 1
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [*row, self.digest])
            number = cursor.fetchone()[0]
        stored = _timed(fact, number, self.account.pk, happened, self.at, self.at)
        self.facts.append(stored)
        if fact.kind in policy.STRUCTURAL:
            self.structural = True
            self.elsewhere |= _bears_on(fact)
        elif self.fold is not None:
            if fact.person is not None:
                self._need([fact.person])
                self.fold.homes.setdefault(fact.person, self.account.pk)
                self._touched.add(fact.person)
            self.fold.take(stored)
        return number

    @property
    def verdict(self) -> AccountVerdict | None:
        """The account's verdict now; None without a definition in force."""
        if self.fold is None:
            return None
        return judge_account(self.fold, self.account.pk, minute(self.at))

    def verdict_on(self, person: int) -> Verdict | None:
        """The verdict on one person now; None without a definition in force."""
        if self.fold is None:
            return None
        self._need([person])
        return judge(self.fold, self.account.pk, person, minute(self.at))

    # -- on the way out -----------------------------------------------------------------------------------------
    def catch_up(self) -> None:
        """Judge at the moments that were due before now: a late loop stamps the grid time, not its own."""
        if self.fold is None or self.rejudge_at is None:
            return
        for _ in range(1000):
            if self.rejudge_at is None or self.rejudge_at > self.at:
                return
            verdict = judge_account(self.fold, self.account.pk, minute(self.rejudge_at))
            self._follow(verdict, self.rejudge_at)
            self.rejudge_at = None if verdict.rejudge_at is None else moment(verdict.rejudge_at)

    def _follow(self, verdict: AccountVerdict, at: datetime) -> None:
        if self.has_lead or verdict.ready:
            apps.get_model("leads", "Lead").follow(self.account, verdict, self.definition, VERSION, at)
            self.has_lead = True

    def close(self) -> None:
        """Store the head of the chain, fold, judge, and keep what is remembered."""
        if self.facts:
            with connection.cursor() as cursor:
                cursor.execute(_HEAD, [self.account.pk, self.digest, self.count, self.at])
        if self.structural and self.definition is not None:
            self.fold = refold_account(self.definition, self.account.pk)
            self._touched |= {who for who, home in self.fold.homes.items() if home == self.account.pk}
        if self.elsewhere:
            mark_dirty(self.elsewhere - {self.account.pk})
        if self.fold is None:
            mark_dirty([self.account.pk])
            return
        at = minute(self.at)
        verdict = judge_account(self.fold, self.account.pk, at)
        row, people = standing_rows(self.definition, self.fold, verdict, self._touched, self.at)
        save_rows([row], people)
        self._follow(verdict, self.at)


@contextmanager
def recording(account, *, at: datetime | None = None, by=None) -> Iterator[Recording]:
    """Lock the account, let the caller record, then judge and store: one transaction.

    A merged account is followed to what it is now. `at` is the server's time of recording (default now).
    """
    with transaction.atomic():
        account = account.now_is()
        with connection.cursor() as cursor:
            cursor.execute("SELECT merged_into_id FROM leads_account WHERE id = %s FOR NO KEY UPDATE", [account.pk])
            merged = cursor.fetchone()
        if merged is not None and merged[0] is not None:  # merged between our look and our lock
            account.refresh_from_db()
            with recording(account, at=at, by=by) as inner:
                yield inner
            return
        history = Recording(account, at or now(), by)
        history.catch_up()
        yield history
        history.close()


# -- bulk -----------------------------------------------------------------------------------------------------------
def record_in_bulk(
    rows: list[tuple], *, at: datetime, by=None, claimed: bool = False, known: dict | None = None
) -> int:
    """Record many facts at once. Each row is (fact, happened datetime, known datetime, inquiry id, campaign id), with
    `fact.account` set; where two more follow, (…, account, person), they say whose it is, and many may share a fact.
    Locks the accounts, extends their chains, marks them dirty. Returns how many. The caller holds a transaction;
    `known` is what `lock_chains` gave, where the caller has locked the accounts before.
    """
    if not rows:
        return 0
    accounts = {row[5] if len(row) > 5 else row[0].account for row in rows}
    if known is None:
        known = lock_chains(accounts)
    heads: dict[int, tuple[bytes, int]] = {number: known.get(number, (b"", 0)) for number in accounts}
    known = {number: known[number] for number in accounts & known.keys()}
    lines = list(written(rows, heads, at, getattr(by, "pk", None), claimed))
    mark_dirty(accounts)
    _keep_heads(heads, known, at)
    copy_lines("leads_fact", (*STORED, "digest"), lines)
    return len(rows)


def lock_chains(accounts: Iterable[int]) -> dict[int, tuple[bytes, int]]:
    """Lock these accounts in the order of their ids, until the transaction ends: the heads of their chains, by id."""
    with connection.cursor() as cursor:
        them = [arrays.numbers(sorted(set(accounts)))]
        cursor.execute("SELECT id FROM leads_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", them)
        cursor.execute("SELECT account_id, digest, facts FROM leads_facthead WHERE account_id = ANY(%s)", them)
        return {number: (bytes(digest), count) for number, digest, count in cursor.fetchall()}


def _keep_heads(heads: dict[int, tuple[bytes, int]], known: dict, at: datetime) -> None:
    """Write the new heads: those of accounts that had none are simply there, since the account is locked."""
    if known:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE leads_facthead h SET digest = decode(n.digest, 'hex'), facts = n.facts,
                     recorded_at = GREATEST(h.recorded_at, %s)
                   FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS n(id, digest, facts)
                   WHERE h.account_id = n.id""",
                [
                    at, arrays.numbers(known), arrays.texts(heads[number][0].hex() for number in known),
                    arrays.numbers(heads[number][1] for number in known),
                ],
            )
    if first := {number: head for number, head in heads.items() if number not in known}:
        copy_in("leads_facthead", {
            "account_id": list(map(str, first)), "digest": [f"\\\\x{digest.hex()}" for digest, _ in first.values()],
            "facts": [str(count) for _, count in first.values()], "recorded_at": copying.constant(at),
        })



def _row(account: int, fact: policy.Fact, times: tuple, inquiry_id, campaign_id, by_id, claimed: bool) -> tuple:
    """The stored values of a fact in the order of STORED; `times` are happened, known, recorded."""
    return (
        account, fact.person, fact.kind, *times, *typed_values(fact), inquiry_id, campaign_id, by_id, claimed,
    )


def _timed(fact: policy.Fact, number: int, account: int, happened, known, recorded) -> policy.Fact:
    import dataclasses

    return dataclasses.replace(
        fact, id=number, account=account, happened=minute(happened), known=minute(known), recorded=minute(recorded)
    )


_HEAD = """INSERT INTO leads_facthead (account_id, digest, facts, recorded_at) VALUES (%s, %s, %s, %s)
           ON CONFLICT (account_id) DO UPDATE SET digest = excluded.digest, facts = excluded.facts,
             recorded_at = excluded.recorded_at"""


def _bears_on(fact: policy.Fact) -> set[int]:
    """The accounts that a structural fact changes: where somebody moved to, where what it takes back was recorded."""
    if isinstance(fact, policy.MovedAccount):
        return {fact.to}
    if isinstance(fact, policy.Withdrawn):
        condition, values = "id = %s", [fact.fact]
    elif isinstance(fact, policy.Unmerged):
        condition = "kind = 'merged' AND other_id = %s AND person_id IS NOT DISTINCT FROM %s"
        values = [fact.other, fact.person]
    else:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT account_id FROM leads_fact WHERE {condition}", values)
        return {row[0] for row in cursor.fetchall()}


def mark_dirty(accounts: Iterable[int]) -> None:
    """Ask for these accounts, as they are now, to be folded again from their facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE up(id, into_id) AS (
                 SELECT id, merged_into_id FROM leads_account WHERE id = ANY(%s)
                 UNION SELECT a.id, a.merged_into_id FROM leads_account a JOIN up ON a.id = up.into_id)
               INSERT INTO leads_accountstanding (account_id, policy_version, state, dirty)
               SELECT id, 0, '', true FROM up WHERE into_id IS NULL ORDER BY id
               ON CONFLICT (account_id) DO UPDATE SET dirty = true WHERE NOT leads_accountstanding.dirty""",
            [arrays.numbers(sorted(set(accounts)))],
        )


# -- histories -------------------------------------------------------------------------------------------------------
_HISTORY = f"""
    WITH RECURSIVE mine(id) AS (
        SELECT unnest(%(accounts)s::bigint[])
        UNION SELECT a.id FROM leads_account a JOIN mine m ON a.merged_into_id = m.id
    ), movers(id) AS (
        SELECT person_id FROM leads_fact WHERE kind = 'moved_account' AND other_id = ANY(ARRAY(SELECT id FROM mine))
        UNION SELECT g.other_id FROM leads_fact g JOIN movers v ON g.person_id = v.id WHERE g.kind = 'merged'
    ), own(id, kind, person_id, other_id) AS (
        SELECT id, kind, person_id, other_id FROM leads_fact WHERE account_id = ANY(ARRAY(SELECT id FROM mine))
        UNION
        SELECT id, kind, person_id, other_id FROM leads_fact WHERE person_id = ANY(ARRAY(SELECT id FROM movers))
    )
    SELECT {', '.join('f.' + column for column in READ)} FROM leads_fact f
    WHERE f.id = ANY(ARRAY(
        SELECT id FROM own
        UNION SELECT w.id FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = ANY(ARRAY(SELECT id FROM own))
        UNION SELECT u.id FROM leads_fact u JOIN own o ON o.kind = 'merged' AND o.other_id = u.other_id
            AND o.person_id IS NOT DISTINCT FROM u.person_id
        WHERE u.kind = 'unmerged' AND u.other_id = ANY(ARRAY(SELECT other_id FROM own WHERE kind = 'merged'))))
    ORDER BY f.id"""
"""Arrays and not joins: the planner can't know how few accounts and people a recursion finds, and would rather read the
whole table once than a few rows by their index."""


def history_of(account: int) -> list[policy.Fact]:
    """All facts that bear on the account, in recorded order: its own, those of accounts merged into it, the past of
    people who moved to it, and what took any of these back elsewhere after somebody had moved away."""
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"accounts": [account]})
        return [fact_of(row) for row in cursor.fetchall()]


def refold_account(definition: Definition, account: int, trace: list | None = None) -> Fold:
    """The fold over the account's whole history."""
    return refold(definition.policy, history_of(account), trace)


def _histories(accounts: list[int]) -> tuple[dict[int, list[policy.Fact]], set[int]]:
    """The accounts' own facts, and the accounts on which facts of elsewhere bear, so that their own are not enough."""
    them = [arrays.numbers(accounts)]
    histories: dict[int, list[policy.Fact]] = defaultdict(list)
    tangled = set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(READ)} FROM leads_fact WHERE account_id = ANY(%s) ORDER BY id", them)
        for row in cursor.fetchall():
            fact = fact_of(row)
            histories[fact.account].append(fact)
            if fact.kind in TANGLING:
                tangled.add(fact.account)
        cursor.execute(
            """SELECT other_id FROM leads_fact
               WHERE kind IN ('moved_account', 'merged', 'unmerged') AND other_id = ANY(%s)""",
            them,
        )
        tangled.update(row[0] for row in cursor.fetchall())
        cursor.execute(
            """SELECT f.account_id FROM leads_fact w JOIN leads_fact f ON f.id = w.other_id
               WHERE w.kind = 'withdrawn' AND w.other_id = ANY(%s) AND w.account_id <> f.account_id""",
            [arrays.numbers(fact.id for history in histories.values() for fact in history)],
        )
        tangled.update(row[0] for row in cursor.fetchall())
    return histories, tangled


def refolded(definition: Definition, accounts: list[int]) -> Iterator[tuple[int, Fold]]:
    """Many accounts folded from their facts under a definition, in the order given."""
    histories, tangled = _histories(accounts)
    for number in accounts:
        yield number, refold(definition.policy, history_of(number) if number in tangled else histories.pop(number, []))


def refold_many(definition: Definition, accounts: list[int], at: datetime) -> list[AccountVerdict]:
    """Fold many accounts from their facts and store their standings; for the due loop. The caller holds the locks."""
    verdicts, rows, people = [], [], []
    for number, fold in refolded(definition, accounts):
        verdict = judge_account(fold, number, minute(at))
        touched = {who for who, home in fold.homes.items() if home == number}
        row, some = standing_rows(definition, fold, verdict, touched, at)
        rows.append(row)
        people += some
        verdicts.append(verdict)
        if len(people) > MANY:
            save_rows(rows, people)
            rows, people = [], []
    save_rows(rows, people)
    return verdicts


def _definition(number: int | None) -> Definition | None:
    if number is None:
        return None
    if number not in _definitions:
        _definitions[number] = Definition.objects.get(pk=number)
    return _definitions[number]


_definitions: dict[int, Definition] = {}
