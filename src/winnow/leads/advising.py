"""What to do next about somebody, and a plan in words. The plan itself is proved by the policy (`leads.steps`)."""

from winnow.leads.campaign import Content
from winnow.leads.fact import moment
from winnow.leads.inquiry import Inquiry
from winnow.leads.person import Person
from winnow.leads.steps import Plan
from winnow.policy.definition import DAY, Definition
from winnow.policy.facts import ITEMS
from winnow.policy.fold import Fold
from winnow.policy.judge import Verdict, meets
from winnow.policy.state import AccountState, PersonState

QUESTIONS = {
    "budget": "Who sets aside money for this, and is there a line for it this year?",
    "authority": "Who else is in on this, and who signs in the end?",
    "need": "What goes wrong today without it, and what does that cost you?",
    "timing": "By when must it work, and what happens on that day?",
    "other": "What would have to be true for you to go on with us?",
}
TALKATIVE = ("phone", "chat", "event", "referral")  # ways of inquiring by which somebody wanted to be talked with
Words = tuple[str, str, str]
"""What to do, with which words, and why."""


def advised(person: Person, verdict: Verdict | None, definition: Definition) -> str:
    """What to do next: hand off, confirm, call or nurture. A download alone never suggests a sales call."""
    if verdict is None:
        return "nurture"
    if verdict.ready:
        return "hand off"
    unmet = set(verdict.unmet)
    if "recycled" in unmet and unmet <= {"recycled", "confirmation"} and "person" in definition.back_by:
        return "confirm"
    if unmet & {"disqualified", "recycled", "excluded"}:
        return "nurture"
    if unmet == {"confirmation"}:
        return "confirm"
    wanted = Inquiry.objects.filter(person=person, valid=True).order_by("-captured_at").values_list(
        "contact_me", "channel"
    )[:20]  # fmt: skip
    talks = "conversation" not in unmet and definition.conversation_within > 0
    if talks or any(contact or channel in TALKATIVE for contact, channel in wanted):
        return "call"
    answers_alone = unmet <= {*ITEMS, "enough", "conversation", "interest", "confirmation"} - {"fit"}
    return "call" if answers_alone else "nurture"


def in_words(plan: Plan, fold: Fold, verdict: Verdict, advice: str) -> list[Words]:
    """The acts of a plan, best first, and what no act can change."""
    rules, at = fold.definition, verdict.at
    steps: list[Words] = []
    if plan.of("reopen"):
        steps.append(("Reopen it", "", "if the reason no longer holds."))
    steps += _return(plan, fold, verdict)
    if unknown := [_criterion(rules, act.about) for act in plan.of("describe")]:
        steps.append(("Find out", "", f"whether it is {', '.join(unknown)}."))
    offer = _offer(plan, rules, verdict)
    call = _call(plan, advice)
    if call and advice == "nurture" and not offer and not steps:
        steps.append(("Something useful first.", "", "A download alone is no reason to call."))
    steps += [*call, *offer] if advice == "call" else [*offer, *call]
    for act in plan.of("colleague"):
        part = f"as {act.about.replace('_', ' ')}: nobody of that role is engaged." if act.about else "who joins in."
        steps.append(("Win a colleague", "", part))
    if plan.of("confirm") and "recycled" not in verdict.unmet:
        only = set(verdict.unmet) == {"confirmation"}
        why = "Everything else is met; the definition asks a person to confirm." if only else "At the end."
        steps.append(("Your word.", "", why))
    if not plan.ready:
        steps += _out_of_reach(plan, fold, verdict)
    elif plan.by is not None and plan.by > at:
        steps.append(("In time:", "", f"this does until {moment(plan.by):%-d %B %Y}; after that more is needed."))
    return steps


