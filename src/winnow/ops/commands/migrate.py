"""Bring the tables to this version. Every command does this by itself; here it is alone, and says what it
did.
"""

import json

from winnow.ops.main import prepare

needs_database = False  # it prepares its own: --check must not apply what it reports


def configure(parser):
    parser.add_argument(
        "--check", action="store_true", help="only say what is pending; exit code 1 if anything is"
    )


def run(args):
    """Apply or list pending migrations."""
    from winnow.ops import migrations

    prepare(args.home, tables=False)
    waiting = [f"{app}.{name}" for app, name in migrations.pending()]
    applied = 0 if args.check else migrations.bring_up_to_date()
    left = waiting if args.check else []
    if args.json:
        print(json.dumps({"applied": applied, "pending": left}))
    elif args.check:
        print("\n".join(["Pending:", *left]) if left else "Nothing is pending.")
    else:
        print(
            f"Applied {applied} migration{'' if applied == 1 else 's'}."
            if applied
            else "Nothing was pending."
        )
    return 1 if left else 0
