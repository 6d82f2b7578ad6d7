"""Inquiries that are not valid: how many for which reason, and what a person says of one, with why."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from winnow.funnel import reports
from winnow.leads import rights
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.rights import inquiries_visible_to
from winnow.leads.validity import LONGEST_REASON, find_invalid, find_valid, why_invalid
from winnow.policy.validity import REASONS
from winnow.web import toasts
from winnow.web.access import allowed, get_inquiry_for, require
from winnow.web.onward import onward

ON_A_PAGE = 40
DAYS = {"30": "30 days", "90": "90 days", "365": "a year", "all": "ever"}


@allowed("record inquiries", "import", "see figures")
@require_GET
def invalid_inquiries(request: HttpRequest) -> HttpResponse:
    """What counts for nothing, by reason; each of them says why."""
    days = request.GET.get("days", "90")
    days = days if days in DAYS else "90"
    since = None if days == "all" else now() - timedelta(days=int(days))
    reason = request.GET.get("reason", "")
    rows = inquiries_visible_to(request.user).filter(valid=False)
    if since:
        rows = rows.filter(captured_at__gte=since)
    if reason in REASONS:
        rows = rows.filter(invalid_reason=reason)
    rows = rows.select_related("person__account", "definition").prefetch_related("validations")
    page = Paginator(rows.order_by("-captured_at", "-pk"), ON_A_PAGE).get_page(request.GET.get("page"))
    counted = None
    if rights.may(request.user, "see reports"):
        counted = reports.run("invalid", start=since, most=0)
    return render(request, "capture/invalid.html", {
        "page": page, "told": [(one, why_invalid(one)) for one in page], "counted": counted, "reason": reason,
        "says": REASONS.get(reason, ""), "days": days, "spans": DAYS.items(), "process": "capture",
        "may_judge": rights.may(request.user, "judge inquiries"),
    })  # fmt: skip


@allowed("record inquiries", "import", "see figures")
@require_http_methods(["GET", "POST"])
def inquiry_validity(request: HttpRequest, inquiry_id: int) -> HttpResponse:
    """One inquiry: why it counts or doesn't, who said so, and what somebody says of it now."""
    inquiry = get_inquiry_for(request.user, inquiry_id)
    trouble, said = "", ""
    if request.method == "POST":
        require(request.user, "judge inquiries", inquiry)
        said = request.POST.get("said", "")[:LONGEST_REASON]
        wanted = request.POST.get("valid", "")
        try:
            if wanted == "yes":
                find_valid(inquiry, by=request.user, said=said)
                toasts.tell(request, f"{str(inquiry).capitalize()} of {inquiry.person} counts from now on.")
            else:
                find_invalid(inquiry, by=request.user, said=said)
                toasts.tell(request, f"{str(inquiry).capitalize()} of {inquiry.person} counts for nothing from now on.")
            return onward(request, reverse("person", args=[inquiry.person.now_is().pk]))
        except Refusal as refusal:
            trouble = str(refusal)
    shown = {
        "inquiry": inquiry, "why": why_invalid(inquiry), "rule": REASONS.get(inquiry.invalid_reason, ""),
        "validations": inquiry.validations.select_related("by", "by_key").order_by("-pk"), "trouble": trouble,
        "said": said,
        "may_judge": rights.may(request.user, "judge inquiries", inquiry), "process": "capture",
    }  # fmt: skip
    return render(request, "capture/validity.html", shown, status=422 if trouble else 200)


urlpatterns = [
    path("capture/invalid/", invalid_inquiries, name="invalid-inquiries"),
    path("inquiries/<int:inquiry_id>/validity/", inquiry_validity, name="inquiry-validity"),
]
