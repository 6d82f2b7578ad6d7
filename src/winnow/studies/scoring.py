"""Points and a probability for each row of another file, and whether that file is still of the same world."""

from collections.abc import Iterator

import numpy as np

from winnow.studies.carding import Card, bare_card
from winnow.studies.columns import chunks, is_blank, key_of
from winnow.studies.drifting import compared_rates, moved_inputs
from winnow.studies.judged import auc_of
from winnow.studies.scorecard import Found

MOST_KEPT = 100_000
SURELY = 0.01
"""Asked once of a whole file, fewer rows may answer than where a place of change is searched for."""


class Scoring:
    """Scores rows of a file with these columns; afterwards `said` is the account of the file.

    A column that the file lacks counts what its card gives where nothing can be told, and so does a value that was
    never seen; both are told.
    """

    def __init__(self, found: Found, columns: list[str]):
        self.found, self.card = found, found.card or bare_card(found.said["base_rate"])
        by_key = {key_of(name): place for place, name in enumerate(columns)}
        self.places = [by_key.get(key_of(one.column)) for one in self.card.bandings]
        self.outcome_at = by_key.get(key_of(found.column.name))
        self.columns = [_Reading(found, place) for place in range(len(self.card.bandings))]
        outcome = found.outcome
        self.sorts = {key_of(name): 1 for name in outcome.positive} | {
            key_of(name): 0 for name in outcome.negative
        }
        self.rows = self.unread = 0
        self.open = 0
        self.known: list[tuple[np.ndarray, np.ndarray]] = []
        self.sum_said = 0.0

    def score(self, rows) -> Iterator[tuple[float | None, int | None, list[int]]]:
        """For each row of cells, None standing for one that can't be read: probability, points, points by column."""
        for chunk in chunks(rows):
            yield from self._chunk(chunk)

    def _chunk(self, chunk):
        read = [row for row in chunk if row is not None]
        self.rows += len(chunk)
        self.unread += len(chunk) - len(read)
        points = np.zeros((len(read), len(self.columns)), int)
        for at, (reading, place) in enumerate(zip(self.columns, self.places, strict=True)):
            cells = [row[place] for row in read] if place is not None else None
            points[:, at] = reading.points(cells) if cells is not None else reading.neutral
        sums = points.sum(axis=1)
        said = self.card.probability(sums)
        self.sum_said += float(said.sum())
        if self.outcome_at is not None:
            self._came(np.array([self._won(row[self.outcome_at]) for row in read], int), sums)
        scored = iter(zip(said.tolist(), sums.tolist(), points.tolist(), strict=True))
        for row in chunk:
            yield (None, None, []) if row is None else next(scored)

    def _won(self, cell) -> int:
        outcome = self.found.outcome
        if is_blank(cell):
            return 0 if outcome.negative == ["blank"] else -1
        if outcome.positive == ["a date"]:
            return 1
        key = key_of(cell)
        return self.sorts.get(key, self.sorts.get(_plain(key), -1))

    def _came(self, won, sums):
        known = won >= 0
        self.open += int((~known).sum())
        self.known.append((sums[known].astype(np.int16), won[known].astype(np.int8)))

    def said(self) -> dict:
        """The account: rows, what was missing or unknown, what moved and, where the file says it, what came of it."""
        card, read = self.card, self.rows - self.unread
        missing = [one.column for one, place in zip(card.bandings, self.places, strict=True) if place is None]
        unknown = [
            {"column": one.banding.column, "rows": one.unknown, "examples": one.examples}
            for one in self.columns if one.unknown
        ]  # fmt: skip
        said = {
            "rows": self.rows, "unreadable": self.unread, "missing_columns": missing, "unknown_values": unknown,
            "expected_share": round(self.sum_said / read, 4) if read else None,
        }  # fmt: skip
        came = self._came_of()
        return said | came | {"drift": self._drift(came, missing, read)}

    def _drift(self, came, missing, read) -> dict:
        """What has moved against the rows that the card was learned from."""
        learned, why = self.found.said, []
        before = (learned["wins"], learned["rows_used"])
        rate = compared_rates(*before, came["wins"], came["known"], SURELY) if came else None
        promised = compared_rates(*before, self.sum_said, read, SURELY) if read else None
        if rate and rate["moved"]:
            why.append(
                f"the share of wins is {rate['after']:.1%} where the card was learned from {rate['before']:.1%}"
            )
        elif promised and promised["moved"]:
            said, known = promised["after"], promised["before"]
            why.append(f"the rows promise {said:.1%} wins where the card was learned from {known:.1%}")
        if inputs := self._moved():
            names = ", ".join(f"{one['column']} ({one['psi']:.2f})" for one in inputs[:6])
            why.append(f"other values come in than the card was learned from: {names}")
        if missing:
            why.append(f"columns are missing that the card counts: {', '.join(missing)}")
        return {"alarm": bool(why), "why": why, "base_rate": rate, "inputs": inputs}

    def _moved(self):
        moved = []
        for reading, place in zip(self.columns, self.places, strict=True):
            if place is not None:
                cases = reading.banding.cases
                before = np.append(cases, max(0.0, self.found.said["rows_used"] - cases.sum()))
                found = moved_inputs(reading.banding.column, before, reading.counts)
                moved += [found] if found else []
        return moved

    def _came_of(self) -> dict:
        """How the scores did where the file says what became of its rows; empty where it doesn't."""
        if not sum(len(won) for _, won in self.known):
            return {}
        sums = np.concatenate([part for part, _ in self.known])
        won = np.concatenate([part for _, part in self.known]).astype(float)
        wins = int(won.sum())
        return {
            "known": len(won), "open": self.open, "wins": wins, "base_rate": round(wins / len(won), 4),
            "brier": round(float(((self.card.probability(sums) - won) ** 2).mean()), 4),
            "auc": round(auc_of(sums, won), 4) if 0 < wins < len(won) else None,
        }  # fmt: skip


