"""The one gate that every mail passes, when it is written and again when it is claimed and handed over.

`Why` says why not: for good, or until when. Caps and consent bind marketing mail alone; an address that takes no mail
gets none of any kind. The caps stand in the database too (winnow_send_gate), as the last word.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from winnow.leads.addresses import normalise_email
from winnow.leads.mailbox import Bounce
from winnow.leads.message import Message, Suppression, address_hash
from winnow.leads.person import Person
from winnow.outreach.hours import House

CAPS = ((timedelta(days=7), 1), (timedelta(days=30), 3))
"""At most so many marketing mails to a person in any such span, over all programmes."""

SOFT_BOUNCES, SOFT_WITHIN = 3, timedelta(days=15)
WITH_SALES = ("handed_off", "accepted", "opportunity")

# Where a person may be written to at work until they object; elsewhere a yes is asked for first, unless the firm is a
# customer. The default of a programme, no legal advice.
OBJECTION_COUNTRIES = frozenset({"FI", "FR", "GB", "IE", "PT", "SE", "US"})


@dataclass(frozen=True, slots=True)
class Why:
    """Why a mail may not go. `until` None: not at all; else it may be asked again then."""

    code: str
    words: str
    until: datetime | None = None

    @property
    def final(self) -> bool:
        """Whether waiting changes nothing."""
        return self.until is None


@dataclass(slots=True)
class Candidate:
    """A mail that would go, written or not yet. `programme` is whose rule of consent holds."""

    address: str
    kind: str = "marketing"
    person: Person | None = None
    enrolment: object = None
    programme: object = None
    message_id: int | None = None
    hours: bool = True
    caps: bool = True


def may_send(candidate: Candidate, at: datetime) -> Why | None:
    """Why that mail may not go at that moment; None when it may."""
    return may_send_many([candidate], at)[0]


def may_send_many(candidates: list[Candidate], at: datetime) -> list[Why | None]:
    """The same for a batch, in order. What one of them is granted counts against the caps of the others."""
    if not candidates:
        return []
    known = _Circumstances(candidates, at)
    found = []
    for candidate in candidates:
        why = known.why(candidate)
        if why is None and candidate.kind == "marketing":
            known.granted(candidate)
        found.append(why)
    return found


def hashes_of(address: str) -> set[str]:
    """The keys under which an address may be suppressed: as written, and in its one form."""
    return {address_hash(address), address_hash(normalise_email(address).normalised or address)}


@dataclass(slots=True)
class _Group:
    """One person with all who were merged into them: an objection of one binds for all."""

    root: int
    ids: set[int] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)


class _Circumstances:
    """Everything that decides over a batch, read at once."""

    def __init__(self, candidates: list[Candidate], at: datetime):
        self.at = at
        self.house: House | None = None
        people = sorted({one.person.pk for one in candidates if one.person is not None})
        self.groups = _groups(people)
        ids = sorted({number for group in self.groups.values() for number in group.ids})
        hashes = {digest for one in candidates for digest in hashes_of(one.address)}
        hashes |= {digest for group in self.groups.values() for digest in group.hashes}
        self.suppressed = dict(
            Suppression.objects.filter(address_hash__in=hashes, lifted_at=None).values_list("address_hash", "reason")
        )
        self.dead = self._dead(hashes)
        self.consent, self.objected = _consents(ids), _objections(ids)
        self.stages = _stages(ids)
        self.mails = self._mails(ids, sorted({one.address for one in candidates}))

    def _dead(self, hashes: set[str]) -> dict[str, str]:
        """Addresses that take no mail: a hard bounce, or too many soft ones lately."""
        soft: dict[str, int] = defaultdict(int)
        found = {}
        rows = Bounce.objects.filter(address_hash__in=hashes, forgiven_at=None).order_by("at")
        for digest, hard, at, reason in rows.values_list("address_hash", "hard", "at", "reason"):
            if hard:
                found[digest] = reason or "it came back"
            elif at > self.at - SOFT_WITHIN:
                soft[digest] += 1
                if soft[digest] >= SOFT_BOUNCES:
                    found.setdefault(digest, f"{soft[digest]} mails came back in {SOFT_WITHIN.days} days ({reason})")
        return found

    def _mails(self, ids: list[int], addresses: list[str]) -> list[tuple]:
        """Marketing mails that went or may have gone lately: (message, person, address, when)."""
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT id, person_id, address, state, coalesce(sent_at, handed_at, claimed_at, send_at)
                   FROM leads_message
                   WHERE kind = 'marketing' AND (person_id = ANY(%s) OR address = ANY(%s))
                     AND state IN ('held', 'queued', 'sending', 'sent', 'unknown')
                     AND coalesce(sent_at, handed_at, claimed_at, send_at) > %s""",
                [ids, addresses, self.at - CAPS[-1][0]],
            )
            return cursor.fetchall()

    # -- the questions, in order ----------------------------------------------------------------------------------
    def why(self, one: Candidate) -> Why | None:
        group = self.groups.get(one.person.pk) if one.person is not None else None
        if why := self._undeliverable(one):
            return why
        if one.kind != "marketing":
            return None
        return (
            self._unwanted(one, group)
            or self._elsewhere(one, group)
            or (self._too_often(one, group) if one.caps else None)
            or (self._at_night(one) if one.hours else None)
        )

    def _undeliverable(self, one: Candidate) -> Why | None:
        if not normalise_email(one.address).identifies:
            return Why("no_address", f"{one.address or 'No address'} is no address that mail can go to")
        for digest in hashes_of(one.address):
            if digest in self.dead:
                return Why("bounced", f"{one.address} takes no mail: {self.dead[digest]}")
        return None

    def _unwanted(self, one: Candidate, group: _Group | None) -> Why | None:
        own = hashes_of(one.address) | (group.hashes if group else set())
        for digest in own:
            if reason := self.suppressed.get(digest):
                return Why("suppressed", f"{one.address} gets no marketing mail ({reason.replace('_', ' ')})")
        if group is None:
            return None
        said = [self.consent[number] for number in group.ids if number in self.consent]
        when, given = max(said, default=(None, None))
        if given is False:
            return Why("opted_out", f"{one.person} took the consent back on {when:%-d %B %Y}")
        for number in group.ids:
            objected = self.objected.get(number)
            if objected is not None and not (given and when > objected):
                return Why("opted_out", f"{one.person} opted out on {objected:%-d %B %Y}")
        return None if given else self._without_consent(one)

    def _without_consent(self, one: Candidate) -> Why | None:
        programme = one.programme or getattr(one.enrolment, "programme", None)
        rule = programme.consent if programme is not None else "where_law_asks"
        country = one.person.country or one.person.account.country
        if rule == "objection_only" or (
            rule == "where_law_asks" and (country in OBJECTION_COUNTRIES or one.person.account.customer)
        ):
            return None
        where = f" and {country} asks for it" if rule == "where_law_asks" and country else ""
        return Why("no_consent", f"{one.person} has given no consent to marketing mail{where}; ask for it first")

    def _elsewhere(self, one: Candidate, group: _Group | None) -> Why | None:
        if group is not None:
            stages = {stage for number in group.ids for stage in self.stages.get(number, ())}
            if with_sales := stages & set(WITH_SALES):
                return Why("handed_off", f"{one.person} is with sales ({min(with_sales).replace('_', ' ')})")
            if "ready" in stages:
                return Why("ready", f"{one.person} meets the definition and waits for a handoff")
            if not stages:
                return Why("closed", f"{one.person} has no open cycle; record an inquiry or reopen first")
        enrolment = one.enrolment
        if enrolment is not None and enrolment.stopped_at is not None:
            return Why("stopped", f"{one.person} is out of {enrolment.programme} ({enrolment.stop_reason})")
        programme = one.programme or getattr(enrolment, "programme", None)
        if programme is not None and (programme.paused_at or not programme.active):
            reason = programme.pause_reason or ("ended" if not programme.active else "paused")
            return Why("paused", f"{programme} stands still: {reason}", self.at + timedelta(days=1))
        return None

    def _too_often(self, one: Candidate, group: _Group | None) -> Why | None:
        ids = group.ids if group else set()
        # A mail not yet written counts every waiting one; one that is written only those that went before it.
        waiting = ("held", "queued") if one.message_id is None else ()
        times = sorted(
            when for number, who, address, state, when in self.mails
            if number != one.message_id and (who in ids or address == one.address)
            and (state not in ("held", "queued") or state in waiting)
        )  # fmt: skip
        for span, most in CAPS:
            inside = [when for when in times if when > self.at - span]
            if len(inside) >= most:
                return Why(
                    "too_often",
                    f"{one.person or one.address} has had {len(inside)} in {span.days} days, and {most} is the most",
                    inside[-most] + span,
                )
        return None

    def _at_night(self, one: Candidate) -> Why | None:
        self.house = self.house or House()
        if self.house.is_open(self.at, one.person):
            return None
        zone = self.house.zone_of(one.person)
        return Why("quiet_hours", f"it is outside working hours in {zone}", self.house.next_open(self.at, one.person))

    def granted(self, one: Candidate) -> None:
        """Remember what was just allowed, for the caps of the rest of the batch."""
        self.mails.append((one.message_id, one.person.pk if one.person else None, one.address, "sending", self.at))


