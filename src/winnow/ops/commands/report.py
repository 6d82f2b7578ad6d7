"""Any report of the product by name; without a name, the list of them."""

import json
import sys
from pathlib import Path

needs_database = True


def configure(parser):
    parser.add_argument("name", nargs="?", help="which report; without it they are listed")
    parser.add_argument("--by", help="the attribute to tell it by")
    parser.add_argument("--as-of", dest="as_of", help="as it was known at the end of that day (2026-03-31)")
    parser.add_argument("--from", dest="start", help="inquiries captured from that day on")
    parser.add_argument("--to", dest="end", help="inquiries captured up to that day")
    parser.add_argument("--account", help="for a trail: a number, a domain, a name or an external id")
    parser.add_argument("--format", choices=["json", "csv", "xlsx", "table"], default="table")
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument("--out", help="write to that file instead of standard output")


def run(args):
    """Print the report in the form that is asked for."""
    from winnow.funnel import export, reports

    if not args.name:
        listed = [{"report": name, "by": list(one.dimensions)} for name, one in reports.REPORTS.items()]
        if args.json or args.format == "json":
            print(json.dumps(listed))
        else:
            for one in listed:
                print(one["report"] + (f"  by {', '.join(one['by'])}" if one["by"] else ""))
        return 0
    report = reports.run(
        args.name, by=args.by, as_of=args.as_of, start=args.start, end=args.end, account=args.account
    )
    form = "json" if args.json else args.format
    if form == "xlsx":
        content = export.as_xlsx(report)
    elif form == "csv":
        content = export.as_csv(report).encode()
    elif form == "json":
        content = (json.dumps(report.as_json(), default=str) + "\n").encode()
    else:
        content = (export.as_table(report) + "\n").encode()
    if args.out:
        Path(args.out).write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
    return 0
