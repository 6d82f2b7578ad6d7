"""Take an import back, updates included.

winnow undo 12
"""

import json


def configure(parser):
    """The number that `winnow import` gave."""
    parser.add_argument("import_id", type=int, metavar="IMPORT_ID")


def run(args):
    """Take it back, and say what that was."""
    from winnow.intake.undo import undo

    result = undo(args.import_id, by=None)
    if args.json:
        print(json.dumps(result))
        return 0
    parts = ", ".join(f"{count:,} {name}" for name, count in result["taken_back"].items() if count)
    print(f"Import {result['import_id']} of {result['file']} is taken back: {parts or 'nothing was in'}.")
    return 0
