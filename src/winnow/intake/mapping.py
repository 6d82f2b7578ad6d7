"""Mapping files: which column is which field, and how its values are to be read (COMMANDS, "Mapping files").

    mapping = parse(Path("leads.toml"))          # or suggest(table, "inquiries")
    table = mapping.open("leads.csv")
    mapping.check(table, "inquiries")            # Refusal when a column is missing
    for row in table.rows():
        fields, problem = mapping.apply(row)     # problem: why the row is to be rejected, or ""
    mapping.warnings                             # complete once the rows have gone by

A column that isn't named stays in the raw row. `missing` lists what stands for nothing, `values` turns the file's words
into ours, `formats` says how dates are written where that isn't to be found out, `defaults` fills what a row
leaves empty. Beyond these: `system` (whose keys the external ids are), `time_zone` of dates without one, `decimal`
(`.` or `,`), `optional` columns, and `[file]` with encoding, delimiter, quote, header_row and sheet.
"""

import difflib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from winnow.intake.applying import Applied
from winnow.intake.fields import ANSWERS, DAYS, FIELDS, MOMENTS, is_field, plain
from winnow.intake.tables import Row, Table, read_table
from winnow.leads.errors import Refusal

_KEYS = (
    "as", "system", "missing", "columns", "values", "formats", "defaults", "time_zone", "decimal", "optional", "file",
)  # fmt: skip
_FILE_KEYS = {"encoding": str, "delimiter": str, "quote": str, "header_row": int, "sheet": str}
LONGEST = 262_144
"""Characters of a mapping file."""


class WrongMapping(Refusal):
    """A mapping that can't be used: which file, which key, why, and the way out."""

    code = "wrong_mapping"


@dataclass(frozen=True)
class Mapping:
    """What a mapping file says. `columns` leads from a header to one field or several."""

    kind: str = ""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    values: dict[str, dict[str, object]] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, object] = field(default_factory=dict)
    system: str = ""
    time_zone: str = "UTC"
    decimal: str = ""
    optional: tuple[str, ...] = ()
    file: dict[str, object] = field(default_factory=dict)
    name: str = "the mapping"
    _bound: list[Applied] = field(default_factory=list, compare=False, repr=False)

    def open(self, path) -> Table:
        """The file as this mapping says that it is written."""
        return read_table(path, **self.file)

    def check(self, table: Table, kind: str | None = None) -> None:
        """Fit the mapping to a table, and decide by its first rows how dates and numbers are read.

        Refusal when it is for another kind of rows, or names a column that the file hasn't.
        """
        kind = kind or self.kind
        if not kind:
            raise self._wrong("as", "is missing", f"say one of {', '.join(FIELDS)}")
        if self.kind and kind != self.kind:
            raise self._wrong("as", f"is {self.kind} while {kind} were asked for", "use another mapping")
        if not self.kind:
            _check_fields(self, kind)
        places: list[tuple[int, str, tuple[str, ...]]] = []
        for column, fields in self.columns.items():
            if (place := self._place(column, table.columns)) is not None:
                places.append((place, column, fields))
            elif column not in self.optional:
                known = ", ".join(table.columns[:40]) + (" …" if len(table.columns) > 40 else "")
                raise Refusal(
                    f"{self.name}, columns: {table.path.name} has no column {column!r}; its columns are {known}. "
                    "Correct the name, or list it under `optional`.",
                    code="missing_column",
                )
        self._bound[:] = [Applied(self, table, places)]

    def _place(self, column: str, columns: list[str]) -> int | None:
        """Where a column stands: by its exact name, else by the only one that differs in nothing but writing."""
        if column in columns:
            return columns.index(column)
        alike = [i for i, name in enumerate(columns) if plain(name) == plain(column)]
        return alike[0] if len(alike) == 1 else None

    def apply(self, row: Row) -> tuple[dict, str]:
        """The row's fields, cleaned, and why it is to be rejected: empty if it isn't. `check` comes first.

        Moments are aware and in UTC; days are dates, or moments where the file gives a time; amounts are whole
        hundredths; counts are ints; yes and no are bools; everything else is text. What is missing isn't there.
        """
        return self._bound[0].apply(row)

    @property
    def warnings(self) -> list[dict]:
        """What is to be said of how dates and values were read, as {code, text, rows}."""
        return self._bound[0].warnings() if self._bound else []

    @property
    def date_formats(self) -> dict[str, dict]:
        """For each field with dates, in which formats it was found and why the day is taken for the day."""
        return self._bound[0].date_formats() if self._bound else {}

    @property
    def text(self) -> str:
        """The mapping as a file again, whatever order it was written in."""
        return self.to_toml()

    def to_toml(self) -> str:
        """The mapping as a file; `parse` of it gives the same mapping."""
        lines = []
        for key, value in (("as", self.kind), ("system", self.system), ("decimal", self.decimal)):
            if value:
                lines.append(f"{key} = {_toml(value)}")
        if self.time_zone != "UTC":
            lines.append(f"time_zone = {_toml(self.time_zone)}")
        if self.missing is not None:
            lines.append(f"missing = {_toml(list(self.missing))}")
        if self.optional:
            lines.append(f"optional = {_toml(list(self.optional))}")
        columns = {name: fields[0] if len(fields) == 1 else list(fields) for name, fields in self.columns.items()}
        sections = [("file", self.file), ("columns", columns)]
        sections += [(f"values.{_toml_key(name)}", words) for name, words in self.values.items()]
        sections += [("formats", self.formats), ("defaults", self.defaults)]
        for name, pairs in sections:
            if pairs:
                lines += ["", f"[{name}]", *(f"{_toml_key(key)} = {_toml(value)}" for key, value in pairs.items())]
        return "\n".join(lines).lstrip("\n") + "\n"

    def _wrong(self, key: str, reason: str, way_out: str) -> WrongMapping:
        return WrongMapping(f"{self.name}, {key}: {reason}; {way_out}.")


