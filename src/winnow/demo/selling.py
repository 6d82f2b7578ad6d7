"""What reps do with a lead, well and badly: answer, touch, offer, win, lose, and leave it lying."""

from datetime import datetime, timedelta

from winnow.demo import plan
from winnow.demo.life import Life
from winnow.leads.lead import Handoff, Lead
from winnow.leads.models import User
from winnow.leads.touch import Touch

PURPOSES = [
    "Send the cost sheet", "Ask who signs", "Show the night-shift alarm", "The recall in the trade press",
    "Walk through the depot plan", "Answer the question on hired trailers", "Bring the savings figure",
    "Ask what the board decided", "Send the 2-page audit sheet", "Name a Nordic customer to call",
]  # fmt: skip
NOTES = {
    "spoke": [
        "Talk to me after the board, not before.", "The price is fine, the alarm is what I want to see.",
        "Send me two names I can call.", "We compare three suppliers.", "My colleague from quality has to hear this.",
    ],
    "met": [
        "Showed the rota of the night shift. They liked that one alarm is one call.",
        "Four at the table, two questions: calibration and who owns the data.", "Walked the ramp with their foreman.",
    ],
    "replied": ["Thanks, this is what I needed. Next week?", "Please call after the 10th."],
    "message_left": ["Left word with the office."],
}  # fmt: skip
REJECTED = {
    "no_budget": "There is none until the new financial year.", "no_need": "Their haulier does all of it.",
    "not_now": "They are moving the warehouse first.", "wrong_person": "An intern who wrote a paper.",
    "unreachable": "Seven tries, no answer.", "no_fit": "They own no cold store.", "not_genuine": "A consultant.",
}  # fmt: skip


def answer(life: Life, at: datetime, number: int) -> None:
    """The rep accepts the lead or rejects it with a reason."""
    handoff = Handoff.objects.select_related("lead__account", "lead__person", "lead__definition", "rep").get(pk=number)
    if handoff.response or handoff.ended_at:
        return
    chance, rep, lead = life.chance, handoff.rep, handoff.lead
    style = plan.REPS[rep.email]
    if chance.random() < style.accepts * (0.58 + 0.5 * life.intent_of(lead)):
        handoff.accept(by=rep, at=at)
        plan_touch(life, lead, life.office(at + timedelta(days=chance.randint(0, 1), hours=2)), rep)
        return
    known = [one.code for one in lead.definition.policy.reasons]
    reason = chance.choices(known, [4, 2, 4, 2, 0, 1, 1][: len(known)])[0]
    handoff.reject(reason=reason, by=rep, at=at, note=REJECTED.get(reason, ""))
    come_back(life, at, lead, 70, 190)


def come_back(life: Life, at: datetime, lead: Lead, first: int, last: int) -> None:
    """Who was let go inquires again, some time."""
    from winnow.demo import prospects

    firm, who = life.home[lead.person_id]
    if life.chance.random() < 0.75:
        life.later(at + timedelta(days=life.chance.randint(first, last)), prospects.respond, firm, who)


def plan_touch(life: Life, lead: Lead, due: datetime, rep: User) -> None:
    """The next touch of the lead is due then; the rep turns to it when they do."""
    Touch.objects.filter(cycle=lead.cycle, done_at=None, cancelled_at=None).update(due_at=due)
    turn_to(life, lead, due, rep)


def turn_to(life: Life, lead: Lead, due: datetime, rep: User) -> None:
    """Let the rep come to the touch that is due then: the good ones on the hour, the others later or never."""
    chance, style = life.chance, plan.REPS[rep.email]
    life.due[lead.pk] = due
    if chance.random() < style.makes:
        life.later(due + timedelta(minutes=chance.randint(-20, 15)), touch, lead.pk, rep.pk, due)
    elif chance.random() > style.leaves:
        life.later(life.office(due + timedelta(days=chance.randint(1, 9))), touch, lead.pk, rep.pk, due)


