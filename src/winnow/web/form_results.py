"""What a form brings, who stands behind each number, and two versions tested against each other on what sales got."""

from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.funnel import forms as figures
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.formtest import WINDOW_DAYS, FormTest, views_needed, weeks_needed
from winnow.web import toasts
from winnow.web.access import Http404, allowed
from winnow.web.builder import ContentForm, built, get_form
from winnow.web.onward import onward

WORDS = {
    "came": "Came in", "valid": "Valid", "invalid": "Not valid", "sent": "Sent the form", "qso": "Handed to sales",
    "accepted": "Accepted by sales", "won": "Won", "waiting": "Consent not confirmed yet",
    "confirmed": "Consent confirmed",
}


# -- figures ----------------------------------------------------------------------------------------------------------
@never_cache
@allowed("manage forms")
@require_GET
def hosted_form_figures(request: HttpRequest, form_id: int) -> HttpResponse:
    """How often it was shown, begun and sent, where people stop, and what became of those who sent it."""
    row = get_form(form_id)
    version = _number(request.GET.get("version", ""))
    found = figures.of_form(row, version)
    behind = reverse("hosted-form-people", args=[row.pk])
    tail = f"&version={version}" if version else ""
    shown = {
        "row": row, "found": found, "version": version, "behind": behind, "tail": tail, "here": "figures",
        "held_url": f"{reverse('held')}?form={row.code}",
        "urls": {name: f"{behind}?number={name}{tail}" for name in figures.NUMBERS},
    }  # fmt: skip
    return render(request, "capture/form_figures.html", shown)


@never_cache
@allowed("manage forms")
@require_GET
def hosted_form_people(request: HttpRequest, form_id: int) -> HttpResponse:
    """The people behind one number of a form."""
    row = get_form(form_id)
    number, field = request.GET.get("number", "came"), request.GET.get("field", "")[:80]
    version, page = _number(request.GET.get("version", "")), _number(request.GET.get("page", "")) or 1
    if number not in figures.NUMBERS:
        raise Http404
    asked, said = request.GET.get("asked", "")[:80], request.GET.get("said", "")[:400]
    found = figures.people(
        request.user, row, number, version=version, field=field, said=(asked, said) if asked else ("", ""), page=page
    )
    labels = {one["name"]: one["label"] for one in row.fields}
    what = [f"answered “{labels.get(field, field)}”"] if field else []
    what += [f"said “{said}”"] if asked and said else []
    what += [f"version {version}"] if version else []
    shown = {"row": row, "found": found, "title": WORDS[number], "what": ", ".join(what), "here": "figures"}
    return render(request, "capture/form_people.html", shown)


def _number(text: str) -> int | None:
    return int(text[:9]) if text.isdecimal() and int(text[:9]) else None


