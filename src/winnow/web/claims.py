"""The register of claims: where each built-in or often quoted figure comes from, and the firm's own beside it."""

from django.urls import path, reverse
from django.views.decorators.http import require_GET

from winnow.funnel import reports
from winnow.funnel.claims import ENOUGH, TRUST, TRUST_WORDS, kept_figures, own_figures, register
from winnow.web.access import allowed
from winnow.web.measure import FORMS, MOST, measure_page, words_of
from winnow.web.measured import Links

PLACES = {
    "definition": "Lead definition", "definition-learned": "Learned proposal", "measure": "Executive",
    "measure-reps": "Reps", "handoff": "Hand off", "nurture": "Nurture",
}  # fmt: skip
TONES = {"verified": "good", "vendor": "note", "unsourced": "soon", "folklore": "late"}


@require_GET
@allowed("see reports")
def claims(request):
    """Every claim with its source, how far it can be trusted, where it stands in Winnow, and the own figures."""
    as_of = words_of(request, "as_of")["as_of"]
    kept = None if as_of else kept_figures()
    if kept:
        own, counted_at = kept
    else:
        counted_at = None
        with reports.reading(as_of or None, most=MOST) as reading:
            own = own_figures(reports.Asked(None, reading, reports.BEGINNING, reports.END))
    links = Links(as_of)
    rows = [
        {
            "claim": one, "tone": TONES[one.trust], "own": own.get(one.own, ()),
            "places": [(PLACES[name], reverse(name)) for name in one.places],
            "used": [(key.replace(".", " ").replace("_", " "), value) for key, value in one.used.items()],
        }
        for one in register()
    ]  # fmt: skip
    trusts = [(name, TONES[name], TRUST_WORDS[name], sum(row["claim"].trust == name for row in rows)) for name in TRUST]
    return measure_page(
        request, "claims", "measure-claims", links=links, as_of=as_of, rows=rows, trusts=trusts, enough=ENOUGH,
        counted_at=counted_at,
        downloads=[(form, links.report("claims", form)) for form in FORMS],
    )  # fmt: skip


urlpatterns = [path("measure/claims/", claims, name="measure-claims")]
