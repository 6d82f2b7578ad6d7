"""The sorting bench and the person's pages: what is shown, what can be decided, and what is refused with its reason."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.web import people
from winnow.leads.clock import now
from winnow.leads.cycle import Answer, Cycle
from winnow.leads.due import judge_due
from winnow.leads.fact import FactRow
from winnow.leads.lead import NotReady, Touch
from winnow.leads.lists import PeopleList
from winnow.leads.message import Programme
from winnow.leads.sortings import Hold, SortedPerson, Sorting
from winnow.leads.standing import PersonStanding

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(client):
    client.force_login(people.carol())
    return client


def short_of_budget(name="Ann", company="Nordkap Seafood"):
    one = people.eager(people.fit(people.person(name, company)))
    return people.answers(one, need="yes", authority="yes", timing="partly")


def text(answer):
    return answer.content.decode()


def test_the_bench_says_what_is_unmet_and_which_clause_asks_for_it(carol):
    people.signed()
    ann = short_of_budget()
    page = text(carol.get(reverse("qualify")))
    assert "One answer short" in page and "Not ready: one clause is unmet" in page
    assert "Budget is unknown." in page and ">Clause 4.3</a> asks for at least partly" in page
    assert "Who sets aside money for this" in page
    assert "needs budget" in page and 'aria-disabled="true"' in page
    assert reverse("person-facts", args=[ann.pk]) in page
    assert "Our loggers fail in the cold store." in page
    assert 'aria-label="Score over' in page


def test_the_first_of_the_queue_is_shown_and_any_other_by_its_address(carol):
    people.signed()
    ann = short_of_budget()
    bob = people.person("Bob", "Gelati Baraldi")
    assert carol.get(reverse("qualify")).context["person"] == ann
    page = carol.get(reverse("qualify-person", args=[bob.pk]))
    assert page.context["person"] == bob
    assert page.context["position"] == "2 of 2 · further off"
    assert page.context["previous"] == reverse("qualify-person", args=[ann.pk])


def test_an_empty_bench_says_so_for_the_first_time_and_because_it_is_done(carol):
    assert "No inquiry has come yet" in text(carol.get(reverse("qualify")))
    people.signed()
    ann = people.person()
    carol.post(reverse("person-disposition", args=[ann.pk]), {"disposition": "nurture"})
    assert "Nothing waits to be sorted" in text(carol.get(reverse("qualify")))
    assert "Nobody like this waits" in text(carol.get(reverse("qualify") + "?grade=A"))


def test_without_a_definition_the_bench_says_that_nothing_can_be_judged(carol):
    people.person()
    page = text(carol.get(reverse("qualify")))
    assert "no definition is in force" in page and reverse("definition") in page
    assert "Not judged yet" in page


def test_an_answer_that_was_missing_makes_the_lead(carol):
    people.signed()
    ann = short_of_budget()
    form = carol.get(reverse("person-answers", args=[ann.pk]) + "?item=budget", headers={"HX-Request": "true"})
    assert text(form).startswith("<form") and "selected>Budget" in text(form)
    words = {"item": "budget", "level": "partly", "source": "call", "quote": "We have a line for it."}
    words["back"] = "/qualify/"
    assert carol.post(reverse("person-answers", args=[ann.pk]), words).url == "/qualify/"
    assert PersonStanding.objects.get(person=ann).ready
    assert ann.account.leads.count() == 1
    page = text(carol.get(reverse("qualify-person", args=[ann.pk])))
    assert "We have a line for it." in page and "Ready: the whole definition is met" in page
    assert reverse("lead-handoff", args=[ann.account.leads.get().pk]) in page


def test_an_answer_is_taken_back_and_counts_no_longer(carol):
    people.signed()
    ann = short_of_budget()
    carol.post(reverse("person-answers", args=[ann.pk]), {"item": "budget", "level": "yes", "source": "call"})
    given = Answer.objects.get(item="budget")
    page = carol.post(reverse("answer-withdrawal", args=[given.pk]), follow=True)
    assert "is taken back" in text(page)
    assert PersonStanding.objects.get(person=ann).levels[0] == "unknown"
    assert not ann.account.leads.filter(closed_at=None).exists()
    assert carol.post(reverse("answer-withdrawal", args=[given.pk])).status_code == 409


@pytest.mark.parametrize("wrong", [
    {"item": "fit"}, {"level": "maybe"}, {"said_on": "2099-01-01"}, {"said_on": "1999-12-31"}, {"quote": "x" * 2001},
    {"quote": "a\0b"}, {"source": ""},
])  # fmt: skip
def test_a_wrong_answer_is_refused_at_its_field_and_nothing_is_recorded(carol, wrong):
    people.signed()
    ann = people.person()
    words = {"item": "budget", "level": "yes", "source": "call", "quote": "kept in the form"} | wrong
    answer = carol.post(reverse("person-answers", args=[ann.pk]), words, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "quote" in wrong or "kept in the form" in text(answer)
    assert not Answer.objects.exists()


def test_a_call_is_logged_with_what_was_learned_and_stops_the_clock(carol):
    people.signed()
    ann = short_of_budget()
    ann.inquiries.update(inquiry_due_at=now() + timedelta(minutes=5))
    words = {"result": "spoke", "minutes": "7", "note": "Friendly."}
    words |= {"budget_level": "partly", "budget_quote": "Perhaps."}
    carol.post(reverse("person-calls", args=[ann.pk]), words)
    assert Touch.objects.get().note == "Friendly."
    assert Answer.objects.get().quote == "Perhaps."
    assert FactRow.objects.filter(kind="called", quantity=7).count() == 1
    assert ann.inquiries.get().answered_at is not None
    assert PersonStanding.objects.get(person=ann).ready


def test_a_call_that_was_a_mistake_is_taken_back_by_who_may_call_and_the_decisions_list_it(carol, client_of):
    people.signed()
    ann = short_of_budget()
    page = carol.post(reverse("person-calls", args=[ann.pk]), {"result": "no_answer", "back": "/qualify/"}, follow=True)
    undo = reverse("sorting-undoing", args=[Sorting.objects.get().pk])
    assert undo in text(page) and "called" in text(carol.get(reverse("sortings")))
    assert client_of(people.sam()).post(undo).status_code == 404  # not a person of his
    page = carol.post(undo, follow=True)
    assert "The call with Ann Ahlgren is taken back" in text(page)
    assert FactRow.objects.filter(kind="withdrawn").count() == 1 and Touch.objects.get().done_at is None
    assert carol.get(reverse("sorting", args=[Sorting.objects.get().pk])).status_code == 200


def test_nothing_is_learned_in_a_call_that_nobody_took(carol):
    people.signed()
    ann = people.person()
    words = {"result": "no_answer", "budget_level": "yes"}
    answer = carol.post(reverse("person-calls", args=[ann.pk]), words)
    assert answer.status_code == 422 and "Nobody was spoken with" in text(answer)
    assert not Touch.objects.exists() and not Answer.objects.exists()


def test_who_is_disqualified_needs_a_reason_and_can_be_reopened(carol):
    people.signed()
    ann = people.person()
    place = reverse("person-disposition", args=[ann.pk])
    assert carol.post(place, {"disposition": "disqualified"}).status_code == 422
    page = carol.post(place, {"disposition": "disqualified", "reason": "competitor", "back": "/qualify/"}, follow=True)
    assert Cycle.objects.get().stage == "disqualified"
    assert reverse("sorting-undoing", args=[Sorting.objects.get().pk]) in text(page)
    carol.post(reverse("person-reopening", args=[ann.pk]))
    assert list(Cycle.objects.order_by("number").values_list("stage", flat=True)) == ["disqualified", "nurturing"]
    assert carol.post(reverse("person-reopening", args=[ann.pk])).status_code == 409


def test_nurturing_who_is_ready_is_refused_with_the_reason(carol):
    people.signed()
    lead = people.lead()
    answer = carol.post(reverse("person-disposition", args=[lead.person_id]), {"disposition": "nurture"})
    assert answer.status_code == 409 and "would be ready again at once" in text(answer)


def test_where_the_definition_asks_a_person_to_confirm_the_bench_offers_it(carol):
    people.signed({**people.STARTER, "lead": {"grade": "B", "person_confirms": True}})
    ann = people.answers(short_of_budget(), budget="yes")
    page = text(carol.get(reverse("qualify")))
    assert "Nobody has confirmed it" in page and 'value="qualified"' in page
    page = carol.post(reverse("person-disposition", args=[ann.pk]), {"disposition": "qualified"}, follow=True)
    assert ann.account.leads.filter(closed_at=None).count() == 1
    undo = reverse("sorting-undoing", args=[Sorting.objects.get().pk])
    assert undo in text(page)
    carol.post(undo)
    assert ann.account.leads.filter(closed_at=None).count() == 0


def test_a_download_alone_never_suggests_a_call(carol):
    people.signed()
    ann = people.eager(people.fit(people.person()), times=0)
    bob = people.person("Bob", "Gelati Baraldi")
    assert carol.get(reverse("qualify-person", args=[bob.pk])).context["dossier"].advice == "nurture"
    assert carol.get(reverse("qualify-person", args=[ann.pk])).context["dossier"].advice == "call"


def test_the_sheet_shows_conflicts_and_evidence_too_old_to_count(carol):
    people.signed()
    ann = short_of_budget()
    people.answers(ann, at=now() + timedelta(seconds=1))
    place, old = reverse("person-answers", args=[ann.pk]), (now() - timedelta(days=200)).date().isoformat()
    carol.post(place, {"item": "timing", "level": "no", "source": "mail", "quote": "Never."})
    carol.post(place, {"item": "budget", "level": "yes", "source": "meeting", "said_on": old})
    page = text(carol.get(reverse("qualify-person", args=[ann.pk])))
    assert "Conflicts with no, by mail" in page and "“Never.”" in page
    assert "Too old to count: yes, in a meeting" in page


def test_a_person_page_an_account_page_and_every_fact_are_there(carol):
    people.signed()
    lead = people.lead()
    for name, number in (("person", lead.person_id), ("person-facts", lead.person_id), ("account", lead.account_id)):
        assert carol.get(reverse(name, args=[number])).status_code == 200
    page = text(carol.get(reverse("person-facts", args=[lead.person_id])))
    assert "Score today, half-life 30 days" in page and "Known now: industry logistics" in page
    assert "Buying group" in text(carol.get(reverse("account", args=[lead.account_id])))


def test_who_was_merged_is_found_under_both_numbers_for_ever(carol):
    people.signed()
    ann, twin = people.person("Ann", "Nordkap Seafood"), people.person("Annie", "Nordkap Seafood", inquired=False)
    twin.merged_into = ann
    twin.save()
    answer = carol.get(reverse("person-facts", args=[twin.pk]) + "?before=99")
    assert answer.status_code == 302 and answer.url == reverse("person-facts", args=[ann.pk]) + "?before=99"
    answer = carol.post(reverse("person-calls", args=[twin.pk]), {"result": "spoke"})
    assert answer.status_code == 307 and answer.url == reverse("person-calls", args=[ann.pk])


def test_find_goes_by_names_addresses_companies_domains_and_numbers(carol):
    people.signed()
    lead = people.lead("Ann", "Nordkap Seafood")
    people.person("Bob", "Gelati Baraldi")
    ann = lead.person
    from winnow.leads.person import Identity

    Identity.objects.create(person=ann, kind="email", value=ann.email, created_at=now())
    for words in ("ann", "Ahlgren", "ANN ahl", "ahlgren ann", ann.email[:6]):
        assert ann in carol.get(reverse("find"), {"q": words}).context["hits"].people, words
    for words in ("nordkap", "seafood", "kap sea", ann.account.domain[:9], "no"):
        assert ann.account in carol.get(reverse("find"), {"q": words}).context["hits"].accounts, words
    assert carol.get(reverse("find"), {"q": f"lead {lead.pk}"}).context["hits"].leads == [lead]
    for words in ("%", "_", "x' OR 1=1", "\\", "😀", "a" * 500, "٣", "9" * 40):
        assert carol.get(reverse("find"), {"q": words}).status_code == 200
    assert "Nothing here begins like that" in text(carol.get(reverse("find"), {"q": "%"}))


def test_a_rep_finds_only_what_is_with_them(client):
    people.signed()
    people.person("Ann", "Nordkap Seafood", owner=people.sam())
    people.person("Anna", "Gelati Baraldi", owner=people.sue())
    client.force_login(people.sam())
    hits = client.get(reverse("find"), {"q": "ann"}).context["hits"]
    assert [one.first_name for one in hits.people] == ["Ann"]
    assert not client.get(reverse("find"), {"q": "gelati"}).context["hits"].accounts
    assert [row["person"].first_name for row in client.get(reverse("people")).context["rows"]] == ["Ann"]


def test_a_list_is_narrowed_kept_under_a_name_and_let_go(carol):
    people.signed()
    short_of_budget()
    people.person("Bob", "Gelati Baraldi")
    found = carol.get(reverse("people"), {"item": "budget", "level": "unknown", "grade": "A"})
    assert [row["person"].first_name for row in found.context["rows"]] == ["Ann"]
    assert len(carol.get(reverse("people"), {"stage": "waiting"}).context["rows"]) == 2
    assert len(carol.get(reverse("people"), {"group": "short"}).context["rows"]) == 1
    carol.post(reverse("lists"), {"name": "No budget", "item": "budget", "level": "unknown"})
    kept = PeopleList.objects.get()
    assert kept.query == "item=budget&level=unknown" and "No budget" in text(carol.get(reverse("people")))
    carol.post(reverse("list-removal", args=[kept.pk]))
    assert not PeopleList.objects.exists()


def test_words_of_strangers_are_never_markup(carol):
    people.signed()
    ann = people.person("<b>Ann</b>", "<script>alert(1)</script>")
    ann.inquiries.update(message="<img src=x onerror=alert(1)>")
    places = [reverse(name, args=[ann.pk]) for name in ("qualify-person", "person", "person-facts")]
    for place in (*places, reverse("account", args=[ann.account_id])):
        page = text(carol.get(place))
        assert "<script>alert" not in page and "<img src=x" not in page and "<b>Ann" not in page


# -- many at once, the way back, the two axes, explained ---------------------------------------------------------------
def test_many_are_shown_what_would_happen_then_it_is_done_and_taken_back(carol):
    people.signed()
    ann, bob = people.person("Ann"), people.person("Bob", "Gelati Baraldi")
    lead = people.lead("Cleo", "Owoce Polskie").person
    page = text(carol.get(reverse("qualify-many")))
    assert page.count('name="person"') == 3 and "What would happen" in page
    numbers = [one.pk for one in (ann, bob, lead)]
    page = text(carol.post(reverse("qualify-many"), {"what": "nurture", "person": numbers}))
    assert "<b>2</b> of 3 go: to nurture." in page and "would be ready again at once" in page
    assert not Sorting.objects.exists() and f'name="person" value="{lead.pk}"' not in page
    page = text(carol.post(reverse("sortings"), {"what": "nurture", "person": numbers}, follow=True))
    assert "2 people to nurture; 1 skipped: Cleo Ahlgren meets the whole definition" in page
    made = Sorting.objects.get()
    assert "and 0 more" not in text(carol.get(reverse("sortings"))) and made.people == 2
    assert "Bob Ahlgren" in text(carol.get(reverse("sorting", args=[made.pk])))
    page = text(carol.post(reverse("sorting-undoing", args=[made.pk]), follow=True))
    assert "2 decisions are taken back." in page
    assert set(Cycle.objects.filter(person__in=[ann, bob]).values_list("stage", flat=True)) == {"new"}
    assert carol.post(reverse("sorting-undoing", args=[made.pk])).status_code == 409


def test_nobody_chosen_no_reason_and_no_programme_are_said_at_their_place(carol):
    people.signed()
    ann = people.person()
    place = reverse("qualify-many")
    assert "Nobody is chosen" in text(carol.post(place, {"what": "nurture"}))
    answer = carol.post(place, {"what": "disqualified", "person": [ann.pk]})
    assert answer.status_code == 422 and "without a reason" in text(answer) and "checked" in text(answer)
    assert "Choose the programme" in text(carol.post(place, {"what": "programme", "person": [ann.pk]}))


def test_one_is_nurtured_in_a_programme_of_ones_choice_and_it_can_be_undone(carol):
    people.signed()
    ann = people.person()
    plan = Programme.objects.create(code="a", name="Audit season", created_at=now(), consent="objection_only")
    place = reverse("person-disposition", args=[ann.pk])
    assert "Audit season" in text(carol.get(place + "?to=programme", headers={"HX-Request": "true"}))
    carol.post(place, {"disposition": "nurture", "programme": plan.pk})
    assert ann.enrolments.get().programme == plan
    page = text(carol.post(reverse("sorting-undoing", args=[Sorting.objects.get().pk]), follow=True))
    assert "The decision on Ann Ahlgren is taken back." in page
    assert ann.enrolments.get().stop_reason == "taken back"


def test_two_sorters_are_led_to_two_people_and_neither_decides_about_the_others(carol, client_of):
    people.signed()
    ann, bob = short_of_budget(), people.person("Bob", "Gelati Baraldi")
    rolf = client_of(people.rolf())
    assert carol.get(reverse("qualify")).context["person"] == ann
    page = rolf.get(reverse("qualify"))
    assert page.context["person"] == bob and "Carol is at one of them" in text(page)
    assert ann.pk not in [row.person_id for row in page.context["bench"].order()]
    assert "Carol is at Ann Ahlgren" in text(rolf.get(reverse("qualify-person", args=[ann.pk])))
    answer = rolf.post(reverse("person-disposition", args=[ann.pk]), {"disposition": "nurture"})
    assert answer.status_code == 409 and "Carol is at Ann Ahlgren right now" in text(answer)
    assert rolf.get(reverse("qualify")).context["person"] == bob
    assert Hold.objects.count() == 2 and not SortedPerson.objects.exists()


@pytest.fixture
def client_of():
    from django.test import Client

    def logged_in(user):
        made = Client()
        made.force_login(user)
        return made

    return logged_in


def test_the_matrix_counts_the_stock_and_each_field_opens_its_people(carol):
    people.signed()
    ann = short_of_budget()
    people.person("Bob", "Gelati Baraldi")
    page = carol.get(reverse("matrix"))
    fields = {(row["grade"], one["band"]): one for row in page.context["rows"] for one in row["fields"]}
    filled = {key: one for key, one in fields.items() if one["count"]}
    assert sum(one["count"] for one in filled.values()) == 2 and ("A", 1) in filled
    for one in filled.values():
        assert len(carol.get(one["url"]).context["rows"]) == one["count"]
    assert [row["person"] for row in carol.get(filled["A", 1]["url"]).context["rows"]] == [ann]


def test_an_account_shows_its_axes_roles_gaps_and_on_whom_it_hangs(carol):
    people.signed()
    ann = people.eager(people.fit(people.person("Ann")))
    people.person("Bob", inquired=False)
    page = text(carol.get(reverse("account", args=[ann.account_id])))
    assert "No one with budget authority yet." in page
    assert "Everything hangs on Ann Ahlgren: nobody else there is engaged." in page
    assert "100" in page and "the usual ones: the definition names none" in page
    people.eager(people.person("Cleo"), times=1)
    people.answers(ann, authority="yes")
    page = text(carol.get(reverse("account", args=[ann.account_id])))
    assert "No one with budget authority" not in page and "Everything hangs on" not in page


def test_the_page_says_the_same_as_the_command(carol):
    from django.utils.html import escape

    from winnow.leads.explaining import explained

    people.signed()
    ann = short_of_budget()
    page = text(carol.get(reverse("person-explanation", args=[ann.pk])))
    said = explained(ann)
    for line in [*said.head[1:], *(line for _, lines in said.sections for line in lines)]:
        assert escape(line) in page, line
    assert "Who sets aside money for this" in page and "What changed since" in page
    page = text(carol.get(reverse("person-explanation", args=[ann.pk]) + "?as_of=2001-01-01"))
    assert "No definition was in force on 1 January 2001" in page


def test_a_doubt_stands_beside_the_person_and_leads_to_both_and_back_to_the_bench(carol):
    from winnow.leads.doubt import Doubt

    people.signed()
    ann, twin = people.person("Ann"), people.person("Anne", inquired=False)
    Doubt.objects.create(noun="person", low_id=ann.pk, high_id=twin.pk, probability=0.93, why="the same number",
                         found_at=now())  # fmt: skip
    page = text(carol.get(reverse("qualify-person", args=[ann.pk])))
    assert "may be the same as" in page and "the same number" in page
    place = reverse("person-merge", args=[ann.pk])
    answer = carol.post(place, {"other": twin.pk, "back": reverse("qualify-person", args=[ann.pk])})
    assert answer.url == reverse("qualify-person", args=[ann.pk])


def test_while_standings_are_of_an_old_definition_they_say_so_and_every_handoff_is_judged_afresh(carol):
    people.signed()
    lead, bob = people.lead(), people.person("Bob", "Gelati Baraldi")
    people.signed({**people.STARTER, "score": {**people.STARTER["score"], "asked": 900}})
    assert PersonStanding.objects.get(person=lead.person).ready  # nothing was folded again yet
    page = text(carol.get(reverse("qualify")))
    assert "are being worked out again" in page and page.count('<span class="tone-soon">old</span>') == 2
    with pytest.raises(NotReady, match="asked are 900"):
        lead.hand_off(to=people.sam(), by=people.carol())
    while judge_due():
        pass
    page = text(carol.get(reverse("qualify")))
    assert "worked out again" not in page and '<span class="tone-soon">old</span>' not in page
    assert not PersonStanding.objects.get(person=lead.person).ready and bob.pk


def test_what_was_merged_away_is_not_looked_for_for_ever(carol):
    from winnow.leads.matrix import any_wait
    from winnow.leads.merging import merge_accounts

    people.signed()
    kept, gone = people.person("Ann", "Nordkap Seafood").account, people.person("Bob", "Nordkap AS").account
    merge_accounts(kept, gone, by=people.carol())
    people.signed({**people.STARTER, "name": "Another"})
    assert any_wait()
    while judge_due():
        pass
    assert not any_wait() and judge_due() == 0
