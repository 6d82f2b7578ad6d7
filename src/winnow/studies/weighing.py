"""How probable it is that two records are one: the weights of Fellegi and Sunter, learned from the records themselves.

For each thing that is said there are levels of likeness (the same, near, rough, other). `m` is how often a level is
seen between two records of one person, `u` between those of two. `u` is counted on pairs drawn blindly; `m` and the
share of pairs that are one are learned by expectation and maximisation over the candidates, held near what is usual
where the records say little. A rare value that agrees counts for more than a frequent one.
(Fellegi & Sunter, A Theory for Record Linkage, JASA 64, 1969; Winkler on frequencies, 1988.)
"""

from collections import Counter
from collections.abc import Iterable
from math import exp, log, log2

from winnow.studies.comparing import ANCHORS, FEATURES, HOME, Pair
from winnow.studies.people_names import EXACT, MISSING, NEAR, OTHER, ROUGH, SHORT

USUAL = {EXACT: 0.78, NEAR: 0.11, ROUGH: 0.04, SHORT: 0.01, OTHER: 0.06}
USUAL_OF = {
    "turned": {EXACT: 0.94, OTHER: 0.06},
    "title": {EXACT: 0.45, NEAR: 0.1, ROUGH: 0.15, OTHER: 0.3},
    "firm": {EXACT: 0.6, NEAR: 0.15, ROUGH: 0.05, OTHER: 0.2},
    "email": {EXACT: 0.6, NEAR: 0.1, ROUGH: 0.05, OTHER: 0.25},
    "phone": {EXACT: 0.6, NEAR: 0.06, OTHER: 0.34},
    "domain": {EXACT: 0.75, OTHER: 0.25},
}
"""What is usual between two records of one person, before the records are asked. People change firms and addresses."""
USUAL_U = {EXACT: 0.01, NEAR: 0.005, ROUGH: 0.02, SHORT: 0.03, OTHER: 0.935}
DRAWN_BEFORE = 200  # drawn pairs' worth of what is usual between two people, for where hardly any can be drawn
HELD_BY = 30.0  # how many pairs' worth the usual is
MOST_SHARE = 0.2
MOST_ROUNDS = 60
CLEAR_BITS = 2.0  # pairs as clear as this teach what pairs of one person are like
SHORT_BITS = 2.5  # what an initial says at most
PART_BITS = 2.0  # what half an address says at most: it is made of the name, which counts already
NAMESAKE_BITS = 3.0  # first and last names go together: a Fredrik is more often a Kullberg than a Rossi
CHANGED = 0.025  # others to be expected who are the same person at another firm, with nothing of theirs but the name
NAMES_ALONE = 3.0  # bits that names say at most when nothing bears them out: eight of nine, to be asked
WHOLE_BITS = 2.0  # names alike as strings only are asked at most: whether that says anything, the file tells
NOBODY = -8.0  # bits at most of two who share neither name nor address nor number: a place is nobody
HOME_BITS, STRANGER_BITS = 7.0, -3.0  # from here on two are of one house; so much first names unlike say at least
ROUNDS_AT_HOME = 12
FAMILY = frozenset(("last", "email", "key"))
"""What two people with different first names share who are a family, or write from one mailbox."""
ENOUGH_DRAWN = 8
MOST_BITS = 18.0  # what one agreement says at most
MOST_SLIPS, TWINS = 0.2, 0.03  # of first names, that are believed; pairs of kin who have a birthday in common
SHORTENED = 0.15  # of the records of one firm at one place, that leave out or add a word of its name
SLIPS_TOGETHER = 3.0  # times more often than each by itself would make it: who writes badly does so throughout
_FIRST, _LAST, _EMAIL, _BORN = map(FEATURES.index, ("first", "last", "email", "born"))


