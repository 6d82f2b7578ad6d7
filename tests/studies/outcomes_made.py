"""Invented leads whose truth is known: what decides, what only looks as if, and what tells the outcome afterwards."""

import csv

import numpy as np

SOURCES = ("web", "event", "referral", "phone", "list")
WORTH = dict(zip(SOURCES, (0.2, 0.5, 1.6, 0.4, -1.5), strict=True))


def leads(rows=3000, seed=1, base=-1.0, signal=1.0, noise=4):
    """Columns by name. The truth: `base` + `signal` × (source, a peak of employees, minutes rising, a blank city)."""
    draw = np.random.default_rng(seed)
    source = draw.choice(SOURCES, rows, p=(0.35, 0.2, 0.15, 0.2, 0.1))
    employees = np.round(np.exp(draw.normal(4.5, 1.2, rows))).astype(int)
    minutes = np.round(draw.gamma(1.5, 4, rows), 1)
    blank_city = draw.random(rows) < 0.2
    pull = np.array([WORTH[one] for one in source])
    pull = pull + 1.2 * ((employees > 60) & (employees < 250)) + 0.12 * (minutes - 6) - 0.8 * blank_city
    won = draw.random(rows) < 1 / (1 + np.exp(-(base + signal * (pull - pull.mean()))))
    found = {
        "lead_id": [f"L-{seed}-{place:06d}" for place in range(rows)],
        "came": [f"2024-{1 + place * 12 // rows:02d}-{1 + place % 28:02d}" for place in range(rows)],
        "source": source.tolist(), "employees": employees.tolist(), "minutes": minutes.tolist(),
        "city": ["" if blank else "Ulm" for blank in blank_city],
        "kind": ["company"] * rows,
        **{f"noise {at}": draw.normal(0, 1, rows).round(3).tolist() for at in range(noise)},
        "team": draw.choice([f"team {at}" for at in range(40)], rows).tolist(),
        "outcome": np.where(won, "won", "lost").tolist(),
    }  # fmt: skip
    return found


def with_leaks(found, seed=2):
    """The same with columns that are filled by those who know: all of them leaks, each of another kind."""
    draw = np.random.default_rng(seed)
    won = np.array(found["outcome"]) == "won"
    rows = len(won)
    seldom = draw.random(rows)
    reasons = draw.choice(["too dear", "no answer", "competitor"], rows)
    marks = np.where(won ^ (draw.random(rows) < 0.25), "High", "Low")
    calls = np.where(won, "Closed by Sam", draw.choice(["Ringing", "Not interested", "Wrong number"], rows))
    return found | {
        "lost_reason": np.where(won | (seldom < 0.3), "", reasons).tolist(),
        "contract_value": np.where(won, draw.integers(1000, 9000, rows), 0).tolist(),
        "Lead Quality": np.where(seldom < 0.4, "", marks).tolist(),
        "call result": np.where(seldom < 0.25, "Busy", calls).tolist(),
        "signed_on": ["2024-12-24" if one and chance < 0.9 else "" for one, chance in zip(won, seldom, strict=True)],
    }


def write(path, found):
    """As a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(found)
        writer.writerows(zip(*found.values(), strict=True))
    return path
