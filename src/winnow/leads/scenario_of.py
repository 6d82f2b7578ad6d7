"""A scenario out of what happened to a real person: codes, days and levels alone, never a name or a quoted word."""

from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.fact import minute
from winnow.leads.record import history_of
from winnow.policy import facts as f
from winnow.policy.judge import judge
from winnow.policy.replay import refold
from winnow.policy.scenario import DAY, HOME, MOST_LINES, PEOPLE, UnknownWord, history

SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/+")


def scenario_of(person) -> dict:
    """The history of the person and of those who share the account, as a row of a definition. Refusal where nothing is
    known that could be told."""
    told = history_of(person.account_id)
    withdrawn = {fact.fact for fact in told if isinstance(fact, f.Withdrawn)}
    links = _links(told)
    kept = [fact for fact in told if fact.id not in withdrawn and fact.kind not in f.STRUCTURAL]
    who = links(person.pk)
    names = {who: "ann"}
    begin = min((fact.recorded for fact in kept), default=0) // DAY * DAY
    lines = []
    for fact in kept:
        line = _line(fact, links, names, begin)
        if line and _readable(line):
            lines.append(line)
    lines = lines[-MOST_LINES:]
    if not lines:
        raise Refusal(f"Nothing is known of person {person.pk} that a scenario could tell.")
    made = {"name": f"Like person {person.pk}", "story": lines, "who": "ann"}
    in_force = Definition.in_force()
    at = minute(now())
    if in_force is not None:
        verdict = judge(refold(in_force.policy, told), person.account_id, who, at)
        made |= {"on": str((at - begin) // DAY + 1), "ready": verdict.ready, "unmet": list(verdict.unmet)}
    return made


def _links(told: list[f.Fact]):
    """Who each person of the history is now."""
    aliases: dict[int, int] = {}
    for fact in told:
        if isinstance(fact, f.Merged) and fact.person is not None:
            aliases[fact.other] = fact.person
        elif isinstance(fact, f.Unmerged):
            aliases.pop(fact.other, None)

    def now_is(number: int) -> int:
        while number in aliases:
            number = aliases[number]
        return number

    return now_is


def _readable(line: str) -> bool:
    try:
        return bool(history(line))
    except UnknownWord:
        return False


def _code(text: str) -> str:
    """A code as one word of the language; what isn't a code is left out."""
    word = text.strip().lower().replace(" ", "_")
    return word if word and set(word) <= SAFE else ""


def _line(fact: f.Fact, links, names: dict[int, str], begin: int) -> str:
    if fact.person is None:
        name = HOME
    else:
        number = links(fact.person)
        if number not in names:
            free = [one for one in PEOPLE if one not in names.values()]
            if not free:
                return ""
            names[number] = free[0]
        name = names[number]
    said = _said(fact, begin)
    if not said:
        return ""
    when = _day(fact.recorded - begin)
    if fact.happened < fact.recorded:
        when += f"<{_day(fact.happened - begin)}"
    return f"{when} {name} {said}"


def _day(minutes: int) -> str:
    days, rest = divmod(minutes, DAY)
    return f"{days}@{rest // 60:02d}:{rest % 60:02d}" if rest else str(days)


def _said(fact: f.Fact, begin: int) -> str:  # one case a kind: long, and read like a list
    times = f" x{fact.quantity}" if getattr(fact, "quantity", 1) > 1 else ""
    machine = " machine" if getattr(fact, "machine", False) else ""
    match fact:
        case f.Inquired():
            passive = " passive" if fact.interest == "passive" else ""
            return f"inquiry {fact.channel}{passive}{'' if fact.valid else ' invalid'}"
        case f.ContentTaken():
            return f"took {_code(fact.content) or 'content'}{times}{machine}"
        case f.PageSeen():
            return f"saw {_code(fact.page) or 'other'}{times}{machine}"
        case f.MailBounced():
            return f"bounced{' hard' if fact.hard else ''}"
        case f.MailClicked():
            return f"clicked {'confirmed' if fact.confirmed else ''}".strip()
        case f.MailReplied():
            return "replied"
        case f.Called():
            return f"called {fact.result}"
        case f.Met():
            return "met"
        case f.Touched():
            return f"touched {fact.by} {fact.result}" if fact.result in ("spoke", "met", "replied") else ""
        case f.Answered():
            return f"{fact.level} {fact.item} by {_code(fact.source) or 'rep'}"
        case f.Described():
            return f"is {_code(fact.attribute)} {_code(fact.value)}" if _code(fact.value) else ""
        case f.KeyAccountSet():
            return "key" if fact.on else "key off"
        case f.LeadHandedOff():
            return "handed_off"
        case f.Responded():
            return "accepted" if fact.response == "accepted" else ""
        case f.Disposed():
            return f"{fact.disposition}{' lasting' if fact.lasting else ''}"
        case f.Recycled():
            until = "" if fact.until is None else f" until {_day(fact.until - begin)}"
            return f"recycled {_code(fact.clause)}".rstrip() + until
        case f.OptedOut():
            return "opted_out"
    return ""
