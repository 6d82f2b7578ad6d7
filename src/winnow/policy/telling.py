"""Scenarios read aloud and tried: each line as a sentence, what is expected, and whether the definition says so."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from winnow.policy import facts as f
from winnow.policy.scenario import ACCOUNTS, DAY, PEOPLE, START, Scenario, UnknownWord, history, minute

if TYPE_CHECKING:
    from winnow.policy.definition import Definition
    from winnow.policy.judge import Verdict

_NAMES = {number: name.capitalize() for name, number in (*PEOPLE.items(), *ACCOUNTS.items())}
_CHANNELS = {
    "web": "by a form on the web", "event": "at an event", "phone": "by calling us", "chat": "in a chat",
    "referral": "by a referral", "email": "by mail", "purchased_list": "on a list that was bought",
}  # fmt: skip
_DECIDED = {"nurture": "goes on being nurtured", "qualified": "is confirmed by a person", "reopened": "is reopened"}
_TALKS = {"spoke": "talks", "met": "meets", "replied": "answers"}
_UNMET = {
    "score": "the score", "fit": "the fit", "enough": "enough answers", "conversation": "a conversation",
    "interest": "interest of their own", "confirmation": "a person’s word", "people": "people of the account",
    "roles": "roles of the buying group",
}  # fmt: skip


def told(line: str) -> str:
    """One line of a story as a sentence: "Day 3: Ann uses roi case." The line itself where it can't be read."""
    try:
        facts = history(line)
    except UnknownWord:
        return line
    return " ".join(f"{_day(one.recorded)}: {_sentence(one)}." for one in facts)


def _day(at: int) -> str:
    days, rest = divmod(at - START, DAY)
    return f"Day {days}" + (f", {rest // 60:02d}:{rest % 60:02d}" if rest else "")


def _called(code: str) -> str:
    return code.replace("_", " ")


def _sentence(fact: f.Fact) -> str:
    who = _NAMES.get(fact.account if fact.person is None else fact.person, "Somebody")
    late = ""
    if fact.happened < fact.recorded:
        late = f" (it happened on {_day(fact.happened).lower()})"
    return f"{who} {_act(fact)}{late}"


def _act(fact: f.Fact) -> str:  # one case a kind: long, and read like a list
    match fact:
        case f.Inquired():
            how = _CHANNELS.get(fact.channel, f"by {_called(fact.channel)}")
            passive = ", with passive interest" if fact.interest == "passive" else ""
            return f"inquires {how}{passive}{'' if fact.valid else ', which is not valid'}"
        case f.ContentTaken() | f.PageSeen():
            code = fact.content if isinstance(fact, f.ContentTaken) else f"the page {fact.page}"
            verb = "uses" if isinstance(fact, f.ContentTaken) else "looks at"
            times = f", {fact.quantity} times" if fact.quantity > 1 else ""
            return f"{verb} {_called(code)}{times}{', which a machine did' if fact.machine else ''}"
        case f.MailClicked():
            return "follows a link in a mail" + ("" if fact.confirmed else ", or a scanner does")
        case f.MailReplied():
            return "answers a mail"
        case f.MailBounced():
            return f"gets a mail that comes back{' for good' if fact.hard else ''}"
        case f.Called():
            return "talks with us on the telephone" if fact.result == "spoke" else "is called and not reached"
        case f.Met():
            return "meets us"
        case f.Touched():
            return f"{_TALKS[fact.result]} (a touch by {fact.by})" if fact.result in _TALKS else "is not reached"
        case f.Answered():
            return f"says on {fact.item}: {fact.level} (heard by {_called(fact.source)})"
        case f.Described():
            return f"is known as {_called(fact.attribute)} {_called(fact.value)}"
        case f.KeyAccountSet():
            return "becomes a key account" if fact.on else "is no key account any more"
        case f.MovedAccount():
            return f"moves to {_NAMES.get(fact.to, 'another firm')}"
        case f.LeadHandedOff():
            return "is handed to sales"
        case f.Responded():
            why = f" ({_called(fact.reason)})" if fact.reason else ""
            return f"is {fact.response} by sales{why}" if fact.response != "recalled" else "is recalled"
        case f.Disposed():
            lasting = " for good" if fact.lasting else ""
            return _DECIDED.get(fact.disposition, f"is disqualified{lasting}")
        case f.Recycled():
            clause = f": {fact.clause} failed" if fact.clause else ""
            until = f", to wake on {_day(fact.until).lower()}" if fact.until else ""
            return f"is recycled{clause}{until}"
        case f.OptedOut():
            return "wants no more mail"
        case f.Won():
            return "buys"
        case f.Lost():
            return "buys elsewhere"
        case _:
            return _called(fact.kind)


