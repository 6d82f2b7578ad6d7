"""Hooks on the screen: made, mapped together from a real payload, read again; the secret is shown once."""

import json

import pytest

from tests.web import people
from winnow.intake import hooks as intake
from winnow.intake.arrivals import process_pending
from winnow.leads.hook import Hook, HookCall
from winnow.leads.models import Arrival, Inquiry
from winnow.leads.sealing import unseal

pytestmark = pytest.mark.django_db
PAYLOAD = {
    "id": "c-9", "who": {"mail": "ann@acme.example", "name": "Ann Lee"}, "via": "Live Chat -PPC",
    "messages": [{"from": "Ann", "text": "Which mill suits rye?"}, {"from": "Sam", "text": "The small one."}],
}  # fmt: skip


@pytest.fixture
def carol(client):
    client.force_login(people.carol())
    return client


def test_a_hook_is_made_and_mapped_together_from_what_came_first(carol, client):
    made = carol.post("/capture/hooks/", {"name": "Site chat", "preset": "", "makes": "inquiries", "proof": "header"})
    hook = Hook.objects.get()
    assert made.status_code == 201 and unseal(hook.secret) in made.content.decode()
    page = f"/capture/hooks/{hook.pk}/"
    assert unseal(hook.secret) not in carol.get(page).content.decode(), "shown once"
    sent = client.post(
        f"/hooks/in/{hook.code}/", json.dumps(PAYLOAD), content_type="application/json",
        headers={"X-Webhook-Secret": unseal(hook.secret)},
    )  # fmt: skip
    assert sent.status_code == 202
    intake.process_calls()
    shown = carol.get(page)
    assert {row["path"]: row["field"] for row in shown.context["rows"]}["who.mail"] == "email", "proposed"
    assert "Live Chat -PPC" in shown.content.decode() and "Nothing is mapped yet" in shown.content.decode()
    fields = {"id": "external_id", "who.mail": "email", "who.name": "full_name", "via": "channel",
              "messages[*]": "transcript"}  # fmt: skip
    typed = {}
    for n, row in enumerate(shown.context["rows"]):
        typed |= {f"path {n}": row["path"], f"field {n}": fields.get(row["path"], "")}
    typed |= {"words": "channel: Live Chat -PPC = chat", "fixed": "source = site chat", "each": "", "system": "chat"}
    assert carol.post(page, typed | {"fixed": "nonsense = 1", "keep": ""}).status_code == 422
    assert carol.post(page, typed | {"replay": ""}).status_code == 302
    intake.process_calls(), process_pending()
    inquiry = Inquiry.objects.get()
    assert (inquiry.channel, inquiry.source, inquiry.person.name) == ("chat", "site chat", "Ann Lee")
    assert inquiry.transcript == "Ann: Which mill suits rye?\nSam: The small one."
    shown = carol.get(page)
    assert "external_id" in shown.content.decode() and shown.context["becomes"][0]["problem"] == ""
    call = carol.get(f"/capture/hooks/calls/{HookCall.objects.get().pk}/").content.decode()
    assert "Which mill suits rye?" in call and "Ann Lee" in call


def test_what_cannot_be_taken_is_repaired_on_its_own_page_and_read_again_as_a_whole(carol):
    hook, _ = intake.make(name="Form", proof="address", mapping='[columns]\nmail = "email"\n', by=people.carol())
    for raw in (b'{"mail": "ann at acme"}', b"{"):
        intake.receive(hook, raw, content_type="", key="", proof="", at=hook.created_at)
    intake.process_calls()
    page = carol.get("/capture/?state=rejected").content.decode()
    assert "ann at acme" in page and "Calls of hooks" in page
    row = Arrival.objects.get()
    assert carol.post(f"/capture/arrivals/{row.pk}/", {"field email": "ann@acme.example"}).status_code == 302
    assert carol.post(f"/capture/hooks/{hook.pk}/replay/").status_code == 302
    intake.process_calls(), process_pending()
    assert Inquiry.objects.get().email == "ann@acme.example" and Arrival.objects.count() == 2
    bad = HookCall.objects.get(state="rejected")
    assert carol.post(f"/capture/hooks/calls/{bad.pk}/").status_code == 302
    assert carol.post(f"/capture/hooks/calls/{bad.pk}/", {"aside": ""}).status_code == 409, "it is being read again"
    intake.process_calls()
    assert carol.post(f"/capture/hooks/calls/{bad.pk}/", {"aside": ""}).status_code == 302
    assert not intake.waiting(hook).exists()
    text = {"as_text": "", "mapping": "[columns]\nmail = 'nonsense'\n"}
    assert "no field" in carol.post(f"/capture/hooks/{hook.pk}/", text).content.decode()


def test_the_secret_is_changed_and_the_hook_switched_off(carol):
    hook, secret = intake.make(name="Form", by=people.carol())
    answer = carol.post(f"/capture/hooks/{hook.pk}/secret/", {"secret": "mine, from the tool"})
    hook.refresh_from_db()
    assert unseal(hook.secret) == "mine, from the tool" and unseal(hook.secret_before) == secret
    assert "mine, from the tool" in answer.content.decode()
    carol.post(f"/capture/hooks/{hook.pk}/", {"tool": "", "name": "Form", "proof": "basic", "header": "form"})
    hook.refresh_from_db()
    assert (hook.active, hook.proof, hook.header) == (False, "basic", "form")
