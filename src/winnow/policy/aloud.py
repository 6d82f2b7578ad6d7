"""The definition for a salesperson, to be read aloud: what is handed over, what is not and why, what both sides owe,
how to turn one down. Plain sentences without codes; long lists are cut and say so, so that it stays within two
screens."""

from dataclasses import dataclass

from winnow.policy.definition import DAY, Criterion, Definition, RejectReason, Role
from winnow.policy.facts import ITEMS
from winnow.policy.words import WEEKDAYS, called, joined, points

NAMED = 5
"""Of a longer list this many are named."""
REASONS = 9
KNOWN = {
    "budget": "that there is money", "authority": "who decides", "need": "what they need",
    "timing": "when they want it", "fit": "that they fit", "other": "what else matters",
}  # fmt: skip
TOLD_BY = {
    "rep": "sales", "meeting": "a meeting", "call": "a call", "mail": "a mail", "chat": "a chat", "form": "a form",
    "event": "an event", "import": "a list", "machine": "a machine",
}  # fmt: skip
LEFT_OUT = {
    "robot": "a robot", "unreachable": "somebody who can’t be reached", "disposable": "a throw-away address",
    "masked": "a crossed-out address", "free_mail": "a private address", "mailbox": "a desk’s address",
    "no_mail": "a domain that takes no mail",
}  # fmt: skip
SAYS = {
    "executive": "the top of the firm", "vp": "vice presidents", "director": "heads of a unit", "manager": "managers",
    "senior": "senior people", "professional": "professionals", "junior": "junior people",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with its sentences. `key` says what it is about: given, kept, promised, owed or rejecting."""

    key: str
    title: str
    sentences: tuple[str, ...]


def aloud(d: Definition) -> tuple[Part, ...]:
    """The whole page, in the order in which it is read."""
    return (
        Part("given", "What you are handed", tuple(_given(d))),
        Part("kept", "What you are not handed, and why", tuple(_kept(d))),
        Part("promised", "What marketing promises you", tuple(_promised(d))),
        Part("owed", "What you owe in return", tuple(_owed(d))),
        Part("rejecting", "How to turn one down", tuple(_rejecting(d))),
    )


# -- small words -----------------------------------------------------------------------------------------------------
def _few(words: list[str], last: str = "or") -> str:
    if len(words) <= NAMED + 1:
        return joined(words, last)
    return f"{', '.join(words[:NAMED])} {last} {len(words) - NAMED} more"


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours > 1 and not rest:
        return f"{hours} hours"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


def _short(text: str, most: int = 110) -> str:
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= most else f"{text[: most - 1].rsplit(' ', 1)[0]} …"


def _criterion(one: Criterion) -> str:
    if one.says:
        return _short(one.says, 80)
    name = called(one.attribute)
    if one.at_least is not None and one.at_most is not None:
        return f"{name} from {one.at_least:,} to {one.at_most:,}"
    if one.at_least is not None or one.at_most is not None:
        return f"{name} {'at least' if one.at_least is not None else 'at most'} {one.at_least or one.at_most or 0:,}"
    words = sorted(word.upper() if name == "country" else called(word) for word in one.any_of or one.none_of)
    return f"{name} {'' if one.any_of else 'other than '}{_few(words)}"


# -- what is handed over ---------------------------------------------------------------------------------------------
def _given(d: Definition) -> list[str]:
    said = ["A lead is somebody who came to us, whose firm fits, and of whom we know what they need. Nothing less."]
    said.append(_fit(d))
    said.append(
        f"They did enough of late: {points(d.asked_score)} points or more, and what they did fades by half in "
        f"{d.half_life // DAY} days. A high score alone never makes a lead."
    )
    answers = [one for one in d.clauses if one.asked and one.item != "fit"]
    sure = [KNOWN[one.item] for one in answers if one.asked == "yes"]
    partly = [f"{KNOWN[one.item]}, at least in part" for one in answers if one.asked == "partly"]
    if sure or partly:
        said.append(f"We know {joined([*sure, *partly])}; and we can say who told us, and when.")
    if d.enough_count:
        level = "for sure" if d.enough_level == "yes" else "at least in part"
        said.append(f"Of {joined(list(d.enough_of))} we know {d.enough_count} {level}.")
    heard = [f"{one.item} from {_few([TOLD_BY[who] for who in TOLD_BY if who in one.said_by])}"
             for one in d.clauses if one.said_by and one.asked]  # fmt: skip
    if heard:
        said.append(f"We take {joined(heard)}, and from nobody else.")
    if d.conversation_within:
        said.append(f"One of us has talked with somebody there in the last {d.conversation_within // DAY} days.")
    asked = [_role(role) for role in d.roles if role.at_least]
    if d.people_asked > 1 or asked:
        people = [f"At least {d.people_asked} people there are engaged."] if d.people_asked > 1 else []
        said.append(" ".join([*people, *([f"Of the people there we know: {_few(asked, 'and')}."] if asked else [])]))
    if d.person_confirms or d.confirm_when:
        when = "" if d.person_confirms else " in the cases that the definition names"
        said.append(f"A person of marketing has looked at it and confirmed it{when}.")
    return said


def _fit(d: Definition) -> str:
    rules = [rule for rule in d.grades if rule.grade <= d.asked_grade]
    if d.asked_grade == "D" or not d.criteria:
        return "Of the firm nothing is asked: any grade will do."
    if not rules:
        return f"The firm has grade {d.asked_grade} or better."
    says = {one.name: _criterion(one) for one in d.criteria}
    rule = rules[-1]  # the least that will do
    every = _few([says[name] for name in rule.every], "and")
    some = f"{rule.at_least} of these: {_few([says[name] for name in rule.some])}" if rule.at_least else ""
    return f"It fits at least this far: {' with '.join(one for one in (every, some) if one)}."


def _role(role: Role) -> str:
    if role.says:
        name = f"{called(role.name)}, {_short(role.says, 60)}"
    else:
        who = [SAYS.get(one, called(one)) for one in sorted(role.seniority)]
        who += [f"of {called(one)}" for one in sorted(role.department | role.role)]
        name = f"{called(role.name)} ({_few(who)})" if who else called(role.name)
    return name if role.at_least == 1 else f"{role.at_least} times {name}"


# -- what isn't ------------------------------------------------------------------------------------------------------
def _kept(d: Definition) -> list[str]:
    said = ["Names that were bought or shared: nobody there has come to us yet."]
    asked = [one for one in d.clauses if one.asked and one.item != "fit"]
    if asked or d.enough_count:
        said.append(
            "Somebody who reads and clicks a great deal and has told us nothing: interest is not need. They are "
            "nurtured until they tell us."
        )
    if d.conversation_within:
        said.append("Somebody nobody has talked with: what a form says is a claim, and a talk is better.")
    ages = sorted({d.clause(one.item).expires // DAY for one in asked})
    if ages:
        span = f"{ages[0]} days" if len(ages) == 1 else f"{ages[0]} to {ages[-1]} days"
        said.append(f"Answers older than {span}: they are asked again first.")
    out = [LEFT_OUT[code] for code in LEFT_OUT if code in d.inquiry.refuse]
    if out:
        said.append(f"Inquiries from {_few(out)}. They are kept and count for nothing.")
    who = []
    if d.inquiry.competitors:
        who.append("competitors")
    who += [f"a {called(role)}" for role in sorted(d.inquiry.roles_refused)]
    who += [SAYS[one] for one in SAYS if one in d.inquiry.seniorities_refused]
    if d.inquiry.countries_refused or d.inquiry.countries_accepted:
        who.append("countries that we don’t sell to")
    if who:
        said.append(f"Nor anything from {_few(who)}.")
    if d.never:
        said.append(f"Never, whatever else is known: {_few([_criterion(one) for one in d.never])}.")
    said.append(_back(d))
    return said


def _back(d: Definition) -> str:
    ways = []
    if "evidence" in d.back_by:
        ways.append("there is something newer on what failed")
    if "interest" in d.back_by:
        ways.append("they come to us again after the date that your reason set")
    if "date" in d.back_by:
        ways.append("the date that your reason set has come")
    if "person" in d.back_by:
        ways.append("a person takes it up again")
    return f"Whom you have turned down, until {joined(ways, 'or')}. The next click doesn’t bring them back."


# -- what both sides owe ---------------------------------------------------------------------------------------------
def _promised(d: Definition) -> list[str]:
    p = d.promise
    return [
        f"Whoever asks to be contacted is answered within {_span(p.contact_me_minutes)}, everybody else within "
        f"{_span(p.inquiry_minutes)} of working time.",
        "With each lead comes the story so far: what they asked and read, every answer with who gave it and when, and "
        "a next step that fits.",
        "A lead stays a lead under the rules that made it one. Nobody hands you anything that doesn’t meet them.",
    ]


def _owed(d: Definition) -> list[str]:
    p = d.promise
    days = [WEEKDAYS[day] for day in sorted(p.weekdays)]
    run = p.weekdays and sorted(p.weekdays) == list(range(min(p.weekdays), max(p.weekdays) + 1))
    week = f"{days[0]} to {days[-1]}" if run and len(days) > 2 else joined(days)
    free = ", public holidays aside" if p.holidays else ""
    return [
        f"An answer to each handoff, taken or turned down, within {_span(p.response_minutes)} of working time: {week}, "
        f"{p.opens // 60:02d}:{p.opens % 60:02d} to {p.closes // 60:02d}:{p.closes % 60:02d}{free}.",
        f"At least {d.touches} touches within {d.touches * d.touch_days} days, each for a reason of its own; the next "
        "one always has a date.",
        "A clear end to each: an opportunity, recycled or closed. None is left lying.",
    ]


def _rejecting(d: Definition) -> list[str]:
    if not d.reasons:
        return ["The definition names no reason, so none can be turned down. That is for both sides to mend."]
    said = ["Press “Reject” on the handoff, choose the reason that is true, and say in a sentence what you saw."]
    said += [_reason(one) for one in d.reasons[:REASONS]]
    if len(d.reasons) > REASONS:
        said.append(f"And {len(d.reasons) - REASONS} more, which the list there names.")
    return said


def _reason(one: RejectReason) -> str:
    says = _short(one.says or called(one.code))
    if one.then == "disqualified":
        return f"{says}: it is closed{' for good' if one.lasting else ' until something new comes in'}."
    what = f", and {one.clause} is asked anew" if one.clause in ITEMS else ""
    return f"{says}: it rests for {one.wait_days} days{what}."
