"""A form in another language: all that its maker didn't write speaks it too."""

import html
import json
import re
import string
import tomllib
from pathlib import Path

import pytest
from django.test import Client

import winnow.web
from tests.web.forms_filled import filled
from winnow.intake.arrivals import process_pending
from winnow.leads import formwords
from winnow.leads.asking import read_questions
from winnow.leads.clock import now
from winnow.leads.event import BoothDevice, Event
from winnow.leads.models import Form, Message

TEMPLATES = Path(winnow.web.__file__).parent / "templates"
SPOKEN = r"""(?:spoken_with )?"([^"]+)"(?:\|spoken| firm=)"""
BOOTH = Path(winnow.web.__file__).parent / "static/winnow/booth.js"
WORDS = tomllib.loads(Path(formwords.__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def test_every_language_says_everything_with_the_same_gaps():
    assert set(WORDS) == set(formwords.LANGUAGES) - {"en"}
    texts = {text for file in TEMPLATES.rglob("*.html") for text in re.findall(SPOKEN, file.read_text())}
    texts |= set(re.findall(r'\bsay\("([^"]+)"', BOOTH.read_text()))
    texts |= {value for name, value in vars(formwords).items() if name.isupper() and isinstance(value, str)}
    for language, words in WORDS.items():
        assert set(words) == texts, language
        for text, other in words.items():
            gaps = [sorted(gap for _, gap, _, _ in string.Formatter().parse(one) if gap) for one in (text, other)]
            assert gaps[0] == gaps[1], text


@pytest.fixture
def german(db):
    form = Form.first(now())
    form.revise(by=None, at=now(), language="de", thanks="", double_opt_in=True, title="Schreiben Sie uns", fields=[
        {"name": "last_name", "label": "Nachname", "required": True},
        {"name": "email", "label": "E-Mail", "required": True},
        {"name": "answers.size", "label": "Größe", "type": "list", "choices": [{"value": "1", "label": "klein"}]},
    ])
    return form


def test_a_german_form_asks_refuses_and_thanks_in_german_and_asks_for_the_consent_in_german(german, settings):
    settings.PUBLIC_URL = "https://winnow.example"
    visitor = Client()
    page = visitor.get("/f/contact/").content.decode()
    assert '<html lang="de"' in page and "freiwillig" in page and ">Absenden<" in page and "Keine Angabe" in page
    wrong = filled(visitor, last_name="", email="ann@acme").content.decode()
    assert "Nachname wird gebraucht, um Ihnen zu antworten." in wrong and "Einige Angaben gehen so noch nicht." in wrong
    again = filled(visitor, email="ann@acme").content.decode()
    assert "„ann@acme“ geht so nicht." in again
    for text in (page, wrong, again):
        assert not re.search(r"\b(?:optional|needed|Send|answer|typed|can’t)\b", re.sub(r"<[^>]*>", " ", text))
    sent = filled(visitor, consent="on")
    thanked = visitor.get(sent["Location"]).content.decode()
    assert "Vielen Dank" in thanked and "Mails dürfen wir Ihnen erst schicken" in thanked
    process_pending()
    mail = Message.objects.get()
    assert mail.subject == "Ein Klick, und Sie bekommen unsere Mails" and "Bestätigen Sie es hier" in mail.body


def test_an_earlier_version_keeps_its_language(german):
    german.revise(by=None, at=now(), language="fr")
    assert (german.language, german.as_version(german.version - 1).language) == ("fr", "de")


@pytest.mark.django_db
def test_a_person_chooses_the_language_in_the_builder_and_the_copied_form_speaks_it(client):
    from tests.leads.people import carol

    client.force_login(carol())
    form = Form.first(now())
    page = client.get(f"/capture/forms/{form.pk}/")
    assert "Deutsch" in page.content.decode() and page.status_code == 200
    form.revise(by=None, at=now(), language="es")
    assert "&gt;Enviar&lt;" in client.get(f"/capture/forms/{form.pk}/places/").content.decode()


@pytest.fixture
def tablet(db):
    event = Event.objects.create(
        code="messe", name="Messe", starts_on=now().date(), ends_on=now().date(), created_at=now(), language="de",
        questions=read_questions("? need *: Was führt Sie her?\n- Verderb = yes\n- Neugier = no\n", branches=False)[0],
    )
    return BoothDevice.allow(event, "Tablet 1", by=None)


def read_aloud(page: str) -> str:
    """What stands on a page for a reader, its labels included."""
    return " ".join(re.findall(r'aria-label="([^"]*)"', page)) + re.sub(r"<[^>]*>", " ", page)


def test_a_german_booth_asks_refuses_and_ends_in_german_and_carries_its_words(tablet, client):
    def entry(**said):
        body = {"entries": [{"key": "visitor-1", **said}], "waiting": 1}
        return client.post(f"/booth/{tablet.code}/entries/", body, "application/json").json()

    page = client.get(f"/booth/{tablet.code}/").content.decode()
    assert '<html lang="de"' in page and "Nachname" in page and ">Behalten<" in page
    assert not re.search(r"\b(?:the|Name|name|Keep|Thank|Note|Close|Scan|with)\b", read_aloud(page))
    setting = json.loads(html.unescape(re.search(r'data-setting="([^"]*)"', page)[1]))
    assert setting["words"]["works offline"] == "geht auch ohne Netz"
    assert client.get(f"/booth/{tablet.code}/manifest.webmanifest").json()["lang"] == "de"
    (wrong,) = entry(email="ann@")["results"]
    assert wrong["reason"] == "„ann@“ geht so nicht."
    assert entry(company="Acme")["results"][0]["reason"].startswith("Ein Badge, ein Name")
    before = entry(email="ann@acme.example")["version"]
    Event.objects.update(language="fr")
    assert entry(email="ann@acme.example")["version"] != before  # a tablet loads the page that speaks French
    BoothDevice.objects.update(revoked_at=now())
    assert "fermée" in client.get(f"/booth/{tablet.code}/").content.decode() and "fermée" in entry()["reason"]


def test_pages_that_belong_to_no_form_speak_what_the_browser_asks_for(db, client):
    places = {"/u/never-made-by-us/": "completo", "/confirm/never-made-by-us/": "completo", "/booth/": "Código"}
    for place, said in places.items():
        page = client.get(place, headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}).content.decode()
        assert '<html lang="es"' in page and said in page
        assert '<html lang="en"' in client.get(place, headers={"Accept-Language": "sv"}).content.decode()
