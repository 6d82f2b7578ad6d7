"""Robots and people at a form of the running server: which are held back, and who.

Robots are plain (3,000 posts and more), drive a browser's engine, solve the proof of work, take their time, or come
from another address each time; --browser N of them are a real Chromium, the others imitate what a page sends.
People have script or none, type, paste, let the browser fill in, or sit in one office. All of them run at the same time
and wait as long as they claim; addresses come by a trusted proxy on loopback.

Run: python bench/bench_robots.py [--robots 10000] [--people 100] [--browser 30] [--minutes 6]
"""

import argparse
import heapq
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import quote, urlencode

from robots import body, people, robots
from scratch import instance, signed

THREADS, BITS = 8, 8
NOTE = re.compile(r'name="shown" value="([^"]+)"')


def main() -> dict:
    """The shares that were held back, by kind, and the milliseconds that a post takes."""
    wanted = _wanted()
    os.environ |= {"WINNOW_TRUSTED_PROXIES": "127.0.0.0/8", "WINNOW_PROOF_BITS": str(BITS)}
    with instance() as home:
        from winnow.leads.models import Arrival

        signed()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        web, worker = (_start(home, *words) for words in (("web", "--port", str(port)), ("worker",)))
        try:
            _wait(port)
            dice = random.Random(wanted.seed)
            visits = people(dice, wanted.people) + robots(dice, wanted.robots)
            found = _visit(port, visits, wanted.minutes * 60, dice)
            driven = _drive(port, wanted.browser)
            while Arrival.objects.filter(state="pending").exists():
                time.sleep(1)
            kinds = {f"n{number}": visit for number, visit in enumerate(visits)}
            kinds |= {f"b{number}": None for number in range(driven)}
            return _shares(kinds, found)
        finally:
            for one in (web, worker):
                one.terminate()
                one.wait(30)


def _wanted():
    parser = argparse.ArgumentParser()
    for name, default in (("robots", 10_000), ("people", 100), ("browser", 30), ("minutes", 6), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def _start(home, *words) -> subprocess.Popen:
    source = str(Path(__file__).resolve().parents[1] / "src")
    command = [sys.executable, "-m", "winnow.ops.main", "--home", str(home), *words]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": source})


def _wait(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web did not come up in two minutes")


def _visit(port: int, visits: list, seconds: float, dice: random.Random) -> dict:
    """Let all of them come within that time, each at its own pace. The milliseconds of each post."""
    began = time.monotonic()
    due = [(dice.uniform(0, seconds), number, "", 0) for number in range(len(visits))]
    heapq.heapify(due)
    lock, times, open_ones = threading.Lock(), [], [len(visits)]

    def work():
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while open_ones[0]:
            with lock:
                ready = due and due[0][0] <= time.monotonic() - began
                step = heapq.heappop(due) if ready else None
            if step is None:
                time.sleep(0.01)
                continue
            _, number, note, sent = step
            visit = visits[number]
            headers = {**visit.headers, "X-Forwarded-For": visit.address}
            if not note and visit.looks:
                page = _ask(line, "GET", headers).decode()
                note = NOTE.search(page)[1]
                if visit.kind == "no script":  # a browser loads the picture in <noscript>
                    _ask(line, "GET", headers, path=f"/f/contact/visit/?shown={quote(note)}")
                with lock:
                    heapq.heappush(due, (time.monotonic() - began + visit.wait, number, note, 0))
                continue
            fields = body(visit, note, 8, BITS)
            fields["utm_content"] = f"n{number}"
            started = time.perf_counter()
            _ask(line, "POST", {**headers, "Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields))
            times.append((time.perf_counter() - started) * 1000)
            with lock:
                if sent < visit.again:
                    visit.fields["last_name"] += "x"
                    heapq.heappush(due, (time.monotonic() - began + 1, number, note, sent + 1))
                else:
                    open_ones[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"ms": sorted(times), "seconds": time.monotonic() - began}


def _ask(line, method: str, headers: dict, text: str | None = None, path: str = "/f/contact/") -> bytes:
    line.request(method, path, text, headers)
    answer = line.getresponse()
    return answer.read()


def _drive(port: int, count: int) -> int:
    """Real posts of a Chromium that a program drives, half of them typed. Returns how many."""
    if not count:
        return 0
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = os.environ.get("WINNOW_CHROMIUM", "/usr/bin/chromium")
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for number in range(count):
            page = chromium.new_page()
            page.goto(f"http://127.0.0.1:{port}/f/contact/?utm_content=b{number}")
            typed = {"first_name": "Lina", "last_name": f"Work{number}", "email": f"lina{number}@offers.example",
                     "message": "We bring more visitors to your pages, write to us today."}
            for name, text in typed.items():
                if number % 2:
                    page.locator(f"[name={name}]").press_sequentially(text, delay=15)
                else:
                    page.fill(f"[name={name}]", text)
            page.wait_for_timeout(3200)
            page.click("button.primary")
            page.wait_for_url("**/thanks/**")
            page.close()
        chromium.close()
    return count


def _shares(kinds: dict, found: dict) -> dict:
    from winnow.leads.models import Arrival

    tally: dict = defaultdict(Counter)
    for label, state in Arrival.objects.values_list("body__utm_content", "state"):
        visit = kinds.get(label)
        if visit is None and str(label).startswith("b"):
            names = ("clever robots", "robot engine, real")
        elif visit is None:
            names = ("plain robots", "robot without a label")
        elif visit.person:
            names = ("people", f"person {visit.kind}")
        else:
            names = ("plain robots" if visit.kind == "plain" else "clever robots", f"robot {visit.kind}")
        for name in names:
            tally[name][state == "quarantined"] += 1
    held = {name: f"{count[True]} of {count.total()} ({count[True] / count.total():.1%})"
            for name, count in sorted(tally.items())}
    times = found["ms"]
    return {"held_back": held, "posts": len(times), "seconds": round(found["seconds"]),
            "post_p50_ms": round(times[len(times) // 2], 1), "post_p99_ms": round(times[int(len(times) * 0.99)], 1)}


if __name__ == "__main__":
    print(json.dumps(main(), indent=1, ensure_ascii=False))
