"""Many at once at the sorting bench: what it would do, doing it, taking it back; and the stock on its two axes."""

from django import forms
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import axes, matrix, rights, sortings
from winnow.leads.bench import GROUPS, Wanted, bench
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.message import Programme
from winnow.leads.sortings import Sorting
from winnow.outreach import dispositions
from winnow.outreach.dispositions import MOST, Wish
from winnow.web import toasts, wording
from winnow.web.access import Http404, allowed, get_person_for, require
from winnow.web.onward import onward
from winnow.web.qualify import REASONS

SHOWN = 100
WHATS = [("nurture", "Nurture"), ("programme", "Nurture in a programme"), ("disqualified", "Disqualify")]


class WishForm(forms.Form):
    """What should become of those who are chosen."""

    what = forms.ChoiceField(label="What", choices=WHATS, widget=forms.RadioSelect, initial="nurture")
    programme = forms.ModelChoiceField(
        Programme.objects.none(), label="Programme", required=False, empty_label="Choose a programme"
    )
    reason = forms.ChoiceField(label="Reason, to disqualify", choices=REASONS, required=False)
    lasting = forms.BooleanField(label="For good: also what they send later opens nothing", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        there = Programme.objects.filter(active=True, paused_at=None).order_by("-auto_enrol", "name")
        self.fields["programme"].queryset = there

    def clean(self):
        said = super().clean()
        if said.get("what") == "programme" and said.get("programme") is None:
            self.add_error("programme", "Choose the programme that they go into.")
        if said.get("what") == "disqualified" and not said.get("reason"):
            self.add_error("reason", "Nobody is disqualified without a reason; choose the nearest one.")
        return said

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        said = self.cleaned_data
        if said["what"] == "disqualified":
            return Wish("disqualified", said["reason"], lasting=said["lasting"])
        return Wish("nurture", programme=said["programme"] if said["what"] == "programme" else None)


@allowed("dispose")
@require_http_methods(["GET", "POST"])
def many(request):
    """Choose among those who wait, say what should become of them, and see what it would do. Nothing is changed."""
    at = now()
    wanted = Wanted(*(request.GET.get(name, "")[:60] for name in ("group", "after", "grade", "interest")))
    elsewhere = sortings.held_by_others(request.user, at)
    chosen = _chosen(request)
    form = WishForm(request.POST if request.method == "POST" else None)
    shown = {"form": form, "process": "qualify", "wanted": wanted, "groups": GROUPS, "chosen": chosen, "most": MOST}
    if request.method == "POST" and form.is_valid() and chosen and len(chosen) <= MOST:
        people = _people(request.user, chosen)
        foreseen = dispositions.preview(people, form.wish, by=request.user, at=at)
        return render(request, "qualify/preview.html", shown | {"foreseen": foreseen, "wish": form.wish})
    found = bench(wanted, at, without=elsewhere, page=SHOWN)
    trouble = ""
    if request.method == "POST" and not chosen:
        trouble = "Nobody is chosen. Mark the people whom it is about."
    elif len(chosen) > MOST:
        trouble = f"{len(chosen)} are more than can be decided about at once ({MOST}); choose fewer."
    shown |= {"bench": found, "trouble": trouble, "back": reverse("qualify")}
    return render(request, "qualify/many.html", shown, status=422 if request.method == "POST" else 200)


def _chosen(request) -> list[int]:
    numbers = [int(word) for word in request.POST.getlist("person")[:2000] if word.isdigit() and len(word) < 18]
    return list(dict.fromkeys(numbers))


def _people(user, numbers: list[int]):
    there = rights.people_visible_to(user).select_related("account").in_bulk(numbers)
    return [there[number] for number in numbers if number in there]


@allowed("dispose")
@require_http_methods(["GET", "POST"])
def decisions(request):
    """The newest decisions of the bench, each with its way back; a POST makes one about many."""
    if request.method == "POST":
        form = WishForm(request.POST)
        if not form.is_valid():
            toasts.refuse(request, "What should become of them was not clear; nothing was changed.")
            return onward(request, reverse("qualify-many"))
        done = dispositions.decide(_people(request.user, _chosen(request)), form.wish, by=request.user)
        toasts.tell(request, _said(done, form.wish),
                    undo=reverse("sorting-undoing", args=[done.sorting.pk]) if done.sorting else "")  # fmt: skip
        return onward(request, reverse("qualify"))
    rows = Sorting.objects.select_related("by", "programme", "undone_by").order_by("-pk")
    before = request.GET.get("before", "")
    rows = list((rows.filter(pk__lt=int(before)) if before.isdigit() and len(before) < 18 else rows)[: SHOWN + 1])
    older = f"?{urlencode({'before': rows[SHOWN - 1].pk})}" if len(rows) > SHOWN else ""
    shown = {"rows": [_row(one) for one in rows[:SHOWN]], "older": older, "process": "qualify"}
    return render(request, "qualify/decisions.html", shown)


def _row(one: Sorting) -> dict:
    who = list(one.sorted.select_related("person__account").order_by("pk")[:4])
    return {
        "sorting": one, "who": who, "more": one.people - len(who),
        "words": Wish(one.what, one.reason, one.lasting, one.programme).said(),
        "reason": dict(REASONS).get(one.reason, one.reason.replace("_", " ")) if one.reason else "",
        "stays": one.sorted.exclude(stays="").filter(undone_at=None).count(),
        "back": one.sorted.exclude(undone_at=None).count(),
    }


def _said(done: dispositions.Done, wish: Wish) -> str:
    people = f"{done.people} {'person' if done.people == 1 else 'people'}"
    skipped = f"; {len(done.skipped)} skipped: {done.skipped[0][1]}" if done.skipped else ""
    if len(done.skipped) > 1:
        skipped = f"; {len(done.skipped)} skipped, the first: {done.skipped[0][1]}"
    return f"{people} {wish.said()}{skipped}" + ("" if skipped.endswith(".") else ".")


@allowed("dispose")
@require_GET
def decision(request, sorting_id):
    """One decision, with everybody whom it was about and how they stand now."""
    row = Sorting.objects.select_related("by", "programme").filter(pk=sorting_id).first()
    if row is None:
        raise Http404
    people = list(row.sorted.select_related("person__account", "cycle").order_by("pk")[: MOST + 1])
    shown = {"sorting": row, "people": people, "process": "qualify", "one": _row(row)}
    return render(request, "qualify/decision.html", shown)


@allowed("call")
@require_POST
def sorting_undoing(request, sorting_id):
    """Take a decision back, for everybody for whom nothing has happened since; a call also who may make it."""
    row = Sorting.objects.filter(pk=sorting_id).first()
    if row is None:
        raise Http404
    if row.what != "called":
        require(request.user, "dispose")
    else:
        require(request.user, "call", get_person_for(request.user, row.sorted.get().person_id))
    stays = dispositions.undo(row, by=request.user)
    back = row.sorted.exclude(undone_at=None).select_related("person")
    first, number = back.first(), back.count()
    noun = "call with" if row.what == "called" else "decision on"
    words = f"The {noun} {first.person} is taken back" if number == 1 else f"{number} decisions are taken back"
    left = f" {len(stays)} stay: {stays[0][1]}" if stays else ""
    toasts.tell(request, f"{words}.{left}")
    place = reverse("qualify-person", args=[first.person_id]) if number == 1 else reverse("sorting", args=[row.pk])
    return onward(request, place)


@allowed("see reports")
@require_GET
def grades(request):
    """The whole stock by fit and engagement; each field opens its people."""
    at, definition = now(), Definition.in_force()
    counted = matrix.matrix(at)
    asked = axes.thresholds(definition.policy) if definition else ()
    rows = []
    for letter in "ABCD":
        fields = [
            {"count": counted.get((letter, band), 0), "band": band,
             "url": f"{reverse('people')}?{urlencode({'grade': letter, 'band': band})}"}
            for band in axes.BANDS
        ]  # fmt: skip
        rows.append({"grade": letter, "fields": fields, "sum": sum(one["count"] for one in fields)})
    most = max((one["count"] for row in rows for one in row["fields"]), default=0)
    for row in rows:
        for one in row["fields"]:
            one["tint"] = 0 if not most or not one["count"] else 1 + min(5, int(5 * one["count"] / most))
    bands = [
        {"name": axes.BANDS[band], "words": axes.WORDS[band], "sum": sum(counted.get((g, band), 0) for g in "ABCD"),
         "from": wording.score(asked[band - 1]) if asked and band < 4 else ""}
        for band in axes.BANDS
    ]  # fmt: skip
    shown = {"rows": rows, "bands": bands, "definition": definition, "process": "qualify", "at": at,
             "all": sum(counted.values()), "folding": matrix.any_wait(),
             "gate": definition.policy.asked_grade if definition else ""}  # fmt: skip
    return render(request, "qualify/matrix.html", shown)


urlpatterns = [
    path("qualify/many/", many, name="qualify-many"),
    path("qualify/decisions/", decisions, name="sortings"),
    path("qualify/decisions/<int:sorting_id>/", decision, name="sorting"),
    path("qualify/decisions/<int:sorting_id>/undoing/", sorting_undoing, name="sorting-undoing"),
    path("qualify/matrix/", grades, name="matrix"),
]
