"""What is held back as a machine's work: the reasons with their false alarms, the swarms, and how to let them pass."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from winnow.intake.arrivals import release_all
from winnow.leads import held as room
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.form import Form
from winnow.leads.rights import arrivals_visible_to, may
from winnow.web import toasts
from winnow.web.access import allowed
from winnow.web.onward import onward

ON_A_PAGE = 30


@never_cache
@allowed("record inquiries", "import", "see figures")
@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """What waits, swarm by swarm; ?reason= narrows it to one reason, ?form= to one form."""
    arrivals = arrivals_visible_to(request.user)
    form = Form.objects.filter(code=request.GET.get("form", "")[:60]).first()
    if form is not None:
        arrivals = arrivals.filter(sender=f"form {form.code}")
    reasons, every = room.reasons(arrivals, now())
    code = request.GET.get("reason", "")
    code = code if code in room.REASONS else ""
    page = Paginator(room.swarms(arrivals, code=code), ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = room.shown(list(page.object_list), arrivals)
    for swarm in page.object_list:
        for row in swarm.rows:
            row.because = _because(row)
    shown = {
        "form": form, "reasons": reasons, "every": every, "code": code, "words": room.REASONS.get(code, ""),
        "page": page, "waiting": room.held_back(arrivals).count(), "may_release": may(request.user, "repair rows"),
    }
    return render(request, "capture/held.html", shown)


def _because(row) -> list[dict]:
    found = (row.evidence or {}).get("because") or []
    if not found:
        return [{"words": row.reason, "points": None}]
    return [{"words": words, "points": points} for _, points, words in found if points > 0]


@allowed("repair rows")
@require_POST
def held_releases(request: HttpRequest) -> HttpResponse:
    """They are no machine's work after all: those that are ticked, or all of a swarm."""
    arrivals = arrivals_visible_to(request.user)
    if mark := request.POST.get("swarm", ""):
        numbers = room.members(arrivals, mark)
    else:
        ticked = [int(one) for one in request.POST.getlist("arrival") if one.isdecimal() and len(one) < 19]
        numbers = list(room.held_back(arrivals).filter(pk__in=ticked).values_list("pk", flat=True))
    done = release_all(numbers, by=request.user)
    if not done:
        raise Refusal("None of them is held back any more, or none was ticked; look again.")
    toasts.tell(request, f"{done} {'goes' if done == 1 else 'go'} the way of the others now.")
    return onward(request, reverse("held"))


urlpatterns = [
    path("capture/held/", held, name="held"),
    path("capture/held/releases/", held_releases, name="held-releases"),
]
