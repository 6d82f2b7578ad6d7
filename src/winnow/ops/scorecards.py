"""`winnow study scorecard`: a file's outcomes in, an account of what they teach and another file's scores out."""

import argparse
import csv
import json
import os
import sys
import time
from pathlib import Path

from winnow.leads.errors import Refusal
from winnow.ops import learning

HELP = "points for each band of each column, learned from outcomes, with an honest account of what they are worth"


def configure(studies):
    """The words of the call."""
    one = studies.add_parser("scorecard", help=HELP, description=HELP)
    one.add_argument("file", nargs="?", help="CSV, TSV or any delimited text, XLSX or XLS; one row for each lead")
    one.add_argument("--outcome", metavar="COLUMN", help="the column that says what became of a row")
    learning.configure(one)
    one.add_argument(
        "--positive", metavar="VALUE", action="append", default=[], help="its value that counts as won"
    )
    one.add_argument(
        "--open", metavar="VALUE", action="append", default=[], help="its value that is not decided yet"
    )
    one.add_argument(
        "--order", metavar="COLUMN", help="a date or running number; without it rows stand oldest first"
    )
    one.add_argument("--ignore", metavar="COLUMN,…", default="", help="columns that aren't to be looked at")
    one.add_argument(
        "--known", metavar="COLUMN,…", default="", help="columns known when a lead comes in: never leaks"
    )
    one.add_argument(
        "--rising", metavar="COLUMN,…", default="", help="numbers of which more must never be worse"
    )
    one.add_argument(
        "--falling", metavar="COLUMN,…", default="", help="numbers of which more must never be better"
    )
    one.add_argument(
        "--capacity", type=_percent, metavar="PERCENT", help="how many of a hundred leads sales can take"
    )
    one.add_argument(
        "--against", metavar="COLUMN", help="the points that are given today, to be compared with"
    )
    one.add_argument("--apply", metavar="FILE2", help="another file with the same columns, to be scored")
    one.add_argument(
        "--out", metavar="scores.csv", help="where its scores are written: row, probability, points"
    )
    one.add_argument(
        "--by-column", action="store_true", help="write the points of each column beside their sum"
    )
    one.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(args):
    """Learn, judge, apply, and say it."""
    if args.from_history:
        return learning.run(args)
    if not args.file or not args.outcome:
        missing = "--outcome names the column that says what became of a row" if args.file else "name a FILE"
        raise Refusal(f"{missing}, or say --from-history to learn from this instance.", code="wrong_call")
    from winnow.intake.tables import read_table
    from winnow.studies.columns import gather
    from winnow.studies.scorecard import Wanted, check_names, learn

    started = time.perf_counter()
    if args.apply and not args.out:
        raise Refusal("--apply needs --out: name the file for the scores.", code="no_output")
    if args.out and not args.apply:
        raise Refusal("--out is for the scores of another file; name that with --apply.", code="no_file")
    table = read_table(args.file)
    other = read_table(args.apply) if args.apply else None
    ignore, known, rising, falling = map(_listed, (args.ignore, args.known, args.rising, args.falling))
    named = [name for name in (args.outcome, args.order, args.against) if name] + [
        *ignore,
        *known,
        *rising,
        *falling,
    ]
    check_names(table.columns, table.path.name, *named)
    unread = []
    gathered = gather(table.columns, _rows(table, unread), Reading(), whole=args.order)
    senses = dict.fromkeys(rising, 1) | dict.fromkeys(falling, -1)
    found = learn(
        gathered,
        args.outcome,
        Wanted(args.positive, args.open, args.order, ignore, known, senses, args.capacity, args.against),
    )
    said = found.said
    said["rejected"] = len(unread)
    if other and 0 < said["wins"] < said["rows_used"]:
        said["applied"] = _apply(found, other, args) if found.card else _watched(found, other)
        said["drift"] = _both(said["drift"], said["applied"]["drift"])
    said["seconds"] = round(time.perf_counter() - started, 2)
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print("\n".join(_in_words(said)))
    return 1 if said["verdict"] == "too_few" else 0


