"""What a job title says is known of its person from then on, unless somebody has said otherwise."""

import pytest

from tests.intake.definition import signed
from tests.intake.files import load, sums, written
from tests.intake.test_undo import counting
from winnow.intake.incoming import incoming
from winnow.intake.undo import undo
from winnow.leads.capture import take_inquiries
from winnow.leads.clock import now
from winnow.leads.due import judge_due
from winnow.leads.models import FactRow, Inquiry, Person, PersonStanding
from winnow.leads.replaying import honest_cache
from winnow.leads.titles import SOURCE

pytestmark = pytest.mark.django_db

PEOPLE = 'as = "people"\n[columns]\nid = "external_id"\nname = "last_name"\ntitle = "title"\nrank = "seniority"\n'


def take(*rows, historic=False):
    taken = [incoming(row | {"channel": "web"}, external_id=str(n), at=now())[0] for n, row in enumerate(rows)]
    start = Inquiry.objects.count()
    for number, one in enumerate(taken):
        one.external_id = str(start + number)
    return take_inquiries(taken, at=now(), historic=historic)


def ann(**more):
    return {"email": "ann@acme.example", "last_name": "Lee"} | more


def known():
    """Rank and department of the only person, and what was recorded of them, in order."""
    person = Person.objects.get()
    said = FactRow.objects.filter(kind="described", person=person).order_by("id")
    return (person.seniority, person.department), list(said.values_list("code", "value", "source"))


def people(folder, *rows):
    return load(written(folder, "\n".join(["id,name,title,rank", *rows])), PEOPLE)


def test_the_rank_that_a_title_names_is_recorded_with_what_read_it():
    take(ann(title="Leiterin Einkauf"))
    rank, department = ("seniority", "director", SOURCE), ("department", "purchasing", SOURCE)
    assert known() == (("director", "purchasing"), [rank, department])


def test_of_a_doubtful_title_only_what_is_sure_is_recorded():
    take(ann(title="Project Manager"))
    assert known() == (("", "project_management"), [("department", "project_management", SOURCE)])


def test_nothing_is_recorded_of_a_title_that_says_nothing():
    take(ann(title="Dreamer"), ann(title="n/a"))
    assert known() == (("", ""), [])


def test_what_was_given_wins_over_the_title_whichever_comes_first():
    take(ann(title="Leiterin Einkauf", seniority="junior"))
    assert known()[0] == ("junior", "purchasing")
    take(ann(title="CEO"))
    assert known()[0] == ("junior", "purchasing")
    take(ann(seniority="vp", department="sales"))
    assert known()[0] == ("vp", "sales")


def test_the_same_title_again_is_recorded_once():
    take(ann(title="CEO"), ann(title="CEO"))
    take(ann(title="CEO"))
    assert len(known()[1]) == 2


def test_two_rows_of_one_new_person_tell_both():
    take(ann(), ann(title="CEO"))
    assert known()[0] == ("executive", "general_management")
    assert Person.objects.get().title == "CEO"


def test_a_title_that_comes_later_is_judged_then():
    take(ann())
    take(ann(title="CEO"))
    assert known()[0] == ("executive", "general_management")


def test_a_rank_that_the_definition_refuses_is_refused_also_when_only_the_title_names_it():
    signed(seniorities_refused=["junior"])
    take(ann(title="Werkstudent Marketing"), {"email": "bob@acme.example", "title": "Head of Marketing"})
    assert list(Inquiry.objects.order_by("external_id").values_list("valid", "invalid_reason")) == [
        (False, "role"), (True, ""),
    ]  # fmt: skip


def test_a_changed_title_is_judged_again(tmp_path):
    people(tmp_path, "1,Lee,Sales Manager,")
    assert known()[0] == ("manager", "sales")
    second = people(tmp_path, "1,Lee,VP Marketing,")
    assert known()[0] == ("vp", "marketing") and sums(second) == {"updated": 1}
    people(tmp_path, "1,Lee,Dreamer,")
    assert known()[0] == ("", ""), "what the old title said is not known any more"


def test_a_rank_that_a_list_gave_survives_every_title(tmp_path):
    people(tmp_path, "1,Lee,Sales Manager,director")
    people(tmp_path, "1,Lee,Intern,")
    assert known()[0] == ("director", "")


def test_a_rank_that_was_read_and_then_given_is_given_from_then_on(tmp_path):
    people(tmp_path, "1,Lee,Sales Manager,")
    people(tmp_path, "1,Lee,Sales Manager,manager")
    people(tmp_path, "1,Lee,Intern,")
    assert known()[0][0] == "manager"


def test_the_same_people_again_are_unchanged(tmp_path):
    people(tmp_path, "1,Lee,Sales Manager,")
    assert sums(people(tmp_path, "1,Lee,Sales Manager,")) == {"unchanged": 1}


def test_a_list_that_is_taken_back_leaves_what_the_title_before_it_said(tmp_path):
    people(tmp_path, "1,Lee,Sales Manager,")
    second = people(tmp_path, "1,Lee,VP Marketing,")
    undo(second["import_id"])
    assert known()[0] == ("manager", "sales")
    assert not counting().filter(code="seniority", value="vp").exists()


def test_a_title_scores_and_the_standing_stays_what_a_replay_gives():
    definition = signed()
    take(ann(title="VP Sales"), {"email": "bob@acme.example", "title": "Dreamer"})
    judge_due()
    milli = dict(PersonStanding.objects.values_list("person__title", "milli"))
    assert milli["VP Sales"] - milli["Dreamer"] == definition.policy.title_points["vp"]
    assert honest_cache().ok
