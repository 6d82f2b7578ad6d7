"""What is changed on the command line stands in the audit trail like what is changed on the screen."""

from argparse import ArgumentParser
from io import StringIO

import pytest

from winnow.leads.models import AuditEntry
from winnow.ops.commands import import_, key, user

pytestmark = pytest.mark.django_db


def called(command, *words):
    """Run a command in this process on the words of a call."""
    parser = ArgumentParser()
    command.configure(parser)
    args = parser.parse_args([str(word) for word in words if word != "--json"])
    args.json = "--json" in words
    command.run(args)


def verbs():
    return list(AuditEntry.objects.order_by("id").values_list("verb", "noun"))


def test_users_and_keys_made_on_the_command_line_are_in_the_audit_trail(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", StringIO("a-Long-enough-1\nanother-Long-1\n"))
    called(user, "add", "carol@winnow.example", "--role", "marketing", "--name", "Carol", "--password-stdin")
    called(user, "password", "carol@winnow.example", "--password-stdin")
    called(key, "add", "crm", "--role", "marketing", "--json")
    assert verbs() == [("let in", "user"), ("give password", "user"), ("issue key", "apikey")]
    assert AuditEntry.objects.first().detail == "carol@winnow.example as marketing, on the command line"


def test_an_import_is_in_the_audit_trail_and_a_dry_run_is_not(tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text("email\nann@acme.example\n")
    for dry in (["--dry-run"], []):
        called(import_, path, "--as", "people", "--json", *dry)
    assert verbs() == [("import", "import")]
    assert AuditEntry.objects.get().detail == "people of people.csv, on the command line"
