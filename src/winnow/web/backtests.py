"""The back-test of a definition on its page: what it would have done, beside the version in force, and its sliders."""

import copy as copies
import tempfile
from datetime import date

from django import forms
from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.definition import Definition
from winnow.leads.study import Study
from winnow.policy.definition import DefinitionError, parse
from winnow.policy.facts import ITEMS
from winnow.studies import backtesting
from winnow.studies.backtest import run
from winnow.studies.columnar import FOLDER, Copy
from winnow.web import pictures, toasts
from winnow.web.access import allowed, get_definition_for, require, signed_in
from winnow.web.curves import Point
from winnow.web.pictures import Bar, Split

SAMPLE_FACTS = 150_000
"""About as many facts are looked at for an answer at once."""
ALL_AT_ONCE = 3_000_000
"""Up to so many facts a slider goes on to all of them; beyond, the worker counts all and the slider a sample."""
FLIPS_ON_PAGE = 60
DIMENSIONS = {"industry": "Industry", "size": "Size", "country": "Country", "channel": "First came by"}
LEVELS = (("", "not asked"), ("partly", "at least partly"), ("yes", "yes"))
ASKABLE = tuple(item for item in ITEMS if item not in ("fit", "other"))


class PeriodForm(forms.Form):
    """From when until when wins, handoffs and leads are counted; empty for the whole history."""

    first = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self):
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            raise forms.ValidationError("The first day lies after the last; swap them.")
        return self.cleaned_data


class SliderForm(forms.Form):
    """The values that are tried most: what is asked, and how soon it fades."""

    asked = forms.IntegerField(label="Asked score", min_value=0, max_value=300)
    half_life = forms.IntegerField(label="Half-life, days", min_value=1, max_value=365)
    grade = forms.ChoiceField(label="Asked grade", choices=[(one, one) for one in "ABCD"])
    budget = forms.ChoiceField(label="Budget", choices=LEVELS, required=False)
    authority = forms.ChoiceField(label="Authority", choices=LEVELS, required=False)
    need = forms.ChoiceField(label="Need", choices=LEVELS, required=False)
    timing = forms.ChoiceField(label="Timing", choices=LEVELS, required=False)

    def __init__(self, *args, definition, **kwargs):
        super().__init__(*args, initial=values_of(definition), **kwargs)
        for name in ("asked", "half_life"):
            field = self.fields[name]
            field.widget = forms.NumberInput(attrs={"type": "range", "min": field.min_value, "step": 1,
                                                    "max": max(self.initial[name] * 2, 120)})  # fmt: skip


