"""Decisions of the sorting bench about one or many people: what they would do, doing it, and taking it back.

A decision is nurture (by itself, or into a programme), qualified (a person's word that the definition asks for) or
disqualified with a reason; a call is taken back like one. `preview` says of each person what
would happen or why they are skipped, by asking the very rules that `decide` obeys. Nothing is deleted by taking back.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime

from winnow.leads import sortings
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN, Cycle, words
from winnow.leads.errors import Refusal
from winnow.leads.message import Enrolment, Message, Programme
from winnow.leads.person import Person
from winnow.leads.sortings import SortedPerson, Sorting
from winnow.outreach import gate, programmes

MOST = 200
"""People of one decision: each is judged afresh under the lock of the account, and somebody waits for it."""
SAID = {"disqualified": "disqualified", "qualified": "confirmed", "called": "called"}
WENT = ("sending", "sent", "unknown", "failed")


@dataclass(frozen=True)
class Wish:
    """What should become of people. `programme` None: nurture by itself."""

    what: str
    reason: str = ""
    lasting: bool = False
    programme: Programme | None = None

    def said(self) -> str:
        """In few words: "to nurture, in Audit season"."""
        if self.what in SAID:
            return SAID[self.what]
        return f"to nurture, in {self.programme}" if self.programme else "to nurture"


@dataclass
class Foreseen:
    """What a decision would do: to whom, and who would be skipped, with the reason."""

    people: list[Person] = field(default_factory=list)
    skipped: list[tuple[Person, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The reasons with how many are skipped for each, the most frequent first; names are left out of them."""
        counted: dict[str, int] = {}
        for person, why in self.skipped:
            plain = why.replace(str(person), "This person")
            counted[plain] = counted.get(plain, 0) + 1
        return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass
class Done:
    """What came of it: the decision, how many it was done to, and who was skipped."""

    sorting: Sorting | None
    people: int
    skipped: list[tuple[Person, str]]


# -- before ----------------------------------------------------------------------------------------------------------
def preview(people: list[Person], wish: Wish, *, by, at: datetime | None = None) -> Foreseen:
    """What the wish would do to these people. Reading only."""
    at = at or now()
    found = Foreseen()
    cycles = {one.person_id: one for one in Cycle.objects.filter(person__in=people, stage__in=OPEN, line="")}
    held = sortings.held_by_others(by, at)
    enrolled = _enrolled(people)
    may = _may_be_written_to(people, wish, at)
    for person in people:
        if why := _why_not(person, wish, cycles.get(person.pk), held.get(person.pk), may.get(person.pk), enrolled):
            found.skipped.append((person, why))
        else:
            found.people.append(person)
    ready = sum(cycles[one.pk].stage == "ready" for one in found.people)
    if ready and wish.what == "disqualified":
        found.notes.append(f"{ready} of them {'is' if ready == 1 else 'are'} ready, and would be no lead any more.")
    return found


def _why_not(person, wish: Wish, cycle, hold, unwritable, enrolled: dict[int, Enrolment]) -> str:
    if person.merged_into_id or person.voided_at:
        return f"{person} is another record now."
    if cycle is None:
        return f"{person} has no open cycle; reopen first."
    if hold is not None:
        return f"{hold.user} is at {person} right now."
    if cycle.stage in sortings.WITH_SALES and wish.what != "qualified":
        return f"{person} is with sales ({words(cycle.stage)}); sales ends it there, or recall it first."
    if wish.what == "nurture" and cycle.stage == "ready":
        return f"{person} meets the whole definition and would be ready again at once; hand off."
    if wish.programme is not None:
        if place := enrolled.get(person.pk):
            return f"{person} is in {place.programme}; take them out of that first."
        if unwritable is not None:
            return f"{unwritable.words}."
    return ""


def _enrolled(people: list[Person]) -> dict[int, Enrolment]:
    rows = Enrolment.objects.filter(person__in=people, stopped_at=None).select_related("programme")
    return {one.person_id: one for one in rows}


def _may_be_written_to(people: list[Person], wish: Wish, at: datetime) -> dict:
    """For a programme: by person why the gate of all mail would let nothing through to them, for good."""
    if wish.programme is None:
        return {}
    asked = [
        gate.Candidate(one.email, person=one, programme=wish.programme, hours=False, caps=False) for one in people
    ]
    said = gate.may_send_many(asked, at)
    return {one.pk: why for one, why in zip(people, said, strict=True) if why is not None and why.final}


