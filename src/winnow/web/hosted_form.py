"""A form of ours as the visitor fills it in: fields, traps for robots, and where the visitor came from."""

import secrets

from django import forms
from django.core import signing

from winnow.intake.arrivals import UTM
from winnow.intake.incoming import LONGEST, LONGEST_ANSWER
from winnow.leads.form import Form

SHORTEST_SECONDS = 3
LONGEST_SECONDS = 7 * 86_400
MOST_LINKS = 3
TRAP = "website"
"""A field that no person sees. What fills it in is no person."""

_AUTOCOMPLETE = {
    "first_name": "given-name", "last_name": "family-name", "full_name": "name", "email": "email", "phone": "tel",
    "title": "organization-title", "company": "organization", "country": "country-name", "domain": "url",
}


def form_for(form: Form) -> type[forms.Form]:
    """The Django form of a hosted form."""
    fields: dict[str, forms.Field] = {}
    for asked in form.fields:
        fields[asked["name"]] = _field(asked)
    if form.offers_contact:
        fields["contact_me"] = forms.BooleanField(label="Call or write to me as soon as you can", required=False)
    if form.consent_text:
        fields["consent"] = forms.BooleanField(label=form.consent_text, required=False)
    for name in UTM:
        fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)
    fields["shown"] = forms.CharField(required=False, widget=forms.HiddenInput)
    return type("HostedForm", (forms.Form,), fields)


def _field(asked: dict) -> forms.Field:
    name, label, required = asked["name"], asked["label"], bool(asked.get("required"))
    said = {"label": label, "required": required, "error_messages": {"required": f"{label} is needed to answer you."}}
    if choices := asked.get("choices"):
        pairs = [(choice["value"], choice["label"]) for choice in choices]
        return forms.ChoiceField(
            **said, choices=pairs if required else [("", "No answer"), *pairs], widget=forms.RadioSelect
        )
    # The lengths are checked where the inquiry is read: a form may not cut or refuse what that would take.
    attributes = {"autocomplete": _AUTOCOMPLETE.get(name, "off")}
    attributes["maxlength"] = str(LONGEST.get(name, LONGEST_ANSWER))
    if name == "message":
        return forms.CharField(**said, widget=forms.Textarea(attrs={"rows": "4", **attributes}))
    kind = {"email": forms.EmailInput, "phone": _Telephone, "employees": forms.NumberInput}.get(name, forms.TextInput)
    return forms.CharField(**said, widget=kind(attrs=attributes))


class _Telephone(forms.TextInput):
    input_type = "tel"


def shown_now(form: Form) -> str:
    """A signed note of when the form was shown, different each time: by it robots and double clicks are known."""
    return signing.TimestampSigner(salt="hosted form").sign(f"{form.code}.{secrets.token_hex(8)}")


def suspicion(form: Form, given: dict, shown: str) -> str:
    """Why this looks like the work of a machine; empty when it doesn't. Nothing is dropped for it."""
    if given.get(TRAP):
        return "a field that people don't see was filled in"
    signer = signing.TimestampSigner(salt="hosted form")
    try:
        value = signer.unsign(shown, max_age=LONGEST_SECONDS)
    except signing.SignatureExpired:
        return "the form had been open for more than a week"
    except signing.BadSignature:
        return "it was sent without the form having been shown"
    if not value.startswith(f"{form.code}."):
        return "it was sent with another form's note"
    try:
        signer.unsign(shown, max_age=SHORTEST_SECONDS)
    except signing.SignatureExpired:
        pass
    else:
        return f"it was filled in within {SHORTEST_SECONDS} seconds"
    text = str(given.get("message", "")).lower()
    if text.count("http://") + text.count("https://") + text.count("[url") > MOST_LINKS:
        return f"the message has more than {MOST_LINKS} links"
    return ""


def body_of(form: Form, said: dict) -> dict:
    """What is kept of a filled-in form, in the words of the API."""
    body: dict = {"form": form.code, "channel": "web"}
    answers = {}
    for name, value in said.items():
        if value in ("", None, False) or name == "shown":
            continue
        if name.startswith("answers."):
            answers[name.removeprefix("answers.")] = value
        else:
            body[name] = value
    if answers:
        body["answers"] = answers
    if form.campaign:
        body["campaign"] = form.campaign.name
    if said.get("consent"):
        body["consent_wording"] = form.consent_wording
    if "source" not in body and not body.get("utm_source"):
        body["source"] = form.title[:120]
    return body
