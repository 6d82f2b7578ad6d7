"""Events: set up by marketing, their tablets and badge lists, and what came of each."""

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from winnow.funnel.event import figures, unanswered
from winnow.intake.badges import load_badges
from winnow.leads.asking import read_questions
from winnow.leads.audit import audited
from winnow.leads.campaign import Campaign
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.event import BoothDevice, Event
from winnow.leads.formwords import LANGUAGES
from winnow.leads.rights import events_visible_to, may
from winnow.web import pictures, toasts
from winnow.web.access import Http404, allowed, get_event_for, require, signed_in
from winnow.web.scannable import scannable

MOST_QUESTIONS = 15
MOST_STAFF = 60
SURVEY = """? need *: What brings you here?
- We have a problem to solve = yes
- We compare what there is = partly
- Just looking around = no
? timing: When would you like to have it?
- This quarter = yes
- This year = partly
- Not planned = no
? employees: How many people work at your company?
- up to 50 = 50
- 51 to 250 = 250
- more = 1000
"""


class EventForm(forms.Form):
    """An event, with what is asked at its booth."""

    name = forms.CharField(label="Name", max_length=120)
    place = forms.CharField(label="Place", max_length=120, required=False)
    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    campaign = forms.ModelChoiceField(
        label="Campaign", queryset=Campaign.objects.order_by("name"), required=False, empty_label="none",
        help_text="Its costs are those of the event.",
    )
    language = forms.ChoiceField(
        label="The booth speaks", choices=list(LANGUAGES.items()), required=False,
        help_text="All that you don’t write here: what it asks for, what it says of an answer, how it thanks.",
    )
    staff = forms.CharField(
        label="Staff at the booth", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One name a line.",
    )
    survey = forms.CharField(
        label="Questions", max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 14, "class": "mono"}),
        help_text="“? name: text” asks, “- words = value” below it is a choice, a star makes it needed. Named budget, "
        "authority, need, timing or other, its values are yes, partly, no or unknown; named industry, employees, "
        "country, title, seniority or department it feeds fit.",
    )
    giveaway = forms.CharField(
        label="Thanks", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Shown when somebody has answered: what they may take along.",
    )
    consent_text = forms.CharField(
        label="Consent", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Another text gets the next version number; earlier consents keep theirs.",
    )
    closed = forms.BooleanField(label="It is over: the booth takes no new visitors", required=False)

    def clean_language(self):
        """English where nothing is said."""
        return self.cleaned_data["language"] or "en"

    def clean_staff(self):
        """Lines to names, each once."""
        names = list(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["staff"].splitlines()))))
        if len(names) > MOST_STAFF or any(len(name) > 60 for name in names):
            raise forms.ValidationError(f"Name at most {MOST_STAFF} people, each with at most 60 letters.")
        return names

    def clean(self):
        """It can't end before it begins; what the survey asks has to be readable."""
        found = super().clean()
        if found.get("starts_on") and found.get("ends_on") and found["ends_on"] < found["starts_on"]:
            self.add_error("ends_on", f"{found['ends_on']:%-d %B %Y} lies before the beginning.")
        if text := found.get("survey", ""):
            found["questions"], problems = read_questions(text, branches=False)
            if len(found["questions"]) > MOST_QUESTIONS:
                count = len(found["questions"])
                problems.append(f"{count} questions are too many at a booth; {MOST_QUESTIONS} at most.")
            for problem in problems:
                self.add_error("survey", problem)
        else:
            found["questions"] = []
        return found


class BadgeForm(forms.Form):
    """The organiser's list of badges."""

    file = forms.FileField(label="File", help_text="CSV or XLSX, as the organiser sends it.")
    column = forms.CharField(
        label="Column of the badge codes", max_length=200, required=False, help_text="Left out: found by its name."
    )


# -- all of them ------------------------------------------------------------------------------------------------------
@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def events(request: HttpRequest) -> HttpResponse:
    """The events, newest first; POST sets one up."""
    form = EventForm(request.POST or None, initial={"survey": SURVEY})
    if request.method == "POST":
        require(request.user, "manage campaigns")
        if form.is_valid() and (made := _keep(request, form, None)):
            toasts.tell(request, f"“{made}” is set up. Let its tablets in next.")
            return redirect("event", made.pk)
    rows = list(events_visible_to(request.user).select_related("campaign").order_by("-starts_on", "-pk")[:200])
    for row in rows[:40]:
        row.figures = figures(row)
    shown = {"rows": rows, "form": form, "may_manage": may(request.user, "manage campaigns"),
             "today": timezone.localtime(now()).date()}
    return render(request, "events/events.html", shown, status=422 if form.errors else 200)


def _keep(request, form: EventForm, row: Event | None) -> Event | None:
    said = {name: value for name, value in form.cleaned_data.items() if name != "closed"}
    said["closed_at"] = ((row and row.closed_at) or now()) if form.cleaned_data["closed"] else None
    try:
        with transaction.atomic():
            if row is None:
                row = Event.objects.create(code=_code(said["name"]), created_at=now(), **said)
            else:
                if said["consent_text"] != row.consent_text:
                    said["consent_version"] = row.consent_version + 1
                Event.objects.filter(pk=row.pk).update(**said)
            audited(request.user, "keep event", row, said["name"])
    except IntegrityError:
        form.add_error("name", "Another event of that name was made at this very moment; look at the list.")
        return None
    return row


