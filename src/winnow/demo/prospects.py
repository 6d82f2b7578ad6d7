"""What prospects do: they respond, read, come back, and bring their colleagues."""

from datetime import datetime, timedelta

from winnow.demo import desk, plan
from winnow.demo.life import CONSENT, Firm, Life
from winnow.leads.calendar import due_after
from winnow.leads.record import recording
from winnow.policy import facts

MESSAGES = [
    "Please call me: our loggers fail in the cold store.",
    "Our auditor wants two years of records by May. Can you do that?",
    "How do alarms reach the night shift?",
    "We run 40 hired trailers. Does it work without our own power?",
    "What does it cost for one depot and nine lorries?",
]


def respond(life: Life, at: datetime, firm: Firm, who: int) -> None:
    """An inquiry, then what follows it: reading, colleagues, and a call by lead development."""
    chance = life.chance
    campaign = chance.choices(plan.RUNNING, [row.weight for row in plan.RUNNING])[0]
    passive = chance.random() < campaign.passive
    contact_me = not passive and chance.random() < 0.10 + 0.2 * firm.intent
    answers = {}
    if not passive and chance.random() < 0.35:
        level = desk.level(life, firm.intent + 0.15)
        answers = {"need": level, "need_words": chance.choice(desk.QUOTES["need", level])}
    known = who in firm.ids and firm.ids[who]
    life.take(
        at, firm, who,
        source=plan.SOURCES[campaign.code], channel=campaign.channel, campaign=campaign.name, contact_me=contact_me,
        interest="passive" if passive else "active", form="contact" if contact_me else "download",
        consent=None if passive or chance.random() < 0.12 else True, consent_wording=CONSENT, answers=answers,
        message=chance.choice(MESSAGES) if contact_me else "",
    )  # fmt: skip
    visits = 0 if passive else chance.choice([0, 1, 1, 2, 2]) + (firm.intent > 0.45)
    for number in range(visits):
        life.later(at + timedelta(minutes=5 + number * chance.randint(3, 5000)), visit, firm, who, campaign.content)
    promise = desk.promise()
    minutes = chance.lognormvariate(1.1, 0.7) if contact_me else chance.lognormvariate(3.4, 0.9)
    life.later(due_after(promise, at, max(1, int(minutes))), desk.work, firm, who)
    if passive:
        return
    for other in range(len(firm.people)):
        if other not in firm.ids and chance.random() < 0.22 + 0.35 * firm.intent:
            life.later(at + timedelta(days=chance.randint(1, 50), hours=chance.randint(0, 9)), respond, firm, other)
            firm.ids.setdefault(other, 0)
    if not known and chance.random() < 0.4:
        life.later(at + timedelta(days=chance.randint(20, 160), minutes=chance.randint(0, 600)), respond, firm, who)


def visit(life: Life, at: datetime, firm: Firm, who: int, pieces: tuple[str, ...]) -> None:
    """Content, the price page, the job adverts."""
    person, chance = life.person(firm, who), life.chance
    if person is None:
        return
    piece = chance.choice(pieces or ("trends",))
    if chance.random() < 0.5 * firm.intent:
        piece = chance.choice(["calculator", "comparison", "cost-sheet"])
    with recording(person.account, at=at) as history:
        history.append(facts.ContentTaken(person=person.pk, content=piece, quantity=chance.randint(1, 6)))
        if chance.random() < 0.35:
            page = "pricing" if chance.random() < 0.35 + 0.6 * firm.intent else "careers"
            history.append(facts.PageSeen(person=person.pk, page=page))
    if chance.random() < 0.15 + 0.35 * firm.intent:
        life.later(at + timedelta(days=chance.randint(1, 30), minutes=chance.randint(0, 600)), visit, firm, who, pieces)
    desk.look(life, at, person, history.has_lead)
