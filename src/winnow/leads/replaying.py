"""Replay and recompute: are standings what the facts give, and are the facts what was recorded? Reads and compares."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, transaction

from winnow.leads import axes
from winnow.leads.chain import chained
from winnow.leads.definition import Definition
from winnow.leads.fact import READ, fact_of, minute, moment
from winnow.leads.record import STORED, history_of, mark_dirty
from winnow.leads.standing import order_key
from winnow.policy import VERSION
from winnow.policy import facts as policy
from winnow.policy.fold import Fold
from winnow.policy.judge import Verdict, judge, judge_account
from winnow.policy.replay import refold
from winnow.policy.state import AccountState, PersonState

BATCH = 500
EXAMPLES = 20
TAMPERED = (
    "Somebody wrote to the database behind Winnow's back: see who may, keep a copy as it is now, and bring back a "
    "backup from before (`winnow restore FILE`)"
)
REBUILD = "What people read there is wrong and the facts are not: `winnow check --rebuild` works it out anew"


@dataclass
class Check:
    """One question and its answer. `looked_at` says how many things were compared, `wrong` how many were not so,
    `way_out` what to do about them."""

    name: str
    question: str
    looked_at: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)
    note: str = ""
    way_out: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.wrong

    def found(self, text: str) -> None:
        """Something is wrong; the first few are kept as examples."""
        self.wrong += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(text)


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything inside sees one moment, so that a fact recorded meanwhile makes no difference where there is none."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _batches(table: str, key: str, sample: int | None) -> Iterator[list[int]]:
    if sample is not None:
        chosen = sorted(column(f"SELECT {key} FROM {table} ORDER BY random() LIMIT %s", [sample]))
        for first in range(0, len(chosen), BATCH):
            yield chosen[first : first + BATCH]
        return
    last = 0
    while numbers := column(f"SELECT {key} FROM {table} WHERE {key} > %s ORDER BY {key} LIMIT %s", [last, BATCH]):
        yield numbers
        last = numbers[-1]


def rows_of(sql: str, values: list | None = None) -> list[tuple]:
    """All rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def column(sql: str, values: list | None = None) -> list:
    """The first column of all rows of one statement."""
    return [row[0] for row in rows_of(sql, values)]


def honest_cache(sample: int | None = None) -> Check:
    """Replay accounts (all, or `sample` of them by chance) and compare with the stored states and verdicts.

    Accounts that wait to be folded again are counted in the note. Memory holds the facts of one account at a time.
    """
    check = Check("honest_cache", "Are the stored standings what a replay of the facts gives?", way_out=REBUILD)
    waiting = 0
    for numbers in _batches("leads_accountstanding", "account_id", sample):
        with snapshot():
            people = _people_of(numbers)
            standings = _standings(numbers)
            for number, history in histories(numbers):
                stored = standings.get(number)
                if stored is None:
                    check.found(f"account {number} has a standing and is not there")
                    continue
                if stored.waits:
                    waiting += 1
                    continue
                check.looked_at += 1
                for text in _differences(stored, history, people.get(number, {})):
                    check.found(text)
    for number in _without_standing() if sample is None else ():
        check.found(f"account {number} has facts and no standing")
    if waiting:
        check.note = f"{waiting} accounts wait to be folded again and were left out"
    return check


@dataclass
class _Stored:
    number: int
    definition: Definition | None
    version: int
    state: str
    primary: int | None
    judged_at: object
    rejudge_at: object
    dirty: bool
    merged: bool

    @property
    def waits(self) -> bool:
        """Whether the due loop has it still to do, or somebody else (an account that was merged away) stands for it."""
        return self.dirty or self.merged or self.definition is None or self.version != VERSION


