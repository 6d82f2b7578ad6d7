"""The back-test: what a definition would have done with the whole history, beside another, before anybody signs it.

The history is replayed by the one policy, in processes, account by account and in the order in which things were
known; only the count is kept. `seconds` of patience aside it can be stopped at any time: asked again, it goes on.
"""

import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles

from winnow.leads.clock import now
from winnow.policy import VERSION
from winnow.policy.definition import parse
from winnow.studies import retelling
from winnow.studies.columnar import Copy, alone
from winnow.studies.planning import plan as planned
from winnow.studies.queueing import reps_needed, waits_longer
from winnow.studies.tally import DAY, Tally, monday, week_of

FLIPS_SHOWN = 500
SHOWN_SEGMENTS = 12
HANDLING_MINUTES = 20
"""How long a rep is busy with one new lead, for the queue: an editable assumption, not a finding."""
MISSED_MOST = 0.1
OLD_DAYS = 2


@dataclass(frozen=True)
class Question:
    """What is asked: a definition's document, what it is set `against` (None: nothing), and from when until when.

    `first` None begins with the history. `share` is the part of the accounts that is looked at. `as_recorded` takes
    what was recorded when, instead of what could be known when. `until_now`: `last` is only the moment of asking, so
    that the same asked again a little later goes on with what was begun.
    """

    document: dict
    against: dict | None
    first: int | None
    last: int
    as_recorded: bool = False
    share: float = 1.0
    handling_minutes: int = HANDLING_MINUTES
    until_now: bool = False

    @property
    def key(self) -> str:
        """The same for the same question to the same policy."""
        last = None if self.until_now else self.last
        said = [VERSION, self.document, self.against, self.first, last, self.as_recorded, self.share]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def run(
    question: Question,
    copy: Copy,
    work: Path,
    processes: int = 2,
    told: Callable[[int, int], None] | None = None,
) -> dict:
    """Answer the question from the copy; `told` hears facts done and in all. `work` is a folder for what is half done.

    With 0 processes everything happens in this one, for small samples.
    """
    began = time.perf_counter()
    work.mkdir(parents=True, exist_ok=True)
    _forget_old(work)
    with alone(work / f"backtest-{question.key}.lock"):
        answer = _run(question, copy, work / f"backtest-{question.key}", processes, told)
    return {**answer, "seconds": round(time.perf_counter() - began, 2)}


def _run(question: Question, copy: Copy, folder: Path, processes: int, told) -> dict:
    documents = [question.document, *([question.against] if question.against is not None else [])]
    if not (folder / "plan.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        planned(
            copy, folder, documents, question.first, question.last, as_recorded=question.as_recorded,
            share=question.share,
        )  # fmt: skip
    plan = json.loads((folder / "plan.json").read_text())
    tallies = [Tally() for _ in documents]
    flips: list[list] = []
    flipped = [0, 0]
    for found in _portions(folder, plan, processes, told):
        for tally, data in zip(tallies, found["tallies"], strict=True):
            tally.add(data)
        flips += found["flips"][: max(FLIPS_SHOWN * 4 - len(flips), 0)]
        flipped = [one + two for one, two in zip(flipped, found["flipped"], strict=True)]
    for tally in tallies:
        tally.counts.update(plan["left_out"])
    reps = Copy(folder).open(1).execute("SELECT count(*) FROM reps WHERE works").fetchone()[0]
    answer = _answer(question, plan, tallies, flips, flipped, reps)
    shutil.rmtree(folder, ignore_errors=True)
    return {**answer, "facts": plan["facts"]}


def _portions(folder: Path, plan: dict, processes: int, told):
    """The count of each portion: those done before from their files, the others as they are done."""
    waiting, done = [], 0
    for number, chunk in enumerate(plan["chunks"]):
        kept = folder / f"portion-{number}.json"
        if kept.exists():
            done += chunk["facts"]
            yield json.loads(kept.read_text())
        else:
            waiting.append(number)
    if told:
        told(done, plan["told"])
    if not waiting:
        return
    if not processes:
        here = retelling.Portions(folder)
        for number in waiting:
            yield here.portion(number)
        return
    workers = min(processes, len(waiting))
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=retelling.begin, initargs=(str(folder),))
    try:
        # Few at a time: what is asked for can't be taken back, and a stop should be quick.
        running = {pool.submit(retelling.portion, number): number for number in waiting[: workers * 2]}
        rest = waiting[workers * 2 :]
        while running:
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for one in finished:
                number = running.pop(one)
                found = one.result()
                if rest:
                    following = rest.pop(0)
                    running[pool.submit(retelling.portion, following)] = following
                done += plan["chunks"][number]["facts"]
                if told:
                    told(done, plan["told"])
                yield found
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _forget_old(work: Path) -> None:
    """Away with what was left half done days ago."""
    for left in work.glob("backtest-*"):
        try:
            if now().timestamp() - left.stat().st_mtime > OLD_DAYS * 86_400:
                left.unlink() if left.is_file() else shutil.rmtree(left, ignore_errors=True)
        except FileNotFoundError:
            pass


