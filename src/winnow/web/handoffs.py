"""Handing off: the desk that gives, a rep's day that answers, and the answer itself."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.clock import now
from winnow.leads.cycle import WrongStage
from winnow.leads.day import clock_of, day_of, owed
from winnow.leads.definition import Definition
from winnow.leads.giving import desk, loads, suggested
from winnow.leads.lead import AlreadyHandedOff, NotReady, Touch
from winnow.leads.standing import PersonStanding
from winnow.leads.story import in_short, story
from winnow.leads.user import User
from winnow.web import pictures, toasts
from winnow.web.access import allowed, get_handoff_for, get_lead_for, require, signed_in
from winnow.web.onward import back, onward
from winnow.web.pictures import Due
from winnow.web.portrait import first_words

NOTE = 2000
FAR = date(2100, 1, 1)
HISTORY = 100
GREETINGS = ((5, "Good night"), (12, "Good morning"), (18, "Good afternoon"), (24, "Good evening"))
NUMBERS = ("Nobody waits", "One person waits", "Two people wait", "Three people wait", "Four people wait",
           "Five people wait", "Six people wait")  # fmt: skip


class ReasonField(forms.ChoiceField):
    """The reject reasons of one definition, in its own words."""

    def __init__(self, definition, **more):
        choices = [("", "Choose a reason")] + [(one.code, one.says or one.code) for one in definition.policy.reasons]
        super().__init__(label="Reason", choices=choices, **more)


class RejectionForm(forms.Form):
    """Why sales gives it back, in the words that both sides signed."""

    def __init__(self, *args, definition, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(definition)
        self.fields["note"] = forms.CharField(
            label="What should be different next time?", max_length=NOTE, required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip
        self.fields["until"] = forms.DateField(
            label="Again from", required=False, widget=forms.DateInput(attrs={"type": "date"}),
            help_text="Left out: what the reason says. Only for reasons that recycle.",
        )  # fmt: skip

    def clean_until(self):
        day = self.cleaned_data["until"]
        if day is not None and not timezone.localtime(now()).date() < day < FAR:
            raise forms.ValidationError("That is no day to come; choose a later one.")
        return day


class GiveForm(forms.Form):
    """Whom to give a lead to."""

    to = forms.TypedChoiceField(label="To", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args, choices=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices


# -- the two pages ---------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def handoffs(request):
    """A rep's own day; for everybody else the desk that hands off."""
    return rep_day(request) if request.user.role == "rep" else giving_desk(request)


def rep_day(request):
    """What is asked of this rep today, the most urgent first."""
    at, user = now(), request.user
    here = timezone.localtime(at)
    found = day_of(user, at, _evening(here))
    definition = Definition.in_force()
    promise = owed(definition)
    shown = _day_head(user, found, here, promise) | _first(found) | {
        "definition": definition, "now": at, "picture": _picture(user, found, at, promise), "process": "handoff",
    }  # fmt: skip
    return render(request, "handoff/day.html", shown)


def _day_head(user, found, here, promise):
    """What stands above the day: who is greeted, how many wait, how much room there is."""
    waiting = len(found.answers)
    return {
        "day": found, "promise": promise, "here": here, "today": f"{here:%Y-%m-%d}",
        "greeting": next(words for until, words in GREETINGS if here.hour < until),
        "waiting": NUMBERS[waiting] if waiting < len(NUMBERS) else f"{waiting} people wait",
        "room": user.capacity - found.in_hand, "name": user.name.split()[0] if user.name.split() else user.name,
        "city": user.time_zone.rpartition("/")[2].replace("_", " "),
        "opens": _clock(promise.opens), "closes": _clock(promise.closes),
    }  # fmt: skip


def _first(found):
    """The story and the first words of whoever waits most urgently."""
    if not found.answers:
        return {}
    first = found.answers[0]
    person = first.handoff.lead.person
    return {"first_story": in_short(story(person, limit=25)), "first_words": first_words(person, first.levels)}


def _evening(here):
    return datetime.combine(here.date() + timedelta(days=1), time(), here.tzinfo)


