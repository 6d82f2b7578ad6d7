"""What marketing and lead development do: call, ask, nurture, disqualify, and give leads to sales."""

from datetime import datetime, timedelta

from winnow.demo import plan, selling
from winnow.demo.life import Firm, Life
from winnow.leads import sorting
from winnow.leads.audit import audited
from winnow.leads.calendar import due_after
from winnow.leads.cycle import Answer, Cycle, WrongStage
from winnow.leads.definition import Definition
from winnow.leads.lead import AlreadyHandedOff, Lead, NotReady
from winnow.leads.models import Person, User
from winnow.leads.record import recording
from winnow.leads.standing import PersonStanding
from winnow.leads.touch import Touch
from winnow.policy import facts

QUOTES = {
    ("need", "yes"): [
        "Two deliveries came back in January.", "The auditor gave us until May.",
        "We lost a lorry of smoked salmon over Easter.", "Our biggest customer wants a record for each pallet.",
    ],
    ("need", "partly"): ["We write temperatures by hand, and it works.", "The old loggers do, most of the time."],
    ("need", "no"): ["We want to learn, nothing more.", "Our haulier does all of that."],
    ("budget", "yes"): ["There is a line for it this year.", "I can sign up to ten thousand."],
    ("budget", "partly"): ["It has to go through the board.", "If it pays within two years, we find the money."],
    ("budget", "no"): ["Nothing before the next financial year.", "We have just bought a cold store."],
    ("authority", "yes"): ["That is my decision.", "I sign, and my brother countersigns."],
    ("authority", "partly"): ["I prepare the paper, our COO signs it.", "Purchasing will want a word."],
    ("authority", "no"): ["I only collect offers.", "Headquarters decides such things."],
    ("timing", "yes"): ["Before the summer.", "As soon as the old contract ends in autumn."],
    ("timing", "partly"): ["Some time next year.", "After the stocktaking."],
    ("timing", "no"): ["Not this year.", "Ask me again in two years."],
}  # fmt: skip
ASKS = [
    "Two pallets of salmon came back this week. Can you call me before noon?",
    "We have the money now. What would four depots cost?", "Our retailer wants records from January on. Please call.",
    "Your savings calculator says eleven months. I would like to hear that from a person.",
]
ASKED = ("need", "budget", "authority", "timing")


def promise():
    """What both sides owe in time under the definition in force."""
    return Definition.in_force().policy.promise


def level(life: Life, intent: float) -> str:
    """An answer: the more somebody wants it, the more often yes."""
    return life.chance.choices(["no", "partly", "yes"], [1.0 - min(intent, 1), 0.45, 0.1 + 1.6 * intent])[0]


def work(life: Life, at: datetime, firm: Firm, who: int) -> None:
    """Lead development looks at somebody: call, nurture or disqualify."""
    person, chance, dana = life.person(firm, who), life.chance, life.user("dana")
    cycle = person and Cycle.open_for(person)
    if cycle is None or cycle.stage not in ("new", "nurturing"):
        if person and person.inquiries.filter(answered_at=None).exclude(inquiry_due_at=None).exists():
            sorting.log_call(person, result="spoke", minutes=3, by=dana, at=at)  # who is with sales is called back too
        return
    if at > life.end - timedelta(days=9) and chance.random() < 0.8:
        return  # Dana was at a fair: some still wait
    if firm.intent < 0.1 and chance.random() < 0.6:
        lasting = firm.employees < 15
        reason = "no_fit" if lasting else "no_need"
        sorting.dispose(person, disposition="disqualified", reason=reason, lasting=lasting, by=dana, at=at)
        return
    firm.calls += 1
    spoke = chance.random() < 0.5 + 0.25 * firm.intent
    answers = [(item, level(life, firm.intent)) for item in ASKED if chance.random() < 0.86] if spoke else []
    has_lead = call(life, at, person, cycle, dana, spoke, answers)
    if not spoke and firm.calls < 4:
        life.later(life.office(at + timedelta(days=chance.randint(1, 4))), work, firm, who)
    elif spoke and firm.intent > 0.35:
        life.later(life.office(at + timedelta(days=chance.randint(25, 80))), work, firm, who)
    look(life, at, person, has_lead)


def call(life: Life, at: datetime, person: Person, cycle: Cycle, by: User, spoke: bool, answers: list) -> bool:
    """One call with all that was answered in it, and the decision after it: one recording instead of six. Whether the
    account has a lead then."""
    minutes = life.chance.randint(3, 19) if spoke else 0
    with recording(person.account, at=at, by=by) as history:
        result = "spoke" if spoke else "no_answer"
        history.append(facts.Called(person=person.pk, result=result, minutes=minutes))
        number = Touch.objects.filter(cycle=cycle).count() + 1
        Touch.objects.create(
            cycle=cycle, person=person, rep=by, kind="call", number=number, done_at=at, result=result
        )
        made = []
        for item, said in answers:
            fact = history.append(facts.Answered(person=person.pk, item=item, level=said, source="call"))
            made.append(Answer(
                person=person, account=history.account, item=item, level=said, source="call", said_at=at, by=by,
                fact_id=fact, quote=life.chance.choice(QUOTES[item, said]),
            ))  # fmt: skip
        Answer.objects.bulk_create(made)
        person.inquiries.filter(answered_at=None).exclude(inquiry_due_at=None).update(answered_at=at)
        verdict = history.verdict_on(person.pk)
        if cycle.stage == "new" and not (verdict and verdict.ready):
            cycle.move("nurturing", by=by, at=at)
            history.append(facts.Disposed(person=person.pk, disposition="nurture"))
        audited(by, "call", person, result)
    return history.has_lead