def touch(life: Life, at: datetime, number: int, rep_id: int, due: datetime) -> None:
    """One contact of the cadence, the next one dated; then an opportunity, the end of it, or more of the same."""
    lead = Lead.objects.select_related("account", "person__account", "definition").get(pk=number)
    if lead.closed_at or life.due.get(number) != due:
        return
    cycle, chance, intent = lead.cycle, life.chance, life.intent_of(lead)
    rep = life.users_by_id[rep_id]
    if cycle.stage not in ("accepted", "opportunity"):
        return
    kind = chance.choice(["call", "call", "mail", "meeting"])
    if kind == "mail":
        result = chance.choices(["sent", "replied"], [3, 1 + 2 * intent])[0]
    elif kind == "meeting":
        result = "met" if chance.random() < 0.3 + 0.6 * intent else "no_answer"
        kind = kind if result == "met" else "call"
    else:
        result = chance.choices(["spoke", "no_answer", "message_left"], [3 + 4 * intent, 4, 1])[0]
    days = chance.randint(4, 11) if cycle.stage == "accepted" else chance.randint(9, 21)
    following = life.office(at + timedelta(days=days))
    Touch.log(
        lead.person, kind=kind, result=result, by=rep, at=at, next_at=following,
        next_purpose=chance.choice(PURPOSES), note=chance.choice(NOTES[result]) if result in NOTES else "",
    )  # fmt: skip
    made = Touch.objects.filter(cycle=cycle).exclude(done_at=None).count()
    style = plan.REPS[rep.email]
    talked = made >= 2 and result in ("spoke", "met", "replied")
    if cycle.stage == "accepted" and not style.games and talked and chance.random() < 0.12 + 0.35 * intent:
        offer(life, at, lead, rep)
    elif cycle.stage == "accepted" and made >= 8 and chance.random() > style.leaves + intent * 0.3:
        let_go(life, at, lead, rep)
        return
    turn_to(life, lead, following, rep)


def offer(life: Life, at: datetime, lead: Lead, rep: User) -> None:
    """Open an opportunity; it is decided some weeks later, unless it is left lying."""
    chance = life.chance
    amount = max(900, int(chance.lognormvariate(9.75, 0.7))) // 50 * 5000
    days = chance.randint(25, 120)
    lead.open_opportunity(
        amount_cents=amount, closes_on=(at + timedelta(days=days)).date(), product=chance.choice(life.products), by=rep,
        at=at,
    )  # fmt: skip
    if chance.random() > plan.REPS[rep.email].leaves:
        life.later(life.office(at + timedelta(days=days + chance.randint(-9, 6))), close, lead.pk, rep.pk)


def let_go(life: Life, at: datetime, lead: Lead, rep: User) -> None:
    """The whole cadence and nothing came of it: back to nurturing, or the end."""
    if life.chance.random() < 0.8:
        lead.recycle(reason="unreachable", until=at + timedelta(days=90), by=rep, at=at)
        come_back(life, at, lead, 91, 170)
    else:
        lead.disqualify(reason="no_fit", lasting=True, by=rep, at=at)


def close(life: Life, at: datetime, number: int, rep_id: int) -> None:
    """Won, lost, or not now."""
    lead, rep, chance = Lead.objects.get(pk=number), life.users_by_id[rep_id], life.chance
    if lead.closed_at or lead.stage != "opportunity":
        return
    if chance.random() < min(0.75, 0.05 + 0.5 * life.intent_of(lead) * plan.REPS[rep.email].skill):
        lead.win(by=rep, at=at)
        if chance.random() < 0.5:
            come_back(life, at, lead, 60, 200)  # a customer has the next need
    elif chance.random() < 0.3:
        lead.recycle(reason="not_now", until=at + timedelta(days=120), by=rep, at=at)
        come_back(life, at, lead, 121, 220)
    else:
        lead.lose(reason=chance.choice(["price", "competitor", "no decision"]), by=rep, at=at)


def arrange_today(life: Life) -> None:
    """Reps lay some of what is due in the next days on today; one who puts things off has it behind him."""
    for name, most, late in (("sue", 6, 0), ("sam", 6, 1), ("ayse", 4, 1), ("nils", 4, 3)):
        planned = Touch.objects.filter(rep=life.user(name), done_at=None, cancelled_at=None)
        near = planned.filter(due_at__lt=life.end + timedelta(days=8)).order_by("due_at", "pk")
        for number, one in enumerate(near[:most]):
            hours = -life.chance.randint(3, 60) if number < late else 0
            due = life.office(life.end) if number >= late else life.end + timedelta(hours=hours)
            if number >= late and due < life.end and name != "nils":
                due = life.end + timedelta(minutes=life.chance.randint(5, 170))
            Touch.objects.filter(pk=one.pk).update(due_at=due)


# -- one who plays for the quota ---------------------------------------------------------------------------------------
def month_end(life: Life, at: datetime) -> None:
    """On the last working day of the month, whatever Ayşe has accepted becomes an opportunity, in one go."""
    ayse = life.user("ayse")
    held = Handoff.objects.filter(rep=ayse, ended_at=None, response="accepted").order_by("pk")
    for number, handoff in enumerate(held.select_related("lead__account", "lead__person")[:9]):
        lead = handoff.lead
        if lead.stage == "accepted" and handoff.responded_at < at - timedelta(days=3):
            offer(life, at + timedelta(seconds=4 * number), lead, ayse)
