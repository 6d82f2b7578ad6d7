"""A table taken in by columns, at bounded memory: what each holds, ready to be counted.

    columns = gather(table.columns, (row.values for row in rows), readers)

Cells become small numbers: the place of their text in the column's list of texts, or the number that they say. A file
of more rows than `MOST_ROWS` is thinned evenly, so that memory stays bounded however long it is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

MOST_ROWS = 400_000
MOST_TEXTS, MOST_ORDERED = 60_000, 2_000_000
CHUNK = 10_000
MOST_KINDS = 200
_CODES = frozenset(
    ("id", "code", "zip", "plz", "type", "class", "category", "cluster", "group", "region", "nr", "no")
)
ENOUGH_READ = 0.95
BLANK = frozenset(
    ("", "null", "nan", "none", "na", "n/a", "#n/a", "nil", "nat", "-", "--", "?", "#value!", "(blank)")
)
UNCHOSEN = frozenset(
    (
        "select",
        "please select",
        "choose",
        "not set",
        "(not set)",
        "unknown",
        "not specified",
        "bitte wählen",
        "tbd",
    )
)
"""What stands in a form where nobody chose anything: a value of its own, but no answer."""


@dataclass
class Column:
    """One column. `kind` is number, category, date, text (too many texts to count), constant or empty.

    `codes` point into `texts`, -1 for blank, of a category; `numbers` are the values of a number, or the days since
    1970 of a date, NaN for blank; `read` turns a list of texts into them.
    """

    name: str
    kind: str = ""
    texts: list[str] = field(default_factory=list)
    codes: np.ndarray | None = None
    numbers: np.ndarray | None = None
    distinct: int = 0
    read: Callable | None = None

    @property
    def blank(self) -> np.ndarray:
        """Which rows say nothing."""
        return np.isnan(self.numbers) if self.codes is None else self.codes < 0

    def of(self, rows) -> "Column":
        """The same column with these rows alone, in this order."""
        codes = None if self.codes is None else self.codes[rows]
        numbers = None if self.numbers is None else self.numbers[rows]
        return Column(self.name, self.kind, self.texts, codes, numbers, self.distinct, self.read)


@dataclass
class Gathered:
    """The columns of a file and how many rows it had; `kept` are the places of those that were kept, from 1."""

    columns: list[Column]
    rows: int
    kept: np.ndarray

    def named(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def key_of(text: str) -> str:
    """How a text is compared: without regard to case and spaces around or doubled."""
    return " ".join(text.split()).casefold()


def is_blank(text: str) -> bool:
    """Whether a cell says nothing at all."""
    return not text or text.isspace() or key_of(text) in BLANK


class Readers:
    """How texts become numbers and days: each looks at some texts of a column and returns what reads a list of them,
    giving None for a text that says neither. These take plain numbers alone; the importer's take what people write."""

    def numbers(self, sample):
        """What reads numbers."""
        return lambda texts: [_plain_number(text) for text in texts]

    def days(self, sample):
        """What reads dates, as days since 1970."""
        return lambda texts: [None] * len(texts)


def _plain_number(text):
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def gather(names: list[str], rows, readers, most_rows: int = MOST_ROWS, whole: str | None = None) -> Gathered:
    """Take in rows of cells. `readers` reads numbers and days out of texts (see `Readers`); of the column `whole` all
    texts are kept, be they as many as rows, since they are to be put in order."""
    filling = [_Filling(name, readers, MOST_ORDERED if name == whole else MOST_TEXTS) for name in names]
    kept: list[np.ndarray] = []
    count, stride, held = 0, 1, 0
    for chunk in chunks(rows):
        places = np.arange(count + 1, count + len(chunk) + 1)
        count += len(chunk)
        wanted = _wanted(places, stride)
        chunk = (
            [row for row, keep in zip(chunk, wanted.tolist(), strict=True) if keep] if stride > 1 else chunk
        )
        kept.append(places[wanted])
        for one, cells in zip(filling, zip(*chunk, strict=True) if chunk else [()] * len(names), strict=True):
            one.add(cells)
        held += len(chunk)
        while held > most_rows:
            stride *= 2
            masks = [_wanted(part, stride) for part in kept]
            kept = [part[mask] for part, mask in zip(kept, masks, strict=True)]
            for one in filling:
                one.thin(masks)
            held = sum(map(len, kept))
    places = np.concatenate(kept) if kept else np.zeros(0, int)
    return Gathered([one.column() for one in filling], count, places)


