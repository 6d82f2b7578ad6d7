"""The funnel counted by plain Python over the tables: what the reports are held against."""

from collections import Counter, defaultdict

from winnow.leads.models import Inquiry, Opportunity, StageChange


def who(person):
    """The person after all merges."""
    return None if person is None else person.now_is().pk


def known_at(inquiry):
    return inquiry.captured_at if inquiry.historic else inquiry.recorded_at


def funnel(of, at=None):
    """Value -> counts. `of` gives the value of an inquiry (None for a deal or cycle that goes back to none)."""
    counts, people = defaultdict(Counter), defaultdict(set)
    inquiries = [i for i in Inquiry.objects.all() if there(i, at) and (at is None or known_at(i) <= at)]
    first = {}
    for inquiry in sorted(inquiries, key=lambda i: (i.captured_at, i.pk)):
        if inquiry.valid and inquiry.cycle_id:
            first.setdefault(inquiry.cycle_id, inquiry)
        row = counts[of(inquiry)]
        row["inquiries"] += 1
        row["valid"] += inquiry.valid
        row["active"] += inquiry.interest == "active"
        people[of(inquiry)].add(who(inquiry.person))
    deals = [d for d in Opportunity.objects.all() if there(d, at) and (at is None or d.known_at <= at)]
    with_deal = {d.cycle_id for d in deals}
    origins = {}
    for cycle, changes in ledger(at).items():
        origins[cycle.pk] = origin = first.get(cycle.pk) or before(inquiries, cycle, changes[0])
        if cycle.pk not in first and not real(changes[0], at):
            continue
        row = counts[of(origin) if origin else None]
        row["prospects"] += 1
        joined = any(c.after == "ready" and c.reason == "joined the lead" for c in changes)
        own = any(
            c.after == "ready" and c.reason != "joined the lead" and c.before in ("", "new", "nurturing")
            for c in changes
        )
        reached = {c.after for c in changes if real(c, at)}
        alone = own or not joined
        lead = own or (alone and bool(reached & {"handed_off", "accepted"}))
        row["leads"] += lead
        row["handed_off"] += alone and "handed_off" in reached
        row["accepted"] += alone and "accepted" in reached
        if cycle.pk not in with_deal and not joined and not lead:
            row["opportunities"] += "opportunity" in reached
            row["won"] += "won" in reached
            row["lost"] += "lost" in reached
    by_pk = {i.pk: i for i in inquiries}
    for deal in deals:
        origin = by_pk.get(deal.inquiry_id) or first.get(deal.cycle_id) or origins.get(deal.cycle_id)
        row = counts[of(origin) if origin else None]
        outcome = deal.outcome if at is None else outcome_by(deal, at)
        row["opportunities"] += 1
        row["won"] += outcome == "won"
        row["lost"] += outcome == "lost"
        row["wins_unjudged"] += outcome == "won" and not deal.judged
        row["won_cents"] += (deal.amount_cents or 0) if outcome == "won" else 0
    for value, found in people.items():
        counts[value]["people"] = len(found)
    return counts


def there(row, at):
    return row.voided_at is None or (at is not None and row.voided_at > at)


def real(change, at):
    return change.imported is None or there(change.imported, at)


def ledger(at):
    found = defaultdict(list)
    for change in StageChange.objects.select_related("cycle__person", "imported").order_by("id"):
        if at is None or change.known_at <= at:
            found[change.cycle].append(change)
    return found


def before(inquiries, cycle, begun):
    """The person's last valid inquiry before a cycle that began without one."""
    own = [i for i in inquiries if i.person_id == cycle.person_id and i.valid and i.captured_at <= begun.at]
    return max(own, key=lambda i: (i.captured_at, i.pk), default=None)


def outcome_by(deal, at):
    from winnow.leads.models import FactRow

    told = FactRow.objects.filter(kind__in=("won", "lost"), other_id=deal.pk, known_at__lte=at).order_by("id")
    return told.last().kind if told else "open"
