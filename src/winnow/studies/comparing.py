"""Two records beside each other: the level of likeness of each thing that both say, and how rare what agrees is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2

from rapidfuzz.distance import JaroWinkler

from winnow.studies.firms import Firm, Likeness, Rarity, firm_likeness
from winnow.studies.levels import (
    code_likeness,
    day_likeness,
    email_likeness,
    phone_likeness,
    same_or_not,
    text_likeness,
)
from winnow.studies.people_names import EXACT, MISSING, NEAR, OTHER, ROUGH, SHORT, name_likeness
from winnow.studies.values import Record

FEATURES = (
    "first", "last", "turned", "born", "email", "phone", "key", "line", "line2", "number", "postcode", "city", "region",
    "country", "domain", "firm", "title", "gender", "whole",
)  # fmt: skip
HOME = frozenset(("phone", "line", "line2", "number", "postcode", "city", "region", "country", "domain", "firm"))
"""What the people of one house or one office share."""
ANCHORS = {
    "born": ROUGH, "email": NEAR, "phone": NEAR, "key": NEAR, "line": NEAR, "postcode": NEAR, "domain": EXACT,
    "firm": NEAR,
}  # fmt: skip
"""What bears a name out, from which level on: two who share a name alone may be namesakes."""
_SIMPLE = {
    "born": day_likeness, "email": email_likeness, "phone": phone_likeness, "key": code_likeness,
    "number": code_likeness, "postcode": code_likeness, "city": text_likeness, "region": same_or_not,
    "country": same_or_not, "domain": same_or_not, "title": text_likeness, "gender": same_or_not,
}  # fmt: skip
_PLACE = {feature: i for i, feature in enumerate(FEATURES)}
_WORTH = {EXACT: 4.0, NEAR: 3.0, ROUGH: 1.5, SHORT: 0.75, MISSING: 0.0, OTHER: -1.5}
_RARE = frozenset(("first", "last", "born", "email", "phone", "key", "line", "line2", "postcode", "city", "country",
                   "region", "number", "domain", "firm"))  # fmt: skip
NAMES = ("first", "last")
ONE_CAREER = 3  # firms at which one name is thought to be one person's; of more, they are namesakes
AMONG_OTHERS = 100  # records that are thought to be there besides: among three people a name is no less rare
REMEMBERED = 20_000  # pairs of firms
_OTHERS = Likeness(-20.0, apart=True)


def _may_be_near(one: Firm, two: Firm) -> bool:
    """Whether it is worth looking at two employers word by word."""
    return not set(one.words).isdisjoint(two.words) or JaroWinkler.similarity(*sorted((one.joined, two.joined))) >= 0.75


@dataclass(slots=True)
class Pair:
    """`levels` as in FEATURES. `rarity`: the share of records that say what agrees; `common`: how many bits less
    it says that two values are nearly the same, since one is frequent. `firm_bits`: what two firms' names say alone.
    `strangers`: first names that one person can't have. `apart`: may be two branches. `namesakes`: how many others
    of the records have such a first and last name by chance, where both agree."""

    levels: tuple[int, ...]
    rarity: dict[str, float] = field(default_factory=dict)
    common: dict[str, float] = field(default_factory=dict)
    kind: str = "people"
    firm_bits: float = 0.0
    strangers: bool = False
    apart: bool = False
    firm: Likeness | None = None
    namesakes: float | None = None

    def level(self, feature: str) -> int:
        return self.levels[_PLACE[feature]]

    @property
    def at_one_place(self) -> bool:
        """Whether they share an address, a telephone or a domain."""
        return self.level("domain") == EXACT or max(map(self.level, ("line", "phone", "email"))) >= NEAR

    @property
    def generations(self) -> bool:
        """Whether they may be two of one house who are called alike: what they share is the house, but no birthday."""
        of_one_house = max(self.level("line"), self.level("phone")) >= NEAR
        return self.level("born") == OTHER and of_one_house and self.level("email") < ROUGH


def whole_likeness(one: str, two: str) -> int:
    """How near two names are as strings, by their beginnings mostly; what that says is learned from the file."""
    likeness = JaroWinkler.similarity(*sorted((one, two)))
    return EXACT if likeness >= 0.96 else NEAR if likeness >= 0.88 else ROUGH if likeness >= 0.78 else OTHER


def counted(records: list[Record]) -> Counter[tuple[str, str]]:
    """How often each value is said, of values that are said more than once: the others are most of them, and say that
    they are rare by not being there. One role at a time, so that these are never all in memory."""
    often: Counter[tuple[str, str]] = Counter()
    for role in sorted({role for one in records for role in one.said} | {"line", "firm", *NAMES, *map(_there, NAMES)}):
        said = Counter(value for one in records for value in _values(one, role))
        least = 1 if role in NAMES else 2
        often.update({(role, value): count for value, count in said.items() if count >= least})
    return often


def _there(role: str) -> str:
    """Names are counted by country, too: first and last names go together by language."""
    return f"{role} there"


def _values(one: Record, role: str) -> Iterable[str]:
    if role == "line":
        return one.lines
    if role == "firm":
        return (one.firm.joined,) if one.firm else ()
    if role.endswith(" there"):
        name, country = one.said.get(role.removesuffix(" there")), one.said.get("country")
        return (f"{country} {name}",) if name and country else ()
    return (one.said[role],) if role in one.said else ()


def _called(said: dict[str, str]) -> str:
    return f"{said.get('first', '')} {said.get('last', '')}"


def at_firms(records: Iterable[Record]) -> dict[str, int]:
    """Whole names that are borne at several firms: at how many."""
    where: dict[str, set[str]] = {}
    for one in records:
        firm = one.firm.joined if one.firm else one.said.get("domain", "")
        if firm and "first" in one.said and "last" in one.said:
            where.setdefault(_called(one.said), set()).add(firm)
    return {name: len(firms) for name, firms in where.items() if len(firms) > ONE_CAREER}


class Beside:
    """Compares pairs of records; knows how often each value is said among them."""

    def __init__(self, records: list[Record], kind: str, groups: list[set[str]] | None = None):
        words = Rarity([one.firm for one in records if one.firm], groups)
        self._set(kind, len(records), words, counted(records), 0.5)
        self.see(records)
        said = {role for one in records for role in one.said}
        self.said = [compared for compared in self.said if compared[0] in said]

    def _set(self, kind: str, count: int, words: Rarity, often: Counter, least: float) -> None:
        self.kind, self.count, self.words, self.often, self.least = kind, count, words, often, least
        self._known: dict[tuple, Likeness] = {}
        self.at_firms: dict[str, int] = {}
        self.said = [(role, _PLACE[role], likeness) for role, likeness in _SIMPLE.items()]
        self.usual = {role: self._usual(role) for role in ("first", "last")}

    def see(self, records: Iterable[Record]) -> None:
        """Take notice of whole names that these bear at several firms: of so many, few are one person's."""
        if self.kind == "people":
            for name, firms in at_firms(records).items():
                self.at_firms[name] = max(firms, self.at_firms.get(name, 0))

    def _usual(self, role: str) -> float:
        """The share of records that say what another one says, on average."""
        counts = [often for (of, _), often in self.often.items() if of == role]
        said = sum(counts)
        return max(sum(often * often for often in counts) / said**2, 1.0 / said) if said else 1.0

    def to_json(self) -> dict:
        """What is said more than once; the rest is said once."""
        often = [[role, value, count] for (role, value), count in sorted(self.often.items()) if count > 1]
        return {"kind": self.kind, "count": self.count, "often": often, "words": self.words.to_json(),
                "at_firms": self.at_firms}  # fmt: skip

    @classmethod
    def from_json(cls, kept: dict, count: int) -> "Beside":
        """As it was kept; `count` is how many records there are now."""
        beside = cls.__new__(cls)
        often = Counter({(role, value): often for role, value, often in kept["often"]})
        grown = max(count, kept["count"]) / max(kept["count"], 1)
        often = Counter({key: max(round(many * grown), 1) for key, many in often.items()})
        # What was never seen among few is said more than never among many.
        beside._set(kept["kind"], max(count, kept["count"], 1), Rarity.from_json(kept["words"]), often, 0.5 * grown)
        beside.at_firms = dict(kept.get("at_firms", {}))
        return beside

    def pair(self, one: Record, two: Record) -> Pair:
        """The same whichever comes first."""
        levels = [MISSING] * len(FEATURES)
        agreed: dict[str, float] = {}
        mine, yours = one.said, two.said
        for feature, place, likeness in self.said:
            a, b = mine.get(feature), yours.get(feature)
            if a and b:
                levels[place] = level = likeness(a, b)
                if level == EXACT and feature in _RARE:
                    agreed[feature] = self._share(feature, a, b)
        strangers = self._names(mine, yours, levels, agreed) if self.kind == "people" else False
        if one.lines and two.lines:
            self._lines(one.lines, two.lines, levels, agreed)
        if levels[_PLACE["email"]] >= ROUGH:  # the domain is in the address already
            levels[_PLACE["domain"]] = MISSING
        found = None
        if one.firm and two.firm:
            found = self._firms(one.firm, two.firm)
            if self.kind == "people":
                self._employer(found, one.firm, two.firm, levels, agreed)
            else:
                levels[_PLACE["whole"]] = whole_likeness(one.firm.joined, two.firm.joined)
        bits = found.bits if found and self.kind == "accounts" else 0.0
        common = self._common(mine, yours, levels) if self.kind == "people" else {}
        apart = bool(found and found.apart)
        namesakes = self._namesakes(mine, yours, levels, agreed) if self.kind == "people" else None
        return Pair(tuple(levels), agreed, common, self.kind, bits, strangers, apart, found, namesakes)

    def _firms(self, one: Firm, two: Firm) -> Likeness:
        """Remembered: colleagues are compared with colleagues, again and again."""
        if self.kind == "people" and one.joined != two.joined and not _may_be_near(one, two):
            return _OTHERS
        key = (one.words, one.behind, two.words, two.behind)
        if (found := self._known.get(key)) is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[key] = firm_likeness(one, two, self.words)
        return found

    def _share(self, role: str, one: str, two: str) -> float:
        """The share of records that say this, the two themselves counted as one."""
        often = max(self.often[role, one], self.often[role, two])
        return max(often - 1, self.least) / (self.count + AMONG_OTHERS)

    def _names(self, mine: dict, yours: dict, levels: list[int], agreed: dict[str, float]) -> bool:
        a, b, c, d = mine.get("first", ""), mine.get("last", ""), yours.get("first", ""), yours.get("last", "")
        straight = name_likeness(a, c), name_likeness(b, d)
        turned = name_likeness(a, d), name_likeness(b, c)
        better = sum(map(_WORTH.get, turned)) > sum(map(_WORTH.get, straight)) + 1.0
        if better and max(turned) >= ROUGH:
            # The same for both directions: what is less alike is taken for the first: families share the last.
            (first, here), (last, there) = sorted(zip(turned, ((a, d), (b, c)), strict=True))
            levels[2] = OTHER
            said = (here, there)
        else:
            first, last = straight
            levels[2] = EXACT if all(straight) else MISSING
            said = ((a, c), (b, d))
        levels[0], levels[1] = first, last
        for i, role in enumerate(("first", "last")):
            if levels[i] == EXACT:
                name = said[i][0]
                often = max(self.often["first", name], self.often["last", name]) if levels[2] == OTHER else (
                    self.often[role, name])  # fmt: skip
                agreed[role] = max(often - 1, self.least) / (self.count + AMONG_OTHERS)
        return first == OTHER

    def _common(self, mine: dict, yours: dict, levels: list[int]) -> dict[str, float]:
        """For names that are near each other: how much more frequent than usual the more frequent one is, in bits."""
        found = {}
        for i, role in enumerate(("first", "last")):
            if levels[i] in (NEAR, ROUGH):
                names = [said[name] for said in (mine, yours) for name in ("first", "last") if name in said]
                often = max(self.often[role, name] for name in names)
                if often > 1 and (more := log2(often / self.count / self.usual[role])) > 0:
                    found[role] = more
        return found

    def _namesakes(self, mine: dict, yours: dict, levels: list[int], agreed: dict[str, float]) -> float | None:
        """How many of the records are to be expected to bear both names by chance; None where these don't agree."""
        if min(levels[:2]) < NEAR:
            return None
        share = 1.0
        for role in ("first", "last"):
            names = [said[name] for said in (mine, yours) for name in ("first", "last") if name in said]
            often = max(self.often[role, name] for name in names)
            share *= agreed.get(role, max(often, 2 * self.least) / (self.count + AMONG_OTHERS))
        expected = max(self.count * share, self._there(mine, yours))
        firms = max(self.at_firms.get(_called(said), 0) for said in (mine, yours))
        return max(expected, (firms - ONE_CAREER) / 2)

    def _there(self, mine: dict, yours: dict) -> float:
        """The same among those of one country; 0 where both don't say the same."""
        country = mine.get("country", "")
        if not country or country != yours.get("country") or not (there := self.often["country", country]):
            return 0.0
        found = 1.0
        for role in NAMES:
            names = [said[name] for said in (mine, yours) for name in NAMES if name in said]
            often = max(self.often[_there(role), f"{country} {name}"] for name in names)
            found *= max(often - 1, self.least)
        return found / there

    def _lines(self, mine: tuple, yours: tuple, levels: list[int], agreed: dict[str, float]) -> None:
        """Lines of an address, each beside the one that it is nearest to: they change places, and are put together."""
        possible = []
        for i, a in enumerate(mine):
            for j, b in enumerate(yours):
                low, high = (a, b) if a < b else (b, a)
                possible.append((-text_likeness(low, high), low, high, i, j))
        possible.sort()
        used_mine, used_yours, place = set(), set(), _PLACE["line"]
        for minus, a, b, i, j in possible:
            if i in used_mine or j in used_yours or place > _PLACE["line2"]:
                continue
            used_mine.add(i)
            used_yours.add(j)
            levels[place] = -minus
            if -minus == EXACT:
                agreed[FEATURES[place]] = self._share("line", a, b)
            place += 1

    def _employer(self, found: Likeness, one: Firm, two: Firm, levels: list[int], agreed: dict[str, float]) -> None:
        place = _PLACE["firm"]
        if found.exact:
            levels[place] = EXACT
            agreed["firm"] = self._share("firm", one.joined, two.joined)
        else:
            levels[place] = NEAR if found.bits > 8 else ROUGH if found.bits > 0 else OTHER
        levels[_PLACE["domain"]] = MISSING  # a firm's name and its domain say one thing
