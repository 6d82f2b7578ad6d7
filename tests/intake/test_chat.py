"""A chat tool posts a finished conversation: one inquiry, its whole transcript in the story, its answers count."""

import json

import pytest

from tests.web import people
from winnow.intake import hooks
from winnow.intake.arrivals import process_pending
from winnow.intake.hook_presets import PRESETS
from winnow.leads.due import judge_due
from winnow.leads.inquiry import Inquiry
from winnow.leads.story import story

pytestmark = pytest.mark.django_db
CHAT = {
    "conversation": {"id": "c-7"}, "visitor": {"email": "ann@acme.example", "name": "Ann Lee"},
    "answers": {"timing": "yes"},
    "messages": [{"author": "Ann", "text": "Do you deliver in June?"}, {"author": "Sam", "text": "We do."}],
}


def test_a_conversation_is_one_inquiry_and_goes_on_when_it_comes_again(client):
    people.signed()
    hook, secret = hooks.make(
        name="Chat", makes="inquiries", mapping=PRESETS["chat"].mapping, proof="header", header="X-Key",
        by=people.carol(),
    )

    def post(**more):
        body = json.dumps(CHAT | more)
        return client.post(f"/hooks/in/{hook.code}/", body, "application/json", headers={"X-Key": secret}).status_code

    assert client.post(f"/hooks/in/{hook.code}/", "{}", "application/json").status_code == 401
    for more in ({}, {}, {"messages": [*CHAT["messages"], {"author": "Ann", "text": "Then call me."}]}):
        assert post(**more) == 202
        hooks.process_calls()
        process_pending()
    judge_due()
    one = Inquiry.objects.get()
    assert one.channel == "chat" and one.transcript.splitlines()[-1] == "Ann: Then call me."
    answer = one.person.answers.get()
    assert (answer.item, answer.level, answer.source) == ("timing", "yes", "chat")
    assert one.person.standing.levels[3] == "yes"
    (moment,) = [one for one in story(one.person) if one.whole]
    assert moment.strong == "Chatted with us" and "Do you deliver in June?" in moment.whole
    page = client.force_login(people.carol()) or client.get(f"/people/{one.person_id}/").content.decode()
    assert "All that was said" in page and "We do." in page
