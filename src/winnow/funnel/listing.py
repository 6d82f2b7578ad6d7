"""Reps and imports: what each got and what became of it."""

from collections import defaultdict

from winnow.funnel import asking
from winnow.funnel.breakdown import FEW, warning
from winnow.funnel.dimensions import labels
from winnow.funnel.intervals import kaplan_meier, share, wilson
from winnow.funnel.money import main_currency
from winnow.leads.calendar import worked_each
from winnow.leads.definition import Definition
from winnow.policy.definition import Promise
from winnow.policy.validity import REASONS

ANSWERS = ("accepted", "rejected", "recalled")


def reps(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per rep with a handoff or a deal.

    Response times are working minutes from the handoff to the rep's own answer, as median and by when nine of ten are
    answered; what waits counts as waiting (Kaplan and Meier), None where too much waits to say.
    """
    definition = Definition.in_force(asked.at if asked.reading.past else None)
    promise = definition.policy.promise if definition else Promise()
    handoffs: dict[str, list[dict]] = defaultdict(list)
    given = asking.rows("reps", asked.given)
    minutes = worked_each(promise, [(row["given_at"], row["responded_at"] or asked.at) for row in given])
    for row, worked in zip(given, minutes, strict=True):
        handoffs[row["rep"]].append(row | {"minutes": worked})
    given = [row for rows in handoffs.values() for row in rows]
    deals, currency = _deals(asked)
    rows = [
        {"rep": rep, **_answers(handoffs.get(rep, []), asked.at), **deals.get(rep, _NO_DEALS)}
        for rep in sorted({*handoffs, *deals})
    ]
    rows.sort(key=lambda row: (-row["accepted"], -row["won"], row["rep"]))
    names = ("leads", "accepted", "rejected", "unanswered", "late", "opportunities", "won", "lost", "won_cents")
    totals = {name: sum(row[name] for row in rows) for name in names} | {"currency": currency}
    everything = _answers(given, asked.at)
    totals |= {name: everything[name] for name in ("median_minutes", "ninety_percent_minutes", "acceptance_share")}
    return rows, totals, []


_NO_DEALS = {"opportunities": 0, "won": 0, "lost": 0, "won_cents": 0, "won_share": None, "won_interval": None}


def _answers(given: list[dict], at) -> dict:
    counts = {name: sum(row["response"] == name for row in given) for name in ANSWERS}
    # A handoff that marketing took back was never the rep's to answer any more: it says nothing about speed.
    own = [row for row in given if row["response"] != "recalled"]
    spans = [(row["minutes"], row["responded_at"] is not None) for row in own]
    answered = counts["accepted"] + counts["rejected"]
    return {
        "leads": len(own), "accepted": counts["accepted"], "rejected": counts["rejected"],
        "unanswered": len(own) - answered,
        "late": sum((row["responded_at"] or at) > row["response_due_at"] for row in own),
        "median_minutes": kaplan_meier(spans, 0.5), "ninety_percent_minutes": kaplan_meier(spans, 0.9),
        "acceptance_share": share(counts["accepted"], answered),
        "acceptance_interval": wilson(counts["accepted"], answered) if 0 < answered < FEW else None,
    }  # fmt: skip


def _deals(asked) -> tuple[dict, str]:
    found = asking.rows("reps_deals", asked.given, rows=asked.reading.table)
    amounts: dict[str, int] = defaultdict(int)
    for row in found:
        amounts[row["currency"]] += int(row["won_cents"])
    currency, names = main_currency(amounts, {}), labels("owner", {row["owner"] for row in found})
    told: dict[str, dict] = {}
    for row in found:
        if row["owner"] is None:
            continue
        into = told.setdefault(names[row["owner"]], dict(_NO_DEALS))
        for name in ("opportunities", "won", "lost"):
            into[name] += int(row[name])
        into["won_cents"] += int(row["won_cents"]) if row["currency"] == currency else 0
    for one in told.values():
        ended = one["won"] + one["lost"]
        one["won_share"] = share(one["won"], ended)
        one["won_interval"] = wilson(one["won"], ended) if 0 < ended < FEW else None
    return told, currency


def invalid(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per reason for which inquiries are not valid; what was judged again is told."""
    found = asking.rows("invalid", {**asked.given, "recorded": asked.reading.recorded})
    valid = next((row for row in found if not row["reason"]), {"inquiries": 0, "active": 0, "judged_again": 0})
    rows = [
        {
            "reason": row["reason"], "says": REASONS.get(row["reason"], row["reason"].replace("_", " ")),
            "inquiries": row["inquiries"], "active": row["active"],
            "active_share": share(row["active"], row["inquiries"]), "judged_again": row["judged_again"],
        }
        for row in found if row["reason"]
    ]  # fmt: skip
    every, active = (sum(row[name] for row in found) for name in ("inquiries", "active"))
    wrong = every - valid["inquiries"]
    totals = {
        "inquiries": every, "active_share": share(active, every), "valid": valid["inquiries"], "invalid": wrong,
        "invalid_share": share(wrong, every), "found_valid_later": valid["judged_again"],
    }  # fmt: skip
    return rows, totals, []


def imports(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per import: the six outcomes add up to the rows, or `balances` is false."""
    rows = asking.rows("imports", asked.given)
    for row in rows:
        row["started_at"] = row["started_at"].isoformat()
        row["active_share"] = share(row.pop("active"), row["inquiries"])
    wrong = [row for row in rows if not row["balances"] and row["state"] in ("done", "undone")]
    names = ("rows", "created", "updated", "merged", "unchanged", "quarantined", "rejected")
    totals = {"imports": len(rows), **{name: sum(row[name] for row in rows) for name in names}}
    text = "the outcomes of an import don't add up to its rows"
    return rows, totals, [warning("unbalanced", text, len(wrong))] if wrong else []
