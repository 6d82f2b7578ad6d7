"""What came in: arrivals and rows that can't be read and how they are repaired; the forms."""

import json

from django import forms
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.intake.arrivals import release, repair
from winnow.intake.repairing import repair_row
from winnow.leads.audit import audited
from winnow.leads.campaign import Campaign
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.form import ASKABLE, Form
from winnow.leads.imports import ImportRow
from winnow.leads.inquiry import Arrival, Inquiry
from winnow.leads.rights import arrivals_visible_to, imports_visible_to, inquiries_visible_to
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_arrival_for, get_import_for
from winnow.web.onward import onward

ON_A_PAGE = 40
QUESTIONS = 12
STATES = {
    "rejected": "can’t be read", "quarantined": "held back", "pending": "on its way", "done": "taken in",
}


# -- what came in -----------------------------------------------------------------------------------------------------
@never_cache
@allowed("record inquiries", "import", "see figures")
@require_GET
def capture(request: HttpRequest) -> HttpResponse:
    """What needs a look first: what can't be read, what was held back; then what came in lately."""
    arrivals = arrivals_visible_to(request.user)
    counts = arrivals.aggregate(**{state: Count("pk", filter=_waits(state)) for state in STATES})
    rows = ImportRow.objects.filter(run__in=imports_visible_to(request.user), run__voided_at=None)
    counts["rows"] = rows.filter(outcome="rejected", repaired_at=None).count()
    state = request.GET.get("state", "")
    shown = arrivals.filter(_waits(state)) if state in STATES else arrivals.filter(state__in=("done", "pending"))
    page = Paginator(shown.select_related("inquiry__person__account").order_by("-pk"), ON_A_PAGE)
    lately = inquiries_visible_to(request.user).filter(voided_at=None)
    return render(request, "capture/capture.html", {
        "counts": counts, "state": state, "states": STATES, "page": page.get_page(request.GET.get("page")),
        "rejected_rows": rows.filter(outcome="rejected", repaired_at=None).select_related("run").order_by("-pk")[:8],
        "active": _active_share(lately),
    })


def _waits(state: str) -> Q:
    """Arrivals in that state; a rejected one that was repaired waits for nobody."""
    found = Q(state=state)
    return found & Q(arrival=None) if state == "rejected" else found


def _active_share(inquiries) -> dict:
    """The share of the valid inquiries that came to us by themselves: it stands wherever quantities do."""
    found = inquiries.filter(valid=True).aggregate(all=Count("pk"), active=Count("pk", filter=Q(interest="active")))
    return found | {"share": found["active"] / found["all"] if found["all"] else None}


@never_cache
@allowed("repair rows")
@require_http_methods(["GET", "POST"])
def arrival(request: HttpRequest, arrival_id: int) -> HttpResponse:
    """One arrival as it came. POST sends a corrected copy on its way."""
    row = get_arrival_for(request.user, arrival_id)
    body = dict(row.body) if isinstance(row.body, dict) else {"body": row.body}
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    refusal = ""
    if request.method == "POST":
        values = {name: request.POST.get(f"field {name}", value) for name, value in values.items()}
        try:
            copy = repair(row, _typed(values, body), by=request.user)
        except Refusal as refused:
            refusal = str(refused)
        else:
            toasts.tell(request, f"Arrival {row.pk} is on its way again, corrected, as {copy.pk}.")
            return redirect("capture")
    shown = {
        "row": row, "values": values, "refusal": refusal, "words": STATES[row.state], "blamed": _blamed(row.reason),
        "copy": Arrival.objects.filter(repaired_from=row).first(),
    }
    return render(request, "capture/arrival.html", shown, status=422 if refusal else 200)


def _typed(values: dict[str, str], body: dict) -> dict:
    """Texts as typed; what was no text came and goes as JSON."""
    found = {}
    for name, text in values.items():
        if isinstance(body.get(name), str):
            found[name] = text
            continue
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return {name: value for name, value in found.items() if value not in ("", None)}


def _blamed(reason: str) -> str:
    return reason.split(" ", 1)[0] if reason else ""


