"""Decisions of the sorting bench: what they would do is what they do, and taking back leaves everything as before."""

import itertools
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tries import tries
from tests.web import people
from winnow.funnel import reports
from winnow.leads import sorting, sortings
from winnow.leads.bench import Wanted, bench
from winnow.leads.checking import cycles
from winnow.leads.clock import now
from winnow.leads.cycle import Answer, Cycle, StageChange
from winnow.leads.errors import Refusal
from winnow.leads.fact import FactRow
from winnow.leads.message import Enrolment, Message, Programme
from winnow.leads.replaying import honest_cache
from winnow.leads.sortings import Hold, SortedPerson, Sorting
from winnow.leads.standing import PersonStanding
from winnow.leads.touch import Touch
from winnow.outreach import dispositions, programmes
from winnow.outreach.dispositions import Wish

pytestmark = pytest.mark.django_db
NURTURE, COMPETITOR = Wish("nurture"), Wish("disqualified", reason="competitor")
WISHES = (NURTURE, COMPETITOR, Wish("qualified"))


def stage(person):
    return Cycle.last_of(person).stage


def waiting():
    return {row.name.split()[0] for row in bench(Wanted(), now()).order()}


def all_is_well():
    for check in (honest_cache(), cycles()):
        assert check.ok, check.examples
    assert reports.run("stock").totals["balances"]
    for cycle in Cycle.objects.all():
        moves = list(StageChange.objects.filter(cycle=cycle).order_by("pk").values_list("before", "after"))
        assert cycle.stage == moves[-1][1]
        assert all(one[1] == other[0] for one, other in itertools.pairwise(moves))


def standing(person):
    return PersonStanding.objects.filter(person=person).values_list("grade", "levels", "unmet", "ready").get()


def programme():
    made = Programme.objects.create(code="audit", name="Audit season", created_at=now(), consent="objection_only")
    programmes.add_tip(made, code="t1", phase="learning", subject="Doors", body="Doors leak cold. {unsubscribe}")
    return made


def test_who_was_nurtured_by_mistake_waits_again_and_both_moves_stay_on_record():
    people.signed()
    ann = people.person()
    ann.inquiries.update(inquiry_due_at=now() + timedelta(hours=1))
    before, since = standing(ann), Cycle.last_of(ann).stage_at
    done = dispositions.decide([ann], NURTURE, by=people.carol())
    assert (stage(ann), waiting()) == ("nurturing", set())
    assert ann.inquiries.get().answered_at is not None
    assert dispositions.undo(done.sorting, by=people.carol()) == []
    assert (stage(ann), waiting(), standing(ann)) == ("new", {"Ann"}, before)
    assert ann.inquiries.get().answered_at is None and Cycle.last_of(ann).stage_at == since
    assert FactRow.objects.filter(person=ann, kind="disposition").count() == 1
    assert FactRow.objects.filter(person=ann, kind="withdrawn").count() == 1
    all_is_well()
    with pytest.raises(Refusal, match="taken back before"):
        dispositions.undo(done.sorting, by=people.carol())


def test_a_lead_that_was_disqualified_by_mistake_is_a_lead_again():
    people.signed()
    lead = people.lead()
    done = dispositions.decide([lead.person], Wish("disqualified", "competitor", lasting=True), by=people.carol())
    assert stage(lead.person) == "disqualified" and not standing(lead.person)[3]
    dispositions.undo(done.sorting, by=people.carol())
    assert stage(lead.person) == "ready" and standing(lead.person)[3]
    assert lead.account.leads.filter(closed_at=None).count() == 1
    all_is_well()


def test_a_call_with_what_was_learned_in_it_is_taken_back_and_all_stands_as_before():
    people.signed({**people.STARTER, "lead": {"grade": "B", "person_confirms": True}})
    ann = people.eager(people.person())
    ann.inquiries.update(inquiry_due_at=now() + timedelta(hours=1))
    before = standing(ann)
    made = sortings.call(ann, result="spoke", minutes=7, note="Friendly.", learned=[("budget", "yes", "Yes.")],
                         by=people.carol())  # fmt: skip
    assert standing(ann) != before and ann.inquiries.get().answered_at and Touch.made_in(Cycle.last_of(ann)).exists()
    dispositions.undo(made, by=people.carol())
    assert standing(ann) == before and ann.inquiries.get().answered_at is None
    assert not Touch.made_in(Cycle.last_of(ann)).exists() and Touch.objects.get().note == "Friendly."
    assert Answer.objects.get().withdrawn_at and FactRow.objects.filter(kind="withdrawn").count() == 2
    all_is_well()
    with pytest.raises(Refusal, match="taken back before"):
        dispositions.undo(made, by=people.carol())


