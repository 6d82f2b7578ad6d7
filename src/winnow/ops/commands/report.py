"""Any report of the product by name; without a name, the list of them.

winnow report
winnow report funnel --by campaign --from 2026-01-01 --format csv --out funnel.csv
winnow report cohorts --by accepted --as-of 2026-03-31 --json
winnow report trail --account acme.example
"""

import json
import os
import sys
from pathlib import Path

from winnow.leads.errors import Refusal

FORMATS = ("json", "csv", "xlsx", "table")


def configure(parser):
    """The name, what to tell it by, as of when, and in which form."""
    parser.add_argument("name", nargs="?", help="which report; without it they are listed")
    parser.add_argument("--by", help="the attribute to tell it by")
    parser.add_argument("--as-of", dest="as_of", help="as it was known at the end of that day (2026-03-31)")
    parser.add_argument(
        "--as-recorded", action="store_true", help="with --as-of: by when things were recorded, not claimed to be known"
    )
    parser.add_argument("--from", dest="start", help="captured from that day on (stock: from that period on)")
    parser.add_argument("--to", dest="end", help="captured up to that day")
    parser.add_argument("--period", default="month", help="the stock per month, week or quarter")
    parser.add_argument("--account", help="for a trail: a number, a domain, a name or an external id")
    parser.add_argument("--format", choices=FORMATS, help="table on a terminal, else what is asked for")
    parser.add_argument("--out", help="write to that file instead of standard output; its ending names the form")


def run(args):
    """Print the report in the form that is asked for."""
    from winnow.funnel import export, reports

    form = _form(args)
    if not args.name:
        _list(reports.REPORTS, form)
        return 0
    report = reports.run(
        args.name, by=args.by, as_of=args.as_of, start=args.start, end=args.end, account=args.account,
        as_recorded=args.as_recorded, period=args.period,
    )  # fmt: skip
    if form == "xlsx":
        content = export.as_xlsx(report)
    elif form == "csv":
        content = export.as_csv(report).encode()
    elif form == "json":
        content = (json.dumps(report.as_json(), default=str) + "\n").encode()
    else:
        content = (export.as_table(report) + "\n").encode()
    _write(content, form, args.out)
    return 0


def _form(args) -> str:
    if args.json:
        return "json"
    ending = Path(args.out).suffix.lstrip(".").lower() if args.out else ""
    return args.format or (ending if ending in FORMATS else "table")


def _list(known, form: str) -> None:
    listed = [{"report": name, "question": one.question, "by": list(one.dimensions)} for name, one in known.items()]
    if form == "json":
        print(json.dumps(listed))
        return
    for one in listed:
        print(f"{one['report']:<13}{one['question'].format(by='…')}")
        if len(one["by"]) > 1:
            print(f"{'':<13}--by {', '.join(one['by'])}")


def _write(content: bytes, form: str, out: str | None) -> None:
    if not out:
        if form == "xlsx" and sys.stdout.isatty():
            raise Refusal("A workbook is nothing for a terminal; name a file with --out.", code="no_output")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = (error.strerror or "can't be written").lower()
        raise Refusal(f"{out} can't be written: {reason}; name another place.", code="no_output") from None
    print(f"{out}: {len(content):,} bytes as {form}.", file=sys.stderr)
