"""Two records side by side, merged or left apart; the way back; moving to another account."""

from dataclasses import dataclass

from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from winnow.leads import merging
from winnow.leads.account import Account
from winnow.leads.cycle import Cycle
from winnow.leads.doubt import Doubt
from winnow.leads.find import find
from winnow.leads.inquiry import Inquiry, active_share
from winnow.leads.merging import same_account
from winnow.leads.person import Person, same_person
from winnow.web import toasts
from winnow.web.access import (
    Http404,
    Moved,
    allowed,
    get_account_for,
    get_merge_for,
    get_person_for,
    require,
)
from winnow.web.onward import back, onward

PERSON_ROWS = (
    ("Name", "name"), ("Address", "email"), ("Telephone", "phone"), ("Title", "title"), ("Account", "account"),
    ("Country", "country"), ("With", "owner"), ("Known since", "created_at"),
)  # fmt: skip
ACCOUNT_ROWS = (
    ("Name", "name"), ("Domain", "domain"), ("Industry", "industry"), ("People there", "employees"),
    ("Country", "country"), ("With", "owner"), ("Known since", "created_at"),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One thing about both records; `differs` when both say something, and not the same."""

    label: str
    left: object
    right: object

    @property
    def differs(self) -> bool:
        return self.left not in ("", None) and self.right not in ("", None) and self.left != self.right


@allowed("merge")
@require_http_methods(["GET", "POST"])
def person_merge(request, person_id):
    """A person beside another: are they one?"""
    person = get_person_for(request.user, person_id)
    return _merge(request, person, "person", get_person_for, PERSON_ROWS, merging.merge_people)


@allowed("merge")
@require_http_methods(["GET", "POST"])
def account_merge(request, account_id):
    """An account beside another: are they one firm?"""
    account = get_account_for(request.user, account_id)
    return _merge(request, account, "account", get_account_for, ACCOUNT_ROWS, merging.merge_accounts)


def _merge(request, row, noun: str, get, lines, merge):
    require(request.user, "merge", row)
    asked = (request.POST if request.method == "POST" else request.GET).get("other", "").strip()
    other, trouble = None, ""
    if asked.isdigit():
        try:
            other = get(request.user, min(int(asked), 2**62))
        except (Http404, Moved):
            trouble = f"There is no {noun} {asked} here, or it is part of another already. Find the right one below."
        if other == row:
            other, trouble = None, f"{row} can’t be merged with itself. Choose another."
    elif asked:
        trouble = f"“{asked[:40]}” is no number of a {noun}. Find the right one below."
    if request.method == "POST" and other is not None:
        made = merge(row, other, by=request.user, why=request.POST.get("why", "").strip())
        gone = other if made.other_id == other.pk else row
        toasts.tell(
            request, f"{gone} ({made.other_id}) is part of {made.kept_id} from now on.",
            undo=reverse("merge-undoing", args=[made.pk]),
        )  # fmt: skip
        return onward(request, back(request, reverse(noun, args=[made.kept_id])))
    if request.method == "POST":
        trouble = trouble or f"Say which {noun} it is the same as."
    text = request.GET.get("q", "").strip()[:100]
    hits = find(request.user, text or str(row)) if other is None else None
    found = [one for one in (hits.people if noun == "person" else hits.accounts) if one != row] if hits else []
    shown = {
        "row": row, "other": other, "noun": noun, "trouble": trouble, "q": text, "found": found, "process": "qualify",
        "place": reverse(f"{noun}-merge", args=[row.pk]), "back": back(request, reverse(noun, args=[row.pk])),
        "onward": back(request, ""),
    }  # fmt: skip
    if other is not None:
        kept, gone = sorted((row, other), key=lambda one: one.pk)
        doubt = Doubt.objects.filter(noun=noun, low_id=kept.pk, high_id=gone.pk, apart_at=None).first()
        shown |= {"kept": kept, "gone": gone, "lines": _side_by_side(kept, gone, lines), "doubt": doubt}
        shown["apart"] = reverse(f"{noun}-apart", args=[row.pk])
    return render(request, "people/merge.html", shown, status=422 if request.method == "POST" else 200)


def _side_by_side(kept, gone, lines) -> list[Line]:
    shown = [Line(label, getattr(kept, name), getattr(gone, name)) for label, name in lines]
    return [*shown, *(Line(label, left, right) for label, left, right in _counted(kept, gone))]


def _how_many(inquiries) -> str:
    found = active_share(inquiries)
    return f"{found['all']}, {found['active']} of them active" if found["all"] else "0"


def _counted(kept, gone):
    if isinstance(kept, Account):
        mine = [same_account(one) for one in (kept, gone)]
        yield "People", *(Person.objects.filter(account__in=them, merged_into=None).count() for them in mine)
        yield "Inquiries", *(_how_many(Inquiry.objects.filter(account__in=them, voided_at=None)) for them in mine)
        return
    both = [Inquiry.objects.filter(person__in=same_person(one), voided_at=None) for one in (kept, gone)]
    yield "Inquiries", *map(_how_many, both)
    yield "Last one", *(rows.order_by("-captured_at").values_list("captured_at", flat=True).first() for rows in both)
    cycles = [Cycle.last_of(one) for one in (kept, gone)]
    yield "Stands at", *(cycle.stage.replace("_", " ") if cycle else "" for cycle in cycles)


@allowed("merge")
@require_POST
def merge_undoing(request, merge_id):
    """Take a merge back, completely."""
    made = get_merge_for(request.user, merge_id)
    require(request.user, "merge", made)
    notes = merging.unmerge(made, by=request.user)
    said = " ".join([f"{made.kept_id} and {made.other_id} are two again.", *notes])
    toasts.tell(request, said)
    return onward(request, reverse(made.noun, args=[made.other_id]))


@allowed("merge")
@require_http_methods(["GET", "POST"])
def person_account(request, person_id):
    """Somebody belongs to another account: found by name, and moved there."""
    person = get_person_for(request.user, person_id)
    require(request.user, "merge", person)
    text = (request.POST if request.method == "POST" else request.GET).get("q", "").strip()[:100]
    wanted = request.POST.get("account", "")
    if request.method == "POST" and wanted.isdigit():
        account = get_account_for(request.user, min(int(wanted), 2**62))
        merging.move_person(person, account, by=request.user)
        toasts.tell(request, f"{person} belongs to {account} from now on.")
        return onward(request, reverse("person", args=[person.pk]))
    found = [one for one in find(request.user, text).accounts if one.pk != person.account_id] if text else []
    shown = {"person": person, "q": text, "found": found, "process": "qualify"}
    return render(request, "people/move.html", shown, status=422 if request.method == "POST" else 200)


urlpatterns = [
    path("people/<int:person_id>/merge/", person_merge, name="person-merge"),
    path("people/<int:person_id>/account/", person_account, name="person-account"),
    path("accounts/<int:account_id>/merge/", account_merge, name="account-merge"),
    path("merges/<int:merge_id>/undoing/", merge_undoing, name="merge-undoing"),
]
