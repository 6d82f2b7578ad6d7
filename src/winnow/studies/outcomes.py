"""What became of each row: won, lost, or not yet known."""

import re
from dataclasses import dataclass

import numpy as np

from winnow.leads.errors import Refusal
from winnow.studies.banding import shown
from winnow.studies.columns import Column, key_of

_WON = re.compile(
    r"1|1\.0|y|yes|true|t|won|win|wins|closed[ -]?won|success(ful)?|convert(ed)?|conversion|customer|client|sold|sale|"
    r"deal|bought|buyer|purchased?|order(ed)?|subscribed|enrol+ed|admitted|accepted|approved|signed|qualified|hired|"
    r"paid|positive|churn(ed)?|left|exited|attrited( customer)?|cancel+ed|default(ed)?|fraud|bad|"
    r"ja|j|wahr|gewonnen|abschluss|kunde|auftrag|oui|vrai|gagn[ée]e?|converti|s[ií]|verdadero|ganad[oa]|cliente|vinto"
)
_LOST = re.compile(
    r"0|0\.0|-1|n|no|false|f|lost|loss|closed[ -]?lost|fail(ed|ure)?|not[ -]converted|unconverted|no sale|not sold|"
    r"no deal|not interested|disqualified|unqualified|junk( lead)?|dead|dropped|declined|rejected|refused|negative|"
    r"no[tn][ -].*|spam|just enquiry|stayed|retained|existing customer|check-?out|good|no show|paid off|"
    r"nein|falsch|verloren|abgesagt|non|faux|perdue?|perdid[oa]|falso|perso|rejeté|abgelehnt"
)
_OPEN = re.compile(
    r"open|new|pending|in progress.*|working|engag(ed|ing)|prospect(ing)?|contacted|attempted.*|nurtur(e|ed|ing)|"
    r"negotiati(on|ng).*|proposal.*|quot(e|ed|ation)|potential|long ?term|on hold|follow[ -]?up|scheduled|demo.*|"
    r"discovery|under review|to be .*|unknown|offen|neu|in bearbeitung|in verhandlung|angebot|wartend|en cours|"
    r"ouverte?|nouveau|abiert[oa]|nuev[oa]|en curso|pendiente"
)


@dataclass
class Outcome:
    """`won` is 1, 0, or -1 for a row that is still open; the lists say which values were taken as what."""

    won: np.ndarray
    positive: list[str]
    negative: list[str]
    open: list[str]
    notes: list[str]


def outcome_of(column: Column, positive: list[str], undecided: list[str]) -> Outcome:
    """Tell wins from losses by the values of the outcome's column.

    `positive` and `undecided` are the values that the caller named. Raises `Refusal` where that can't be told.
    """
    if column.kind == "empty":
        raise _refused(column, "is empty", "Name the column that says what became of a row.")
    if column.kind == "text" or (column.kind == "number" and column.distinct > 20 and not positive):
        raise _refused(
            column, f"has {column.distinct:,} different values", "Name one that says won or lost, or the value "
            "that counts as a win with --positive.",
        )  # fmt: skip
    if column.kind == "date":
        won = (~column.blank).astype(np.int8)
        return _checked(
            column, Outcome(won, ["a date"], ["blank"], [], ["a row with a date in it counts as won"])
        )
    values, codes = _values(column)
    sorts = [_sort_of(value, positive, undecided) for value in values]
    for name in positive:
        if not any(_same(name, value) for value in values):
            known = ", ".join(value[:40] for value in values[:20])
            raise Refusal(f"{column.name} never says {name!r}; it says {known}.", code="no_such_value")
    if not positive:
        sorts = _guessed(column, values, sorts)
    notes, blank = [], -1
    if len(values) == 1 and not positive and sorts != [0]:
        sorts = [1]
        if column.blank.any():
            blank = 0
            notes.append(f"{column.name} says {values[0]!r} or nothing: nothing counts as lost")
    table = np.array([*sorts, blank], np.int8)
    told = {
        sort: [value for value, one in zip(values, sorts, strict=True) if one == sort] for sort in (1, 0, -1)
    }
    return _checked(
        column, Outcome(table[codes], told[1], told[0] or ["blank"] * (blank == 0), told[-1], notes)
    )


def _values(column):
    if column.codes is not None:
        return column.texts, column.codes
    seen, at = np.unique(column.numbers[~column.blank], return_inverse=True)
    codes = np.full(len(column.numbers), -1)
    codes[~column.blank] = at
    return [shown(value) for value in seen], codes


def _sort_of(value, positive, undecided):
    """1 won, 0 lost, -1 open, None unknown."""
    if any(_same(name, value) for name in undecided):
        return -1
    key = key_of(value)
    if positive:
        return 1 if any(_same(name, value) for name in positive) else (-1 if _OPEN.fullmatch(key) else 0)
    for sort, pattern in ((0, _LOST), (-1, _OPEN), (1, _WON)):
        if pattern.fullmatch(key):
            return sort
    return None


def _same(name, value):
    if key_of(name) == key_of(value):
        return True
    try:
        return float(name) == float(value)
    except ValueError:
        return False


def _guessed(column, values, sorts):
    """Two values of which one is known tell the other; anything else that isn't known has to be named."""
    if len(values) == 1:
        return sorts
    closed = [sort for sort in sorts if sort != -1]
    if len(values) == 2 and len(set(sorts)) == 2 and (1 in sorts or 0 in sorts):
        sure = 1 if 1 in sorts else 0
        return [sort if sort == sure else 1 - sure for sort in sorts]
    if 1 in closed and (0 in closed or None in closed) and len([one for one in closed if one is None]) <= 10:
        if 0 in closed and None in closed:
            return [0 if sort is None else sort for sort in sorts]
        if None not in closed:
            return sorts
    known = ", ".join(repr(value[:40]) for value in values[:12])
    raise _refused(column, f"says {known}", "Say which of them counts as a win: --positive VALUE.")


def _checked(column, outcome):
    if not (outcome.won >= 0).any():
        raise _refused(
            column, "has no row that was decided", "Name another column, or the value that counts as a win."
        )
    return outcome


def _refused(column, reason, way_out):
    return Refusal(
        f"{column.name!r} can't be read as an outcome: it {reason}. {way_out}", code="doubtful_outcome"
    )
