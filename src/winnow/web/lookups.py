"""What is known of an account and where from; looking a company up, and taking back what was wrong."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from winnow.leads import rights
from winnow.leads.account import Account
from winnow.leads.errors import Refusal
from winnow.leads.lookup import LookUp, standing_facts
from winnow.leads.story import SOURCES
from winnow.web import toasts
from winnow.web.access import allowed, get_account_for, require
from winnow.web.onward import onward

LABELS = (("industry", "Industry"), ("employees", "People there"), ("country", "Country"))


@dataclass(frozen=True)
class Known:
    """One thing that is known of an account: what, who or what said so, and when."""

    label: str
    value: str
    source: str
    at: datetime | None


def portrait_of(account: Account, user) -> dict:
    """What the account's page shows of this: each value with its source, the look-up, and what this user may do."""
    found = LookUp.objects.filter(account=account).first()
    said = standing_facts(account)
    known = []
    if found is not None and found.named and account.name == found.name:
        known.append(Known("Name", account.name, _source(found.source), found.tried_at))
    for name, label in LABELS:
        if value := getattr(account, name):
            row = said.get(name)
            same = row is not None and row.value == str(value)
            known.append(Known(label, str(value), *((_source(row.source), row.happened_at) if same else ("", None))))
    may = rights.may(user, "look up", account)
    idle = found is None or found.due_at is None
    return {
        "known": known, "found": found, "may_remove": may and found is not None and found.state == "found",
        "may_ask": may and idle and bool(settings.LOOK_UP and account.domain) and account.kind == "company",
    }  # fmt: skip


def _source(code: str) -> str:
    return SOURCES.get(code.partition(" ")[0], code)


@allowed("look up")
@require_POST
def account_look_up(request, account_id):
    """Look this company up as soon as there is time. Refusal while look-ups are off."""
    account = get_account_for(request.user, account_id)
    require(request.user, "look up", account)
    if not settings.LOOK_UP:
        raise Refusal("Look-ups are off; whoever runs Winnow turns them on by WINNOW_LOOK_UP.")
    LookUp.ask(account, by=request.user)
    toasts.tell(request, f"{account} will be looked up within minutes.")
    return onward(request, reverse("account", args=[account.pk]))


@allowed("look up")
@require_POST
def account_look_up_removal(request, account_id):
    """What was found is wrong: take it back. Refusal when nothing was found."""
    account = get_account_for(request.user, account_id)
    require(request.user, "look up", account)
    found = LookUp.objects.filter(account=account, state="found").first()
    if found is None:
        raise Refusal(f"Nothing that {account} has is from a look-up.")
    gone = found.remove(by=request.user)
    account.refresh_from_db()
    told = f"taken back: {', '.join(gone)}" if gone else "nothing of it was in use any more"
    toasts.tell(request, f"The look-up of {account} is removed, {told}.")
    return onward(request, reverse("account", args=[account.pk]))


urlpatterns = [
    path("accounts/<int:account_id>/look-up/", account_look_up, name="account-look-up"),
    path("accounts/<int:account_id>/look-up/removal/", account_look_up_removal, name="account-look-up-removal"),
]
