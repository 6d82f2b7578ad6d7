"""Nurture: programmes, their mails by phase, who is in and what came of it. The outbox has its own pages."""

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.audit import audited
from winnow.leads.campaign import Content
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.mailbox import KeptOut
from winnow.leads.message import Programme, Tip, one_line
from winnow.leads.person import Identity, Person
from winnow.outreach import effect, figures, letter, programmes, replies, sender
from winnow.outreach.phases import phase_of
from winnow.policy.facts import PHASES
from winnow.web import pictures, toasts
from winnow.web.access import (
    Http404,
    allowed,
    get_enrolment_for,
    get_person_for,
    get_programme_for,
    get_tip_for,
    require,
    signed_in,
)  # fmt: skip
from winnow.web.csp import widen_policy
from winnow.web.onward import back, onward

SHOWN = 50
CONSENT = [
    ("where_law_asks", "where the law of the country asks for it"), ("always", "of everybody"),
    ("objection_only", "of nobody; an objection always counts"),
]  # fmt: skip
PURPOSE = {
    "learning": "neutral papers, research, trends", "interest": "cases, specifications, demonstrations",
    "preference": "comparisons, depth, returns",
}  # fmt: skip


class ProgrammeForm(forms.Form):
    """How a programme runs."""

    name = forms.CharField(label="Name", max_length=120)
    pace_days = forms.IntegerField(
        label="A mail every … days", min_value=1, max_value=365, initial=14,
        help_text="Nobody gets more than one in 7 days and three in 30, over all programmes.",
    )  # fmt: skip
    months = forms.IntegerField(
        label="For … months", min_value=1, max_value=120, initial=24, help_text="As long as buying takes: 12 to 24."
    )
    consent = forms.ChoiceField(label="Asks for a yes first", choices=CONSENT, initial="where_law_asks")
    holdout_percent = forms.IntegerField(
        label="Drawn to get nothing, %", min_value=0, max_value=50, initial=0,
        help_text="Only beside them can the effect be told. 20 to 50, or none with fewer than 2,000 people.",
    )  # fmt: skip
    auto_enrol = forms.BooleanField(
        label="Takes in by itself who gets to nurturing and is in no programme", required=False
    )
    person_checks = forms.BooleanField(label="Somebody looks at each mail before it goes", required=False)

    def clean_name(self):
        return one_line(self.cleaned_data["name"], "name")


class TipForm(forms.Form):
    """One short mail."""

    subject = forms.CharField(label="Subject", max_length=200)
    body = forms.CharField(
        label="Text", max_length=10_000, widget=forms.Textarea(attrs={"rows": 14}), strip=False,
        help_text="{first_name|there} and {company|your firm} are filled in; [words](https://…) makes a link.",
    )  # fmt: skip
    phase = forms.ChoiceField(label="For the phase", choices=[(p, f"{p}: {PURPOSE[p]}") for p in PHASES])
    content = forms.ModelChoiceField(
        label="Leads to", queryset=Content.objects.order_by("title"), required=False, empty_label="nothing further"
    )

    def clean_subject(self):
        text = self.cleaned_data["subject"]
        try:
            one_line(text, "subject")
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return self._known(text)

    def clean_body(self):
        return self._known(self.cleaned_data["body"].replace("\r\n", "\n").strip() + "\n")

    def _known(self, text):
        if unknown := letter.unknown_words(text):
            raise forms.ValidationError(
                f"Nothing is ever filled in for {{{unknown[0]}}}; write {{first_name}} or {{company}}."
            )
        return text


