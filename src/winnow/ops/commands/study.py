"""Long analyses: of plain files, by the engines that serve the product, and of this instance's own history.

winnow study duplicates people.csv --as people --json
winnow study duplicates firms.csv --as accounts --id number --ignore Class --out pairs.csv
winnow study scorecard leads.csv --outcome Converted --order Created --apply new.csv --out scores.csv --json
winnow study backtest --definition draft.toml --against in-force --json
"""

import csv
import json
import os
import sys
import time
from pathlib import Path

from winnow.leads.errors import Refusal
from winnow.ops import backtests, scorecards

needs_database = False
KINDS = ("people", "accounts")


def configure(parser):
    """The study, its file, and what is to be looked at in it."""
    studies = parser.add_subparsers(dest="study", required=True, metavar="STUDY")
    one = studies.add_parser("duplicates", help="who or which firm is in a file more than once")
    one.add_argument("file", help="CSV, TSV or any delimited text, XLSX or XLS")
    one.add_argument("--as", dest="kind", choices=KINDS, required=True, help="what its rows are")
    one.add_argument("--id", metavar="COLUMN", help="the column that names a row; without it rows are numbered from 1")
    one.add_argument("--ignore", metavar="COLUMN,…", default="", help="columns that aren't to be looked at")
    one.add_argument("--mapping", metavar="M.toml", help="which column is which field")
    one.add_argument("--out", metavar="pairs.csv", help="where each pair is written, with its probability and why")
    one.add_argument("--json", action="store_true", help="one JSON document on standard output")
    scorecards.configure(studies)
    backtests.configure(studies)


def run(args):
    """Answers; of a plain file nothing is kept, a back-test is."""
    return {"scorecard": scorecards.run, "backtest": backtests.run, "duplicates": duplicates}[args.study](args)


def duplicates(args):
    """Every pair that would be merged or asked."""
    from winnow.studies.duplicates import sweep
    from winnow.studies.values import record

    started = time.perf_counter()
    table, mapping = _opened(args)
    ignored = _ignored(args, table)
    roles = _roles(args, table, mapping, ignored)
    number = table.columns.index(args.id) if args.id else None
    places = [(table.columns.index(column), role) for column, role in roles.items()]
    missing = frozenset(mapping.missing or ()) if mapping else frozenset()
    records, rejected = [], 0
    for place, row in enumerate(table.rows(), 1):
        if row.problem:
            rejected += 1
            continue
        cells = [(role, "" if row.values[at] in missing else row.values[at]) for at, role in places]
        records.append(record(str(row.values[number]) if number is not None else str(place), cells))
    _check_ids(args, records)
    done = sweep(records, args.kind, _progress if sys.stderr.isatty() else None)
    if args.out:
        _write(args.out, done.found, args.file)
    merge = sum(one.decision == "merge" for one in done.found)
    said = {
        "rows": len(records), "pairs": len(done.found), "merge": merge, "ask": len(done.found) - merge,
        "seconds": round(time.perf_counter() - started, 2), "rejected": rejected, "looked_at": done.looked_at,
        "columns": roles, "shared_by_many": done.shared,
    }  # fmt: skip
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
        return
    print(f"{said['rows']:,} rows; {merge:,} pairs to merge, {said['ask']:,} to ask, in {said['seconds']:.1f} s")
    for one in done.found[:20]:
        print(f"  {one.decision:<6}{one.probability:.3f}  {one.left} {one.right}  {one.why}")


def _opened(args):
    from winnow.intake.mapping import parse
    from winnow.intake.tables import read_table

    if not args.mapping:
        return read_table(args.file), None
    mapping = parse(Path(args.mapping))
    return mapping.open(args.file), mapping


def _ignored(args, table):
    ignored = {name.strip() for name in args.ignore.split(",") if name.strip()}
    for name in sorted(ignored | ({args.id} if args.id else set())):
        if name not in table.columns:
            known = ", ".join(table.columns[:40])
            raise Refusal(f"{table.path.name} has no column {name!r}; its columns are {known}.", code="missing_column")
    return ignored


def _roles(args, table, mapping, ignored):
    """Column -> role: as the mapping says, else as the importer would take them, else by their names."""
    from winnow.intake.profiles import profiles_of
    from winnow.intake.suggesting import assigned
    from winnow.studies.roles import roles_of

    left = [column for column in table.columns if column not in ignored and column != args.id]
    if mapping:
        fields = {column: names[0] for column, names in mapping.columns.items()}
    else:
        profiles = [one for one in profiles_of(table.preview(500), table.columns) if one.name in left]
        fields = {column: names[0] for column, names in assigned(profiles, args.kind).items()}
    roles = roles_of(left, args.kind, fields)
    if not roles:
        raise Refusal(
            f"{table.path.name}: no column is known for a name, an address or anything else of {args.kind}. "
            "Say which is which in a mapping file.",
            code="no_columns",
        )
    return roles


def _check_ids(args, records):
    seen = set()
    for one in records:
        if one.id in seen:
            raise Refusal(
                f"{args.id} names two rows {one.id!r}; a column that names each row once is needed, or none.",
                code="doubtful_id",
            )
        seen.add(one.id)


def _write(out, found, source):
    path = Path(out)
    if path.exists() and path.samefile(source):
        raise Refusal(f"{out} is the file that is read; name another for the pairs.", code="same_file")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("left", "right", "probability", "decision", "why"))
            writer.writerows((one.left, one.right, f"{one.probability:.4f}", one.decision, one.why) for one in found)
        os.replace(part, path)
    except OSError as error:
        reason = (error.strerror or "can't be written").lower()
        raise Refusal(f"{out} can't be written: {reason}; name another place.", code="no_output") from None
    finally:
        part.unlink(missing_ok=True)


def _progress(done, total):
    print(f"\r{done:,} of {total:,} pairs", end="\r" if done + 20_000 < total else "\n", file=sys.stderr, flush=True)