def _return(plan: Plan, fold: Fold, verdict: Verdict) -> list[Words]:
    if "recycled" not in verdict.unmet:
        return []
    clause = fold.accounts[verdict.account].hold[1]
    for act in plan.of("return"):
        if act.about == "date":
            return [(f"Wait until {moment(act.at):%-d %B %Y}", "", "the recycling ends with that day.")]
        if act.at > verdict.at + DAY:
            day = f"{moment(act.at):%-d %B %Y}"
            return [(f"Wait until {day}", "", "and for new interest of their own: that lifts the recycling.")]
        return [("Wait", "", "until they come back by themselves; nothing else lifts the recycling.")]
    if plan.of("confirm"):
        return [("Your word", "", "lifts the recycling.")]
    if clause and any(act.about == clause for act in plan.of("answer")):
        return [("Learn something newer", "", f"on {clause}: that alone lifts the recycling.")]
    return []


def _call(plan: Plan, advice: str) -> list[Words]:
    asked = [act for act in plan.of("answer") if act.about in QUESTIONS]
    spoken = [act for act in asked if any(fact.source == "call" for fact in act.facts)]
    steps: list[Words] = []
    what = "One call." if advice == "call" else "Then one call."
    for number, act in enumerate(spoken):
        level = "“yes” is asked" if act.level == "yes" else "at least “partly” is asked"
        more = f", from {len(act.facts)} sources" if len(act.facts) > 1 else ""
        why = f"{act.about.capitalize()}: {level}{more}."
        steps.append((what if number == 0 else "And ask:", QUESTIONS[act.about], why))
    if plan.of("talk") and not spoken:
        steps.append(("One talk.", "", "A call, a meeting or a reply: nobody has heard them yet."))
    for act in asked:
        if act not in spoken:
            by = " or ".join(fact.source for fact in act.facts)
            steps.append((f"An answer on {act.about}", "", f"told by {by}: {act.level}."))
    return steps


def _offer(plan: Plan, rules: Definition, verdict: Verdict) -> list[Words]:
    pieces = plan.of("piece")
    if not pieces:
        return []
    missing = max(1, -(-(rules.asked_score - verdict.milli) // 1000))
    titles = dict(Content.objects.filter(code__in=[act.about for act in pieces]).values_list("code", "title"))
    first = pieces[0].about
    worth = rules.content_points.get(first, rules.content_default) // 1000
    more = f", and {len(pieces) - 1} more" if len(pieces) > 1 else ""
    days = (max(act.at for act in pieces) - min(act.at for act in pieces)) // DAY
    spread = f" Over {days + 1} days: more than a day’s most doesn’t count." if days else ""
    why = f"worth {worth} points{more}; {missing} are missing today.{spread}"
    named = titles.get(first) or ("" if first.startswith("any ") else first.replace("_", " "))
    return [("Offer something useful:", named, why)] if named else [("Offer something useful", "", f"to read, {why}")]


def _criterion(rules: Definition, name: str) -> str:
    one = next(one for one in rules.criteria if one.name == name)
    return one.says or one.name.replace("_", " ")


def _out_of_reach(plan: Plan, fold: Fold, verdict: Verdict) -> list[Words]:
    """What stays unmet whatever is done, and why."""
    rules = fold.definition
    state = fold.accounts.get(verdict.account) or AccountState()
    person = fold.people.get(verdict.person) or PersonState()
    steps: list[Words] = []
    for clause in plan.left:
        if clause == "fit":
            failed = [
                _criterion(rules, one.name) for one in rules.criteria
                if meets(one, person.attrs if one.of_person else state.attrs) is False
            ]
            steps.append(("Probably never", "", f"it is not {', '.join(failed[:3])}." if failed else "by its fit."))
        elif clause == "score":
            missing = max(1, -(-(rules.asked_score - plan.verdict.milli) // 1000))
            steps.append(("Much more interest", "", f"of their own: {missing} points are missing even after all this."))
        elif clause == "excluded":
            steps.append(("Never", "", "the definition leaves such people out."))
        else:
            steps.append((f"Even then {clause}", "", "is unmet."))
    return steps
