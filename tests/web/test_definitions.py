"""The signed paper: drafts, what differs, signatures of two people, and what is refused without them."""

import copy

import pytest
from django.urls import reverse

from tests.web import people
from tests.web.typed import untouched
from winnow.leads.definition import Definition
from winnow.policy.writing import to_toml

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def starter(**score):
    made = copy.deepcopy(people.STARTER)
    made["score"].update(score)
    return made


def sign(client, row, seen=None):
    return client.post(reverse("definition-signature", args=[row.number]), {"seen": row.hash if seen is None else seen})


def test_two_people_sign_the_text_they_were_shown_and_it_is_in_force(client_of):
    carol, rolf = client_of(people.carol()), client_of(people.rolf())
    assert "There is no definition yet" in text(carol.get(reverse("definition")))
    words = {"text": to_toml(people.STARTER), "do": "keep", "newest": ""}
    page = carol.post(reverse("definition-draft") + "?text=1", words)
    row = Definition.objects.get()
    assert page.url == reverse("definition-version", args=[row.number])
    page = text(carol.get(page.url))
    assert "Sign as Carol" in page and "Waits for Rolf." in page and row.short_hash in page
    sign(carol, row)
    assert Definition.in_force() is None
    page = text(carol.get(reverse("definition")))
    assert "marketing signed" in page and "waits for sales" in page and "Sign as" not in page
    assert "Comes into force at once." in text(rolf.get(reverse("definition")))
    sign(rolf, row)
    assert Definition.in_force() == row
    assert "Definition 1 in force" in text(rolf.get(reverse("definition")))


def test_a_text_other_than_the_one_shown_cannot_be_signed(client_of):
    row = Definition.draft(people.STARTER, by=people.carol())
    answer = sign(client_of(people.carol()), row, seen="0" * 64)
    assert answer.status_code == 409 and "is not the text that was shown" in text(answer)
    assert not row.signatures.exists()


def test_nobody_without_the_right_signs_and_one_person_never_signs_for_both(client_of):
    row = Definition.draft(people.STARTER, by=people.carol())
    max_ = people.user("Max", "marketing")
    assert "Sign as" not in text(client_of(max_).get(reverse("definition")))
    answer = sign(client_of(max_), row)
    assert answer.status_code == 403 and "You have no right to sign" in text(answer)
    carol = people.carol()
    sign(client_of(carol), row)
    people.user("Carol", "marketing", may_sign_for="sales")
    assert "the two signatures come from two people" in text(sign(client_of(people.User.objects.get(pk=carol.pk)), row))


def test_an_edit_makes_a_new_draft_and_says_whose_signature_will_not_count(client_of):
    first = Definition.draft(people.STARTER, by=people.carol())
    first.sign(by=people.carol(), seen_hash=first.hash)
    rolf = client_of(people.rolf())
    assert "Carol’s signature on draft 1 will not count for it" in text(rolf.get(reverse("definition-draft")))
    answer = rolf.post(
        reverse("definition-draft") + "?text=1", {"text": to_toml(starter(asked=65)), "do": "keep", "newest": "1"}
    )
    assert answer.url == reverse("definition-version", args=[2])
    second = Definition.objects.get(number=2)
    assert second.based_on == first and not second.signatures.exists()
    assert first.signatures.count() == 1
    assert "was followed by draft 2" in text(sign(rolf, first))


def test_a_version_is_compared_with_the_one_in_force_word_by_word(client_of):
    people.signed()
    Definition.draft(starter(asked=65), by=people.rolf())
    page = text(client_of(people.carol()).get(reverse("definition")))
    assert "1 clause changed against" in page
    assert "<del>60.</del>" in page and "<ins>65.</ins>" in page
    assert 'class="clause changed" id="c4.1"' in page


def test_the_common_values_change_what_they_name_and_nothing_else(client_of):
    people.signed()
    carol = client_of(people.carol())
    words = untouched(carol.get(reverse("definition-draft")).context["form"])
    pricing = next(name for name, value in words.items() if value == "pricing").replace("code", "points")
    words |= {"asked": "72.5", pricing: "6", "budget_asked": "", "newest": "1"}
    words["weekdays"] = ["monday", "friday"]
    checked = carol.post(reverse("definition-draft"), {**words, "do": "check"})
    assert checked.status_code == 200 and "72.5" in text(checked)
    assert Definition.objects.count() == 1
    assert carol.post(reverse("definition-draft"), {**words, "do": "keep"}).status_code == 302
    wanted = starter(asked=72.5)
    wanted["score"]["page"]["pricing"] = 6
    del wanted["bantfo"]["budget"]["asked"]
    wanted["promise"]["weekdays"] = ["monday", "friday"]
    assert Definition.objects.get(number=2).document == wanted


def test_what_is_wrong_is_named_by_its_key_and_nothing_typed_is_lost(client_of):
    carol = client_of(people.carol())
    place = reverse("definition-draft") + "?text=1"
    for wrong, said in (
        ("[score]\nasked = 'many'", "score.asked is &#x27;many&#x27;"), ("score = ", "This is not TOML"),
        ("[lead]\ngrad = 'B'", "lead.grad is no key of a definition"), ("a = [" * 5000, "This is not TOML"),
        ("[promise]\nopens = 09:00:00", "Line 2: promise.opens is 09:00:00, a date or time"),
    ):  # fmt: skip
        answer = carol.post(place, {"text": wrong, "do": "keep", "newest": ""})
        assert answer.status_code == 422 and said in text(answer), wrong[:30]
        assert wrong[:20].replace("'", "&#x27;") in text(answer)
    assert not Definition.objects.exists()


def test_the_same_text_again_is_no_new_draft(client_of):
    people.signed()
    answer = client_of(people.carol()).post(
        reverse("definition-draft") + "?text=1", {"text": to_toml(people.STARTER), "do": "keep", "newest": "1"}
    )
    assert answer.status_code == 422 and "Nothing differs from version 1" in text(answer)


def test_who_writes_while_somebody_else_keeps_a_draft_is_told_and_may_go_on(client_of):
    people.signed()
    Definition.draft(starter(asked=61), by=people.rolf())
    carol = client_of(people.carol())
    words = {"text": to_toml(starter(asked=70)), "do": "keep", "newest": "1"}
    answer = carol.post(reverse("definition-draft") + "?text=1", words)
    assert answer.status_code == 409 and "Rolf kept draft 2" in text(answer)
    assert carol.post(reverse("definition-draft") + "?text=1", words | {"newest": "2"}).status_code == 302
    assert Definition.objects.count() == 3


def test_either_side_withdraws_and_then_none_is_in_force(client_of):
    row = people.signed()
    rolf = client_of(people.rolf())
    place = reverse("definition-withdrawal", args=[row.number])
    assert rolf.post(place, {"seen": "other"}).status_code == 409
    assert "Withdraw definition 1" in text(rolf.get(reverse("definition")))
    rolf.post(place, {"seen": row.hash})
    assert Definition.in_force() is None
    assert "No definition in force" in text(rolf.get(reverse("definition-versions")))


def test_everybody_reads_the_paper_and_its_text(client_of):
    row = people.signed()
    sam = client_of(people.sam())
    assert "Sales answers a handoff" in text(sam.get(reverse("definition")))
    plain = sam.get(reverse("definition-text", args=[row.number]))
    assert plain["Content-Type"].startswith("text/plain") and text(plain) == to_toml(row.document)
    assert sam.get(reverse("definition-draft")).status_code == 403
    assert sam.get(reverse("definition-version", args=[9])).status_code == 404
