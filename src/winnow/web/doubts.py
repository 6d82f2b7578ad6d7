"""Doubtful duplicates as the background found them: each pair with why, side by side; left apart; and the rule by which
certain ones merge by themselves. Nothing is searched here."""

from collections import Counter
from dataclasses import dataclass

from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.doubt import AGREEABLE, Doubt, DoubtTouch, DoubtWatch, leave_apart
from winnow.leads.errors import Refusal
from winnow.leads.rights import accounts_visible_to, people_visible_to
from winnow.web import toasts
from winnow.web.access import allowed, get_account_for, get_person_for, require
from winnow.web.onward import onward

SHOWN = 60  # pairs on a page
READ = 600  # pairs that these are chosen from
EACH = 2  # pairs in which one record is shown: of twenty that look like one, the first merges lead to the others
RULES = (
    ("", "never: each pair is asked"),
    ("0.99", "when at least 99 of 100 such pairs are one"),
    ("0.95", "when at least 95 of 100 such pairs are one"),
)
NOUNS = (("person", "People"), ("account", "Accounts"))


@dataclass(frozen=True)
class Row:
    """One pair: both records, what the background said, and where they stand side by side."""

    doubt: Doubt
    one: object
    two: object
    place: str


@allowed("merge")
@require_GET
def duplicates(request):
    """Who or what may be here twice, the surest first: each pair leads to both side by side."""
    open_ones = Doubt.objects.filter(apart_at=None)
    doubts = list(open_ones.order_by("-probability", "id")[:READ])
    visible = {"person": people_visible_to(request.user).select_related("account"),
               "account": accounts_visible_to(request.user)}  # fmt: skip
    there = {
        noun: rows.in_bulk({number for one in doubts if one.noun == noun for number in (one.low_id, one.high_id)})
        for noun, rows in visible.items()
    }
    rows, seen = [], Counter()
    for one in doubts:
        known, both = there[one.noun], ((one.noun, one.low_id), (one.noun, one.high_id))
        if one.low_id in known and one.high_id in known and max(seen[key] for key in both) < EACH:
            seen.update(both)
            place = f"{reverse(f'{one.noun}-merge', args=[one.high_id])}?other={one.low_id}"
            rows.append(Row(one, known[one.low_id], known[one.high_id], place))
    watched = {one.noun: one for one in DoubtWatch.objects.all()}
    shown = {
        "rows": rows[:SHOWN], "count": open_ones.count(),
        "waiting": DoubtTouch.objects.exists(), "here": "duplicates", "process": "qualify", "rules": RULES,
        "watched": [_watched(noun, label, watched.get(noun)) for noun, label in NOUNS],
    }  # fmt: skip
    return render(request, "people/duplicates.html", shown)


def _watched(noun: str, label: str, watch: DoubtWatch | None) -> dict:
    """The rule of one noun, as the form shows it."""
    rule, asked = (watch.merge_from, watch.must_agree) if watch else (None, [])
    fields = [(code, words, code in asked) for code, words in AGREEABLE[noun].items()]
    return {"noun": noun, "label": label, "chosen": "" if rule is None else f"{rule:.2f}", "fields": fields}


@allowed("merge")
@require_POST
def person_apart(request, person_id):
    """Two people are two: they aren't asked about again."""
    return _apart(request, get_person_for(request.user, person_id), "person", get_person_for)


@allowed("merge")
@require_POST
def account_apart(request, account_id):
    """Two accounts are two firms."""
    return _apart(request, get_account_for(request.user, account_id), "account", get_account_for)


def _apart(request, row, noun: str, get):
    require(request.user, "merge", row)
    asked = request.POST.get("other", "").strip()
    if not asked.isdigit():
        raise Refusal(f"Say which {noun} it is not the same as.")
    other = get(request.user, min(int(asked), 2**62))
    leave_apart(noun, row, other, by=request.user, at=now())
    toasts.tell(request, f"{row} and {other} stay two; nobody is asked about them again.")
    return onward(request, reverse("duplicates"))


@allowed("merge")
@require_POST
def duplicates_rule(request):
    """From which probability certain pairs merge by themselves, for people and for accounts."""
    said = []
    for noun, label in NOUNS:
        asked = request.POST.get(noun, "")
        if asked not in dict(RULES):
            raise Refusal(f"“{asked[:20]}” is no rule for merging; choose one of the list.")
        rule = float(asked) if asked else None
        fields = [code for code in AGREEABLE[noun] if code in request.POST.getlist(f"{noun}-agree")]
        watch, _ = DoubtWatch.objects.get_or_create(noun=noun)
        where = f" where {' and '.join(AGREEABLE[noun][code] for code in fields)} agree" if fields and asked else ""
        if (watch.merge_from, watch.must_agree) != (rule, fields):
            DoubtWatch.objects.filter(noun=noun).update(merge_from=rule, must_agree=fields)
            audited(request.user, "set rule", watch, f"{noun}: merge by itself {asked or 'never'}{where}")
        said.append(f"{label} merge by themselves {'never' if rule is None else f'from {rule:.0%} on'}{where}.")
    toasts.tell(request, " ".join(said))
    return onward(request, reverse("duplicates"))


urlpatterns = [
    path("duplicates/", duplicates, name="duplicates"),
    path("duplicates/rule/", duplicates_rule, name="duplicates-rule"),
    path("people/<int:person_id>/apart/", person_apart, name="person-apart"),
    path("accounts/<int:account_id>/apart/", account_apart, name="account-apart"),
]
