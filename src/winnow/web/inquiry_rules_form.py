"""The valid-inquiry rules of a definition as fields: each rule on or off, and the lists of who is left out."""

from django import forms

from winnow.policy.definition import REFUSABLE
from winnow.policy.facts import CHANNELS, SENIORITIES
from winnow.web.definition_rows import ListField

RULES = {
    "unreachable": "Neither address nor telephone reaches anybody", "masked": "Its address is crossed out",
    "no_mail": "Its domain is known to take no mail, and there is no telephone",
    "disposable": "Its address is a throw-away one", "free_mail": "Its address is a private one (free mail)",
    "mailbox": "Its address is a desk’s (info@, sales@)", "robot": "A robot sent it",
}  # fmt: skip
LISTS = (
    ("competitors", "Competitors", "Names or domains, one a line. They are kept and count for nothing."),
    ("domains_refused", "Domains that don’t count", "Of addresses, one a line."),
    ("domains_accepted", "Domains that always count", "Even when they look like throw-away or free mail."),
    ("countries_accepted", "Only from these countries", "Codes such as DE; an unknown country counts. Empty: all."),
    ("countries_refused", "Not from these countries", "Codes such as KP."),
    ("roles_refused", "Roles that don’t count", "Words of a job title, such as student."),
)
NAMES = ("refuse", "free_mail_by", *(name for name, _, _ in LISTS), "seniorities_refused")


def fields() -> dict[str, forms.Field]:
    """The fields by name, in the order in which they are shown."""
    ticked = {"required": False, "widget": forms.CheckboxSelectMultiple}
    found: dict[str, forms.Field] = {
        "refuse": forms.MultipleChoiceField(
            label="It is kept and counts for nothing when", **ticked,
            choices=[(code, RULES[code]) for code in REFUSABLE],
        ),
        "free_mail_by": forms.MultipleChoiceField(
            label="A private address will do by", **ticked,
            choices=[(code, code.replace("_", " ")) for code in CHANNELS],
        ),
    }
    found |= {name: ListField(label=label, help_text=text) for name, label, text in LISTS}
    found["seniorities_refused"] = forms.MultipleChoiceField(
        label="Ranks that don’t count", choices=[(code, code) for code in SENIORITIES], **ticked
    )
    return {_named(name): field for name, field in found.items()}


def first(document: dict, rules) -> dict:
    """The values as the document has them, defaults where it says nothing."""
    written = document.get("inquiry", {})
    told = {_named(name): list(written.get(name, [])) for name in NAMES}
    return told | {_named("refuse"): [code for code in REFUSABLE if code in rules.inquiry.refuse]}


def shown() -> list[str]:
    """The names of the fields."""
    return [_named(name) for name in NAMES]


def put(made: dict, said: dict, changed: set[str]) -> None:
    """Put what was changed into the document; an empty list is left out, but for the rules: none may be on."""
    for name in NAMES:
        if _named(name) not in changed:
            continue
        table = made.setdefault("inquiry", {})
        if said[_named(name)] or name == "refuse":
            table[name] = said[_named(name)]
        else:
            table.pop(name, None)


def _named(name: str) -> str:
    return f"inquiry_{name}"