class Weights:
    """`bits[feature][level]`: what that level says for one person (above 0) or two. `prior`: bits before anything.
    `home`: what house or office can say at most, since people share them. `kin`: bits for one person at
    most where house and last name are shared, or an address of mail, but first name or birthday are not."""

    def __init__(
        self, bits: dict[str, dict[int, float]], m: dict[str, dict[int, float]], prior: float, home: float,
        kin: dict[str, float] | None = None,
    ):  # fmt: skip
        self.bits, self.m, self.prior, self.home = bits, m, prior, home
        self.kin = kin or {}

    def total(self, pair: Pair) -> float:
        """Bits of a pair, with the rarity of what agrees; 0 is as likely as not."""
        total = self.prior + pair.firm_bits
        home, borne_out = 0.0, False
        for feature, level in zip(FEATURES, pair.levels, strict=True):
            if level == MISSING or feature == "whole" or (known := self.bits.get(feature)) is None:
                continue
            bits = known[level]
            if level == EXACT and feature in pair.rarity:
                bits = min(max(log2(self.m[feature][EXACT] / pair.rarity[feature]), min(bits, 0.5)), MOST_BITS)
            elif level in (NEAR, ROUGH) and feature in pair.common:
                bits -= pair.common[feature]
            borne_out = borne_out or level >= ANCHORS.get(feature, EXACT + 1)
            if feature in HOME or (pair.strangers and feature in FAMILY and bits > 0):
                home += bits
            else:
                total += bits
        if pair.kind == "accounts":
            home += self.kin.get("branch", 0.0) if pair.apart and pair.at_one_place else 0.0
            whole = self.bits.get("whole", {}).get(pair.level("whole"), 0.0)
            return max(total + home, min(total + home - pair.firm_bits + whole, WHOLE_BITS))
        cell = _cell(pair.levels) if pair.kind == "people" else ""
        if pair.strangers and cell not in self.kin:
            home = min(home, self._of_strangers(pair))
        # Who may be kin was counted by the cell.
        total = min(total + home, self.kin[cell]) if cell in self.kin else total + min(home, self.home)
        if borne_out:
            return min(total, NAMES_ALONE) if pair.generations else total
        if max(pair.level("first"), pair.level("last")) < ROUGH:
            return min(total, NOBODY)
        total = min(total - (0.0 if pair.level("city") >= NEAR else NAMESAKE_BITS), NAMES_ALONE)
        if pair.namesakes is not None and OTHER in (pair.level("firm"), pair.level("domain")):
            # At two firms: how many would be called so by chance, against how many come again from another firm.
            total = min(total, log2(CHANGED / pair.namesakes))
        return total

    def among(self, now: int, then: int) -> "Weights":
        """The same weights among `now` records, where they were learned among `then`: of more pairs fewer are one."""
        grown = log2(max(now, 2) / max(then, 2))
        return Weights(self.bits, self.m, self.prior - max(grown, 0.0), self.home, self.kin)

    def _of_strangers(self, pair: Pair) -> float:
        """A household shares name, address and telephone: with first names that can't be one person's, all that
        together is hardly enough to ask, the more so the less of it there is."""
        shared = sum(pair.level(feature) >= NEAR for feature in (*HOME, "last"))
        return -self.prior + 2.0 * (shared - 3)

    @staticmethod
    def probability(bits: float) -> float:
        return 1.0 / (1.0 + 2.0 ** -max(min(bits, 60.0), -60.0))

    def to_json(self) -> dict:
        return {"bits": self.bits, "m": self.m, "prior": self.prior, "home": self.home,
                "kin": self.kin}  # fmt: skip

    @classmethod
    def from_json(cls, kept: dict) -> "Weights":
        bits, m = ({name: {int(k): v for k, v in levels.items()} for name, levels in kept[part].items()}
                   for part in ("bits", "m"))  # fmt: skip
        return cls(bits, m, kept["prior"], kept["home"], kept.get("kin"))