# -- two versions -----------------------------------------------------------------------------------------------------
class TestForm(forms.Form):
    """How large a difference is worth finding; by it the size of the test is said before it begins."""

    __test__ = False

    per_thousand = forms.DecimalField(
        label="Leads to sales per 1,000 showings now", min_value=0, max_value=900, decimal_places=3,
        help_text="As measured, where there is enough; else your own guess.",
    )  # fmt: skip
    more = forms.DecimalField(
        label="Smallest rise worth finding, per 1,000", min_value=Decimal("0.1"), max_value=900, decimal_places=3,
        help_text="The smaller, the longer the test.",
    )  # fmt: skip
    b = forms.TypedChoiceField(label="Version to test", coerce=int)

    def __init__(self, *args, versions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["b"].choices = [
            (one.number, f"version {one.number} of {one.made_at:%-d %B %Y}") for one in versions
        ]

    def clean(self):
        """Shares must lie between none and all."""
        found = super().clean()
        if {"per_thousand", "more"} <= found.keys() and found["per_thousand"] + found["more"] >= 1000:
            self.add_error("more", f"{found['per_thousand'] + found['more']} of 1,000 is more than all.")
        return found


@never_cache
@allowed("manage forms")
@require_http_methods(["GET", "POST"])
def hosted_form_test(request: HttpRequest, form_id: int) -> HttpResponse:
    """Say how large the test has to be (`act` work), begin it (POST `act` begin), and see how far it is."""
    row = get_form(form_id)
    at = now()
    tests = list(row.tests.order_by("-started_at"))
    for test in tests:
        _in_words(test, figures.result_of(test, at))
    before = figures.baseline(row, at, WINDOW_DAYS)
    versions = [one for one in row.versions.order_by("-number") if one.number != row.version]
    first = {"b": versions[0].number if versions else None, "more": 2}
    if before.rate is not None:
        first["per_thousand"] = round(before.rate * 1000, 3)
    form = TestForm(request.POST or None, versions=versions, initial=first)
    size = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        base, more = float(said["per_thousand"]) / 1000, float(said["more"]) / 1000
        if request.POST.get("act") == "begin":
            made = FormTest.start(
                row, said["b"], baseline=base, difference=more, weekly=before.weekly, by=request.user, at=at
            )
            toasts.tell(request, f"The test runs: {made.per_arm:,} showings of each version are needed.")
            return onward(request, reverse("hosted-form-test", args=[row.pk]))
        needed = views_needed(base, base + more)
        size = {"per_arm": needed, "weeks": weeks_needed(needed, before.weekly), "window": WINDOW_DAYS}
    running = tests[0] if tests and tests[0].ended_at is None else None
    shown = {
        "row": row, "tests": tests, "running": running, "before": before, "form": form, "size": size,
        "versions": versions, "window": WINDOW_DAYS, "here": "test",
    }  # fmt: skip
    return render(request, "capture/form_test.html", shown, status=422 if form.errors else 200)


def _in_words(test: FormTest, result: figures.TestResult) -> None:
    """Its figures as leads for sales of 1,000 showings."""
    test.result = result
    said = {"baseline": test.baseline, "difference": test.difference}
    if result.over:
        said |= {"more": result.more, "low": result.low, "high": result.high}
    for name, value in said.items():
        signed = "+" if name in ("more", "low", "high") else ""
        setattr(test, f"{name}_words", f"{value * 1000:{signed}.2f}")


@allowed("manage forms")
@require_POST
def hosted_form_test_end(request: HttpRequest, form_id: int) -> HttpResponse:
    """Stop the test and go on with one of the two."""
    row = get_form(form_id)
    test = row.tests.filter(ended_at=None).first()
    if test is None:
        raise Refusal(f"No test of “{row}” runs; look again.")
    test.end(keep=_number(request.POST.get("keep", "")) or 0, by=request.user, at=now())
    toasts.tell(request, f"The test is over; version {test.kept} goes on.")
    return onward(request, reverse("hosted-form-test", args=[row.pk]))


@never_cache
@allowed("manage forms")
@require_http_methods(["GET", "POST"])
def hosted_form_variant(request: HttpRequest, form_id: int) -> HttpResponse:
    """Write another version beside the one in force, to be tested against it."""
    row = get_form(form_id)

    def keep(said: dict) -> HttpResponse:
        made = row.draft(by=request.user, at=now(), **said)
        toasts.tell(request, f"Version {made.number} is kept. Nobody sees it until you begin the test.")
        return redirect("hosted-form-test", row.pk)

    shown = {"row": row, "title": f"{row.title}, another version", "do": "Keep it as another version", "here": "test"}
    return built(request, row, ContentForm, keep, shown)


urlpatterns = [
    path("capture/forms/<int:form_id>/figures/", hosted_form_figures, name="hosted-form-figures"),
    path("capture/forms/<int:form_id>/people/", hosted_form_people, name="hosted-form-people"),
    path("capture/forms/<int:form_id>/test/", hosted_form_test, name="hosted-form-test"),
    path("capture/forms/<int:form_id>/test/ending/", hosted_form_test_end, name="hosted-form-test-ending"),
    path("capture/forms/<int:form_id>/variant/", hosted_form_variant, name="hosted-form-variant"),
]
