"""Seniority and department of job titles: how often right, how often sure, and how many a second.

Run: python bench/bench_titles.py [FOLDER]   (FOLDER has job_titles/seniority-v2.csv and department-v2.csv; default
$WINNOW_SHARED_DATA, else ../shared/data). Without the lists only the speed is measured.
"""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

OWN = [
    f"{rank}{what}{where}"
    for rank in ("Head of ", "Leiter ", "Directrice ", "Jefe de ", "Senior ", "Assistant to the Director ", "VP ", "")
    for what in ("Marketing", "Vertrieb", "ventes", "compras", "IT & Digital", "Customer Care", "Verkauf und Einkauf")
    for where in ("", " EMEA", " (m/w/d)", " / Prokurist", ", Unit", " - Projekte", " at Acme", " Nord", " | Speaker")
]


def main(folder: Path) -> dict:
    """The figures for the half of the titles that the rules were not written by, for each language, and the speed."""
    from tests.leads.title_lists import (
        LANGUAGES,
        by_look_up,
        by_rules,
        language,
        measure,
        titles_of,
        training,
    )

    found = {}
    if (folder / "job_titles").is_dir():
        for part in ("seniority", "department"):
            rows = titles_of(folder, part)
            known = [row for row in rows if training(row[0])]
            unseen = [row for row in rows if not training(row[0])]
            found[part] = {}
            for name in ("all", *LANGUAGES):
                these = [row for row in unseen if name in ("all", language(row[0]))]
                figures = measure(these, part, by_rules(part))
                figures["look_up_macro_f1"] = measure(these, part, by_look_up(known))["macro_f1"]
                found[part][name] = figures
    return found | speed()


def speed() -> dict:
    """Titles a second of processor time: never seen before, and again."""
    from winnow.leads import titles

    titles.judge("to load the lists")
    fresh = [f"{one} {number}" for number in range(40) for one in OWN]
    first = time.process_time()
    for title in fresh:
        titles.judge(title)
    first, again = time.process_time() - first, time.process_time()
    for title in fresh:
        titles.judge(title)
    again = time.process_time() - again
    return {"new_titles_per_second": round(len(fresh) / first), "known_titles_per_second": round(len(fresh) / again)}


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("WINNOW_SHARED_DATA")
    print(json.dumps(main(Path(given) if given else ROOT.parent / "shared" / "data"), indent=1))