def learn(candidates: Iterable[Pair], random: Iterable[Pair], records: int, scale: float = 1.0) -> Weights:
    """Weights from candidate pairs and from pairs drawn blindly among `records`. `scale`: candidates per one given."""
    records = max(records, 2)
    patterns: Counter = Counter()
    branches: Counter[tuple[float, tuple]] = Counter()
    for pair in candidates:
        patterns[pair.levels, round(pair.firm_bits), pair.kind] += 1
        if pair.kind == "accounts" and pair.at_one_place:
            branches[pair.apart, (pair.levels, round(pair.firm_bits))] += 1
    drawn = Counter(pair.levels for pair in random)
    total = sum(drawn.values())
    by_level: Counter[tuple[int, int]] = Counter()
    for levels, count in drawn.items():
        for i, level in enumerate(levels):
            by_level[i, level] += count
    pairs = max(records * (records - 1) / 2, 1.0)
    used = [i for i in range(len(FEATURES)) if any(levels[i] for levels, _, _ in patterns)]
    said = {i: max(total - by_level[i, MISSING], 1) for i in used}
    seen = {i: {level: by_level[i, level] / said[i] for level in _levels()} for i in used}
    m = {i: _held(i, dict.fromkeys(_levels(), 0.0)) for i in used}
    share, cap = 1.0 / records, MOST_BITS
    kin: dict[str, float] = {}
    bits: dict[int, dict[int, float]] = {}
    for _ in range(MOST_ROUNDS):
        bits = {i: _bits(i, m[i], seen[i], share, said[i]) for i in used}
        cap = _shared_home(patterns, drawn, bits, pairs / scale, total)
        kin = _kin(patterns, bits)
        prior = log2(share / (1 - share))
        expected = {i: dict.fromkeys(_levels(), 0.0) for i in used}
        ones = 0.0
        for (levels, firm_bits, kind), count in patterns.items():
            if kind == "people" and not any(levels[i] >= ANCHORS.get(FEATURES[i], EXACT + 1) for i in used):
                continue
            home, self_ = _apart(levels, bits)
            weight = prior + firm_bits + self_ + (home if kind == "accounts" else min(home, cap))
            if kind == "people" and (cell := _cell(levels)) in kin:
                weight = min(prior + self_ + home, kin[cell])
            if weight < CLEAR_BITS:  # else all that a key brought together would be drawn in, bit by bit
                continue
            one = count / (1.0 + exp(-min(weight * log(2), 50.0)))
            ones += one
            for i in used:
                if levels[i]:
                    expected[i][levels[i]] += one
        before, m = m, {i: _held(i, expected[i]) for i in used}
        share_before = share
        share = min(max(scale * ones / pairs, 0.1 / records), MOST_SHARE)
        moved = max((abs(m[i][x] - before[i][x]) for i in used for x in m[i]), default=0.0)
        if moved < 1e-4 and abs(share / share_before - 1) < 1e-3:
            break
    named = {FEATURES[i]: bits[i] for i in used}
    kin |= _branch(branches, bits, prior)
    return Weights(named, {FEATURES[i]: m[i] for i in used}, log2(share / (1 - share)), cap, kin)


def _apart(levels: tuple[int, ...], bits: dict[int, dict[int, float]]) -> tuple[float, float]:
    """Bits of what a house or an office shares, and of what is one's own."""
    home = own = 0.0
    for i, known in bits.items():
        if (level := levels[i]) and FEATURES[i] != "whole":
            if FEATURES[i] in HOME:
                home += known[level]
            else:
                own += known[level]
    return home, own


def _shared_home(patterns, drawn, bits, candidates_of: float, total: int) -> float:
    """How much it says at most that two records are of one house or office: as rare as that is among those who are
    plainly two. Where hundreds work at one firm it says little."""
    looked_at = _together(((levels, count) for (levels, _, _), count in patterns.items()), bits)
    among_candidates = max(looked_at, 0.5) / candidates_of
    drawn_together = _together(drawn.items(), bits)
    blindly = drawn_together / total if drawn_together >= ENOUGH_DRAWN else 0.0  # of a few, some are one with slips
    return min(max(-log2(max(among_candidates, blindly)), 0.0), 40.0)


def _together(counted, bits) -> float:
    """How many are of one house or office and two: each as far as what is their own speaks for that, against how many
    of those together are one."""
    near: Counter[float] = Counter()
    for levels, count in counted:
        home, own = _apart(levels, bits)
        if home >= HOME_BITS:
            near[round(own if levels[0] != OTHER else min(own, STRANGER_BITS), 1)] += count
    odds = _odds(near, 0.0)
    return sum(count / (1.0 + 2.0 ** max(min(own + odds, 60.0), -60.0)) for own, count in near.items())


def _cell(levels: tuple[int, ...]) -> str:
    """Where two stand who may be kin: what they share, and whether they have a birthday in common. Empty: nowhere."""
    first, born = levels[_FIRST], levels[_BORN]
    mailed = levels[_EMAIL] >= NEAR
    if first == MISSING or (levels[_LAST] < NEAR and not mailed) or (first != OTHER and (born != OTHER or mailed)):
        return ""
    age = "unsaid" if born == MISSING else "other" if born == OTHER else "same"
    return f"{'mail' if mailed else 'house'} {age} {'unlike' if first == OTHER else 'alike'}"


