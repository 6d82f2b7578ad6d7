"""Run the web half alone."""

import multiprocessing

from winnow.leads.errors import Refusal
from winnow.ops import lifeline

WORKERS = 2
THREADS = 4


def configure(parser):
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input closes")


def run(args):
    """Serve until SIGTERM or SIGINT."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    if not 0 < args.port < 65536:
        raise Refusal(f"{args.port} is no port; take one from 1 to 65535.", code="port")
    # Not forked: the connection and the threads that this process has by now must not be shared.
    multiprocessing.set_start_method("spawn", force=True)
    if args.lifeline:
        lifeline.hold()
    server = Granian(
        "winnow.ops.wsgi:application",
        address=args.host,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        backpressure=256,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.warning,
    )
    server.serve()
