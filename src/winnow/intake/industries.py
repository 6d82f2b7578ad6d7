"""From the words of a company's site to its industry, where they say it clearly; else nothing."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

from winnow.leads.definition import Definition

WORDS = Path(__file__).with_name("industry_words.toml")
ENOUGH = 3  # points: once in the title, or in the description and a heading
CLEARLY = 2  # times as many points as the next industry has
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "æ": "ae"})


def industry_of(texts: list[tuple[str, int]], asked: frozenset[str] = frozenset()) -> str:
    """The industry that these texts, each with the points of one word in it, tell clearly; empty when they don't.

    `asked` are industries that a definition asks for: each is a word for itself, and wins over our name for the same.
    """
    points: dict[str, int] = {}
    for text, weight in texts:
        plain = _plain(text)
        seen = {code for code, pattern in _patterns().items() if pattern.search(plain)}
        seen |= {code for code in asked if f" {_plain(code)} " in f" {plain} "}
        for code in seen:
            points[code] = points.get(code, 0) + weight
    ranked = sorted(points.items(), key=lambda one: (-one[1], one[0] not in asked, one[0]))
    if not ranked or ranked[0][1] < ENOUGH:
        return ""
    if len(ranked) > 1 and ranked[0][1] < CLEARLY * ranked[1][1]:
        return ""
    return ranked[0][0]


def industries_asked_for() -> frozenset[str]:
    """The industries that the definition in force names, wanted or not; none without a definition."""
    definition = Definition.in_force()
    if definition is None:
        return frozenset()
    criteria = [one for one in definition.policy.criteria if one.attribute == "industry"]
    return frozenset().union(*(one.any_of | one.none_of for one in criteria))


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern]:
    told = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return {code: re.compile("|".join(map(_pattern, words))) for code, words in told.items()}


def _pattern(word: str) -> str:
    return r"\b" + re.escape(word.rstrip("*")) + ("" if word.endswith("*") else r"\b")


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text.casefold()).translate(_SPELLED)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w-]+", " ", text).split())
