"""Take an import back. The history keeps it: facts are withdrawn, records are marked void, stages move on through the
ledger, and what was updated gets its old values again.
"""

from datetime import datetime, timedelta

from django.apps import apps
from django.db import connection, transaction

from winnow.intake.unmoving import move_back
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.errors import Refusal
from winnow.leads.imports import Import, ImportRow
from winnow.leads.inquiry import Inquiry
from winnow.leads.past import withdraw
from winnow.leads.record import STORED, record_in_bulk

SLICE = 20_000
ALIVE = timedelta(minutes=2)
NOUNS = {
    "inquiry": "Inquiry", "opportunity": "Opportunity", "person": "Person", "account": "Account", "product": "Product",
    "cost": "CostLine",
}


class CannotUndo(Refusal):
    """Something was built on the import that has to be taken back first; the text names it."""

    code = "cannot_undo"


def undo(import_id: int, *, by=None) -> dict:
    """Take an import back, updates included, in one transaction. CannotUndo names what stands in the way."""
    at = now()
    with transaction.atomic():
        imported = Import.objects.select_for_update().filter(pk=import_id).first()
        _allowed(import_id, imported, at)
        moments = [datetime.fromisoformat(moment) for moment, _ in imported.chunks]
        taken = {"facts": _withdraw_facts(imported, moments, at, by)}
        taken["values restored"] = _restore(imported) + _restore_beside(imported)
        taken["cycles"] = move_back(imported, at, by)
        ever = [*moments, *_moments_of_undone()]
        for name, statement in _VOID:
            count = _run(statement, imported, ever, at)
            if name:
                taken[name] = count
        Import.objects.filter(pk=imported.pk).update(state="undone", voided_at=at)
        audited(by, "undo", imported, ", ".join(f"{count} {name}" for name, count in taken.items() if count))
    return {"import_id": imported.pk, "file": imported.file_name, "rows": imported.rows, "taken_back": taken}


# -- what stands in the way -------------------------------------------------------------------------------------------
def _allowed(number: int, imported: Import | None, at: datetime) -> None:
    if imported is None:
        raise CannotUndo(f"There is no import {number}; the list of imports names them.", code="unknown")
    if imported.voided_at is not None:
        raise CannotUndo(f"{imported} was taken back on {imported.voided_at:%-d %B %Y} already.")
    if imported.state == "running" and imported.touched_at and imported.touched_at > at - ALIVE:
        raise CannotUndo(f"{imported} is still running; stop it, or wait until it is done.")
    with connection.cursor() as cursor:
        cursor.execute(_HANDED_OFF, [imported.pk])
        if row := cursor.fetchone():
            lead, account, rep, given_at, count = row
            more = f" (and {count - 1} others)" if count > 1 else ""
            raise CannotUndo(
                f"{imported} can't be taken back: lead {lead} ({account}){more}, which came by it, was handed off to "
                f"{rep} on {given_at:%-d %B %Y}. Recall it first, or close it with a disposition."
            )
        cursor.execute(_BUILT_ON, [imported.pk, imported.pk])
        if row := cursor.fetchone():
            other, file, count = row
            what = f"{count} opportunit{'y' if count == 1 else 'ies'}"
            raise CannotUndo(
                f"{imported} can't be taken back: {what} of import {other} ({file}) came from its inquiries. "
                f"Take import {other} back first."
            )


_HANDED_OFF = """
    SELECT l.id, COALESCE(NULLIF(a.name, ''), a.domain, 'no name'), u.name, h.given_at, count(*) OVER ()
    FROM leads_stagechange s
    JOIN leads_cycle c ON c.id = s.cycle_id
    JOIN leads_lead l ON l.id = c.lead_id
    JOIN leads_handoff h ON h.lead_id = l.id AND h.response NOT IN ('recalled', 'rejected')
    JOIN leads_user u ON u.id = h.rep_id
    JOIN leads_account a ON a.id = l.account_id
    WHERE s.imported_id = %s AND s.before = ''
    ORDER BY h.given_at LIMIT 1"""

_BUILT_ON = """
    SELECT o.imported_id, m.file_name, count(*)
    FROM leads_inquiry i
    JOIN leads_opportunity o ON o.inquiry_id = i.id AND o.voided_at IS NULL AND o.imported_id <> %s
    JOIN leads_import m ON m.id = o.imported_id
    WHERE i.imported_id = %s AND i.voided_at IS NULL
    GROUP BY 1, 2 ORDER BY 1 LIMIT 1"""


