"""How often a row has stood in the file before, for files of any length: eight bytes a row, no objects."""

import hashlib
from array import array

_EMPTY = 0
FULL = 0.6
_PART = 1
"""The lowest bit of what is kept: the part of the file that the first of equal rows is in."""
_TOLD = (1 << 64) - 1 - _PART


def digest_of(prefix: bytes, cells: list[str]) -> bytes:
    """What tells one row from another: 16 bytes of its cells under what all rows of the file share."""
    return hashlib.blake2b("\x1f".join(cells).encode("utf-8", "surrogatepass"), digest_size=16, key=prefix).digest()


class Repeats:
    """Counts occurrences by digest: an open table of the first eight bytes, doubled when it fills."""

    def __init__(self, slots: int = 1 << 14):
        self._slots = array("Q", bytes(8 * slots))
        self._mask = slots - 1
        self._used = 0
        self._more: dict[int, int] = {}

    def place(self, digest: bytes, part: int = 0) -> tuple[int, int]:
        """Which occurrence this is, 1 for the first, and the part that the first one was in; `part` is this one's."""
        value = int.from_bytes(digest[:8], "little") & _TOLD or 2
        slots, mask = self._slots, self._mask
        place = value >> 1 & mask
        while (found := slots[place]) != _EMPTY:
            if found & _TOLD == value:
                self._more[value] = number = self._more.get(value, 1) + 1
                return number, found & _PART
            place = (place + 1) & mask
        slots[place] = value | part
        self._used += 1
        if self._used > FULL * (mask + 1):
            self._grow()
        return 1, part

    def _grow(self) -> None:
        old, size = self._slots, 2 * (self._mask + 1)
        self._slots, self._mask = array("Q", bytes(8 * size)), size - 1
        slots, mask = self._slots, self._mask
        for value in old:
            if value != _EMPTY:
                place = value >> 1 & mask
                while slots[place] != _EMPTY:
                    place = (place + 1) & mask
                slots[place] = value
