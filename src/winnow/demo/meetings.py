"""The weekly lead reviews of the last quarter: minutes, promises kept and broken, two weeks missed, and an open one."""

from datetime import datetime, timedelta

from winnow.demo import plan, selling
from winnow.demo.life import Life
from winnow.leads.errors import Refusal
from winnow.leads.lead import Touch
from winnow.leads.meeting import Promise, Review, ReviewLine
from winnow.review import meeting

WEEKS, MISSED = 13, (5, 9)
SAID = [
    "I call after their board and ask what it decided.", "I ask who signs above €50,000.",
    "I send the cost sheet and call two days later.", "I bring quality to the next call.",
    "I get a date out of them or close it.", "I show the night-shift alarm on Thursday.",
]  # fmt: skip
NOTED = [
    "The board meets on the 10th.", "Wants to see the alarm first.", "Price is agreed, the signature is missing.",
    "Quality must say yes.", "Waits for their auditor.", "Second depot is new.",
]
GENERAL = ["Cost sheet for the Nordic partners", "A list of who may be called at the fairs", "The case in Norwegian"]


def plan_weeks(life: Life) -> None:
    """A review on each Tuesday of the last quarter but the two that nobody found time for."""
    day = life.end - timedelta(days=1)
    while day.weekday() != 1:
        day -= timedelta(days=1)
    for week in range(WEEKS):
        at = (day - timedelta(weeks=week)).replace(hour=12, minute=0, second=0, microsecond=0)
        if week not in MISSED:
            life.later(at, hold, week)


def hold(life: Life, at: datetime, week: int) -> None:
    """One review from its first line to its minutes."""
    chance, rolf = life.chance, life.user("rolf")
    review = meeting.start(rolf, at)
    _come(life, review, away=("ayse", "nils")[week % 2] if week % 3 == 0 else "")
    here = set(review.present.values_list("email", flat=True))
    now = at
    for line in review.lines.select_related("cycle__lead", "cycle__person", "rep").order_by("position"):
        style = plan.REPS[line.rep.email]
        if line.rep.email not in here or chance.random() < style.leaves * 1.4:
            continue  # not covered
        now += timedelta(seconds=chance.randint(25, 110))
        end_line(life, now, line)
    carol = life.user("carol")
    if chance.random() < 0.6:
        made = meeting.promise(
            review, by=carol, text=chance.choice(GENERAL), due_at=now + timedelta(days=5), at=now
        )
        if chance.random() < 0.7:
            life.later(now + timedelta(days=chance.randint(1, 4)), keep, made.pk)
    meeting.close(review, rolf, carry_over=True, at=now + timedelta(minutes=3))


def _come(life: Life, review: Review, away: str = "") -> None:
    for name in ("sue", "sam", "nils", "ayse", "carol"):
        if name != away:
            meeting.attend(review, life.user(name))


def keep(life: Life, at: datetime, number: int) -> None:
    """Who promised something that no lead can prove has done it."""
    made = Promise.objects.select_related("by").get(pk=number)
    meeting.keep(made, by=made.by, at=at)


def end_line(life: Life, at: datetime, line: ReviewLine) -> None:
    """End one line: a next step as a rule, the end of the lead where it has lain too long."""
    chance, rolf, lead, rep = life.chance, life.user("rolf"), line.cycle.lead, line.rep
    if line.cycle.stage == "handed_off":
        return  # the rep answers that, not the review
    planned = Touch.objects.filter(cycle=line.cycle, done_at=None, cancelled_at=None).first()
    lies = (planned is None or planned.due_at < at - timedelta(days=6)) and line.cycle.stage != "handed_off"
    drawn = chance.random() if lies else 1.0
    deal = lead.opportunities.filter(outcome="open").first()
    over = deal is not None and deal.closes_on is not None and deal.closes_on < at.date() - timedelta(days=25)
    try:
        if over and chance.random() < 0.3:
            meeting.close_line(line, "lost", by=rolf, reason="no decision", at=at, note="Nobody has heard from them.")
            return
        if drawn < 0.12:
            reason, until = chance.choice(["no_budget", "unreachable", "not_now"]), at + timedelta(days=100)
            meeting.close_line(line, "recycled", by=rolf, reason=reason, next_at=until, at=at)
            selling.come_back(life, at, lead, 101, 160)
            return
        if drawn < 0.17:
            meeting.close_line(line, "disqualified", by=rolf, reason="no_fit", at=at)
            return
        if drawn < 0.27 and rep.email == f"nils@{plan.DOMAIN}":
            sue = life.user("sue")
            meeting.close_line(line, "reassigned", by=rolf, to=sue, at=at, note="Sue knows the firm.")
            due = life.office(at + timedelta(days=1))
            Touch.plan(lead, rep=sue, at=at, due_at=due, purpose="First call by Sue")
            selling.turn_to(life, lead, due, sue)
            return
        due = planned.due_at if planned and planned.due_at > at else None
        due = due or life.office(at + timedelta(days=chance.randint(1, 5)))
        purpose = planned.purpose if planned and planned.purpose else chance.choice(selling.PURPOSES)
        note = chance.choice(NOTED) if chance.random() < 0.4 else ""
        meeting.close_line(line, "next_step", by=rolf, next_at=due, purpose=purpose, at=at, note=note)
        selling.turn_to(life, lead, due, rep)
        if chance.random() < 0.22:
            until = max(at + timedelta(hours=2), due + timedelta(hours=chance.choice([20, 20, 20, -9])))
            meeting.promise(line.review, by=rep, text=chance.choice(SAID), due_at=until, line=line, at=at)
    except Refusal:
        return  # it was settled meanwhile: the line stays for the end of the review


def open_today(life: Life, at: datetime) -> Review:
    """Today's review: the first rep is through, the second is half-way, the rest waits."""
    review = meeting.start(life.user("rolf"), at)
    _come(life, review, away="ayse")
    lines = list(review.lines.select_related("cycle__lead", "cycle__person", "rep").order_by("rep_id", "position"))
    reps = list(dict.fromkeys(line.rep.email for line in lines if plan.REPS[line.rep.email].leaves < 0.1))[:2]
    first = [line for line in lines if reps and line.rep.email == reps[0]]
    second = [line for line in lines if reps[1:] and line.rep.email == reps[1]]
    for number, line in enumerate([*first, *second[: len(second) // 2]]):
        end_line(life, at + timedelta(seconds=40 * number), line)
    return review
