"""One portion of a back-test: read the facts of some accounts, retell them to the policy, count.

Runs in a process of its own and knows nothing of Django; what it needs lies in the run's folder (`planning`).
"""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import duckdb

from winnow.policy import facts as f
from winnow.policy.definition import parse
from winnow.policy.explain import unmet_words
from winnow.policy.fold import Fold
from winnow.policy.judge import readiness
from winnow.policy.turns import Hope, Turn, Watch, retell
from winnow.studies.columnar import Copy, say
from winnow.studies.tally import FLIPS_A_CHUNK, Flip, Story, Tally, size

BATCH = 20_000
MEMORY = "700MB"
NUMBERED = {"moved_account": "to", "merged": "other", "unmerged": "other", "withdrawn": "fact", "recycled": "until"}
ENDS = ("won", "lost", "recycled", "disposition", "response")


class Portions:
    """What is the same for all portions of one run."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.plan = json.loads((self.folder / "plan.json").read_text())
        self.hopes = [Hope(parse(document)) for document in self.plan["definitions"]]
        self.there = Copy(self.folder).open(threads=1, memory=MEMORY)
        # Few accounts of many are told: so the reader skips what lies between them.
        self.there.execute("SET dynamic_or_filter_threshold = 100000")
        rows = self.there.execute("SELECT saying, kind, code, value, source, quantity, flag FROM sayings").fetchall()
        self.sayings: dict[int, f.Fact] = {row[0]: say(row[1:]) for row in rows}
        self.numbered = {
            number: NUMBERED[fact.kind] for number, fact in self.sayings.items() if fact.kind in NUMBERED
        }
        self.ends = {number for number, fact in self.sayings.items() if ends_a_cycle(fact)}
        self.aliases = {int(one): other for one, other in self.plan["aliases"].items()}
        self.moment = "recorded" if self.plan["as_recorded"] else "known"

    def portion(self, number: int) -> dict:
        """Retell portion `number`, count, and keep the count in the run's folder."""
        chunk = self.plan["chunks"][number]
        tallies = [Tally() for _ in self.hopes]
        flips: list[list] = []
        flipped = [0, 0]
        about = self._about(chunk)
        for root, rows in self._roots(chunk):
            self._root(root, rows, chunk["tangled"], about, tallies, flips, flipped)
        found = {"tallies": [one.to_json() for one in tallies], "flips": flips, "flipped": flipped}
        aside = self.folder / f"portion-{number}.part"
        aside.write_text(json.dumps(found))
        os.replace(aside, self.folder / f"portion-{number}.json")
        return found

    # -- reading ------------------------------------------------------------------------------------------------
    def _roots(self, chunk: dict) -> Iterator[tuple[int, list[tuple]]]:
        """Each account (or tangle of accounts) with its rows in order."""
        cursor = self.there.cursor()
        moment, low, high = self.moment, chunk["low"], chunk["high"]
        order = "root, f.id" if self.plan["as_recorded"] else f"root, f.{moment}, f.id"
        recorded = "recorded" if self.plan["claimed"] else moment  # the same where nobody claims anything
        columns = f"""f.{moment}, f.xact, f.id, f.account, f.person, f.happened, f.saying, f.other, f.until_at,
            f.{recorded}"""
        until = f"f.{moment} <= {self.plan['last']}"
        if chunk["tangled"]:
            cursor.execute(
                f"""SELECT {columns}, t.root FROM facts f JOIN read_parquet('{self.folder}/tangled.parquet') t
                      ON t.account = f.account
                    WHERE t.root BETWEEN {low} AND {high} AND {until} ORDER BY {order}"""
            )
        else:
            cursor.execute(
                f"""SELECT {columns}, f.account AS root FROM facts f
                    WHERE f.account BETWEEN {low} AND {high} AND {until}
                      AND f.saying IN (SELECT saying FROM read_parquet('{self.folder}/counted.parquet'))
                      AND f.account IN (SELECT account FROM read_parquet('{self.folder}/told.parquet')
                                        WHERE account BETWEEN {low} AND {high})
                    ORDER BY {order}"""
            )
        yield from ((root, list(rows)) for root, rows in groupby(_fetched(cursor), key=lambda row: row[10]))

    def _about(self, chunk: dict) -> dict[int, Story]:
        """Wins, handoffs and reps of the accounts of this portion."""
        stories: dict[int, Story] = {}
        where = f"account BETWEEN {chunk['low']} AND {chunk['high']}"
        if chunk["tangled"]:
            where = f"""account IN (SELECT account FROM read_parquet('{self.folder}/tangled.parquet')
                WHERE root BETWEEN {chunk['low']} AND {chunk['high']})"""
        query = self.there.execute
        for account, *win in query(f"SELECT account, closed, really, judged FROM wins WHERE {where}").fetchall():
            stories.setdefault(account, Story()).wins.append(tuple(win))
        for account, *one in query(f"SELECT account, given, response FROM handoffs WHERE {where}").fetchall():
            stories.setdefault(account, Story()).handoffs.append(tuple(one))
        for account, rep in query(f"SELECT account, rep FROM owners WHERE {where}").fetchall():
            stories.setdefault(account, Story()).rep = rep
        return stories

    # -- telling ------------------------------------------------------------------------------------------------
    def _root(self, root, rows, tangled, about, tallies, flips, flipped) -> None:
        plan, last = self.plan, self.plan["last"]
        aliases = self.aliases if tangled and not plan["as_recorded"] else None
        watches = [Watch(hope, tangled, aliases) for hope in self.hopes]
        notes = retell(watches, rows, self.sayings, self.numbered, last)
        claimed = tangled or any(row[0] != row[9] for row in rows)
        stand = [set(watch.ready) for watch in watches]
        if claimed and not plan["as_recorded"]:
            stand = [self._standing(watch, rows) for watch in watches]
        turned = [_by_account(watch) for watch in watches]
        fold = watches[0].fold
        accounts = {fold.account(row[3]) for row in rows} | set(turned[0]) | set(turned[-1])
        channel = next((self.sayings[row[6]].channel for row in rows if self.sayings[row[6]].kind == "inquiry"), "")
        ends: dict[int, list[int]] = {}
        for row in rows:
            if row[6] in self.ends:
                ends.setdefault(fold.account(row[3]), []).append(row[0])
        for account in sorted(accounts):
            story = about.get(account) or Story()
            story.ends = ends.get(account, [])
            story.segments = self._segments(fold, account, channel)
            for tally, turns, ready in zip(tallies, turned, stand, strict=True):
                tally.account(turns.get(account, []), story, plan["first"], last)
                tally.counts["ready_now"] += account in ready
        if len(watches) == 2:
            ever = [set(turns) for turns in turned]
            for note in notes:
                if fold.account(note.account) in ever[1 - note.side] or not plan["first"] <= note.at <= last:
                    continue
                flipped[note.side] += 1
                if len(flips) < FLIPS_A_CHUNK:
                    definition = self.hopes[1 - note.side].definition
                    flips.append(Flip.of(note, unmet_words(definition, note.verdict)).to_json())

    def _standing(self, watch: Watch, rows: list[tuple]) -> set[int]:
        """Who is ready in the end by all facts in recorded order, which is what recording keeps."""
        fold = Fold(watch.hope.definition)
        told = [self._fact(row) for row in sorted(rows, key=lambda row: row[2])]
        for fact in told:
            fold.link(fact)
        for fact in told:
            fold.take(fact)
        last = self.plan["last"]
        return {number for number in fold.accounts if readiness(fold, number, last).person is not None}

    def _fact(self, row: tuple) -> f.Fact:
        fact = self.sayings[row[6]]
        own = {}
        if row[6] in self.numbered:
            field = self.numbered[row[6]]
            own[field] = row[8] if field == "until" else (row[7] or 0)
        return replace(
            fact, id=row[2], account=row[3], person=row[4], happened=row[5], known=row[0], recorded=row[9], **own
        )

    def _segments(self, fold: Fold, account: int, channel: str) -> dict[str, str]:
        state = fold.accounts.get(account)
        attrs = state.attrs if state else {}
        return {
            "industry": attrs.get("industry") or "unknown", "size": size(attrs.get("employees", "")),
            "country": attrs.get("country") or "unknown", "channel": channel or "unknown",
        }  # fmt: skip


def ends_a_cycle(fact: f.Fact) -> bool:
    """Whether the fact ends a trip through the funnel: rejected, recycled, disqualified, won or lost."""
    match fact:
        case f.Won() | f.Lost() | f.Recycled():
            return True
        case f.Disposed():
            return fact.disposition == "disqualified"
        case f.Responded():
            return fact.response == "rejected"
    return False


def _fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple]:
    while rows := cursor.fetchmany(BATCH):
        yield from rows


def _by_account(watch: Watch) -> dict[int, list[Turn]]:
    """Turns by the account as it is today, in the order of time."""
    found: dict[int, list[Turn]] = {}
    for turn in watch.turns:
        found.setdefault(watch.fold.account(turn.account), []).append(turn)
    return found


# -- in a process of its own -----------------------------------------------------------------------------------------
_here: list[Portions] = []


def begin(folder: str) -> None:
    """Make a process ready for portions of the run in `folder`. Ctrl-C is for the one who asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    _here[:] = [Portions(Path(folder))]


def portion(number: int) -> dict:
    """Retell one portion."""
    return _here[0].portion(number)
