"""What differs between two definitions, in sentences: "The score asked for rises from 60 to 65." Not lines of text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from winnow.policy.definition import DAY, Definition
from winnow.policy.facts import ITEMS
from winnow.policy.words import (
    ACTION_WORDS,
    BACK_WORDS,
    CAP_WORDS,
    CHANNEL_WORDS,
    CONFIRM_WORDS,
    REFUSED,
    WEEKDAYS,
    called,
    document,
    joined,
    points,
)  # fmt: skip

MOST = 300
"""Letters of a sentence that is quoted whole."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: the section that it belongs to, the key, and a sentence."""

    section: str
    key: str
    text: str


def differences(before: Definition, after: Definition) -> list[Difference]:
    """Everything that differs, in the order of the document. Empty when the two say the same."""
    found: list[Difference] = []
    if before.name != after.name:
        found.append(Difference("", "name", f"It is called “{after.name}” and was “{before.name}”."))
    for section, key, label, get, say in NUMBERS:
        was, is_ = get(before), get(after)
        if was != is_:
            found.append(Difference(section, key, _moved(label, was, is_, say)))
    for section, key, label, get, words in SETS:
        found += [Difference(section, key, text) for text in _listed(label, get(before), get(after), words)]
    for section, key, label, get, words in TABLES:
        found += [Difference(section, key, text) for text in _valued(label, get(before), get(after), words)]
    found += _by_item(before, after)
    if before.trust != after.trust:
        order = joined([called(one) for one in after.trust], "then")
        text = f"When answers differ, these are believed in this order now: {order}."
        found.append(Difference("4", "bantfo.trust", text))
    found += _clauses(before, after)
    order = {name: place for place, name in enumerate(("", "1", "2", "3", "4", "5", "A", "B", "C", "D", "E"))}
    return sorted(found, key=lambda one: order[one.section])


# -- numbers and single words ----------------------------------------------------------------------------------------
def _days(minutes: int) -> str:
    return f"{minutes // DAY} days"


def _asked(days: int) -> str:
    return _days(days) if days else "none asked for"


def _minutes(minutes: int) -> str:
    return f"{minutes} minutes"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _moved(label: str, was: Any, is_: Any, say: Callable[[Any], str]) -> str:
    verb = "changes"
    if isinstance(was, int) and isinstance(is_, int) and not isinstance(was, bool):
        verb = "rises" if is_ > was else "falls"
    return f"{label} {verb} from {say(was)} to {say(is_)}."


def _flag(value: bool) -> str:
    return "yes" if value else "no"


NUMBERS: tuple[tuple[str, str, str, Callable[[Definition], Any], Callable[[Any], str]], ...] = (
    ("3", "score.half_life_days", "The time in which what somebody did fades by half", lambda d: d.half_life, _days),
    ("3", "score.slow_half_life_days", "The time in which what fades slowly fades by half", lambda d: d.slow_half_life,
     _days),
    ("3", "score.daily_cap", "The most that one kind of thing counts a day", lambda d: d.daily_cap, points),
    ("3", "score.repeat_days", "The time after which the same content counts again", lambda d: d.repeat_after, _days),
    ("3", "score.engaged_days", "The time for which somebody counts as engaged", lambda d: d.engaged_for, _days),
    ("3", "score.engaged_person", "What each further engaged person counts", lambda d: d.engaged_points, points),
    ("3", "score.engaged_people_most", "The most further people who count", lambda d: d.engaged_most, str),
    ("3", "score.key_account", "What a key account counts", lambda d: d.key_account_points, points),
    ("3", "score.content.default", "What any other piece of content counts", lambda d: d.content_default, points),
    ("1", "score.passive_percent", "The share of the points that passive interest gets", lambda d: d.passive_share,
     lambda share: f"{share} %"),
    ("4", "score.asked", "The score asked for", lambda d: d.asked_score, points),
    ("4", "lead.grade", "The grade asked for", lambda d: d.asked_grade, str),
    ("4", "bantfo.enough.count", "The number of answers asked for", lambda d: d.enough_count, str),
    ("4", "bantfo.enough.level", "The level at which these answers are asked for", lambda d: d.enough_level, str),
    ("4", "bantfo.conversation.within_days", "The time within which somebody must have talked with them",
     lambda d: d.conversation_within, _asked),
    ("4", "lead.person_confirms", "That a person confirms each qualification", lambda d: d.person_confirms, _flag),
    ("4", "account.people", "The number of engaged people asked for", lambda d: d.people_asked, str),
    ("5", "promise.response_minutes", "The time in which sales answers a handoff",
     lambda d: d.promise.response_minutes, _minutes),
    ("5", "promise.contact_me_minutes", "The time in which “contact me” is answered",
     lambda d: d.promise.contact_me_minutes, _minutes),
    ("5", "promise.inquiry_minutes", "The time in which everybody else is answered",
     lambda d: d.promise.inquiry_minutes, _minutes),
    ("5", "promise.opens", "The beginning of working time", lambda d: d.promise.opens, _clock),
    ("5", "promise.closes", "The end of working time", lambda d: d.promise.closes, _clock),
    ("5", "promise.time_zone", "The time zone", lambda d: d.promise.time_zone, str),
    ("5", "promise.holidays", "Whose public holidays are free", lambda d: d.promise.holidays,
     lambda code: code or "none"),
    ("5", "cadence.touches", "The number of touches", lambda d: d.touches, str),
    ("5", "cadence.days_between", "The days between two touches", lambda d: d.touch_days, str),
)  # fmt: skip


