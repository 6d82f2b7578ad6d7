"""What was found later about an inquiry: valid after all, or not valid after all, by whom and why.

The fact that told of the inquiry is withdrawn and told again, so that what was judged before stands as it was judged;
figures of a past day go by what was known then (`was_valid`).
"""

from datetime import datetime, timedelta
from types import SimpleNamespace

from django.db import connection, models, transaction

from winnow.leads.addresses import company_domain, normalise_phone
from winnow.leads.apikey import ApiKey
from winnow.leads.audit import audited
from winnow.leads.calendar import due_after
from winnow.leads.clock import now
from winnow.leads.cycle import Cycle
from winnow.leads.doubt import DoubtTouch
from winnow.leads.errors import Refusal
from winnow.leads.fact import FactRow
from winnow.leads.inquiry import Inquiry
from winnow.leads.maildomain import MailDomain
from winnow.leads.openings import NOT_VALID, open_cycles
from winnow.leads.record import record_in_bulk, recording
from winnow.leads.touch import Touch
from winnow.policy import facts
from winnow.policy.validity import JUDGED, REASONS

LATE = timedelta(days=7)
"""So long after it came in the answer of the domain name system still speaks of the inquiry."""
LONGEST_REASON = 300


class Validation(models.Model):
    """That an inquiry was found valid, or not, after it was taken in. `by` somebody here, or a program by its key;
    nobody: the answer on its mail domain."""

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="validations")
    valid = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True, default="")
    was_valid = models.BooleanField()
    was_reason = models.CharField(max_length=40, blank=True, default="")
    said = models.CharField(max_length=LONGEST_REASON)
    by = models.ForeignKey("leads.User", models.PROTECT, null=True, related_name="+", db_index=False)
    by_key = models.ForeignKey(ApiKey, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "leads_validation"
        constraints = [
            models.CheckConstraint(condition=~models.Q(valid=models.F("was_valid")), name="validation_changes"),
        ]

    def __str__(self) -> str:
        return f"inquiry {self.inquiry_id} {'valid' if self.valid else 'not valid'}"


def find_valid(inquiry: Inquiry, *, by, said: str, at: datetime | None = None) -> Validation:
    """A person, or a program by its key, says that it is valid after all: it counts from now on, with its clock and
    its cycle."""
    return _decide(inquiry, True, "", said, by, at)


def find_invalid(inquiry: Inquiry, *, by, said: str, at: datetime | None = None) -> Validation:
    """A person, or a program by its key, says that it is not valid: it counts for nothing from now on."""
    return _decide(inquiry, False, JUDGED, said, by, at)


def _decide(inquiry: Inquiry, valid: bool, reason: str, said: str, by, at) -> Validation:
    said = " ".join(said.split())
    if not said:
        raise Refusal(f"Say why {inquiry} is {'valid after all' if valid else 'not valid'}; others will ask.")
    made = _change(inquiry, valid, reason, said, by, at or now())
    if made is None:
        inquiry.refresh_from_db()
        if inquiry.voided_at:
            raise Refusal(f"{inquiry} came by an import that was taken back; it counts for nothing any more.")
        raise Refusal(f"{inquiry} is {'valid' if valid else 'not valid'} already; look again.", code="conflict")
    return made


def _change(inquiry: Inquiry, valid: bool, reason: str, said: str, by, at: datetime) -> Validation | None:
    """Change it, compare-and-set; None when there is nothing to change."""
    key = by if isinstance(by, ApiKey) else None
    who = by if key is None else None  # facts and moves name people alone
    with transaction.atomic():
        person = inquiry.person.now_is()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM leads_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                [[inquiry.account_id, person.account_id]],
            )
        was = Inquiry.objects.select_for_update(of=("self",)).select_related("definition").get(pk=inquiry.pk)
        if was.valid == valid or was.voided_at is not None:
            return None
        _tell_again(was, valid, at, who)
        new = {"valid": valid, "invalid_reason": reason}
        if valid:
            new |= _counts_now(was, person, at)
        elif was.answered_at is None:
            new["inquiry_due_at"] = None
        Inquiry.objects.filter(pk=was.pk).update(**new)
        if not valid and was.cycle_id:
            _end_cycle(was.cycle_id, at, who)
        made = Validation.objects.create(
            inquiry=was, valid=valid, reason=reason, was_valid=was.valid, was_reason=was.invalid_reason,
            said=said[:LONGEST_REASON], by=who, by_key=key, at=at,
        )  # fmt: skip
        audited(by, "find valid" if valid else "find invalid", was, said)
        DoubtTouch.objects.create(noun="person", row_id=person.pk)
        with recording(person.account, at=at, by=who):
            pass  # judged at once, and not when the loop comes round
    inquiry.refresh_from_db()
    return made


