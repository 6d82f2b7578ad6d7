"""Writing a draft by its parts: rows without a script, files, scenarios, what it would change; remarks, differences,
the page for sales and signing anew."""

import copy
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.policy.test_aloud import largest
from tests.web import people
from tests.web.typed import posted, untouched
from winnow.leads import definition_file, effect
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.message import Message
from winnow.leads.remark import Remark
from winnow.policy.scenario import history
from winnow.policy.telling import told
from winnow.web.definition_form import WholeDefinition
from winnow.web.definition_lines import WHATS, line_of

pytestmark = pytest.mark.django_db
DRAFT = "/definition/draft/"


def text(answer):
    return answer.content.decode()


@pytest.fixture(autouse=True)
def fresh():
    effect._kept.clear()


@pytest.fixture
def carol(client_of):
    return client_of(people.carol())


def sign(client, row):
    return client.post(reverse("definition-signature", args=[row.number]), {"seen": row.hash})


def test_a_form_that_nobody_touched_changes_nothing(carol):
    made = copy.deepcopy(largest())
    made["scenario"] = [{"name": "Ann asks", "story": ["0 ann inquiry web"], "unmet": ["need"]}]
    made["score"] |= {"cap": {"page": 10}, "slow_content": ["webinar"], "profile": {
        "young": {"attribute": "seniority", "any_of": ["junior"], "points": -2.5}}}  # fmt: skip
    for document in (people.STARTER, made, {}):
        form = WholeDefinition(posted(untouched(WholeDefinition(document=document))), document=document)
        assert form.is_valid() and form.changed_document() == document
    people.signed()
    words = untouched(carol.get(DRAFT).context["form"])
    answer = carol.post(DRAFT, {**words, "newest": "1", "do": "keep"})
    assert answer.status_code == 422 and "Nothing differs from version" in text(answer)


def test_rows_are_added_moved_and_taken_away_by_what_is_posted(carol):
    people.signed()
    words = untouched(carol.get(DRAFT).context["form"]) | {"newest": "1"}
    added = carol.post(DRAFT, {**words, "asked": "sixty", "do": "add roles"})
    assert added.status_code == 200 and 'value="sixty"' in text(added) and "autofocus" in text(added)
    assert not added.context["form"].errors and not Definition.objects.filter(number=2).exists()
    words |= {"roles-order": "0", "roles-0-name": "decider", "roles-0-seniority": ["executive"]}
    words["roles-0-at_least"] = "1"
    moved = carol.post(DRAFT, {**words, "do": "down reject 0"})
    words["reject-order"] = moved.context["form"].data["reject-order"]
    assert words["reject-order"].startswith("1,0,2")
    less = carol.post(DRAFT, {**words, "do": "remove score_page 0"})
    words["score_page-order"] = less.context["form"].data["score_page-order"]
    assert carol.post(DRAFT, {**words, "do": "keep"}).status_code == 302
    made = Definition.objects.get(number=2).document
    wanted = copy.deepcopy(people.STARTER)
    wanted["account"] = {"roles": {"decider": {"seniority": ["executive"], "at_least": 1}}}
    wanted["reject"][0], wanted["reject"][1] = wanted["reject"][1], wanted["reject"][0]
    del wanted["score"]["page"]["pricing"]  # it counts most, and so stands first
    assert definition_file.parse(made).hash and made["account"] == wanted["account"]
    assert [one["code"] for one in made["reject"]] == [one["code"] for one in wanted["reject"]]
    assert made["score"] == wanted["score"] and made["fit"] == wanted["fit"]


def test_a_criterion_that_is_renamed_takes_the_rules_along_and_a_name_twice_is_told(carol):
    people.signed()
    form = carol.get(DRAFT).context["form"]
    words = untouched(form) | {"newest": "1"}
    place = next(name for name, value in words.items() if name.startswith("criteria-") and value == "size")
    assert carol.post(DRAFT, {**words, place: "headcount", "do": "keep"}).status_code == 302
    made = Definition.objects.get(number=2).document
    assert "headcount" in made["fit"]["criteria"] and made["fit"]["grades"][1]["every"] == ["headcount"]
    words = untouched(carol.get(DRAFT).context["form"]) | {"newest": "2"}
    place = next(name for name, value in words.items() if name.startswith("criteria-") and value == "role")
    twice = carol.post(DRAFT, {**words, place: "country", "do": "keep"})
    assert twice.status_code == 422 and "Criteria: country stands there twice" in text(twice)


