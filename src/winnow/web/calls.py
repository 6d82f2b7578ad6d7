"""On the phone: scripts, the prospect's page with one question at a time, and who calls in."""

import secrets
from datetime import datetime, time, timedelta

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from winnow.intake import arrivals
from winnow.leads import interviewing
from winnow.leads.asking import question_named, read_questions
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.find import find
from winnow.leads.interview import CallScript, Interview
from winnow.leads.person import same_person
from winnow.leads.rights import interviews_visible_to, may, visible
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_interview_for, get_person_for, require

WORDS = 2000
FURTHEST = timedelta(days=400)
OUTCOMES = [
    ("reached", "Reached"), ("voicemail", "Voicemail"), ("no_answer", "No answer"), ("wrong_number", "Wrong number"),
]
SCRIPT = """? need: What made you get in touch?
- They have a problem now = yes
- They are comparing = partly
- No need that we can meet = no -> end
? timing: When should it be solved?
- This quarter = yes
- This year = partly
- Nobody knows yet = unknown -> why
? budget: Is there money set aside for it?
- It is in the plan = yes -> authority
- Not yet, but likely = partly -> authority
- No = no -> authority
? why (other): What has to happen first?
- They said it = yes -> end
? authority: Who decides?
- The caller = yes
- The caller prepares it = partly
- Somebody else = no
"""


