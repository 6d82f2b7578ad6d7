"""What `winnow check` holds against what is stored: replays, digests, sums. Reads only, and says what is wrong."""

import hashlib
import json
from collections.abc import Iterator

from django.db import connection

from winnow.leads.agreeing import RESTORE, counted, outbox, records, references
from winnow.leads.audit import entry_digest
from winnow.leads.definition import SIDES, Definition
from winnow.leads.inquiry import digest_of
from winnow.leads.replaying import TAMPERED, Check, fact_chain, honest_cache, rows_of, snapshot
from winnow.leads.unchanged import addresses, lead_verdicts, mails
from winnow.policy.document import canonical


# -- the audit trail, definitions ------------------------------------------------------------------------------------
def audit_chain() -> Check:
    """Recompute the digests of the audit trail from its first entry, and compare with its head."""
    check = Check("audit_chain", "Is every entry of the audit trail as it was written, and none missing?",
                  way_out=TAMPERED)  # fmt: skip
    with snapshot():
        before = b""
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                "SELECT id, at, by_id, by_key_id, verb, noun, noun_id, detail, digest FROM leads_auditentry ORDER BY id"
            )
            while rows := cursor.fetchmany(2000):
                for row in rows:
                    check.looked_at += 1
                    expected = entry_digest(before, *row[1:8])
                    if expected != bytes(row[8]):
                        check.found(f"entry {row[0]} of the audit trail is not what was written")
                    before = bytes(row[8])
        head = rows_of("SELECT digest, entries FROM leads_audithead")
        unsaid = rows_of(_DECIDED) if not head and not check.looked_at else []
    digest, entries = (bytes(head[0][0]), head[0][1]) if head else (b"", 0)
    if check.looked_at != entries:
        check.found(f"the audit trail has {check.looked_at} entries and should have {entries}")
    elif before != digest:
        check.found("the audit trail does not end where its chain does")
    for what, count in unsaid:
        if count:
            check.found(f"the audit trail is empty, and there are {count} {what}")
    return check


_DECIDED = """SELECT 'signatures', count(*) FROM leads_signature
    UNION ALL SELECT 'handoffs', count(*) FROM leads_handoff
    UNION ALL SELECT 'imports that were taken back', count(*) FROM leads_import WHERE voided_at IS NOT NULL"""


def signatures() -> Check:
    """Every signature is on the very text that its definition has."""
    check = Check("signatures", "Is each definition the text that was signed?", way_out=TAMPERED)
    for made in Definition.objects.prefetch_related("signatures"):
        check.looked_at += 1
        text = hashlib.sha256(canonical(made.document).encode()).hexdigest()
        if text != made.hash:
            check.found(f"the text of {made} has another hash than the one kept with it")
        for signature in made.signatures.all():
            if signature.hash != text:
                check.found(f"{signature.name} signed another text of {made}")
        sides = {signature.side for signature in made.signatures.all()}
        if made.in_force_from is not None and sides != set(SIDES):
            check.found(f"{made} came into force with the signature of {' and '.join(sorted(sides)) or 'nobody'} alone")
        elif made.in_force_from is not None and made.in_force_from != max(s.signed_at for s in made.signatures.all()):
            check.found(f"{made} is said to be in force since {made.in_force_from}, which is not its second signature")
    return check


# -- sums, each one statement ----------------------------------------------------------------------------------------
leads_signed = counted(
    "leads_signed", "Does every lead name a definition that both sides had signed?",
    "SELECT count(*) FROM leads_lead",
    """SELECT format('lead %s names definition %s, which was not in force when it was made', l.id, d.number)
       FROM leads_lead l JOIN leads_definition d ON d.id = l.definition_id
       WHERE d.in_force_from IS NULL
          OR (SELECT count(DISTINCT side) FROM leads_signature s
              WHERE s.definition_id = d.id AND s.hash = d.hash) < 2
       ORDER BY l.id""",
    TAMPERED,
)  # fmt: skip
import_sums = counted(
    "import_sums", "Do the six outcomes of each import add up to its rows?",
    "SELECT count(*) FROM leads_import",
    """SELECT format('import %s of %s: %s rows, and outcomes of %s', id, file_name, rows,
                     created + updated + merged + unchanged + quarantined + rejected)
       FROM leads_import WHERE state IN ('done', 'undone')
         AND rows <> created + updated + merged + unchanged + quarantined + rejected
       UNION ALL
       SELECT format('import %s of %s: %s rows %s are kept, and %s were counted', i.id, i.file_name, coalesce(k.n, 0),
                     o.outcome, o.n)
       FROM leads_import i
       CROSS JOIN LATERAL (VALUES ('created', i.created), ('updated', i.updated), ('merged', i.merged),
         ('unchanged', i.unchanged), ('quarantined', i.quarantined), ('rejected', i.rejected)) o (outcome, n)
       LEFT JOIN (SELECT run_id, outcome, count(*) AS n FROM leads_importrow WHERE repaired_at IS NULL GROUP BY 1, 2) k
         ON k.run_id = i.id AND k.outcome = o.outcome
       WHERE coalesce(k.n, 0) <> o.n
         AND (i.chunks <> '[]'
              OR (i.state IN ('done', 'undone') AND o.outcome IN ('rejected', 'quarantined') AND k.n > 0))
       UNION ALL
       SELECT format('the rows of import %s are kept, and the import itself is not there', r.run_id)
       FROM (SELECT DISTINCT run_id FROM leads_importrow) r
       WHERE NOT EXISTS (SELECT 1 FROM leads_import i WHERE i.id = r.run_id)""",
    RESTORE,
)  # fmt: skip
came = counted(
    "arrivals", "Has everything that arrived become an inquiry, or does it wait, or is there a reason why not?",
    "SELECT count(*) FROM leads_arrival",
    """SELECT format('arrival %s over %s is %s and %s', id, door, state,
                     CASE state WHEN 'pending' THEN 'has waited since ' || to_char(received_at, 'YYYY-MM-DD HH24:MI')
                          ELSE 'has neither an inquiry nor a reason' END)
       FROM leads_arrival
       WHERE (state = 'done' AND inquiry_id IS NULL AND reason = '')
          OR (state IN ('rejected', 'quarantined') AND reason = '')
          OR (state = 'pending' AND received_at < now() - interval '1 day')
       ORDER BY id""",
    "What waits is done by the worker (`winnow serve`, or `winnow worker`); of the others, the log says more",
)  # fmt: skip


