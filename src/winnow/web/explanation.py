"""Why somebody stands where they stand, to the last point: the text of `winnow definition explain` as a page."""

from datetime import UTC, date, datetime, time

from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.explaining import explained
from winnow.web.access import get_person_for, signed_in


@signed_in
@require_GET
def person_explanation(request, person_id):
    """Every clause, point and piece of evidence; what would do; what changed. As of a past day when one is named."""
    person = get_person_for(request.user, person_id)
    as_of, since = (_end_of(request.GET.get(name, "")) for name in ("as_of", "since"))
    shown = {"person": person, "process": "qualify", "as_of": as_of, "since": since}
    try:
        told = explained(person, as_of=as_of, since=since)
        (heading, lines), *sections = told.sections
        clauses = zip(told.clauses, lines, strict=True)
        shown |= {"told": told, "heading": heading, "sections": sections, "clauses": clauses}
    except Refusal as refusal:
        shown["refusal"] = refusal
    return render(request, "person/explanation.html", shown)


def _end_of(word: str) -> datetime | None:
    """The last moment of a day in UTC, not later than now; None where no day is named."""
    try:
        day = date.fromisoformat(word.strip())
    except ValueError:
        return None
    return min(datetime.combine(day, time(23, 59), UTC), now()) if 1970 < day.year < 9999 else None


urlpatterns = [path("people/<int:person_id>/explanation/", person_explanation, name="person-explanation")]
