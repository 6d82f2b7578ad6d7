"""A scorecard learned from outcomes, and an honest account of what it is worth.

    found = learn(gathered, "Converted", Wanted())
    found.said            # the whole account, as one JSON document
    found.card            # what scores other rows; None if there are too few outcomes

It is judged on later rows than it was learned from, never on rows drawn at random: a lead that comes in tomorrow has
no neighbours from next week. The part is the latest quarter; whether it is worth anything at all is asked of the
latest half, in two steps, each learned from what lies before it.
"""

from dataclasses import dataclass, field

import numpy as np

from winnow.leads.errors import Refusal
from winnow.studies.carding import Card, card_of
from winnow.studies.columns import Column, Gathered
from winnow.studies.drifting import compared_rates, moved_inputs, turned
from winnow.studies.judged import Judged, judge
from winnow.studies.leaking import (
    doubt_of,
    groups_of,
    leak_of,
    marks_given_together,
    of_one_making,
    sign_of,
    words_of,
)
from winnow.studies.ordering import counted_until_the_end, order_of, runs_with_time
from winnow.studies.outcomes import Outcome, outcome_of
from winnow.studies.reporting import account, too_few

FEWEST = 200
"""Wins, and rows that were lost, below which nothing is learned (METHOD.md)."""
FEWEST_LATE = 20
LATEST = 0.25
SURELY = 2.58
WORTH = 0.55
"""An AUC below which nobody would notice a difference at work."""
NAMES = frozenset(
    ("id", "no", "nr", "number", "key", "code", "index", "row", "nummer", "num", "uid", "phone", "mobile")
)


@dataclass
class Wanted:
    """What the caller said. `known` are columns known when a lead comes in, whatever they look like; `senses` says 1
    of those that must rise, -1 of those that must fall; `capacity` is the share of leads that sales can take, and
    `against` a column with the points that are given today."""

    positive: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    order: str | None = None
    ignore: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    senses: dict[str, int] = field(default_factory=dict)
    capacity: float | None = None
    against: str | None = None


@dataclass
class Found:
    """What was learned. `said` is the account; `card` is None if too few outcomes were there. `usable` are the columns
    that it could use and `places` their rows in order of time, of which those before `cut` came earlier."""

    said: dict
    card: Card | None
    readers: dict[str, object]
    outcome: Outcome
    column: Column
    usable: list[Column] = field(default_factory=list)
    places: np.ndarray | None = None
    cut: int = 0


@dataclass
class Sorted:
    """The columns by what may be done with them; each of the lists holds {column, why}."""

    usable: list[Column]
    leaks: list[dict]
    doubtful: list[dict]
    not_used: list[dict]


def learn(gathered: Gathered, outcome_name: str, wanted: Wanted) -> Found:
    """Learn from a file's columns and judge what was learned. Raises `Refusal` if it can't be asked that way."""
    column = gathered.named(outcome_name)
    outcome = outcome_of(column, wanted.positive, wanted.undecided)
    places, how = order_of(gathered, wanted.order, outcome.won)
    places = places[outcome.won[places] >= 0]
    won = outcome.won[places].astype(float)
    sorted_out = _sort(gathered, outcome, places, won, wanted, {outcome_name, wanted.order, wanted.against})
    about = {"gathered": gathered, "outcome": outcome, "order": how, "won": won, "columns": sorted_out}
    wins, losses = int(won.sum()), int(len(won) - won.sum())
    cut = _latest(won)
    if min(wins, losses) < FEWEST or not cut:
        said = too_few(about, _drift(sorted_out.usable, won), FEWEST)
        return Found(said, None, {}, outcome, column, sorted_out.usable, places, cut)
    steps = [step for step in ((2 * cut - len(won), cut), (cut, len(won))) if _both(won, *step)]
    parts = [_judged(sorted_out.usable, won, first, end, wanted) for first, end in steps]
    card, why = card_of(sorted_out.usable, won, wanted.senses)
    sorted_out.not_used += [{"column": name, "why": reason} for name, reason in why.items()]
    used = {banding.column for banding in card.bandings}
    drift = _drift([one for one in sorted_out.usable if one.name in used], won)
    said = account(about, drift, card, parts, is_useful(parts) and bool(card.bandings), cut)
    if wanted.against:
        said["against"] = _against(gathered.named(wanted.against).of(places), won, parts[-1])
    readers = {one.name: one.read for one in sorted_out.usable}
    return Found(said, card, readers, outcome, column, sorted_out.usable, places, cut)


