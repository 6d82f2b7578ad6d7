"""The buying group of an account: who is in it, which roles are covered, what is missing, and how much hangs on whom.

How far an account has come is never a sum over its people: twenty who clicked once are no buyer. Each person counts
with a saturating share (the account roll-up of the method): who has S points, where A are asked, brings it along by

    p = S / (S + A)      0 without points, 1/2 at the asked score, never 1

and the account stands at P = 1 - (1 - p1)(1 - p2)..., as if each had their own chance of carrying it. P is 1/2 where
one person has the asked score, 3/4 where two have. What a person contributes is their part of ln(1 - P), which is the
sum of all ln(1 - p):

    share = ln(1 - p) / ln(1 - P)

so that the shares of all add up to one, and equal people have equal shares. `without` is where the account would
stand if that person left: 1 - (1 - P) / (1 - p).
"""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime

from winnow.leads import axes
from winnow.leads.account import Account
from winnow.leads.bench import now_milli
from winnow.leads.definition import Definition
from winnow.leads.fact import minute
from winnow.leads.person import Person
from winnow.leads.record import Recording
from winnow.leads.standing import PersonStanding
from winnow.policy import definition as rules
from winnow.policy.facts import ITEMS
from winnow.policy.fold import FRONT, RANK, Fold
from winnow.policy.judge import AccountVerdict, coverage
from winnow.policy.state import AccountState, PersonState

MOST = 50
USUAL = (
    rules.Role("decision_maker", seniority=frozenset({"executive", "vp"}), says="decides"),
    rules.Role("budget_holder", authority="yes", says="has budget authority"),
    rules.Role("manager", seniority=frozenset({"director", "manager"}), says="leads those who would use it"),
    rules.Role("user", seniority=frozenset({"senior", "professional", "junior"}), says="would use it"),
    rules.Role("buyer", department=frozenset({"purchasing", "finance", "legal"}), says="buys, pays or signs"),
)
"""The roles that are shown where the definition names none: by seniority and department, and by what was said."""


@dataclass(frozen=True)
class Part:
    """One role of the buying group: its name, what it is, whom we know in it, who of them is engaged, how many the
    definition asks for."""

    name: str
    says: str
    engaged: tuple[Person, ...]
    quiet: tuple[Person, ...]
    asked: int = 0

    @property
    def covered(self) -> bool:
        """Whether somebody engaged has it, and as many as are asked for."""
        return len(self.engaged) >= max(self.asked, 1)


@dataclass(frozen=True)
class Member:
    """One of the group at this minute. `share` of the account's standing comes from them; `without` them it would stand
    at that."""

    person: Person
    milli: int
    band: int
    grade: str
    ready: bool
    levels: list[str]
    parts: tuple[str, ...]
    share: float
    without: float
    engaged: bool


@dataclass
class Group:
    """The account on its two axes, its people, roles and gaps. `standing` is P of the module's formula."""

    members: list[Member] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    standing: float = 0.0
    band: int = 4
    grade: str = ""
    more: bool = False
    named: bool = False


def chance(milli: int, asked: int) -> float:
    """How far one person alone brings the account, by a score and the asked one: from 0 up to, but never, 1."""
    points = max(milli, 0)
    return points / (points + asked) if asked > 0 else float(points > 0) / 2


def together(chances: list[float]) -> float:
    """Where the account stands by its people: 1 - (1 - p1)(1 - p2)..."""
    return 1.0 - math.prod(1.0 - one for one in chances)


def shares(chances: list[float]) -> list[float]:
    """What part of the standing comes from each; they add up to one, or are all nothing where nobody has any."""
    weights = [-math.log1p(-one) for one in chances]
    whole = math.fsum(weights)
    return [weight / whole if whole else 0.0 for weight in weights]


def band_of(standing: float) -> int:
    """The band of an account: that of one person who alone would bring it as far."""
    return next((band for band, part in enumerate(axes.PARTS, 1) if standing >= 1 / (part + 1) - 1e-9), 4)