def expected(scenario: Scenario) -> str:
    """What the scenario asks the definition to say, as a sentence."""
    when = f" on day {scenario.on}" if scenario.on else ""
    who = scenario.who.capitalize()
    grade = f" Grade {scenario.grade}." if scenario.grade else ""
    if scenario.ready:
        return f"Then{when} {who} is ready.{grade}"
    lacks = ", ".join(_UNMET.get(one, one) for one in scenario.unmet)
    return f"Then{when} {who} is not ready{f': {lacks} is missing' if lacks else ''}.{grade}"


@dataclass(frozen=True)
class Tried:
    """A scenario judged by the one policy. `why` says what the definition says instead, or what is unmet."""

    scenario: Scenario
    verdict: "Verdict"
    holds: bool
    why: str


def tried(definition: "Definition") -> list[Tried]:
    """Every scenario of the definition judged under it."""
    return [try_one(definition, one) for one in definition.scenarios]


def try_one(definition: "Definition", scenario: Scenario) -> Tried:
    """Judge one scenario: the story folded, what rejections lead to included, then the verdict."""
    from winnow.policy.explain import unmet_words
    from winnow.policy.judge import judge
    from winnow.policy.replay import refold

    facts = history("\n".join(scenario.story))
    unknown = [one.reason for one in facts if isinstance(one, f.Responded) and not _ending(definition, one)]
    fold = refold(definition, _followed(definition, facts))
    who = fold.person(PEOPLE[scenario.who])
    at = minute(scenario.on) if scenario.on else facts[-1].recorded
    verdict = judge(fold, fold.homes.get(who, ACCOUNTS["acme"]), who, at)
    wrong = [f"{one} is no reject reason" for one in unknown]
    said = unmet_words(definition, verdict)
    if verdict.ready != scenario.ready:
        missing = "; ".join(text for _, text in said)
        wrong.append(f"{scenario.who.capitalize()} is {'ready' if verdict.ready else f'not ready: {missing}'}")
    wrong += [f"{_UNMET.get(one, one)} is met" for one in scenario.unmet if one not in verdict.unmet]
    if scenario.grade and scenario.grade != verdict.grade:
        wrong.append(f"the grade is {verdict.grade}")
    points = f"{verdict.score} points, grade {verdict.grade}"
    right = f"{points}; {'; '.join(text for _, text in said) or 'everything is met'}"
    return Tried(scenario, verdict, not wrong, f"{'; '.join(wrong)} ({points})" if wrong else right)


def _ending(definition: "Definition", fact: f.Responded) -> bool:
    return fact.response != "rejected" or any(one.code == fact.reason for one in definition.reasons)


def _followed(definition: "Definition", facts: list[f.Fact]) -> list[f.Fact]:
    """The facts with what a rejection leads to behind it, as the handoff records it: recycled, or disqualified."""
    found: list[f.Fact] = []
    for fact in facts:
        found.append(fact)
        if not isinstance(fact, f.Responded) or fact.response != "rejected" or not _ending(definition, fact):
            continue
        reason = definition.reason(fact.reason)
        times = {name: getattr(fact, name) for name in ("account", "person", "happened", "known", "recorded")}
        if reason.then == "recycled":
            until = fact.recorded + reason.wait_days * DAY
            found.append(f.Recycled(clause=reason.clause, reason=reason.code, until=until, **times))
        else:
            found.append(f.Disposed(disposition="disqualified", reason=reason.code, lasting=reason.lasting, **times))
    numbers = {one.id: place for place, one in enumerate(found, 1) if one.id}
    renumbered = []
    for place, one in enumerate(found, 1):
        taken_back = {"fact": numbers.get(one.fact, 0)} if isinstance(one, f.Withdrawn) else {}
        renumbered.append(dataclasses.replace(one, id=place, **taken_back))
    return renumbered
