"""The pages of events, and the door of the booth for programs: who may, what is said, what is refused."""

import json

import pytest
from django.urls import reverse

from tests.web import people
from winnow.intake.arrivals import process_pending
from winnow.leads.event import BoothDevice, Event
from winnow.leads.models import Campaign, Inquiry
from winnow.web.events import SURVEY

pytestmark = pytest.mark.django_db
FAIR = {"name": "Spring fair", "place": "Bergen", "starts_on": "2026-03-02", "ends_on": "2026-03-04",
        "staff": "Sue\nSam\nSue", "survey": SURVEY, "giveaway": "A thermometer.", "consent_text": "You may write."}


def send(client, device, *entries):
    body = {"entries": list(entries), "waiting": len(entries), "sent_at": "2026-03-03T10:00:00Z"}
    return client.post(reverse("booth-entries", args=[device.code]), json.dumps(body), "application/json")


def test_marketing_sets_up_an_event_lets_a_tablet_in_and_ends_it(client_of, client):
    carol = client_of(people.carol())
    wrong = carol.post(reverse("events"), FAIR | {"survey": "? need: Why?", "ends_on": "2026-03-01"})
    assert wrong.status_code == 422
    assert "needs choices" in wrong.content.decode() and "before the beginning" in wrong.content.decode()
    carol.post(reverse("events"), FAIR)
    event = Event.objects.get()
    assert (event.code, event.staff, len(event.questions)) == ("spring-fair", ["Sue", "Sam"], 3)
    sam = client_of(people.sam())
    to_booth = sam.post(reverse("event-devices", args=[event.pk]), {"here": "1"})
    device = BoothDevice.objects.get()
    assert to_booth.url == reverse("booth", args=[device.code]) and sam.get(to_booth.url).status_code == 200
    page = client.get(to_booth.url)
    assert "camera=(self)" in page["Permissions-Policy"] and "What brings you here?" in page.content.decode()
    assert "sessionid" not in page.cookies
    manifest = client.get(reverse("booth-manifest", args=[device.code])).json()
    assert manifest["start_url"] == to_booth.url and manifest["scope"] == "/booth/"
    worker = client.get(reverse("booth-worker"))
    assert worker["Service-Worker-Allowed"] == "/booth/" and worker["Content-Type"].startswith("text/javascript")
    assert client.get(reverse("booth-door"), {"code": device.code.upper()}).url == to_booth.url
    version = send(client, device).json()["version"]
    carol.post(reverse("event", args=[event.pk]), FAIR | {"consent_text": "You may write to me.", "closed": "on"})
    event.refresh_from_db()
    assert event.consent_version == 2 and event.closed_at
    assert send(client, device).json()["version"] != version
    assert sam.post(reverse("event-devices", args=[event.pk]), {"name": "Late"}).status_code == 409
    carol.post(reverse("event-device-end", args=[event.pk, device.pk]))
    assert client.get(to_booth.url).status_code == 403 and "address was ended" in send(client, device).json()["reason"]


def test_what_a_booth_sends_is_answered_entry_by_entry(client_of, client):
    people.signed()
    campaign = Campaign.objects.create(code="fair", name="Fair", created_at=people.now())
    today = people.now().date()
    event = Event.objects.create(
        code="fair", name="Fair", starts_on=today, ends_on=today, campaign=campaign, created_at=people.now()
    )
    device = BoothDevice.allow(event, "Tablet", by=None)
    good = {"key": "visitor-1", "last_name": "Lee", "email": "ann@acme.example", "tablet_at": "2026-03-03T09:00:00Z"}
    answer = send(client, device, good, good | {"key": "visitor-2", "email": "ann@"}, "what", good | {"key": "x"})
    assert [one["kept"] for one in answer.json()["results"]] == [True, False, False, False]
    assert answer.json()["results"][1]["field"] == "email"
    device.refresh_from_db()
    assert device.seen_at and device.waiting == 3
    place = reverse("booth-entries", args=[device.code])
    for body, kind, status in (
        ("[]", "application/json", 422), ("{", "application/json", 422), ("{}", "text/plain", 415),
        (json.dumps({"entries": [{}] * 51}), "application/json", 422), ("x" * 600_000, "application/json", 413),
    ):
        assert client.post(place, body, kind).status_code == status
    assert client.get(place).status_code == 405 and client.post("/booth/1-x/entries/").status_code == 404
    process_pending()
    page = client_of(people.carol()).get(reverse("event", args=[event.pk])).content.decode()
    assert "Lee" in page and "1 can’t be read" in page and 'class="scannable"' in page
    assert "Fair" in client_of(people.carol()).get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert Inquiry.objects.get().campaign == campaign
