"""The weekly lead review: an agenda that builds itself, lines that are closed by doing what was decided, and minutes.

One review is open at a time. Closing a line calls the verb of the lead; the review adds nothing to what sales may do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import IntegrityError, connection, transaction

from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.cycle import WrongStage
from winnow.leads.errors import Refusal
from winnow.leads.lead import Touch
from winnow.leads.meeting import Promise, Review, ReviewLine
from winnow.leads.reassigning import reassign

SQL = Path(__file__).parent / "sql"
STALE_DAYS = 14
RECENT_DAYS = 35  # a promise that was broken longer ago is no matter of this week
WEEK = timedelta(days=7)
IN_HAND = ("handed_off", "accepted", "opportunity")
NO_VERB = ("not_covered", "ended")


class ReviewOpen(Refusal):
    """There is a review already that is not closed."""

    code = "review_open"


class LinesOpen(Refusal):
    """A review can't be closed while lines are; `lines` are those."""

    code = "lines_open"

    def __init__(self, text: str, lines: list[ReviewLine]):
        super().__init__(text)
        self.lines = lines


@dataclass(frozen=True)
class Item:
    """One lead on the agenda to come: whose it is, how urgent (smaller first) and why."""

    cycle_id: int
    rep_id: int
    rank: tuple
    urgency: str


# -- the agenda ------------------------------------------------------------------------------------------------------
def agenda(at: datetime | None = None) -> list[Item]:
    """Every lead that sales has in hand: by rep, what was not covered last week first, then the most urgent."""
    at = at or now()
    with connection.cursor() as cursor:
        cursor.execute((SQL / "agenda.sql").read_text(), {"since": at - timedelta(days=RECENT_DAYS)})
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    items = []
    for row in rows:
        rank, age, urgency = _urgency(row, at)
        if row["not_covered"]:
            urgency = f"not covered last week; {urgency}"
        order = (not row["not_covered"], rank, -age, row["cycle_id"])
        items.append(Item(row["cycle_id"], row["rep_id"], order, urgency))
    return sorted(items, key=lambda item: (item.rep_id, item.rank))


def _urgency(row: dict, at: datetime) -> tuple[int, float, str]:
    """Rank, age in seconds and words of the most urgent sign."""
    due, touch, closes = row["response_due_at"], row["touch_due_at"], row["closes_on"]
    seen = max(filter(None, (row["last_at"], row["responded_at"], row["given_at"])))

    def since(moment: datetime) -> float:
        return (at - moment).total_seconds()

    if not row["response"] and due <= at:
        return 1, since(due), f"answer {_span(since(due))} late"
    if row["broken_at"] and row["broken_at"] <= at and (row["last_at"] is None or row["last_at"] < row["broken_at"]):
        return 2, since(row["broken_at"]), "promise not kept"
    if row["response"] and touch is None:
        return 3, since(seen), f"no next step, {_span(since(seen))}"
    if closes is not None and closes < at.date():
        late = (at.date() - closes).days * 86400.0
        return 4, late, f"should have closed {_span(late)} ago"
    if touch is not None and touch <= at:
        return 5, since(touch), f"touch {_span(since(touch))} late"
    if since(seen) > STALE_DAYS * 86400:
        return 6, since(seen), f"nothing for {_span(since(seen))}"
    if not row["response"]:
        return 7, since(row["given_at"]), "answer due"
    if touch is not None and touch <= at + timedelta(days=1):
        return 8, -(touch - at).total_seconds(), "touch due today"
    return 9, 0.0, "on track"


def _span(seconds: float) -> str:
    for length, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // length)
        if count:
            return f"{count} {word}{'s' if count > 1 else ''}"
    return "a moment"


# -- the meeting -----------------------------------------------------------------------------------------------------
def current() -> Review | None:
    """The review that is open."""
    return Review.objects.filter(closed_at=None).select_related("led_by").first()


def start(by, at: datetime | None = None) -> Review:
    """Open the review and lay its agenda. ReviewOpen when one is open already."""
    at = at or now()
    settle_promises(at=at)
    try:
        with transaction.atomic():
            review = Review.objects.create(started_at=at, led_by=by)
            review.present.add(by)
            ReviewLine.objects.bulk_create(
                ReviewLine(review=review, cycle_id=item.cycle_id, rep_id=item.rep_id, position=n, urgency=item.urgency)
                for n, item in enumerate(agenda(at), 1)
            )
            audited(by, "start review", review, f"{review.lines.count()} lines")
    except IntegrityError:
        running = current()
        if running is None:
            raise
        text = f"The {running} is open since {running.started_at:%H:%M}, led by {running.led_by}; close it first."
        raise ReviewOpen(text) from None
    return review


def attend(review: Review, user, *, there: bool = True) -> None:
    """Somebody is here, or is not."""
    _still_open(review)
    if there:
        review.present.add(user)
    else:
        review.present.remove(user)


