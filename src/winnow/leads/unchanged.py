"""What `winnow check` holds of records that nobody ever changes: the address of an inquiry, the verdict that made a
lead, the mails that were written and that came in."""

import json
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass

from winnow.leads.addresses import normalise_email
from winnow.leads.agreeing import counted
from winnow.leads.replaying import TAMPERED, Check, column, rows_of, snapshot

CAME = "What came in is kept as it came: the address stands there. " + TAMPERED

lead_verdicts = counted(
    "lead_verdicts", "Is each lead as the verdict was that made it?",
    "SELECT count(*) FROM leads_lead",
    """SELECT format('lead %s was not made with grade %s, %s points and version %s of the policy at %s', l.id, l.grade,
                     l.milli / 1000.0, l.policy_version, to_char(l.made_at, 'YYYY-MM-DD HH24:MI'))
       FROM leads_lead l WHERE l.seal <> winnow_lead_seal(l) ORDER BY l.id""",
    TAMPERED,
)  # fmt: skip
mails = counted(
    "mails", "Is every mail there that was ever written here or came in, and as it came?",
    "SELECT count(*) FROM leads_listedmail",
    """SELECT format('%s %s of %s is not there any more',
                     CASE l.noun WHEN 'message' THEN 'message' ELSE 'incoming mail' END, l.number,
                     to_char(l.at, 'YYYY-MM-DD HH24:MI'))
       FROM leads_listedmail l
       WHERE NOT EXISTS (SELECT 1 FROM leads_message m WHERE l.noun = 'message' AND m.id = l.number)
         AND NOT EXISTS (SELECT 1 FROM leads_incomingmail m WHERE l.noun = 'mail' AND m.id = l.number)
       UNION ALL
       SELECT format('message %s is on no list of what was written', m.id) FROM leads_message m
       WHERE NOT EXISTS (SELECT 1 FROM leads_listedmail l WHERE l.noun = 'message' AND l.number = m.id)
       UNION ALL
       SELECT format('incoming mail %s is on no list of what came in', m.id) FROM leads_incomingmail m
       WHERE NOT EXISTS (SELECT 1 FROM leads_listedmail l WHERE l.noun = 'mail' AND l.number = m.id)
       UNION ALL
       SELECT format('incoming mail %s is not what came in', m.id) FROM leads_incomingmail m
       WHERE octet_length(m.raw) < 20000000 -- of a larger one only the beginning is kept
         AND encode(sha256(m.raw), 'hex') <> m.digest
       LIMIT 1000""",
    TAMPERED,
)  # fmt: skip


def addresses() -> Check:
    """Compare the address of each inquiry with what came in: its arrivals, or its rows of a file; where neither is
    kept, with the addresses by which its person is known. No verb ever changes it."""
    check = Check("addresses", "Does every inquiry name the address that came in with it?", way_out=CAME)
    with snapshot():
        check.looked_at = column("SELECT count(*) FROM leads_inquiry")[0]
        unlike = dict(rows_of(_UNLIKE))
        came, lost = _came_in(list(unlike))
        for number, email in unlike.items():
            if not any(_holds(text, email) for text in came[number]) if email else any(map(_identifies, lost[number])):
                check.found(f"inquiry {number} names {email or 'no address'}, and what came in doesn't")
        for number, arrival in rows_of(_ARRIVAL_GONE):
            check.found(f"inquiry {number} came as arrival {arrival}, which is not there")
        for number, email, person in rows_of(_FROM_NOWHERE):
            known = column(_KNOWN_BY, [person])
            if email.lower() not in known and normalise_email(email).normalised not in known:
                check.found(f"inquiry {number} names {email}, by which its person is not known")
    return check