def buying_group(account: Account, definition: Definition | None, at: datetime) -> Group:
    """Everybody known of the account, at most the MOST most engaged; judged at this minute where they are engaged."""
    rows = PersonStanding.objects.filter(account=account, person__merged_into=None).select_related("person")
    rows = list(rows.order_by("-order_key", "person_id")[: MOST + 1])
    found = Group(more=len(rows) > MOST)
    rows = rows[:MOST]
    history = Recording(account, at, None) if definition is not None else None  # never closed: nothing is written
    if history is None or history.fold is None:
        return found
    verdict: AccountVerdict = history.verdict
    state = history.fold.accounts.get(account.pk) or AccountState()
    now_judged = {one.person: one for one in verdict.people}
    scores = [
        now_judged[row.person_id].milli if row.person_id in now_judged else now_milli(row, definition, at)
        for row in rows
    ]
    policy, known = definition.policy, _known(rows, history.fold)
    chances = [chance(milli, policy.asked_score) for milli in scores]
    found.standing = together(chances)
    found.band = band_of(found.standing)
    lately = minute(at) - policy.engaged_for
    engaged = {who for who, last in state.front if last > lately}
    found.named = bool(policy.roles)
    found.parts = _parts(policy, history.fold, state, rows, known, engaged, minute(at))
    names: dict[int, list[str]] = {}
    for part in found.parts:
        for one in (*part.engaged, *part.quiet):
            names.setdefault(one.pk, []).append(part.name)
    for row, milli, own, share in zip(rows, scores, chances, shares(chances), strict=True):
        judged = now_judged.get(row.person_id, row)
        found.members.append(Member(
            row.person, milli, axes.band_at(policy, milli), judged.grade, judged.ready, list(judged.levels),
            tuple(names.get(row.person_id, ())), share, 1 - (1 - found.standing) / (1 - own), row.person_id in engaged,
        ))  # fmt: skip
    found.grade = min((one.grade for one in found.members), default="")
    found.gaps = _gaps(found, history.fold, state, verdict, minute(at))
    return found


def _known(rows: list[PersonStanding], fold: Fold) -> dict[int, PersonState]:
    """What is remembered of each, from the fold where it is there."""
    found = {}
    for row in rows:
        state = fold.people.get(row.person_id)
        found[row.person_id] = state or PersonState.from_json(json.loads(row.state or "[]"))
    return found


def _parts(policy, fold: Fold, state: AccountState, rows, known, engaged: set[int], at: int) -> list[Part]:
    people = {row.person_id: row.person for row in rows}
    covered = {one.role.name: set(one.people) for one in coverage(fold, state, at)}
    parts = []
    for role in policy.roles or USUAL:
        having = [who for who, one in known.items() if role.taken_by(one.attrs) and _says(role, one)]
        active = covered.get(role.name, engaged)
        parts.append(Part(
            role.name.replace("_", " "), role.says,
            tuple(people[who] for who in having if who in active),
            tuple(people[who] for who in having if who not in active), role.at_least,
        ))  # fmt: skip
    return parts


def _says(role: rules.Role, person: PersonState) -> bool:
    """Whether the person has said, at some time, to have the authority that the role asks for."""
    if not role.authority:
        return True
    return any(RANK[said[1]] >= RANK[role.authority] for said in person.authority.values())


def _gaps(found: Group, fold: Fold, state: AccountState, verdict: AccountVerdict, at: int) -> list[str]:
    """What is missing of the group, each in a sentence."""
    policy, gaps = fold.definition, []
    said = [one.levels[ITEMS.index("authority")] for one in found.members]
    best = max(said, key=lambda one: RANK[one], default="unknown")
    if best in ("unknown", "no"):
        gaps.append("No one with budget authority yet.")
    elif best == "partly":
        gaps.append("Authority is only partly known: somebody prepares or recommends, nobody yet signs.")
    lately = sum(1 for one in found.members if one.engaged)
    for part in found.parts if lately else ():
        if part.covered or part.name == "budget holder":
            continue
        known = f" {_names(part.quiet)} would be one, and shows no sign of life." if part.quiet else ""
        if part.asked > 1 and part.engaged:
            gaps.append(f"{len(part.engaged)} of {part.asked} asked for as {part.name}.{known}")
        elif part.asked or found.named or part.name != "buyer" or verdict.ready:
            gaps.append(f"No {part.name} engaged yet{' and one is asked for' if part.asked else ''}.{known}")
    if policy.people_asked and lately < policy.people_asked:
        gaps.append(f"{lately} of {policy.people_asked} people asked for are engaged.")
    elif lately == 1 and len(found.members) > 0:
        only = next(one.person for one in found.members if one.engaged)
        gaps.append(f"Everything hangs on {only}: nobody else there is engaged.")
    elif not lately:
        gaps.append(f"Nobody there has done anything in the last {policy.engaged_for // rules.DAY} days.")
    return gaps


def _names(people: tuple[Person, ...]) -> str:
    first = [str(one) for one in people[:2]]
    more = f" and {len(people) - 2} more" if len(people) > 2 else ""
    return ", ".join(first) + more if more else " and ".join(first)


assert FRONT <= MOST
