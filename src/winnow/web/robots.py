"""What a request tells of who filled the form in, put before the judge in intake/machines.py."""

from django.http import HttpRequest

from winnow.intake.machines import Look, Post, look_at
from winnow.leads.clock import now
from winnow.leads.form import Form
from winnow.leads.formvisit import FormVisit
from winnow.leads.pageview import KEY
from winnow.web.client import address_of, is_trustworthy
from winnow.web.form_note import note_of

TRAP = "website"
"""A field that no person sees. What fills it in is no person."""


def looked_at(request: HttpRequest, form: Form, said: dict, note: str) -> Look:
    """What the post looks like. `said` are the fields as they were read, `note` the signed one of the page."""
    sent = request.POST
    proof = sent.get("proof", "")[:400]
    return look_at(Post(
        form=form.code, said={asked["name"]: said.get(asked["name"]) for asked in form.fields}, note=note[:400],
        at=now(), address=address_of(request), headers=request.headers, trap=sent.get(TRAP, "").strip(),
        proof=proof, hand=sent.get("hand", "")[:2000], trustworthy=is_trustworthy(request),
        loaded=not proof and _has_loaded(form, note),
    ))


def _has_loaded(form: Form, note: str) -> bool:
    """Whether the browser loaded the picture that says without script that the page was shown."""
    found = note_of(form, note)
    return bool(found) and FormVisit.objects.filter(pk=found.chance, machine="").exists()


def visitor_of(request: HttpRequest) -> str:
    """The browser's number on the site, where its tracking passed it on; else empty."""
    found = request.POST.get("visitor", "")
    return found if KEY.fullmatch(found) else ""
