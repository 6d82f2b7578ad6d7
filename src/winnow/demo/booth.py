"""The demo's trade show of today, with its tablet and its first visitors; and a script for the phone."""

from datetime import timedelta

from winnow.intake.arrivals import process_one
from winnow.intake.tablets import take_entries
from winnow.leads.asking import read_questions
from winnow.leads.campaign import Campaign
from winnow.leads.event import BoothDevice, Event
from winnow.leads.inquiry import Arrival
from winnow.leads.interview import CallScript

SURVEY = """? need *: What brings you to us?
- Deliveries spoil on the way = yes
- An audit is coming = yes
- We compare loggers = partly
- Just looking around = no
? timing: When would you like to have it?
- This quarter = yes
- This year = partly
- Not planned = no
? employees: How many people work at your company?
- up to 50 = 50
- 51 to 250 = 250
- 251 to 1,000 = 1000
- more = 3000
"""
SCRIPT = """? need: What made you get in touch?
- Deliveries spoil = yes
- An audit is coming = yes
- They compare loggers = partly
- No need that we can meet = no -> end
? timing: When does it have to be solved?
- This quarter = yes
- This year = partly
- Nobody knows yet = unknown -> why
? budget: Is there money set aside for it?
- It is in the plan = yes -> authority
- Not yet, but likely = partly -> authority
- No = no -> authority
? why (other): What has to happen before that?
- They said it = yes -> end
? authority: Who decides, and who has to agree?
- The caller = yes
- The caller prepares it = partly
- Somebody else = no
"""
VISITORS = (
    ("Sue Lindgren", "Ragnhild", "Moe", "Vestfjord Laks AS", "ragnhild.moe@vestfjord-laks.example", 0, 0, 1, True),
    ("Nils Aker", "Henk", "de Boer", "Polder Vers BV", "henk@polder-vers.example", 1, 1, 2, False),
    ("Sue Lindgren", "Pia", "Lindqvist", "Malm Kyl AB", "pia.lindqvist@malm-kyl.example", 2, 1, 0, False),
)


def open_today(life) -> None:
    """An event that is on today, with three visitors who were at its tablet, and the script that is called by."""
    at = life.end
    questions, _ = read_questions(SURVEY, branches=False)
    event = Event.objects.create(
        code="cold-chain-days", name="Cold Chain Days", place="Hamburg, hall 4", starts_on=at.date(),
        ends_on=(at + timedelta(days=1)).date(), campaign=Campaign.objects.get(code="expo"), survey=SURVEY,
        questions=questions, staff=sorted({visitor[0] for visitor in VISITORS}), created_at=at - timedelta(days=20),
        giveaway="A pocket thermometer is yours: take one from the bowl.",
        consent_text="You may send me short, helpful mails about this. I can stop them at any time.",
    )
    tablet = BoothDevice.allow(event, "Tablet at the counter", by=life.user("carol"))
    take_entries(tablet, [_entry(number, questions, at) for number in range(len(VISITORS))],
                 sent_at=at.isoformat(), waiting=len(VISITORS))
    for number in Arrival.objects.filter(sender=event.sender).values_list("pk", flat=True):
        process_one(number)
    asked, _ = read_questions(SCRIPT, branches=True)
    CallScript.objects.create(
        name="First call", text=SCRIPT, questions=asked, created_at=at, changed_at=at,
        opening="Good morning, this is … of Halmwerk. You left us a note; have you got three minutes?",
    )


def _entry(number: int, questions: list[dict], at) -> dict:
    staff, first, last, company, email, *choices, talked = VISITORS[number]
    answers = []
    for question, choice in zip(questions, choices, strict=True):
        said = question["choices"][choice]
        answers.append({"question": question["text"], "answer": said["label"], "feeds": question["feeds"],
                        "value": said["value"]})
    return {
        "key": f"demo-visitor-{number}", "tablet_at": (at - timedelta(minutes=25 * (3 - number))).isoformat(),
        "staff": staff, "first_name": first, "last_name": last, "company": company, "email": email, "answers": answers,
        "talked": talked, "contact_me": talked, "consent": number == 1,
    }
