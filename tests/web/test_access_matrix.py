"""Every address, every role, GET and POST: who comes in, who is refused in words, what isn't there for whom."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.web import people
from tests.web.expected_access import EXPECTED, OWN_DOORS, PUBLIC, ROLES
from winnow.leads import merging, sorting
from winnow.leads.apikey import ApiKey
from winnow.leads.campaign import Campaign, Content, CostLine
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.event import BoothDevice, Event
from winnow.leads.form import Form
from winnow.leads.hook import Hook, HookCall
from winnow.leads.imports import Import, ImportRow, SavedMapping
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.interview import CallScript, Interview
from winnow.leads.lists import PeopleList
from winnow.leads.mailbox import IncomingMail
from winnow.leads.meeting import Promise, Review, ReviewLine
from winnow.leads.message import Enrolment, Message, Programme, Tip
from winnow.leads.opportunity import Product
from winnow.leads.pageview import PageRule
from winnow.leads.person import Person
from winnow.leads.postbox import Postbox
from winnow.leads.remark import Remark
from winnow.outreach import dispositions

NOT_THERE = 2**40
MAPPING = 'as = "people"\n[columns]\n"mail" = "email"\n'
ENORMOUS = 10**30


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
            "interview": Interview.objects.create(
                person=lead.person, script=CallScript.objects.get(), begun_at=now(), talking_since=now()
            ).pk,
            "inquiry": Inquiry.objects.create(
                person=lead.person, account=lead.account, captured_at=now(), recorded_at=now(), valid=False
            ).pk,
        }  # fmt: skip

    script = CallScript.objects.create(
        name="Qualify", text="? need: Why?", questions=[], created_at=now(), changed_at=now()
    )
    own, foreign = things("Ann", "Nordkap Seafood", people.sam()), things("Bob", "Gelati Baraldi", people.sue())
    run = Import.objects.create(kind="inquiries", file_name="fair.csv", started_at=now())
    own |= nurturing(own) | reviewing(own)
    row = ImportRow.objects.create(run=run, line=2, raw={"email": "x"}, outcome="rejected", reason="no address")
    own |= {
        "user": people.user("Nils", "rep").pk, "key": ApiKey.issue("site", "marketing")[0].pk,
        "mapping": SavedMapping.objects.create(name="Fair", kind="people", mapping=MAPPING, kept_at=now()).pk,
        "definition": definition.number, "import": run.pk, "row": row.pk,
        "arrival": Arrival.objects.create(door="form", body={"email": "x"}, body_digest=b"x", state="rejected").pk,
        "form": Form.first(now()).pk, "script": script.pk, "report": {"name": "funnel", "form": "csv"},
    }  # fmt: skip
    hook = Hook.objects.create(code="x", name="Chat", created_at=now())
    call = HookCall.objects.create(hook=hook, raw=b"{}", received_at=now(), due_at=now())
    box = Postbox.objects.create(name="x", host="127.0.0.1", port=1, user="x", started_at=now(), due_at=now())
    remarked = Remark.objects.create(
        definition=definition, clause="lead.score", kind="objection", text="x", by=users["A"], made_at=now()
    )
    own["remark"] = remarked.pk
    own |= {"hook": hook.pk, "call": call.pk, "postbox": box.pk}
    twin = Person.objects.create(account_id=own["account"], first_name="Twin", created_at=now())
    own["merge"] = merging.merge_people(Person.objects.get(pk=own["person"]), twin, by=people.carol()).pk
    third = Person.objects.create(account_id=own["account"], first_name="Third", created_at=now())
    Cycle.begin(third, at=now())
    own["sorting"] = dispositions.decide([third], dispositions.Wish("nurture"), by=people.carol()).sorting.pk
    clients = {}
    for letter, user in users.items():
        clients[letter] = Client(raise_request_exception=False)
        clients[letter].force_login(user)
    return own, foreign, clients


def nurturing(own):
    """A campaign with its cost, content, and a programme with a mail to the rep's own person."""
    at, person = now(), Person.objects.get(pk=own["person"])
    campaign = Campaign.objects.create(code="fair", name="Fair", created_at=at)
    cost = CostLine.objects.create(campaign=campaign, on=at.date(), amount_cents=100)
    programme = Programme.objects.create(code="tips", name="Tips", created_at=at)
    tip = Tip.objects.create(programme=programme, position=1, code="one", subject="One", body="One thing.")
    cycle = person.cycles.get()
    enrolment = Enrolment.objects.create(programme=programme, person=person, cycle=cycle, started_at=at)
    message = Message.objects.create(
        person=person, tip=tip, enrolment=enrolment, address=person.email, subject="One", body="One thing.",
        message_id="<1@winnow.example>", send_at=at, created_at=at, state="held",
    )  # fmt: skip
    incoming = IncomingMail.objects.create(digest="x", raw=b"x", received_at=at, kind="reply", person=person)
    content = Content.objects.create(code="paper", title="Paper", created_at=at)
    event = Event.objects.create(code="fair", name="Fair", starts_on=at.date(), ends_on=at.date(), created_at=at)
    device = BoothDevice.allow(event, "Tablet", by=None)
    return {
        "page rule": PageRule.objects.create(pattern=f"/scene/{campaign.pk}/*", group="pricing").pk,
        "campaign": campaign.pk, "cost": {"campaign_id": campaign.pk, "cost_id": cost.pk}, "content": content.pk,
        "programme": programme.pk, "tip": tip.pk, "enrolment": enrolment.pk, "message": message.pk,
        "incoming": incoming.pk, "event": event.pk, "device": {"event_id": event.pk, "device_id": device.pk},
    }  # fmt: skip


