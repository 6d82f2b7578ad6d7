"""Seniority and department of a job title, in English, German, French and Spanish; or an honest "don't know".

Rules over word lists (titles.toml), so that every answer can be explained by the words it rests on. What is sure may be
recorded; what isn't is a suggestion for whoever asks. See docs/titles.md.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from winnow.leads.titlewords import DEPARTMENTS, RANKS, Sense, same, tokens_of, words

VERSION = 1
"""Grows with every change of rules or words that changes an answer; stands in the source of what was recorded."""
SOURCE = f"title {VERSION}"
LONGEST = 300
"""Characters that are looked at; what a title says stands before."""
MOST_WORDS = 18
"""With more than that it is a text about somebody, not a title: nothing is sure then."""

_SOFT = frozenset({"&", "+", ",", "und", "and", "et", "y", "e", "sowie"})
_HARD = frozenset({"/", "|", ";", "(", ")", ":", "•", "·"})
_OF = frozenset("of to for der des dem den du del de von vom zu zur pour para fur d dei della".split())  # noqa: SIM905
_AT = frozenset({"@", "at", "bei", "beim", "chez"})
_BETWEEN = _SOFT | _HARD | {"@"}
_ORDER = {name: place for place, name in enumerate(DEPARTMENTS)}


@dataclass(frozen=True, slots=True)
class Judged:
    """Empty where nothing is known. `because` holds the words that the answer rests on, `blank` is True where the
    title has no word of a department, nor one that is unknown and might be one."""

    seniority: str = ""
    department: str = ""
    seniority_sure: bool = False
    department_sure: bool = False
    because: tuple[str, ...] = ()
    blank: bool = False
    told: dict[str, str] = field(init=False, repr=False, compare=False)
    """What is sure of it: seniority, department, both or neither."""

    def __post_init__(self):
        sure = {"seniority": self.seniority_sure, "department": self.department_sure}
        object.__setattr__(self, "told", {name: getattr(self, name) for name, known in sure.items() if known})

    @property
    def sure(self) -> bool:
        """Whether all of the answer may be relied on: nine in ten such answers are right."""
        return self.seniority_sure and (self.department_sure or self.blank)


UNKNOWN = Judged()


def judge(title: str) -> Judged:
    """What the title says. Never raises; case, accents and spaces don't matter."""
    return _judge(" ".join(title[:LONGEST].split())) if title else UNKNOWN


@dataclass(slots=True)
class Part:
    """One of the roles that a title strings together: what its words say, in order."""

    said: list[tuple[str, tuple[Sense, ...]]]
    joined: bool  # to the part before it, by `and` or a comma


@lru_cache(maxsize=100_000)
def _judge(title: str) -> Judged:
    tokens = _without_company(tokens_of(title))
    said = _read(tokens)
    kinds = {sense.kind for _, senses in said for sense in senses}
    if not kinds:
        return UNKNOWN
    prose = len(tokens) > MOST_WORDS or len(words().sentence.intersection(tokens)) > 1
    if "outside" in kinds or title.rstrip(" .)").lower().endswith((" a.d", " i.r")):
        return Judged(because=_because(said))
    parts = [part for part in _parts(said) if not _is_former(part)]
    if not parts:
        return Judged(because=_because(said))
    seniority, sure, unserved = _seniority(parts)
    department, certain = _department(unserved)
    if not department and seniority == "executive" and sure:
        department, certain = "general_management", True
    strange = any(not senses and word.isalpha() and len(word) > 2 for word, senses in said)
    if prose or "former" in kinds:
        sure = certain = False
    return Judged(seniority, department, sure, certain, _because(said), not department and not strange)


def _without_company(tokens: list[str]) -> list[str]:
    """`Sales Manager at Marketing Corp`: what stands behind says where, not what."""
    if _AT.isdisjoint(tokens):
        return tokens
    kept, skipping = [], False
    for token in tokens:
        if token == "|":
            skipping = False
        elif token in _AT and kept:
            skipping = True
        if not skipping:
            kept.append(token)
    return kept