def _latest(won) -> int:
    """Where the latest part begins: a quarter, or more of it where outcomes are rare; 0 if there are too few."""
    for part in (LATEST, 1 / 3, 0.45):
        cut = int(len(won) * (1 - part))
        late = won[cut:]
        if min(late.sum(), len(late) - late.sum()) >= FEWEST_LATE and _both(won, cut, len(won)):
            return cut
    return 0


def _both(won, first, end) -> bool:
    """Whether both outcomes are there before and in a part."""
    return first > 0 and all(0 < part.sum() < len(part) for part in (won[:first], won[first:end]))


def _judged(columns, won, first, end, wanted) -> Judged:
    """Learn from the rows before `first`, and judge on those up to `end`."""
    card, _ = card_of([column.of(slice(0, first)) for column in columns], won[:first], wanted.senses)
    later = {column.name: column.of(slice(first, end)) for column in columns}
    points = card.sums(later, end - first)
    return judge(points, card.probability(points), won[first:end], card.share, wanted.capacity)


def _against(column, won, latest) -> dict:
    """The points of today on the same latest rows, and whether the card is better by more than chance.

    A row without points stands below all others. METHOD: a card may replace points only if it beats them there.
    """
    if column.kind != "number":
        raise Refusal(
            f"{column.name!r} holds no points: it holds {column.kind}. Name a number.", code="no_points"
        )
    late = slice(len(won) - latest.rows, None)
    points = np.where(column.blank, -np.inf, column.numbers)[late]
    today = judge(
        np.unique(points, return_inverse=True)[1], np.full(latest.rows, latest.base_rate), won[late], 0.5
    )
    apart = (latest.auc - today.auc) / np.hypot(latest.auc_error, today.auc_error)
    return {
        "column": column.name, "auc": round(today.auc, 4), "lift_at_10": round(today.lift_at_10, 3),
        "beaten": bool(apart > 1.64 and latest.lift_at_10 >= today.lift_at_10),
    }  # fmt: skip


def is_useful(parts: list[Judged]) -> bool:
    """Whether the points tell wins from losses beyond chance and by an amount that matters, and err less than the base
    rate would: in all later rows together, and not against the latest."""
    weights = [part.rows / sum(part.rows for part in parts) for part in parts]
    auc = sum(weight * part.auc for weight, part in zip(weights, parts, strict=True))
    error = np.sqrt(sum((weight * part.auc_error) ** 2 for weight, part in zip(weights, parts, strict=True)))
    gain = sum(weight * part.gain for weight, part in zip(weights, parts, strict=True))
    return bool(auc >= WORTH and auc - SURELY * error > 0.5 and parts[-1].auc > 0.5 and gain > 0)


def _sort(gathered, outcome, places, won, wanted, taken) -> Sorted:
    """Tell columns that a card may use from those that it may not, and why."""
    found = Sorted([], [], [], [{"column": name, "why": "you said so"} for name in wanted.ignore])
    opened = np.flatnonzero(outcome.won < 0)
    wholes = [one for one in gathered.columns if one.name not in taken and one.name not in wanted.ignore]
    columns = [whole.of(places) for whole in wholes]
    signs = {column.name: sign_of(column, won) for column in columns}
    leaks = {}
    for whole, column in zip(wholes, columns, strict=True):
        if column.name not in wanted.known and column.kind not in ("empty", "constant"):
            open_blank = float(whole.blank[opened].mean()) if len(opened) >= 30 else None
            rival = max((sign.alone for name, sign in signs.items() if name != column.name), default=0.5)
            leaks[column.name] = leak_of(column, won, open_blank, signs[column.name], rival, _unused(column))
    for column in columns:
        if column.kind == "number" and leaks.get(column.name) == "" and (since := _cut_short(column, gathered, places)):
            leaks[column.name] = f"no row reaches beyond the file's end: days from {since} to what came later"
    for name, why in marks_given_together(columns).items():
        if leaks.get(name) == "":
            leaks[name] = why
    named = [column for column in columns if leaks.get(column.name)]
    for column in columns:
        known = column.name in wanted.known
        if leak := leaks.get(column.name) or ("" if known else of_one_making(column, named)):
            found.leaks.append({"column": column.name, "why": leak})
        elif (unused := _unused(column)) and not (known and column.kind in ("number", "category")):
            found.not_used.append({"column": column.name, "why": unused})
        else:
            found.usable.append(column)
            if (doubt := doubt_of(signs[column.name])) and not known:
                found.doubtful.append({"column": column.name, "why": doubt})
    return found


