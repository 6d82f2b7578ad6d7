"""Replay: a whole history into the verdicts it led to, in recorded order, with the ticks of the clock in between.

Recorded order, never happened order: a list uploaded on Friday must not make Monday's verdict look wiser than it was.
The web request that records one fact and the back-test over ten years come through the same fold and the same judge.
"""

from collections.abc import Iterable, Iterator

from winnow.policy import facts as f
from winnow.policy.definition import Definition
from winnow.policy.fold import Fold, Line
from winnow.policy.judge import AccountVerdict, Verdict, judge, judge_account

TICKS_MOST = 100_000
"""A history that ticks more often than this between two facts is a bug of `rejudge_at`."""


def replay(
    definition: Definition, history: Iterable[f.Fact], until: int | None = None, account: int | None = None
) -> Iterator[Verdict]:
    """One verdict per fact, on the fact's person (or the account), and one per front person at every tick.

    `history` is in recorded order (by id). `until` goes on ticking to that minute after the last fact. `account`
    limits what is yielded to that account (as merged today), for histories with facts from elsewhere in them.
    """
    fold = Fold(definition)
    seen: list[f.Fact] = []
    pending: dict[int, int] = {}

    def wanted(number: int) -> bool:
        return account is None or number == fold.account(account)

    def ticks(limit: int) -> Iterator[Verdict]:
        for _ in range(TICKS_MOST):
            due = min(((at, number) for number, at in pending.items() if at <= limit), default=None)
            if due is None:
                return
            verdict = judge_account(fold, due[1], due[0])
            _plan(pending, verdict)
            if wanted(due[1]):
                yield from verdict.people
        raise RuntimeError("rejudge_at does not advance")

    for fact in history:
        yield from ticks(fact.recorded)
        seen.append(fact)
        if fact.kind in f.STRUCTURAL and fact.kind != "moved_account":
            fold.link(fact)
            fold = fold.again(seen)
            pending.clear()
            for number in fold.accounts:
                _plan(pending, judge_account(fold, number, fact.recorded))
        else:
            fold.take(fact)
            if isinstance(fact, f.MovedAccount):
                there = fold.account(fact.to)
                _plan(pending, judge_account(fold, there, fact.recorded))
        where = fold.account(fact.account)
        _plan(pending, judge_account(fold, where, fact.recorded))
        if wanted(where):
            who = None if fact.person is None else fold.person(fact.person)
            yield judge(fold, where, who, fact.recorded, fact.id)
    if until is not None:
        yield from ticks(until)


def _plan(pending: dict[int, int], verdict: AccountVerdict) -> None:
    if verdict.rejudge_at is None:
        pending.pop(verdict.account, None)
    else:
        pending[verdict.account] = verdict.rejudge_at


def refold(definition: Definition, history: Iterable[f.Fact], trace: list[Line] | None = None) -> Fold:
    """The fold over a whole history, with every merge and withdrawal in it taken into account from the start."""
    fold = Fold(definition, trace)
    seen = list(history)
    for fact in seen:
        fold.link(fact)
    for fact in seen:
        fold.take(fact)
    return fold


def last(verdicts: Iterable[Verdict]) -> Verdict:
    """The last verdict. Raises ValueError when there is none."""
    found = None
    for verdict in verdicts:
        found = verdict
    if found is None:
        raise ValueError("An empty history has no verdict.")
    return found
