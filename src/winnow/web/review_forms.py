"""The forms of the review: how a line ends, and what is promised."""

from dataclasses import dataclass
from datetime import datetime, time

from django import forms
from django.utils import timezone

from winnow.leads.meeting import ReviewLine
from winnow.leads.user import User
from winnow.web.hygiene import reps
from winnow.web.working import KINDS, LOST, AmountField, DayField


class EndForm(forms.Form):
    """What all endings share: a note for the minutes."""

    note = forms.CharField(label="Note", max_length=2000, required=False)

    def __init__(self, *args, line, **kwargs):
        super().__init__(*args, **kwargs)
        self.line = line
        self.order_fields([name for name in self.fields if name != "note"])

    def said(self) -> dict:
        """What `close_line` is called with."""
        return {"note": self.cleaned_data["note"]}


class StepFields(forms.Form):
    """When the next contact is, and why."""

    next_on = DayField(label="Next contact on")
    next_at = forms.TimeField(label="at", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    kind = forms.ChoiceField(label="What", choices=KINDS)
    purpose = forms.CharField(label="Why then", max_length=300, required=False)

    def step(self) -> dict:
        """The step as `close_line` takes it."""
        found = self.cleaned_data
        when = moment_of(found.get("next_on"), found.get("next_at"))
        return {"next_at": when, "kind": found["kind"], "purpose": found["purpose"]}


class NextStep(EndForm, StepFields):
    """A dated next contact."""

    def said(self):
        return super().said() | self.step()


class OpportunityEnd(EndForm, StepFields):
    """Amount and expected close, and if known the next contact."""

    amount = AmountField(label="Amount", required=False)
    currency = forms.RegexField(r"[A-Z]{3}", label="Currency", initial="EUR", max_length=3)
    closes_on = DayField(label="Expected close", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["next_on"].required = False
        self.order_fields(["amount", "currency", "closes_on", "next_on", "next_at", "kind", "purpose", "note"])

    def said(self):
        found = self.cleaned_data
        deal = {"amount_cents": found["amount"], "currency": found["currency"], "closes_on": found["closes_on"]}
        return super().said() | self.step() | deal


class DealEnd(EndForm):
    """An open opportunity was won or lost."""

    how = forms.ChoiceField(label="How it ended", choices=[("won", "Won"), ("lost", "Lost")], widget=forms.RadioSelect)
    amount = AmountField(label="Final amount", required=False)
    reason = forms.ChoiceField(label="Why it was lost", choices=LOST, required=False)

    def clean(self):
        found = super().clean()
        if found.get("how") == "lost" and not found.get("reason"):
            self.add_error("reason", "What was lost has a reason; choose the nearest one.")
        return found

    def said(self):
        found = self.cleaned_data
        return super().said() | {"amount_cents": found["amount"], "reason": found["reason"]}


class GiveAway(EndForm):
    """To whom it goes."""

    to = forms.ModelChoiceField(label="To", queryset=User.objects.none(), empty_label="Choose a rep")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = reps().exclude(pk=self.line.rep_id)

    def said(self):
        return super().said() | {"to": self.cleaned_data["to"]}


class LetGo(EndForm):
    """The reason, of those that the lead's definition has for this."""

    then = ""
    reason = forms.ChoiceField(label="Reason")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        reasons = self.line.cycle.lead.definition.policy.reasons
        fitting = [(one.code, one.says or one.code) for one in reasons if one.then == self.then]
        self.fields["reason"].choices = [("", "Choose a reason"), *fitting]

    def said(self):
        return super().said() | {"reason": self.cleaned_data["reason"]}


class RecycleEnd(LetGo):
    """Back to nurturing, until a day."""

    then = "recycled"
    next_on = DayField(label="Again from", required=False, help_text="Left out: as the reason says.")

    def said(self):
        return super().said() | {"next_at": moment_of(self.cleaned_data["next_on"], None)}


class DisqualifyEnd(LetGo):
    """Out of the funnel."""

    then = "disqualified"
    lasting = forms.BooleanField(label="For good: also what they send later opens nothing", required=False)

    def said(self):
        return super().said() | {"lasting": self.cleaned_data["lasting"]}


@dataclass(frozen=True)
class Ending:
    """One way to end a line: its key, what stands on the button, and its form."""

    name: str
    key: str
    label: str
    hint: str
    form: type[EndForm]
    verb: str


ENDINGS = (
    Ending("next_step", "1", "Next step", "with a date", NextStep, "Date it"),
    Ending("opportunity", "2", "Opportunity", "amount, date", OpportunityEnd, "Open the opportunity"),
    Ending("deal", "2", "Won or lost", "amount, reason", DealEnd, "Close the opportunity"),
    Ending("reassigned", "3", "Give to another", "rep", GiveAway, "Give it"),
    Ending("recycled", "4", "Recycle", "until, reason", RecycleEnd, "Recycle"),
    Ending("disqualified", "5", "Disqualify", "reason", DisqualifyEnd, "Disqualify"),
    Ending("not_covered", "0", "Not covered", "first next week", EndForm, "Leave it for next week"),
)


def endings_of(line: ReviewLine) -> list[Ending]:
    """The six ways that this line can end."""
    other = "opportunity" if line.cycle.stage == "opportunity" else "deal"
    return [one for one in ENDINGS if one.name != other]


class PromiseForm(forms.Form):
    """Who promises what, until when."""

    text = forms.CharField(label="What is promised", max_length=300)
    by = forms.ModelChoiceField(label="By", queryset=User.objects.none(), empty_label=None)
    due_on = DayField(label="Until the end of")
    about = forms.BooleanField(label="About this lead", required=False)


def moment_of(day, at):
    """A day and a time where the reader is; nine in the morning when no time was given."""
    return datetime.combine(day, at or time(9), timezone.get_current_timezone()) if day else None


def end_of(day):
    """The last minute of a day where the reader is."""
    return datetime.combine(day, time(23, 59), timezone.get_current_timezone())
