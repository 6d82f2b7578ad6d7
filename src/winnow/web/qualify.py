"""The sorting bench: who waits, why, and the decision; and the acts on a person that start there."""

from datetime import date, datetime, time

from django import forms
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import axes, matrix, rights, sorting, sortings
from winnow.leads.bench import GROUPS, SORTED, Wanted, bench, sorted_since
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.doubt import Doubt
from winnow.leads.imports import Import
from winnow.leads.inquiry import Inquiry
from winnow.leads.message import Programme
from winnow.leads.person import Person
from winnow.outreach import dispositions
from winnow.outreach.dispositions import Wish
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_person_for, require, signed_in
from winnow.web.onward import back, onward
from winnow.web.portrait import ANSWERABLE, portrait

SORTED_WORDS = {
    "hand off": "handed off", "qualified": "confirmed", "nurture": "to nurture", "disqualified": "disqualified"
}  # fmt: skip
LEVELS = [("", "–"), ("no", "no"), ("partly", "partly"), ("yes", "yes")]
SOURCES = [
    ("call", "by phone"), ("meeting", "in a meeting"), ("mail", "by mail"), ("chat", "in a chat"),
    ("event", "at an event"), ("form", "in a form"), ("rep", "by sales"),
]  # fmt: skip
RESULTS = [
    ("spoke", "We spoke"), ("no_answer", "No answer"), ("message", "Left a message"), ("wrong_number", "Wrong number"),
]  # fmt: skip
REASONS = [
    ("", "Choose a reason"), ("no_fit", "Not a firm that we can serve"), ("no_need", "No need that we can meet"),
    ("competitor", "A competitor"), ("student", "A student or researcher"), ("not_genuine", "Not a genuine inquiry"),
    ("supplier", "Wants to sell to us"), ("gone", "Has left the firm"), ("other", "Something else"),
]  # fmt: skip
LONG_AGO = date(2000, 1, 1)
WORDS = 2000  # characters of a quote or a note


