"""The funnel by one attribute: what became of the inquiries, what that cost, and how sure a share is."""

from collections import defaultdict

from winnow.funnel import asking
from winnow.funnel.dimensions import COLUMNS, labels, order
from winnow.funnel.intervals import share, wilson
from winnow.funnel.money import allocated, main_currency, per
from winnow.leads.campaign import Campaign
from winnow.leads.summary import COUNTS

FEW = 100  # below so many a share stands with its interval
TOO_FEW = 30  # below so many it says next to nothing
DOMINATES = 0.5
SHOWN = (
    "inquiries", "valid", "active", "people", "prospects", "leads", "handed_off", "accepted", "rejected",
    "disqualified", "opportunities", "won", "lost", "won_cents", "wins_unjudged",
)  # fmt: skip
WITHIN = ("waiting", "ended_early", "let_go", "claimed")  # in the totals only: where the rest went, and what is claimed


def funnel(asked) -> tuple[list[dict], dict, list[dict]]:
    """One row per value of the attribute, in the order of what an accepted lead costs, then how many there were."""
    counted, totals, others = _counted(asked)
    costs, cost_totals, missing = _costs(asked, counted, totals["currency"])
    rows = []
    for label, counts in counted.items():
        row = {asked.by: label, **{name: counts[name] for name in SHOWN}, **_shares(counts)}
        row |= _per(costs.get(label), counts)
        if others.get(label):
            row["other_amounts_cents"] = others[label]
        rows.append(row)
    rows.sort(key=order(asked.by))
    totals |= _shares(totals) | _per(cost_totals["cost_cents"], totals) | cost_totals
    return rows, totals, _warnings(asked, rows, totals, others, missing) if asked.care else []


def costs(asked) -> tuple[list[dict], dict, list[dict]]:
    """The same, down to what things cost."""
    rows, totals, warnings = funnel(asked)
    kept = (
        asked.by, "inquiries", "active_share", "leads", "accepted", "won", "won_cents", "cost_cents",
        "cost_per_inquiry_cents", "cost_per_lead_cents", "cost_per_accepted_cents", "cost_per_won_cents",
        "return_share",
    )  # fmt: skip
    for row in [*rows, totals]:
        cost = row["cost_cents"]
        row["return_share"] = round((row["won_cents"] - cost) / cost, 4) if cost else None
    return [{name: row[name] for name in kept} for row in rows], totals, warnings


def campaigns(asked) -> tuple[list[dict], dict, list[dict]]:
    """The same by campaign, with its channel and interest; what brought nothing stands there too."""
    rows, totals, warnings = costs(asked)
    known = {c.name: c for c in Campaign.objects.filter(name__in=[row["campaign"] for row in rows if row["campaign"]])}
    for row in rows:
        one = known.get(row["campaign"])
        row |= {"channel": one.channel if one else None, "interest": one.interest if one else None}
    return rows, totals, warnings


def active_share(asked) -> tuple[list[dict], dict, list[dict]]:
    """Inquiries of people who came to us beside those of bought names."""
    rows, totals, warnings = funnel(asked)
    told = [
        {
            asked.by: row[asked.by], "inquiries": row["inquiries"], "active": row["active"],
            "passive": row["inquiries"] - row["active"], "active_share": row["active_share"],
            "active_interval": wilson(row["active"], row["inquiries"]) if row["inquiries"] < FEW else None,
            "won": row["won"],
        }
        for row in rows
        if row["inquiries"]
    ]  # fmt: skip
    told_totals = {name: totals[name] for name in ("inquiries", "active", "active_share")}
    codes = ("claimed_history", "too_few", "unknown_value")
    return told, told_totals, [one for one in warnings if one["code"] in codes]


