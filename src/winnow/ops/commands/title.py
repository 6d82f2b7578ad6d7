"""Seniority and department of job titles, and which of the two are sure.

winnow title "VP Sales EMEA" "Leiterin Einkauf" --json
winnow title --lines titles.txt
"""

import json
from pathlib import Path

from winnow.leads.errors import Refusal

needs_database = False


def configure(parser):
    """Titles, or a file of them."""
    parser.add_argument("titles", nargs="*", metavar="TEXT", help="a job title")
    parser.add_argument("--lines", metavar="FILE", help="a file with one title a line")
    parser.set_defaults(wrong=parser.error)


def run(args):
    """One answer for each title, in order. Seniority is empty (in JSON null) where nothing is known."""
    from winnow.leads.titles import judge

    found = []
    for text in texts(args):
        judged = judge(text)
        found.append({
            "text": text, "seniority": judged.seniority or None, "department": judged.department or "other",
            "sure": judged.sure,
            "sure_of": [part for part in ("seniority", "department") if getattr(judged, f"{part}_sure")],
            "because": list(judged.because),
        })  # fmt: skip
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        sure = "sure" if one["sure"] else f"sure of {one['sure_of'][0]}" if one["sure_of"] else "not sure"
        print(one["text"], one["seniority"] or "unknown", one["department"], sure, sep="\t")


def texts(args):
    """The titles of the call, then those of the file."""
    if not args.titles and not args.lines:
        args.wrong("name a title, or a file of them with --lines")
    given = [text.encode(errors="replace").decode() for text in args.titles]  # bytes that are no UTF-8
    if args.lines:
        try:
            given += Path(args.lines).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise Refusal(f"{args.lines} can't be read: {error.strerror}.", code="no_file") from None
    return given
