"""The lead definition as the policy sees it: parsed, checked, frozen, and hashed over its canonical JSON.

A definition is a plain mapping (from TOML, YAML or the screen). `parse` checks every key and returns a Definition;
`canonical` is the text that both sides sign: comments, order and spacing of the file don't count, the lists it refers
to do. Points are kept as integer milli-points, times as whole minutes or days.
"""

from dataclasses import dataclass
from typing import Any

from winnow.policy.document import DefinitionError, Section, content_hash, milli
from winnow.policy.facts import CHANNELS, ITEMS, LEVELS, SENIORITIES
from winnow.policy.scenario import Scenario, read_scenarios

DAY = 1440  # minutes
CLAUSE_LEVELS = ("partly", "yes")
PERSON_ATTRIBUTES = ("seniority", "department", "role", "language")
ENDINGS = ("recycled", "disqualified")
CAPPED = {
    "inquiry": "inquiry", "content": "content_taken", "page": "page_seen", "click": "mail_clicked",
    "reply": "mail_replied", "call": "called", "meeting": "met", "touch": "touch",
}  # fmt: skip
"""What may have a daily cap of its own, and the kind of fact that it is."""
CONFIRM_WHEN = ("key_account", "came_back", "passive")
BACK_BY = ("evidence", "interest", "date", "person")
SOURCES = ("rep", "meeting", "call", "mail", "chat", "form", "event", "import", "machine")
REFUSABLE = ("unreachable", "masked", "no_mail", "disposable", "free_mail", "mailbox", "robot")


