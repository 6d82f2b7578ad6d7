"""Find out why it won't run: each thing that Winnow needs, and the way out where one is missing."""

import json

needs_database = False


def configure(parser):
    parser.add_argument("--port", type=int, default=8000, help="the port that serve would take")


def run(args):
    """Exit code 1 when anything that matters is a problem."""
    from winnow.ops import diagnosis

    checks = diagnosis.examine(args.home, args.port)
    bad = [check for check in checks if check.state == "problem"]
    if args.json:
        rows = [{"check": c.name, "state": c.state, "text": c.text, "way_out": c.way_out} for c in checks]
        print(json.dumps({"ok": not bad, "checks": rows}))
    else:
        for check in checks:
            print(f"{check.state:<8} {check.name:<12} {check.text}")
            if check.way_out:
                print(f"{'':<21} {check.way_out}")
    return 1 if bad else 0
