"""The API at once and of activities: each item has its answer, the same key is the same item, a limit is a limit."""

import io
import json
import threading
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connection
from django.test import override_settings

from winnow.intake import activity_arrivals, many
from winnow.intake.activity_arrivals import record_pending
from winnow.intake.arrivals import process_pending, repair
from winnow.leads import rateuse
from winnow.leads.clock import now
from winnow.leads.models import ApiKey, Arrival, FactRow, Inquiry, Person
from winnow.web.bodies import read_body

pytestmark = pytest.mark.django_db
ANN = {"email": "ann@acme.example", "last_name": "Lee", "external_id": "L-1", "system": "crm"}
BOB = {"email": "bob@bolt.example", "last_name": "Ray"}


@pytest.fixture
def call(client):
    key = ApiKey.issue("site", "development")[1]
    rateuse._held.clear()

    def do(path, body=None, kind="application/json", token=key, **headers):
        headers["Authorization"] = f"Bearer {token}"
        if body is None:
            return client.get(f"/api/v1/{path}", headers=headers)
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(f"/api/v1/{path}", data=data, content_type=kind, headers=headers)

    return do


def statuses(answer):
    return [one["status"] for one in answer.json()["items"]]


def test_each_of_many_is_accepted_replayed_or_refused_with_its_reason(call):
    first = call("inquiries/bulk", {"items": [ANN | {"idempotency_key": "a"}]})
    sent = {"items": [
        ANN | {"idempotency_key": "a"}, BOB | {"idempotency_key": "b"}, {"email": "bob@bolt"}, 7,
        BOB | {"idempotency_key": "b"}, BOB | {"idempotency_key": "b", "title": "CEO"},
        ANN | {"idempotency_key": "a", "title": "CEO"}, BOB | {"idempotency_key": "no spaces"},
    ]}  # fmt: skip
    answer = call("inquiries/bulk", sent)
    assert answer.status_code == 200
    assert statuses(answer) == ["replayed", "accepted", "refused", "refused", "replayed", *["refused"] * 3]
    items = answer.json()["items"]
    assert items[0]["id"] == first.json()["items"][0]["id"] and items[4]["id"] == items[1]["id"]
    assert (items[2]["field"], items[3]["field"], items[6]["field"]) == ("email", "body", "idempotency_key")
    assert Arrival.objects.get(pk=items[2]["arrival"]).state == "rejected", "kept, to be repaired"
    assert "arrival" not in items[5] and "another body" in items[5]["reason"]
    assert statuses(call("inquiries/bulk", sent))[:2] == ["replayed", "replayed"]
    process_pending()
    assert sorted(Person.objects.values_list("email", flat=True)) == ["ann@acme.example", "bob@bolt.example"]


def test_lines_of_json_are_taken_and_a_broken_line_stops_no_other(call):
    lines = "\n".join([json.dumps(ANN), '{"email": ', "", json.dumps(BOB)])
    head = {"Idempotency-Key": "file-7"}
    answer = call("inquiries/bulk", lines, kind="application/x-ndjson", **head)
    assert statuses(answer) == ["accepted", "refused", "accepted"]
    again = call("inquiries/bulk", lines, kind="application/x-ndjson", **head)
    assert statuses(again) == ["replayed", "refused", "replayed"], "the call's key stands for its items"
    assert Arrival.objects.get(pk=answer.json()["items"][1]["arrival"]).body == '{"email": '


def test_a_body_without_items_or_with_too_many_is_refused_whole(call):
    assert call("inquiries/bulk", {"items": []}).status_code == 422
    assert call("inquiries/bulk", {"items": [BOB] * 1001}).status_code == 422
    assert call("inquiries/bulk", {"inquiries": [BOB]}).status_code == 422
    assert call("inquiries/bulk", "[1", kind="application/json").status_code == 422
    assert call("inquiries/bulk", "x", kind="text/csv").status_code == 415
    assert call("inquiries/bulk", b"[" + b" " * 5_000_000 + b"]").status_code == 413
    assert call("inquiries/bulk", [BOB], token=ApiKey.issue("x", "executive")[1]).status_code == 403
    assert not Arrival.objects.exists()


def test_an_activity_is_a_fact_of_whom_an_address_or_a_key_names(call):
    call("inquiries", ANN)
    process_pending()
    ann = Person.objects.get()
    sent = [
        {"person": "ann@acme.example", "kind": "page seen", "content": "/prices", "external_id": "v1"},
        {"person": "L-1", "system": "crm", "kind": "meeting", "minutes": 30},
        {"email": "ann@acme.example", "kind": "content taken", "content": "roi_case"},
        {"email": "ann@acme.example", "kind": "mail clicked", "content": "tip-1"},
        {"email": "ann@acme.example", "kind": "call", "minutes": 5},
    ]
    assert statuses(call("activities/bulk", {"items": sent})) == ["accepted"] * 5
    assert record_pending() == 5
    kinds = set(FactRow.objects.filter(person=ann).values_list("kind", flat=True))
    assert {"page_seen", "met", "content_taken", "mail_clicked", "called"} <= kinds
    assert Person.objects.count() == 1
    before = FactRow.objects.count()
    again = call("activities", sent[0])
    assert again.status_code == 202 and record_pending() == 1 and FactRow.objects.count() == before
    told = call(f"activities/{again.json()['id']}").json()
    assert (told["state"], told["person"]["id"]) == ("done", ann.pk)