def _read(tokens: list[str]) -> list[tuple[str, tuple[Sense, ...]]]:
    """Each word or phrase with what it says; the longest phrase first."""
    lists = words()
    beginning, senses, said = lists.beginning, lists.senses, []
    place, end = 0, len(tokens)
    while place < end:
        token = tokens[place]
        if place + 1 < end:
            for entry, sense in beginning(token, tokens[place + 1]):
                size = len(entry)
                rest = tokens[place + 2 : place + size]
                if size == 2 or (size <= end - place and all(map(same, rest, entry[2:]))):
                    said.append((" ".join(tokens[place : place + size]), (sense,)))
                    place += size
                    break
            else:
                said.append((token, () if token in _BETWEEN else senses(token)))
                place += 1
            continue
        said.append((token, () if token in _BETWEEN else senses(token)))
        place += 1
    return said


def _parts(said: list) -> list[Part]:
    parts, current, joined = [], [], False
    for word, senses in said:
        if word in _BETWEEN:
            if current:
                parts.append(Part(current, joined))
                current = []
                joined = True
            joined = joined and word in _SOFT
        else:
            current.append((word, senses))
    if current:
        parts.append(Part(current, joined))
    return parts


def _is_former(part: Part) -> bool:
    return any(sense.kind == "former" for _, senses in part.said for sense in senses)


def _because(said: list) -> tuple[str, ...]:
    return tuple(word for word, senses in said if any(sense.kind != "noise" for sense in senses))


# -- seniority ------------------------------------------------------------------------------------------------------
def _seniority(parts: list[Part]) -> tuple[str, bool, list[list[Sense]]]:
    """The highest rank, whether it is sure, and for each part the senses that count: not those of whom it serves."""
    found: list[tuple[str, bool]] = []
    counted: list[list[Sense]] = []
    serves = False
    for part in parts:
        serves = serves and part.joined
        senses, serves = _unserved(part, serves)
        counted.append(senses)
        if rank := _rank(senses):
            found.append(rank)
    if ("junior", True) in found and any(_learns(senses) for senses in counted):
        return "junior", True, counted
    if _chief_officer(parts, counted):
        found.append(("executive", True))
    if not found:
        # `Sales Management` may be written by whoever leads it, and by whoever works there.
        manages = any(word in ("management", "managment") for part in parts for word, _ in part.said)
        return ("manager" if manages else ""), False, counted
    seniority, _ = max(found, key=lambda one: RANKS[one[0]])
    certainly = [certain for rank, certain in found if rank == seniority]
    sure = any(certainly) if seniority == "executive" else all(certainly)
    # Who owns a firm may do its work too; who is of two other ranks in one breath leaves open which one weighs more.
    if seniority in ("director", "manager") and any(rank != seniority for rank, _ in found):
        sure = False
    if seniority != "junior" and any(rank == "junior" for rank, _ in found):
        sure = False
    return seniority, sure, counted


def _chief_officer(parts: list[Part], counted: list[list[Sense]]) -> bool:
    """`Chief Happiness Officer`, whatever it is chief of."""
    chief = False
    for part, senses in zip(parts, counted, strict=True):
        here = {word for word, _ in part.said}
        if not part.joined or any(sense.kind == "assistant" for sense in senses):
            chief = False
        chief = chief or ("chief" in here and all(sense.kind != "assistant" for sense in senses))
        if chief and not here.isdisjoint(("officer", "officers")):
            return True
    return False


def _unserved(part: Part, serves: bool) -> tuple[list[Sense], bool]:
    """The senses of a part, without the ranks of those for whom somebody works: `Assistant to the CEO`."""
    kept: list[Sense] = []
    held = linked = serves  # somebody's role was read; a word that hands over to whom or what it is for
    for place, (word, senses) in enumerate(part.said):
        if word in _OF:
            linked = linked or held
        for sense in senses:
            if sense.kind == "serving":
                kept.append(Sense("assistant", "professional", rank_doubt=True, department_doubt=True))
                held = linked = serves = True
            elif sense.kind == "assistant":
                if word == "assistant" and _stands_in(part.said[place + 1 :]):
                    kept.append(Sense("deputy", rank_doubt=True))
                    continue
                kept.append(sense)
                held = serves = True
                linked = linked or word.startswith("assisten") or word.endswith(" to")
            elif sense.kind == "role":
                if not linked:
                    kept.append(_HEAD_OF_SORTS if word == "head" and _is_trade(part.said[place + 1 :]) else sense)
                    held = True
            else:
                kept.append(sense)
    return kept, serves


def _learns(senses: list[Sense]) -> bool:
    """An intern, a student; but not a director of student affairs."""
    for sense in senses:
        if sense.kind == "role" and RANKS[sense.seniority] >= RANKS["manager"]:
            return False
        if sense.kind == "learning":
            return True
    return False


