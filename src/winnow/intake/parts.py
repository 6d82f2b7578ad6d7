"""The two parts of a long file of people or inquiries, which two processes take in side by side.

All rows of a company are in the same part and keep their order; so are those of a person whom no company tells. So the
two seldom want the same record. Where they do (one telephone under two addresses), the database lets one of them wait,
as it does with any two who write.
"""

import os
from zlib import crc32

from winnow.leads import clock
from winnow.leads.addresses import free_mail_domains
from winnow.leads.identity import name_key

MANY_LINES = 20_000
"""A shorter file is through before a second process has got going."""
KINDS = ("people", "inquiries")
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


def part_of(fields: dict) -> int:
    """The part, 0 or 1, of a row by what stands in it: the same on every machine and in every run."""
    domain = (fields.get("domain") or fields.get("email") or "").lower().rpartition("@")[2].strip(_AROUND)
    labels = domain.split(".")
    if len(labels) > 1 and domain not in free_mail_domains():
        who = ".".join(labels[-3 if len(labels[-2]) < 4 else -2:])
    else:
        who = name_key(fields.get("company") or "") or (fields.get("email") or fields.get("phone") or "").lower()
    return crc32(who.encode("utf-8", "surrogatepass")) & 1
