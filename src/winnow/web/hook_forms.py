"""What is typed to set a hook up: the tool, how it shows who it is, which path is which field, fixed values, words."""

from dataclasses import replace

from django import forms

from winnow.intake.fields import FIELDS, is_field
from winnow.intake.hook_mapping import checked, fixed_of
from winnow.intake.hook_presets import PRESETS
from winnow.intake.mapping import Mapping, parse
from winnow.leads.errors import Refusal
from winnow.leads.hook import Hook

PROOFS = [
    ("signature", "signs each message (Standard Webhooks)"),
    ("digest", "sends a digest of the body in a header (HMAC-SHA256)"),
    ("header", "sends a secret in a header"),
    ("basic", "logs in by name and password (HTTP basic)"),
    ("address", "knows nothing of that: the address alone, which is weaker"),
]
MAKES = [("inquiries", "inquiries"), ("activities", "activities of people")]
SHOWN = 150


class HookForm(forms.Form):
    """The tool, and how it shows who it is."""

    name = forms.CharField(label="Tool", max_length=120, help_text="As you call it: “Site chat”, “Webinar”.")
    preset = forms.ChoiceField(
        label="Start from", required=False, choices=[(code, one.title) for code, one in PRESETS.items()]
    )
    makes = forms.ChoiceField(label="What it tells of", choices=MAKES)
    proof = forms.ChoiceField(label="The tool", choices=PROOFS)
    header = forms.CharField(
        label="Header or user name", max_length=80, required=False,
        help_text="Of the header with the secret (else X-Webhook-Secret) or the digest (else X-Hub-Signature-256), "
        "or the name it logs in by.",
    )
    secret = forms.CharField(
        label="Secret", max_length=400, required=False,
        help_text="Where the tool gives you one; else one is made, and shown once.",
    )

    def clean_header(self):
        """A header's name as HTTP has them."""
        name = self.cleaned_data["header"].strip()
        if name and not all(character.isascii() and (character.isalnum() or character in "-_.") for character in name):
            raise forms.ValidationError("A name has letters, digits and dashes only.")
        return name


class ChangeForm(forms.Form):
    """The same of a hook that is there; its mapping has a form of its own."""

    name = forms.CharField(label="Tool", max_length=120)
    proof = forms.ChoiceField(label="The tool", choices=PROOFS)
    header = HookForm.base_fields["header"]
    active = forms.BooleanField(label="Takes calls", required=False)

    clean_header = HookForm.clean_header


class MappingForm(forms.Form):
    """What belongs to a mapping besides the paths themselves, a line each."""

    each = forms.CharField(
        label="One item each", max_length=200, required=False, help_text="Path of a list; empty: a payload is one item."
    )
    system = forms.CharField(
        label="Whose keys", max_length=60, required=False, help_text="The system that external id is a key of."
    )
    fixed = forms.CharField(
        label="Fixed values", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line: channel = chat. They stand where a payload says nothing.",
    )
    words = forms.CharField(
        label="Words", max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line: channel: Live Chat -PPC = chat. Theirs, then ours.",
    )


def rows_of(hook: Hook, examples: dict[str, list[str]], fields: dict[str, str]) -> list[dict]:
    """A row for each path: its examples, and what it becomes. All that are mapped; of the others at most SHOWN."""
    mapped = [path for path in examples if fields.get(path)]
    others = [path for path in examples if not fields.get(path)][: max(0, SHOWN - len(mapped))]
    shown = set(mapped) | set(others)
    known = set(FIELDS[hook.makes])
    rows = []
    for path in (path for path in examples if path in shown):
        field = fields.get(path, "")
        rows.append({
            "path": path, "examples": [text[:80] for text in examples[path]], "field": field,
            "answer": f"answers.{_answer(path)}" if hook.makes == "inquiries" else "",
            "own": field if field and field not in known and field != f"answers.{_answer(path)}" else "",
        })
    return rows


def _answer(path: str) -> str:
    """A name for what a path answers: its last words."""
    steps = [step.rpartition("=")[2] for step in path.replace("]", "").replace("[", ".").split(".")]
    words = [step for step in steps if step and not step.isdigit() and step not in ("*", "value", "values", "text")]
    return "_".join((words[-1] if words else "more").split())[:60]


def typed_mapping(hook: Hook, post, form: MappingForm) -> Mapping:
    """The mapping as it was clicked and typed; what the form doesn't know of (formats, time zone) stays.

    Refusal says which line can't be read.
    """
    columns = {}
    for number in range(SHOWN * 2):
        path, field = post.get(f"path {number}"), post.get(f"field {number}", "")
        if path and field and is_field(hook.makes, field):
            columns[path[:200]] = (field,)
    said = form.cleaned_data
    values: dict[str, dict[str, object]] = {}
    for line in filter(None, map(str.strip, said["words"].splitlines())):
        field, colon, rest = line.partition(":")
        theirs, equals, ours = rest.rpartition("=")
        if not (colon and equals and theirs.strip() and field.strip()):
            raise Refusal(f"“{line[:80]}” is no line of words; write field: theirs = ours.")
        values.setdefault(field.strip(), {})[theirs.strip()] = ours.strip()
    fixed = {}
    for line in filter(None, map(str.strip, said["fixed"].splitlines())):
        name, equals, value = line.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise Refusal(f"“{line[:80]}” is no fixed value; write field = value.")
        fixed[name.strip()] = value.strip()
    before = checked(hook.mapping, hook.makes)
    made = replace(
        before, kind=hook.makes, columns=columns, values=values, defaults=fixed, system=said["system"].strip(),
        optional=(), name="the mapping", _bound=[],
    )
    if not columns:
        raise Refusal("No path is mapped to a field; map at least one.")
    parse(made.to_toml())  # what can't be right is refused here, by its name
    return made


def typed_back(mapping: Mapping, hook: Hook) -> dict:
    """What the form shows of a mapping."""
    return {
        "each": hook.each, "system": mapping.system,
        "fixed": "\n".join(f"{name} = {value}" for name, value in fixed_of(mapping).items()),
        "words": "\n".join(
            f"{field}: {theirs} = {ours}" for field, words in mapping.values.items() for theirs, ours in words.items()
        ),
    }
