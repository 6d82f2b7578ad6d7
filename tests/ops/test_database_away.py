"""What was acknowledged is kept, also while the database comes and goes under the running web."""

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import pytest

from tests.conftest import OUTSIDE
from winnow.ops import database

pytestmark = pytest.mark.bars  # a minute without a database takes a minute
AWAY_SECONDS = 60
NOTE = re.compile(r'name="shown" value="([^"]+)"')


class Sender(threading.Thread):
    """Sends inquiries, one after the other, by the API or by the form, and remembers what was said to each."""

    def __init__(self, port, number, key, stop):
        super().__init__()
        self.port, self.number, self.key, self.stop = port, number, key, stop
        self.acknowledged, self.answers, self.notes = [], Counter(), []

    def ask(self, method, path, body=None, headers=None):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, body, headers or {})
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def run(self):
        sent = 0
        while not self.stop.is_set():
            sent += 1
            email = f"p{self.number}.{sent}@mill.example"
            try:
                status = self.by_form(email) if self.number % 2 else self.by_api(email)
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
            self.answers[status] += 1
            if status in (202, 303):
                self.acknowledged.append(email)
            time.sleep(0.05)

    def by_api(self, email):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", "Idempotency-Key": email}
        return self.ask("POST", "/api/v1/inquiries", json.dumps({"email": email, "source": "away"}), headers)[0]

    def by_form(self, email):
        status, page = self.ask("GET", "/f/contact/")
        found = NOTE.search(page) if status == 200 else None
        if not found:
            return f"form {status}"
        fields = {"last_name": "Lee", "email": email, "shown": found[1]}
        return self.ask("POST", "/f/contact/", urlencode(fields), {
            "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mozilla/5.0 Firefox/131.0",
        })[0]


def test_a_minute_without_a_database_loses_no_acknowledged_inquiry(ready_home, winnow):
    home = ready_home()
    database.up(home)
    made = winnow("key", "add", "away", "--role", "marketing", "--json", home=home)
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)["key"]
    command = [sys.executable, "-P", "-m", "winnow.ops.main", "web", "--home", str(home), "--port", "0"]
    port = free_port()
    command[-1] = str(port)
    web = subprocess.Popen(command, env=OUTSIDE, cwd=home, stderr=subprocess.DEVNULL)
    stop = threading.Event()
    senders = [Sender(port, number, key, stop) for number in range(4)]
    try:
        wait_for(port)
        for one in senders:
            one.start()
        time.sleep(5)
        before = sum(len(one.acknowledged) for one in senders)
        database.down(home)
        time.sleep(AWAY_SECONDS)
        during = sum(len(one.acknowledged) for one in senders)
        database.up(home)
        time.sleep(15)
    finally:
        stop.set()
        for one in senders:
            one.join(60)
        web.terminate()
        web.wait(30)
    acknowledged = {email for one in senders for email in one.acknowledged}
    with database.connect(home) as connection:
        rows = connection.execute("SELECT body->>'email', count(*) FROM leads_arrival GROUP BY 1").fetchall()
    kept = {email for email, _ in rows}
    answers = sum((one.answers for one in senders), Counter())
    assert before > 20 and len(acknowledged) > during + 20, answers  # it was taken before, and again afterwards
    assert answers[503] > 20, answers  # and while nothing could be kept, that was said
    assert acknowledged <= kept, sorted(acknowledged - kept)[:5]
    assert max(count for _, count in rows) == 1


def free_port():
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port):
    for _ in range(300):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web did not come up in 30 s")