# -- the overview ----------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def nurture(request):
    """Every programme, and before them what waits for a person."""
    at = now()
    mails = rights.messages_visible_to(request.user)
    rows = figures.standings(at)
    context = {
        "rows": rows, "now": at, "states": figures.waiting(mails.filter(state__in=("held", "unknown", "queued"))),
        "missing": sender.waits_for(), "notes": sender.notes(), "may_send": rights.may(request.user, "send"),
        "may_manage": rights.may(request.user, "manage programmes"),
        "next": figures.next_mails(rights.enrolments_visible_to(request.user)),
        "stuck": _stuck(request.user), "kept_out": KeptOut.objects.count(),
        "sent": figures.sent_per_day(mails, at), "inside": sum(row.inside for row in rows),
    }  # fmt: skip
    context["asks"] = any(row.programme.paused_at or row.exhausted for row in rows)
    told = f"{sum(context['sent'])} mails in the last 30 days, {context['sent'][-1]} of them today"
    context["spark"] = pictures.spark(context["sent"], label=told)
    return render(request, "nurture/nurture.html", context)


def _stuck(user) -> int:
    """Mails that came in and that nothing could be made of."""
    return rights.incoming_mails_visible_to(user).filter(did__startswith=replies.COULD_NOT).count()


@allowed("manage programmes")
@require_http_methods(["GET", "POST"])
def new_programme(request):
    """A new programme, without mails yet."""
    form = ProgrammeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            given = dict(form.cleaned_data)
            _only_one_takes_in(given)
            made = Programme.objects.create(code=_code(given["name"], Programme), created_at=now(), **given)
            audited(request.user, "begin", made, made.code)
        return onward(request, reverse("programme", args=[made.pk]))
    status = 422 if request.method == "POST" else 200
    return render(request, "nurture/programme_form.html", {"form": form, "title": "A new programme"}, status=status)


def _only_one_takes_in(given: dict, besides: int = 0) -> None:
    """The one that takes people in by itself is the one that was said last."""
    if given.get("auto_enrol"):
        Programme.objects.filter(auto_enrol=True).exclude(pk=besides).update(auto_enrol=False)


def _code(name: str, model) -> str:
    stem = slugify(name)[:50] or model.__name__.lower()
    taken = set(model.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)


# -- one programme ---------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def programme(request, number):
    """Its mails by phase, who is in, who left and why."""
    return _programme_page(request, get_programme_for(request.user, number))


def _programme_page(request, found, status=200, **more):
    tips = figures.tips(found)
    mine = rights.enrolments_visible_to(request.user).filter(programme=found)
    inside = list(figures.places(mine.filter(stopped_at=None)).order_by("due_at", "pk")[:SHOWN])
    at = now()
    for place in inside:
        place.phase = phase_of(place.person, at)
    standing = next(row for row in figures.standings(at) if row.programme.pk == found.pk)
    context = {
        "programme": found, "standing": standing, "now": at, "inside": inside, "shown": SHOWN,
        "phases": [(p, PURPOSE[p], [t for t in tips if t.tip.phase == p]) for p in PHASES], "tips": len(tips),
        "ended": list(figures.places(mine.exclude(stopped_at=None)).order_by("-stopped_at")[:20]),
        "effect": effect.effect_of(found), "consent": dict(CONSENT)[found.consent],
        "may_manage": rights.may(request.user, "manage programmes"), "may_enrol": rights.may(request.user, "enrol"),
    }  # fmt: skip
    return render(request, "nurture/programme.html", context | more, status=status)


@allowed("manage programmes")
@require_http_methods(["GET", "POST"])
def settings(request, number):
    """How it runs."""
    found = get_programme_for(request.user, number)
    fields = ProgrammeForm.base_fields
    form = ProgrammeForm(request.POST or None, initial={name: getattr(found, name) for name in fields})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        changed = {name: value for name, value in given.items() if getattr(found, name) != value}
        with transaction.atomic():
            _only_one_takes_in(given, found.pk)
            Programme.objects.filter(pk=found.pk).update(**given)
            if changed:
                audited(request.user, "change", found, ", ".join(f"{name}: {value}" for name, value in changed.items()))
        toasts.tell(request, f"{given['name']} runs like this from now on.")
        return onward(request, reverse("programme", args=[found.pk]))
    context = {"form": form, "title": f"How {found} runs", "programme": found}
    return render(request, "nurture/programme_form.html", context, status=422 if request.method == "POST" else 200)


