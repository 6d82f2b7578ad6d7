"""What a request tells of who filled a form in: the address behind proxies, what the browser loaded, its number."""

import ipaddress
from datetime import timedelta

import pytest
import time_machine
from django.test import Client, RequestFactory

from tests.web.forms_filled import ANN, BROWSER, filled
from winnow.leads.clock import now
from winnow.leads.models import Arrival
from winnow.web.client import address_of

NETWORKS = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize("trusted, behind, peer, said, address", [
    ([], False, "77.1.1.1", "1.2.3.4", "77.1.1.1"),
    ([], True, "127.0.0.1", "1.2.3.4, 77.1.1.1", "77.1.1.1"),
    (NETWORKS, False, "127.0.0.1", "1.2.3.4, 77.1.1.1", "77.1.1.1"),
    (NETWORKS, False, "10.0.0.1", "1.2.3.4, 77.1.1.1, 10.9.9.9", "77.1.1.1"),
    (NETWORKS, True, "77.1.1.1", "1.2.3.4", "77.1.1.1"),
    (NETWORKS, False, "127.0.0.1", "", "127.0.0.1"),
    (NETWORKS, False, "127.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
    (NETWORKS, False, "127.0.0.1", "77.1.1.1:5000", "77.1.1.1"),
    (NETWORKS, False, "127.0.0.1", "nonsense", "nonsense"),
    ([], False, "", "", ""),
])
def test_a_visitors_address_is_what_trusted_proxies_say_and_nobody_else(settings, trusted, behind, peer, said, address):
    settings.TRUSTED_PROXIES = trusted
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **({"HTTP_X_FORWARDED_FOR": said} if said else {}))
    assert address_of(request) == address


@pytest.mark.django_db
def test_a_browser_without_script_that_loads_the_page_has_nothing_against_it():
    visitor = Client(headers={"User-Agent": BROWSER, "Accept": "text/html", "Accept-Language": "en"})
    assert filled(visitor).status_code == 303
    with time_machine.travel(now(), tick=False) as clock:
        shown = visitor.get("/f/contact/").context["form"]["shown"].value()
        visitor.get("/f/contact/visit/", {"shown": shown})
        clock.shift(timedelta(seconds=20))
        visitor.post("/f/contact/", {**ANN, "shown": shown, "last_name": "Ray"})
    alone, loaded = Arrival.objects.order_by("pk")
    assert (alone.state, loaded.state) == ("pending", "pending")
    assert loaded.evidence["points"] < 0 < alone.evidence["points"]
    assert all("marks" not in one.evidence for one in (alone, loaded)), "nothing to compare is kept longer than needed"


@pytest.mark.django_db
def test_the_number_of_the_browser_comes_along_when_it_is_one():
    visitor = Client()
    for number, name in (("ab" * 16, "Lee"), ("<script>", "Ray")):
        shown = visitor.get("/f/contact/").context["form"]["shown"].value()
        visitor.post("/f/contact/", {**ANN, "shown": shown, "last_name": name, "visitor": number})
    assert [one.body.get("visitor") for one in Arrival.objects.order_by("pk")] == ["ab" * 16, None]
    page = visitor.get("/f/contact/?visitor=<script>").content.decode()
    assert "&lt;script&gt;" in page and 'data-bits="15"' in page
