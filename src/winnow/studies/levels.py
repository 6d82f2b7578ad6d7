"""How near two values of one kind are: days of birth, addresses, telephone numbers, places. All are symmetric."""

import re
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import OSA, Indel, JaroWinkler

from winnow.studies.people_names import EXACT, MISSING, NEAR, OTHER, ROUGH
from winnow.studies.spelling import digits

_ISO = re.compile(r"(\d{4})[-/. ]?(\d{2})[-/. ]?(\d{2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")


def day_of(text: str) -> str:
    """A day as yyyymmdd; as far as it can be told. Of two figures that may both be months the first is the day."""
    text = text.strip()
    if found := _ISO.fullmatch(text):
        return "".join(found.groups())
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
        if int(month) > 12 >= int(day):
            day, month = month, day
        return f"{year}{month:0>2}{day:0>2}"
    return digits(text)[:8]


@lru_cache(maxsize=20_000)
def day_likeness(one: str, two: str) -> int:
    """Near: day and month changed places, or one slip in the figures. Rough: two of year, month and day agree, or the
    days are at most a year and a bit apart with the day or the month the same."""
    if not one or not two:
        return MISSING
    if one == two:
        return EXACT
    if len(one) != 8 or len(two) != 8:
        return NEAR if OSA.distance(one, two) <= 1 else OTHER
    if one[:4] == two[:4] and (one[4:6], one[6:]) == (two[6:], two[4:6]):
        return NEAR
    if OSA.distance(one, two) <= 1:
        return NEAR
    same = (one[:4] == two[:4]) + (one[4:6] == two[4:6]) + (one[6:] == two[6:])
    if same == 2 or sorted(one) == sorted(two):
        return ROUGH
    apart = _apart(one, two)
    return ROUGH if apart is not None and apart <= 40 else OTHER


def _apart(one: str, two: str) -> int | None:
    try:
        first, second = (date(int(text[:4]), int(text[4:6]), int(text[6:])) for text in (one, two))
    except ValueError:
        return None
    return abs((first - second).days)


@lru_cache(maxsize=20_000)
def text_likeness(one: str, two: str) -> int:
    """Two lines of an address or names of places; spaces don't count."""
    if not one or not two:
        return MISSING
    if one == two:
        return EXACT
    a, b = one.replace(" ", ""), two.replace(" ", "")
    if a == b:
        return EXACT
    longest = max(len(a), len(b))
    likeness = Indel.normalized_similarity(a, b, score_cutoff=0.6)
    if likeness:
        slips = OSA.distance(a, b, score_cutoff=3)
        if (slips <= 1 and longest >= 4) or (slips <= 2 and longest >= 8) or likeness >= 0.88:
            return NEAR
        if likeness >= 0.75 or JaroWinkler.similarity(*sorted((a, b))) >= 0.88:
            return ROUGH
    words = set(one.split()), set(two.split())
    both = words[0] & words[1]
    if sum(map(len, both)) * 2 >= min(len(a), len(b)) and any(len(word) > 3 for word in both):
        return ROUGH
    return OTHER


@lru_cache(maxsize=20_000)
def code_likeness(one: str, two: str) -> int:
    """Two numbers or codes: the same, one slip away, or with the same beginning of three or more."""
    if not one or not two:
        return MISSING
    if one == two:
        return EXACT
    longest = max(len(one), len(two))
    if longest >= 3 and OSA.distance(one, two) <= 1:
        return NEAR
    if longest == 2 and one == two[::-1]:
        return NEAR
    if longest >= 4 and (sorted(one) == sorted(two) or (len(one) > 3 < len(two) and one[:3] == two[:3])):
        return ROUGH
    return OTHER


@lru_cache(maxsize=20_000)
def phone_likeness(one: str, two: str) -> int:
    """Two numbers by their last nine figures; country codes are written or not."""
    if not one or not two:
        return MISSING
    a, b = one[-9:], two[-9:]
    short = min(len(a), len(b))
    if a[-short:] == b[-short:] and short >= 6:
        return EXACT
    return NEAR if short >= 7 and OSA.distance(a, b) <= 1 else OTHER


@lru_cache(maxsize=20_000)
def email_likeness(one: str, two: str) -> int:
    """Near: one or two slips, or nearly all letters. Rough: the same before the @, long enough to mean somebody."""
    if not one or not two:
        return MISSING
    if one == two:
        return EXACT
    (mine, _, at), (yours, _, there) = one.partition("@"), two.partition("@")
    if at == there and mine != yours and re.sub(r"\d", "", mine) == re.sub(r"\d", "", yours):
        return ROUGH  # the number is what tells ann14 and ann41 apart
    if at and at == there:  # at one firm a letter tells two apart: a.wright and b.wright
        if mine[0] != yours[0]:
            return NEAR if sorted(mine) == sorted(yours) and len(mine) > 5 else OTHER
        near = OSA.distance(mine, yours, score_cutoff=1) <= 1 and len(mine) >= 5
        likeness = Indel.normalized_similarity(mine, yours)
        return NEAR if near or likeness >= 0.9 else ROUGH if likeness >= 0.82 else OTHER
    if mine[:1] != yours[:1] and sorted(one) != sorted(two):
        return OTHER
    a, b = (re.sub(r"[^a-z0-9]", "", text) for text in (one, two))
    likeness = Indel.normalized_similarity(a, b)
    if OSA.distance(a, b, score_cutoff=2) <= 2:
        return NEAR
    if likeness >= 0.9 and (not at or not there or OSA.distance(at, there, score_cutoff=2) <= 2):
        return NEAR  # a long name before the @ alone makes two addresses alike: ann.mueller at Egret and at Grebe
    if mine == yours and len(mine) >= 5:
        return ROUGH
    return ROUGH if likeness >= 0.82 else OTHER


def same_or_not(one: str, two: str) -> int:
    """Values of a short list: states, countries, genders."""
    return MISSING if not one or not two else EXACT if one == two else OTHER
