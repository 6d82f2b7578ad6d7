"""The hygiene audit: what looks stale, stuck, doubled or dressed up. Every finding is a question with its evidence, and
accuses nobody.

Each kind is one statement in sql/, which says its question and its grain and gives noun, id, name, owner_id, owner,
evidence, n (how many things the row stands for) and weight (what comes first). Answers that rest on today's standings
are not given as of a past day: they were not recorded.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.db import connection
from django.db.models import Q

from winnow.leads import rights
from winnow.leads.clock import now
from winnow.leads.user import User
from winnow.review import gaming

SQL = Path(__file__).parent / "sql"
STALE_DAYS = 30
EXAMPLES = 20
GAMING = ("gamed", "recreated_for_credit")
ONLY_NOW = ("dead_not_closed", "further_than_stage", "wasted_prospect")

QUESTIONS = {
    "no_owner": (
        "{n} open things belong to nobody. Who takes them?",
        "One open thing belongs to nobody. Who takes it?",
    ),
    "owner_unknown": (
        "{n} open opportunities name an owner who has no log-in here. Who are they, and who works these now?",
        "One open opportunity names an owner who has no log-in here. Who is it?",
    ),
    "owner_gone": (
        "{n} open things belong to somebody who has left. Who works them now?",
        "One open thing belongs to somebody who has left. Who works it now?",
    ),
    "no_next_step": (
        "{n} are being sold without a next step. What happens next, and when?",
        "One is being sold without a next step. What happens next, and when?",
    ),
    "stale": (
        "For {n} nothing has happened in {stale_days} days. Are they still alive?",
        "For one nothing has happened in {stale_days} days. Is it still alive?",
    ),
    "dead_not_closed": (
        "{n} look as if they were over. Shall they be closed? Closing counts as good work.",
        "One looks as if it were over. Shall it be closed? Closing counts as good work.",
    ),
    "further_than_stage": (
        "{n} seem further on than their stage says. Which stage is right?",
        "One seems further on than its stage says. Which stage is right?",
    ),
    "wasted_prospect": (
        "{n} prospects fit and are interested, and nobody is looking after them. Which programme, or who calls?",
        "One prospect fits and is interested, and nobody is looking after them. Which programme, or who calls?",
    ),
    "duplicate": (
        "{n} people or accounts may be here twice. Are they the same?",
        "One person or account may be here twice. Are they the same?",
    ),
    "recreated_for_credit": (
        "{n} inquiries were entered by sales after the same firm or person had inquired. Whose work was it?",
        "One inquiry was entered by sales after the same firm or person had inquired. Whose work was it?",
    ),
    "gamed": (
        "{n} patterns of work are unlike what chance would give. Is there an ordinary reason?",
        "One pattern of work is unlike what chance would give. Is there an ordinary reason?",
    ),
    "no_account": (
        "{n} opportunities name no account. Which firms are they with?",
        "One opportunity names no account. Which firm is it with?",
    ),
    "unknown_product": (
        "{n} opportunities name a product that is on no list. What is meant?",
        "One opportunity names a product that is on no list. What is meant?",
    ),
    "undated": (
        "{n} open opportunities have no date. Since when are they open?",
        "One open opportunity has no date. Since when is it open?",
    ),
    "older_than_longest_won": (
        "{n} open opportunities are older than any that was ever won took. What makes them different?",
        "One open opportunity is older than any that was ever won took. What makes it different?",
    ),
    "impossible_dates": (
        "{n} opportunities have dates that can't be. What really happened when?",
        "One opportunity has dates that can't be. What really happened when?",
    ),
}
"""The kinds, in the order in which they are told: as a question about many, and about one."""


@dataclass(frozen=True)
class Example:
    """One thing a finding is about: noun and number to find it by, whose it is, and what was seen."""

    noun: str
    id: int | None
    name: str
    owner: str
    evidence: str


@dataclass
class Finding:
    """One question. `count` is how many things it is about, `examples` the first of them."""

    kind: str
    count: int
    text: str
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """Whose things are looked at: of these owners (None: of all), and `unowned` ones too."""

    owners: list[int] | None = None
    unowned: bool = True


def scope_of(user) -> Scope:
    """What this user may be asked about: a rep own things, a manager those of the team and nobody's, others all."""
    if user is None:
        return Scope()
    if rights.role_of(user) == "rep":
        return Scope([user.pk], unowned=False)
    if rights.role_of(user) == "manager" and user.team:
        team = User.objects.filter(Q(team=user.team) | Q(pk=user.pk))
        return Scope(sorted(team.values_list("pk", flat=True)))
    return Scope()


def findings(as_of: datetime | date | None = None, user=None, kinds=None, examples: int = EXAMPLES) -> list[Finding]:
    """What the audit asks, in a fixed order; kinds about which there is nothing to ask are left out.

    `as_of` is a moment, or a day that is meant to its end. `user` limits it to what they may see: gaming questions only
    where the role says so; None is the operator, who sees all.
    """
    at = _moment(as_of)
    past = at < now() - timedelta(days=1)
    scope = scope_of(user)
    found = []
    for kind in QUESTIONS:
        if kinds is not None and kind not in kinds:
            continue
        if user is not None and not rights.may(user, "see gaming" if kind in GAMING else "see hygiene"):
            continue
        if past and kind in ONLY_NOW:
            continue
        count, first = _gamed(at, scope, examples) if kind == "gamed" else _asked(kind, at, scope, examples)
        if count:
            found.append(Finding(kind, count, _text(kind, count), first))
    return found


def _moment(as_of: datetime | date | None) -> datetime:
    if as_of is None:
        return now()
    if isinstance(as_of, datetime):
        return as_of
    return datetime.combine(as_of + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def _text(kind: str, count: int) -> str:
    many, one = QUESTIONS[kind]
    return (one if count == 1 else many).format(n=f"{count:,}", stale_days=STALE_DAYS)


def statement(name: str) -> str:
    """The SQL of one question, with the parts that several share in place."""
    text = (SQL / f"{name}.sql").read_text()
    for part in ("deals", "held"):
        if f"{{{part}}}" in text:
            text = text.replace(f"{{{part}}}", (SQL / f"_{part}.sql").read_text())
    return text


def _asked(kind: str, at: datetime, scope: Scope, examples: int) -> tuple[int, list[Example]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT noun, id, name, owner, evidence, sum(n) OVER () AS count
                FROM ({statement(kind)}) AS asked
                WHERE %(owners)s::bigint[] IS NULL OR owner_id = ANY(%(owners)s) OR (owner_id IS NULL AND %(unowned)s)
                ORDER BY weight DESC, noun, id, name LIMIT %(examples)s""",
            {
                "at": at, "stale_days": STALE_DAYS, "owners": scope.owners, "unowned": scope.unowned,
                "examples": max(examples, 1),
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    return int(rows[0][5]) if rows else 0, [Example(*row[:5]) for row in rows[:examples]]


def _gamed(at: datetime, scope: Scope, examples: int) -> tuple[int, list[Example]]:
    def rows(name: str) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement(name), {"at": at})
            return cursor.fetchall()

    signs = [
        *gaming.bursts([gaming.Moves(*row) for row in rows("gaming_moves")]),
        *gaming.without_evidence(rows("gaming_without_evidence")),
        *gaming.within_seconds(rows("gaming_seconds")),
        *gaming.loosened(at),
    ]
    if scope.owners is not None:
        signs = [sign for sign in signs if sign.who in scope.owners or (sign.who is None and scope.unowned)]
    return len(signs), [Example("user", sign.who, sign.name, sign.name, sign.evidence) for sign in signs[:examples]]
