"""Asks the resolver of this machine whether the domains of addresses take mail. Off until the operator wants it.

Capture never waits for it: addresses are taken in first, their domains are asked about afterwards by the worker. What
came in under a definition that asks for a domain that takes mail is judged again then; no answer is no reason.
"""

import time
from collections.abc import Callable

import dns.exception
import dns.resolver
from django.conf import settings
from django.db import transaction

from winnow.leads.maildomain import MailDomain
from winnow.leads.validity import heed_mail_domain

SECONDS = 3  # for one question, all servers of the resolver together
PLAN_SECONDS = 10
_planned = [float("-inf")]

Answer = tuple[bool | None, str]
"""Whether mail is taken, None for nobody knows; and what the domain name system said."""


def ask_due(ask: Callable[[str], Answer] | None = None) -> int:
    """Ask about one domain, when this is on and one is due. Returns how many were, 0 or 1."""
    if not settings.LOOK_UP_MAIL_DOMAINS:
        return 0
    if time.monotonic() - _planned[0] >= PLAN_SECONDS:
        MailDomain.plan_new()
        _planned[0] = time.monotonic()
    row = MailDomain.claim()
    if row is None:
        return 0
    found, reason = (ask or takes_mail)(row.domain)
    with transaction.atomic():  # the answer and what follows from it, or neither
        if row.settle(found, reason):
            heed_mail_domain(row)
    return 1


def takes_mail(domain: str, resolver: dns.resolver.Resolver | None = None) -> Answer:
    """Whether the domain takes mail: by its MX (a null one says no, RFC 7505), else by an address of its own.

    `resolver` stands in for the one of this machine.
    """
    try:
        resolver = resolver or dns.resolver.Resolver()
        deadline = time.monotonic() + SECONDS
        hosts = _answers(resolver, domain, "MX", deadline)
        if hosts:
            names = [host.exchange.to_text(omit_final_dot=True) for host in hosts]
            if not any(name.strip(".") for name in names):
                return False, f"{domain} says that it takes no mail"
            return True, f"mail goes to {min(zip((h.preference for h in hosts), names, strict=True))[1]}"
        for kind in ("A", "AAAA"):
            if _answers(resolver, domain, kind, deadline):
                return True, f"{domain} names no mail server, but has an address"
    except dns.resolver.NXDOMAIN:
        return False, f"there is no domain {domain}"
    except (dns.exception.Timeout, dns.resolver.NoNameservers):
        return None, "the resolver gave no answer in time"
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        return None, f"the resolver couldn't be asked ({type(error).__name__})"
    return False, f"{domain} has neither a mail server nor an address"


def _answers(resolver: dns.resolver.Resolver, domain: str, kind: str, deadline: float) -> list:
    left = deadline - time.monotonic()
    if left <= 0:
        raise dns.exception.Timeout
    try:
        return list(resolver.resolve(f"{domain}.", kind, lifetime=left, search=False))
    except dns.resolver.NoAnswer:
        return []
