"""Invented definitions and histories for Hypothesis: valid ones, small enough that verdicts turn often.

Each comes from one number: drawing a definition key by key would cost more time than judging it. A history shrinks to a
beginning of itself.
"""

import dataclasses
from random import Random

from hypothesis import strategies as st

from tests.story import DAY, START
from winnow.policy import facts as f
from winnow.policy.definition import Definition, parse

CODES = ("roi_case", "demo", "price_list")
CHANNELS = ("web", "event", "phone")
SENIORITIES = ("director", "junior")
CORE = ("budget", "authority", "need", "timing")
SOURCES = ("rep", "form", "rumour")
PEOPLE = (1, 2, 3)
ACCOUNTS = (101, 102)

_seeds = st.integers(0, 2**40)


def definitions() -> st.SearchStrategy[Definition]:
    """Valid definitions: low thresholds, short half-lives, few clauses."""
    return st.builds(lambda seed: parse(document(Random(seed))), _seeds)


def histories(most: int = 24, structural: bool = True, late: bool = True) -> st.SearchStrategy[list[f.Fact]]:
    """What happened to three people in two accounts, in recorded order; with `structural`, moves, merges, their undoing
    and withdrawals too, only such as could have been recorded."""
    return st.builds(
        lambda seed, length: history(Random(seed), length, structural, late), _seeds, st.integers(3, most)
    )


def _some(chance: Random, words, most: int) -> list:
    return chance.sample(list(words), chance.randint(0, min(most, len(words))))


def _table(chance: Random, keys, low: int, high: int) -> dict:
    return {key: chance.randint(low, high) for key in _some(chance, keys, len(keys))}


def document(chance: Random) -> dict:
    """A document that parses."""
    criteria = {
        "industry": {"any_of": ["software"]},
        "size": {"attribute": "employees", "at_least": 50, "at_most": 500},
        "role": {"attribute": "seniority", "none_of": ["junior"]},
    }
    clauses = {item: {"expires_days": chance.choice((1, 20, 90))} for item in _some(chance, f.ITEMS, 3)}
    for item in _some(chance, CORE, 1) if chance.random() < 0.6 else ():
        clauses.setdefault(item, {})["asked"] = chance.choice(("partly", "yes"))
    return further(chance, {
        "fit": {"criteria": criteria, "grades": [{"grade": "B", "every": [chance.choice(tuple(criteria))]}]},
        "score": {
            "asked": chance.choice((-3, 0, 0, 0, 1, 4, 10)),
            "half_life_days": chance.choice((1, 7, 30)),
            "slow_half_life_days": chance.choice((1, 10, 90)),
            "slow": _some(chance, ("spoke", "met", "event", "opted_out"), 4),
            "daily_cap": chance.choice((0, 6, 12, 30)),
            "repeat_days": chance.choice((0, 1, 30)),
            "engaged_days": chance.choice((1, 10, 90)),
            "engaged_person": chance.randint(-5, 10),
            "engaged_people_most": chance.randint(0, 3),
            "key_account": chance.randint(-5, 10),
            "passive_percent": chance.choice((0, 50, 100)),
            "inquiry": _table(chance, CHANNELS, 1, 15),
            "content": _table(chance, CODES, -2, 20),
            "page": _table(chance, ("pricing", "careers"), -8, 10),
            "action": {
                **_table(chance, ("mail_clicked", "mail_replied", "spoke", "met"), -2, 20),
                **_table(chance, ("opted_out", "mail_bounced"), -20, 0),
            },
            "title": _table(chance, SENIORITIES, -2, 20),
        },
        "bantfo": {
            **clauses,
            "trust": chance.sample(["rep", "form"], 2),
            "enough": {
                "of": _some(chance, CORE, 4),
                "count": chance.choice((0, 0, 0, 1)),
                "level": chance.choice(("partly", "yes")),
            },
            "conversation": {"within_days": chance.choice((0, 0, 0, 0, 0, 1, 30))},
        },
        "lead": {"grade": chance.choice("DDDB"), "person_confirms": chance.random() < 0.06},
    })  # fmt: skip


def further(chance: Random, made: dict) -> dict:
    """Now and then what few definitions ask for: roles, numbers of people, who says so, ways back, profiles."""
    if chance.random() < 0.5:
        return made
    roles = {
        "decider": {"seniority": ["director"], "at_least": chance.choice((0, 0, 1))},
        "signer": {"authority": chance.choice(("partly", "yes")), "at_least": chance.choice((0, 0, 1))},
    }
    made["account"] = {"people": chance.choice((0, 0, 1, 2)), "roles": {k: roles[k] for k in _some(chance, roles, 2)}}
    made["recycling"] = {"back_by": [*_some(chance, ("evidence", "interest", "date"), 2), "person"]}
    made["lead"]["never"] = chance.choice(([], [], ["industry"], ["role"]))
    made["lead"]["confirm_when"] = chance.choice(([], [], ["key_account"], ["came_back", "passive"]))
    made["score"]["cap"] = _table(chance, ("content", "call", "page"), 0, 12)
    made["score"]["slow_content"] = _some(chance, CODES, 2)
    made["score"]["profile"] = {"young": {"attribute": "seniority", "any_of": ["junior"], "points": -3}}
    for item in _some(chance, CORE, 2):
        clause = made["bantfo"].setdefault(item, {})
        clause |= {"said_by": _some(chance, ("rep", "form"), 1), "sources": chance.choice((1, 1, 2))}
    return made


