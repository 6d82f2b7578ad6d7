"""Hygiene audit: what is stale, stuck or dressed up. Questions with their evidence, never accusations.

winnow audit                       as things are now
winnow audit --as-of 2017-12-31    as they were at the end of that day
"""

import json
from dataclasses import asdict
from datetime import date

from winnow.leads.errors import Refusal


def configure(parser):
    parser.add_argument("--as-of", metavar="DATE", help="a day, such as 2026-03-31: as things were at its end")
    parser.add_argument("--examples", type=int, default=20, metavar="N", help="examples shown of each (20)")


def run(args):
    """Exit code 0: questions are no failure."""
    from winnow.review.audit import findings

    found = findings(day(args.as_of), examples=max(args.examples, 0))
    if args.json:
        print(json.dumps({"as_of": args.as_of, "findings": [asdict(one) for one in found]}, default=str))
        return 0
    for one in found:
        print(f"{one.kind:<24} {one.count:>8,}  {one.text}")
        for example in one.examples[:3]:
            owner = f" ({example.owner})" if example.owner else ""
            print(f"{'':<34} {example.name}{owner}: {example.evidence}")
    if not found:
        print("Nothing to ask.")
    return 0


def day(text):
    """The day that was written, or None."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal(f"{text!r} is no day; write it as 2026-03-31.", code="no_such_day") from None