def _standings(numbers: list[int]) -> dict[int, _Stored]:
    definitions = Definition.objects.in_bulk()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.account_id, s.definition_id, s.policy_version, s.state, s.primary_person_id, s.judged_at,
                      s.rejudge_at, s.dirty, a.merged_into_id IS NOT NULL
               FROM leads_accountstanding s JOIN leads_account a ON a.id = s.account_id
               WHERE s.account_id = ANY(%s)""",
            [numbers],
        )
        return {row[0]: _Stored(row[0], definitions.get(row[1]), *row[2:]) for row in cursor.fetchall()}


def _people_of(numbers: list[int]) -> dict[int, dict[int, tuple]]:
    """The stored standings of people, by the account that they are stored under."""
    found: dict[int, dict[int, tuple]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT account_id, person_id, state, milli, grade, levels, unmet, ready, order_key, judged_at,
                      enough_until, halfway_until, quarter_until
               FROM leads_personstanding WHERE account_id = ANY(%s)""",
            [numbers],
        )
        for row in cursor.fetchall():
            found.setdefault(row[0], {})[row[1]] = row[2:]
    return found


def histories(numbers: list[int]) -> Iterator[tuple[int, list[policy.Fact]]]:
    """Each account, in the order of their ids, with all facts that bear on it; those of plain ones in one stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT unnest(ARRAY[f.account_id, f.other_id]) FROM leads_fact f
               WHERE f.kind IN ('moved_account', 'merged', 'unmerged')
                 AND (f.account_id = ANY(%(them)s) OR f.other_id = ANY(%(them)s))
               UNION SELECT f.account_id FROM leads_fact w JOIN leads_fact f ON f.id = w.other_id
               WHERE w.kind = 'withdrawn' AND f.account_id = ANY(%(them)s) AND w.account_id <> f.account_id
               UNION SELECT merged_into_id FROM leads_account WHERE merged_into_id = ANY(%(them)s)""",
            {"them": numbers},
        )
        tangled = {row[0] for row in cursor.fetchall()}
    plain = [number for number in numbers if number not in tangled]
    streamed = _by_account(plain, READ, READ.index("account_id"))
    following = next(streamed, None)
    for number in numbers:
        if number in tangled:
            yield number, history_of(number)
        elif following is not None and following[0] == number:
            yield number, [fact_of(row) for row in following[1]]
            following = next(streamed, None)
        else:
            yield number, []


def _by_account(numbers: list[int], columns: tuple[str, ...], place: int) -> Iterator[tuple[int, list[tuple]]]:
    """The fact rows of these accounts, one account at a time, from a cursor that stays on the server."""
    rows: list[tuple] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM leads_fact WHERE account_id = ANY(%s) ORDER BY account_id, id", [numbers]
        )
        while some := cursor.fetchmany(2000):
            for row in some:
                if rows and rows[0][place] != row[place]:
                    yield rows[0][place], rows
                    rows = []
                rows.append(row)
    if rows:
        yield rows[0][place], rows


def _differences(stored: _Stored, history: list[policy.Fact], people: dict[int, tuple]) -> Iterator[str]:
    number = stored.number
    fold = refold(stored.definition.policy, history)
    account = fold.accounts.get(number) or AccountState()
    if json.loads(stored.state) != _plain(account.to_json()):
        yield f"account {number}: what is remembered of it is not what its facts give"
    verdict = judge_account(fold, number, minute(stored.judged_at))
    if stored.primary != verdict.primary:
        yield f"account {number}: the primary person is {stored.primary}, a replay says {verdict.primary}"
    due = None if verdict.rejudge_at is None else moment(verdict.rejudge_at)
    if stored.rejudge_at != due:
        yield f"account {number}: to be judged again at {stored.rejudge_at}, a replay says {due}"
    for one in verdict.people:
        kept = people.get(one.person)
        if kept is None:
            yield f"account {number}: no standing is stored of person {one.person}"
            continue
        if kept[7] != stored.judged_at:
            yield f"person {one.person}: judged at {kept[7]}, and the account at {stored.judged_at}"
        elif text := _other_verdict(stored, kept, one, fold):
            yield text
    judged = {one.person for one in verdict.people}
    for who, kept in people.items():
        state = fold.people.get(who)
        home = fold.homes.get(who)
        if fold.person(who) != who or (home is not None and home != number):
            continue  # merged, or moved to where it is folded again yet: what was remembered here is read no more
        if state is None:
            yield f"person {who}: has a standing with account {number}, and no fact puts the person there"
        elif json.loads(kept[0] or "null") != _plain(state.to_json()):
            yield f"person {who}: what is remembered of the person is not what the facts give"
        elif who not in judged and (text := _verdict_of_then(stored, history, who, kept)):
            yield text