@allowed("manage programmes")
@require_POST
def pause(request, number):
    """Nothing goes out for now."""
    found = get_programme_for(request.user, number)
    if programmes.pause(found, f"{request.user} paused it", by=request.user):
        toasts.tell(request, f"{found} stands still.", undo=reverse("programme-resumption", args=[found.pk]))
    return onward(request, back(request, reverse("programme", args=[found.pk])))


@allowed("manage programmes")
@require_POST
def resumption(request, number):
    """It goes on."""
    found = get_programme_for(request.user, number)
    if programmes.resume(found, by=request.user):
        toasts.tell(request, f"{found} goes on.", undo=reverse("programme-pause", args=[found.pk]))
    return onward(request, back(request, reverse("programme", args=[found.pk])))


# -- its people ------------------------------------------------------------------------------------------------------
@allowed("enrol")
@require_POST
def enrolments(request, number):
    """Put somebody in: `person` is a number, or `who` an address or a name."""
    found = get_programme_for(request.user, number)
    try:
        person = _person(request)
        require(request.user, "enrol", person)
        place = programmes.enrol(person, found, by=request.user)
    except Refusal as refusal:
        if request.POST.get("person"):
            toasts.refuse(request, str(refusal))
            return onward(request, back(request, reverse("programme", args=[found.pk])))
        return _programme_page(request, found, 422, refusal=str(refusal), who=request.POST.get("who", ""))
    toasts.tell(request, f"{person} is in “{found}”.", undo=reverse("enrolment-end", args=[place.pk]))
    return onward(request, back(request, reverse("programme", args=[found.pk])))


def _person(request) -> Person:
    if (number := request.POST.get("person", "")).isdigit() and len(number) < 16:
        return get_person_for(request.user, int(number))
    who = " ".join(request.POST.get("who", "").split())[:254]
    if not who:
        raise Refusal("Say who: a mail address, or a name that only one person has.")
    people = rights.people_visible_to(request.user).select_related("account")
    known = Identity.objects.filter(kind="email", value=who.lower()).values_list("person_id", flat=True)
    found = list(people.filter(pk__in=known)[:2])
    if not found:
        first, _, last = who.partition(" ")
        named = people.filter(first_name__iexact=first, last_name__iexact=last)
        found = list(named[:2])
    if len(found) == 1:
        return found[0]
    raise Refusal(
        f"More than one person is called {who}; give the mail address." if found else f"Nobody is known as {who}."
    )


@allowed("enrol")
@require_POST
def end(request, number):
    """Take somebody out."""
    place = get_enrolment_for(request.user, number)
    if programmes.stop(place, "by_hand", by=request.user):
        undo = reverse("enrolment-return", args=[place.pk])
        toasts.tell(request, f"{place.person} is out of “{place.programme}”.", undo=undo)
    return onward(request, back(request, reverse("programme", args=[place.programme_id])))


@allowed("enrol")
@require_POST
def come_back(request, number):
    """Put somebody back in where they were."""
    place = get_enrolment_for(request.user, number)
    programmes.enrol(place.person, place.programme, by=request.user)
    toasts.tell(request, f"{place.person} is in “{place.programme}” again.")
    return onward(request, back(request, reverse("programme", args=[place.programme_id])))


@allowed("see reports")
@require_GET
def kept_out(request):
    """Who is nurturing and in no programme, and why."""
    rows = KeptOut.objects.select_related("cycle__person__account", "programme").order_by("-at")
    return render(request, "nurture/kept_out.html", {"rows": rows[:200], "total": rows.count()})


