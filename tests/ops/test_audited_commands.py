"""What is changed on the command line stands in the audit trail like what is changed on the screen."""

from argparse import Namespace
from io import StringIO

import pytest

from winnow.leads.models import AuditEntry
from winnow.ops.commands import import_, key, user

pytestmark = pytest.mark.django_db


def verbs():
    return list(AuditEntry.objects.order_by("id").values_list("verb", "noun"))


def test_users_and_keys_made_on_the_command_line_are_in_the_audit_trail(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", StringIO("a-Long-enough-1\nanother-Long-1\n"))
    common = {"email": "carol@winnow.example", "password_stdin": True, "json": False}
    user.run(Namespace(what="add", role="marketing", name="Carol", may_sign_for="", **common))
    user.run(Namespace(what="password", **common))
    key.run(Namespace(what="add", name="crm", role="marketing", json=True))
    assert verbs() == [("let in", "user"), ("give password", "user"), ("issue key", "apikey")]
    assert AuditEntry.objects.first().detail == "carol@winnow.example as marketing, on the command line"


def test_an_import_is_in_the_audit_trail_and_a_dry_run_is_not(tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text("email\nann@acme.example\n")
    given = {"files": [str(path)], "kind": "people", "mapping": None, "campaign": None, "interest": None}
    for dry in (True, False):
        import_.run(Namespace(history=None, json=True, dry_run=dry, **given))
    assert verbs() == [("import", "import")]
    assert AuditEntry.objects.get().detail == "people of people.csv, on the command line"