def arrivals() -> Check:
    """Everything that came in has become something, and is kept as it came: its text against the digest of then."""
    check = came()
    with snapshot(), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT id, body::text, body_digest FROM leads_arrival ORDER BY id")
        while rows := cursor.fetchmany(2000):
            for number, body, digest in rows:
                if not any(_digest(body, large) == bytes(digest) for large in (int, float)):
                    check.found(f"arrival {number} is not what came in")
    return check


def _digest(body: str, large) -> bytes:
    """The digest as it was made when it came in. The database writes 1e22 out: a long number may have been either."""
    read = json.loads(body, parse_int=lambda text: large(text) if len(text) > 15 else int(text))
    return digest_of(read)


cycles = counted(
    "cycles", "Are as many cycles opened as stand in all stages, and where the ledger of moves leads to?",
    "SELECT count(*) FROM leads_cycle",
    """WITH moves AS (
         SELECT cycle_id, before, after, lag(after, 1, '') OVER w AS stood, row_number() OVER w AS n,
                last_value(after) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS ends
         FROM leads_stagechange WINDOW w AS (PARTITION BY cycle_id ORDER BY id))
       SELECT format('cycle %s moved from %s and stood at %s', cycle_id, nullif(before, ''), nullif(stood, ''))
       FROM moves WHERE before <> stood
       UNION ALL
       SELECT format('cycle %s is %s, and its ledger says %s', c.id, c.stage, coalesce(m.ends, 'nothing'))
       FROM leads_cycle c LEFT JOIN moves m ON m.cycle_id = c.id AND m.n = 1
       WHERE m.ends IS DISTINCT FROM c.stage
       UNION ALL
       SELECT format('cycle %s was opened at %s, is %s since %s and closed at %s, and its ledger says %s and %s', c.id,
                     c.opened_at, c.stage, c.stage_at, c.closed_at, m.first, m.last)
       FROM leads_cycle c
       JOIN (SELECT cycle_id, (array_agg(at ORDER BY id))[1] AS first, (array_agg(at ORDER BY id DESC))[1] AS last,
                    (array_agg(reason ORDER BY id DESC))[1] IN ('taken back', 'merge taken back') AS back
             FROM leads_stagechange GROUP BY 1) m ON m.cycle_id = c.id
       WHERE c.opened_at <> m.first OR c.closed_at <> c.stage_at
          -- where a decision was taken back, it stands there since it had come there before
          OR c.stage_at <> m.last AND NOT (m.back AND EXISTS (
               SELECT 1 FROM leads_stagechange e WHERE e.cycle_id = c.id AND e.after = c.stage AND e.at = c.stage_at))
       UNION ALL
       SELECT format('%s cycles were opened and %s are there', o.n, c.n)
       FROM (SELECT count(*) AS n FROM leads_stagechange WHERE before = '') o, (SELECT count(*) AS n FROM leads_cycle) c
       WHERE o.n <> c.n""",
    f"The ledger of moves is what the stock is counted from. {RESTORE}",
)  # fmt: skip
suppression = counted(
    "suppression", "Was any marketing mail sent to somebody who had said no?",
    "SELECT count(*) FROM leads_message WHERE kind = 'marketing' AND sent_at IS NOT NULL",
    """SELECT format('message %s was sent at %s to an address suppressed since %s', m.id, m.sent_at, s.at)
       FROM leads_message m
       JOIN leads_suppression s ON s.address_hash = encode(sha256(convert_to(lower(btrim(m.address)), 'UTF8')), 'hex')
       WHERE m.kind = 'marketing' AND m.sent_at > s.at AND (s.lifted_at IS NULL OR m.sent_at < s.lifted_at)
       ORDER BY m.id""",
    "Tell whoever it went to, if they ask; and see how it could: every send asks the database, whose rule was off then",
)  # fmt: skip


def all_checks(sample: int | None = None) -> Iterator[Check]:
    """Every check of this room, one after the other; those over facts on `sample` accounts when that is given."""
    yield honest_cache(sample)
    yield fact_chain(sample)
    for check in (
        references, records, audit_chain, signatures, leads_signed, lead_verdicts, import_sums, arrivals, addresses,
        cycles, outbox, mails, suppression,
    ):
        yield check()
