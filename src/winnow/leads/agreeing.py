"""What `winnow check` holds against one another: records and facts, rows and what they name, mails and their dates."""

from collections.abc import Callable

from django.apps import apps
from django.db import connection

from winnow.leads.replaying import EXAMPLES, Check, column, rows_of, snapshot

RESTORE = "Nothing of this can be worked out anew: see who may write to the database, and bring back a backup"


def counted(name: str, question: str, looked_at: str, wrong: str, way_out: str) -> Callable[[], Check]:
    """A check by SQL: `looked_at` counts, each row of `wrong` is one sentence, `way_out` is what to do about them."""

    def check() -> Check:
        made = Check(name, question, way_out=way_out)
        with snapshot():
            made.looked_at = column(looked_at)[0]
            for text in column(wrong):
                made.found(text)
        return made

    check.__doc__ = question
    return check


_TAKEN_BACK = "EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)"

records = counted(
    "records", "Does every record say what its facts say, and has each of these facts its record?",
    "SELECT (SELECT count(*) FROM leads_inquiry) + (SELECT count(*) FROM leads_opportunity)"
    " + (SELECT count(*) FROM leads_handoff)",
    f"""WITH told AS MATERIALIZED (
         SELECT DISTINCT ON (f.inquiry_id) f.inquiry_id, f.person_id, f.account_id, f.flag, f.happened_at, f.id
         FROM leads_fact f WHERE f.kind = 'inquiry' AND f.inquiry_id IS NOT NULL
         ORDER BY f.inquiry_id, f.id DESC), -- told again, with the one before withdrawn, when it is judged again
       closed AS MATERIALIZED (
         SELECT DISTINCT ON (f.other_id) f.other_id AS id, f.kind, f.amount_cents, f.happened_at FROM leads_fact f
         WHERE f.kind IN ('won', 'lost') AND NOT {_TAKEN_BACK} ORDER BY f.other_id, f.id DESC),
       merges AS (
         SELECT DISTINCT f.other_id AS id, f.person_id IS NOT NULL AS of_people FROM leads_fact f
         WHERE f.kind = 'merged')
       SELECT format('inquiry %s has no fact that tells of it', i.id)
       FROM leads_inquiry i WHERE NOT EXISTS (SELECT 1 FROM told t WHERE t.inquiry_id = i.id)
       UNION ALL
       SELECT format('fact %s tells of inquiry %s, which is not there', t.id, t.inquiry_id)
       FROM told t WHERE NOT EXISTS (SELECT 1 FROM leads_inquiry i WHERE i.id = t.inquiry_id)
       UNION ALL
       SELECT format('inquiry %s is of person %s, captured at %s and %s; its fact says person %s, %s and %s', i.id,
                     i.person_id, i.captured_at, CASE WHEN i.valid THEN 'valid' ELSE 'not valid' END, t.person_id,
                     t.happened_at, CASE WHEN t.flag THEN 'valid' ELSE 'not valid' END)
       FROM leads_inquiry i JOIN told t ON t.inquiry_id = i.id
       WHERE (i.person_id, i.account_id, i.valid, i.captured_at)
             IS DISTINCT FROM (t.person_id, t.account_id, t.flag, t.happened_at)
       UNION ALL
       SELECT format('inquiry %s is %s, and its fact %s', f.inquiry_id,
                     CASE WHEN i.voided_at IS NULL THEN 'in force' ELSE 'void' END,
                     CASE WHEN i.voided_at IS NULL THEN 'is withdrawn' ELSE 'still counts' END)
       FROM told f JOIN leads_inquiry i ON i.id = f.inquiry_id
       WHERE (i.voided_at IS NOT NULL) <> {_TAKEN_BACK}
       UNION ALL
       SELECT format('opportunity %s is %s, and its facts say %s', o.id,
                     CASE WHEN o.voided_at IS NULL THEN o.outcome ELSE 'void' END, coalesce(c.kind, 'open'))
       FROM leads_opportunity o LEFT JOIN closed c ON c.id = o.id
       WHERE CASE WHEN o.voided_at IS NULL THEN o.outcome ELSE 'open' END <> coalesce(c.kind, 'open')
       UNION ALL
       SELECT format('opportunity %s was won for %s cents on %s, and its fact says %s on %s', o.id, o.amount_cents,
                     o.closed_at, c.amount_cents, c.happened_at)
       FROM leads_opportunity o JOIN closed c ON c.id = o.id AND c.kind = 'won'
       WHERE o.voided_at IS NULL AND o.outcome = 'won'
         AND (o.amount_cents, o.closed_at) IS DISTINCT FROM (c.amount_cents, c.happened_at)
       UNION ALL
       SELECT format('fact %s says that opportunity %s was %s, and it is not there', f.id, f.other_id, f.kind)
       FROM leads_fact f WHERE f.kind IN ('won', 'lost', 'opportunity_moved') AND f.other_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM leads_opportunity o WHERE o.id = f.other_id)
       UNION ALL
       SELECT format('lead %s was handed off %s times, and its facts say %s', lead_id, sum(given), sum(told))
       FROM (SELECT lead_id, 1 AS given, 0 AS told FROM leads_handoff
             UNION ALL SELECT f.lead_id, 0, 1 FROM leads_fact f
             WHERE f.kind = 'handoff' AND f.lead_id IS NOT NULL AND NOT {_TAKEN_BACK}) h
       GROUP BY lead_id HAVING sum(given) <> sum(told)
       UNION ALL
       -- who takes a lead over from another rep takes the answer along, which is a fact only once
       SELECT format('the handoffs of lead %s were %s %s times, and its facts say %s times', lead_id, response,
                     sum(answered), sum(told))
       FROM (SELECT lead_id, response, 1 AS answered, 0 AS told FROM leads_handoff WHERE response <> ''
             UNION ALL SELECT f.lead_id, f.value, 0, 1 FROM leads_fact f
             WHERE f.kind = 'response' AND f.lead_id IS NOT NULL AND NOT {_TAKEN_BACK}) r
       GROUP BY lead_id, response
       HAVING sum(answered) < sum(told)
          OR (sum(answered) > sum(told) AND (SELECT count(*) FROM leads_handoff h WHERE h.lead_id = r.lead_id) = 1)
       UNION ALL
       SELECT format('lead %s is %s, and the cycle of its person is %s', l.id,
                     CASE WHEN l.closed_at IS NULL THEN 'open' ELSE 'closed' END, c.stage)
       FROM leads_lead l JOIN leads_cycle c ON c.lead_id = l.id AND c.person_id = l.person_id
       WHERE (l.closed_at IS NULL) <> (c.stage IN ('ready', 'handed_off', 'accepted', 'opportunity'))
       UNION ALL
       SELECT format('%s %s is merged into %s, and no fact says so', x.noun, x.id, x.merged_into_id)
       FROM (SELECT 'person' AS noun, id, merged_into_id FROM leads_person WHERE merged_into_id IS NOT NULL
             UNION ALL
             SELECT 'account', id, merged_into_id FROM leads_account WHERE merged_into_id IS NOT NULL) x
       WHERE NOT EXISTS (SELECT 1 FROM merges m WHERE m.id = x.id AND m.of_people = (x.noun = 'person'))
       LIMIT 1000""",
    f"The facts are the chained ones: where fact_chain is green, they are right and the record was changed. {RESTORE}",
)  # fmt: skip