def _listed(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def _rows(table, unread):
    shown = sys.stderr.isatty()
    for place, row in enumerate(table.rows(), 1):
        if row.problem:
            unread.append(row.line_number)
            continue
        if shown and place % 50_000 == 0:
            print(f"\r{place:,} rows", end="", file=sys.stderr, flush=True)
        yield row.values


class Reading:
    """Numbers and dates as the importer reads them, for the studies that know no importer."""

    def numbers(self, sample):
        """What reads the numbers of a column with such texts."""
        from winnow.intake.numbers import read_number, study_numbers

        mark = study_numbers(sample)
        doubtful = mark == ","

        def one(text):
            if not doubtful:
                try:
                    plain = float(text)
                except ValueError:
                    pass
                else:
                    return plain if abs(plain) < 1e15 else None
            found = read_number(text, mark)
            return None if found is None or abs(found) > 10**15 else float(found)

        return lambda texts: [one(text) for text in texts]

    def days(self, sample):
        """What reads the dates of a column with such texts, in days since 1970."""
        from winnow.intake.dates import DateReader, study_dates

        reader = DateReader(order=study_dates(sample).order)
        moments = reader.moment
        return lambda texts: [
            moment.timestamp() / 86400 if (moment := moments(text)) else None for text in texts
        ]


def _apply(found, table, args):
    from winnow.studies.scoring import Scoring

    path = Path(args.out)
    for source in (args.file, args.apply):
        if path.exists() and path.samefile(source):
            raise Refusal(
                f"{args.out} is a file that is read; name another for the scores.", code="same_file"
            )
    scoring = Scoring(found, table.columns)
    rows = (None if row.problem else row.values for row in table.rows())
    part = path.with_name(path.name + ".part")
    names = [banding.column for banding in found.card.bandings] if args.by_column else []
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("row", "probability", "points", *names))
            for place, (probability, points, parts) in enumerate(scoring.score(rows), 1):
                if points is None:
                    writer.writerow((place, "", "", *[""] * len(names)))
                else:
                    writer.writerow((place, f"{probability:.5f}", points, *(parts if names else ())))
        os.replace(part, path)
    except OSError as error:
        reason = (error.strerror or "can't be written").lower()
        raise Refusal(
            f"{args.out} can't be written: {reason}; name another place.", code="no_output"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return scoring.said() | {"out": args.out}


def _watched(found, table):
    """Without a card nothing is scored, but whether the share of wins has moved can be told."""
    from winnow.studies.scoring import Scoring

    scoring = Scoring(found, table.columns)
    for _ in scoring.score(None if row.problem else row.values for row in table.rows()):
        pass
    return scoring.said() | {"out": None}


def _percent(text):
    """A share out of a percentage."""
    try:
        part = float(text.rstrip("% ")) / 100
    except ValueError:
        part = 0.0
    if not 0 < part <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage; say 20 for one lead in five")
    return part


def _both(within, applied):
    """One alarm for both: what moved within the file that was learned from, and what has moved since."""
    why = [*within["why"], *(f"in the file that is scored, {text}" for text in applied["why"])]
    return within | {"alarm": bool(why), "why": why, "applied": applied}


def _in_words(said):
    """What a person reads."""
    yield said["says"]
    yield f"{said['rows_used']:,} rows, {said['wins']:,} won ({said['base_rate']:.1%}); order: {said['order']}"
    if said["auc"] is not None:
        low, high = said["intervals"]["auc"]
        yield (
            f"on the latest {said['validation']['judged_on']:,} rows: AUC {said['auc']:.3f} ({low:.3f} to {high:.3f}), "
            f"Brier {said['brier']:.3f} where the base rate alone has {said['brier_of_base_rate']:.3f}, "
            f"the best tenth wins {said['lift_at_10']:.1f} times as often"
        )
    if today := said.get("against"):
        better = "the card is better" if today["beaten"] else "the card is not surely better"
        yield f"{today['column']} on the same rows: AUC {today['auc']:.3f}, lift {today['lift_at_10']:.1f}: {better}"
    for text in said["drift"]["why"]:
        yield f"drift: {text}"
    for one in said["leaks"]:
        yield f"leak: {one['column']}: {one['why']}"
    for one in said["doubtful"]:
        yield f"ask: {one['column']}: {one['why']}"
    for one in said["points"]:
        yield one["column"]
        for band in one["bands"]:
            yield f"  {band['points']:>4}  {band['band'][:60]:<60} {band['wins']:>6,} of {band['cases']:>7,} won"
    if said["points"]:
        yield "points and what they are worth: " + ", ".join(
            f"{row['points']}: {row['probability']:.0%}" for row in said["scale"]["table"]
        )
    if "applied" in said:
        done = (
            f"scored to {said['applied']['out']}" if said["applied"]["out"] else "looked at, and none scored"
        )
        yield f"{said['applied']['rows']:,} rows {done}"
