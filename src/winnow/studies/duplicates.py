"""The sweep for duplicates: who is here twice, how probable that is, and why. Nothing is told it; it learns from the
records (docs/decisions/0030-duplicates-without-labels.md).

    found = sweep(records, "people")
    for pair in found: pair.left, pair.right, pair.probability, pair.decision, pair.why
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log2

from winnow.studies.blocking import Candidates
from winnow.studies.comparing import Beside, Pair
from winnow.studies.grouping import grouped
from winnow.studies.people_names import EXACT, NEAR, OTHER
from winnow.studies.reasons import reasons
from winnow.studies.values import Record, without_shared
from winnow.studies.weighing import Weights, learn

MERGE_FROM = 0.95
ASK_FROM = 0.5
ASK_LEAST = 0.03
RIGHT_OF_ASKED = 0.97
"""Pairs of less than ASK_FROM are asked too, down to ASK_LEAST, as long as of all that is told so much is right."""
LEARN_FROM = 120_000  # pairs that weights are learned from
DRAWN, DRAWN_EACH = 40_000, 40  # pairs drawn blindly, in all and for each record


@dataclass(frozen=True, slots=True)
class Found:
    """Two records that may be one. `decision` is merge or ask."""

    left: str
    right: str
    probability: float
    decision: str
    why: str


@dataclass(slots=True)
class Sweep:
    """What a sweep found; `looked_at` pairs were compared, `shared` values belong to nobody."""

    found: list[Found]
    rows: int
    looked_at: int
    shared: dict[str, int]
    weights: Weights


def sweep(records: list[Record], kind: str, progress: Callable[[int, int], None] | None = None) -> Sweep:
    """Every pair of records that is to be merged or asked. The order of the records doesn't matter."""
    shared = without_shared(records)
    order = sorted(records, key=lambda one: (one.content, one.id))
    firsts, copies = _without_copies(order)
    beside = Beside(order, kind)
    candidates = Candidates(firsts)
    weights = _learned(firsts, beside, candidates)
    links = _links(firsts, beside, candidates, weights, progress)
    if kind == "accounts" and links:  # once more, each firm counted once
        groups, _, _ = grouped(links, _bits(firsts, beside, weights), log2(MERGE_FROM / (1 - MERGE_FROM)))
        beside = Beside(order, kind, _words_of(groups, firsts))
        weights = _learned(firsts, beside, candidates)
        links = _links(firsts, beside, candidates, weights, None)
    found = _decided(links, firsts, copies, beside, weights)
    return Sweep(found, len(records), len(candidates), shared, weights)


def learned(records: list[Record], kind: str) -> tuple[Weights, Beside]:
    """What pairs among these records are weighed with, for weighing others later."""
    without_shared(records)
    order = sorted(records, key=lambda one: (one.content, one.id))
    firsts, _ = _without_copies(order)
    beside = Beside(order, kind)
    return _learned(firsts, beside, Candidates(firsts)), beside


def _without_copies(order: list[Record]) -> tuple[list[Record], list[list[Record]]]:
    """The records that differ, and for each of them all that say just the same."""
    firsts: list[Record] = []
    copies: list[list[Record]] = []
    for one in order:
        if firsts and firsts[-1].content == one.content:
            copies[-1].append(one)
        else:
            firsts.append(one)
            copies.append([one])
    return firsts, copies


