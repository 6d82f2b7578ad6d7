"""Tell bounces, complaints, automatic answers and replies apart, to check how mail that comes in is understood.

winnow mail classify letter.eml another.eml
"""

import argparse
import json
from pathlib import Path

from winnow.leads.errors import Refusal

needs_database = False


def configure(parser):
    """`classify` and the files."""
    parts = parser.add_subparsers(dest="what", required=True, parser_class=type(parser))
    classify = parts.add_parser("classify", help="what each file is")
    classify.add_argument("files", nargs="+", metavar="FILE.eml", type=Path)
    classify.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    classify.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(args):
    """One line or one JSON object a file, in the order given."""
    from winnow.outreach.classify import LARGEST, classify

    rows = []
    for file in args.files:
        try:
            with open(file, "rb") as letter:
                judged = classify(letter.read(LARGEST + 1))
        except OSError as error:
            raise Refusal(f"{file} can't be read: {error.strerror}.", code="no_file") from None
        row = {"kind": judged.kind, "hard": judged.hard, "address": judged.address, "reason": judged.reason}
        rows.append({"file": str(file)} | row)
    if args.json:
        print(json.dumps(rows))
        return
    for row in rows:
        how = {True: "hard", False: "soft", None: ""}[row["hard"]]
        print(row["file"], row["kind"], how, row["address"], row["reason"], sep="\t")
