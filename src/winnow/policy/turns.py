"""Turns: when the accounts of a history became ready under a definition, and when they stopped being so.

What a back-test asks of ten years of facts. The same fold and the same judge as everywhere; what saves time is knowing
when no verdict can say "ready" (`Hope`), which is proved against judging after every fact.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from winnow.policy import facts as f
from winnow.policy.definition import Definition
from winnow.policy.fold import FRONT, RANK, SILENT, TALKED, TOLD, Fold
from winnow.policy.judge import GRADES, Verdict, fixed_points, grade_of, judge, meets, readiness
from winnow.policy.state import AccountState

TICKS_MOST = 100_000
MARGIN = 0.01
"""Milli-points that a sum of floats may be off; far less is."""
MOST_CRITERIA = 30


class Turn(NamedTuple):
    """At minute `at` the account became ready through `person` (the best of them), or with None stopped being so."""

    account: int
    at: int
    person: int | None


class Hope:
    """What must be so before anybody can be ready: necessary, never sufficient, and cheap to look at."""

    def __init__(self, definition: Definition):
        self.definition = definition
        self.worst = self._worst_grade()
        self.asked = tuple(
            (clause.item, RANK[clause.asked], clause.expires)
            for clause in definition.clauses
            if clause.asked and clause.item not in ("fit", "authority")
        )
        # Of the answers of which enough are asked for, those that the account shares; the others may always be there.
        rank = RANK[definition.enough_level]
        shared = sorted(set(definition.enough_of) - {"fit", "authority"})
        self.enough = tuple((item, rank, definition.clause(item).expires) for item in shared)
        self.lacking = max(definition.enough_count - len(set(definition.enough_of) & {"fit", "authority"}), 0)
        self.bits = self._bits()

    # -- of whole histories -------------------------------------------------------------------------------------
    def _bits(self) -> dict[tuple[str, str], int]:
        """A bit for each thing that the definition asks for and that only facts can bring."""
        definition = self.definition
        names = [("talked", "")] if definition.conversation_within else [("came", "")]
        names += [("confirmed", "")] if definition.person_confirms else []
        names += [("asked", clause.item) for clause in definition.clauses if clause.asked and clause.item != "fit"]
        if definition.enough_count:
            names += [("enough", item) for item in sorted(set(definition.enough_of) - {"fit"})]
        if self.worst < GRADES.index("D"):
            names += [("met", one.name) for one in definition.criteria[:MOST_CRITERIA]]
        return {name: 1 << place for place, name in enumerate(names)}

    def _worst_grade(self) -> int:
        level = self.definition.clause("fit").asked
        worst = GRADES.index(self.definition.asked_grade)
        return min(worst, 1 if level == "yes" else 2) if level else worst

    def opens(self, fact: f.Fact) -> int:
        """Which of the things the fact brings, as a sum of bits."""
        found: list[tuple[str, str]] = []
        kind = fact.kind
        if kind in ("inquiry", "content_taken", "page_seen", "mail_clicked", "disposition"):
            found.append(("came", ""))
        if kind in ("mail_replied", "met") or (isinstance(fact, (f.Called, f.Touched)) and fact.result in TALKED):
            found += [("talked", ""), ("came", "")]
        if isinstance(fact, f.Disposed) and fact.disposition == "qualified":
            found.append(("confirmed", ""))
        if isinstance(fact, f.Answered):
            if fact.source in TOLD:
                found.append(("came", ""))
            asked = self.definition.clause(fact.item).asked
            if asked and RANK[fact.level] >= RANK[asked]:
                found.append(("asked", fact.item))
            if RANK[fact.level] >= RANK[self.definition.enough_level]:
                found.append(("enough", fact.item))
        if isinstance(fact, f.Described):
            found += [
                ("met", one.name)
                for one in self.definition.criteria
                if one.attribute == fact.attribute and meets(one, {fact.attribute: fact.value})
            ]
        return sum(self.bits.get(name, 0) for name in set(found))

    def may(self, opened: int) -> bool:
        """Whether an account whose facts opened these bits in all could ever be ready."""
        definition, bits = self.definition, self.bits

        def has(what: str, which: str = "") -> bool:
            bit = bits.get((what, which))
            return bit is None or bool(opened & bit)

        if definition.conversation_within:
            if not has("talked"):
                return False
        elif not has("came"):
            return False
        if definition.person_confirms and not has("confirmed"):
            return False
        if not all(has("asked", clause.item) for clause in definition.clauses if clause.asked):
            return False
        enough = sum(has("enough", item) for item in set(definition.enough_of))
        return enough >= definition.enough_count and self._may_fit(has)

    def _may_fit(self, has) -> bool:
        definition = self.definition
        worst = self.worst
        if worst == GRADES.index("D"):
            return True
        return any(
            all(has("met", name) for name in rule.every)
            and sum(has("met", name) for name in rule.some) >= rule.at_least
            for rule in definition.grades
            if GRADES.index(rule.grade) <= worst
        )

    def counts(self, fact: f.Fact) -> bool:
        """Whether the fact can change a verdict; where nobody moved or was merged, the others may be left out."""
        if fact.kind in SILENT:
            return False
        match fact:
            case f.ContentTaken() | f.PageSeen():
                if fact.machine:
                    return False
                definition = self.definition
                points = definition.page_points
                free = isinstance(fact, f.PageSeen) and not points.get(fact.page, points.get("default", 0))
                return not free or not definition.conversation_within or "passive" in definition.confirm_when
            case f.MailClicked():
                return fact.confirmed
            case f.MailBounced():
                return fact.hard and bool(self.definition.action_points.get("mail_bounced"))
            case f.Called() | f.Touched():
                return fact.result in TALKED
            case f.Inquired():
                return fact.valid
        return True

    # -- of one moment ------------------------------------------------------------------------------------------
    def left(self, fold: Fold, account: AccountState, at: int) -> bool:
        """Whether anybody of the account may be ready now or later, if no further fact comes."""
        definition = self.definition
        if not account.front:
            return False
        if account.hold and (account.hold[2] is None or "date" not in definition.back_by):
            return False
        within = definition.conversation_within
        if within and account.conversation + within <= at:
            return False
        for item, rank, expires in self.asked:
            if not _said(account, item, rank, expires, at):
                return False
        if self.lacking:
            lacking = self.lacking
            for item, rank, expires in self.enough:
                lacking -= _said(account, item, rank, expires, at)
            if lacking > 0:
                return False
        since = at - definition.engaged_for
        engaged = 0
        if definition.engaged_points > 0:
            for entry in account.front:
                if entry[1] > since:
                    engaged += 1
        for entry in account.front:
            person = fold.people.get(entry[0])
            if person is None:
                return True
            if person.shut:
                continue
            others = engaged - 1 if engaged and entry[1] > since else engaged
            most = float(fixed_points(definition, account, person, others))
            age = max(at - person.at, 0)
            if person.fast > 0:
                most += person.fast * 2.0 ** (-age / definition.half_life)
            if person.slow > 0:
                most += person.slow * 2.0 ** (-age / definition.slow_half_life)
            if most + MARGIN < definition.asked_score:
                continue
            if self.worst == len(GRADES) - 1 or GRADES.index(grade_of(definition, account, person)[0]) <= self.worst:
                return True
        return False

    def raises(self, fact: f.Fact) -> bool:
        """Whether the fact can only make people readier: whoever is ready stays so, at least as long as before."""
        definition = self.definition
        if definition.engaged_points < 0:
            return False
        match fact:
            case f.Inquired():
                return min(definition.inquiry_points.values(), default=0) >= 0
            case f.ContentTaken():
                return definition.content_points.get(fact.content, definition.content_default) >= 0
            case f.PageSeen():
                points = definition.page_points
                return points.get(fact.page, points.get("default", 0)) >= 0
            case f.MailClicked():
                return definition.action_points.get("mail_clicked", 0) >= 0
            case f.MailReplied() | f.Met() | f.Called() | f.Touched():
                return all(definition.action_points.get(name, 0) >= 0 for name in ("mail_replied", "met", "spoke"))
        return fact.kind in SILENT and fact.kind not in f.STRUCTURAL


def _said(account: AccountState, item: str, rank: int, expires: int, at: int) -> bool:
    """Whether anybody has said at least so much of the item, lately enough."""
    kept = account.evidence.get(item)
    if kept:
        for said in kept.values():
            if RANK[said[1]] >= rank and said[0] + expires > at:
                return True
    return False


class Watch:
    """A replay of some accounts under one definition that notes turns.

    For each moment of recording: `until` (the clock's own ticks), `tell` for every fact of it, then `judge`. A history
    in which people or accounts were moved, merged or withdrawn is `tangled`: it is remembered and folded again.
    With `aliases` who is who is known from the start (identities of today); else merges count from their recording.
    """

    def __init__(self, hope: Hope, tangled: bool = False, aliases: dict[int, int] | None = None):
        self.hope = hope
        self.fold = Fold(hope.definition)
        self.tangled = tangled
        self.given = aliases is not None
        if aliases is not None:
            self.fold.aliases = aliases
        self.turns: list[Turn] = []
        self.ready: dict[int, int] = {}
        self._due: dict[int, int] = {}
        self._touched: set[int] = set()
        self._seen: list[f.Fact] = []
        self._stale = False

    def until(self, limit: int) -> None:
        """Judge at every moment up to `limit` at which readiness could change by itself."""
        due = self._due
        if not due:
            return
        for _ in range(TICKS_MOST):
            number, at = -1, limit + 1
            for one, moment in due.items():
                if moment < at or (moment == at and one < number):
                    number, at = one, moment
            if number < 0:
                return
            self._judge(number, at)
        raise RuntimeError("rejudge_at does not advance")

    def tell(
        self, fact: f.Fact, number: int, account: int, person: int | None, happened: int, recorded: int,
        raises: bool = False,
    ) -> None:  # fmt: skip
        """Fold one fact; `fact` says what, the rest whose and when. `raises`: what `Hope.raises` says of it."""
        fold = self.fold
        if self.tangled:
            whole = replace(
                fact, id=number, account=account, person=person, happened=happened, known=recorded, recorded=recorded
            )
            self._seen.append(whole)
            if fact.kind in f.STRUCTURAL and fact.kind != "moved_account":
                if fact.kind == "withdrawn" or not self.given:
                    fold.link(whole)
                    self._stale = True
            elif not self._stale:
                fold.tell(fact, number, account, person, happened, recorded)
            if isinstance(fact, f.MovedAccount):
                self._touched.add(fold.account(fact.to))
            self._touched.add(fold.account(account))
        else:
            fold.tell(fact, number, account, person, happened, recorded)
            if not (raises and account in self.ready and self._in_front(account)):
                self._touched.add(account)

    def _in_front(self, account: int) -> bool:
        """Whether the one who is ready still stands in front: somebody new may have pushed them out."""
        front, who = self.fold.accounts[account].front, self.ready[account]
        return len(front) < FRONT or any(entry[0] == who for entry in front)

    def judge(self, at: int) -> None:
        """Judge what has changed since the last time, at minute `at`."""
        if self._stale:
            self._stale = False
            self.fold = self.fold.again(self._seen)
            self._due.clear()
            self._touched.update(self.fold.accounts)
            self._touched.update(self.ready)
        for number in sorted(self._touched) if len(self._touched) > 1 else self._touched:
            self._judge(number, at)
        self._touched.clear()

    def _judge(self, number: int, at: int) -> None:
        fold = self.fold
        account = fold.accounts.get(number)
        if account is None or not self.hope.left(fold, account, at):
            self._due.pop(number, None)
            if number in self.ready:
                del self.ready[number]
                self.turns.append(Turn(number, at, None))
            return
        found = readiness(fold, number, at, self.ready.get(number))
        if found.rejudge_at is None:
            self._due.pop(number, None)
        else:
            self._due[number] = found.rejudge_at
        if found.person is None:
            if number in self.ready:
                del self.ready[number]
                self.turns.append(Turn(number, at, None))
            return
        if number not in self.ready:
            self.turns.append(Turn(number, at, found.person))
        self.ready[number] = found.person

    def verdict(self, account: int, person: int | None, at: int) -> Verdict:
        """What the definition says of somebody now, in full."""
        return judge(self.fold, account, person, at)


class Note(NamedTuple):
    """When side `side` first took an account for ready and the other did not: through whom, and the other's verdict."""

    side: int
    account: int
    person: int
    at: int
    verdict: Verdict


Row = tuple[int, int, int, int, int | None, int, int, int | None, int | None, int, int]
"""Moment, transaction, number, account, person, happened, saying, other id, until, recorded, tangle: a stored fact in
numbers."""


def retell(
    watches: list[Watch], rows: Iterable[Row], sayings: dict[int, f.Fact], numbered: dict[int, str], until: int
) -> list[Note]:
    """Tell the rows, which stand in order, to every watch. What one transaction recorded is judged once, at its end.

    `sayings` gives the fact that a row says; for those in `numbered` the field named there is the row's own other id
    or, where it is `until`, its date. With two watches the disagreements are noted, the first of each account.
    """
    notes: list[Note] = []
    noted: set[tuple[int, int]] = set()
    told = [0 for _ in watches]
    raising = [{number for number, fact in sayings.items() if watch.hope.raises(fact)} for watch in watches]
    last_moment, last_transaction = -1, -1

    def compare() -> None:
        for side, watch in enumerate(watches):
            for turn in watch.turns[told[side] :]:
                other = watches[1 - side]
                if turn.person is None or turn.account in other.ready or (side, turn.account) in noted:
                    continue
                verdict = other.verdict(turn.account, turn.person, turn.at)
                if verdict.unmet:
                    noted.add((side, turn.account))
                    notes.append(Note(side, turn.account, turn.person, turn.at, verdict))
            told[side] = len(watch.turns)

    both = len(watches) == 2
    for moment, transaction, number, account, person, happened, saying, other_id, until_at, _, _ in rows:
        if moment != last_moment or transaction != last_transaction:
            if last_moment >= 0:
                for watch in watches:
                    watch.judge(last_moment)
                if both:
                    compare()
            for watch in watches:
                watch.until(moment)
            if both:
                compare()
            last_moment, last_transaction = moment, transaction
        fact = sayings[saying]
        if saying in numbered:
            field = numbered[saying]
            own: dict[str, Any] = {field: until_at if field == "until" else (other_id or 0)}
            fact = replace(fact, **own)
        for side, watch in enumerate(watches):
            watch.tell(fact, number, account, person, happened, moment, saying in raising[side])
    if last_moment >= 0:
        for watch in watches:
            watch.judge(last_moment)
            watch.until(until)
        if both:
            compare()
    return notes