def chunks(rows):
    """The rows, CHUNK at a time, as lists."""
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _wanted(places, stride):
    """Evenly, but with no period that a file's own could meet; the same rows in every run."""
    return ((places.astype(np.uint64) * np.uint64(2654435761)) % np.uint64(2**32)) < np.uint64(
        2**32 // stride
    )


class _Filling:
    """A column while its cells come in: as texts first; as numbers once there are too many texts to keep."""

    def __init__(self, name, readers, most_texts):
        self.name, self.readers, self.most_texts = name, readers, most_texts
        self.place: dict[str, int] = {}
        self.parts: list[np.ndarray] = []
        self.mode, self.read = "texts", None

    def add(self, cells):
        if self.mode == "texts":
            place = self.place
            self.parts.append(np.array([place.setdefault(cell, len(place)) for cell in cells], np.int32))
            if len(place) > self.most_texts:
                self._turn()
        elif self.mode == "read":
            self.parts.append(_floats(self.read(cells)))
        else:
            self.parts.append(np.array([is_blank(cell) for cell in cells], np.int8))

    def thin(self, masks):
        self.parts = [part[mask] for part, mask in zip(self.parts, masks, strict=True)]

    def _turn(self):
        """From texts to what they say, if they say numbers or dates; else no more than that they are texts."""
        texts = list(self.place)
        sample = [text for text in texts[:2000] if not is_blank(text)]
        for kind, reading in (("number", self.readers.numbers), ("date", self.readers.days)):
            read = reading(sample)
            if _share(read(sample)) >= ENOUGH_READ:
                values = _floats(read(texts))
                self.mode, self.kind, self.read = "read", kind, read
                self.parts = [values[part] for part in self.parts]
                self.place = {}
                return
        self.mode = "many"
        self.place = {}
        blank = np.array([is_blank(text) for text in texts], np.int8)
        self.parts = [blank[part] for part in self.parts]

    def column(self) -> Column:
        parts = np.concatenate(self.parts) if self.parts else np.zeros(0, np.int32)
        if self.mode == "many":
            return Column(self.name, "text", numbers=np.where(parts > 0, np.nan, 0.0), distinct=MOST_TEXTS)
        if self.mode == "read":
            return Column(self.name, self.kind, numbers=parts, distinct=MOST_TEXTS, read=self.read)
        return self._of_texts(parts)

    def _of_texts(self, parts) -> Column:
        texts = list(self.place)
        filled = [text for text in texts if not is_blank(text)]
        plain = [text for text in filled if key_of(text) not in UNCHOSEN]
        seen = np.bincount(parts, minlength=len(texts)) > 0 if len(parts) else np.zeros(len(texts), bool)
        distinct = int(sum(seen[self.place[text]] for text in filled))
        if not filled:
            return Column(self.name, "empty", [], np.full(len(parts), -1, np.int32), None, 0)
        if len(plain) > 2 and not _names_kinds(self.name, plain):
            for kind, reading in (("number", self.readers.numbers), ("date", self.readers.days)):
                read = reading(plain[:2000])
                if _share(read(plain)) >= ENOUGH_READ:
                    values = _floats(read(texts))
                    return Column(self.name, kind, numbers=values[parts], distinct=distinct, read=read)
        return self._category(texts, parts, distinct)

    def _category(self, texts, parts, distinct) -> Column:
        counts = np.bincount(parts, minlength=len(texts)) if len(parts) else np.zeros(len(texts), int)
        shown: dict[str, tuple[int, str]] = {}
        for text, count in zip(texts, counts.tolist(), strict=True):
            key = key_of(text)
            if not is_blank(text) and (key not in shown or count > shown[key][0]):
                shown[key] = (count, " ".join(text.split()))
        order = {key: place for place, key in enumerate(shown)}
        codes = np.array([-1 if is_blank(text) else order[key_of(text)] for text in texts], np.int32)
        kind = "constant" if len(order) == 1 and not (codes[parts] < 0).any() else "category"
        return Column(self.name, kind, [text for _, text in shown.values()], codes[parts], None, distinct)


def _names_kinds(name, texts) -> bool:
    """Whether whole numbers in a column are names of something, so that 15 is no more than 14: by the column's name."""
    words = set(key_of(re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).replace("_", " ").replace("-", " ").split())
    return (
        bool(words & _CODES) and len(texts) <= MOST_KINDS and all(text.strip().isdecimal() for text in texts)
    )


def _floats(values) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], float)


def _share(values) -> float:
    values = list(values)
    return sum(value is not None for value in values) / len(values) if values else 0.0