def _tell_again(was: Inquiry, valid: bool, at: datetime, by) -> None:
    """Withdraw the fact that counts now and record it as it is known from now on, for the same account."""
    told = FactRow.objects.filter(account_id=was.account_id, kind="inquiry", inquiry_id=was.pk).order_by("-id").first()
    if told is None:
        return
    record_in_bulk(
        [
            (facts.Withdrawn(account=was.account_id, person=was.person_id, fact=told.pk), at, at, None, None),
            (
                facts.Inquired(
                    account=was.account_id, person=was.person_id, channel=told.code, interest=told.value, valid=valid
                ),
                was.captured_at, at, was.pk, was.campaign_id,
            ),
        ],
        at=at, by=by,
    )  # fmt: skip


def _counts_now(was: Inquiry, person, at: datetime) -> dict:
    """The cycle that it belongs to, opened where there is none, and when it is to be answered."""
    claim = SimpleNamespace(created=False, person_id=person.pk)
    made = SimpleNamespace(
        claim=claim, invalid="", captured=was.captured_at, known=at, cycle_id=None, first=False,
        one=SimpleNamespace(disposition="", stage=""),
    )  # fmt: skip
    open_cycles([made], at, None)
    due = None
    if was.interest == "active" and not was.historic and was.definition:
        promise = was.definition.policy.promise
        due = due_after(promise, at, promise.contact_me_minutes if was.contact_me else promise.inquiry_minutes)
    return {"cycle_id": made.cycle_id, "inquiry_due_at": due}


def _end_cycle(number: int, at: datetime, by) -> None:
    """A cycle ends that nothing else opened and nobody has worked; what has come further, people decide about."""
    cycle = Cycle.objects.select_related("person").filter(pk=number, stage__in=("new", "nurturing"), lead=None).first()
    others = Inquiry.objects.filter(cycle=number, valid=True, voided_at=None).exists()
    if cycle is not None and not others and not Touch.objects.filter(cycle=cycle).exists():
        cycle.move("disqualified", by=by, at=at, reason=NOT_VALID)


# -- what the domain name system says ---------------------------------------------------------------------------------
def heed_mail_domain(row: MailDomain, at: datetime | None = None) -> int:
    """The domain takes no mail: its inquiries of late are not valid, where the definition that they came under says so
    and there is no telephone. How many were changed. What a person has said of one stays."""
    at = at or now()
    if row.takes_mail is not False:
        return 0
    suspects = (
        Inquiry.objects.filter(account__in=_accounts_at(row.domain), valid=True, voided_at=None, historic=False)
        .filter(recorded_at__gt=at - LATE, email__iendswith=f"@{row.domain}", validations=None)
        .select_related("definition", "person").order_by("id")
    )  # fmt: skip
    changed = 0
    for inquiry in suspects:
        rules = inquiry.definition.policy.inquiry if inquiry.definition else None
        welcome = rules and {row.domain, company_domain(row.domain)} & rules.domains_accepted
        if rules is None or "no_mail" not in rules.refuse or welcome:
            continue
        person = inquiry.person.now_is()
        if person.phone and normalise_phone(person.phone, person.country or None).reaches:
            continue
        changed += _change(inquiry, False, "no_mail", row.reason or REASONS["no_mail"], None, at) is not None
    return changed


def _accounts_at(domain: str) -> list[int]:
    """Accounts that have the domain, or had it when they were merged into another."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE named(id, into_id) AS (
                   SELECT id, merged_into_id FROM leads_account WHERE domain = ANY(%(them)s) AND merged_into_id IS NULL
                   UNION SELECT id, merged_into_id FROM leads_account
                   WHERE domain = ANY(%(them)s) AND merged_into_id IS NOT NULL
                   UNION SELECT a.id, a.merged_into_id FROM leads_account a JOIN named n ON a.id = n.into_id
               ), family(id) AS (
                   SELECT id FROM named
                   UNION SELECT a.id FROM leads_account a JOIN family f ON a.merged_into_id = f.id)
               SELECT id FROM family""",
            {"them": [domain, company_domain(domain) or domain]},
        )
        return [row[0] for row in cursor.fetchall()]


def why_invalid(inquiry: Inquiry) -> str:
    """Why it counts for nothing, as a sentence: what was said of it, else the rule; empty when it is valid."""
    if inquiry.valid:
        return ""
    last = max(inquiry.validations.all(), key=lambda one: one.pk, default=None)
    if last is not None:
        return last.said
    told = REASONS.get(inquiry.invalid_reason, inquiry.invalid_reason.replace("_", " "))
    if inquiry.invalid_reason == "no_mail" and (known := MailDomain.of_address(inquiry.email)) and known.reason:
        told += f" ({known.reason})"
    return told