# -- the answer ------------------------------------------------------------------------------------------------------
def _answer(question: Question, plan: dict, tallies: list[Tally], flips, flipped: list[int], reps: int) -> dict:
    first, last, share = plan["first"], plan["last"], plan["share"]
    span = max((last - first) / (7 * DAY), 1 / 7)
    documents = [question.document, question.against]
    sides = [
        _side(tally, parse(document), question, span, share, reps)
        for tally, document in zip(tallies, documents, strict=False)
        if document is not None
    ]
    weeks = sorted({int(week) for tally in tallies for week in tally.weeks})
    mine = tallies[0].weeks
    other = tallies[1].weeks if len(tallies) > 1 else None
    rows = []
    for week in range(max(weeks[0], week_of(first)), weeks[-1] + 1) if weeks else ():
        row = {"week": day_of(monday(week)), "qso": mine[str(week)]}
        rows.append(row if other is None else {**row, "against": other[str(week)]})
    flips.sort(key=lambda one: (-one[3], one[1]))
    return {
        **sides[0], "weeks": rows, "against": sides[1] if len(sides) > 1 else None,
        "by_segment": _segments(tallies), "load_by_rep": _loads(tallies, span),
        "flipped": [_flip(one) for one in flips[:FLIPS_SHOWN]],
        "flipped_count": {"only_this": flipped[0], "only_against": flipped[1]},
        "from": day_of(first), "to": day_of(last), "as_recorded": plan["as_recorded"], "share": share,
        "claimed_share": round(plan["claimed"] / plan["facts"], 4) if plan["facts"] else None,
        "accounts": plan["accounts"], "retold": plan["retold"],
        "warnings": _warnings(plan, tallies[0], sides),
    }  # fmt: skip


def _side(tally: Tally, definition, question: Question, span: float, share: float, reps: int) -> dict:
    count = tally.counts
    caught, missed = count["wins_caught"], count["wins_missed"]
    spread = [round(one, 1) for one in quantiles(tally.days, n=4)] if len(tally.days) > 1 else None
    days = sorted(tally.days)
    found = {
        "hash": definition.hash, "name": definition.name, "qso": count["qso"],
        "qso_a_week": round(count["qso"] / span, 2),
        "ready_now": count["ready_now"], "wins_caught": caught, "wins_missed": missed,
        "wins_judged": caught + missed, "wins_unjudged": count["wins_unjudged"],
        "wins_caught_interval": wilson(caught, caught + missed),
        "days_earlier": spread[1] if spread else (days[0] if days else None), "days_earlier_quarters": spread,
        "rejected": count["rejected"], "rejected_kept_back": count["rejected_kept_back"],
        "accepted": count["accepted"], "accepted_kept_back": count["accepted_kept_back"],
        "sla": _queue(tally, definition.promise, span, share, reps, question.handling_minutes),
    }  # fmt: skip
    if share < 1:
        error = 1.96 * math.sqrt((1 - share) * count["qso_squares"]) / share
        whole = count["qso"] / share
        least = max(round(whole - error), count["qso"])
        found |= {"qso_estimate": round(whole), "qso_interval": [least, round(whole + error)]}
    return found


def _queue(tally: Tally, promise, span: float, share: float, reps: int, minutes: int) -> dict:
    """The promise with the reps there are: in a mean week and in the busiest."""
    hours = len(promise.weekdays) * (promise.closes - promise.opens) / 60
    mean = tally.counts["qso"] / share / span / hours
    busiest = max(tally.weeks.values(), default=0) / share / hours
    limit = promise.response_minutes
    return {
        "promised_minutes": limit, "reps": reps, "handling_minutes": minutes, "leads_an_hour": round(mean, 3),
        "late_share": round(waits_longer(mean, minutes, reps, limit), 4),
        "late_share_busiest_week": round(waits_longer(busiest, minutes, reps, limit), 4),
        "reps_needed": reps_needed(mean, minutes, limit),
        "reps_needed_busiest_week": reps_needed(busiest, minutes, limit),
    }  # fmt: skip


