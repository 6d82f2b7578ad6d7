"""Seniority and department of a job title, in English, German, French and Spanish; or an honest "don't know".

Rules over word lists (titles.toml), so that every answer can be explained by the words it rests on. What is sure may be
recorded; what isn't is a suggestion for whoever asks. See docs/titles.md.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from winnow.leads.titlewords import DEPARTMENTS, RANKS, Sense, same, tokens_of, words

VERSION = 2
"""Grows with every change of rules or words that changes an answer; stands in the source of what was recorded."""
SOURCE = f"title {VERSION}"
LONGEST = 300
"""Characters that are looked at; what a title says stands before."""
MOST_WORDS = 18
"""With more than that it is a text about somebody, not a title: nothing is sure then."""

_SOFT = frozenset({"&", "+", ",", "und", "and", "et", "y", "e", "sowie"})
_HARD = frozenset({"/", "|", ";", "(", ")", ":", "•", "·"})
_ANEW = frozenset({"|", ";", "•", "·"})
"""Behind these somebody speaks of something else."""
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
    anew: bool  # speaks of something else than the part before it


@lru_cache(maxsize=100_000)
def _judge(title: str) -> Judged:
    tokens = _without_company(tokens_of(title))
    said = _read(tokens)
    kinds = {sense.kind for _, senses in said for sense in senses}
    if not kinds:
        return UNKNOWN
    lists = words()
    prose = (
        len(tokens) > MOST_WORDS
        or len(lists.sentence.intersection(tokens)) > 1
        or not lists.sentence_alone.isdisjoint(tokens)
    )
    if "outside" in kinds or title.rstrip(" .)").lower().endswith((" a.d", " i.r")):
        return Judged(because=_because(said))
    parts, all_now = _parts(said), True
    if "former" in kinds or "future" in kinds:
        parts, all_now = _of_now(parts)
    if not parts:
        return Judged(because=_because(said))
    seniority, sure, unserved = _seniority(parts)
    department, certain = _department(_of_the_firm(parts, unserved) if sure and seniority == "executive" else unserved)
    if not department and seniority == "executive" and sure:
        department, certain = "general_management", True
    strange = any(not senses and word.isalpha() and len(word) > 2 for word, senses in said)
    if "elsewhere" in kinds and RANKS.get(seniority, 0) >= RANKS["manager"]:
        sure, certain = False, certain and department != "general_management"
    if prose or not all_now:
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
    parts, current, joined, anew = [], [], False, True
    for word, senses in said:
        if word in _BETWEEN:
            if current:
                parts.append(Part(current, joined, anew))
                current, joined, anew = [], True, False
            joined, anew = joined and word in _SOFT, anew or word in _ANEW
        else:
            current.append((word, senses))
    if current:
        parts.append(Part(current, joined, anew))
    return parts


def _of_now(parts: list[Part]) -> tuple[list[Part], bool]:
    """The parts that speak of the present, and whether that is sure of them all.

    In `CEO | ex-Google` the first does; in `Director (former)`, `Former CEO, Berlin` and `Aspiring Founder` none does
    for sure.
    """
    now, past, sure = [], False, True
    for part in parts:
        past = past and not part.anew
        bare = len(part.said) == 1
        if _is_past(part) or _is_yet_to_come(part):
            past, sure = True, sure and not bare
        elif past and part.joined:
            pass  # `Former CEO and Founder`
        else:
            sure = sure and not past
            now.append(part)
    return now, sure


def _is_past(part: Part) -> bool:
    return any(sense.kind == "former" for _, senses in part.said for sense in senses)


def _is_yet_to_come(part: Part) -> bool:
    """`Future CEO`, `CEO in training`; a `Head of Future Mobility` is one already."""
    said = [{sense.kind for sense in senses} for _, senses in part.said]
    before = next((place for place, kinds in enumerate(said) if "role" in kinds), len(said))
    return "future" in said[-1] or any("future" in kinds for kinds in said[:before])


def _of_the_firm(parts: list[Part], counted: list[list[Sense]]) -> list[list[Sense]]:
    """Of somebody who owns or runs a firm, what else they are doesn't tell the department: `Founder | Speaker`."""
    segments: list[list[list[Sense]]] = []
    for part, senses in zip(parts, counted, strict=True):
        if part.anew or not segments:
            segments.append([])
        segments[-1].append(senses)
    ranks = [[rank[0] for senses in segment if (rank := _rank(senses))] for segment in segments]
    if not any("executive" in found for found in ranks):
        return counted  # a chief officer, whose rank stands in no single word
    return [
        senses for segment, found in zip(segments, ranks, strict=True) if not found or not _WORKERS.issuperset(found)
        for senses in segment
    ]  # fmt: skip