# -- doing it --------------------------------------------------------------------------------------------------------
def decide(people: list[Person], wish: Wish, *, by, at: datetime | None = None) -> Done:
    """Do it to each of them, one transaction each: who can't be, for what has happened meanwhile, is skipped with the
    reason. Refusal when there are more than MOST, when nobody is named, or when it can be done to none of one."""
    at = at or now()
    if not people:
        raise Refusal("Nobody was chosen; nothing was changed.")
    if len(people) > MOST:
        raise Refusal(f"{len(people)} are more than can be decided about at once ({MOST}); choose fewer.")
    if wish.what == "disqualified" and not wish.reason:
        raise Refusal("Nobody can be disqualified without a reason; say why.")
    foreseen = preview(people, wish, by=by, at=at)
    sorting = Sorting(
        what=wish.what, reason=wish.reason, lasting=wish.lasting, programme=wish.programme, by=by, at=at
    )
    skipped, done = list(foreseen.skipped), 0
    for person in foreseen.people:
        try:
            with transaction.atomic():
                if not done:
                    sorting.pk = None
                    sorting.save(force_insert=True)
                one = sortings.decide(sorting, person, by=by, at=at)
                if wish.programme is not None:
                    one.enrolment = programmes.enrol(person, wish.programme, by=by, at=at)
                    one.save(update_fields=["enrolment"])
            done += 1
        except Refusal as refusal:
            skipped.append((person, str(refusal)))
    if not done:
        if len(people) == 1:
            raise Refusal(skipped[0][1])
        return Done(None, 0, skipped)
    Sorting.objects.filter(pk=sorting.pk).update(people=done)
    sorting.people = done
    if len(people) > 1:
        audited(by, "sort many", sorting, f"{done} {wish.said()}, {len(skipped)} skipped")
    return Done(sorting, done, skipped)


# -- taking it back --------------------------------------------------------------------------------------------------
def undo(sorting: Sorting, *, by, at: datetime | None = None) -> list[tuple[Person, str]]:
    """Take a decision back for everybody for whom nothing has happened since. Returns for whom it stays, and why.

    Refusal when it stays for all of them; what is left can be tried again.
    """
    at = at or now()
    rows = list(sorting.sorted.filter(undone_at=None).select_related("person__account", "sorting", "cycle"))
    if not rows:
        raise Refusal(f"{sorting} was taken back before.")
    stays = []
    for one in rows:
        try:
            with transaction.atomic():
                if sorting.what in sortings.AFTER:
                    _leave_programme(one, sorting, by, at)
                sortings.take_back(one, by=by, at=at)
        except Refusal as refusal:
            stays.append((one.person, str(refusal)))
            SortedPerson.objects.filter(pk=one.pk).update(stays=str(refusal)[:300])
    if len(stays) == len(rows):
        raise Refusal(stays[0][1] if len(rows) == 1 else f"All of it stands. {stays[0][1]}")
    if not sorting.sorted.filter(undone_at=None).exists():
        Sorting.objects.filter(pk=sorting.pk, undone_at=None).update(undone_at=at, undone_by=by)
    audited(by, "undo", sorting, f"{len(rows) - len(stays)} taken back, {len(stays)} stay")
    return stays


def _leave_programme(one: SortedPerson, sorting: Sorting, by, at: datetime) -> None:
    """Out of the programme that the decision put them into, or that took them in by itself since."""
    since = Q(started_at__gte=sorting.at) | Q(pk=one.enrolment_id)
    places = Enrolment.objects.filter(since, cycle=one.cycle, stopped_at=None)
    for place in places.select_related("programme"):
        went = Message.objects.filter(enrolment=place, state__in=WENT, created_at__gte=sorting.at)
        sent = went.order_by("send_at").first()
        if sent is not None:
            raise Refusal(
                f"“{sent.subject}” went to {one.person} on {localtime(sent.send_at):%-d %B %H:%M} already; take them "
                f"out of {place.programme} instead."
            )
        programmes.stop(place, "taken back", at, by)
