"""Duplicates kept up to date in the background: rows compared a second, and memory, while a database fills.

Run: python bench/bench_watching.py [people, 100000 unless told]
Invented people of firms, about half of them written down again with slips, come in ten thousand at a time; after each
the background compares what is new with what shares a key. Told beside it: a bare read of the same rows.
"""

import json
import resource
import sys
import time
from pathlib import Path

from scratch import instance

STEP = 10_000


def main(count: int) -> None:
    """One line for each ten thousand, and one for the whole."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    with instance():
        from django.db import connection
        from tests.studies.corrupted import people

        from winnow.leads.account import Account
        from winnow.leads.clock import now
        from winnow.leads.doubt import Doubt
        from winnow.leads.person import Person
        from winnow.studies.watching import look_for_duplicates

        rows, accounts, at = people(count // 2, 77)[:count], {}, now()
        begun, spent, done, before = time.perf_counter(), 0.0, 0, _peak()
        for start in range(0, len(rows), STEP):
            part = rows[start : start + STEP]
            fresh = {row["company"].casefold(): row["company"] for row in part}
            made = Account.objects.bulk_create([
                Account(name=name, name_key=key, created_at=at)
                for key, name in sorted(fresh.items()) if key not in accounts
            ])  # fmt: skip
            accounts |= {one.name_key: one for one in made}
            Person.objects.bulk_create([
                Person(
                    account=accounts[row["company"].casefold()], created_at=at, title=row["title"],
                    first_name=row["first_name"], last_name=row["last_name"], email=row["email"], phone=row["phone"],
                )
                for row in part
            ], batch_size=2_000)  # fmt: skip
            started, processor = time.perf_counter(), time.process_time()
            while look_for_duplicates():
                pass
            spent, done = spent + time.perf_counter() - started, done + len(part)
            told = {
                "people": done, "seconds": round(time.perf_counter() - started, 1),
                "own_cpu_seconds": round(time.process_time() - processor, 1), "doubts": Doubt.objects.count(),
                "grown_by_mb": _peak() - before,
            }  # fmt: skip
            print(json.dumps(told), flush=True)
        with connection.cursor() as cursor:
            started = time.perf_counter()
            cursor.execute("SELECT * FROM leads_person")
            cursor.fetchall()
            bare = time.perf_counter() - started
        print(json.dumps({
            "people": done, "rows_a_second": round(done / spent, 1), "bare_read_a_second": round(done / bare),
            "seconds_in_all": round(time.perf_counter() - begun, 1),
        }))  # fmt: skip


def _peak() -> int:
    """The most memory that this process has had so far, in MB; the invented rows are in it from the beginning."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
