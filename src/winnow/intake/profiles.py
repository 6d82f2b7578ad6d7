"""What a column holds, by a part of its values."""

from collections import Counter
from functools import lru_cache

from winnow.intake.dates import DateColumn, study_dates
from winnow.intake.kinds import kind_of
from winnow.intake.numbers import study_numbers

MOST_DISTINCT = 1000
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 60
MOST_KEPT = 2000
_kind = lru_cache(maxsize=20_000)(kind_of)


class Profile:
    """Counts of a column: kinds of its filled cells, its words, some examples."""

    def __init__(self, name: str):
        self.name = name
        self.kinds: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.more_words = False
        self.cells = 0
        self.dates: list[str] = []
        self.numbers: list[str] = []

    def add(self, cell: str) -> None:
        """Count one cell."""
        self.cells += 1
        text = cell.strip()
        kind = _kind(text) if len(text) < 80 else kind_of(text)
        self.kinds[kind] += 1
        if kind == "missing":
            return
        if text in self.words or len(self.words) < MOST_DISTINCT:
            self.words[text[:200]] += 1
        else:
            self.more_words = True
        if kind == "date" and len(self.dates) < MOST_KEPT:
            self.dates.append(text)
        elif kind in ("integer", "decimal") and len(self.numbers) < MOST_KEPT:
            self.numbers.append(text)

    @property
    def filled(self) -> int:
        """Cells with something in them."""
        return self.cells - self.kinds["missing"]

    def examples(self) -> list[str]:
        """The most frequent values that aren't crossed out; of the rest the first."""
        plain = [word for word, _ in self.words.most_common(50) if _kind(word) != "masked"]
        shown = plain or [word for word, _ in self.words.most_common(MOST_EXAMPLES)]
        cut = LONGEST_EXAMPLE - 1
        return [word if len(word) <= LONGEST_EXAMPLE else word[:cut] + "…" for word in shown[:MOST_EXAMPLES]]

    @property
    def type(self) -> str:
        """integer, decimal, date, boolean, email, phone, url, category, text, or empty."""
        counts, masked = self.kinds, self.kinds["masked"]
        known = self.filled - masked
        if not self.filled:
            return "empty"

        def most(*kinds, share=0.95):
            return known > 0 and sum(counts[kind] for kind in kinds) >= share * known

        if most("date"):
            return "date"
        if most("integer") and set(self.words) == {"0", "1"} and self.filled >= 10:
            return "boolean"
        if most("integer", "decimal"):
            return "decimal" if counts["decimal"] else "integer"
        if most("boolean"):
            return "boolean"
        if most("email", share=0.9):
            return "email"
        if most("url", share=0.9):
            return "url"
        if counts["phone"] >= 0.5 * known > 0 and most("phone", "integer", share=0.9):
            return "phone"
        if known < masked and any(word[0].isdigit() for word in self.words):
            return "phone"
        few = not self.more_words and len(self.words) <= max(2, min(50, 0.2 * self.filled))
        return "category" if few and self.filled >= 10 else "text"

    def date_column(self) -> DateColumn:
        """How its dates are written."""
        return study_dates(self.dates)

    def decimal_mark(self) -> str:
        """How its decimals are written."""
        return study_numbers(self.numbers)


def profiles_of(rows, columns: list[str]) -> list[Profile]:
    """The profiles of all columns over rows without a problem."""
    found = [Profile(name) for name in columns]
    for row in rows:
        if not row.problem:
            for profile, cell in zip(found, row.values, strict=True):
                profile.add(cell)
    return found
