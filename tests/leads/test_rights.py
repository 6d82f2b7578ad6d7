"""Who sees what and who may do what."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

import winnow
from tests.web import people
from winnow.leads import rights
from winnow.leads.apikey import ApiKey
from winnow.leads.clock import now
from winnow.leads.user import ROLES

pytestmark = pytest.mark.django_db


def test_a_rep_sees_the_people_of_own_accounts_and_nobody_else():
    ann = people.person("Ann", "Nordkap Seafood", owner=people.sam())
    bob = people.person("Bob", "Nordkap Seafood")
    foreign = people.person("Cleo", "Gelati Baraldi")
    seen = set(rights.people_visible_to(people.sam()))
    assert seen == {ann, bob}
    assert foreign not in seen
    assert list(rights.accounts_visible_to(people.sam())) == [ann.account]
    assert rights.inquiries_visible_to(people.sam()).count() == 2
    assert set(rights.people_visible_to(people.carol())) == {ann, bob, foreign}


def test_a_handoff_opens_the_account_to_its_rep_and_a_recall_closes_it_again():
    people.signed()
    lead = people.lead()
    sam, carol = people.sam(), people.carol()
    assert not rights.leads_visible_to(sam).exists()
    handoff = lead.hand_off(to=sam, by=carol)
    assert list(rights.leads_visible_to(sam)) == [lead]
    assert list(rights.handoffs_visible_to(sam)) == [handoff]
    assert list(rights.accounts_visible_to(sam)) == [lead.account]
    assert not rights.handoffs_visible_to(people.sue()).exists()
    handoff.recall(by=carol)
    lead.hand_off(to=people.sue(), by=carol)
    assert not rights.handoffs_visible_to(sam).exists()
    assert not rights.accounts_visible_to(sam).exists()
    assert not rights.leads_visible_to(sam).exists()


def test_only_the_rep_a_handoff_was_given_to_or_a_manager_answers_it():
    people.signed()
    handoff = people.lead().hand_off(to=people.sam(), by=people.carol())
    assert rights.may(people.sam(), "respond", handoff)
    assert rights.may(people.rolf(), "respond", handoff)
    assert not rights.may(people.sue(), "respond", handoff)
    assert not rights.may(people.carol(), "respond", handoff)


def test_a_rep_works_only_the_leads_in_own_hands():
    people.signed()
    lead = people.lead()
    lead.account.owner = people.sue()
    lead.account.save()
    lead.hand_off(to=people.sam(), by=people.carol())
    assert rights.may(people.sam(), "work", lead)
    assert rights.visible(people.sue(), lead)
    assert not rights.may(people.sue(), "work", lead)


def test_nobody_who_is_not_logged_in_or_was_let_go_sees_or_may_anything():
    people.person(owner=people.sam())
    gone = people.user("Gus", "admin", is_active=False)
    revoked, _ = ApiKey.issue("old", "marketing")
    revoked.revoked_at = now()
    for who in (AnonymousUser(), None, gone, revoked):
        assert not any(rows(who).exists() for rows in rights.VISIBLE.values())
        assert not any(rights.may(who, verb) for verb in rights.VERBS)


def test_a_key_has_the_rights_of_its_role_and_owns_nothing():
    people.person(owner=people.sam())
    marketing, _ = ApiKey.issue("site", "marketing")
    selling, _ = ApiKey.issue("dialler", "rep")
    assert rights.people_visible_to(marketing).count() == 1
    assert not rights.people_visible_to(selling).exists()
    assert rights.may(marketing, "hand off")
    assert not rights.may(marketing, "sign")


def test_an_executive_reads_everything_and_changes_nothing():
    boss = people.user("Bea", "executive", may_sign_for="sales")
    people.person()
    assert rights.people_visible_to(boss).count() == 1
    changing = {verb for verb in rights.VERBS if rights.may(boss, verb)}
    assert changing == {
        "see hygiene", "see gaming", "see figures", "see reports", "see costs", "export", "run studies",
        "see assessments", "see audit trail", "back-test",
    }  # fmt: skip


def test_signing_needs_the_flag_and_the_flag_lets_its_bearer_draft():
    signer = people.user("Dora", "development", may_sign_for="marketing")
    plain = people.user("Max", "marketing")
    assert rights.may(signer, "sign") and rights.may(signer, "draft")
    assert not rights.may(plain, "sign") and rights.may(plain, "draft")
    assert [one.name for one in rights.who_may("sign")] == ["Dora"]


def test_an_unknown_verb_is_denied_to_everybody():
    for role in ROLES:
        assert not rights.may(people.user(f"One of {role}".replace(" ", ""), role), "delete everything")


def test_an_object_that_somebody_cannot_see_is_denied_whatever_the_verb():
    ann = people.person()
    assert rights.may(people.sam(), "answer")
    assert not rights.may(people.sam(), "answer", ann)
    ann.owner = people.sam()
    ann.save()
    assert rights.may(people.sam(), "answer", ann)


def test_every_verb_that_a_page_asks_for_is_in_the_table():
    asking = r"""(?:may\([^)"']*,\s*|allowed\(|require\([^)"']*,\s*)"""
    asked = re.compile(asking + r"""["']([^"']+)["']((?:,\s*["'][^"']+["'])*)""")
    found = {}
    for file in Path(winnow.__file__).parent.rglob("*.py"):
        for first, others in asked.findall(file.read_text()):
            for verb in [first, *re.findall(r"""["']([^"']+)["']""", others)]:
                found.setdefault(verb, file.name)
    unknown = {verb: where for verb, where in found.items() if verb not in rights.VERBS}
    assert not unknown
