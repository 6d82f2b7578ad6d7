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
MOST_TIMES = 4.0
PROFILE = ("department", "industry", "country", "employees")
AS_IT_IS, VALUES = "as it is", "values"
ALIKE = "its values win alike"
NOTHING_ADDED = "adds nothing to the columns that are used"


@dataclass
class Proposal:
    """A definition document and what differs from the one that it starts from: (clause, before, after, why)."""

    document: dict
    changes: list[dict] = field(default_factory=list)
    times: float = 1.0

    def points(self, path: str, points: int, why: str) -> None:
        """Write points of the card, as large as points are here."""
        self.put(path, round(points * self.times), why)

    def put(self, path: str, value, why: str) -> None:
        """Write one value; nothing is told where it is as before."""
        *tables, key = _keys(path)
        table = self.document
        for name in tables:
            table = table.setdefault(name, {})
        before = table.get(key)
        if before != value:
            table[key] = value
            self._tell(path, before, value, why)

    def drop(self, path: str, why: str) -> None:
        """Leave one key out."""
        *tables, key = _keys(path)
        table = self.document
        for name in tables:
            table = table.get(name, {})
        if key in table:
            self._tell(path, table.pop(key), None, why)

    def _tell(self, path, before, after, why) -> None:
        self.changes.append({"clause": _keys(path), "before": before, "after": after, "why": why})


def _keys(path: str) -> list[str]:
    """The keys of a path; the code of a piece of content may hold whatever it likes."""
    return path.split("|", 2 if path.startswith("score|") else -1)


def proposed(card: Card, not_used: list[dict], base: dict, gate: str | int = VALUES) -> Proposal:
    """The document that this card makes of `base`. `not_used` are the columns that it doesn't use, each with why.

    `gate` says what becomes of fit: AS_IT_IS; VALUES, what the criteria take, under the same rules; or a number, new
    rules by which so many of the learned criteria have to be met.
    """
    tried = _written(card, not_used, base, gate, 1.0)
    return _written(card, not_used, base, gate, _times(tried.changes))


def _times(changes) -> float:
    """How many times larger points are today than the card's, where both have some: what is kept as it is must not
    outweigh what was learned, or the other way round."""
    pairs = [
        (abs(one["before"]), abs(one["after"])) for one in changes
        if one["clause"][0] == "score" and isinstance(one["before"], int | float) and one["before"] and one["after"]
    ]  # fmt: skip
    return min(max(sum(old for old, _ in pairs) / sum(new for _, new in pairs), 1.0), MOST_TIMES) if pairs else 1.0


def _written(card, not_used, base, gate, times) -> Proposal:
    made, asked = Proposal(deepcopy(base), times=times), []
    for banding, one in zip(card.bandings, points_of(card), strict=True):
        name, bands = one["column"], one["bands"]
        if name == "channel":
            _channels(made, banding, bands, one["otherwise"])
        elif name == "seniority":
            _titles(made, banding, bands, one["otherwise"])
        elif path := _path_of(name):
            made.points(path, _more(banding, bands), _against_each_other(banding, bands))
        if name in PROFILE:
            _profiles(made, banding, bands, one["otherwise"])
        if name in FIT and gate != AS_IT_IS:
            asked += _fit(made, banding, bands, gate != VALUES)
    if isinstance(gate, int) and asked:
        _rules(made, sorted(set(asked)), gate)
    for name in sorted(one["column"] for one in not_used if one["why"] in (ALIKE, NOTHING_ADDED)):
        if path := _path_of(name):
            made.put(path, 0, "wins alike with it and without it")
    return made


def gates(card: Card) -> list[str | int]:
    """Every gate that could be tried with this card."""
    many = sum(banding.column in FIT for banding in card.bandings)
    return [AS_IT_IS, VALUES, *range(1, many + 1)] if many else [AS_IT_IS]


