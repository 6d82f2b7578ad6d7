"""How well a scorecard tells later leads apart, and how long it takes, beside reading the file by the csv module alone.

python bench/bench_scorecard.py [ROWS]        # ROWS of 20 columns for the time, a million unless told otherwise
"""

import csv
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402
from tests.studies.measuring import SHARED  # noqa: E402
from tests.studies.outcomes_made import leads, write  # noqa: E402


def study(*words):
    """One call of the command: its document, seconds by the clock, seconds of the processor, and most megabytes."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "winnow.ops.main",
        "study",
        "scorecard",
        *map(str, words),
        "--json",
    ]
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        running = subprocess.Popen(command, stdout=said, cwd=ROOT)
        _, code, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(code)
        said.seek(0)
        document = json.load(said)
    return document, time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def split(source, folder):
    """The oldest 60 % of a file whose newest rows stand first, and the others."""
    with source.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    cut = len(rows) * 2 // 5
    for name, part in (("past.csv", rows[cut:]), ("later.csv", rows[:cut])):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *part])


def real(folder):
    """Files of others, where they are at hand."""
    if (source := SHARED / "x_education" / "leads_oldest60.csv").exists():
        split(source, folder)
        words = ("--outcome", "Converted", "--apply", folder / "later.csv", "--out", folder / "scores.csv")
        said, *_ = study(folder / "past.csv", *words)
        later = said["applied"]
        print(
            f"X Education: {said['verdict']}, later rows AUC {later['auc']}, Brier {later['brier']}; leaks:"
        )
        print("  " + ", ".join(one["column"] for one in said["leaks"]))
    if (source := SHARED / "maven_crm" / "sales_pipeline.csv").exists():
        said, *_ = study(source, "--outcome", "deal_stage", "--order", "engage_date")
        print(f"Maven CRM: {said['verdict']}, AUC {said['auc']}, Brier {said['brier']}; leaks:")
        print("  " + ", ".join(one["column"] for one in said["leaks"]))


def made(path, rows, columns):
    """Invented leads; in a process of its own, since the memory of a child is counted from its parent's."""
    draw = np.random.default_rng(1)
    found = leads(rows, seed=1, noise=0)
    for at in range(columns - len(found)):
        values = draw.normal(0, 1, rows).round(3) if at % 2 else draw.integers(0, 30, rows)
        found[f"more {at}"] = values.tolist()
    write(path, found)


def invented(folder, rows, columns):
    """Time and memory of learning from a file and scoring it."""
    path = folder / "many.csv"
    making = multiprocessing.Process(target=made, args=(path, rows, columns))
    making.start()
    making.join()
    started = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    plain = time.process_time() - started
    words = ("--outcome", "outcome", "--order", "came")
    said, wall, used, _ = study(path, *words)
    scores = ("--apply", path, "--out", folder / "scores.csv")
    _, both_wall, both, memory = study(path, *words, *scores)
    print(
        f"{rows:,} rows of {columns} columns: learned in {used:.1f} s of one core ({wall:.1f} s by the clock), learned "
        f"and scored in {both:.1f} s ({both_wall:.1f} s); AUC {said['auc']}; at most {memory:.0f} MB. "
        f"The csv module alone reads it in {plain:.1f} s"
    )


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        real(folder)
        invented(folder, 10_000, 40)
        invented(folder, rows, 20)


if __name__ == "__main__":
    main()
