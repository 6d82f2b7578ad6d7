"""The sorting bench: who waits for a decision, in order of promise. Every query is bounded, whoever many wait.

Waiting are people whose cycle is new or ready, and people with an inquiry that nobody has answered. Up to FEW of them
are looked at one by one. Beyond that the bench walks the standings in their stored order and looks at most WINDOW
entries far, so that a page costs the same with five thousand waiting and with five million.
"""

import json
import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection

from winnow.leads import axes
from winnow.leads.audit import AuditEntry
from winnow.leads.cycle import Cycle
from winnow.leads.definition import Definition
from winnow.leads.fact import minute
from winnow.leads.inquiry import Inquiry
from winnow.leads.standing import PersonStanding
from winnow.policy.fading import score_at
from winnow.policy.state import PersonState

FEW = 5000
WINDOW = 20_000
COUNTED = 1000
PAGE = 25
WAITING = ("new", "ready")
GROUPS = {
    "ready": ("Ready", "s.ready"),
    "short": ("One answer short", "cardinality(s.unmet) = 1"),
    "further": ("Further off", "cardinality(s.unmet) > 1"),
    "unjudged": ("Not judged yet", "s.person_id IS NULL"),
}
SORTED = ("hand off", "qualified", "nurture", "disqualified")
"""Verbs of the audit trail that end somebody's waiting."""


@dataclass
class Row:
    """One of the queue. `waits_since` is when the cycle came to where it stands; `milli` is the score now, `band` the
    band of engagement (`leads.axes`); `old`: what is stored waits to be worked out again."""

    person_id: int
    name: str
    account: str
    interest: str
    waits_since: datetime | None
    milli: int | None
    grade: str
    levels: list[str]
    group: str
    band: int = 4
    old: bool = False


@dataclass
class Group:
    """One part of the queue: its rows of this page, how many it has, and the key where the next page begins.

    `count` is exact unless `over`: then there are at least so many.
    """

    code: str
    label: str
    rows: list[Row] = field(default_factory=list)
    count: int = 0
    over: bool = False
    after: str = ""


@dataclass
class Bench:
    """The queue as one page of it. `waiting` is exact unless `over`; `active` is the share of the newest ones."""

    groups: list[Group]
    waiting: int
    over: bool
    oldest: datetime | None
    active: float | None

    def order(self) -> list[Row]:
        """The rows of the page in order."""
        return [row for group in self.groups for row in group.rows]


@dataclass(frozen=True)
class Wanted:
    """What of the queue to show: a group and the key after which to begin, and what people must have."""

    group: str = ""
    after: str = ""
    grade: str = ""
    interest: str = ""
    without: tuple[int, ...] = ()


def bench(wanted: Wanted, at: datetime, without: Collection[int] = (), page: int | None = None) -> Bench:
    """One page of the queue, `without` those whom other sorters are at; `page` rows of each part at most."""
    ids, over = _waiting()
    ids = [number for number in ids if number not in without]
    codes = [wanted.group] if wanted.group in GROUPS else list(GROUPS)
    wanted = replace(wanted, without=tuple(without))
    groups = [_group(code, None if over else ids, wanted, len(codes) == 1, page) for code in codes]
    groups = [one for one in groups if one.rows or one.count]
    _fill(groups, at)
    oldest = Cycle.objects.filter(stage="new").order_by("stage_at").values_list("stage_at", flat=True).first()
    return Bench(groups, len(ids), over, oldest, _active(ids[:1000]))


def sorted_since(user, since: datetime) -> dict[str, int]:
    """How many decisions this user has made since that moment, by verb; those taken back are none."""
    done: dict[str, int] = {}
    verbs = {verb: (verb, 1) for verb in SORTED} | {f"take back {verb}": (verb, -1) for verb in SORTED}
    rows = AuditEntry.objects.filter(by=user, at__gte=since, verb__in=verbs).order_by("-at")
    for said in rows.values_list("verb", flat=True)[:1000]:
        verb, count = verbs[said]
        done[verb] = done.get(verb, 0) + count
    return {verb: count for verb, count in done.items() if count > 0}