def _still_open(review: Review) -> None:
    review.refresh_from_db()
    if review.closed_at is not None:
        raise WrongStage(f"The {review} was closed on {review.closed_at:%-d %B %Y}; its minutes stay as they are.")


def close_line(
    line: ReviewLine, outcome: str, *, by, note: str = "", next_at: datetime | None = None, at: datetime | None = None,
    kind: str = "call", purpose: str = "", amount_cents: int | None = None, currency: str = "EUR", closes_on=None,
    to=None, reason: str = "", lasting: bool = False,
) -> None:  # fmt: skip
    """Close one line by doing what was decided: the verb of the lead and the line in the minutes, or neither.

    `next_step` needs `next_at`, `reassigned` needs `to`, `recycled`, `disqualified` and `lost` a `reason`. For
    `recycled` `next_at` is the wake-up (else the definition says how long). Refusal says what is missing.
    """
    at = at or now()
    if outcome not in ReviewLine.OUTCOMES or outcome == "ended":
        allowed = ", ".join(one for one in ReviewLine.OUTCOMES if one != "ended")
        raise Refusal(f"{outcome or 'Nothing'!r} is no end of a line; it is one of {allowed}.")
    with transaction.atomic():
        _still_open(line.review)
        mine = ReviewLine.objects.select_for_update(of=("self",)).select_related("cycle__lead", "cycle__person")
        held = mine.get(pk=line.pk)
        if held.outcome:
            raise WrongStage(
                f"{held.cycle.person} was closed as {held.outcome.replace('_', ' ')} by {held.closed_by or 'Winnow'} "
                f"at {held.closed_at:%H:%M}; look again."
            )
        if held.cycle.stage not in IN_HAND and outcome not in NO_VERB:
            outcome, note = "ended", _ended(held.cycle, note)
        else:
            next_at = _act(
                held, outcome, by=by, at=at, next_at=next_at, kind=kind, purpose=purpose, amount_cents=amount_cents,
                currency=currency, closes_on=closes_on, to=to, reason=reason, lasting=lasting, note=note,
            )  # fmt: skip
        ReviewLine.objects.filter(pk=line.pk).update(
            outcome=outcome, note=note, next_at=next_at, closed_at=at, closed_by=by
        )
        audited(by, "close line", held, f"{held.cycle.person_id} {outcome}")
    line.refresh_from_db()


def _ended(cycle, note: str) -> str:
    return f"{note} (it was {cycle.stage} before its turn came)".strip()


def _act(line: ReviewLine, outcome: str, *, by, at, next_at, **more) -> datetime | None:
    """Call the verb. Returns the date that goes into the minutes."""
    lead = line.cycle.lead
    handoff = lead.open_handoff
    if outcome == "not_covered":
        return None
    if outcome == "reassigned":
        if more["to"] is None:
            raise Refusal(f"Who takes {lead.person}? Choose a rep.")
        reassign(lead, to=more["to"], by=by, at=at, note=more["note"])
        return next_at
    if outcome in ("recycled", "disqualified"):
        return _let_go(lead, handoff, outcome, by=by, at=at, until=next_at, **more)
    if outcome in ("won", "lost"):
        if outcome == "won":
            lead.win(by=by, amount_cents=more["amount_cents"], at=at)
        else:
            lead.lose(by=by, reason=more["reason"], at=at)
        return None
    if handoff is not None and not handoff.response:
        handoff.accept(by=by, at=at)  # deciding what comes next is the answer
    if outcome == "opportunity":
        lead.open_opportunity(
            amount_cents=more["amount_cents"], currency=more["currency"], closes_on=more["closes_on"], by=by, at=at
        )
    if next_at is None:
        if outcome == "next_step":
            raise Refusal(f"When is {lead.person} contacted next? A step without a date is none.")
        return None
    if next_at <= at:
        raise Refusal(f"The next step on {next_at:%-d %B %Y %H:%M} lies in the past; choose a later moment.")
    Touch.plan(lead, rep=line.rep, at=at, due_at=next_at, kind=more["kind"], purpose=more["purpose"])
    return next_at


def _let_go(lead, handoff, outcome: str, *, by, at, until, reason: str, lasting: bool, note: str, **_):
    """Recycle or disqualify with a reason of the definition; an unanswered handoff is rejected with it."""
    policy = lead.definition.policy
    fitting = [one for one in policy.reasons if one.then == outcome]
    if reason not in {one.code for one in fitting}:
        choices = ", ".join(one.code for one in fitting) or "none"
        raise Refusal(f"{reason or 'No reason'} is no reason of {lead.definition} for that; it has: {choices}.")
    known = policy.reason(reason)
    if handoff is not None and not handoff.response:
        handoff.reject(reason=reason, by=by, note=note, until=until, at=at)
    elif outcome == "disqualified":
        lead.disqualify(reason=reason, lasting=lasting or known.lasting, by=by, at=at)
    else:
        until = until or at + timedelta(days=max(known.wait_days, 1))
        lead.recycle(reason=reason, clause=known.clause, until=until, by=by, at=at)
    return until if outcome == "recycled" else None


