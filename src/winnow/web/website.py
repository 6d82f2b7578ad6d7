"""The firm's own website as it is looked at: top pages, known visitors, machines apart; and what each page means."""

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winnow.leads import website as room
from winnow.leads.audit import audited
from winnow.leads.campaign import Campaign, Content
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.pageview import Meanings, PageRule, PageView, SpamReferrer
from winnow.leads.rights import may, people_visible_to
from winnow.web import toasts
from winnow.web.access import allowed, get_person_for, require, signed_in
from winnow.web.onward import onward

ON_A_PAGE = 100


@never_cache
@allowed("see reports")
@require_GET
def website(request: HttpRequest) -> HttpResponse:
    """The last 30 days."""
    until = now()
    since = room.month_before(until)
    return render(request, "website/website.html", {
        "figures": room.figures(since, until), "pages": room.top_pages(since, until),
        "machines": room.machines(since, until),
        "people": room.known_visitors(since, until, people_visible_to(request.user)),
        "script": f"{settings.PUBLIC_URL or request.build_absolute_uri('/').rstrip('/')}{reverse('track-script')}",
        "sites": settings.TRACKED_SITES, "days": settings.VIEWS_DAYS, "spam": SpamReferrer.objects.count(),
        "rules": PageRule.objects.count(), "may_manage": may(request.user, "manage content"),
    })


@never_cache
@signed_in
@require_GET
def person_pages(request: HttpRequest, person_id: int) -> HttpResponse:
    """What one person looked at on the website, page by page, with what each counted as."""
    person = get_person_for(request.user, person_id)
    page = Paginator(room.pages_of(person), ON_A_PAGE).get_page(request.GET.get("page"))
    meanings = Meanings()
    for view in page:
        view.meaning = meanings.of(view)
    return render(request, "website/person.html", {"person": person, "page": page, "process": "qualify"})


# -- what pages mean --------------------------------------------------------------------------------------------------
class RuleForm(forms.Form):
    """Pages of one pattern, and what they are."""

    pattern = forms.CharField(
        label="Pages", max_length=300, help_text="A path such as /pricing or /cases/*, or with its site: acme.com/*.",
    )
    group = forms.RegexField(
        label="Group", regex=r"^[\w-]*$", max_length=60, required=False,
        help_text="Its weight stands in the definition under score.page, as that of pricing.",
        error_messages={"invalid": "Letters, digits, dashes and underscores alone."},
    )
    content = forms.ModelChoiceField(
        label="Or a piece of content", queryset=Content.objects.order_by("title"), required=False, empty_label="none"
    )
    campaign = forms.ModelChoiceField(
        label="Campaign", queryset=Campaign.objects.order_by("name"), required=False, empty_label="none"
    )
    ignored = forms.BooleanField(label="Such pages count for nothing and stay out of the story", required=False)

    def clean(self):
        """A rule says one thing."""
        found = super().clean()
        pattern = (found.get("pattern") or "").strip()
        if pattern and not pattern.startswith("/") and "/" not in pattern:
            self.add_error("pattern", f"“{pattern}” is no path; write /{pattern} or site.example/{pattern}.")
        found["pattern"] = pattern
        said = [name for name in ("group", "content", "ignored") if found.get(name)]
        if len(said) != 1:
            self.add_error(None, "Say one of three: a group, a piece of content, or that they count for nothing.")
        return found


@never_cache
@allowed("see reports")
@require_http_methods(["GET", "POST"])
def page_rules(request: HttpRequest) -> HttpResponse:
    """The rules in their order, the first that fits counts; POST adds one at the end."""
    manages = may(request.user, "manage content")
    form = RuleForm(request.POST or None)
    if request.method == "POST":
        require(request.user, "manage content")
        if form.is_valid():
            last = PageRule.objects.aggregate(last=Max("position"))["last"] or 0
            try:
                with transaction.atomic():
                    made = PageRule.objects.create(position=last + 1, **form.cleaned_data)
                    audited(request.user, "set pages", made, made.pattern)
            except IntegrityError:
                form.add_error("pattern", f"There is a rule for “{form.cleaned_data['pattern']}” already.")
            else:
                toasts.tell(request, f"“{made}” counts from the next look on; facts that are recorded stay.")
                return redirect("page-rules")
    definition = Definition.in_force()
    rules = list(PageRule.objects.select_related("content", "campaign"))
    for rule in rules:
        rule.milli = _weight(rule, definition)
    shown = {
        "rules": rules, "form": form, "may_manage": manages, "definition": definition, "tried": _tried(request),
        "address": request.GET.get("address", "")[:500],
    }
    return render(request, "website/rules.html", shown, status=422 if form.errors else 200)


def _weight(rule: PageRule, definition: Definition | None) -> int | None:
    if definition is None or rule.ignored:
        return None
    policy = definition.policy
    if rule.content:
        return policy.content_points.get(rule.content.code, policy.content_default)
    return policy.page_points.get(rule.group, policy.page_points.get("default", 0))


def _tried(request: HttpRequest):
    """What the rules make of an address that somebody types."""
    text = request.GET.get("address", "").strip()[:500]
    if not text:
        return None
    host, slash, rest = text.partition("://")[2].partition("/") if "://" in text else ("", "/", text.lstrip("/"))
    return Meanings().of(PageView(host=host.lower(), path=f"{slash}{rest}".split("?")[0] or "/", kind="page"))


@allowed("manage content")
@require_POST
def page_rule_removal(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The rule counts no more for what is looked at from now on."""
    rule = PageRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise Http404
    with transaction.atomic():
        audited(request.user, "remove pages", rule, rule.pattern)
        rule.delete()
    toasts.tell(request, f"“{rule.pattern}” counts no more; facts that are recorded stay.")
    return onward(request, reverse("page-rules"))


urlpatterns = [
    path("attract/website/", website, name="website"),
    path("attract/website/rules/", page_rules, name="page-rules"),
    path("attract/website/rules/<int:rule_id>/removal/", page_rule_removal, name="page-rule-removal"),
    path("people/<int:person_id>/pages/", person_pages, name="person-pages"),
]
