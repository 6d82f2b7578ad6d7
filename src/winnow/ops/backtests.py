"""`winnow study backtest`: what a definition would have done with this instance's history, beside another.

winnow study backtest --definition draft.toml --json
winnow study backtest --definition draft.toml --against in-force --from 2025-01-01 --to 2025-12-31
"""

import json
import sys
import tomllib
from datetime import date
from pathlib import Path

from winnow.leads.errors import Refusal

WIDTH = 40


def configure(studies):
    """The definition, what it is set against, and the days."""
    one = studies.add_parser("backtest", help="what a definition would have done with the whole history")
    one.add_argument("--definition", required=True, metavar="FILE", help="a definition (TOML, YAML or JSON)")
    one.add_argument("--against", metavar="FILE|in-force", help="beside this one (default: the one in force, if any)")
    one.add_argument("--from", dest="first", metavar="DAY", help="count from this day on (2025-01-01)")
    one.add_argument("--to", dest="last", metavar="DAY", help="until this day, included")
    one.add_argument("--as-recorded", action="store_true", help="what was recorded when, not what was known when")
    one.add_argument("--sample", type=float, metavar="SHARE", help="count on this part of the accounts (0.05)")
    one.add_argument("--minutes-a-lead", type=int, default=20, metavar="N", help="how long a lead takes a rep (20)")
    one.add_argument("--processes", type=int, default=2, metavar="N", help="how many work on it (2)")
    one.add_argument("--json", action="store_true", help="one JSON document on standard output")


def run(args):
    """Answer, keep the answer, print it."""
    from winnow.ops.main import prepare

    document = read(args.definition)
    first, last = day(args.first), day(args.last)
    if args.sample is not None and not 0 < args.sample <= 1:
        raise Refusal(f"--sample {args.sample} is no part of all; a share such as 0.05 is asked for.", code="no_share")
    if not 0 < args.minutes_a_lead <= 10_000:
        raise Refusal("--minutes-a-lead is asked for in whole minutes from 1 on.", code="no_minutes")
    prepare(args.home)
    from winnow.leads.definition import Definition
    from winnow.studies import backtesting

    in_force = Definition.in_force()
    if args.against in (None, "in-force"):
        if args.against and in_force is None:
            raise Refusal(
                "No definition is in force, so there is nothing to set it against; leave --against out or name a file.",
                code="no_definition",
            )
        against = in_force.document if in_force else None
    else:
        against = read(args.against)
    asked = backtesting.question(
        document, against, first, last, as_recorded=args.as_recorded, share=args.sample or 1.0,
        handling_minutes=args.minutes_a_lead,
    )  # fmt: skip
    answer = backtesting.answered(asked, _progress if sys.stderr.isatty() else None, max(args.processes, 1))
    known = Definition.objects.filter(hash=answer["hash"]).first()
    words = {"from": args.first, "to": args.last, "as_recorded": args.as_recorded, "share": args.sample or 1.0}
    backtesting.keep(answer, known, words)
    print(json.dumps(answer, ensure_ascii=False) if args.json else text(answer))


def read(name):
    """The document of a file, checked; refusals name the file and the key."""
    from winnow.policy.definition import DefinitionError, parse

    path = Path(name)
    try:
        written = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Refusal(f"{name} can't be read: {reason.lower()}; name a definition.", code="no_file") from None
    try:
        if path.suffix.lower() in (".yaml", ".yml"):
            import yaml

            document = yaml.safe_load(written)
        elif path.suffix.lower() == ".json":
            document = json.loads(written)
        else:
            document = tomllib.loads(written)
        parse(document)
    except DefinitionError as error:
        raise Refusal(f"{name}: {error}", code="not_a_definition") from None
    except Exception as error:
        raise Refusal(f"{name} is no definition: {str(error).splitlines()[0]}.", code="not_a_definition") from None
    return document


def day(written):
    """A day as 2025-01-31; None where none is given."""
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Refusal(f"{written!r} is no day; write it as 2025-01-31.", code="no_such_day") from None


def text(answer):
    """The answer for a terminal."""
    other = answer["against"]

    def line(said, key, form="{:,}"):
        mine = "–" if answer[key] is None else form.format(answer[key])
        theirs = "" if other is None else ("–" if other[key] is None else form.format(other[key]))
        return f"{said:<{WIDTH}}{mine:>12}{theirs:>14}"

    lines = [
        f"{answer['facts']:,} facts of {answer['accounts']:,} accounts, {answer['from']} to {answer['to']},"
        f" in {answer['seconds']:.1f} s",
        f"{'':<{WIDTH}}{'this':>12}{'' if other is None else 'against':>14}",
        line("handed over (QSO)", "qso"), line("  a week", "qso_a_week", "{:,.1f}"),
        line("wins it would have passed before", "wins_caught"), line("wins it would have missed", "wins_missed"),
        line("wins without earlier evidence", "wins_unjudged"),
        line("days earlier (median)", "days_earlier", "{:,.0f}"),
        line("rejected by sales, kept back", "rejected_kept_back"),
        line("accepted by sales, kept back", "accepted_kept_back"),
    ]  # fmt: skip
    late = answer["sla"]
    promised = late["promised_minutes"]
    lines.append(f"{late['late_share']:.0%} wait longer than {promised} minutes with {late['reps']} reps")
    for flip in answer["flipped"][:10]:
        why = "; ".join(one["text"] for one in flip["why_not_under_the_other"])
        who = f"{flip['person_name']}, {flip['account_name']}"
        lines.append(f"  {flip['on']}  {who}: ready under {flip['ready_under']}; not under the other: {why}")
    return "\n".join([*lines, *(f"! {one['text']}" for one in answer["warnings"])])


def _progress(done, total):
    share = done / total if total else 1.0
    bar = "#" * round(share * WIDTH)
    ends = "\n" if done >= total else ""
    print(f"\r[{bar:<{WIDTH}}] {done:,} of {total:,} facts", end=ends, file=sys.stderr, flush=True)
