"""Ends a child when its parent is gone, however that happened: an orphan would keep the port and the old
code.
"""

import os
import signal
import sys
import threading
import time


def hold():
    """Send ourselves SIGTERM when standard input closes, which it does when whoever started us is no more."""

    def watch():
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def leave_with_parent():
    """End this process within a second of its parent: the web server's own are killed without a word."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
