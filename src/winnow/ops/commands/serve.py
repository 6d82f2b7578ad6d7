"""Run all of it: the database, the web and the background work of one home.

The first visit creates the administrator. Ctrl-C stops web and worker; the database stays up for other
commands until `winnow stop`.
"""

import contextlib
import http.client
import importlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from winnow.leads.errors import Refusal
from winnow.ops import database, serving

needs_database = False  # it first makes sure that nobody else serves this home

FIRST_PORT = 8000
PORTS_TRIED = 100
log = logging.getLogger("winnow.serve")


def configure(parser):
    parser.add_argument("--port", type=int, help="default: 8000, or the next that is free")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--demo", action="store_true", help="fill an empty instance with a believable company"
    )


def run(args):
    """Serve until SIGTERM or Ctrl-C."""
    from winnow import home as homes
    from winnow.ops.main import prepare

    homes.make_home(args.home)
    with serving.only_one(args.home) as note:
        port = free_port(args.host, args.port)
        tell("starting the database")
        prepare(args.home)
        if args.demo:
            fill_with_demo()
        stop = threading.Event()  # until here Ctrl-C breaks off at once; from here on things end in order
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        address = f"http://{'[' + args.host + ']' if ':' in args.host else args.host}:{port}/"
        note(address)
        own = ["--home", str(args.home), "--lifeline"]
        children = [
            Child("web", ["web", "--host", args.host, "--port", str(port), *own]),
            Child("worker", ["worker", *own]),
        ]
        try:
            if wait_for_web(children[0], args.host, port, stop):
                tell(f"Winnow is at {address} (Ctrl-C stops it)")
                supervise(children, args.home, stop)
        finally:
            for child in children:
                child.end()
    tell("stopped; the database stays up for other commands until `winnow stop`")


class Child:
    """A process of ours that is started again when it ends, ever later if it ends soon after its start."""

    def __init__(self, name, words):
        self.name = name
        self.command = [sys.executable, "-P", "-m", "winnow.ops.main", *words]
        self.wait_seconds = 0.5
        self.start()

    def start(self):
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we end the children in order.
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, start_new_session=True)
        self.started = time.monotonic()
        self.due = None

    def look_after(self):
        """Start it again if it has ended and its pause is over."""
        code = self.process.poll()
        if code is None:
            return
        if self.due is None:
            long_lived = time.monotonic() - self.started > 60
            self.wait_seconds = 0.5 if long_lived else min(self.wait_seconds * 2, 30)
            self.due = time.monotonic() + self.wait_seconds
            log.error("%s ended with code %s; next start in %.0f s", self.name, code, self.wait_seconds)
        elif time.monotonic() >= self.due:
            self.process.stdin.close()
            self.start()

    def end(self):
        """SIGTERM, then a while to finish what is in hand, then no more patience."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(children, home, stop):
    """Look after the children and the database, once a second, until told to stop."""
    embedded = not os.environ.get("DATABASE_URL")
    while not stop.wait(1):
        for child in children:
            child.look_after()
        if embedded and not database.answers(home):
            log.error("the database is gone; starting it again")
            try:
                database.up(home)
            except Refusal as trouble:
                log.error("%s", trouble)


def wait_for_web(web, host, port, stop):
    """True when the web answers. Refuses when it ends instead, or takes more than a minute."""
    deadline = time.monotonic() + 60
    while not stop.is_set():
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=10)
            ask.request("HEAD", "/login/")
            ask.getresponse()
            return True
        if web.process.poll() is not None or time.monotonic() > deadline:
            raise Refusal(
                "The web half did not start; its reason is above and in logs/winnow.log of the home."
            )
        time.sleep(0.1)
    return False


def free_port(host, asked):
    """The port that was asked for, else the first free one from 8000 on. Refuses when it is taken."""
    if asked is not None and not 0 <= asked < 65536:
        raise Refusal(f"{asked} is no port; take one from 1 to 65535, or 0 for any.", code="port")
    if asked is not None:
        try:
            return bound_port(host, asked)
        except OSError as error:
            raise Refusal(
                f"Port {asked} on {host} can't be had ({error.strerror}); choose another --port."
            ) from None
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        with contextlib.suppress(OSError):
            free = bound_port(host, port)
            if port != FIRST_PORT:
                tell(f"port {FIRST_PORT} is taken; using {port}")
            return free
    raise Refusal(
        f"Ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} on {host} are all taken; choose a --port."
    )


def bound_port(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return probe.getsockname()[1]


def fill_with_demo():
    from winnow.leads.user import User

    if User.objects.exists():
        tell("this instance isn't empty; --demo leaves it as it is")
        return
    tell("filling the empty instance with a demo company (about a minute)")
    made = importlib.import_module("winnow.demo.company").fill(progress=show_progress)
    people = ", ".join(f"{email} ({role})" for email, role in made["users"])
    tell(f"log in as {people}; the password of each is {made['password']}")


def show_progress(done, total):
    """A line that counts up, on a terminal alone."""
    if sys.stderr.isatty():
        print(f"\r{100 * done // max(total, 1):3d} %", end="\r", file=sys.stderr, flush=True)


def tell(text):
    print(f"winnow: {text}", file=sys.stderr, flush=True)
