"""The fold: facts in recorded order into what is remembered of an account and its people.

One class serves the web request that records one fact (resumed from stored state) and the replay of ten years.
"""

from collections.abc import Iterable
from typing import NamedTuple

from winnow.policy import facts as f
from winnow.policy.definition import DAY, Definition
from winnow.policy.state import AccountState, PersonState

FRONT = 12
"""People of an account who are judged together: the most recently engaged. Bounds the cost of a fact on any account."""

KEPT_DAYS = 400
"""How long counters of caps and repeats are kept; what happened longer before it was recorded is not capped."""

TALKED = ("spoke", "met", "replied")
TOLD = ("rep", "meeting", "call", "mail", "chat")
"""Sources of answers that somebody of the account gave in person: who answers is interested."""
RANK = {level: rank for rank, level in enumerate(f.LEVELS)}


class Line(NamedTuple):
    """One line of the score: what gave how many milli-points, and with what half-life (0: it doesn't fade)."""

    fact: int
    person: int | None
    what: str
    code: str
    happened: int
    points: int
    half_life: int
    note: str = ""


class Fold:
    """State of some accounts and their people under one definition.

    `aliases` maps merged people (and, negated, merged accounts) to who they are now; `withdrawn` holds ids of facts
    that don't count. With `trace` a list, every line of every score is appended to it.
    """

    def __init__(self, definition: Definition, trace: list[Line] | None = None):
        self.definition = definition
        self.accounts: dict[int, AccountState] = {}
        self.people: dict[int, PersonState] = {}
        self.homes: dict[int, int] = {}
        self.aliases: dict[int, int] = {}
        self.withdrawn: set[int] = set()
        self.trace = trace

    # -- who is who ---------------------------------------------------------------------------------------------
    def person(self, number: int) -> int:
        """Who this person is now."""
        while number in self.aliases:
            number = self.aliases[number]
        return number

    def account(self, number: int) -> int:
        """Which account this is now."""
        while -number in self.aliases:
            number = self.aliases[-number]
        return number

    def link(self, fact: f.Fact) -> None:
        """Take over what a merge, its undoing or a withdrawal says about other facts."""
        if isinstance(fact, f.Merged):
            if fact.person is None:
                self.aliases[-fact.other] = fact.account
            else:
                self.aliases[fact.other] = fact.person
        elif isinstance(fact, f.Unmerged):
            self.aliases.pop(-fact.other if fact.person is None else fact.other, None)
        elif isinstance(fact, f.Withdrawn):
            self.withdrawn.add(fact.fact)

    def again(self, seen: Iterable[f.Fact]) -> "Fold":
        """A new fold over the facts seen so far, with today's links: what a merge or a withdrawal makes of the past."""
        fresh = Fold(self.definition, self.trace)
        fresh.aliases, fresh.withdrawn = self.aliases, self.withdrawn
        if fresh.trace is not None:
            fresh.trace.clear()
        for fact in seen:
            fresh.take(fact)
        return fresh

    # -- one fact -----------------------------------------------------------------------------------------------
    def take(self, fact: f.Fact) -> None:
        """Fold one fact. Raises UnknownKind for a kind the policy cannot count."""
        if fact.id in self.withdrawn and fact.id:
            return
        where = self.account(fact.account)
        account = self.accounts.get(where)
        if account is None:
            account = self.accounts[where] = AccountState()
        who = None if fact.person is None else self.person(fact.person)
        person = None
        if who is not None:
            person = self.people.get(who)
            if person is None:
                person = self.people[who] = PersonState()
            self.homes.setdefault(who, where)
        match fact:
            case f.Inquired():
                self._inquired(account, person, who, fact)
            case f.ContentTaken():
                if not fact.machine:
                    self._content(account, person, who, fact)
            case f.PageSeen():
                if not fact.machine:
                    points = self.definition.page_points
                    each = points.get(fact.page, points.get("default", 0))
                    _came(person, fact)
                    self._gain(account, person, who, fact, each * max(fact.quantity, 1), fact.page)
            case f.MailClicked():
                if fact.confirmed:
                    _came(person, fact)
                    self._gain(account, person, who, fact, self._action("mail_clicked"), fact.mail)
            case f.MailReplied():
                self._talk(account, person, who, fact, "mail_replied", fact.mail)
                self._interest(account, fact)
            case f.Called():
                if fact.result == "spoke":
                    self._talk(account, person, who, fact, "spoke", "")
            case f.Met():
                self._talk(account, person, who, fact, "met", "")
            case f.Touched():
                if fact.result in TALKED:
                    self._talk(
                        account, person, who, fact, "met" if fact.result == "met" else "spoke", fact.by
                    )
            case f.Answered():
                self._answered(account, person, who, fact)
            case f.Described():
                (account.attrs if person is None else person.attrs)[fact.attribute] = fact.value
                if account.hold and account.hold[1] == "fit" and "evidence" in self.definition.back_by:
                    account.hold = None
            case f.KeyAccountSet():
                account.key = fact.on
            case f.MovedAccount():
                self._moved(account, person, who, fact)
            case f.MailBounced():
                if fact.hard:
                    self._gain(account, person, who, fact, self._action("mail_bounced"), fact.mail)
            case f.OptedOut():
                self._gain(account, person, who, fact, self._action("opted_out"), fact.how)
            case f.Disposed():
                self._disposed(account, person, fact)
                if fact.disposition == "qualified":
                    _came(person, fact)
            case f.Recycled():
                account.hold = [fact.recorded, fact.clause, fact.until]
                # The next cycle asks a person again, and the clause that failed starts as unknown.
                account.since["confirmation"] = fact.recorded
                if fact.clause:
                    account.since[fact.clause] = fact.recorded
            case (
                f.MailSent()
                | f.Assigned()
                | f.LeadHandedOff()
                | f.Responded()
                | f.OpportunityMoved()
                | f.Won()
                | f.Lost()
                | f.Merged()
                | f.Unmerged()
                | f.Consented()
                | f.PhaseSet()
                | f.Withdrawn()
            ):
                pass  # decisions and deliveries: they change no score, grade or answer
            case _:
                raise f.UnknownKind(
                    f"The policy cannot count a fact of kind {fact.kind or type(fact).__name__!r}."
                )

    def _action(self, name: str) -> int:
        return self.definition.action_points.get(name, 0)

    def _inquired(
        self, account: AccountState, person: PersonState | None, who: int | None, fact: f.Inquired
    ) -> None:
        if not fact.valid:
            return
        points = self.definition.inquiry_points
        given = points.get(fact.channel, points.get("default", 0))
        if fact.interest != "active":
            given = given * self.definition.passive_share // 100
        else:
            self._interest(account, fact)
            _came(person, fact)
            if person is not None and person.shut == 1:
                person.shut = 0
        self._gain(account, person, who, fact, given, fact.channel)

    def _content(
        self, account: AccountState, person: PersonState | None, who: int | None, fact: f.ContentTaken
    ) -> None:
        definition = self.definition
        self._interest(account, fact)
        _came(person, fact)
        if person is None:
            return
        recent = fact.happened >= fact.recorded - KEPT_DAYS * DAY
        last = person.seen.get(fact.content)
        if recent and last is not None and abs(fact.happened - last) < definition.repeat_after:
            self._note(fact, who, fact.content, "the same content counts again after the repeat time")
            return
        if recent:
            person.seen[fact.content] = fact.happened if last is None else max(last, fact.happened)
            if len(person.seen) > 200:
                oldest = fact.recorded - KEPT_DAYS * DAY - definition.repeat_after
                person.seen = {code: at for code, at in person.seen.items() if at >= oldest}
        each = definition.content_points.get(fact.content, definition.content_default)
        self._gain(account, person, who, fact, each * max(fact.quantity, 1), fact.content)

    def _talk(
        self,
        account: AccountState,
        person: PersonState | None,
        who: int | None,
        fact: f.Fact,
        action: str,
        code: str,
    ) -> None:
        account.conversation = max(account.conversation, fact.happened)
        _came(person, fact)
        self._engage(account, person, who, fact.happened)
        self._gain(account, person, who, fact, self._action(action), code, action)

    def _interest(self, account: AccountState, fact: f.Fact) -> None:
        """New active interest lifts a recycling once its wake-up date has come.

        It must have happened since: an old badge scan that is uploaded after the wake-up is not new.
        """
        if not account.hold or "interest" not in self.definition.back_by:
            return
        recycled, clause, until = account.hold
        if (until is not None and fact.happened >= until) or (
            until is None and not clause and fact.happened > recycled
        ):
            account.hold = None

    def _answered(
        self, account: AccountState, person: PersonState | None, who: int | None, fact: f.Answered
    ) -> None:
        if fact.item not in f.ITEMS or fact.level not in f.LEVELS:
            raise f.UnknownKind(
                f"Fact {fact.id} answers {fact.item!r} with {fact.level!r}; neither may be invented."
            )
        if fact.item == "authority" and person is not None:
            kept = person.authority
        else:
            kept = account.evidence.setdefault(fact.item, {})
        old = kept.get(fact.source)
        if old is None or old[0] <= fact.happened:
            kept[fact.source] = [fact.happened, fact.level, fact.recorded, who]
        if fact.source in TOLD:
            _came(person, fact)
        self._engage(account, person, who, fact.happened)
        by_evidence = "evidence" in self.definition.back_by
        if by_evidence and account.hold and account.hold[1] == fact.item and fact.happened > account.hold[0]:
            asked = self.definition.clause(fact.item).asked or "partly"
            if RANK[fact.level] >= RANK[asked]:
                account.hold = None

    def _moved(
        self, account: AccountState, person: PersonState | None, who: int | None, fact: f.MovedAccount
    ) -> None:
        if who is None or person is None:
            return
        to = self.account(fact.to)
        account.front = [entry for entry in account.front if entry[0] != who]
        self.homes[who] = to
        other = self.accounts.get(to)
        if other is None:
            other = self.accounts[to] = AccountState()
        if person.engaged:
            self._engage(other, person, who, person.engaged)

    def _disposed(self, account: AccountState, person: PersonState | None, fact: f.Disposed) -> None:
        if fact.disposition in ("reopened", "qualified") and "person" in self.definition.back_by:
            account.hold = None
        if person is None:
            return
        person.shut = (2 if fact.lasting else 1) if fact.disposition == "disqualified" else 0
        person.confirmed = fact.recorded if fact.disposition == "qualified" else 0

    # -- points -------------------------------------------------------------------------------------------------
    def _gain(
        self,
        account: AccountState,
        person: PersonState | None,
        who: int | None,
        fact: f.Fact,
        points: int,
        code: str,
        what: str = "",
    ) -> None:
        if person is None or not points:
            return
        what = what or fact.kind
        note = ""
        if points > 0 and fact.happened >= fact.recorded - KEPT_DAYS * DAY:
            capped = self._under_cap(person, fact, points)
            if capped < points:
                note = "daily cap"
            points = capped
        if points > 0:
            self._engage(account, person, who, fact.happened)
        slow = what in self.definition.slow_kinds or (
            fact.kind == "inquiry" and code in self.definition.slow_kinds
        ) or (fact.kind == "content_taken" and code in self.definition.slow_content)
        self._add(person, points, fact.happened, slow)
        if self.trace is not None:
            half = self.definition.slow_half_life if slow else self.definition.half_life
            self.trace.append(Line(fact.id, who, what, code, fact.happened, points, half, note))

    def _note(self, fact: f.Fact, who: int | None, code: str, note: str) -> None:
        if self.trace is not None:
            self.trace.append(Line(fact.id, who, fact.kind, code, fact.happened, 0, 0, note))

    def _under_cap(self, person: PersonState, fact: f.Fact, points: int) -> int:
        key = f"{fact.happened // DAY}:{fact.kind}"
        used = person.caps.get(key, 0)
        most = self.definition.kind_caps.get(fact.kind, self.definition.daily_cap)
        given = max(0, min(points, most - used))
        if given:
            person.caps[key] = used + given
            if len(person.caps) > 64:
                oldest = fact.recorded // DAY - KEPT_DAYS
                person.caps = {
                    day: sum_ for day, sum_ in person.caps.items() if int(day.partition(":")[0]) >= oldest
                }
        return given

    def _add(self, person: PersonState, points: int, happened: int, slow: bool) -> None:
        if happened > person.at:
            if person.at:
                age = happened - person.at
                person.fast *= 2.0 ** (-age / self.definition.half_life)
                person.slow *= 2.0 ** (-age / self.definition.slow_half_life)
            person.at = happened
        half = self.definition.slow_half_life if slow else self.definition.half_life
        worth = points * 2.0 ** (-(person.at - happened) / half)
        if slow:
            person.slow += worth
        else:
            person.fast += worth

    def _engage(
        self, account: AccountState, person: PersonState | None, who: int | None, happened: int
    ) -> None:
        """Put the person into the front of the account they belong to now."""
        if person is None or who is None:
            return
        person.engaged = max(person.engaged, happened)
        home = self.homes.get(who)
        account = self.accounts.get(home, account)
        front = [entry for entry in account.front if entry[0] != who]
        front.append([who, person.engaged])
        front.sort(key=lambda entry: (-entry[1], entry[0]))
        account.front = front[:FRONT]


def _came(person: PersonState | None, fact: f.Fact) -> None:
    """They came to us, or talked with us: interest that nobody can buy."""
    if person is not None:
        person.interest = max(person.interest, fact.happened, 1)
