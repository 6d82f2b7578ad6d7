"""One serving process a home, known by a lock that it holds; never by a process id in a file that outlived
it.
"""

import contextlib
import fcntl
import os
import signal
import time

from winnow.leads.errors import Refusal

STOP_SECONDS = 40


class AlreadyServing(Refusal):
    """Another process serves this home."""

    code = "already_serving"


@contextlib.contextmanager
def only_one(home):
    """Hold the home for serving; yields a function that notes the address for others to read."""
    with open(home / "serving", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _, address = read(file)
            at = f" at {address}" if address else ""
            raise AlreadyServing(f"{home} is served already{at}; `winnow stop` ends that.") from None

        def note(address):
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()} {address}\n")
            file.flush()

        note("")
        yield note
        file.truncate(0)


def who(home):
    """The process that serves the home and its address, or None."""
    try:
        file = open(home / "serving", "a+")  # noqa: SIM115 (closed by the with below; absence is an answer)
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return read(file)
    return None


def stop(home):
    """Ask the serving process to end and wait until it has. Returns False when there was none."""
    served = who(home)
    if not served:
        return False
    pid, _ = served
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while who(home):
        if time.monotonic() > deadline:
            raise Refusal(f"Process {pid}, which serves {home}, doesn't end; end it by hand (kill -9 {pid}).")
        time.sleep(0.1)
    return True


def read(file):
    """The holder's process id and address; the lock it holds vouches for them."""
    file.seek(0)
    pid, _, address = file.read().strip().partition(" ")
    return int(pid or 0), address
