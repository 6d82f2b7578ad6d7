"""Bring a backup back into an empty home; with --force, in place of what is there.

Mail that was due when the backup was made is held: it may have been sent since. Release it in the outbox.
"""

import json

from winnow.leads.errors import Refusal

needs_database = False  # an empty home gets its tables from the backup, not first from the migrations


def configure(parser):
    parser.add_argument("file")
    parser.add_argument("--force", action="store_true", help="replace what the instance holds now")


def run(args):
    """Restore, bring the tables to this version, and say what is held."""
    from winnow.ops.main import prepare

    prepare(args.home, tables=False)
    from winnow.leads.audit import audited
    from winnow.leads.message import Message
    from winnow.ops import keeping, migrations, serving

    if served := serving.who(args.home):
        raise Refusal(
            f"{args.home} is being served at {served[1]}; `winnow stop` first.", code="already_serving"
        )
    if not args.force and not keeping.is_empty():
        raise Refusal(
            f"{args.home} isn't empty; --force replaces what it holds with the backup.", code="not_empty"
        )
    manifest = keeping.restore(args.file, args.home)
    migrations.bring_up_to_date()
    audited(None, "restored", "backup", f"made at {manifest['made_at']} by Winnow {manifest['winnow']}")
    held = Message.objects.filter(state="held").count()
    rows = sum(manifest["rows"].values())
    if args.json:
        print(json.dumps({"rows": rows, "made_at": manifest["made_at"], "mail_held": held}))
    else:
        print(f"Restored {rows:,} rows as of {manifest['made_at']}.")
        print(f"Mail held back: {held}. Release in the outbox what has not been sent since.")