# -- lists -----------------------------------------------------------------------------------------------------------
SETS: tuple[tuple[str, str, str, Callable[[Definition], Any], dict[str, str]], ...] = (
    ("1", "inquiry.refuse", "Counts for nothing", lambda d: d.inquiry.refuse, REFUSED),
    ("1", "inquiry.free_mail_by", "A private address will do by", lambda d: d.inquiry.free_mail_by, CHANNEL_WORDS),
    ("A", "inquiry.competitors", "Competitors", lambda d: d.inquiry.competitors, {}),
    ("1", "inquiry.domains_refused", "Domains that don’t count", lambda d: d.inquiry.domains_refused, {}),
    ("1", "inquiry.domains_accepted", "Domains that always count", lambda d: d.inquiry.domains_accepted, {}),
    ("1", "inquiry.countries_refused", "Countries that don’t count", lambda d: d.inquiry.countries_refused, {}),
    ("1", "inquiry.countries_accepted", "Countries that count", lambda d: d.inquiry.countries_accepted, {}),
    ("1", "inquiry.seniorities_refused", "Ranks that don’t count", lambda d: d.inquiry.seniorities_refused, {}),
    ("1", "inquiry.roles_refused", "Roles that don’t count", lambda d: d.inquiry.roles_refused, {}),
    ("3", "score.slow", "Fades slowly", lambda d: d.slow_kinds, {**CHANNEL_WORDS, **ACTION_WORDS}),
    ("3", "score.slow_content", "Content that fades slowly", lambda d: d.slow_content, {}),
    ("4", "bantfo.enough.of", "Answers of which so many are asked for", lambda d: d.enough_of, {}),
    ("4", "lead.never", "Never a lead", lambda d: [one.name for one in d.never], {}),
    ("4", "lead.confirm_when", "A person confirms first", lambda d: d.confirm_when, CONFIRM_WORDS),
    ("5", "promise.weekdays", "Working days", lambda d: [WEEKDAYS[day] for day in d.promise.weekdays], {}),
    ("A", "key_accounts", "Key accounts", lambda d: d.key_accounts, {}),
    ("C", "recycling.back_by", "A recycled person becomes a lead again", lambda d: d.back_by, BACK_WORDS),
)  # fmt: skip


def _listed(label: str, before, after, words: dict[str, str]) -> Iterator[str]:
    was, is_ = set(before), set(after)
    new, gone = ([words.get(one, called(one)) for one in sorted(some)] for some in (is_ - was, was - is_))
    if new:
        yield f"{label}: now also {joined(new)}."
    if gone:
        yield f"{label}: no longer {joined(gone)}."


