"""One row about an opportunity, read: who and what it names, and when it says things happened."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from winnow.intake.incoming import EARLIEST, LONGEST, TOO_EARLY, Unusable, text_of, yes_or_no
from winnow.intake.into import Batch, Line, day_of, start_of
from winnow.leads.past import Past

WON = frozenset((
    "won", "win", "closed won", "closed-won", "closedwon", "gewonnen", "gagné", "gagne", "ganado", "ganada",
    "converted",
))
LOST = frozenset((
    "lost", "lose", "loss", "closed lost", "closed-lost", "closedlost", "verloren", "perdu", "perdido", "perdida",
    "dead", "abandoned", "cancelled", "canceled",
))


@dataclass(slots=True)
class Deal:
    """What a row names, before it is looked up; `past` is what is stored of it."""

    number: int
    line: int
    past: Past
    inquiry: str = ""
    account: str = ""
    domain: str = ""
    product: str = ""
    account_kind: str = "solo"

    @property
    def key(self) -> str:
        """The sender's own key."""
        return self.past.external_id

    def closes_after(self, captured_at: datetime | None) -> None:
        """A close on the day of the first contact, without a time, came after it."""
        past = self.past
        if past.bare and captured_at and past.closed_at and past.closed_at.date() == captured_at.date():
            past.closed_at = max(past.closed_at, captured_at)


def read(line: Line, number: int, batch: Batch) -> Deal:
    """The row as an opportunity. Unusable names the field that can't be taken."""
    fields = line.fields
    stage, outcome = _outcome(fields)
    engaged, closed = _date(fields, "engaged_on"), _date(fields, "closed_on")
    _not_ahead("engaged_on", engaged, batch.at)
    if outcome != "open":
        _not_ahead("closed_on", closed, batch.at)
    reason = text_of(fields, "lost_reason")
    if len(reason) > 60:
        raise Unusable("lost_reason", f"is {len(reason)} characters long where 60 are the most", reason)
    past = Past(
        system=batch.system, external_id=line.key, owner_given=text_of(fields, "owner"),
        developer_given=_short(fields, "developer", 120), stage=stage, outcome=outcome,
        amount_cents=cents(fields.get("amount")), currency=text_of(fields, "currency").upper()[:3] or "EUR",
        engaged_on=day_of(engaged), closes_on=day_of(closed), engaged_at=start_of(engaged),
        closed_at=start_of(closed) if outcome != "open" else None, bare=not isinstance(closed, datetime),
        lost_reason=reason if outcome == "lost" else "",
    )
    past.claims = batch.is_history(past.closed_at or past.engaged_at)
    return Deal(
        number, line.number, past, inquiry=_short(fields, "inquiry", LONGEST["external_id"]),
        account=_short(fields, "account", 300), domain=text_of(fields, "domain"), product=text_of(fields, "product"),
    )


def _outcome(fields: dict) -> tuple[str, str]:
    """Stage as given and outcome: by `won` where it is mapped, else by the word of the stage."""
    stage, won = text_of(fields, "stage"), fields.get("won")
    word = " ".join(stage.lower().replace("_", " ").split())
    outcome = "won" if word in WON else "lost" if word in LOST else "open"
    if won is not None and won != "" and outcome == "open":
        said = "" if isinstance(won, bool) else str(won).strip().lower()
        yes = said in WON or (said not in LOST and yes_or_no("won", won))
        # Not won, and nothing says that it is over: it is still open.
        outcome = "won" if yes else "lost" if fields.get("closed_on") else "open"
    return (stage or "open") if outcome == "open" else outcome, outcome


def _date(fields: dict, name: str) -> date | datetime | None:
    value = fields.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
        return value if value.time() != time() else value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise Unusable(name, "is no date", value) from None


def _not_ahead(name: str, value: date | datetime | None, at: datetime) -> None:
    if value is not None and value.year < EARLIEST:
        raise Unusable(name, TOO_EARLY, f"{day_of(value)}")
    if value is not None and day_of(value) > at.date():
        raise Unusable(name, "lies in the future", f"{value:%Y-%m-%d}")


def _short(fields: dict, name: str, most: int) -> str:
    text = text_of(fields, name)
    if len(text) > most:
        raise Unusable(name, f"is {len(text)} characters long where {most} are the most", text[:40])
    return text


def cents(value) -> int | None:
    """An amount in hundredths. Unusable when it is none."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        amount = Decimal(str(value)) * 100
        whole = int(amount.to_integral_value())
    except (ArithmeticError, ValueError):
        raise Unusable("amount", "is no amount", value) from None
    if abs(whole) > 10**15:
        raise Unusable("amount", "is larger than any amount", value)
    return whole
