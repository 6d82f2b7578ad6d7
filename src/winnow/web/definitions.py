"""The lead definition: the text that both sides sign, its versions, and how a draft is written."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import rights
from winnow.leads.definition import SIDES, Definition
from winnow.leads.errors import Refusal
from winnow.leads.lead import Lead
from winnow.policy.definition import DefinitionError, content_hash, parse
from winnow.policy.words import compared, document
from winnow.policy.writing import to_toml
from winnow.web import toasts
from winnow.web.access import allowed, get_definition_for, require, signed_in
from winnow.web.definition_form import CommonValues

MOST_TEXT = 200_000
COUNTED = 10_000
SHORT = {
    "1": "Valid inquiry", "2": "Whom we want", "3": "What counts", "4": "What must be known", "5": "What sales owes",
    "A": "Companies", "B": "Reject reasons", "C": "Recycling", "D": "Steps of people", "E": "Scenarios",
}  # fmt: skip


@dataclass
class Signing:
    """One side of the paper: who signed, or who may sign now."""

    side: str
    signature: object = None
    may_sign: bool = False
    waits_for: str = ""


class TextForm(forms.Form):
    """The whole document as TOML."""

    text = forms.CharField(
        label="The definition as text", max_length=MOST_TEXT, strip=False,
        widget=forms.Textarea(attrs={"rows": 34, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip

    def clean_text(self):
        try:
            found = tomllib.loads(self.cleaned_data["text"].replace("\r\n", "\n"))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise forms.ValidationError(f"This is not TOML: {error}.") from None
        try:
            parse(found)
        except DefinitionError as error:
            raise forms.ValidationError(str(error)) from None
        return found


# -- reading ---------------------------------------------------------------------------------------------------------
@signed_in
@require_GET
def definition(request):
    """The newest text: the draft that waits for signatures, else the one in force."""
    newest = Definition.objects.order_by("-number").first()
    if newest is None:
        shown = {"may_draft": rights.may(request.user, "draft"), "process": ""}
        return render(request, "definition/none.html", shown)
    in_force = Definition.in_force()
    waiting = newest.in_force_from is None
    return _paper(request, newest if waiting or in_force is None else in_force)


@signed_in
@require_GET
def version(request, number):
    """One version, beside the one before it or another."""
    row = get_definition_for(request.user, number)
    against = request.GET.get("against", "")
    other = get_definition_for(request.user, int(against)) if against.isdigit() and len(against) < 9 else None
    return _paper(request, row, other)


def _paper(request, row, other=None):
    """The signed document: clauses in words, what changed, who signed."""
    in_force = Definition.in_force()
    before = other
    if before is None and row.in_force_from is None:
        before = in_force if in_force and in_force.number != row.number else row.based_on
    pages = compared(document(before.policy) if before else document(row.policy), document(row.policy))
    changes = {section.number: sum(one.kind != "same" for one in clauses) for section, clauses in pages}
    newest = Definition.objects.order_by("-number").values_list("number", flat=True).first()
    open_leads = Lead.objects.filter(definition=row, closed_at=None)[: COUNTED + 1].count()
    shown = {
        "row": row, "before": before, "pages": pages, "changed": sum(changes.values()),
        "toc": [(section.number, SHORT[section.number], changes[section.number]) for section, _ in pages],
        "signings": _signings(request.user, row, newest), "in_force": in_force, "newest": newest,
        "is_draft": row.in_force_from is None, "is_in_force": in_force is not None and in_force.pk == row.pk,
        "may_draft": rights.may(request.user, "draft"), "process": "",
        "may_withdraw": in_force is not None and in_force.pk == row.pk and rights.may(request.user, "withdraw"),
        "open_leads": open_leads, "over": open_leads > COUNTED, "title": row.policy.name,
        "superseded": row.in_force_from is None and newest != row.number,
    }  # fmt: skip
    return render(request, "definition/paper.html", shown)


def _signings(user, row, newest):
    given = {one.side: one for one in row.signatures.select_related("user")}
    others = {one.user_id for one in given.values()}
    found = []
    for side in SIDES:
        mine = getattr(user, "may_sign_for", "") == side and rights.may(user, "sign")
        fresh = row.in_force_from is None and row.withdrawn_at is None and newest == row.number
        people = [str(one) for one in rights.who_may("sign").filter(may_sign_for=side)[:4]]
        found.append(Signing(
            side, given.get(side), mine and fresh and side not in given and user.pk not in others,
            " or ".join(people) or f"nobody yet: an administrator lets somebody sign for {side}",
        ))  # fmt: skip
    return found


@signed_in
@require_GET
def versions(request):
    """All versions, newest first."""
    rows = Definition.objects.select_related("written_by").prefetch_related("signatures").order_by("-number")[:200]
    in_force = Definition.in_force()
    shown = {
        "rows": rows, "in_force": in_force, "process": "", "newest": rows[0].number if rows else 0,
        "may_draft": rights.may(request.user, "draft"),
    }  # fmt: skip
    return render(request, "definition/versions.html", shown)


@signed_in
@require_GET
def text(request, number):
    """A version as the text that can be edited and checked elsewhere."""
    row = get_definition_for(request.user, number)
    answer = HttpResponse(to_toml(row.document), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'inline; filename="definition-{row.number}.toml"'
    return answer


# -- writing ---------------------------------------------------------------------------------------------------------
@allowed("draft")
@require_http_methods(["GET", "POST"])
def draft(request):
    """Write a draft: by its common values, or as text. Checked before it is kept; keeping makes a new number."""
    newest = Definition.objects.order_by("-number").select_related("written_by").first()
    base = newest
    if request.GET.get("from", "").isdigit():
        base = get_definition_for(request.user, int(request.GET["from"][:9]))
    source = base.document if base else _starter()
    as_text = "text" in request.GET
    form = _form(request, as_text, source)
    made, status = None, 200
    if request.method == "POST":
        made, status = (_made(form, as_text), 200) if form.is_valid() else (None, 422)
        status = 422 if form.errors else status
        seen = request.POST.get("newest", "")
        if made and request.POST.get("do") == "keep":
            if base and content_hash(made) == base.hash:
                form.add_error(None, f"Nothing differs from version {base.number}, so nothing was kept.")
                status = 422
            elif newest and seen != str(newest.number):
                when = timezone.localtime(newest.created_at)
                who = newest.written_by or "Somebody"
                first = f"{who} kept draft {newest.number} at {when:%H:%M} while you wrote; yours doesn’t hold those"
                form.add_error(None, f"{first} changes. Look at it, or keep yours as the next draft all the same.")
                status = 409
            else:
                kept = Definition.draft(made, by=request.user, based_on=base)
                toasts.tell(request, f"Draft {kept.number} is kept. It binds nobody until both sides have signed it.")
                return redirect("definition-version", kept.number)
    shown = {
        "form": form, "as_text": as_text, "base": base, "newest": newest, "process": "", "source": source,
        "voided": newest.signatures.select_related("user") if newest and newest.in_force_from is None else [],
        "pages": _preview(base, made) if made else None, "number": (newest.number if newest else 0) + 1,
        "groups": None if as_text else list(form.groups()),
    }  # fmt: skip
    return render(request, "definition/draft.html", shown, status=status)


def _form(request, as_text, source):
    data = request.POST if request.method == "POST" else None
    if as_text:
        return TextForm(data, initial={"text": to_toml(source)})
    return CommonValues(data, document=source)


def _made(form, as_text):
    """The document that the form makes; None, with the error on the form, when it is no definition."""
    if as_text:
        return form.cleaned_data["text"]
    made = form.changed_document()
    try:
        parse(made)
    except DefinitionError as error:
        form.add_error(None, str(error))
        return None
    return made


def _preview(base, made):
    """The document as it would read, with only what differs from the version it was written from."""
    after = document(parse(made))
    pages = compared(document(base.policy) if base else after, after)
    if base is None:
        return pages
    return [(section, [one for one in clauses if one.kind != "same"]) for section, clauses in pages]


def _starter():
    """The definition to begin with."""
    return tomllib.loads(files("winnow.leads").joinpath("starter.toml").read_text(encoding="utf-8"))


# -- signing ---------------------------------------------------------------------------------------------------------
@allowed("sign")
@require_POST
def signature(request, number):
    """Sign exactly the text that was shown. With the second signature it is in force."""
    row = get_definition_for(request.user, number)
    require(request.user, "sign", what=f"Draft {row.number}")
    row.sign(by=request.user, seen_hash=request.POST.get("seen", ""))
    row.refresh_from_db()
    if row.in_force_from:
        since = timezone.localtime(row.in_force_from)
        toasts.tell(request, f"Definition {row.number} is in force since {since:%H:%M}.")
    else:
        side = request.user.may_sign_for
        toasts.tell(request, f"You signed draft {row.number} for {side}; the other side is asked now.")
    return redirect("definition-version", row.number)


@allowed("withdraw")
@require_POST
def withdrawal(request, number):
    """Take the definition out of force; nothing can be launched or handed off until another is signed."""
    row = get_definition_for(request.user, number)
    if request.POST.get("seen", "") != row.hash:
        raise Refusal(f"Definition {row.number} is not the text that was shown; read it again.")
    row.withdraw(by=request.user)
    toasts.tell(request, f"Definition {row.number} is withdrawn. None is in force now.")
    return redirect("definition-version", row.number)


urlpatterns = [
    path("definition/", definition, name="definition"),
    path("definition/draft/", draft, name="definition-draft"),
    path("definition/versions/", versions, name="definition-versions"),
    path("definition/<int:number>/", version, name="definition-version"),
    path("definition/<int:number>/text/", text, name="definition-text"),
    path("definition/<int:number>/signature/", signature, name="definition-signature"),
    path("definition/<int:number>/withdrawal/", withdrawal, name="definition-withdrawal"),
]
