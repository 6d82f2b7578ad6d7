"""Back-tests of this instance: asked for on the page or the command line, run over the columnar copy, and kept."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from winnow.leads.account import Account
from winnow.leads.clock import now
from winnow.leads.definition import Definition
from winnow.leads.errors import Refusal
from winnow.leads.fact import minute
from winnow.leads.person import Person
from winnow.leads.study import Study
from winnow.leads.user import User
from winnow.studies.backtest import Question, run
from winnow.studies.columnar import grow

NAME = "backtest"
PROCESSES = 2
TELL_SECONDS = 1.0


def question(
    document: dict, against: dict | None, first: date | None = None, last: date | None = None, **how
) -> Question:
    """A question about days, both of them included; without a last day, until now."""
    at = now()
    if first and last and first > last:
        raise Refusal(f"From {first} to {last} is no time at all; swap them.", code="no_such_day")
    until = minute(at)
    if last is not None:
        until = min(until, minute(datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)) - 1)
    begins = None if first is None else minute(datetime(first.year, first.month, first.day, tzinfo=UTC))
    return Question(document, against, begins, until, until_now=last is None, **how)


def answered(asked: Question, told: Callable[[int, int], None] | None = None, processes: int | None = None) -> dict:
    """The answer, with the names of accounts, people and reps, from a copy that is brought up to date first."""
    copy = grow(settings.HOME)
    many = PROCESSES if processes is None else processes
    return named(run(asked, copy, settings.HOME / "studies", many, told))


def named(answer: dict) -> dict:
    """With names for numbers, as they are today."""
    accounts = Account.objects.in_bulk({flip["account"] for flip in answer["flipped"]})
    people = Person.objects.in_bulk({flip["person"] for flip in answer["flipped"]})
    for flip in answer["flipped"]:
        flip["account_name"] = str(accounts.get(flip["account"]) or "")
        flip["person_name"] = str(people.get(flip["person"]) or "")
    reps = User.objects.in_bulk([row["rep"] for row in answer["load_by_rep"] if row["rep"]])
    for row in answer["load_by_rep"]:
        row["name"] = str(reps[row["rep"]]) if row["rep"] in reps else "nobody yet"
    return answer


def keep(answer: dict, definition: Definition | None, asked: dict, *, by=None) -> Study:
    """Keep an answer that was worked out at once."""
    at = now()
    return Study.objects.create(
        name=NAME, asked=asked, asked_by=by, asked_at=at, started_at=at, beat_at=at, finished_at=at, result=answer,
        draft=definition,
    )


def ask(definition: Definition, *, by, first: date | None = None, last: date | None = None) -> Study:
    """Have a version tested beside the one in force; the worker does it."""
    in_force = Definition.in_force()
    against = in_force.pk if in_force and in_force.hash != definition.hash else None
    made = Study.ask(NAME, {
        "definition": definition.pk, "against": against, "from": first and first.isoformat(),
        "to": last and last.isoformat(),
    }, by=by)  # fmt: skip
    Study.objects.filter(pk=made.pk).update(draft=definition)
    return made


def newest_of(definition: Definition) -> Study | None:
    """The last back-test of this very text that was finished."""
    done = Study.objects.filter(name=NAME, failed="", draft__hash=definition.hash).exclude(finished_at=None)
    return done.select_related("asked_by", "draft").order_by("-finished_at").first()


def run_waiting() -> int:
    """Run the back-test that waits, if one does; how many were run. For the worker."""
    study = Study.take(NAME)
    if study is None:
        return 0
    last = [now() - timedelta(days=1)]

    def told(done: int, total: int) -> None:
        if now() - last[0] >= timedelta(seconds=TELL_SECONDS):
            last[0] = now()
            study.tell(min(done // 1000, 2_000_000_000), min(-(-total // 1000), 2_000_000_000))

    try:
        wanted = study.asked
        definition = Definition.objects.get(pk=wanted["definition"])
        against = Definition.objects.get(pk=wanted["against"]) if wanted.get("against") else None
        asked = question(
            definition.document, against.document if against else None, _day(wanted.get("from")),
            _day(wanted.get("to")),
        )  # fmt: skip
        study.finish(answered(asked, told))
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else repr(error)
        study.finish(None, failed=f"It could not be worked out: {reason}")
        raise
    return 1


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
