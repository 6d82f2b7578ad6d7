"""Access tokens for mail servers that take no passwords (OAuth 2.0, RFC 6749): fetched when the last one is about to
end, kept sealed until then. The server may hand out another refresh token along with it; that one counts from then on.

The address is typed by who administers, like that of the mail server, and may lie in the own network. So it is asked
over TLS with a good certificate alone, is followed nowhere else, and nothing of its answer is shown but its own reason.
"""

import http.client
import json
import re
import ssl
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from winnow.leads.clock import now
from winnow.leads.postbox import Postbox
from winnow.leads.sealing import referred, seal, unseal

SECONDS = 20
LARGEST = 64_000
SPARE = timedelta(minutes=2)
"""So long before its end a token is taken for ended: the conversation that it opens may last."""
WITHOUT_WORD = timedelta(minutes=5)
"""How long a token is used whose server says nothing of its end."""
WAYS_OUT = {
    "invalid_grant": "the refresh token has ended or was taken back; get a new one and type it in",
    "invalid_client": "client id or client secret aren't right there, or the secret has ended; type in a new one",
    "unauthorized_client": "the application isn't registered for this; look at its permissions there",
    "invalid_scope": "the scope isn't one that the application has; look at its permissions there",
    "interaction_required": "somebody has to agree again; get a new refresh token and type it in",
}


class NoToken(Exception):
    """No access token could be had: why, and what to do."""


def access_token(box: Postbox, context: ssl.SSLContext, at: datetime | None = None) -> str:
    """A token that lets the postbox in for some minutes at least. NoToken says why there is none, and the way out."""
    at = at or now()
    if box.access_token and box.access_until is not None and box.access_until > at + SPARE:
        return unseal(box.access_token)
    return _keep(box, _ask(box, context), at)


def forget(box: Postbox) -> None:
    """The mail server didn't take the token, though it had not ended: the next one is a new one."""
    box.access_token, box.access_until = "", None
    Postbox.objects.filter(pk=box.pk).update(access_token="", access_until=None)


def host_of(address: str) -> str:
    """The host of a token address; empty where it isn't one that may be asked: https, and no name or password in it."""
    try:
        parts = urlsplit(address)
        fine = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return ""
    return parts.hostname if fine and address.isprintable() and " " not in address else ""


def _keep(box: Postbox, said: dict, at: datetime) -> str:
    token = said.get("access_token")
    if not isinstance(token, str) or not token.isprintable() or not token.isascii() or not token:
        raise NoToken(f"{host_of(box.token_address)} answers without an access token; look at the token address")
    try:
        lives = timedelta(seconds=min(max(float(said["expires_in"]), 0), 86_400))
    except (KeyError, TypeError, ValueError):
        lives = WITHOUT_WORD
    changed = {"access_token": seal(token), "access_until": at + lives}
    if isinstance(again := said.get("refresh_token"), str) and again.isprintable() and again:
        changed["secret"] = seal(again)
    # Only if nobody has typed other settings meanwhile: what belongs to these must not overwrite those.
    Postbox.objects.filter(pk=box.pk, secret=box.secret, client_id=box.client_id).update(**changed)
    for name, value in changed.items():
        setattr(box, name, value)
    return token


def _ask(box: Postbox, context: ssl.SSLContext) -> dict:
    host = host_of(box.token_address)
    if not host:
        raise NoToken("the token address is no address that begins with https://; correct it")
    form = {"client_id": box.client_id}
    if box.client_secret:
        form["client_secret"] = unseal(box.client_secret)
    refresh = unseal(box.secret) if box.secret else referred(box.secret_from) if box.secret_from else ""
    form |= {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else {
        "grant_type": "client_credentials"
    }  # fmt: skip
    if box.scope:
        form["scope"] = box.scope
    status, said = _post(box.token_address, host, urlencode(form), context)
    if status == 200:
        return said
    reason = str(said.get("error") or "")
    reason = reason if re.fullmatch(r"[a-z_]{1,40}", reason) else ""
    way_out = WAYS_OUT.get(reason) or (
        "it has trouble of its own; it is tried again" if status >= 500 or status == 429
        else "look at token address, client id and scope"
    )  # fmt: skip
    raise NoToken(f"{host} gives no access token ({reason or status}): {way_out}")


def _post(address: str, host: str, body: str, context: ssl.SSLContext) -> tuple[int, dict]:
    parts = urlsplit(address)
    line = http.client.HTTPSConnection(host, parts.port or 443, timeout=SECONDS, context=context)
    try:
        line.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, {
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
        })  # fmt: skip
        answer = line.getresponse()
        said = json.loads(answer.read(LARGEST) or b"{}")
    except ssl.SSLCertVerificationError as error:
        raise NoToken(f"the certificate of {host} isn't good: {error.verify_message}") from None
    except (OSError, http.client.HTTPException) as error:
        why = (getattr(error, "strerror", None) or type(error).__name__).lower()
        raise NoToken(f"{host} can't be asked for an access token: {why}; it is tried again") from None
    except (ValueError, RecursionError):
        said = {}
    finally:
        line.close()
    return answer.status, said if isinstance(said, dict) else {}
