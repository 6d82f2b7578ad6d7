"""Decisions and calls of the sorting bench that can be taken back, and who is at whom right now.

A `Sorting` is one decision about one or many people; a `SortedPerson` remembers how one of them stood before. Taking
back is a decision like any other: it is recorded, nothing is deleted, and it is refused where things have moved on.
"""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from winnow.leads.account import Account
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN, Answer, Cycle, StageChange, WrongStage, words
from winnow.leads.errors import Refusal
from winnow.leads.inquiry import Inquiry
from winnow.leads.record import recording
from winnow.leads.sorting import answer, dispose, log_call
from winnow.leads.sorting import take_back as take_back_answer
from winnow.leads.touch import Touch
from winnow.policy import facts

HELD_FOR = timedelta(minutes=10)
AFTER = {"nurture": "nurturing", "disqualified": "disqualified"}
WHATS = (*AFTER, "qualified", "called")
WITH_SALES = ("handed_off", "accepted", "opportunity")


class Sorting(models.Model):
    """One decision at the bench: `what` became of how many people, why, by whom, and whether it was taken back. Of a
    call the reason is how it went."""

    what = models.CharField(max_length=14, choices=[(w, w) for w in WHATS])
    reason = models.CharField(max_length=60, blank=True, default="")
    lasting = models.BooleanField(default=False)
    programme = models.ForeignKey("leads.Programme", models.PROTECT, null=True, related_name="+", db_index=False)
    people = models.PositiveIntegerField(default=0)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        db_table = "leads_sorting"
        indexes = [models.Index(fields=["by", "-at"], name="sorting_by")]

    def __str__(self) -> str:
        return f"decision {self.pk}"


