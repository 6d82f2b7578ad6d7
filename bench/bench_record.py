"""One recorded fact on a small and on a huge account, interleaved, beside a plain durable insert; and replay.

Run: python bench/bench_record.py
"""

import json
import statistics
import time
from datetime import timedelta

from scratch import instance, signed

ROUNDS = 300


def main(facts_huge: int = 100_000, people_huge: int = 20_000) -> dict:
    """The figures as a dict; times in milliseconds, medians of interleaved runs."""
    with instance():
        from django.db import connection

        from winnow.leads.clock import now
        from winnow.leads.models import Account, Person
        from winnow.leads.record import history_of, record_in_bulk, recording
        from winnow.policy import facts
        from winnow.policy.replay import replay

        definition = signed()
        at = now()
        small = _account(Account, Person, "small", 5, at)
        huge = _account(Account, Person, "huge", people_huge, at)
        from django.db import transaction

        for account, people, count in ((*small, 100), (*huge, facts_huge)):
            rows = []
            for number in range(count):
                moment = at - timedelta(minutes=(count - number) * 3)
                who = people[number % len(people)]
                rows.append((facts.ContentTaken(account=account.pk, person=who, content=f"c{number % 40}"),
                             moment, moment, None, None))
            with transaction.atomic():
                record_in_bulk(rows, at=at)
            with recording(account):
                pass
        times = {"small": [], "huge": [], "insert": []}
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE plain_insert (id bigserial PRIMARY KEY, a bigint, b text, at timestamptz)")
        for number in range(ROUNDS):
            for name, (account, people) in (("small", small), ("huge", huge)):
                started = time.perf_counter()
                with recording(account) as history:
                    history.append(facts.PageSeen(person=people[number % len(people)], page="pricing"))
                times[name].append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO plain_insert (a, b, at) VALUES (1, 'x', now())")
            times["insert"].append((time.perf_counter() - started) * 1000)
        history = history_of(huge[0].pk)
        started = time.perf_counter()
        verdicts = sum(1 for _ in replay(definition.policy, history))
        replayed = time.perf_counter() - started
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT person_id, sum(8000 * power(2.0, -extract(epoch FROM now() - happened_at) / 2592000))
                   FROM leads_fact WHERE account_id = %s GROUP BY person_id""", [huge[0].pk],
            )
            cursor.fetchall()
        aggregated = time.perf_counter() - started
        median = {name: statistics.median(values) for name, values in times.items()}
        return {
            "record_small_ms": round(median["small"], 2), "record_huge_ms": round(median["huge"], 2),
            "huge_to_small": round(median["huge"] / median["small"], 2),
            "plain_insert_ms": round(median["insert"], 2),
            "record_to_insert": round(median["small"] / median["insert"], 1),
            "replay_facts_per_s": round(len(history) / replayed), "replay_verdicts": verdicts,
            "decayed_sum_in_sql_facts_per_s": round(len(history) / aggregated),
        }


def _account(Account, Person, name, people, at):
    account = Account.objects.create(name=name, domain=f"{name}.example", created_at=at)
    made = Person.objects.bulk_create([Person(account=account, created_at=at) for _ in range(people)], batch_size=5000)
    return account, [person.pk for person in made]


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
