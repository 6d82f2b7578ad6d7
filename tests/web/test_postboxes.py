"""Postboxes on the screen: set up, tested, changed without giving the password away; held mails are settled."""

import pytest

from tests.outreach.imap_server import Server
from tests.outreach.test_collecting import question
from tests.outreach.token_server import TokenServer
from tests.web import people
from winnow.leads.inquiry import Inquiry
from winnow.leads.mailbox import IncomingMail
from winnow.leads.postbox import Postbox
from winnow.leads.sealing import unseal
from winnow.outreach import replies

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    client.force_login(people.user("Ada", "admin"))
    return client


def said(server, **more):
    return {
        "name": "Inquiries", "host": "127.0.0.1", "port": server.port, "security": "tls", "user": server.user,
        "login": "password", "secret": server.password, "secret_from": "", "folder": "INBOX", "begin": "new",
        "after": "leave", "move_to": "", "every_minutes": 1, "active": "on",
    } | more  # fmt: skip


def test_a_postbox_is_added_and_tested_and_its_password_stays_where_it_is(ada, tmp_path, monkeypatch):
    with Server(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        server.inbox.put(question(1))
        assert ada.post("/postboxes/", said(server, secret="")).status_code == 422
        page = ada.post("/postboxes/", said(server))["Location"]
        box = Postbox.objects.get()
        assert unseal(box.secret) == server.password and server.password not in ada.get(page).content.decode()
        tested = ada.post(f"{page}trial/").content.decode()
        assert "It works" in tested and "1 mails lie in INBOX" in tested and "Done &amp; gone" in tested
        assert not IncomingMail.objects.exists(), "a test takes nothing"
        server.password = "another"
        assert "doesn&#x27;t let inquiries in" in ada.post(f"{page}trial/").content.decode()
        elsewhere = ada.post(page, said(server, secret="", host="evil.example"))
        assert elsewhere.status_code == 422 and "type the password again" in elsewhere.content.decode()
        assert ada.post(page, said(server, secret="", after="move")).status_code == 422
        assert ada.post(page, said(server, secret="", every_minutes=5)).status_code == 302
        box.refresh_from_db()
        assert (box.every_minutes, unseal(box.secret)) == (5, 'milk "and" honey')
        assert "Inquiries" in ada.get("/postboxes/").content.decode()
        server.shutdown()


def test_a_postbox_behind_oauth_is_set_up_tested_and_its_secrets_go_nowhere_else(ada, tmp_path, monkeypatch):
    with Server(tmp_path) as server, TokenServer(server) as tokens:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        oauth = said(server, login="oauth", secret="refresh 1", client_id="winnow", client_secret="hush",
                     token_address=tokens.address, scope="")  # fmt: skip
        wrong = ada.post("/postboxes/", oauth | {"token_address": "http://127.0.0.1/", "client_id": ""})
        wrong = wrong.content.decode()
        assert "begins with https://" in wrong and "as which application" in wrong
        page = ada.post("/postboxes/", oauth)["Location"]
        assert "It works" in ada.post(f"{page}trial/").content.decode()
        shown = ada.get(page).content.decode()
        assert tokens.address in shown and "refresh 1" not in shown and "hush" not in shown
        kept = oauth | {"secret": "", "client_secret": "", "every_minutes": 5}
        assert ada.post(page, kept).status_code == 302
        box = Postbox.objects.get()
        assert (unseal(box.secret), unseal(box.client_secret), box.access_token) == ("refresh 1", "hush", "")
        for name, value in (("token_address", "https://evil.example/"), ("client_id", "x"), ("login", "password")):
            assert ada.post(page, kept | {name: value}).status_code == 422
        tokens.answer = (400, {"error": "invalid_grant"})
        assert "get a new one and type it in" in ada.post(f"{page}trial/").content.decode()
        assert ada.post(page, kept | {"client_secret": "own", "client_id": "app"}).status_code == 302
        box.refresh_from_db()
        assert (box.secret, unseal(box.client_secret)) == ("", "own"), "the old refresh token goes to nobody else"
        tokens.shutdown()
        server.shutdown()


def test_a_held_mail_is_shown_with_what_can_be_guessed_and_made_an_inquiry(client):
    client.force_login(people.carol())
    raw = (
        b"From: Carol <carol@winnow.example>\nSubject: WG: Rye\nContent-Type: text/plain; charset=utf-8\n\n"
        b"From: Zoe Lund\nSent: Monday\nTo: Carol\nSubject: Rye\n\nWhich mill?\n\n"
        b"Kind regards\nZoe Lund\nT +44 20 7946 0958\n"
    )  # fmt: skip
    mail = replies.take_mail(raw).mail
    assert "Mails to look at" in client.get("/capture/").content.decode()
    assert "Zoe Lund by name" in client.get("/capture/mails/").content.decode()
    page = f"/capture/mails/{mail.pk}/"
    shown = client.get(page)
    assert shown.context["said"] == {
        "email": "", "name": "Zoe Lund", "phone": "+44 20 7946 0958",
        "message": "Rye\nWhich mill?\n\nKind regards\nZoe Lund\nT +44 20 7946 0958",
    }  # fmt: skip
    typed = {"name": "Zoe Lund", "email": "zoe at mill", "message": "Which mill?"}
    refused = client.post(page, typed)
    assert refused.status_code == 422 and "zoe at mill" in refused.content.decode()
    assert client.post(page, typed | {"email": "zoe@mill.example"}).status_code == 302
    assert Inquiry.objects.get().person.email == "zoe@mill.example"
    kept = client.get(f"/nurture/incoming/{mail.pk}/raw/")
    assert kept.content == raw and "attachment" in kept["Content-Disposition"]
    assert client.post(f"{page}setting-aside/").status_code == 409
