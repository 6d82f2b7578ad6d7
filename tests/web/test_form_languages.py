"""A form in another language: all that its maker didn't write speaks it too."""

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
from winnow.leads.clock import now
from winnow.leads.models import Form, Message

TEMPLATES = Path(winnow.web.__file__).parent / "templates"
WORDS = tomllib.loads(Path(formwords.__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def test_every_language_says_everything_with_the_same_gaps():
    assert set(WORDS) == set(formwords.LANGUAGES) - {"en"}
    texts = {text for file in TEMPLATES.rglob("*.html") for text in re.findall(r'"([^"]+)"\|spoken', file.read_text())}
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
