"""Rows of activities: what somebody did and when, as facts of that person."""

from django.db import connection

from winnow.intake.incoming import Unusable, moment_of, not_ahead, text_of, whole
from winnow.intake.into import Batch, Done, Line, rejected, start_of
from winnow.leads.addresses import normalise_email
from winnow.leads.campaign import Campaign
from winnow.leads.identity import Claim, resolve_many
from winnow.leads.imports import ImportedFact
from winnow.leads.record import record_in_bulk
from winnow.policy import facts

KINDS = {
    "content": "content", "content taken": "content", "download": "content", "downloaded": "content",
    "asset": "content", "webinar": "content", "video": "content", "form": "content",
    "page": "page", "visit": "page", "page seen": "page", "page view": "page", "pageview": "page", "website": "page",
    "sent": "sent", "mail sent": "sent", "email sent": "sent",
    "opened": "opened", "open": "opened", "mail opened": "opened", "email opened": "opened",
    "click": "clicked", "clicked": "clicked", "mail clicked": "clicked", "email clicked": "clicked",
    "link clicked": "clicked", "email link clicked": "clicked",
    "reply": "replied", "replied": "replied", "mail replied": "replied", "email replied": "replied",
    "bounce": "bounced", "bounced": "bounced", "mail bounced": "bounced", "email bounced": "bounced",
    "call": "called", "called": "called", "phone": "called", "phone call": "called",
    "conversation": "spoke", "spoke": "spoke", "had a phone conversation": "spoke",
    "meeting": "met", "met": "met", "visit in person": "met", "demo": "met",
    "unsubscribe": "opted out", "unsubscribed": "opted out", "opted out": "opted out", "opt out": "opted out",
}
"""Words for an activity, in lower case with spaces, and what it is."""

UNDATED = "undated"
"""Among the fields of a row: its sender gave no date; the one that is there is when it came."""
RESULTS = ("spoke", "no_answer", "message", "wrong_number")


def load(lines: list[Line], batch: Batch) -> list[Done]:
    """Record the rows. Who isn't known by address or key yet becomes a person, without an inquiry."""
    done: dict[int, Done] = {}
    rows = []
    known = {
        row[0]: row[1:] for row in ImportedFact.objects.filter(
            system=batch.system, external_id__in=[line.key for line in lines]
        ).values_list("external_id", "id", "what", "happened_at")
    }
    for number, line in enumerate(lines):
        try:
            rows.append((number, *read(line.fields, batch)))
        except Unusable as unusable:
            done[number] = rejected(str(unusable))
    _by_their_inquiries([claim for _, claim, *_ in rows])
    resolve_many([claim for _, claim, *_ in rows], batch.at)
    campaigns = Campaign.named(
        {row[5]: ("unknown", "active") for row in rows if row[5]}, batch.at
    )
    told: dict[bool, list] = {True: [], False: []}
    kept = []
    for number, claim, kind, content, happened, campaign, minutes in rows:
        line, what = lines[number], f"{kind} {content}"[:200]
        if kind == "opened":
            done[number] = Done("quarantined", "an open proves nothing, since programs open mail; it is kept aside")
            continue
        if line.key in known:
            fact, was, when = known[line.key]
            dated = line.fields.get("happened_at") and not line.fields.get(UNDATED)
            same = was == what and (when == happened or not dated)
            reason = "" if same else "is recorded already as another activity; facts are not rewritten, undo its import"
            done[number] = Done("unchanged" if same else "rejected", reason, "activity", fact)
            continue
        claims = batch.is_history(happened)
        told[claims].append((
            _fact(kind, content, minutes, claim), happened, happened if claims else batch.at, None,
            campaigns.get(campaign),
        ))
        if claims:
            batch.note("claimed_history")
        kept.append((number, ImportedFact(
            system=batch.system, external_id=line.key, imported=batch.imported, account_id=claim.account_id,
            person_id=claim.person_id, what=what, happened_at=happened,
        )))
        known[line.key] = (None, what, happened)
    for claims, facts_told in told.items():
        record_in_bulk(facts_told, at=batch.at, by=batch.by, claimed=claims)
    made = ImportedFact.objects.bulk_create([one for _, one in kept], batch_size=5000)
    kinds = {claim.person_id: claim.account_kind for _, claim, *_ in rows}
    for (number, _), one in zip(kept, made, strict=True):
        done[number] = Done("created", "", "activity", one.pk, None, kinds[one.person_id] == "company")
    return [done[number] for number in range(len(lines))]