def _cut_short(column, gathered, places) -> str:
    """The date from which this number counts days to something that came after it; an empty text if there is none."""
    dates = (one for one in gathered.columns if one.kind == "date" and one.name != column.name)
    return next((date.name for date in dates if counted_until_the_end(column, date.of(places))), "")


def _unused(column) -> str:
    """Why a column can say nothing that would hold for later rows; an empty text if it may."""
    if column.kind in ("empty", "constant"):
        return (
            "it is blank throughout" if column.kind == "empty" else f"it says {column.texts[0]!r} throughout"
        )
    filled = int((~column.blank).sum())
    if column.kind == "date":
        return "a date; a later row will have another"
    if column.kind == "text" or (
        column.codes is not None and column.distinct > 0.5 * filled and column.distinct > 50
    ):
        return f"names or describes single rows: {column.distinct:,} different values in {filled:,}"
    if column.kind == "category" and runs_with_time(column):
        return "its values follow one another in time; a later row will have one that none had before"
    if column.codes is None and filled > 50:
        if column.distinct >= 0.99 * filled and _names_rows(column):
            return "a number that names each row"
        if runs_with_time(column):
            return "it goes along with time; a later row will have values that none had before"
    return ""


def _names_rows(column) -> bool:
    """Whether whole numbers, different in each row, count on or are called a number or a key."""
    values = column.numbers[~column.blank]
    if not np.equal(np.mod(values, 1), 0).all():
        return False
    named = words_of(column.name) & NAMES or column.name.lower().endswith("id")
    return bool(named) or bool(values.max() - values.min() < 20 * len(values))


def _drift(columns, won) -> dict:
    """Whether wins, or what stands in these columns, moved within the file: the latest quarter against the earlier."""
    cut = int(len(won) * (1 - LATEST))
    found = {"alarm": False, "why": [], "base_rate": None, "inputs": []}
    if cut < 50 or len(won) - cut < 50:
        return found
    found["base_rate"] = compared_rates(won[:cut].sum(), cut, won[cut:].sum(), len(won) - cut)
    change = found["base_rate"] if found["base_rate"]["moved"] else turned(won)
    if change:
        found["base_rate"] = change
        found["why"].append(f"the share of wins went from {change['before']:.1%} to {change['after']:.1%}")
    for column in columns:
        groups = groups_of(column)
        size = groups.max() + 1
        before, after = (np.bincount(part, minlength=size) for part in (groups[:cut], groups[cut:]))
        often = before + after >= 0.02 * len(won)
        counts = [np.append(part[often], part[~often].sum()) for part in (before, after)]
        if moved := moved_inputs(column.name, *counts):
            found["inputs"].append(moved)
    if found["inputs"]:
        names = ", ".join(f"{one['column']} ({one['psi']:.2f})" for one in found["inputs"][:6])
        found["why"].append(f"other values come in than before: {names}")
    found["alarm"] = bool(found["why"])
    return found


def check_names(columns: list[str], file: str, *named: str) -> None:
    """Every column that was named stands in the file. Raises `Refusal`."""
    for name in named:
        if name not in columns:
            known = ", ".join(columns[:40])
            raise Refusal(f"{file} has no column {name!r}; its columns are {known}.", code="missing_column")