def _is_trade(rest: list) -> bool:
    """`Head waiter`, `Head nurse`: what follows is a trade, not a department."""
    return bool(rest) and any(sense.kind == "role" and sense.seniority == "professional" for sense in rest[0][1])


_HEAD_OF_SORTS = Sense("role", "manager", rank_doubt=True, department_doubt=True)


def _stands_in(rest: list) -> bool:
    """`Assistant Sales Manager` is a manager of a kind; `Assistant to the Sales Manager` isn't."""
    for word, senses in rest:
        if word in _OF:
            return False
        for sense in senses:
            if sense.kind == "role":
                return sense.seniority in ("manager", "director") or sense.department == "other"
    return False


def _rank(senses: list[Sense]) -> tuple[str, bool] | None:
    """Rank of one part, and whether it is sure; None when it names none."""
    if _learns(senses):
        return "junior", True
    roles = [sense for sense in senses if sense.kind == "role"]
    marks = {sense.kind for sense in senses}
    if "assistant" in marks:
        ranks = [(sense.seniority, not sense.rank_doubt) for sense in senses if sense.kind == "assistant"]
        return min(ranks, key=lambda one: one[1])  # the most doubtful
    if "chief" in marks:  # of what, and of how many, it doesn't say; a chief officer is told apart elsewhere
        return ("director" if roles else "executive"), False
    if not roles:
        if "senior" in marks:
            return "senior", True
        if "junior" in marks:
            return "junior", True
        return None
    certain = [role for role in roles if not role.rank_doubt]
    best = max(certain or roles, key=lambda role: RANKS[role.seniority])
    if _HEAD_OF_SORTS in roles and best.seniority == "professional":
        return "manager", False
    seniority, sure = best.seniority, bool(certain)
    leads = any(role.rank_doubt and role.seniority == "manager" for role in roles)
    if "junior" in marks:
        return ("junior", True) if RANKS[seniority] <= RANKS["manager"] else (seniority, False)
    if seniority == "professional" and ("senior" in marks or (leads and certain)):
        return "senior", sure
    if "deputy" in marks:
        doubtful = any(sense.kind == "deputy" and sense.rank_doubt for sense in senses)
        sure = sure and not doubtful and seniority in ("director", "manager")
    return seniority, sure


# -- department -----------------------------------------------------------------------------------------------------
def _department(counted: list[list[Sense]]) -> tuple[str, bool]:
    """The department, and whether it is sure."""
    strong, weak, hinted, by_trade, desk = set(), set(), set(), set(), True
    for senses in counted:
        fields, named, helping = set(), set(), False
        for kind, _, department, _, doubtful in senses:
            if kind == "field":
                fields.add(department)
            elif kind == "hint":
                hinted.add(department)
            elif kind == "assistant":
                helping, desk = True, desk and not doubtful
            elif department:
                (weak if doubtful else named).add(department)
        if helping:
            named.discard("general_management")
            if not fields:
                weak.add("administration")
        here = fields | named
        if trades := named & _TRADES:
            by_trade |= trades if here - trades - _VAGUE else set()
        strong |= here - _VAGUE or here
    if by_trade:  # an accountant of the sales department: of finance, or of sales?
        return min(by_trade, key=_ORDER.__getitem__), False
    if strong:
        first = min(strong - _VAGUE or strong, key=_ORDER.__getitem__)
        others = strong - {first} - _VAGUE - _EVERYWHERE
        if first in _EVERYWHERE:
            others = (strong | hinted) - {first} - _VAGUE
        return first, not (others and first in _YIELDING) and not (len(strong) > 1 and strong & _VAGUE)
    if weak == {"administration"} and not hinted:
        return "administration", desk
    if weak := weak - {"administration", "other"} or hinted or weak:
        return ("it" if "it" in weak else min(weak, key=_ORDER.__getitem__)), False
    return "", False


_VAGUE = frozenset({"general_management", "other"})
_TRADES = frozenset({"finance", "hr", "legal", "other"})
"""What somebody has learnt stays theirs, wherever they do it."""
_EVERYWHERE = frozenset({"consulting", "product", "operations", "administration", "project_management"})
"""What is done in every department: doubtful already when another one is hinted at."""
_YIELDING = _EVERYWHERE | {"it", "engineering"}
"""Departments that are doubtful beside another one: the work may be there, and the desk elsewhere."""
