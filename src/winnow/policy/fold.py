"""The fold: facts in recorded order into what is remembered of an account and its people.

One class serves the web request that records one fact (resumed from stored state) and the replay of ten years.
"""

from collections.abc import Callable, Iterable
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


Them = PersonState | None
Who = int | None


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
        self.tell(fact, fact.id, fact.account, fact.person, fact.happened, fact.recorded)

    def tell(
        self, fact: f.Fact, number: int, of_account: int, of_person: int | None, happened: int, recorded: int
    ) -> None:
        """Fold fact `number`: `fact` says what, the rest whose and when, so that a study of millions of facts needs one
        object for all that say the same. Raises UnknownKind for a kind the policy cannot count.
        """
        if self.withdrawn and number and number in self.withdrawn:
            return
        where, who = of_account, of_person
        if self.aliases:
            where = self.account(where)
            who = None if who is None else self.person(who)
        account = self.accounts.get(where)
        if account is None:
            account = self.accounts[where] = AccountState()
        person = None
        if who is not None:
            person = self.people.get(who)
            if person is None:
                person = self.people[who] = PersonState()
            if who not in self.homes:
                self.homes[who] = where
        handler = _TOLD.get(fact.kind)
        if handler is not None:
            handler(self, fact, account, person, who, number, happened, recorded)
        elif fact.kind not in SILENT:
            raise f.UnknownKind(f"The policy cannot count a fact of kind {fact.kind or type(fact).__name__!r}.")

    def _action(self, name: str) -> int:
        return self.definition.action_points.get(name, 0)

    def _inquired(
        self, fact: f.Inquired, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        if not fact.valid:
            return
        points = self.definition.inquiry_points
        given = points.get(fact.channel, points.get("default", 0))
        if fact.interest != "active":
            given = given * self.definition.passive_share // 100
        else:
            self._interest(account, happened)
            _came(person, happened)
            if person is not None and person.shut == 1:
                person.shut = 0
        self._gain(account, person, who, fact.kind, given, fact.channel, "", number, happened, recorded)

    def _content(
        self, fact: f.ContentTaken, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
        if fact.machine:
            return
        definition = self.definition
        self._interest(account, happened)
        _came(person, happened)
        if person is None:
            return
        recent = happened >= recorded - KEPT_DAYS * DAY
        last = person.seen.get(fact.content)
        if recent and last is not None and abs(happened - last) < definition.repeat_after:
            if self.trace is not None:
                note = "the same content counts again after the repeat time"
                self.trace.append(Line(number, who, fact.kind, fact.content, happened, 0, 0, note))
            return
        if recent:
            person.seen[fact.content] = happened if last is None else max(last, happened)
            if len(person.seen) > 200:
                oldest = recorded - KEPT_DAYS * DAY - definition.repeat_after
                person.seen = {code: at for code, at in person.seen.items() if at >= oldest}
        each = definition.content_points.get(fact.content, definition.content_default)
        points = each * max(fact.quantity, 1)
        self._gain(account, person, who, fact.kind, points, fact.content, "", number, happened, recorded)

    def _page(
        self, fact: f.PageSeen, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        if fact.machine:
            return
        points = self.definition.page_points
        each = points.get(fact.page, points.get("default", 0))
        _came(person, happened)
        each *= max(fact.quantity, 1)
        self._gain(account, person, who, fact.kind, each, fact.page, "", number, happened, recorded)

    def _clicked(
        self, fact: f.MailClicked, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
        if fact.confirmed:
            _came(person, happened)
            points = self._action("mail_clicked")
            self._gain(account, person, who, fact.kind, points, fact.mail, "", number, happened, recorded)

    def _replied(
        self, fact: f.MailReplied, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
        self._talk(fact.kind, account, person, who, "mail_replied", fact.mail, number, happened, recorded)
        self._interest(account, happened)

    def _called(
        self, fact: f.Called, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        if fact.result == "spoke":
            self._talk(fact.kind, account, person, who, "spoke", "", number, happened, recorded)

    def _met(
        self, fact: f.Met, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        self._talk(fact.kind, account, person, who, "met", "", number, happened, recorded)

    def _touched(
        self, fact: f.Touched, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        if fact.result in TALKED:
            action = "met" if fact.result == "met" else "spoke"
            self._talk(fact.kind, account, person, who, action, fact.by, number, happened, recorded)

    def _talk(
        self, kind: str, account: AccountState, person: Them, who: Who, action: str, code: str, number: int,
        happened: int, recorded: int,
    ) -> None:  # fmt: skip
        account.conversation = max(account.conversation, happened)
        _came(person, happened)
        self._engage(account, person, who, happened)
        self._gain(account, person, who, kind, self._action(action), code, action, number, happened, recorded)

    def _interest(self, account: AccountState, happened: int) -> None:
        """New active interest lifts a recycling once its wake-up date has come.

        It must have happened since: an old badge scan that is uploaded after the wake-up is not new.
        """
        if not account.hold or "interest" not in self.definition.back_by:
            return
        recycled, clause, until = account.hold
        if (until is not None and happened >= until) or (until is None and not clause and happened > recycled):
            account.hold = None

    def _answered(
        self, fact: f.Answered, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        if fact.item not in f.ITEMS or fact.level not in f.LEVELS:
            raise f.UnknownKind(f"Fact {number} answers {fact.item!r} with {fact.level!r}; neither may be invented.")
        if fact.item == "authority" and person is not None:
            kept = person.authority
        else:
            kept = account.evidence.setdefault(fact.item, {})
        old = kept.get(fact.source)
        if old is None or old[0] <= happened:
            kept[fact.source] = [happened, fact.level, recorded, who]
        if fact.source in TOLD:
            _came(person, happened)
        self._engage(account, person, who, happened)
        by_evidence = "evidence" in self.definition.back_by
        if by_evidence and account.hold and account.hold[1] == fact.item and happened > account.hold[0]:
            asked = self.definition.clause(fact.item).asked or "partly"
            if RANK[fact.level] >= RANK[asked]:
                account.hold = None

    def _described(
        self, fact: f.Described, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
        (account.attrs if person is None else person.attrs)[fact.attribute] = fact.value
        if account.hold and account.hold[1] == "fit" and "evidence" in self.definition.back_by:
            account.hold = None

    def _key_account(
        self, fact: f.KeyAccountSet, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
        account.key = fact.on

    def _moved(
        self, fact: f.MovedAccount, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
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

    def _bounced(
        self, fact: f.MailBounced, account: AccountState, person: Them, who: Who, number: int, happened: int,
        recorded: int,
    ) -> None:  # fmt: skip
        if fact.hard:
            points = self._action("mail_bounced")
            self._gain(account, person, who, fact.kind, points, fact.mail, "", number, happened, recorded)

    def _opted_out(
        self, fact: f.OptedOut, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        points = self._action("opted_out")
        self._gain(account, person, who, fact.kind, points, fact.how, "", number, happened, recorded)

    def _disposed(
        self, fact: f.Disposed, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        if fact.disposition in ("reopened", "qualified") and "person" in self.definition.back_by:
            account.hold = None
        if person is None:
            return
        person.shut = (2 if fact.lasting else 1) if fact.disposition == "disqualified" else 0
        person.confirmed = recorded if fact.disposition == "qualified" else 0
        if fact.disposition == "qualified":
            _came(person, happened)

    def _recycled(
        self, fact: f.Recycled, account: AccountState, person: Them, who: Who, number: int, happened: int, recorded: int
    ) -> None:
        account.hold = [recorded, fact.clause, fact.until]
        # The next cycle asks a person again, and the clause that failed starts as unknown.
        account.since["confirmation"] = recorded
        if fact.clause:
            account.since[fact.clause] = recorded

    # -- points -------------------------------------------------------------------------------------------------
    def _gain(
        self, account: AccountState, person: Them, who: Who, kind: str, points: int, code: str, what: str, number: int,
        happened: int, recorded: int,
    ) -> None:  # fmt: skip
        if person is None or who is None or not points:
            return
        what = what or kind
        note = ""
        if points > 0 and happened >= recorded - KEPT_DAYS * DAY:
            capped = self._under_cap(person, kind, points, happened, recorded)
            if capped < points:
                note = "daily cap"
            points = capped
        if points > 0:
            self._engage(account, person, who, happened)
        slow_kinds = self.definition.slow_kinds
        slow = what in slow_kinds or (kind == "inquiry" and code in slow_kinds)
        slow = slow or (kind == "content_taken" and code in self.definition.slow_content)
        self._add(person, points, happened, slow)
        if self.trace is not None:
            half = self.definition.slow_half_life if slow else self.definition.half_life
            self.trace.append(Line(number, who, what, code, happened, points, half, note))

    def _under_cap(self, person: PersonState, kind: str, points: int, happened: int, recorded: int) -> int:
        key = f"{happened // DAY}:{kind}"
        used = person.caps.get(key, 0)
        most = self.definition.kind_caps.get(kind, self.definition.daily_cap)
        given = max(0, min(points, most - used))
        if given:
            person.caps[key] = used + given
            if len(person.caps) > 64:
                oldest = recorded // DAY - KEPT_DAYS
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
        account = self.accounts.get(self.homes.get(who, 0), account)
        if account.front and account.front[0][0] == who:  # the foremost can only stay it
            account.front[0][1] = person.engaged
            return
        front = [entry for entry in account.front if entry[0] != who]
        front.append([who, person.engaged])
        front.sort(key=lambda entry: (-entry[1], entry[0]))
        account.front = front[:FRONT]


def _came(person: PersonState | None, happened: int) -> None:
    """They came to us, or talked with us: interest that nobody can buy."""
    if person is not None and happened >= person.interest:
        person.interest = max(happened, 1)


_TOLD: dict[str, Callable[..., None]] = {
    "inquiry": Fold._inquired, "content_taken": Fold._content, "page_seen": Fold._page, "mail_clicked": Fold._clicked,
    "mail_replied": Fold._replied, "called": Fold._called, "met": Fold._met, "touch": Fold._touched,
    "answered": Fold._answered, "described": Fold._described, "key_account_set": Fold._key_account,
    "moved_account": Fold._moved, "mail_bounced": Fold._bounced, "opted_out": Fold._opted_out,
    "disposition": Fold._disposed, "recycled": Fold._recycled,
}
SILENT = frozenset((
    "mail_sent", "assigned", "handoff", "response", "opportunity_moved", "won", "lost", "merged", "unmerged",
    "consented", "phase_set", "withdrawn",
))  # fmt: skip
"""Decisions and deliveries: they change no score, grade or answer."""
