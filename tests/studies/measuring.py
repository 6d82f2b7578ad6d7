"""Running the sweep over rows whose truth is known, and counting pairs."""

import csv
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from winnow.studies.duplicates import Sweep, sweep
from winnow.studies.roles import roles_of
from winnow.studies.values import record

SHARED = Path(os.environ.get("WINNOW_SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
FILES = {
    "febrl 1": ("febrl/dataset1.csv", "people", "rec_id", {"soc_sec_id"}, lambda row: row["rec_id"].split("-")[1]),
    "febrl 3": ("febrl/dataset3.csv", "people", "rec_id", {"soc_sec_id"}, lambda row: row["rec_id"].split("-")[1]),
    "fake_1000": (
        "splink_datasets/fake_1000.csv", "people", "unique_id", {"cluster"}, lambda row: row["cluster"],
    ),
    "patstat": (
        "companies/patstat_even_leuven_id.csv", "accounts", "person_id",
        {"Lat", "Lng", "Name", "Class", "leuven_id"}, lambda row: row["leuven_id"],
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Shares of pairs: `precision` and `recall` of all that is told, `merged_…` of what would merge by itself, and
    `at_95` the best recall at a precision of 0.95."""

    precision: float
    recall: float
    merged_precision: float
    merged_recall: float
    at_95: float


def rows_of(name: str) -> tuple[list[dict[str, str]], str, str, set[str], dict[str, str]]:
    """Rows, kind, id column, columns to ignore, and whose each row is."""
    path, kind, number, ignored, truth = FILES[name]
    if not (SHARED / path).exists():
        pytest.skip(f"{path} is not here")
    with (SHARED / path).open(encoding="utf-8", newline="") as file:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
    return rows, kind, number, ignored, {row[number]: truth(row) for row in rows}


def swept(rows: list[dict[str, str]], kind: str, number: str = "id", ignored=frozenset({"who"})) -> Sweep:
    columns = [column for column in rows[0] if column != number and column not in ignored]
    roles = roles_of(columns, kind)
    return sweep([record(row[number], [(role, row[name]) for name, role in roles.items()]) for row in rows], kind)


def figures(done: Sweep, truth: dict[str, str]) -> Figures:
    true = sum(count * (count - 1) // 2 for count in Counter(truth.values()).values())
    right = [(one, truth[one.left] == truth[one.right]) for one in done.found]
    merged = [ok for one, ok in right if one.decision == "merge"]
    best = hits = 0
    for place, (one, ok) in enumerate(right, 1):  # surest first
        hits += ok
        last = place == len(right) or right[place][0].probability < one.probability
        if last and hits / place >= 0.95:
            best = max(best, hits)
    return Figures(hits / max(len(right), 1), hits / true, sum(merged) / max(len(merged), 1), sum(merged) / true,
                   best / true)  # fmt: skip
