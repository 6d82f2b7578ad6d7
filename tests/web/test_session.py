"""Log-in, the first visit, preferences, and what the administrator keeps."""

import re
import threading

import pytest
from django.db import connection
from django.urls import reverse

from tests.web import people
from winnow.leads.apikey import ApiKey
from winnow.leads.audit import AuditEntry
from winnow.leads.login import TRIES_PER_ADDRESS, LoginTry, first_administrator
from winnow.leads.user import User

pytestmark = pytest.mark.django_db


def log_in(client, email, password=people.PASSWORD, **more):
    return client.post(reverse("login"), {"email": email, "password": password, **more})


def test_an_empty_instance_makes_its_administrator_once(client):
    assert client.get("/").url == reverse("first-visit")
    words = {
        "name": "Ada",
        "email": "Ada@Winnow.example",
        "new_password": "seven sieves",
        "once_more": "seven sieves",
    }
    answer = client.post(reverse("first-visit"), {**words, "time_zone": "Europe/Lisbon"})
    assert answer.status_code == 302
    ada = User.objects.get()
    assert (ada.email, ada.role, ada.time_zone) == ("ada@winnow.example", "admin", "Europe/Lisbon")
    assert client.get(reverse("preferences")).status_code == 200
    again = client.post(reverse("first-visit"), {**words, "email": "eve@winnow.example", "time_zone": "UTC"})
    assert again.url == reverse("login")
    assert User.objects.count() == 1


def test_a_password_that_is_too_short_is_refused_on_the_first_visit_and_nobody_is_made(client):
    words = {"name": "Ada", "email": "ada@winnow.example", "new_password": "short", "once_more": "short"}
    answer = client.post(reverse("first-visit"), {**words, "time_zone": "UTC"})
    assert answer.status_code == 422
    assert not User.objects.exists()
    assert "short" not in re.sub(r"<[^>]*>", "", answer.content.decode()).replace("too short", "")


@pytest.mark.django_db(transaction=True)
def test_two_first_visits_at_once_make_one_administrator():
    made, barrier = [], threading.Barrier(4)

    def visit(number):
        barrier.wait()
        try:
            made.append(
                first_administrator(email=f"a{number}@winnow.example", name="A", password="seven sieves")
            )
        except Exception as refusal:
            made.append(str(refusal))
        finally:
            connection.close()

    visits = [threading.Thread(target=visit, args=[number]) for number in range(4)]
    for one in visits:
        one.start()
    for one in visits:
        one.join()
    assert User.objects.count() == 1
    assert sum(isinstance(one, User) for one in made) == 1
    assert sum("has its administrator already" in str(one) for one in made) == 3


def test_who_logs_in_goes_where_they_wanted_and_never_to_another_site(client):
    carol = people.carol()
    answer = log_in(client, " CAROL@winnow.example ", next="/preferences/?x=1")
    assert answer.url == "/preferences/?x=1"
    client.post(reverse("logout"))
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert log_in(client, carol.email, next=elsewhere).url == "/"
        client.post(reverse("logout"))
    assert client.get(reverse("preferences")).status_code == 302


def test_the_answer_is_the_same_for_a_wrong_password_a_stranger_and_somebody_let_go(client):
    people.carol()
    people.user("Gus", "rep", is_active=False)
    said = set()
    for email, password in (
        ("carol@winnow.example", "not hers at all"), ("nobody@winnow.example", "x" * 12),
        ("gus@winnow.example", people.PASSWORD),
    ):  # fmt: skip
        answer = log_in(client, email, password)
        assert answer.status_code == 422
        text = answer.content.decode().replace(email, "")
        said.add(re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text))
    assert len(said) == 1


def test_guessing_is_stopped_by_address_also_with_the_right_password(client):
    people.carol()
    people.sam()
    for _ in range(TRIES_PER_ADDRESS):
        assert log_in(client, "carol@winnow.example", "wrong password").status_code == 422
    answer = log_in(client, "Carol@winnow.example")
    assert answer.status_code == 429
    assert "Wait a quarter of an hour" in answer.content.decode()
    assert log_in(client, "sam@winnow.example").status_code == 302


def test_guessing_is_stopped_by_where_it_comes_from(client, monkeypatch):
    monkeypatch.setattr("winnow.leads.login.TRIES_PER_IP", 5)
    people.carol()
    for number in range(5):
        log_in(client, f"guess{number}@winnow.example", "wrong password")
    assert log_in(client, "carol@winnow.example").status_code == 429
    client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    assert log_in(client, "carol@winnow.example").status_code == 302


