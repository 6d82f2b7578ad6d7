"""What a draft would change today: who is ready now and would not be, who would become ready, and by which clause.

The one policy judges, under the definition in force and under the draft, over the states that are stored of a sample of
accounts: all that are ready, and of the others as many as time allows. Where the draft weighs things differently the
stored sums don't do, and the sample is folded again from its facts.
"""

import json
import math
import time
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection

from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.fact import minute
from winnow.leads.replaying import histories
from winnow.policy import VERSION
from winnow.policy import definition as policy
from winnow.policy.fold import Fold
from winnow.policy.judge import AccountVerdict, judge_account
from winnow.policy.replay import refold
from winnow.policy.state import AccountState, PersonState

SECONDS = 1.6
READY_MOST, OTHERS_MOST, ALL_OF = 800, 1500, 2500
BY_PAGES = 100_000
"""Of more accounts than this whole pages are drawn, which reads little; of fewer, rows."""
FACTS_MOST = 400
"""An account with more facts than this isn't folded again while somebody types."""
EXAMPLES = 6
KEPT_SECONDS = 60
FOLDED = (
    "action_points", "back_by", "clauses", "content_default", "content_points", "daily_cap", "half_life",
    "inquiry_points", "kind_caps", "page_points", "passive_share", "repeat_after", "slow_content", "slow_half_life",
    "slow_kinds",
)  # fmt: skip
"""What the fold reads of a definition: where one of these differs, stored states don't tell what would be."""


@dataclass
class Flip:
    """An account that would change sides: its person, and the clauses by which."""

    account: int
    person: int
    clauses: tuple[str, ...]


@dataclass
class Effect:
    """How many of the accounts that were looked at are ready, would drop out, would become ready; with examples.

    `others` of `others_in_all` were looked at besides those that are ready; `ready_in_all` counts up to a limit.
    """

    ready: int = 0
    ready_in_all: int = 0
    others: int = 0
    others_in_all: int = 0
    dropped: list[Flip] = field(default_factory=list)
    became: list[Flip] = field(default_factory=list)
    left_out: int = 0
    seconds: float = 0.0

    @property
    def sampled(self) -> bool:
        """Whether it is a sample and not everybody."""
        return self.ready < self.ready_in_all or self.others < self.others_in_all

    @property
    def estimate(self) -> tuple[int, int, int] | None:
        """How many of all the others would become ready: (about, from, to) by Wilson's interval; None when all were
        looked at."""
        return _of_all(len(self.became), self.others, self.others_in_all)

    @property
    def estimate_of_dropped(self) -> tuple[int, int, int] | None:
        """How many of all that are ready would drop out, in the same way."""
        return _of_all(len(self.dropped), self.ready, self.ready_in_all)

    @property
    def clauses_of_dropped(self) -> list[tuple[str, int]]:
        """By which clauses they would drop out, the most frequent first."""
        return Counter(clause for one in self.dropped for clause in one.clauses).most_common()

    @property
    def clauses_of_became(self) -> list[tuple[str, int]]:
        """Which clauses keep them back today, the most frequent first."""
        return Counter(clause for one in self.became for clause in one.clauses).most_common()


def _of_all(found: int, looked_at: int, there: int) -> tuple[int, int, int] | None:
    """About how many of all, and from how many to how many (95 %); None when all were looked at."""
    if not looked_at or looked_at >= there:
        return None
    share, n, z = found / looked_at, looked_at, 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return round(share * there), math.floor(max(middle - half, 0) * there), math.ceil((middle + half) * there)