def _loads(tallies: list[Tally], span: float) -> list[dict]:
    reps: dict[int, dict] = {}
    for side, tally in enumerate(tallies):
        name = "" if not side else "against_"
        for key, count in tally.reps.items():
            rep = reps.setdefault(int(key.partition("\t")[0]), {})
            rep[f"{name}qso"] = rep.get(f"{name}qso", 0) + count
            rep[f"{name}busiest_week"] = max(rep.get(f"{name}busiest_week", 0), count)
    found = []
    for rep, figures in reps.items():
        row = {"rep": rep or None, "qso": figures.get("qso", 0), "qso_a_week": round(figures.get("qso", 0) / span, 2),
               "busiest_week": figures.get("busiest_week", 0)}  # fmt: skip
        if len(tallies) > 1:
            row["against_qso"] = figures.get("against_qso", 0)
        found.append(row)
    return sorted(found, key=lambda row: (-row["qso"], row["rep"] or 0))


def _segments(tallies: list[Tally]) -> list[dict]:
    found: dict[tuple[str, str], dict] = {}
    for side, tally in enumerate(tallies):
        for key, count in tally.segments.items():
            dimension, segment, figure = key.split("\t")
            row = found.setdefault((dimension, segment), {"dimension": dimension, "segment": segment})
            row[f"against_{figure}" if side else figure] = count
    figures = ("qso", "wins_caught", "wins_missed", "rejected_kept_back")
    names = [*figures, *(f"against_{name}" for name in figures if len(tallies) > 1)]
    rows = [{**row, **{name: row.get(name, 0) for name in names}} for row in found.values()]
    rows.sort(key=lambda row: (row["dimension"], -row["qso"], row["segment"]))
    shown, places = [], {}
    for row in rows:
        places[row["dimension"]] = places.get(row["dimension"], 0) + 1
        if places[row["dimension"]] <= SHOWN_SEGMENTS:
            shown.append(row)
    return shown


def _flip(one: list) -> dict:
    side, account, person, at, why, score, grade = one
    return {
        "account": account, "person": person, "on": day_of(at), "ready_under": "against" if side else "this",
        "why_not_under_the_other": [{"clause": clause, "text": text} for clause, text in why],
        "score_there": score, "grade_there": grade,
    }  # fmt: skip


def _warnings(plan: dict, tally: Tally, sides: list[dict]) -> list[dict]:
    found = [{
        "code": "shaped_by_old_rules", "rows": plan["facts"],
        "text": "The past was shaped by the rules of then: whom sales called, and who was won, followed from them. "
                "What a definition would have passed and nobody called could not be won.",
    }]  # fmt: skip
    if not plan["as_recorded"]:
        merges = f"{plan['merged']:,} merges are" if plan["merged"] != 1 else "1 merge is"
        found.append({
            "code": "identities_of_today", "rows": plan["merged"],
            "text": f"Who is who is as known today: {merges} taken as if known from the start.",
        })  # fmt: skip
    if plan["claimed"]:
        share = plan["claimed"] / plan["facts"]
        part = f"{share:.0%}" if share >= 0.01 else "Less than 1%"
        found.append({
            "code": "claimed_history", "rows": plan["claimed"],
            "text": f"{part} of the facts came by imports that claim when they were known.",
        })  # fmt: skip
    judged = tally.counts["wins_caught"] + tally.counts["wins_missed"]
    if tally.counts["wins_unjudged"]:
        found.append({
            "code": "wins_unjudged", "rows": tally.counts["wins_unjudged"],
            "text": f"{tally.counts['wins_unjudged']:,} wins have no earlier evidence recorded and are in neither "
                    "caught nor missed.",
        })  # fmt: skip
    if judged < 30:
        found.append({
            "code": "too_few", "rows": judged,
            "text": f"Only {judged} wins can be judged: what is caught and missed says little yet.",
        })  # fmt: skip
    late = sides[0]["sla"]
    if late["late_share"] > MISSED_MOST:
        found.append({
            "code": "sla_not_kept", "rows": late["reps"],
            "text": f"With {late['reps']} reps {late['late_share']:.0%} of the leads would wait longer than "
                    f"{late['promised_minutes']} minutes; {late['reps_needed']} are needed.",
        })  # fmt: skip
    if plan["share"] < 1:
        found.append({
            "code": "sample", "rows": plan["accounts"],
            "text": f"Counted on {plan['share']:.1%} of the accounts, taken by chance; the rest is being counted.",
        })  # fmt: skip
    return found


def wilson(hits: int, tries: int) -> list[float] | None:
    """The 95 % interval of a share; None without a try."""
    if not tries:
        return None
    z = 1.96
    middle = (hits + z * z / 2) / (tries + z * z)
    half = z * math.sqrt(hits * (tries - hits) / tries + z * z / 4) / (tries + z * z)
    return [round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)]


def day_of(minute: int) -> str:
    """The day of a minute, UTC, as 2026-03-31."""
    return time.strftime("%Y-%m-%d", time.gmtime(minute * 60))