def _clock(minutes):
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _picture(user, found, at, promise):
    """The working day with what is due on it, in the reader's time zone."""
    here = timezone.localtime(at)
    zone = timezone.get_current_timezone()
    day = datetime.combine(here.date(), time(), zone)
    theirs = datetime.combine(here.date(), time(), ZoneInfo(promise.time_zone))
    opens = timezone.localtime(theirs + timedelta(minutes=promise.opens))
    closes = timezone.localtime(theirs + timedelta(minutes=promise.closes))
    items = [
        Due(timezone.localtime(one.clock.due_at), "answer", one.clock.tone, f"answer {one.handoff.lead.person}",
            reverse("lead", args=[one.handoff.lead_id]))
        for one in found.answers
    ] + [
        Due(timezone.localtime(one.due_at), "touch", "late" if one.due_at <= at else "planned",
            f"{one.kind} {one.person}", reverse("person", args=[one.person_id]))
        for one in found.touches
    ]  # fmt: skip
    made = Touch.objects.filter(rep=user, done_at__gte=day).order_by("done_at")
    items += [Due(timezone.localtime(one.done_at), "touch", "made", one.kind) for one in made[:20]]
    due = f"{len(found.answers)} answers and {len(found.touches)} touches are due"
    label = f"Your day from {opens:%H:%M} to {closes:%H:%M}: {due}"
    return pictures.day_line(items, here, label=label, opens=opens, closes=closes)


def giving_desk(request):
    """Leads to give, what was given and waits, who has room."""
    at = now()
    shown = {
        "desk": desk(at), "definition": Definition.in_force(), "now": at, "process": "handoff",
        "may_give": rights.may(request.user, "hand off"), "may_recall": rights.may(request.user, "recall"),
    }  # fmt: skip
    return render(request, "handoff/desk.html", shown)


@signed_in
@require_GET
def history(request):
    """Handoffs and their answers, newest first: what a figure about answers counts."""
    rows = rights.handoffs_visible_to(request.user).select_related("lead__person", "lead__account", "rep", "given_by")
    response = request.GET.get("response", "")
    if response in ("accepted", "rejected", "recalled"):
        rows = rows.filter(response=response)
    if request.GET.get("rep", "").isdigit():
        rows = rows.filter(rep_id=min(int(request.GET["rep"]), 2**62))
    before = request.GET.get("before", "")
    if before.isdigit():
        rows = rows.filter(pk__lt=min(int(before), 2**62))
    rows = list(rows.order_by("-pk")[: HISTORY + 1])
    shown = {
        "rows": rows[:HISTORY], "older": rows[HISTORY - 1].pk if len(rows) > HISTORY else None, "response": response,
        "process": "handoff",
    }  # fmt: skip
    return render(request, "handoff/history.html", shown)


# -- giving and taking back ------------------------------------------------------------------------------------------
@allowed("hand off")
@require_http_methods(["GET", "POST"])
def lead_handoff(request, lead_id):
    """Give a lead to a rep; the definition is judged once more, under the lock."""
    lead = get_lead_for(request.user, lead_id)
    require(request.user, "hand off", lead)
    here = back(request, reverse("handoff"))
    found = loads(now())
    choices = [(one.rep.pk, one.rep.name) for one in found]
    best, why = suggested(lead, found)
    form = GiveForm(request.POST or None, choices=choices, initial={"to": best})
    refusal, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            handoff = lead.hand_off(to=User.objects.get(pk=form.cleaned_data["to"]), by=request.user)
        except (NotReady, AlreadyHandedOff, WrongStage) as no:
            refusal, status = no, 409
        else:
            text = f"{lead.person} is with {handoff.rep}, who answers by {_when(handoff.response_due_at)}."
            toasts.tell(request, text, undo=reverse("handoff-recall", args=[handoff.pk]))
            return onward(request, here)
    shown = {
        "lead": lead, "form": form, "loads": found, "best": best, "why": why, "back": here, "refusal": refusal,
        "part": "handoff/_give.html", "process": "handoff",
    }  # fmt: skip
    template = "handoff/_give.html" if request.headers.get("HX-Request") else "lead/act.html"
    return render(request, template, shown, status=422 if form.errors else status)


