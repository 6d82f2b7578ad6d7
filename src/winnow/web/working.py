"""Working a lead: its page, touches, the opportunity and how it ends."""

import re
from datetime import date, datetime, time, timedelta

from django import forms
from django.db import IntegrityError, transaction
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from winnow.leads import rights
from winnow.leads.audit import AuditEntry
from winnow.leads.clock import now
from winnow.leads.cycle import WrongStage, words
from winnow.leads.day import clock_of, owed
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.lead import Touch
from winnow.leads.opportunity import Changed
from winnow.leads.story import RESULTS as RESULT_WORDS
from winnow.web import toasts, wording
from winnow.web.access import get_lead_for, get_opportunity_for, require, signed_in
from winnow.web.handoffs import FAR, ReasonField
from winnow.web.onward import back, onward
from winnow.web.portrait import portrait
from winnow.web.qualify import first_asked, half_life_days

NOTE = 2000
MOST_CENTS = 10**14
AMOUNT = re.compile(r"(?:\d{1,3}(?:[, '’]\d{3})+|\d+)(?:\.\d{1,2})?", re.ASCII)
KINDS = [("call", "Call"), ("mail", "Mail"), ("meeting", "Meeting"), ("visit", "Visit"), ("post", "Letter")]
RESULTS = [
    ("spoke", "We spoke"), ("met", "We met"), ("replied", "They replied"), ("no_answer", "No answer"),
    ("message_left", "Left a message"), ("sent", "Sent"), ("wrong_person", "Wrong person"),
]  # fmt: skip
LOST = [
    ("", "Choose a reason"), ("no_budget", "No budget after all"), ("no_decision", "They decided nothing"),
    ("competitor", "Somebody else won it"), ("price", "Price"), ("fit", "We lack what they need"),
    ("timing", "Not now"), ("gone", "Our person left"), ("other", "Something else"),
]  # fmt: skip


class AmountField(forms.CharField):
    """An amount of money as people write it, as whole cents."""

    def __init__(self, **more):
        super().__init__(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more)

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        if not AMOUNT.fullmatch(text):
            raise forms.ValidationError("That is no amount. Write 40000 or 40,000.00.")
        units, _, cents = re.sub(r"[, '’]", "", text).partition(".")
        found = int(units) * 100 + int((cents + "00")[:2])
        if found > MOST_CENTS:
            raise forms.ValidationError("That is more than can be kept; write it in whole thousands less.")
        return found


class DayField(forms.DateField):
    """A day to come."""

    def __init__(self, **more):
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}), **more)

    def clean(self, value):
        day = super().clean(value)
        if day is not None and not timezone.localtime(now()).date() <= day < FAR:
            raise forms.ValidationError("That day is over, or too far away; choose one to come.")
        return day