# -- counting -------------------------------------------------------------------------------------------------------
def _counted(asked) -> tuple[dict, dict, dict]:
    """Label -> counts, the totals, and label -> won amounts in other currencies than the report's."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
    try:
        found = asking.rows("funnel_sums", {"by": asked.by, "month": asked.since_month}, sums=sums)
    except ValueError:
        value = COLUMNS[asked.by]
        found = asking.rows("funnel", asked.given, value=value, rows=asked.reading.table, sums=sums)
    names = labels(asked.by, {row["value"] for row in found if not row["all_of_them"]})
    amounts: dict[str, int] = defaultdict(int)
    for row in found:
        if row["all_of_them"]:
            amounts[row["currency"]] += int(row["won_cents"])
    currency = main_currency(amounts, _cost_currencies(asked))
    counted, others, totals = {}, defaultdict(dict), _nothing()
    for row in found:
        label = names.get(row["value"])
        into = totals if row["all_of_them"] else counted.setdefault(label, _nothing())
        for name in (*COUNTS, "people"):
            if name != "won_cents" or row["currency"] in (currency, ""):
                into[name] += int(row[name])
        if row["currency"] not in (currency, "") and row["won_cents"] and not row["all_of_them"]:
            others[label][row["currency"]] = others[label].get(row["currency"], 0) + int(row["won_cents"])
    gone = [label for label, counts in counted.items() if not any(counts.values())]
    for label in gone:  # sums of what was taken back are kept as noughts
        del counted[label]
    return counted, totals | {"currency": currency}, dict(others)


def _nothing() -> dict:
    return dict.fromkeys((*SHOWN, *WITHIN), 0)


def _shares(counts: dict) -> dict:
    """Shares of the inquiries, and the interval of each where there are few."""
    inquiries = counts["inquiries"]
    told = {"active_share": share(counts["active"], inquiries)}
    for name, part in (("lead", "leads"), ("accepted", "accepted"), ("won", "won")):
        told[f"{name}_share"] = share(counts[part], inquiries)
        few = 0 < inquiries < FEW
        told[f"{name}_interval"] = wilson(min(counts[part], inquiries), inquiries) if few else None
    given = counts["handed_off"]
    told["acceptance_share"] = share(counts["accepted"], given)
    told["acceptance_interval"] = wilson(min(counts["accepted"], given), given) if 0 < given < FEW else None
    return told


def _per(cents: int | None, counts: dict) -> dict:
    return {
        "cost_cents": cents,
        "cost_per_inquiry_cents": per(cents, counts["inquiries"]),
        "cost_per_lead_cents": per(cents, counts["leads"]),
        "cost_per_accepted_cents": per(cents, counts["accepted"]),
        "cost_per_won_cents": per(cents, counts["won"]),
    }


# -- costs ----------------------------------------------------------------------------------------------------------
def _cost_lines(asked) -> list[dict]:
    key = "costs", asked.start, asked.end
    if key not in asked.reading.kept:
        asked.reading.kept[key] = asking.rows("costs", asked.given)
    return asked.reading.kept[key]


def _cost_currencies(asked) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for line in _cost_lines(asked):
        found[line["currency"]] += int(line["cents"])
    return found


def _costs(asked, counted: dict, currency: str) -> tuple[dict, dict, list[dict]]:
    """Label -> cents, the totals, and what is missing. A campaign's cost is laid evenly on its inquiries."""
    lines = [line for line in _cost_lines(asked) if line["currency"] == currency]
    total = sum(int(line["cents"]) for line in lines) if lines else None
    totals = {"cost_cents": total, "cost_laid_on_nothing_cents": 0}
    if not lines:
        text = "no costs are entered; nothing can be said of what a lead costs"
        return {}, totals, [warning("missing_cost", text, 0)]
    spent: dict[int, int] = defaultdict(int)
    by_month: dict[str, int] = defaultdict(int)
    for line in lines:
        spent[line["campaign_id"]] += int(line["cents"])
        by_month[line["month"]] += int(line["cents"])
    if asked.by == "month":
        for month in by_month:
            counted.setdefault(month, _nothing())
        return by_month, totals, []
    if asked.by == "campaign":
        names = labels("campaign", map(str, spent))
        laid: dict = defaultdict(int)
        for campaign, cents in spent.items():
            laid[names[str(campaign)]] += cents
            counted.setdefault(names[str(campaign)], _nothing())
        free = [label for label, counts in counted.items() if label and label not in laid and counts["inquiries"]]
        text = f"{len(free)} campaigns have inquiries and no cost" if len(free) > 1 else "one campaign has no cost"
        return laid, totals, [warning("missing_cost", text, len(free))] if free else []
    laid, nowhere = allocated(_by_campaign(asked), spent)
    names = labels(asked.by, laid)
    of_label: dict = defaultdict(int)
    for value, cents in laid.items():
        of_label[names.get(value)] += cents
    return of_label, totals | {"cost_laid_on_nothing_cents": nowhere}, []