@pytest.mark.parametrize("body, field", [
    ({"kind": "call"}, "person"),
    ({"person": "L-9", "kind": "call"}, "person"),
    ({"person": "ann@acme.example", "kind": "horoscope"}, "kind"),
    ({"person": "ann@acme.example", "kind": "opened"}, "kind"),
    ({"person": "ann@acme.example", "kind": "call", "happened_at": "yesterday"}, "happened_at"),
    ({"person": "ann@acme.example", "kind": "call", "happened_at": "2999-01-01T00:00:00Z"}, "happened_at"),
    ({"person": "ann@acme.example", "kind": ["call"]}, "kind"),
])  # fmt: skip
def test_an_activity_that_cannot_be_read_is_refused_by_its_field_and_kept(call, body, field):
    refused = call("activities", body)
    assert refused.status_code == 422 and refused.json()["error"]["field"] == field
    row = Arrival.objects.get(pk=refused.json()["error"]["arrival"])
    copy = repair(row, {"person": "ann@acme.example", "kind": "call"}, by=None)
    assert copy.makes == "activity" and record_pending() == 1


def test_an_activity_waits_for_the_inquiry_that_was_sent_with_it(call, monkeypatch):
    call("activities", {"person": "L-1", "system": "crm", "kind": "page", "content": "/prices"})
    call("inquiries", ANN)
    assert record_pending() == 1
    assert Arrival.objects.get(makes="activity").state == "pending"
    process_pending()
    monkeypatch.setattr(activity_arrivals, "now", lambda: now() + timedelta(seconds=10))
    assert record_pending() == 1
    assert FactRow.objects.filter(person=Person.objects.get(), kind="page_seen").count() == 1


def test_the_calls_of_a_minute_are_counted_over_all_processes(call):
    key, token = ApiKey.issue("small", "development")
    ApiKey.objects.filter(pk=key.pk).update(per_minute=3)
    first = call("inquiries", BOB, token=token)
    assert first["RateLimit-Policy"] == '"minute";q=3;w=60' and '"minute";r=2;' in first["RateLimit"]
    rateuse._held.clear()  # another process
    assert call("inquiries", BOB, token=token).status_code == 202
    assert call("inquiries", BOB, token=token).status_code == 202
    over = call("inquiries", BOB, token=token)
    assert over.status_code == 429 and 0 < int(over["Retry-After"]) <= 60
    assert over.json()["error"]["code"] == "too_many" and Arrival.objects.count() == 3
    with override_settings(API_PER_MINUTE=1000):
        assert call("inquiries", BOB).status_code == 202, "another key has its own"


def test_all_of_it_is_described(client):
    described = client.get("/api/v1/openapi.json").json()["paths"]
    for path in ("inquiries/bulk", "activities", "activities/bulk", "mail"):
        responses = described[f"/api/v1/{path}"]["post"]["responses"]
        assert "429" in responses and "401" in responses
    assert {"get", "post"} <= set(described["/api/v1/inquiries"]) and "get" in described["/api/v1/activities/{number}"]


def test_a_share_of_the_limit_is_taken_at_a_time_and_never_more_than_all(django_assert_num_queries):
    rateuse._held.clear()
    at = now()
    with django_assert_num_queries(1):
        assert all(rateuse.use("key 0", 1000, at).granted for _ in range(10))
    held, granted = dict(rateuse._held), 10
    rateuse._held.clear()  # another process, which has no part in what the first holds
    while rateuse.use("key 0", 1000, at).granted:
        granted += 1
    assert granted + held["key 0"].mine == 1000
    assert rateuse.use("key 0", 1000, at + timedelta(seconds=60)).granted


def test_what_came_in_is_listed_behind_a_cursor(call, monkeypatch):
    for n in range(3):
        call("inquiries", BOB | {"external_id": f"L-{n}"})
    assert call("inquiries").json()["items"] == [], "not before all that came with them is there"
    monkeypatch.setattr("winnow.web.api_many.now", lambda: now() + timedelta(seconds=30))
    first = call("inquiries?limit=2").json()
    rest = call(f"inquiries?after={first['next']}&limit=2").json()
    assert [len(first["items"]), len(rest["items"]), first["more"], rest["more"]] == [2, 1, True, False]
    assert call(f"inquiries?after={rest['next']}").json()["next"] == rest["next"]
    rep = ApiKey.issue("rep", "rep")[1]
    assert call("inquiries", token=rep).json()["items"] == []
    assert call("inquiries?limit=501").status_code == 422


def test_many_are_kept_by_one_statement(django_assert_max_num_queries):
    items = [many.Item(BOB | {"external_id": f"L-{n}"}, f"k{n}") for n in range(200)]
    with django_assert_max_num_queries(3):
        many.take_many("api", "key 1", items)
    process_pending(500)
    assert Inquiry.objects.count() == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_items_from_many_at_once_are_one_row_each_and_nobody_waits_for_ever():
    answers, errors = [], []

    def send(turned):
        items = [many.Item(BOB | {"external_id": f"L-{n}"}, f"k{n}") for n in range(60)]
        try:
            many.take_many("api", "key 1", items[::-1] if turned else items)
            answers.append({item.key: item.arrival for item in items})
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number % 2,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and Arrival.objects.count() == 60
    assert all(answer == answers[0] for answer in answers)


def test_a_body_that_is_sent_in_pieces_is_read_too():
    def sent(**more):
        return WSGIRequest({"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(b"0123456789"), **more})

    assert read_body(sent(HTTP_TRANSFER_ENCODING="chunked"), 20) == b"0123456789"
    assert read_body(sent(HTTP_TRANSFER_ENCODING="chunked"), 4) == b"01234", "enough to see that it is too long"
    assert read_body(sent(CONTENT_LENGTH="3"), 20) == b"012" and read_body(sent(), 20) == b""
