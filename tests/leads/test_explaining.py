"""A verdict explained: every point and clause with its evidence, what would do, and what made the difference."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.leads.people import signed
from tests.leads.test_honest_cache import recorded
from tests.policy import invented
from tests.tries import tries
from tests.web import people
from winnow.leads import sorting
from winnow.leads.changes import change_since
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.explaining import explained
from winnow.leads.fact import minute, moment
from winnow.leads.merging import merge_people
from winnow.leads.record import record_in_bulk, recording, refold_account
from winnow.policy import facts
from winnow.policy.judge import judge

pytestmark = pytest.mark.django_db


def scene(days=20):
    """Ann: interested weeks ago, and lately a call in which she told of her need."""
    people.signed()
    Definition.objects.update(in_force_from=now() - timedelta(days=100))
    ann = people.person("Ann", at=now() - timedelta(days=days))
    people.eager(people.fit(ann, at=now() - timedelta(days=days)), times=3, at=now() - timedelta(days=days))
    sorting.answer(ann, item="need", level="yes", source="call", quote="We lose two loads a month.", by=people.carol(),
                   at=now() - timedelta(days=2))  # fmt: skip
    return ann


def section(told, beginning):
    return next(lines for heading, lines in told.sections if heading.startswith(beginning))


def test_every_clause_stands_with_its_evidence_and_age_and_every_point_with_its_half_life():
    told = explained(scene())
    clauses = {one.clause: one for one in told.clauses}
    said = "“We lose two loads a month.” Ann Ahlgren, by phone"
    assert clauses["need"].met and clauses["need"].evidence.startswith(said)
    assert not clauses["budget"].met and clauses["budget"].evidence == "nobody has said so"
    assert {"score", "fit", "need", "budget", "enough", "conversation"} <= set(clauses)
    lines = "\n".join(section(told, "Clause by clause"))
    assert "2 days ago" in lines and "counts until" in lines and "unmet 4.3  Budget is unknown" in lines
    points = section(told, "Score")
    assert any("fades by half in 30 days" in line and "20 days ago" in line for line in points)
    assert any(line.endswith("stays") for line in points)
    assert abs(sum(line.today for line in told.dossier.lines) - told.verdict.milli) < 10


def test_what_would_make_it_ready_is_proved_and_says_until_when_it_does():
    told = explained(scene())
    text = " ".join(section(told, "What would make it ready"))
    assert "Who sets aside money for this" in text and "at least “partly” is asked" in text and "In time:" in text
    steps = told.data()["steps"]
    assert steps["ready"] and {act["kind"] for act in steps["acts"]} >= {"answer"} and steps["until"] > now()


def test_what_changed_since_last_week_names_the_facts_and_the_fading():
    told = explained(scene())
    change = told.change
    assert change.before is not None and "need" in change.before.unmet and "need" not in change.now.unmet
    assert [one.met for one in change.effects if one.met] == [("need",)]
    assert change.effects[0].what.startswith("What was known faded") and change.effects[0].milli < 0
    assert change.before.milli + sum(one.milli for one in change.effects) == change.now.milli
    text = section(told, "What changed since")
    assert text[0].startswith("Then: score") and any("Need: yes" in line and "met now: need" in line for line in text)


def test_as_of_a_day_only_what_was_known_then_counts():
    ann = scene()
    told = explained(ann, as_of=now() - timedelta(days=5))
    assert "need" in told.verdict.unmet and told.verdict.milli > explained(ann).verdict.milli
    late = now() - timedelta(days=10)
    uploaded = facts.ContentTaken(account=ann.account_id, person=ann.pk, content="late")
    record_in_bulk([(uploaded, late, now(), None, None)], at=now())
    with recording(ann.account):
        pass
    assert explained(ann, as_of=now() - timedelta(days=5)).verdict.milli == told.verdict.milli
    with pytest.raises(Refusal, match="No definition was in force on"):
        explained(ann, as_of=now() - timedelta(days=4000))


def test_a_new_definition_is_one_of_the_things_that_made_the_difference():
    ann = scene()
    later = people.STARTER | {"score": people.STARTER["score"] | {"title": {"director": 40}}}
    people.signed(later)
    change = explained(ann).change
    assert "is in force instead of" in change.effects[0].what and change.effects[0].milli == 28_000
    assert change.before.milli + sum(one.milli for one in change.effects) == change.now.milli


def test_after_a_merge_or_a_purge_the_score_is_derived_again_and_counts_nothing_twice():
    people.signed()
    ann, twin = people.person("Ann"), people.person("Annie")
    before = explained(people.eager(ann, times=2)).verdict.milli
    people.eager(twin, times=2)  # the same papers, by the same human
    merged = merge_people(ann, twin, by=people.carol())
    both = explained(ann).verdict.milli
    papers = [line for line in explained(ann).dossier.lines if line.what.startswith("paper")]
    assert sum(line.given > 0 for line in papers) == 2 and merged.pk and both >= before
    with recording(ann.account) as history:
        for fact in [line.fact for line in explained(ann).dossier.lines if line.fact]:
            history.append(facts.Withdrawn(person=ann.pk, fact=fact))
    assert explained(ann).verdict.milli == 0


@settings(
    max_examples=tries(6, 80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.integers(0, 2**40), invented.histories(most=12), st.integers(0, 60))
def test_the_effects_add_up_to_the_difference(db, seed, history, days):
    definition = signed(invented.document(Random(seed)))
    _, there = recorded(history)
    at = moment(history[-1].recorded + 1440)
    for person in there.values():
        person.refresh_from_db()
        fold = refold_account(definition, person.account_id)
        home = fold.homes.get(fold.person(person.pk))
        if fold.person(person.pk) != person.pk or home is None:
            continue
        person.account_id = home
        verdict = judge(refold_account(definition, home), home, person.pk, minute(at))
        change = change_since(person, at - timedelta(days=days), definition, verdict, at)
        then = change.before.milli if change.before else 0
        if change.before is not None or change.definition_then is None:
            first = then if change.before is not None else change.now.milli - sum(one.milli for one in change.effects)
            assert first + sum(one.milli for one in change.effects) == change.now.milli
        unmet = set(change.before.unmet) if change.before else set(change.now.unmet)
        for one in change.effects if change.before else ():
            unmet = unmet - set(one.met) | set(one.lapsed)
        assert len(change.effects) >= 12 or unmet == set(change.now.unmet)
