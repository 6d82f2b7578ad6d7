"""What is held back: reasons with their false alarms, swarms, and how one, many or all of them pass."""

import pytest

from tests.web.people import carol, sam
from winnow.intake.arrivals import process_pending, take
from winnow.leads.clock import now
from winnow.leads.models import Arrival, AuditEntry, Form, Inquiry

pytestmark = pytest.mark.django_db
BECAUSE = [["many text", 10, "the same message came 70 times"], ["no proof", 2, "it was sent without script"]]


def held(number, swarm="77", **said):
    body = {"email": f"p{number}@acme.example", "last_name": f"P{number}", "message": "Buy now", "form": "contact"}
    evidence = {"points": 12, "because": BECAUSE, **({"swarm": swarm} if swarm else {})}
    how = {"state": "quarantined", "reason": "the same", "evidence": evidence}
    return take("form", "form contact", body | said, {}, None, **how).id


def test_a_swarm_stands_together_with_its_reasons_and_passes_at_once(client_of):
    browser = client_of(carol())
    numbers = [held(number) for number in range(8)]
    alone = held(99, swarm="", last_name="Lee")
    assert "It was sent without script" in browser.get(f"/capture/arrivals/{alone}/").content.decode()
    Form.first(now())
    page = browser.get("/capture/held/?form=contact&reason=no proof").content.decode()
    assert "p99@acme.example" in page and "?form=contact" in page
    page = browser.get("/capture/held/").content.decode()
    assert "8 that belong together" in page and "The same message came 70 times" in page and "p99@acme.example" in page
    answer = browser.post("/capture/held/releases/", {"swarm": "77"})
    assert answer.status_code == 302
    assert Arrival.objects.filter(pk__in=numbers, state="pending").exclude(released_at=None).count() == 8
    assert Arrival.objects.get(pk=alone).state == "quarantined"
    assert AuditEntry.objects.filter(verb="release").count() == 1
    assert process_pending() == 8 and Inquiry.objects.count() == 8
    page = browser.get("/capture/held/?reason=many text").content.decode()
    assert "8 of them (89 %)" in page.replace("\u202f", " ").replace("\u00a0", " ").replace("89%", "89 %")


def test_the_ticked_pass_and_what_is_no_more_there_is_said(client_of):
    browser = client_of(carol())
    first, second, _ = [held(number) for number in range(3)]
    browser.post("/capture/held/releases/", {"arrival": [first, second, "x", "9" * 30]})
    assert Arrival.objects.filter(state="pending").count() == 2
    assert browser.post("/capture/held/releases/", {"arrival": [first]}).status_code == 409
    assert client_of(sam()).post("/capture/held/releases/", {"swarm": "77"}).status_code == 403
    assert Arrival.objects.filter(state="quarantined").count() == 1


def test_one_that_was_sent_once_more_from_our_page_waits_no_longer(client_of):
    first = held(1)
    Arrival.objects.filter(pk=held(2)).update(repaired_from=first, state="pending")
    assert "Nothing is held back" in client_of(carol()).get("/capture/held/").content.decode()
