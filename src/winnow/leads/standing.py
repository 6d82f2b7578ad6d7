"""Standings: the stored last verdict. A cache that can be dropped and rebuilt; `check` replays it and compares."""

import json
import math
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import Exact

from winnow.leads import arrays, axes
from winnow.leads.definition import Definition
from winnow.leads.fact import moment
from winnow.policy import VERSION
from winnow.policy.fold import Fold
from winnow.policy.judge import AccountVerdict, Verdict, judge
from winnow.policy.state import AccountState, PersonState

MANY = 5000
"""Rows of people that are held in memory before they are written."""
ONE_UNMET = Q(Exact(Func(F("unmet"), function="cardinality", output_field=IntegerField()), 1))


class AccountStanding(models.Model):
    """The fold's state of an account and when its verdict is due again.

    `dirty` asks for a fold from the facts; so does a state of another definition or policy version.
    """

    account = models.OneToOneField(
        "leads.Account", models.PROTECT, primary_key=True, related_name="standing", db_constraint=False
    )
    definition = models.ForeignKey("leads.Definition", models.PROTECT, null=True, db_index=False)
    policy_version = models.IntegerField(default=0)
    state = models.TextField(default="")
    primary_person = models.ForeignKey("leads.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    judged_at = models.DateTimeField(null=True)
    rejudge_at = models.DateTimeField(null=True)
    dirty = models.BooleanField(default=False)

    class Meta:
        db_table = "leads_accountstanding"
        indexes = [
            models.Index("rejudge_at", name="standing_rejudge", condition=Q(rejudge_at__isnull=False)),
            models.Index("account", name="standing_dirty", condition=Q(dirty=True)),
            models.Index("definition", "policy_version", name="standing_definition"),
        ]


class PersonStanding(models.Model):
    """The fold's state of one person and the verdict as of `judged_at`.

    `order_key` is log2(score) + minutes/half-life: a static key that ranks fading scores at any later time
    (METHOD, forward decay); null when the score isn't positive. `enough_until`, `halfway_until` and `quarter_until`
    say until when the asked score, half and a quarter of it are kept (`leads.axes`); null when they aren't.
    """

    person = models.OneToOneField("leads.Person", models.PROTECT, primary_key=True, related_name="standing")
    account = models.ForeignKey("leads.Account", models.PROTECT, db_index=False)
    state = models.TextField(default="")
    milli = models.IntegerField(default=0)
    grade = models.CharField(max_length=1, default="D")
    levels = ArrayField(models.CharField(max_length=8), default=list)
    unmet = ArrayField(models.CharField(max_length=16), default=list)
    ready = models.BooleanField(default=False)
    order_key = models.FloatField(null=True)
    enough_until = models.DateTimeField(null=True)
    halfway_until = models.DateTimeField(null=True)
    quarter_until = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leads_personstanding"
        indexes = [
            models.Index("account", name="pstanding_account"),
            models.Index(models.F("order_key").desc(nulls_last=True), name="pstanding_order"),
            models.Index(
                models.F("order_key").desc(nulls_last=True), "person", name="pstanding_ready", condition=Q(ready=True)
            ),
            models.Index(
                models.F("order_key").desc(nulls_last=True), "person", name="pstanding_short", condition=ONE_UNMET
            ),
            models.Index(
                "enough_until", include=["person"], name="pstanding_enough", condition=Q(enough_until__isnull=False)
            ),
            models.Index(
                "grade", "enough_until", "halfway_until", "quarter_until", include=["person"], name="pstanding_axes"
            ),
        ]


# -- writing them ----------------------------------------------------------------------------------------------------
def standing_rows(
    definition: Definition, fold: Fold, verdict: AccountVerdict, touched: set[int], at: datetime
) -> tuple[tuple, list[tuple]]:
    """What to store of an account's verdict and the states behind it: its own row, and those of its front and of the
    people named."""
    number = verdict.account
    state = fold.accounts.get(number) or AccountState()
    judged = {one.person: one for one in verdict.people}
    due = None if verdict.rejudge_at is None else moment(verdict.rejudge_at)
    row = (number, definition.pk, VERSION, _json(state), verdict.primary, at, due)
    people = [
        _person_row(definition, fold, number, who, judged.get(who) or judge(fold, number, who, verdict.at), at)
        for who in sorted(set(judged) | touched)
    ]
    return row, people


def _person_row(definition: Definition, fold: Fold, account: int, who: int, verdict: Verdict, at: datetime) -> tuple:
    state = fold.people.get(who) or PersonState()
    return (
        who, account, _json(state), verdict.milli, verdict.grade, f"{{{','.join(verdict.levels)}}}",
        f"{{{','.join(verdict.unmet)}}}", verdict.ready, order_key(definition, verdict),
        *axes.until(definition.policy, state, verdict.milli, verdict.at), at,
    )


def _json(state: AccountState | PersonState) -> str:
    return json.dumps(state.to_json(), separators=(",", ":"))


def order_key(definition: Definition, verdict: Verdict) -> float | None:
    """By what people are put in order at any later time; None where the score isn't positive."""
    return math.log2(verdict.milli) + verdict.at / definition.policy.half_life if verdict.milli > 0 else None


def save_rows(accounts: list[tuple], people: list[tuple]) -> None:
    """Store what `standing_rows` gave, however many: one statement for each of the two tables."""
    with connection.cursor() as cursor:
        if accounts:
            cursor.execute(_SAVE_ACCOUNTS, [_literal(column) for column in zip(*accounts, strict=True)])
        if people:
            cursor.execute(_SAVE_PEOPLE, [_literal(column) for column in zip(*people, strict=True)])


def _literal(values: tuple) -> str:
    return arrays.texts(None if value is None else value if value.__class__ is str else str(value) for value in values)


_SAVE_ACCOUNTS = """
    INSERT INTO leads_accountstanding (account_id, definition_id, policy_version, state, primary_person_id, judged_at,
        rejudge_at, dirty)
    SELECT *, false FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::text[], %s::bigint[], %s::timestamptz[],
        %s::timestamptz[])
    ON CONFLICT (account_id) DO UPDATE SET definition_id = excluded.definition_id,
        policy_version = excluded.policy_version, state = excluded.state,
        primary_person_id = excluded.primary_person_id, judged_at = excluded.judged_at,
        rejudge_at = excluded.rejudge_at, dirty = false"""

_SAVE_PEOPLE = """
    INSERT INTO leads_personstanding (person_id, account_id, state, milli, grade, levels, unmet, ready, order_key,
        enough_until, halfway_until, quarter_until, judged_at)
    SELECT who, account, state, milli, grade, levels::text[], unmet::text[], ready, key, enough, halfway, quarter, at
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::bool[],
        %s::float8[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
        AS n(who, account, state, milli, grade, levels, unmet, ready, key, enough, halfway, quarter, at)
    ON CONFLICT (person_id) DO UPDATE SET account_id = excluded.account_id, state = excluded.state,
        milli = excluded.milli, grade = excluded.grade, levels = excluded.levels, unmet = excluded.unmet,
        ready = excluded.ready, order_key = excluded.order_key, enough_until = excluded.enough_until,
        halfway_until = excluded.halfway_until, quarter_until = excluded.quarter_until,
        judged_at = excluded.judged_at"""
