"""The definition as a document in words: numbered clauses, made from what was parsed: text and rule can't differ.

Section 4 keeps its numbers whatever is asked for: verdicts name them (explain.CLAUSE_NUMBERS). Every clause has a key,
by which two versions are compared however their numbers have moved.
"""

import difflib
from dataclasses import dataclass

from winnow.policy.definition import DAY, Criterion, Definition, GradeRule, Role
from winnow.policy.facts import ITEMS
from winnow.policy.telling import expected, told

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
REFUSED = {
    "unreachable": "its address can’t be reached", "disposable": "its address is a disposable one",
    "robot": "a robot sent it", "free_mail": "its address is a free-mail one",
    "mailbox": "its address is a shared mailbox", "masked": "its address is masked",
    "no_mail": "the domain of its address is known to take no mail",
}  # fmt: skip
CHANNEL_WORDS = {
    "web": "form on the web", "event": "event", "phone": "call to us", "chat": "chat", "referral": "referral",
    "email": "mail to us", "purchased_list": "bought list", "default": "any other way",
}  # fmt: skip
ACTION_WORDS = {
    "mail_clicked": "following a link in a mail", "mail_replied": "answering a mail", "spoke": "talking with us",
    "met": "meeting us", "mail_bounced": "a mail that comes back for good", "opted_out": "wanting no more mail",
}  # fmt: skip
CAP_WORDS = {
    "inquiry": "inquiries", "content_taken": "content", "page_seen": "pages", "mail_clicked": "links in mails",
    "mail_replied": "answers to mails", "called": "calls", "met": "meetings", "touch": "touches",
}  # fmt: skip
CODES = {"channel": CHANNEL_WORDS, "action": ACTION_WORDS}
CONFIRM_WORDS = {
    "key_account": "for a key account", "came_back": "when it was recycled before",
    "passive": "where the person never came to us",
}  # fmt: skip
BACK_WORDS = {
    "evidence": "on evidence newer than the rejection for the clause that failed",
    "interest": "after the wake-up date with new active interest", "date": "on the wake-up date by itself",
    "person": "when a person takes it up again",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered sentence of the document. `key` stays the same from version to version."""

    number: str
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the document, or an annex."""

    number: str
    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A clause beside what it was: `parts` are (same, ins or del, text); `kind` is same, changed, added or removed."""

    clause: Clause
    kind: str
    parts: tuple[tuple[str, str], ...]


def document(definition: Definition) -> tuple[Section, ...]:
    """The whole document in order: sections 1 to 5, then annexes A to D, and E where there are scenarios."""
    return (
        _numbered("1", "What a valid inquiry is", _valid(definition)),
        _numbered("2", "Whom we want", _wanted(definition)),
        _numbered("3", "What counts, and how much", _counts(definition)),
        Section("4", "What must be known", tuple(
            Clause(f"4.{number}", key, text) for number, (key, text) in enumerate(_known(definition), 1) if text
        )),
        _numbered("5", "What sales owes", _owed(definition)),
        _numbered("A", "Companies", _companies(definition)),
        _numbered("B", "Reject reasons", _reasons(definition)),
        _numbered("C", "Recycling", _recycling(definition)),
        _numbered("D", "Steps that need a person", _steps(definition)),
        *((_numbered("E", "Scenarios that hold", _scenarios(definition)),) if definition.scenarios else ()),
    )  # fmt: skip


def _numbered(number: str, title: str, clauses: list[tuple[str, str]]) -> Section:
    return Section(
        number, title, tuple(Clause(f"{number}.{i}", key, text) for i, (key, text) in enumerate(clauses, 1))
    )


# -- small words -----------------------------------------------------------------------------------------------------
def points(milli: int) -> str:
    """Milli-points as people write them: 2500 is "2.5", -10000 is "10 against"."""
    size = f"{abs(milli) / 1000:.3f}".rstrip("0").rstrip(".")
    return f"{size} against" if milli < 0 else size


def joined(words: list[str], last: str = "and") -> str:
    """Words as a row: "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def called(code: str, of: str = "") -> str:
    """A code as people say it: `purchased_list` is "bought list" as a channel, else "purchased list". `of` says what it
    is a code of (a channel, an action)."""
    return CODES.get(of, {}).get(code) or code.replace("_", " ")


def _listed(codes: dict[str, int], words: dict[str, str]) -> str:
    ordered = sorted(codes.items(), key=lambda pair: (pair[0] == "default", -pair[1], pair[0]))
    return joined([f"{words.get(code, called(code))} {points(value)}" for code, value in ordered])


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours > 2 and not rest:
        return f"{hours} working hours"
    return f"{minutes} working minute{'s' if minutes != 1 else ''}"


def _days(minutes: int) -> str:
    days = minutes // DAY
    return f"{days} day{'s' if days != 1 else ''}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


# -- the sections ----------------------------------------------------------------------------------------------------
def _valid(d: Definition) -> list[tuple[str, str]]:
    passive = "counts nothing" if not d.passive_share else f"counts {d.passive_share} % of the points"
    clauses = [(
        "inquiry", "Somebody responded by a way of their own: a form, a call, a chat, a mail, a badge scanned at our "
        f"stand, a referral. A list that we bought is an inquiry of passive interest; passive interest {passive}, and "
        "alone never makes a lead.",
    )]  # fmt: skip
    refused = [REFUSED[code] for code in REFUSED if code in d.inquiry.refuse]
    text = f"It is kept and counts for nothing when {joined(refused, 'or')}." if refused else (
        "Every address is taken as it comes.")  # fmt: skip
    if "free_mail" in d.inquiry.refuse and d.inquiry.free_mail_by:
        ways = [CHANNEL_WORDS.get(code, called(code)) for code in sorted(d.inquiry.free_mail_by)]
        text += f" By {joined(ways, 'or')} a free-mail address will do."
    if d.inquiry.domains_accepted:
        text += f" Addresses at {joined(sorted(d.inquiry.domains_accepted))} are always taken."
    clauses.append(("inquiry.refuse", text))
    who = []
    if d.inquiry.competitors:
        who.append("from a competitor of annex A")
    if d.inquiry.domains_refused:
        who.append(f"from an address at {joined(sorted(d.inquiry.domains_refused), 'or')}")
    if d.inquiry.countries_refused:
        who.append(f"from {joined(sorted(d.inquiry.countries_refused), 'or')}")
    if d.inquiry.countries_accepted:
        who.append(f"from a country that is known and is not {joined(sorted(d.inquiry.countries_accepted), 'or')}")
    if d.inquiry.seniorities_refused:
        who.append(f"from somebody of seniority {joined(sorted(d.inquiry.seniorities_refused), 'or')}")
    if d.inquiry.roles_refused:
        who.append(f"from a {joined(sorted(map(called, d.inquiry.roles_refused)), 'or')}")
    text = f"Nor does it count {joined(who, 'or')}." if who else "Nobody is left out for who they are."
    return [*clauses, ("inquiry.who", text)]


def _criterion(one: Criterion) -> str:
    name, asks = called(one.attribute), []
    if one.at_least is not None and one.at_most is not None:
        asks.append(f"{one.at_least:,} to {one.at_most:,}")
    elif one.at_least is not None:
        asks.append(f"at least {one.at_least:,}")
    elif one.at_most is not None:
        asks.append(f"at most {one.at_most:,}")
    if one.any_of:
        words = sorted(word.upper() if name == "country" else word for word in one.any_of)
        asks.append(joined(words, "or"))
    if one.none_of:
        words = sorted(word.upper() if name == "country" else word for word in one.none_of)
        asks.append(f"not {joined(words, 'or')}")
    asked = f"{name} {', and '.join(asks)}"
    return f"{called(one.name).capitalize()}: {f'{one.says} ({asked})' if one.says else asked}."


def _wanted(d: Definition) -> list[tuple[str, str]]:
    clauses = [(f"fit.criteria.{one.name}", _criterion(one)) for one in d.criteria]
    if not clauses:
        clauses.append(("fit.criteria", "Nothing is asked of person or firm, so everybody has grade D."))
    rules = [(_rule(rule)) for rule in d.grades]
    clauses.append(("fit.grades", " ".join([*rules, "Grade D: everything else. What isn’t known is not met."])))
    return clauses


def _rule(rule: GradeRule) -> str:
    asks = []
    if rule.every:
        asks.append(joined([called(name) for name in rule.every]))
    if rule.at_least:
        asks.append(f"at least {rule.at_least} of {joined([called(name) for name in rule.some], 'or')}")
    return f"Grade {rule.grade}: {', with '.join(asks)}."


def _counts(d: Definition) -> list[tuple[str, str]]:
    clauses = []
    if d.inquiry_points:
        clauses.append(("score.inquiry", f"An inquiry by {_listed(d.inquiry_points, CHANNEL_WORDS)}."))
    content = dict(d.content_points)
    text = f"Content: {_listed(content, {})}; any other piece {points(d.content_default)}." if content else (
        f"Each piece of content that is used, {points(d.content_default)}.")  # fmt: skip
    clauses.append(("score.content", text))
    if d.page_points:
        clauses.append(("score.page", f"Pages looked at: {_listed(d.page_points, {'default': 'any other page'})}."))
    if d.action_points:
        clauses.append(("score.action", f"{_listed(d.action_points, ACTION_WORDS)}.".capitalize()))
    if d.title_points:
        clauses.append(("score.title", f"Who they are, as long as they are it: {_listed(d.title_points, {})}."))
    for one in d.profile:
        clauses.append((
            f"score.profile.{one.criterion.name}", f"{_criterion(one.criterion)[:-1]}: {points(one.points)}.",
        ))  # fmt: skip
    clauses.append((
        "score.account", f"Each further engaged person of the account, {points(d.engaged_points)}, up to "
        f"{d.engaged_most} of them who did something in the last {_days(d.engaged_for)}; "
        f"a key account of annex A, {points(d.key_account_points)}.",
    ))  # fmt: skip
    slow = joined(sorted(
        [ACTION_WORDS.get(kind, CHANNEL_WORDS.get(kind, called(kind))) for kind in d.slow_kinds]
        + [called(code) for code in d.slow_content]
    ))  # fmt: skip
    caps = [f"{CAP_WORDS[kind]} {points(most)}" for kind, most in d.kind_caps.items()]
    own = f" With a limit of their own a day: {joined(caps)}." if caps else ""
    late = f" {slow.capitalize()}: by half in {_days(d.slow_half_life)}." if slow else ""
    clauses.append(("score.fading", f"What somebody did fades by half in {_days(d.half_life)}.{late}"))
    clauses.append((
        "score.caps", f"No more than {points(d.daily_cap)} a day from one kind of thing; the same piece of content "
        f"counts again after {_days(d.repeat_after)}.{own} Clicks made by machines, and opens, count nothing.",
    ))  # fmt: skip
    return clauses


def _known(d: Definition) -> list[tuple[str, str]]:
    asked = [
        f"{clause.item.capitalize()}{' at least partly' if clause.asked == 'partly' else ', yes'}"
        + (f", by {clause.sources} sources" if clause.sources > 1 else "")
        for clause in d.clauses if clause.asked
    ]
    heard = [
        f"{clause.item} counts only by {joined([called(one) for one in sorted(clause.said_by)], 'or')}"
        for clause in d.clauses if clause.said_by
    ]
    by_whom = f" {joined(heard).capitalize()}." if heard else ""
    old = joined([f"{item} after {_days(d.clause(item).expires)}" for item in ITEMS if item != "fit"])
    trust = joined([called(one) for one in d.trust], "then")
    enough = f"At least {d.enough_count} of {joined(list(d.enough_of))} are known: {_level(d.enough_level)}."
    talk = (
        f"Somebody has talked with a person of the account in the last {_days(d.conversation_within)}: a call, "
        "a meeting or a reply."
    )
    return [
        ("lead.score", f"A score of at least {points(d.asked_score)}. A high score alone never makes a lead."),
        ("lead.grade", f"Grade {d.asked_grade} or better." if d.asked_grade != "D" else "Any grade."),
        ("bantfo.items", f"{'. '.join(asked) if asked else 'No single answer is asked for by name'}. By evidence: who "
                         f"said so, when, to whom.{by_whom} It is asked again when it is old: {old}. "
                         f"When answers differ, these are believed in this order: {trust}; then the newest."),
        ("bantfo.enough", enough if d.enough_count else "No number of answers is asked for beyond these."),
        ("bantfo.conversation", talk if d.conversation_within else "No conversation is asked for."),
        ("lead.person_confirms", _confirms(d)),
        ("account.people", f"At least {_people(d.people_asked)} of the account did something in the last "
                           f"{_days(d.engaged_for)}." if d.people_asked else ""),
        ("account.roles", _roles(d)),
        ("lead.never", f"Never a lead, whatever else is known: {joined([called(one.name) for one in d.never], 'or')} "
                       "as section 2 says." if d.never else ""),
    ]  # fmt: skip


def _confirms(d: Definition) -> str:
    if d.person_confirms:
        return "A person confirms the qualification before it is a lead."
    at_once = "Who meets all of this is a lead at once; a person decides whom to hand it to."
    if not d.confirm_when:
        return at_once
    when = joined([CONFIRM_WORDS[one] for one in CONFIRM_WORDS if one in d.confirm_when], "or")
    return f"{at_once} But a person confirms the qualification first {when}."


def _people(count: int) -> str:
    return f"{count} people" if count != 1 else "1 person"


def _role(role: Role) -> str:
    has = [joined([called(one) for one in sorted(kind)], "or") for kind in (role.seniority, role.department, role.role)
           if kind]  # fmt: skip
    if role.authority:
        has.append(f"says to have authority, {_level(role.authority)}")
    return f"{called(role.name)} ({f'{role.says}: ' if role.says else ''}{', '.join(has)})"


def _roles(d: Definition) -> str:
    asked = [f"{role.at_least} × {_role(role)}" for role in d.roles if role.at_least]
    shown = [_role(role) for role in d.roles if not role.at_least]
    texts = [f"Of the buying group, people engaged lately: {joined(asked)}."] if asked else []
    if shown:
        texts.append(f"Roles of the buying group that are shown, and not asked for: {joined(shown)}.")
    return " ".join(texts)


def _level(level: str) -> str:
    return "yes" if level == "yes" else "at least partly"


def _owed(d: Definition) -> list[tuple[str, str]]:
    p = d.promise
    days = joined([WEEKDAYS[day] for day in sorted(p.weekdays)])
    free = f", except on public holidays of {p.holidays}" if p.holidays else ""
    number = len(d.reasons)
    reasons = f"one of the {number} reasons of annex B" if number > 1 else "the reason of annex B" if number else (
        "a reason")  # fmt: skip
    weeks = d.touches * d.touch_days
    at_once, later = _minutes(p.contact_me_minutes), _minutes(p.inquiry_minutes)
    return [
        ("promise.response", f"Sales answers a handoff, accept or reject, within {_minutes(p.response_minutes)}. "
                             f"A rejection names {reasons}."),
        ("cadence", f"At least {d.touches} touches over {weeks} days, each for a reason of its own, the next one "
                    "always dated."),
        ("promise.inquiry", f"In return marketing answers whoever asks to be contacted within {at_once}, everybody "
                            f"else within {later}."),
        ("promise.hours", f"Working time is {days}, {_clock(p.opens)} to {_clock(p.closes)}, {p.time_zone}{free}."),
    ]  # fmt: skip


def _companies(d: Definition) -> list[tuple[str, str]]:
    key = f"Key accounts: {', '.join(sorted(d.key_accounts))}." if d.key_accounts else "No key accounts are listed."
    rivals = sorted(d.inquiry.competitors)
    return [
        ("key_accounts", key),
        ("competitors", f"Competitors: {', '.join(rivals)}." if rivals else "No competitors are listed."),
    ]


def _reasons(d: Definition) -> list[tuple[str, str]]:
    named = [(one.code, (one.says or called(one.code)).rstrip(".")) for one in d.reasons]
    clauses = [(f"reject.{code}", f"{says} ({code}).") for code, says in named]
    return clauses or [("reject", "No reasons are listed, so a handoff can’t be rejected.")]


def _recycling(d: Definition) -> list[tuple[str, str]]:
    clauses = []
    for one in d.reasons:
        name = (one.says or called(one.code)).rstrip(".")
        if one.then == "disqualified":
            text = f"{name}: disqualified{', for good' if one.lasting else ' until something new comes in'}."
        else:
            failed = "nothing is undone"
            if one.clause:
                failed = f"{one.clause} is asked again, and only newer evidence counts"
            text = f"{name}: recycled for {one.wait_days} days; {failed}."
        clauses.append((f"recycling.{one.code}", text))
    ways = joined([BACK_WORDS[one] for one in BACK_WORDS if one in d.back_by], "or")
    clauses.append(("recycling", f"A recycled person becomes a lead again {ways}."))
    return clauses


def _steps(d: Definition) -> list[tuple[str, str]]:
    """What no machine does alone: always a person's, and what this definition adds."""
    clauses = [(
        "steps.always", "A person hands a lead off and chooses to whom; a person of sales accepts or rejects it; a "
        "person disqualifies, and a person judges doubtful merges.",
    )]  # fmt: skip
    if d.person_confirms:
        clauses.append(("steps.confirm", "A person confirms each qualification (4.6)."))
    elif d.confirm_when:
        when = joined([CONFIRM_WORDS[one] for one in CONFIRM_WORDS if one in d.confirm_when], "or")
        clauses.append(("steps.confirm", f"A person confirms the qualification {when} (4.6)."))
    if d.back_by == {"person"}:
        clauses.append(("steps.back", "Only a person takes a recycled prospect up again (annex C)."))
    return clauses


def _scenarios(d: Definition) -> list[tuple[str, str]]:
    return [
        (f"scenario.{one.name}", f"{one.name}. {' '.join(told(line) for line in one.story)} {expected(one)}")
        for one in d.scenarios
    ]


# -- two versions beside each other ----------------------------------------------------------------------------------
def compared(before: tuple[Section, ...], after: tuple[Section, ...]) -> list[tuple[Section, list[Change]]]:
    """The later document, each clause beside what it was; removed ones stand at the end of their section."""
    old = {clause.key: clause for section in before for clause in section.clauses}
    kept = {clause.key for section in after for clause in section.clauses}
    homes = {section.number: [c for c in section.clauses if c.key not in kept] for section in before}
    pages = []
    for section in after:
        changes = [_change(old.get(clause.key), clause) for clause in section.clauses]
        changes += [Change(one, "removed", (("del", one.text),)) for one in homes.get(section.number, [])]
        pages.append((section, changes))
    return pages


def _change(before: Clause | None, after: Clause) -> Change:
    if before is None:
        return Change(after, "added", (("ins", after.text),))
    if before.text == after.text:
        return Change(after, "same", (("same", after.text),))
    return Change(after, "changed", tuple(difference(before.text, after.text)))


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as a row of (same, del or ins, words), compared word by word; a space stands between two parts."""
    old, new = before.split(), after.split()
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("same", " ".join(new[c:d])))
            continue
        if b > a:
            parts.append(("del", " ".join(old[a:b])))
        if d > c:
            parts.append(("ins", " ".join(new[c:d])))
    return parts
