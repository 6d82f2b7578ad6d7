"""The account of a scorecard: one document for programs, and the sentences in it for people."""

import math

from winnow.studies.judged import wilson

VERDICTS = {
    "useful": "It tells wins from losses on later rows than it was learned from.",
    "no_signal": "No better than the base rate: on later rows it tells wins from losses no better than guessing does.",
    "too_few": "Too few outcomes to learn from.",
}


def too_few(about, drift, fewest) -> dict:
    """The account where nothing is learned, with what it would take."""
    won = about["won"]
    wins, losses = int(won.sum()), int(len(won) - won.sum())
    said = _beginning(about)
    said["verdict"] = "too_few"
    if min(wins, losses) < fewest:
        lack = f"{wins:,} won and {losses:,} lost: at least {fewest} of each are needed"
    else:
        lack = "the latest rows in order of time hold too few of one outcome to judge by"
    said["says"] = f"{VERDICTS['too_few']} {lack}."
    said["needed"] = {"wins": max(0, fewest - wins), "losses": max(0, fewest - losses)}
    said |= {"auc": None, "brier": None, "lift_at_10": None, "points": [], "drift": drift, "draft": []}
    return said | _of_columns(about, [])


def account(about, drift, card, parts, useful, cut) -> dict:
    """The account of a card that was learned and judged."""
    latest, won = parts[-1], about["won"]
    said = _beginning(about)
    said["verdict"] = "useful" if useful else "no_signal"
    said["says"] = VERDICTS[said["verdict"]]
    said |= {
        "auc": round(latest.auc, 4), "brier": round(latest.brier, 4), "lift_at_10": round(latest.lift_at_10, 3),
        "intervals": {name: [round(end, 4) for end in ends] for name, ends in latest.intervals.items()},
        "brier_of_base_rate": round(latest.brier_of_base, 4),
        "validation": {
            "how": "learned from the earlier rows, judged on the latest; rows are never mixed",
            "learned_from": cut, "judged_on": len(won) - cut, "wins": latest.wins,
            "base_rate": round(latest.base_rate, 4), "steps": [_step(part) for part in parts],
        },
        "by_capacity": [{name: _figure(value) for name, value in row.items()} for row in latest.by_capacity],
        "calibration": [{name: _figure(value) for name, value in row.items()} for row in latest.table],
        "calibration_error": round(latest.calibration_error, 4),
        "drift": drift, "points": points_of(card), "scale": _scale(card),
    }  # fmt: skip
    said["draft"] = _draft(about, card, said)
    return said | _of_columns(about, [banding.column for banding in card.bandings])


def _figure(value):
    return round(value, 4) if isinstance(value, float) else value


def _beginning(about):
    won, outcome, gathered = about["won"], about["outcome"], about["gathered"]
    return {
        "rows": gathered.rows, "rows_used": len(won), "wins": int(won.sum()), "base_rate": round(float(won.mean()), 4),
        "open": int((outcome.won < 0).sum()), "order": about["order"],
        "outcome": {"won": outcome.positive, "lost": outcome.negative, "open": outcome.open, "notes": outcome.notes},
        "thinned": gathered.rows > len(gathered.kept),
    }  # fmt: skip


def _of_columns(about, used):
    found = about["columns"]
    left = {one["column"] for one in found.not_used}
    idle = [
        {"column": one.name, "why": "not learned from"}
        for one in found.usable
        if one.name not in left | set(used)
    ]
    return {
        "leaks": found.leaks, "doubtful": [one for one in found.doubtful if one["column"] in used or not used],
        "columns": used, "not_used": found.not_used + idle,
    }  # fmt: skip


def _step(part):
    return {
        "rows": part.rows, "wins": part.wins, "auc": round(part.auc, 4), "brier": round(part.brier, 4),
        "brier_of_base_rate": round(part.brier_of_base, 4),
    }  # fmt: skip


def points_of(card):
    return [
        {
            "column": banding.column,
            "bands": [_band(banding, points, place) for place in range(len(banding.labels))],
            "otherwise": int(neutral),
        }
        for banding, points, neutral in zip(card.bandings, card.points, card.neutral, strict=True)
    ]


def _band(banding, points, place):
    cases, wins = int(banding.cases[place]), int(banding.wins[place])
    low, high = wilson(wins, cases)
    return {
        "band": banding.labels[place], "points": int(points[place]), "cases": cases, "wins": wins,
        "share": round(wins / cases, 4), "low": round(low, 4), "high": round(high, 4),
    }  # fmt: skip


def _scale(card):
    """How points become a probability; every ten of them, to be read off by hand."""
    return {
        "base": round(card.base, 6), "slope": round(card.slope, 6),
        "points_that_double_the_odds": round(math.log(2) / card.slope, 1) if card.slope > 0 else None,
        "table": [{"points": at, "probability": round(float(card.probability(at)), 4)} for at in range(0, 101, 10)],
    }  # fmt: skip


def _draft(about, card, said):
    """The card in words, to be read aloud and argued over by marketing and sales."""
    if not card.bandings:
        return ["No column says beforehand who will be won: there is nothing to give points for."]
    lines = [
        f"Draft, learned from {len(about['won']):,} rows of which {said['wins']:,} were won ({said['base_rate']:.0%}). "
        f"{said['says']}"
    ]
    for one in said["points"]:
        worth = [f"{band['points']} points for {band['band']}" for band in one["bands"]]
        lines.append(f"{one['column']}: {'; '.join(worth)}; {one['otherwise']} where it can't be told.")
    table = [row for row in said["scale"]["table"] if row["points"] % 20 == 0]
    worth = ", ".join(f"{row['points']} is won {row['probability']:.0%}" for row in table)
    lines.append(f"A sum of {worth} of the time.")
    lines += [f"Not counted, as a leak: {one['column']} ({one['why']})." for one in about["columns"].leaks]
    return lines
