"""An import with identity and account match, beside a plain COPY of the same rows into the same indexes: of the people
and inquiries that stand in the file, and of all that was written for them.

Run: python bench/bench_import.py [ROWS] [inquiries|people]
"""

import contextlib
import json
import os
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
as = "people"
[columns]
"id" = "external_id"
"email" = "email"
"first" = "first_name"
"last" = "last_name"
"title" = "title"
"company" = "company"
"phone" = "phone"
"country" = "country"
"""
MAPPINGS = {
    "people": MAPPING,
    "inquiries": MAPPING.replace('"people"', '"inquiries"') + """
"date" = "captured_at"
"source" = "source"
"message" = "message"
[defaults]
channel = "event"
""",
}
WRITTEN = (
    "leads_account", "leads_person", "leads_identity", "leads_cycle", "leads_stagechange", "leads_inquiry",
    "leads_fact", "leads_facthead", "leads_accountstanding", "leads_importrow",
)
FIRST = "Ann Bob Cem Dora Emil Fay Gus Hana Ivo Jule Kai Lea Max Nora Otto Pia Rosa Sam Tina Udo".split()  # noqa: SIM905
LAST = "Lee Ray Kaya Moe Fox Hill Berg Stone Wolf Lange Roth Klein Gross Weiss Koch Bauer Weber".split()  # noqa: SIM905


PLAIN = {"people": ("leads_person",), "inquiries": ("leads_person", "leads_inquiry")}
"""The rows of the file themselves: what a bare COPY of people and their inquiries would write, and nothing of ours."""


def main(rows: int = ROWS, kind: str = "inquiries") -> dict:
    """Rows a second beside COPY in the same run, the processor's time on both sides, and the memory used."""
    with instance(), tempfile.TemporaryDirectory() as folder:
        from winnow.intake.importer import run
        from winnow.intake.mapping import parse

        path = Path(folder) / "leads.csv"
        generate(path, rows)
        warm = Path(folder) / "warm.csv"
        generate(warm, 200, seed=1)
        mapping, memory = parse(MAPPINGS[kind]), []
        run(warm, kind=kind, mapping=mapping)
        before, own, server = time.perf_counter(), own_seconds(), server_seconds()
        result = run(path, kind=kind, mapping=mapping, progress=lambda *_: memory.append(megabytes()))
        seconds, own = time.perf_counter() - before, own_seconds() - own
        server = server_seconds() - server
        assert result["rows"] == rows and result["rejected"] == 0
        copied = {table: copy_alone(table) for table in WRITTEN}
        again = time.perf_counter()
        known = run(path, kind=kind, mapping=mapping)
        again = time.perf_counter() - again
        assert known["unchanged"] == rows
    plain, everything = sum(copied[table] for table in PLAIN[kind]), sum(copied.values())
    return {
        "rows": rows, "as": kind, "rows_per_second": round(rows / seconds), "seconds": round(seconds, 2),
        "own_cpu_us_per_row": round(own / rows * 1e6), "server_cpu_us_per_row": round(server / rows * 1e6),
        "copy_of_the_rows_themselves_per_second": round(rows / plain), "share_of_it": round(plain / seconds, 3),
        "copy_of_all_that_was_written_rows_per_second": round(rows / everything),
        "share_of_all": round(everything / seconds, 3), "again_rows_per_second": round(rows / again),
        "created": result["created"], "merged": result["merged"],
        "mb_after_a_tenth": memory[len(memory) // 10], "mb_at_most": max(memory),
    }


def megabytes() -> int:
    """What this process and the second one of its import have in memory now."""
    pages = 0
    for number in ("self", *Path("/proc/self/task", str(os.getpid()), "children").read_text().split()):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            pages += int(Path("/proc", number, "statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1_048_576


def own_seconds() -> float:
    """The processor's time of this process and of those that it started and that have ended."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def server_seconds() -> float:
    """The processor's time of the server and its children, so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = _stat(cursor.fetchone()[0])[1]
    found = [_stat(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return sum(ticks for number, parent, ticks in found if server in (number, parent)) / os.sysconf("SC_CLK_TCK")


def _stat(number: int) -> tuple[int, int, int]:
    """A process, its parent, and the ticks that it and the children it has waited for took."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return number, 0, 0
    return number, int(fields[1]), sum(map(int, fields[11:15]))


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


def copy_alone(table: str) -> float:
    """Seconds that a bare COPY of every row that was written takes, into an empty table with the same indexes."""
    from django.db import connection

    with tempfile.TemporaryFile() as kept, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)")
        with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
            for block in copy:
                kept.write(block)
        kept.seek(0)
        before = time.perf_counter()
        with cursor.copy("COPY bench_copy FROM STDIN (FORMAT binary)") as copy:
            while block := kept.read(1 << 16):
                copy.write(block)
        seconds = time.perf_counter() - before
        cursor.execute("DROP TABLE bench_copy")
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, *sys.argv[2:3]), indent=1))