class TouchForm(forms.Form):
    """A contact that took place, and when the next one will be."""

    kind = forms.ChoiceField(label="What", choices=KINDS)
    result = forms.ChoiceField(label="How it went", choices=RESULTS, widget=forms.RadioSelect)
    note = forms.CharField(label="Note", max_length=NOTE, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    next_on = DayField(label="Next contact on", required=False, help_text="Left out: as the cadence says.")
    next_at = forms.TimeField(label="at", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    next_purpose = forms.CharField(
        label="Reason for the next contact", max_length=300, required=False, help_text="A different one each time."
    )


class StepForm(forms.Form):
    """When somebody will be contacted next, and why."""

    kind = forms.ChoiceField(label="What", choices=KINDS)
    next_on = DayField(label="On")
    next_at = forms.TimeField(label="at", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    next_purpose = forms.CharField(label="Reason for this contact", max_length=300)


class OpportunityForm(forms.Form):
    """What it is worth and when it should close."""

    amount = AmountField(label="Amount", required=False, help_text="Left out when nobody knows yet.")
    currency = forms.RegexField(r"[A-Z]{3}", label="Currency", initial="EUR", max_length=3)
    closes_on = DayField(label="Expected close", required=False)
    seen_amount = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=MOST_CENTS)
    seen_currency = forms.CharField(required=False, widget=forms.HiddenInput, max_length=3)
    seen_close = forms.DateField(required=False, widget=forms.HiddenInput)


class OutcomeForm(forms.Form):
    """Won with its final amount, or lost with the reason."""

    outcome = forms.ChoiceField(
        label="How it ended", choices=[("won", "Won"), ("lost", "Lost")], widget=forms.RadioSelect
    )
    amount = AmountField(label="Final amount", required=False, help_text="When won. Left out: as expected.")
    reason = forms.ChoiceField(label="Why it was lost", choices=LOST, required=False)

    def clean(self):
        found = super().clean()
        if found.get("outcome") == "lost" and not found.get("reason"):
            self.add_error("reason", "What was lost has a reason; choose the nearest one.")
        return found


class RecyclingForm(forms.Form):
    """Not ready after all: why, which clause failed, and from when it may come back."""

    def __init__(self, *args, definition, **kwargs):
        super().__init__(*args, **kwargs)
        recycled = [one for one in definition.policy.reasons if one.then == "recycled"]
        self.fields["reason"] = ReasonField(definition)
        codes = [(one.code, one.says or one.code) for one in recycled]
        self.fields["reason"].choices = [("", "Choose a reason"), *codes]
        self.fields["until"] = DayField(label="Again from", required=False, help_text="Left out: as the reason says.")


class DisqualificationForm(forms.Form):
    """Out of the funnel."""

    def __init__(self, *args, definition, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(definition)
        self.fields["lasting"] = forms.BooleanField(
            label="For good: also what they send later opens nothing", required=False
        )


# -- the page --------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def lead(request, lead_id):
    """Everything about one lead: whose it is, what is asked of them, the person behind it."""
    row = get_lead_for(request.user, lead_id)
    at = now()
    held = row.handoffs.select_related("rep", "given_by").order_by("-pk").first()
    shown = portrait(row.person, request.user, at=at, limit=20)
    stage = row.stage
    deal = row.opportunities.order_by("-pk").first()
    working = rights.may(request.user, "work", row) and row.closed_at is None and stage in ("accepted", "opportunity")
    shown |= {
        "lead": row, "stage": words(stage), "handoff": held, "deal": deal, "process": "handoff",
        "clock": clock_of(held, owed(Definition.in_force()), at) if held and not held.response else None,
        "here": reverse("lead", args=[row.pk]), "next_place": reverse("handoff"), "working": working,
        "may_respond": bool(held) and not held.response and not held.ended_at
        and rights.may(request.user, "respond", held),
        "may_give": stage == "ready" and row.closed_at is None and rights.may(request.user, "hand off"),
        "may_recall": stage == "handed_off" and rights.may(request.user, "recall"),
        "touches": _touches_made(row),
        "planned": Touch.objects.filter(cycle__lead=row, done_at=None, cancelled_at=None).first(),
        "asked_touches": row.definition.policy.touches, "handoffs": row.handoffs.select_related("rep")
        .order_by("-pk")[:10],
        "first_asked": first_asked(shown["dossier"]), "half_life_days": half_life_days(shown["definition"]),
    }  # fmt: skip
    return render(request, "lead/lead.html", shown)


def _touches_made(row):
    made = Touch.made_in(row.cycle).select_related("rep").order_by("-done_at")[:30]
    for touch in made:
        touch.result_words = RESULT_WORDS.get(touch.result, touch.result.replace("_", " "))
    return made


# -- the acts --------------------------------------------------------------------------------------------------------
def _mine(request, lead_id):
    """The lead, if this user may work it."""
    row = get_lead_for(request.user, lead_id)
    require(request.user, "work", row, what=f"{row.person} ({row.account})")
    if row.stage not in ("accepted", "opportunity"):
        way = "accept or reject it first" if row.stage == "handed_off" else "look again"
        raise WrongStage(f"{row.person} is {words(row.stage)}; {way}.")
    return row


def _act(request, name, row, form, **more):
    """A form as a part in its place for htmx, else as a page of its own; what was typed stays."""
    shown = {
        "lead": row, "form": form, "back": _here(request, row), "part": f"lead/_{name}.html", "process": "handoff",
    } | more  # fmt: skip
    template = shown["part"] if request.headers.get("HX-Request") else "lead/act.html"
    return render(request, template, shown, status=more.get("status") or (422 if form.errors else 200))


def _here(request, row):
    return back(request, reverse("lead", args=[row.pk]))


def _moment(day: date | None, at: time | None):
    """A day and a time where the reader is; nine in the morning when no time was given."""
    return datetime.combine(day, at or time(9), timezone.get_current_timezone()) if day else None


@signed_in
@require_http_methods(["GET", "POST"])
def touches(request, lead_id):
    """Log a contact and date the next one."""
    row = _mine(request, lead_id)
    planned = Touch.objects.filter(cycle__lead=row, done_at=None, cancelled_at=None).first()
    form = TouchForm(request.POST or None, initial={"kind": planned.kind if planned else "call"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        next_at = _moment(said["next_on"], said["next_at"])
        if next_at is not None and next_at <= now():
            form.add_error("next_at", "That time is over today; choose a later one.")
        else:
            made = Touch.log(
                row.person, kind=said["kind"], result=said["result"], note=said["note"], by=request.user,
                next_at=next_at, next_purpose=said["next_purpose"],
            )  # fmt: skip
            toasts.tell(request, f"Touch {made.number} with {row.person} is logged.")
            return onward(request, _here(request, row))
    return _act(request, "touch", row, form, planned=planned)


@signed_in
@require_http_methods(["GET", "POST"])
def next_step(request, lead_id):
    """Date the next contact of a lead that has none."""
    row = _mine(request, lead_id)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        at, due = now(), _moment(said["next_on"], said["next_at"])
        if due <= at:
            form.add_error("next_at", "That time is over today; choose a later one.")
        else:
            try:
                with transaction.atomic():
                    why = said["next_purpose"]
                    Touch.plan(row, rep=row.rep or request.user, at=at, due_at=due, kind=said["kind"], purpose=why)
            except IntegrityError:
                raise Refusal(f"Somebody dated the next contact with {row.person} just now; look again.") from None
            toasts.tell(request, f"{row.person}: {said['kind']} on {due:%-d %B}.")
            return onward(request, _here(request, row))
    return _act(request, "step", row, form)


@signed_in
@require_http_methods(["GET", "POST"])
def opportunity(request, lead_id):
    """Sales believes in it: amount and expected close. An open one is changed, if nobody else was first."""
    row = _mine(request, lead_id)
    deal = row.opportunities.filter(outcome="open").first()
    first = {}
    if deal is not None:
        shown = "" if deal.amount_cents is None else f"{deal.amount_cents / 100:.2f}"
        first = {
            "amount": shown, "currency": deal.currency, "closes_on": deal.closes_on,
            "seen_amount": deal.amount_cents, "seen_currency": deal.currency, "seen_close": deal.closes_on,
        }  # fmt: skip
    form = OpportunityForm(request.POST or None, initial=first)
    if request.method != "POST" or not form.is_valid():
        return _act(request, "opportunity", row, form, deal=deal)
    said = form.cleaned_data
    amount, currency, close = said["amount"], said["currency"], said["closes_on"]
    if deal is None:
        row.open_opportunity(amount_cents=amount, currency=currency, closes_on=close, by=request.user)
        toasts.tell(request, f"{row.person} is an opportunity of {wording.money(amount, currency)}.")
        return onward(request, _here(request, row))
    keep = request.POST.get("keep", "")
    seen = (said["seen_amount"], said["seen_currency"] or deal.currency, said["seen_close"])
    if keep == "theirs":
        toasts.tell(request, "The other version stands.")
        return onward(request, _here(request, row))
    try:
        deal.revise(amount_cents=amount, currency=currency, closes_on=close, seen=seen, by=request.user)
    except Changed:
        if deal.outcome != "open":
            raise
        return _conflict(request, row, deal, said)
    toasts.tell(request, f"The opportunity is {wording.money(amount, currency)} now.")
    return onward(request, _here(request, row))


def _conflict(request, row, deal, said):
    """Who else changed it, with both versions beside each other; yours is sent again on what stands now."""
    entry = AuditEntry.objects.filter(noun="opportunity", noun_id=deal.pk).select_related("by").order_by("-pk").first()
    rows = [
        ("Amount", wording.money(said["amount"], said["currency"]), wording.money(deal.amount_cents, deal.currency)),
        ("Expected close", said["closes_on"] or "unknown", deal.closes_on or "unknown"),
    ]
    kept = {
        "amount": "" if said["amount"] is None else f"{said['amount'] / 100:.2f}", "currency": said["currency"],
        "closes_on": said["closes_on"] or "", "seen_currency": deal.currency, "seen_close": deal.closes_on or "",
        "seen_amount": "" if deal.amount_cents is None else deal.amount_cents, "back": _here(request, row),
    }  # fmt: skip
    who = str(entry.by) if entry and entry.by else "Somebody"
    at = f"{timezone.localtime(entry.at):%H:%M}" if entry else "just now"
    form = OpportunityForm()
    return _act(
        request, "conflict", row, form, who=who, at=at, rows=rows, kept=kept, status=409,
        action=reverse("lead-opportunity", args=[row.pk]),
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "POST"])
def outcome(request, opportunity_id):
    """Won or lost."""
    deal = get_opportunity_for(request.user, opportunity_id)
    require(request.user, "work", deal, what=f"The opportunity at {deal.account}")
    if deal.lead is None:
        raise Refusal(f"Opportunity {deal.pk} was imported; the system it came from says how it ended.")
    row = get_lead_for(request.user, deal.lead_id)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if deal.outcome != "open":
            raise Changed(f"{str(deal).capitalize()} is {deal.outcome} already; look again.")
        if said["outcome"] == "won":
            row.win(by=request.user, amount_cents=said["amount"])
            toasts.tell(request, f"Won: {row.account}.")
        else:
            row.lose(by=request.user, reason=said["reason"])
            toasts.tell(request, f"Lost: {row.account}, {dict(LOST)[said['reason']].lower()}.")
        return onward(request, _here(request, row))
    return _act(request, "outcome", row, form, deal=deal)


@signed_in
@require_http_methods(["GET", "POST"])
def recycling(request, lead_id):
    """Not ready after all: back to nurturing in the next cycle, with a reason and a date."""
    row = _mine(request, lead_id)
    form = RecyclingForm(request.POST or None, definition=row.definition)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        reason = row.definition.policy.reason(said["reason"])
        at = now()
        until = _moment(said["until"], None) or at + timedelta(days=max(reason.wait_days, 1))
        row.recycle(reason=reason.code, clause=reason.clause, until=until, by=request.user)
        toasts.tell(request, f"{row.person} is nurtured again, until {until:%-d %B %Y} at least.")
        return onward(request, back(request, reverse("handoff")))
    return _act(request, "recycling", row, form)


@signed_in
@require_http_methods(["GET", "POST"])
def disqualification(request, lead_id):
    """Out of the funnel, with the reason."""
    row = _mine(request, lead_id)
    form = DisqualificationForm(request.POST or None, definition=row.definition)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        row.disqualify(reason=said["reason"], lasting=said["lasting"], by=request.user)
        toasts.tell(request, f"{row.person} is disqualified.")
        return onward(request, back(request, reverse("handoff")))
    return _act(request, "disqualification", row, form)


urlpatterns = [
    path("leads/<int:lead_id>/", lead, name="lead"),
    path("leads/<int:lead_id>/touches/", touches, name="lead-touches"),
    path("leads/<int:lead_id>/next-step/", next_step, name="lead-step"),
    path("leads/<int:lead_id>/opportunity/", opportunity, name="lead-opportunity"),
    path("leads/<int:lead_id>/recycling/", recycling, name="lead-recycling"),
    path("leads/<int:lead_id>/disqualification/", disqualification, name="lead-disqualification"),
    path("opportunities/<int:opportunity_id>/outcome/", outcome, name="opportunity-outcome"),
]