class Sample:
    """Stored states of some accounts as of one minute, and the verdicts of the definition in force on them."""

    def __init__(self, row: Definition):
        self.row, self.at, self.made = row, minute(now()), time.monotonic()
        with connection.cursor() as cursor:
            ready = self._ready(cursor)
            others = self._others(cursor, set(ready))
            self._load(cursor, ready + others)
        self.in_force: dict[int, AccountVerdict] = {}
        fold = self._fold(row.policy)
        for number in self.accounts:
            self.in_force[number] = judge_account(fold, number, self.at)

    def _ready(self, cursor) -> list[int]:
        cursor.execute(
            # not the best of them: who would drop out first stands last
            "SELECT account_id FROM leads_personstanding WHERE ready ORDER BY hashint8(person_id) LIMIT %s",
            [READY_MOST * 2],
        )
        numbers = list(dict.fromkeys(row[0] for row in cursor.fetchall()))
        self.ready_in_all = len(numbers)
        if len(numbers) > READY_MOST:
            cursor.execute("SELECT count(*) FROM (SELECT FROM leads_personstanding WHERE ready LIMIT 100000) AS there")
            self.ready_in_all = cursor.fetchone()[0]
        return numbers[:READY_MOST]

    def _others(self, cursor, ready: set[int]) -> list[int]:
        cursor.execute("SELECT count(*) FROM (SELECT FROM leads_accountstanding LIMIT %s) AS counted", [ALL_OF + 1])
        there = cursor.fetchone()[0]
        if there <= ALL_OF:
            cursor.execute("SELECT account_id FROM leads_accountstanding ORDER BY account_id")
            numbers = [row[0] for row in cursor.fetchall() if row[0] not in ready]
            self.others_in_all = len(numbers)
            return numbers
        cursor.execute(
            "SELECT GREATEST(reltuples, %s)::bigint FROM pg_class WHERE relname = 'leads_accountstanding'", [there]
        )
        self.others_in_all = max(cursor.fetchone()[0] - self.ready_in_all, 0)
        share = min(100.0, 100.0 * OTHERS_MOST / max(self.others_in_all, 1))
        how = "SYSTEM" if self.others_in_all > BY_PAGES else "BERNOULLI"
        cursor.execute(
            f"SELECT account_id FROM leads_accountstanding TABLESAMPLE {how} (%s) REPEATABLE (4) LIMIT %s",
            [share, OTHERS_MOST * 2],
        )
        return [row[0] for row in cursor.fetchall() if row[0] not in ready]

    def _load(self, cursor, numbers: list[int]) -> None:
        cursor.execute(
            """SELECT s.account_id, s.state, COALESCE(h.facts, 0) FROM leads_accountstanding s
               LEFT JOIN leads_facthead h USING (account_id)
               WHERE s.account_id = ANY(%s) AND NOT s.dirty AND s.definition_id = %s AND s.policy_version = %s""",
            [numbers, self.row.pk, VERSION],
        )
        self.accounts: dict[int, AccountState] = {}
        self.facts: dict[int, int] = {}
        for number, state, facts in cursor.fetchall():
            self.accounts[number] = AccountState.from_json(json.loads(state))
            self.facts[number] = facts
        self.left_out = len(numbers) - len(self.accounts)
        front = [who for state in self.accounts.values() for who, _ in state.front]
        cursor.execute("SELECT person_id, state FROM leads_personstanding WHERE person_id = ANY(%s)", [front])
        self.people = {number: PersonState.from_json(json.loads(state)) for number, state in cursor.fetchall() if state}

    def _fold(self, definition: policy.Definition) -> Fold:
        fold = Fold(definition)
        fold.accounts, fold.people = dict(self.accounts), dict(self.people)
        return fold

    def verdicts(self, definition: policy.Definition, numbers: list[int], until: float):
        """The verdicts under another definition, account by account, for as long as there is time."""
        if weighs_alike(self.row.policy, definition):
            fold = self._fold(definition)
            for number in numbers:
                if time.monotonic() > until:
                    return
                yield number, judge_account(fold, number, self.at)
            return
        short = [number for number in numbers if self.facts[number] <= FACTS_MOST]
        for first in range(0, len(short), 50):
            for number, history in histories(sorted(short[first : first + 50])):
                if time.monotonic() > until:
                    return
                yield number, judge_account(refold(definition, history), number, self.at)


_kept: dict[tuple, Sample] = {}


def _sample(row: Definition) -> Sample:
    """The sample that was loaded a moment ago, or a new one: somebody who types asks many times a minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM leads_fact")
        key = (row.pk, cursor.fetchone()[0])
    found = _kept.get(key)
    if found is None or time.monotonic() - found.made > KEPT_SECONDS:
        _kept.clear()
        found = _kept[key] = Sample(row)
    return found


def weighs_alike(one: policy.Definition, other: policy.Definition) -> bool:
    """Whether both make the same states of the same facts, so that stored ones serve for either."""
    return all(_folded(one, name) == _folded(other, name) for name in FOLDED)


def _folded(definition: policy.Definition, name: str):
    """What the fold asks of a clause is what it asks for, which lifts a recycling; its age and sources are judged."""
    value = getattr(definition, name)
    return [clause.asked or "partly" for clause in value] if name == "clauses" else value


def effect(row: Definition, draft: policy.Definition, parts: dict[str, policy.Definition] | None = None):
    """What `draft` would change today against the definition in force, and what each of `parts` (definitions in which
    only that part is changed) would change alone, as (Effect, {part: Effect}); parts for which time didn't do are left
    out. Takes little more than SECONDS, however many there are.
    """
    begun = time.monotonic()
    sample = _sample(row)
    begun = max(begun, time.monotonic() - SECONDS / 2)  # loading is not held against the judging
    ready = [number for number, verdict in sample.in_force.items() if verdict.ready]
    others = [number for number, verdict in sample.in_force.items() if not verdict.ready]
    whole = _compared(sample, draft, ready + others, begun + SECONDS)
    whole.seconds = time.monotonic() - begun
    alone: dict[str, Effect] = {}
    flipped = [one.account for one in (*whole.dropped, *whole.became)]
    few = list(dict.fromkeys([*flipped[:300], *ready[:150], *others[:150]]))
    for name, changed in (parts or {}).items():
        if time.monotonic() - begun > SECONDS * 1.5:
            break
        alone[name] = _compared(sample, changed, few, begun + SECONDS * 1.6)
    return whole, alone


def _compared(sample: Sample, draft: policy.Definition, numbers: list[int], until: float) -> Effect:
    found = Effect(ready_in_all=sample.ready_in_all, others_in_all=sample.others_in_all)
    for number, after in sample.verdicts(draft, numbers, until):
        before = sample.in_force[number]
        found.ready += before.ready
        found.others += not before.ready
        if before.ready and not after.ready:
            who = next((one for one in after.people if one.person == before.primary), None)
            found.dropped.append(Flip(number, before.primary or 0, who.unmet if who else ("score",)))
        elif after.ready and not before.ready:
            was = next((one for one in before.people if one.person == after.primary), None)
            found.became.append(Flip(number, after.primary or 0, was.unmet if was else ()))
    found.left_out = len(numbers) - found.ready - found.others + sample.left_out
    found.ready_in_all = max(found.ready_in_all, found.ready)
    found.others_in_all = max(found.others_in_all, found.others)
    return found