def _by_their_inquiries(claims: list[Claim]) -> None:
    """Whose key is that of an inquiry is the person of that inquiry, unless a person has the key."""
    found = people_by_key([claim.key for claim in claims if claim.key])
    for claim in claims:
        if claim.key in found:
            claim.person_id, claim.account_id, claim.account_kind = found[claim.key]


def people_by_key(keys: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int, str]]:
    """(system, key) -> person, account and its kind, of those who are known by their own key or by an inquiry's."""
    if not keys:
        return {}
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEY, {"systems": [system for system, _ in keys], "values": [value for _, value in keys]})
        for system, value, *person in cursor.fetchall():
            found.setdefault((system, value), tuple(person))
    return found


_BY_KEY = """
    WITH RECURSIVE asked(system, value) AS (SELECT * FROM unnest(%(systems)s::text[], %(values)s::text[])),
    known(system, value, rank, person) AS (
        SELECT i.system, i.value, 1, i.person_id FROM leads_identity i JOIN asked USING (system, value)
        WHERE i.kind = 'external'
        UNION ALL SELECT i.system, i.external_id, 2, i.person_id FROM leads_inquiry i
        JOIN asked a ON a.system = i.system AND a.value = i.external_id WHERE i.voided_at IS NULL),
    up(system, value, rank, id, into_id) AS (
        SELECT k.system, k.value, k.rank, p.id, p.merged_into_id FROM known k JOIN leads_person p ON p.id = k.person
        UNION ALL SELECT up.system, up.value, up.rank, p.id, p.merged_into_id FROM up
        JOIN leads_person p ON p.id = up.into_id)
    SELECT up.system, up.value, p.id, p.account_id, a.kind
    FROM up JOIN leads_person p ON p.id = up.id JOIN leads_account a ON a.id = p.account_id
    WHERE up.into_id IS NULL ORDER BY up.rank"""


def read(fields: dict, batch: Batch) -> tuple:
    """Whose it is, what, and when: (claim, kind, content, happened at, campaign, minutes). Unusable names the field."""
    who = text_of(fields, "person") or text_of(fields, "email")
    if not who:
        raise Unusable("person", "is missing: an activity is somebody's, by address or by the sender's key")
    address = normalise_email(who) if "@" in who else None
    if address is not None and not address.identifies:
        raise Unusable("person", f"{address.reason}: it tells nobody", who)
    claim = Claim(email=who, address=address) if address else Claim(key=(batch.system, who[:190]))
    word = text_of(fields, "kind")
    kind = KINDS.get(" ".join(word.lower().replace("_", " ").replace("-", " ").split()))
    content = text_of(fields, "content")[:120]
    if kind is None:
        if word:
            raise Unusable("kind", f"is none of {', '.join(sorted(set(KINDS.values())))}", word)
        kind = "content"
    if kind == "content" and not content:
        content = word or "unnamed"
    when = fields.get("happened_at")
    happened = not_ahead("happened_at", start_of(when) if hasattr(when, "year") else moment_of(when), batch.at)
    campaign = batch.campaign or text_of(fields, "campaign")
    return claim, kind, content, happened or batch.at, campaign, whole("minutes", fields.get("minutes")) or 0


def _fact(kind: str, content: str, minutes: int, claim: Claim) -> facts.Fact:
    common = {"account": claim.account_id, "person": claim.person_id}
    match kind:
        case "content":
            return facts.ContentTaken(**common, content=content)
        case "page":
            return facts.PageSeen(**common, page=content)
        case "sent":
            return facts.MailSent(**common, mail=content)
        case "clicked":
            return facts.MailClicked(**common, mail=content, confirmed=True)
        case "replied":
            return facts.MailReplied(**common, mail=content)
        case "bounced":
            return facts.MailBounced(**common, mail=content, hard="hard" in content.lower())
        case "called" | "spoke":  # without a word of its result, a call is no conversation
            result = content if content in RESULTS else "spoke" if minutes or kind == "spoke" else "no_answer"
            return facts.Called(**common, result=result, minutes=min(minutes, 1440))
        case "met":
            return facts.Met(**common, minutes=minutes)
        case "opted out":
            return facts.OptedOut(**common, how="import")
    raise ValueError(f"no fact is recorded for {kind!r}")
