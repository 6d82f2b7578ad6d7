"""`winnow study scorecard --from-history`: what this instance's own outcomes would make of its definition."""

import json
import sys
import time
from pathlib import Path

from winnow.leads.errors import Refusal


def configure(one):
    """The words of the call."""
    history = one.add_argument_group("from this instance's own history, in place of a file")
    history.add_argument(
        "--from-history", action="store_true", help="learn from what was known of people and what became of them"
    )
    history.add_argument("--aim", choices=("won", "accepted"), default="won", help="what is to be learned")
    history.add_argument("--days", type=int, default=14, help="what was known so many days after it began (won alone)")
    history.add_argument("--toml", metavar="DRAFT.toml", help="where the proposed definition is written")


def run(args):
    """Learn, keep the result, say it; 1 where nothing may be proposed."""
    from winnow.ops.main import prepare

    if args.file or args.outcome or args.apply:
        raise Refusal("--from-history takes no file: leave FILE, --outcome and --apply out.", code="wrong_call")
    prepare(args.home)
    from winnow.leads.clock import now
    from winnow.leads.study import Study
    from winnow.policy.writing import to_toml
    from winnow.studies import learned
    from winnow.studies.from_history import learn_from_history

    started = time.perf_counter()
    base = learned.base_definition()
    asked = learned.checked(args.aim, args.days) | {"base": base.pk}
    said = learn_from_history(asked, base, _progress if sys.stderr.isatty() else lambda done, total: None)
    at = now()
    kept = Study.objects.create(name=learned.NAME, asked=asked, asked_at=at, started_at=at, beat_at=at, finished_at=at,
                                result=said)  # fmt: skip
    said = said | {"study": kept.pk, "seconds": round(time.perf_counter() - started, 2)}
    if args.toml and said["proposal"]:
        try:
            Path(args.toml).write_text(to_toml(said["proposal"]["document"]), encoding="utf-8")
        except OSError as error:
            reason = (error.strerror or "can't be written").lower()
            raise Refusal(f"{args.toml} can't be written: {reason}; name another place.", code="no_output") from None
    print(json.dumps(said, ensure_ascii=False) if args.json else "\n".join(_in_words(said)))
    return 0 if said["may_propose"] else 1


def _in_words(said):
    """What a person reads."""
    yield said["says"]
    yield f"{said['entries']:,} to learn from, {said['wins']:,} of them {said['aim']}"
    for one in said["compared"]:
        yield (
            f"{one['name']}: of the best {said['capacity']['share']:.0%} {one['won']:.0%} {said['aim']}, "
            f"{one['wins_caught']:.0%} of all; AUC {one['auc']:.3f}"
        )
    if said["proposal"]:
        for one in said["proposal"]["changes"]:
            yield f"  {' '.join(one['clause'])}: {one['before']} -> {one['after']} ({one['why']})"
    else:
        for one in said["shares"]:
            yield f"  {one['column']} {one['value'] or '(unknown)'}: {one['wins']:,} of {one['cases']:,}"
    if said["why_not"]:
        yield f"not to be proposed: {said['why_not']}"
    else:
        yield "It may be proposed: on the page Learned proposal, or with --toml and `winnow definition propose`"


def _progress(done, total):
    print(f"\r{done:,} of {total:,} looked at", end="\r" if done < total else "\n", file=sys.stderr, flush=True)
