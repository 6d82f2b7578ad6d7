"""The lead definition from the command line, as a script would use it."""

import copy
import json
import tomllib
from types import SimpleNamespace

import pytest

from tests.web import people
from winnow.leads import definition_file
from winnow.leads.errors import Refusal
from winnow.leads.person import Identity
from winnow.ops.commands import definition as command
from winnow.policy.writing import to_toml

pytestmark = pytest.mark.django_db


def call(capsys, what, **words):
    """What the command prints as JSON."""
    words = {
        "version": None,
        "toml": False,
        "yaml": False,
        "whom": None,
        "draft": None,
        "seen": None,
        "as_of": None,
        "since": None,
        "json": True,
        "what": what,
    } | words
    command.run(SimpleNamespace(**words))
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def file(tmp_path):
    def make(document=None, name="definition.toml", text=None):
        place = tmp_path / name
        place.write_text(to_toml(document or people.STARTER) if text is None else text)
        return str(place)

    return make


def test_a_file_is_proposed_and_signed_by_two_people_and_then_it_is_in_force(capsys, file):
    carol, rolf = people.carol(), people.rolf()
    kept = call(capsys, "propose", file=file(), user="CAROL@winnow.example")
    assert kept["number"] == 1 and kept["state"] == "draft 1" and kept["unsigned"] == ["marketing", "sales"]
    assert call(capsys, "sign", user=carol.email)["unsigned"] == ["sales"]
    done = call(capsys, "sign", user=rolf.email, seen=kept["hash"][:16])
    assert done["state"] == "version 1, in force"
    assert [one["side"] for one in done["signatures"]] == ["marketing", "sales"]
    shown = call(capsys, "show")
    assert shown["document"] == people.STARTER
    assert {"number": "4.2", "key": "lead.grade", "text": "Grade B or better."} in shown["clauses"]
    command.run(SimpleNamespace(what="show", version=1, toml=True, yaml=False, whom=None, json=False))
    assert tomllib.loads(capsys.readouterr().out) == people.STARTER
    command.run(SimpleNamespace(what="show", version=1, toml=False, yaml=True, whom=None, json=False))
    assert definition_file.read(capsys.readouterr().out, "yaml") == people.STARTER
    read = call(capsys, "show", whom="sales")["parts"]
    assert [part["title"] for part in read][:2] == ["What you are handed", "What you are not handed, and why"]


def test_a_yaml_file_is_checked_and_compared_like_any_other(capsys, file):
    changed = {**people.STARTER, "lead": {"grade": "A"}}
    ours = file(name="ours.yaml", text=definition_file.write(changed, "yaml"))
    assert call(capsys, "check", file=ours)["ok"]
    told = call(capsys, "diff", before=file(), after=ours)
    assert [one["text"] for one in told["differences"]] == ["The grade asked for changes from B to A."]
    with pytest.raises(Refusal, match=r"ours\.yaml is not YAML: line 2, column 4: aliases"):
        call(capsys, "check", file=file(name="ours.yaml", text="a: &x 1\nb: *x"))


def test_a_draft_that_changed_since_it_was_read_is_not_signed(capsys, file):
    call(capsys, "propose", file=file(), user=people.carol().email)
    with pytest.raises(Refusal, match="is not the text that was shown"):
        call(capsys, "sign", user=people.carol().email, seen="0" * 64)


def test_who_may_not_write_or_sign_is_told_who_can(capsys, file):
    sam = people.sam()
    with pytest.raises(Refusal, match="may not write a definition"):
        call(capsys, "propose", file=file(), user=sam.email)
    people.signed()
    with pytest.raises(Refusal, match="may not sign"):
        call(capsys, "sign", user=sam.email)
    with pytest.raises(Refusal, match=r"There is no user nobody@acme\.example"):
        call(capsys, "sign", user="nobody@acme.example")


@pytest.mark.parametrize(("text", "said"), [
    ("[score]\nasked = true", r"score\.asked is True"), ("x", "is not TOML"),
    ("[lead]\ngrad = 'B'", r"lead\.grad is no key"),
])  # fmt: skip
def test_a_file_that_is_no_definition_is_refused_by_its_key(capsys, file, text, said):
    with pytest.raises(Refusal, match=said):
        call(capsys, "check", file=file(text=text))
    with pytest.raises(Refusal, match="can't be read"):
        call(capsys, "check", file="/nowhere/definition.toml")
    assert call(capsys, "check", file=file())["ok"] is True


def test_versions_and_files_are_compared_clause_by_clause(capsys, file):
    people.signed()
    other = copy.deepcopy(people.STARTER)
    other["score"]["asked"] = 65
    found = call(capsys, "diff", before="1", after=file(other))
    assert [(one["number"], one["kind"]) for one in found["changes"]] == [("4.1", "changed")]
    assert ["del", "60."] in found["changes"][0]["parts"] and ["ins", "65."] in found["changes"][0]["parts"]
    assert call(capsys, "diff", before="1", after="1")["changes"] == []
    with pytest.raises(Refusal, match="There is no version 9"):
        call(capsys, "diff", before="1", after="9")


def test_a_person_is_explained_by_address_or_number(capsys):
    people.signed()
    ann = people.answers(people.eager(people.fit(people.person())), need="yes", authority="yes", timing="partly")
    found = call(capsys, "explain", person=ann.email.upper())
    assert found["person"] == ann.pk and found["grade"] == "A" and not found["ready"]
    assert found["unmet"] == [
        {"clause": "budget", "number": "4.3", "known": "Budget is unknown", "asked": "at least partly"}
    ]
    assert abs(sum(line["today"] for line in found["lines"]) - found["milli"]) < 10
    assert call(capsys, "explain", person=str(ann.pk))["score"] == found["score"]
    Identity.objects.create(person=ann, kind="external", system="crm", value="CRM-7", created_at=ann.created_at)
    assert call(capsys, "explain", person="CRM-7")["steps"]["ready"]
    with pytest.raises(Refusal, match="Nobody is known as"):
        call(capsys, "explain", person="nobody@acme.example")
    with pytest.raises(Refusal, match="is no day"):
        call(capsys, "explain", person="CRM-7", as_of="yesterday")
    with pytest.raises(Refusal, match="No definition was in force on 1 January 2001"):
        call(capsys, "explain", person="CRM-7", as_of="2001-01-01")


@pytest.mark.bars
def test_the_command_answers_from_outside(winnow, ready_home, file):
    home = ready_home()
    done = winnow("definition", "check", file(), "--json", home=home)
    assert done.returncode == 0 and json.loads(done.stdout)["ok"] is True
    refused = winnow("definition", "show", "--json", home=home)
    assert refused.returncode == 1 and json.loads(refused.stdout)["code"] == "no_definition"
    assert winnow("definition", "frob", home=home).returncode == 2
