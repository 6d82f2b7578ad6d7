"""Finding people and accounts by name, address, company or domain. Prefixes of words; every query has an index."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

from winnow.leads import rights
from winnow.leads.account import Account
from winnow.leads.lead import Lead
from winnow.leads.person import LINE, Identity, Person

LOOKED = 200  # matches looked at before the best are shown
SHOWN = 25
LETTERS = 100


@dataclass
class Hits:
    """What was found; `more` when there were more people or accounts than are shown."""

    people: list[Person]
    accounts: list[Account]
    leads: list[Lead]
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.people or self.accounts or self.leads)


def find(user, text: str) -> Hits:
    """What of all that this user may see begins like the words of `text`."""
    words = text.replace("\0", "").lower()[:LETTERS].split()[:4]
    if not words:
        return Hits([], [], [])
    if line := _line(text):
        return Hits(_on_line(user, line)[:SHOWN], [], [])
    people, accounts = _people(user, words), _accounts(user, words)
    leads = []
    if words[-1].isdigit() and (len(words) == 1 or words[0] == "lead"):
        leads = list(rights.leads_visible_to(user).filter(pk=int(words[-1])).select_related("account", "person"))
    more = len(people) > SHOWN or len(accounts) > SHOWN
    return Hits(people[:SHOWN], accounts[:SHOWN], leads, more)


def _line(text: str) -> str:
    """The last seven digits where somebody typed a telephone number; empty where it is none."""
    digits = "".join(sign for sign in text if sign.isdigit())
    number = not any(sign.isalpha() or sign in "@#" for sign in text)
    return digits[-7:] if number and len(digits) > 6 else ""


def _on_line(user, line: str) -> list[Person]:
    rows = rights.people_visible_to(user).select_related("account", "owner", "standing")
    return list(rows.exclude(phone="").annotate(line=LINE).filter(line=line).order_by("pk")[: SHOWN + 1])


def _people(user, words: list[str]) -> list[Person]:
    rows = rights.people_visible_to(user).select_related("account", "owner", "standing")
    rows = rows.annotate(first=Lower("first_name"), last=Lower("last_name"))
    one = words[0]
    if len(words) == 1:
        named = Q(first__startswith=one) | Q(last__startswith=one)
    else:
        rest = " ".join(words[1:])
        other_way = Q(last__startswith=" ".join(words[:-1])) & Q(first__startswith=words[-1])
        named = Q(first__startswith=one) & Q(last__startswith=rest) | other_way
        named |= Q(last__startswith=" ".join(words))
    found = {person.pk: person for person in rows.filter(named)[:LOOKED]}
    if len(words) == 1 and len(one) > 1:
        keys = Identity.objects.filter(kind="email", system="", value__startswith=one).values("person_id")[:LOOKED]
        found |= {person.pk: person for person in rows.filter(pk__in=keys)}
    whole = " ".join(words)
    order = {True: 0, False: 1}
    return sorted(
        found.values(),
        key=lambda p: (order[whole in (p.last, p.first, f"{p.first} {p.last}")], p.last, p.first, p.pk),
    )[: SHOWN + 1]


def _accounts(user, words: list[str]) -> list[Account]:
    rows = rights.accounts_visible_to(user).exclude(kind="solo").select_related("owner")
    rows = rows.annotate(called=Lower("name"))
    matches = rows
    for word in words:
        # Under three letters there is no trigram: then only the beginning of the name's key is looked at.
        matches = matches.filter(called__contains=word) if len(word) > 2 else matches.filter(name_key__startswith=word)
    found = {account.pk: account for account in matches[:LOOKED]}
    if len(words) == 1:
        domain = words[0].rpartition("@")[2].removeprefix("www.")
        found |= {account.pk: account for account in rows.filter(domain__startswith=domain)[:LOOKED]}
    return sorted(found.values(), key=lambda a: (not a.called.startswith(words[0]), a.called, a.pk))[: SHOWN + 1]
