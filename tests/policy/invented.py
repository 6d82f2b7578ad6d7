"""Hypothesis invents definitions and histories: valid ones, small enough that verdicts turn often."""

from hypothesis import strategies as st

from tests.story import DAY, START
from winnow.policy import facts as f
from winnow.policy.definition import Definition, parse

CODES = ("roi_case", "demo", "price_list")
CHANNELS = ("web", "event", "phone")
INDUSTRIES = ("software", "farming")
SENIORITIES = ("director", "junior")
SOURCES = ("rep", "form", "rumour")
HELD = ("", "need", "budget", "authority", "fit")
PEOPLE = (1, 2, 3)
ACCOUNTS = (101, 102)

_points = st.integers(-5, 20)
_plus = st.integers(1, 15)


def _some_of(words, most):
    return st.lists(st.sampled_from(words), unique=True, max_size=most)


def _table(keys, values):
    return st.dictionaries(st.sampled_from(keys), values, max_size=len(keys))


@st.composite
def documents(draw) -> dict:
    """A document that parses: low thresholds, short half-lives, few clauses."""
    criteria = {
        "industry": {"any_of": ["software"]},
        "size": {"attribute": "employees", "at_least": 50, "at_most": 500},
        "role": {"attribute": "seniority", "none_of": ["junior"]},
    }
    every = draw(st.lists(st.sampled_from(tuple(criteria)), unique=True, min_size=1))
    clauses = {
        item: {"expires_days": draw(st.sampled_from((1, 20, 90)))} for item in draw(_some_of(f.ITEMS, 3))
    }
    for item in draw(_some_of(("need", "budget", "authority", "timing"), 1)):
        clauses.setdefault(item, {})["asked"] = draw(st.sampled_from(("partly", "yes")))
    return {
        "fit": {"criteria": criteria, "grades": [{"grade": "B", "every": every}]},
        "score": {
            "asked": draw(st.sampled_from((-3, 0, 0, 1, 4, 8))),
            "half_life_days": draw(st.sampled_from((1, 7, 30))),
            "slow_half_life_days": draw(st.sampled_from((1, 10, 90))),
            "slow": draw(st.lists(st.sampled_from(("spoke", "met", "event", "opted_out")), unique=True)),
            "daily_cap": draw(st.integers(0, 30)),
            "repeat_days": draw(st.sampled_from((0, 1, 30))),
            "engaged_days": draw(st.sampled_from((1, 10, 90))),
            "engaged_person": draw(_points),
            "engaged_people_most": draw(st.integers(0, 3)),
            "key_account": draw(_points),
            "passive_percent": draw(st.sampled_from((0, 50, 100))),
            "inquiry": draw(_table(CHANNELS, _plus)),
            "content": draw(_table(CODES, _points)),
            "page": draw(_table(("pricing", "careers"), _points)),
            "action": draw(_table(("mail_clicked", "spoke", "met", "opted_out"), st.integers(-25, 20))),
            "title": draw(_table(SENIORITIES, _points)),
        },
        "bantfo": {
            **clauses,
            "trust": draw(st.permutations(["rep", "form"])),
            "enough": {
                "of": draw(st.lists(st.sampled_from(f.ITEMS), unique=True)),
                "count": draw(st.sampled_from((0, 0, 0, 1))),
                "level": draw(st.sampled_from(("partly", "yes"))),
            },
            "conversation": {"within_days": draw(st.sampled_from((0,) * 8 + (1, 30)))},
        },
        "lead": {
            "grade": draw(st.sampled_from("DDDDB")),
            "person_confirms": draw(st.sampled_from((False,) * 7 + (True,))),
        },
    }


def definitions() -> st.SearchStrategy[Definition]:
    """Valid definitions."""
    return documents().map(parse)