def test_a_confirmation_that_was_a_mistake_makes_the_lead_none_any_more_unless_sales_has_it():
    people.signed({**people.STARTER, "lead": {"grade": "B", "person_confirms": True}})
    ann, bob = there = [
        people.answers(people.eager(people.fit(people.person(*who))), budget="partly", need="yes", authority="yes",
                       timing="partly")
        for who in (("Ann",), ("Bob", "Gelati Baraldi"))
    ]  # fmt: skip
    made = [dispositions.decide([one], Wish("qualified"), by=people.carol()).sorting for one in there]
    assert (stage(ann), stage(bob)) == ("ready", "ready")
    bob.account.leads.get().hand_off(to=people.sam(), by=people.carol())
    dispositions.undo(made[0], by=people.carol())
    assert stage(ann) == "nurturing" and not standing(ann)[3]
    assert ann.account.leads.filter(closed_at=None).count() == 0
    with pytest.raises(Refusal, match=r"Bob .* has become handed off since; that stands"):
        dispositions.undo(made[1], by=people.carol())
    all_is_well()


def test_what_has_moved_on_stays_and_says_why():
    people.signed()
    ann, bob = people.person("Ann"), people.person("Bob", "Gelati Baraldi")
    out = dispositions.decide([ann], COMPETITOR, by=people.carol()).sorting
    sorting.dispose(ann, disposition="reopened", by=people.carol())
    with pytest.raises(Refusal, match=r"Ann Ahlgren is in cycle 2 since .*; that one goes on"):
        dispositions.undo(out, by=people.carol())
    nurtured = dispositions.decide([bob], NURTURE, by=people.carol()).sorting
    people.answers(people.eager(people.fit(bob)), budget="partly", need="yes", authority="yes", timing="partly")
    with pytest.raises(Refusal, match=r"Bob Ahlgren has become ready since; that stands"):
        dispositions.undo(nurtured, by=people.carol())
    assert (stage(ann), stage(bob)) == ("nurturing", "ready")
    assert SortedPerson.objects.get(person=bob).stays.startswith("Bob Ahlgren has become ready")


def scene():
    """One of each: new, ready, with sales, closed, with another sorter, nurtured."""
    people.signed()
    there = {"new": people.person("Ann"), "ready": people.lead("Bob", "Gelati Baraldi").person}
    given = people.lead("Cleo", "Owoce Polskie")
    given.hand_off(to=people.sam(), by=people.carol())
    there |= {"sales": given.person, "closed": people.person("Dan", "Firm D"), "held": people.person("Eva", "Firm E")}
    dispositions.decide([there["closed"]], COMPETITOR, by=people.carol())
    sortings.take_hold(there["held"].pk, people.rolf(), now())
    there["nurtured"] = people.person("Finn", "Firm F")
    dispositions.decide([there["nurtured"]], NURTURE, by=people.carol())
    return there


@pytest.mark.parametrize("what", ["nurture", "programme", "disqualified"])
def test_the_preview_says_what_the_decision_does(what):
    there = scene()
    wish = {"nurture": NURTURE, "programme": Wish("nurture", programme=programme()), "disqualified": COMPETITOR}[what]
    if what == "programme":
        there["new"].email = ""
        there["new"].save()
    foreseen = dispositions.preview(list(there.values()), wish, by=people.carol())
    done = dispositions.decide(list(there.values()), wish, by=people.carol())
    assert done.skipped == foreseen.skipped and done.people == len(foreseen.people)
    why = {person.pk: said for person, said in done.skipped}
    assert "with sales" in why[there["sales"].pk] and "no open cycle" in why[there["closed"].pk]
    assert why[there["held"].pk] == f"{people.rolf()} is at Eva Ahlgren right now."
    assert {stage(person) for person in foreseen.people} == {"disqualified" if what == "disqualified" else "nurturing"}
    assert ("ready again at once" in why.get(there["ready"].pk, "")) == (what != "disqualified")
    if what == "disqualified":
        assert foreseen.notes == ["1 of them is ready, and would be no lead any more."]
    assert (there["new"].pk in why) == (what == "programme")
    assert dispositions.undo(done.sorting, by=people.carol()) == []
    assert stage(there["ready"]) == "ready" and stage(there["nurtured"]) == "nurturing"
    assert not Enrolment.objects.filter(stopped_at=None).exists()
    all_is_well()


