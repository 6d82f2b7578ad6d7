"""Names of firms taken apart, and how much two of them speak for one firm: in bits, by how rare their words are.

What agrees counts by its rarity among the firms at hand (two "Brocades" say more than two "Systems"); what only one
of them has counts against, a word that tells firms apart more than one that many bear. Legal forms, word order,
spaces, slips and short forms don't. A place, a number or a word of business that only one has is how branches and
subsidiaries are named: such pairs are asked, never merged.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from pathlib import Path

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from winnow.leads.companies import normalise_company
from winnow.leads.countries import country_code
from winnow.studies.spelling import loose, sound, word_set

FIGURE_BITS = 3.3  # a number is one of ten for each figure, however seldom it is here
RAREST_BITS = 17.0  # what a word says that no other firm bears, at most: one firm in 130,000
ALIKE_BITS = 4.0  # firms that share a word are mostly branches of one house, and hardly two of them are called alike
WORDS_AT_HAND = 400  # how many firms' worth of evidence the lists of common words are against those at hand
_SMALL = word_set("""
    the of und and et y e de la le les der die das des du di del for fuer a an in
""")
_CERTAIN_FORM = re.compile(
    r"\b(?:gmbh|g\.m\.b\.h|aktiengesellschaft|b\. ?v|bv|n\. ?v|nv|inc|incorporated|ltd|limited|llc|plc|s\. ?p\. ?a|"
    r"s\. ?a\. ?r\. ?l|sarl|s\. ?r\. ?l|corp|corporation|ab|oyj?|a/s|aps|kft|s\.r\.o|pty)\b\.?(?=[\s,;]|$)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\W*(?:&|\+|und |and |et |of |pty|pvt|co\b|kg\b|partner|liabil|compan)", re.IGNORECASE)
_IN_FRONT = word_set("""
    the firma ab as oy pt ooo oao zao pao ao uab sia spolka
