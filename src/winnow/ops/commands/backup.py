"""Keep everything of an instance in one file. It may go on serving meanwhile.

The file holds the instance's secret key: keep it as you keep the data.
"""

import json
from pathlib import Path


def configure(parser):
    parser.add_argument("file")


def run(args):
    """Write the file, and say what is in it."""
    from winnow.ops import keeping

    manifest = keeping.backup(args.file)
    size = Path(args.file).stat().st_size
    rows = sum(manifest["rows"].values())
    if args.json:
        print(json.dumps({"file": args.file, "bytes": size, "rows": rows, "made_at": manifest["made_at"]}))
    else:
        print(f"Kept {rows:,} rows of {len(manifest['rows'])} tables in {args.file} ({size / 1e6:,.1f} MB).")
