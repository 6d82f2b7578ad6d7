"""An invented history as a columnar copy, made by DuckDB directly: no database, no import, any size.

Three years of a firm that mails a lot and calls few: four in ten facts are mails that left, a third are pages and
content, the rest inquiries, clicks (most of them by scanners), descriptions. Sales works one account in eight: only
there are calls, answers, handoffs and wins. Accounts are skewed: one in a hundred has hundreds of people.
"""

import json
from pathlib import Path

from winnow.studies.columnar import FACT_ROW, FORMAT, LAYOUT, TABLES, connect, quoted

START = 27_874_080  # 1 January 2023
SPAN = 3 * 365 * 1440
CONTENT = ["roi_case", "guide", "webinar", "price_list", "checklist", "demo", "report"]
KINDS = [
    # per mille of the facts of an account that sales works, and of one that it doesn't; kind, codes
    (400, 400, "mail_sent", ["tip_1", "tip_2", "tip_3", "tip_4", "tip_5", "tip_6"], [""], None),
    (150, 190, "page_seen", ["home", "product", "blog", "docs", "team", "careers", "pricing"], [""], False),
    (40, 60, "page_seen", ["home", "product", "blog"], [""], True),
    (70, 80, "content_taken", CONTENT, [""], False),
    (20, 30, "content_taken", ["guide", "report"], [""], True),
    (60, 80, "mail_clicked", ["tip_1", "tip_2", "tip_3"], [""], False),
    (40, 40, "mail_clicked", ["tip_1", "tip_2", "tip_3"], [""], True),
    (30, 30, "inquiry", ["web", "event", "search", "advertising", "chat"], ["active"], True),
    (10, 20, "inquiry", ["purchased_list"], ["passive"], True),
    (20, 25, "described", ["industry"], ["software", "retail", "farming", "energy"], None),
    (20, 20, "described", ["employees"], ["12", "80", "400", "2500", "9000"], None),
    (10, 10, "described", ["country"], ["DE", "FR", "BR", "US"], None),
    (15, 12, "described", ["seniority"], ["director", "manager", "professional", "junior", "executive"], None),
    (5, 3, "opted_out", ["link"], [""], None),
    (30, 0, "touch", ["call", "mail"], ["no_answer"], None),
    (20, 0, "called", ["spoke", "no_answer", "message"], [""], None),
    (10, 0, "mail_replied", ["tip_1", "tip_2"], [""], None),
    (8, 0, "met", [""], [""], None),
    (36, 0, "answered", ["need", "budget", "authority", "timing"], ["yes", "partly", "no"], None),
    (4, 0, "handoff", [""], [""], None),
    (2, 0, "recycled", ["need", "timing"], [""], None),
]
COMPANY = ("industry", "employees", "country")
"""What is described of the account and not of a person."""


