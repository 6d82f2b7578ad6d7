"""Turns: when the accounts of a history became ready under a definition, and when they stopped being so.

What a back-test asks of ten years of facts. The same fold and the same judge as everywhere; what saves time is knowing
when no verdict can say "ready" (`Hope`), which is proved against judging after every fact.
"""

from dataclasses import replace
from typing import NamedTuple

from winnow.policy import facts as f
from winnow.policy.definition import Definition
from winnow.policy.fold import RANK, SILENT, TALKED, TOLD, Fold
from winnow.policy.judge import GRADES, Verdict, judge, meets, readiness
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
        titles = max(definition.title_points.values(), default=0)
        engaged = max(definition.engaged_points, 0) * definition.engaged_most
        profile = sum(max(one.points, 0) for one in definition.profile)
        fixed = max(titles, 0) + max(definition.key_account_points, 0) + engaged + profile
        self.least_sum = definition.asked_score - fixed - MARGIN
        self.asked = tuple(
            (clause.item, RANK[clause.asked], clause.expires)
            for clause in definition.clauses
            if clause.asked and clause.item not in ("fit", "authority")
        )
        self.bits = self._bits()

    # -- of whole histories -------------------------------------------------------------------------------------
    def _bits(self) -> dict[tuple[str, str], int]:
        """A bit for each thing that somebody must have said or done before anybody of an account can be ready."""
        definition = self.definition
        names = [("talked", ""), ("came", ""), ("confirmed", "")]
        names += [("asked", clause.item) for clause in definition.clauses if clause.asked and clause.item != "fit"]
        names += [("enough", item) for item in definition.enough_of if item != "fit"]
        names += [("met", one.name) for one in definition.criteria[:MOST_CRITERIA]]
        return {name: 1 << place for place, name in enumerate(names)}

    def opens(self, fact: f.Fact) -> int:
        """Which of the things the fact brings, as a sum of bits."""
        bits, found = self.bits, 0
        kind = fact.kind
        if kind in ("inquiry", "content_taken", "page_seen", "mail_clicked", "disposition"):
            found |= bits["came", ""]
        if kind in ("mail_replied", "met") or (isinstance(fact, (f.Called, f.Touched)) and fact.result in TALKED):
            found |= bits["talked", ""] | bits["came", ""]
        if isinstance(fact, f.Disposed) and fact.disposition == "qualified":
            found |= bits["confirmed", ""]
        if isinstance(fact, f.Answered):
            if fact.source in TOLD:
                found |= bits["came", ""]
            asked = self.definition.clause(fact.item).asked
            if asked and fact.item != "fit" and RANK[fact.level] >= RANK[asked]:
                found |= bits["asked", fact.item]
            if RANK[fact.level] >= RANK[self.definition.enough_level]:
                found |= bits.get(("enough", fact.item), 0)
        if isinstance(fact, f.Described):
            for one in self.definition.criteria[:MOST_CRITERIA]:
                if one.attribute == fact.attribute and meets(one, {fact.attribute: fact.value}):
                    found |= bits["met", one.name]
        return found

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
        level = definition.clause("fit").asked
        worst = GRADES.index(definition.asked_grade)
        if level:
            worst = min(worst, 1 if level == "yes" else 2)
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
            kept = account.evidence.get(item)
            if not kept:
                return False
            for said in kept.values():
                if RANK[said[1]] >= rank and said[0] + expires > at:
                    break
            else:
                return False
        for entry in account.front:
            person = fold.people.get(entry[0])
            if person is None or person.shut:
                continue
            age = max(at - person.at, 0)
            most = max(person.fast, 0.0) * 2.0 ** (-age / definition.half_life)
            most += max(person.slow, 0.0) * 2.0 ** (-age / definition.slow_half_life)
            if most >= self.least_sum:
                return True
        return self.least_sum <= 0


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
        self, fact: f.Fact, number: int, account: int, person: int | None, happened: int, recorded: int
    ) -> None:
        """Fold one fact; `fact` says what, the rest whose and when."""
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
            self._touched.add(account)

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
        found = readiness(fold, number, at)
        if found.rejudge_at is None:
            self._due.pop(number, None)
        else:
            self._due[number] = found.rejudge_at
        if not found.people:
            if number in self.ready:
                del self.ready[number]
                self.turns.append(Turn(number, at, None))
        elif number not in self.ready:
            primary = found.primary
            assert primary is not None
            self.ready[number] = primary
            self.turns.append(Turn(number, at, primary))

    def verdict(self, account: int, person: int | None, at: int) -> Verdict:
        """What the definition says of somebody now, in full."""
        return judge(self.fold, account, person, at)
