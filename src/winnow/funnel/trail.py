"""The micro view: every step of one account, from the first inquiry to the last decision."""

from datetime import datetime

from django.db.models import Q

from winnow.leads.errors import Refusal
from winnow.leads.models import Account, FactRow, Inquiry, Person, User


def trail(account: str | None, as_of: datetime) -> tuple[list[dict], dict, list[dict]]:
    """Every fact of one account known by `as_of`, in recorded order. `account` is its number, domain, name or an
    external id of it or of an inquiry. Refusal when none or several are meant."""
    if not account:
        raise Refusal("A trail is of one account; name it (--account) by number, domain, name or external id.")
    found = find(str(account))
    merged = Account.objects.filter(Q(pk=found.pk) | Q(merged_into=found.pk)).values_list("pk", flat=True)
    facts = FactRow.objects.filter(account__in=list(merged), known_at__lte=as_of).order_by("id")
    people = {p.pk: p for p in Person.objects.filter(pk__in={f.person_id for f in facts if f.person_id})}
    users = dict(User.objects.values_list("pk", "name"))
    rows = [
        {
            "fact": fact.pk, "happened_at": fact.happened_at.isoformat(), "known_at": fact.known_at.isoformat(),
            "kind": fact.kind, "person": people[fact.person_id].name if fact.person_id else None,
            "person_id": fact.person_id, "code": fact.code, "value": fact.value, "source": fact.source,
            "by": users.get(fact.by_id), "inquiry": fact.inquiry_id, "claimed": fact.claimed,
        }
        for fact in facts
    ]
    totals = {
        "account": found.pk, "name": str(found), "facts": len(rows), "people": len(people),
        "inquiries": sum(row["kind"] == "inquiry" for row in rows),
    }
    return rows, totals, []


def find(text: str) -> Account:
    """The account meant by a number, a domain, a name or an external id."""
    asked = Q(domain=text.lower()) | Q(external_id=text) | Q(name__iexact=text)
    if text.isdigit() and len(text) < 19:
        asked |= Q(pk=int(text))
    found = {account.now_is().pk: account.now_is() for account in Account.objects.filter(asked)[:20]}
    if not found:
        for inquiry in Inquiry.objects.filter(external_id=text).select_related("account")[:20]:
            account = inquiry.account.now_is()
            found[account.pk] = account
    if not found:
        raise Refusal(f"No account is known as {text!r}; try its number, its domain or its exact name.")
    if len(found) > 1:
        several = ", ".join(f"{account} ({account.pk})" for account in list(found.values())[:5])
        raise Refusal(f"{text!r} may mean {several}; name one by its number.")
    return next(iter(found.values()))
