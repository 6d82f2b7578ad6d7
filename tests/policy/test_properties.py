"""What holds for every definition and every history: no hindsight, an honest cache, a past that stays, and ticks that
are never late (ARCHITECTURE, Properties 1 to 3 and 5)."""

import dataclasses
import json
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.policy import invented
from tests.story import DAY
from tests.tries import tries
from winnow.policy import facts as f
from winnow.policy.definition import parse
from winnow.policy.fold import Fold
from winnow.policy.judge import judge, judge_account
from winnow.policy.replay import refold, replay
from winnow.policy.state import AccountState, PersonState

FEW = settings(max_examples=tries(150, 1500), deadline=None)
SOME = settings(max_examples=tries(60, 600), deadline=None)


def by_facts(verdicts):
    """Those verdicts that a fact gave, not a tick of the clock."""
    return [verdict for verdict in verdicts if verdict.fact is not None]


@FEW
@given(invented.definitions(), invented.histories(), st.data())
def test_no_verdict_depends_on_a_later_fact(definition, history, data):
    """Property 1: cut the history anywhere; up to there the verdicts are the same, ticks included."""
    cut = data.draw(st.integers(0, len(history)), label="cut")
    whole = list(replay(definition, history))
    until = history[cut].recorded if cut < len(history) else None
    short = list(replay(definition, history[:cut], until=until))
    assert whole[: len(short)] == short


@FEW
@given(
    invented.definitions(), invented.histories(), invented.histories(structural=False, most=10), st.integers(0, 99)
)  # fmt: skip
def test_facts_appended_later_do_not_rewrite_a_verdict_that_was_given(definition, history, later, place):
    """Property 3: late facts, withdrawals and merges count from their recording; what was said before stays said."""
    end = history[-1].recorded
    wrong = history[place % len(history)]
    times = {"id": len(history) + 1, "happened": end, "known": end, "recorded": end}
    taken_back = f.Withdrawn(person=wrong.person, account=wrong.account, fact=wrong.id, **times)
    moved = [_moved(fact, len(history) + 1, end - later[0].recorded) for fact in later]
    said = list(replay(definition, history))
    assert list(replay(definition, [*history, taken_back, *moved]))[: len(said)] == said


def _moved(fact, numbers, minutes):
    times = {name: getattr(fact, name) + minutes for name in ("happened", "known", "recorded")}
    return dataclasses.replace(fact, id=fact.id + numbers, **times)


@FEW
@given(invented.definitions(), invented.histories(structural=False))
def test_a_fold_resumed_from_json_after_every_fact_equals_the_replay(definition, history):
    """Property 2: what is stored of an account and its people is all that the next fact needs."""
    replayed = by_facts(replay(definition, history))
    accounts: dict[int, str] = {}
    people: dict[int, str] = {}
    homes: dict[int, int] = {}
    resumed = []
    for fact in history:
        fold = Fold(definition)
        if fact.account in accounts:
            fold.accounts[fact.account] = AccountState.from_json(json.loads(accounts[fact.account]))
        # only what `record` loads: the person of the fact, and the people in front
        front = [entry[0] for entry in fold.accounts[fact.account].front] if fold.accounts else []
        for who in {*front, fact.person} & set(people):
            fold.people[who] = PersonState.from_json(json.loads(people[who]))
            fold.homes[who] = homes[who]
        fold.take(fact)
        resumed.append(judge(fold, fact.account, fact.person, fact.recorded, fact.id))
        accounts[fact.account] = json.dumps(fold.accounts[fact.account].to_json())
        people |= {who: json.dumps(state.to_json()) for who, state in fold.people.items()}
        homes |= fold.homes
    assert resumed == replayed


@FEW
@given(invented.definitions(), invented.histories())
def test_a_fold_from_the_facts_ends_where_the_replay_ends(definition, history):
    """Merges, moves and withdrawals included: what the due loop folds again is what recording had folded."""
    last = by_facts(replay(definition, history))[-1]
    fold = refold(definition, history)
    assert judge(fold, last.account, last.person, last.at, last.fact) == last


