"""Turns are what judging after every fact and at every tick of the clock gives, though most verdicts are spared."""

from hypothesis import given, settings

from tests.policy import invented
from tests.story import DAY
from tests.tries import tries
from winnow.policy import facts as f
from winnow.policy.fold import Fold
from winnow.policy.judge import judge_account
from winnow.policy.replay import refold, replay
from winnow.policy.turns import Hope, Turn, Watch

FEW = settings(max_examples=tries(150, 2500), deadline=None)


def watched(definition, history, until, *, aliases=None, only=None):
    """The turns as a back-test finds them."""
    hope = Hope(definition)
    tangled = any(fact.kind in f.STRUCTURAL for fact in history)
    watch = Watch(hope, tangled, aliases)
    for fact in history:
        watch.until(fact.recorded)
        if tangled or only is None or only(hope, fact):
            raises = hope.raises(fact)
            watch.tell(fact, fact.id, fact.account, fact.person, fact.happened, fact.recorded, raises)
        watch.judge(fact.recorded)
    watch.until(until)
    return watch


def judged_always(definition, history, until):
    """The turns by judging every account in full after every fact and at each moment that `rejudge_at` names."""
    fold, seen, ready, due, turns = Fold(definition), [], {}, {}, []

    def look(number, at):
        verdict = judge_account(fold, number, at)
        due[number] = verdict.rejudge_at
        if verdict.ready != (number in ready):
            turns.append(Turn(number, at, verdict.primary))
            ready.pop(number) if number in ready else ready.setdefault(number, verdict.primary)

    def tick(limit):
        while moments := [(at, number) for number, at in due.items() if at is not None and at <= limit]:
            at, number = min(moments)
            look(number, at)

    for fact in history:
        tick(fact.recorded)
        seen.append(fact)
        if fact.kind in f.STRUCTURAL and fact.kind != "moved_account":
            fold.link(fact)
            fold = fold.again(seen)
            due.clear()
            touched = {*fold.accounts, *ready}
        else:
            fold.take(fact)
            touched = {fold.account(fact.account)}
            touched |= {fold.account(fact.to)} if isinstance(fact, f.MovedAccount) else set()
        for number in sorted(touched):
            look(number, fact.recorded)
    tick(until)
    return turns


@FEW
@given(invented.definitions(), invented.histories())
def test_turns_are_those_of_judging_after_every_fact_and_at_every_tick(definition, history):
    until = history[-1].recorded + 200 * DAY
    assert watched(definition, history, until).turns == judged_always(definition, history, until)


@FEW
@given(invented.definitions(), invented.histories(structural=False))
def test_facts_that_do_not_count_may_be_left_out_where_nobody_moved(definition, history):
    until = history[-1].recorded + 200 * DAY
    short = watched(definition, history, until, only=Hope.counts)
    assert short.turns == judged_always(definition, history, until)


@FEW
@given(invented.definitions(), invented.histories(structural=False))
def test_an_account_whose_facts_open_too_little_never_turns_ready(definition, history):
    hope = Hope(definition)
    until = history[-1].recorded + 200 * DAY
    for turn in judged_always(definition, history, until):
        opened = 0
        for fact in history:
            opened |= hope.opens(fact) if fact.account == turn.account else 0
        assert hope.may(opened)


@FEW
@given(invented.definitions(), invented.histories())
def test_with_identities_of_today_the_end_is_where_the_replay_ends(definition, history):
    """Who is who is known from the start; where somebody stands now is what recording has kept."""
    aliases = Fold(definition)
    for fact in history:
        if fact.kind in ("merged", "unmerged"):
            aliases.link(fact)
    until = history[-1].recorded
    watch = watched(definition, history, until, aliases=aliases.aliases)
    last = [verdict for verdict in replay(definition, history) if verdict.fact is not None][-1]
    assert watch.verdict(last.account, last.person, last.at).unmet == last.unmet
    whole = refold(definition, history)
    for number in whole.accounts:
        assert (number in watch.ready) == judge_account(whole, number, until).ready
