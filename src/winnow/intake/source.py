"""A file opened under a mapping: its rows as lines, each with its key."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from winnow.intake.into import Line
from winnow.intake.kinds import is_masked
from winnow.intake.parts import Parting
from winnow.intake.repeats import Repeats, digest_of
from winnow.intake.tables import Table, read_table

BLOCK = 1 << 20
MOST_TOLD = 12


class Source:
    """`digest` and `line_count` are of the file as it lies there; `warnings` are complete once the lines went by."""

    def __init__(self, path, kind: str, mapping=None, *, campaign: str = "", name: str | None = None):
        from winnow.intake import mapping as mappings

        self.path = Path(path)
        if mapping is not None and not isinstance(mapping, mappings.Mapping):
            mapping = mappings.parse(mapping)
        self.table: Table = mapping.open(self.path) if mapping is not None else read_table(self.path)
        self.mapping, self.guessed = mapping or mappings.suggest(self.table, kind), mapping is None
        self.mapping.check(self.table, kind)
        self.name = name or self.path.name
        self.digest, self.line_count = _read_through(self.path)
        self.system, self.columns, self.kind = self.mapping.system, self.table.columns, kind
        self.mapping_text = self.mapping.text
        self._shared = shared_by(self.system, campaign, self.columns)

    @property
    def warnings(self) -> list[dict]:
        """What is to be said of the file and how it was read."""
        return self.table.warnings + self.mapping.warnings + ([self._guess()] if self.guessed else [])

    def _guess(self) -> dict:
        """Which column was taken for which field, where nobody said so; a wrong guess must not stay unseen."""
        taken = [f"{name!r} as {' and '.join(fields)}" for name, fields in self.mapping.columns.items()]
        rest = [repr(name) for name in self.columns if name not in self.mapping.columns]
        text = f"no mapping was given: {', '.join(taken[:MOST_TOLD])}{' and others' if len(taken) > MOST_TOLD else ''}"
        if rest:
            shown = f"{', '.join(rest[:MOST_TOLD])}{' and others' if len(rest) > MOST_TOLD else ''}"
            text += f"; kept in the raw rows alone: {shown}"
        return {"code": "mapping_guessed", "text": text, "rows": 0}

    def lines(self, after: int = 0, part: int = 0, parts: int = 1) -> Iterator[tuple[Line, bool]]:
        """Each row of that part behind line `after`, and whether one like it, or with its key, stood before it.

        Rows with one key are in one part, that of the first. A row's key is the sender's, else made from its cells and
        its number among equal rows: the same file again, under whatever name, has the same keys.
        """
        repeats, apply, parting = Repeats(), self.mapping.apply, Parting()
        for row in self.table.rows():
            if row.problem:
                if row.line_number > after and part == 0:
                    yield Line(row.line_number, shown(row.raw), {}, problem=row.problem), False
                continue
            fields, problems = apply(row)
            key = fields.get("external_id") or ""
            if key and (is_masked(key) or "\0" in key):
                key = ""
            digest = digest_of(self._shared, [key] if key else row.values)
            if parts > 1:
                who = parting.places(fields)
                number, home = repeats.place(digest, parting.part(who))
                parting.keep(who, home)
            else:
                number, home = repeats.place(digest)
            if home != part or row.line_number <= after:
                continue
            if not key:
                key = f"row:{digest.hex()}" + (f":{number}" if number > 1 else "")
            yield Line(row.line_number, shown(row.values), fields, key, problems), number > 1


def shared_by(system: str, campaign: str, columns: list[str]) -> bytes:
    """What all rows of a file share: equal cells under other columns, or of another campaign, are other rows."""
    shared = "\x1f".join([system, campaign, *columns])
    return hashlib.blake2b(shared.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def shown(raw: list | str) -> list | str:
    """The row as it can be kept: a NUL is shown as ␀, half a surrogate pair as a question mark."""
    if isinstance(raw, str):
        return raw.replace("\0", "␀").encode("utf-8", "replace").decode()
    whole = "".join(raw)
    if whole.isascii() and "\0" not in whole:
        return raw
    return [cell.replace("\0", "␀").encode("utf-8", "replace").decode() for cell in raw]


def _read_through(path: Path) -> tuple[str, int]:
    """The file's SHA-256, and about how many lines it has."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
    return digest.hexdigest(), lines
