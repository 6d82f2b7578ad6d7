"""Secrets that have to be read again, such as the password of a mailbox: sealed with the key of this instance.

The key lies outside the database (`secret-key` in the home, or WINNOW_SECRET_KEY), so that a copy of the database
alone opens nothing.
"""

import base64
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from winnow.leads.errors import Refusal

LONGEST_SECRET = 10_000
ENVIRONMENT = "WINNOW_POSTBOX_"


def seal(text: str) -> str:
    """The text so that only this instance can read it; empty stays empty."""
    return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text that was sealed; empty stays empty. Refusal when it was sealed with another key."""
    if not sealed:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise Refusal(
            "The secret was kept under another key of this instance and can't be read; type it in again.",
            code="sealed_otherwise",
        ) from None


def referred(place: str) -> str:
    """The secret that stands at `env:NAME` or in `file:PATH`, without the line's end. Refusal when it isn't there.

    Only names that begin with ENVIRONMENT and files in the operator's folder for secrets: who may set a postbox up
    must not be able to send other secrets of the machine to a server of theirs.
    """
    kind, _, name = place.partition(":")
    if kind == "env" and name.startswith(ENVIRONMENT):
        found = os.environ.get(name, "")
        if not found:
            raise Refusal(f"The environment has no {name}; set it where Winnow is started, and start it again.")
        return found
    folder = Path(settings.SECRETS_FOLDER).resolve()
    if kind == "file" and name.startswith("/") and Path(name).resolve().is_relative_to(folder):
        try:
            with Path(name).open(encoding="utf-8") as file:
                return file.read(LONGEST_SECRET).rstrip("\r\n")
        except (OSError, UnicodeError) as error:
            reason = (getattr(error, "strerror", None) or "it is no text").lower()
            raise Refusal(f"{name} can't be read: {reason}; give a file that Winnow's user may read.") from None
    raise Refusal(
        f"{place!r} names no place of a secret; write env:{ENVIRONMENT}… or a file in {folder}, as file:{folder}/name.",
        code="no_place",
    )


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"winnow sealed secrets\0" + key.encode()).digest()))