class SortedPerson(models.Model):
    """How one person stood before a decision and after it. `change` is the move of the cycle that it made, `fact` what
    was recorded, `answered` the inquiries whose clock it stopped; `stays`: why it could not be taken back. Of a call:
    its touch, and the answers that were `learned` in it; who had no open cycle has none here."""

    sorting = models.ForeignKey(Sorting, models.PROTECT, related_name="sorted")
    person = models.ForeignKey("leads.Person", models.PROTECT, related_name="+")
    cycle = models.ForeignKey(Cycle, models.PROTECT, null=True, related_name="+", db_index=False)
    before = models.CharField(max_length=14)
    after = models.CharField(max_length=14)
    change_id = models.BigIntegerField(null=True)
    fact_id = models.BigIntegerField()
    enrolment = models.ForeignKey("leads.Enrolment", models.PROTECT, null=True, related_name="+", db_index=False)
    answered = ArrayField(models.BigIntegerField(), default=list)
    touch = models.ForeignKey("leads.Touch", models.PROTECT, null=True, related_name="+", db_index=False)
    learned = ArrayField(models.BigIntegerField(), default=list)
    undone_at = models.DateTimeField(null=True)
    stays = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "leads_sortedperson"
        constraints = [models.UniqueConstraint(fields=["sorting", "person"], name="sortedperson_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.sorting}"


class Hold(models.Model):
    """Who of the sorters is at whom. One person is in one pair of hands, and a pair of hands has one person."""

    person = models.OneToOneField("leads.Person", models.PROTECT, primary_key=True, related_name="+")
    user = models.OneToOneField("leads.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "leads_hold"

    def __str__(self) -> str:
        return f"{self.person} with {self.user}"


# -- who is at whom --------------------------------------------------------------------------------------------------
def take_hold(person: int, user, at: datetime) -> bool:
    """Sit down at a person for a while, and let go of whom this user was at. False when somebody else is there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM leads_hold WHERE user_id = %(user)s AND person_id <> %(person)s",
            {"user": user.pk, "person": person},
        )
        cursor.execute(
            """INSERT INTO leads_hold (person_id, user_id, since, until)
               VALUES (%(person)s, %(user)s, %(at)s, %(until)s)
               ON CONFLICT (person_id) DO UPDATE SET user_id = excluded.user_id, until = excluded.until,
                 since = CASE WHEN leads_hold.user_id = excluded.user_id THEN leads_hold.since ELSE excluded.since END
               WHERE leads_hold.user_id = excluded.user_id OR leads_hold.until <= %(at)s
               RETURNING 1""",
            {"person": person, "user": user.pk, "at": at, "until": at + HELD_FOR},
        )
        return cursor.fetchone() is not None


def held_by_others(user, at: datetime) -> dict[int, Hold]:
    """The people whom other sorters are at, with who that is. At most one each."""
    rows = Hold.objects.filter(until__gt=at).exclude(user=user).select_related("user")
    return {one.person_id: one for one in rows[:500]}


def free_for(person, user, at: datetime) -> None:
    """Refusal when another sorter is at that person."""
    hold = Hold.objects.filter(person=person, until__gt=at).exclude(user=user).select_related("user").first()
    if hold is not None:
        raise Refusal(
            f"{hold.user} is at {person} since {hold.since:%H:%M} UTC; decide when they are done, at the latest in "
            f"{max(1, -(-(hold.until - at).seconds // 60))} minutes.",
            code="held",
        )


# -- deciding, and taking it back ------------------------------------------------------------------------------------
def decide(sorting: Sorting, person, *, by, at: datetime, enrolment=None) -> SortedPerson:
    """Nurture, confirm or disqualify one person as part of a decision. Refusal says why it can't be."""
    person = person.now_is()
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=person.account_id)  # nobody moves the person meanwhile
        cycle = Cycle.open_for(person)
        before = cycle.stage if cycle is not None else ""
        answered = _waiting(person)
        fact = dispose(
            person, disposition=sorting.what, by=by, reason=sorting.reason, lasting=sorting.lasting, at=at
        )
        after = AFTER.get(sorting.what, before)
        made = StageChange.objects.filter(cycle=cycle, before=before, after=after, by=by).order_by("-pk").first()
        return SortedPerson.objects.create(
            sorting=sorting, person=person, cycle=cycle, before=before, after=after,
            change_id=made.pk if made is not None and before != after else None, fact_id=fact, enrolment=enrolment,
            answered=answered,
        )


def call(
    person, *, result: str, by, minutes: int = 0, note: str = "", learned=(), at: datetime | None = None
) -> Sorting:
    """Log a call as a decision that can be taken back. `learned`: (item, level, quote) of each answer heard in it."""
    at = at or now()
    with transaction.atomic():
        person = person.now_is()
        cycle, answered = Cycle.open_for(person), _waiting(person)
        fact, touch = log_call(person, result=result, minutes=minutes, note=note, by=by, at=at)
        heard = [
            answer(person, item=item, level=level, source="call", quote=quote, by=by, at=at).pk
            for item, level, quote in learned
        ]
        sorting = Sorting.objects.create(what="called", reason=result, people=1, by=by, at=at)
        stage = cycle.stage if cycle is not None else ""
        SortedPerson.objects.create(
            sorting=sorting, person=person, cycle=cycle, before=stage, after=stage, fact_id=fact, touch=touch,
            learned=heard, answered=answered,
        )
    return sorting


def _waiting(person) -> list[int]:
    """The inquiries whose clock a human answer stops."""
    waiting = Inquiry.objects.filter(person=person, answered_at=None, inquiry_due_at__isnull=False)
    return list(waiting.values_list("pk", flat=True))


def take_back(one: SortedPerson, *, by, at: datetime) -> None:
    """Somebody stands as before the decision. Refusal says what has happened since and why it stays."""
    person = one.person.now_is()
    for given in Answer.objects.filter(pk__in=one.learned, withdrawn_at=None):
        take_back_answer(given, by=by, at=at)
    with recording(person.account, at=at, by=by) as history:
        if person.pk != one.person_id:
            raise WrongStage(f"{one.person} was merged into another record since; take the merge apart first.")
        if not SortedPerson.objects.filter(pk=one.pk, undone_at=None).update(undone_at=at, stays=""):
            raise WrongStage(f"The decision on {person} was taken back before.")
        if one.sorting.what in AFTER:
            _stand_as_before(one, person, by=by, at=at)
        elif one.sorting.what == "qualified":
            stage = Cycle.objects.get(pk=one.cycle_id).stage
            if stage not in OPEN or stage in WITH_SALES:
                raise WrongStage(f"{person} has become {words(stage)} since; that stands.")
        history.append(facts.Withdrawn(person=person.pk, fact=one.fact_id))
        if one.touch_id:  # as if it had been planned and dropped: it counts among none that took place
            Touch.objects.filter(pk=one.touch_id).update(done_at=None, cancelled_at=at)
        Inquiry.objects.filter(pk__in=one.answered).update(answered_at=None)
        audited(by, f"take back {one.sorting.what}", person, f"decision {one.sorting_id}")


def _stand_as_before(one: SortedPerson, person, *, by, at: datetime) -> None:
    cycle = Cycle.objects.get(pk=one.cycle_id)
    newest = StageChange.objects.filter(cycle=cycle).order_by("-pk").first()
    if cycle.stage != one.after or (one.change_id is not None and newest.pk != one.change_id):
        raise WrongStage(f"{person} has become {words(cycle.stage)} since; that stands.")
    if one.after not in OPEN and (other := Cycle.open_for(person)) is not None:
        raise WrongStage(f"{person} is in cycle {other.number} since {other.opened_at:%-d %B %Y}; that one goes on.")
    if one.after != one.before:
        _back(cycle, one, by=by, at=at)


def _back(cycle: Cycle, one: SortedPerson, *, by, at: datetime) -> None:
    """The one way back out of a closed stage: the decision that closed it was a mistake. The ledger shows both moves.

    Who had been ready goes to nurturing, and is ready again in the same breath if the definition is still met.
    """
    stage = "nurturing" if one.before == "ready" else one.before
    if cycle.stage == stage:
        return
    earlier = StageChange.objects.filter(cycle=cycle, pk__lt=one.change_id or 0).order_by("-pk").first()
    since = earlier.at if earlier is not None and earlier.after == stage else at  # they have waited all the time
    if not Cycle.objects.filter(pk=cycle.pk, stage=cycle.stage).update(
        stage=stage, stage_at=since, closed_at=None, reason="", lead=None
    ):
        raise WrongStage(f"{cycle.person} was moved by somebody else just now; look again.")
    StageChange.objects.create(
        cycle=cycle, before=cycle.stage, after=stage, at=at, known_at=at, by=by, reason="taken back"
    )