def _waiting() -> tuple[list[int], bool]:
    """The people who wait, newest first, at most FEW; and whether there are more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """(SELECT person_id, stage_at FROM leads_cycle WHERE stage = 'ready' ORDER BY stage_at DESC LIMIT %(most)s)
               UNION ALL
               (SELECT person_id, stage_at FROM leads_cycle WHERE stage = 'new' ORDER BY stage_at DESC LIMIT %(most)s)
               UNION ALL
               (SELECT i.person_id, i.inquiry_due_at FROM (
                    SELECT person_id, inquiry_due_at, valid FROM leads_inquiry
                    WHERE answered_at IS NULL AND inquiry_due_at IS NOT NULL
                    ORDER BY inquiry_due_at DESC LIMIT %(window)s) i
                WHERE i.valid
                  AND EXISTS (SELECT 1 FROM leads_cycle c WHERE c.person_id = i.person_id AND c.stage = 'nurturing')
                LIMIT %(most)s)
               ORDER BY 2 DESC""",
            {"most": FEW + 1, "window": WINDOW},
        )
        found = list(dict.fromkeys(row[0] for row in cursor.fetchall()))
    return found[:FEW], len(found) > FEW


def _group(code: str, ids: list[int] | None, wanted: Wanted, alone: bool, page: int | None = None) -> Group:
    label, condition = GROUPS[code]
    page = page or (PAGE if alone else {"ready": 10, "short": 12}.get(code, PAGE))
    found = Group(code, label)
    if code == "unjudged" and ids is None:
        return found
    if ids is not None:
        rows, found.count = _few(condition, ids, wanted, page)
    else:
        rows, found.count, found.over = _many(condition, wanted, page)
    if len(rows) > page:
        rows = rows[:page]
        found.after = f"{'' if rows[-1][1] is None else repr(rows[-1][1])}:{rows[-1][0]}"
    found.rows = [Row(row[0], "", "", "", None, None, "", [], code) for row in rows]
    return found


_BEFORE = """ORDER BY s.order_key DESC NULLS LAST, {person}"""


def _few(condition: str, ids: list[int], wanted: Wanted, page: int) -> tuple[list[tuple], int]:
    where, values = _narrowed(wanted, "p.id")
    arms, more = keyset(wanted.after, "p.id")
    going_on = f"AND ({' OR '.join(arms)})" if arms else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM leads_person p LEFT JOIN leads_personstanding s ON s.person_id = p.id
                WHERE p.id = ANY(%(ids)s) AND p.voided_at IS NULL AND {condition} {where}""",
            {"ids": ids, **values},
        )
        count = cursor.fetchone()[0]
        if not count:
            return [], 0
        cursor.execute(
            f"""SELECT p.id, s.order_key FROM leads_person p LEFT JOIN leads_personstanding s ON s.person_id = p.id
                WHERE p.id = ANY(%(ids)s) AND p.voided_at IS NULL AND {condition} {where} {going_on}
                {_BEFORE.format(person='p.id')} LIMIT %(page)s""",
            {"ids": ids, "page": page + 1, **values, **more},
        )
        return cursor.fetchall(), count


def _many(condition: str, wanted: Wanted, page: int) -> tuple[list[tuple], int, bool]:
    where, values = _narrowed(wanted, "w.person_id")
    arms, more = keyset(wanted.after, "s.person_id")
    walk = f"""SELECT w.person_id, w.order_key FROM (
            SELECT s.person_id, s.order_key, s.grade FROM leads_personstanding s WHERE {condition} AND {{arm}}
            {_BEFORE.format(person='s.person_id')} LIMIT {WINDOW}) w
        WHERE EXISTS (SELECT 1 FROM leads_cycle c WHERE c.person_id = w.person_id AND c.stage IN ('new', 'ready'))
        {where.replace('s.grade', 'w.grade')} LIMIT %(page)s"""
    rows: list[tuple] = []
    with connection.cursor() as cursor:
        for arm in arms or ["true"]:  # one after the other, so that each is a range of the index
            if len(rows) <= page:
                cursor.execute(walk.format(arm=arm), {"page": page + 1 - len(rows), **values, **more})
                rows += cursor.fetchall()
        cursor.execute(f"SELECT count(*) FROM ({walk.format(arm='true')}) counted", {"page": COUNTED, **values})
        count = cursor.fetchone()[0]
    return rows, count, count == COUNTED or len(rows) > page


