"""What a shown form carries, signed: which version it is, what it asks, and when it was shown; and what a browser may
remember of the forms that were sent from it. Neither holds a word of what anybody said."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.core import signing

from winnow.leads.form import REACHES, Form

SALT = "hosted form"
REMEMBERED_DAYS = 400
MOST_REMEMBERED = 60


# -- the note ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Note:
    """What a page was: `kind` page or check, the version, the questions that stood on it by their place in the form,
    `who` the browser was known as (empty: nobody), and the chance part by which it is the same page."""

    kind: str
    version: int
    asked: tuple[int, ...]
    who: str
    chance: str

    def names(self, form: Form) -> list[str]:
        """The names of the questions that stood on the page, in their order. `form` is the version that was shown."""
        return [one["name"] for number, one in enumerate(form.fields) if number in self.asked]


def shown_now(form: Form, asked: list[str] | None = None, *, kind: str = "page", who: str = "") -> str:
    """A signed note of when the form was shown, different each time: by it robots and double clicks are known."""
    mask = 0
    for number, one in enumerate(form.fields):
        if asked is None or one["name"] in asked:
            mask |= 1 << number
    value = f"{form.code}.{kind}.{form.version}.{mask:x}.{who}.{secrets.token_hex(8)}"
    return signing.TimestampSigner(salt=SALT).sign(value)


def note_of(form: Form, shown: str) -> Note | None:
    """What the note says, however old it is; None when it isn't ours or another form's."""
    try:
        value = signing.TimestampSigner(salt=SALT).unsign(shown)
    except signing.BadSignature:
        return None
    parts = value.split(".")
    if len(parts) != 6 or parts[0] != form.code:
        return None
    _, kind, version, mask, who, chance = parts
    bits = int(mask, 16)
    return Note(kind, int(version), tuple(n for n in range(bits.bit_length()) if bits >> n & 1), who, chance)


# -- what a browser remembers -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Memory:
    """The names of the questions that were answered on this browser, and for which address, as a keyed hash: enough
    not to ask again, and nothing about what was said."""

    answered: frozenset[str] = field(default_factory=frozenset)
    who: str = ""

    @classmethod
    def read(cls, text: str) -> "Memory":
        """What the browser holds; nothing when it was made elsewhere or is too old."""
        try:
            names, who = signing.loads(text, salt="form memory", max_age=REMEMBERED_DAYS * 86_400)
        except (signing.BadSignature, ValueError, TypeError):
            return cls()
        return cls(frozenset(names), who)

    def with_answers(self, names: set[str], email: str) -> "Memory":
        """The same browser after one more form; another address begins anew."""
        who = who_is(email)
        before = self.answered if who == self.who else frozenset()
        return Memory(frozenset(sorted(before | names)[:MOST_REMEMBERED]), who)

    def written(self) -> str:
        """As it is handed to the browser."""
        return signing.dumps([sorted(self.answered), self.who], salt="form memory", compress=True)


def who_is(email: str) -> str:
    """An address as a keyed hash: it can be compared, and neither read back nor guessed without our key."""
    text = f"form memory|{email.strip().lower()}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:20]


def refuses_memory(request) -> bool:
    """Whether the browser says that it doesn't want to be remembered (Do Not Track, Global Privacy Control)."""
    return request.headers.get("DNT") == "1" or request.headers.get("Sec-GPC") == "1"


def questions_for(form: Form, memory: Memory) -> list[str]:
    """The names of the questions to ask of this browser: what it answered is left out, and the next take their place.

    Whom the answers belong to is asked of everybody, and so is what stands there to be asked again.
    """
    names = [one["name"] for one in form.fields]
    always = {"email"} if "email" in names else set(REACHES)
    always |= {one["name"] for one in form.fields if one.get("again") or one["name"] == "message"}
    answered = memory.answered if form.remembers else frozenset()
    open_ones = [name for name in names if name in always or name not in answered]
    if not form.at_once:
        return open_ones
    room = max(0, form.at_once - sum(name in always for name in open_ones))
    chosen = set([name for name in open_ones if name not in always][:room])
    return [name for name in open_ones if name in always or name in chosen]
