"""Durable capture over HTTP: 8 clients that keep their connection, beside plain durable commits by pgbench.

Run: python bench/bench_capture.py
"""

import http.client
import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from scratch import instance, pgbench

CLIENTS, SECONDS = 8, 8


def main() -> dict:
    """Requests a second, percentiles in milliseconds, and the ratio to plain commits in the same run."""
    with instance() as home:
        from winnow.leads.models import ApiKey, Arrival

        _, key = ApiKey.issue("bench", "marketing")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        root = Path(__file__).resolve().parents[1]
        web = subprocess.Popen(
            [sys.executable, "-m", "winnow.ops.main", "--home", str(home), "web", "--port", str(port)],
            cwd=root, env={**__import__("os").environ, "PYTHONPATH": str(root / "src")},
        )
        try:
            _wait(port)
            with multiprocessing.Pool(CLIENTS) as pool:
                pool.starmap(_client, [(port, key, n, 1) for n in range(CLIENTS)])  # warm
                found = pool.starmap(_client, [(port, key, n, SECONDS) for n in range(CLIENTS)])
            answered = sum(len(one["ms"]) for one in found)
            wrong = sum(one["wrong"] for one in found)
            kept = Arrival.objects.count()
            times = sorted(ms for one in found for ms in one["ms"])
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
            "plain_commits_per_s": round(commits), "capture_to_commits": round(rate / commits, 3),
        }


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
        body = json.dumps({
            "email": f"p{number}.{sent}.{seconds}@firm{sent % 500}.example", "full_name": "Ann Lee", "source": "bench",
            "channel": "web", "message": "We need a price for forty lorries.",
        })
        started = time.perf_counter()
        line.request("POST", "/api/v1/inquiries", body, {
            "Authorization": f"Bearer {key}", "Content-Type": "application/json",
            "Idempotency-Key": f"{number}-{sent}-{seconds}",
        })
        answer = line.getresponse()
        answer.read()
        times.append((time.perf_counter() - started) * 1000)
        wrong += answer.status != 202
    return {"ms": times, "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
