"""An import with identity and account match, beside a plain COPY of the same rows into the same indexes.

Run: python bench/bench_import.py [ROWS]
"""

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from scratch import instance

ROWS = 100_000
DOMAINS = 20_000
AGAIN = 0.05
MAPPING = """
as = "inquiries"
[columns]
"id" = "external_id"
"date" = "captured_at"
"email" = "email"
"first" = "first_name"
"last" = "last_name"
"title" = "title"
"company" = "company"
"phone" = "phone"
"country" = "country"
"source" = "source"
"message" = "message"
[defaults]
channel = "event"
"""
WRITTEN = (
    "leads_account", "leads_person", "leads_identity", "leads_cycle", "leads_stagechange", "leads_inquiry",
    "leads_fact", "leads_facthead", "leads_accountstanding", "leads_importrow",
)
FIRST = "Ann Bob Cem Dora Emil Fay Gus Hana Ivo Jule Kai Lea Max Nora Otto Pia Rosa Sam Tina Udo".split()  # noqa: SIM905
LAST = "Lee Ray Kaya Moe Fox Hill Berg Stone Wolf Lange Roth Klein Gross Weiss Koch Bauer Weber".split()  # noqa: SIM905


def main(rows: int = ROWS) -> dict:
    """Rows a second, what a plain COPY of all that was written would take, and the memory used."""
    with instance(), tempfile.TemporaryDirectory() as folder:
        from winnow.intake.importer import run
        from winnow.intake.mapping import parse

        path = Path(folder) / "leads.csv"
        generate(path, rows)
        warm = Path(folder) / "warm.csv"
        generate(warm, 200, seed=1)
        mapping = parse(MAPPING)
        run(warm, kind="inquiries", mapping=mapping)
        before, own = time.perf_counter(), time.process_time()
        result = run(path, kind="inquiries", mapping=mapping)
        seconds, own = time.perf_counter() - before, time.process_time() - own
        assert result["rows"] == rows and result["rejected"] == 0
        copied = copy_alone()
        again = time.perf_counter()
        known = run(path, kind="inquiries", mapping=mapping)
        again = time.perf_counter() - again
        assert known["unchanged"] == rows
    return {
        "rows": rows, "rows_per_second": round(rows / seconds), "seconds": round(seconds, 2),
        "own_cpu_seconds": round(own, 2), "copy_rows_per_second": round(rows / copied),
        "share_of_copy": round(copied / seconds, 3), "again_rows_per_second": round(rows / again),
        "created": result["created"], "merged": result["merged"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def generate(path: Path, rows: int, seed: int = 7) -> None:
    """People with addresses at some thousand companies; one row in twenty is somebody who came before."""
    chance, people = random.Random(seed), []
    with path.open("w") as file:
        file.write("id,date,email,first,last,title,company,phone,country,source,message\n")
        for number in range(rows):
            if people and chance.random() < AGAIN:
                person = chance.choice(people)
            else:
                first, last, firm = chance.choice(FIRST), chance.choice(LAST), chance.randrange(DOMAINS)
                address = f"{first.lower()}.{last.lower()}{number}@company-{firm}.example"
                person = f"{address},{first},{last},Head of Milling,Company {firm} GmbH,+49 30 {number:08d},Germany"
                people.append(person)
            day = f"2024-{1 + number % 12:02d}-{1 + number % 28:02d}"
            file.write(f'{seed}-{number},{day},{person},fair,"The price list, no. {number}"\n')


def copy_alone() -> float:
    """Seconds that a bare COPY of every row that was written takes, into empty tables with the same indexes."""
    from django.db import connection

    seconds = 0.0
    with connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)")
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                blocks = list(copy)
            before = time.perf_counter()
            with cursor.copy("COPY bench_copy FROM STDIN (FORMAT binary)") as copy:
                for block in blocks:
                    copy.write(block)
            seconds += time.perf_counter() - before
            cursor.execute("DROP TABLE bench_copy")
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS), indent=1))