""")
_NUMBER = re.compile(r"\d+|[ivx]{2,5}")


@dataclass(frozen=True, slots=True)
class Firm:
    """`words` are those of the name, `behind` what stands behind its legal form: mostly a place."""

    words: tuple[str, ...]
    behind: tuple[str, ...]
    joined: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """`bits` for or against one firm; `apart`: a place, number or word that may tell two branches apart; `why`."""

    bits: float
    same: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] = ()
    apart: bool = False
    exact: bool = False


@lru_cache(maxsize=1)
def _common() -> dict[str, float]:
    """Word -> share of firms that bear it."""
    shares: dict[str, float] = {}
    for line in (Path(__file__).parent / "firm_words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            share, _, words = line.partition(":")
            for word in words.split():
                word = _long_forms().get(loose(word), loose(word))
                shares[word] = max(shares.get(word, 0), float(share) / 1000)
    return shares


@lru_cache(maxsize=1)
def _long_forms() -> dict[str, str]:
    found = {}
    for line in (Path(__file__).parent / "firm_short.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            short, _, full = line.partition(":")
            found.update(dict.fromkeys(map(loose, short.split()), loose(full)))
    return found


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    text = (Path(__file__).parent / "places.txt").read_text(encoding="utf-8")
    return frozenset(loose(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=50_000)
def is_place(word: str) -> bool:
    """A country in any language, a continent, or a city that branches are named after."""
    return word in _places() or (len(word) > 3 and bool(country_code(word)))


@lru_cache(maxsize=20_000)
def firm(text: str) -> Firm:
    """`* GIST-BROCADES B.V., Delft` -> words gist, brocades; behind delft."""
    text = html.unescape(html.unescape(text)).strip(" *#.-")
    before, behind = _cut(text)
    words = _words(normalise_company(before))
    while len(words) > 1 and words[0] in _IN_FRONT:
        words = words[1:]
    return Firm(words, _words(normalise_company(behind)) if behind else (), "".join(words))


def _cut(text: str) -> tuple[str, str]:
    """The name, and what stands behind the legal form that ends it: `Acme B.V., Delft, NL`, `Acme GmbH Hauptstr. 3`."""
    for found in _CERTAIN_FORM.finditer(text):
        before, behind = text[: found.end()], text[found.end() :]
        if found.start() and re.search(r"\w", text[: found.start()]) and re.search(r"\w", behind):
            if normalise_company(f"x {behind}") == "x" or _GOES_ON.match(behind):
                return text, ""
            return before, behind
    before, comma, behind = text.partition(",")
    if comma and re.search(r"\w", behind) and _ends_with_form(before) and not _GOES_ON.match(behind):
        return (text, "") if normalise_company(f"xx {behind}") == "xx" else (before, behind)
    return text, ""


def _ends_with_form(text: str) -> bool:
    """Of forms that may be words elsewhere, too, a comma shows that the name ends there: `Acme S.A., Paris`."""
    words = text.split()
    return any(normalise_company("xx " + " ".join(words[-many:])) == "xx" for many in range(1, min(len(words), 5)))


def _words(text: str) -> tuple[str, ...]:
    words = [_long_forms().get(word, word) for word in loose(text).split()]
    kept = [word for word in words if word not in _SMALL]
    return tuple(kept or words)


class Rarity:
    """How many bits a word is worth: by the firms at hand, each counted once, and the lists of common words."""

    def __init__(self, firms: list[Firm], groups: list[set[str]] | None = None):
        """`groups`: the words of each firm, where it is known already which names are one firm's."""
        groups = groups or _rough_groups(firms)
        self.firms = len(groups)
        self._borne = Counter(word for group in groups for word in group)
        self._bits: dict[str, float] = {}

    def to_json(self) -> dict:
        """Words that more than one firm bears."""
        return {"firms": self.firms, "borne": {word: many for word, many in sorted(self._borne.items()) if many > 1}}

    @classmethod
    def from_json(cls, kept: dict) -> "Rarity":
        rarity = cls([])
        rarity.firms, rarity._borne = kept["firms"], Counter(kept["borne"])
        return rarity

    def bits(self, word: str) -> float:
        if word not in self._bits:
            borne = max(self._borne[word] - 1, 0)  # by others than the one that is looked at
            known = 0.002 if is_place(word) else _common().get(word, 4e-6 if len(word) > 2 else 1e-4)
            share = (borne + WORDS_AT_HAND * known) / (self.firms + WORDS_AT_HAND)
            most = FIGURE_BITS * len(word) if word.isdecimal() else RAREST_BITS
            self._bits[word] = min(-log2(share), RAREST_BITS, most)
        return self._bits[word]


def _rough_groups(firms: list[Firm]) -> list[set[str]]:
    """The words of each firm, spellings that are a slip apart counted as one firm: else a firm that is here fifty
    times would make its own name common."""
    names = sorted({one.joined: one for one in firms if one.joined}.items())
    groups: list[set[str]] = []
    last: list[tuple[str, set[str]]] = []
    for joined, one in names:
        home = next((group for other, group in reversed(last) if _alike(joined, other)), None)
        if home is None:
            home = set()
            groups.append(home)
        home.update(one.words)
        last = [*last[-7:], (joined, home)]
    return groups