def values_of(definition) -> dict:
    """The values of a definition that the sliders hold."""
    return {
        "asked": max(definition.asked_score // 1000, 0), "half_life": definition.half_life // 1440,
        "grade": definition.asked_grade, **{item: definition.clause(item).asked or "" for item in ASKABLE},
    }  # fmt: skip


def with_values(document: dict, values: dict) -> dict:
    """The document with the sliders' values in it."""
    made = copies.deepcopy(document)
    made.setdefault("score", {}).update(asked=values["asked"], half_life_days=values["half_life"])
    made.setdefault("lead", {})["grade"] = values["grade"]
    for item in ASKABLE:
        clause = made.setdefault("bantfo", {}).setdefault(item, {})
        clause.pop("asked", None)
        if values[item]:
            clause["asked"] = values[item]
        if not clause:
            del made["bantfo"][item]
    return made


# -- the page --------------------------------------------------------------------------------------------------------
@signed_in
@require_http_methods(["GET", "POST"])
def backtest(request, number):
    """What came of the last back-test of this text; posting asks for another, which the worker does."""
    row = get_definition_for(request.user, number)
    if request.method == "POST":
        require(request.user, "back-test")
        form = PeriodForm(request.POST)
        if form.is_valid():
            backtesting.ask(row, by=request.user, **form.cleaned_data)
            toasts.tell(request, f"Version {row.number} is tested on the history now. This page can be left.")
            return redirect("definition-backtest", row.number)
        return render(request, "definition/backtest.html", _shown(request, row) | {"form": form}, status=422)
    if request.headers.get("HX-Request"):
        return render(request, "definition/_backtest.html", _shown(request, row))
    return render(request, "definition/backtest.html", _shown(request, row) | {"form": PeriodForm()})


def _shown(request, row) -> dict:
    kept = backtesting.newest_of(row)
    in_force = Definition.in_force()
    tried = Study.objects.filter(name=backtesting.NAME, draft=row).order_by("-asked_at").first()
    newest = Definition.objects.order_by("-number").values_list("number", flat=True).first()
    shown = {
        "row": row, "here": "backtest", "process": "", "in_force": in_force, "newest": newest, "study": kept,
        "running": Study.running(backtesting.NAME), "failed": tried.failed if tried else "",
        "may_run": rights.may(request.user, "back-test"), "may_draft": rights.may(request.user, "draft"),
        "names": rights.sees_all(request.user), "is_draft": row.in_force_from is None,
    }  # fmt: skip
    if kept:
        shown |= _told(kept.result, f"version {row.number}")
        shown["sliders"] = SliderForm(definition=row.policy)
    return shown


def _told(said: dict, name: str) -> dict:
    """The answer with its pictures."""
    other = said["against"]
    weeks = [Point(f"{date.fromisoformat(one['week']):%-d %b %y}", one["qso"]) for one in said["weeks"]]
    before = [one.get("against") for one in said["weeks"]] if other else ()
    told = {"said": said, "other": other, "flips": said["flipped"][:FLIPS_ON_PAGE], "segments": _segments(said)}
    words = ("passed", "missed")
    if weeks:
        told["curve"] = pictures.line(
            weeks, before=before, names=("in force", name) if other else ("", name),
            label=f"Leads for sales a week: {said['qso_a_week']} under {name}"
                  + (f", {other['qso_a_week']} under the version in force" if other else ""),
        )  # fmt: skip
    rows = [Split(name, said["wins_caught"], said["wins_missed"], words)]
    if other:
        rows.insert(0, Split("in force", other["wins_caught"], other["wins_missed"], words))
    if said["wins_caught"] + said["wins_missed"]:
        told["wins"] = pictures.split(rows, label=f"{name} would have passed {said['wins_caught']} wins before")
    load = [Bar(one["name"], one["qso"], before=one.get("against_qso")) for one in said["load_by_rep"][:10]]
    if load:
        told["load"] = pictures.bars(load, label="Leads by rep in the whole time, with those in force as a mark")
    return told


def _segments(said: dict) -> list[tuple[str, list[dict]]]:
    found: dict[str, list[dict]] = {}
    for row in said["by_segment"]:
        found.setdefault(DIMENSIONS.get(row["dimension"], row["dimension"]), []).append(row)
    return list(found.items())


@allowed("see reports")
@require_GET
def progress(request, number):
    """How far it is, asked again while it runs."""
    row = get_definition_for(request.user, number)
    running = Study.running(backtesting.NAME)
    answer = render(request, "definition/_backtest_progress.html", {"running": running, "row": row})
    if running is None:
        answer["HX-Refresh"] = "true"
    return answer


# -- sliders ---------------------------------------------------------------------------------------------------------
@allowed("back-test")
@require_GET
def trial(request, number):
    """The figures with other values: at once on a sample, with `all` on everything."""
    row = get_definition_for(request.user, number)
    form = SliderForm(request.GET, definition=row.policy)
    shown = {"row": row, "form": form, "query": request.GET.urlencode()}
    if not form.is_valid():
        return render(request, "definition/_backtest_trial.html", shown, status=422)
    document = with_values(row.document, form.cleaned_data)
    try:
        parse(document)
    except DefinitionError as error:
        form.add_error(None, str(error))
        return render(request, "definition/_backtest_trial.html", shown, status=422)
    copy = Copy(settings.HOME / FOLDER)
    if not copy.state:
        form.add_error(None, "There is no copy of the facts here yet; test it on the history once.")
        return render(request, "definition/_backtest_trial.html", shown, status=422)
    share = 1.0 if "all" in request.GET else min(1.0, SAMPLE_FACTS / max(copy.facts, 1))
    kept = backtesting.newest_of(row)
    period = (kept.result["from"], kept.result["to"]) if kept else (None, None)
    said = _tried(row, document, copy, share, period)
    shown |= {
        "said": said, "other": said["against"], "sampled": share < 1,
        "goes_on": share < 1 and copy.facts <= ALL_AT_ONCE,
        "may_draft": rights.may(request.user, "draft"), "changed": document != row.document,
    }  # fmt: skip
    return render(request, "definition/_backtest_trial.html", shown)


def _tried(row, document: dict, copy: Copy, share: float, period) -> dict:
    """The values on the sliders beside the text as it is."""
    first, last = (date.fromisoformat(day) if day else None for day in period)
    asked = backtesting.question(document, row.document, first, last, share=share)
    work = settings.HOME / "studies"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work, prefix="trial-") as aside:
        return run(asked, copy, settings.HOME.__class__(aside), 0)


@allowed("draft")
@require_POST
def values(request, number):
    """Keep the text with the sliders' values as a new draft."""
    row = get_definition_for(request.user, number)
    form = SliderForm(request.POST, definition=row.policy)
    if not form.is_valid():
        toasts.tell(request, "These values make no definition; move the sliders again.")
        return redirect("definition-backtest", row.number)
    made = Definition.draft(with_values(row.document, form.cleaned_data), by=request.user, based_on=row)
    toasts.tell(request, f"Draft {made.number} is kept. It binds nobody until both sides have signed it.")
    return redirect("definition-backtest", made.number)


urlpatterns = [
    path("definition/<int:number>/backtest/", backtest, name="definition-backtest"),
    path("definition/<int:number>/backtest/progress/", progress, name="definition-backtest-progress"),
    path("definition/<int:number>/backtest/trial/", trial, name="definition-backtest-trial"),
    path("definition/<int:number>/backtest/values/", values, name="definition-backtest-values"),
]
