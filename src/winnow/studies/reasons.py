"""Why two records may be one, field by field, in words."""

from winnow.studies.comparing import FEATURES, Pair
from winnow.studies.people_names import EXACT, MISSING, NEAR, OTHER, ROUGH, SHORT
from winnow.studies.weighing import Weights

_NAMES = {
    "first": "first name", "last": "last name", "born": "date of birth", "email": "address", "phone": "telephone",
    "key": "register number", "line": "street", "line2": "second line", "number": "house number",
    "postcode": "postcode", "city": "place", "region": "region", "country": "country", "domain": "domain",
    "firm": "company", "title": "title", "gender": "gender",
}  # fmt: skip
_WORDS = {EXACT: "same", NEAR: "nearly the same", ROUGH: "partly the same", SHORT: "same initial", OTHER: "different"}


def reasons(pair: Pair, weights: Weights, through: bool = False) -> str:
    """`same last name, nearly the same first name (Bob/Robert); different place`: what speaks for one, then against."""
    grouped: dict[str, list[str]] = {word: [] for word in _WORDS.values()}
    for feature, level in zip(FEATURES, pair.levels, strict=True):
        if level == MISSING or feature in ("turned", "whole") or feature not in weights.bits:
            continue
        grouped[_WORDS[level]].append(_NAMES[feature])
    said = [f"{word} {_listed(names)}" for word, names in grouped.items() if names]
    if pair.firm is not None and weights.bits.get("firm") is None:
        said.insert(0, _of_firms(pair))
    if pair.level("turned") == OTHER:
        said.insert(0, "first and last name changed places")
    if through:
        said.append("each like a third record")
    return "; ".join(said)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _of_firms(pair: Pair) -> str:
    found = pair.firm
    if found.exact:
        return "same name but for its legal form and spelling"
    parts = []
    if found.same:
        parts.append(f"same {' '.join(found.same)}")
    if found.near:
        parts.append("nearly the same " + ", ".join(f"{a}/{b}" for a, b in found.near))
    if found.only:
        parts.append(f"only one has {', '.join(found.only)}")
    return "; ".join(parts) or "nothing of the name agrees"