def _alike(one: str, two: str) -> bool:
    longest = max(len(one), len(two))
    return OSA.distance(one, two, score_cutoff=max(1, longest // 8)) <= max(1, longest // 8)


@lru_cache(maxsize=20_000)
def word_likeness(one: str, two: str) -> float:
    """How far two words are one, 0 to 1: slips, short forms (`pharm` of `pharmaceuticals`), plurals."""
    if one == two:
        return 1.0
    if one > two:
        one, two = two, one
    if _NUMBER.fullmatch(one) or _NUMBER.fullmatch(two) or any(map(str.isdigit, one + two)):
        return 0.0
    longest, shortest = max(len(one), len(two)), min(len(one), len(two))
    slips = OSA.distance(one, two, score_cutoff=3)
    if longest >= 4 and slips <= 1:
        return 0.9 if longest >= 6 else 0.75
    if longest >= 8 and slips <= 2:
        return 0.8
    likeness = Indel.normalized_similarity(one, two)
    if longest >= 6 and (likeness >= 0.85 or JaroWinkler.similarity(one, two) >= 0.94):
        return 0.7
    if longest >= 6 and likeness >= 0.78 and sound(one) == sound(two):
        return 0.65
    if shortest >= 3 and longest >= shortest + 2 and (one.startswith(two) or two.startswith(one)):
        return 0.5
    return 0.0


def firm_likeness(one: Firm, two: Firm, rarity: Rarity) -> Likeness:
    """Bits for one firm (above 0) or for two. Symmetric."""
    if (two.words, two.behind) < (one.words, one.behind):
        one, two = two, one
    if one.joined == two.joined:
        bits = sum(map(rarity.bits, one.words if len(one.words) <= len(two.words) else two.words))
        return Likeness(bits + ALIKE_BITS, one.words, exact=True)
    left, right, same = _without_same(list(one.words), list(two.words))
    bits = sum(map(rarity.bits, same))
    near: list[tuple[str, str]] = []
    for a, b, likeness in _pairings(left, right):
        near.append((" ".join(a), " ".join(b)))
        value = min(sum(map(rarity.bits, a)), sum(map(rarity.bits, b)))
        bits += value * likeness - 3.0 * (1 - likeness) - 0.5
        for word in a:
            left.remove(word)
        for word in b:
            right.remove(word)
    against, apart = 0.0, False
    known = set(one.behind) | set(two.behind)
    for words in (left, right):
        for word in words:
            if word in known:  # `Acme Delft B.V.` and `Acme B.V., Delft`
                continue
            against += _weight_alone(word, rarity)
            apart = apart or word not in ("holding", "group", "gruppe", "corporation", "company")
    if left and right:
        against *= 1.4  # each has something that the other hasn't: other firms rather than one written shorter
    return Likeness(bits - against, tuple(same), tuple(near), (*left, *right), apart)


def _weight_alone(word: str, rarity: Rarity) -> float:
    """What a word counts against, when only one of the two has it."""
    if _NUMBER.fullmatch(word):
        return 9.0
    if is_place(word):
        return 7.0
    return 1.5 + 0.45 * rarity.bits(word)


def _without_same(left: list[str], right: list[str]) -> tuple[list[str], list[str], list[str]]:
    both = Counter(left) & Counter(right)
    same = sorted(both.elements())
    for words in (left, right):
        for word in same:
            words.remove(word)
    return left, right, same


def _pairings(left: list[str], right: list[str]) -> list[tuple[tuple[str, ...], tuple[str, ...], float]]:
    """The words of one that stand for words of the other, best first, each word once."""
    possible = []
    if left and right:
        whole = word_likeness("".join(left), "".join(right))
        if whole and (len(left) > 1 or len(right) > 1):
            possible.append((whole + 0.01, tuple(left), tuple(right)))
    runs = [tuple(left[i : i + n]) for n in (1, 2, 3) for i in range(len(left) - n + 1)]
    others = [tuple(right[i : i + n]) for n in (1, 2, 3) for i in range(len(right) - n + 1)]
    for a in runs:
        for b in others:
            if len(a) > 1 and len(b) > 1:
                continue
            likeness = word_likeness("".join(a), "".join(b))
            if len(a) != len(b):
                likeness = likeness if likeness >= 0.75 else 0.6 if _initials(a, b) else 0.0
            if likeness:
                possible.append((likeness, a, b))
    found = []
    lefts, rights = Counter(left), Counter(right)
    for likeness, a, b in sorted(possible, key=lambda each: (-each[0], each[1], each[2])):
        if not Counter(a) - lefts and not Counter(b) - rights:
            lefts -= Counter(a)
            rights -= Counter(b)
            found.append((a, b, likeness))
    return found


def _initials(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """`ibm` and `international business machines`."""
    short, words = (one[0], two) if len(one) == 1 else (two[0], one)
    return len(words) >= 2 and len(short) == len(words) and short == "".join(word[0] for word in words)
