"""The lead definition: the text that both sides sign, its versions, what differs between them, and signing."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from winnow.leads import definition_file, rights
from winnow.leads.clock import now
from winnow.leads.definition import SIDES, Definition
from winnow.leads.errors import Refusal
from winnow.leads.lead import Lead
from winnow.leads.message import Message
from winnow.leads.remark import round_of
from winnow.policy.aloud import aloud
from winnow.policy.differing import differences
from winnow.policy.words import compared, document
from winnow.studies.holding import questions
from winnow.web import toasts
from winnow.web.access import allowed, get_definition_for, require, signed_in

COUNTED = 10_000
LONG = 3500
"""Letters of the page for sales above which it is set smaller, so that it stays within two screens."""
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
    remarks = list(round_of(row))
    failing = row.failing_scenarios() if row.in_force_from is None else []
    placed, elsewhere = _placed(pages, remarks)
    open_leads = Lead.objects.filter(definition=row, closed_at=None)[: COUNTED + 1].count()
    shown = {
        "row": row, "before": before, "pages": pages, "changed": sum(changes.values()),
        "toc": [(section.number, SHORT[section.number], changes[section.number]) for section, _ in pages],
        "signings": _signings(request.user, row, newest), "in_force": in_force, "newest": newest,
        "is_draft": row.in_force_from is None, "is_in_force": in_force is not None and in_force.pk == row.pk,
        "may_draft": rights.may(request.user, "draft"), "process": "",
        "may_withdraw": in_force is not None and in_force.pk == row.pk and rights.may(request.user, "withdraw"),
        "asked": questions() if in_force and in_force.pk == row.pk and rights.may(request.user, "see reports") else (),
        "open_leads": open_leads, "over": open_leads > COUNTED, "title": row.policy.name,
        "superseded": row.in_force_from is None and newest != row.number, "placed": placed, "elsewhere": elsewhere,
        "objections": [one for one in remarks if one.open], "remarks": len(remarks), "failing": failing,
        "may_remark": row.in_force_from is None and newest == row.number and rights.may(request.user, "remark"),
        "due": row.sign_anew_from if in_force == row and row.sign_anew_from <= now() else None,
        "differences": differences(before.policy, row.policy)[:40] if before else [],
    }  # fmt: skip
    return render(request, "definition/paper.html", shown)


def _placed(pages, remarks):
    """The clauses with the remarks on them; and the remarks on clauses that are gone."""
    of = {}
    for one in remarks:
        of.setdefault(one.clause, []).append(one)
    placed = [(section, [(change, of.pop(change.clause.key, [])) for change in changes]) for section, changes in pages]
    return placed, [one for some in of.values() for one in some]


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
    """A version as the text that can be edited and checked elsewhere: TOML, or YAML (`?as=yaml`), `?save` as a file."""
    row = get_definition_for(request.user, number)
    kind = "yaml" if request.GET.get("as") == "yaml" else "toml"
    answer = HttpResponse(definition_file.write(row.document, kind), content_type="text/plain; charset=utf-8")
    how = "attachment" if "save" in request.GET else "inline"
    answer["Content-Disposition"] = f'{how}; filename="definition-{row.number}.{kind}"'
    return answer


@signed_in
@require_GET
def sales(request, number=None):
    """What a salesperson should know of it: the version in force, or the one named, to be read aloud."""
    row = get_definition_for(request.user, number) if number else Definition.in_force()
    in_force = Definition.in_force()
    parts = aloud(row.policy) if row else ()
    letters = sum(len(one) for part in parts for one in part.sentences)
    shown = {
        "row": row, "parts": parts, "long": letters > LONG, "process": "", "in_force": in_force,
        "is_in_force": row is not None and in_force is not None and row.pk == in_force.pk,
        "newest": Definition.objects.order_by("-number").values_list("number", flat=True).first(),
        "signatures": row.signatures.order_by("side") if row else [],
    }  # fmt: skip
    return render(request, "definition/sales.html", shown)


@signed_in
@require_GET
def difference(request):
    """What differs between any two versions, in sentences."""
    numbers = list(Definition.objects.order_by("-number").values_list("number", flat=True)[:300])
    said = [request.GET.get(name, "") for name in ("a", "b")]
    a, b = (get_definition_for(request.user, int(one)) if one.isdecimal() and len(one) < 9 else None for one in said)
    told = differences(a.policy, b.policy) if a and b else []
    sections = [(number, SHORT.get(number, ""), [one for one in told if one.section == number])
                for number in ("", *SHORT)]  # fmt: skip
    shown = {
        "numbers": numbers, "a": a, "b": b, "told": told, "process": "", "in_force": Definition.in_force(),
        "sections": [one for one in sections if one[2]], "newest": numbers[0] if numbers else 0,
    }  # fmt: skip
    return render(request, "definition/difference.html", shown)


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
        _ask_the_other(row, side, request.user)
        toasts.tell(request, f"You signed draft {row.number} for {side}; the other side is asked now.")
    return redirect("definition-version", row.number)


def _ask_the_other(row, side, user):
    """A mail to whoever may sign for the other side."""
    other = next(one for one in SIDES if one != side)
    for one in rights.who_may("sign").filter(may_sign_for=other):
        Message.write(
            kind="service", address=one.email, user=one, at=now(),
            subject=f"Draft {row.number} of the lead definition waits for {other}",
            body=f"{user} has signed draft {row.number} for {side}. It comes into force when {other} has signed "
            f"the same text (content {row.short_hash}). Read it in Winnow, object where you don't agree, or sign it.\n",
        )  # fmt: skip


@allowed("draft")
@require_POST
def renewal(request, number):
    """The text in force once more as a draft, for both sides to read it again and sign anew."""
    row = get_definition_for(request.user, number)
    if Definition.in_force() != row:
        raise Refusal(f"Definition {row.number} is not in force; write a draft from it instead.")
    kept = Definition.draft(row.document, by=request.user, based_on=row)
    toasts.tell(request, f"Draft {kept.number} says what definition {row.number} says. Both sides sign it anew.")
    return redirect("definition-version", kept.number)


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
    path("definition/for-sales/", sales, name="definition-sales"),
    path("definition/difference/", difference, name="definition-difference"),
    path("definition/versions/", versions, name="definition-versions"),
    path("definition/<int:number>/", version, name="definition-version"),
    path("definition/<int:number>/text/", text, name="definition-text"),
    path("definition/<int:number>/for-sales/", sales, name="definition-version-sales"),
    path("definition/<int:number>/renewal/", renewal, name="definition-renewal"),
    path("definition/<int:number>/signature/", signature, name="definition-signature"),
    path("definition/<int:number>/withdrawal/", withdrawal, name="definition-withdrawal"),
]
