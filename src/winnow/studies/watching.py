"""Keeps the doubts whether two records are one up to date: what is new or has changed is compared with what it may be,
found by keys, in batches. Nothing is searched when somebody looks at a page.

The weights are learned among the rows at hand, and again when these have grown by a quarter. Which pairs merge by
themselves is the administrator's rule (DoubtWatch: from which probability, and what has to agree); without one, none
does. Who has sent nothing but what is not valid, a robot say, is compared with nobody.
"""

from itertools import combinations

from django.db import connection, transaction

from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.doubt import Doubt, DoubtKey, DoubtWatch, known_apart
from winnow.leads.errors import Refusal
from winnow.leads.merging import merge_accounts, merge_people
from winnow.leads.person import Person
from winnow.studies.blocking import both_of, keys_of, number_of
from winnow.studies.comparing import FEATURES, Beside
from winnow.studies.duplicates import MERGE_FROM, learned, may_merge
from winnow.studies.people_names import NEAR
from winnow.studies.reasons import reasons
from winnow.studies.values import Record, record, without_shared
from winnow.studies.weighing import Weights

BATCH = 300
MOST_BESIDE = 60  # a key that more rows share brings nobody together
LEARN_AMONG, GROWN = 4_000, 1.25
ASKED_FROM = 0.5
AT_ONCE = 20  # pairs merged in one turn
LOCK = 7_461_020
NOUNS = ("account", "person")
_KIND = {"person": "people", "account": "accounts"}
_ROWS = {
    "person": """SELECT p.id, p.first_name, p.last_name, p.email, p.phone, p.title, p.country,
            CASE WHEN a.kind = 'company' THEN a.name ELSE '' END, CASE WHEN a.kind = 'company' THEN a.domain END
        FROM leads_person p JOIN leads_account a ON a.id = p.account_id
        WHERE p.merged_into_id IS NULL AND p.voided_at IS NULL AND p.kind = 'human' AND (
            EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.person_id = p.id AND i.valid AND i.voided_at IS NULL)
            OR NOT EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.person_id = p.id))""",
    "account": """SELECT p.id, p.name, p.domain, p.country FROM leads_account p
        WHERE p.merged_into_id IS NULL AND p.voided_at IS NULL AND p.kind = 'company'""",
}
_ROLES = {
    "person": ("first", "last", "email", "phone", "title", "country", "firm", "domain"),
    "account": ("firm", "domain", "country"),
}


def look_for_duplicates(limit: int = BATCH) -> int:
    """Compare what is new or changed, up to `limit` rows, and merge what may merge by itself. How many were done."""
    done = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        for noun in NOUNS:
            done += _look(cursor, noun, limit)
    return done + sum(merge_certain(noun) for noun in NOUNS)


def _look(cursor, noun: str, limit: int) -> int:
    cursor.execute(
        """DELETE FROM leads_doubttouch WHERE id = ANY(ARRAY(
               SELECT id FROM leads_doubttouch WHERE noun = %s ORDER BY id LIMIT %s)) RETURNING row_id""",
        [noun, limit],
    )
    touched = sorted({row[0] for row in cursor.fetchall()})
    if not touched:
        return 0
    weights, beside = _knowledge(cursor, noun)
    changed = _records(cursor, noun, touched)
    _keep_keys(cursor, noun, touched, changed)
    near = _neighbours(cursor, noun, changed)
    others = _records(cursor, noun, sorted({row for rows in near.values() for row in rows} - set(changed)))
    everybody = changed | others
    without_shared(list(everybody.values()))
    beside.see(everybody.values())
    found: dict[tuple[int, int], tuple] = {}
    for one, rows in near.items():
        for two in rows:
            pair = (min(one, two), max(one, two))
            if two in everybody and pair not in found:
                compared = beside.pair(everybody[pair[0]], everybody[pair[1]])
                probability = weights.probability(weights.total(compared))
                if probability >= ASKED_FROM:
                    certain = probability >= MERGE_FROM and may_merge(compared, beside.kind)
                    found[pair] = (probability, certain, reasons(compared, weights)[:400], _agreed(compared))
    _keep(noun, touched, found)
    return len(touched)


def _records(cursor, noun: str, rows: list[int]) -> dict[int, Record]:
    cursor.execute(_ROWS[noun] + " AND p.id = ANY(%s)", [rows])
    return {row[0]: record(str(row[0]), _cells(noun, row)) for row in cursor.fetchall()}


def _cells(noun: str, row) -> list[tuple[str, str]]:
    return [(role, value or "") for role, value in zip(_ROLES[noun], row[1:], strict=True)]


# -- what pairs are weighed with --------------------------------------------------------------------------------------
def _knowledge(cursor, noun: str) -> tuple[Weights, Beside]:
    """Weights and frequencies; learned when there are none, or when there are a quarter more rows than then: after a
    list of large firms those of before take colleagues for one person."""
    watch, _ = DoubtWatch.objects.get_or_create(noun=noun)
    cursor.execute(f"SELECT count(*) FROM ({_ROWS[noun]}) rows")
    count = cursor.fetchone()[0]
    if watch.weights is None or count > GROWN * watch.rows + 50:
        cursor.execute(f"{_ROWS[noun]} ORDER BY p.id DESC LIMIT %s", [LEARN_AMONG])
        rows = [record(str(row[0]), _cells(noun, row)) for row in cursor.fetchall()]
        weights, beside = learned(rows, _KIND[noun])
        watch.weights = {"weights": weights.to_json(), "beside": beside.to_json()}
        watch.rows, watch.learned_at = count, now()
        watch.save(update_fields=["weights", "rows", "learned_at"])
        _look_again(cursor, noun)
    kept = watch.weights
    beside = Beside.from_json(kept["beside"], count)
    return Weights.from_json(kept["weights"]).among(count, kept["beside"]["count"]), beside