def _came_in(numbers: list[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Of these inquiries all that came in and could be the address, and what stood where the address stands."""
    came, lost = defaultdict(list), defaultdict(list)
    places: dict[int, _Place] = {}
    if not numbers:
        return came, lost
    for number, body in rows_of(_BODIES, [numbers]):
        address = _text(json.loads(body).get("email"))
        came[number].append(address)
        lost[number].append(address)
    for number, run, raw in rows_of(_ROWS, [numbers]):
        place = places.get(run) or places.setdefault(run, _Place.of(run))
        came[number] += place.cells(raw)
        lost[number] += place.addresses(raw)
    return came, lost


@dataclass(frozen=True)
class _Place:
    """Where the rows of a file have the address, by its mapping, and what stands for none there."""

    columns: tuple[int, ...]
    missing: frozenset[str]

    @classmethod
    def of(cls, run: int) -> "_Place":
        columns, mapping = rows_of("SELECT columns::text, mapping FROM leads_import WHERE id = %s", [run])[0]
        said = tomllib.loads(mapping) if mapping else {}
        ours = {name for name, fields in said.get("columns", {}).items()
                if "email" in ([fields] if isinstance(fields, str) else fields)}  # fmt: skip
        return cls(
            tuple(place for place, name in enumerate(json.loads(columns)) if name in ours),
            frozenset(map(_text, said.get("missing", ()))),
        )

    def cells(self, raw: str) -> list[str]:
        """All that the row says."""
        row = json.loads(raw)
        return [_text(cell) for cell in row] if isinstance(row, list) else [_text(row)]

    def addresses(self, raw: str) -> list[str]:
        """What the row says where the address stands."""
        cells = self.cells(raw)
        found = [cells[place] for place in self.columns if place < len(cells)]
        return [cell for cell in found if cell not in self.missing]


def _text(value) -> str:
    return "" if value is None else str(value).strip()[:254]


def _holds(text: str, email: str) -> bool:
    """Whether it is the address, or names it among others: of several in a cell the first is taken."""
    return text == email or re.search(rf"(?<![\w.+-]){re.escape(email)}(?![\w-])", text) is not None


def _identifies(text: str) -> bool:
    return normalise_email(text).identifies


# Only what differs at first sight is read: an address is kept as it came, without the spaces around it.
_UNLIKE = """
    WITH arrived AS MATERIALIZED (
      SELECT a.inquiry_id AS id, bool_or(coalesce(a.body ->> 'email', '') = i.email
          -- a badge alone was given, and the organiser's list had the address
          OR a.door = 'event' AND coalesce(a.body ->> 'email', '') = '') AS same
      FROM leads_arrival a JOIN leads_inquiry i ON i.id = a.inquiry_id
      WHERE a.state = 'done' AND jsonb_typeof(a.body) = 'object' GROUP BY 1),
    filed AS MATERIALIZED (
      SELECT r.noun_id AS id, bool_or(CASE WHEN i.email = '' THEN position('@' IN r.raw::text) = 0
                                           ELSE position(to_jsonb(i.email)::text IN r.raw::text) > 0 END) AS same
      FROM leads_importrow r JOIN leads_inquiry i ON i.id = r.noun_id WHERE r.noun = 'inquiry' GROUP BY 1)
    SELECT i.id, i.email FROM leads_inquiry i
    LEFT JOIN arrived a ON a.id = i.id LEFT JOIN filed f ON f.id = i.id
    WHERE (a.id IS NOT NULL OR f.id IS NOT NULL) AND NOT (coalesce(a.same, false) OR coalesce(f.same, false))
    ORDER BY i.id"""
_BODIES = """
    SELECT inquiry_id, body::text FROM leads_arrival
    WHERE inquiry_id = ANY(%s) AND state = 'done' AND jsonb_typeof(body) = 'object'"""
_ROWS = "SELECT noun_id, run_id, raw::text FROM leads_importrow WHERE noun = 'inquiry' AND noun_id = ANY(%s)"
_ARRIVAL_GONE = """
    SELECT i.id, i.external_id FROM leads_inquiry i
    WHERE i.system = 'arrival' AND i.external_id ~ '^[0-9]{1,18}$'
      AND NOT EXISTS (SELECT 1 FROM leads_arrival a WHERE a.id = i.external_id::bigint)
      AND NOT EXISTS (SELECT 1 FROM leads_arrival a WHERE a.inquiry_id = i.id)
    ORDER BY i.id"""
_FROM_NOWHERE = """
    SELECT i.id, i.email, i.person_id FROM leads_inquiry i JOIN leads_person p ON p.id = i.person_id
    WHERE i.email <> '' AND p.email <> i.email
      AND NOT EXISTS (SELECT 1 FROM leads_arrival a WHERE a.inquiry_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM leads_importrow r WHERE r.noun = 'inquiry' AND r.noun_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM leads_identity k
                      WHERE k.kind = 'email' AND k.value = lower(i.email) AND k.person_id = i.person_id)
    ORDER BY i.id"""
_KNOWN_BY = """
    WITH RECURSIVE up(id, next) AS (
      SELECT id, merged_into_id FROM leads_person WHERE id = %s
      UNION SELECT p.id, p.merged_into_id FROM leads_person p JOIN up ON p.id = up.next),
    mine(id) AS (
      SELECT id FROM up WHERE next IS NULL
      UNION SELECT p.id FROM leads_person p JOIN mine ON p.merged_into_id = mine.id)
    SELECT k.value FROM leads_identity k JOIN mine ON mine.id = k.person_id WHERE k.kind = 'email'
    UNION SELECT lower(p.email) FROM leads_person p JOIN mine ON mine.id = p.id
    UNION SELECT value FROM leads_sharedaddress"""
