"""From named fields to an inquiry as understood: the same for a row of a file, a form and the API.

What can't be taken is refused by the name of its field, with the value that was given, so that it can be repaired.
"""

from datetime import UTC, datetime, timedelta

from winnow.leads.addresses import normalise_email
from winnow.leads.capture import Incoming
from winnow.leads.titles import judge
from winnow.policy.facts import CHANNELS, INTERESTS, ITEMS, LEVELS, SENIORITIES

LONGEST = {
    "external_id": 190, "source": 120, "channel": 60, "campaign": 120, "form": 120, "interest": 20, "email": 254,
    "first_name": 120, "last_name": 120, "full_name": 240, "title": 200, "seniority": 20, "department": 40,
    "company": 300, "domain": 253, "phone": 60, "country": 80, "industry": 120, "message": 20_000, "owner": 120,
    "product": 120, "stage": 60, "disposition": 60, "consent_wording": 2000, "transcript": 200_000,
}
"""Characters that a field may have. What is longer is refused, never cut."""
MOST_ANSWERS = 60
LONGEST_ANSWER = 4000
EARLIEST = 1970
TOO_EARLY = f"lies before {EARLIEST}; where it stands for no date at all, name it under `missing`"
"""0001-01-01 and 1899-12-30 are how other programs write that there is none."""
DATE_LINE = timedelta(hours=14)
"""A date without a time may be that far ahead: it has begun somewhere."""

_TEXTS = {
    name: most for name, most in LONGEST.items()
    if name not in ("external_id", "channel", "interest", "full_name", "email")
}
_CHANNEL_WORDS = {
    "website": "web", "online": "web", "e_mail": "email", "mail": "direct_mail", "call": "phone", "telephone": "phone",
    "trade_show": "event", "tradeshow": "event", "fair": "event", "conference": "event", "webinar": "event",
    "organic_search": "search", "paid_search": "search", "social_media": "social", "live_chat": "chat",
    "list": "purchased_list", "advert": "advertising", "ads": "advertising", "display": "advertising",
    "direct_traffic": "direct", "recommendation": "referral", "press": "pr", "prospecting": "sales_prospecting",
}


class Unusable(ValueError):
    """One field holds what can't be taken. `str()` is the reason in words, with the value."""

    def __init__(self, field: str, reason: str, value=""):
        self.field, self.value = field, str(value).replace("\0", "␀")[:80]
        self.reason = reason[:1].lower() + reason[1:]
        shown = f" {self.value!r}" if self.value else ""
        # A reason that is a sentence of its own stands behind a colon.
        super().__init__(f"{field}{shown}{':' if reason[:1].isupper() else ''} {self.reason}"[:400])


def text_of(fields: dict, name: str, default: str = "") -> str:
    """The text of one field, without the spaces around it. Unusable when it has a NUL or is too long."""
    value = fields.get(name)
    if value is None:
        return default
    text = value.strip() if isinstance(value, str) else str(value)
    if not text:
        return default
    if "\0" in text or "␀" in text:  # as which a NUL is kept
        raise Unusable(name, "contains a NUL byte", text)
    if len(text) > LONGEST.get(name, 400):
        raise Unusable(name, f"is {len(text)} characters long where {LONGEST.get(name, 400)} are the most", text[:40])
    return text


def not_ahead(name: str, when: datetime | None, at: datetime) -> datetime | None:
    """The moment itself, never later than now. Unusable when it lies in the future, or where nobody kept such lists."""
    if when is not None and when.year < EARLIEST:
        raise Unusable(name, TOO_EARLY, f"{when.date()}")
    if when is None or when <= at:
        return when
    bare = (when.hour, when.minute, when.second) == (0, 0, 0)
    if bare and when <= at + DATE_LINE:
        return at
    raise Unusable(name, "lies in the future", f"{when:%Y-%m-%d}")