def _look_again(cursor, noun: str) -> None:
    """What was found by other weights is weighed again, in its turn."""
    cursor.execute(
        """INSERT INTO leads_doubttouch (noun, row_id)
           SELECT DISTINCT noun, low_id FROM leads_doubt WHERE noun = %s AND apart_at IS NULL""",
        [noun],
    )


# -- who may be who ---------------------------------------------------------------------------------------------------
def watch_keys(one: Record) -> list[int]:
    """Keys by which a row is found: those of one thing that few share, and pairs of what many share."""
    keys = keys_of(one)
    single = [key for family, key in keys if family in ("email", "phone", "firm") or key[0] in "t"]
    names = [key for family, key in keys if family == "name" and key[0] in "nr"]
    places = [key for family, key in keys if family in ("firm", "city") and key[0] in "jdi"]
    numbers = {number_of(key) for key in single}
    numbers |= {both_of(number_of(a), number_of(b)) for a, b in combinations(sorted(names), 2)}
    numbers |= {both_of(number_of(a), number_of(b)) for a in names for b in places}
    return sorted(numbers)


def _keep_keys(cursor, noun: str, touched: list[int], changed: dict[int, Record]) -> None:
    cursor.execute("DELETE FROM leads_doubtkey WHERE noun = %s AND row_id = ANY(%s)", [noun, touched])
    DoubtKey.objects.bulk_create(
        [DoubtKey(noun=noun, key=key, row_id=row) for row, one in changed.items() for key in watch_keys(one)],
        batch_size=5_000,
    )


def _neighbours(cursor, noun: str, changed: dict[int, Record]) -> dict[int, set[int]]:
    """For each changed row the rows that share a key with it, unless too many do."""
    keys = {row: watch_keys(one) for row, one in changed.items()}
    wanted = sorted({key for mine in keys.values() for key in mine})
    cursor.execute(
        """SELECT k.key, ARRAY(SELECT d.row_id FROM leads_doubtkey d WHERE d.noun = %s AND d.key = k.key LIMIT %s)
           FROM unnest(%s::bigint[]) k(key)""",
        [noun, MOST_BESIDE + 1, wanted],
    )
    holders = {key: rows for key, rows in cursor.fetchall() if 1 < len(rows) <= MOST_BESIDE}
    return {row: {other for key in mine for other in holders.get(key, ())} - {row} for row, mine in keys.items()}


def _agreed(compared) -> list[str]:
    """What is the same or nearly so; the domain of a person's address speaks for the company."""
    same = [name for name, level in zip(FEATURES, compared.levels, strict=True) if level >= NEAR and name != "whole"]
    if compared.kind == "people" and "domain" in same and "firm" not in same:
        same.append("firm")
    return same


# -- what is told -----------------------------------------------------------------------------------------------------
def _keep(noun: str, touched: list[int], found: dict[tuple[int, int], tuple]) -> None:
    """Replace the doubts of the touched rows; what somebody has said to be two stays so."""
    apart = known_apart(noun, list(found))
    open_ones = Doubt.objects.filter(noun=noun, apart_at=None)
    (open_ones.filter(low_id__in=touched) | open_ones.filter(high_id__in=touched)).delete()
    at = now()
    Doubt.objects.bulk_create(
        [
            Doubt(
                noun=noun, low_id=low, high_id=high, probability=probability, certain=certain, why=why, agreed=agreed,
                found_at=at,
            )
            for (low, high), (probability, certain, why, agreed) in sorted(found.items())
            if (low, high) not in apart
        ],
        batch_size=1_000,
        ignore_conflicts=True,
    )


def merge_certain(noun: str, limit: int = AT_ONCE) -> int:
    """Merge the pairs that are certain enough for the administrator's rule; how many were tried."""
    rule = DoubtWatch.objects.filter(noun=noun).exclude(merge_from=None).first()
    if rule is None:
        return 0
    waiting = Doubt.objects.filter(noun=noun, apart_at=None, certain=True, refused="", probability__gte=rule.merge_from)
    waiting = waiting.filter(agreed__contains=rule.must_agree)
    model, merge = (Person, merge_people) if noun == "person" else (Account, merge_accounts)
    tried = 0
    for doubt in waiting.order_by("-probability", "id")[:limit]:
        tried += 1
        rows = model.objects.in_bulk([doubt.low_id, doubt.high_id])
        try:
            with transaction.atomic():
                # Whoever holds the row decides; of a merge by hand meanwhile nothing is left to do.
                if Doubt.objects.filter(pk=doubt.pk, apart_at=None).delete()[0]:
                    merge(rows[doubt.low_id], rows[doubt.high_id], by=None, why=f"by itself: {doubt.why}"[:200])
        except Refusal as refusal:
            Doubt.objects.filter(pk=doubt.pk).update(refused=str(refusal)[:300])
    return tried