def acts(late: bool = True) -> st.SearchStrategy:
    """A fact of a person without its place and time, as (kind, fields)."""
    answers = st.tuples(st.sampled_from(f.ITEMS), st.sampled_from(f.LEVELS), st.sampled_from(SOURCES))
    return st.one_of(
        st.tuples(st.sampled_from(CHANNELS), st.sampled_from(f.INTERESTS), st.integers(0, 4)).map(
            lambda t: f.Inquired(channel=t[0], interest=t[1], valid=t[2] > 0)
        ),
        st.tuples(st.sampled_from(CODES), st.integers(1, 3), st.integers(0, 4)).map(
            lambda t: f.ContentTaken(content=t[0], quantity=t[1], machine=t[2] == 0)
        ),
        st.sampled_from(("pricing", "careers")).map(lambda page: f.PageSeen(page=page)),
        st.booleans().map(lambda sure: f.MailClicked(mail="tip", confirmed=sure)),
        st.sampled_from(
            (f.MailReplied(mail="tip"), f.Met(), f.Called(), f.OptedOut(), f.MailSent(mail="tip"))
        ),
        st.sampled_from(("spoke", "no_answer")).map(lambda result: f.Touched(result=result)),
        answers.map(lambda t: f.Answered(item=t[0], level=t[1], source=t[2])),
        answers.map(lambda t: f.Answered(item=t[0], level="yes", source=t[2])),
        st.sampled_from(("need", "budget", "authority", "timing")).map(
            lambda item: f.Answered(item=item, level="yes", source="rep")
        ),
        st.sampled_from(SENIORITIES).map(lambda one: f.Described(attribute="seniority", value=one)),
        st.tuples(st.sampled_from(("disqualified", "qualified", "reopened", "nurture")), st.booleans()).map(
            lambda t: f.Disposed(disposition=t[0], lasting=t[1])
        ),
        st.tuples(st.sampled_from(HELD), st.sampled_from((None, 1, 40))).map(
            lambda t: f.Recycled(clause=t[0], until=t[1])  # days from then; made a minute by `histories`
        ),
    )


def account_acts() -> st.SearchStrategy:
    """A fact of the account itself."""
    return st.one_of(
        st.sampled_from(INDUSTRIES).map(lambda one: f.Described(attribute="industry", value=one)),
        st.sampled_from(("10", "200", "unknown")).map(
            lambda one: f.Described(attribute="employees", value=one)
        ),
        st.booleans().map(lambda on: f.KeyAccountSet(on=on)),
    )


GAPS = st.one_of(
    st.integers(0, 3), st.integers(0, 2 * DAY), st.sampled_from((DAY, 7 * DAY, 30 * DAY, 450 * DAY))
)
LATE = st.one_of(st.just(0), st.just(0), st.integers(1, 3 * DAY), st.sampled_from((30 * DAY, 420 * DAY)))


@st.composite
def histories(draw, most: int = 16, structural: bool = True, late: bool = True) -> list[f.Fact]:
    """What happened to three people in two accounts, in recorded order; with `structural`, moves, merges, their undoing
    and withdrawals too, only such as could have been recorded."""
    at, home, merged, told = START, {1: 101, 2: 101, 3: 102}, {}, []

    def now_is(who):
        while who in merged:
            who = merged[who]
        return who

    for number in range(1, draw(st.integers(4, most)) + 1):
        at += draw(GAPS)
        times = {"id": number, "recorded": at, "known": at, "happened": at - (draw(LATE) if late else 0)}
        what = draw(st.integers(0, 19))
        who = now_is(draw(st.sampled_from(PEOPLE)))
        if structural and what == 0:
            to = draw(st.sampled_from([a for a in ACCOUNTS if a != home[who]]))
            told.append(f.MovedAccount(person=who, account=home[who], to=to, **times | {"happened": at}))
            home[who] = to
        elif structural and what == 1 and told:
            told.append(
                f.Withdrawn(person=who, account=home[who], fact=draw(st.integers(1, len(told))), **times)
            )
        elif structural and what == 2:
            mates = [p for p in PEOPLE if p not in merged and p != who and home[p] == home[who]]
            if mates:
                other = draw(st.sampled_from(mates))
                told.append(f.Merged(person=who, account=home[who], other=other, **times | {"happened": at}))
                merged[other] = who
                continue
            told.append(_placed(draw(acts()), who, home[who], times))
        elif structural and what == 3 and merged:
            other = draw(st.sampled_from(sorted(merged)))
            told.append(
                f.Unmerged(
                    person=merged[other], account=home[merged[other]], other=other, **times | {"happened": at}
                )
            )
            home[other] = home[merged.pop(other)]
        elif what < 7:
            told.append(_placed(draw(account_acts()), None, draw(st.sampled_from(ACCOUNTS)), times))
        else:
            told.append(_placed(draw(acts()), who, home[who], times))
    return told


def _placed(fact: f.Fact, who: int | None, account: int, times: dict) -> f.Fact:
    import dataclasses

    if isinstance(fact, f.Recycled):
        until = None if fact.until is None else times["recorded"] + fact.until * DAY
        fact = dataclasses.replace(fact, until=until)
    return dataclasses.replace(fact, person=who, account=account, **times)
