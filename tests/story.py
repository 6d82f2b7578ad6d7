"""Histories written as text, so that a test reads like what happened: the language of `winnow.policy.scenario`, which
people write scenarios in as well."""

from winnow.policy.scenario import (
    ACCOUNTS,
    ANSWERED,
    DAY,
    HOME,
    PEOPLE,
    SOURCE,
    START,
    USERS,
    UnknownWord,
    history,
    minute,
)  # fmt: skip

__all__ = [
    "ACCOUNTS", "ANSWERED", "DAY", "HOME", "PEOPLE", "SOURCE", "START", "USERS", "UnknownWord", "history", "minute",
]  # fmt: skip