def morning(life: Life, at: datetime) -> None:
    """The last morning: people who asked for a call get one, some of them turn out to be leads, and most are given."""
    waiting = PersonStanding.objects.filter(
        grade__in="AB", person__seniority__in=("executive", "director", "manager", "senior"), person__kind="human",
        person__cycles__stage="nurturing", person__cycles__opened_at__lt=at - timedelta(days=6),
        person__pk__in=list(life.home),
    ).exclude(account__leads__closed_at=None, account__leads__isnull=False)  # fmt: skip
    alone = [one for one in waiting.order_by("order_key") if len(life.home[one.person_id][0].people) < 3]
    chosen = {one.account_id: one.person_id for one in alone}
    for number, person in enumerate(list(chosen.values())[-10:]):
        firm, who = life.home[person]
        asks = at + timedelta(minutes=2 + 7 * number)
        life.later(asks, ask_for_a_call, firm, who)
        life.later(asks + timedelta(minutes=6), tell_all, firm, who, plan.MORNING[number])


def ask_for_a_call(life: Life, at: datetime, firm: Firm, who: int) -> None:
    """Somebody who was mailed for months wants to talk."""
    life.take(
        at, firm, who, source="search", channel="search", campaign="Search, brand and problem", contact_me=True,
        form="contact", message=life.chance.choice(ASKS),
    )  # fmt: skip
    person = life.person(firm, who)
    with recording(person.account, at=at) as history:
        history.append(facts.ContentTaken(person=person.pk, content="calculator", quantity=6))
        history.append(facts.PageSeen(person=person.pk, page="pricing", quantity=2))


def tell_all(life: Life, at: datetime, firm: Firm, who: int, told: tuple) -> None:
    """The call that settles it, or nearly; then who gets the lead, and how many minutes before the end."""
    rep, minutes, answers = told
    person = life.person(firm, who)
    cycle = Cycle.open_for(person)
    if cycle is None or cycle.stage not in ("new", "nurturing"):
        return
    said = list(zip(ASKED, answers, strict=True))
    has_lead = call(life, at, person, cycle, life.user("dana"), True, [one for one in said if one[1] != "unknown"])
    lead = Lead.objects.filter(account_id=person.account_id, closed_at=None).first() if has_lead else None
    if lead is not None and rep:
        life.later(life.end - timedelta(minutes=minutes), give_to, lead.pk, life.user(rep))


def look(life: Life, at: datetime, person: Person, has_lead: bool) -> None:
    """Is there a lead to give away? Then marketing does so, soon."""
    if has_lead:
        lead = Lead.objects.filter(account_id=person.account_id, closed_at=None).first()
        if lead is not None and lead.stage == "ready":
            soon = due_after(promise(), at, max(2, int(life.chance.lognormvariate(4.2, 0.8))))
            life.later(soon, give, lead.pk)


# -- handing off -------------------------------------------------------------------------------------------------------
def reps(life: Life, at: datetime) -> list[User]:
    """Who works leads at that time: one of them left five months before the end."""
    gone = at > life.end - timedelta(days=plan.LEFT_DAYS)
    working = [life.users[address] for address in plan.REPS if not (gone and address == plan.LEFT)]
    return [*working, life.user("sam")]  # Sam works whole days, the others also look after customers


def give(life: Life, at: datetime, number: int) -> None:
    """Hand a lead to the rep whose turn it is."""
    lead = Lead.objects.select_related("account", "person").get(pk=number)
    if lead.closed_at or lead.stage != "ready" or life.chance.random() < 0.02:  # some lie where nobody looks
        return
    working = reps(life, at)
    life.turn += 1
    give_to(life, at, number, working[life.turn % len(working)])


def give_to(life: Life, at: datetime, number: int, rep: User) -> None:
    """Hand the lead to that rep, where it still stands."""
    lead = Lead.objects.select_related("account", "person").get(pk=number)
    try:
        handoff = lead.hand_off(to=rep, by=life.user("carol"), at=at)
    except (NotReady, AlreadyHandedOff, WrongStage):
        return
    minutes = max(2, int(plan.REPS[rep.email].minutes * life.chance.lognormvariate(0, 0.75)))
    life.later(due_after(promise(), at, minutes), selling.answer, handoff.pk)