@SOME
@given(invented.definitions(), invented.histories())
def test_rejudge_at_is_never_late(definition, history):
    """Between two ticks nothing changes: judged every few hours, and every minute before the next tick."""
    fold = refold(definition, history)
    at = history[-1].recorded
    for number in fold.accounts:
        now = at
        for _ in range(4):
            verdict = judge_account(fold, number, now)
            said = [(one.person, one.unmet, one.grade, one.levels) for one in verdict.people]
            due = verdict.rejudge_at
            assert due is None or due > now
            end = min(due or now + 400 * DAY, now + 400 * DAY)
            looks = {*range(now, end, max((end - now) // 60, 1)), *range(max(now, end - 90), end)}
            for look in sorted(looks):
                there = judge_account(fold, number, look)
                assert [(one.person, one.unmet, one.grade, one.levels) for one in there.people] == said, look
            if due is None:
                break
            now = due


@SOME
@given(invented.definitions(), invented.histories())
def test_the_clock_ticks_seldom(definition, history):
    """A silent tick is allowed, a swarm of them is not: some for each moment at which something can change."""
    year = history[-1].recorded + 365 * DAY
    ticks = [one for one in replay(definition, history, until=year) if one.fact is None]
    moments = {(one.account, one.at) for one in ticks}
    assert len(moments) <= 12 * len(history) + 12


@FEW
@given(invented.definitions(), invented.histories())
def test_a_verdict_says_the_same_at_a_tick_and_between(definition, history):
    """The verdict on somebody at a moment is of the fold alone, however often the clock has ticked before."""
    until = history[-1].recorded + 30 * DAY
    for one in replay(definition, history, until=until):
        if one.fact is None and one.at > history[-1].recorded:
            assert judge(refold(definition, history), one.account, one.person, one.at) == one


@FEW
@given(invented.definitions(), invented.histories(structural=False), st.sampled_from(("people", "accounts")))
def test_merge_then_unmerge_is_as_if_nothing_had_happened(definition, history, what):
    """Property 5, in the policy: every verdict after the undoing is the one without the merge."""
    numbers = [fact.person if what == "people" else fact.account for fact in history]
    both = sorted({number for number in numbers if number is not None})
    assume(len(both) > 1)
    kept, gone = both[:2]
    last = history[-1]
    where = kept if what == "accounts" else next(fact.account for fact in history if fact.person == kept)
    times = dict.fromkeys(("happened", "known", "recorded"), last.recorded)
    who = kept if what == "people" else None
    undone = [
        *history,
        f.Merged(id=last.id + 1, account=where, person=who, other=gone, **times),
        f.Unmerged(id=last.id + 2, account=where, person=who, other=gone, **times),
    ]
    at = last.recorded + DAY
    for fold in (refold(definition, undone), _stepwise(definition, undone)):
        plain = refold(definition, history)
        assert {n: state.to_json() for n, state in fold.people.items()} == {
            n: state.to_json() for n, state in plain.people.items()
        }
        for number in plain.accounts:
            assert judge_account(fold, number, at) == judge_account(plain, number, at)


def _stepwise(definition, history):
    """Folded as recording does it: one by one, and from the start again after a merge or its undoing."""
    fold, seen = Fold(definition), []
    for fact in history:
        seen.append(fact)
        if fact.kind in ("merged", "unmerged", "withdrawn"):
            fold.link(fact)
            fold = fold.again(seen)
        else:
            fold.take(fact)
    return fold


@FEW
@given(invented.definitions(), invented.histories(structural=False, late=False), st.integers())
def test_the_score_is_the_same_in_whatever_order_late_facts_come(definition, history, seed):
    """Forward decay: what happened counts by when it happened; only caps and repeats know the order of recording."""
    score = {**definition.document["score"], "daily_cap": 10_000, "cap": {}, "repeat_days": 0}
    rules = parse({**definition.document, "score": score})
    end = max(fact.happened for fact in history)
    clicks = ("inquiry", "content_taken", "page_seen", "mail_clicked", "mail_replied", "met", "opted_out")
    uploaded = [
        dataclasses.replace(fact, recorded=end, known=end)
        for fact in history
        if fact.kind in clicks and fact.happened >= end - 400 * DAY
    ]
    shuffled = Random(seed).sample(uploaded, len(uploaded))
    one, other = refold(rules, uploaded), refold(rules, shuffled)
    for number in one.accounts:
        for who in one.people:
            assert abs(judge(one, number, who, end).milli - judge(other, number, who, end).milli) <= 1
