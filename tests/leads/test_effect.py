"""What a draft would change today: the same policy on stored states, and from the facts where it weighs differently."""

import copy
import re
from pathlib import Path

import pytest

import winnow.policy.fold
from tests.leads.people import STARTER, account, prospect, signed
from winnow.leads import effect as effects
from winnow.leads.effect import FOLDED, effect, weighs_alike
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.policy.definition import parse

LOW = {"score": {"asked": 10, "content": {"demo": 20, "paper": 4}, "daily_cap": 30}, "lead": {"grade": "D"},
       "bantfo": {"need": {"asked": "yes"}}}  # fmt: skip


def changed(**sections):
    made = copy.deepcopy(LOW)
    for name, values in sections.items():
        made.setdefault(name, {}).update(values)
    return parse(made)


@pytest.fixture
def scene(db, monkeypatch):
    """Ann is ready, Bob lacks an answer, Cem lacks points. A loaded machine has time enough."""
    monkeypatch.setattr(effects, "SECONDS", 60)
    effects._kept.clear()
    row = signed(LOW)
    for name, content, need in (("Ann", "demo", "yes"), ("Bob", "demo", "partly"), ("Cem", "paper", "yes")):
        person = prospect(name, account(f"{name} Ltd"))
        with recording(person.account) as history:
            history.append(facts.ContentTaken(person=person.pk, content=content))
            history.append(facts.Answered(person=person.pk, item="need", level=need, source="call"))
    yield row
    effects._kept.clear()


def names(flips):
    from winnow.leads.models import Person

    return [Person.objects.get(pk=one.person).first_name for one in flips]


def test_who_would_drop_out_and_who_would_become_ready_are_named_with_the_clauses(scene, django_assert_max_num_queries):
    whole, alone = effect(scene, changed(score={"asked": 25}))
    assert (whole.ready, whole.others, whole.sampled, alone) == (1, 2, False, {})
    assert names(whole.dropped) == ["Ann"] and whole.clauses_of_dropped == [("score", 1)] and not whole.became
    whole, alone = effect(scene, changed(score={"asked": 2}, bantfo={"need": {"asked": "partly"}}), {
        "score": changed(score={"asked": 2}), "bantfo": changed(bantfo={"need": {"asked": "partly"}}),
    })  # fmt: skip
    assert sorted(names(whole.became)) == ["Bob", "Cem"] and whole.estimate is None
    assert names(alone["score"].became) == ["Cem"] and names(alone["bantfo"].became) == ["Bob"]
    with django_assert_max_num_queries(2):  # what was loaded serves for the next letter that is typed
        effect(scene, changed(account={"people": 2}))


def test_other_weights_are_folded_again_from_the_facts(scene):
    draft = changed(score={"content": {"demo": 4, "paper": 20}})
    assert not weighs_alike(scene.policy, draft)
    whole, _ = effect(scene, draft)
    assert names(whole.dropped) == ["Ann"] and names(whole.became) == ["Cem"]


@pytest.mark.parametrize("many", [10, 1])
def test_of_many_a_sample_is_looked_at_and_the_rest_estimated(scene, monkeypatch, many):
    monkeypatch.setattr(effects, "ALL_OF", 1)  # the sample of a table as small as this is the whole of it
    monkeypatch.setattr(effects, "BY_PAGES", many)
    monkeypatch.setattr(effects.Sample, "__init__", _of_nine_hundred(effects.Sample.__init__))
    whole, _ = effect(scene, changed(score={"asked": 2}))
    about, least, most = whole.estimate
    assert (whole.others, whole.others_in_all, whole.sampled) == (2, 900, True)
    assert whole.estimate_of_dropped is None and about == 450 and 0 < least < 450 < most < 900


def _of_nine_hundred(init):
    def made(self, row):
        init(self, row)
        self.others_in_all = 900

    return made


def test_the_list_of_what_the_fold_reads_is_whole():
    """A key that the fold reads and the list lacks would show yesterday's sums as today's."""
    source = Path(winnow.policy.fold.__file__).read_text()
    read = set(re.findall(r"definition\.([a-z_]+)\b", source)) - {"clause"}
    assert read | {"clauses"} == set(FOLDED)
    assert weighs_alike(parse(STARTER), parse({**STARTER, "promise": {"response_minutes": 5}, "name": "x"}))
