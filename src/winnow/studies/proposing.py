"""A card in the language of a lead definition: which points, which companies, which threshold.

Whatever the outcomes don't tell is taken from the version that it starts from, word for word; each change says what it
rests on. The threshold comes from the definition's own verdicts, by how many leads sales can take.
"""

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from winnow.policy.facts import CHANNELS, SENIORITIES
from winnow.studies.banding import BLANKS, POOLED
from winnow.studies.carding import Card
from winnow.studies.known import ACTIONS, CONTENT, NO, PAGE, YES
from winnow.studies.reporting import points_of

FIT = ("seniority", "department", "industry", "country", "employees")
ALIKE = "its values win alike"
NOTHING_ADDED = "adds nothing to the columns that are used"


@dataclass
class Proposal:
    """A definition document and what differs from the one that it starts from: (clause, before, after, why)."""

    document: dict
    changes: list[dict] = field(default_factory=list)

    def put(self, path: str, value, why: str) -> None:
        """Write one value; nothing is told where it is as before."""
        *tables, key = path.split("|")
        table = self.document
        for name in tables:
            table = table.setdefault(name, {})
        before = table.get(key)
        if before != value:
            table[key] = value
            self._tell(path, before, value, why)

    def drop(self, path: str, why: str) -> None:
        """Leave one key out."""
        *tables, key = path.split("|")
        table = self.document
        for name in tables:
            table = table.get(name, {})
        if key in table:
            self._tell(path, table.pop(key), None, why)

    def _tell(self, path, before, after, why) -> None:
        self.changes.append({"clause": path.split("|"), "before": before, "after": after, "why": why})


def proposed(card: Card, not_used: list[dict], base: dict) -> Proposal:
    """The document that this card makes of `base`. `not_used` are the columns that it doesn't use, each with why."""
    made = Proposal(deepcopy(base))
    for banding, one in zip(card.bandings, points_of(card), strict=True):
        name, bands = one["column"], one["bands"]
        if name == "channel":
            _channels(made, banding, bands, one["otherwise"])
        elif name == "seniority":
            _titles(made, banding, bands, one["otherwise"])
        elif path := _path_of(name):
            made.put(path, _more(banding, bands), _against_each_other(banding, bands))
        if name in FIT:
            _fit(made, banding, bands)
    for name in sorted(one["column"] for one in not_used if one["why"] in (ALIKE, NOTHING_ADDED)):
        if path := _path_of(name):
            made.put(path, 0, "wins alike with it and without it")
    return made


def _path_of(name: str) -> str:
    """Where the points of something that is done, or not, stand in the document; an empty text for anything else."""
    for code, words in ACTIONS.items():
        if name == words:
            return f"score|action|{code}"
    if name.startswith(CONTENT):
        return f"score|content|{name.removeprefix(CONTENT)}"
    if name.startswith(PAGE):
        return f"score|page|{name.removeprefix(PAGE)}"
    return {"others engaged": "score|engaged_person", "key account": "score|key_account"}.get(name, "")


def _more(banding, bands) -> int:
    """What doing it has more than not doing it; of a count, what the highest band has more than the lowest."""
    with_it, without = _both(banding, bands)
    return with_it["points"] - without["points"]


def _both(banding, bands) -> tuple[dict, dict]:
    if banding.edges is not None:
        return bands[len(banding.edges)], bands[0]
    return bands[banding.band_of[YES]], bands[banding.band_of[NO]]


def _against_each_other(banding, bands) -> str:
    with_it, without = _both(banding, bands)
    return f"{_won(with_it)} with it, {_won(without)} without"


def _won(band) -> str:
    return f"{band['wins']:,} of {band['cases']:,} won"


def _values(banding, place) -> list[str]:
    """The codes that a band of a category holds."""
    return [text for text, band in banding.band_of.items() if band == place]


def _channels(made, banding, bands, otherwise) -> None:
    pooled = next((band["points"] for band in bands if band["band"] == POOLED), otherwise)
    least = min(*(band["points"] for band in bands), otherwise)
    made.put("score|inquiry|default", pooled - least, "channels that are seldom used")
    for place, band in enumerate(bands):
        for code in _values(banding, place):
            if code in CHANNELS:
                made.put(f"score|inquiry|{code}", band["points"] - least, _won(band))


def _titles(made, banding, bands, otherwise) -> None:
    unknown = next((band["points"] for band in bands if band["band"] == BLANKS), otherwise)
    for place, band in enumerate(bands):
        for code in _values(banding, place):
            if code in SENIORITIES:
                made.put(f"score|title|{code}", band["points"] - unknown, _won(band))


def _fit(made, banding, bands) -> None:
    """Whom the criteria that ask for this attribute take: all but the values that are surely won less often than all
    are. A criterion keeps out; who is better than others gets points."""
    share = sum(band["wins"] for band in bands) / sum(band["cases"] for band in bands)
    known = [place for place, band in enumerate(bands) if band["band"] not in (BLANKS, POOLED)]
    good = [place for place in known if bands[place]["high"] >= share]
    if not good or len(good) == len(known):
        return
    for code, criterion in made.document.get("fit", {}).get("criteria", {}).items():
        if criterion.get("attribute", code) != banding.column:
            continue
        if banding.edges is not None:
            _span(made, f"fit|criteria|{code}", banding, bands, good)
        elif "any_of" in criterion:
            seen = set(banding.band_of)
            kept = [text for text in criterion["any_of"] if text.lower() not in seen]
            fresh = [text for place in good for text in _values(banding, place)]
            upper = banding.column == "country"
            wins, cases = (sum(bands[place][name] for place in good) for name in ("wins", "cases"))
            why = f"{wins:,} of {cases:,} of these won, {share:.0%} of all"
            why += f"; kept, as too few were seen: {', '.join(kept[:6])}" if kept else ""
            made.put(f"fit|criteria|{code}|any_of", sorted({*kept, *(x.upper() if upper else x for x in fresh)}), why)


def _span(made, path, banding, bands, good) -> None:
    """From which to which size: the neighbouring good bands around the best one."""
    low = high = max(good, key=lambda place: bands[place]["share"])
    while low - 1 in good:
        low -= 1
    while high + 1 in good:
        high += 1
    wins, cases = (sum(band[name] for band in bands[low : high + 1]) for name in ("wins", "cases"))
    why = f"{wins:,} of {cases:,} of these won"
    edges = banding.edges
    made.put(f"{path}|at_least", int(edges[low - 1]) + 1 if low else 0, why)
    if high < len(edges):
        made.put(f"{path}|at_most", int(edges[high]), why)
    else:
        made.drop(f"{path}|at_most", why)


def threshold(stood: list, share: float) -> tuple[int, int]:
    """The score in whole points from which so large a share of all would be handed over, and how many fit at all.

    `stood` is how each of them stands under the draft."""
    fitting = np.sort([one.milli for one in stood if one.fits])[::-1]
    wanted = max(1, round(share * len(stood)))
    if not len(fitting):
        return 1, 0
    return max(1, int(fitting[min(wanted, len(fitting)) - 1] // 1000)), len(fitting)