def _by_campaign(asked) -> list[dict]:
    try:
        return asking.rows("shares_sums", {"by": asked.by, "month": asked.since_month})
    except ValueError:
        return asking.rows("shares", asked.given, value=COLUMNS[asked.by], rows=asked.reading.table)


# -- what has to be read with care ----------------------------------------------------------------------------------
def warning(code: str, text: str, rows: int) -> dict:
    """One warning as COMMANDS has it; `rows` is how many things it is about."""
    return {"code": code, "text": text, "rows": rows}


def _warnings(asked, rows, totals, others, found) -> list[dict]:
    found = list(found) + _about_deals(asked, totals)
    inquiries = totals["inquiries"]
    if claimed := totals["claimed"]:
        totals["claimed_share"] = share(claimed, inquiries)
        text = f"{claimed:,} of {inquiries:,} inquiries came by imports that claim when they were known"
        found.append(warning("claimed_history", f"{text}; figures as of a past day rest on that", claimed))
    if totals["wins_unjudged"]:
        text = f"{totals['wins_unjudged']:,} of {totals['won']:,} wins came without any earlier evidence"
        found.append(warning("wins_unjudged", f"{text}; they are shown, and no definition is judged by them",
                             totals["wins_unjudged"]))  # fmt: skip
    few = sum(0 < row["inquiries"] < TOO_FEW for row in rows)
    if few and asked.by != "month":
        text = f"{few} of {len(rows)} rows have fewer than {TOO_FEW} inquiries; their shares say little"
        found.append(warning("too_few", text, few))
    nameless = next((row for row in rows if row[asked.by] is None), None)
    if nameless and nameless["inquiries"]:
        said = next((row["inquiries"] for row in rows if str(row[asked.by]).lower() == "unknown"), 0)
        text = f"{nameless['inquiries']:,} inquiries have no {asked.by}"
        text += f", which is not the word “unknown” of {said:,} others" if said else "; they have a row of their own"
        found.append(warning("unknown_value", text, nameless["inquiries"]))
    if others:
        known = sorted({currency for amounts in others.values() for currency in amounts})
        text = f"amounts in {', '.join(known)} are not added to those in {totals['currency']}"
        found.append(warning("mixed_currencies", text, len(others)))
    if asked.reading.past and asked.by in ("owner", "grade"):
        text = {
            "owner": "who a person belonged to is not kept for past days; it is taken from handoffs and files",
            "grade": "grades of past days are known of leads alone; the others have none",
        }[asked.by]
        found.append(warning("unknown_value", text, sum(row[asked.by] is None for row in rows)))
    return found


def _about_deals(asked, totals) -> list[dict]:
    deals = asking.rows("deals", asked.given, value=COLUMNS[asked.by], rows=asked.reading.table)
    found = []
    if early := sum(row["early"] for row in deals):
        text = f"{early:,} {'deals were' if early > 1 else 'deal was'} won before the first contact of the inquiry"
        found.append(warning("won_before_contact", f"{text} that it goes back to; it counts as it is", early))
    ours = [row for row in deals if row["currency"] == totals["currency"]]
    amounts, largest = sum(row["amounts"] for row in ours), max((int(row["largest"] or 0) for row in ours), default=0)
    total = sum(int(row["won_cents"] or 0) for row in ours)
    if amounts >= 3 and largest > DOMINATES * total:
        part = f"{largest * 100 // total} % of the won amount of {amounts:,} deals"
        text = f"one deal of {largest / 100:,.2f} {totals['currency']} makes up {part}; sums and averages hang on it"
        found.append(warning("outlier_dominates", text, 1))
    names = labels(asked.by, {row["value"] for row in ours})
    led = [
        names.get(row["value"]) or "no value" for row in ours
        if row["amounts"] >= 3 and int(row["largest"] or 0) > DOMINATES * int(row["won_cents"])
    ]  # fmt: skip
    if led and not (amounts >= 3 and largest > DOMINATES * total):
        text = f"in {len(led)} of {len(ours)} rows one deal makes up most of the amount: {', '.join(led[:5])}"
        found.append(warning("outlier_dominates", text, len(led)))
    return found
