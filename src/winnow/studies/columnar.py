"""The columnar copy: facts and the few tables that studies need, as Parquet in the home's folder, grown by transaction.

Studies of ten years read files and never hold the database up. A fact keeps the number of the transaction that
recorded it; ids commit out of order, so what is new since last time is what that snapshot could not see: transactions
from its oldest running one on, less what is there already. Times are whole minutes since 1970. What facts say is
kept once (`sayings`: kind and codes), so that a fact is a row of numbers.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from winnow.policy import facts as f

LAYOUT = 1
FOLDER = "columnar"
FORMAT = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 50000"
PART = 5_000_000
"""Facts read from the database at once, and so in one file."""
MOST_PARTS = 12
SAID = ("kind", "code", "value", "source", "quantity", "flag")
MEMORY = "1GB"

_MINUTE = "floor(extract(epoch FROM {0}) / 60)::integer"
_COLUMNS = {
    "id": "BIGINT", "xact": "BIGINT", "account": "BIGINT", "person": "BIGINT", "happened": "INTEGER",
    "known": "INTEGER", "recorded": "INTEGER", "kind": "VARCHAR", "code": "VARCHAR", "value": "VARCHAR",
    "source": "VARCHAR", "quantity": "INTEGER", "flag": "BOOLEAN", "other": "BIGINT", "lead": "BIGINT",
    "amount_cents": "BIGINT", "until_at": "INTEGER", "inquiry": "BIGINT", "campaign": "BIGINT", "by_user": "BIGINT",
    "claimed": "BOOLEAN",
}  # fmt: skip
_FACTS = f"""SELECT id, xact, account_id, person_id, {_MINUTE.format('happened_at')}, {_MINUTE.format('known_at')},
    {_MINUTE.format('recorded_at')}, kind, code, value, source, quantity, flag, other_id, lead_id, amount_cents,
    {_MINUTE.format('until_at')}, inquiry_id, campaign_id, by_id, claimed FROM leads_fact"""
_KEPT = [name for name in _COLUMNS if name not in SAID]
FACT_ROW = ", ".join(f"{name} {_COLUMNS[name]}" for name in _KEPT) + ", saying INTEGER"
"""The columns of a file of facts, as SQL says them; sorted by account, then id."""

_NOW_IS = """WITH RECURSIVE up(old, now) AS (
        SELECT id, merged_into_id FROM leads_account WHERE merged_into_id IS NOT NULL
        UNION ALL SELECT up.old, a.merged_into_id FROM up JOIN leads_account a ON a.id = up.now
        WHERE a.merged_into_id IS NOT NULL),
    today AS (SELECT up.old, up.now FROM up JOIN leads_account a ON a.id = up.now WHERE a.merged_into_id IS NULL)
    """
_CLOSED = _MINUTE.format("COALESCE(o.closed_at, o.known_at, o.created_at)")
_REALLY = _MINUTE.format("COALESCE(h.given_at, o.engaged_on::timestamp AT TIME ZONE 'UTC', o.known_at, o.created_at)")
TABLES = {
    # Won opportunities: by whom, when closed, and when sales really began with them (handoff, else opening).
    "wins": (
        "opportunity BIGINT, account BIGINT, closed INTEGER, really INTEGER, judged BOOLEAN, amount_cents BIGINT,"
        " rep BIGINT",
        _NOW_IS + f"""SELECT o.id, COALESCE(t.now, o.account_id), {_CLOSED}, {_REALLY}, o.judged, o.amount_cents,
            o.owner_id FROM leads_opportunity o LEFT JOIN today t ON t.old = o.account_id
            LEFT JOIN LATERAL (SELECT min(given_at) AS given_at FROM leads_handoff x WHERE x.lead_id = o.lead_id) h
                ON true
            WHERE o.outcome = 'won' AND o.voided_at IS NULL""",
    ),
    # Leads that were given to a rep, and what the rep said.
    "handoffs": (
        "handoff BIGINT, account BIGINT, rep BIGINT, given INTEGER, response VARCHAR, responded INTEGER,"
        " reason VARCHAR",
        _NOW_IS + f"""SELECT h.id, COALESCE(t.now, l.account_id), h.rep_id, {_MINUTE.format('h.given_at')}, h.response,
            {_MINUTE.format('h.responded_at')}, h.reason FROM leads_handoff h JOIN leads_lead l ON l.id = h.lead_id
            LEFT JOIN today t ON t.old = l.account_id""",
    ),
    # Whose an account is: the rep who had it last, else its owner.
    "owners": (
        "account BIGINT, rep BIGINT",
        """SELECT a.id, COALESCE(last.rep_id, a.owner_id) FROM leads_account a
            LEFT JOIN LATERAL (SELECT h.rep_id FROM leads_handoff h JOIN leads_lead l ON l.id = h.lead_id
                WHERE l.account_id = a.id ORDER BY h.id DESC LIMIT 1) last ON true
            WHERE a.merged_into_id IS NULL AND COALESCE(last.rep_id, a.owner_id) IS NOT NULL""",
    ),
    "reps": (
        "rep BIGINT, works BOOLEAN",
        "SELECT id, is_active AND role IN ('rep', 'manager') FROM leads_user"
        " WHERE role IN ('rep', 'manager') OR id IN (SELECT rep_id FROM leads_handoff)",
    ),
    "openings": (
        "opportunity BIGINT, account BIGINT",
        _NOW_IS + """SELECT o.id, COALESCE(t.now, o.account_id) FROM leads_opportunity o
            LEFT JOIN today t ON t.old = o.account_id WHERE o.voided_at IS NULL""",
    ),
}  # fmt: skip


class Copy:
    """A copy in a folder. `parts` are its files of facts; each is sorted by account, then id."""

    def __init__(self, folder: Path):
        self.folder = folder
        kept = folder / "state.json"
        state = json.loads(kept.read_text()) if kept.exists() else {}
        self.state = state if state.get("layout") == LAYOUT else {}

    @property
    def facts(self) -> int:
        """How many facts it holds."""
        return self.state.get("facts", 0)

    @property
    def parts(self) -> list[str]:
        """The files of facts, whole paths."""
        return [str(self.folder / name) for name in self.state.get("parts", ())]

    @property
    def version(self) -> str:
        """What changes whenever the copy does."""
        return f"{self.state.get('source', '')}/{self.state.get('grown', 0)}"

    def table(self, name: str) -> str:
        """The file of one of TABLES, or of `sayings`."""
        return str(self.folder / self.state["tables"][name])

    def open(self, threads: int = 2, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
        """A connection with a view for each table and for `facts`, that fetches nothing from anywhere else."""
        there = connect(threads, memory, self.folder)
        for name in ("sayings", *TABLES):
            there.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(self.table(name))})")
        files = ", ".join(map(quoted, self.parts))
        there.execute(f"CREATE VIEW facts AS SELECT * FROM read_parquet([{files}])")
        return there

    def keep(self, **changes) -> None:
        """Say anew what the copy is made of: whole, or not at all."""
        self.state = {**self.state, "layout": LAYOUT, **changes}
        aside = self.folder / "state.json.part"
        aside.write_text(json.dumps(self.state))
        os.replace(aside, self.folder / "state.json")


def connect(threads: int, memory: str, folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB in this process, with limits, alone with our files."""
    there = duckdb.connect(config={
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": str(threads),
        "memory_limit": memory, "temp_directory": str(folder / "spill"),
    })  # fmt: skip
    return there


