"""What lead development does at the bench: record an answer, log a call, nurture, disqualify, confirm, reopen."""

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.cycle import Answer, Cycle, WrongStage, words
from winnow.leads.errors import Refusal
from winnow.leads.lead import Lead, Touch
from winnow.leads.record import recording
from winnow.policy import facts
from winnow.policy.facts import ITEMS, LEVELS

SOURCES = ("rep", "meeting", "call", "mail", "chat", "form", "event")
CALL_RESULTS = ("spoke", "no_answer", "message", "wrong_number")


def answer(person, *, item: str, level: str, source: str, by, quote: str = "", said_at=None, at=None, inquiry=None):
    """Record one answer of BANTFO with its evidence. Level unknown takes back what that source said before."""
    at = at or now()
    if item not in ITEMS or item == "fit":
        items = ", ".join(i for i in ITEMS if i != "fit")
        raise Refusal(f"{item!r} can't be answered; items are {items}, fit is computed.")
    if level not in LEVELS:
        raise Refusal(f"{level!r} is no answer; it is one of {', '.join(LEVELS)}.")
    if source not in SOURCES:
        raise Refusal(f"{source!r} is no source of an answer; it is one of {', '.join(SOURCES)}.")
    if item == "authority" and person.kind == "mailbox":
        raise Refusal(f"{person} is a mailbox and can't have authority; record it for the human who said so.")
    with recording(person.account, at=at, by=by) as history:
        number = history.append(
            facts.Answered(person=person.pk, item=item, level=level, source=source), happened=said_at,
            inquiry_id=inquiry.pk if inquiry else None,
        )
        made = Answer.objects.create(
            person=person, account=history.account, item=item, level=level, source=source, quote=quote,
            said_at=said_at or at, by=by, inquiry=inquiry, fact_id=number,
        )
        _answered_now(person, at)
        audited(by, "answer", person, f"{item} {level} by {source}")
    return made


def log_call(person, *, result: str, by, minutes: int = 0, note: str = "", at=None) -> tuple[int, Touch | None]:
    """Log a call of lead development. While sales works the lead it is a touch of the cadence instead. Returns the
    number of the fact, and the touch where there is an open cycle."""
    at = at or now()
    if result not in CALL_RESULTS:
        raise Refusal(f"{result!r} is no result of a call; it is one of {', '.join(CALL_RESULTS)}.")
    with recording(person.account, at=at, by=by) as history:
        number = history.append(facts.Called(person=person.pk, result=result, minutes=max(0, min(minutes, 1440))))
        cycle = Cycle.open_for(person)
        touch = None
        if cycle is not None:
            touch = Touch.objects.create(
                cycle=cycle, person=person, rep=by, kind="call", number=Touch.next_number(cycle), done_at=at, note=note,
                result={"message": "message_left", "wrong_number": "wrong_person"}.get(result, result),
            )
        _answered_now(person, at)
        audited(by, "call", person, result)
    return number, touch


def dispose(person, *, disposition: str, by, reason: str = "", lasting: bool = False, at=None) -> int:
    """Decide about a prospect: nurture, disqualified (with a reason), qualified (where the definition asks for a
    person's word), or reopened. Returns the number of the fact."""
    at = at or now()
    if disposition not in ("nurture", "disqualified", "qualified", "reopened"):
        raise Refusal(f"{disposition!r} is no decision; it is nurture, disqualified, qualified or reopened.")
    if disposition == "disqualified" and not reason:
        raise Refusal(f"{person} can't be disqualified without a reason; say why.")
    with recording(person.account, at=at, by=by) as history:
        cycle = Cycle.open_for(person)
        if disposition == "reopened":
            if cycle is not None:
                raise WrongStage(f"{person} is open already, at {words(cycle.stage)}.")
            Cycle.begin(person, at=at, by=by, stage="nurturing")
        elif cycle is None:
            raise WrongStage(f"{person} has no open cycle; reopen first.")
        elif disposition == "nurture" and cycle.stage == "ready":
            raise WrongStage(f"{person} meets the whole definition and would be ready again at once; hand off.")
        elif disposition == "nurture" and cycle.stage == "new":
            cycle.move("nurturing", by=by, at=at)
        elif disposition == "disqualified":
            if cycle.stage in ("handed_off", "accepted", "opportunity"):
                raise WrongStage(
                    f"{person} is with sales ({words(cycle.stage)}); sales ends it there, or recall it first."
                )
            cycle.move("disqualified", by=by, at=at, reason=reason)
            let_go(cycle, at)
        number = history.append(
            facts.Disposed(person=person.pk, disposition=disposition, reason=reason[:60], lasting=lasting)
        )
        _answered_now(person, at)
        audited(by, disposition, person, reason)
    return number


def let_go(cycle: Cycle, at) -> None:
    """A lead whose primary person left it before the handoff is none any more; others may make the next."""
    lead = cycle.lead
    if lead is not None and lead.closed_at is None and lead.person_id == cycle.person_id:
        for other in lead.cycles.filter(stage="ready").exclude(pk=cycle.pk):
            other.move("nurturing", by=None, at=at, reason="the lead was let go")
        Lead.objects.filter(pk=lead.pk, closed_at=None).update(closed_at=at)


def _answered_now(person, at) -> None:
    """The first human answer to a waiting inquiry stops its clock."""
    person.inquiries.filter(answered_at=None).exclude(inquiry_due_at=None).update(answered_at=at)


def take_back(given: Answer, *, by, at=None) -> None:
    """An answer was recorded by mistake: it counts as if it had never been, and stays in the table."""
    at = at or now()
    with recording(given.person.account, at=at, by=by) as history:
        mine = Answer.objects.filter(pk=given.pk, withdrawn_at=None).exclude(fact_id=None)
        if not mine.update(withdrawn_at=at):
            raise Refusal(f"The answer on {given.item} was taken back before, or came with an inquiry.")
        history.append(facts.Withdrawn(person=given.person_id, fact=given.fact_id))
        audited(by, "take back answer", given.person, f"{given.item} {given.level} by {given.source}")
