"""Columns that tell the outcome because they were filled in after it, or by those who already knew it.

A scorecard that uses one shines on the past and is worth nothing on the day a lead comes in. Nothing in a file says
when a cell was written, so this goes by what gives such columns away: what they can tell alone, when they are blank,
values that only one outcome has, what their names and values speak of, and whether they are filled on the decision.
"""

import re
from dataclasses import dataclass

import numpy as np

from winnow.studies.banding import PRIOR
from winnow.studies.columns import UNCHOSEN, Column, key_of
from winnow.studies.judged import auc_of

TOO_GOOD = 0.92
STRONG = 0.75
NEAR = 8
"""A value is nearly pure where the other outcome is this many times rarer than over all."""

_WORDS = {
    "judged": "score scores scoring index grade rating ranking quality profile tag tags label labels priority "
    "temperature propensity probability prediction predicted likelihood verdict qualification bewertung note stufe",
    "after": "status stage disposition resolution outcome result results reason close closed closing won win lost loss "
    "converted conversion churn churned cancelled canceled recovered recoveries refund signed deal invoice remark "
    "remarks notes comment comments feedback followup follow booked completed resolved ended ergebnis grund abschluss",
    "last": "last latest recent current letzte letzter letztes",
    "worked": "activity action contact contacted touch step call event interaction notable modified updated change "
    "response status stage owner aktion kontakt",
    "lasted": "duration dauer duree talktime",
    "span": "days weeks months cycle tage wochen monate jours",
    "until": "close closed closing won deal sale sales open opened pipeline opportunity decision win abschluss",
    "earlier": "previous prev prior past before earlier historic history credit consumer price marital employment "
    "family residence housing home ownership loan social",
    "visits": "session visit visits site web website page pages video browsing contract membership stay trip",
    "ending": "end modified updated last latest paid letzte letzter letztes",
    "first": "first initial source origin channel medium entry form trigger erste herkunft quelle",
}
_JUDGED, _AFTER, _LAST, _WORKED, _LASTED, _SPAN, _UNTIL, _EARLIER, _VISITS, _ENDING, _FIRST = (
    frozenset(text.split()) for text in _WORDS.values()
)
_RESULT = re.compile(
    r"\b(closed|won|lost|converted|not? (longer )?interested|interested|ringing|switched off|wrong number|"
    r"invalid number|not responding|no answer|not eligible|already a|will revert|busy|voice ?mail|enrol+ed|cancel+ed|"
    r"churned|junk|unreachable|follow ?up|do not call|not doing|duplicate|competitor|gewonnen|verloren)\b"
)
_GRADED = re.compile(
    r"\W*\d*\W*(very )?(high|medium|low|hot|warm|cold|good|bad|best|worst|might be|not sure|a|b|c|d)\b.*"
)
_MARK = re.compile(
    r"^\W*\d*\W*(very )?(high|medium|low|hot|warm|cold|good|bad|best|worst|might be|not sure|hoch|mittel|niedrig)\b.*"
)
_DONE = re.compile(
    r"\b(opened|clicked|bounced|sent|received|visited|unsubscribed|resubscribed|unreachable|conversation|called|"
    r"submitted|modified|replied|marked|attended|spoke|geöffnet|geklickt|gesendet|angerufen|abgemeldet)\b"
)
MOSTLY, FEW = 0.5, 0.25


@dataclass
class Sign:
    """What one column tells by itself: `alone` is its AUC on later rows than it was learned from; `unfilled` the share
    of rows that are blank or left at the form's default; `pure` the share of filled rows whose value has nearly one
    outcome alone."""

    alone: float
    unfilled: float
    pure: float


