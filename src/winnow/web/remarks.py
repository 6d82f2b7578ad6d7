"""Comments and objections on the clauses of a draft, by either side, until both have signed."""

from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from winnow.leads.errors import Refusal
from winnow.leads.remark import Remark
from winnow.policy.words import document
from winnow.web import toasts
from winnow.web.access import allowed, get_definition_for, get_remark_for


@allowed("remark")
@require_POST
def remarks(request, number):
    """Say something about a clause of the draft."""
    row = get_definition_for(request.user, number)
    said = request.POST
    clauses = {clause.key: clause for section in document(row.policy) for clause in section.clauses}
    clause = clauses.get(said.get("clause", ""))
    if clause is None:
        raise Refusal(f"Draft {row.number} has no such clause; reload the page and choose one that stands there.")
    kind, text = said.get("kind", ""), said.get("text", "")
    made = Remark.make(row, clause=clause.key, number=clause.number, kind=kind, text=text, by=request.user)
    if made.kind == "objection":
        toasts.tell(request, f"Your objection to clause {clause.number} stands. Nobody can sign before it is settled.")
    else:
        toasts.tell(request, f"Your comment stands at clause {clause.number}.")
    return redirect(_place(row, clause.number))


@allowed("remark")
@require_POST
def answer(request, remark):
    """Answer an objection of somebody else."""
    return _finish(request, remark, "answered")


@allowed("remark")
@require_POST
def withdrawal(request, remark):
    """Take back one's own objection; it stays readable."""
    return _finish(request, remark, "withdrawn")


def _finish(request, number, how):
    one = get_remark_for(request.user, number)
    one.finish(how=how, by=request.user, text=request.POST.get("text", ""))
    newest = one.definition.__class__.objects.order_by("-number").first()
    toasts.tell(request, f"The objection to clause {one.number} is {how}.")
    return redirect(_place(newest, one.number))


def _place(row, number):
    return f"{reverse('definition-version', args=[row.number])}#c{number}"


urlpatterns = [
    path("definition/<int:number>/remarks/", remarks, name="definition-remarks"),
    path("definition/remarks/<int:remark>/answer/", answer, name="remark-answer"),
    path("definition/remarks/<int:remark>/withdrawal/", withdrawal, name="remark-withdrawal"),
]
