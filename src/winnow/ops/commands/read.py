"""What the importer understands of a file, before any mapping.

winnow read leads.csv
winnow read leads.csv --json
winnow read leads.xlsx --sheet Leads --out clean.csv
"""

import csv
import json
import os
import sys
from pathlib import Path

from winnow.leads.errors import Refusal

needs_database = False


def configure(parser):
    """The file, what overrules the guesses, and where to write it as plain CSV."""
    parser.add_argument("file", help="CSV, TSV or any delimited text, XLSX or XLS")
    parser.add_argument("--as", dest="kind", help="what its rows are: inquiries, people, accounts, ...")
    parser.add_argument("--encoding", help="read it so, whatever it looks like")
    parser.add_argument("--delimiter", help=r"what stands between cells; \t is a tab")
    parser.add_argument("--quote", help="what cells are quoted with; an empty text for nothing")
    parser.add_argument("--header-row", type=int, help="the header's line; 0 if there is none")
    parser.add_argument("--sheet", help="a workbook's sheet, by name or number")
    parser.add_argument("--out", help="write it as plain UTF-8 CSV, without the rows that can't be taken")


def run(args):
    """Prints what was understood. Refusal when nothing could be."""
    from winnow.intake.fields import FIELDS
    from winnow.intake.tables import read_table
    from winnow.intake.understand import understand

    if args.kind and args.kind not in FIELDS:
        raise Refusal(f"There are no {args.kind!r} to import; say one of {', '.join(FIELDS)}.", code="unknown_kind")
    table = read_table(
        args.file,
        encoding=args.encoding,
        delimiter=args.delimiter.replace("\\t", "\t") if args.delimiter else None,
        quote=args.quote,
        header_row=args.header_row,
        sheet=args.sheet,
    )
    understood = _writing(table, args.out, lambda each: understand(table, args.kind, each))
    if args.json:
        json.dump(understood, sys.stdout, ensure_ascii=True, indent=1)
        print()
    else:
        _show(understood)
    if args.out:
        written = understood["rows"] - understood["rejected"]
        print(f"{args.out}: {written:,} rows as UTF-8 CSV.", file=sys.stderr)


def _writing(table, out, work):
    """Do the work while each good row also goes to `out`, which appears only when it is complete."""
    if not out:
        return work(None)
    path = Path(out)
    if path.exists() and path.samefile(table.path):
        raise Refusal(f"{out} is the file that is read; name another for the clean one.", code="same_file")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table.columns)

            def each(row):
                if not row.problem:
                    writer.writerow(row.values)

            understood = work(each)
        os.replace(part, path)
    except OSError as error:
        reason = (error.strerror or "can't be written").lower()
        raise Refusal(f"{out} can't be written: {reason}; name another place.", code="no_output") from None
    finally:
        part.unlink(missing_ok=True)
    return understood


def _show(understood):
    """The same for people's eyes."""
    dialect = understood["dialect"]
    print(f"{understood['file']}: {understood['rows']:,} rows, {understood['rejected']:,} of them not to be taken")
    if understood["sheet"]:
        print(f"  sheet      {understood['sheet']}")
    if understood["encoding"]:
        print(f"  encoding   {understood['encoding']}")
    if dialect:
        print(f"  delimiter  {dialect['delimiter']!r}, quote {dialect['quotechar']}, line end {dialect['newline']!r}")
    print(f"  header     {'line ' + str(understood['header_row']) if understood['header_row'] else 'none'}")
    print(f"  looks like {understood['suggested_as']}")
    width = max(len(column["name"][:40]) for column in understood["columns"])
    for column in understood["columns"]:
        field = column["suggested_field"] or "-"
        examples = ", ".join(repr(example)[:40] for example in column["examples"])
        print(f"  {column['name'][:40]:<{width}}  {column['type']:<9} {field:<13} {examples}")
    for warning in understood["warnings"]:
        print(f"  {warning['code']}: {warning['text']}")
    for row in understood["rejected_rows"][:10]:
        print(f"  line {row['line']}: {row['reason']}")