def words_of(name: str) -> set[str]:
    """The words of a column's name, in small letters."""
    return set(re.findall(r"[^\W\d_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))


def sign_of(column: Column, won: np.ndarray) -> Sign:
    """Measure a column whose rows stand in order of time."""
    groups = groups_of(column)
    unfilled = column.blank.mean()
    if column.codes is not None:
        bare = np.array([key_of(text) in UNCHOSEN for text in column.texts] + [False])
        unfilled += bare[column.codes].mean()
    return Sign(_alone(groups, won), float(unfilled), _pure(groups, column.blank, won))


def leak_of(column: Column, won, open_blank: float | None, sign: Sign, rival: float, unused: str = "") -> str:
    """Why this column is taken for one that is known only afterwards; an empty text if it isn't.

    `open_blank` is the share of rows still open in which it is blank, None if there are too few; `rival` is what the
    best of the other columns tells alone. `unused` says why it can hold nothing but blanks to go by, if so.
    """
    blank = column.blank
    if open_blank is not None and open_blank >= 0.9 and blank.mean() <= 0.1:
        return f"blank in {open_blank:.0%} of the rows still open and filled once they are decided"
    if text := _by_blank(blank, won):
        return text
    words = words_of(column.name)
    if unused and column.kind == "number":
        return _by_value(sign)
    if unused:
        told = words & (_AFTER | _ENDING) if column.kind == "date" else set()
        return f"a date that comes with or after the outcome, by its name ({_listed(told)})" if told else ""
    return _by_value(sign) or _by_words(column, words, sign, rival)


def _by_blank(blank, won) -> str:
    for here, said in ((~blank, "filled"), (blank, "blank")):
        cases, share = int(here.sum()), won.mean()
        wins = won[here].sum()
        caught = max(wins / max(won.sum(), 1), (cases - wins) / max((1 - won).sum(), 1), cases / len(won) * 4)
        if cases < 30 or cases == len(won) or caught < 0.2:
            continue
        for count, expected, sort in (
            (wins, cases * share, "lost"),
            (cases - wins, cases * (1 - share), "won"),
        ):
            if expected >= 10 and count <= expected / 20:
                return f"{said} in {cases:,} rows, and {(cases - count) / cases:.0%} of these were {sort}"
    return ""


def _by_value(sign: Sign) -> str:
    if sign.alone >= TOO_GOOD:
        return f"alone it tells wins from losses with an AUC of {sign.alone:.2f}: too good to have been known before"
    if sign.pure >= 0.4 and sign.alone >= 0.8:
        return f"{sign.pure:.0%} of its filled rows have a value that occurs with nearly one outcome alone"
    return ""


def _by_words(column, words, sign, rival) -> str:
    if words & _EARLIER:
        return ""
    if why := _by_values(column, words, sign):
        return why
    if share := _speaks_of_results(column, sign):
        return f"{share:.0%} of its filled rows hold a value that tells what became of the lead"
    if words & _LAST and words & _WORKED and sign.alone >= 0.6:
        return "overwritten as the lead is worked: it tells how things stood at the end, not when the lead came in"
    if (told := words & _JUDGED) and (why := _judged(column, sign)):
        return f"{_listed(told)} given by people or a tool as the lead is worked; {why}"
    if (told := words & _AFTER) and (sign.alone >= 0.7 or (sign.pure >= 0.2 and sign.alone >= 0.6)):
        return f"its name ({_listed(told)}) speaks of what came of it, and alone it has an AUC of {sign.alone:.2f}"
    if words & _SPAN and (words & _UNTIL or words <= _SPAN) and sign.alone >= 0.53:
        return "how long it took until the end is known only then"
    if words & _LASTED and not words & _VISITS and sign.alone >= 0.72 and sign.alone > rival:
        return (
            f"how long it lasted is known only once it is over, and alone it has an AUC of {sign.alone:.2f}"
        )
    return ""


def _by_values(column, words, sign) -> str:
    """Whatever the column is called: what its values are, and that most rows have none, gives it away."""
    if sign.unfilled + sign.alone >= 1.2 and sign.unfilled >= 0.4 and sign.alone >= 0.7:
        return f"{sign.unfilled:.0%} of the rows have none, and yet alone it has an AUC of {sign.alone:.2f}"
    if not words & _FIRST and sign.alone >= 0.65 and _share_of(column, _DONE, 4) >= MOSTLY:
        return "its values are what is done as a lead is worked: it tells how things stood at the end"
    return ""


def _share_of(column, pattern, least=2) -> float:
    """The share of filled rows whose value speaks so, 0 where fewer than `least` values do."""
    if column.codes is None:
        return 0.0
    speaks = np.array([bool(pattern.search(key_of(text))) for text in column.texts] + [False])
    filled = column.codes >= 0
    return float(speaks[column.codes[filled]].mean()) if filled.any() and speaks.sum() >= least else 0.0


def _listed(words):
    return ", ".join(sorted(words))


def _judged(column, sign) -> str:
    if sign.unfilled >= 0.2:
        return f"{sign.unfilled:.0%} of the rows have none"
    if sign.alone >= STRONG:
        return f"alone it has an AUC of {sign.alone:.2f}"
    graded = (
        column.codes is not None and sum(bool(_GRADED.fullmatch(key_of(text))) for text in column.texts) >= 2
    )
    return "its values are marks" if graded and sign.alone >= 0.55 else ""


def _speaks_of_results(column, sign) -> float:
    share = _share_of(column, _RESULT) if sign.alone >= 0.6 else 0.0
    return share if share >= 0.25 else 0.0


def of_one_making(column: Column, leaks: list[Column]) -> str:
    """Why a score or mark is a leak as another is that is blank in the very same rows; an empty text if none is."""
    words = words_of(column.name)
    if words & _EARLIER or not 10 <= column.blank.sum() < len(column.blank):
        return ""
    named = words & _JUDGED
    for one in leaks:
        if named and words_of(one.name) & _JUDGED and (one.blank == column.blank).all():
            return f"{_listed(named)} given along with {one.name!r}, and blank in the same rows"
    return ""


def marks_given_together(columns: list[Column]) -> dict[str, str]:
    """Columns that are leaks whatever they are called: marks (high, low) with other marks or numbers that are blank in
    the very same rows, as somebody or a tool gives them to some of the leads. One column of marks alone may be a
    question of a form that not everybody answers."""
    found: dict[str, str] = {}
    some = [one for one in columns if FEW <= one.blank.mean() < 1 and one.kind in ("number", "category")]
    for mark in some:
        if words_of(mark.name) & _EARLIER or _share_of(mark, _MARK) < MOSTLY:
            continue
        for one in some:
            alike = one is not mark and (one.blank == mark.blank).all()
            if alike and (one.kind == "number" or _share_of(one, _MARK) >= MOSTLY):
                why = f"{mark.blank.mean():.0%} of the rows have none; marks and figures given together, blank in the"
                found.setdefault(mark.name, f"{why} same rows as {one.name!r}")
                found.setdefault(one.name, f"{why} same rows as {mark.name!r}")
    return found


def doubt_of(sign: Sign) -> str:
    """Why a column that is used should be asked about; an empty text if there is nothing to ask."""
    if sign.alone >= 0.8:
        return f"alone it has an AUC of {sign.alone:.2f}; is it known when a lead comes in?"
    if sign.pure >= 0.1:
        return f"{sign.pure:.0%} of its filled rows have a value with nearly one outcome; is it known at the time?"
    return ""


def groups_of(column: Column) -> np.ndarray:
    """Each row's group: a category's value, a number's twentieth or, where there are few, its value; 0 for blank."""
    if column.codes is not None:
        return column.codes + 1
    filled = ~column.blank
    values = column.numbers[filled]
    groups = np.zeros(len(column.numbers), int)
    if not len(values):
        return groups
    distinct = np.unique(values)
    ends = (
        distinct
        if len(distinct) <= 50
        else np.unique(np.quantile(values, np.arange(1, 20) / 20, method="lower"))
    )
    groups[filled] = np.searchsorted(ends, values, side="left") + 1
    return groups


def _alone(groups, won) -> float:
    """AUC of the groups' shares of wins: as learned from the earlier 60 % of the rows, on the later 40 %; or within
    these, as learned from every other row, if that is more: a column may be filled only since a while."""
    cut = int(0.6 * len(won))
    earlier, later = slice(0, cut), slice(cut, None)
    halves = slice(cut, None, 2), slice(cut + 1, None, 2)
    return max(_carried(groups, won, earlier, later), _carried(groups, won, *halves))


def _carried(groups, won, first, second) -> float:
    if len(won[first]) < 20 or any(
        won[part].min() == won[part].max() for part in (first, second) if len(won[part])
    ):
        return 0.5
    size = groups.max() + 1
    cases, wins = (
        np.bincount(groups[first], minlength=size),
        np.bincount(groups[first], won[first], minlength=size),
    )
    share = (wins + PRIOR * won[first].mean()) / (cases + PRIOR)
    return auc_of(share[groups[second]], won[second])


def _pure(groups, blank, won) -> float:
    """The share of filled rows in groups that have `NEAR` times fewer of one outcome than all rows, beyond chance."""
    filled = ~blank
    if not filled.any():
        return 0.0
    cases = np.bincount(groups[filled]).astype(float)
    wins = np.bincount(groups[filled], won[filled], minlength=len(cases))
    share = won.mean()
    lost = (cases * share >= 10) & (wins <= cases * share / NEAR)
    gained = (cases * (1 - share) >= 10) & (cases - wins <= cases * (1 - share) / NEAR)
    return float(cases[lost | gained].sum() / filled.sum())
