"""Finding people and accounts; a person, an account, every fact; lists by a filter that can be kept."""

from django import forms
from django.db.models import F
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from winnow.leads import axes, rights
from winnow.leads.asked import Asked, people_asked_for
from winnow.leads.bench import GROUPS, now_milli
from winnow.leads.clock import now
from winnow.leads.confirmation import Confirmation
from winnow.leads.cycle import STAGES, Cycle
from winnow.leads.definition import Definition
from winnow.leads.dossier import dossier
from winnow.leads.fact import FactRow
from winnow.leads.find import find as look_for
from winnow.leads.group import buying_group
from winnow.leads.inquiry import Consent, Inquiry
from winnow.leads.interview import Interview
from winnow.leads.lists import PeopleList
from winnow.leads.maildomain import MailDomain
from winnow.leads.matrix import any_wait
from winnow.leads.merging import Merge, same_account
from winnow.leads.person import Identity, same_person
from winnow.leads.story import bearing_on, told
from winnow.leads.user import User
from winnow.policy.facts import ITEMS, LEVELS
from winnow.web import toasts
from winnow.web.access import Http404, get_account_for, get_person_for, signed_in
from winnow.web.lookups import portrait_of
from winnow.web.onward import onward
from winnow.web.portrait import portrait
from winnow.web.qualify import first_asked, half_life_days

FACTS = 100  # on one page
GROUP = 50  # people of an account on its page, who weren't judged yet


