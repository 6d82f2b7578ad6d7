"""The builder: what a form asks, in which order, and where it stands. All of it works without script."""

from django import forms
from django.db import IntegrityError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import translation
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from winnow.funnel import forms as figures
from winnow.intake.arrivals import UTM
from winnow.leads.campaign import Campaign
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.form import TYPES, Form
from winnow.leads.formwords import LANGUAGES
from winnow.leads.inquiry import Consent
from winnow.leads.message import CONFIRM, one_line
from winnow.outreach import sender
from winnow.web import toasts
from winnow.web.access import Http404, allowed
from winnow.web.hosted_form import form_for
from winnow.web.questions import ABOUT, MOST, Row, changed, questions_of, rows_of, rows_posted
from winnow.web.robots import TRAP


def _text(label: str, most: int, rows: int = 2, help_text: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=most, required=False, widget=area, help_text=help_text)


class ContentForm(forms.Form):
    """What a visitor sees besides the questions: a version of the form."""

    title = forms.CharField(label="Title", max_length=120)
    intro = _text("Above the questions", 1000)
    button = forms.CharField(
        label="On the button", max_length=40, required=False, help_text="Left out: Send, in the form’s language."
    )  # fmt: skip
    thanks = _text("Said afterwards", 1000)
    at_once = forms.IntegerField(
        label="Questions at once", min_value=0, max_value=MOST, required=False, initial=0,
        help_text="0: all of them. Else the first so many that this browser hasn’t answered yet.",
    )  # fmt: skip
    offers_contact = forms.BooleanField(label="Offers to be called or written to at once", required=False)
    language = forms.ChoiceField(
        label="Speaks", choices=list(LANGUAGES.items()), required=False,
        help_text="In what it says by itself: on errors, afterwards, in the mail that asks for consent.",
    )  # fmt: skip

    def clean_language(self):
        return self.cleaned_data["language"] or "en"

    def clean_at_once(self):
        return self.cleaned_data["at_once"] or 0


class SettingsForm(ContentForm):
    """The whole form, with what holds in all its versions."""

    campaign = forms.ModelChoiceField(
        label="Campaign", queryset=Campaign.objects.order_by("name"), required=False, empty_label="none"
    )
    remembers = forms.BooleanField(
        label="Asks nothing twice on the same browser", required=False,
        help_text="The browser keeps which questions were answered, not what was said; say so in your privacy notice.",
    )  # fmt: skip
    consent_text = _text(
        "Consent to mails", 1950,
        help_text="Another text gets the next number; consents keep the one they were given on.",
    )
    double_opt_in = forms.BooleanField(
        label="Consent counts once it is confirmed by a link in a mail", required=False
    )
    confirm_subject = forms.CharField(
        label="Subject of that mail", max_length=200, required=False, help_text="Left out: in the language of the form."
    )
    confirm_text = _text("What it says", 2000, help_text=f"The link follows, or stands where you write {CONFIRM}.")
    active = forms.BooleanField(label="Can be filled in", required=False, initial=True)
    instead = forms.ModelChoiceField(
        label="While it is off, lead to", queryset=Form.objects.order_by("title"), required=False,
        empty_label="a page that says so",
    )  # fmt: skip

    def clean_confirm_subject(self):
        try:
            return one_line(self.cleaned_data["confirm_subject"], "subject")
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self):
        """Only a consent can be confirmed."""
        found = super().clean()
        if found.get("double_opt_in") and not found.get("consent_text"):
            self.add_error("consent_text", "Write what is consented to, or nothing is there to confirm.")
        return found


PARTS = {
    "around": ("language", "button", "thanks", "offers_contact", "at_once", "remembers", "campaign"),
    "consent": ("consent_text", "double_opt_in", "confirm_subject", "confirm_text"),
    "switch": ("active", "instead"),
}
"""In which part of the page each stands."""


class NewForm(SettingsForm):
    """A form that isn't there yet; its address is chosen once."""

    code = forms.SlugField(
        label="Address", max_length=60, help_text="It stands at /f/ADDRESS/, for ever: pages elsewhere link to it."
    )
    field_order = ("title", "code")


# -- the pages --------------------------------------------------------------------------------------------------------
@never_cache
@allowed("manage forms")
@require_GET
def hosted_forms(request: HttpRequest) -> HttpResponse:
    """The forms and what became of those who filled them in."""
    Form.first(now())
    return render(request, "capture/forms.html", {"rows": figures.of_all()})


@never_cache
@allowed("manage forms")
@require_http_methods(["GET", "POST"])
def hosted_form_new(request: HttpRequest) -> HttpResponse:
    """Make a form."""
    first = Form.first(now())
    blank = Form(title="", fields=first.fields[1:3], offers_contact=True, active=True, consent_text=first.consent_text)

    def keep(said: dict) -> HttpResponse:
        made = Form.make(by=request.user, at=now(), **said)
        toasts.tell(request, f"“{made.title}” stands at /f/{made.code}/ now.")
        return redirect("hosted-form-places", made.pk)

    return built(request, blank, NewForm, keep, {"title": "A new form", "do": "Make the form"})