class ScriptForm(forms.Form):
    """A script: questions, and where each answer leads."""

    name = forms.CharField(label="Name", max_length=120)
    opening = forms.CharField(
        label="How the call begins", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    text = forms.CharField(
        label="Questions", max_length=8000, widget=forms.Textarea(attrs={"rows": 22, "class": "mono"}),
        help_text="“? name: text” asks, “- words = value” below it is an answer, “-> name” behind either says what "
        "comes next, “-> end” ends it. Named budget, authority, need, timing or other (or so in brackets), its values "
        "are yes, partly, no or unknown; industry, employees, country, title, seniority, department feed fit.",
    )
    active = forms.BooleanField(label="Can be used", required=False, initial=True)

    def clean_text(self):
        """Every problem at once: no arrow to nowhere, nothing that nobody comes to, no way that never ends."""
        self.questions, problems = read_questions(self.cleaned_data["text"], branches=True)
        if problems:
            raise forms.ValidationError(problems)
        return self.cleaned_data["text"]


class EndForm(forms.Form):
    """How the call ended."""

    outcome = forms.ChoiceField(label="How it ended", choices=OUTCOMES, widget=forms.RadioSelect, initial="reached")
    note = forms.CharField(label="Note", max_length=WORDS, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    minutes = forms.IntegerField(
        label="Minutes", min_value=0, max_value=600, required=False, help_text="Left out: since it began."
    )
    call_back_at = forms.DateTimeField(
        label="Call back at", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    give_up = forms.BooleanField(label="Leave the other questions", required=False)

    def clean_call_back_at(self):
        """A time that is to come, within about a year."""
        when = self.cleaned_data["call_back_at"]
        if when is not None and not now() < when < now() + FURTHEST:
            raise forms.ValidationError("Choose a time that is to come, within about a year.")
        return when


class CallerForm(forms.Form):
    """Somebody unknown is on the phone."""

    full_name = forms.CharField(label="Name", max_length=240, required=False)
    company = forms.CharField(label="Company", max_length=300, required=False)
    phone = forms.CharField(
        label="Number", max_length=60, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.CharField(label="Mail address", max_length=254, required=False)
    message = forms.CharField(
        label="What they want", max_length=WORDS, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    token = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    script = forms.ModelChoiceField(
        label="Go on with", queryset=CallScript.objects.filter(active=True).order_by("name"), required=False,
        empty_label="their page, without a script",
    )


# -- who calls in, whom to call --------------------------------------------------------------------------------------
@never_cache
@allowed("call")
@require_http_methods(["GET", "POST"])
def calls(request: HttpRequest) -> HttpResponse:
    """Find who is on the phone, by number, name or company; POST takes in somebody unknown."""
    text = request.GET.get("q", "").strip()[:100]
    number = any(sign.isdigit() for sign in text) and not any(sign.isalpha() for sign in text)
    first = {"phone" if number else "full_name": text, "token": secrets.token_hex(12)}
    form = CallerForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid() and (answer := _take_caller(request, form)):
        return answer
    at = timezone.localtime(now())
    evening = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
    open_now = interviews_visible_to(request.user).filter(ended_at=None, by=request.user)
    shown = {
        "q": text, "hits": find(request.user, text) if text else None, "form": form, "now": at, "process": "qualify",
        "due": interviewing.due_calls(request.user, evening),
        "open": open_now.select_related("person__account", "script").order_by("-begun_at")[:20],
        "may_write": may(request.user, "manage scripts"),
    }
    return render(request, "calls/calls.html", shown, status=422 if form.errors else 200)


def _take_caller(request, form: CallerForm) -> HttpResponse | None:
    """One inquiry by the one path, at once: somebody waits at the other end."""
    said = form.cleaned_data
    body = {name: said[name] for name in ("full_name", "company", "phone", "email", "message") if said[name]}
    body |= {"channel": "phone", "source": "telephone"}
    if request.user.role == "rep":
        body["owner"] = request.user.email
    try:
        arrivals.understand(body, number=0, at=now())
    except arrivals.Unusable as unusable:
        field = unusable.field if unusable.field in form.fields else None
        what = f"“{unusable.value}”:" if unusable.value else "This"
        form.add_error(field, f"{what} {unusable.reason}.")
        return None
    taken = arrivals.take("phone", f"user {request.user.pk}", body, {}, said["token"] or None)
    if taken.status == 409:
        form.add_error(None, "This caller was taken in just now; what was changed since is not. Look them up above.")
        return None
    arrival = arrivals.process_one(taken.id)
    if arrival.inquiry is None:
        form.add_error(None, f"It is kept as arrival {arrival.pk}, and could not be read: {arrival.reason}")
        return None
    person = arrival.inquiry.person.now_is()
    if not visible(request.user, person):
        whose = person.owner or "a colleague"
        toasts.tell(request, f"It is kept. {person} is known already and with {whose}, who sees it.")
        return redirect("calls")
    if said["script"]:
        return redirect("interview", interviewing.begin(person, said["script"], by=request.user, inbound=True).pk)
    toasts.tell(request, f"The call of {person} is an inquiry now.")
    return redirect("person", person.pk)


# -- the prospect's page while on the phone --------------------------------------------------------------------------
@never_cache
@allowed("call")
@require_http_methods(["GET", "POST"])
def person_phone(request: HttpRequest, person_id: int) -> HttpResponse:
    """Choose a script, or go on with an interview; POST takes up the phone."""
    person = get_person_for(request.user, person_id)
    require(request.user, "call", person)
    same = same_person(person)
    begun = Interview.objects.filter(person__in=same, ended_at=None).values("script")
    scripts = list(CallScript.objects.filter(Q(active=True) | Q(pk__in=begun)).order_by("name"))
    if request.method == "POST":
        script = next((one for one in scripts if str(one.pk) == request.POST.get("script")), None)
        if script is None:
            raise Refusal("That script isn’t used any more; choose another.")
        inbound = bool(request.POST.get("inbound"))
        return redirect("interview", interviewing.begin(person, script, by=request.user, inbound=inbound).pk)
    made = Interview.objects.filter(person__in=same).select_related("script", "by").order_by("-pk")[:20]
    shown = {
        "person": person, "scripts": scripts, "interviews": made, "process": "qualify",
        "may_write": may(request.user, "manage scripts"),
    }
    return render(request, "calls/phone.html", shown)


@never_cache
@allowed("call")
@require_http_methods(["GET", "POST"])
def interview(request: HttpRequest, interview_id: int) -> HttpResponse:
    """One question at a time. POST keeps the answer and goes on; `?at=` goes back to one that was answered."""
    row = get_interview_for(request.user, interview_id)
    require(request.user, "call", row.person.now_is())
    if request.method == "POST":
        choice = request.POST.get("choice", "")
        try:
            interviewing.say(
                row, request.POST.get("question", "")[:60], by=request.user,
                words=request.POST.get("words", "")[:WORDS],
                choice=int(choice) if choice.isascii() and choice.isdigit() and len(choice) < 4 else None,
            )
        except Refusal as refusal:
            row.refresh_from_db()
            return _asked(request, row, request.POST.get("question", ""), str(refusal))
        return redirect("interview", row.pk)
    return _asked(request, row, request.GET.get("at", ""))


def _asked(request, row: Interview, place: str, refusal: str = "", end: EndForm | None = None) -> HttpResponse:
    place = place if place in row.path or place == row.place else row.place
    question = question_named(row.questions, place)
    behind = row.path[: row.path.index(place)] if place in row.path else row.path
    said = row.answers.get(place) or {}
    shown = {
        "row": row, "person": row.person.now_is(), "question": question, "said": said, "refusal": refusal,
        "typed": request.POST.get("words", said.get("words", "")) if refusal else said.get("words", ""),
        "before": behind[-1] if behind else "", "end": end or EndForm(initial={"outcome": "reached"}),
        "told": [
            (question_named(row.questions, name), row.answers.get(name) or {}, name == place) for name in row.path
        ],
        "process": "qualify",
    }
    return render(request, "calls/interview.html", shown, status=422 if refusal or (end and end.errors) else 200)


@never_cache
@allowed("call")
@require_POST
def interview_ending(request: HttpRequest, interview_id: int) -> HttpResponse:
    """Hang up: the call is logged with its outcome, and the next one dated."""
    row = get_interview_for(request.user, interview_id)
    person = row.person.now_is()
    require(request.user, "call", person)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _asked(request, row, "", end=form)
    try:
        row = interviewing.hang_up(row, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _asked(request, row, "", end=form)
    what = "the interview is over" if row.ended_at else "it goes on where it stopped"
    toasts.tell(request, f"The call with {person} is logged; {what}.")
    return redirect("person", person.pk)


# -- scripts ---------------------------------------------------------------------------------------------------------
@never_cache
@allowed("manage scripts")
@require_http_methods(["GET", "POST"])
def call_scripts(request: HttpRequest) -> HttpResponse:
    """The scripts; POST makes one."""
    form = ScriptForm(request.POST or None, initial={"text": SCRIPT})
    if request.method == "POST" and form.is_valid() and (made := _keep(request, form, None)):
        return redirect("call-script", made.pk)
    shown = {"rows": CallScript.objects.order_by("-active", "name"), "form": form, "process": "qualify"}
    return render(request, "calls/scripts.html", shown, status=422 if form.errors else 200)


@never_cache
@allowed("manage scripts")
@require_http_methods(["GET", "POST"])
def call_script(request: HttpRequest, script_id: int) -> HttpResponse:
    """One script and its ways. Calls that are under way go on with the questions that they began with."""
    row = CallScript.objects.filter(pk=script_id).first()
    if row is None:
        raise Http404
    first = {name: getattr(row, name) for name in ScriptForm.base_fields}
    form = ScriptForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid() and _keep(request, form, row):
        return redirect("call-script", row.pk)
    titles = {one["name"]: one["text"] for one in row.questions}
    shown = {"row": row, "form": form, "titles": titles, "process": "qualify"}
    return render(request, "calls/script.html", shown, status=422 if form.errors else 200)


def _keep(request, form: ScriptForm, row: CallScript | None) -> CallScript | None:
    said = {**form.cleaned_data, "questions": form.questions, "changed_at": now()}
    try:
        with transaction.atomic():
            if row is None:
                row = CallScript.objects.create(created_at=now(), **said)
            else:
                CallScript.objects.filter(pk=row.pk).update(**said)
            audited(request.user, "keep script", row, said["name"])
    except IntegrityError:
        form.add_error("name", f"“{said['name']}” is another script’s name; choose another.")
        return None
    toasts.tell(request, f"“{said['name']}” is kept: {len(form.questions)} questions.")
    return row


urlpatterns = [
    path("calls/", calls, name="calls"),
    path("calls/scripts/", call_scripts, name="call-scripts"),
    path("calls/scripts/<int:script_id>/", call_script, name="call-script"),
    path("people/<int:person_id>/phone/", person_phone, name="person-phone"),
    path("interviews/<int:interview_id>/", interview, name="interview"),
    path("interviews/<int:interview_id>/ending/", interview_ending, name="interview-ending"),
]
