"""The starter definition, signed by both sides."""

import tomllib
from pathlib import Path

import winnow.leads
from winnow.leads.models import Definition, User


def signed(**inquiry):
    """Carol and Sue sign it, with these rules for inquiries changed; it is in force at once."""
    carol = User.objects.create_user("carol@winnow.example", role="marketing", name="Carol", may_sign_for="marketing")
    sue = User.objects.create_user("sue@winnow.example", role="manager", name="Sue", may_sign_for="sales")
    document = tomllib.loads((Path(winnow.leads.__file__).parent / "starter.toml").read_text())
    document["inquiry"] |= inquiry
    draft = Definition.draft(document, by=carol)
    draft.sign(by=carol, seen_hash=draft.hash)
    draft.sign(by=sue, seen_hash=draft.hash)
    return Definition.in_force()
