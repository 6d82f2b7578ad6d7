"""What the hygiene audit asks, and the repairs that a question has: an owner, a close, a spelling."""

from dataclasses import dataclass

from django import forms
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.errors import Refusal
from winnow.leads.opportunity import Opportunity, Product
from winnow.leads.reassigning import give_opportunity, reassign, same_product, write_off
from winnow.leads.user import User
from winnow.review.audit import QUESTIONS, Example, Finding, findings
from winnow.web import toasts
from winnow.web.access import allowed, get_lead_for, get_opportunity_for, require
from winnow.web.onward import back, onward
from winnow.web.working import LOST

FEW = 5
MANY = 200

NAMES = {
    "no_owner": "Belongs to nobody", "owner_unknown": "Owner without a log-in", "owner_gone": "Owner has left",
    "no_next_step": "No next step", "stale": "Nothing happens", "dead_not_closed": "Over, and not closed",
    "further_than_stage": "Further than its stage says", "wasted_prospect": "Fits, and nobody looks after them",
    "duplicate": "Perhaps twice", "recreated_for_credit": "Entered again", "gamed": "Unlike chance",
    "no_account": "No account", "unknown_product": "Product on no list", "undated": "No date",
    "older_than_longest_won": "Older than any win", "impossible_dates": "Dates that can’t be",
}  # fmt: skip


@dataclass(frozen=True)
class Repair:
    """One way to settle an example: words and address; `posts` what a button sends, empty for a link to a form."""

    words: str
    url: str
    posts: str = ""


def reps():
    """Who can be given work."""
    return User.objects.filter(is_active=True, role__in=("rep", "manager")).order_by("name")


@allowed("see hygiene")
@require_GET
def hygiene(request):
    """All questions with a few examples of each, or one of them with many."""
    kind = request.GET.get("kind", "")
    if kind and kind not in QUESTIONS:
        raise Http404
    kinds = {kind} if kind else None
    found = findings(user=request.user, kinds=kinds, examples=MANY if kind else FEW)
    here = request.get_full_path()
    products = _right_products(found)
    questions = [
        {
            "kind": one.kind, "name": NAMES[one.kind], "count": one.count, "text": one.text,
            "more": one.count > len(one.examples) and not kind,
            "rows": [(example, _place(example), _repairs(request.user, one, example, here, products))
                     for example in one.examples],
        }
        for one in found
    ]  # fmt: skip
    shown = {"questions": questions, "kind": kind, "many": MANY, "here": here, "process": "review"}
    return render(request, "review/hygiene.html", shown)


def _place(example: Example) -> str:
    """The page of what an example is about, where there is one."""
    names = {"lead": "lead", "person": "person", "account": "account"}
    if example.noun in names and example.id:
        return reverse(names[example.noun], args=[example.id])
    return ""


def _right_products(found: list[Finding]) -> dict[int, Product]:
    """For each product that is on no list the one that is meant by the same letters."""
    asked = [example.id for one in found if one.kind == "unknown_product" for example in one.examples]
    listed = {_letters(product.code): product for product in Product.objects.filter(known=True)}
    wrong = Product.objects.filter(pk__in=asked)
    return {one.pk: listed[_letters(one.code)] for one in wrong if _letters(one.code) in listed}