def _kin(patterns, bits) -> dict[str, float]:
    """Bits for one person of those who share the house and the last name, or an address of mail, and have unlike first
    names or birthdays: as many as slip among those who share these too, against how many there are. The rest are
    families and colleagues."""
    there: Counter[str] = Counter()
    alike: Counter[tuple[bool, str]] = Counter()
    for (levels, _, _), count in patterns.items():
        mailed = levels[_EMAIL] >= NEAR
        if not mailed and (levels[_LAST] < NEAR or _apart(levels, bits)[0] < HOME_BITS):
            continue
        if cell := _cell(levels):
            there[cell] += count
        elif levels[_FIRST] >= NEAR:
            alike[mailed, "unsaid" if levels[_BORN] == MISSING else "same"] += count
    found = {}
    for cell, count in there.items():
        shared, age, first = cell.split()
        both, unsaid = alike[shared == "mail", "same"], alike[shared == "mail", "unsaid"]
        strange, twins = there[f"{shared} same unlike"], TWINS * there[f"{shared} other unlike"]
        slips = min((max(strange - twins, 0.0) + HELD_BY * USUAL[OTHER]) / (both + HELD_BY), MOST_SLIPS)
        older = min((there["house other alike"] + HELD_BY * USUAL[OTHER]) / (both + HELD_BY), 2 * USUAL[OTHER])
        if age == "same":
            expected = count - twins
        elif age == "unsaid":
            expected = unsaid * slips
        else:
            expected = both * (SLIPS_TOGETHER * slips * older if first == "unlike" else USUAL[OTHER])
        expected = min(max(expected, 0.0), count)
        found[cell] = log2((expected + 0.5) / (count - expected + 0.5))
    return found


def _branch(there, bits, prior: float) -> dict[str, float]:
    """Bits that it says against one firm that only one of two names has a word, where address, telephone or domain are
    shared: so that as many are one as are written shorter elsewhere. The rest are branches and subsidiaries."""
    apart: Counter[float] = Counter()
    alike = 0
    for (other, (levels, firm_bits)), count in there.items():
        if other:
            home, own = _apart(levels, bits)
            apart[round(prior + firm_bits + own + home, 1)] += count
        else:
            alike += count
    expected = alike * SHORTENED

    def ones(less: float) -> float:
        return sum(count / (1.0 + 2.0 ** -max(min(total - less, 60.0), -60.0)) for total, count in apart.items())

    less = 0.0
    while ones(less) > expected + 0.5 and less < MOST_BITS:
        less += 0.25
    return {"branch": -less}


def _odds(own: Counter[float], odds: float) -> float:
    """Bits for one person before their own evidence, of pairs by the bits of that; from a first guess on."""
    for _ in range(ROUNDS_AT_HOME if len(own) > 1 else 0):
        ones = sum(count / (1.0 + 2.0 ** -max(min(bits + odds, 60.0), -60.0)) for bits, count in own.items())
        odds = log2((ones + 0.5) / (own.total() - ones + 0.5))
    return odds


def _usual(i: int) -> dict[int, float]:
    return USUAL_OF.get(FEATURES[i], USUAL)


def _levels() -> tuple[int, ...]:
    return tuple(sorted(USUAL, reverse=True))


def _held(i: int, expected: dict[int, float]) -> dict[int, float]:
    """What was seen, held near the usual."""
    usual, whole = _usual(i), sum(expected.values()) + HELD_BY
    return {level: (expected[level] + HELD_BY * usual.get(level, 0.005)) / whole for level in expected}


def _bits(i: int, m: dict[int, float], seen: dict[int, float], share: float, said: int) -> dict[int, float]:
    """log2(m/u), where a nearer level never counts less than a farther one. What pairs of one person bring into those
    drawn blindly is taken out of `u`."""
    found: dict[int, float] = {}
    for level, often in m.items():
        drawn = max(seen[level] - share * often, 0.3 / said)
        u = (drawn * said + USUAL_U[level] * DRAWN_BEFORE) / (said + DRAWN_BEFORE)
        found[level] = max(min(log2(often / u), MOST_BITS), -12.0)
    for nearer, farther in ((EXACT, NEAR), (NEAR, ROUGH)):
        found[farther] = min(found[farther], found[nearer])
    found[OTHER] = min(found[OTHER], 0.0)
    found[SHORT] = min(found[SHORT], found[NEAR], SHORT_BITS)
    if FEATURES[i] == "email":
        found[ROUGH] = min(found[ROUGH], PART_BITS)
    return found