def test_a_right_password_wipes_the_failures_before_it(client):
    people.carol()
    for _ in range(TRIES_PER_ADDRESS - 1):
        log_in(client, "carol@winnow.example", "wrong password")
    assert log_in(client, "carol@winnow.example").status_code == 302
    assert not LoginTry.objects.filter(passed=False).exists()


def test_logging_out_is_a_post_and_ends_the_session(client):
    client.force_login(people.carol())
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == reverse("login")
    assert reverse("login") in client.get(reverse("preferences")).url


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(client, client_of):
    carol = people.carol()
    other = client_of(carol)
    client.force_login(carol)
    words = {"password": "wrong", "new_password": "seven sieves", "once_more": "seven sieves"}
    assert client.post(reverse("preferences-password"), words).status_code == 422
    words["password"] = people.PASSWORD
    assert client.post(reverse("preferences-password"), words).status_code == 302
    assert client.get(reverse("preferences")).status_code == 200
    assert other.get(reverse("preferences")).status_code == 302
    assert User.objects.get(pk=carol.pk).check_password("seven sieves")


def test_times_are_shown_in_the_zone_of_whoever_reads(client):
    carol = people.user("Carol", "admin", time_zone="Asia/Tokyo")
    client.force_login(carol)
    people.signed()
    assert "JST" in client.get(reverse("audit-trail")).content.decode()


def test_the_administrator_lets_somebody_in_and_the_password_shown_works(client, client_of):
    client.force_login(people.user("Ada", "admin"))
    words = {
        "name": "Nils",
        "email": "Nils@Winnow.example",
        "role": "rep",
        "capacity": "12",
        "time_zone": "UTC",
    }
    answer = client.post(reverse("users"), words)
    assert answer.status_code == 201
    password = re.search(r'id="password">([^<]+)<', answer.content.decode()).group(1)
    assert log_in(client_of(None), "nils@winnow.example", password).status_code == 302
    again = client.post(reverse("users"), words)
    assert again.status_code == 422
    assert "logs in by this address already" in again.content.decode()
    assert AuditEntry.objects.filter(verb="let in", noun="user").count() == 1


def test_the_last_administrator_can_neither_go_nor_change_role(client):
    ada = people.user("Ada", "admin")
    client.force_login(ada)
    assert client.post(reverse("user-deactivation", args=[ada.pk])).status_code == 409
    words = {"name": "Ada", "email": ada.email, "role": "rep", "capacity": "1", "time_zone": "UTC"}
    assert client.post(reverse("user", args=[ada.pk]), words).status_code == 409
    people.user("Ida", "admin")
    assert client.post(reverse("user-deactivation", args=[ada.pk])).status_code == 302


def test_an_executive_gets_no_right_to_sign(client):
    client.force_login(people.user("Ada", "admin"))
    words = {
        "name": "Bea",
        "email": "bea@winnow.example",
        "role": "executive",
        "capacity": "1",
        "time_zone": "UTC",
    }
    answer = client.post(reverse("users"), {**words, "may_sign_for": "sales"})
    assert answer.status_code == 422
    assert not User.objects.filter(email="bea@winnow.example").exists()


def test_a_key_is_shown_once_and_opens_nothing_after_it_is_revoked(client):
    client.force_login(people.user("Ada", "admin"))
    answer = client.post(reverse("keys"), {"name": "site", "role": "marketing", "days": ""})
    text = re.search(r'id="key-text">([^<]+)<', answer.content.decode()).group(1)
    key = ApiKey.find(text)
    assert key.name == "site"
    assert text not in client.get(reverse("keys")).content.decode()
    client.post(reverse("key-revocation", args=[key.pk]))
    assert ApiKey.find(text) is None


def test_the_audit_trail_is_filtered_and_read_in_pages(client, monkeypatch):
    monkeypatch.setattr("winnow.web.administration.ENTRIES", 2)
    people.signed()
    client.force_login(people.user("Ada", "admin"))
    page = client.get(reverse("audit-trail"), {"verb": "sign"}).content.decode()
    assert page.count("for marketing on") == 1 and page.count("for sales on") == 1
    first = client.get(reverse("audit-trail"))
    assert len(first.context["rows"]) == 2
    second = client.get(reverse("audit-trail"), {"before": first.context["older"]})
    assert first.context["rows"][-1].pk > second.context["rows"][0].pk
    assert (
        client.get(reverse("audit-trail"), {"by": "x", "until": "9999-12-31", "before": "-1"}).status_code
        == 200
    )


def test_a_foreign_role_is_refused_in_words_that_say_who_can(client):
    people.user("Ada", "admin")
    client.force_login(people.carol())
    answer = client.get(reverse("users"))
    assert answer.status_code == 403
    assert "Ada can." in answer.content.decode()
