"""On the phone by a script: one question at a time, back and on again, and a call that ends with an outcome.

What is said is evidence at once, by the same door as any other answer; what is said again instead takes the first back.
"""

from django.db import transaction

from winnow.leads.asking import ITEMS_ASKED, next_after, question_named
from winnow.leads.audit import audited
from winnow.leads.clock import now
from winnow.leads.countries import country_code
from winnow.leads.cycle import Answer, Cycle
from winnow.leads.described import ACCOUNT_CODES, PERSON_CODES, described, told_by_title, write_back
from winnow.leads.errors import Refusal
from winnow.leads.interview import CallScript, Interview
from winnow.leads.person import Person, same_person
from winnow.leads.record import recording
from winnow.leads.sorting import answer, log_call, take_back
from winnow.leads.titles import SOURCE as BY_TITLE
from winnow.leads.touch import Touch
from winnow.policy.facts import SENIORITIES

OUTCOMES = {
    "reached": ("spoke", "spoke"), "voicemail": ("message", "message_left"), "no_answer": ("no_answer", "no_answer"),
    "wrong_number": ("wrong_number", "wrong_person"),
}
"""How a call ended: as the result of a call, and as that of a touch."""
CALL_BACK = "Call back, as agreed"


# -- one question at a time ------------------------------------------------------------------------------------------
def begin(person: Person, script: CallScript, *, by, inbound: bool = False) -> Interview:
    """Take up the phone: go on where an open interview stopped, else start one with the questions as they stand."""
    at = now()
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # two at once: the second goes on with it
        open_now = Interview.objects.filter(person__in=same_person(person), script=script, ended_at=None)
        found = open_now.order_by("-pk").first()
        if found is None:
            return Interview.objects.create(
                person=person, script=script, questions=script.questions, place=script.questions[0]["name"],
                inbound=inbound, by=by, begun_at=at, talking_since=at,
            )
        if found.talking_since is None:
            found.talking_since, found.by, found.inbound = at, by, inbound
            found.save(update_fields=["talking_since", "by", "inbound"])
    return found


def say(interview: Interview, name: str, *, by, choice: int | None = None, words: str = "") -> Interview:
    """Keep what was said to a question, and go on to the next. Refusal says why it can't be kept."""
    with transaction.atomic():
        mine = _locked(interview)
        question = question_named(mine.questions, name)
        if question is None or (name != mine.place and name not in mine.path):
            raise Refusal(f"“{name}” isn’t asked here; go on with “{mine.place or 'the end'}”.")
        if choice is not None and not 0 <= choice < len(question["choices"]):
            raise Refusal(f"“{question['text']}” has no such choice; take one that stands there.")
        said = {"choice": choice, "label": question["choices"][choice]["label"] if choice is not None else "",
                "words": words.strip()}
        if question["needed"] and not (said["label"] or said["words"]):
            raise Refusal(f"“{question['text']}” has to be answered before it goes on.")
        before = mine.answers.get(name) or {}
        if {key: before.get(key) for key in said} != said:
            said |= _counted(mine, question, said, before, by)
            mine.answers[name] = {**said, "at": now().isoformat()}
        mine.path = [*(mine.path[: mine.path.index(name)] if name in mine.path else mine.path), name]
        mine.place = next_after(mine.questions, name, choice)
        mine.save(update_fields=["answers", "path", "place"])
    return mine


def _locked(interview: Interview) -> Interview:
    mine = Interview.objects.select_related("script").select_for_update(of=("self",)).get(pk=interview.pk)
    if mine.ended_at:
        raise Refusal(f"{mine} is over since {mine.ended_at:%-d %B %H:%M}; begin another.")
    mine.person = Person.objects.select_related("account").get(pk=mine.person_id).now_is()
    return mine


def _counted(mine: Interview, question: dict, said: dict, before: dict, by) -> dict:
    """Make evidence of it: a level of BANTFO, or something that fit is judged by. What it replaces is taken back."""
    if number := before.get("answer"):
        old = Answer.objects.select_related("person__account").filter(pk=number, withdrawn_at=None).first()
        if old is not None:
            take_back(old, by=by)
    feeds, choice = question["feeds"], said["choice"]
    value = question["choices"][choice]["value"] if choice is not None else said["words"]
    if not value:
        return {}
    if feeds in ITEMS_ASKED:
        human = not (feeds == "authority" and mine.person.kind == "mailbox")
        if choice is None or value == "unknown" or not human:
            return {}
        quote = said["words"] or said["label"]
        return {"answer": answer(mine.person, item=feeds, level=value, source="call", by=by, quote=quote).pk}
    if feeds:
        learn(mine.person, feeds, value, by=by)
    return {}