outbox = counted(
    "outbox", "Is every mail in a state that its dates bear out?",
    "SELECT count(*) FROM leads_message",
    """SELECT format('message %s is %s, %s', id, state, CASE
                WHEN state = 'sent' AND sent_at IS NULL THEN 'and has no date of sending'
                WHEN state = 'sending' AND claimed_at IS NULL THEN 'and nobody has claimed it'
                WHEN state = 'sending' THEN 'and has been since ' || to_char(claimed_at, 'YYYY-MM-DD HH24:MI')
                ELSE 'and was sent at ' || to_char(sent_at, 'YYYY-MM-DD HH24:MI') END)
       FROM leads_message
       WHERE (state = 'sent' AND sent_at IS NULL)
          OR (state IN ('held', 'queued', 'sending', 'suppressed', 'cancelled') AND sent_at IS NOT NULL)
          OR (state = 'sending' AND (claimed_at IS NULL OR claimed_at < now() - interval '1 day'))
       UNION ALL
       SELECT format('message %s counts as sent, and was never handed to a relay', id)
       FROM leads_message WHERE state = 'sent' AND handed_at IS NULL
       UNION ALL
       SELECT format('message %s of programme mail was sent, and no fact of its person says so', m.id)
       FROM leads_message m
       WHERE m.state = 'sent' AND m.tip_id IS NOT NULL AND m.person_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM leads_fact f WHERE f.person_id = m.person_id AND f.kind = 'mail_sent')
       LIMIT 1000""",
    "Whether it went is in the relay's log; say so in the outbox, so that nobody gets it twice or never",
)  # fmt: skip


def references() -> Check:
    """Look for rows that name another row which isn't there: everything but the database's own keys may come apart."""
    check = Check(
        "references", "Is everything there that something else refers to?",
        way_out=f"Somebody deleted rows behind Winnow's back. {RESTORE}",
    )  # fmt: skip
    with snapshot():
        for model in apps.get_app_config("leads").get_models(include_auto_created=True):
            for field in model._meta.concrete_fields:
                if field.is_relation and field.related_model is not None:
                    _missing(check, model._meta, field)
    return check


def _missing(check: Check, meta, field) -> None:
    there = field.related_model._meta
    quote = connection.ops.quote_name
    found = rows_of(
        f"""SELECT c.{quote(meta.pk.column)}, c.{quote(field.column)}, count(*) OVER () FROM {quote(meta.db_table)} c
            WHERE c.{quote(field.column)} IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM {quote(there.db_table)} p
              WHERE p.{quote(field.target_field.column)} = c.{quote(field.column)})
            ORDER BY 1 LIMIT {EXAMPLES}"""
    )
    check.looked_at += 1
    for number, named, _ in found:
        check.found(f"{meta.verbose_name} {number} names {there.verbose_name} {named}, which is not there")
    if found:
        check.wrong += found[0][2] - len(found)
