"""What a form says by itself, in the languages that a form can speak: all that its maker doesn't write. The texts stand
in formwords.toml, by what they say in English.
"""

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""By the code that a page names its language by."""


def spoken(text: str, language: str) -> str:
    """The English text in that language; itself where there is no other."""
    return _words().get(language, {}).get(text, text)


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
ASK_SUBJECT = "One click, and you get our mails"
ASK_TEXT = "Somebody, probably you, asked on our site to get mails from us. Confirm it here, else none will come:"
