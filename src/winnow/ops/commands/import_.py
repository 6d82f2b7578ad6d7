"""Read CSV or XLSX files into records.

winnow import leads.csv --as inquiries --mapping leads.toml
winnow import deals.csv --as opportunities --dry-run
"""

import json
import sys
from pathlib import Path

KINDS = ("inquiries", "people", "accounts", "products", "activities", "opportunities", "costs")


def configure(parser):
    """One file or several, and what their rows are."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "--as", dest="kind", choices=KINDS, help="what a row is (default: what the mapping says)"
    )
    parser.add_argument(
        "--mapping", metavar="M.toml", help="which column is what; without it they are guessed"
    )
    parser.add_argument("--campaign", metavar="NAME", help="the campaign that all rows belong to")
    parser.add_argument(
        "--interest", choices=("active", "passive"), help="whether they came to us, or were bought"
    )
    parser.add_argument(
        "--history",
        action="store_true",
        default=None,
        help="all rows are history: their dates may claim when things were known, and no clock starts "
        "(default for rows dated more than a day back)",
    )
    parser.add_argument(
        "--known-by", choices=("email", "number", "phone"), default="",
        help="by what people are found again (default: the file's number, then the address)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")


def run(args):
    """Import the files one after the other; 1 when rows were rejected of a file of which nothing else went in."""
    from winnow.intake.importer import Stopped, run
    from winnow.intake.mapping import parse
    from winnow.leads.audit import audited
    from winnow.leads.errors import Refusal
    from winnow.leads.imports import Import

    mapping = parse(args.mapping) if args.mapping else None
    kind = args.kind or (mapping.kind if mapping else None)
    if kind is None:
        raise Refusal(
            "What is a row of this file? Say --as inquiries (or people, accounts, ...).", code="no_kind"
        )
    results = []
    for path in args.files:
        bar = Bar(path) if sys.stderr.isatty() else None
        try:
            result = run(
                path,
                kind=kind,
                mapping=mapping,
                campaign=args.campaign,
                interest=args.interest,
                historic=args.history,
                dry_run=args.dry_run,
                progress=bar,
                known_by=args.known_by,
            )
        except Stopped as stopped:
            if args.json:
                print(json.dumps({"error": str(stopped), "code": stopped.code}))
            print(f"\nwinnow: {stopped}", file=sys.stderr)
            return 130
        finally:
            if bar:
                bar.end()
        if result["import_id"]:
            audited(None, "import", Import(pk=result["import_id"]), f"{kind} of {Path(path).name}, on the command line")
        results.append(result)
        if not args.json:
            print(told(path, result, args.dry_run))
    if args.json:
        print(json.dumps(results[0] if len(results) == 1 else {"files": results}, ensure_ascii=False))
    nothing_in = all(result["rows"] and result["rejected"] == result["rows"] for result in results)
    return 1 if nothing_in else 0


class Bar:
    """How far it is, on a terminal's last line."""

    def __init__(self, path):
        self.path = path

    def __call__(self, rows, lines):
        share = min(rows / lines, 1) if lines else 0
        filled = round(30 * share)
        print(
            f"\r  {'█' * filled}{'·' * (30 - filled)} {rows:,} rows of {self.path}", end="", file=sys.stderr
        )

    def end(self):
        print(file=sys.stderr)


def told(path, result, dry):
    """The sums and warnings as people read them."""
    parts = ("created", "updated", "merged", "unchanged", "quarantined", "rejected")
    sums = ", ".join(f"{result[name]:,} {name}" for name in parts if result[name])
    head = f"{path}: {result['rows']:,} rows: {sums or 'nothing'} in {result['seconds']:.1f} s"
    lines = [f"{head}; nothing was written (dry run)." if dry else f"{head}. Import {result['import_id']}."]
    lines += [f"  {warning['code']}: {warning['text']}" for warning in result["warnings"]]
    refused = result["rejected_rows"]
    lines += [f"  line {row['line']}: {row['reason']}" for row in refused[:20]]
    if len(refused) > 20:
        lines.append(f"  and {len(refused) - 20:,} more; --json lists them")
    return "\n".join(lines)
