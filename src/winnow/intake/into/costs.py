"""Rows of costs: what a campaign cost on a day."""

from datetime import date, datetime

from winnow.intake.incoming import Unusable, text_of
from winnow.intake.into import Batch, Done, Line, day_of, rejected
from winnow.intake.into.deals import cents
from winnow.leads.campaign import Campaign, CostLine

COLUMNS = ("campaign_id", "on", "amount_cents", "currency", "what")


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Take the cost lines in. A campaign that nobody set up yet is kept by its name."""
    read: list[dict | str] = [_read(line, batch) for line in lines]
    names = {row["campaign"]: ("unknown", "active") for row in read if isinstance(row, dict)}
    campaigns = Campaign.named(names, batch.at)
    done = []
    for line, row in zip(lines, read, strict=True):
        if isinstance(row, str):
            done.append(rejected(row))
            continue
        row["campaign_id"] = campaigns[row.pop("campaign")]
        old = CostLine.objects.filter(system=batch.system, external_id=line.key).first()
        if old is None:
            made = CostLine.objects.create(
                system=batch.system, external_id=line.key, imported=batch.imported, **row
            )
            done.append(Done("created", "", "cost", made.pk))
            continue
        before = {name: getattr(old, name) for name in COLUMNS if getattr(old, name) != row[name]}
        if before:
            CostLine.objects.filter(pk=old.pk).update(**row)
        done.append(Done("updated" if before else "unchanged", "", "cost", old.pk, _plain(before) or None))
    return done


def _read(line: Line, batch: Batch) -> dict | str:
    """The row's columns, or why it can't be taken."""
    try:
        campaign = batch.campaign or text_of(line.fields, "campaign")
        amount = cents(line.fields.get("amount"))
        on = line.fields.get("on")
        if isinstance(on, str) and on:
            on = date.fromisoformat(on.strip()[:10])
        what = text_of(line.fields, "what")
        currency = text_of(line.fields, "currency").upper()
    except Unusable as unusable:
        return str(unusable)
    except ValueError:
        return f"on {line.fields.get('on')!r} is no date"
    if not campaign:
        return "campaign is missing: a cost belongs to one"
    if amount is None:
        return "amount is missing"
    if on is None or on == "":
        return "on is missing: a cost has a day"
    if currency and len(currency) != 3:
        return f"currency {currency!r} is no code of three letters"
    if isinstance(on, date | datetime) and day_of(on) > batch.at.date().replace(year=batch.at.year + 5):
        return f"on {on} lies too far in the future"
    return {
        "campaign": campaign, "on": day_of(on), "amount_cents": amount, "currency": currency or "EUR",
        "what": what[:200],
    }


def _plain(before: dict) -> dict:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in before.items()}
