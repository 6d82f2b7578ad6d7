"""Every address, every role, GET and POST: who comes in, who is refused in words, what isn't there for whom."""

import json

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.web import people
from tests.web.expected_access import EXPECTED, OWN_DOORS, PUBLIC, ROLES
from winnow.leads import sorting
from winnow.leads.apikey import ApiKey
from winnow.leads.clock import now
from winnow.leads.form import Form
from winnow.leads.imports import Import, ImportRow
from winnow.leads.inquiry import Arrival
from winnow.leads.lists import PeopleList

NOT_THERE = 2**40
ENORMOUS = 10**30

pytestmark = pytest.mark.bars  # takes minutes; the campaign pages still want their lines


def named():
    """Every pattern with its names, as "namespace:name", and the names of what it takes."""

    def walk(patterns, before):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, f"{before}{pattern.namespace}:" if pattern.namespace else before)
            else:
                yield f"{before}{pattern.name}", tuple(pattern.pattern.converters)

    return dict(walk(get_resolver().url_patterns, ""))


NAMED = named()
OURS = sorted(name for name in NAMED if name in EXPECTED)


def test_every_address_has_a_line_in_the_table():
    missing = {name for name in NAMED if not name.startswith("api:")} - set(EXPECTED) - OWN_DOORS
    assert not missing, f"write in tests/web/expected_access.py who may open {sorted(missing)}"


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    """One scene for the whole table: it is dear to set, and every request's traces are wiped out again."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield set_the_scene()
        transaction.set_rollback(True)


def set_the_scene():
    """Things of the rep Sam, the same things of Sue, and somebody of every role, logged in."""
    definition = people.signed()
    users = {letter: people.user(f"Role{letter}", role) for letter, role in ROLES.items()}
    users["M"], users["R"], users["S"] = people.carol(), people.sam(), people.rolf()

    def things(name, company, rep):
        lead = people.lead(name, company)
        handoff = lead.hand_off(to=rep, by=people.carol())
        handoff.accept(by=rep)
        lead.open_opportunity(amount_cents=100, by=rep)
        return {
            "person": lead.person_id, "account": lead.account_id, "lead": lead.pk, "handoff": handoff.pk,
            "opportunity": lead.opportunities.get().pk,
            "answer": sorting.answer(lead.person, item="other", level="yes", source="call", by=rep).pk,
            "list": PeopleList.keep(rep, "mine", "grade=A").pk,
        }  # fmt: skip

    own, foreign = things("Ann", "Nordkap Seafood", people.sam()), things("Bob", "Gelati Baraldi", people.sue())
    run = Import.objects.create(kind="inquiries", file_name="fair.csv", started_at=now())
    row = ImportRow.objects.create(run=run, line=2, raw={"email": "x"}, outcome="rejected", reason="no address")
    own |= {
        "user": people.user("Nils", "rep").pk, "key": ApiKey.issue("site", "marketing")[0].pk,
        "definition": definition.number, "import": run.pk, "row": row.pk,
        "arrival": Arrival.objects.create(door="form", body={"email": "x"}, body_digest=b"x", state="rejected").pk,
        "form": Form.first(now()).pk,
    }  # fmt: skip
    clients = {}
    for letter, user in users.items():
        clients[letter] = Client(raise_request_exception=False)
        clients[letter].force_login(user)
    return own, foreign, clients


def address(name, number):
    return reverse(name, kwargs=dict.fromkeys(NAMED[name], number))


def ask(client, method, place):
    """One request, whose traces are wiped out again."""
    with transaction.atomic():
        answer = client.get(place) if method == "get" else client.post(place)
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("name", OURS)
def test_a_page_opens_for_exactly_those_who_may(name, scene):
    own, foreign, clients = scene
    page = EXPECTED[name]
    number = own.get(page.of)
    assert bool(page.of) == bool(NAMED[name]), f"{name}: say in the table which thing the address is about"
    nobody = Client(raise_request_exception=False)
    for method in ("get", "post"):
        allowed = getattr(page, method)
        place = address(name, number)
        answer = ask(nobody, method, place)
        if allowed == PUBLIC:
            assert answer.status_code < 400 or answer.status_code in (405, 422), (name, method, "nobody")
        else:
            outside = answer.status_code == 302 and answer.url.startswith(reverse("login"))
            shut = answer.status_code == (404 if page.hidden else 405)
            assert outside or shut, (name, method, "nobody", answer.status_code)
        for letter, client in clients.items():
            answer = ask(client, method, place)
            told = (name, method, ROLES[letter], answer.status_code)
            assert answer.status_code < 500, told
            if allowed is None:
                assert answer.status_code in (403, 405), told
            elif allowed == PUBLIC or letter in allowed:
                assert answer.status_code not in (401, 403, 404, 405), told
                if page.of and allowed != PUBLIC:
                    for wrong in (NOT_THERE, ENORMOUS):
                        lost = ask(client, method, address(name, wrong))
                        expected = (302, 404) if name == "qualify-person" else (404,)
                        assert lost.status_code in expected, (*told, wrong, lost.status_code)
            elif page.hidden:
                assert answer.status_code == 404, told
            else:
                assert answer.status_code in (403, 404), told
                if answer.status_code == 403:
                    said = answer.content.decode()
                    assert 'class="refusal"' in said and (" can. " in said or " can do this" in said), told
            if letter == "R" and page.of in foreign and page.foreign and allowed and allowed != PUBLIC:
                hidden = ask(client, method, address(name, foreign[page.of]))
                assert hidden.status_code in ((404,) if letter in allowed else (403, 404)), (*told, hidden.status_code)


@pytest.mark.parametrize("name", sorted(name for name in NAMED if name.startswith("api:")))
def test_the_api_opens_by_key_alone(name, scene):
    own, _, clients = scene
    place = reverse(name, kwargs=dict.fromkeys(NAMED[name], own["person"]))
    open_to_all = name in ("api:openapi-json", "api:api-root")
    for client in (Client(raise_request_exception=False), clients["M"]):
        for method, body in (("get", ()), ("post", (json.dumps({}), "application/json"))):
            answer = getattr(client, method)(place, *body)
            assert answer.status_code < 500, (name, method, answer.status_code)
            assert open_to_all or answer.status_code in (401, 404, 405), (name, method, answer.status_code)