def act(chance: Random, at: int, like: str) -> f.Fact:
    """A fact of a person, without its place and times; `like` is the letter of its kind."""
    match like:
        case "i":
            interest = chance.choice(("active", "active", "passive"))
            return f.Inquired(channel=chance.choice(CHANNELS), interest=interest, valid=chance.random() < 0.9)
        case "c":
            machine, quantity = chance.random() < 0.15, chance.choice((1, 1, 3))
            return f.ContentTaken(content=chance.choice(CODES), quantity=quantity, machine=machine)
        case "p":
            return f.PageSeen(page=chance.choice(("pricing", "careers")))
        case "k":
            return f.MailClicked(mail="tip", confirmed=chance.random() < 0.7)
        case "m":
            return chance.choice((f.MailReplied(mail="tip"), f.Met(), f.Called()))
        case "t":
            return f.Touched(result=chance.choice(("spoke", "no_answer")))
        case "s":
            return f.MailSent(mail="tip")
        case "a":
            level = chance.choice((*f.LEVELS, "yes", "yes"))
            return f.Answered(
                item=chance.choice((*f.ITEMS, *CORE)), level=level, source=chance.choice(SOURCES)
            )
        case "d":
            return f.Described(attribute="seniority", value=chance.choice(SENIORITIES))
        case "o":
            return f.OptedOut()
        case "x":
            what = chance.choice(("disqualified", "qualified", "qualified", "reopened", "nurture"))
            return f.Disposed(disposition=what, lasting=chance.random() < 0.3)
        case _:
            until = chance.choice((None, at + DAY, at + 40 * DAY))
            return f.Recycled(clause=chance.choice(("", "need", "budget", "authority", "fit")), until=until)


def act_of_account(chance: Random) -> f.Fact:
    """A fact of the account itself."""
    match chance.choice("iek"):
        case "i":
            return f.Described(attribute="industry", value=chance.choice(("software", "farming")))
        case "e":
            return f.Described(attribute="employees", value=chance.choice(("10", "200", "many")))
        case _:
            return f.KeyAccountSet(on=chance.random() < 0.6)


def _gap(chance: Random) -> int:
    """Often the same day, where caps and repeats count; sometimes long enough for everything to fade."""
    days = (0, 0, 1, chance.randint(0, 600), chance.randint(0, 2 * DAY), DAY, 7 * DAY, 30 * DAY, 100 * DAY)
    return chance.choice(days)


def _lateness(chance: Random) -> int:
    return chance.choice((0, 0, 0, chance.randint(1, 3 * DAY), 30 * DAY, 420 * DAY))


def history(chance: Random, length: int, structural: bool = True, late: bool = True) -> list[f.Fact]:
    """`length` facts; the shorter history of the same number is the beginning of the longer one."""
    at, home, merged, told = START, {1: 101, 2: 101, 3: 102}, {}, []
    who, like, lateness = 1, "c", 0
    for number in range(1, length + 1):
        again = chance.random() < 0.35  # somebody goes on doing what they do: caps and repeats are about that
        at += chance.choice((0, 1, 300)) if again else _gap(chance)
        if not again:
            who, like = chance.choice(PEOPLE), chance.choice("iiicccpkmmmttsaaaaaadooxxr")
            lateness = _lateness(chance) if late else 0
        times = {"id": number, "recorded": at, "known": at, "happened": at}
        while who in merged:
            who = merged[who]
        fact = _structure(chance, who, home, merged, told) if structural and chance.random() < 0.2 else None
        if fact is None:
            times["happened"] = at - lateness
            if not again and chance.random() < 0.15:
                fact = dataclasses.replace(act_of_account(chance), account=chance.choice(ACCOUNTS))
            else:
                fact = dataclasses.replace(act(chance, at, like), person=who, account=home[who])
        told.append(dataclasses.replace(fact, **times))
    return told


def _structure(chance: Random, who: int, home: dict, merged: dict, told: list) -> f.Fact | None:
    """A move, a merge, its undoing or a withdrawal, if such a thing can happen now."""
    here = home[who]
    match chance.choice(("move", "withdraw", "merge", "unmerge")):
        case "move":
            home[who] = next(account for account in ACCOUNTS if account != here)
            return f.MovedAccount(person=who, account=here, to=home[who])
        case "withdraw":
            plain = [one for one in told if one.kind not in f.STRUCTURAL]
            if plain:
                wrong = chance.choice(plain)
                whose = wrong.person
                while whose in merged:
                    whose = merged[whose]
                where = wrong.account if whose is None else home[whose]
                return f.Withdrawn(person=whose, account=where, fact=wrong.id)
        case "merge":
            mates = [one for one in PEOPLE if one not in merged and one != who and home[one] == here]
            if mates:
                other = chance.choice(mates)
                merged[other] = who
                return f.Merged(person=who, account=here, other=other)
        case "unmerge" if merged:
            other = chance.choice(sorted(merged))
            kept = merged.pop(other)
            return f.Unmerged(person=kept, account=home[kept], other=other)
    return None