def _letters(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


NEEDS = {"lead-handoff": "hand off", "lead-owner": "hand off", "product-spelling": "sort"}
"""What a repair needs besides the right to repair: leads are worked, given or sorted by whoever may do that anyway."""


def _repairs(user, found: Finding, example: Example, here: str, products: dict[int, Product]) -> list[Repair]:
    """What this user can do about it, the likeliest first."""
    match example.noun, found.kind:
        case "lead", "no_owner":
            ways = [("Hand off", "lead-handoff")]
        case "lead", "owner_gone":
            ways = [("Give to another", "lead-owner")]
        case "lead", "no_next_step" | "stale":
            ways = [("Date a step", "lead-step"), ("Recycle", "lead-recycling")]
        case "lead", "further_than_stage":
            ways = [("Opportunity", "lead-opportunity")]
        case "lead", _:
            ways = [("Recycle", "lead-recycling"), ("Disqualify", "lead-disqualification")]
        case "opportunity", "no_owner" | "owner_gone":
            ways = [("Give an owner", "opportunity-owner"), ("Close", "opportunity-closing")]
        case "opportunity", "no_account" | "impossible_dates":
            ways = []
        case "opportunity", _:
            ways = [("Close", "opportunity-closing"), ("Give an owner", "opportunity-owner")]
        case "product", _ if example.id in products:
            right = products[example.id]
            if rights.may(user, "sort"):
                return [Repair(f"It is {right.code}", reverse("product-spelling", args=[example.id]), str(right.pk))]
            ways = []
        case _:
            ways = []
    return [
        Repair(words, f"{reverse(name, args=[example.id])}?{urlencode({'back': here})}")
        for words, name in ways
        if rights.may(user, NEEDS.get(name, "work" if name.startswith("lead") else "repair hygiene"))
    ]


# -- repairs ---------------------------------------------------------------------------------------------------------
class OwnerForm(forms.Form):
    """Whom it belongs to from now on."""

    to = forms.ModelChoiceField(label="To", queryset=User.objects.none(), empty_label="Choose a rep")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = reps()


class CloseForm(forms.Form):
    """Why it is over."""

    reason = forms.ChoiceField(label="Why it is over", choices=LOST)


def _act(request, form, what: str, words: str, default: str):
    shown = {
        "form": form, "what": what, "words": words, "back": back(request, default), "process": "review",
    }  # fmt: skip
    return render(request, "review/act.html", shown, status=422 if form.errors else 200)


@allowed("hand off")
@require_http_methods(["GET", "POST"])
def lead_owner(request, lead_id):
    """Give a lead that sales has to another rep."""
    lead = get_lead_for(request.user, lead_id)
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = reassign(lead, to=form.cleaned_data["to"], by=request.user)
        toasts.tell(request, f"{lead.person} is with {made.rep} now.")
        return onward(request, back(request, reverse("lead", args=[lead.pk])))
    return _act(request, form, f"Who works {lead.person} at {lead.account} from now on?", "Give", reverse("hygiene"))


def _deal(request, opportunity_id: int) -> Opportunity:
    deal = get_opportunity_for(request.user, opportunity_id)
    if deal.lead_id is not None:
        require(request.user, "work", deal, what=f"The opportunity at {deal.account}")
    return deal


@allowed("repair hygiene")
@require_http_methods(["GET", "POST"])
def opportunity_owner(request, opportunity_id):
    """Give an opportunity an owner."""
    deal = _deal(request, opportunity_id)
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        give_opportunity(deal, to=form.cleaned_data["to"], by=request.user)
        toasts.tell(request, f"{_called(deal)} belongs to {form.cleaned_data['to']} now.")
        return onward(request, back(request, reverse("hygiene")))
    return _act(request, form, f"Who works {_called(deal)} from now on?", "Give", reverse("hygiene"))


@allowed("repair hygiene")
@require_http_methods(["GET", "POST"])
def opportunity_closing(request, opportunity_id):
    """Close an opportunity that is over."""
    deal = _deal(request, opportunity_id)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        write_off(deal, reason=form.cleaned_data["reason"], by=request.user)
        toasts.tell(request, f"{_called(deal)} is closed.")
        return onward(request, back(request, reverse("hygiene")))
    return _act(request, form, f"Close {_called(deal)}", "Close it", reverse("hygiene"))


def _called(deal: Opportunity) -> str:
    return f"{deal.product or 'the opportunity'} at {deal.account}" if deal.account.name else f"opportunity {deal.pk}"


@allowed("sort")
@require_POST
def product_spelling(request, product_id):
    """A spelling that is on no list is a product of the list."""
    wrong = Product.objects.filter(pk=product_id).first()
    if wrong is None:
        raise Http404
    right = request.POST.get("right", "")
    meant = Product.objects.filter(pk=min(int(right), 2**62)).first() if right.isdigit() else None
    if meant is None:
        raise Refusal(f"Which product is {wrong}? Name one of the list.")
    moved = same_product(wrong, meant, by=request.user)
    toasts.tell(request, f"{wrong} is {meant}: {moved:,} opportunities say so now.")
    return onward(request, back(request, reverse("hygiene")))


urlpatterns = [
    path("review/hygiene/", hygiene, name="hygiene"),
    path("review/leads/<int:lead_id>/owner/", lead_owner, name="lead-owner"),
    path("review/opportunities/<int:opportunity_id>/owner/", opportunity_owner, name="opportunity-owner"),
    path("review/opportunities/<int:opportunity_id>/closing/", opportunity_closing, name="opportunity-closing"),
    path("review/products/<int:product_id>/spelling/", product_spelling, name="product-spelling"),
]
