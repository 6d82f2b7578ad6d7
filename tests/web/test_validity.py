"""Valid or not, on screen: the rules in the definition's form, the counts by reason, and a person's word on one."""

import copy

import pytest
from django.db import transaction

from tests.web.people import STARTER, carol, sam
from tests.web.typed import posted, untouched
from winnow.leads.capture import Incoming, take_inquiries
from winnow.leads.clock import now
from winnow.leads.models import Definition, Inquiry, Person
from winnow.policy.definition import parse
from winnow.web.definition_form import WholeDefinition

pytestmark = pytest.mark.django_db


def came(**more) -> Inquiry:
    given = {"external_id": "1", "email": "nonsense", "first_name": "Ann", "last_name": "Lee", "channel": "web"}
    with transaction.atomic():
        taken = take_inquiries([Incoming(**{**given, **more})], at=now())
    return Inquiry.objects.get(pk=taken[0].inquiry_id)


def test_an_inquiry_that_is_not_valid_says_why_and_a_person_can_make_it_valid(client):
    inquiry = came()
    client.force_login(carol())
    listed = client.get("/capture/invalid/?reason=unreachable").content.decode()
    assert "no address and no telephone number" in listed and "Ann Lee" in listed
    told = client.get("/measure/reports/invalid.csv").content.decode()
    assert told.splitlines()[1].startswith("unreachable,no address and no telephone number") and ",1,1," in told
    place = f"/inquiries/{inquiry.pk}/validity/"
    assert place in client.get(f"/people/{inquiry.person_id}/").content.decode()
    refused = client.post(place, {"valid": "yes", "said": " "})
    assert refused.status_code == 422 and "Say why" in refused.content.decode()
    client.post(place, {"valid": "yes", "said": "I know her"})
    inquiry.refresh_from_db()
    assert inquiry.valid and inquiry.cycle_id
    history = client.get(place).content.decode()
    assert "I know her" in history and "Carol" in history


def test_a_rep_sees_own_ones_and_judges_none(client):
    inquiry = came()
    Person.objects.filter(pk=inquiry.person_id).update(owner=sam())
    client.force_login(sam())
    assert "Ann Lee" in client.get("/capture/invalid/").content.decode()
    assert client.post(f"/inquiries/{inquiry.pk}/validity/", {"valid": "yes", "said": "mine"}).status_code == 403


def test_every_rule_can_be_set_on_the_screen_and_nothing_else_moves(client):
    document = copy.deepcopy(STARTER)
    data = untouched(WholeDefinition(document=document)) | {
        "inquiry_refuse": ["no_mail", "free_mail"], "inquiry_free_mail_by": ["event"],
        "inquiry_competitors": "Rivalsoft\nother.example, Rivalsoft", "inquiry_countries_accepted": "de; at",
        "inquiry_roles_refused": "", "inquiry_seniorities_refused": ["junior"],
    }  # fmt: skip
    made = WholeDefinition(posted(data), document=document)
    assert made.is_valid(), made.errors
    changed = made.changed_document()
    assert changed["inquiry"] == {
        "refuse": ["no_mail", "free_mail"], "free_mail_by": ["event"], "competitors": ["Rivalsoft", "other.example"],
        "countries_accepted": ["de", "at"], "countries_refused": [], "seniorities_refused": ["junior"],
    }  # fmt: skip
    assert {**changed, "inquiry": None} == {**document, "inquiry": None}
    assert parse(changed).inquiry.countries_accepted == {"DE", "AT"}
    client.force_login(carol())
    Definition.draft(document, by=carol())
    page = client.get("/definition/draft/").content.decode()
    assert "What a valid inquiry is" in page and "no telephone" in page