def _rules(made, names, least) -> None:
    """A by all learned criteria, B by so many of them, C by one."""
    least = min(least, len(names))
    rules = [{"grade": "A", "every": names}]
    rules += [{"grade": "B", "some": names, "at_least": least}] if least < len(names) else []
    rules += [{"grade": "C", "some": names, "at_least": 1}] if least > 1 else []
    why = f"{least} of {len(names)} learned criteria passed most wins on the later of the earlier rows"
    made.put("fit|grades", rules, why)
    made.put("lead|grade", "B" if least < len(names) else "A", why)


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
    made.points("score|inquiry|default", pooled - least, "channels that are seldom used")
    for place, band in enumerate(bands):
        for code in _values(banding, place):
            if code in CHANNELS:
                made.points(f"score|inquiry|{code}", band["points"] - least, _won(band))


def _titles(made, banding, bands, otherwise) -> None:
    unknown = next((band["points"] for band in bands if band["band"] == BLANKS), otherwise)
    for place, band in enumerate(bands):
        for code in _values(banding, place):
            if code in SENIORITIES:
                made.points(f"score|title|{code}", band["points"] - unknown, _won(band))


def _profiles(made, banding, bands, otherwise) -> None:
    """Points for what a company or a person is, by band, against those of whom it is not known."""
    kept = made.document.get("score", {}).get("profile", {})
    for code in [code for code, one in kept.items() if one.get("attribute", code) == banding.column]:
        made.drop(f"score|profile|{code}", "learned anew")
    unknown = next((band["points"] for band in bands if band["band"] == BLANKS), otherwise)
    for place, band in enumerate(bands):
        points = round((band["points"] - unknown) * made.times)
        if band["band"] in (BLANKS, POOLED) or not points:
            continue
        one = {"attribute": banding.column, "points": points}
        name = f"{banding.column} {band['band']}".replace(",", "")
        if banding.edges is None:
            one["any_of"] = sorted(_values(banding, place))
            name = f"{banding.column} {one['any_of'][0]}" + (" and the like" if len(one["any_of"]) > 1 else "")
        else:
            edges = banding.edges
            one |= {"at_least": int(edges[place - 1]) + 1} if place else {}
            one |= {"at_most": int(edges[place])} if place < len(edges) else {}
        made.put(f"score|profile|{name[:60]}", one, _won(band))


def _fit(made, banding, bands, fresh_too: bool) -> list[str]:
    """Whom the criteria that ask for this attribute take: all but the values that are surely won less often than all
    are. A criterion keeps out; who is better than others gets points. Returns the criteria's names; where there is
    none and `fresh_too`, one is added."""
    share = sum(band["wins"] for band in bands) / sum(band["cases"] for band in bands)
    known = [place for place, band in enumerate(bands) if band["band"] not in (BLANKS, POOLED)]
    good = [place for place in known if bands[place]["high"] >= share]
    if not good or len(good) == len(known):
        return []
    criteria = made.document.get("fit", {}).get("criteria", {})
    names = [code for code, one in criteria.items() if one.get("attribute", code) == banding.column]
    if not names and fresh_too:
        names = [banding.column]
        made.put(f"fit|criteria|{names[0]}|attribute", banding.column, "asked for by no criterion so far")
    for code in names:
        criterion = made.document["fit"]["criteria"][code]
        made.drop(f"fit|criteria|{code}|says", "told of other values")
        if banding.edges is not None:
            _span(made, f"fit|criteria|{code}", banding, bands, good)
        elif "none_of" not in criterion:
            _kinds(made, f"fit|criteria|{code}", criterion.get("any_of", []), banding, bands, good)
    return names


def _kinds(made, path, before, banding, bands, good) -> None:
    """The values that will do; those of which too few were seen stay as they are."""
    kept = [text for text in before if text.lower() not in banding.band_of]
    fresh = [text for place in good for text in _values(banding, place)]
    upper = banding.column == "country"
    wins, cases = (sum(bands[place][name] for place in good) for name in ("wins", "cases"))
    why = f"{wins:,} of {cases:,} of these won"
    why += f"; kept, as too few were seen: {', '.join(kept[:6])}" if kept else ""
    made.put(f"{path}|any_of", sorted({*kept, *(text.upper() if upper else text for text in fresh)}), why)


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
