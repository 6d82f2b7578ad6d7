"""What was filled in at a booth, read as an inquiry: who it was, by the typed fields and the organiser's badge list.

A tablet's clock may be wrong. What it said is kept as it came; what counts is that moment, moved by how far the tablet
was off when it sent, and held between the day before the event and the moment when it arrived.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from winnow.intake.incoming import Unusable, moment_of
from winnow.leads.asking import FIELDS_ASKED, ITEMS_ASKED
from winnow.leads.event import Badge, Event
from winnow.leads.identity import unlike
from winnow.leads.person import Identity
from winnow.policy.facts import LEVELS

DOOR = "event"
TYPED = ("first_name", "last_name", "company", "title", "email", "phone", "message")
"""The fields that a tablet asks of a visitor, besides the survey and the badge."""
LONGEST_BADGE = 120
MOST_ANSWERS = 40
BEFORE = timedelta(days=1)


class WaitsForBadge(Unusable):
    """Nobody can say yet who it was: it waits for the organiser's list."""


@dataclass(frozen=True)
class Visit:
    """A visit as `arrivals.understand` takes it, with what only a booth knows."""

    body: dict
    captured_at: datetime
    key: tuple[str, str] | None
    talked: bool


def visit_of(body: dict, headers: dict, received_at: datetime, *, events: dict[int, Event] | None = None) -> Visit:
    """Read an entry of a tablet. Unusable names the field; WaitsForBadge when only an unknown badge says who it was."""
    event = _event(body, events)
    typed = {name: body.get(name) for name in TYPED if body.get(name) not in (None, "")}
    badge = badge_code(body.get("badge"))
    listed = Badge.objects.filter(event=event, code=badge).values_list("fields", flat=True).first() if badge else None
    fields = {**(listed or {}), **typed}
    if not any(fields.get(name) for name in ("email", "phone", "first_name", "last_name", "full_name")):
        if badge:
            raise WaitsForBadge("badge", f"waits for the badge list of {event}", badge)
        raise Unusable("last_name", "is missing: a name, an address, a number or a badge says who it was")
    answers = _answers(body.get("answers"), fields)
    if staff := str(body.get("staff") or "").strip()[:60]:
        answers["Staff at the booth"] = staff
    if badge:
        answers["Badge"] = badge
    fields |= {
        "channel": "event", "interest": "active", "source": event.name, "answers": answers,
        "contact_me": bool(body.get("contact_me")),
    }
    if event.campaign:
        fields["campaign"] = event.campaign.code
    if body.get("consent"):
        fields |= {"consent": True, "consent_wording": str(body.get("consent_wording") or event.consent_wording)[:2000]}
    return Visit(fields, captured(body, headers, received_at, event), _key(event, badge, fields),
                 bool(body.get("talked")))


def badge_code(value) -> str:
    """A badge's code as it identifies: without spaces around, in capitals."""
    text = "" if value is None else str(value).strip().upper()
    if "\0" in text or "␀" in text:
        raise Unusable("badge", "contains a NUL byte", text)
    if len(text) > LONGEST_BADGE:
        raise Unusable("badge", f"is {len(text)} characters long where {LONGEST_BADGE} are the most", text[:40])
    return text


def captured(body: dict, headers: dict, received_at: datetime, event: Event) -> datetime:
    """When it was filled in, as far as a clock that may be wrong can tell."""
    try:
        said = moment_of(body.get("tablet_at"))
        behind = timedelta(seconds=float(headers.get("tablet-behind") or 0))
        when = said + behind if said is not None else received_at
    except (Unusable, ValueError, OverflowError):
        when = received_at
    first = datetime.combine(event.starts_on, time(), UTC) - BEFORE
    return min(max(when, first), received_at)


def _event(body: dict, events: dict[int, Event] | None) -> Event:
    number = body.get("event")
    events = {} if events is None else events
    if number not in events:
        known = Event.objects.select_related("campaign").filter(pk=number).first() if type(number) is int else None
        if known is None:
            raise Unusable("event", "is none of ours", number)
        events[number] = known
    return events[number]


def _key(event: Event, badge: str, fields: dict) -> tuple[str, str] | None:
    """The badge as a key of the person, unless somebody with quite another name showed it before: a slip in typing."""
    if not badge:
        return None
    known = Identity.objects.select_related("person").filter(
        kind="external", system=event.key_system, value=badge
    ).first()
    name = f"{fields.get('first_name', '')} {fields.get('last_name', '')} {fields.get('full_name', '')}"
    if known is not None and unlike(name, f"{known.person.first_name} {known.person.last_name}"):
        return None
    return event.key_system, badge


def _answers(given, fields: dict) -> dict:
    """What was asked and said, in words, and what of it counts: levels of BANTFO, and fields that fit is judged by."""
    answers: dict = {}
    if given in (None, ""):
        return answers
    if not isinstance(given, list) or len(given) > MOST_ANSWERS:
        raise Unusable("answers", f"is no list of at most {MOST_ANSWERS} answers")
    for one in given:
        if not isinstance(one, dict) or not all(isinstance(one.get(name, ""), str) for name in _PARTS):
            raise Unusable("answers", "holds something that is no answer")
        question, said, feeds, value = (one.get(name, "").strip() for name in _PARTS)
        if not question or not said:
            continue
        answers[question[:80]] = said
        if feeds in ITEMS_ASKED and value in LEVELS:
            answers[feeds], answers[f"{feeds}_words"] = value, said
        elif feeds in FIELDS_ASKED:
            fields[feeds] = value or said
    return answers


_PARTS = ("question", "answer", "feeds", "value")