def reviewing(own):
    """An open review with a line about the rep's own lead and a promise of the rep."""
    at, sam = now(), people.sam()
    review = Review.objects.create(started_at=at, led_by=people.rolf())
    cycle = Person.objects.get(pk=own["person"]).cycles.get()
    line = ReviewLine.objects.create(review=review, cycle=cycle, rep=sam, position=1)
    promise = Promise.objects.create(review=review, cycle=cycle, by=sam, text="I call", due_at=at + timedelta(days=1))
    product = Product.objects.create(code="GTXPro", name="GTXPro", known=False)
    listed = Product.objects.create(code="GTX Pro", name="GTX Pro")
    return {
        "review": review.pk, "line": line.pk, "promise": promise.pk, "product": product.pk, "listed product": listed.pk
    }  # fmt: skip


def address(name, number):
    """The address of a thing; several names in it take a mapping, or all the same number."""
    return reverse(name, kwargs=number if isinstance(number, dict) else dict.fromkeys(NAMED[name], number))


def ask(client, method, place, sent=None):
    """One request, whose traces are wiped out again, in the database and in the browser."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = client.get(place) if method == "get" else client.post(place, sent or {})
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def expected_to(page, letter):
    """What a role may do, method by method: "opens", "refused", "no such method" or "hidden"."""
    for method in ("get", "post"):
        allowed = getattr(page, method)
        if allowed is not None and (allowed == PUBLIC or letter in allowed):
            yield method, "opens"
        else:
            yield method, "hidden" if page.hidden else "refused" if allowed is not None else "no such method"


def troubles_of(name, own, foreign, clients):
    """Everything about one address that isn't as the table has it."""
    page = EXPECTED[name]
    if bool(page.of) != bool(NAMED[name]):
        yield f"{name}: say in the table which thing the address is about"
        return
    place = address(name, own.get(page.of))
    yield from troubles_of_nobody(name, page, place)
    tried, sent = set(), {page.sends[0]: own[page.sends[1]]} if page.sends else None
    for letter, client in clients.items():
        for method, expected in expected_to(page, letter):
            answer = ask(client, method, place, sent)
            told = f"{method} {name} as {ROLES[letter]}: {answer.status_code}"
            if answer.status_code >= 500 or answer.status_code not in fits(expected):
                yield f"{told}, expected was that it {expected}"
            if answer.status_code == 403 and not names_who_can(answer):
                yield f"{told} doesn't say who can"
            if expected != "opens" or not page.of:
                continue
            for wrong in () if method in tried or letter == "R" else (NOT_THERE, ENORMOUS):
                tried.add(method)
                lost = ask(client, method, address(name, wrong)).status_code
                if lost != 404:
                    yield f"{told}, and a number that isn't there gives {lost}"
            if letter == "R" and page.of in foreign and page.foreign:
                hidden = ask(client, method, address(name, foreign[page.of])).status_code
                if hidden != 404:
                    yield f"{told}, and a foreign {page.of} gives {hidden}"


def fits(expected):
    """The statuses that an expectation allows. What opens may still refuse what was posted: 409, 422, 429."""
    return {
        "opens": (200, 201, 204, 302, 307, 409, 422, 429), "refused": (403, 404), "no such method": (403, 405),
        "hidden": (404,),
    }[expected]  # fmt: skip


def names_who_can(answer):
    said = answer.content.decode()
    return 'class="refusal"' in said and (" can. " in said or " can do this" in said)


def troubles_of_nobody(name, page, place):
    """Somebody who isn't logged in is led to the log-in, and back here afterwards."""
    for method in ("get", "post"):
        allowed = getattr(page, method)
        answer = ask(Client(raise_request_exception=False), method, place)
        if allowed == PUBLIC:
            fine = answer.status_code in (200, 302, 422)
        else:
            led = answer.status_code == 302 and answer.url.startswith(reverse("login"))
            fine = led or answer.status_code == (404 if page.hidden else 405)
        if not fine:
            yield f"{method} {name} as nobody: {answer.status_code}"


@pytest.mark.django_db
@pytest.mark.parametrize("letters", ["R", pytest.param("".join(ROLES), marks=pytest.mark.bars)])
def test_every_page_opens_for_exactly_those_who_may(letters):
    own, foreign, clients = set_the_scene()
    some = {letter: clients[letter] for letter in letters}
    troubles = [trouble for name in OURS for trouble in troubles_of(name, own, foreign, some)]
    assert not troubles, "\n".join(troubles)


@pytest.mark.django_db
def test_the_api_opens_by_key_alone():
    own, _, clients = set_the_scene()
    troubles = []
    for name in sorted(name for name in NAMED if name.startswith("api:")):
        place = reverse(name, kwargs=dict.fromkeys(NAMED[name], own["person"]))
        open_to_all = name in ("api:openapi-json", "api:api-root")
        for client in (Client(raise_request_exception=False), clients["M"]):
            for method, body in (("get", ()), ("post", (json.dumps({}), "application/json"))):
                status = getattr(client, method)(place, *body).status_code
                if status >= 500 or not (open_to_all or status in (401, 404, 405)):
                    troubles.append(f"{method} {name} without a key: {status}")
    assert not troubles, "\n".join(troubles)
