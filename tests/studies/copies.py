"""Histories as columnar copies, for studies that need no database."""

import json
from pathlib import Path

import numpy as np

from winnow.policy import facts as f
from winnow.studies.columnar import FACT_ROW, LAYOUT, SAID, TABLES, Copy, connect, quoted

EMPTY = {name: columns for name, (columns, _) in TABLES.items()}


def copy_of(folder: Path, history: list[f.Fact], transactions: dict[int, int] | None = None, **tables) -> Copy:
    """A copy of these facts, each in a transaction of its own unless `transactions` says in which. `tables` gives rows
    of TABLES, as values in SQL."""
    folder.mkdir(parents=True, exist_ok=True)
    there = connect(1, "200MB", folder)
    sayings: dict[tuple, int] = {}
    columns: dict[str, list] = {part.split()[0]: [] for part in FACT_ROW.split(", ")}
    for fact in history:
        own = {column: getattr(fact, name) for name, column in fact.COLUMNS.items()}
        said = (fact.kind, *(own.get(name) if name in ("quantity", "flag") else own.get(name, "") for name in SAID[1:]))
        row = {
            "id": fact.id, "xact": (transactions or {}).get(fact.id, fact.id), "account": fact.account,
            "person": fact.person, "happened": fact.happened, "known": fact.known, "recorded": fact.recorded,
            "other": own.get("other_id"), "until_at": own.get("until_at"), "claimed": fact.known != fact.recorded,
            "saying": sayings.setdefault(said, len(sayings) + 1),
        }  # fmt: skip
        for name, kept in columns.items():
            kept.append(row.get(name))
    masked = {
        name: np.ma.masked_array([value or 0 for value in kept], mask=[value is None for value in kept], dtype=np.int64)
        for name, kept in columns.items()
    }
    there.register("given", masked)
    there.execute(f"CREATE TABLE facts ({FACT_ROW})")
    there.execute(f"INSERT INTO facts SELECT {', '.join(columns)} FROM given")
    _write(there, folder, "SELECT * FROM facts ORDER BY account, id", "facts-1.parquet")
    there.execute(
        "CREATE TABLE sayings (kind VARCHAR, code VARCHAR, value VARCHAR, source VARCHAR, quantity INTEGER,"
        " flag BOOLEAN, saying INTEGER)"
    )
    there.executemany("INSERT INTO sayings VALUES (?, ?, ?, ?, ?, ?, ?)", [(*said, at) for said, at in sayings.items()])
    _write(there, folder, "SELECT * FROM sayings", "sayings-1.parquet")
    for name, kinds in EMPTY.items():
        there.execute(f"CREATE TABLE {name} ({kinds})")
        if tables.get(name):
            there.execute(f"INSERT INTO {name} VALUES {tables[name]}")
        _write(there, folder, f"SELECT * FROM {name}", f"{name}-1.parquet")
    there.close()
    names = {name: f"{name}-1.parquet" for name in ("sayings", *TABLES)}
    state = {
        "layout": LAYOUT, "source": "test", "grown": 1, "parts": ["facts-1.parquet"], "tables": names,
        "facts": len(history),
    }  # fmt: skip
    (folder / "state.json").write_text(json.dumps(state))
    return Copy(folder)


def _write(there, folder: Path, query: str, name: str) -> None:
    there.execute(f"COPY ({query}) TO {quoted(folder / name)} (FORMAT parquet)")