def _narrowed(wanted: Wanted, person: str) -> tuple[str, dict]:
    where, values = "", {}
    if wanted.without:
        where += f" AND {person} <> ALL(%(without)s)"
        values["without"] = list(wanted.without)
    if wanted.grade in tuple("ABCD"):
        where += " AND s.grade = %(grade)s"
        values["grade"] = wanted.grade
    if wanted.interest in ("active", "passive"):
        where += f""" AND %(interest)s = (SELECT i.interest FROM leads_inquiry i WHERE i.person_id = {person}
                      ORDER BY i.captured_at DESC, i.id DESC LIMIT 1)"""
        values["interest"] = wanted.interest
    return where, values


def keyset(key: str, person: str) -> tuple[list[str], dict]:
    """The conditions that go on after a key "order:person"; an empty order is where no score is positive."""
    order, _, number = key.partition(":")
    try:
        after, last = (float(order) if order else None), int(number)
    except ValueError:
        return [], {}
    if not 0 <= last < 2**63 or (after is not None and not math.isfinite(after)):
        return [], {}
    if after is None:
        return [f"(s.order_key IS NULL AND {person} > %(number)s)"], {"number": last}
    going_on = f"(s.order_key <= %(order)s AND (s.order_key < %(order)s OR {person} > %(number)s))"
    return [going_on, "s.order_key IS NULL"], {"order": after, "number": last}


def _fill(groups: list[Group], at: datetime) -> None:
    """Names, grades and scores of the rows that are shown, and of no others."""
    rows = {row.person_id: row for group in groups for row in group.rows}
    if not rows:
        return
    definition = Definition.in_force()
    people = PersonStanding.objects.filter(person__in=rows).select_related("person__account")
    for one in people:
        row = rows[one.person_id]
        row.grade, row.levels, row.milli = one.grade, list(one.levels), now_milli(one, definition, at)
        row.band = axes.band_now((one.enough_until, one.halfway_until, one.quarter_until), at)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.id, p.first_name, p.last_name, p.email, a.name, a.domain, c.stage_at, i.interest,
                      s.dirty OR s.definition_id IS DISTINCT FROM %s
               FROM leads_person p JOIN leads_account a ON a.id = p.account_id
               LEFT JOIN leads_accountstanding s ON s.account_id = a.id
               LEFT JOIN LATERAL (SELECT stage_at FROM leads_cycle WHERE person_id = p.id
                                  ORDER BY number DESC LIMIT 1) c ON true
               LEFT JOIN LATERAL (SELECT interest FROM leads_inquiry WHERE person_id = p.id
                                  ORDER BY captured_at DESC, id DESC LIMIT 1) i ON true
               WHERE p.id = ANY(%s)""",
            [definition.pk if definition else None, list(rows)],
        )
        for number, first, last, email, company, domain, since, interest, old in cursor.fetchall():
            row = rows[number]
            row.old = bool(old) and row.milli is not None
            row.name = f"{first} {last}".strip() or email or f"person {number}"
            row.account, row.waits_since, row.interest = company or domain or "", since, interest or ""


def now_milli(standing: PersonStanding, definition: Definition | None, at: datetime) -> int:
    """The stored score, faded from when it was judged until now. What doesn't fade stays."""
    if not standing.state or standing.judged_at is None or definition is None:
        return standing.milli
    state, rules = PersonState.from_json(json.loads(standing.state)), definition.policy
    then = score_at(rules, state, 0, minute(standing.judged_at))
    return standing.milli - then + score_at(rules, state, 0, minute(at))


def _active(ids: list[int]) -> float | None:
    """The share of these people whose newest inquiry is of active interest."""
    if not ids:
        return None
    newest = Inquiry.objects.filter(person__in=ids).order_by("person_id", "-captured_at", "-pk").distinct("person_id")
    interests = list(newest.values_list("interest", flat=True))
    return interests.count("active") / len(interests) if interests else None
