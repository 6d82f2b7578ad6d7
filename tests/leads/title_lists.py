"""Lists of job titles with labels, and how well the judge does on them; for the tests and for bench/bench_titles.py.

The lists are split by title: what the rules were written by (the training half) and what nobody looked at meanwhile
(the other). Their labels are fewer than our words and were given by keyword, so that each label names the words of
ours that it may mean: `Manager` of anything is their Senior, `Head of` and `Team leader` are both their Lead.
"""

import csv
import hashlib
import re
from collections import Counter
from pathlib import Path

from winnow.leads.titles import judge

MEANING = {
    "seniority": {
        "Management": {"executive", "vp"},
        "Director": {"director"},
        "Lead": {"director", "manager"},
        "Senior": {"senior", "manager", "professional"},
        "Junior": {"junior", "professional"},
    },
    "department": {
        "Marketing": {"marketing"},
        "Sales": {"sales"},
        "Information Technology": {"it", "engineering"},
        "Business Development": {"business_development"},
        "Project Management": {"project_management"},
        "Consulting": {"consulting"},
        "Administrative": {"administration"},
        "Purchasing": {"purchasing"},
        "Customer Support": {"customer_support"},
        "Human Resources": {"hr"},
        "Other": {"operations", "other", "finance", "legal", "product", "general_management"},
    },
}
FILES = {"seniority": "seniority-v2.csv", "department": "department-v2.csv"}
LANGUAGES = ("English", "German", "French")
FEWEST = 10
"""Titles that a label needs in a language to count in its mean over labels."""

_GERMAN = re.compile(
    r"[äöüß]|leit(er|ung)|vertrieb|verkauf|kommunikation|assisten(t|tin|z)\b|referent|mitarbeit|berat(er|ung)|entwickl"
    r"|einkauf|\b(und|für|der|des|im|bei|von)\b|bereich|abteilung|prokurist|inhaber|messe|kunden|projekt|produkt"
    r"|manager(in)\b|geschaef|geschaft|vorstand|vorsitz|direktor|gesellschafter|spezialist|koordinator|sachbearb|werbung"
    r"|fach|kauf(mann|frau)|digitalisierung|innendienst|aussendienst|beauftragt|administratorin|gruppe\b|unternehm|sekret"
)
_FRENCH = re.compile(
    r"\b(direct(eur|rice)|responsable|chef de|chargée?|assistante|gérante?|développement|commerciale|ventes|et|du|aux"
    r"|ingénieur|informatique|conseill(er|ère)|adjointe?|président|consultante|administrateur|gestion|projets?|attachée?|stagiaire"
    r"|chez|achats?|coordinatrice|technicien|stratégique|numérique|clientèle|marché)\b|d['’]|l['’]"
)


def language(title: str) -> str:
    """The language of a title by its commonest words; English where none of them tells another."""
    text = title.lower()
    if _FRENCH.search(text) and not re.search(r"\b(und|für|der|leiter\w*)\b|[äöüß]", text):
        return "French"
    return "German" if _GERMAN.search(text) else "English"


def training(title: str) -> bool:
    """Whether the rules may have been written by this title; spelling in capitals doesn't move it over."""
    return hashlib.sha256(_plain(title).encode()).digest()[0] % 2 == 0


def titles_of(folder: Path, part: str) -> list[tuple[str, str]]:
    """Titles and their labels: seniority or department."""
    with (folder / "job_titles" / FILES[part]).open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def by_rules(part: str):
    """Our answer to a title: the labels that our word may mean, and whether it is sure."""
    labels = {
        word: {label for label, ours in MEANING[part].items() if word in ours}
        for ours in MEANING[part].values() for word in ours
    }  # fmt: skip

    def answer(title: str) -> tuple[set[str], bool]:
        judged = judge(title)
        return labels.get(getattr(judged, part), set()), getattr(judged, f"{part}_sure")

    return answer


def by_look_up(known: list[tuple[str, str]]):
    """The baseline: exactly this title in the training half, else the label that is commonest there."""
    exact = {_plain(title): label for title, label in known}
    commonest = Counter(label for _, label in known).most_common(1)[0][0]

    def answer(title: str) -> tuple[set[str], bool]:
        label = exact.get(_plain(title))
        return {label or commonest}, label is not None

    return answer


def measure(rows: list[tuple[str, str]], part: str, answer) -> dict:
    """Macro-F1 over the labels, the share of titles that it is sure of, and how many of those are right.

    An answer that may mean several labels and is wrong counts against the commonest of them.
    """
    there = Counter(label for _, label in rows)
    hits, given = Counter(), Counter()
    sure = right = 0
    for title, label in rows:
        labels, certain = answer(title)
        said = label if label in labels else max(labels, key=there.__getitem__, default="")
        given[said] += 1
        hits[label] += said == label
        sure += certain
        right += certain and said == label
    scores = {
        label: 2 * hits[label] / (given[label] + there[label]) for label in MEANING[part] if there[label] >= FEWEST
    }
    return {
        "titles": len(rows), "macro_f1": round(sum(scores.values()) / max(1, len(scores)), 3),
        "sure_share": round(sure / max(1, len(rows)), 3), "sure_precision": round(right / max(1, sure), 3),
        "labels": {label: round(score, 2) for label, score in scores.items()},
    }


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
