"""From rows to records, one module per kind. Each has `load(lines, batch) -> list[Done]`, one `Done` per line in order.

A module writes; it doesn't commit. The importer gives it a chunk inside a transaction and keeps the raw rows.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from winnow.intake.kinds import is_masked
from winnow.leads.errors import Refusal

KINDS = ("inquiries", "people", "accounts", "products", "activities", "opportunities", "costs")
_PHONE = "the e-mail address, then a telephone number that one known person alone has"
KNOWN_BY = {
    "people": {
        "": "the file’s own number, then the e-mail address",
        "email": "the e-mail address alone; the file’s numbers say nothing of those who have one",
        "number": "the file’s own number alone; who has a known address and another number is somebody else",
        "phone": f"the file’s own number, {_PHONE}",
    },
    "inquiries": {"": "the e-mail address; the file’s number is the inquiry’s own", "phone": _PHONE},
}
"""By what the person of a row is found again."""
LIVE_DAYS = 1
"""Rows dated further back than this are history unless somebody says otherwise."""


@dataclass(slots=True)
class Line:
    """One row: where it stood, how, and what the mapping made of it. `key` is the sender's or made from the row.

    `made` is what the kind's `prepare` made of it ahead of time, where it has one; `written` is `raw` as JSON.
    """

    number: int
    raw: list | str
    fields: dict
    key: str = ""
    problem: str = ""
    made: object = None
    written: str = ""


@dataclass(slots=True)
class Done:
    """What became of a line: one of ImportRow.OUTCOMES, and why if it was rejected."""

    outcome: str
    reason: str = ""
    noun: str = ""
    noun_id: int | None = None
    before: dict | None = None
    account_matched: bool = False


@dataclass
class Batch:
    """What a chunk is loaded under. `notes` counts what is to be told: (code, detail) -> rows; `known_by` is one of
    KNOWN_BY of its kind.
    """

    at: datetime
    system: str = ""
    imported: object = None
    by: object = None
    historic: bool | None = None
    campaign: str = ""
    interest: str = ""
    known_by: str = ""
    notes: Counter = field(default_factory=Counter)
    largest: dict = field(default_factory=dict)

    def note(self, code: str, detail: str = "", rows: int = 1) -> None:
        """Count rows under a warning."""
        self.notes[code, detail[:80]] += rows

    def is_history(self, when: datetime | None) -> bool:
        """Whether a row of that date may claim when it was known."""
        if self.historic is not None:
            return self.historic
        return when is not None and when < self.at - timedelta(days=LIVE_DAYS)


def rejected(reason: str) -> Done:
    """A line that can't be taken, with the reason."""
    return Done("rejected", reason=reason[:400])


def tell_address(one, batch: Batch) -> None:
    """Note what is to be told of somebody's address: that it is crossed out, or that its domain is misspelt."""
    address = one.address
    if (address is not None and address.kind == "masked") or is_masked(one.phone):
        batch.note("masked_key")
    if address is not None and address.reason and address.identifies:
        batch.note("misspelt_mail", address.reason)


def start_of(day: date | datetime | None) -> datetime | None:
    """The moment of a date: its first minute in UTC; a moment stays what it is."""
    if day is None or isinstance(day, datetime):
        return day if day is None or day.tzinfo else day.replace(tzinfo=UTC)
    return datetime.combine(day, time(), UTC)


def day_of(value: date | datetime | None) -> date | None:
    """The calendar day of a date or a moment."""
    return value.date() if isinstance(value, datetime) else value


def known_way(kind: str, name: str) -> str:
    """The name itself. Refusal when nobody is found by it in rows of this kind."""
    ways = KNOWN_BY.get(kind, {})
    if name not in ways:
        said = ", ".join(filter(None, ways)) or "nothing: they are found by their own keys"
        raise Refusal(f"{kind.capitalize()} are not found again by {name!r}; say {said}.", code="unknown_way")
    return name


def loader(kind: str):
    """The module of a kind: `load`, and maybe `prepare(line, system, at)` for what needs no database.

    Refusal when there is no such kind.
    """
    from importlib import import_module

    if kind not in KINDS:
        raise Refusal(f"There is no kind {kind!r} to import; the kinds are {', '.join(KINDS)}.", code="unknown_kind")
    return import_module(f"winnow.intake.into.{kind}")
