"""What `winnow check` holds against what is stored: replays, digests, sums. Reads only, and says what is wrong."""

import hashlib
from collections.abc import Callable, Iterator

from django.db import connection

from winnow.leads.audit import entry_digest
from winnow.leads.definition import SIDES, Definition
from winnow.leads.replaying import Check, column, fact_chain, honest_cache, rows_of, snapshot
from winnow.policy.definition import canonical


# -- the audit trail, definitions ------------------------------------------------------------------------------------
def audit_chain() -> Check:
    """Recompute the digests of the audit trail from its first entry, and compare with its head."""
    check = Check("audit_chain", "Is every entry of the audit trail as it was written, and none missing?")
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
    digest, entries = (bytes(head[0][0]), head[0][1]) if head else (b"", 0)
    if check.looked_at != entries:
        check.found(f"the audit trail has {check.looked_at} entries and should have {entries}")
    elif before != digest:
        check.found("the audit trail does not end where its chain does")
    return check


def signatures() -> Check:
    """Every signature is on the very text that its definition has."""
    check = Check("signatures", "Is each definition the text that was signed?")
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
    return check


# -- sums, each one statement ----------------------------------------------------------------------------------------
def _counted(name: str, question: str, looked_at: str, wrong: str) -> Callable[[], Check]:
    """A check by SQL: `looked_at` counts, each row of `wrong` is one sentence."""

    def check() -> Check:
        made = Check(name, question)
        with snapshot():
            made.looked_at = column(looked_at)[0]
            for text in column(wrong):
                made.found(text)
        return made

    check.__doc__ = question
    return check


leads_signed = _counted(
    "leads_signed", "Does every lead name a definition that both sides had signed?",
    "SELECT count(*) FROM leads_lead",
    """SELECT format('lead %s names definition %s, which was not in force when it was made', l.id, d.number)
       FROM leads_lead l JOIN leads_definition d ON d.id = l.definition_id
       WHERE d.in_force_from IS NULL
          OR (SELECT count(DISTINCT side) FROM leads_signature s
              WHERE s.definition_id = d.id AND s.hash = d.hash) < 2
       ORDER BY l.id""",
)  # fmt: skip
import_sums = _counted(
    "import_sums", "Do the six outcomes of each import add up to its rows?",
    "SELECT count(*) FROM leads_import",
    """SELECT format('import %s of %s: %s rows, and outcomes of %s', id, file_name, rows,
                     created + updated + merged + unchanged + quarantined + rejected)
       FROM leads_import WHERE state IN ('done', 'undone')
         AND rows <> created + updated + merged + unchanged + quarantined + rejected
       UNION ALL
       SELECT format('import %s of %s: %s rows %s are kept, and %s were counted', i.id, i.file_name, k.n, k.outcome,
                     CASE k.outcome WHEN 'rejected' THEN i.rejected ELSE i.quarantined END)
       FROM leads_import i
       JOIN (SELECT run_id, outcome, count(*) AS n FROM leads_importrow
             WHERE outcome IN ('rejected', 'quarantined') GROUP BY 1, 2) k ON k.run_id = i.id
       WHERE i.state IN ('done', 'undone') AND k.n <> CASE k.outcome WHEN 'rejected' THEN i.rejected
                                                                      ELSE i.quarantined END""",
)  # fmt: skip
arrivals = _counted(
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
)  # fmt: skip
cycles = _counted(
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
       SELECT format('%s cycles were opened and %s are there', o.n, c.n)
       FROM (SELECT count(*) AS n FROM leads_stagechange WHERE before = '') o, (SELECT count(*) AS n FROM leads_cycle) c
       WHERE o.n <> c.n""",
)  # fmt: skip
suppression = _counted(
    "suppression", "Was any marketing mail sent to somebody who had said no?",
    "SELECT count(*) FROM leads_message WHERE kind = 'marketing' AND sent_at IS NOT NULL",
    """SELECT format('message %s was sent at %s to an address suppressed since %s', m.id, m.sent_at, s.at)
       FROM leads_message m
       JOIN leads_suppression s ON s.address_hash = encode(sha256(convert_to(lower(btrim(m.address)), 'UTF8')), 'hex')
       WHERE m.kind = 'marketing' AND m.sent_at > s.at AND (s.lifted_at IS NULL OR m.sent_at < s.lifted_at)
       ORDER BY m.id""",
)  # fmt: skip


def all_checks(sample: int | None = None) -> Iterator[Check]:
    """Every check of this room, one after the other; those over facts on `sample` accounts when that is given."""
    yield honest_cache(sample)
    yield fact_chain(sample)
    for check in (audit_chain, signatures, leads_signed, import_sums, arrivals, cycles, suppression):
        yield check()