@allowed("repair rows")
@require_POST
def arrival_release(request: HttpRequest, arrival_id: int) -> HttpResponse:
    """It is no machine's work after all."""
    row = get_arrival_for(request.user, arrival_id)
    release(row, by=request.user)
    toasts.tell(request, f"Arrival {row.pk} goes the way of the others now.")
    return onward(request, reverse("capture"))


@never_cache
@allowed("repair rows")
@require_http_methods(["GET", "POST"])
def imported_row(request: HttpRequest, row_id: int) -> HttpResponse:
    """A rejected row of a file, cell by cell. POST takes a corrected copy in."""
    row = ImportRow.objects.select_related("run").filter(pk=row_id).first()
    if row is None:
        raise Http404
    imported = get_import_for(request.user, row.run_id)
    cells = list(row.raw) if isinstance(row.raw, list) else []
    cells += [""] * (len(imported.columns) - len(cells))
    values = dict(zip(imported.columns, cells, strict=False))
    refusal = ""
    if request.method == "POST":
        values = {name: request.POST.get(f"field {name}", value) for name, value in values.items()}
        try:
            repair_row(row, values, by=request.user)
        except Refusal as refused:
            refusal = str(refused)
        else:
            toasts.tell(request, f"Line {row.line} of {imported.file_name} is taken in.")
            return redirect("import", imported.pk)
    as_text = row.raw if isinstance(row.raw, str) else ", ".join(row.raw) if len(row.raw) != len(values) else ""
    shown = {"row": row, "run": imported, "values": values, "refusal": refusal, "as_text": as_text}
    return render(request, "capture/row.html", shown, status=422 if refusal else 200)


# -- forms ------------------------------------------------------------------------------------------------------------
class FormForm(forms.Form):
    """A hosted form: one line for each question."""

    title = forms.CharField(label="Title", max_length=120)
    code = forms.SlugField(label="Address", max_length=60, help_text="The form stands at /f/ADDRESS/.")
    intro = forms.CharField(label="Above the questions", max_length=1000, required=False, widget=forms.Textarea(
        attrs={"rows": 2}
    ))
    questions = forms.CharField(
        label="Questions", max_length=4000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One a line: field = label; * behind the field makes it needed. Fields: " + ", ".join(ASKABLE)
        + ", answers.NAME. Choices behind a bar: answers.timing = When? | yes: this quarter | no: not planned.",
    )
    campaign = forms.ModelChoiceField(
        label="Campaign", queryset=Campaign.objects.order_by("name"), required=False, empty_label="none"
    )
    offers_contact = forms.BooleanField(label="Offers to be called or written to at once", required=False)
    consent_text = forms.CharField(
        label="Consent", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Another text gets the next version number; earlier consents keep theirs.",
    )
    thanks = forms.CharField(label="Said afterwards", max_length=1000, required=False)
    active = forms.BooleanField(label="Can be filled in", required=False, initial=True)

    def clean_questions(self):
        """Lines to questions; what can't be read is quoted."""
        found, names = [], set()
        for line in filter(None, map(str.strip, self.cleaned_data["questions"].splitlines())):
            question = _question(line)
            if question["name"] in names:
                raise forms.ValidationError(f"“{question['name']}” is asked twice.")
            names.add(question["name"])
            found.append(question)
        if not 0 < len(found) <= QUESTIONS:
            raise forms.ValidationError(f"A form has 1 to {QUESTIONS} questions; this has {len(found)}.")
        if not names & {"email", "phone", "last_name", "full_name"}:
            raise forms.ValidationError("It asks for nothing to reach or know somebody by; ask for email at least.")
        return found


def _question(line: str) -> dict:
    name, equals, rest = line.partition("=")
    name, needed = name.strip().removesuffix("*").strip(), name.strip().endswith("*")
    label, *choices = (part.strip() for part in rest.split("|"))
    own = name.startswith("answers.") and 0 < len(name.removeprefix("answers.")) <= 60
    if not equals or not label or len(label) > 200 or not (own or name in ASKABLE):
        raise forms.ValidationError(f"“{line[:80]}” is no question; write field = label.")
    question = {"name": name, "label": label, "required": needed}
    if choices:
        pairs = [(value.strip(), text.strip()) for value, _, text in (choice.partition(":") for choice in choices)]
        question["choices"] = [{"value": value, "label": text or value} for value, text in pairs if value]
    return question