_WORKERS = frozenset({"professional", "senior", "junior"})


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
    somehow = False  # related to what follows by a word that isn't known: a `Neighbour of the CEO`
    for place, (word, senses) in enumerate(part.said):
        if word in _OF:
            linked = linked or held
            somehow = somehow or (place > 0 and not held and not part.said[place - 1][1])
        if word == "ausbildung" and not place and _is_trained(part.said):
            kept.append(Sense("learning", "junior"))
            continue
        if word == "s" and place and any(sense.kind == "role" for sense in part.said[place - 1][1]):
            kept = [sense for sense in kept if sense.kind != "role"]  # `the CEO's driver`
        for sense in senses:
            if sense.kind == "serving":
                kept.append(Sense("assistant", "professional", rank_doubt=True, department_doubt=True))
                held = linked = serves = True
            elif sense.kind == "assistant":
                if word == "assistant" and _stands_in(part.said[place + 1 :]):
                    kept.append(Sense("deputy", rank_doubt=True))
                    continue
                if place and not part.said[place - 1][1] and len(part.said[place - 1][0]) > 2:
                    sense = sense._replace(department_doubt=True)  # a `Care Assistant` sits at no desk
                kept.append(sense)
                held = serves = True
                linked = linked or word.startswith("assisten") or word.endswith(" to")
            elif sense.kind == "role":
                if not linked:
                    if word == "head" and _is_trade(part.said[place + 1 :]):
                        known = part.said[place + 1][1]
                        sense = _HEAD_OF_SORTS if known else sense._replace(rank_doubt=True)
                    elif word in _OWNERS and place and not _says_rank(part.said[place - 1][1]):
                        sense = sense._replace(rank_doubt=True, department_doubt=True)
                    elif word in _COUNSELS and kept and kept[-1].seniority == "executive":
                        kept[-1] = sense  # a `CEO Coach`
                    kept.append(sense._replace(rank_doubt=True, department_doubt=True) if somehow else sense)
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


def _says_rank(senses: tuple[Sense, ...]) -> bool:
    """A `Co-Owner` and a `CEO Owner` own the firm; a `Release Owner` and a `Dog Owner` don't."""
    return any(sense.kind not in ("field", "hint") for sense in senses)


def _is_trade(rest: list) -> bool:
    """`Head waiter`, `Head nurse`, `Head boy`: what follows is a trade, or nothing known; no department."""
    if not rest:
        return False
    first = rest[0][1]
    if not first:
        return all(sense.kind not in ("field", "hint", "role") for _, senses in rest for sense in senses)
    return any(sense.kind == "role" and sense.seniority == "professional" for sense in first)


_OWNERS = frozenset({"owner", "owners"})
_COUNSELS = frozenset({"coach", "mentor", "trainer", "advisor", "adviser", "headhunter", "recruiter", "consultant"})
_HEAD_OF_SORTS = Sense("role", "manager", rank_doubt=True, department_doubt=True)


def _is_trained(said: list) -> bool:
    """`Ausbildung Bankkaufmann`: what somebody learns, not whom they train."""
    roles = [sense.seniority for _, senses in said for sense in senses if sense.kind == "role"]
    return bool(roles) and set(roles) == {"professional"}


def _stands_in(rest: list) -> bool:
    """`Assistant Sales Manager` is a manager of a kind; `Assistant to the Sales Manager` isn't."""
    for word, senses in rest:
        if word in _OF:
            return False
        for sense in senses:
            if sense.kind == "role":
                return sense.seniority in ("manager", "director") or sense.department == "other"
    return False


_EXPERIENCED = {"senior", "principal"}


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
        if "principal" in marks:
            return "director", False  # of a school, or of a firm of consultants
        for rank in ("senior", "junior"):
            if rank in marks:
                beside = not marks.isdisjoint(("field", "hint"))
                return rank, beside or any(sense.kind == rank and not sense.rank_doubt for sense in senses)
        return None
    certain = [role for role in roles if not role.rank_doubt]
    if "principal" in marks and not certain:
        return "director", False
    best = max(certain or roles, key=lambda role: RANKS[role.seniority])
    if _HEAD_OF_SORTS in roles and best.seniority == "professional":
        return "manager", False
    seniority, sure = best.seniority, bool(certain)
    leads = any(role.rank_doubt and role.seniority == "manager" for role in roles)
    if "junior" in marks:
        return ("junior", True) if RANKS[seniority] <= RANKS["manager"] else (seniority, False)
    if seniority == "professional" and (marks & _EXPERIENCED or (leads and certain)):
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
            weak.discard("general_management")
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