# -- its mails -------------------------------------------------------------------------------------------------------
@allowed("manage programmes")
@require_http_methods(["GET", "POST"])
def tips(request, number):
    """A new mail at the end of the programme."""
    found = get_programme_for(request.user, number)
    form = TipForm(request.POST or None, initial={"body": "Hello {first_name|there},\n\n"})
    if request.method == "POST" and form.is_valid():
        code = _code(form.cleaned_data["subject"], Tip)
        made = programmes.add_tip(found, code=code, by=request.user, **form.cleaned_data)
        return onward(request, reverse("tip", args=[made.pk]))
    context = {"form": form, "programme": found}
    return render(request, "nurture/new_tip.html", context, status=422 if request.method == "POST" else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def tip(request, number):
    """One mail: to change, and as the recipient sees it."""
    found = get_tip_for(request.user, number)
    may_manage = rights.may(request.user, "manage programmes")
    status, form = 200, None
    if request.method == "POST":
        require(request.user, "manage programmes")
    if may_manage:
        initial = {name: getattr(found, name) for name in TipForm.base_fields}
        form = TipForm(request.POST or None, initial=initial)
        if request.method == "POST":
            if form.is_valid():
                _change(found, form.cleaned_data, request.user)
                toasts.tell(request, "From now on it reads like this. What waits in the outbox keeps its text.")
                return onward(request, reverse("tip", args=[found.pk]))
            status = 422
    standing = next(row for row in figures.tips(found.programme) if row.tip.pk == found.pk)
    message = letter.preview_of(found, _sample(request.user, found))
    context = {"tip": found, "form": form, "standing": standing, "mail": message, "parts": letter.preview(message),
               "sender": sender.from_address(), "notes": sender.notes()}  # fmt: skip
    return render(request, "nurture/tip.html", context, status=status)


def _change(found, given, user):
    with transaction.atomic():
        Tip.objects.filter(pk=found.pk).update(**given)
        audited(user, "change", found, found.code)


def _sample(user, found) -> Person:
    """Somebody in the programme, so that the preview is a real one; else an invented Ann."""
    mine = rights.enrolments_visible_to(user).filter(programme=found.programme, stopped_at=None)
    place = mine.select_related("person__account").order_by("pk").first()
    if place is not None:
        return place.person
    from winnow.leads.account import Account

    return Person(first_name="Ann", email="ann@mill.example", account=Account(name="Mill Works", kind="company"))


@signed_in
@require_GET
def tip_preview(request, number):
    """The HTML part as it goes out, for the frame on the page of the mail."""
    found = get_tip_for(request.user, number)
    return framed(letter.preview(letter.preview_of(found, _sample(request.user, found))).html)


def framed(markup: str) -> HttpResponse:
    """A mail's own HTML in a frame of ours: its styles stand in it, as mail programs want, and nothing else may run."""
    if not markup:
        raise Http404
    answer = HttpResponse(markup)
    widen_policy(
        answer, default_src="'none'", script_src="'none'", style_src="'unsafe-inline'", img_src="'none'",
        form_action="'none'", frame_ancestors="'self'",
    )  # fmt: skip
    answer["X-Robots-Tag"] = "noindex"
    return answer


urlpatterns = [
    path("nurture/", nurture, name="nurture"),
    path("nurture/kept-out/", kept_out, name="kept-out"),
    path("nurture/programmes/new/", new_programme, name="programme-new"),
    path("nurture/programmes/<int:number>/", programme, name="programme"),
    path("nurture/programmes/<int:number>/settings/", settings, name="programme-settings"),
    path("nurture/programmes/<int:number>/pause/", pause, name="programme-pause"),
    path("nurture/programmes/<int:number>/resumption/", resumption, name="programme-resumption"),
    path("nurture/programmes/<int:number>/enrolments/", enrolments, name="programme-enrolments"),
    path("nurture/programmes/<int:number>/tips/", tips, name="programme-tips"),
    path("nurture/enrolments/<int:number>/end/", end, name="enrolment-end"),
    path("nurture/enrolments/<int:number>/return/", come_back, name="enrolment-return"),
    path("nurture/tips/<int:number>/", tip, name="tip"),
    path("nurture/tips/<int:number>/preview/", tip_preview, name="tip-preview"),
]