def _as_lines(fields: list[dict]) -> str:
    lines = []
    for one in fields:
        choices = "".join(f" | {choice['value']}: {choice['label']}" for choice in one.get("choices", []))
        lines.append(f"{one['name']}{' *' if one.get('required') else ''} = {one['label']}{choices}")
    return "\n".join(lines)


@never_cache
@allowed("manage forms")
@require_http_methods(["GET", "POST"])
def hosted_forms(request: HttpRequest) -> HttpResponse:
    """The forms and what became of each; POST makes one."""
    Form.first(now())
    first = {"questions": _as_lines(Form.objects.get(code="contact").fields), "active": True, "offers_contact": True}
    form = FormForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            with transaction.atomic():
                made = Form.objects.create(fields=said.pop("questions"), created_at=now(), **said)
                audited(request.user, "make form", made, made.code)
        except IntegrityError:
            form.add_error("code", f"/f/{said['code']}/ is another form's address; choose another.")
        else:
            toasts.tell(request, f"“{made.title}” stands at /f/{made.code}/ now.")
            return redirect("hosted-forms")
    return render(request, "capture/forms.html", {"rows": _with_figures(), "form": form},
                  status=422 if form.errors else 200)


def _with_figures() -> list[Form]:
    """Each form with how many came by it, how many were valid, and how many led on."""
    found = {
        row["form"]: row
        for row in Inquiry.objects.filter(voided_at=None).exclude(form="").values("form").annotate(
            came=Count("pk"), valid=Count("pk", filter=Q(valid=True)),
            led_on=Count("pk", filter=Q(cycle__lead__isnull=False)),
        )
    }
    held = dict(Arrival.objects.filter(state="quarantined", door="form").values_list("sender").annotate(Count("pk")))
    rows = list(Form.objects.select_related("campaign").order_by("title"))
    for row in rows:
        row.figures = found.get(row.code) or {"came": 0, "valid": 0, "led_on": 0}
        row.held = held.get(f"form {row.code}", 0)
    return rows


@never_cache
@allowed("manage forms")
@require_http_methods(["GET", "POST"])
def hosted_form_settings(request: HttpRequest, form_id: int) -> HttpResponse:
    """What one form asks and says."""
    row = Form.objects.filter(pk=form_id).first()
    if row is None:
        raise Http404
    names = ("title", "code", "intro", "campaign", "offers_contact", "consent_text", "thanks", "active")
    form = FormForm(request.POST or None, initial={
        **{name: getattr(row, name) for name in names}, "questions": _as_lines(row.fields),
    })
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        if said["consent_text"] != row.consent_text:
            row.consent_version += 1
        row.fields = said.pop("questions")
        for name, value in said.items():
            setattr(row, name, value)
        try:
            with transaction.atomic():
                row.save()
                audited(request.user, "change form", row, row.code)
        except IntegrityError:
            form.add_error("code", f"/f/{said['code']}/ is another form's address; choose another.")
        else:
            toasts.tell(request, f"“{row.title}” is kept.")
            return redirect("hosted-forms")
    return render(request, "capture/form.html", {"row": row, "form": form}, status=422 if form.errors else 200)


urlpatterns = [
    path("capture/", capture, name="capture"),
    path("capture/arrivals/<int:arrival_id>/", arrival, name="arrival"),
    path("capture/arrivals/<int:arrival_id>/release/", arrival_release, name="arrival-release"),
    path("capture/rows/<int:row_id>/", imported_row, name="imported-row"),
    path("capture/forms/", hosted_forms, name="hosted-forms"),
    path("capture/forms/<int:form_id>/", hosted_form_settings, name="hosted-form-settings"),
]