def _toml_key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else _toml(key)


def _toml(value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, int | float):
        return str(value)
    # JSON's escapes are TOML's too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def parse(source: str | Path | dict) -> Mapping:
    """A mapping from a file's path, or from its text. WrongMapping names the file, the key, the reason, the way out."""
    name, text = "the mapping", source
    if isinstance(source, Path) or (isinstance(source, str) and "\n" not in source and "=" not in source):
        name, text = _read(Path(source))
    if isinstance(text, dict):
        return _from_dict(text, name)
    try:
        return _from_dict(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise WrongMapping(f"{name}: it is no TOML: {error}; put texts in quotes and look at that place.") from None


def _read(path: Path) -> tuple[str, str]:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise WrongMapping(f"{path}: there is no such mapping file; look at the spelling and the folder.") from None
    except UnicodeDecodeError:
        raise WrongMapping(f"{path.name}: it is not UTF-8 as TOML has to be; save it as UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "can't be opened").lower()
        raise WrongMapping(f"{path}: {reason}; name a file.") from None
    if len(text) > LONGEST:
        raise WrongMapping(f"{path.name}: it has {len(text):,} characters; {LONGEST:,} are the most; shorten it.")
    return path.name, text


def _from_dict(given: dict, name: str) -> Mapping:
    wrong = Mapping(name=name)._wrong
    for key in given:
        if key not in _KEYS:
            raise wrong(key, "is no key of a mapping", _instead(key, _KEYS))
    kind = _text(given, "as", wrong)
    if kind and kind not in FIELDS:
        raise wrong("as", f"there are no {kind!r} to import", _instead(kind, FIELDS))
    formats = {key: _string(value, f"formats.{key}", wrong) for key, value in _table(given, "formats", wrong).items()}
    mapping = Mapping(
        kind=kind,
        columns=_columns(given, wrong),
        missing=_texts(given, "missing", wrong),
        values=_values(given, wrong),
        formats=formats,
        defaults=_table(given, "defaults", wrong),
        system=_text(given, "system", wrong),
        time_zone=_text(given, "time_zone", wrong) or "UTC",
        decimal=_text(given, "decimal", wrong),
        optional=_texts(given, "optional", wrong) or (),
        file=_table(given, "file", wrong),
        name=name,
    )
    _check_settings(mapping)
    if kind:
        _check_fields(mapping, kind)
    return mapping


def _check_settings(mapping: Mapping) -> None:
    wrong = mapping._wrong
    if mapping.decimal not in ("", ".", ","):
        raise wrong("decimal", f"{mapping.decimal!r} is no decimal mark", 'say "." or ","')
    try:
        ZoneInfo(mapping.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = f"there is no time zone {mapping.time_zone!r}"
        raise wrong("time_zone", reason, 'say one like "Europe/Berlin"') from None
    for key, value in mapping.file.items():
        if key not in _FILE_KEYS:
            raise wrong(f"file.{key}", "is no setting of a file", _instead(key, _FILE_KEYS))
        if not isinstance(value, _FILE_KEYS[key]) or isinstance(value, bool):
            raise wrong(f"file.{key}", f"{value!r} won't do", f"give a {_FILE_KEYS[key].__name__}")
    for column in mapping.optional:
        if column not in mapping.columns:
            raise wrong("optional", f"{column!r} is not under [columns]", "add it there or take it out here")


def _check_fields(mapping: Mapping, kind: str) -> None:
    """Every field that is named must be one of this kind of rows."""
    wrong, known = mapping._wrong, FIELDS[kind]
    places = [(f"columns.{column}", name) for column, names in mapping.columns.items() for name in names]
    for section in ("values", "formats", "defaults"):
        places += [(section, name) for name in getattr(mapping, section)]
    for place, name in places:
        if not is_field(kind, name):
            raise wrong(place, f"{kind} have no field {name!r}", _instead(name, known))
    for name in mapping.formats:
        if name not in MOMENTS | DAYS:
            raise wrong(f"formats.{name}", "is no field with dates", f"they are {', '.join(sorted(MOMENTS | DAYS))}")
    if not mapping.columns and not mapping.defaults:
        raise wrong("columns", "no column is mapped", f"map some to {', '.join(known[:6])} …")


def _instead(word: str, known) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"say one of {', '.join(known)}"


def _columns(given: dict, wrong) -> dict[str, tuple[str, ...]]:
    found = {}
    for column, value in _table(given, "columns", wrong).items():
        names = value if isinstance(value, list) else [value]
        if not names or not all(isinstance(name, str) and name for name in names):
            way_out = 'give the name of one, or a list as ["source", "channel"]'
            raise wrong(f"columns.{column}", f"{value!r} is no field", way_out)
        found[column] = tuple(names)
    return found


def _values(given: dict, wrong) -> dict[str, dict[str, object]]:
    found = {}
    for name, words in _table(given, "values", wrong).items():
        if not isinstance(words, dict):
            raise wrong(f"values.{name}", "is no table", f'write [values.{name}] and below it "theirs" = "ours"')
        # TOML splits `[values.answers.need]` at the dot.
        nested = {key: value for key, value in words.items() if isinstance(value, dict)}
        for key, value in nested.items():
            found[f"{name}.{key}"] = value
        if flat := {key: value for key, value in words.items() if not isinstance(value, dict)}:
            found[name] = flat
    for name, words in found.items():
        for word, value in words.items():
            if not isinstance(value, str | bool | int):
                raise wrong(f"values.{name}.{word}", f"{value!r} won't do", "give a text, a number, true or false")
    return found


def _table(given: dict, key: str, wrong) -> dict:
    value = given.get(key, {})
    if not isinstance(value, dict):
        raise wrong(key, "is no table", f"write [{key}] on a line of its own")
    if key != "defaults":
        return dict(value)
    flat = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            flat.update({f"{name}.{part}": deeper for part, deeper in inner.items()})
        else:
            flat[name] = inner
    for name, inner in flat.items():
        if not isinstance(inner, str | bool | int) or name == ANSWERS:
            raise wrong(f"defaults.{name}", f"{inner!r} won't do", "give a text, a whole number, true or false")
    return flat


def _text(given: dict, key: str, wrong) -> str:
    return _string(given.get(key, ""), key, wrong)


def _string(value, key: str, wrong) -> str:
    if not isinstance(value, str):
        raise wrong(key, f"{value!r} is no text", "put it in quotes")
    return value


def _texts(given: dict, key: str, wrong) -> tuple[str, ...] | None:
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(key, "is no list of texts", f'write {key} = ["…", "…"]')
    return tuple(value)


def suggest(table: Table, kind: str) -> Mapping:
    """A mapping made from the names of the columns and what stands in them."""
    from winnow.intake.suggesting import suggested

    if kind not in FIELDS:
        raise Refusal(f"There are no {kind!r} to import; {_instead(kind, FIELDS)}", code="unknown_kind")
    columns, values = suggested(table, kind)
    mapping = Mapping(kind=kind, columns=columns, values=values, name="the suggested mapping")
    if not columns:
        raise Refusal(
            f"{table.path.name}: no column is understood as one of {kind}; give a mapping with --mapping "
            f"(the columns are {', '.join(table.columns[:20])}).",
            code="no_mapping",
        )
    return mapping
