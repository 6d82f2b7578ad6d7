"""Merging: two records are found to be the same person or the same account, and it can be taken back completely.

A merge is a link. Facts, inquiries, messages and identities stay where they were recorded and are read through it;
the oldest record stays, and the other's number leads to it for ever. What a person reads of the kept record (its open
cycle, its leads, its blank fields) follows the link, and `Merge.before` remembers how it was.
"""

from django.db import connection, models, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf

from winnow.leads.account import Account
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.cycle import OPEN, Cycle, StageChange, words
from winnow.leads.errors import Refusal
from winnow.leads.lead import Lead
from winnow.leads.message import Enrolment
from winnow.leads.person import Person, same_person
from winnow.leads.record import mark_dirty, recording
from winnow.leads.sorting import let_go
from winnow.leads.standing import PersonStanding
from winnow.policy import facts

WITH_SALES = ("handed_off", "accepted", "opportunity")
PERSON_FIELDS = (
    "first_name", "last_name", "email", "phone", "title", "seniority", "department", "country", "language",
    "time_zone", "owner_id", "phase",
)  # fmt: skip
ACCOUNT_FIELDS = ("domain", "country", "industry", "employees", "owner_id")

PERSON_KEYS: dict[str, str] = {
    "leads_person.merged_into": "is the link",
    "leads_fact.person": "stays; read through the link",
    "leads_identity.person": "stays; resolved through the link",
    "leads_inquiry.person": "stays; read through the link",
    "leads_consent.person": "stays; consent is per address, suppression too",
    "leads_confirmation.person": "stays; whoever owns the address confirms, and the consent finds who that is now",
    "leads_answer.person": "stays; the level is a fact",
    "leads_message.person": "stays; the gate counts all records of a person",
    "leads_incomingmail.person": "stays",
    "leads_opportunity.person": "stays; reports follow the link",
    "leads_touch.person": "stays; belongs to its cycle",
    "leads_enrolment.person": "stays; ends by itself, and goes on when the merge is taken back",
    "leads_cycle.opened_as": "stays: for whom it was opened",
    "leads_cycle.person": "follows the link",
    "leads_importedfact.person": "stays",
    "leads_interview.person": "stays; what was said in it are answers",
    "leads_lead.person": "follows the link",
    "leads_sortedperson.person": "stays; a decision is taken back after the merge is",
    "leads_hold.person": "stays; it lasts minutes",
    "leads_visitor.person": "stays; read through the link",
    "leads_pageview.person": "stays; read through the link",
    "leads_personstanding.person": "derived: judged again",
    "leads_accountstanding.primary_person": "derived: judged again",
    "leads_shadowstanding.person": "derived: judged again",
}
"""What a merge makes of every key to a person. A test fails for one that isn't here."""


class Merge(models.Model):
    """One decision that `other_id` is `kept_id`. `before` holds what the kept record was before; `undone_at`: taken
    back."""

    noun = models.CharField(max_length=7, choices=[("person", "person"), ("account", "account")])
    kept_id = models.BigIntegerField()
    other_id = models.BigIntegerField()
    why = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "leads_merge"
        constraints = [
            models.UniqueConstraint("noun", "other_id", condition=models.Q(undone_at=None), name="merge_once"),
            models.CheckConstraint(condition=models.Q(kept_id__lt=models.F("other_id")), name="merge_oldest_stays"),
        ]
        indexes = [models.Index("noun", "kept_id", name="merge_kept")]

    def __str__(self) -> str:
        return f"merge {self.pk} of {self.noun} {self.other_id} into {self.kept_id}"


