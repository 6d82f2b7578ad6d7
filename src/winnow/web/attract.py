"""Campaigns with what they cost and brought; the content library with its gaps."""

from datetime import UTC, datetime, time

from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from winnow.leads.audit import audited
from winnow.leads.campaign import Campaign, Content, CostLine
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.rights import campaigns_visible_to, may
from winnow.policy.facts import CHANNELS, INTERESTS, PHASES
from winnow.web import toasts
from winnow.web.access import Http404, allowed, get_campaign_for, require, signed_in
from winnow.web.onward import onward

MOST_CENTS = 10**13


def _words(names) -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in names]


class CampaignForm(forms.Form):
    """A paid or counted source of inquiries."""

    name = forms.CharField(label="Name", max_length=120)
    channel = forms.ChoiceField(label="Channel", choices=_words(CHANNELS))
    interest = forms.ChoiceField(
        label="Interest", choices=_words(INTERESTS),
        help_text="Active: they come to us. Passive: their names are bought or shared.",
    )
    offer = forms.CharField(label="Offer", max_length=200, required=False)
    segment = forms.CharField(label="For whom", max_length=120, required=False)
    starts_on = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    currency = forms.RegexField(label="Currency", regex="^[A-Z]{3}$", initial="EUR", error_messages={
        "invalid": "A currency is three capitals, such as EUR."
    })
    goal_inquiries = forms.IntegerField(label="Goal: inquiries", min_value=0, max_value=10**7, required=False)
    goal_leads = forms.IntegerField(label="Goal: leads", min_value=0, max_value=10**7, required=False)

    def clean(self):
        """It can't end before it begins."""
        found = super().clean()
        if found.get("starts_on") and found.get("ends_on") and found["ends_on"] < found["starts_on"]:
            self.add_error("ends_on", f"{found['ends_on']:%-d %B %Y} lies before the beginning.")
        return found


class CostForm(forms.Form):
    """What the campaign cost on one day."""

    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(label="Amount", max_digits=13, decimal_places=2)
    what = forms.CharField(label="For what", max_length=200, required=False)


class ContentForm(forms.Form):
    """One piece of content."""

    title = forms.CharField(label="Title", max_length=200)
    code = forms.RegexField(
        label="Code", regex=r"^[\w.-]{1,120}$", help_text="Its weight stands in the definition under this code.",
        error_messages={"invalid": "Letters, digits, points, dashes and underscores alone."},
    )
    type = forms.CharField(label="Type", max_length=40, required=False, help_text="Case study, paper, webinar…")
    phase = forms.ChoiceField(label="Serves the phase", choices=_words(PHASES))
    persona = forms.CharField(label="Persona", max_length=60, required=False)
    pain = forms.CharField(label="Answers the pain", max_length=60, required=False)
    url = forms.CharField(label="Address", max_length=500, required=False)


# -- campaigns --------------------------------------------------------------------------------------------------------
@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def attract(request: HttpRequest) -> HttpResponse:
    """Campaigns in the order of what an accepted lead costs, never of inquiries; POST sets one up."""
    form = CampaignForm(request.POST or None)
    if request.method == "POST":
        require(request.user, "manage campaigns")
        if form.is_valid():
            said = form.cleaned_data
            code = said["name"].strip()
            try:
                with transaction.atomic():
                    made = Campaign.objects.create(code=code, created_at=now(), **said)
                    audited(request.user, "set up", made)
            except IntegrityError:
                form.add_error("name", f"“{code}” is another campaign's name; choose another.")
            else:
                toasts.tell(request, f"“{made}” is set up. It runs once it is launched.")
                return redirect("campaign", made.pk)
    shown = {
        "rows": _in_order(request.user), "form": form, "costs": may(request.user, "see costs"),
        "may_manage": may(request.user, "manage campaigns"),
    }
    return render(request, "attract/campaigns.html", shown, status=422 if form.errors else 200)


def _in_order(user) -> list[Campaign]:
    """Campaigns with what came of them, in the report's order; those without an inquiry at the end, newest first."""
    figures = _figures()
    place = {row["campaign"]: number for number, row in enumerate(figures)}
    found = list(campaigns_visible_to(user).order_by("-pk"))
    for campaign in found:
        number = place.get(campaign.name)
        campaign.figures = figures[number] if number is not None else None
    return sorted(found, key=lambda campaign: place.get(campaign.name, len(place)))


def _figures() -> list[dict]:
    """What came of each campaign, in the order of what an accepted lead costs."""
    from winnow.funnel import reports

    return reports.run("funnel", by="campaign").rows


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign; POST changes it."""
    row = get_campaign_for(request.user, campaign_id)
    names = tuple(CampaignForm.base_fields)
    form = CampaignForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    if request.method == "POST":
        require(request.user, "manage campaigns", row)
        if form.is_valid():
            Campaign.objects.filter(pk=row.pk).update(**form.cleaned_data)
            audited(request.user, "change", row)
            toasts.tell(request, f"“{form.cleaned_data['name']}” is kept.")
            return redirect("campaign", row.pk)
    return _campaign_page(request, row, form, CostForm(), status=422 if form.errors else 200)


def _campaign_page(request, row: Campaign, form, cost_form, status: int = 200) -> HttpResponse:
    figures = [one for one in _figures() if one["campaign"] == row.name]
    costs = may(request.user, "see costs")
    shown = {
        "row": row, "form": form, "cost_form": cost_form, "figures": figures[0] if figures else None, "costs": costs,
        "lines": CostLine.objects.filter(campaign=row, voided_at=None).order_by("-on", "-pk")[:200] if costs else [],
        "may_manage": may(request.user, "manage campaigns"), "in_force": Definition.in_force(),
        "events": row.events.order_by("-starts_on")[:20],
    }
    return render(request, "attract/campaign.html", shown, status=status)


@allowed("manage campaigns")
@require_POST
def campaign_launch(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Start it under the definition in force; without one it is refused, and there is no way around."""
    row = get_campaign_for(request.user, campaign_id)
    row.launch(by=request.user)
    toasts.tell(request, f"“{row}” runs since now, under {row.definition}.")
    return onward(request, reverse("campaign", args=[row.pk]))