class AnswerForm(forms.Form):
    """One answer of BANTFO with its evidence."""

    item = forms.ChoiceField(label="About", choices=[(item, item.capitalize()) for item in ANSWERABLE])
    level = forms.ChoiceField(label="Answer", choices=LEVELS[1:], widget=forms.RadioSelect)
    quote = forms.CharField(
        label="In their words", max_length=WORDS, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    source = forms.ChoiceField(label="Heard", choices=SOURCES)
    said_on = forms.DateField(
        label="On", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Left out: today."
    )

    def clean_said_on(self):
        day = self.cleaned_data["said_on"]
        if day is not None and not LONG_AGO <= day <= timezone.localtime(now()).date():
            raise forms.ValidationError("Nobody said it on that day: it lies ahead, or before the year 2000.")
        return day


class CallForm(forms.Form):
    """A call and what was learned in it."""

    result = forms.ChoiceField(label="How it went", choices=RESULTS, widget=forms.RadioSelect, initial="spoke")
    minutes = forms.IntegerField(label="Minutes", min_value=0, max_value=600, required=False)
    note = forms.CharField(label="Note", max_length=WORDS, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, items=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"{item}_level"] = forms.ChoiceField(label=item.capitalize(), choices=LEVELS, required=False)
            self.fields[f"{item}_quote"] = forms.CharField(
                label=f"{item.capitalize()}, in their words", max_length=WORDS, required=False,
                widget=forms.TextInput(attrs={"placeholder": "in their words"}),
            )

    def learned(self):
        """(label, level field, quote field) of each item that may be answered along with the call."""
        return [(item.capitalize(), self[f"{item}_level"], self[f"{item}_quote"]) for item in self.items]

    def clean(self):
        found = super().clean()
        told = [item for item in self.items if found.get(f"{item}_level")]
        if told and found.get("result") != "spoke":
            self.add_error(f"{told[0]}_level", "Nobody was spoken with, so nothing was answered in this call.")
        return found


class ProgrammeForm(forms.Form):
    """Into which programme; the one that takes people in by itself stands first."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="Programme", widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["programme"]
        field.queryset = Programme.objects.filter(active=True, paused_at=None).order_by("-auto_enrol", "name")
        self.fields["programme"].initial = field.queryset.first()


class DispositionForm(forms.Form):
    """Out of the funnel, with the reason; for good or until they come back by themselves."""

    reason = forms.ChoiceField(label="Reason", choices=REASONS)
    lasting = forms.BooleanField(
        label="For good: also what they send later opens nothing", required=False, initial=False
    )


# -- the bench -------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def qualify(request, person_id=None):
    """The queue, and one person of it in full. A rep has no queue: their own people are elsewhere."""
    if request.user.role == "rep":
        return redirect("person", person_id) if person_id else redirect("people")
    if not rights.may(request.user, "sort"):
        require(request.user, "see reports")
    at = now()
    wanted = Wanted(*(request.GET.get(name, "")[:60] for name in ("group", "after", "grade", "interest")))
    sorts = rights.may(request.user, "sort")
    elsewhere = sortings.held_by_others(request.user, at) if sorts else {}
    found = bench(wanted, at, without=elsewhere)
    order = found.order()
    person, hold = _sit_down(request.user, person_id, order, at) if sorts else (None, None)
    if person is None and (person_id is not None or order):
        person = get_person_for(request.user, person_id or order[0].person_id)
    narrowed = {name: value for name, value in vars(wanted).items() if value}
    query = f"?{urlencode(narrowed)}" if narrowed else ""
    place = next((number for number, row in enumerate(order) if person and row.person_id == person.pk), None)
    shown = {
        "bench": found, "query": query, "wanted": wanted, "groups": GROUPS, "sorted": _sorted(request.user, at),
        "choosing": "all" in request.GET, "narrowed": wanted.grade or wanted.interest,
        "position": _position(found, order, place, wanted) if place is not None else "",
        "previous": _place(order[place - 1].person_id, query) if place else "",
        "next": _place(order[place + 1].person_id, query) if place is not None and place + 1 < len(order) else "",
        "current": order[place] if place is not None else None, "hold": hold, "elsewhere": list(elsewhere.values()),
        "folding": matrix.any_wait(),
    }  # fmt: skip
    if person is None:
        return render(request, "qualify/bench.html", shown | _empty(found, wanted))
    shown |= portrait(person, request.user, at=at)
    shown |= {
        "next_place": shown["next"] or f"{reverse('qualify')}{query}",
        "here": _place(person.pk, query),
        "first_asked": first_asked(shown["dossier"]),
        "half_life_days": half_life_days(shown["definition"]),
        "doubts": doubts_about(person, request.user),
        "band": band_of(shown["dossier"]), "band_words": axes.WORDS.get(band_of(shown["dossier"]), ""),
        "many": f"{reverse('qualify-many')}{query}",
    }
    return render(request, "qualify/bench.html", shown)


def _sit_down(user, person_id, order, at):
    """The person to sort and, when another sorter is there already, who that is. Of two who come at once one gets the
    first of the queue and the other the next."""
    if person_id is not None:
        person = get_person_for(user, person_id)
        if sortings.take_hold(person.pk, user, at):
            return person, None
        return person, sortings.held_by_others(user, at).get(person.pk)
    for row in order:
        if sortings.take_hold(row.person_id, user, at):
            return get_person_for(user, row.person_id), None
    return None, None


def band_of(dossier):
    """The band of engagement of somebody who was judged."""
    verdict = dossier.verdict
    return axes.band_at(dossier.definition.policy, verdict.milli) if verdict is not None else None


def doubts_about(person, user):
    """Who may be the same, the surest first: (doubt, the other)."""
    pair = Q(low_id=person.pk) | Q(high_id=person.pk)
    found = list(Doubt.objects.filter(pair, noun="person", apart_at=None).order_by("-probability", "pk")[:5])
    numbers = [one.high_id if one.low_id == person.pk else one.low_id for one in found]
    there = rights.people_visible_to(user).select_related("account").in_bulk(numbers)
    return [(doubt, there[number]) for doubt, number in zip(found, numbers, strict=True) if number in there]


def _place(number, query):
    return reverse("qualify-person", args=[number]) + query


def _position(found, order, place, wanted):
    label = GROUPS[order[place].group][0].lower()
    if wanted.after or wanted.group or wanted.grade or wanted.interest:
        return label
    return f"{place + 1} of {found.waiting:,}{' or more' if found.over else ''} · {label}"


def _sorted(user, at):
    midnight = datetime.combine(timezone.localtime(at).date(), time(), timezone.get_current_timezone())
    done = sorted_since(user, midnight)
    return {
        "count": sum(done.values()),
        "words": ", ".join(f"{done[verb]} {SORTED_WORDS[verb]}" for verb in SORTED if verb in done),
    }


def first_asked(dossier):
    """The item that the key B records: the first unmet one, else the first unknown one."""
    short = [row.item for row in dossier.sheet if row.short and row.item in ANSWERABLE]
    unknown = [row.item for row in dossier.sheet if row.level == "unknown" and row.item in ANSWERABLE]
    return next(iter([*short, *unknown, "budget"]))


def half_life_days(definition):
    """Days in which points fade by half, None without a definition."""
    return definition.policy.half_life // 1440 if definition else None


def _empty(found, wanted):
    if wanted.group or wanted.grade or wanted.interest:
        return {"empty": "narrowed"}
    return {"empty": "done" if Inquiry.objects.exists() else "first", "last": Inquiry.objects.order_by("-pk").first(),
            "importing": Import.objects.filter(state="running").order_by("-pk").first()}  # fmt: skip


# -- acts on one person ----------------------------------------------------------------------------------------------
@allowed("answer")
@require_http_methods(["GET", "POST"])
def person_answers(request, person_id):
    """Record one answer of BANTFO."""
    person = get_person_for(request.user, person_id)
    require(request.user, "answer", person)
    here = back(request, reverse("person", args=[person.pk]))
    item = request.GET.get("item", "")
    first = {"item": item if item in ANSWERABLE else "budget", "source": "call"}
    form = AnswerForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        given = sorting.answer(
            person, item=said["item"], level=said["level"], source=said["source"], quote=said["quote"], by=request.user,
            said_at=_at_noon(said["said_on"]),
        )  # fmt: skip
        undo = reverse("answer-withdrawal", args=[given.pk]) + f"?{urlencode({'back': here})}"
        toasts.tell(request, f"{said['item'].capitalize()} of {person} is {said['level']}.", undo=undo)
        return onward(request, here)
    return _act(request, "qualify/_answer.html", person, form, here)


@allowed("answer")
@require_POST
def answer_withdrawal(request, answer_id):
    """An answer was a mistake: take it back."""
    given = rights.answers_visible_to(request.user).select_related("person__account").filter(pk=answer_id).first()
    if given is None:
        raise Http404
    require(request.user, "answer", given.person)
    sorting.take_back(given, by=request.user)
    toasts.tell(request, f"The answer on {given.item} of {given.person} is taken back.")
    return onward(request, back(request, reverse("person", args=[given.person_id])))


@allowed("call")
@require_http_methods(["GET", "POST"])
def person_calls(request, person_id):
    """Log a call, and what was learned in it."""
    person = get_person_for(request.user, person_id)
    require(request.user, "call", person)
    here = back(request, reverse("person", args=[person.pk]))
    form = CallForm(request.POST or None, items=_askable(person))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        learned = [
            (item, said[f"{item}_level"], said[f"{item}_quote"]) for item in form.items if said.get(f"{item}_level")
        ]
        done = sortings.call(
            person, result=said["result"], minutes=said["minutes"] or 0, note=said["note"], learned=learned,
            by=request.user,
        )  # fmt: skip
        what = f", {len(learned)} answer{'s' if len(learned) > 1 else ''} learned" if learned else ""
        toasts.tell(request, f"The call with {person} is logged: {dict(RESULTS)[said['result']].lower()}{what}.",
                    undo=reverse("sorting-undoing", args=[done.pk]))  # fmt: skip
        return onward(request, here)
    return _act(request, "qualify/_call.html", person, form, here)


@allowed("dispose")
@require_http_methods(["GET", "POST"])
def person_disposition(request, person_id):
    """Nurture, confirm, disqualify with a reason, or reopen."""
    person = get_person_for(request.user, person_id)
    require(request.user, "dispose", person)
    here = back(request, reverse("person", args=[person.pk]))
    decided = request.POST.get("disposition", "")
    if decided == "qualified":
        return _decide(request, person, Wish("qualified"), "is confirmed", here)
    if decided == "reopened":
        sorting.dispose(person, disposition=decided, by=request.user)
        toasts.tell(request, f"{person} is open again.")
        return onward(request, here)
    if decided == "nurture" and "programme" not in request.POST:
        return _decide(request, person, Wish("nurture"), "is nurtured from now on", here)
    if decided == "nurture" or request.GET.get("to") == "programme":
        form = ProgrammeForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            programme = form.cleaned_data["programme"]
            return _decide(request, person, Wish("nurture", programme=programme), f"is nurtured in {programme}", here)
        return _act(request, "qualify/_programme.html", person, form, here)
    form = DispositionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        wish = Wish("disqualified", said["reason"], lasting=said["lasting"])
        return _decide(request, person, wish, f"is disqualified: {dict(REASONS)[said['reason']].lower()}", here)
    return _act(request, "qualify/_disposition.html", person, form, here)


def _decide(request, person: Person, wish: Wish, words: str, here: str):
    """Do it, say it, and offer the way back."""
    done = dispositions.decide([person], wish, by=request.user)
    toasts.tell(request, f"{person} {words}.", undo=reverse("sorting-undoing", args=[done.sorting.pk]))
    return onward(request, here)


@allowed("dispose")
@require_POST
def person_reopening(request, person_id):
    """Open the next cycle of somebody who was closed; the way back from a disqualification."""
    person = get_person_for(request.user, person_id)
    require(request.user, "dispose", person)
    sorting.dispose(person, disposition="reopened", by=request.user)
    toasts.tell(request, f"{person} is open again, in cycle {person.cycles.count()}.")
    return onward(request, reverse("person", args=[person.pk]))


def _act(request, template, person, form, here):
    """A form as a part in its place for htmx, else as a page of its own; what was typed stays."""
    shown = {"person": person, "form": form, "back": here, "definition": Definition.in_force(), "part": template}
    status = 422 if form.errors else 200
    if request.headers.get("HX-Request"):
        return render(request, template, shown, status=status)
    return render(request, "qualify/act.html", shown | {"process": "qualify"}, status=status)


def _askable(person):
    return tuple(item for item in ANSWERABLE if not (item == "authority" and person.kind == "mailbox"))


def _at_noon(day):
    """A day that somebody names, as a moment: noon where they are, never later than now."""
    if day is None:
        return None
    return min(datetime.combine(day, time(12), timezone.get_current_timezone()), now())


urlpatterns = [
    path("qualify/", qualify, name="qualify"),
    path("qualify/<int:person_id>/", qualify, name="qualify-person"),
    path("people/<int:person_id>/answers/", person_answers, name="person-answers"),
    path("people/<int:person_id>/calls/", person_calls, name="person-calls"),
    path("people/<int:person_id>/disposition/", person_disposition, name="person-disposition"),
    path("people/<int:person_id>/reopening/", person_reopening, name="person-reopening"),
    path("answers/<int:answer_id>/withdrawal/", answer_withdrawal, name="answer-withdrawal"),
]