def test_what_it_would_change_today_is_said_with_people_and_part_by_part(carol):
    people.signed()
    lead = people.lead()
    words = untouched(carol.get(DRAFT).context["form"])
    page = text(carol.post("/definition/draft/effect/", {**words, "asked": "300"}))
    assert "<b class=\"tone-late\">1</b> of 1" in page and "4.1 score" in page
    assert reverse("person", args=[lead.person_id]) in page
    assert 'id="effect-lead" hx-swap-oob="true">This part alone: 1 ready now would drop out' in page
    assert "A score of at least 300." in page and "The score asked for rises from 60 to 300." in page
    wrong = text(carol.post("/definition/draft/effect/", {**words, "asked": "many"}))
    assert "Not a definition yet" in wrong and "Score asked for" in wrong
    same = text(carol.post("/definition/draft/effect/", words))
    assert "Nobody’s state changes" in same


def test_files_come_in_as_toml_or_yaml_and_go_out_as_both(carol):
    row = people.signed()
    for kind in ("toml", "yaml"):
        place = reverse("definition-text", args=[row.number])
        saved = carol.get(f"{place}?as={kind}&save")
        assert saved["Content-Disposition"] == f'attachment; filename="definition-1.{kind}"'
        assert definition_file.read(text(saved), kind) == people.STARTER
    changed = {**people.STARTER, "name": "From a file"}
    upload = SimpleUploadedFile("ours.yaml", definition_file.write(changed, "yaml").encode())
    answer = carol.post(DRAFT + "?text=1", {"text": "", "file": upload, "do": "keep", "newest": "1"})
    assert answer.status_code == 302 and Definition.objects.get(number=2).document == changed
    bomb = SimpleUploadedFile("bomb.yaml", b"a: &a [1]\nb: [*a, *a]")
    wrong = carol.post(DRAFT + "?text=1", {"text": "", "file": bomb, "do": "keep", "newest": "2"})
    assert wrong.status_code == 422 and "aliases (*) are not taken" in text(wrong)
    assert "The text is empty" in text(carol.post(DRAFT + "?text=1", {"text": " ", "do": "check", "newest": "2"}))


def test_a_scenario_is_made_of_what_happened_to_a_real_person_in_codes_alone(carol):
    people.signed()
    lead = people.lead()
    words = untouched(carol.get(DRAFT).context["form"]) | {"newest": "1"}
    made = carol.post(DRAFT, {**words, "do": "scenario", "scenario_person": str(lead.person_id)})
    form = made.context["form"]
    story = form.data["scenario-0-story"]
    assert "ann inquiry web" in story and "ann called spoke" in story and "acme is employees 640" in story
    assert "Nordkap" not in text(made).split('id="part-scenario"')[1].split("</section>")[0] and "@nordkap" not in story
    words |= {name: value for name, value in form.data.items() if name.startswith("scenario-")}
    kept = carol.post(DRAFT, {**words, "do": "keep"})
    assert kept.status_code == 302
    row = Definition.objects.get(number=2)
    assert row.document["scenario"][0]["ready"] and row.failing_scenarios() == []
    nobody = carol.post(DRAFT, {**words, "newest": "2", "do": "scenario", "scenario_person": "nobody@x.example"})
    assert nobody.status_code == 200 or nobody.status_code == 422
    assert "Nobody whom you see is known as nobody@x.example" in text(nobody)


def test_a_line_is_put_together_without_the_language_and_stands_in_its_place(carol):
    people.signed()
    words = untouched(carol.get(DRAFT).context["form"]) | {"newest": "1", "scenario-order": "0"}
    words |= {"scenario-0-name": "Ann"}
    words |= {"scenario-0-story": "0 ann inquiry web\n9 ann met", "scenario-0-who": "ann", "scenario-0-unmet": ["need"]}
    line = {"scenario-0-line_day": "3", "scenario-0-line_who": "ann", "scenario-0-line_what": "took"}
    made = carol.post(DRAFT, {**words, **line, "scenario-0-line_word": "ROI case", "do": "line scenario 0"})
    story = made.context["form"].data["scenario-0-story"]
    assert story.splitlines() == ["0 ann inquiry web", "3 ann took ROI_case", "9 ann met"]
    assert "line_what" in text(made) and "writes by a form on the web" in text(made)
    kept = carol.post(DRAFT, {**words, "scenario-0-story": story, "do": "keep"})
    assert kept.status_code == 302 and "Day 3: Ann uses ROI case." in text(carol.get(kept.url))


@pytest.mark.parametrize(("code", "said"), WHATS)
def test_every_line_that_can_be_chosen_is_one_of_the_language(code, said):
    facts = history(line_of("2", "ann", code, "software" if said.endswith("…") else ""))
    assert len(facts) == 1 and "Day 2: Ann" in told(line_of("2", "ann", code, "software"))


