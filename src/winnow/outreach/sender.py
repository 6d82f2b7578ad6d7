"""Who we are in a mail, and what is still missing before any can go."""

from email.utils import parseaddr

from django.conf import settings


def from_address() -> tuple[str, str]:
    """The name and the address that mail comes from; answers and bounces come back to it."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)


def postal_address() -> str:
    """The line with the firm's postal address under each mail; empty when none is set."""
    return " ".join(getattr(settings, "POSTAL_ADDRESS", "").split())


def link(path: str) -> str:
    """A path of ours as an address that works from outside."""
    return f"{settings.PUBLIC_URL}{path}"


def waits_for(kind: str = "marketing") -> list[str]:
    """What has to be set before mail of that kind can go, each as a sentence; empty when nothing is missing."""
    missing = []
    if not settings.MAIL_CONFIGURED:
        missing.append("No mail relay is set: set WINNOW_SMTP_URL, for example smtp://user:password@host:587?starttls=1.")
    if kind == "marketing" and not settings.PUBLIC_URL:
        missing.append(
            "No public address is set, so nobody could unsubscribe: set WINNOW_PUBLIC_URL to the https address "
            "under which this Winnow is reached from outside."
        )
    return missing


def notes() -> list[str]:
    """What works but should be known."""
    found = []
    if not postal_address():
        found.append(
            "No postal address stands under the mails, which many countries ask for: set WINNOW_POSTAL_ADDRESS."
        )
    return found
