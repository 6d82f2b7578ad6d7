"""One thing that happened, recorded once. Each kind is a frozen class; an unknown kind raises.

Times are whole minutes since 1970 in UTC. `happened` is when it took place, `known` when the firm could know it,
`recorded` when Winnow wrote it down; known <= recorded. Facts carry codes and ids, never names or free text, so that
a person can be erased while the history stays whole.

COLUMNS says in which typed column of the fact table each field of a kind is kept.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all kinds share. `id` is the recorded order, 0 until stored; `person` is None for facts of the account."""

    kind: ClassVar[str] = ""
    COLUMNS: ClassVar[dict[str, str]] = {}

    id: int = 0
    account: int = 0
    person: int | None = None
    happened: int = 0
    known: int = 0
    recorded: int = 0


KINDS: dict[str, type[Fact]] = {}


def _kind(cls: type[Fact]) -> type[Fact]:
    KINDS[cls.kind] = cls
    return cls


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Inquired(Fact):
    """Somebody responded. `interest` is active or passive; `valid` is the result of the valid-inquiry rules."""

    kind: ClassVar[str] = "inquiry"
    COLUMNS: ClassVar[dict[str, str]] = {"channel": "code", "interest": "value", "valid": "flag"}
    channel: str = "unknown"
    interest: str = "active"
    valid: bool = True


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTaken(Fact):
    """A person used a piece of content; `quantity` counts steps, pages or visits; machines score nothing."""

    kind: ClassVar[str] = "content_taken"
    COLUMNS: ClassVar[dict[str, str]] = {"content": "code", "quantity": "quantity", "machine": "flag"}
    content: str = ""
    quantity: int = 1
    machine: bool = False


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class PageSeen(Fact):
    """A page of the firm's own site was looked at; `page` is its group, such as pricing or careers."""

    kind: ClassVar[str] = "page_seen"
    COLUMNS: ClassVar[dict[str, str]] = {"page": "code", "quantity": "quantity", "machine": "flag"}
    page: str = ""
    quantity: int = 1
    machine: bool = False


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class MailSent(Fact):
    """One of our mails left; `mail` is the code of the tip."""

    kind: ClassVar[str] = "mail_sent"
    COLUMNS: ClassVar[dict[str, str]] = {"mail": "code"}
    mail: str = ""


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class MailBounced(Fact):
    """A mail came back; `hard` when the address will never take mail."""

    kind: ClassVar[str] = "mail_bounced"
    COLUMNS: ClassVar[dict[str, str]] = {"mail": "code", "hard": "flag"}
    mail: str = ""
    hard: bool = False


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class MailClicked(Fact):
    """A link in a mail was followed. Until `confirmed` by a second sign it may be a scanner, and scores nothing."""

    kind: ClassVar[str] = "mail_clicked"
    COLUMNS: ClassVar[dict[str, str]] = {"mail": "code", "confirmed": "flag"}
    mail: str = ""
    confirmed: bool = False


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class MailReplied(Fact):
    """A person answered one of our mails: a personal conversation."""

    kind: ClassVar[str] = "mail_replied"
    COLUMNS: ClassVar[dict[str, str]] = {"mail": "code"}
    mail: str = ""


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Called(Fact):
    """A call; `result` is spoke, no_answer, message or wrong_number. Only spoke is a conversation."""

    kind: ClassVar[str] = "called"
    COLUMNS: ClassVar[dict[str, str]] = {"result": "code", "minutes": "quantity"}
    result: str = "spoke"
    minutes: int = 0


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Met(Fact):
    """A meeting in person or on a screen, or a talk at a stand."""

    kind: ClassVar[str] = "met"
    COLUMNS: ClassVar[dict[str, str]] = {"minutes": "quantity"}
    minutes: int = 0


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Fact):
    """One answer of BANTFO: `item` of ITEMS, `level` unknown, no, partly or yes, `source` who or what says so."""

    kind: ClassVar[str] = "answered"
    COLUMNS: ClassVar[dict[str, str]] = {"item": "code", "level": "value", "source": "source"}
    item: str = ""
    level: str = "unknown"
    source: str = ""


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Described(Fact):
    """An attribute that fit needs, as it became known: of the person, or of the account when `person` is None."""

    kind: ClassVar[str] = "described"
    COLUMNS: ClassVar[dict[str, str]] = {"attribute": "code", "value": "value", "source": "source"}
    attribute: str = ""
    value: str = ""
    source: str = ""


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAccountSet(Fact):
    """The account was put on the list of key accounts, or taken off."""

    kind: ClassVar[str] = "key_account_set"
    COLUMNS: ClassVar[dict[str, str]] = {"on": "flag"}
    on: bool = True


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class MovedAccount(Fact):
    """A person left `account` for account `to`, and takes the personal engagement along."""

    kind: ClassVar[str] = "moved_account"
    COLUMNS: ClassVar[dict[str, str]] = {"to": "other_id"}
    to: int = 0


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Touched(Fact):
    """One personal contact attempt of the cadence and its result: spoke, met, replied, or none of them."""

    kind: ClassVar[str] = "touch"
    COLUMNS: ClassVar[dict[str, str]] = {"by": "code", "result": "value"}
    by: str = "call"
    result: str = "no_answer"


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Fact):
    """The account, or the person, now belongs to user `to` (0: to nobody)."""

    kind: ClassVar[str] = "assigned"
    COLUMNS: ClassVar[dict[str, str]] = {"to": "other_id"}
    to: int = 0


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class LeadHandedOff(Fact):
    """Marketing gave the lead to rep `to`."""

    kind: ClassVar[str] = "handoff"
    COLUMNS: ClassVar[dict[str, str]] = {"to": "other_id", "lead": "lead_id"}
    to: int = 0
    lead: int | None = None


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Responded(Fact):
    """The rep's response to a handoff: accepted, rejected (with the coded `reason`), or recalled by marketing."""

    kind: ClassVar[str] = "response"
    COLUMNS: ClassVar[dict[str, str]] = {"response": "value", "reason": "code", "lead": "lead_id"}
    response: str = "accepted"
    reason: str = ""
    lead: int | None = None


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Disposed(Fact):
    """A person decided: `disposition` nurture, qualified, disqualified or reopened; `lasting` keeps the door shut."""

    kind: ClassVar[str] = "disposition"
    COLUMNS: ClassVar[dict[str, str]] = {"disposition": "value", "reason": "code", "lasting": "flag"}
    disposition: str = ""
    reason: str = ""
    lasting: bool = False


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityMoved(Fact):
    """An opportunity was opened or changed its stage or amount."""

    kind: ClassVar[str] = "opportunity_moved"
    COLUMNS: ClassVar[dict[str, str]] = {
        "stage": "code",
        "opportunity": "other_id",
        "amount_cents": "amount_cents",
    }
    stage: str = ""
    opportunity: int = 0
    amount_cents: int | None = None


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Won(Fact):
    """An opportunity was won."""

    kind: ClassVar[str] = "won"
    COLUMNS: ClassVar[dict[str, str]] = {"opportunity": "other_id", "amount_cents": "amount_cents"}
    opportunity: int = 0
    amount_cents: int | None = None


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(Fact):
    """An opportunity was lost, for a coded reason."""

    kind: ClassVar[str] = "lost"
    COLUMNS: ClassVar[dict[str, str]] = {"opportunity": "other_id", "reason": "code"}
    opportunity: int = 0
    reason: str = ""


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Recycled(Fact):
    """Back to nurturing: which `clause` failed (may be empty), why, and from when (`until`) new interest counts."""

    kind: ClassVar[str] = "recycled"
    COLUMNS: ClassVar[dict[str, str]] = {"clause": "code", "reason": "value", "until": "until_at"}
    clause: str = ""
    reason: str = ""
    until: int | None = None


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Fact):
    """`other` was found to be the same as this person (or, without person, as this account)."""

    kind: ClassVar[str] = "merged"
    COLUMNS: ClassVar[dict[str, str]] = {"other": "other_id"}
    other: int = 0


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged(Fact):
    """The merge with `other` was a mistake and is taken back completely."""

    kind: ClassVar[str] = "unmerged"
    COLUMNS: ClassVar[dict[str, str]] = {"other": "other_id"}
    other: int = 0


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Consented(Fact):
    """A person gave consent for a purpose (`given` false: took it back)."""

    kind: ClassVar[str] = "consented"
    COLUMNS: ClassVar[dict[str, str]] = {"purpose": "code", "given": "flag"}
    purpose: str = "marketing"
    given: bool = True


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(Fact):
    """A person wants no more marketing mail."""

    kind: ClassVar[str] = "opted_out"
    COLUMNS: ClassVar[dict[str, str]] = {"how": "code"}
    how: str = ""


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSet(Fact):
    """Somebody set the buyer's phase by hand: learning, interest or preference."""

    kind: ClassVar[str] = "phase_set"
    COLUMNS: ClassVar[dict[str, str]] = {"phase": "code"}
    phase: str = "learning"


@_kind
@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Fact):
    """Fact number `fact` was a mistake; from now on it counts as if it had never been. It stays in the table."""

    kind: ClassVar[str] = "withdrawn"
    COLUMNS: ClassVar[dict[str, str]] = {"fact": "other_id"}
    fact: int = 0


ITEMS = ("budget", "authority", "need", "timing", "fit", "other")
LEVELS = ("unknown", "no", "partly", "yes")
CHANNELS = (
    "web",
    "print",
    "direct_mail",
    "event",
    "referral",
    "social",
    "purchased_list",
    "pr",
    "advertising",
    "search",
    "email",
    "phone",
    "chat",
    "partner",
    "direct",
    "sales_prospecting",
    "unknown",
)
INTERESTS = ("active", "passive")
PHASES = ("learning", "interest", "preference")
SENIORITIES = ("executive", "vp", "director", "manager", "senior", "professional", "junior")

STRUCTURAL = ("merged", "unmerged", "moved_account", "withdrawn")
"""Kinds after which an account cannot be resumed and is folded again from its facts."""


class UnknownKind(ValueError):
    """A fact of a kind that this policy cannot count: a bug, never a zero."""