def quoted(text: str) -> str:
    """As a string of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def say(row: tuple) -> f.Fact:
    """The fact of a row of SAID, without whose and when."""
    kind = f.KINDS.get(row[0])
    if kind is None:
        raise f.UnknownKind(f"The copy holds a fact of kind {row[0]!r}, which this version doesn't know.")
    values = dict(zip(SAID, row, strict=True))
    own = {name: values[column] for name, column in kind.COLUMNS.items() if values.get(column) is not None}
    return kind(**own)


# -- growing ---------------------------------------------------------------------------------------------------------
def grow(home: Path, told: Callable[[int, int], None] | None = None) -> Copy:
    """Bring the copy in this home up to date with the database, and return it. `told` hears facts done and in all.

    The first time, and after another database was put in place (a backup brought back), it is made anew.
    """
    from django.db import connection

    from winnow.leads.replaying import snapshot

    folder = Path(home) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    with alone(folder / "lock"), snapshot(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint, (pg_snapshot_xmax(
                 pg_current_snapshot())::text)::bigint, (SELECT system_identifier FROM pg_control_system())::text || '.'
                 || 'leads_fact'::regclass::oid::text, pg_current_xact_id_if_assigned() IS NOT NULL"""
        )
        oldest, newest, source, writing = cursor.fetchone()
        copy = Copy(folder)
        if copy.state.get("source") != source:
            copy.state = {}
        if copy.state.get("seen") == [oldest, newest] and oldest == newest and not writing:
            return copy
        _take(cursor, copy, told)
        copy.keep(source=source, oldest=oldest, seen=[oldest, newest], grown=copy.state.get("grown", 0) + 1)
    _tidy(copy)
    return copy


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One at a time, by a lock on this file: who comes second waits."""
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _take(cursor, copy: Copy, told) -> None:
    """New facts into new files, and the tables anew."""
    grown = copy.state.get("grown", 0) + 1
    there = connect(2, MEMORY, copy.folder)
    sayings = f"SELECT * FROM read_parquet({quoted(copy.table('sayings'))})" if copy.state else None
    there.execute(
        "CREATE TABLE sayings (kind VARCHAR, code VARCHAR, value VARCHAR, source VARCHAR, quantity INTEGER,"
        " flag BOOLEAN, saying INTEGER)"
    )
    if sayings:
        there.execute(f"INSERT INTO sayings {sayings}")
    parts, facts = list(copy.state.get("parts", ())), copy.facts
    for number, condition in enumerate(_portions(cursor, copy, told)):
        name = f"facts-{grown:06d}-{number:03d}.parquet"
        found = _part(cursor, there, copy, f"{_FACTS} WHERE {condition}", name)
        if found:
            parts.append(name)
            facts += found
    tables = {"sayings": f"sayings-{grown:06d}.parquet"}
    _write(there, "SELECT * FROM sayings ORDER BY saying", copy.folder / tables["sayings"])
    for name, (columns, query) in TABLES.items():
        tables[name] = f"{name}-{grown:06d}.parquet"
        _load(cursor, there, copy.folder, query, columns)
        _write(there, "SELECT * FROM fresh", copy.folder / tables[name])
    if not parts:
        parts = [f"facts-{grown:06d}-000.parquet"]
        there.execute(f"CREATE OR REPLACE TABLE fresh ({FACT_ROW})")
        _write(there, "SELECT * FROM fresh", copy.folder / parts[0])
    there.close()
    copy.state |= {"parts": parts, "tables": tables, "facts": facts}


def _portions(cursor, copy: Copy, told) -> Iterator[str]:
    """Conditions that together name what may be new, a file's worth each."""
    if copy.state:
        yield f"xact >= {int(copy.state['oldest'])}"
        return
    cursor.execute("SELECT COALESCE(min(id), 1), COALESCE(max(id), 0) FROM leads_fact")
    first, last = cursor.fetchone()
    for low in range(first, last + 1, PART):
        yield f"id >= {low} AND id < {low + PART}"
        if told:
            told(min(low + PART, last + 1) - first, last + 1 - first)


