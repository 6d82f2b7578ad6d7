"""The two parts of a long file of people or inquiries, which two processes take in side by side.

All rows of a company are in the same part and keep their order; so are those of one address, and of one number. So the
two seldom want the same record. Where they do (one telephone under two addresses), the database lets one of them wait,
as it does with any two who write.
"""

import os
from functools import lru_cache
from zlib import crc32

from winnow.leads import clock
from winnow.leads.addresses import free_mail_domains
from winnow.leads.identity import name_key

MANY_LINES = 20_000
"""A shorter file is through before a second process has got going."""
KINDS = ("people", "inquiries")
SLOTS = 1 << 24
_AROUND = " \t<>()[]\"',;."


def parts_for(kind: str, options: dict, lines: int) -> int:
    """In how many parts a file is taken in: 1 or 2.

    Who is found by telephone is looked for among all, so there the order of all rows tells; and the past that a
    caller invents isn't known to a second process.
    """
    apart = kind in KINDS and options.get("known_by") != "phone" and not clock.is_told()
    return 2 if apart and lines >= MANY_LINES and _processors() > 1 else 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Parting:
    """Which part each row of a file is in. Whoever reads the rows in their order finds the same parts.

    What a row holds goes together from then on: a company's name with its domain, an address of free mail with both.
    Two that share a slot share a part, which harms nobody.
    """

    def __init__(self):
        self._parts = bytearray(SLOTS)  # 0 where nobody has been yet, else the part and one

    def places(self, fields: dict) -> list[int]:
        """Whom the next row is about: the domain, or the address where its domain tells no company; and the name."""
        address, name = fields.get("email") or "", fields.get("company")
        company = _of_domain((fields.get("domain") or address).rpartition("@")[2])
        found = [company] if company else [_sum(address.rpartition("<")[2].strip(_AROUND).lower())] if address else []
        if name:
            found.append(_of_name(name))
        return found or [_sum(fields.get("phone") or "")]

    def part(self, places: list[int]) -> int:
        """The part, 0 or 1, in which the first of these is that was there before; else one by chance."""
        for one in places:
            if found := self._parts[one % SLOTS]:
                return found - 1
        return places[0] >> 31

    def keep(self, places: list[int], part: int) -> None:
        """Those of these who are new are there from now on."""
        parts = self._parts
        for one in places:
            if not parts[one % SLOTS]:
                parts[one % SLOTS] = part + 1


@lru_cache(maxsize=50_000)
def _of_domain(text: str) -> int:
    domain = text.lower().strip(_AROUND)
    labels = domain.split(".")
    if len(labels) < 2 or domain in free_mail_domains():
        return 0
    return _sum(".".join(labels[-3 if len(labels[-2]) < 4 else -2:]))


@lru_cache(maxsize=50_000)
def _of_name(text: str) -> int:
    return _sum(name_key(text))


def _sum(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))