def learn(person: Person, name: str, value: str, *, by) -> None:
    """Somebody says what fit is judged by: of the person, or of the company they work for. Refusal: it is none."""
    if name == "employees":
        digits = "".join(sign for sign in value if sign.isdigit())
        if not digits or len(digits) > 8:
            raise Refusal(f"“{value[:60]}” is no number of people.")
        value = int(digits)
    elif name == "country":
        value = country_code(value) or ""
        if not value:
            raise Refusal("That is no country that is known here; try its code, such as NO.")
    elif name == "seniority" and value not in SENIORITIES:
        raise Refusal(f"“{value[:60]}” is none of {', '.join(SENIORITIES)}.")
    else:
        value = str(value)[:200 if name == "title" else 120]
    with recording(person.account, by=by) as history:
        account = history.account.pk
        if name in ACCOUNT_CODES:
            history.append(described(account, None, name, value, "call"))
            write_back("leads_account", {account: {name: value}})
            return
        changes = {name: value}
        if name in PERSON_CODES:
            history.append(described(account, person.pk, name, value, "call"))
        for code, read in told_by_title(value).items() if name == "title" else ():
            if not getattr(person, code):
                changes[code] = read
                history.append(described(account, person.pk, code, read, BY_TITLE))
        write_back("leads_person", {person.pk: changes})


# -- the end of a call -----------------------------------------------------------------------------------------------
def hang_up(
    interview: Interview, *, outcome: str, by, minutes: int | None = None, note: str = "", call_back_at=None,
    give_up: bool = False,
) -> Interview:
    """Log the call. The interview is over when its questions are, or when it is given up; else it goes on next time."""
    at = now()
    if outcome not in OUTCOMES:
        raise Refusal(f"{outcome!r} is no end of a call; it is one of {', '.join(OUTCOMES)}.")
    if call_back_at is not None and call_back_at <= at:
        raise Refusal(f"{call_back_at:%-d %B %H:%M} has gone by; choose a time that is to come.")
    with transaction.atomic():
        mine = _locked(interview)
        if mine.talking_since is None:
            raise Refusal(f"Nobody is on the phone with {mine.person}; that call was logged before.")
        since = mine.talking_since
        if minutes is None:
            minutes = max(1, round((at - since).total_seconds() / 60)) if outcome == "reached" else 0
        log(mine.person, outcome=outcome, by=by, minutes=min(minutes, 1440), call_back_at=call_back_at,
            note=_note(mine, note, since))
        mine.note = "\n".join(filter(None, [mine.note, note.strip()]))
        mine.talking_since = None
        if not mine.place or give_up or outcome == "wrong_number":
            mine.ended_at = at
        mine.save(update_fields=["note", "talking_since", "ended_at"])
    return mine


def log(person: Person, *, outcome: str, by, minutes: int = 0, note: str = "", call_back_at=None) -> None:
    """Log a call with its end, and date the next one. While sales works the lead it is a touch of the cadence."""
    result, of_touch = OUTCOMES[outcome]
    at = now()
    with transaction.atomic():
        cycle = Cycle.open_for(person)
        if call_back_at is not None and cycle is None:
            raise Refusal(f"{person} has no open cycle, so no call can be planned; reopen it first.")
        if cycle is not None and cycle.stage == "accepted" and cycle.lead is not None:
            Touch.log(person, kind="call", result=of_touch, by=by, note=note, next_at=call_back_at,
                      next_purpose=CALL_BACK if call_back_at else "", minutes=minutes)
            return
        log_call(person, result=result, by=by, minutes=minutes, note=note)
        if cycle is not None:
            Touch.objects.filter(cycle=cycle, done_at=None, cancelled_at=None).update(cancelled_at=at)
        if call_back_at is not None:
            number = Touch.next_number(cycle)
            Touch.objects.create(cycle=cycle, person=person, rep=by, kind="call", number=number, purpose=CALL_BACK,
                                 due_at=call_back_at)
            audited(by, "plan call", person, f"{call_back_at:%Y-%m-%d %H:%M}")


def _note(mine: Interview, note: str, since) -> str:
    """What was noted, and what was asked and said in this very call."""
    told = []
    for name in mine.path:
        said, question = mine.answers.get(name) or {}, question_named(mine.questions, name)
        words = " – ".join(filter(None, [said.get("label"), said.get("words")]))
        if question and words and said.get("at", "") >= since.isoformat():
            told.append(f"{question['text']} {words}")
    begun = "They called us." if mine.inbound else ""
    return " ".join(filter(None, [begun, note.strip(), " · ".join(told)]))


def due_calls(user, until, limit: int = 50) -> list[Touch]:
    """The calls that somebody agreed to make by then, the latest first to be made."""
    planned = Touch.objects.filter(rep=user, kind="call", done_at=None, cancelled_at=None, due_at__lt=until)
    return list(planned.select_related("person__account").order_by("due_at", "pk")[:limit])