@allowed("recall")
@require_POST
def handoff_recall(request, handoff_id):
    """Take an unanswered handoff back."""
    handoff = get_handoff_for(request.user, handoff_id)
    require(request.user, "recall", handoff)
    handoff.recall(by=request.user)
    toasts.tell(request, f"{handoff.lead.person} is recalled from {handoff.rep} and ready again.")
    return onward(request, back(request, reverse("handoff")))


# -- the answer of sales ---------------------------------------------------------------------------------------------
@allowed("respond")
@require_http_methods(["GET", "POST"])
def handoff_response(request, handoff_id):
    """Accept, or reject with a reason of the definition that made it a lead."""
    handoff = get_handoff_for(request.user, handoff_id)
    require(request.user, "respond", handoff, what=f"{handoff.lead.person} ({handoff.lead.account})")
    answer = request.POST.get("response", "")
    form, status, refusal = None, 200, ""
    try:
        if request.method == "POST" and answer == "accepted":
            handoff.accept(by=request.user)
        elif request.method == "POST":
            form = RejectionForm(request.POST, definition=handoff.lead.definition)
            if form.is_valid():
                said = form.cleaned_data
                until = said["until"] and datetime.combine(said["until"], time(9), timezone.get_current_timezone())
                handoff.reject(reason=said["reason"], note=said["note"], until=until, by=request.user)
            else:
                status = 422
        elif answer != "accepted":
            form = RejectionForm(definition=handoff.lead.definition)
    except WrongStage as no:
        refusal, status = str(no), 409
    handoff.refresh_from_db()
    if not request.headers.get("HX-Request") and status == 200 and request.method == "POST":
        toasts.tell(request, _told(handoff))
        return onward(request, back(request, reverse("handoff")))
    return _response(request, handoff, form, refusal, status)


def _told(handoff):
    if handoff.response == "accepted":
        return f"{handoff.lead.person} is yours; the first touch is dated."
    return f"{handoff.lead.person} went back: {_reason(handoff)}."


def _reason(handoff):
    known = {one.code: one.says for one in handoff.lead.definition.policy.reasons}
    return (known.get(handoff.reason) or handoff.reason).lower()


def _response(request, handoff, form, refusal, status):
    """The handoff as one entry of the day: waiting, being rejected, or answered."""
    at, lead = now(), handoff.lead
    standing = PersonStanding.objects.filter(person=lead.person_id).first()
    touch = Touch.objects.filter(cycle__lead=lead, done_at=None, cancelled_at=None).first()
    shown = {
        "handoff": handoff, "form": form, "refusal": refusal, "touch": touch, "reason": _reason(handoff),
        "clock": clock_of(handoff, owed(Definition.in_force()), at), "levels": standing.levels if standing else None,
        "back": back(request, reverse("handoff")), "process": "handoff", "today": f"{timezone.localtime(at):%Y-%m-%d}",
    }  # fmt: skip
    if not request.headers.get("HX-Request"):
        return render(request, "handoff/response.html", shown, status=status)
    if not handoff.response or request.user.role != "rep":
        return render(request, "handoff/_response.html", shown, status=status)
    # On a rep's day the answer moves the rest along: one fewer waits, and the keys belong to the next.
    here, user = timezone.localtime(at), request.user
    found = day_of(user, at, _evening(here))
    shown |= _day_head(user, found, here, owed(Definition.in_force())) | _first(found)
    shown["next"] = found.answers[0] if found.answers else None
    return render(request, "handoff/_answered.html", shown, status=status)


def _when(moment):
    here, today = timezone.localtime(moment), timezone.localtime(now())
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%-d %B, %H:%M}"


urlpatterns = [
    path("handoffs/", handoffs, name="handoff"),
    path("handoffs/history/", history, name="handoff-history"),
    path("handoffs/<int:handoff_id>/response/", handoff_response, name="handoff-response"),
    path("handoffs/<int:handoff_id>/recall/", handoff_recall, name="handoff-recall"),
    path("leads/<int:lead_id>/handoff/", lead_handoff, name="lead-handoff"),
]