def _learned(firsts: list[Record], beside: Beside, candidates: Candidates) -> Weights:
    step = max(1, len(candidates) // LEARN_FROM)
    sample = (beside.pair(firsts[a], firsts[b]) for i, (a, b) in enumerate(candidates) if i % step == 0)
    return learn(sample, _drawn(firsts, beside), len(firsts), step)


def _drawn(firsts: list[Record], beside: Beside):
    """Pairs drawn blindly, the same ones each time: every one with those a few fixed steps away."""
    size = len(firsts)
    wanted = min(DRAWN, DRAWN_EACH * size)
    strides = max(1, min(size - 1, wanted // max(size, 1)))
    for turn in range(strides):
        stride = 1 + (turn * 7919 + size // 3) % max(size - 1, 1)
        for i in range(0, size, max(1, size * strides // max(wanted, 1))):
            j = (i + stride) % size
            if i != j:
                yield beside.pair(firsts[i], firsts[j])


def _links(firsts, beside: Beside, candidates: Candidates, weights: Weights, progress) -> list[tuple[float, int, int]]:
    least = log2(ASK_LEAST / (1 - ASK_LEAST))
    links = []
    total = len(candidates)
    for i, (a, b) in enumerate(candidates):
        bits = weights.total(beside.pair(firsts[a], firsts[b]))
        if bits >= least:
            links.append((bits, a, b))
        if progress and i % 20_000 == 0:
            progress(i, total)
    return links


def _bits(firsts: list[Record], beside: Beside, weights: Weights):
    return lambda a, b: weights.total(beside.pair(firsts[a], firsts[b]))


def _words_of(groups: dict[int, list[int]], firsts: list[Record]) -> list[set[str]]:
    grouped_places = {place for members in groups.values() for place in members}
    alone = [[place] for place in range(len(firsts)) if place not in grouped_places]
    return [
        {word for place in members if firsts[place].firm for word in firsts[place].firm.words}
        for members in (*groups.values(), *alone)
    ]


def may_merge(pair: Pair, kind: str) -> bool:
    """Whether a pair may be merged without being asked, however probable: not where a name speaks of another branch,
    and not where first names or birthdays can't be one person's."""
    if kind == "accounts":
        return not pair.apart
    born_there = pair.level("born") == EXACT and pair.level("line") >= NEAR and pair.level("last") != OTHER
    return born_there or not (pair.strangers or pair.generations)


def _decided(links, firsts, copies, beside: Beside, weights: Weights) -> list[Found]:
    compare = _bits(firsts, beside, weights)
    least = log2(ASK_LEAST / (1 - ASK_LEAST))
    groups, refused, joins = grouped(links, compare, least)
    merged = _merged(links, groups, firsts, beside, compare)
    found: dict[tuple[str, str], Found] = {}

    def tell(a: int, b: int, bits: float):
        pair = beside.pair(firsts[a], firsts[b])
        own = weights.total(pair)
        together = merged.get(a, a) == merged.get(b, b)
        through = max(own, bits if together else min(bits, (own + bits) / 2))
        probability = round(weights.probability(through), 4)
        together = together and (a != b or probability >= MERGE_FROM)
        why = reasons(pair, weights, through > own)
        ones = copies[a] if a != b else copies[a][:-1]
        for i, one in enumerate(ones):
            for two in copies[b] if a != b else copies[b][i + 1 :]:
                left, right = sorted((one.id, two.id), key=_natural)
                found[left, right] = Found(left, right, probability, "merge" if together else "ask", why)

    for place, one in enumerate(copies):
        if len(one) > 1 and (bits := compare(place, place)) >= least:
            tell(place, place, bits)
    for weight, mine, yours in joins:
        for a in mine:
            for b in yours:
                tell(a, b, weight)
    for weight, a, b in refused:
        tell(a, b, min(weight, log2(0.9 / 0.1)))
    told = sorted(found.values(), key=lambda one: (-one.probability, _natural(one.left), _natural(one.right)))
    return told[: _worth_asking([one.probability for one in told])]


def _merged(links, groups, firsts, beside: Beside, compare) -> dict[int, int]:
    """Who is merged with whom: by links that are sure, within a group, and where nobody stands against anybody."""
    sure = log2(MERGE_FROM / (1 - MERGE_FROM))
    group = {member: first for first, members in groups.items() for member in members}

    def agree(a: int, b: int) -> bool:
        return may_merge(beside.pair(firsts[a], firsts[b]), beside.kind)

    within = [link for link in links if link[0] >= sure and group.get(link[1]) == group.get(link[2]) is not None]
    ones, _, _ = grouped(within, compare, sure, agree)
    return {member: first for first, members in ones.items() for member in members}


def _worth_asking(probabilities: list[float]) -> int:
    """How many of these, the surest first, are told."""
    wrong, enough = 0.0, 0
    for place, probability in enumerate(probabilities, 1):
        wrong += 1 - probability
        if probability >= ASK_FROM or wrong <= (1 - RIGHT_OF_ASKED) * place:
            enough = place
    return enough


def _natural(number: str) -> tuple:
    return (0, int(number), number) if number.isdecimal() else (1, 0, number)