TABLES: tuple[tuple[str, str, str, Callable[[Definition], dict[str, int]], dict[str, str]], ...] = (
    ("3", "score.inquiry", "An inquiry by", lambda d: d.inquiry_points, CHANNEL_WORDS),
    ("3", "score.content", "Content:", lambda d: d.content_points, {}),
    ("3", "score.page", "The page", lambda d: d.page_points, {"default": "of any other kind"}),
    ("3", "score.action", "What they do:", lambda d: d.action_points, ACTION_WORDS),
    ("3", "score.title", "Who they are:", lambda d: d.title_points, {}),
    ("3", "score.cap", "The most a day of", lambda d: d.kind_caps, CAP_WORDS),
)  # fmt: skip


def _valued(label: str, was: dict[str, int], is_: dict[str, int], words: dict[str, str]) -> Iterator[str]:
    for code in sorted(was.keys() | is_.keys()):
        name = f"{label} {words.get(code, called(code))}"
        if code not in was:
            yield f"{name} counts {points(is_[code])} now."
        elif code not in is_:
            yield f"{name} is not named any more; it counted {points(was[code])}."
        elif was[code] != is_[code]:
            yield f"{name} counts {points(is_[code])} instead of {points(was[code])}."


# -- BANTFO, and what is told clause by clause -----------------------------------------------------------------------
def _by_item(before: Definition, after: Definition) -> Iterator[Difference]:
    for item in ITEMS:
        was, is_ = before.clause(item), after.clause(item)
        name, key = item.capitalize(), f"bantfo.{item}"
        if was.asked != is_.asked:
            levels = {None: "not at all", "partly": "at least partly", "yes": "yes"}
            yield Difference("4", key, f"{name} is asked for: {levels[is_.asked]}; it was {levels[was.asked]}.")
        if was.expires != is_.expires and item != "fit":
            text = _moved(f"The age at which {item} is asked again", was.expires, is_.expires, _days)
            yield Difference("4", key, text)
        if was.sources != is_.sources:
            yield Difference("4", key, _moved(f"The number of sources asked for {item}", was.sources, is_.sources, str))
        if was.said_by != is_.said_by:
            who = joined(sorted(map(called, is_.said_by)), "or") if is_.said_by else "anybody"
            yield Difference("4", key, f"{name} counts when told by {who}.")


_WHOLE = ("fit.criteria.", "fit.grades", "score.profile.", "account.roles", "reject.", "recycling.", "scenario.")


def _clauses(before: Definition, after: Definition) -> Iterator[Difference]:
    """Criteria, grade rules, profiles, roles, reasons and scenarios: what each says now, beside what it said."""
    old, new = ({c.key: (s.number, c.text) for s in document(d) for c in s.clauses if c.key.startswith(_WHOLE)}
                for d in (before, after))  # fmt: skip
    for key in sorted(old.keys() | new.keys()):
        number, text = new.get(key) or old[key]
        if key not in old:
            yield Difference(number, key, f"New: {text[:MOST]}")
        elif key not in new:
            yield Difference(number, key, f"No longer: {old[key][1][:MOST]}")
        elif old[key][1] != text:
            yield Difference(number, key, f"Now: {text[:MOST]} Before: {old[key][1][:MOST]}")


# -- places of the document ------------------------------------------------------------------------------------------
_PARTS = {"any_of": "any of", "none_of": "none of", "at_least": "at least", "at_most": "at most",
          "attribute": "what it looks at", "says": "in words"}  # fmt: skip


def named(path: list[str]) -> str:
    """A place of the document in words: score, inquiry, purchased_list is "An inquiry by bought list"."""
    key = ".".join(path)
    for _, one, label, *_ in NUMBERS:
        if one == key:
            return label
    for _, one, label, _, words in TABLES:
        if key.startswith(f"{one}."):
            code = key.removeprefix(f"{one}.")
            return f"{label} {words.get(code, called(code))}"
    match path:
        case ["fit", "grades"]:
            return "The rules of the grades"
        case ["fit", "criteria", name, part]:
            return f"Who fits by {called(name)}: {_PARTS.get(part, called(part))}"
        case ["score", "profile", name]:
            return f"What they are: {called(name)}"
    return called(" ".join(path))