# -- facts ------------------------------------------------------------------------------------------------------------
def _withdraw_facts(imported: Import, moments: list[datetime], at: datetime, by) -> int:
    """Withdraw what its transactions recorded, and record again what they had withdrawn. An opt-out stays."""
    transactions = [number for _, number in imported.chunks]
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {', '.join('o.' + name for name in STORED)}
                FROM leads_fact w JOIN leads_fact o ON o.id = w.other_id
                WHERE w.xact = ANY(%s) AND w.recorded_at = ANY(%s) AND w.kind = 'withdrawn' ORDER BY o.id""",
            [transactions, moments],
        )
        _again(cursor.fetchall(), at, by)
        of_it = ((_FACTS_OF_DEALS, [imported.pk]), (_FACTS_OF_INQUIRIES, [imported.pk]))
        for statement, given in ((_FACTS, [transactions, moments]), *of_it):
            after = 0
            while True:
                cursor.execute(statement, [*given, after, SLICE])
                rows = cursor.fetchall()
                if not rows:
                    break
                withdraw(rows, at=at, by=by)
                count, after = count + len(rows), rows[-1][0]
    return count


_FACTS = """
    SELECT f.id, f.account_id, f.person_id FROM leads_fact f
    WHERE f.xact = ANY(%s) AND f.recorded_at = ANY(%s) AND f.id > %s AND f.kind NOT IN ('withdrawn', 'opted_out')
      AND NOT (f.kind = 'consented' AND f.flag IS FALSE)
      AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
    ORDER BY f.id LIMIT %s"""


# What a later import said of its opportunities: they are void now, and nothing may say that they were won.
_FACTS_OF_DEALS = """
    SELECT f.id, f.account_id, f.person_id
    FROM leads_opportunity o
    JOIN leads_fact f ON f.other_id = o.id AND f.kind IN ('opportunity_moved', 'won', 'lost')
    WHERE o.imported_id = %s AND o.voided_at IS NULL AND f.id > %s
      AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
    ORDER BY f.id LIMIT %s"""


# Its inquiries that were found valid, or not, later on: told again, and not by the import.
_FACTS_OF_INQUIRIES = """
    SELECT f.id, f.account_id, f.person_id
    FROM leads_inquiry i JOIN leads_validation v ON v.inquiry_id = i.id
    JOIN leads_fact f ON f.account_id = i.account_id AND f.kind = 'inquiry' AND f.inquiry_id = i.id
    WHERE i.imported_id = %s AND i.voided_at IS NULL AND f.id > %s
      AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
    GROUP BY f.id ORDER BY f.id LIMIT %s"""


def _again(rows: list[tuple], at: datetime, by) -> None:
    """Record facts anew as they were: with when they happened, and when they were known if they may claim it."""
    from winnow.leads.fact import READ, fact_of

    again: dict[bool, list] = {True: [], False: []}
    for row in rows:
        values = dict(zip(STORED, row, strict=True))
        fact = fact_of((0, *(values[name] for name in READ[1:])))
        again[values["claimed"]].append(
            (fact, values["happened_at"], values["known_at"], values["inquiry_id"], values["campaign_id"])
        )
    for claimed, facts in again.items():
        record_in_bulk(facts, at=at, by=by, claimed=claimed)


# -- what was updated -------------------------------------------------------------------------------------------------
def _restore(imported: Import) -> int:
    """Give updated records their old values again. What a later import changed once more keeps that value, and that
    import learns what would be its old one now."""
    count = 0
    updated = ImportRow.objects.filter(run=imported, outcome="updated").exclude(before=None).order_by("-line", "-id")
    for row in updated.iterator(2000):
        if row.noun not in NOUNS:
            continue
        values = dict(row.before)
        later = ImportRow.objects.filter(
            noun=row.noun, noun_id=row.noun_id, outcome="updated", run_id__gt=imported.pk, run__voided_at=None
        ).exclude(before=None).order_by("run_id", "line")
        for other in later:
            handed_on = {name: values.pop(name) for name in list(values) if name in other.before}
            if handed_on:
                ImportRow.objects.filter(pk=other.pk).update(before=other.before | handed_on)
        own = {name: value for name, value in values.items() if not name.startswith("account.")}
        of_account = {name.removeprefix("account."): value for name, value in values.items() if name not in own}
        model = apps.get_model("leads", NOUNS[row.noun])
        if own:
            model.objects.filter(pk=row.noun_id).update(**own)
        if of_account:
            account = model.objects.values_list("account_id", flat=True).get(pk=row.noun_id)
            apps.get_model("leads", "Account").objects.filter(pk=account).update(**of_account)
        count += len(values) > 0
    return count


def _restore_beside(imported: Import) -> int:
    """What inquiries filled in or changed of people and accounts that were known before: back to what it was, where
    nobody has changed it since. A later import that did learns the older value."""
    count = 0
    rows = ImportRow.objects.filter(run=imported, noun="inquiry", outcome__in=("created", "merged"))
    for row in rows.exclude(before=None).order_by("-line", "-id").iterator(2000):
        inquiry = Inquiry.objects.filter(pk=row.noun_id).values("person_id", "account_id").first() or {}
        for key, (was, given) in row.before.items():
            noun, _, name = key.partition(".")
            number = inquiry.get(f"{noun}_id")
            model = apps.get_model("leads", NOUNS[noun])
            count += model.objects.filter(**{"pk": number, name: given}).update(**{name: was})
            later = ImportRow.objects.filter(
                noun=noun, noun_id=number, outcome="updated", run_id__gt=imported.pk, run__voided_at=None,
                **{f"before__{name}": given},
            )
            for other in later:
                ImportRow.objects.filter(pk=other.pk).update(before=other.before | {name: was})
    return count


def _moments_of_undone() -> list[datetime]:
    """When imports that were taken back before wrote: what they left for this one's sake may go now."""
    undone = Import.objects.exclude(voided_at=None).values_list("chunks", flat=True)
    return [datetime.fromisoformat(moment) for chunks in undone for moment, _ in chunks]


