"""Duplicates: how many of the true pairs are found at a precision of 0.95, beside Splink 5 and recordlinkage.

Run: python bench/bench_duplicates.py [--all-halves]
The files are those of $WINNOW_SHARED_DATA, else ../shared/data, and invented people of firms. Splink and recordlinkage
are measured if they are installed (`pip install splink recordlinkage`); Winnow doesn't need them. Both are given what a
careful user would give them: comparisons for each kind of column, blocking by several keys, and the best threshold that
the truth allows. Winnow is given the file alone; `told` is what it tells without knowing the truth.
"""

import argparse
import hashlib
import importlib.util
import json
import logging
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
NAMES = {"first": ("given_name", "first_name"), "last": ("surname", "last_name")}


def main(halves: bool) -> list[dict]:
    """One line of figures for each file (and half of it, by whose rows they are)."""
    from tests.studies.corrupted import people
    from tests.studies.measuring import FILES, SHARED, figures, rows_of, swept

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    sources = [(name, lambda name=name: rows_of(name)) for name in FILES if (SHARED / FILES[name][0]).exists()]
    sources.append(("invented", lambda: _invented(people(1500, 41))))
    found = []
    for name, load in sources:
        rows, kind, number, ignored, truth = load()
        for half in (None, 0, 1) if halves else (None,):
            mine = [row for row in rows if half is None or _half(truth[row[number]]) == half]
            whose = {row[number]: truth[row[number]] for row in mine}
            started = time.perf_counter()
            got = figures(swept(mine, kind, number, ignored), whose)
            line = {
                "file": name if half is None else f"{name}, half {half}", "rows": len(mine),
                "true_pairs": _pairs(whose.values()), "winnow": round(got.at_95, 4),
                "told": {"precision": round(got.precision, 4), "recall": round(got.recall, 4)},
                "merged": {"precision": round(got.merged_precision, 4), "recall": round(got.merged_recall, 4)},
                "seconds": round(time.perf_counter() - started, 1),
            }  # fmt: skip
            if kind == "accounts":
                line["exact_names"] = round(_exact(mine, number, whose), 4)
            for rival in (splink, recordlinkage):
                if importlib.util.find_spec(rival.__name__):
                    columns = [column for column in mine[0] if column not in ignored | {number}]
                    line[rival.__name__] = round(_best(rival(mine, number, columns), whose), 4)
            found.append(line)
            print(json.dumps(line), flush=True)
    return found


def _invented(rows):
    return rows, "people", "id", {"who"}, {row["id"]: row["who"] for row in rows}


def _half(who: str) -> int:
    return hashlib.md5(who.encode(), usedforsecurity=False).digest()[0] % 2


def _pairs(values) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(values).values())


def _exact(rows, number, whose) -> float:
    """The share of true pairs that the same normalised name finds."""
    from winnow.leads.companies import normalise_company

    both = Counter((normalise_company(row["person_name"]), whose[row[number]]) for row in rows)
    return sum(count * (count - 1) // 2 for count in both.values()) / _pairs(whose.values())


def _best(scored: list[tuple[str, str, float]], whose: dict[str, str]) -> float:
    """The best recall at a precision of 0.95, with the threshold set by the truth."""
    scored.sort(key=lambda one: -one[2])
    best = hits = 0
    for place, (left, right, score) in enumerate(scored, 1):
        hits += whose[left] == whose[right]
        if (place == len(scored) or scored[place][2] < score) and hits / place >= 0.95:
            best = max(best, hits)
    return best / _pairs(whose.values())


def splink(rows, number, columns) -> list[tuple[str, str, float]]:
    """Pairs with Splink's match weight; parameters as its guide has them."""
    import pandas
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = pandas.DataFrame(rows)[[number, *columns]].replace("", None)
    rules, training, sure, comparisons = [], [], [], []
    if columns == ["person_name"]:
        frame["name"] = frame.person_name.str.lower().str.replace(r"[^a-z0-9 ]", "", regex=True).str.strip()
        comparisons = [compare.JaroWinklerAtThresholds("name", [0.97, 0.94, 0.9, 0.85, 0.8])]
        rules, sure = ["1=1"], [block_on("name")]
    else:
        for column in columns:
            comparisons.append(_splink_comparison(compare, column))
        keys = [column for column in columns if column not in ("state", "street_number", "city", "title")]
        rules = [block_on(one) for one in keys]
        first, last = (next(column for column in names if column in columns) for names in NAMES.values())
        whole = next(name for name in ("date_of_birth", "dob", "email") if name in columns)
        training = [block_on(first, last), block_on(whole)]
        sure = [block_on(first, last, whole)]
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, unique_id_column_name=number,
        blocking_rules_to_generate_predictions=rules,
    )  # fmt: skip
    linker = Linker(DuckDBAPI().register(frame), settings)
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    got = linker.inference.predict(threshold_match_weight=-20).as_pandas_dataframe()
    return list(zip(got[f"{number}_l"], got[f"{number}_r"], got.match_weight, strict=True))


def _splink_comparison(compare, column):
    if column in ("given_name", "first_name", "surname", "last_name"):
        return compare.NameComparison(column)
    if column == "email":
        return compare.EmailComparison(column)
    if column in ("date_of_birth", "dob", "postcode", "phone"):
        return compare.LevenshteinAtThresholds(column, [1, 2])
    if column in ("state", "street_number"):
        return compare.ExactMatch(column)
    return compare.JaroWinklerAtThresholds(column, [0.9, 0.7]).configure(term_frequency_adjustments=True)


def recordlinkage(rows, number, columns) -> list[tuple[str, str, float]]:
    """Pairs with the probability of recordlinkage's ECM; for names alone with Jaro and Winkler's likeness."""
    import pandas
    import recordlinkage as link

    frame = pandas.DataFrame(rows).set_index(number)[columns].replace("", None)
    index, compare = link.Index(), link.Compare()
    if columns == ["person_name"]:
        frame["name"] = frame.person_name.str.lower().str.replace(r"[^a-z0-9 ]", "", regex=True).str.strip()
        index.full()
        compare.string("name", "name", method="jarowinkler", label="name")
        got = compare.compute(index.index(frame), frame)
        return [(left, right, score) for (left, right), score in got.name.items()]
    for column in columns:
        if column in ("state", "street_number", "date_of_birth", "dob", "postcode", "phone"):
            compare.exact(column, column, label=column)
        else:
            compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
        if column not in ("state", "street_number", "city", "title"):
            index.block(column)
    features = compare.compute(index.index(frame), frame)
    classifier = link.ECMClassifier()
    classifier.fit(features)
    return [(left, right, score) for (left, right), score in classifier.prob(features).items()]


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--all-halves", action="store_true", help="each half by itself too")
    main(words.parse_args().all_halves)