@never_cache
@allowed("manage forms")
@require_http_methods(["GET", "POST"])
def hosted_form_settings(request: HttpRequest, form_id: int) -> HttpResponse:
    """What one form asks and says."""
    row = get_form(form_id)

    def keep(said: dict) -> HttpResponse:
        row.revise(by=request.user, at=now(), **said)
        toasts.tell(request, f"“{row.title}” is kept, version {row.version}.")
        return redirect("hosted-form-settings", row.pk)

    test = row.tests.filter(ended_at=None).first()
    return built(request, row, SettingsForm, keep, {"row": row, "title": row.title, "do": "Keep it", "test": test})


def built(request: HttpRequest, form: Form, kind: type[forms.Form], keep, shown: dict) -> HttpResponse:
    """Show the builder, do what its small buttons say, or keep it: `keep` answers with the next page."""
    names = [name for name in kind.base_fields if name != "code"]
    first = {name: getattr(form, f"{name}_id", getattr(form, name)) for name in names}
    if request.method != "POST":
        return _page(request, form, kind(initial=first), rows_of(form.fields), shown)
    rows = rows_posted(request.POST)
    at = changed(rows, request.POST.get("act", "keep"))
    if at is not None or request.POST.get("act") == "look":
        typed = {name: request.POST.get(name, "") for name in kind.base_fields}
        return _page(request, form, kind(initial=typed), rows, shown | {"at": at})
    given = kind(request.POST)
    questions, wrong = questions_of(rows)
    fine = given.is_valid() and not wrong and not any(row.errors for row in rows)
    if fine:
        try:
            return keep({**given.cleaned_data, "fields": questions})
        except IntegrityError:
            given.add_error("code", f"/f/{given.cleaned_data['code']}/ is another form’s address; choose another.")
        except Refusal as refused:  # said above what was typed, so that nothing of it is lost
            given.add_error(None, str(refused))
    return _page(request, form, given, rows, shown | {"wrong": wrong}, status=422)


def _page(request, form: Form, given: forms.Form, rows: list[Row], shown: dict, status: int = 200) -> HttpResponse:
    said = {name: given[name].value() for name in ContentForm.base_fields}
    questions, _ = questions_of([Row(**{**vars(row), "errors": {}}) for row in rows])
    draft = form.with_content({
        **form.content, "fields": [one for one in questions if one["label"]], "title": said["title"],
        "offers_contact": bool(said["offers_contact"]),
    }, form.version)  # fmt: skip
    if "consent_text" in given.fields:
        draft.consent_text = given["consent_text"].value() or ""
    parts = {part: [given[name] for name in PARTS[part] if name in given.fields] for part in PARTS}
    shown = {
        **parts, "form": given, "rows": rows, "about": ABOUT, "types": TYPES, "preview": form_for(draft)(),
        "said": said, "room": len(rows) < MOST, "here": "asks", **shown,
    }  # fmt: skip
    return render(request, "capture/builder.html", shown, status=status)


@never_cache
@allowed("manage forms")
@require_GET
def hosted_form_places(request: HttpRequest, form_id: int) -> HttpResponse:
    """The three ways to bring a form to people: its own page, one script tag, and plain HTML to copy."""
    row = get_form(form_id)
    base = sender.link("") or f"{request.scheme}://{request.get_host()}"
    script = format_html(
        '<script src="{0}/embed.js" data-form="{1}" data-title="{2}" async></script>\n'
        '<noscript><a href="{0}/f/{1}/">{2}</a></noscript>', base, row.code, row.title,
    )  # fmt: skip
    with translation.override(row.language):
        plain = render_to_string("capture/plain_form.html", {
            "hosted": row, "form": form_for(row)(), "base": base, "trap": TRAP, "hidden": (*UTM, "shown", "before"),
        })  # fmt: skip
    shown = {
        "row": row, "base": base, "script": script, "plain": plain, "here": "places", "utm": "utm_source=newsletter",
    }  # fmt: skip
    return render(request, "capture/form_places.html", shown)


@never_cache
@allowed("manage forms")
@require_GET
def hosted_form_versions(request: HttpRequest, form_id: int) -> HttpResponse:
    """Every version of what was asked and of what was consented to, for ever."""
    row = get_form(form_id)
    texts = list(row.consent_texts.select_related("made_by").order_by("-version"))
    given = Consent.objects.filter(given=True, wording__in=[str(one) for one in texts])
    counts = dict(given.values_list("wording").annotate(Count("pk")))
    for one in texts:
        one.consents = counts.get(str(one), 0)
    versions = list(row.versions.select_related("made_by").order_by("-number"))
    seen = figures.by_version(row)
    for one in versions:
        one.figures = seen.get(one.number, {})
    shown = {"row": row, "texts": texts, "versions": versions, "here": "versions"}
    return render(request, "capture/form_versions.html", shown)


def get_form(form_id: int) -> Form:
    """The form of that number; whoever manages forms manages all of them."""
    row = Form.objects.select_related("campaign", "instead").filter(pk=form_id).first()
    if row is None:
        raise Http404
    return row


urlpatterns = [
    path("capture/forms/", hosted_forms, name="hosted-forms"),
    path("capture/forms/new/", hosted_form_new, name="hosted-form-new"),
    path("capture/forms/<int:form_id>/", hosted_form_settings, name="hosted-form-settings"),
    path("capture/forms/<int:form_id>/places/", hosted_form_places, name="hosted-form-places"),
    path("capture/forms/<int:form_id>/versions/", hosted_form_versions, name="hosted-form-versions"),
]
