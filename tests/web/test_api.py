"""The API: an inquiry is answered when it is kept; every refusal names the thing and the way out."""

import json

import pytest
from django.db import OperationalError

from tests.web import people
from winnow.intake import arrivals
from winnow.intake.arrivals import process_pending
from winnow.leads.checking import all_checks
from winnow.leads.clock import now
from winnow.leads.merging import merge_people
from winnow.leads.models import ApiKey, Arrival, AuditEntry, FactRow, Person
from winnow.web.api import api

pytestmark = pytest.mark.django_db
ANN = {"email": "ann@acme.example", "first_name": "Ann", "last_name": "Lee", "contact_me": True}


@pytest.fixture
def call(client):
    """Calls with a key of a role: `call("post", "inquiries", body)`."""
    keys = {}

    def do(method, path, body=None, role="development", kind="application/json", **headers):
        if role and role not in keys:
            keys[role] = ApiKey.issue(f"{role} key", role)[1]
        if role:
            headers["Authorization"] = f"Bearer {keys[role]}"
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        more = {"data": data, "content_type": kind} if method != "get" else {}
        return getattr(client, method)(f"/api/v1/{path}", **more, headers=headers)

    return do


def test_an_inquiry_is_kept_before_it_is_answered_and_can_be_followed(call):
    posted = call("post", "inquiries", ANN)
    assert posted.status_code == 202 and posted["Location"] == posted.json()["href"]
    number = posted.json()["id"]
    waiting = call("get", f"inquiries/{number}").json()
    assert (waiting["state"], waiting["person"]) == ("pending", None)
    process_pending()
    done = call("get", f"inquiries/{number}").json()
    assert done["state"] == "done" and done["inquiry"]["valid"]
    person = call("get", f"people/{done['person']['id']}").json()
    assert (person["first_name"], person["cycle"]["stage"]) == ("Ann", "new")


def test_an_inquiry_is_judged_again_with_the_reason_and_the_same_call_again_changes_nothing(call, client):
    number = call("post", "inquiries", ANN).json()["id"]
    place = f"inquiries/{number}/validity"
    no = {"valid": False, "said": "A student who writes a thesis."}
    assert call("put", place, no).status_code == 409, "it is no inquiry yet"
    process_pending()
    first, again = call("put", place, no), call("put", place, no)
    assert (first.json()["valid"], first.json()["changed"], again.json()["changed"]) == (False, True, False)
    assert first.json()["judged"] == again.json()["judged"] and first.json()["judged"]["by"] == "development key"
    inquiry = Arrival.objects.get().inquiry
    assert not inquiry.valid and inquiry.validations.get().said == no["said"]
    assert not call("get", f"inquiries/{number}").json()["inquiry"]["valid"]
    made = AuditEntry.objects.get(verb="find invalid")
    assert (made.by_id, made.by_key.name) == (None, "development key")
    assert set(FactRow.objects.values_list("by_id", flat=True)) == {None}, "a key's number is no person's"
    client.force_login(people.carol())
    assert "development key" in client.get(f"/inquiries/{inquiry.pk}/validity/").content.decode()
    assert call("put", place, {"valid": True, "said": "She buys after all."}).json()["valid"]
    assert [check.name for check in all_checks() if not check.ok] == []


@pytest.mark.parametrize("body, field", [
    ({"valid": "no", "said": "x"}, "valid"), ({"valid": False}, "said"), ({"valid": False, "said": " "}, "said"),
    ({"valid": False, "said": "x" * 301}, "said"), ({"valid": False, "said": "x", "why": "y"}, "why"), ([], "body"),
    ("{", "body"),
])
def test_a_judgement_that_says_too_little_is_refused_by_the_name_of_the_field(call, body, field):
    refused = call("put", "inquiries/1/validity", body)
    assert refused.status_code == 422 and refused.json()["error"]["field"] == field


def test_who_may_not_judge_or_see_an_inquiry_judges_none_by_the_api(call):
    number = call("post", "inquiries", ANN).json()["id"]
    process_pending()
    yes = {"valid": False, "said": "x"}
    for role in ("rep", "executive", "admin"):
        assert call("put", f"inquiries/{number}/validity", yes, role=role).status_code == 403
    assert call("put", "inquiries/999999/validity", yes).status_code == 404
    assert call("put", f"inquiries/{number}/validity", yes, role=None).status_code == 401
    assert call("put", f"inquiries/{number}/validity", yes, kind="text/plain").status_code == 415
    assert Arrival.objects.get().inquiry.valid


def test_a_key_sent_again_gives_the_same_answer(call):
    head = {"Idempotency-Key": "k-1"}
    first, again = call("post", "inquiries", ANN, **head), call("post", "inquiries", ANN, **head)
    assert first.content == again.content and again["Idempotent-Replayed"] == "true"
    assert call("post", "inquiries", ANN | {"title": "CEO"}, **head).status_code == 409
    assert Arrival.objects.count() == 1