def _other_verdict(stored: _Stored, kept: tuple, one: Verdict, fold: Fold) -> str:
    """How the stored verdict on a person differs from a replayed one; empty when it doesn't."""
    said = (one.milli, one.grade, list(one.levels), list(one.unmet), one.ready)
    if tuple(kept[1:6]) != said:
        return f"person {one.person}: stored is {_words(kept[1:6])}; a replay says {_words(said)}"
    key = order_key(stored.definition, one)
    if (kept[6] is None) != (key is None) or (key is not None and abs(kept[6] - key) > 1e-6):
        return f"person {one.person}: stands in the order at {kept[6]}; a replay says {key}"
    until = axes.until(stored.definition.policy, fold.people.get(one.person) or PersonState(), one.milli, one.at)
    if kept[8:11] != until:
        return f"person {one.person}: keeps the bands of engagement until {kept[8:11]}; a replay says {tuple(until)}"
    return ""


def _verdict_of_then(stored: _Stored, history: list[policy.Fact], who: int, kept: tuple) -> str:
    """The verdict on somebody who isn't judged along with the account any more, as of when it was stored. Facts of
    that very minute may have come before or after it."""
    at = minute(kept[7])
    before = sum(fact.recorded < at for fact in history)
    until = sum(fact.recorded <= at for fact in history)
    text = ""
    for count in range(until, max(before, 1) - 1, -1):
        fold = refold(stored.definition.policy, history[:count])
        text = _other_verdict(stored, kept, judge(fold, stored.number, who, at), fold)
        if not text:
            return ""
    return text


def _plain(state: list) -> list:
    return json.loads(json.dumps(state))


def _words(verdict: tuple) -> str:
    milli, grade, levels, unmet, ready = verdict
    said = f"{milli / 1000:g} points, grade {grade}, {' '.join(levels)}, "
    return said + ("ready" if ready else "unmet " + ", ".join(unmet))


def forget_standings() -> int:
    """Drop every standing and ask for each account with facts to be folded again; how many those are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_personstanding")
        cursor.execute("DELETE FROM leads_accountstanding")
        cursor.execute("SELECT DISTINCT account_id FROM leads_fact")
        accounts = [row[0] for row in cursor.fetchall()]
        mark_dirty(accounts)
    return len(accounts)


def _without_standing() -> list[int]:
    """Accounts with facts and nothing remembered of them, though a definition is in force."""
    if Definition.in_force() is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT h.account_id FROM leads_facthead h
               WHERE NOT EXISTS (SELECT 1 FROM leads_accountstanding s WHERE s.account_id = h.account_id)"""
        )
        return [row[0] for row in cursor.fetchall()]


def fact_chain(sample: int | None = None) -> Check:
    """Recompute the digest of every fact, chained per account, and compare with the heads that are kept apart."""
    check = Check("fact_chain", "Is every fact as it was recorded, and none missing?", way_out=TAMPERED)
    columns = ("id", *STORED, "digest")
    for numbers in _batches("leads_facthead", "account_id", sample):
        with snapshot():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT account_id, digest, facts FROM leads_facthead WHERE account_id = ANY(%s)", [numbers]
                )
                heads = {row[0]: (bytes(row[1]), row[2]) for row in cursor.fetchall()}
            for number, rows in _by_account(numbers, columns, 1):
                check.looked_at += len(rows)
                digest, count = heads.pop(number)
                before = b""
                for row in rows:
                    before = chained(before, row[1:-1])
                    if before != bytes(row[-1]):
                        check.found(f"fact {row[0]} of account {number} is not what was recorded")
                        break
                else:
                    if len(rows) != count:
                        check.found(f"account {number} has {len(rows)} facts and should have {count}")
                    elif before != digest:
                        check.found(f"account {number}: its facts do not end where its chain does")
            for number, (_, count) in heads.items():
                check.found(f"account {number} has no facts and should have {count}")
    if sample is None:
        for number in column("SELECT account_id FROM leads_fact EXCEPT SELECT account_id FROM leads_facthead"):
            check.found(f"account {number} has facts and no head of their chain")
    return check
