"""The plan of a back-test: which accounts have to be retold at all, which facts of them count, and in what portions.

The policy says of each kind of saying what it can open and whether it counts (`turns.Hope`); the data base of files
only adds that up by account. Whoever can never be ready under any of the definitions is left out, exactly.
"""

import json
import os
import shutil
from pathlib import Path

import numpy as np

from winnow.policy import facts as f
from winnow.policy.definition import parse
from winnow.policy.turns import Hope
from winnow.studies.columnar import MEMORY, Copy, quoted, say
from winnow.studies.retelling import ends_a_cycle

PORTION = 150_000
"""Facts that are retold at once by one process, about."""
TANGLED_ROOTS = 2_000
SPREAD = 2_654_435_761
"""Knuth's multiplier: what spreads account numbers evenly for a sample."""


def plan(copy: Copy, folder: Path, documents: list[dict], first: int | None, last: int, **how) -> dict:
    """Write the plan into the folder, with links to the files of the copy, and return it.

    `how`: `as_recorded`, and `share`, the part of the accounts that is looked at (1.0 for all).
    """
    folder.mkdir(parents=True, exist_ok=True)
    _pin(copy, folder)
    hopes = [Hope(parse(document)) for document in documents]
    there = Copy(folder).open(threads=2, memory=MEMORY)
    share = how.get("share", 1.0)
    clock = "recorded" if how.get("as_recorded") else "known"
    known = there.execute(f"SELECT count(*), min({clock}), count(*) FILTER (claimed) FROM facts").fetchone()
    _sayings(there, hopes)
    _tangles(there)
    sample = f"(root % 4294967296) * {SPREAD} % 4294967296 < {int(share * 4294967296)}" if share < 1 else "true"
    _accounts(there, hopes, clock, last, sample)
    there.execute(f"COPY (SELECT saying FROM says WHERE counts) TO {quoted(folder / 'counted.parquet')}")
    there.execute(
        f"""COPY (SELECT root AS account FROM roots WHERE told AND NOT tangled ORDER BY 1)
            TO {quoted(folder / 'told.parquet')} (FORMAT parquet, ROW_GROUP_SIZE 20000)"""
    )
    there.execute(
        f"""COPY (SELECT t.account, t.root FROM tangle t JOIN roots r ON r.root = t.root WHERE r.told ORDER BY 2, 1)
            TO {quoted(folder / 'tangled.parquet')}"""
    )
    chunks = _chunks(there)
    made = {
        "definitions": documents, "first": known[1] or 0 if first is None else first, "last": last, "share": share,
        "as_recorded": bool(how.get("as_recorded")), "aliases": _aliases(there), "chunks": chunks,
        "facts": known[0], "claimed": known[2], "told": sum(chunk["facts"] for chunk in chunks),
        "accounts": _one(there, "SELECT count(*) FROM roots"), "merged": _one(there, "SELECT count(*) FROM merged"),
        "retold": _one(there, "SELECT count(*) FROM roots WHERE told"),
        "left_out": _left_out(there, known[1] or 0 if first is None else first, last, sample),
    }  # fmt: skip
    there.close()
    aside = folder / "plan.part"
    aside.write_text(json.dumps(made))
    os.replace(aside, folder / "plan.json")
    return made


def _pin(copy: Copy, folder: Path) -> None:
    """Links to the files as they are, so that the copy may grow and tidy meanwhile."""
    names = [*copy.state["parts"], *copy.state["tables"].values()]
    for name in names:
        try:
            os.link(copy.folder / name, folder / name)
        except FileExistsError:
            pass
        except OSError:  # another file system: then a copy
            shutil.copyfile(copy.folder / name, folder / name)
    Copy(folder).keep(**copy.state)


def _one(there, query: str):
    return there.execute(query).fetchone()[0]


def _sayings(there, hopes: list[Hope]) -> None:
    """What each saying opens under each definition, and whether it counts under any."""
    rows = there.execute("SELECT saying, kind, code, value, source, quantity, flag FROM sayings").fetchall()
    facts = [say(row[1:]) for row in rows]
    _put(there, "says", {
        "saying": [row[0] for row in rows],
        "counts": [ends_a_cycle(fact) or any(hope.counts(fact) for hope in hopes) for fact in facts],
        **{f"open{side}": [hope.opens(fact) for fact in facts] for side, hope in enumerate(hopes)},
    })  # fmt: skip


def _put(there, name: str, columns: dict[str, list]) -> None:
    """A table of these columns."""
    given = {
        column: np.array(values, dtype=np.bool_ if column == "counts" else np.int64)
        for column, values in columns.items()
    }
    there.register("given", given)
    there.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    there.unregister("given")


