"""Names of people: parts, nicknames, and how near two of them are."""

import re
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA, JaroWinkler

from winnow.studies.spelling import folded, loose, word_set

EXACT, NEAR, ROUGH, SHORT, OTHER, MISSING = 5, 4, 3, 2, 1, 0
"""Levels of likeness, for every kind of value: the same; a slip or a nickname away; partly; an initial; not; unsaid."""

_HONORIFICS = word_set("""
    mr mrs ms miss mx dr prof professor herr frau hr fr dipl ing mba phd msc bsc sir dame rev jr sr ii iii
    mme mlle m monsieur madame senor senora sra don dona med jun sen mag
""")
_PARTICLES = word_set("""
    von van der den de del della di da dos du la le el bin ibn al ter zu zum zur st mac mc o y und of
""")


def split_name(text: str) -> tuple[str, str]:
    """First and last names out of one text: `Dr. Ann van der Berg`, `Berg, Ann`."""
    before, comma, behind = text.partition(",")
    if comma and folded(behind) and not set(folded(behind).split()) <= _HONORIFICS:
        return folded(behind), folded(before)
    words = [word for word in folded(before).split() if word not in _HONORIFICS] or folded(before).split()
    if len(words) < 2:
        return "", " ".join(words)
    last = len(words) - 1
    while last > 1 and words[last - 1] in _PARTICLES:
        last -= 1
    return " ".join(words[:last]), " ".join(words[last:])


def name_part(text: str) -> str:
    """One part of a name as it is compared, without titles: `Dr. Ann` -> `ann`."""
    words = loose(text).split()
    return " ".join(word for word in words if word not in _HONORIFICS) or " ".join(words)


@lru_cache(maxsize=1)
def _nicknames() -> dict[str, frozenset[str]]:
    """Each name and nickname -> the full names that it may stand for."""
    meant: dict[str, set[str]] = {}
    text = (Path(__file__).parent / "nicknames.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            full, _, others = line.partition(":")
            for name in (full, *others.split()):
                meant.setdefault(loose(name), set()).add(loose(full))
    return {name: frozenset(fulls) for name, fulls in meant.items()}


def may_be_called(one: str, two: str) -> bool:
    """Whether the two are ways to call one person: Bob and Robert, Uschi and Ursula."""
    known = _nicknames()
    return not known.get(one, frozenset()).isdisjoint(known.get(two, frozenset()))


def root_of(name: str) -> str:
    """One name for all by which a person may be called, as far as it is the only one: `bobby` -> `robert`."""
    fulls = _nicknames().get(name.split(" ")[0] if name else "", ())
    return min(fulls) if fulls else name.split(" ")[0] if name else ""


@lru_cache(maxsize=20_000)
def name_likeness(one: str, two: str) -> int:
    """The level between two parts of names, each as `name_part` gives it."""
    if not one or not two:
        return MISSING
    if one == two:
        return EXACT
    if one > two:  # the same answer whichever comes first
        one, two = two, one
    if len(one) == 1 or len(two) == 1:
        return SHORT if one[0] == two[0] else OTHER
    joined = one.replace(" ", ""), two.replace(" ", "")
    if joined[0] == joined[1] or may_be_called(one, two):
        return NEAR
    longest = max(len(joined[0]), len(joined[1]))
    slips = OSA.distance(*joined, score_cutoff=3)
    near = JaroWinkler.similarity(*joined)
    if (slips == 1 and longest >= 4) or near >= 0.93 or (slips == 2 and longest >= 8):
        return NEAR
    words = set(one.split()), set(two.split())
    if any(len(word) > 2 for word in words[0] & words[1]):
        return ROUGH
    if near >= 0.85 or (slips <= 2 and longest >= 5) or (slips == 1 and longest == 3):
        return ROUGH
    if any(may_be_called(a, b) for a in words[0] for b in words[1]):
        return ROUGH
    return OTHER


def letters_only(text: str) -> str:
    return re.sub(r"[^a-z]", "", text)
