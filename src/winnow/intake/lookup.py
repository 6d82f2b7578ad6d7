"""Asks look-ups about new companies, one after the other, at a gentle pace. Off until the operator names one.

A look-up is any class with a `name` and `look_up(domain)`, named in WINNOW_LOOK_UP by its dotted path.
"""

import logging
import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from winnow.intake.reachable import NotRead
from winnow.leads.countries import country_code
from winnow.leads.errors import Refusal
from winnow.leads.lookup import LookUp

log = logging.getLogger("winnow.lookup")
PLAN_SECONDS = 10  # between two looks for new companies
LONGEST = {"name": 300, "industry": 120, "title": 500, "description": 500, "url": 2000}


@dataclass(frozen=True)
class Found:
    """What a look-up says of a company; what it doesn't know is empty. `country` is a code of two letters."""

    name: str = ""
    industry: str = ""
    employees: int | None = None
    country: str = ""
    title: str = ""
    description: str = ""
    url: str = ""


class CompanyLookUp(Protocol):
    """Where something can be learned about companies. `name` stands beside each value that came from there."""

    name: str

    def look_up(self, domain: str) -> Found | None:
        """What is known of the company with this domain, None for nothing. NotRead: why, and whether to try again."""


def look_up_due() -> int:
    """Look one company up, when look-ups are on and one is due. Returns how many were, 0 or 1."""
    if not settings.LOOK_UP:
        return 0
    asked = look_ups()
    _plan()
    row = LookUp.claim(settings.LOOK_UP_PER_MINUTE)
    if row is None:
        return 0
    _look_up(row, asked)
    return 1


@lru_cache(maxsize=1)
def look_ups() -> tuple[CompanyLookUp, ...]:
    """The look-ups that the settings name, in their order. Refusal when one isn't there."""
    made = []
    for path in settings.LOOK_UP:
        try:
            made.append(import_string(path)())
        except (ImportError, TypeError) as error:
            raise Refusal(
                f"WINNOW_LOOK_UP names {path}, which can't be loaded ({error}); name a class like"
                " winnow.intake.website.Website.", code="settings"
            ) from error  # fmt: skip
    return tuple(made)


_planned = [float("-inf")]


def _plan() -> None:
    if time.monotonic() - _planned[0] >= PLAN_SECONDS:
        LookUp.plan_new()
        _planned[0] = time.monotonic()


def _look_up(row: LookUp, asked: tuple[CompanyLookUp, ...]) -> None:
    """Ask one after the other until one knows something; the first one's reason stands when none does."""
    reasons: list[tuple[str, bool]] = []
    for one in asked:
        try:
            found = one.look_up(row.account.domain)
        except NotRead as error:
            reasons.append((str(error), error.again))
        except Exception as error:  # somebody else's code: its failure is not ours
            log.error("look-up %s of account %s failed", one.name, row.account_id, exc_info=error)
            reasons.append((f"{one.name} failed ({type(error).__name__})", True))
        else:
            if found is not None:
                row.keep(_bounded(found), source=one.name)
                return
            reasons.append((f"{one.name} says nothing of use", False))
    reason = reasons[0][0] if reasons else "nobody was asked"
    row.give_up(reason, again=any(again for _, again in reasons))


def _bounded(found: Found) -> dict:
    """What a look-up said, in the bounds of the columns, without a country or a number that is none."""
    said = asdict(found)
    for name, longest in LONGEST.items():
        said[name] = str(said[name] or "").replace("\0", "").strip()[:longest]
    if not said["url"].startswith(("http://", "https://")):
        said["url"] = ""
    number = said["employees"]
    said["employees"] = number if isinstance(number, int) and 0 < number < 2**31 else None
    said["country"] = country_code(said["country"]) or ""
    return said
