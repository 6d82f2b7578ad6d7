"""Mail that came back, came in, or is in doubt.

winnow mail classify bounce.eml reply.eml --json
winnow mail take /var/spool/winnow/*.eml
winnow mail reconcile /var/log/mail.log --complete-until 2026-03-10T12:00:00Z
"""

import argparse
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from winnow.leads.errors import Refusal

needs_database = False  # to classify; the others see to it themselves
LONGEST_LINE = 100_000
_OURS = re.compile(r"<?([0-9a-f]{32}@[A-Za-z0-9.-]{1,250})>?")


def configure(parser):
    """`classify`, `take` and `reconcile`."""
    parts = parser.add_subparsers(dest="what", required=True, parser_class=type(parser))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document")
    classify = parts.add_parser("classify", parents=[common], help="bounce, complaint, automatic answer or reply")
    classify.add_argument("files", nargs="+", metavar="FILE.eml")
    take = parts.add_parser("take", parents=[common], help="bring mails in, as if they had just arrived")
    take.add_argument("files", nargs="+", metavar="FILE.eml")
    settle = parts.add_parser("reconcile", parents=[common], help="settle mails in doubt by the relay's log")
    settle.add_argument("log", metavar="LOG")
    settle.add_argument(
        "--complete-until", metavar="TIME", help="the log has everything up to then: what it lacks goes again"
    )


def run(args):
    """Each answers with what it found; a file that can't be read is refused by name before anything is done."""
    if args.what == "classify":
        return classify(args)
    from winnow.ops.main import prepare

    prepare(args.home)
    return take(args) if args.what == "take" else reconcile(args)


def classify(args):
    from winnow.outreach.classify import classify as judge

    found = []
    for name, raw in contents(args.files):
        judged = judge(raw)
        one = {
            "file": name, "kind": judged.kind, "hard": judged.hard, "address": judged.address, "reason": judged.reason,
        }  # fmt: skip
        if len(judged.recipients) > 1:
            one["recipients"] = [
                {"address": each.address, "hard": each.hard, "reason": each.reason} for each in judged.recipients
            ]
        found.append(one)
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for one in found:
            hard = {True: "hard", False: "soft", None: ""}[one["hard"]]
            print(one["file"], one["kind"], hard, one["address"], one["reason"], sep="\t")


def take(args):
    from winnow.outreach.replies import take_mail

    found = []
    for name, raw in contents(args.files):
        outcome = take_mail(raw)
        found.append({"file": name, "kind": outcome.judged.kind, "did": outcome.did, "again": outcome.again})
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for one in found:
            print(one["file"], one["kind"], one["did"] + (" (it had come before)" if one["again"] else ""), sep="\t")


def reconcile(args):
    from winnow.outreach import settling

    until = moment(args.complete_until) if args.complete_until else None
    done = settling.reconcile(ids_in(args.log), complete_until=until)
    if args.json:
        print(json.dumps({"sent": done.sent, "again": done.again, "left": done.left}))
    else:
        print(f"{done.sent} had gone, {done.again} go again, {done.left} stay in doubt.")
    return 1 if done.left else 0


def ids_in(path):
    """The Message-IDs of ours in a relay's log, which may be large."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return {found for line in file for found in _OURS.findall(line[:LONGEST_LINE])}
    except OSError as error:
        raise Refusal(f"{path} can't be read: {error.strerror}.", code="no_file") from None


def contents(names):
    """Each file's name and bytes; all are read before the first is used."""
    found = []
    for name in names:
        try:
            found.append((name, Path(name).read_bytes()))
        except OSError as error:
            raise Refusal(f"{name} can't be read: {error.strerror}; name files that hold one mail each.") from None
    return found


def moment(text):
    """A time as ISO 8601; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"{text} is no time; write it like 2026-03-10T12:00:00Z.", code="no_time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
