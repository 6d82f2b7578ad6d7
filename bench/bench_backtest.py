"""How long a back-test of a long history takes, beside the plain decayed sum of the same facts in DuckDB, in one run.

python bench/bench_backtest.py [PEOPLE] [FACTS]      # 1,000,000 and 50,000,000 unless told otherwise
python bench/bench_backtest.py --sliders             # 100,000 people and 2,000,000 facts: how soon sliders answer

The starter definition asks for a conversation, a need and a budget, so that most accounts can never be ready and are
left out, exactly. `score alone` asks for 60 points and nothing else: every account has to be retold.
"""

import copy
import json
import resource
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "src")]

from invented_history import SPAN, START, make  # noqa: E402
from winnow.policy import fold  # noqa: E402
from winnow.studies.backtest import Question, run  # noqa: E402
from winnow.studies.columnar import Copy  # noqa: E402

END = START + SPAN
STARTER = tomllib.loads((ROOT / "src/winnow/leads/starter.toml").read_text())


def changed(**parts):
    """The starter definition with other values: section -> key -> value."""
    document = copy.deepcopy(STARTER)
    for section, values in parts.items():
        document[section].update(values)
    return document


SCORE_ALONE = {**changed(lead={"grade": "D"}), "bantfo": {"trust": STARTER["bantfo"]["trust"]}}


def megabytes(who):
    return round(resource.getrusage(who).ru_maxrss / 1024)


def processor():
    """Seconds of the processor so far, of this process and of those that have ended."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def timed(name, question, made, work, processes, base):
    """One question, with its seconds and how many times the plain sum that is, by the clock and by the processor."""
    began, used = time.perf_counter(), processor()
    answer = run(question, made, work, processes)
    seconds = time.perf_counter() - began
    told = {
        "what": name, "seconds": round(seconds, 2), "times_the_sum": round(seconds / base[0], 1),
        "processor": round(processor() - used, 2), "times_by_processor": round((processor() - used) / base[1], 1),
        "facts_a_second": round(answer["facts"] / seconds), "accounts": answer["accounts"],
        "retold": answer["retold"], "qso": answer["qso"], "wins_caught": answer["wins_caught"],
        "megabytes": megabytes(resource.RUSAGE_SELF), "megabytes_of_a_child": megabytes(resource.RUSAGE_CHILDREN),
    }  # fmt: skip
    print(json.dumps(told), flush=True)
    return answer


def decayed_sum(made):
    """Seconds of the plain question to DuckDB: for each person, points that fade."""
    there = made.open(threads=2)
    began, used = time.perf_counter(), processor()
    there.execute(
        f"""SELECT count(*), max(points) FROM (
              SELECT person, sum(5 * pow(2, (happened - {END}) / 43200.0)) AS points FROM facts GROUP BY person)"""
    ).fetchall()
    seconds = time.perf_counter() - began, processor() - used
    there.close()
    return seconds


def main():
    """Make, sum, back-test."""
    sliders = "--sliders" in sys.argv
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()]
    people, facts = (sizes + [1_000_000, 50_000_000][len(sizes) :]) if not sliders else (100_000, 2_000_000)
    compiled = not (fold.__file__ or "").endswith(".py")
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
        began = time.perf_counter()
        count = make(Path(folder) / "copy", people, facts)
        print(json.dumps({
            "people": people, "facts": count, "made_in": round(time.perf_counter() - began, 1), "compiled": compiled,
        }), flush=True)  # fmt: skip
        made, work = Copy(Path(folder) / "copy"), Path(folder) / "work"
        base = tuple(median(one) for one in zip(*(decayed_sum(made) for _ in range(5)), strict=True))
        told = {"what": "decayed sum in DuckDB", "seconds": round(base[0], 2), "processor": round(base[1], 2)}
        print(json.dumps(told), flush=True)
        easier = changed(score={"asked": 40})
        if sliders:
            for name, document in (
                ("asked score", easier), ("asked grade", changed(lead={"grade": "C"})),
                ("half-life", changed(score={"half_life_days": 60})),
                ("no need asked", {**STARTER, "bantfo": {**STARTER["bantfo"], "need": {"expires_days": 180}}}),
            ):  # fmt: skip
                for share in (0.05, 1.0):
                    question = Question(document, STARTER, None, END, share=share)
                    timed(f"{name}, {share:.0%}", question, made, work, 0 if share < 1 else 2, base)
            return
        timed("starter definition", Question(STARTER, None, None, END), made, work, 2, base)
        timed("beside another", Question(STARTER, easier, None, END), made, work, 2, base)
        if people <= 100_000:
            timed("score alone", Question(SCORE_ALONE, None, None, END), made, work, 2, base)


if __name__ == "__main__":
    main()