def make(folder: Path, people: int, facts: int, memory: str = "3GB") -> int:
    """Write a copy of so many people and about so many facts into the folder; how many facts there are."""
    folder.mkdir(parents=True, exist_ok=True)
    there = connect(2, memory, folder)
    there.execute("SELECT setseed(0.4)")
    sayings, worked, idle = [], [], []
    for in_worked, in_idle, kind, codes, values, flag in KINDS:
        source = "rep" if kind == "answered" else ""
        which = [(kind, code, value, source, 1, flag) for code in codes for value in values]
        for one in which:
            sayings.append((*one, len(sayings) + 1))
            worked.append(in_worked / len(which))
            idle.append(in_idle / len(which))
    there.execute(
        "CREATE TABLE sayings (kind VARCHAR, code VARCHAR, value VARCHAR, source VARCHAR, quantity INTEGER,"
        " flag BOOLEAN, saying INTEGER)"
    )
    there.executemany("INSERT INTO sayings VALUES (?, ?, ?, ?, ?, ?, ?)", sayings)
    for name, weights in (("worked", worked), ("idle", idle)):
        whole, low = sum(weights), 0.0
        there.execute(f"CREATE TABLE {name} (saying INTEGER, low DOUBLE, high DOUBLE)")
        for number, weight in enumerate(weights, 1):
            there.execute(f"INSERT INTO {name} VALUES (?, ?, ?)", [number, low / whole, (low + weight) / whole])
            low += weight
        # a look-up of 4,096 places: quicker than a join by ranges
        there.execute(
            f"CREATE TABLE {name}_at AS SELECT list(saying ORDER BY place) AS places FROM (SELECT place, saying"
            f" FROM range(4096) t(place) JOIN {name} ON (place + 0.5) / 4096 >= low AND (place + 0.5) / 4096 < high)"
        )
    # people in accounts: most small, one in a hundred large
    there.execute(
        f"""CREATE TABLE people AS SELECT person, (1 + sum(new) OVER (ORDER BY person))::BIGINT AS account FROM (
              SELECT person, (random() < CASE WHEN person // 3000 % 10 = 0 THEN 0.002 ELSE 0.35 END)::INT AS new
              FROM range(1, {people + 1}) t(person)) """
    )
    mean = facts / people
    of_account = [one[6] for one in sayings if one[:2] in {("described", code) for code in COMPANY}]
    parts = []
    step = max(people // 10, 1)
    made = 0
    for low in range(1, people + 1, step):
        name = f"facts-000001-{len(parts):03d}.parquet"
        there.execute(
            f"""CREATE OR REPLACE TABLE portion AS
                SELECT person, account, account % 8 = 0 AS worked, s, d FROM (
                  SELECT person, account, ({START} + random() * {SPAN} * 0.9)::INT AS s,
                         (10080 + random() * 400 * 1440)::INT AS d,
                         greatest(1, least(2000, {mean} * exp(0.9 * sqrt(-2 * ln(random() + 1e-12))
                             * cos(6.2831853 * random()) - 0.405)))::INT AS n
                  FROM people WHERE person BETWEEN {low} AND {low + step - 1}), range(n) """
        )
        columns = ", ".join(part.split()[0] for part in FACT_ROW.split(", "))
        there.execute(
            f"""COPY (SELECT {columns} FROM (
                SELECT {made} + row_number() OVER () AS id, {made} + row_number() OVER () AS xact, account,
                    CASE WHEN saying BETWEEN {of_account[0]} AND {of_account[-1]} THEN NULL ELSE person END AS person,
                    moment AS happened, moment AS known, moment AS recorded, NULL::BIGINT AS other,
                    NULL::BIGINT AS lead,
                    NULL::BIGINT AS amount_cents, moment + 129600 AS until_at, NULL::BIGINT AS inquiry,
                    NULL::BIGINT AS campaign, NULL::BIGINT AS by_user, false AS claimed, saying
                FROM (SELECT *, least(s + (random() * d)::INT, {START + SPAN}) AS moment,
                        CASE WHEN worked THEN (SELECT places FROM worked_at)[1 + (random() * 4095)::INT]
                             ELSE (SELECT places FROM idle_at)[1 + (random() * 4095)::INT] END AS saying
                      FROM portion)))
                TO {quoted(folder / name)} ({FORMAT})"""
        )
        made += there.execute("SELECT count(*) FROM portion").fetchone()[0]
        parts.append(name)
    queries = {
        "wins": f"""SELECT account AS opportunity, account, {START + SPAN // 3} + account * 7919 % {SPAN * 6 // 10}
            AS closed, closed - account * 104729 % 129600 AS really, true AS judged, 1000000::BIGINT AS amount_cents,
            1 AS rep FROM (SELECT DISTINCT account FROM people WHERE account % 64 = 0)""",
        "handoffs": f"""SELECT account AS handoff, account, 1 + account % 12 AS rep,
            {START} + account * 7907 % {SPAN} AS given, CASE WHEN account % 3 = 0 THEN 'rejected' ELSE 'accepted' END
            AS response, given + 60 AS responded, '' AS reason
            FROM (SELECT DISTINCT account FROM people WHERE account % 16 = 0)""",
        "owners": "SELECT DISTINCT account, 1 + account % 12 AS rep FROM people WHERE account % 8 = 0",
        "reps": "SELECT i AS rep, true AS works FROM range(1, 13) t(i)",
        "openings": "SELECT account AS opportunity, account FROM people WHERE false",
        "sayings": "SELECT * FROM sayings",
    }  # fmt: skip
    tables = {}
    for name in ("sayings", *TABLES):
        tables[name] = f"{name}-000001.parquet"
        there.execute(f"COPY ({queries[name]}) TO {quoted(folder / tables[name])} (FORMAT parquet)")
    there.close()
    state = {"layout": LAYOUT, "source": "invented", "grown": 1, "parts": parts, "tables": tables, "facts": made}
    (folder / "state.json").write_text(json.dumps(state))
    return made
