"""What the fold remembers of a person and of an account: enough to go on without reading the facts again.

Both turn into plain JSON and back without loss, so that resumed equals replayed.
"""

from typing import Any

PERSON = (
    "fast", "slow", "at", "caps", "seen", "attrs", "engaged", "authority", "shut", "confirmed", "interest",
)  # fmt: skip
ACCOUNT = ("attrs", "key", "front", "evidence", "since", "conversation", "hold")


class PersonState:
    """One person's engagement, attributes and answers.

    `fast` and `slow` are decayed sums of milli-points as of minute `at` (Cormode et al. 2009: with exponential decay
    the forward and the backward form agree). `caps` is what was given per happened day and kind, `seen` when a piece of
    content last counted, `authority` the answers by source, `shut` 0 open, 1 disqualified, 2 disqualified for good,
    `interest` the minute of the last active interest, 0 while the name was only bought.
    """

    __slots__ = PERSON

    def __init__(self) -> None:
        self.fast = 0.0
        self.slow = 0.0
        self.at = 0
        self.caps: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        self.attrs: dict[str, str] = {}
        self.engaged = 0
        self.authority: dict[str, list[Any]] = {}
        self.shut = 0
        self.confirmed = 0
        self.interest = 0

    def to_json(self) -> list[Any]:
        """Plain JSON of the whole state."""
        return [getattr(self, name) for name in PERSON]

    @classmethod
    def from_json(cls, data: list[Any]) -> "PersonState":
        """The state that `to_json` gave; one of an older version knows less."""
        state = cls()
        for name, value in zip(PERSON, data, strict=False):
            setattr(state, name, value)
        return state


class AccountState:
    """What the whole buying group shares.

    `front` is the people most recently engaged, newest first: only they are judged when the account changes.
    `evidence` is item -> source -> [happened, level, recorded, person]; `since` is from when evidence for a failed
    clause counts again; `hold` is [recorded, clause, until] after a recycling, until it is lifted.
    """

    __slots__ = ACCOUNT

    def __init__(self) -> None:
        self.attrs: dict[str, str] = {}
        self.key = False
        self.front: list[list[int]] = []
        self.evidence: dict[str, dict[str, list[Any]]] = {}
        self.since: dict[str, int] = {}
        self.conversation = 0
        self.hold: list[Any] | None = None

    def to_json(self) -> list[Any]:
        """Plain JSON of the whole state."""
        return [getattr(self, name) for name in ACCOUNT]

    @classmethod
    def from_json(cls, data: list[Any]) -> "AccountState":
        """The state that `to_json` gave."""
        state = cls()
        for name, value in zip(ACCOUNT, data, strict=True):
            setattr(state, name, value)
        return state
