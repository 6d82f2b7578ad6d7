"""A mailbox behind OAuth: tokens are fetched when they are due, kept sealed, and a refusal says the way out."""

import ssl
from datetime import timedelta

import pytest
import time_machine

from tests.outreach.imap_server import Server
from tests.outreach.test_collecting import collect, postbox, question
from tests.outreach.token_server import TokenServer
from winnow.leads.clock import now
from winnow.leads.inquiry import Inquiry
from winnow.leads.postbox import Postbox
from winnow.leads.sealing import seal, unseal
from winnow.outreach import tokens
from winnow.outreach.imap import MailServerTrouble

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path) as running, TokenServer(running) as giving:
        running.tokens = giving
        yield running
        running.shutdown()
        giving.shutdown()


def behind_oauth(server, **more):
    given = {
        "login": "oauth", "token_address": server.tokens.address, "client_id": "winnow",
        "secret": seal("refresh 1"), "client_secret": seal("hush"),
    }  # fmt: skip
    return postbox(server, **given | more)


def test_a_token_is_fetched_used_until_it_ends_and_the_refresh_token_that_came_along_is_the_next(server):
    box = behind_oauth(server)
    server.inbox.put(question(1))
    assert collect(server, box) == 1 and Inquiry.objects.count() == 1
    assert server.tokens.asked == [{
        "path": "/tenant/oauth2/v2.0/token", "grant_type": "refresh_token", "refresh_token": "refresh 1",
        "client_id": "winnow", "client_secret": "hush",
    }]
    stored = Postbox.objects.values_list("access_token", "secret", "client_secret").get()
    assert not any(word in text for text in stored for word in ("tok", "refresh", "hush")), "sealed, as a password is"
    collect(server, box)
    assert len(server.tokens.asked) == 1
    server.token = "tok 2"
    server.tokens.answer = (200, {"access_token": "tok 2", "expires_in": "3599", "refresh_token": "refresh 2"})
    with time_machine.travel(now() + timedelta(minutes=58), tick=True):
        collect(server, box)
    box.refresh_from_db()
    assert len(server.tokens.asked) == 2 and unseal(box.secret) == "refresh 2" and unseal(box.access_token) == "tok 2"


def test_without_a_refresh_token_the_application_itself_is_let_in(server):
    box = behind_oauth(server, secret="", scope="https://outlook.office365.com/.default")
    collect(server, box)
    (asked,) = server.tokens.asked
    assert asked["grant_type"] == "client_credentials" and asked["scope"] == "https://outlook.office365.com/.default"
    assert "refresh_token" not in asked


def test_a_token_that_the_mail_server_refuses_is_not_tried_again(server):
    box = behind_oauth(server)
    server.tokens.answer = (200, {"access_token": "stale", "expires_in": 3599})
    with pytest.raises(MailServerTrouble, match="doesn't let inquiries in"):
        collect(server, box)
    server.tokens.answer = (200, {"access_token": "tok", "expires_in": 3599})
    server.inbox.put(question(1))
    assert collect(server, box) == 1 and len(server.tokens.asked) == 2


@pytest.mark.parametrize(("answer", "said"), [
    ((400, {"error": "invalid_grant", "error_description": "hush"}), r"\(invalid_grant\): the refresh token has ended"),
    ((401, {"error": "invalid_client"}), r"\(invalid_client\): client id or client secret aren't right"),
    ((400, {"error": "<b>Refresh 1</b>"}), r"no access token \(400\): look at token address"),
    ((302, "refresh 1"), r"no access token \(302\)"),
    ((503, "<html>down</html>"), r"\(503\): it has trouble of its own; it is tried again"),
    ((200, {"token": 1}), "answers without an access token"),
    ((200, {"access_token": "tok\r\nA1 DELETE INBOX"}), "answers without an access token"),
    ((200, "[" * 60_000), "answers without an access token"),
])
def test_a_refusal_says_the_way_out_and_nothing_of_the_secrets(server, answer, said):
    server.tokens.answer = answer
    with pytest.raises(MailServerTrouble, match=said) as trouble:
        collect(server, behind_oauth(server))
    assert "efresh 1" not in str(trouble.value) and "hush" not in str(trouble.value)
    assert not [one for one in server.asked if one == "AUTHENTICATE"]


def test_tokens_are_asked_for_over_tls_with_a_good_certificate_alone(server):
    box = behind_oauth(server)
    with pytest.raises(tokens.NoToken, match=r"certificate of 127.0.0.1 isn't good"):
        tokens.access_token(box, ssl.create_default_context())
    for address in ("http://127.0.0.1/token", "https://me:pass@127.0.0.1/", "file:///etc/hosts", "https://a b/", "//x"):
        box.token_address = address
        with pytest.raises(tokens.NoToken, match="begins with https"):
            tokens.access_token(box, server.trusting)
    assert not server.tokens.asked


def test_what_was_typed_meanwhile_is_not_overwritten_by_what_came_along(server):
    box = behind_oauth(server)
    server.tokens.answer = (200, {"access_token": "tok", "refresh_token": "refresh 2"})
    Postbox.objects.update(secret=seal("typed anew"))
    assert tokens.access_token(box, server.trusting) == "tok"
    box.refresh_from_db()
    assert unseal(box.secret) == "typed anew" and not box.access_token
