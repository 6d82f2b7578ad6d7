"""Who has engaged enough right now, of many: one range of an index, beside an index-only scan of as many plain rows;
the hottest fifty; the whole stock by grade and band. The answer is compared with the policy on every person.

Run: python bench/bench_hot.py [PEOPLE]    (default 200000)
"""

import json
import math
import random
import statistics
import sys
import time

from scratch import instance, signed

ROUNDS = 15
COPY = """COPY leads_personstanding (person_id, account_id, state, milli, grade, levels, unmet, ready, order_key,
    enough_until, halfway_until, quarter_until, judged_at) FROM STDIN"""


def main(people: int = 200_000) -> dict:
    """The figures as a dict; times in milliseconds, medians."""
    with instance():
        from django.db import connection

        from winnow.leads import axes, matrix
        from winnow.leads.clock import now
        from winnow.leads.fact import minute
        from winnow.policy import VERSION
        from winnow.policy.fading import score_at
        from winnow.policy.state import PersonState

        definition = signed()
        rules, at, chance = definition.policy, now(), random.Random(7)
        judged = minute(at)
        states, lines = {}, []
        begun = time.perf_counter()
        for number in range(1, people + 1):
            state, fixed = PersonState(), chance.choice((0, 0, 4000, 12000, 15000))
            state.at = judged - chance.randint(0, 120 * 1440)
            state.fast = chance.expovariate(1 / 42_000)
            state.slow = chance.expovariate(1 / 9_000) if chance.random() < 0.3 else 0.0
            if chance.random() < 0.03:
                state.fast -= 20_000
            milli = score_at(rules, state, fixed, judged)
            kept = axes.until(rules, state, milli, judged)
            key = repr(math.log2(milli) + judged / rules.half_life) if milli > 0 else r"\N"
            ends = "\t".join(r"\N" if end is None else end.isoformat() for end in kept)
            grade, unmet = "ABCD"[number % 4], "{score}"
            lines.append(f"{number}\t{number}\t\t{milli}\t{grade}\t{{}}\t{unmet}\tf\t{key}\t{ends}\t{at.isoformat()}\n")
            states[number] = (state, fixed)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            with cursor.copy(COPY) as copy:
                for first in range(0, people, 5000):
                    copy.write("".join(lines[first : first + 5000]))
            cursor.execute(
                """INSERT INTO leads_accountstanding (account_id, definition_id, policy_version, state, judged_at,
                       dirty)
                   SELECT g, %s, %s, '', now(), false FROM generate_series(1, %s) g""",
                [definition.pk, VERSION, people],
            )
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM ANALYZE")
        filled = time.perf_counter() - begun
        found = set(matrix.enough_now(at)[0])
        brute_begun = time.perf_counter()
        asked = rules.asked_score
        brute = {who for who, (state, fixed) in states.items() if score_at(rules, state, fixed, judged) >= asked}
        brute_ms = (time.perf_counter() - brute_begun) * 1000
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE plain_key (key bigint, id bigint)")
            cursor.execute("INSERT INTO plain_key SELECT g, g FROM generate_series(1, %s) g", [people])
            cursor.execute("CREATE INDEX plain_key_key ON plain_key (key, id)")
            cursor.execute("VACUUM ANALYZE plain_key")
        fifty = "SELECT person_id FROM leads_personstanding WHERE enough_until > %s ORDER BY enough_until DESC LIMIT 50"
        asks = {
            "enough_now": lambda: matrix.enough_now(at), "hottest_50": lambda: _rows(connection, fifty, [at]),
            "count_of_enough": lambda: _rows(
                connection, "SELECT count(*) FROM leads_personstanding WHERE enough_until > %s", [at]),
            "matrix": lambda: matrix.matrix(at),
            "index_only_of_as_many": lambda: _rows(
                connection, "SELECT id FROM plain_key WHERE key > %s", [people - len(found)]),
            "index_only_of_all_counted": lambda: _rows(connection, "SELECT count(*) FROM plain_key WHERE key > 0", []),
        }  # fmt: skip
        times: dict[str, list[float]] = {name: [] for name in asks}
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                started = time.perf_counter()
                ask()
                times[name].append((time.perf_counter() - started) * 1000)
        return {
            "people": people, "enough": len(found), "as_the_policy_says": found == brute,
            "filled_seconds": round(filled), "brute_force_ms": round(brute_ms),
            **{f"{name}_ms": round(statistics.median(some), 1) for name, some in times.items()},
        }


def _rows(connection, sql: str, values: list) -> list:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:])), indent=1))
