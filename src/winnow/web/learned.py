"""The learned proposal: what this firm's own outcomes would make of the points, and what that is worth."""

from django import forms
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.study import Study
from winnow.policy.differing import named
from winnow.policy.words import called
from winnow.studies import learned
from winnow.web import toasts, wording
from winnow.web.access import allowed, require
from winnow.web.learned_pictures import calibration

AIMS = (("won", "Who is won"), ("accepted", "Whom sales accepts"))


class AskForm(forms.Form):
    """What is to be learned, and by when it has to be known."""

    aim = forms.ChoiceField(label="Learn", choices=AIMS)
    days = forms.IntegerField(label="Days after it began", min_value=0, max_value=learned.MOST_DAYS, initial=14)


@allowed("see reports")
@require_http_methods(["GET", "POST"])
def proposal(request):
    """The last study and what it proposes; posting asks for another, which the worker does."""
    form = AskForm(request.POST or None, initial={"aim": "won", "days": 14})
    status = 200
    if request.method == "POST":
        require(request.user, "run studies")
        if form.is_valid():
            asked = learned.checked(form.cleaned_data["aim"], form.cleaned_data["days"])
            Study.ask(learned.NAME, asked | {"base": learned.base_definition().pk}, by=request.user)
            toasts.tell(request, "Winnow learns from the history now. This page can be left.")
            return redirect("definition-learned")
        status = 422
    shown = _shown(request) | {"form": form}
    return render(request, "definition/learned.html", shown, status=status)


def _shown(request) -> dict:
    done, last = Study.newest(learned.NAME), Study.objects.filter(name=learned.NAME).order_by("-asked_at").first()
    in_force = Definition.in_force()
    newest = Definition.objects.order_by("-number").values_list("number", flat=True).first()
    shown = {
        "here": "learned", "process": "", "study": done, "running": Study.running(learned.NAME), "in_force": in_force,
        "newest": newest, "failed": last.failed if last and last.failed else "",
        "may_run": rights.may(request.user, "run studies"), "may_draft": rights.may(request.user, "draft"),
    }  # fmt: skip
    return shown | (_told(done) if done else {})


def _told(study) -> dict:
    """The account as the page says it."""
    said = study.result
    told = {"said": said, "came": said["aim"], "as_of": parse_datetime(said["as_of"]), "aim": learned.AIMS[said["aim"]]}
    if said.get("calibration"):
        told["calibration"] = calibration(said["calibration"])
    if said["proposal"]:
        told["changes"] = [
            {**one, "clause": named(one["clause"]), "before": _value(one["before"]), "after": _value(one["after"])}
            for one in said["proposal"]["changes"]
        ]  # fmt: skip
    told["columns"] = [_card_column(one) for one in said.get("points") or ()]
    told["shares"] = [
        {**one, "column": called(one["column"]), "value": _codes(one["column"], one["value"])}
        for one in said.get("shares") or ()
    ]  # fmt: skip
    return told


def _codes(column: str, text: str) -> str:
    """What a band or a value holds, in words; a band of several names them one after the other."""
    return ", ".join(called(code, column) for code in (text or "").split(", "))


def _value(value) -> str:
    """A value of the document as people say it; a dash for none."""
    if value is None:
        return wording.MINUS
    if isinstance(value, dict):
        span = " to ".join(f"{value[name]:,}" for name in ("at_least", "at_most") if name in value)
        return f"{value.get('points', '')} for {', '.join(map(called, value.get('any_of', ()))) or span}"
    if isinstance(value, list):
        rules = value and isinstance(value[0], dict)
        return "; ".join(map(_rule, value)) if rules else ", ".join(called(str(one)) for one in value)
    return called(value) if isinstance(value, str) else str(value)


def _rule(rule) -> str:
    """A rule of grades: "B: size and 2 of industry, role"."""
    asked = [", ".join(map(called, rule["every"]))] if rule.get("every") else []
    asked += [f"{rule['at_least']} of {', '.join(map(called, rule['some']))}"] if rule.get("some") else []
    return f"{rule['grade']}: {' and '.join(asked)}"


def _card_column(one) -> dict:
    most = max(band["points"] for band in one["bands"])
    bands = [{**band, "band": _codes(one["column"], band["band"])} for band in one["bands"]]
    return {"name": called(one["column"]), "most": most, "bands": bands, "otherwise": one["otherwise"]}


@allowed("see reports")
@require_GET
def progress(request):
    """How far the study is, asked again while it runs."""
    running = Study.running(learned.NAME)
    answer = render(request, "definition/_learned_progress.html", {"running": running})
    if running is None:
        answer["HX-Refresh"] = "true"
    return answer


@allowed("draft")
@require_POST
def draft(request):
    """Make a draft of the proposal, which people discuss, change and sign like any other."""
    study = Study.newest(learned.NAME)
    if study is None or str(study.pk) != request.POST.get("study", ""):
        raise Refusal("Another study was finished since this page was shown; look at what it proposes first.")
    made = learned.propose(study, by=request.user)
    toasts.tell(request, f"Draft {made.number} is kept. It binds nobody until both sides have signed it.")
    return redirect("definition-version", made.number)


urlpatterns = [
    path("definition/learned/", proposal, name="definition-learned"),
    path("definition/learned/progress/", progress, name="definition-learned-progress"),
    path("definition/learned/draft/", draft, name="definition-learned-draft"),
]