def _code(name: str) -> str:
    """A word for an address and for badge keys that no other event has."""
    word = slugify(name)[:50] or "event"
    taken = set(Event.objects.filter(code__startswith=word).values_list("code", flat=True))
    return next(code for code in (word, *(f"{word}-{n}" for n in range(2, 1000))) if code not in taken)


# -- one --------------------------------------------------------------------------------------------------------------
@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: what it brought, who waits for an answer, its tablets and badges; POST changes it."""
    row = get_event_for(request.user, event_id)
    form = EventForm(request.POST or None, initial={
        **{name: getattr(row, name) for name in EventForm.base_fields if hasattr(row, name)},
        "staff": "\n".join(row.staff), "closed": row.closed_at is not None,
    })
    if request.method == "POST":
        require(request.user, "manage campaigns")
        if form.is_valid() and _keep(request, form, row):
            toasts.tell(request, f"“{form.cleaned_data['name']}” is kept; its tablets load it when they are idle.")
            return redirect("event", row.pk)
    return _page(request, row, form, BadgeForm(), status=422 if form.errors else 200)


def _page(request, row: Event, form, badge_form, status: int = 200) -> HttpResponse:
    found = figures(row, timezone.get_current_timezone_name())
    bars = [pictures.Bar(f"{hour:%-d %b, %H}–{hour.hour + 1}", count) for hour, count, _ in found.hours[-30:]]
    opens, devices = may(request.user, "record inquiries"), row.devices.select_related("by")
    shown = {
        "row": row, "form": form, "badge_form": badge_form, "figures": found, "costs": may(request.user, "see costs"),
        "may_manage": may(request.user, "manage campaigns"), "may_open": opens,
        "hours": pictures.bars(bars, label=f"Entries by hour at {row}") if bars else "",
        "unanswered": [one for one in unanswered(row) if _seen(request.user, one)],
        "devices": [_device(request, one, opens) for one in devices.order_by("revoked_at", "-pk")[:60]],
        "badges": row.badges.count(), "booth_door": request.build_absolute_uri(reverse("booth-door")),
    }
    return render(request, "events/event.html", shown, status=status)


def _device(request, device: BoothDevice, opens: bool) -> tuple:
    """A tablet, and, for who may open the booth, its address and that as a picture for its camera."""
    if not opens or device.revoked_at:
        return device, "", ""
    place = request.build_absolute_uri(reverse("booth", args=[device.code]))
    return device, place, scannable(place, label=f"The address of {device} for a camera")


def _seen(user, inquiry) -> bool:
    return may(user, "call", inquiry.person.now_is()) or user.role not in ("rep",)


@allowed("record inquiries")
@require_POST
def event_devices(request: HttpRequest, event_id: int) -> HttpResponse:
    """Let a tablet in: this browser itself, or another by its address."""
    row = get_event_for(request.user, event_id)
    if row.closed_at:
        raise Refusal(f"{row} is over; take that back first if tablets shall come in again.")
    name = request.POST.get("name", "").strip() or f"{request.user.name}’s tablet"
    with transaction.atomic():
        device = BoothDevice.allow(row, name, by=request.user)
        audited(request.user, "let tablet in", row, device.name)
    if request.POST.get("here"):
        return redirect("booth", device.code)
    toasts.tell(request, f"“{device}” may come in: open its address on it.")
    return redirect("event", row.pk)


@allowed("manage campaigns")
@require_POST
def event_device_end(request: HttpRequest, event_id: int, device_id: int) -> HttpResponse:
    """A tablet's address opens nothing any more; what it holds goes with the next address."""
    row = get_event_for(request.user, event_id)
    device = BoothDevice.objects.filter(event=row, pk=device_id).first()
    if device is None:
        raise Http404
    with transaction.atomic():
        if BoothDevice.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now()):
            audited(request.user, "end tablet", row, device.name)
    toasts.tell(request, f"The address of “{device}” is ended.")
    return redirect("event", row.pk)


@allowed("manage campaigns")
@require_POST
def event_badges(request: HttpRequest, event_id: int) -> HttpResponse:
    """Bring in the organiser's list; who waited for it is filled in."""
    row = get_event_for(request.user, event_id)
    form = BadgeForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = load_badges(row, file.name, file.read(), by=request.user, column=form.cleaned_data["column"])
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            what = f"{found.badges:,} badges by “{found.column}”; {found.let_go} entries go on, {found.filled} people "
            what += "were filled in."
            if found.told:
                what += f" Left out: {'; '.join(found.told)}."
            toasts.tell(request, what)
            return redirect("event", row.pk)
    first = {name: getattr(row, name) for name in EventForm.base_fields if hasattr(row, name)}
    first |= {"staff": "\n".join(row.staff), "closed": row.closed_at is not None}
    return _page(request, row, EventForm(initial=first), form, status=422)


urlpatterns = [
    path("attract/events/", events, name="events"),
    path("attract/events/<int:event_id>/", event, name="event"),
    path("attract/events/<int:event_id>/devices/", event_devices, name="event-devices"),
    path("attract/events/<int:event_id>/devices/<int:device_id>/end/", event_device_end, name="event-device-end"),
    path("attract/events/<int:event_id>/badges/", event_badges, name="event-badges"),
]