def _part(cursor, there, copy: Copy, query: str, name: str) -> int:
    """One file of facts; how many are in it, 0 (and no file) where none is new."""
    columns = ", ".join(f"{column} {kind}" for column, kind in _COLUMNS.items())
    _load(cursor, there, copy.folder, query, columns)
    if copy.state:
        files = ", ".join(map(quoted, copy.parts))
        there.execute(
            f"""DELETE FROM fresh WHERE id IN (SELECT id FROM read_parquet([{files}])
                WHERE id >= (SELECT min(id) FROM fresh))"""
        )
    same = " AND ".join(f"s.{column} IS NOT DISTINCT FROM r.{column}" for column in SAID)
    told = ", ".join(SAID)
    there.execute(
        f"""INSERT INTO sayings SELECT {told}, (SELECT count(*) FROM sayings) + row_number() OVER (ORDER BY {told})
            FROM (SELECT DISTINCT {told} FROM fresh) r WHERE NOT EXISTS (SELECT 1 FROM sayings s WHERE {same})"""
    )
    kept = ", ".join(f"r.{column}" for column in _KEPT)
    found = there.execute("SELECT count(*) FROM fresh").fetchone()[0]
    if found:
        _write(
            there, f"SELECT {kept}, s.saying FROM fresh r JOIN sayings s ON {same} ORDER BY r.account, r.id",
            copy.folder / name,
        )
    return found


def _load(cursor, there, folder: Path, query: str, columns: str) -> None:
    """What a query finds in the database as DuckDB's table `fresh`, by way of a file that is gone afterwards."""
    aside = folder / "fresh.csv"
    with aside.open("wb") as out, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copied:
        for block in copied:
            out.write(block)
    named = ", ".join(f"'{part.split()[0]}': '{part.split()[1]}'" for part in columns.split(", "))
    there.execute(
        f"""CREATE OR REPLACE TABLE fresh AS SELECT * FROM read_csv({quoted(aside)}, auto_detect = false,
            header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false,
            columns = {{{named}}})"""
    )
    aside.unlink()


def _write(there, query: str, path: Path) -> None:
    part = path.with_suffix(".part")
    there.execute(
        f"COPY ({query}) TO {quoted(part)} ({FORMAT})"
    )
    os.replace(part, path)


def _tidy(copy: Copy) -> None:
    """Small files into one; and away with what no longer belongs to the copy, unless it was of the last time."""
    if len(copy.state["parts"]) > MOST_PARTS:
        with alone(copy.folder / "lock"):
            there = connect(2, MEMORY, copy.folder)
            parts = sorted(copy.parts, key=os.path.getsize)
            small = parts[: MOST_PARTS // 2 + 1]
            name = f"facts-{copy.state['grown']:06d}-all.parquet"
            files = ", ".join(map(quoted, small))
            _write(there, f"SELECT * FROM read_parquet([{files}]) ORDER BY account, id", copy.folder / name)
            there.close()
            copy.keep(parts=[Path(one).name for one in parts if one not in small] + [name])
    kept = {*copy.state["parts"], *copy.state["tables"].values()}
    stay = {f"{copy.state['grown'] - 1:06d}", f"{copy.state['grown']:06d}"}
    for path in copy.folder.glob("*.parquet"):
        if path.name not in kept and path.stem.split("-")[1] not in stay:
            path.unlink(missing_ok=True)