# -- what was made ----------------------------------------------------------------------------------------------------
def _run(statement: str, imported: Import, moments: list[datetime], at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {
            "run": imported.pk, "at": at, "moments": moments, "void": f"void {imported.pk} ",
        })
        return cursor.rowcount


_KEY = "external_id = left(%(void)s || external_id, 200)"
"""The sender's key is free again: the same file may be imported anew."""

_VOID = (
    ("inquiries", f"""
        UPDATE leads_inquiry SET voided_at = %(at)s, inquiry_due_at = NULL, {_KEY}
        WHERE imported_id = %(run)s AND voided_at IS NULL"""),
    ("opportunities", f"""
        UPDATE leads_opportunity SET voided_at = %(at)s, {_KEY}
        WHERE imported_id = %(run)s AND voided_at IS NULL"""),
    ("costs", f"""
        UPDATE leads_costline SET voided_at = %(at)s, {_KEY} WHERE imported_id = %(run)s AND voided_at IS NULL"""),
    ("activities", f"UPDATE leads_importedfact SET {_KEY} WHERE imported_id = %(run)s"),
    ("answers", """
        UPDATE leads_answer w SET withdrawn_at = %(at)s FROM leads_inquiry i
        WHERE w.inquiry_id = i.id AND i.imported_id = %(run)s AND w.withdrawn_at IS NULL"""),
    # A consent that came by the file is none any more; an objection that came by it stays one.
    ("consents", """
        DELETE FROM leads_consent c WHERE c.given AND (
            EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.id = c.inquiry_id AND i.imported_id = %(run)s)
            OR (c.inquiry_id IS NULL AND c.how = 'import' AND EXISTS (
                SELECT 1 FROM leads_importrow r WHERE r.run_id = %(run)s AND r.noun = 'person'
                  AND r.noun_id = c.person_id)))"""),
    ("products", """
        UPDATE leads_product p SET known = false FROM leads_importrow r
        WHERE r.run_id = %(run)s AND r.noun = 'product' AND r.outcome = 'created' AND r.noun_id = p.id"""),
    # People whom only this import brought, and about whom nothing else is known.
    ("people", """
        UPDATE leads_person p SET voided_at = %(at)s
        WHERE p.created_at = ANY(%(moments)s) AND p.voided_at IS NULL AND p.merged_into_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM leads_person m WHERE m.merged_into_id = p.id)
          AND NOT EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.person_id = p.id AND i.voided_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM leads_cycle c WHERE c.person_id = p.id AND c.closed_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM leads_fact f WHERE f.person_id = p.id AND f.kind <> 'withdrawn'
                AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id))"""),
    ("", """
        DELETE FROM leads_identity d USING leads_person p
        WHERE d.person_id = p.id AND p.voided_at = %(at)s AND p.created_at = ANY(%(moments)s)"""),
    ("accounts", f"""
        UPDATE leads_account a SET voided_at = %(at)s, domain = NULL, name_key = '', {_KEY}
        WHERE a.created_at = ANY(%(moments)s) AND a.voided_at IS NULL AND a.merged_into_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM leads_account m WHERE m.merged_into_id = a.id OR m.parent_id = a.id
                          AND m.voided_at IS NULL AND m.created_at <> ALL(%(moments)s))
          AND NOT EXISTS (SELECT 1 FROM leads_person p WHERE p.account_id = a.id AND p.voided_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM leads_opportunity o WHERE o.account_id = a.id AND o.voided_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM leads_fact f WHERE f.account_id = a.id AND f.kind <> 'withdrawn'
                AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id))"""),
    # One that stays, since others use it, keeps its name and loses what only this import said of it.
    ("", """
        UPDATE leads_account a SET industry = '', employees = NULL, country = '', key_account = false, parent_id = NULL
        FROM leads_importrow r
        WHERE r.run_id = %(run)s AND r.noun = 'account' AND r.outcome = 'created' AND r.noun_id = a.id
          AND a.voided_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM leads_importrow o JOIN leads_import m ON m.id = o.run_id
                WHERE o.noun = 'account' AND o.noun_id = a.id AND o.outcome = 'updated' AND m.voided_at IS NULL)"""),
    ("", """
        UPDATE leads_account a SET customer = false
        WHERE a.customer AND EXISTS (SELECT 1 FROM leads_opportunity o
                WHERE o.account_id = a.id AND o.imported_id = %(run)s AND o.outcome = 'won')
          AND NOT EXISTS (SELECT 1 FROM leads_opportunity o
                WHERE o.account_id = a.id AND o.outcome = 'won' AND o.voided_at IS NULL)"""),
    ("enrolments", """
        UPDATE leads_enrolment e SET stopped_at = %(at)s, stop_reason = 'import taken back' FROM leads_person p
        WHERE e.person_id = p.id AND p.voided_at = %(at)s AND e.stopped_at IS NULL"""),
)
