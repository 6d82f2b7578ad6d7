"""Replay everything and compare with what is stored.

winnow check                   all of it
winnow check --sample 1000     replays and chains of 1,000 accounts by chance; the sums in full
winnow check --rebuild         drop what is worked out (standings, sums of reports), work it out anew, then check
"""

import argparse
import json
import sys
import time


def configure(parser):
    parser.add_argument("--sample", type=_some, metavar="N", help="replay N accounts by chance instead of all")
    parser.add_argument("--rebuild", action="store_true", help="first work out anew whatever the facts give")


def _some(text):
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of accounts; say 1 or more")
    return int(text)


def run(args):
    """Exit code 1 when anything is not as it should be."""
    from winnow.funnel.checking import summary
    from winnow.leads.checking import all_checks
    from winnow.ops.plain_counts import funnel_figures

    if args.rebuild:
        rebuild()
    done, started = [], time.monotonic()
    for check in _all(all_checks(args.sample), summary, funnel_figures):
        now = time.monotonic()
        done.append((check, now - started))
        started = now
        if not args.json:
            tell(check)
        elif sys.stderr.isatty():
            print(f"{check.name} …", file=sys.stderr)
    ok = all(check.ok for check, _ in done)
    if args.json:
        rows = [
            {
                "name": check.name, "question": check.question, "ok": check.ok, "looked_at": check.looked_at,
                "wrong": check.wrong, "examples": check.examples, "note": check.note,
                "way_out": "" if check.ok else check.way_out, "seconds": round(seconds, 2),
            }
            for check, seconds in done
        ]  # fmt: skip
        print(json.dumps({"ok": ok, "sample": args.sample, "checks": rows}))
    return 0 if ok else 1


def rebuild():
    """Fold every account again from its facts, and count everything anew that reports are read from."""
    from winnow.funnel import rollup
    from winnow.leads.due import judge_due
    from winnow.leads.replaying import forget_standings

    print(f"{forget_standings():,} accounts are folded again …", file=sys.stderr)
    while judge_due():
        pass
    print(f"{rollup.rebuild():,} rows of reports are counted again.", file=sys.stderr)


def _all(checks, *reports):
    """The checks of the records, and then of what the reports are read from and say."""
    yield from checks
    for check in reports:
        yield check()


def tell(check):
    print(f"{'ok' if check.ok else 'WRONG':<6} {check.name:<14} {check.question} {check.looked_at:,} looked at.")
    if check.note:
        print(f"{'':<21} {check.note}.")
    for example in check.examples:
        print(f"{'':<21} {example}")
    if check.wrong > len(check.examples):
        print(f"{'':<21} and {check.wrong - len(check.examples):,} more")
    if check.way_out and not check.ok:
        print(f"{'':<21} {check.way_out}.")
