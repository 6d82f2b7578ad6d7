"""Keys for programs that send inquiries or read reports.

winnow key add website --role marketing
winnow key list
winnow key revoke 3f9a01bc
"""

import argparse
import json

from winnow.leads.errors import Refusal

HERE = "on the command line"


def configure(parser):
    """`add`, `list` and `revoke`."""
    from winnow.ops.roles import ROLES

    parts = parser.add_subparsers(dest="what", required=True, parser_class=type(parser))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    add = parts.add_parser("add", parents=[common], help="a new key; its text is shown this once")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--per-minute", type=int, metavar="CALLS", help="its own limit of calls a minute")
    parts.add_parser("list", parents=[common], help="all keys, by prefix")
    revoke = parts.add_parser("revoke", parents=[common], help="end a key at once")
    revoke.add_argument("prefix")


def run(args):
    """The plain text of a new key goes to standard output alone, so that it can be piped where it belongs."""
    from django.db import transaction

    from winnow.leads.apikey import ApiKey
    from winnow.leads.audit import audited
    from winnow.leads.clock import now

    if args.what == "add":
        with transaction.atomic():
            key, text = ApiKey.issue(args.name, args.role, per_minute=_limit(args.per_minute))
            audited(None, "issue key", key, f"{key.name}, {key.prefix}, as {key.role}, {HERE}")
        print(
            json.dumps({"name": key.name, "prefix": key.prefix, "role": key.role, "key": text})
            if args.json
            else text
        )
    elif args.what == "list":
        rows = list(ApiKey.objects.order_by("created_at").values("prefix", "name", "role", "revoked_at"))
        if args.json:
            print(json.dumps({"keys": rows}, default=str))
        else:
            for row in rows:
                print(
                    row["prefix"], row["role"], row["name"], "revoked" if row["revoked_at"] else "", sep="\t"
                )
    else:
        with transaction.atomic():
            key = ApiKey.objects.select_for_update().filter(prefix=args.prefix, revoked_at=None).first()
            if key is None:
                raise Refusal(f"No live key begins with {args.prefix}; `winnow key list` shows them.", code="unknown")
            ApiKey.objects.filter(pk=key.pk).update(revoked_at=now())
            audited(None, "revoke key", key, f"{key.prefix}, {HERE}")
        print(json.dumps({"revoked": args.prefix}) if args.json else f"Key {args.prefix} is revoked.")


def _limit(calls):
    if calls is not None and not 0 < calls <= 1_000_000:
        raise Refusal(f"{calls} calls a minute can't be a limit; say 1 to 1000000, or leave it out.")
    return calls