# -- reading ---------------------------------------------------------------------------------------------------------
def _groups(people: list[int]) -> dict[int, _Group]:
    if not people:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE up AS (
                   SELECT id AS asked, id, merged_into_id FROM leads_person WHERE id = ANY(%s)
                   UNION ALL
                   SELECT up.asked, p.id, p.merged_into_id FROM up JOIN leads_person p ON p.id = up.merged_into_id
               ), down AS (
                   SELECT asked, id AS root, id FROM up WHERE merged_into_id IS NULL
                   UNION ALL
                   SELECT d.asked, d.root, p.id FROM down d JOIN leads_person p ON p.merged_into_id = d.id
               )
               SELECT d.asked, d.root, d.id, i.value FROM down d
               LEFT JOIN leads_identity i ON i.person_id = d.id AND i.kind = 'email'""",
            [people],
        )
        found: dict[int, _Group] = {}
        for asked, root, number, address in cursor.fetchall():
            group = found.setdefault(asked, _Group(root))
            group.ids.add(number)
            if address:
                group.hashes.add(address_hash(address))
        return found


def _consents(ids: list[int]) -> dict[int, tuple[datetime, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (person_id) person_id, at, given FROM leads_consent
               WHERE person_id = ANY(%s) AND purpose = 'marketing' ORDER BY person_id, at DESC, id DESC""",
            [ids],
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def _objections(ids: list[int]) -> dict[int, datetime]:
    """When each last opted out by a fact that still counts: also one that an import brought."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT f.person_id, max(f.happened_at) FROM leads_fact f
               WHERE f.person_id = ANY(%s) AND f.kind = 'opted_out'
                 AND NOT EXISTS (SELECT 1 FROM leads_fact w WHERE w.kind = 'withdrawn' AND w.other_id = f.id)
               GROUP BY f.person_id""",
            [ids],
        )
        return dict(cursor.fetchall())


def _stages(ids: list[int]) -> dict[int, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person_id, stage FROM leads_cycle WHERE person_id = ANY(%s) AND closed_at IS NULL", [ids]
        )
        found: dict[int, list[str]] = defaultdict(list)
        for who, stage in cursor.fetchall():
            found[who].append(stage)
        return found


def candidate_of(message: Message) -> Candidate:
    """The candidate that a written mail is."""
    return Candidate(
        message.address, message.kind, message.person, message.enrolment,
        message.enrolment.programme if message.enrolment else None, message.pk,
    )  # fmt: skip
