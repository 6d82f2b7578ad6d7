"""Campaigns and content: no launch without a signed definition, costs beside what they brought, gaps in sight."""

import pytest

from tests.web.people import carol, sam, signed
from winnow.intake.arrivals import process_pending, take
from winnow.leads.models import AuditEntry, Campaign, Content, CostLine

pytestmark = pytest.mark.django_db
FAIR = {"name": "Mill fair", "channel": "event", "interest": "active", "currency": "EUR"}


def test_a_campaign_is_launched_only_under_a_signed_definition(client_of):
    client = client_of(carol())
    client.post("/attract/", FAIR)
    fair = Campaign.objects.get()
    refused = client.post(f"/attract/campaigns/{fair.pk}/launch/")
    assert refused.status_code == 409 and "none is in force" in refused.content.decode()
    signed()
    client.post(f"/attract/campaigns/{fair.pk}/launch/")
    fair.refresh_from_db()
    assert fair.launched_at and fair.definition and AuditEntry.objects.filter(verb="launch").count() == 1


def test_what_it_cost_stands_beside_what_it_brought(client_of):
    client = client_of(carol())
    client.post("/attract/", FAIR)
    fair = Campaign.objects.get()
    client.post(f"/attract/campaigns/{fair.pk}/costs/", {"on": "2026-03-01", "amount": "1200.50", "what": "stand"})
    assert CostLine.objects.get().amount_cents == 120050
    take("api", "key 1", {"email": "ann@acme.example", "campaign": "Mill fair"})
    process_pending()
    page = client.get("/attract/")
    assert page.context["rows"][0].figures["inquiries"] == 1
    assert "€1,201" in client.get(f"/attract/campaigns/{fair.pk}/").content.decode()
    client.post(f"/attract/campaigns/{fair.pk}/costs/{CostLine.objects.get().pk}/withdrawal/")
    assert CostLine.objects.get().voided_at


def test_what_is_typed_wrong_is_quoted_and_nothing_is_lost(client_of):
    client = client_of(carol())
    client.post("/attract/", FAIR)
    again = client.post("/attract/", FAIR | {"offer": "A ground kilo"})
    text = again.content.decode()
    assert again.status_code == 422 and "“Mill fair” is another campaign" in text and "A ground kilo" in text
    late = client.post("/attract/", FAIR | {"name": "B", "starts_on": "2026-05-01", "ends_on": "2026-04-01"})
    assert "1 April 2026 lies before the beginning" in late.content.decode()


def test_a_rep_reads_campaigns_and_changes_none(client_of):
    client_of(carol()).post("/attract/", FAIR)
    client = client_of(sam())
    page = client.get("/attract/")
    assert page.status_code == 200 and "Per accepted lead" not in page.content.decode()
    assert client.post("/attract/", FAIR | {"name": "Mine"}).status_code == 403


def test_the_library_shows_its_gaps_and_weights(client_of):
    signed()
    client = client_of(carol())
    piece = {"title": "ROI of stone mills", "code": "roi_case", "phase": "preference", "persona": "miller"}
    client.post("/attract/content/", piece)
    made = Content.objects.get()
    client.post(f"/attract/content/{made.pk}/", piece | {"persona": "owner"})
    page = client.get("/attract/content/")
    persona, cells = page.context["matrix"][0]
    assert persona == "owner" and [len(cell) for cell in cells] == [0, 0, 1]
    wrong = client.post("/attract/content/", piece)
    assert wrong.status_code == 422 and "“roi_case” is another piece" in wrong.content.decode()
