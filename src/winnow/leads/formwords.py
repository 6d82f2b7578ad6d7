"""What the pages for prospects say by themselves, in the languages that they can speak: forms, the booth and the pages
behind our mails, all that nobody here writes. The texts stand in formwords.toml, by what they say in English.
"""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""By the code that a page names its language by."""


def spoken(text: str, language: str) -> str:
    """The English text in that language; itself where there is no other."""
    return _words().get(language, {}).get(text, text)


def all_words(language: str) -> dict[str, str]:
    """All texts of that language by the English ones, for a page that speaks without a network; none for English."""
    return _words().get(language, {})


def not_taken(value, reason: str, language: str) -> str:
    """Why what was typed isn't taken, for who typed it; in other languages than ours that it can't be."""
    if language == "en":
        return f"“{value}”: {reason}." if value else f"This {reason}."
    return spoken(NOT_SO, language).format(value=value) if value else spoken(NOTHING_SO, language)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


SEND, OPTIONAL, CHOOSE, NO_ANSWER = "Send", "optional", "Choose one", "No answer"
NEEDED = "{label} is needed to answer you."
CONTACT_ME = "Call or write to me as soon as you can"
CONSENT_CHANGED = "What you consent to has changed; read it and tick it again."
FIRST_TIME = "You write from here for the first time; a few more questions stand below."
NOT_NOW = "It could not be kept just now. What you typed is still here; send it again in a moment."
NOT_SO = "“{value}” can’t be taken as it stands."
NOTHING_SO = "This can’t be taken as it stands."
ASK_SUBJECT = "One click, and you get our mails"
ASK_TEXT = "Somebody, probably you, asked on our site to get mails from us. Confirm it here, else none will come:"
WHO = "A badge, a name, an address or a number says who it was."
CAME_BEFORE = "It came before, and was changed since; what came first is kept."
ENDED = "This tablet’s address was ended. Open the new one on this tablet; what waits here goes with it."
FIRST_NAME, LAST_NAME, COMPANY, POSITION = "First name", "Last name", "Company", "Position"
MAIL_ADDRESS, TELEPHONE = "Mail address", "Telephone"