@pytest.mark.parametrize("body, field", [
    (ANN | {"email": "ann@acme"}, "email"),
    (ANN | {"message": "\0"}, "message"),
    (ANN | {"last_name": "x" * 121}, "last_name"),
    (ANN | {"answers": {"size": "x" * 5000}}, "answers.size"),
    ({}, "email"),
    ([], "body"),
    ("{", "body"),
    ('{"employees": NaN}', "body"),
    (b"\xff\xfe", "body"),
])
def test_what_cannot_be_read_is_refused_by_the_name_of_the_field(call, body, field):
    refused = call("post", "inquiries", body)
    assert refused.status_code == 422 and refused.json()["error"]["field"] == field
    if number := refused.json()["error"].get("arrival"):
        assert Arrival.objects.get(pk=number).state == "rejected", "kept, to be repaired"


def test_a_refused_body_does_not_use_up_its_key(call):
    head = {"Idempotency-Key": "k-1"}
    assert call("post", "inquiries", ANN | {"email": "ann@acme"}, **head).status_code == 422
    assert call("post", "inquiries", ANN, **head).status_code == 202


def test_half_a_character_is_kept_as_a_question_mark(call):
    number = call("post", "inquiries", json.dumps(ANN)[:-1] + ', "title": "\\ud800 head"}').json()["id"]
    assert Arrival.objects.get(pk=number).body["title"] == "? head"


def test_every_other_refusal_says_why(call):
    assert call("post", "inquiries", ANN, role=None).status_code == 401
    assert call("post", "inquiries", ANN, role="executive").status_code == 403
    assert call("post", "inquiries", ANN, kind="text/plain").status_code == 415
    assert call("post", "inquiries", ANN | {"message": "x" * 70_000}).status_code == 413
    assert call("post", "inquiries", ANN, **{"Idempotency-Key": "k" * 256}).status_code == 422
    assert call("get", "inquiries/0").status_code == 422
    assert call("get", "inquiries/99999999999999999999").status_code == 422
    assert call("get", "people/12").json()["error"]["code"] == "not_found"


def test_what_cannot_be_kept_is_never_answered_as_if_it_were(call, monkeypatch):
    def down(*_, **__):
        raise OperationalError("no connection")

    monkeypatch.setattr(arrivals, "take", down)
    refused = call("post", "inquiries", ANN)
    assert refused.status_code == 503 and int(refused["Retry-After"]) > 0


def test_while_the_database_is_away_not_even_the_key_can_be_looked_up(call, monkeypatch):
    def away(text):
        raise OperationalError("no connection")

    call("post", "inquiries", ANN)
    monkeypatch.setattr(ApiKey, "met", away)
    refused = call("post", "inquiries", ANN)
    assert refused.status_code == 503 and refused["Retry-After"] and refused.json()["error"]["code"] == "unavailable"


def test_a_key_that_was_met_before_is_refused_from_its_revocation_on(call):
    call("post", "inquiries", ANN)
    ApiKey.objects.update(revoked_at=now())
    for _ in range(2):  # the first time the statement finds out, the second time the look-up
        refused = call("post", "inquiries", {**ANN, "email": "bob@acme.example"})
        assert refused.status_code == 401
    assert Arrival.objects.count() == 1


def test_a_key_that_only_records_sees_what_it_sent_and_nothing_else(call):
    mine = call("post", "inquiries", ANN, role="rep").json()["id"]
    other = call("post", "inquiries", ANN, role="development").json()["id"]
    assert call("get", f"inquiries/{mine}", role="rep").status_code == 200
    assert call("get", f"inquiries/{other}", role="rep").status_code == 404
    process_pending()
    assert call("get", f"people/{Person.objects.get().pk}", role="rep").status_code == 404


def test_reports_are_the_same_as_on_the_command_line(call):
    found = call("get", "reports/funnel?by=source&from=2024-01-01&to=2024-12-31", role="executive").json()
    assert found["report"] == "funnel" and found["rows"] == []
    assert call("get", "reports/horoscope", role="executive").status_code == 404
    assert call("get", "reports/funnel?by=moon", role="executive").status_code == 422
    assert call("get", "reports/funnel?from=2024-13-45", role="executive").status_code == 422
    assert call("get", "reports/funnel", role="rep").status_code == 403


def test_a_key_sees_what_leads_cost_only_where_its_role_may(call):
    for role, sees in (("executive", True), ("development", False)):
        told = call("get", "reports/funnel?by=source", role=role)
        assert told.status_code == 200
        assert any("cost" in name for name in told.json()["totals"]) is sees


def test_it_describes_itself(client):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    posting = described["paths"]["/api/v1/inquiries"]["post"]
    assert {"202", "401", "403", "409", "413", "415", "422", "503"} <= set(posting["responses"])
    assert "email" in posting["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert api.urls_namespace == "api"


def test_the_number_of_somebody_merged_away_answers_for_ever_as_who_they_are_now(call):
    for number, name in enumerate(("Ann", "Anna", "Annie")):
        call("post", "inquiries", {**ANN, "email": f"{name}@acme.example".lower(), "first_name": name})
        assert process_pending(), number
    ann, anna, annie = Person.objects.order_by("pk")
    merge_people(anna, annie, by=None)
    merge_people(ann, Person.objects.get(pk=anna.pk), by=None)
    assert {call("get", f"people/{one.pk}").json()["id"] for one in (ann, anna, annie)} == {ann.pk}
