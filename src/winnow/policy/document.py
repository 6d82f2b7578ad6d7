"""A definition's document as it is read: tables whose keys must all be known, and the text that both sides sign."""

import hashlib
import json
from decimal import Decimal, InvalidOperation
from typing import Any


class DefinitionError(ValueError):
    """The document is not a definition: which key, why, and what would do."""


class Section:
    """A mapping whose keys must all be asked for: what nobody asked for is a spelling mistake, told as one."""

    def __init__(self, data: Any, path: str):
        if not isinstance(data, dict):
            raise DefinitionError(f"{path or 'the document'} should be a table of keys, and is {data!r}.")
        self.data, self.path, self.asked = data, path, set()

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, which is asked for by that."""
        self.asked.add(key)
        return self.data.get(key, default)

    def sub(self, key: str) -> "Section":
        """The table below a key; an empty one where it is missing."""
        return Section(self.get(key, {}), self.at(key))

    def at(self, key: str) -> str:
        """The whole path of a key."""
        return f"{self.path}.{key}" if self.path else key

    def integer(self, key: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
        """A whole number between `least` and `most`."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise DefinitionError(f"{self.at(key)} is {value!r}; a whole number from {least} to {most} is asked for.")
        return value

    def points(self, key: str, default: Any = 0) -> int:
        """Points, in milli-points."""
        return milli(self.get(key, default), self.at(key))

    def points_of(self, key: str, known: tuple[str, ...] | None = None) -> dict[str, int]:
        """A table of points by name, in milli-points; `known` are the names that it may have."""
        section = self.sub(key)
        for name in section.data:
            if known is not None and name not in known:
                raise DefinitionError(f"{section.at(name)} is none of: {', '.join(known)}.")
        return {
            str(name): milli(value, section.at(str(name))) for name, value in sorted(section.data.items())
        }

    def one_of(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of the choices."""
        value = self.get(key, default)
        if value not in choices:
            raise DefinitionError(f"{self.at(key)} is {value!r}; one of {', '.join(choices)} is asked for.")
        return value

    def text(self, key: str, default: str = "", most: int = 400) -> str:
        """A text of at most `most` characters."""
        value = self.get(key, default)
        if not isinstance(value, str) or len(value) > most or "\0" in value:
            raise DefinitionError(f"{self.at(key)} should be a text of at most {most} characters.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise DefinitionError(f"{self.at(key)} is {value!r}; true or false is asked for.")
        return value

    def words(
        self, key: str, default: tuple[str, ...] = (), known: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """A list of words; `known` are those that it may have."""
        value = self.get(key, list(default))
        if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
            raise DefinitionError(f"{self.at(key)} should be a list of words.")
        for word in value:
            if known is not None and word not in known:
                raise DefinitionError(f"{self.at(key)} has {word!r}, which is none of: {', '.join(known)}.")
        return tuple(value)

    def lower(self, key: str) -> frozenset[str]:
        """A list of words in small letters."""
        return frozenset(word.strip().lower() for word in self.words(key) if word.strip())

    def countries(self, key: str) -> frozenset[str]:
        """Country codes in capital letters."""
        found = frozenset(word.strip().upper() for word in self.words(key))
        for code in sorted(found):
            if len(code) != 2 or not code.isalpha() or not code.isascii():
                raise DefinitionError(f"{self.at(key)} has {code!r}; country codes of two letters are asked for: DE.")
        return found

    def closed(self) -> None:
        """Raise for the first key that nobody asked for."""
        for key in self.data:
            if key not in self.asked:
                near = ", ".join(sorted(self.asked))
                raise DefinitionError(f"{self.at(str(key))} is no key of a definition; known here: {near}.")


def milli(value: Any, path: str) -> int:
    """Points as written (10, 2.5, "0.125") in whole milli-points; at most 10,000 points either way."""
    try:
        exact = Decimal(str(value)) * 1000
    except InvalidOperation:
        exact = None
    if isinstance(value, bool) or exact is None or not exact.is_finite() or exact != exact.to_integral_value():
        raise DefinitionError(f"{path} is {value!r}; points with at most three decimals are asked for.")
    if abs(exact) > 10_000_000:
        raise DefinitionError(f"{path} is {value!r}; points go from -10000 to 10000.")
    return int(exact)


def canonical(document: dict[str, Any]) -> str:
    """The exact text that is signed: JSON with sorted keys and no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(document: dict[str, Any]) -> str:
    """SHA-256 over the canonical text, in hex."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()