# -- people -----------------------------------------------------------------------------------------------------------
def merge_people(one: Person, two: Person, *, by, why: str = "", at=None) -> Merge:
    """Say that two records are one person. The older stays. Refusal says why it can't be."""
    at = at or now()
    with transaction.atomic():
        kept, other = _locked(Person, one, two)
        if kept.kind != other.kind:
            raise Refusal(
                f"{kept} and {other} can't be one: a shared mailbox is not a person. Move its inquiry instead."
            )
        before: dict = {}
        _lock_accounts(kept.account_id, other.account_id)
        if kept.account_id != other.account_id:
            before["moved"] = [kept.account_id, other.account_id]
            _into_one_account(kept, other, by, at)
        with recording(kept.account, at=at, by=by) as history:
            at = history.at
            before["closed"] = _close_weaker(kept, other, by, at)
            before["filled"] = _fill(kept, other, PERSON_FIELDS)
            history.append(facts.Merged(person=kept.pk, other=other.pk))
            before["leads"] = list(Lead.objects.filter(person=other).values_list("pk", flat=True))
            Person.objects.filter(pk=other.pk).update(merged_into=kept)
            Cycle.objects.filter(person=other).update(opened_as=Coalesce("opened_as", "person"), person=kept)
            Lead.objects.filter(person=other).update(person=kept)
            PersonStanding.objects.filter(person=other).delete()
            merge = Merge.objects.create(
                noun="person", kept_id=kept.pk, other_id=other.pk, why=why[:200], at=at, by=by, before=before
            )
            audited(by, "merge", kept, f"person {other.pk} {other}: {why}".rstrip(": "))
    return merge


def _locked(model, one, two):
    """Both as they are now, locked, the older first."""
    pair = {one.now_is().pk, two.now_is().pk}
    if len(pair) == 1:
        raise Refusal(f"{one} and {two} are one record already.")
    rows = list(model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pair).order_by("pk"))
    if any(row.merged_into_id for row in rows):
        raise Refusal(f"{one} or {two} was merged meanwhile; look again.")
    for row in rows:
        if row.voided_at is not None:
            raise Refusal(f"{row} was brought by an import that was taken back; there is nothing to merge.")
    return rows