def test_of_many_those_stay_for_whom_something_has_happened_since():
    there = scene()
    many = [there["new"], there["nurtured"], there["ready"]]
    done = dispositions.decide(many, COMPETITOR, by=people.carol())
    sorting.dispose(there["nurtured"], disposition="reopened", by=people.carol())
    stays = dispositions.undo(done.sorting, by=people.carol())
    assert [person for person, _ in stays] == [there["nurtured"]]
    done.sorting.refresh_from_db()
    assert done.sorting.undone_at is None and (stage(there["new"]), stage(there["ready"])) == ("new", "ready")


def test_a_mail_that_went_out_is_not_undone_and_one_that_waits_is_called_back():
    people.signed()
    ann, plan = people.person(), programme()
    done = dispositions.decide([ann], Wish("nurture", programme=plan), by=people.carol())
    place = Enrolment.objects.get()
    mail = programmes.write(place, plan.tips.get(), at=now(), state="queued")
    with transaction.atomic():
        Message.objects.filter(pk=mail.pk).update(state="sent", sent_at=now())
        with pytest.raises(Refusal, match=r"went to Ann Ahlgren .* already; take them out of Audit season instead"):
            dispositions.undo(done.sorting, by=people.carol())
        Message.objects.filter(pk=mail.pk).update(state="queued", sent_at=None)
    assert stage(ann) == "nurturing"
    dispositions.undo(done.sorting, by=people.carol())
    assert (stage(ann), Message.objects.get().state) == ("new", "cancelled")
    place.refresh_from_db()
    assert place.stop_reason == "taken back"


def test_too_many_nobody_and_no_reason_are_refused():
    people.signed()
    with pytest.raises(Refusal, match="Nobody was chosen"):
        dispositions.decide([], NURTURE, by=people.carol())
    with pytest.raises(Refusal, match="201 are more than"):
        dispositions.decide([people.person()] * 201, NURTURE, by=people.carol())
    with pytest.raises(Refusal, match="without a reason"):
        dispositions.decide([people.person()], Wish("disqualified"), by=people.carol())
    assert not Sorting.objects.exists()


def test_two_sorters_are_never_at_the_same_person():
    people.signed()
    ann, bob = people.person("Ann"), people.person("Bob", "Gelati Baraldi")
    carol, rolf, at = people.carol(), people.rolf(), now()
    assert sortings.take_hold(ann.pk, carol, at)
    assert not sortings.take_hold(ann.pk, rolf, at)
    assert sortings.take_hold(bob.pk, rolf, at)
    with pytest.raises(Refusal, match="is at Ann Ahlgren since"):
        sortings.free_for(ann, rolf, at)
    assert sortings.take_hold(ann.pk, carol, at + timedelta(minutes=9))  # still there
    assert not sortings.take_hold(ann.pk, rolf, at + timedelta(minutes=11))
    assert sortings.take_hold(ann.pk, rolf, at + timedelta(minutes=20))  # gone for a while
    assert not sortings.take_hold(ann.pk, carol, at + timedelta(minutes=20))
    assert Hold.objects.count() == 1


@settings(
    max_examples=tries(8, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.integers(0, 2**32))
def test_whatever_is_decided_and_taken_back_the_stock_closes_and_the_standings_are_honest(db, seed):
    chance, carol = Random(seed), people.carol()
    with transaction.atomic():
        people.signed()
        there = [people.person("Ann"), people.lead("Bob", "Gelati Baraldi").person, people.person("Cleo", "Owoce")]
        made = []
        for _ in range(8):
            try:
                match chance.choice(("sort", "sort", "call", "undo", "undo", "reopen", "eager")):
                    case "sort":
                        some = chance.sample(there, chance.randint(1, 3))
                        done = dispositions.decide(some, chance.choice(WISHES), by=carol)
                        made += [done.sorting] if done.sorting else []
                    case "call":
                        learned = [("budget", chance.choice(("yes", "no")), "")][: chance.randint(0, 1)]
                        who = chance.choice(there)
                        made.append(sortings.call(who, result="spoke", learned=learned, by=carol))
                    case "undo" if made:
                        dispositions.undo(chance.choice(made), by=carol)
                    case "reopen":
                        sorting.dispose(chance.choice(there), disposition="reopened", by=carol)
                    case "eager":
                        people.eager(chance.choice(there), times=1)
            except Refusal:
                pass
        all_is_well()
        transaction.set_rollback(True)
