"""One command serves it all, and what is killed comes back."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import OUTSIDE
from tests.ops.test_database import kill_server
from winnow.ops import database, serving

pytestmark = pytest.mark.bars  # kills and restarts whole instances: minutes, not seconds


class Served:
    """`winnow serve` of a home, as a process with an address."""

    def __init__(self, home, *words):
        command = [sys.executable, "-P", "-m", "winnow.ops.main", "serve", "--home", str(home), *words]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=OUTSIDE, cwd=home)
        self.said = []
        self.port = None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"is at http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(found[1])
                break

    def answers(self, within_seconds=20):
        """True when a page comes within the time."""
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                ask = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                ask.request("GET", "/")
                if ask.getresponse().status < 500:
                    return True
            time.sleep(0.1)
        return False

    def children(self, word):
        """The process ids below the serving one whose command line holds the word."""
        listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        return [int(pid) for pid, parent, words in rows if int(parent) == self.process.pid and word in words]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.stderr.read().splitlines(keepends=True)
        return self.process.wait(timeout=30)


def test_serve_comes_back_after_its_parts_are_killed_and_stops_when_told(ready_home, winnow):
    home = ready_home()
    served = Served(home, "--port", "0")
    try:
        assert served.port, "".join(served.said)
        assert served.answers()

        again = winnow("serve", home=home)
        assert again.returncode == 1
        assert f"is served already at http://127.0.0.1:{served.port}/" in again.stderr

        kill_server(home)
        assert served.answers(), "did not come back after the database was killed"

        for part in ("main web", "main worker"):
            [old] = served.children(part)
            os.kill(old, signal.SIGKILL)
            deadline = time.monotonic() + 60
            while served.children(part) in ([], [old]) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert served.children(part) not in ([], [old]), f"{part} was not started again"
        assert served.answers(), "did not come back after the web half was killed"
    finally:
        code = served.end()
    assert code == 0, "".join(served.said)
    assert serving.who(home) is None
    assert database.answers(home), "the database stays up for other commands"
    assert winnow("stop", home=home).returncode == 0
    assert not database.answers(home)


def test_when_serve_itself_is_killed_nothing_of_it_keeps_the_port(ready_home):
    home = ready_home()
    served = Served(home, "--port", "0")
    assert served.answers()
    served.process.kill()
    served.process.wait()
    deadline = time.monotonic() + 15
    free = False
    while not free and time.monotonic() < deadline:
        with socket.socket() as probe:
            free = probe.connect_ex(("127.0.0.1", served.port)) != 0
        time.sleep(0.2)
    assert free
    assert serving.who(home) is None


def test_a_port_that_is_taken_is_refused_by_name(new_home, winnow):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = winnow("serve", "--port", port, home=new_home())
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 can't be had" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stop_file_of_a_dead_process_means_nothing(new_home):
    home = new_home()
    (Path(home) / "serving").write_text(f"{os.getpid()} http://127.0.0.1:1/\n")
    assert serving.who(home) is None
    assert serving.stop(home) is False


def test_who_holds_the_home_can_be_asked(new_home):
    home = new_home()
    with serving.only_one(home) as note:
        note("http://127.0.0.1:8000/")
        again = serving.only_one(home)
        with pytest.raises(serving.AlreadyServing, match="served already at http://127"), again:
            pass
    assert serving.who(home) is None
