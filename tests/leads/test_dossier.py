"""What explains a verdict: the same however it was folded, in words that people use."""

from datetime import timedelta

import pytest

from tests.web import people
from winnow.leads import dossier as room
from winnow.leads import sorting
from winnow.leads.asked import Asked, people_asked_for
from winnow.leads.clock import now
from winnow.leads.dossier import dossier
from winnow.leads.record import recording
from winnow.leads.story import story
from winnow.policy import facts

pytestmark = pytest.mark.django_db


def short_of_budget():
    one = people.eager(people.fit(people.person()))
    return people.answers(one, need="yes", authority="yes", timing="partly")


def test_a_long_history_is_resumed_and_says_the_same_as_a_replayed_one(monkeypatch):
    people.signed()
    ann, at = short_of_budget(), now()
    replayed = dossier(ann, at=at)
    monkeypatch.setattr(room, "MANY_FACTS", 0)
    resumed = dossier(ann, at=at)
    assert replayed.whole and not resumed.whole
    assert resumed.verdict == replayed.verdict
    assert [row.level for row in resumed.sheet] == [row.level for row in replayed.sheet]
    assert [one.clause for one in resumed.unmet] == ["budget"]
    assert not resumed.curve and replayed.curve
    assert dossier(ann, at=at, every_line=True).lines == replayed.lines


def test_the_lines_add_up_to_the_score_and_the_curve_ends_at_it():
    people.signed()
    found = dossier(short_of_budget())
    assert abs(sum(line.today for line in found.lines) - found.verdict.milli) < 10
    assert abs(found.curve[-1][1] - found.verdict.milli) < 10
    assert [at for at, _ in found.curve] == sorted(at for at, _ in found.curve)


def test_the_verdict_is_of_now_and_not_of_when_it_was_stored():
    people.signed()
    ann = short_of_budget()
    later = dossier(ann, at=now() + timedelta(days=400))
    assert {"score", "need", "conversation"} <= {one.clause for one in later.unmet}
    assert any("Nobody has talked with anyone there" in one.known for one in later.unmet)


def test_a_recycled_person_is_told_what_would_lift_it():
    people.signed()
    lead = people.lead()
    lead.hand_off(to=people.sam(), by=people.carol()).reject(reason="no_budget", by=people.sam())
    found = dossier(lead.person)
    unmet = {one.clause: one for one in found.unmet}
    assert unmet["recycled"].number == "C" and "new evidence for budget" in unmet["recycled"].asked
    assert found.advice == "nurture"
    assert found.steps[0] == ("Learn something newer", "", "on budget: that alone lifts the recycling.")
    assert found.sheet[0].level == "unknown" and "asked again since it failed" in found.sheet[0].expired


def test_the_story_tells_of_the_whole_account_in_words_and_names_who_did_what():
    people.signed()
    ann, bob = people.person("Ann"), people.person("Bob", inquired=False)
    people.fit(ann)
    with recording(ann.account) as history:
        history.append(facts.ContentTaken(person=bob.pk, content="audit_season", quantity=2))
        history.append(facts.MailClicked(person=ann.pk, mail="tip_one", confirmed=False))
        history.append(facts.PageSeen(person=ann.pk, page="careers"))
    sorting.log_call(ann, result="spoke", minutes=4, note="Friendly.", by=people.carol())
    sorting.answer(ann, item="need", level="yes", source="call", quote="We lose two loads a month.", by=people.carol())
    told = [f"{one.strong}{one.plain}" for one in story(ann)]
    assert told[0] == "Need: yes" and story(ann)[0].said == "We lose two loads a month."
    assert "Carol called, 4 min" in told
    assert "Bob Ahlgren took audit season, 2 steps" in told
    assert "A click in tip one that may be a mail scanner’s. Not counted" in told
    assert "Known now: industry logistics, employees 640, country DK" in told
    assert told[-1] == "Filled in a form" and story(ann)[-1].said == "Our loggers fail in the cold store."


def test_every_kind_of_fact_has_words_of_its_own():
    from winnow.leads import story as words

    assert set(facts.KINDS) - {"described"} == set(words._WORDS)


def test_a_list_goes_on_page_by_page_whatever_is_asked_for():
    people.signed()
    carol = people.carol()
    for number in range(4):
        people.eager(people.person(f"P{number}", f"Firm {number}"), times=number)
    need = {"item": "need", "level": "unknown"}
    for asked in ({}, {"group": "further"}, {"stage": "new"}, {"interest": "active"}, need):
        seen, after = [], ""
        for _ in range(5):
            found = people_asked_for(carol, Asked(**asked, after=after), page=2)
            seen += [one.first_name for one in found.people]
            after = found.after
            if not after:
                break
        assert seen == [f"P{number}" for number in reversed(range(4))], asked
    assert not people_asked_for(None, Asked()).people