@dataclass(frozen=True, slots=True)
class InquiryRules:
    """What a valid inquiry is. `refuse` and the lists name what is kept as an inquiry but counts for nothing.

    Domains in `domains_accepted` are taken whatever `refuse` says of domains; `free_mail_by` are the channels by which
    a private address will do. Where `countries_accepted` are listed no other will do; an unknown one always does.
    """

    refuse: frozenset[str] = frozenset({"unreachable", "disposable", "robot"})
    competitors: frozenset[str] = frozenset()
    domains_refused: frozenset[str] = frozenset()
    domains_accepted: frozenset[str] = frozenset()
    free_mail_by: frozenset[str] = frozenset()
    countries_refused: frozenset[str] = frozenset()
    countries_accepted: frozenset[str] = frozenset()
    seniorities_refused: frozenset[str] = frozenset()
    roles_refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question of fit about one attribute. `any_of`/`none_of` compare codes, `at_least`/`at_most` numbers."""

    name: str
    attribute: str
    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()
    at_least: int | None = None
    at_most: int | None = None
    says: str = ""

    @property
    def of_person(self) -> bool:
        """Whether the attribute belongs to the person and not to the account."""
        return self.attribute in PERSON_ATTRIBUTES


@dataclass(frozen=True, slots=True)
class GradeRule:
    """`grade` is given when all of `every` and at least `at_least` of `some` are met."""

    grade: str
    every: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Clause:
    """What is asked of one item of BANTFO: at least this level, by evidence not older than `expires` minutes, told by
    `said_by` (empty: by anybody), from at least so many `sources` that don't contradict each other."""

    item: str
    asked: str | None
    expires: int
    said_by: frozenset[str] = frozenset()
    sources: int = 1


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the buying group: whoever has each of the attributes that are named takes it. `at_least` people of the
    account who were engaged lately must have it before there is a lead; 0 asks for none and shows who has it."""

    name: str
    seniority: frozenset[str] = frozenset()
    department: frozenset[str] = frozenset()
    role: frozenset[str] = frozenset()
    authority: str = ""
    at_least: int = 0
    says: str = ""

    def taken_by(self, attrs: dict[str, str]) -> bool:
        """Whether somebody with these attributes has the role, `authority` aside. Unknown is not yes."""
        for name in ("seniority", "department", "role"):
            wanted = getattr(self, name)
            if wanted and attrs.get(name, "").lower() not in wanted:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Profile:
    """Milli-points, either way, for as long as `criterion` is met: what somebody is and not what they did."""

    criterion: Criterion
    points: int


@dataclass(frozen=True, slots=True)
class RejectReason:
    """A coded reason of sales. `clause` is what failed; `then` recycled (after `wait_days`) or disqualified."""

    code: str
    says: str
    clause: str = ""
    then: str = "recycled"
    wait_days: int = 90
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """What both sides owe in time: minutes of working time, and the hours that count."""

    contact_me_minutes: int = 5
    inquiry_minutes: int = 60
    response_minutes: int = 60
    opens: int = 9 * 60
    closes: int = 17 * 60
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    time_zone: str = "UTC"
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """The whole lead definition. All points in milli-points, all spans in minutes unless named otherwise."""

    name: str
    inquiry: InquiryRules
    criteria: tuple[Criterion, ...]
    grades: tuple[GradeRule, ...]
    asked_score: int
    half_life: int
    slow_half_life: int
    slow_kinds: frozenset[str]
    daily_cap: int
    repeat_after: int
    engaged_for: int
    engaged_points: int
    engaged_most: int
    key_account_points: int
    inquiry_points: dict[str, int]
    passive_share: int
    content_points: dict[str, int]
    content_default: int
    page_points: dict[str, int]
    action_points: dict[str, int]
    title_points: dict[str, int]
    profile: tuple[Profile, ...]
    kind_caps: dict[str, int]
    slow_content: frozenset[str]
    clauses: tuple[Clause, ...]
    enough_of: tuple[str, ...]
    enough_count: int
    enough_level: str
    conversation_within: int
    trust: tuple[str, ...]
    asked_grade: str
    person_confirms: bool
    confirm_when: frozenset[str]
    never: tuple[Criterion, ...]
    people_asked: int
    roles: tuple[Role, ...]
    back_by: frozenset[str]
    promise: Promise
    touches: int
    touch_days: int
    reasons: tuple[RejectReason, ...]
    key_accounts: frozenset[str]
    scenarios: tuple[Scenario, ...]
    document: dict[str, Any]
    hash: str

    def reason(self, code: str) -> RejectReason:
        """The reject reason of that code; KeyError when the definition has none."""
        for reason in self.reasons:
            if reason.code == code:
                return reason
        raise KeyError(code)

    def clause(self, item: str) -> Clause:
        """What is asked of one item of BANTFO."""
        return self.clauses[ITEMS.index(item)]


def parse(document: dict[str, Any]) -> Definition:
    """The definition in a plain mapping. Raises DefinitionError naming the key, the reason and what would do."""
    top = Section(document, "")
    name = top.text("name", "Lead definition", 120)
    inquiry = _inquiry(top.sub("inquiry"))
    criteria, grades = _fit(top.sub("fit"))
    score = top.sub("score")
    need = top.sub("bantfo")
    clauses = tuple(_clause(need, item) for item in ITEMS)
    enough = need.sub("enough")
    talk = need.sub("conversation")
    lead = top.sub("lead")
    account = top.sub("account")
    recycling = top.sub("recycling")
    cadence = top.sub("cadence")
    action_names = ("mail_clicked", "mail_replied", "spoke", "met", "mail_bounced", "opted_out")
    definition = Definition(
        name=name,
        inquiry=inquiry,
        criteria=criteria,
        grades=grades,
        asked_score=score.points("asked", 60),
        half_life=score.integer("half_life_days", 30, 1, 3650) * DAY,
        slow_half_life=score.integer("slow_half_life_days", 90, 1, 3650) * DAY,
        slow_kinds=frozenset(score.words("slow", ("spoke", "met", "event"), (*action_names, *CHANNELS))),
        daily_cap=score.points("daily_cap", 20),
        repeat_after=score.integer("repeat_days", 30, 0, 3650) * DAY,
        engaged_for=score.integer("engaged_days", 90, 1, 3650) * DAY,
        engaged_points=score.points("engaged_person", 10),
        engaged_most=score.integer("engaged_people_most", 3, 0, 10),
        key_account_points=score.points("key_account", 10),
        inquiry_points=score.points_of("inquiry", (*CHANNELS, "default")),
        passive_share=score.integer("passive_percent", 0, 0, 100),
        content_points={k: v for k, v in score.points_of("content").items() if k != "default"},
        content_default=milli(score.get("content", {}).get("default", 5), "score.content.default"),
        page_points=score.points_of("page"),
        action_points=score.points_of("action", action_names),
        title_points=score.points_of("title", SENIORITIES),
        profile=_profile(score.sub("profile")),
        kind_caps={CAPPED[name]: value for name, value in score.points_of("cap", tuple(CAPPED)).items()},
        slow_content=frozenset(score.words("slow_content")),
        clauses=clauses,
        enough_of=enough.words("of", (), ITEMS),
        enough_count=enough.integer("count", 0, 0, 6),
        enough_level=enough.one_of("level", CLAUSE_LEVELS, "partly"),
        conversation_within=talk.integer("within_days", 0, 0, 3650) * DAY,
        trust=need.words("trust", SOURCES),
        asked_grade=lead.one_of("grade", ("A", "B", "C", "D"), "B"),
        person_confirms=lead.flag("person_confirms", False),
        confirm_when=frozenset(lead.words("confirm_when", (), CONFIRM_WHEN)),
        never=_never(lead.words("never", (), tuple(one.name for one in criteria)), criteria),
        people_asked=account.integer("people", 0, 0, 10),
        roles=_roles(account.sub("roles")),
        back_by=frozenset(recycling.words("back_by", ("evidence", "interest"), BACK_BY)),
        promise=_promise(top.sub("promise")),
        touches=cadence.integer("touches", 6, 1, 30),
        touch_days=cadence.integer("days_between", 4, 1, 60),
        reasons=_reasons(top.get("reject", [])),
        key_accounts=frozenset(word.lower() for word in top.words("key_accounts")),
        scenarios=read_scenarios(top.get("scenario", [])),
        document=document,
        hash=content_hash(document),
    )
    for section in (top, score, need, enough, talk, lead, account, recycling, cadence):
        section.closed()
    if not definition.back_by:
        raise DefinitionError(f"recycling.back_by leaves no way back; name one of {', '.join(BACK_BY)}.")
    return definition


def _inquiry(section: Section) -> InquiryRules:
    rules = InquiryRules(
        refuse=frozenset(section.words("refuse", ("unreachable", "disposable", "robot"), REFUSABLE)),
        **{name: section.lower(name) for name in ("competitors", "domains_refused", "domains_accepted")},
        free_mail_by=frozenset(section.words("free_mail_by", (), CHANNELS)),
        countries_refused=frozenset(word.upper() for word in section.words("countries_refused")),
        countries_accepted=section.countries("countries_accepted"),
        seniorities_refused=frozenset(section.words("seniorities_refused", (), SENIORITIES)),
        roles_refused=section.lower("roles_refused"),
    )
    section.closed()
    if both := rules.countries_refused & rules.countries_accepted:
        raise DefinitionError(f"inquiry both accepts and refuses {', '.join(sorted(both))}; take it off one list.")
    return rules


def _fit(section: Section) -> tuple[tuple[Criterion, ...], tuple[GradeRule, ...]]:
    criteria = []
    table = section.sub("criteria")
    for name in sorted(table.data):
        one = table.sub(name)
        criteria.append(_criterion(one, name))
        one.closed()
    names = tuple(criterion.name for criterion in criteria)
    rules = []
    written = section.get("grades", [])
    if not isinstance(written, list):
        raise DefinitionError(f"{section.at('grades')} should be a list of rules, best grade first.")
    for number, row in enumerate(written, 1):
        one = Section(row, f"{section.at('grades')}[{number}]")
        rule = GradeRule(
            grade=one.one_of("grade", ("A", "B", "C"), ""),
            every=one.words("every", (), names),
            some=one.words("some", (), names),
            at_least=one.integer("at_least", 0, 0, 50),
        )
        one.closed()
        if not rule.every and not rule.at_least:
            raise DefinitionError(f"{one.path} would give {rule.grade} to everybody; name what it asks for.")
        if rules and rule.grade < rules[-1].grade:
            raise DefinitionError(
                f"{one.path} gives {rule.grade} after {rules[-1].grade}; the best grade stands first."
            )
        rules.append(rule)
    section.closed()
    return tuple(criteria), tuple(rules)


def _criterion(one: Section, name: str) -> Criterion:
    criterion = Criterion(
        name=name,
        attribute=one.text("attribute", name, 60),
        any_of=frozenset(word.lower() for word in one.words("any_of")),
        none_of=frozenset(word.lower() for word in one.words("none_of")),
        at_least=one.integer("at_least", 0, 0, 10**9) if "at_least" in one.data else None,
        at_most=one.integer("at_most", 0, 0, 10**9) if "at_most" in one.data else None,
        says=one.text("says"),
    )
    if not (criterion.any_of or criterion.none_of) and (criterion.at_least, criterion.at_most) == (None, None):
        raise DefinitionError(f"{one.path} asks nothing; give any_of, none_of, at_least or at_most.")
    return criterion


def _profile(table: Section) -> tuple[Profile, ...]:
    found = []
    for name in sorted(table.data):
        one = table.sub(name)
        found.append(Profile(_criterion(one, name), one.points("points")))
        one.closed()
    return tuple(found)


def _never(names: tuple[str, ...], criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    return tuple(one for one in criteria if one.name in names)


def _roles(table: Section) -> tuple[Role, ...]:
    found = []
    for name in sorted(table.data):
        one = table.sub(name)
        role = Role(
            name=name,
            seniority=frozenset(one.words("seniority", (), SENIORITIES)),
            department=one.lower("department"),
            role=one.lower("role"),
            authority=one.one_of("authority", ("", *CLAUSE_LEVELS), ""),
            at_least=one.integer("at_least", 0, 0, 10),
            says=one.text("says"),
        )
        one.closed()
        if not (role.seniority or role.department or role.role or role.authority):
            raise DefinitionError(
                f"{one.path} would be everybody's role; give seniority, department, role or authority."
            )
        found.append(role)
    return tuple(found)


def _clause(section: Section, item: str) -> Clause:
    one = section.sub(item)
    asked = one.get("asked")
    if asked is not None and asked not in CLAUSE_LEVELS:
        raise DefinitionError(f"{one.at('asked')} is {asked!r}; partly or yes is asked for, or leave it out.")
    clause = Clause(
        item, asked, one.integer("expires_days", 180, 1, 3650) * DAY, frozenset(one.words("said_by", (), SOURCES)),
        one.integer("sources", 1, 1, 5),
    )  # fmt: skip
    one.closed()
    return clause


def _promise(section: Section) -> Promise:
    promise = Promise(
        contact_me_minutes=section.integer("contact_me_minutes", 5, 1, 100_000),
        inquiry_minutes=section.integer("inquiry_minutes", 60, 1, 100_000),
        response_minutes=section.integer("response_minutes", 60, 1, 100_000),
        opens=_clock(section, "opens", "09:00"),
        closes=_clock(section, "closes", "17:00"),
        weekdays=tuple(_WEEKDAYS.index(day) for day in section.words("weekdays", _WEEKDAYS[:5], _WEEKDAYS)),
        time_zone=section.text("time_zone", "UTC", 60),
        holidays=section.text("holidays", "", 10),
    )
    section.closed()
    if promise.opens >= promise.closes or not promise.weekdays:
        raise DefinitionError(
            "promise leaves no working time: opens must lie before closes, and a weekday is needed."
        )
    return promise


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _clock(section: Section, key: str, default: str) -> int:
    value = section.text(key, default, 5)
    hours, colon, minutes = value.partition(":")
    figures = bool(colon) and hours.isdigit() and minutes.isdigit()
    if not figures or int(minutes) >= 60 or int(hours) * 60 + int(minutes) > 1440:
        raise DefinitionError(f"{section.at(key)} is {value!r}; a time such as 09:00 is asked for.")
    return int(hours) * 60 + int(minutes)


def _reasons(rows: Any) -> tuple[RejectReason, ...]:
    if not isinstance(rows, list):
        raise DefinitionError("reject should be a list of reasons.")
    reasons: list[RejectReason] = []
    for number, row in enumerate(rows, 1):
        one = Section(row, f"reject[{number}]")
        reason = RejectReason(
            code=one.text("code", "", 40),
            says=one.text("says"),
            clause=one.one_of("clause", ("", *ITEMS), ""),
            then=one.one_of("then", ENDINGS, "recycled"),
            wait_days=one.integer("wait_days", 90, 0, 3650),
            lasting=one.flag("lasting", False),
        )
        one.closed()
        if not reason.code or reason.code in {known.code for known in reasons}:
            raise DefinitionError(f"{one.path}.code is {reason.code!r}; each reason needs a code of its own.")
        reasons.append(reason)
    return tuple(reasons)


assert set(CLAUSE_LEVELS) < set(LEVELS)