def _tangles(there) -> None:
    """A table of accounts that have to be told together, by the smallest of each tangle: merged ones, those between
    which people moved, those in which something was withdrawn, and of people who were merged."""
    kinds = ", ".join(map(quoted, f.STRUCTURAL))
    there.execute(
        f"""CREATE TABLE structure AS SELECT f.id, f.account, f.person, s.kind, f.other FROM facts f
            JOIN sayings s USING (saying) WHERE s.kind IN ({kinds}) ORDER BY f.id"""
    )
    there.execute(
        """CREATE TABLE merged AS SELECT account, person, other, kind FROM structure
           WHERE kind IN ('merged', 'unmerged')"""
    )
    there.execute(
        """CREATE TABLE edges AS
           SELECT account AS one, account AS two FROM structure
           UNION SELECT account, other FROM structure WHERE kind = 'moved_account'
           UNION SELECT account, other FROM merged WHERE person IS NULL
           UNION SELECT w.account, f.account FROM structure w JOIN facts f ON f.id = w.other WHERE w.kind = 'withdrawn'
           UNION SELECT m.account, f.account FROM merged m JOIN facts f ON f.person = m.other
               WHERE m.person IS NOT NULL
           UNION SELECT m.account, f.account FROM structure m JOIN facts f ON f.person = m.person
               WHERE m.kind = 'moved_account'"""
    )
    roots: dict[int, int] = {}

    def root(number: int) -> int:
        while roots.setdefault(number, number) != number:
            roots[number] = roots[roots[number]]
            number = roots[number]
        return number

    for one, two in there.execute("SELECT one, two FROM edges").fetchall():
        low, high = sorted((root(one), root(two)))
        roots[high] = low
    _put(there, "tangle", {"account": list(roots), "root": [root(number) for number in roots]})


def _accounts(there, hopes: list[Hope], clock: str, last: int, sample: str) -> None:
    """Each account, or tangle, with how many facts of it count and whether it has to be told."""
    sides = range(len(hopes))
    opened = ", ".join(f"bit_or(s.open{side}) AS open{side}" for side in sides)
    there.execute(
        f"""CREATE TABLE roots AS SELECT COALESCE(t.root, g.account) AS root, bool_or(t.root IS NOT NULL) AS tangled,
              sum(g.facts)::BIGINT AS facts, {', '.join(f'bit_or(g.open{side}) AS open{side}' for side in sides)},
              false AS told
            FROM (SELECT f.account, count(*) FILTER (s.counts) AS facts, {opened}
                  FROM facts f JOIN says s USING (saying) WHERE f.{clock} <= {last} GROUP BY f.account) g
            LEFT JOIN tangle t ON t.account = g.account GROUP BY 1"""
    )
    if sample != "true":
        there.execute(f"DELETE FROM roots WHERE NOT ({sample})")
    names = [f"open{side}" for side in sides]
    seen = there.execute(f"SELECT DISTINCT {', '.join(names)} FROM roots").fetchall()
    may = [row for row in seen if any(hope.may(opened) for hope, opened in zip(hopes, row, strict=True))]
    _put(there, "may", {name: [row[side] for row in may] for side, name in enumerate(names)})
    there.execute(f"UPDATE roots SET told = true WHERE ({', '.join(names)}) IN (SELECT ({', '.join(names)}) FROM may)")


def _chunks(there) -> list[dict]:
    """Ranges of accounts with about as many facts each; tangles apart."""
    rows = there.execute(
        f"""SELECT tangled, min(root), max(root), sum(facts)::BIGINT FROM (
              SELECT *, CASE WHEN tangled THEN row_number() OVER (PARTITION BY tangled ORDER BY root)
                             // {TANGLED_ROOTS}
                        ELSE sum(facts) OVER (PARTITION BY tangled ORDER BY root) // {PORTION} END AS portion
              FROM roots WHERE told)
            GROUP BY tangled, portion ORDER BY tangled DESC, sum(facts) DESC"""
    ).fetchall()
    return [{"tangled": bool(row[0]), "low": row[1], "high": row[2], "facts": int(row[3])} for row in rows]


def _aliases(there) -> dict[int, int]:
    """Who is who today, as the fold knows it: merged people, and merged accounts by their negative."""
    aliases: dict[int, int] = {}
    for account, person, kind, other in there.execute("SELECT account, person, kind, other FROM structure").fetchall():
        key = -other if person is None else other
        if kind == "merged":
            aliases[key] = account if person is None else person
        elif kind == "unmerged":
            aliases.pop(key, None)
    return aliases


def _left_out(there, first: int, last: int, sample: str) -> dict:
    """Wins and handoffs of accounts that can never be ready, which nobody has to be told."""
    there.execute(
        f"""CREATE VIEW elsewhere AS SELECT a.account, a.root FROM (
              SELECT x.account, COALESCE(t.root, x.account) AS root
              FROM (SELECT account FROM wins UNION SELECT account FROM handoffs) x
              LEFT JOIN tangle t ON t.account = x.account) a
            LEFT JOIN roots r ON r.root = a.root AND r.told
            WHERE r.root IS NULL AND ({sample.replace('root', 'a.root')})"""
    )
    wins = there.execute(
        f"""SELECT count(*) FILTER (judged), count(*) FILTER (NOT judged) FROM wins
            WHERE account IN (SELECT account FROM elsewhere) AND closed BETWEEN {first} AND {last}"""
    ).fetchone()
    handoffs = there.execute(
        f"""SELECT count(*) FILTER (response = 'rejected'), count(*) FILTER (response = 'accepted') FROM handoffs
            WHERE account IN (SELECT account FROM elsewhere) AND given BETWEEN {first} AND {last}"""
    ).fetchone()
    return {
        "wins_missed": wins[0], "wins_unjudged": wins[1], "rejected": handoffs[0], "rejected_kept_back": handoffs[0],
        "accepted": handoffs[1], "accepted_kept_back": handoffs[1],
    }  # fmt: skip