def settle_ended(review: Review, at: datetime | None = None) -> int:
    """Lines whose lead was closed elsewhere since the review began end with it. Returns how many."""
    at = at or now()
    open_lines = review.lines.filter(outcome="").exclude(cycle__stage__in=IN_HAND).select_related("cycle")
    done = 0
    for line in open_lines:
        done += ReviewLine.objects.filter(pk=line.pk, outcome="").update(
            outcome="ended", note=_ended(line.cycle, ""), closed_at=at
        )
    return done


def close(review: Review, by, *, carry_over: bool = False, at: datetime | None = None) -> None:
    """Close the review; from now on its minutes can't be changed. LinesOpen while lines are open, unless `carry_over`
    marks these as not covered: they come first next week."""
    at = at or now()
    with transaction.atomic():
        held = Review.objects.select_for_update().get(pk=review.pk)
        _still_open(held)
        settle_ended(held, at)
        left = list(held.lines.filter(outcome="").select_related("cycle__person"))
        if left and not carry_over:
            names = ", ".join(str(line.cycle.person) for line in left[:4]) + (" and others" if len(left) > 4 else "")
            raise LinesOpen(
                f"{len(left)} of {held.lines.count()} lines are open: {names}. "
                "Close each with an end, or mark what is left as not covered; it comes first next week.", left,
            )  # fmt: skip
        held.lines.filter(outcome="").update(outcome="not_covered", closed_at=at, closed_by=by)
        if not Review.objects.filter(pk=held.pk, closed_at=None).update(closed_at=at):
            raise WrongStage(f"The {held} was closed by somebody else meanwhile.")
        audited(by, "close review", held, f"{len(left)} of {held.lines.count()} lines not covered")
    review.refresh_from_db()


# -- promises --------------------------------------------------------------------------------------------------------
def promise(review: Review, *, by, text: str, due_at: datetime, line: ReviewLine | None = None, at=None) -> Promise:
    """Somebody promises something, until a moment, about a lead or in general."""
    at = at or now()
    text = " ".join(text.split())
    if not text:
        raise Refusal("What is promised? Write it in one sentence.")
    if due_at <= at:
        raise Refusal(f"{due_at:%-d %B %Y %H:%M} lies in the past; choose a later day.")
    with transaction.atomic():
        _still_open(review)
        made = Promise.objects.create(
            review=review, cycle_id=line.cycle_id if line else None, by=by, text=text[:300], made_at=at, due_at=due_at
        )
        audited(by, "promise", made, text)
    return made


def keep(given: Promise, *, by, at: datetime | None = None) -> None:
    """Who promised something that no lead can prove says that it is done, while there is time."""
    at = at or now()
    if given.cycle_id is not None:
        raise Refusal("A promise about a lead is kept by what is done about it; log the touch or move it on.")
    if by.pk != given.by_id:
        raise Refusal(f"{given.by} promised that and says whether it is done.")
    with transaction.atomic():
        mine = Promise.objects.filter(pk=given.pk, kept_at=None, broken_at=None, due_at__gte=at)
        if not mine.update(kept_at=at):
            given.refresh_from_db()
            said = "is marked as kept" if given.kept_at else f"was due on {given.due_at:%-d %B %Y}"
            raise WrongStage(f"“{given}” {said} already.")
        audited(by, "keep promise", given)


def settle_promises(limit: int = 500, at: datetime | None = None) -> int:
    """Say of promises whether they were kept, once that is clear. Returns how many were settled; for the due loop."""
    with connection.cursor() as cursor:
        cursor.execute((SQL / "settle_promises.sql").read_text(), {"at": at or now(), "limit": limit})
        return cursor.rowcount


# -- looking back ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Kept:
    """How many promises of one review were kept, of how many whose day has come or who were kept before it."""

    review: Review
    kept: int
    due: int


def kept_in(review: Review | None) -> Kept | None:
    """Kept of due for one review; None without one."""
    if review is None:
        return None
    given = list(review.promises.values_list("kept_at", "broken_at"))
    return Kept(review, sum(kept is not None for kept, _ in given), sum(bool(kept or broken) for kept, broken in given))


def before(review: Review | None, at: datetime | None = None) -> Review | None:
    """The review before this one, or before now when none is open."""
    moment = review.started_at if review else (at or now())
    return Review.objects.filter(started_at__lt=moment).exclude(closed_at=None).order_by("-started_at").first()