class ListForm(forms.Form):
    """What people must have to stand on the list."""

    group = forms.ChoiceField(
        label="Readiness", required=False, choices=[("", "any"), *((code, label[0]) for code, label in GROUPS.items())]
    )
    stage = forms.ChoiceField(
        label="Stage", required=False,
        choices=[("", "any"), ("waiting", "waits to be sorted"), *((s, s.replace("_", " ")) for s in STAGES)],
    )  # fmt: skip
    grade = forms.ChoiceField(label="Grade", required=False, choices=[("", "any"), *((g, g) for g in "ABCD")])
    band = forms.TypedChoiceField(
        label="Engagement", required=False, coerce=int, empty_value=None,
        choices=[("", "any"), *((str(band), name) for band, name in axes.BANDS.items())],
    )  # fmt: skip
    interest = forms.ChoiceField(
        label="Interest", required=False, choices=[("", "any"), ("active", "active"), ("passive", "passive")]
    )
    item = forms.ChoiceField(label="Answer", required=False, choices=[("", "any"), *((i, i) for i in ITEMS)])
    level = forms.ChoiceField(label="is", required=False, choices=[("", "any"), *((one, one) for one in LEVELS)])
    owner = forms.TypedChoiceField(label="With", required=False, coerce=int, empty_value=None)
    campaign = forms.IntegerField(required=False, min_value=1, max_value=2**53, widget=forms.HiddenInput)
    country = forms.CharField(label="Country", required=False, max_length=2, widget=forms.TextInput(attrs={"size": 2}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        sellers = User.objects.filter(role__in=("rep", "manager")).order_by("name").values_list("pk", "name")
        self.fields["owner"].choices = [("", "anybody"), *sellers]


@signed_in
@require_GET
def find(request):
    """People, accounts and leads by the words that they begin with."""
    text = request.GET.get("q", "").strip()
    hits = look_for(request.user, text) if text else None
    return render(request, "people/find.html", {"q": text[:100], "hits": hits, "process": "qualify"})


@signed_in
@require_GET
def people(request):
    """People by a filter, most promising first."""
    asked_for = request.GET.copy()
    if asked_for.pop("waiting", None):
        asked_for["stage"] = "waiting"
    form = ListForm(asked_for)
    form.is_valid()
    said = {name: value for name, value in form.cleaned_data.items() if value not in ("", None)}
    found = people_asked_for(request.user, Asked(**said, after=request.GET.get("after", "")[:60]))
    at, definition = now(), Definition.in_force()
    rows = [
        {"person": one, "standing": standing, "milli": now_milli(standing, definition, at) if standing else None,
         "band": band_of_standing(standing, at)}
        for one in found.people
        for standing in [getattr(one, "standing", None)]
    ]
    shown = {
        "form": form, "found": found, "rows": rows, "said": said, "query": urlencode(said), "process": "qualify",
        "lists": PeopleList.objects.filter(user=request.user),
        "next": f"?{urlencode({**said, 'after': found.after})}" if found.after else "", "folding": any_wait(),
    }  # fmt: skip
    return render(request, "people/people.html", shown)


@signed_in
@require_POST
def lists(request):
    """Keep the filter under a name of one's own."""
    name, form = request.POST.get("name", "").strip()[:60], ListForm(request.POST)
    form.is_valid()
    query = urlencode({key: value for key, value in form.cleaned_data.items() if value not in ("", None)})
    if not name:
        toasts.refuse(request, "A list needs a name; nothing was kept.")
    else:
        PeopleList.keep(request.user, name, query)
        toasts.tell(request, f"“{name}” is kept among your lists.")
    return onward(request, f"{reverse('people')}?{query}")


@signed_in
@require_POST
def list_removal(request, list_id):
    """Let go of a list; the people stay."""
    if not PeopleList.objects.filter(user=request.user, pk=list_id).delete()[0]:
        raise Http404
    return onward(request, reverse("people"))


@signed_in
@require_GET
def person(request, person_id):
    """Everything about one person."""
    row = get_person_for(request.user, person_id)
    place, same = reverse("person", args=[row.pk]), same_person(row)
    inquiries = Inquiry.objects.filter(person__in=same).select_related("campaign")
    shown = portrait(row, request.user, limit=25)
    shown |= {
        "here": place, "next_place": place, "process": "qualify", "first_asked": first_asked(shown["dossier"]),
        "half_life_days": half_life_days(shown["definition"]),
        "cycles": row.cycles.order_by("-number")[:20],
        "inquiries": inquiries.order_by("-captured_at", "-pk")[:20],
        "identities": Identity.objects.filter(person__in=same).order_by("kind", "value")[:20],
        "consents": Consent.objects.filter(person__in=same).order_by("-at")[:10],
        "asked_back": Confirmation.objects.filter(person__in=same, confirmed_at=None).order_by("-asked_at")[:5],
        "leads": rights.leads_visible_to(request.user).filter(cycles__person=row).order_by("-pk")[:10],
        "talks": Interview.objects.filter(person__in=same, ended_at=None).select_related("script")[:5],
        "mail_domain": MailDomain.of_address(row.email),
        "merges": _merges("person", row), "may_merge": rights.may(request.user, "merge", row),
    }  # fmt: skip
    return render(request, "person/person.html", shown)


def _merges(noun: str, row) -> list[dict]:
    """What was merged into it and can be taken back."""
    made = list(Merge.objects.filter(noun=noun, kept_id=row.pk, undone_at=None).order_by("-pk")[:20])
    there = type(row).objects.in_bulk([one.other_id for one in made])
    return [{"merge": one, "other": there.get(one.other_id)} for one in made]


@signed_in
@require_GET
def person_facts(request, person_id):
    """Every fact of a person and of the account as a whole, in recorded order, with what each one counted."""
    row = get_person_for(request.user, person_id)
    found = dossier(row, every_line=True)
    before = request.GET.get("before", "")
    rows = bearing_on(row, FACTS + 1, before=int(before) if before.isdigit() and len(before) < 19 else None)
    older = rows[FACTS - 1].pk if len(rows) > FACTS else None
    recorded = {one.pk: one for one in rows}
    moments = [
        {"moment": one, "row": recorded[one.fact], "late": recorded[one.fact].recorded_at.date() != one.at.date()}
        for one in told(rows[:FACTS], row, found.points)
    ]
    moments.sort(key=lambda one: -one["row"].pk)
    shown = {
        "person": row, "dossier": found, "definition": found.definition, "moments": moments, "older": older,
        "process": "qualify", "half_life_days": half_life_days(found.definition),
    }  # fmt: skip
    return render(request, "person/facts.html", shown)


def band_of_standing(standing, at) -> int | None:
    """The band of engagement at that moment, by what is stored; None for who wasn't judged."""
    if standing is None:
        return None
    return axes.band_now((standing.enough_until, standing.halfway_until, standing.quarter_until), at)


@signed_in
@require_GET
def account(request, account_id):
    """One organisation: its buying group, what is known of it as a whole, leads and opportunities."""
    row = get_account_for(request.user, account_id)
    at, definition = now(), Definition.in_force()
    group = buying_group(row, definition, at)
    newest = list(FactRow.objects.filter(account__in=same_account(row)).order_by("-pk")[:30])
    leads = rights.leads_visible_to(request.user).filter(account=row).select_related("person", "definition")
    leads = list(leads.order_by("-pk")[:20])
    stages = dict(
        Cycle.objects.filter(lead__in=leads, person=F("lead__person")).values_list("lead_id", "stage")
    )
    opportunities = rights.opportunities_visible_to(request.user).filter(account__in=same_account(row))
    shown = {
        "account": row, "definition": definition, "process": "qualify",
        "group": group, "band_words": axes.WORDS[group.band],
        "unseen": row.people.filter(standing=None, merged_into=None).order_by("pk")[:GROUP],
        "leads": [{"lead": one, "stage": stages.get(one.pk, "").replace("_", " ")} for one in leads],
        "opportunities": opportunities.order_by("-pk")[:20],
        "story": sorted(told(newest, None), key=lambda one: (one.at, one.fact), reverse=True)[:15],
        "parts": row.subsidiaries.filter(merged_into=None)[:20],
        "merges": _merges("account", row), "may_merge": rights.may(request.user, "merge", row),
    }  # fmt: skip
    shown |= portrait_of(row, request.user)
    return render(request, "account/account.html", shown)


urlpatterns = [
    path("find/", find, name="find"),
    path("people/", people, name="people"),
    path("people/lists/", lists, name="lists"),
    path("people/lists/<int:list_id>/removal/", list_removal, name="list-removal"),
    path("people/<int:person_id>/", person, name="person"),
    path("people/<int:person_id>/facts/", person_facts, name="person-facts"),
    path("accounts/<int:account_id>/", account, name="account"),
]