def incoming(fields: dict, *, external_id: str, system: str = "", at: datetime) -> tuple[Incoming, list[tuple]]:
    """The inquiry, and what it holds that we have no word for: (field, value), kept and told. Raises Unusable."""
    strange: list[tuple] = []
    said = {}
    for name, value in fields.items():
        if (most := _TEXTS.get(name)) is None or not value:
            continue
        if value.__class__ is not str or len(value) > most or "\0" in value or "␀" in value:
            value = text_of(fields, name)
        said[name] = value.strip()
    one = Incoming(external_id, system, **said)
    if one.title:
        one.judged = judge(one.title)
    if email := text_of(fields, "email"):
        one.email = email
        one.address = normalise_email(email)
        if one.address.kind == "malformed":
            raise Unusable("email", one.address.reason, email)
    if "full_name" in fields and not one.first_name and not one.last_name and (full := text_of(fields, "full_name")):
        one.first_name, one.last_name = split_name(full)
    one.captured_at = not_ahead("captured_at", moment_of(fields.get("captured_at")), at)
    _channel(one, fields, strange)
    if "interest" in fields and (word := text_of(fields, "interest").lower()):
        if word in INTERESTS:
            one.interest = word
        else:
            strange.append(("interest", word))
    if one.seniority and one.seniority not in SENIORITIES:
        strange.append(("seniority", one.seniority))
        one.seniority = ""
    if one.stage or one.disposition:
        one.stage, one.disposition = _own_word(one.stage), _own_word(one.disposition)
    one.employees = whole("employees", fields.get("employees"))
    one.consent = yes_or_no("consent", fields.get("consent"))
    one.contact_me = bool(yes_or_no("contact_me", fields.get("contact_me")))
    if answers := fields.get("answers"):
        one.answers = _answers(answers)
    return one, strange


def _channel(one: Incoming, fields: dict, strange: list) -> None:
    """A channel that we have no word for is kept as the source."""
    word = fields.get("channel")
    if word in CHANNELS:
        one.channel = word
        return
    word = text_of(fields, "channel")
    if not word:
        return
    plain = "_".join(word.lower().replace("-", " ").split())
    one.channel = plain if plain in CHANNELS else _CHANNEL_WORDS.get(plain, "unknown")
    if one.channel == "unknown" and plain != "unknown":
        strange.append(("channel", word))
        one.source = one.source or word


def _own_word(word: str) -> str:
    """`Handed off` -> `handed_off` where that is one of our stages; else the word as it is."""
    from winnow.leads.cycle import STAGES

    plain = "_".join(word.lower().replace("-", " ").split())
    return plain if plain in STAGES else word


def split_name(full: str) -> tuple[str, str]:
    """First and last name: `Lee, Ann` and `Ann Lee` are the same. A single word is a last name."""
    if "," in full:
        last, _, first = full.partition(",")
        return first.strip()[:120], last.strip()[:120]
    words = full.split()
    return " ".join(words[:-1])[:120], words[-1][:120] if words else ""


def moment_of(value) -> datetime | None:
    """The moment of a field; a text is read as ISO 8601, in UTC unless it names its offset."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(value).strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unusable("captured_at", "is no date with time as ISO 8601 writes it", value) from None


def whole(name: str, value) -> int | None:
    """A number of people."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise Unusable(name, "is no number", value)
    try:
        number = int(str(value).strip().replace(",", "").replace(" ", "")) if not isinstance(value, int) else value
    except ValueError:
        raise Unusable(name, "is no whole number", value) from None
    if not 0 <= number <= 100_000_000:
        raise Unusable(name, "is no number of people", value)
    return number


def yes_or_no(name: str, value) -> bool | None:
    """A yes or a no; None where nothing was said."""
    if value is None or value == "" or isinstance(value, bool):
        return None if value == "" else value
    word = str(value).strip().lower()
    if word in ("true", "yes", "y", "1", "on", "ja", "oui", "si", "sí"):
        return True
    if word in ("false", "no", "n", "0", "off", "nein", "non"):
        return False
    raise Unusable(name, "is neither yes nor no", value)


def _answers(given) -> dict:
    """What was asked and said. An item of BANTFO with a level in words of ours becomes evidence."""
    if not isinstance(given, dict):
        raise Unusable("answers", "is no list of questions with their answers", given)
    if len(given) > MOST_ANSWERS:
        raise Unusable("answers", f"has {len(given)} answers where {MOST_ANSWERS} are the most")
    answers = {}
    for name, value in given.items():
        if not isinstance(value, str | int | float | bool) and value is not None:
            raise Unusable(f"answers.{name}"[:60], "is neither text nor number", value)
        text = "" if value is None else str(value).strip()
        if "\0" in text or "␀" in text or "\0" in name:
            raise Unusable(f"answers.{name}"[:60], "contains a NUL byte", text)
        if len(text) > LONGEST_ANSWER or len(name) > 80:
            raise Unusable(f"answers.{name}"[:60], f"is longer than {LONGEST_ANSWER} characters")
        if not text:
            continue
        if name in ITEMS and text.lower() in LEVELS:
            answers[name] = text.lower()
        elif name in ITEMS:
            answers[f"{name}_words"] = text
        else:
            answers[name] = text
    return answers
