"""A form of ours as the visitor fills it in: its fields, and what is kept of what was typed."""

from django import forms

from winnow.intake.arrivals import UTM
from winnow.intake.incoming import LONGEST, LONGEST_ANSWER
from winnow.leads.form import Form
from winnow.leads.formwords import CHOOSE, CONTACT_ME, NEEDED, NO_ANSWER, spoken
from winnow.policy.facts import ITEMS, LEVELS

_AUTOCOMPLETE = {
    "first_name": "given-name", "last_name": "family-name", "full_name": "name", "email": "email", "phone": "tel",
    "title": "organization-title", "company": "organization", "country": "country-name", "domain": "url",
}


def form_for(form: Form, asked: list[str] | None = None) -> type[forms.Form]:
    """The Django form of a hosted form, with all its questions or those of `asked`."""
    fields: dict[str, forms.Field] = {}
    for one in form.fields:
        if asked is None or one["name"] in asked:
            fields[one["name"]] = _field(one, form.language)
    if form.offers_contact:
        fields["contact_me"] = forms.BooleanField(label=spoken(CONTACT_ME, form.language), required=False)
    if form.consent_text:
        fields["consent"] = forms.BooleanField(label=form.consent_text, required=False)
        fields["consent_version"] = forms.IntegerField(
            required=False, widget=forms.HiddenInput, initial=form.consent_version
        )
    for name in UTM:
        fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)
    for name in ("shown", "before"):
        fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)
    return type("HostedForm", (forms.Form,), fields)


def _field(asked: dict, language: str) -> forms.Field:
    name, label, required = asked["name"], asked["label"], bool(asked.get("required"))
    kind = kind_of(asked)
    common = {
        "label": label, "required": required, "help_text": asked.get("help", ""),
        "error_messages": {"required": spoken(NEEDED, language).format(label=label)},
    }
    if kind in ("choice", "list", "several"):
        pairs = [(choice["value"], choice["label"]) for choice in asked.get("choices", [])]
        if kind == "several":
            return forms.MultipleChoiceField(**common, choices=pairs, widget=forms.CheckboxSelectMultiple)
        none = ("", spoken(CHOOSE if required and kind == "list" else NO_ANSWER, language))
        if kind == "list":
            return forms.ChoiceField(**common, choices=[none, *pairs])
        return forms.ChoiceField(**common, choices=pairs if required else [none, *pairs], widget=forms.RadioSelect)
    if kind == "tick":
        return forms.BooleanField(**common)
    # The lengths are checked where the inquiry is read: a form may not cut or refuse what that would take.
    attributes = {"autocomplete": _AUTOCOMPLETE.get(name, "off")}
    attributes["maxlength"] = str(LONGEST.get(name, LONGEST_ANSWER))
    if kind == "long":
        return forms.CharField(**common, widget=forms.Textarea(attrs={"rows": "4", **attributes}))
    if kind == "number":
        return forms.CharField(**common, widget=forms.NumberInput(attrs=attributes))
    widget = {"email": forms.EmailInput, "phone": _Telephone}.get(name, forms.TextInput)
    return forms.CharField(**common, widget=widget(attrs=attributes))


def kind_of(asked: dict) -> str:
    """How a question is answered, also of one that was made before questions had a type."""
    if kind := asked.get("type"):
        return kind
    if asked.get("choices"):
        return "choice"
    return {"message": "long", "employees": "number"}.get(asked["name"], "text")


class _Telephone(forms.TextInput):
    input_type = "tel"


def body_of(form: Form, said: dict) -> dict:
    """What is kept of a filled-in form, in the words of the API."""
    body: dict = {"form": form.code, "channel": "web"}
    answers: dict = {}
    questions = {one["name"]: one for one in form.fields}
    for name, value in said.items():
        if value in ("", None, False, []) or name in NOT_KEPT:
            continue
        if name.startswith("answers."):
            answers |= _answer(name.removeprefix("answers."), value, questions.get(name, {}))
        else:
            body[name] = ", ".join(value) if isinstance(value, list) else value
    if answers:
        body["answers"] = answers
    if form.campaign:
        body["campaign"] = form.campaign.name
    if body.pop("consent", None):
        wording = form.consent_shown(said.get("consent_version") or form.consent_version) or form.consent_wording
        # Who has to confirm it hasn't consented yet: the worker asks it back by mail.
        body |= {"consent_asked": wording} if form.double_opt_in else {"consent": True, "consent_wording": wording}
    if "source" not in body and not body.get("utm_source"):
        body["source"] = form.title[:120]
    return body


NOT_KEPT = ("shown", "before", "consent_version")


def _answer(name: str, value, asked: dict) -> dict:
    """What an answer is kept as; that of an item of BANTFO as its level, with the words that were chosen."""
    chosen = value if isinstance(value, list) else [value]
    choices = {choice["value"]: choice for choice in asked.get("choices", [])}
    words = ", ".join(choices[one]["label"] if one in choices else str(one) for one in chosen)
    if name not in ITEMS or not choices:
        return {name: "yes" if value is True else ", ".join(map(str, chosen))}
    levels = [level for one in chosen if (level := choices.get(one, {}).get("level", one)) in LEVELS]
    return {name: max(levels, key=LEVELS.index), f"{name}_words": words} if levels else {name: words}