class _Reading:
    """One column of the card while cells are read: the points of each text, and how many rows fell in which band."""

    def __init__(self, found: Found, place: int):
        card: Card = found.card
        self.banding, self.neutral = card.bandings[place], card.neutral[place]
        self.worth = np.append(card.points[place], [self.neutral] * 2)
        self.read = found.readers.get(self.banding.column)
        self.bands: dict[str, int] = {}
        self.counts = np.zeros(len(card.points[place]) + 1)
        self.unknown, self.examples, self.strange = 0, [], set()

    def points(self, cells):
        fresh = [cell for cell in dict.fromkeys(cells) if cell not in self.bands]
        if fresh:
            if len(self.bands) > MOST_KEPT:
                self.bands.clear()
                self.strange.clear()
                fresh = list(dict.fromkeys(cells))
            self.bands |= zip(fresh, self._placed(fresh), strict=True)
        bands = np.array([self.bands[cell] for cell in cells], int)
        self._note(cells, bands)
        return self.worth[bands]

    def _placed(self, texts):
        if self.banding.edges is None:
            self.strange |= {
                one for one in texts if not is_blank(one) and key_of(one) not in self.banding.seen
            }
            return [self.banding.place_text(text) for text in texts]
        numbers = self.read(texts)
        unread = [one for one, number in zip(texts, numbers, strict=True) if number is None]
        self.strange |= {one for one in unread if not is_blank(one)}
        return [self.banding.place_number(number) for number in numbers]

    def _note(self, cells, bands):
        size = len(self.counts) - 1
        self.counts += np.bincount(np.where(bands < 0, size, bands), minlength=size + 1)
        if self.strange:
            strange = [cell for cell in cells if cell in self.strange]
            self.unknown += len(strange)
            for cell in strange[: 3 if len(self.examples) < 3 else 0]:
                if cell[:60] not in self.examples:
                    self.examples.append(cell[:60])


def _plain(key):
    try:
        return f"{float(key):g}"
    except ValueError:
        return key
