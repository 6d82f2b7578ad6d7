"""How a caller of a hook shows who it is: a signature as Standard Webhooks has it, or what simpler tools know.

`signature`  webhook-id, webhook-timestamp and webhook-signature (v1, HMAC-SHA256 over id.timestamp.body, one signature
             or several); the older svix- names are the same.
`digest`     HMAC-SHA256 of the body in a header, as hex or base64, with or without `sha256=`.
`header`     the secret itself in a header.
`basic`      name and secret by HTTP basic authentication.
`address`    nothing but the address, which nobody can guess.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

from winnow.leads.hook import Hook
from winnow.leads.sealing import unseal

TOLERANCE_SECONDS = 300
HEADER = "X-Webhook-Secret"
DIGEST_HEADER = "X-Hub-Signature-256"
PREFIX = "whsec_"
MOST_SIGNATURES = 20


class Unproven(Exception):
    """The caller didn't show who it is; `str()` is what was missing or wrong. Nothing of a secret is in it."""


def proven(hook: Hook, headers, raw: bytes, at: datetime) -> str:
    """By what the caller showed who it is, in words. Unproven says why it didn't. `headers` ignore case."""
    match hook.proof:
        case "signature":
            return _signature(hook, headers, raw, at)
        case "digest":
            return _digest(hook, headers.get(hook.header or DIGEST_HEADER, ""), raw, at)
        case "header":
            name = hook.header or HEADER
            given = headers.get(name, "")
            if not given:
                raise Unproven(f"there is no header {name}")
            return _same(hook, given.removeprefix("Bearer ").strip(), f"the header {name} holds another secret", at)
        case "basic":
            return _basic(hook, headers.get("Authorization", ""), at)
        case "address":
            return "its address alone"
    raise Unproven(f"there is no proof {hook.proof!r}")


def secrets_of(hook: Hook, at: datetime) -> list[tuple[str, str]]:
    """What counts as the hook's secret now, each with its name: after a change the one before for a while."""
    found = [("the secret", unseal(hook.secret))]
    if hook.secret_before and hook.before_until and at < hook.before_until:
        found.append(("the secret before", unseal(hook.secret_before)))
    return [(name, secret) for name, secret in found if secret]


def message_id(headers) -> str:
    """What the sender calls this message, the same when it is sent again; empty where it says nothing."""
    for name in ("webhook-id", "svix-id", "Idempotency-Key", "X-GitHub-Delivery"):
        if found := headers.get(name, ""):
            return found[:255] if found.isprintable() else ""
    return ""


# -- Standard Webhooks ------------------------------------------------------------------------------------------------
def sign(secret: str, number: str, timestamp: int, raw: bytes) -> str:
    """The signature of a message, `v1,…` with base64 (Standard Webhooks 1.0.0)."""
    signed = b".".join([number.encode(), str(timestamp).encode(), raw])
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


def key_of(secret: str) -> bytes:
    """The key within `whsec_…`: base64 behind the prefix; a secret that is none is its own bytes."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _signature(hook: Hook, headers, raw: bytes, at: datetime) -> str:
    number, stamp, signatures = (
        headers.get(f"webhook-{name}") or headers.get(f"svix-{name}") or "" for name in ("id", "timestamp", "signature")
    )
    if not (number and stamp and signatures):
        raise Unproven("webhook-id, webhook-timestamp or webhook-signature is missing")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise Unproven("webhook-timestamp is no number of seconds")
    apart = at.timestamp() - int(stamp)
    if abs(apart) > TOLERANCE_SECONDS:
        raise Unproven(f"webhook-timestamp is {abs(apart):,.0f} s {'old' if apart > 0 else 'ahead'}")
    given = [one for one in signatures.split(" ")[:MOST_SIGNATURES] if one.startswith("v1,")]
    for name, secret in secrets_of(hook, at):
        expected = sign(secret, number, int(stamp), raw).encode()
        if any(hmac.compare_digest(one.encode("utf-8", "replace"), expected) for one in given):
            return f"a signature by {name}"
    raise Unproven("no signature fits the body and the secret" if given else "there is no signature of version v1")


def _digest(hook: Hook, given: str, raw: bytes, at: datetime) -> str:
    given = given.strip().removeprefix("sha256=").removeprefix("v1=").encode("utf-8", "replace")
    if not given:
        raise Unproven(f"there is no header {hook.header or DIGEST_HEADER}")
    for name, secret in secrets_of(hook, at):
        made = hmac.digest(secret.encode(), raw, "sha256")
        if hmac.compare_digest(given, made.hex().encode()) or hmac.compare_digest(given, base64.b64encode(made)):
            return f"a digest by {name}"
    raise Unproven("the digest doesn't fit the body and the secret")


# -- simpler ones -----------------------------------------------------------------------------------------------------
def _same(hook: Hook, given: str, otherwise: str, at: datetime) -> str:
    """By which secret; compared by digests, so that not even its length shows."""
    mine = hashlib.sha256(given.encode("utf-8", "replace")).digest()
    for name, secret in secrets_of(hook, at):
        if hmac.compare_digest(mine, hashlib.sha256(secret.encode()).digest()):
            return name
    raise Unproven(otherwise)


def _basic(hook: Hook, authorization: str, at: datetime) -> str:
    kind, _, coded = authorization.partition(" ")
    if kind.lower() != "basic":
        raise Unproven("there is no Authorization: Basic …")
    try:
        user, _, secret = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Unproven("Authorization can't be read") from None
    if hook.header and not hmac.compare_digest(user.encode(), hook.header.encode()):
        raise Unproven("name or secret is another")
    return _same(hook, secret, "name or secret is another", at)
