"""Durable capture over HTTP: 8 clients that keep their connection, beside plain durable commits by pgbench; and how
long it takes until somebody who comes in at an ordinary pace is recorded and judged.

Run: python bench/bench_capture.py
"""

import http.client
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from scratch import instance, pgbench, processor_seconds, server_of, signed

CLIENTS, SECONDS, PACED = 8, 8, 200


def main() -> dict:
    """Requests a second, percentiles in milliseconds, and the ratio to plain commits in the same run."""
    with instance() as home:
        from winnow.leads.models import ApiKey, Arrival

        signed()
        _, key = ApiKey.issue("bench", "marketing")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        root = Path(__file__).resolve().parents[1]
        web = subprocess.Popen(
            [sys.executable, "-m", "winnow.ops.main", "--home", str(home), "web", "--port", str(port)],
            cwd=root, env={**os.environ, "PYTHONPATH": str(root / "src")},
        )
        try:
            _wait(port)
            with multiprocessing.Pool(CLIENTS) as pool:
                pool.starmap(_client, [(port, key, n, 1) for n in range(CLIENTS)])  # warm
                before = processor_seconds(web.pid), processor_seconds(server_of(home))
                found = pool.starmap(_client, [(port, key, n, SECONDS) for n in range(CLIENTS)])
                used = processor_seconds(web.pid) - before[0], processor_seconds(server_of(home)) - before[1]
            answered = sum(len(one["ms"]) for one in found)
            wrong = sum(one["wrong"] for one in found)
            kept = Arrival.objects.count()
            times = sorted(ms for one in found for ms in one["ms"])
            late = _judged(home, port, key)
        finally:
            web.terminate()
            web.wait(30)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE plain_insert (id bigserial PRIMARY KEY, a bigint, b text, at timestamptz)")
        commits = pgbench(
            home, "INSERT INTO plain_insert (a, b, at) VALUES (1, repeat('x', 300), now());", CLIENTS, SECONDS
        )
        rate = answered / SECONDS
        return {
            "capture_per_s": round(rate), "p50_ms": round(statistics.median(times), 1),
            "p99_ms": round(times[int(len(times) * 0.99)], 1), "answered_otherwise": wrong, "kept": kept,
            "web_cpu_ms_a_request": round(used[0] / answered * 1000, 2),
            "database_cpu_ms_a_request": round(used[1] / answered * 1000, 2),
            "judged_p50_s": round(statistics.median(late), 2), "judged_p95_s": round(late[int(len(late) * 0.95)], 2),
            "plain_commits_per_s": round(commits), "capture_to_commits": round(rate / commits, 3),
        }


def _judged(home, port: int, key: str) -> list[float]:
    """Seconds from arrival to verdict of each of `PACED` inquiries, ten a second, with one worker; sorted."""
    from django.db import connection

    worker = subprocess.Popen(
        [sys.executable, "-m", "winnow.ops.main", "--home", str(home), "worker"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "src")},
    )
    try:
        with connection.cursor() as cursor:
            while _one(cursor, "SELECT count(*) FROM leads_arrival WHERE state = 'pending'"):
                time.sleep(0.5)  # what the eight clients left
            first = _one(cursor, "SELECT max(id) FROM leads_arrival")
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            for number in range(PACED):
                _post(line, key, f"paced{number}@paced{number}.example", f"paced-{number}")
                time.sleep(0.1)
            waiting = "SELECT count(*) FROM leads_arrival WHERE state = 'pending' AND id > %s"
            for _ in range(300):
                if not _one(cursor, waiting, [first]):
                    break
                time.sleep(0.1)
            cursor.execute(
                """SELECT extract(epoch FROM s.judged_at - a.received_at) FROM leads_arrival a
                   JOIN leads_inquiry i ON i.id = a.inquiry_id LEFT JOIN leads_personstanding s USING (person_id)
                   WHERE a.id > %s""",
                [first],
            )
            return sorted(float("inf") if row[0] is None else float(row[0]) for row in cursor.fetchall())
    finally:
        worker.terminate()
        worker.wait(30)


def _one(cursor, sql: str, values=None):
    cursor.execute(sql, values)
    return cursor.fetchone()[0]


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web did not come up in 20 s")


def _client(port: int, key: str, number: int, seconds: float) -> dict:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    until, sent, wrong, times = time.perf_counter() + seconds, 0, 0, []
    while time.perf_counter() < until:
        sent += 1
        started = time.perf_counter()
        address = f"p{number}.{sent}.{seconds}@firm{sent % 500}.example"
        wrong += _post(line, key, address, f"{number}-{sent}-{seconds}") != 202
        times.append((time.perf_counter() - started) * 1000)
    return {"ms": times, "wrong": wrong}


def _post(line, key: str, address: str, once: str) -> int:
    body = json.dumps({
        "email": address, "full_name": "Ann Lee", "source": "bench", "channel": "web",
        "message": "We need a price for forty lorries.",
    })
    line.request("POST", "/api/v1/inquiries", body, {
        "Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": once,
    })
    answer = line.getresponse()
    answer.read()
    return answer.status


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