def test_an_objection_stands_at_its_clause_and_keeps_the_draft_from_being_signed(client_of, carol):
    row = Definition.draft(people.STARTER, by=people.carol())
    sam, rolf = client_of(people.sam()), client_of(people.rolf())
    place = reverse("definition-version", args=[1])
    assert "Comment or object" in text(sam.get(place))
    said = {"clause": "lead.score", "kind": "objection", "text": "60 <points> are too few"}
    assert sam.post(reverse("definition-remarks", args=[1]), said).url == place + "#c4.1"
    carol.post(reverse("definition-remarks", args=[1]), {**said, "kind": "comment", "text": "why not"})
    page = text(carol.get(place))
    assert "60 &lt;points&gt; are too few" in page and "Sam, for sales" in page and "2 remarks, 1 open" in page
    assert "1 objection is open" in page and "Sign as Carol" not in page
    refused = sign(rolf, row)
    assert refused.status_code == 409 and "open objection to clause 4.1 by Sam" in text(refused)
    one = Remark.objects.get(kind="objection")
    assert carol.post(reverse("remark-withdrawal", args=[one.pk])).status_code == 409
    assert client_of(people.user("Eva", "executive")).post(reverse("remark-answer", args=[one.pk])).status_code == 403
    assert carol.post(reverse("remark-answer", args=[one.pk]), {"text": "Then 65 next time"}).status_code == 302
    page = text(carol.get(place))
    assert "Then 65 next time" in page and "Sign as Carol" in page and "2 remarks" in page
    gone = carol.post(reverse("definition-remarks", args=[1]), {**said, "clause": "no.such"})
    assert gone.status_code == 409 and "no such clause" in text(gone)


def test_who_signed_is_told_when_an_edit_voids_it_and_the_other_side_is_asked(client_of, carol):
    row = Definition.draft(people.STARTER, by=people.carol())
    rolf = people.rolf()
    sign(carol, row)
    asked = Message.objects.get(user=rolf)
    assert asked.subject == "Draft 1 of the lead definition waits for sales" and asked.kind == "service"
    words = untouched(client_of(rolf).get(DRAFT).context["form"]) | {"asked": "61", "newest": "1", "do": "keep"}
    client_of(rolf).post(DRAFT, words)
    told = Message.objects.get(user=people.carol())
    assert told.subject == "Your signature on draft 1 does not count for draft 2" and "Rolf has written" in told.body


def test_any_two_versions_are_set_against_each_other_in_sentences(client_of):
    people.signed()
    Definition.draft({**people.STARTER, "lead": {"grade": "A"}}, by=people.carol())
    page = text(client_of(people.sam()).get(reverse("definition-difference") + "?a=1&b=2"))
    assert "From version 1 to 2" in page and "The grade asked for changes from B to A." in page
    assert "1 thing differs" in page
    assert "The two say the same." in text(client_of(people.sam()).get(reverse("definition-difference") + "?a=1&b=1"))


def test_a_salesperson_reads_what_is_in_force_and_who_signed_it(client_of):
    sam = client_of(people.sam())
    assert "No definition is in force" in text(sam.get(reverse("definition-sales")))
    people.signed()
    page = text(sam.get(reverse("definition-sales")))
    assert "What you are not handed, and why" in page and "signed by Carol for marketing and Rolf for sales" in page
    assert reverse("definition-sales") in text(sam.get(reverse("handoff")))


def test_whom_only_a_person_takes_up_again_is_confirmed_on_the_bench(client_of, carol):
    document = {"bantfo": {"need": {"asked": "yes"}}, "score": {"asked": 0}, "lead": {"grade": "D"},
                "recycling": {"back_by": ["person"]}, "reject": [{"code": "later", "wait_days": 30}]}  # fmt: skip
    people.signed(document)
    one = people.answers(people.person(), need="yes")
    lead = one.account.leads.get(closed_at=None)
    lead.hand_off(to=people.sam(), by=people.carol()).reject(reason="later", by=people.sam())
    page = text(carol.get(reverse("qualify-person", args=[one.pk])))
    assert "a person who takes it up again" in page and 'value="qualified"' in page
    carol.post(reverse("person-disposition", args=[one.pk]), {"disposition": "qualified"})
    assert one.account.leads.filter(closed_at=None).exists()
    assert "scenario_of=" in text(carol.get(reverse("person-explanation", args=[one.pk])))
    story = text(carol.get(f"{DRAFT}?scenario_of={one.pk}"))
    assert "ann handed_off" in story and "ann rejected later" not in story and "ann recycled until 3" in story


def test_after_ninety_days_the_same_text_is_put_up_for_signing_anew(client_of, carol):
    row = people.signed()
    assert "To be signed anew" not in text(carol.get(reverse("definition")))
    with time_machine.travel(now() + timedelta(days=91), tick=True):
        later = client_of(people.carol())
        assert "To be signed anew" in text(later.get(reverse("definition")))
        later.post(reverse("definition-renewal", args=[row.number]))
        again = Definition.objects.get(number=2)
        assert again.hash == row.hash and again.document == row.document
        sign(later, again)
        sign(client_of(people.rolf()), again)
        assert Definition.in_force() == again
        refused = later.post(reverse("definition-renewal", args=[row.number]))
        assert refused.status_code == 409 and "is not in force" in text(refused)
