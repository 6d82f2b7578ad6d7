"""The proof of work that the page does while somebody types, and what it says of the hand that filled the form in.

The page looks for PUZZLES numbers such that SHA-256(SHA-256(note) as hex + "place:number") begins with 15 zero bits
($WINNOW_PROOF_BITS): a quarter of a million tries, under a second on a telephone. It counts events, never what was
typed.
"""

import hashlib
import json
from dataclasses import dataclass

from django.conf import settings

PUZZLES = 8
LONGEST = 1500


def is_solved(note: str, proof: str) -> bool:
    """Whether `proof` (the numbers with commas between them) belongs to this note."""
    numbers = proof.split(",")
    if len(proof) > 200 or len(numbers) != PUZZLES:
        return False
    seed = hashlib.sha256(note.encode()).hexdigest()
    for place, number in enumerate(numbers):
        if not number.isascii() or not number.isdigit():
            return False
        digest = hashlib.sha256(f"{seed}{place}:{number}".encode()).digest()
        if int.from_bytes(digest[:4]) >> (32 - settings.PROOF_BITS):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Hand:
    """How a form was filled in: counts and times alone. Times in milliseconds.

    `driven`: the browser says that a program drives it. `scripted` fields got their value without an event of a person,
    `pasted` and `by_itself` (the browser's own filling in) are counted apart. `beat` is the mean time between two
    entries and how much it varies (standard deviation).
    """

    open: int = 0
    driven: bool = False
    keys: int = 0
    entries: int = 0
    pasted: int = 0
    by_itself: int = 0
    scripted: int = 0
    fields: int = 0
    moves: int = 0
    presses: int = 0
    touches: int = 0
    beat: tuple[int, int] = (0, 0)

    @property
    def gestures(self) -> int:
        """Signs of a hand: keys, presses, touches, and a pointer that moved."""
        return self.keys + self.presses + self.touches + (self.moves > 2)

    @property
    def typed(self) -> bool:
        """Whether at least a few characters were entered one after the other."""
        return self.entries >= 6


def read_hand(text: str) -> Hand | None:
    """What the page says of the hand; None where it says nothing or nothing of ours."""
    if not text or len(text) > LONGEST:
        return None
    try:
        said = json.loads(text)
        numbers = {name: min(max(int(said.get(key, 0)), 0), 10**9) for name, key in _KEYS.items()}
        mean, varies = (min(max(int(one), 0), 10**9) for one in said.get("b", (0, 0)))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return Hand(driven=bool(said.get("w")), beat=(mean, varies), **numbers)


_KEYS = {
    "open": "o", "keys": "k", "entries": "i", "pasted": "p", "by_itself": "a", "scripted": "x", "fields": "f",
    "moves": "m", "presses": "c", "touches": "t",
}