@allowed("manage campaigns")
@require_POST
def campaign_costs(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Write down what it cost on a day."""
    row = get_campaign_for(request.user, campaign_id)
    form = CostForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        cents = int(said["amount"] * 100)
        if datetime.combine(said["on"], time(), UTC) > now().replace(year=now().year + 5):
            form.add_error("on", f"{said['on']:%-d %B %Y} lies too far ahead.")
        elif abs(cents) > MOST_CENTS:
            form.add_error("amount", f"{said['amount']} is larger than any campaign.")
        else:
            with transaction.atomic():
                CostLine.objects.create(
                    campaign=row, on=said["on"], amount_cents=cents, currency=row.currency, what=said["what"]
                )
                audited(request.user, "cost", row, f"{said['amount']} {row.currency} on {said['on']}")
            return onward(request, reverse("campaign", args=[row.pk]))
    names = tuple(CampaignForm.base_fields)
    return _campaign_page(
        request, row, CampaignForm(initial={name: getattr(row, name) for name in names}), form, status=422
    )


@allowed("manage campaigns")
@require_POST
def cost_withdrawal(request: HttpRequest, campaign_id: int, cost_id: int) -> HttpResponse:
    """A cost line was a mistake: it counts no more, and stays in the table."""
    row = get_campaign_for(request.user, campaign_id)
    line = CostLine.objects.filter(campaign=row, pk=cost_id, voided_at=None).first()
    if line is None:
        raise Refusal("That cost line counts no more; look again.")
    with transaction.atomic():
        CostLine.objects.filter(pk=line.pk).update(voided_at=now())
        audited(request.user, "withdraw cost", row, f"{line.amount_cents / 100:.2f} {line.currency} on {line.on}")
    return onward(request, reverse("campaign", args=[row.pk]))


# -- content ----------------------------------------------------------------------------------------------------------
@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def contents(request: HttpRequest) -> HttpResponse:
    """The content library, and which persona has nothing in which phase; POST adds a piece."""
    form = ContentForm(request.POST or None)
    if request.method == "POST":
        require(request.user, "manage content")
        if form.is_valid() and _keep(request, form, None):
            return redirect("contents")
    rows = list(Content.objects.order_by("title"))
    weights = _weights()
    for row in rows:
        row.weight = weights.get(row.code)
    shown = {
        "rows": rows, "form": form, "matrix": _matrix(rows), "phases": PHASES, "definition": Definition.in_force(),
        "may_manage": may(request.user, "manage content"),
    }
    return render(request, "attract/contents.html", shown, status=422 if form.errors else 200)


def _weights() -> dict[str, int]:
    """What each piece weighs in the definition in force: code -> milli-points."""
    definition = Definition.in_force()
    if definition is None:
        return {}
    return dict(definition.policy.content_points)


def _matrix(rows: list[Content]) -> list[tuple[str, list[list[Content]]]]:
    """Persona by phase; an empty cell is a gap."""
    personas = sorted({row.persona or "anybody" for row in rows})
    return [
        (persona, [[row for row in rows if (row.persona or "anybody") == persona and row.phase == phase]
                   for phase in PHASES])
        for persona in personas
    ]


@never_cache
@allowed("manage content")
@require_http_methods(["GET", "POST"])
def content(request: HttpRequest, content_id: int) -> HttpResponse:
    """One piece of content."""
    row = Content.objects.filter(pk=content_id).first()
    if row is None:
        raise Http404
    form = ContentForm(request.POST or None, initial={name: getattr(row, name) for name in ContentForm.base_fields})
    if request.method == "POST" and form.is_valid() and _keep(request, form, row):
        return redirect("contents")
    return render(request, "attract/content.html", {"row": row, "form": form}, status=422 if form.errors else 200)


def _keep(request, form: ContentForm, row: Content | None) -> bool:
    said = form.cleaned_data
    try:
        with transaction.atomic():
            if row is None:
                row = Content.objects.create(created_at=now(), **said)
            else:
                Content.objects.filter(pk=row.pk).update(**said)
            audited(request.user, "keep content", row, said["code"])
    except IntegrityError:
        form.add_error("code", f"“{said['code']}” is another piece's code; choose another.")
        return False
    toasts.tell(request, f"“{said['title']}” is in the library.")
    return True


urlpatterns = [
    path("attract/", attract, name="attract"),
    path("attract/campaigns/<int:campaign_id>/", campaign, name="campaign"),
    path("attract/campaigns/<int:campaign_id>/launch/", campaign_launch, name="campaign-launch"),
    path("attract/campaigns/<int:campaign_id>/costs/", campaign_costs, name="campaign-costs"),
    path("attract/campaigns/<int:campaign_id>/costs/<int:cost_id>/withdrawal/", cost_withdrawal,
         name="cost-withdrawal"),
    path("attract/content/", contents, name="contents"),
    path("attract/content/<int:content_id>/", content, name="content"),
]
