"""Rows of inquiries, on the path that every channel takes."""

from datetime import datetime

from winnow.intake.incoming import Unusable, incoming
from winnow.intake.into import Batch, Done, Line, rejected, tell_address
from winnow.intake.into.strangers import own_keys
from winnow.leads.capture import claim_of, take_inquiries
from winnow.leads.phonelines import known_by_phone


def prepare(line: Line, system: str, at: datetime) -> None:
    """Understand the row; what can't be is its problem."""
    try:
        line.made = one, _ = incoming(line.fields, external_id=line.key, system=system, at=at)
        one.claim = claim_of(one)
    except Unusable as unusable:
        line.problem = str(unusable)


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Take the rows in as inquiries; those dated more than a day back as history."""
    done: list[Done | None] = [None] * len(lines)
    halves: dict[bool, list] = {True: [], False: []}
    for number, line in enumerate(lines):
        if line.made is None:
            prepare(line, batch.system, batch.at)
        if line.problem:
            done[number] = rejected(line.problem)
            continue
        one, strange = line.made
        one.campaign = batch.campaign or one.campaign
        one.interest = batch.interest or one.interest
        one.evidence_source = "import"
        for name, value in strange:
            batch.note("unknown_value", f"{name}: {value}")
        tell_address(one, batch)
        historic = batch.is_history(one.captured_at)
        if historic:
            batch.note("claimed_history")
        halves[historic].append((number, one))
    if not batch.system:
        ones = [one for half in halves.values() for _, one in half]
        apart = own_keys("inquiries", [(one.external_id, one) for one in ones])
        for place, key in apart.items():
            ones[place].external_id = key
            batch.note("key_of_another")
    if batch.known_by == "phone":
        ones = [one for half in halves.values() for _, one in half]
        for one in ones:
            one.claim = one.claim or claim_of(one)
        known_by_phone([one.claim for one in ones])
    for historic, half in halves.items():
        if not half:
            continue
        taken = take_inquiries(
            [one for _, one in half], at=batch.at, imported=batch.imported, historic=historic, by=batch.by
        )
        for (number, _), result in zip(half, taken, strict=True):
            done[number] = Done(
                result.outcome, result.reason, "inquiry" if result.inquiry_id else "", result.inquiry_id,
                result.before, result.account_matched,
            )
    return done  # type: ignore[return-value]
