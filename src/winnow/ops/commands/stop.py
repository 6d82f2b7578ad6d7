"""Stop what serves this home, then its database. Data stay."""

import os

from winnow.leads.errors import Refusal
from winnow.ops import database, serving

needs_database = False


def configure(parser):
    """No options of its own."""


def run(args):
    """Exit code 0 also when nothing ran: what was asked for is so."""
    served = serving.stop(args.home)
    if os.environ.get("DATABASE_URL"):
        ran = False  # that server isn't ours to stop
    else:
        ran = database.down(args.home)
    if not served and not ran and not args.home.is_dir():
        raise Refusal(f"{args.home} is no home of Winnow; name one with --home.", code="no_home")
    parts = [name for name, was in (("web and worker", served), ("database", ran)) if was]
    print(
        f"Stopped {' and '.join(parts)} of {args.home}." if parts else f"Nothing of {args.home} was running."
    )