def _lock_accounts(*numbers: int) -> None:
    list(Account.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk").values_list("pk"))


def _into_one_account(kept: Person, other: Person, by, at) -> None:
    """The account of the kept one, unless only the other's is a company."""
    solo = kept.account.kind != "company" and other.account.kind == "company"
    moving, to = (kept, other.account) if solo else (other, kept.account)
    move_person(moving, to, by=by, at=at)
    kept.refresh_from_db()


def move_person(person: Person, account: Account, *, by, at=None) -> None:
    """Somebody belongs to another account. Engagement goes along; budget, need and timing stay with the account."""
    at = at or now()
    account = account.now_is()
    with transaction.atomic():
        if person.account_id == account.pk:
            raise Refusal(f"{person} belongs to {account} already.")
        _lock_accounts(person.account_id, account.pk)
        with recording(person.account, at=at, by=by) as history:
            for cycle in Cycle.objects.filter(person=person, stage__in=OPEN, lead__closed_at=None, lead__isnull=False):
                _leave(cycle, by, history.at)
            history.append(facts.MovedAccount(person=person.pk, to=account.pk))
            Person.objects.filter(pk__in=same_person(person)).update(account=account)
            audited(by, "move", person, f"from account {history.account.pk} to {account.pk} {account}")
        with recording(account, at=at, by=by):
            pass
    person.refresh_from_db()


def _leave(cycle: Cycle, by, at) -> None:
    """Out of the lead of an account that is no longer theirs. Who is worked as that lead can't leave it."""
    lead, why = cycle.lead, "went to another account"
    worked, primary = cycle.stage in WITH_SALES, lead.person_id == cycle.person_id
    if worked and primary:
        raise Refusal(
            f"{cycle.person} is with sales as a lead of {lead.account}; sales ends it there, or recall it first."
        )
    cycle.move("recycled" if worked else "nurturing", by=by, at=at, reason=why)
    if primary:
        let_go(cycle, at)
    Cycle.objects.filter(pk=cycle.pk).update(lead=None)
    if worked:
        Cycle.begin(cycle.person, at=at, by=by, stage="nurturing", line=cycle.line)


def _close_weaker(kept: Person, other: Person, by, at) -> list[dict]:
    """At most one open cycle stays per product line: the one that came furthest, the older of two alike."""
    closed = []
    cycles = Cycle.objects.filter(person__in=(kept, other), stage__in=OPEN).select_related("lead")
    lines: dict[str, list[Cycle]] = {}
    for cycle in cycles:
        lines.setdefault(cycle.line, []).append(cycle)
    for pair in lines.values():
        if len(pair) < 2:
            continue
        pair.sort(key=lambda c: (OPEN.index(c.stage), c.lead is not None and c.lead.person_id == c.person_id, -c.pk))
        weaker, stronger = pair
        if weaker.stage in WITH_SALES:
            raise Refusal(
                f"Both are with sales: {weaker.person} is {words(weaker.stage)}, {stronger.person} "
                f"{words(stronger.stage)}. Recall one, or let sales end it, and merge then."
            )
        closed.append({
            "cycle": weaker.pk, "stage": weaker.stage, "stage_at": weaker.stage_at.isoformat(),
            "reason": weaker.reason, "lead": weaker.lead_id,
        })  # fmt: skip
        Cycle.objects.filter(pk=weaker.pk).update(
            stage="merged", stage_at=at, closed_at=at, reason="merged", lead=None
        )
        _ledger(weaker.pk, weaker.stage, "merged", at, by, "merged")
        if weaker.lead is not None and weaker.lead.person_id == weaker.person_id:
            Lead.objects.filter(pk=weaker.lead_id).update(person=stronger.person)
    return closed


def _ledger(cycle: int, before: str, after: str, at, by, reason: str) -> None:
    StageChange.objects.create(
        cycle_id=cycle, before=before, after=after, at=at, known_at=at, by=by, reason=reason
    )


def _fill(kept, other, fields: tuple[str, ...]) -> dict:
    """Blank fields of the kept record take the other's values. Returns those taken."""
    taken = {
        name: getattr(other, name) for name in fields
        if getattr(kept, name) in ("", None) and getattr(other, name) not in ("", None)
    }  # fmt: skip
    if taken:
        type(kept).objects.filter(pk=kept.pk).update(**taken)
    return taken


def unmerge(merge: Merge, *, by, at=None) -> list[str]:
    """Take a merge back: both are again what they were, with everything that came since. Returns what could not be
    as before, in words."""
    at = at or now()
    with transaction.atomic():
        # Compare-and-set: of two who take it back one does.
        if not Merge.objects.filter(pk=merge.pk, undone_at=None).update(undone_at=at, undone_by=by):
            raise Refusal(f"{merge} was taken back already.")
        merge.refresh_from_db()
        return _people_apart(merge, by, at) if merge.noun == "person" else _accounts_apart(merge, by, at)


def _people_apart(merge: Merge, by, at) -> list[str]:
    notes: list[str] = []
    pair = Person.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    kept, other = pair.filter(pk__in=(merge.kept_id, merge.other_id))
    home = kept.now_is().account
    _lock_accounts(home.pk, *merge.before.get("moved", ()))
    with recording(home, at=at, by=by) as history:
        at = history.at
        history.append(facts.Unmerged(person=kept.pk, other=other.pk))
        Person.objects.filter(pk=other.pk).update(merged_into=None)
        _empty(Person, kept.pk, merge.before["filled"])
        group = same_person(other)
        Cycle.objects.filter(opened_as__in=group).update(person=other, opened_as=NullIf("opened_as", Value(other.pk)))
        for lead in Lead.objects.filter(person=kept.now_is()):
            if lead.pk in merge.before["leads"] or not lead.cycles.filter(person=lead.person_id).exists():
                Lead.objects.filter(pk=lead.pk).update(person=other)
        for closed in merge.before["closed"]:
            notes += _open_again(closed, by, at)
        audited(by, "unmerge", kept, f"person {other.pk} {other}")
    if merge.before.get("moved"):
        _back_home(kept, other, merge, by, at)
    Enrolment.objects.filter(
        person=other, stop_reason="merged", stopped_at__gte=merge.at, cycle__stage__in=("new", "nurturing")
    ).update(stopped_at=None, stop_reason="")
    return notes


def _back_home(kept: Person, other: Person, merge: Merge, by, at) -> None:
    """Who was moved to be merged goes back, unless moved on since."""
    was_kept, was_other = merge.before["moved"]
    for person, home in ((kept, was_kept), (other, was_other)):
        person.refresh_from_db()
        if person.merged_into_id is None and person.account_id != home and person.account_id in (was_kept, was_other):
            move_person(person, Account.objects.get(pk=home), by=by, at=at)


def _open_again(closed: dict, by, at) -> list[str]:
    cycle = Cycle.objects.select_related("person").get(pk=closed["cycle"])
    if Cycle.objects.filter(person=cycle.person, line=cycle.line, stage__in=OPEN).exists():
        return [f"{cycle.person} has got another open cycle since; cycle {cycle.number} stays closed as merged."]
    lead = Lead.objects.filter(pk=closed["lead"], closed_at=None).first()
    stage = closed["stage"] if lead is not None or closed["stage"] != "ready" else "nurturing"
    Cycle.objects.filter(pk=cycle.pk, stage="merged").update(
        stage=stage, stage_at=closed["stage_at"], closed_at=None, reason=closed["reason"], lead=lead
    )
    _ledger(cycle.pk, "merged", stage, at, by, "merge taken back")
    return []


def _empty(model, number: int, filled: dict) -> None:
    """Blank again what the merge filled in, where nobody has changed it since."""
    row = model.objects.get(pk=number)
    for name, value in filled.items():
        if getattr(row, name) == value:
            blank = "" if isinstance(value, str) and not model._meta.get_field(name.removesuffix("_id")).null else None
            model.objects.filter(pk=number).update(**{name: blank})


# -- accounts ---------------------------------------------------------------------------------------------------------
def merge_accounts(one: Account, two: Account, *, by, why: str = "", at=None) -> Merge:
    """Say that two records are one firm. The older stays; its people are all there. Refusal says why it can't be."""
    at = at or now()
    with transaction.atomic():
        kept, other = _locked(Account, one, two)
        if {kept.kind, other.kind} != {"company"}:
            raise Refusal(
                f"{kept} and {other} can't be one firm: one of them stands for a single person or for nobody. "
                "Move the person instead."
            )
        open_ones = list(Lead.objects.filter(account__in=(kept, other), closed_at=None))
        if len({(lead.account_id, lead.line) for lead in open_ones}) > len({lead.line for lead in open_ones}):
            raise Refusal(f"{kept} and {other} both have an open lead; end or recall one, and merge then.")
        with recording(kept, at=at, by=by) as history:
            at = history.at
            history.append(facts.Merged(other=other.pk))
            before = {
                "people": list(Person.objects.filter(account=other).values_list("pk", flat=True)),
                "leads": list(Lead.objects.filter(account=other).values_list("pk", flat=True)),
            }
            Account.objects.filter(pk=other.pk).update(merged_into=kept)
            before["filled"] = _fill(kept, other, ACCOUNT_FIELDS)
            Person.objects.filter(account=other).update(account=kept)
            Lead.objects.filter(account=other).update(account=kept)
            merge = Merge.objects.create(
                noun="account", kept_id=kept.pk, other_id=other.pk, why=why[:200], at=at, by=by, before=before
            )
            audited(by, "merge", kept, f"account {other.pk} {other}: {why}".rstrip(": "))
    return merge


def _accounts_apart(merge: Merge, by, at) -> list[str]:
    notes: list[str] = []
    rows = Account.objects.select_for_update(no_key=True).order_by("pk")
    kept, other = rows.filter(pk__in=(merge.kept_id, merge.other_id))
    top = kept.now_is()
    back = Lead.objects.filter(pk__in=merge.before["leads"], account=top)
    with recording(top, at=at, by=by) as history:
        at = history.at
        history.append(facts.Unmerged(other=other.pk))
        _empty(Account, kept.pk, merge.before["filled"])
        Account.objects.filter(pk=other.pk).update(merged_into=None)
        Person.objects.filter(pk__in=merge.before["people"], account=top).update(account=other)
        for lead in Lead.objects.filter(account=top, closed_at=None):
            if lead.person.account_id == other.pk and lead.pk not in merge.before["leads"]:
                Lead.objects.filter(pk=lead.pk).update(account=other)
        back.update(account=other)
        audited(by, "unmerge", kept, f"account {other.pk} {other}")
    mark_dirty([other.pk])
    other.refresh_from_db()  # it is itself again
    with recording(other, at=at, by=by):
        pass
    return notes


def same_account(account: Account) -> list[int]:
    """The account's number and those of everything merged into it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE mine(id) AS (
                   SELECT %s::bigint UNION SELECT a.id FROM leads_account a JOIN mine ON a.merged_into_id = mine.id)
               SELECT id FROM mine""",
            [account.pk],
        )
        return [row[0] for row in cursor.fetchall()]
