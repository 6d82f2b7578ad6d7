"""Run the background half alone: judging, arrivals, mail and programmes as they fall due."""

import signal
import threading

from winnow.ops import lifeline, worker


def configure(parser):
    parser.add_argument("--lifeline", action="store_true", help="end when standard input closes")


def run(args):
    """Work until told to stop; what is in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if args.lifeline:
        lifeline.hold()
    worker.run(stop)
